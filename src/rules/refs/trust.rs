//! Issuers of certificates, secret stores and their entries: what operators ask on behalf of the release.

use super::declared::entry;
use super::names::Names;
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::rules::Problem;

/// Rules `ref/undeclared-issuer`, `ref/undeclared-secret-store` and `ref/undeclared-entry`. Only of a release's
/// own: others' issuers and stores belong to the cluster.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = names.known() else { return };
    let site = &known.compiled.spec.site;
    let (issuer, issuers) = (site.issuer.name.to_string(), word(&site.issuer.kind));
    let (store, stores) = (site.secret_store.name.to_string(), word(&site.secret_store.kind));
    for object in names.subject.objects() {
        let spec = object.node.get("spec");
        match object.id.kind.as_str() {
            "Certificate" => {
                if let Some(reference) = spec.and_then(|spec| spec.get("issuerRef")) {
                    let kind = reference.text("kind").unwrap_or("Issuer");
                    asked(names, reference, kind, (&issuer, &issuers), "issuer", problems);
                }
            }
            "Ingress" => {
                let annotations = object.node.below(&["metadata", "annotations"]);
                for (key, kind) in [
                    ("cert-manager.io/issuer", "Issuer"),
                    ("cert-manager.io/cluster-issuer", "ClusterIssuer"),
                ] {
                    let Some(name) = annotations.and_then(|annotations| annotations.get(key)) else {
                        continue;
                    };
                    if (name.as_str(), kind) != (Some(&issuer), &issuers) {
                        problems.push(undeclared(names, name, kind, "issuer", (&issuer, &issuers)));
                    }
                }
            }
            "ExternalSecret" => {
                if let Some(reference) = spec.and_then(|spec| spec.get("secretStoreRef")) {
                    let kind = reference.text("kind").unwrap_or("SecretStore");
                    asked(names, reference, kind, (&store, &stores), "secretStore", problems);
                }
                entries(names, spec, problems);
            }
            _ => {}
        }
    }
}

fn word(kind: &impl std::fmt::Debug) -> String {
    format!("{kind:?}")
}

fn asked(
    names: &Names<'_>,
    reference: &Node,
    kind: &str,
    wanted: (&str, &str),
    field: &'static str,
    problems: &mut Vec<Problem>,
) {
    let Some(name) = reference.get("name") else { return };
    let there = names.subject.objects().iter();
    let mut there =
        there.filter(|object| object.id.kind == kind && Some(object.id.name.as_str()) == name.as_str());
    if (name.as_str(), kind) != (Some(wanted.0), wanted.1) && there.next().is_none() {
        problems.push(undeclared(names, name, kind, field, wanted));
    }
}

fn undeclared(
    names: &Names<'_>,
    name: &Node,
    kind: &str,
    field: &'static str,
    (wanted, wanted_kind): (&str, &str),
) -> Problem {
    let rule = if field == "issuer" { "ref/undeclared-issuer" } else { "ref/undeclared-secret-store" };
    let named = name.as_str().unwrap_or_default();
    Problem::new(
        rule,
        format!("the {kind} `{named}` is not the one that the spec names"),
        names.subject.place(name),
        "named here",
    )
    .help(format!("`site.{field}` says {wanted_kind} `{wanted}`"))
}

/// What an ExternalSecret fetches stands under `secrets` in the spec.
fn entries(names: &Names<'_>, spec: Option<&Node>, problems: &mut Vec<Problem>) {
    let Some(declared) = &names.declared else { return };
    for data in spec.map(|spec| spec.list("data")).unwrap_or_default() {
        let Some(remote) = data.get("remoteRef") else { continue };
        let Some(key) = remote.get("key") else { continue };
        let wanted = entry(key.as_str().unwrap_or_default(), remote.text("property"));
        if !declared.entries.contains(&wanted) {
            problems.push(
                Problem::new(
                    "ref/undeclared-entry",
                    format!("the spec knows no entry `{}` of the secret store", wanted.trim_end_matches('#')),
                    names.subject.place(key),
                    "this entry is fetched",
                )
                .help_if(did_you_mean(&wanted, declared.entries.iter().map(String::as_str))),
            );
        }
    }
}
