//! What a promotion makes of releases, in short: objects and fields that change, a line each. Releases for which
//! it is the same are told together.

use crate::diff::impact::Effect as Done;
use crate::diff::{FieldChange, FieldStep, ObjectChange, ObjectStep, Step};
use crate::promote::{Effect, Reach};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// Most fields of one object that are told.
const MOST: usize = 12;
/// Most characters of a value, or of what it is called, that are told.
const WIDTH: usize = 80;

/// All of them.
pub fn all(effect: &Effect) -> String {
    let mut groups: Vec<(String, String, Vec<&str>)> = Vec::new();
    for reach in &effect.reached {
        let body = one(reach);
        // Objects are called after their release, which is all that differs between many.
        let name = reach.place.rsplit('/').next().unwrap_or_default();
        let alike = nameless(&body, name);
        match groups.iter_mut().find(|(known, _, _)| *known == alike) {
            Some((_, _, places)) => places.push(&reach.place),
            None => groups.push((alike, body, vec![&reach.place])),
        }
    }
    let mut text = String::new();
    for (_, body, places) in groups {
        let others = match places.len() {
            1 => String::new(),
            2 => format!(", and the same in {}", places[1]),
            count => format!(", and the same in {} more releases", count - 1),
        };
        let _ = write!(text, "\n{}{others}\n{body}", places.first().copied().unwrap_or_default());
    }
    text
}

/// A text without the name that things in it begin with.
fn nameless(text: &str, name: &str) -> String {
    let mut parts = text.split(name);
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let within = made.ends_with(|c: char| c.is_alphanumeric() || c == '-')
            || part.starts_with(|c: char| c.is_alphanumeric());
        made.push_str(if within { name } else { "*" });
        made.push_str(part);
    }
    made
}

fn one(reach: &Reach) -> String {
    if reach.is_unknown {
        return "  it cannot be compiled then, so that there is nothing to compare\n".to_owned();
    }
    if reach.difference.changes.is_empty() {
        return "  nothing is rendered otherwise\n".to_owned();
    }
    let mut text = String::new();
    for impact in reach.impacts.iter().filter(|impact| impact.effect > Done::Nothing) {
        let _ = writeln!(text, "  {}: {}", impact.effect.label(), impact.text);
    }
    for change in &reach.difference.changes {
        text.push_str(&object(change));
    }
    text
}

fn object(change: &ObjectChange) -> String {
    let name = change.id().map(|id| format!("{} {}", id.kind, id.name)).unwrap_or_default();
    let mut text = match change.step() {
        ObjectStep::Added => return format!("  + {name}\n"),
        ObjectStep::Removed => return format!("  - {name}\n"),
        ObjectStep::Changed | ObjectStep::Renamed => format!("  ~ {name}\n"),
    };
    for field in change.fields.iter().take(MOST) {
        let value = |value: &Option<Json>| match value {
            _ if field.secret => "<hidden>".to_owned(),
            None => "nothing".to_owned(),
            Some(Json::String(text)) => short(text),
            Some(other) => short(&other.to_string()),
        };
        // Members of lists are called after what they hold.
        let path = short(&field.path.to_string());
        let what = match field.step {
            FieldStep::Added => format!("+ {path}: {}", value(&field.after)),
            FieldStep::Removed => format!("- {path}: {}", value(&field.before)),
            // What it is says nothing, only that it is another one.
            FieldStep::Changed if is_hash(field) => format!("~ {path}"),
            FieldStep::Changed => {
                format!("~ {path}: {} → {}", value(&field.before), value(&field.after))
            }
            FieldStep::Reordered => format!("~ {path}: in another order"),
        };
        let _ = writeln!(text, "      {what}");
    }
    if change.fields.len() > MOST {
        let _ = writeln!(text, "      and {} more", change.fields.len() - MOST);
    }
    text
}

fn is_hash(field: &FieldChange) -> bool {
    matches!(field.path.0.last(), Some(Step::Key(key)) if key.ends_with("-hash"))
}

fn short(text: &str) -> String {
    let line = text.trim().replace('\n', " ");
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
