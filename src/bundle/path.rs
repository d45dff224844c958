//! Paths inside a bundle. A [`BundlePath`] cannot leave the directory it is joined to, whoever
//! wrote it: it may come from a template's folder, from a lock in a stranger's pull request, or
//! from the command line.

use std::borrow::Borrow;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What every file system that sparkctl meets takes as one name.
const LONGEST_NAME: usize = 255;

/// The one name that begins with a dot: Helm knows the file by no other.
const HELMIGNORE: &str = ".helmignore";

/// A relative path of plain names, separated by `/`.
///
/// No name is empty, begins with a dot but for `.helmignore` (so there is no `..`, and no path meets `.sparkctl` or
/// `.sparkctl.lock`), is longer than 255 bytes, or holds a backslash or a control character. Paths
/// order as their text does.
///
/// ```
/// use sparkctl::bundle::BundlePath;
///
/// let path: BundlePath = "connect/deployment-spark-connect.yaml".parse()?;
/// assert_eq!(path.as_str(), "connect/deployment-spark-connect.yaml");
/// assert!("../connect".parse::<BundlePath>().is_err());
/// # Ok::<(), sparkctl::bundle::PathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundlePath(String);

impl BundlePath {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directories that this path lies in, as paths, the outermost first: `a` and `a/b` for
    /// `a/b/c`.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(end, _)| &self.0[..end])
    }

    /// The path of the directory that this path lies in, which may be empty, and the last name.
    pub(super) fn split(&self) -> (&Path, &str) {
        let (above, last) = self.0.rsplit_once('/').unwrap_or(("", &self.0));
        (Path::new(above), last)
    }
}

impl FromStr for BundlePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        match text.split('/').find_map(fault) {
            None => Ok(Self(text.to_owned())),
            Some(fault) => Err(PathError { path: text.to_owned(), fault }),
        }
    }
}

/// What is wrong with one name of a path.
fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it begins or ends with `/`, or a name in it is empty")
    } else if name.starts_with('.') && name != HELMIGNORE {
        Some("a name in it begins with a dot")
    } else if name.len() > LONGEST_NAME {
        Some("a name in it is longer than 255 bytes")
    } else if name.contains('\\') {
        Some("there is a backslash in it")
    } else if name.chars().any(char::is_control) {
        Some("there is a control character in it")
    } else {
        None
    }
}

impl TryFrom<String> for BundlePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<BundlePath> for String {
    fn from(path: BundlePath) -> Self {
        path.0
    }
}

/// So that maps by path can be asked about text that may be no such path.
impl Borrow<str> for BundlePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<Path> for BundlePath {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a path inside a bundle, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is not a path inside a bundle: {fault}", shown(path))]
pub struct PathError {
    /// The text as it was given.
    pub path: String,
    /// The first thing wrong with it.
    pub fault: &'static str,
}

/// A path as a person may be shown it: names that are not UTF-8 with a replacement character,
/// control characters escaped, since a stranger's file name may hold the codes that rewrite a
/// terminal.
///
/// ```
/// assert_eq!(sparkctl::bundle::shown("a\u{1b}[2J.yaml"), "a\\u{1b}[2J.yaml");
/// ```
pub fn shown(path: impl AsRef<Path>) -> String {
    let escape = |c: char| {
        if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
    };
    path.as_ref().to_string_lossy().chars().map(escape).collect()
}
