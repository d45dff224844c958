//! Causes as SARIF 2.1.0: each at its layer line. See `diagnostic::sarif` for the standard and for what of it is
//! used.

use super::Shown;
use super::notes::{Note, RULES, notes};
use crate::bundle::Digest;
use crate::diagnostic::{Place, sarif};
use crate::diff::impact::Effect;
use crate::library::project::PROJECT_FILE;
use serde_json::{Value as Json, json};

/// All of it, pretty-printed, with a line break at its end.
pub fn render(shown: &Shown) -> String {
    let notes = notes(shown);
    let used = RULES.iter().filter(|(name, _)| notes.iter().any(|note| note.rule == *name));
    let used: Vec<&(&str, &str)> = used.collect();
    let index = |rule: &str| used.iter().position(|(name, _)| *name == rule).unwrap_or_default();
    let rules: Vec<Json> = used
        .iter()
        .map(|(name, text)| {
            json!({"id": name, "shortDescription": {"text": text}, "defaultConfiguration": {"level": "note"}})
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sparkctl",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": notes.iter().map(|note| result(note, index(note.rule))).collect::<Vec<_>>(),
        }],
    });
    serde_json::to_string_pretty(&log).map(|text| text + "\n").unwrap_or_default()
}

fn result(note: &Note, index: usize) -> Json {
    let level = if note.effect >= Some(Effect::EndsSessions) { "warning" } else { "note" };
    let related = note.related.iter().enumerate().map(|(at, (text, place))| {
        let mut location = location(Some(place));
        if let Some(map) = location.as_object_mut() {
            map.insert("id".to_owned(), json!(at + 1));
            map.insert("message".to_owned(), json!({"text": plain(text)}));
        }
        location
    });
    json!({
        "ruleId": note.rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": plain(&note.message)},
        "locations": [location(note.place.as_ref())],
        "relatedLocations": related.collect::<Vec<_>>(),
        "partialFingerprints": {"sparkctlDifference/v1": Digest::of(note.identity.as_bytes()).to_string()},
    })
}

/// GitHub refuses a whole upload when one result has no artifact: what has no place is about the project.
fn location(place: Option<&Place>) -> Json {
    let (uri, line, column, end_line, end_column) = match place {
        Some(place) => (sarif::uri(place), place.line, place.column, place.end_line, place.end_column),
        None => (PROJECT_FILE.to_owned(), 1, 1, 1, 1),
    };
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri},
        "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
    }})
}

/// `[words](target)` would be a link, and the words may be a stranger's.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}
