//! Names of Argo CD's objects, all of which share one namespace with everybody else's.

use crate::bundle::Digest;
use crate::failure::Failure;
use std::collections::BTreeMap;

/// Argo CD writes an Application's name into a label, and tools make Helm releases of it.
const LONGEST: usize = 53;
/// What of a digest goes into a name that had to be cut.
const DIGITS: usize = 8;

/// Parts as one DNS label. What is too long is cut and ends in a digest of the whole.
pub fn joined(parts: &[Option<&str>]) -> String {
    let parts: Vec<&str> = parts.iter().flatten().copied().collect();
    let whole = parts.join("-");
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = whole.chars().map(plain).collect();
    let name = name.trim_matches('-');
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let digest = Digest::of(parts.join("/").as_bytes()).to_string();
    let digest = digest.rsplit(':').next().unwrap_or_default();
    let kept = name[..LONGEST - DIGITS - 1].trim_end_matches('-');
    format!("{kept}-{}", digest.get(..DIGITS).unwrap_or(digest))
}

/// Names that were given out, with what each is for.
#[derive(Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Gives a name out once.
    ///
    /// # Errors
    /// If something else has it: no suffix could tell the two apart and stay what it is when one of them goes.
    pub fn give(&mut self, kind: &str, name: &str, owner: String) -> Result<(), Failure> {
        match self.0.insert(name.to_owned(), owner.clone()) {
            None => Ok(()),
            Some(other) => Err(Failure::refused(
                format!("{other} and {owner} would both be the {kind} `{name}`"),
                "rename one of them in sparkctl.yaml, so that their parts joined by `-` differ",
            )),
        }
    }
}
