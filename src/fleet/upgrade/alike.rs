//! Changes of files, and when two of them are alike: when they are the same but for the names of the releases
//! that they happen to, and digests.

use super::Step;
use crate::bundle::Digest;
use crate::release::Release;
use similar::TextDiff;

/// So many hexadecimal digits in a row are a digest.
const DIGEST: usize = 16;

/// The change from one text to another, as `diff -u` shows it, without the names of files.
pub fn diff(before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    TextDiff::from_lines(before.as_ref(), after.as_ref()).unified_diff().to_string()
}

/// The words that tell one release from others, the longest first.
#[derive(Debug, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// Those of a release.
    pub fn of(release: &Release) -> Names {
        let (name, namespace) = (release.name.to_string(), release.namespace.to_string());
        let mut names: Vec<String> =
            [Some(&release.environment), release.cluster.as_ref(), release.team.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .chain([name, namespace])
                .collect();
        names.sort_by(|a, b| (b.len(), b).cmp(&(a.len(), a)));
        names.dedup();
        Names(names)
    }

    /// The same for changes that are alike.
    pub fn key(&self, step: Step, path: &str, diff: &str) -> Digest {
        let lines = diff.lines().filter(|line| line.starts_with(['+', '-']));
        let text: String = lines.map(|line| format!("{}\n", self.without(line))).collect();
        Digest::of(format!("{step:?} {}\n{text}", self.without(path)).as_bytes())
    }

    /// A text with a mark in the place of each of the names, and of each digest.
    pub fn without(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for name in &self.0 {
            text = replaced(&text, name);
        }
        let mut out = String::with_capacity(text.len());
        let mut digits = String::new();
        for c in text.chars().chain(['\n']) {
            if c.is_ascii_hexdigit() {
                digits.push(c);
                continue;
            }
            out.push_str(if digits.len() < DIGEST { &digits } else { "\u{1}" });
            digits.clear();
            out.push(c);
        }
        out
    }
}

/// Puts a mark for a name wherever it stands as a word.
fn replaced(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, _) in text.match_indices(name) {
        let end = start + name.len();
        let inside = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        if inside(text[..start].chars().next_back()) || inside(text[end..].chars().next()) {
            continue;
        }
        out.push_str(&text[done..start]);
        out.push('\u{0}');
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(name: &str, namespace: &str) -> Names {
        let release = Release::of("dev", name).ok();
        release.map_or_else(Names::default, |release| {
            Names::of(&Release {
                namespace: namespace.parse().unwrap_or(release.namespace.clone()),
                ..release
            })
        })
    }

    #[test]
    fn changes_are_alike_but_for_names_and_digests() {
        let change = |name: &str, namespace: &str, memory: &str, digest: char| {
            let hash: String = std::iter::repeat_n(digest, 64).collect();
            let before = format!("name: {name}\nnamespace: {namespace}\nmemory: 1g\nhash: 0{hash}\n");
            let after = format!(
                "name: {name}\nnamespace: {namespace}\nmemory: {memory} # of {name}\nhash: 1{hash}\n"
            );
            let diff = diff(before.as_bytes(), after.as_bytes());
            names(name, namespace).key(Step::Changed, &format!("a/service-{name}.yaml"), &diff)
        };
        let one = change("risk-connect", "spark-risk", "2g", 'a');
        assert_eq!(one, change("connect", "spark-search", "2g", 'b'));
        assert_ne!(one, change("connect", "spark-search", "3g", 'b'));
    }

    #[test]
    fn a_name_is_replaced_as_a_word_only() {
        assert_eq!(replaced("app in apps, app-1 and map", "app"), "\u{0} in apps, \u{0}-1 and map");
    }

    #[test]
    fn a_diff_shows_what_changed_with_lines_around() {
        let text = diff(b"a\nb\nc\n", b"a\nx\nc\n");
        assert_eq!(text, "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
        assert_eq!(diff(b"", b"a\n"), "@@ -0,0 +1 @@\n+a\n");
    }
}
