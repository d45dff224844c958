//! What a project begins with: texts of `skeleton/`, by the path that each gets.

use crate::library::project::PROJECT_FILE;
use clap::ValueEnum;

/// One file: its path from the project's root, and its text.
pub type File = (&'static str, &'static str);

/// What every project begins with, besides its schemas.
pub const PROJECT: [File; 9] = [
    (PROJECT_FILE, include_str!("../../../skeleton/sparkctl.yaml")),
    ("README.md", include_str!("../../../skeleton/README.md")),
    (".gitignore", include_str!("../../../skeleton/gitignore")),
    (".gitattributes", include_str!("../../../skeleton/gitattributes")),
    ("environments/dev.yaml", include_str!("../../../skeleton/environments/dev.yaml")),
    ("environments/staging.yaml", include_str!("../../../skeleton/environments/staging.yaml")),
    ("environments/prod.yaml", include_str!("../../../skeleton/environments/prod.yaml")),
    ("contracts/staging-prod.yaml", include_str!("../../../skeleton/contracts/staging-prod.yaml")),
    ("presets/README.md", include_str!("../../../skeleton/presets/README.md")),
];

/// What both forges run: the jobs say when, these say what.
const SCRIPTS: [File; 8] = [
    ("ci/sparkctl.env", include_str!("../../../skeleton/ci/sparkctl.env")),
    ("ci/install.sh", include_str!("../../../skeleton/ci/install.sh")),
    ("ci/check.sh", include_str!("../../../skeleton/ci/check.sh")),
    ("ci/report.sh", include_str!("../../../skeleton/ci/report.sh")),
    ("ci/difference.sh", include_str!("../../../skeleton/ci/difference.sh")),
    ("ci/images.sh", include_str!("../../../skeleton/ci/images.sh")),
    ("ci/promote.sh", include_str!("../../../skeleton/ci/promote.sh")),
    ("ci/promote-value.sh", include_str!("../../../skeleton/ci/promote-value.sh")),
];

const GITHUB: [File; 3] = [
    (".github/workflows/sparkctl.yaml", include_str!("../../../skeleton/ci/github/sparkctl.yaml")),
    (
        ".github/workflows/sparkctl-promote.yaml",
        include_str!("../../../skeleton/ci/github/sparkctl-promote.yaml"),
    ),
    (
        ".github/workflows/sparkctl-promote-value.yaml",
        include_str!("../../../skeleton/ci/github/sparkctl-promote-value.yaml"),
    ),
];

const GITLAB: [File; 3] = [
    (".gitlab-ci.yml", include_str!("../../../skeleton/ci/gitlab/gitlab-ci.yml")),
    ("ci/code_quality.py", include_str!("../../../skeleton/ci/gitlab/code_quality.py")),
    ("ci/gitlab_note.py", include_str!("../../../skeleton/ci/gitlab/gitlab_note.py")),
];

const KUBERNETES: [File; 1] = [("ci/render-job.yaml", include_str!("../../../skeleton/ci/render-job.yaml"))];

/// Where a project's CI runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    /// Workflows of GitHub Actions.
    Github,
    /// A pipeline of GitLab CI.
    Gitlab,
    /// A Job of Kubernetes that renders a large project in shares.
    Kubernetes,
    /// None.
    None,
}

/// The files of these, each once.
pub fn ci(wanted: &[Ci]) -> Vec<File> {
    let has = |ci| wanted.contains(&ci);
    let mut files = Vec::new();
    if has(Ci::Github) {
        files.extend(GITHUB);
    }
    if has(Ci::Gitlab) {
        files.extend(GITLAB);
    }
    if has(Ci::Github) || has(Ci::Gitlab) {
        files.extend(SCRIPTS);
    }
    if has(Ci::Kubernetes) {
        files.extend(KUBERNETES);
    }
    files
}
