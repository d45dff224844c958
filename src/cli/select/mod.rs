//! Which release is meant: the project, if there is one, and the options that all compiling commands share.

mod project;

pub use project::{Choice, Many, patterns};

use super::Global;
use crate::compile::{Compiled, compile, compile_all};
use crate::failure::Failure;
use crate::layer::document::{LayerKind, PresetRole};
use crate::library::project::{PROJECT_FILE, Project};
use crate::library::{Library, files};
use crate::release::{MAX_NAME, Release, Sharing, Values};
use crate::spec::types::{Date, Name};
use clap::Args;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Which release to compile.
#[derive(Debug, Clone, Default, Args)]
pub struct Selection {
    /// The environment: dev, staging, prod or one of your own. For `render` and `check` of a project this and --release, --cluster, --team take several, and patterns: --env 'prod*,staging'.
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
    /// The cluster whose layer in clusters/ it takes; without it the project's, if it says one.
    #[arg(long, value_name = "CLUSTER")]
    pub cluster: Option<String>,
    /// The team whose layer in teams/ it takes; without it the project's, if it says one.
    #[arg(long, value_name = "TEAM")]
    pub team: Option<String>,
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
    /// As [`Library::load`], where `--project` names no project, and where the project is made for other
    /// versions of sparkctl.
    pub fn open(global: &Global) -> Result<Workplace, Failure> {
        let workplace = Workplace::open_for_any_version(global)?;
        let project = workplace.library.project.as_ref();
        match project.and_then(Project::refuses_this_version) {
            Some(finding) => Err(workplace.library.failure(vec![finding])),
            None => Ok(workplace),
        }
    }

    /// As [`Workplace::open`], whatever versions the project is made for.
    ///
    /// # Errors
    /// As [`Library::load`], and where `--project` names no project.
    pub fn open_for_any_version(global: &Global) -> Result<Workplace, Failure> {
        Workplace::load(project_root(global)?, None)
    }

    /// The same project with another text in the place of its project file.
    ///
    /// # Errors
    /// As [`Library::load`].
    pub fn with_project_file(self, text: String) -> Result<Workplace, Failure> {
        let root = self.root.map(|root| (root.clone(), shown(&root)));
        Workplace::load(root, Some(text))
    }

    fn load(root: Option<(PathBuf, String)>, project: Option<String>) -> Result<Workplace, Failure> {
        let (root, shown) = root.unzip();
        let shown = shown.unwrap_or_default();
        let library = Library::load_with(root.as_deref(), &shown, project)?;
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
        let planned = self.planned(selection, &environment)?;
        let preset = match (&selection.preset, &planned) {
            (Some(preset), _) => preset.clone(),
            (None, Some(planned)) => planned.preset.clone(),
            (None, None) => {
                let names = library.presets(PresetRole::Scenario);
                return Err(Failure::Refused {
                    what: "no scenario was chosen".to_owned(),
                    help: Some(format!("add --preset with one of: {}", names.join(", "))),
                });
            }
        };
        let release = match planned {
            Some(planned) => Release { preset, ..planned },
            None => self.unplanned(selection, &environment, &preset)?,
        };
        self.with_arguments(release, selection)
    }

    /// A release with what else the command line says of it.
    fn with_arguments(&self, mut release: Release, selection: &Selection) -> Result<Release, Failure> {
        if let Some(namespace) = &selection.namespace {
            let namespace = parse_name("namespace", namespace)?;
            if namespace != release.namespace {
                release = Release { namespace, sharing: Sharing::default(), ..release };
            }
        }
        release.features.extend(selection.features.iter().cloned());
        release.values = selection.values.as_deref().map(read_values).transpose()?;
        release.set = selection.set.clone();
        release.set.extend(selection.spark_version.iter().map(|version| format!("spark.version={version}")));
        release.today = selection.today;
        Ok(release)
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
    Ok(root.map(|root| (root.clone(), shown(&root))))
}

/// How messages name the files of a project: what goes before their paths in it.
fn shown(root: &Path) -> String {
    let here = root.as_os_str().is_empty() || root == Path::new(".");
    if here { String::new() } else { format!("{}/", root.display()) }
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
