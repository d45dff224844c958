//! Values that are each allowed and make no sense together.

use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::layer::tree::Value;
use crate::source::Span;
use crate::spec::Spec;
use crate::spec::site::{DatabaseKind, ObjectStoreKind, S3CredentialsKind};

/// Every finding about values that do not fit one another.
pub fn all(spec: &Spec, merged: &Merged) -> Vec<Finding> {
    let at = |path: &str| place(merged, path);
    let mut findings = Vec::new();
    for (name, _) in spec.external.iter().filter(|(_, endpoint)| endpoint.cidrs.is_none()) {
        findings.push(open_egress(&format!("external.{name}"), at(&format!("external.{name}"))));
    }
    findings.extend(endpoints(spec, merged).into_iter().map(|path| open_egress(&path, at(&path))));
    findings
}

/// The endpoints of the site that are in use and have no addresses.
fn endpoints(spec: &Spec, merged: &Merged) -> Vec<String> {
    let store = &spec.site.object_store;
    let irsa = store.s3.credentials.kind == S3CredentialsKind::Irsa;
    let (s3, gcs, azure) = (
        store.kind == ObjectStoreKind::S3,
        store.kind == ObjectStoreKind::Gcs,
        store.kind == ObjectStoreKind::Azure,
    );
    let on: SpecPath = SpecPath::root().key("metastore").key("enabled");
    let metastore = matches!(merged.root.at(&on).map(|node| &node.value), Some(Value::Bool(true)));
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

fn open_egress(path: &str, at: Span) -> Finding {
    Finding::warning("net/open-egress", format!("`{path}` has no addresses"))
        .at(at, "only its host and port are known")
        .why("network policies know addresses, not names: its port is allowed to every address but the metadata service's")
        .help(format!("set `{path}.cidrs` to the addresses that it can have"))
}

/// Where a value was written; the whole spec where the path cannot be read or nothing stands there.
fn place(merged: &Merged, path: &str) -> Span {
    let path: SpecPath = path.parse().unwrap_or_default();
    merged.root.nearest(&path).0.span
}
