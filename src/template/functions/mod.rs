//! What templates can call, besides the engine's own filters.

mod images;
mod texts;

pub use texts::{TEXTS, Texts};

use super::format;
use crate::spark::memory;
use crate::spec::types::{Duration, SparkMemory};
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Adds every function and filter, and takes those away that would let text through unescaped.
pub fn install(env: &mut Environment<'_>) {
    for filter in ["safe", "escape", "e", "indent", "pprint", "urlize", "tojson"] {
        env.remove_filter(filter);
    }
    env.remove_global("debug");
    env.add_function("text", texts::text);
    env.add_function("document", texts::document);
    env.add_function("image", images::image);
    env.add_function("built", images::built);
    env.add_function("fetched", images::fetched);
    env.add_function("locked", images::locked);
    env.add_function("merged", merged);
    env.add_function("tolerations", tolerations);
    env.add_function("named", named);
    env.add_function("endpoint_url", endpoint_url);
    env.add_function("digest", digest);
    env.add_function("seconds", seconds);
    env.add_function("pod_memory", pod_memory);
    env.add_function("overhead", overhead);
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

fn parsed<T: FromStr>(text: &str) -> Result<T, Error>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| refused(error.to_string()))
}

/// `seconds("5m")`: 300.
fn seconds(text: &str) -> Result<u64, Error> {
    Ok(parsed::<Duration>(text)?.seconds())
}

/// `overhead(spec.connect.driver)`: MiB beside the heap, as Spark would compute them.
fn overhead(process: &Value) -> Result<u64, Error> {
    let field = |name: &str| process.get_attr(name).map(|value| value.as_str().map(str::to_owned));
    let heap: SparkMemory = parsed(&field("memory")?.unwrap_or_default())?;
    let overhead = field("memoryOverhead")?.map(|text| parsed::<SparkMemory>(&text)).transpose()?;
    Ok(memory::overhead(&heap, overhead.as_ref()))
}

/// `pod_memory(spec.connect.driver)`: heap and overhead as a Kubernetes quantity.
fn pod_memory(process: &Value) -> Result<String, Error> {
    let heap: SparkMemory = parsed(process.get_attr("memory")?.as_str().unwrap_or_default())?;
    Ok(format!("{}Mi", heap.mebibytes() + overhead(process)?))
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

/// `endpoint_url(spec.site.objectStore.s3)`: `https://HOST:PORT`, or http where the store speaks no TLS.
fn endpoint_url(store: &Value) -> Result<String, Error> {
    let endpoint = store.get_attr("endpoint")?;
    let scheme = if store.get_attr("tls")?.is_true() { "https" } else { "http" };
    Ok(format!("{scheme}://{}:{}", endpoint.get_attr("host")?, endpoint.get_attr("port")?))
}
