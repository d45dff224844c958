//! `net/open-egress`: an endpoint outside the cluster of which only name and port are known.

use crate::layer::path::SpecPath;
use crate::layer::tree::Value;
use crate::rules::set::Known;
use crate::rules::{Place, Problem};
use crate::spec::site::{DatabaseKind, ObjectStoreKind, S3CredentialsKind};

/// The endpoints of the spec that are in use.
pub fn check(known: Known<'_>, problems: &mut Vec<Problem>) {
    let external = known.compiled.spec.external.iter().filter(|(_, endpoint)| endpoint.cidrs.is_none());
    let external = external.map(|(name, _)| SpecPath::root().key("external").key(name.as_str()));
    let site = site(known);
    for path in external.chain(site.iter().filter_map(|path| path.parse().ok())) {
        problems.push(
            Problem::new(
                "net/open-egress",
                format!("`{path}` has no addresses"),
                Place::Spec(path.clone()),
                "only its host and port are known",
            )
            .why("network policies know addresses, not names: its port is allowed to every address but the metadata service's")
            .help(format!("set `{path}.cidrs` to the addresses that it can have")),
        );
    }
}

/// The endpoints of the site that are in use and have no addresses.
fn site(known: Known<'_>) -> Vec<String> {
    let spec = &known.compiled.spec;
    let store = &spec.site.object_store;
    let irsa = store.s3.credentials.kind == S3CredentialsKind::Irsa;
    let (s3, gcs, azure) = (
        store.kind == ObjectStoreKind::S3,
        store.kind == ObjectStoreKind::Gcs,
        store.kind == ObjectStoreKind::Azure,
    );
    let on: SpecPath = SpecPath::root().key("metastore").key("enabled");
    let metastore =
        matches!(known.compiled.merged.root.at(&on).map(|node| &node.value), Some(Value::Bool(true)));
    let database = metastore && spec.site.database.kind == DatabaseKind::External;
    let all = [
        (s3, "objectStore.s3.endpoint", &store.s3.endpoint.cidrs),
        (s3 && irsa, "objectStore.s3.credentials.irsa.sts", &store.s3.credentials.irsa.sts.cidrs),
        (gcs, "objectStore.gcs.endpoint", &store.gcs.endpoint.cidrs),
        (azure, "objectStore.azure", &store.azure.cidrs),
        (azure, "objectStore.azure.login", &store.azure.login.cidrs),
        (database, "database.external.endpoint", &spec.site.database.external.endpoint.cidrs),
    ];
    let open = all.into_iter().filter(|(used, _, cidrs)| *used && cidrs.is_none());
    open.map(|(_, path, _)| format!("site.{path}")).collect()
}
