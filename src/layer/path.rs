//! Paths into the spec: `connect.executor.memory`, `spark.conf["spark.sql.ansi.enabled"]`, `volumes[0]`.

use std::fmt;
use std::str::FromStr;

/// One step of a [`SpecPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// A position in a list, from 0.
    Index(usize),
}

/// Where a value stands in the spec, from its root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpecPath(pub Vec<Segment>);

impl SpecPath {
    /// The root: the whole spec.
    pub fn root() -> Self {
        SpecPath::default()
    }

    /// This path and one key more.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Key(key.into()));
        SpecPath(segments)
    }

    /// This path and one list position more.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Index(index));
        SpecPath(segments)
    }

    /// The path above; none above the root.
    pub fn parent(&self) -> Option<SpecPath> {
        let (_, above) = self.0.split_last()?;
        Some(SpecPath(above.to_vec()))
    }

    /// Whether `other` lies right below this path.
    pub fn parent_of(&self, other: &SpecPath) -> bool {
        self.covers(other) && other.0.len() == self.0.len() + 1
    }

    /// Whether `other` is this path or lies below it.
    pub fn covers(&self, other: &SpecPath) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Reads an RFC 6901 pointer, as schema validators report places; numbers become list
    /// positions only where `is_list` says that the value reached so far is a list.
    pub fn from_pointer(pointer: &str, is_list: impl Fn(&SpecPath) -> bool) -> Self {
        let mut path = SpecPath::root();
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            path = match part.parse::<usize>() {
                Ok(index) if is_list(&path) => path.index(index),
                _ => path.key(part),
            };
        }
        path
    }
}

impl fmt::Display for SpecPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain(key) => write!(f, "{}{key}", if at > 0 { "." } else { "" })?,
                Segment::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

/// Why a text is no path, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct PathError {
    /// What was expected.
    pub reason: String,
    /// Byte offset in the text.
    pub at: usize,
}

impl serde::Serialize for SpecPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for SpecPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for SpecPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let (path, rest) = SpecPath::read(text)?;
        match rest {
            "" => Ok(path),
            _ => Err(PathError {
                reason: format!("nothing may follow the path, found `{rest}`"),
                at: text.len() - rest.len(),
            }),
        }
    }
}

impl SpecPath {
    /// Reads a path from the beginning of `text` and gives back what follows it: `=8g` of
    /// `connect.executor.memory=8g`.
    pub fn read(text: &str) -> Result<(SpecPath, &str), PathError> {
        let mut path = SpecPath::root();
        let mut rest = text;
        loop {
            let at = text.len() - rest.len();
            if let Some(inside) = rest.strip_prefix('[') {
                let (segment, after) = bracket(inside, at + 1)?;
                path.0.push(segment);
                rest = after;
            } else {
                let end = rest.find(['.', '[', '=']).unwrap_or(rest.len());
                let name = &rest[..end];
                if !is_plain(name) {
                    let reason = match name {
                        "" => "a name is missing here".to_owned(),
                        _ => format!(
                            "`{name}` is no plain name: write it in brackets and quotes, [\"{name}\"]"
                        ),
                    };
                    return Err(PathError { reason, at });
                }
                path.0.push(Segment::Key(name.to_owned()));
                rest = &rest[end..];
            }
            match rest.as_bytes().first() {
                Some(b'.') => rest = &rest[1..],
                Some(b'[') => {}
                _ => return Ok((path, rest)),
            }
        }
    }
}

/// Reads what follows an opening bracket: a list position, or a key in quotes.
fn bracket(inside: &str, at: usize) -> Result<(Segment, &str), PathError> {
    let unclosed = || PathError { reason: "the bracket is not closed".to_owned(), at };
    if let Some(quote) = inside.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let body = &inside[1..];
        let end = body.find(quote).ok_or_else(unclosed)?;
        let rest = body[end + 1..].strip_prefix(']').ok_or_else(unclosed)?;
        return Ok((Segment::Key(body[..end].to_owned()), rest));
    }
    let end = inside.find(']').ok_or_else(unclosed)?;
    let index = inside[..end].parse().map_err(|_| PathError {
        reason: format!(
            "`{}` is neither a number nor in quotes: write [\"{}\"]",
            &inside[..end],
            &inside[..end]
        ),
        at,
    })?;
    Ok((Segment::Index(index), &inside[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_printed() {
        for text in ["connect.executor.memory", "spark.conf[\"spark.sql.ansi.enabled\"]", "a[0].b", "x-y_z"] {
            let path: SpecPath = text.parse().unwrap();
            assert_eq!(path.to_string(), text);
        }
        assert_eq!("a['b.c']".parse::<SpecPath>().unwrap().to_string(), "a[\"b.c\"]");
    }

    #[test]
    fn a_path_ends_at_the_equals_sign() {
        let (path, rest) = SpecPath::read("spark.conf[\"a=b\"]=1=2").unwrap();
        assert_eq!((path.to_string().as_str(), rest), ("spark.conf[\"a=b\"]", "=1=2"));
    }

    #[test]
    fn mistakes_say_what_was_expected() {
        let error = |text: &str| text.parse::<SpecPath>().unwrap_err().to_string();
        assert_eq!(error("a..b"), "a name is missing here");
        assert_eq!(error("a[b]"), "`b` is neither a number nor in quotes: write [\"b\"]");
        assert_eq!(error("a[\"b"), "the bracket is not closed");
        assert_eq!(error("a b"), "`a b` is no plain name: write it in brackets and quotes, [\"a b\"]");
    }

    #[test]
    fn pointers_tell_numbers_in_lists_from_keys() {
        let path = SpecPath::from_pointer("/a/0/b~1c/1", |path| path.to_string() == "a");
        assert_eq!(path.to_string(), "a[0][\"b/c\"].1");
    }
}
