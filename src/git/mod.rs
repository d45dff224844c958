//! A project as it was at a revision of its Git repository: its texts, out of Git's objects, without a checkout.
//!
//! A repository may be a stranger's: only what sparkctl would read from the disk is read, links are not followed, and
//! the number and size of texts are bounded as they are there.

mod program;

use crate::failure::Failure;
use crate::layer::parse::MAX_BYTES;
use crate::library::files;
use crate::library::project::PROJECT_FILE;
use program::{Git, complaint};
use std::path::Path;

/// A project as it was.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What was asked for: `origin/main`.
    pub revision: String,
    /// The commit that the texts are of.
    pub commit: String,
    /// Where the project lies in the repository: empty at its root, else a path that ends in `/`.
    pub prefix: String,
    /// Its texts, by their paths in it; without a [`PROJECT_FILE`] there was no project.
    pub texts: Vec<(String, String)>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// One entry of a tree.
struct Entry<'a> {
    mode: &'a str,
    object: &'a str,
    size: &'a str,
    path: String,
}

impl Snapshot {
    /// The project whose root is given, as it was where the branch that is checked out left `revision`: at their merge
    /// base, so that what others did there since is not taken for a change of the branch.
    ///
    /// # Errors
    /// If there is no Git, no repository or no such revision, or it has no commit in common with the branch.
    pub fn at_merge_base(root: &Path, revision: &str) -> Result<Snapshot, Failure> {
        let git = Git::at(root);
        let prefix = prefix(&git, root)?;
        let tip = commit(&git, revision)?;
        let commit = merge_base(&git, revision, tip)?;
        let mut snapshot =
            Snapshot { revision: revision.to_owned(), commit, prefix, texts: Vec::new(), notes: Vec::new() };
        snapshot.read(&git)?;
        Ok(snapshot)
    }

    /// Whether there was a project.
    pub fn is_project(&self) -> bool {
        self.texts.iter().any(|(path, _)| path == PROJECT_FILE)
    }

    /// What goes before the paths of its files in messages: `origin/main:data/spark/`, as Git writes it.
    pub fn shown(&self) -> String {
        format!("{}:{}", self.revision, self.prefix)
    }

    /// The first digits of the commit.
    pub fn short(&self) -> &str {
        self.commit.get(..10).unwrap_or(&self.commit)
    }

    fn read(&mut self, git: &Git) -> Result<(), Failure> {
        let tree = format!("{}:{}", self.commit, self.prefix);
        // A directory that was not there held no project.
        let Some(tree) = git.ask(&["rev-parse", "--verify", "--quiet", &tree])? else { return Ok(()) };
        let mut list = vec!["ls-tree", "-r", "-z", "-l", "--full-tree", &tree, PROJECT_FILE];
        list.extend(files::FOLDERS);
        let listed = git.run(&list, b"")?;
        if !listed.status.success() {
            return Err(self.unreadable(&complaint(&listed)));
        }
        let wanted = self.wanted(&listed.stdout)?;
        let asked: String = wanted.iter().map(|(_, object)| format!("{object}\n")).collect();
        let given = git.run(&["cat-file", "--batch", "--buffer"], asked.as_bytes())?;
        if !given.status.success() {
            return Err(self.unreadable(&complaint(&given)));
        }
        let mut rest = given.stdout.as_slice();
        for (path, object) in wanted {
            let Some(bytes) = object_of(&mut rest) else {
                return Err(self.unreadable(&format!("the repository lacks the object {object} of {path}")));
            };
            let text = String::from_utf8(bytes.to_vec()).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                self.unreadable(&format!("`{path}` is not UTF-8 text (byte {at})"))
            })?;
            self.texts.push((path, text));
        }
        Ok(())
    }

    /// The paths and objects of those entries that are texts of a project.
    fn wanted(&mut self, listed: &[u8]) -> Result<Vec<(String, String)>, Failure> {
        let mut wanted = Vec::new();
        for entry in listed.split(|byte| *byte == 0).filter_map(entry) {
            let what = match entry.mode {
                "120000" => "a symbolic link",
                "160000" => "a submodule",
                _ if entry.path != PROJECT_FILE && !files::is_taken(&entry.path) => continue,
                _ => {
                    if entry.size.parse().is_ok_and(|size: usize| size > MAX_BYTES) {
                        let path = &entry.path;
                        return Err(self.unreadable(&format!("`{path}` has more than {MAX_BYTES} bytes")));
                    }
                    wanted.push((entry.path, entry.object.to_owned()));
                    continue;
                }
            };
            self.notes.push(format!("{}{} is {what}, and is left out", self.shown(), entry.path));
        }
        if wanted.len() > files::MAX_FILES {
            return Err(
                self.unreadable(&format!("it has more than {} layers and templates", files::MAX_FILES))
            );
        }
        Ok(wanted)
    }

    fn unreadable(&self, why: &str) -> Failure {
        Failure::refused(
            format!("the project cannot be read as it was at `{}` ({}): {why}", self.revision, self.short()),
            "look at it with git: `git show COMMIT:PATH`; a partial clone needs a `git fetch` with all objects first",
        )
    }
}

/// Where a directory lies in its repository.
fn prefix(git: &Git, root: &Path) -> Result<String, Failure> {
    let output = git.run(&["rev-parse", "--show-prefix"], b"")?;
    if output.status.success() {
        let text = String::from_utf8(output.stdout).unwrap_or_default();
        return Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned());
    }
    let said = complaint(&output);
    let here = crate::bundle::shown(if root.as_os_str().is_empty() { Path::new(".") } else { root });
    if said.contains("not a git repository") {
        return Err(Failure::refused(
            format!("the project in `{here}` does not lie in a Git repository"),
            "--base compares it with what Git knows of it: `git init`, and commit it; or compare releases with --from \
             and --to",
        ));
    }
    let help = "where it is about ownership: `git config --global --add safe.directory DIRECTORY`";
    Err(Failure::refused(format!("git does not read the repository of `{here}`: {said}"), help))
}

/// The commit that a revision means.
fn commit(git: &Git, revision: &str) -> Result<String, Failure> {
    let plain = !revision.is_empty() && !revision.starts_with('-') && !revision.contains(['\n', '\0']);
    let wanted = format!("{revision}^{{commit}}");
    let found = if plain { git.ask(&["rev-parse", "--verify", "--quiet", &wanted])? } else { None };
    found.ok_or_else(|| {
        Failure::refused(
            format!("Git knows no revision `{revision}` here"),
            "name a branch, a tag or a commit that was fetched, such as origin/main or HEAD~1; CI that fetches one \
             commit alone has to fetch more: `git fetch origin main`",
        )
    })
}

/// The commit that a branch left another one at. Where nothing was committed yet, the other one.
fn merge_base(git: &Git, revision: &str, tip: String) -> Result<String, Failure> {
    if git.ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?.is_none() {
        return Ok(tip);
    }
    let found = git.ask(&["merge-base", &tip, "HEAD"])?;
    found.and_then(|found| found.lines().next().map(str::to_owned)).ok_or_else(|| {
        Failure::refused(
            format!("`{revision}` and what is checked out have no commit in common"),
            "a clone without history does not know where the branch began: `git fetch --unshallow`, or `fetch-depth: \
             0` in CI",
        )
    })
}

/// `MODE TYPE OBJECT SIZE<TAB>PATH`; none of paths that are no text, which sparkctl does not read from a disk either.
fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let (about, path) = std::str::from_utf8(line).ok()?.split_once('\t')?;
    let mut words = about.split_ascii_whitespace();
    let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Entry { mode, object, size, path: path.to_owned() })
}

/// The next object of `cat-file --batch`: a line with its size, its bytes, and a line break.
fn object_of<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (head, after) = rest.split_at(end);
    let size = std::str::from_utf8(head).ok()?.rsplit(' ').next()?.parse().ok()?;
    let bytes = after.get(1..)?.get(..size)?;
    *rest = after.get(size + 2..)?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_apart_by_their_sizes() {
        let mut rest = &b"abc blob 3\na\nb\ndef blob 0\n\n012 missing\n"[..];
        assert_eq!(object_of(&mut rest), Some(&b"a\nb"[..]));
        assert_eq!(object_of(&mut rest), Some(&b""[..]));
        assert_eq!(object_of(&mut rest), None);
    }

    #[test]
    fn entries_are_taken_apart() {
        let found =
            entry(b"100644 blob 0123 42\tteams/a b.yaml").map(|entry| (entry.size.to_owned(), entry.path));
        assert_eq!(found, Some(("42".to_owned(), "teams/a b.yaml".to_owned())));
        assert!(entry(b"").is_none());
    }
}
