//! Which paths of the spec an entry of a contract is about.

use crate::layer::path::{Segment, SpecPath};
use serde_json::Value as Json;
use std::fmt;

/// One step of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// This key.
    Key(String),
    /// Any key.
    Any,
}

/// Paths of the spec: one, with all that lies below it. `*` stands for any one key.
///
/// ```
/// use sparkctl::contract::Pattern;
/// let pattern: Pattern = "secrets.*.data".parse().unwrap();
/// assert!(pattern.covers(&"secrets.object-store.data.access-key.remoteKey".parse().unwrap()));
/// assert!(!pattern.covers(&"secrets.object-store.refreshInterval".parse().unwrap()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    steps: Vec<Step>,
}

impl Pattern {
    /// Whether a path is one of them.
    pub fn covers(&self, path: &SpecPath) -> bool {
        let fits = |(step, segment): (&Step, &Segment)| match (step, segment) {
            (Step::Any, Segment::Key(_)) => true,
            (Step::Key(key), Segment::Key(found)) => key == found,
            (_, Segment::Index(_)) => false,
        };
        self.steps.len() <= path.0.len() && self.steps.iter().zip(&path.0).all(fits)
    }

    /// How narrow it is: of two that cover a path the one with the greater figures says more about it.
    pub fn narrowness(&self) -> (usize, usize) {
        (self.steps.len(), self.steps.iter().filter(|step| **step != Step::Any).count())
    }

    /// Whether a schema has any such path.
    pub fn exists_in(&self, schema: &Json) -> bool {
        fn walk(schema: &Json, steps: &[Step]) -> bool {
            let Some((first, rest)) = steps.split_first() else { return true };
            let named = schema.get("properties").and_then(Json::as_object);
            let free = schema.get("additionalProperties").filter(|free| free.is_object());
            match first {
                Step::Key(key) => {
                    let below = named.and_then(|named| named.get(key)).or(free);
                    below.is_some_and(|below| walk(below, rest))
                }
                Step::Any => {
                    let named = named.into_iter().flat_map(|named| named.values());
                    named.chain(free).any(|below| walk(below, rest))
                }
            }
        }
        walk(schema, &self.steps)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("**") {
            return Err("an entry covers everything below its path: leave `**` out".to_owned());
        }
        let path: SpecPath = quoted_stars(text).parse().map_err(|error: crate::layer::path::PathError| {
            if error.reason.contains('*') {
                "`*` stands for one whole key, not for a part of one".to_owned()
            } else {
                error.reason
            }
        })?;
        let steps = path.0.into_iter().map(|segment| match segment {
            Segment::Key(key) if key == "*" => Ok(Step::Any),
            Segment::Key(key) => Ok(Step::Key(key)),
            Segment::Index(_) => Err("a list is one value, compared whole: name the list".to_owned()),
        });
        Ok(Pattern { text: text.to_owned(), steps: steps.collect::<Result<_, _>>()? })
    }
}

/// The text with each key `*` in quotes, as paths spell keys that are no plain names.
fn quoted_stars(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('*') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let begins = before.ends_with('.') || (before.is_empty() && written.is_empty());
        let ends = after.is_empty() || after.starts_with(['.', '[']);
        written.push_str(if begins && ends { before.strip_suffix('.').unwrap_or(before) } else { before });
        written.push_str(if begins && ends { "[\"*\"]" } else { "*" });
        rest = after;
    }
    written + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_pattern_covers_what_lies_below_it() {
        let path: SpecPath = r#"spark.conf["spark.sql.x"]"#.parse().unwrap();
        for covering in ["spark", "spark.conf", r#"spark.conf["spark.sql.x"]"#, "spark.*", "*.conf", "*.*.*"]
        {
            assert!(pattern(covering).covers(&path), "{covering}");
        }
        for other in ["spark.con", "spark.conf.x", "*.*.*.*", "spark.*.x"] {
            assert!(!pattern(other).covers(&path), "{other}");
        }
    }

    #[test]
    fn the_longer_and_the_more_literal_is_narrower() {
        assert!(pattern("a.b.c").narrowness() > pattern("a.b.*").narrowness());
        assert!(pattern("a.b.*").narrowness() > pattern("a.b").narrowness());
    }

    #[test]
    fn what_cannot_be_a_pattern_is_told_apart() {
        let wrong = |text: &str| text.parse::<Pattern>().unwrap_err();
        assert!(wrong("a.**").contains("leave `**` out"));
        assert!(wrong("a.b*").contains("one whole key"));
        assert!(wrong("volumes[0]").contains("name the list"));
        assert_eq!(wrong("a..b"), "a name is missing here");
    }
}
