//! What of a difference is for nobody's eyes.

use super::field::{FieldPath, Step};
use crate::rules::{credential_lines, is_secret};
use crate::spec::redact::HIDDEN;
use serde_json::Value as Json;

/// A value at a place of an object of a kind, without the credentials in it: all that a Secret holds, what stands
/// under a name of a credential, and what is known for one by its form. A document that is no object has no kind.
pub fn hidden(kind: &str, path: &FieldPath, value: &Json) -> Json {
    let start = Around { kind, is_text: kind.is_empty(), is_free: kind.is_empty(), ..Around::default() };
    let mut around = path.0.iter().fold(start, Around::step);
    // The value of a variable is called as the variable is.
    if let [.., Step::Item(names), Step::Key(key)] = path.0.as_slice()
        && key == "value"
        && let Some((_, name)) = names.iter().find(|(field, _)| field == "name")
    {
        (around.name, around.is_free) = (Some(name.as_str()), true);
    }
    hide(around, value)
}

/// What is known of where a value stands.
#[derive(Debug, Clone, Copy, Default)]
struct Around<'a> {
    kind: &'a str,
    depth: usize,
    name: Option<&'a str>,
    /// Whether names here are the user's, not those of fields.
    is_free: bool,
    /// Whether this is inside of a text, where all names are the user's.
    is_text: bool,
    is_all_hidden: bool,
}

impl<'a> Around<'a> {
    fn step(self, step: &'a Step) -> Around<'a> {
        match step {
            Step::Key(key) => self.key(key),
            Step::Entry(entry) => Around { name: Some(entry), is_free: true, is_text: true, ..self },
            // What stands in an item are fields of its type, whatever the list is called.
            Step::Item(_) => Around { is_free: self.is_text, name: None, ..self },
            Step::Member(_) | Step::At(_) => Around { is_free: self.is_text, ..self },
        }
    }

    fn key(self, key: &'a str) -> Around<'a> {
        let holds = self.depth == 0 && matches!(key, "data" | "stringData");
        // `kubectl apply` keeps the whole object there.
        let applied = key == "kubectl.kubernetes.io/last-applied-configuration";
        let free = self.name.is_some_and(|name| {
            matches!(
                name,
                "data" | "stringData" | "labels" | "annotations" | "sparkConf" | "hadoopConf" | "env"
            )
        });
        Around {
            depth: self.depth + 1,
            name: Some(key),
            is_free: free || self.is_text,
            is_all_hidden: self.is_all_hidden || (self.kind == "Secret" && (holds || applied)),
            ..self
        }
    }

    /// The name, where it says something of the value: fields of Kubernetes are called `secretKey` and hold a name.
    fn called(self) -> Option<&'a str> {
        let tells = |name: &str| {
            let lower = name.to_ascii_lowercase();
            name.contains('.') || lower.contains("passw") || lower.ends_with("pwd")
        };
        self.name.filter(|name| self.is_free || tells(name))
    }
}

fn hide(around: Around<'_>, value: &Json) -> Json {
    match value {
        Json::Object(map) => {
            let named = map.get("name").and_then(Json::as_str).filter(|_| map.contains_key("value"));
            let inner = |key: &str, value: &Json| match named {
                Some(name) if key == "value" => {
                    hide(Around { name: Some(name), is_free: true, ..around }, value)
                }
                _ => hide(around.key(key), value),
            };
            map.iter().map(|(key, value)| (key.clone(), inner(key, value))).collect()
        }
        Json::Array(items) => {
            let mut flag = None;
            let hidden = items.iter().map(|item| {
                let name = flag.or(around.name.filter(|_| !item.is_object()));
                let around = Around { is_free: flag.is_some(), name, ..around };
                flag = item.as_str().and_then(|word| word.strip_prefix("--"));
                hide(around, item)
            });
            hidden.collect()
        }
        Json::Null => Json::Null,
        _ if around.is_all_hidden => Json::from(HIDDEN),
        Json::String(text) if is_hidden(around.called(), text) => Json::from(HIDDEN),
        other => other.clone(),
    }
}

/// Whether a text is a credential or holds one.
pub fn is_hidden(name: Option<&str>, text: &str) -> bool {
    is_secret(name, text) || !credential_lines(text).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_of_items_are_no_names_of_the_users() {
        let whole = json!({
            "data": [{"secretKey": "token", "remoteRef": {"key": "spark/prod/connect"}}],
            "args": ["--password", "hunter2hunter2"],
        });
        let found = hidden("ExternalSecret", &FieldPath::default(), &json!({"spec": whole}));
        assert_eq!(found["spec"]["data"], whole["data"]);
        assert_eq!(found["spec"]["args"][1], HIDDEN);
        let held = hidden("Secret", &FieldPath::default(), &json!({"data": {"token": "aHVudGVyMg=="}}));
        assert_eq!(held["data"]["token"], HIDDEN);
    }
}
