//! What templates can call, besides the engine's own filters.

use super::format::{self, Format};
use super::lines::LineMap;
use crate::spark::memory;
use crate::spec::types::{Duration, SparkMemory};
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind, State};
use sha2::{Digest, Sha256};
use std::str::FromStr;
use std::sync::{Arc, Mutex};

/// The name under which a rendering keeps the texts it made, for finding their template lines.
pub const TEXTS: &str = "%texts";
/// How deep texts may bring in texts.
const MAX_DEPTH: u32 = 4;

/// The texts that one rendering made, each with the map of its lines.
#[derive(Debug, Default)]
pub struct Texts(Mutex<Vec<(String, LineMap)>>);

impl Texts {
    fn push(&self, text: &str, lines: LineMap) {
        if let Ok(mut texts) = self.0.lock() {
            texts.push((text.to_owned(), lines));
        }
    }

    /// The line map of a text that this rendering made.
    pub fn lines_of(&self, text: &str) -> Option<LineMap> {
        let texts = self.0.lock().ok()?;
        texts.iter().find(|(known, _)| known == text).map(|(_, lines)| lines.clone())
    }
}

impl minijinja::value::Object for Texts {
    fn repr(self: &Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Plain
    }
}

/// Adds every function and filter, and takes those away that would let text through unescaped.
pub fn install(env: &mut Environment<'_>) {
    for filter in ["safe", "escape", "e", "indent", "pprint", "urlize", "tojson"] {
        env.remove_filter(filter);
    }
    env.remove_global("debug");
    env.add_function("text", text);
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

/// `text("spark-defaults.conf.j2")`: another template of the same component as one value. Names given
/// besides (`text("x.sh.j2", port=1)`) are known in it.
fn text(state: &mut State<'_, '_>, name: &str, more: Kwargs) -> Result<Value, Error> {
    if Format::of(name).is_none_or(|format| format == Format::Yaml) {
        return Err(refused(format!("text() takes templates of texts such as x.conf.j2, not `{name}`")));
    }
    let depth = state.lookup("%depth").and_then(|depth| u32::try_from(depth).ok()).unwrap_or(0);
    if depth >= MAX_DEPTH {
        return Err(refused("texts bring each other in without end"));
    }
    let path = match state.name().rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    };
    let mut context: Vec<(String, Value)> =
        super::GLOBALS.iter().filter_map(|known| Some(((*known).to_owned(), state.lookup(known)?))).collect();
    context.push(("%depth".to_owned(), Value::from(depth + 1)));
    for key in more.args().map(str::to_owned).collect::<Vec<_>>() {
        context.push((key.clone(), more.get(&key)?));
    }
    let rendered = state.get_template(&path)?.render(Value::from_pairs(context))?;
    let (text, lines) = LineMap::strip(&rendered);
    if let Some(texts) = state.lookup(TEXTS) {
        if let Some(texts) = texts.downcast_object_ref::<Texts>() {
            texts.push(&text, lines);
        }
    }
    Ok(Value::from(text))
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
