//! Argo CD: Applications (or ApplicationSets) for bundles, and AppProjects that let them do no more than they
//! have to.
//!
//! The objects are those of Argo CD 3.5 (`argoproj.io/v1alpha1`).

mod application;
mod ignored;
mod name;
mod plugin;
mod project;
mod set;
pub mod settings;
mod site;

pub use plugin::plugin_files;
pub use settings::ArgoCd;

use super::{GitOps, Member, yaml};
use crate::compile::files::{KUSTOMIZATION, kustomization};
use crate::failure::Failure;
use serde_json::Value as Json;
use settings::Form;
use site::{Group, Site};
use std::collections::BTreeMap;

/// What goes below `gitops/argocd/` of the output directory, by path: an AppProject for each environment and
/// team, what makes an Application of each member, and a `kustomization.yaml` that lists them in their order.
///
/// `project` is the project's name, `output` the directory that bundles are written to, as it lies in the
/// project; `members` are all bundles of the project.
///
/// # Errors
/// If the settings name no repository, do not say how Argo CD knows a cluster that a member is on, or have a
/// placeholder in their revision that a member has nothing for; if two members would get one name.
pub fn files(
    project: &str,
    settings: &GitOps,
    output: &str,
    members: &[Member],
) -> Result<BTreeMap<String, String>, Failure> {
    let site = Site::of(project, settings, output, members)?;
    let groups = site.groups(members)?;
    let mut files = Files::default();
    for group in &groups {
        let text = written(group.heading(), &project::object(&site, group), "")?;
        files.add(format!("projects/{}.yaml", group.project), text);
    }
    match site.argocd.form {
        Form::Applications => applications(&site, &groups, &mut files)?,
        Form::ApplicationSet => {
            for set in site.sets(&groups)? {
                let text = written(set.heading(), &set::object(&site, &set), &set.ignored(4))?;
                files.add(format!("applicationsets/{}.yaml", set.name), text);
            }
        }
    }
    Ok(files.finish())
}

/// An Application for each member; those that bring a namespace first.
fn applications(site: &Site<'_>, groups: &[Group<'_>], files: &mut Files) -> Result<(), Failure> {
    let mut found = Vec::new();
    for set in site.sets(groups)? {
        for (member, name) in &set.members {
            let fields = application::Fields::of(site, member, name);
            let text = written(set.heading(), &application::object(site, &set, &fields), &set.ignored(0))?;
            found.push((!member.owns_namespace(), name.clone(), text));
        }
    }
    found.sort();
    for (_, name, text) in found {
        files.add(format!("applications/{name}.yaml"), text);
    }
    Ok(())
}

/// Files in the order in which they are applied.
#[derive(Default)]
struct Files {
    resources: Vec<String>,
    texts: BTreeMap<String, String>,
}

impl Files {
    fn add(&mut self, path: String, text: String) {
        self.resources.push(path.clone());
        self.texts.insert(path, text);
    }

    fn finish(mut self) -> BTreeMap<String, String> {
        self.texts.insert(KUSTOMIZATION.to_owned(), kustomization(&self.resources));
        self.texts
    }
}

/// An object as a file: a comment, the object, and lines that go on with its last mapping.
fn written(heading: String, object: &Json, more: &str) -> Result<String, Failure> {
    let text = yaml::text(object)?;
    let heading: String = heading.lines().map(|line| format!("# {line}\n")).collect();
    Ok(format!("{heading}{text}{more}"))
}
