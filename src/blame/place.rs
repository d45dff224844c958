//! From a file on disk to the object that it was rendered from: its bundle, its release, its lines.

use crate::bundle::{self, Digest, Lock};
use crate::compile::files::{self, KUSTOMIZATION};
use crate::compile::{Compiled, Manifest, compile_all};
use crate::failure::Failure;
use crate::library::Library;
use crate::manifest::emit::emit;
use crate::release::Release;
use std::path::{Path, PathBuf};

/// A rendered file on disk: the bundle that it lies in.
#[derive(Debug)]
pub struct Inspected {
    /// As the user named it.
    pub shown: String,
    /// Its path in the bundle, `/` between its parts.
    pub inside: String,
    /// The bundle's lock.
    pub lock: Lock,
    text: String,
}

/// Finds the bundle of a file.
///
/// # Errors
/// If the file cannot be read, or lies in no bundle, or is none of its manifests.
pub fn inspect(shown: &str) -> Result<Inspected, Failure> {
    let path: PathBuf = std::path::absolute(shown).map_err(|error| Failure::io("read", shown, error))?;
    if !path.exists() {
        return Err(Failure::refused(
            format!("there is no file `{shown}`"),
            "name a file that `render` wrote, and a line",
        ));
    }
    if path.is_dir() {
        return Err(Failure::refused(format!("`{shown}` is a directory"), "name one of the files in it"));
    }
    let (folder, lock) = path
        .ancestors()
        .skip(1)
        .find_map(|folder| Some((folder, bundle::read_lock(folder).ok().flatten()?)))
        .ok_or_else(|| {
            Failure::refused(
                format!("`{shown}` lies in no bundle of sparkctl"),
                "name a file below rendered/ENVIRONMENT[/CLUSTER]/RELEASE, next to its .sparkctl.lock",
            )
        })?;
    let inside = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
    if inside == KUSTOMIZATION || inside == bundle::LOCK_FILE {
        return Err(Failure::refused(
            format!("`{inside}` is made of nothing but the names of the other files"),
            "ask about a line of one of those",
        ));
    }
    if !lock.outputs.contains_key(inside.as_str()) {
        return Err(Failure::refused(
            format!("`{shown}` was not written by sparkctl: the lock of its bundle does not name it"),
            "name a file that `render` wrote",
        ));
    }
    let text = crate::library::files::read(&path, shown)?;
    Ok(Inspected { shown: shown.to_owned(), inside, lock, text })
}

/// The nearest project above a file.
pub fn project_above(shown: &str, project_file: &str) -> Option<PathBuf> {
    let path = std::path::absolute(shown).ok()?;
    path.ancestors().skip(1).find(|folder| folder.join(project_file).is_file()).map(Path::to_owned)
}

impl Inspected {
    /// The release that the bundle was rendered from, without the file that `--values` named.
    ///
    /// # Errors
    /// If the lock does not tell.
    pub fn release(&self) -> Result<Release, Failure> {
        serde_json::from_value(self.lock.release.clone()).map_err(|error| {
            Failure::refused(
                format!("the lock of `{}` cannot be read: {error}", self.shown),
                "render it anew",
            )
        })
    }

    /// The object that the file would be rendered from now.
    ///
    /// # Errors
    /// If it is not rendered any more.
    pub fn manifest<'a>(&self, compiled: &'a Compiled) -> Result<&'a Manifest, Failure> {
        compiled.manifests.iter().find(|manifest| manifest.path() == self.inside).ok_or_else(|| {
            Failure::refused(
                format!("`{}` is not rendered any more", self.shown),
                "see what changed with `sparkctl render --check`",
            )
        })
    }

    /// How the lines of the file stand to those that would be rendered now.
    pub fn align(&self, manifest: &Manifest) -> Aligned {
        let now = emit(&manifest.object).unwrap_or_default();
        Aligned::new(&self.text, &now)
    }

    /// Whether somebody edited the file since it was rendered.
    pub fn is_edited(&self) -> bool {
        self.lock.outputs.get(self.inside.as_str()) != Some(&Digest::of(self.text.as_bytes()))
    }

    /// The layers and templates that are not what they were when the file was rendered.
    pub fn changed_inputs(&self, library: &Library, compiled: &Compiled) -> Vec<String> {
        let now = files::inputs(library, compiled);
        let names = self.lock.inputs.keys().chain(now.keys());
        let mut changed: Vec<String> =
            names.filter(|name| self.lock.inputs.get(*name) != now.get(*name)).cloned().collect();
        changed.sort();
        changed.dedup();
        changed
    }

    /// Compiles the release.
    ///
    /// # Errors
    /// As [`compile_all`].
    pub fn compile(&self, library: &Library, release: &Release) -> Result<Compiled, Failure> {
        compile_all(library, release)
    }
}

/// Which lines of a file are lines of another text: what both begin with, and what both end with.
#[derive(Debug, Clone, Copy)]
pub struct Aligned {
    file: usize,
    now: usize,
    begin: usize,
    end: usize,
}

impl Aligned {
    fn new(file: &str, now: &str) -> Aligned {
        let (file, now): (Vec<&str>, Vec<&str>) = (file.lines().collect(), now.lines().collect());
        let begin = file.iter().zip(&now).take_while(|(a, b)| a == b).count();
        let rest = file.len().min(now.len()) - begin;
        let end = file.iter().rev().zip(now.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
        Aligned { file: file.len(), now: now.len(), begin, end }
    }

    /// How many lines the file has.
    pub fn len(&self) -> usize {
        self.file
    }

    /// Whether the file has no line.
    pub fn is_empty(&self) -> bool {
        self.file == 0
    }

    /// Whether the file is as it would be rendered now.
    pub fn is_same(&self) -> bool {
        self.begin == self.file && self.file == self.now
    }

    /// The line of the other text that a line of the file is (both from 1); none of one that only the file has.
    pub fn now(&self, line: usize) -> Option<usize> {
        match line {
            0 => None,
            line if line <= self.begin => Some(line),
            line if line <= self.file && line > self.file - self.end => Some(line + self.now - self.file),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_from_both_ends() {
        let aligned = Aligned::new("a\nb\nc\nd\n", "a\nx\ny\nc\nd\n");
        let lines: Vec<Option<usize>> = (0..6).map(|line| aligned.now(line)).collect();
        assert_eq!(lines, [None, Some(1), None, Some(4), Some(5), None]);
        assert!(!aligned.is_same() && Aligned::new("a\na\n", "a\na\n").is_same());
        // What is there once cannot be counted from both ends.
        let shorter = Aligned::new("a\na\n", "a\n");
        assert_eq!([shorter.now(1), shorter.now(2)], [Some(1), None]);
        let longer = Aligned::new("a\n", "a\na\n");
        assert_eq!(longer.now(1), Some(1));
    }
}
