//! Loading: from files inside the binary and a project's to a [`Library`], or to everything that is wrong with them.

use super::cache::Cache;
use super::descriptor::{self, Component};
use super::files::{self, Files};
use super::{Library, project};
use crate::diagnostic::{Finding, Report};
use crate::failure::Failure;
use crate::gitops::care::{self, Care};
use crate::layer::parse::parse_one;
use crate::layer::renames::{self, Renames};
use crate::source::{SourceId, Sources};
use crate::spec::schema::Schemas;
use crate::template::{Templates, format::Format, position};
use std::collections::BTreeMap;
use std::path::Path;

impl Library {
    /// Loads what is inside the binary and, over it, the project whose root is given. `shown` is how
    /// messages name that root: empty for the current directory, else a path that ends in `/`.
    ///
    /// # Errors
    /// If a file cannot be read, or a descriptor, a template or the project file has errors.
    pub fn load(root: Option<&Path>, shown: &str) -> Result<Library, Failure> {
        Library::load_with(root, shown, None)
    }

    /// As [`Library::load`], with this text in the place of what stands in the project file.
    ///
    /// # Errors
    /// As [`Library::load`].
    pub fn load_with(root: Option<&Path>, shown: &str, project: Option<String>) -> Result<Library, Failure> {
        let texts = project.map(|text| (project::PROJECT_FILE.to_owned(), text)).into_iter().collect();
        Library::load_over(root, shown, &texts)
    }

    /// The same library again, with these texts in the place of the project's files at these paths, or as files
    /// that the project lacks.
    ///
    /// # Errors
    /// As [`Library::load`].
    pub fn reload(&self, root: &Path, texts: &BTreeMap<String, String>) -> Result<Library, Failure> {
        Library::load_over(Some(root), &self.shown, texts)
    }

    fn load_over(
        root: Option<&Path>,
        shown: &str,
        texts: &BTreeMap<String, String>,
    ) -> Result<Library, Failure> {
        let mut sources = Sources::default();
        let mut files = files::built_in(&mut sources);
        let mut project_source = None;
        if let Some(root) = root {
            files::add_project(root, shown, &mut files, &mut sources)?;
            let name = format!("{shown}{}", project::PROJECT_FILE);
            for (path, text) in texts.iter().filter(|(path, _)| *path != project::PROJECT_FILE) {
                let source = sources.add(format!("{shown}{path}"), text.as_str());
                files.entry(path.clone()).or_default().project = Some(source);
            }
            let text = match texts.get(project::PROJECT_FILE) {
                Some(text) => text.clone(),
                None => files::read(&root.join(project::PROJECT_FILE), &name)?,
            };
            project_source = Some(sources.add(name, text));
        }
        Library::of(files, sources, project_source, shown)
    }

    /// As [`Library::load`], of a project whose texts, by their paths in it, are not on a disk.
    ///
    /// # Errors
    /// If a descriptor, a template or the project file has errors, or there is no project file.
    pub fn load_texts(texts: Vec<(String, String)>, shown: &str) -> Result<Library, Failure> {
        let mut sources = Sources::default();
        let mut files = files::built_in(&mut sources);
        let (project, others): (Vec<_>, Vec<_>) =
            texts.into_iter().partition(|(path, _)| path == project::PROJECT_FILE);
        files::add_texts(others, shown, &mut files, &mut sources);
        let name = format!("{shown}{}", project::PROJECT_FILE);
        let Some((_, text)) = project.into_iter().next() else {
            return Err(Failure::refused(
                format!("there is no `{name}`"),
                "name the directory of a project, or make one: sparkctl init DIR",
            ));
        };
        let source = sources.add(name, text);
        Library::of(files, sources, Some(source), shown)
    }

    /// The library that these files make.
    fn of(
        files: Files,
        mut sources: Sources,
        project_source: Option<SourceId>,
        shown: &str,
    ) -> Result<Library, Failure> {
        let mut findings = Vec::new();
        let renames = renames::BUILT_IN;
        let renames = Renames::read(sources.add(renames.0, renames.1), renames.1);
        let renames = renames.unwrap_or_else(|found| {
            findings.extend(found);
            Renames::default()
        });
        let components = components(&files, &sources, &mut findings);
        let settings = components.iter().filter_map(|component| component.descriptor.settings.as_ref());
        let schemas = Schemas::new(settings.map(|settings| (settings.key.clone(), settings.schema.clone())));
        findings.extend(misplaced(&files, &sources));
        let project = project_source.and_then(|source| {
            project::read(source, &sources, schemas.layer(), &renames)
                .map_err(|found| findings.extend(found))
                .ok()
        });
        // Nobody's but sparkctl's: what holds data stays, whatever a project brings.
        let care = files.get(care::TABLE).and_then(|pair| pair.built_in).and_then(|source| {
            let read = Care::read(source, &sources.get(source).text);
            read.map_err(|found| findings.extend(found)).ok()
        });
        let Some(care) = care.filter(|_| findings.is_empty()) else {
            return Err(Failure::Findings(Box::new(Report::new(findings, sources))));
        };
        let templates = files.iter().filter_map(|(path, pair)| {
            // Dockerfiles' templates keep their folder in their name, and so are no component's.
            let name = path.strip_prefix("templates/").or(path.starts_with("images/").then_some(path))?;
            name.ends_with(".j2").then_some((name.to_owned(), pair.top()?))
        });
        let templates = Templates::new(templates, &sources);
        let shown = shown.to_owned();
        Ok(Library {
            sources,
            components,
            schemas,
            templates,
            care,
            project,
            renames,
            shown,
            files,
            read: Cache::default(),
            versions: Cache::default(),
            digests: Cache::default(),
            settings: Cache::default(),
            images: Cache::default(),
        })
    }
}

/// The components of a library: each folder under `templates/` that has a descriptor.
fn components(files: &Files, sources: &Sources, findings: &mut Vec<Finding>) -> Vec<Component> {
    let mut components = Vec::new();
    for (path, pair) in files {
        let folder = path.strip_prefix("templates/").and_then(|rest| rest.strip_suffix("/component.yaml"));
        let (Some(name), Some(source)) = (folder, pair.top()) else { continue };
        let read = if pair.project.is_some() {
            descriptor::read(name, source, sources)
        } else {
            // As with layers: those inside the binary are held against the schema by a test.
            let (tree, found) = parse_one(source, &sources.get(source).text);
            match tree {
                Some(tree) => descriptor::decode(name, source, tree).map_err(|finding| vec![*finding]),
                None => Err(found),
            }
        };
        match read {
            Ok(component) => components.push(component),
            Err(found) => findings.extend(found),
        }
    }
    components
}

/// What stands where it must not in a project's templates. The built-in ones are held to the same by a test.
fn misplaced(files: &Files, sources: &Sources) -> Vec<Finding> {
    let templates = files.iter().filter(|(path, _)| path.starts_with("templates/") && path.ends_with(".j2"));
    let mut findings = Vec::new();
    for (path, source) in templates.filter_map(|(path, pair)| Some((path, pair.project?))) {
        findings.extend(check_template(path, source, &sources.get(source).text));
    }
    findings
}

/// What stands where it must not in one template.
pub fn check_template(path: &str, source: SourceId, text: &str) -> Vec<Finding> {
    let whole = crate::source::Span { source, start: 0, end: 0 };
    if crate::template::lines::holds_marks(text) {
        let message = "the template holds the private-use character U+E000 or U+E001";
        return vec![
            Finding::error("template/misplaced-tag", message).at(whole, "in this file").help("take it out"),
        ];
    }
    match Format::of(path) {
        Some(Format::Yaml) => position::check(source, text),
        Some(_) => Vec::new(),
        None => {
            let finding =
                Finding::error("template/unknown-format", format!("nobody knows how to escape for `{path}`"));
            vec![finding.at(whole, "this template").help(
                "name it x.yaml.j2, x.conf.j2, x.properties.j2, x.xml.j2, x.sh.j2, x.json.j2 or x.txt.j2",
            )]
        }
    }
}
