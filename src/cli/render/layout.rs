//! `sparkctl render --layout`: what a release is written as, and where that goes by itself.

use crate::bundle::Place;
use crate::cli::select::Workplace;
use crate::compile::{Compiled, files};
use crate::failure::Failure;
use crate::gitops::chart::{self, ChartVersion};
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a release is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Manifests with a `kustomization.yaml`.
    #[default]
    Bundle,
    /// A Helm chart.
    Chart,
}

impl Layout {
    /// The files of a release by their path.
    ///
    /// # Errors
    /// As [`files::files`] and [`chart::files`].
    pub fn files(
        self,
        compiled: &Compiled,
        version: Option<&ChartVersion>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        match self {
            Layout::Bundle if version.is_some() => Err(Failure::refused(
                "only a chart has a version",
                "add --layout chart, or leave out --chart-version",
            )),
            Layout::Bundle => files::files(compiled),
            Layout::Chart => chart::files(compiled, version),
        }
    }

    /// Where releases go: what `--out` says, else the project's output for bundles and `charts` for charts.
    ///
    /// # Errors
    /// As [`Workplace::output`].
    pub fn output(self, workplace: &Workplace, given: Option<&Path>) -> Result<PathBuf, Failure> {
        match (self, given) {
            (Layout::Chart, None) => charts(workplace.root.as_deref()),
            _ => workplace.output(given),
        }
    }

    /// Refuses to write one layout over the other: those who sync the directory would meet something else.
    ///
    /// # Errors
    /// If the other layout is there.
    pub fn fits(self, place: &Place) -> Result<(), Failure> {
        let (own, other, what) = match self {
            Layout::Bundle => (files::KUSTOMIZATION, chart::CHART, "chart"),
            Layout::Chart => (chart::CHART, files::KUSTOMIZATION, "bundle"),
        };
        let path = place.path();
        if path.join(own).exists() || !path.join(other).exists() {
            return Ok(());
        }
        Err(Failure::refused(
            format!("there is a {what} in `{}`, and it would be replaced", path.display()),
            "name another directory with --out, or remove what is there",
        ))
    }
}

/// Beside the project file; a stranger's project must not choose a place outside itself.
fn charts(root: Option<&Path>) -> Result<PathBuf, Failure> {
    let root = root.filter(|root| *root != Path::new(".")).unwrap_or(Path::new(""));
    let path = root.join(chart::OUTPUT);
    if path.is_symlink() {
        return Err(Failure::refused(
            format!("`{}`, where charts go, is a symbolic link", path.display()),
            "put a directory there, or name the place yourself with --out",
        ));
    }
    Ok(path)
}
