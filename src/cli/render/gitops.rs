//! `sparkctl render --gitops`: the files for those who sync a project, as bundles of their own.

use crate::bundle::{Bundle, BundlePath};
use crate::cli::select::Workplace;
use crate::failure::Failure;
use crate::gitops::{GitOps, Member, argocd, flux};
use crate::library::project::PROJECT_FILE;
use clap::ValueEnum;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Who syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Tool {
    /// Argo CD: AppProjects and Applications, or an ApplicationSet.
    Argocd,
    /// Flux: a source and Kustomizations.
    Flux,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Tool::Argocd => "argocd",
            Tool::Flux => "flux",
        }
    }
}

/// Those that the options name, and those that the project has settings for.
pub fn tools(given: &[Tool], workplace: &Workplace) -> Vec<Tool> {
    let project = workplace.library.project.as_ref();
    let settings = project.and_then(|project| project.tree.below(&["spec", "gitops"]));
    let has = |tool: &Tool| settings.is_some_and(|settings| settings.get(tool.name()).is_some());
    let mut tools = given.to_vec();
    tools.extend([Tool::Argocd, Tool::Flux].into_iter().filter(has));
    tools.sort_unstable();
    tools.dedup();
    tools
}

/// Whether a bundle is one of those made here: with the option once and without it later, it is nobody's left-over.
pub fn is_one(place: &BundlePath) -> bool {
    place.as_str().starts_with("gitops/")
}

/// The config management plugin, which an Argo CD gets once, and so by itself.
const PLUGIN: &str = "gitops/argocd-plugin";

/// The files for each tool, with the place where they go.
///
/// # Errors
/// If the project does not say what a tool has to know.
pub fn bundles(
    tools: &[Tool],
    workplace: &Workplace,
    out: &Path,
    members: &[Member],
) -> Result<BTreeMap<BundlePath, Bundle>, Failure> {
    let Some(project) = &workplace.library.project else { return Ok(BTreeMap::new()) };
    let name = project.file.metadata.name.as_str();
    let none = GitOps::default();
    let settings = project.file.spec.gitops.as_ref().unwrap_or(&none);
    let output = inside(workplace, out);
    let mut bundles = Vec::new();
    for tool in tools {
        let files = match tool {
            Tool::Argocd => argocd::files(name, settings, &output, members)?,
            Tool::Flux => flux::files(name, settings, &output, members)?,
        };
        bundles.push((format!("gitops/{}", tool.name()), files));
    }
    if tools.contains(&Tool::Argocd) {
        bundles.push((PLUGIN.to_owned(), argocd::plugin_files().into_iter().collect()));
    }
    let digest = workplace.library.digest(project.source);
    let bundle = |files: BTreeMap<String, String>, place: &str| -> Result<Bundle, Failure> {
        Ok(Bundle {
            release: json!({"project": name, "for": place}),
            inputs: [(PROJECT_FILE.to_owned(), digest)].into(),
            files: files
                .into_iter()
                .map(|(path, text)| Ok((path.parse().map_err(super::one::bad_path)?, text.into_bytes())))
                .collect::<Result<_, Failure>>()?,
        })
    };
    bundles
        .into_iter()
        .map(|(place, files)| Ok((place.parse().map_err(super::one::bad_path)?, bundle(files, &place)?)))
        .collect()
}

/// The output directory as it is from the project's root, `/` between the parts; as it was given where it does
/// not lie in the project.
fn inside(workplace: &Workplace, out: &Path) -> String {
    let root = workplace.root.as_deref().filter(|root| *root != Path::new(".")).unwrap_or(Path::new(""));
    let inside = out.strip_prefix(root).unwrap_or(out);
    inside.to_string_lossy().replace('\\', "/").trim_end_matches('/').to_owned()
}
