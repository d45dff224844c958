//! Where everything lies, and which bundles belong together.

use super::name::{Names, joined};
use super::settings::{ArgoCd, Decided};
use super::{application, ignored};
use crate::failure::Failure;
use crate::gitops::clusters::Cluster;
use crate::gitops::{GitOps, Member};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The cluster that Argo CD itself runs in.
const OWN_CLUSTER: &str = "https://kubernetes.default.svc";

/// What is the same for all members.
pub struct Site<'a> {
    /// The project's name.
    pub project: &'a str,
    /// The Git repository.
    pub repository: &'a str,
    /// How Argo CD syncs.
    pub argocd: &'a ArgoCd,
    root: String,
    settings: &'a GitOps,
}

/// A member with the name of its Application.
pub type Named<'a> = (&'a Member, String);

/// The members of an environment and a team: what an AppProject lets through.
pub struct Group<'a> {
    /// The AppProject's name.
    pub project: String,
    /// The environment.
    pub environment: &'a str,
    /// The team, where the members name one.
    pub team: Option<&'a str>,
    /// The members; those that bring a namespace first.
    pub members: Vec<Named<'a>>,
}

/// Those of a group that go to one cluster: what their Applications have in common.
pub struct Set<'a> {
    /// The name of an ApplicationSet of them.
    pub name: String,
    /// Their AppProject.
    pub project: &'a str,
    /// Their environment.
    pub environment: &'a str,
    /// Their team.
    pub team: Option<&'a str>,
    /// Their cluster.
    pub cluster: Option<&'a str>,
    /// What of the repository is synced.
    pub revision: String,
    /// How they are synced.
    pub sync: Decided,
    /// The members; those that bring a namespace first.
    pub members: Vec<Named<'a>>,
}

impl<'a> Site<'a> {
    /// Reads it from the settings.
    ///
    /// # Errors
    /// If they name no repository, or do not say how Argo CD knows a cluster that a member is on.
    pub fn of(
        project: &'a str,
        settings: &'a GitOps,
        output: &str,
        members: &[Member],
    ) -> Result<Site<'a>, Failure> {
        let Some(repository) = settings.repository.as_deref() else {
            return Err(Failure::refused(
                "sparkctl.yaml does not say from which Git repository Argo CD syncs",
                "add to sparkctl.yaml:\n\nspec:\n  gitops:\n    repository: https://git.example.com/data/platform.git",
            ));
        };
        for member in members {
            let Some(name) = &member.cluster else { continue };
            if let Some(Cluster { name: None, server: None, .. }) = settings.clusters.get(name) {
                return Err(Failure::refused(
                    format!(
                        "spec.gitops.clusters.{name} does not say how Argo CD knows the cluster that `{}` is on",
                        member.place
                    ),
                    format!(
                        "add `name`, as `argocd cluster list` tells it (`name: {name}` if it is the same), or \
                         `server`, the address of its API server; `kubeConfig` is for Flux alone"
                    ),
                ));
            }
        }
        Ok(Site {
            project,
            repository,
            argocd: &settings.argocd,
            root: settings.directory(output).join("/"),
            settings,
        })
    }

    /// Where a member's bundle lies in the repository.
    pub fn path(&self, member: &Member) -> String {
        if self.root.is_empty() { member.place.clone() } else { format!("{}/{}", self.root, member.place) }
    }

    /// Where a namespace of a cluster is, as Applications and AppProjects say it.
    pub fn destination(&self, cluster: Option<&str>, namespace: &str) -> Json {
        let listed = cluster.and_then(|name| self.settings.clusters.get(name));
        match (cluster, listed) {
            (_, Some(Cluster { server: Some(server), .. })) => {
                json!({"server": server, "namespace": namespace})
            }
            (_, Some(Cluster { name: Some(name), .. })) => json!({"name": name, "namespace": namespace}),
            (Some(name), _) => json!({"name": name, "namespace": namespace}),
            (None, _) => json!({"server": OWN_CLUSTER, "namespace": namespace}),
        }
    }

    /// The members by environment and team, with their names.
    ///
    /// # Errors
    /// If two would get one name.
    pub fn groups(&self, members: &'a [Member]) -> Result<Vec<Group<'a>>, Failure> {
        let mut found: BTreeMap<(&str, Option<&str>), Vec<Named<'_>>> = BTreeMap::new();
        let (mut applications, mut projects) = (Names::default(), Names::default());
        for member in members {
            let cluster = member.cluster.as_deref();
            let parts = [Some(self.project), Some(&member.environment), cluster, Some(member.name.as_str())];
            let name = joined(&parts);
            applications.give("Application", &name, format!("`{}`", member.place))?;
            let group = (member.environment.as_str(), member.team.as_deref());
            found.entry(group).or_default().push((member, name));
        }
        let mut groups = Vec::new();
        for ((environment, team), mut members) in found {
            let project = joined(&[Some(self.project), Some(environment), team]);
            let owner = format!("environment `{environment}`{}", of_team(team));
            projects.give("AppProject", &project, owner)?;
            members.sort_by(|a, b| (!a.0.owns_namespace(), &a.1).cmp(&(!b.0.owns_namespace(), &b.1)));
            groups.push(Group { project, environment, team, members });
        }
        Ok(groups)
    }

    /// The groups by cluster. Members of one set agree in all that a revision may have placeholders for.
    ///
    /// # Errors
    /// If two would get one name, or a member lacks what the revision has a placeholder for.
    pub fn sets<'g>(&self, groups: &'g [Group<'g>]) -> Result<Vec<Set<'g>>, Failure> {
        let (mut sets, mut names) = (Vec::new(), Names::default());
        for Group { project, environment, team, members } in groups {
            let mut clusters: BTreeMap<Option<&str>, Vec<Named<'_>>> = BTreeMap::new();
            for (member, name) in members {
                clusters.entry(member.cluster.as_deref()).or_default().push((member, name.clone()));
            }
            for (cluster, members) in clusters {
                let name = joined(&[Some(self.project), Some(environment), cluster, *team]);
                let owner = format!(
                    "environment `{environment}`{}{}",
                    of_team(*team),
                    cluster.map(|cluster| format!(" on cluster `{cluster}`")).unwrap_or_default()
                );
                names.give("ApplicationSet", &name, owner)?;
                let sync = self.argocd.sync(environment);
                let Some((first, _)) = members.first() else { continue };
                let revision = self.settings.revision(first)?;
                sets.push(Set { name, project, environment, team: *team, cluster, revision, sync, members });
            }
        }
        Ok(sets)
    }
}

fn of_team(team: Option<&str>) -> String {
    team.map(|team| format!(", team `{team}`")).unwrap_or_default()
}

impl Group<'_> {
    /// What its AppProject is for.
    pub fn heading(&self) -> String {
        let whose = self.team.map(|team| format!("of team {team} ")).unwrap_or_default();
        format!(
            "What the releases {whose}in {} may do: apply the kinds of objects that their bundles hold, from\n\
             this repository, in their namespaces, and no more.",
            self.environment
        )
    }
}

impl Set<'_> {
    /// How its Applications are synced, in words.
    pub fn heading(&self) -> String {
        application::heading(&self.sync)
    }

    /// The differences that its Applications ignore, as lines.
    pub fn ignored(&self, indent: usize) -> String {
        ignored::lines(self.members.iter().map(|(member, _)| *member), indent)
    }
}
