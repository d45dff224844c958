//! Which release is meant: the project, if there is one, and the options that all compiling commands share.

use super::Global;
use crate::compile::{Compiled, compile, compile_all};
use crate::failure::Failure;
use crate::layer::document::{LayerKind, PresetRole};
use crate::library::project::{PROJECT_FILE, ReleaseEntry};
use crate::library::{Library, files};
use crate::release::{MAX_NAME, Release, Values};
use crate::spec::types::{Date, Name};
use clap::Args;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Which release to compile.
#[derive(Debug, Clone, Args)]
pub struct Selection {
    /// The environment: dev, staging, prod or one of your own.
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: Option<String>,
    /// The scenario; `sparkctl list presets` shows them.
    #[arg(long, value_name = "SCENARIO")]
    pub preset: Option<String>,
    /// A feature on top; may be given several times, in any order.
    #[arg(long = "with", value_name = "FEATURE", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Set one value, above everything else: --set connect.executor.memory=8g. `=null` deletes.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A layer of your own above the project's, or a bare mapping; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub values: Option<String>,
    /// The minor version of Spark; the same as --set spark.version=...
    #[arg(long, value_name = "VERSION")]
    pub spark_version: Option<String>,
    /// The release's name; without it the project's, or the scenario's.
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// The namespace; without it the project's, or spark-ENVIRONMENT.
    #[arg(long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Which day it is, as 2027-01-31: holds silenced findings to their dates. sparkctl reads no clock.
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
}

/// A library with the place it was loaded from.
pub struct Workplace {
    /// The library.
    pub library: Library,
    /// The project's root; none outside a project.
    pub root: Option<PathBuf>,
}

impl Workplace {
    /// Finds and loads the project, or what is built in where there is none.
    ///
    /// # Errors
    /// As [`Library::load`], and where `--project` names no project.
    pub fn open(global: &Global) -> Result<Workplace, Failure> {
        let (root, shown) = project_root(global)?.unzip();
        let shown = shown.unwrap_or_default();
        let library = Library::load(root.as_deref(), &shown)?;
        if library.has_own_templates() {
            super::limits::bound_memory();
        }
        Ok(Workplace { library, root })
    }

    /// Where bundles go: what `--out` says, else the project's output, else `rendered`.
    ///
    /// # Errors
    /// If the project's output is, or lies behind, a symbolic link: a stranger's project must not
    /// choose a place outside itself. `--out` may, it is the user's own word.
    pub fn output(&self, given: Option<&Path>) -> Result<PathBuf, Failure> {
        if let Some(given) = given {
            return Ok(given.to_owned());
        }
        let Some(root) = &self.root else { return Ok(PathBuf::from("rendered")) };
        let named = self.library.project.as_ref().and_then(|project| project.file.spec.output.as_ref());
        let named = named.map_or("rendered", |named| named.as_str());
        let first = named.split('/').next().unwrap_or(named);
        if files::FOLDERS.contains(&first) {
            return Err(Failure::refused(
                format!("the project wants its bundles in `{named}`, among its own {first}"),
                "name another folder as `output` in sparkctl.yaml, such as rendered",
            ));
        }
        let mut path = if root == Path::new(".") { PathBuf::new() } else { root.clone() };
        for part in Path::new(named).components() {
            path.push(part);
            if path.is_symlink() {
                return Err(Failure::refused(
                    format!("`{}`, where the project wants its bundles, is a symbolic link", path.display()),
                    "put a directory there, or name the place yourself with --out",
                ));
            }
        }
        Ok(path)
    }

    /// Compiles the release that is meant.
    ///
    /// # Errors
    /// As [`Workplace::release`] and [`compile`].
    pub fn compile(&self, selection: &Selection) -> Result<Compiled, Failure> {
        compile(&self.library, &self.release(selection)?)
    }

    /// Compiles the release that is meant as far as it goes, to look at it.
    ///
    /// # Errors
    /// As [`Workplace::release`] and [`compile_all`].
    pub fn look(&self, selection: &Selection) -> Result<Compiled, Failure> {
        compile_all(&self.library, &self.release(selection)?)
    }

    /// The release that is meant.
    ///
    /// # Errors
    /// Where it is not said which, or what is said does not exist.
    pub fn release(&self, selection: &Selection) -> Result<Release, Failure> {
        let library = &self.library;
        let environments = || library.names(LayerKind::Environment);
        let environment = selection.environment.clone().ok_or_else(|| Failure::Refused {
            what: "no environment was chosen".to_owned(),
            help: Some(format!("add --env with one of: {}", environments().collect::<Vec<_>>().join(", "))),
        })?;
        if !environments().any(|name| name == environment) {
            return Err(Failure::unknown("environment", &environment, environments()));
        }
        let (name, entry) = self.entry(selection)?;
        let preset = match (&selection.preset, &entry) {
            (Some(preset), _) => preset.clone(),
            (None, Some(entry)) => entry.preset.clone(),
            (None, None) => {
                let names = library.presets(PresetRole::Scenario);
                return Err(Failure::Refused {
                    what: "no scenario was chosen".to_owned(),
                    help: Some(format!("add --preset with one of: {}", names.join(", "))),
                });
            }
        };
        let name = parse_name("release", name.as_deref().unwrap_or(&preset))?;
        let namespace = match &selection.namespace {
            Some(namespace) => parse_name("namespace", namespace)?,
            None => match entry.as_ref().and_then(|entry| entry.namespaces.get(&environment)) {
                Some(namespace) => namespace.clone(),
                None => parse_name("namespace", &format!("spark-{environment}"))?,
            },
        };
        let mut set = selection.set.clone();
        set.extend(selection.spark_version.iter().map(|version| format!("spark.version={version}")));
        let cluster = entry.as_ref().and_then(|entry| entry.cluster.clone());
        let team = entry.as_ref().and_then(|entry| entry.team.clone());
        let own = entry.into_iter().flat_map(|entry| entry.features);
        Ok(Release {
            name,
            namespace,
            environment,
            cluster,
            team,
            preset,
            features: selection.features.iter().cloned().chain(own).collect(),
            values: selection.values.as_deref().map(read_values).transpose()?,
            set,
            today: selection.today,
        })
    }

    /// The project's release that is meant, by `--release`, or by its scenario where only one has it.
    fn entry(&self, selection: &Selection) -> Result<(Option<String>, Option<ReleaseEntry>), Failure> {
        let Some(project) = &self.library.project else { return Ok((selection.release.clone(), None)) };
        let releases = &project.file.spec.releases;
        if let Some(name) = &selection.release {
            let entry =
                releases.iter().find(|(known, _)| known.as_str() == name).map(|(_, entry)| entry.clone());
            if entry.is_none() && selection.preset.is_none() {
                return Err(Failure::unknown("release", name, releases.keys().map(Name::as_str)));
            }
            return Ok((Some(name.clone()), entry));
        }
        let fits =
            |entry: &ReleaseEntry| selection.preset.as_ref().is_none_or(|preset| *preset == entry.preset);
        let found: Vec<_> = releases.iter().filter(|(_, entry)| fits(entry)).collect();
        match found.as_slice() {
            [] => Ok((None, None)),
            [(name, entry)] => Ok((Some(name.to_string()), Some((*entry).clone()))),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
                Err(Failure::Refused {
                    what: "several releases of the project fit".to_owned(),
                    help: Some(format!("add --release with one of: {}", names.join(", "))),
                })
            }
        }
    }
}

/// The project's root, and how messages name it; none where there is no project.
///
/// # Errors
/// Where `--project` names no project.
pub fn project_root(global: &Global) -> Result<Option<(PathBuf, String)>, Failure> {
    let root = match &global.project {
        Some(given) if !given.join(PROJECT_FILE).is_file() => {
            return Err(Failure::refused(
                format!("there is no {PROJECT_FILE} in `{}`", given.display()),
                "name the directory that holds it, or make a project: sparkctl init DIR",
            ));
        }
        Some(given) => Some(given.clone()),
        None => find_project()?,
    };
    Ok(root.map(|root| {
        let here = root.as_os_str().is_empty() || root == Path::new(".");
        let shown = if here { String::new() } else { format!("{}/", root.display()) };
        (root, shown)
    }))
}

/// The nearest directory, from the current one upwards, that holds a project; `.` for the current one.
fn find_project() -> Result<Option<PathBuf>, Failure> {
    if Path::new(PROJECT_FILE).is_file() {
        return Ok(Some(PathBuf::from(".")));
    }
    let here =
        std::env::current_dir().map_err(|error| Failure::io("read", "the current directory", error))?;
    Ok(here.ancestors().skip(1).find(|folder| folder.join(PROJECT_FILE).is_file()).map(Path::to_owned))
}

fn parse_name(kind: &str, text: &str) -> Result<Name, Failure> {
    let refuse = |reason: String| Failure::Refused {
        what: format!("`{text}` cannot be the {kind}'s name"),
        help: Some(reason),
    };
    let name: Name =
        text.parse().map_err(|error: crate::spec::types::ValueError| refuse(error.to_string()))?;
    if kind == "release" && text.len() > MAX_NAME {
        return Err(refuse(format!(
            "it has {} characters; pods' names leave room for {MAX_NAME}",
            text.len()
        )));
    }
    Ok(name)
}

/// Reads what `--values` names.
///
/// # Errors
/// If it cannot be read.
pub fn read_values(name: &str) -> Result<Values, Failure> {
    let text = if name == "-" {
        let mut text = String::new();
        let limit = crate::layer::parse::MAX_BYTES as u64 + 1;
        let read = std::io::stdin().lock().take(limit).read_to_string(&mut text);
        read.map_err(|error| Failure::io("read", "standard input", error))?;
        text
    } else {
        let path = std::fs::canonicalize(name).map_err(|error| Failure::io("read", name, error))?;
        files::read(&path, name)?
    };
    Ok(Values { name: name.to_owned(), text })
}
