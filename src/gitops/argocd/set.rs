//! An ApplicationSet: the Applications of a set of members, from one template and a list.

use super::application::{self, Fields};
use super::site::{Set, Site};
use serde_json::{Value as Json, json};

/// The object; its template is without what it ignores.
///
/// The list is explicit, so that what is synced is what was rendered and reviewed, and a directory that
/// somebody puts into the repository is not.
pub fn object(site: &Site<'_>, set: &Set<'_>) -> Json {
    let elements = set.members.iter().map(|(member, name)| {
        let Fields { name, path, namespace, wave } = Fields::of(site, member, name);
        json!({"name": name, "place": path, "namespace": namespace, "wave": wave})
    });
    let placeholder = |name: &str| format!("{{{{ .{name} }}}}");
    let fields = Fields {
        name: placeholder("name"),
        path: placeholder("place"),
        namespace: placeholder("namespace"),
        wave: placeholder("wave"),
    };
    let application = application::object(site, set, &fields);
    // Where Applications leave objects behind, an entry that is gone leaves its Application, too.
    let cascade = set.sync.cascade;
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": set.name, "namespace": site.argocd.namespace()},
        "spec": {
            "goTemplate": true,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"list": {"elements": elements.collect::<Vec<_>>()}}],
            "syncPolicy": {
                "applicationsSync": if cascade { "sync" } else { "create-update" },
                "preserveResourcesOnDeletion": !cascade,
            },
            "template": {"metadata": application["metadata"], "spec": application["spec"]},
        },
    })
}
