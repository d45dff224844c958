//! Causes as GitHub workflow commands: annotations at the layer lines. GitHub shows ten of a kind for each step,
//! so that the worst come first.

use super::Shown;
use super::notes::{Note, notes};
use crate::diagnostic::github::{data, property};
use crate::diff::impact::Effect;

/// One command a cause, each on a line of its own.
pub fn render(shown: &Shown) -> String {
    notes(shown).iter().map(|note| command(note) + "\n").collect()
}

fn command(note: &Note) -> String {
    let mut properties = Vec::new();
    let mut message = note.message.clone();
    if let Some(place) = &note.place {
        match place.path() {
            Some(path) => {
                properties.push(("file", path.to_owned()));
                properties.push(("line", place.line.to_string()));
                properties.push(("endLine", place.end_line.to_string()));
            }
            None => message.push_str(&format!(" ({})", place.link())),
        }
    }
    properties.push(("title", note.rule.to_owned()));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    let level = if note.effect >= Some(Effect::EndsSessions) { "warning" } else { "notice" };
    format!("::{level} {}::{}", properties.join(","), data(&message))
}
