//! What the spec of a release declares to exist outside its set.

use super::names::Keys;
use crate::layer::tree::{Node, Value};
use crate::rules::set::Known;
use std::collections::{BTreeMap, BTreeSet};

/// What a release may refer to though nothing in its set makes it.
#[derive(Debug, Default)]
pub struct Declared {
    /// Secrets that exist, with the keys that the spec reads of them.
    pub secrets: BTreeMap<String, Keys>,
    /// Hosts outside, with their ports; none where the spec names no port.
    pub hosts: BTreeMap<String, BTreeSet<u16>>,
    /// Classes by the field that names them: `storageClass`, `priorityClass`, `ingressClass`.
    pub classes: BTreeSet<(&'static str, String)>,
    /// Entries of the secret store, as `KEY#PROPERTY`.
    pub entries: BTreeSet<String>,
    /// Keys of `spark.conf`, which users write themselves.
    pub conf: BTreeSet<String>,
}

/// The keys of a certificate's Secret.
pub const CERTIFICATE: [&str; 3] = ["tls.crt", "tls.key", "ca.crt"];

impl Declared {
    /// Reads the merged spec.
    pub fn of(known: &Known<'_>) -> Declared {
        let compiled = known.compiled;
        let spec = &compiled.merged.root;
        let mut declared = Declared::default();
        let managed = |name: &str| compiled.spec.secrets.contains_key(name);
        walk(spec, "", &mut |above, map| {
            if let (Some(secret), Some(key)) = (map.text("secret"), map.text("key"))
                && !managed(secret)
            {
                let keys = declared.secrets.entry(secret.to_owned()).or_insert(Keys::These(BTreeSet::new()));
                if let Keys::These(keys) = keys {
                    keys.insert(key.to_owned());
                }
            }
            if let Some(host) = map.text("host") {
                let ports = declared.hosts.entry(host.to_lowercase()).or_default();
                ports
                    .extend(map.get("port").and_then(Node::as_int).and_then(|port| u16::try_from(port).ok()));
            }
            if let Some(class) = map.text("priorityClass") {
                declared.classes.insert(("priorityClass", class.to_owned()));
            }
            if above == "ingress"
                && let Some(class) = map.text("class")
            {
                declared.classes.insert(("ingressClass", class.to_owned()));
            }
            if let Some(remote) = map.text("remoteKey") {
                declared.entries.insert(entry(remote, map.text("property")));
            }
        });
        let site = &compiled.spec.site;
        let address = [site.maven_repository.to_string(), site.python_index.to_string()];
        for host in address.iter().filter_map(|url| host_of(url)) {
            declared.hosts.entry(host).or_default();
        }
        // Files of the packages that the index names lie beside it.
        declared.hosts.entry("files.pythonhosted.org".to_owned()).or_default();
        let azure = &site.object_store.azure;
        declared.hosts.entry(format!("{}.dfs.core.windows.net", azure.account)).or_default();
        for host in compiled.spec.connect.tls.hosts.values() {
            declared.hosts.entry(host.to_string().to_lowercase()).or_default();
        }
        if let Some(class) = &site.storage_class {
            declared.classes.insert(("storageClass", class.to_string()));
        }
        for secret in &compiled.spec.images.pull_secrets {
            declared.secrets.insert(secret.to_string(), Keys::Any);
        }
        let tls = &compiled.spec.connect.tls;
        if tls.kind == crate::spec::connect::TlsKind::Secret {
            let keys = CERTIFICATE.iter().map(|key| (*key).to_owned()).collect();
            declared.secrets.insert(tls.secret.to_string(), Keys::These(keys));
        }
        let conf = spec.below(&["spark", "conf"]).and_then(Node::as_map);
        declared.conf = conf.into_iter().flat_map(|conf| conf.entries.keys().cloned()).collect();
        declared
    }
}

/// An entry of the secret store, in one word.
pub fn entry(remote: &str, property: Option<&str>) -> String {
    format!("{remote}#{}", property.unwrap_or_default())
}

fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', ':', '?']).next()?;
    (!host.is_empty()).then(|| host.to_lowercase())
}

/// Every mapping, with the key that it stands under.
fn walk<'a>(node: &'a Node, above: &'a str, visit: &mut impl FnMut(&'a str, &'a Node)) {
    match &node.value {
        Value::Map(map) => {
            visit(above, node);
            for (key, entry) in &map.entries {
                walk(&entry.node, key, visit);
            }
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, above, visit)),
        _ => {}
    }
}
