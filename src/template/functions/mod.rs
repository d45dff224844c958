//! What templates can call, besides the engine's own filters.

mod amounts;
mod images;
mod memo;
mod store;
mod texts;

pub use memo::{MEMO, Memo};
pub use texts::{SHARED, TEXTS, Texts};

use super::format;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Adds every function and filter, and takes those away that would let text through unescaped.
pub fn install(env: &mut Environment<'_>) {
    for filter in ["safe", "escape", "e", "indent", "pprint", "urlize", "tojson"] {
        env.remove_filter(filter);
    }
    env.remove_global("debug");
    env.add_function("text", texts::text);
    env.add_function("document", texts::document);
    env.add_function("piece", texts::piece);
    env.add_function("joined", joined);
    env.add_function("service_host", service_host);
    env.add_function("image", images::image);
    env.add_function("built", images::built);
    env.add_function("fetched", images::fetched);
    env.add_function("locked", images::locked);
    env.add_function("merged", merged);
    env.add_function("tolerations", tolerations);
    env.add_function("named", named);
    env.add_function("store_url", store::store_url);
    env.add_function("s3_endpoint", store::s3_endpoint);
    env.add_function("digest", digest);
    env.add_function("seconds", amounts::seconds);
    env.add_function("pod_memory", amounts::pod_memory);
    env.add_function("overhead", amounts::overhead);
    env.add_function("quantity_sum", amounts::quantity_sum);
    env.add_function("mebibytes", amounts::mebibytes);
    env.add_function("secret_name", secret_name);
    env.add_filter("property_key", |key: &str| Value::from_safe_string(format::property_key(key)));
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// `digest(a, b, ...)`: sixteen hexadecimal digits that change with any of the texts.
fn digest(parts: minijinja::value::Rest<String>) -> String {
    let mut hash = Sha256::new();
    for part in parts.iter() {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// `secret_name(reference)`: the Secret's name in the cluster: RELEASE-NAME where the release manages
/// it, the name as written where it exists already.
fn secret_name(state: &mut State<'_, '_>, reference: &Value) -> Result<String, Error> {
    let name = reference.get_attr("secret")?;
    let name = name.as_str().ok_or_else(|| refused("a reference to a secret has the field `secret`"))?;
    let known = |path: [&str; 2]| state.lookup(path[0]).and_then(|value| value.get_attr(path[1]).ok());
    let managed = known(["spec", "secrets"]).and_then(|secrets| secrets.get_attr(name).ok());
    match (managed.filter(|managed| !managed.is_undefined()), known(["release", "name"])) {
        (Some(_), Some(release)) => Ok(format!("{release}-{name}")),
        _ => Ok(name.to_owned()),
    }
}

/// `merged(a, b)`: both mappings in one, in the order of their keys; `b` wins.
fn merged(below: &Value, above: &Value) -> Result<Value, Error> {
    let mut all = BTreeMap::new();
    for map in [below, above] {
        for key in map.try_iter()? {
            all.insert(key.as_str().unwrap_or_default().to_owned(), map.get_item(&key)?);
        }
    }
    Ok(Value::from_pairs(all))
}

/// `tolerations(spec.connect.driver.tolerations)`: a mapping of tolerations as the list that pods
/// have, in the order of the names.
fn tolerations(map: &Value) -> Result<Vec<Value>, Error> {
    map.try_iter()?
        .map(|name| {
            let toleration = map.get_item(&name)?;
            let value = toleration.get_attr("value")?;
            let operator = if value.is_none() { "Exists" } else { "Equal" };
            Ok(Value::from_pairs([
                ("key", toleration.get_attr("key")?),
                ("operator", Value::from(operator)),
                ("value", value),
                ("effect", toleration.get_attr("effect")?),
            ]))
        })
        .collect()
}

/// `named(["a", "b"])`: `[{name: a}, {name: b}]`, as Kubernetes wants lists of references.
fn named(names: &Value) -> Result<Vec<Value>, Error> {
    names.try_iter()?.map(|name| Ok(Value::from_pairs([("name", name)]))).collect()
}

/// `service_host("hive-metastore")`: `RELEASE-hive-metastore.NAMESPACE.svc`, the full name by which a
/// Service of the release is found from any namespace.
fn service_host(state: &mut State<'_, '_>, name: &str) -> Result<String, Error> {
    let release = state.lookup("release").ok_or_else(|| refused("there is no release here"))?;
    Ok(format!("{}-{name}.{}.svc", release.get_attr("name")?, release.get_attr("namespace")?))
}

/// `joined(a, b, ...)`: lists one behind the other; what is none is left out.
fn joined(lists: minijinja::value::Rest<Value>) -> Result<Vec<Value>, Error> {
    let mut all = Vec::new();
    for list in lists.iter().filter(|list| !list.is_none()) {
        all.extend(list.try_iter()?);
    }
    Ok(all)
}
