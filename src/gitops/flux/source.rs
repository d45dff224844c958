//! What Flux reads: a Git repository for all bundles, or for those of each revision, or an artifact for each.

use super::kustomization::labels;
use super::names;
use super::settings::{Flux, Oci, SourceKind};
use crate::failure::Failure;
use crate::fleet::placeholder;
use crate::gitops::{GitOps, Member};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Where the bundles of a project come from.
pub struct Origin<'a> {
    flux: &'a Flux,
    place: Place<'a>,
}

enum Place<'a> {
    Git { url: String, settings: &'a GitOps, output: Vec<&'a str>, repositories: Repositories },
    Oci { oci: &'a Oci, base: &'a str },
}

/// The name of the GitRepository for each revision that bundles are synced from.
type Repositories = BTreeMap<String, String>;

impl<'a> Origin<'a> {
    /// Reads where the bundles of these members come from.
    ///
    /// # Errors
    /// If `sparkctl.yaml` does not say it, or says what Flux cannot read, with the lines to write.
    pub fn read(
        project: &'a str,
        settings: &'a GitOps,
        output: &'a str,
        members: &[&Member],
    ) -> Result<Self, Failure> {
        let place = match settings.flux.source {
            SourceKind::Git => git(project, settings, output, members)?,
            SourceKind::Oci => oci(settings)?,
        };
        Ok(Origin { flux: &settings.flux, place })
    }

    /// The objects that Kustomizations share, with their names: one for each revision that is synced.
    pub fn shared(&self) -> Vec<(&str, Json)> {
        let Place::Git { url, output, repositories, .. } = &self.place else { return Vec::new() };
        let object = |(revision, name): (&String, &'_ String)| {
            let mut spec = json!({
                "interval": self.flux.source_interval(), "url": url, "ref": reference(revision),
            });
            if let Some(ignore) = all_but(output) {
                spec["ignore"] = json!(ignore);
            }
            let labels = json!({ "app.kubernetes.io/managed-by": "sparkctl" });
            self.object("GitRepository", name, labels, spec)
        };
        repositories.iter().map(|entry| (entry.1.as_str(), object(entry))).collect()
    }

    /// The object that this bundle's Kustomization alone reads, if there is one.
    pub fn own(&self, member: &Member, names: &BTreeMap<String, String>) -> Option<Json> {
        let Place::Oci { oci, base } = &self.place else { return None };
        let mut spec = json!({
            "interval": self.flux.source_interval(),
            "url": format!("{base}/{}", member.place.replace('/', "-")),
            "ref": { "tag": oci.tag.as_ref().map_or("latest", |tag| tag.as_str()) },
        });
        if let Some(provider) = oci.provider {
            spec["provider"] = json!(provider);
        }
        if oci.insecure {
            spec["insecure"] = json!(true);
        }
        if let Some(verify) = &oci.verify {
            spec["verify"] = json!({ "provider": verify.provider });
            if let Some(secret) = &verify.secret {
                spec["verify"]["secretRef"] = json!({ "name": secret });
            }
            if !verify.identities.is_empty() {
                spec["verify"]["matchOIDCIdentity"] = json!(verify.identities);
            }
        }
        Some(self.object("OCIRepository", names.get(&member.place)?, labels(member), spec))
    }

    /// What a bundle's Kustomization names as its source.
    ///
    /// # Errors
    /// If the revision has a placeholder for something that the member does not name.
    pub fn reference(&self, member: &Member, names: &BTreeMap<String, String>) -> Result<Json, Failure> {
        Ok(match &self.place {
            Place::Git { settings, repositories, .. } => {
                let name = repositories.get(&settings.revision(member)?);
                json!({ "kind": "GitRepository", "name": name })
            }
            Place::Oci { .. } => json!({ "kind": "OCIRepository", "name": names.get(&member.place) }),
        })
    }

    /// Where a bundle lies in what its source serves.
    pub fn path(&self, member: &Member) -> String {
        match &self.place {
            Place::Git { output, .. } => {
                let parts = [".".to_owned()].into_iter().chain(output.iter().map(|part| (*part).to_owned()));
                parts.chain([member.place.clone()]).collect::<Vec<_>>().join("/")
            }
            Place::Oci { .. } => "./".to_owned(),
        }
    }

    fn object(&self, kind: &str, name: &str, labels: Json, mut spec: Json) -> Json {
        if let Some(secret) = &self.flux.secret {
            spec["secretRef"] = json!({ "name": secret });
        }
        json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": kind,
            "metadata": { "name": name, "namespace": self.flux.namespace(), "labels": labels },
            "spec": spec,
        })
    }
}

fn git<'a>(
    project: &str,
    settings: &'a GitOps,
    output: &'a str,
    members: &[&Member],
) -> Result<Place<'a>, Failure> {
    let Some(repository) = settings.repository.as_deref() else {
        return Err(Failure::refused(
            "sparkctl.yaml does not say which Git repository the project lies in, and Flux reads it from there",
            "add to sparkctl.yaml:\n\nspec:\n  gitops:\n    repository: https://git.example.com/data/platform.git\n    \
             revision: main\n\nor, where bundles are pushed to a registry:\n\nspec:\n  gitops:\n    flux:\n      \
             source: oci\n      oci:\n        url: oci://registry.example/spark",
        ));
    };
    let output = settings.directory(output);
    if output.contains(&"..") {
        let path = settings.path.as_deref().unwrap_or_default();
        return Err(Failure::refused(
            format!("`spec.gitops.path` is `{path}`, which leads out of the repository"),
            "write where the project lies below the root of its repository, such as `data/spark`",
        ));
    }
    let url = git_url(repository)?;
    // Over SSH, source-controller clones nothing without a key and the host's own key.
    if url.starts_with("ssh://") && settings.flux.secret.is_none() {
        return Err(Failure::refused(
            format!("Flux clones `{url}` by SSH, and sparkctl.yaml does not say with which key"),
            "make the key with `flux create secret git NAME --url=URL --namespace=flux-system`, and add to \
             sparkctl.yaml:\n\nspec:\n  gitops:\n    flux:\n      secret: NAME",
        ));
    }
    Ok(Place::Git { url, settings, output, repositories: repositories(project, settings, members)? })
}

/// One repository bears the project's name alone. Where the revision has placeholders, each bears its own one too, so
/// that none is called otherwise because another environment came.
fn repositories(project: &str, settings: &GitOps, members: &[&Member]) -> Result<Repositories, Failure> {
    let pattern = settings.revision.as_deref().unwrap_or("main");
    if placeholder::names(pattern).next().is_none() {
        return Ok([(pattern.to_owned(), project.to_owned())].into());
    }
    let (mut found, mut taken) = (Repositories::new(), BTreeMap::new());
    for member in members {
        let revision = settings.revision(member)?;
        let name = names::of_revision(project, &revision);
        match taken.insert(name.clone(), revision.clone()) {
            Some(other) if other != revision => {
                return Err(Failure::refused(
                    format!("`{other}` and `{revision}` would both be the GitRepository `{name}` in Flux"),
                    "write another `revision` in sparkctl.yaml, or rename an environment, cluster or team",
                ));
            }
            _ => drop(found.insert(revision, name)),
        }
    }
    Ok(found)
}

/// Flux takes URLs alone; `git@HOST:PATH`, as `git clone` takes it, is one by SSH.
fn git_url(repository: &str) -> Result<String, Failure> {
    if ["https://", "http://", "ssh://"].iter().any(|scheme| repository.starts_with(scheme)) {
        return Ok(repository.to_owned());
    }
    match repository.split_once(':') {
        Some((host, path)) if host.contains('@') && !host.contains('/') && !path.starts_with('/') => {
            Ok(format!("ssh://{host}/{path}"))
        }
        _ => Err(Failure::refused(
            format!("`spec.gitops.repository` is `{repository}`, which Flux cannot clone"),
            "write a URL that begins with `https://` or `ssh://`, such as \
             `https://git.example.com/data/platform.git`",
        )),
    }
}

/// A full name and a commit are what they look like, a whole version is a tag, all else is a branch.
fn reference(revision: &str) -> Json {
    if let Some(branch) = revision.strip_prefix("refs/heads/") {
        return json!({ "branch": branch });
    }
    if let Some(tag) = revision.strip_prefix("refs/tags/") {
        return json!({ "tag": tag });
    }
    if revision.starts_with("refs/") {
        return json!({ "name": revision });
    }
    if revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return json!({ "commit": revision });
    }
    let numbers: Vec<&str> = revision.strip_prefix('v').unwrap_or(revision).split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match numbers.len() == 3 && numbers.iter().all(number) {
        true => json!({ "tag": revision }),
        false => json!({ "branch": revision }),
    }
}

fn oci(settings: &GitOps) -> Result<Place<'_>, Failure> {
    let example = "spec:\n  gitops:\n    flux:\n      source: oci\n      oci:\n        url: oci://registry.example/spark";
    let Some(oci) = &settings.flux.oci else {
        return Err(Failure::refused(
            "sparkctl.yaml does not say which registry Flux reads the bundles from",
            format!("add to sparkctl.yaml:\n\n{example}\n        tag: main"),
        ));
    };
    let base = oci.url.trim_end_matches('/');
    match base.strip_prefix("oci://") {
        Some(rest) if !rest.is_empty() => Ok(Place::Oci { oci, base }),
        _ => Err(Failure::refused(
            format!("`spec.gitops.flux.oci.url` is `{}`, which is no address in a registry", oci.url),
            format!("write the registry and what all names begin with:\n\n{example}"),
        )),
    }
}

/// Patterns for `spec.ignore`: everything but one directory, and what sparkctl stages in it.
fn all_but(directory: &[&str]) -> Option<String> {
    let mut text = String::from("# Flux needs the bundles, and nothing else of the repository.\n");
    let mut above = String::new();
    for part in directory {
        text.push_str(&format!("{above}/*\n!{above}/{part}/\n"));
        above = format!("{above}/{part}");
    }
    text.push_str(&format!("{above}/.sparkctl/\n"));
    (!directory.is_empty()).then_some(text)
}
