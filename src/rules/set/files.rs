//! Configuration files: the texts of ConfigMaps.

use super::Set;
use crate::layer::tree::Node;
use std::borrow::Cow;

/// A file of a ConfigMap.
#[derive(Debug, Clone, Copy)]
pub struct ConfigFile<'a> {
    /// The position of the ConfigMap in the set.
    pub object: usize,
    /// Its key, which is the file's name where it is mounted.
    pub key: &'a str,
    /// The value, as a node of the object.
    pub node: &'a Node,
    /// Its text.
    pub text: &'a str,
}

/// Every text of every ConfigMap.
pub fn all<'a>(set: &'a Set<'a>) -> Vec<ConfigFile<'a>> {
    let maps = set.objects.iter().enumerate().filter(|(_, object)| object.id.kind == "ConfigMap");
    maps.flat_map(|(object, map)| {
        let data = map.node.get("data").and_then(Node::as_map);
        data.into_iter().flat_map(|data| &data.entries).filter_map(move |(key, entry)| {
            Some(ConfigFile { object, key, node: &entry.node, text: entry.node.as_str()? })
        })
    })
    .collect()
}

/// The properties of a text in the format of `java.util.Properties`, as Spark reads `spark-defaults.conf`: line
/// (from 1), key and value. A key ends at `=`, `:` or white space that no backslash stands before.
pub fn properties(text: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut line = Cow::Borrowed(line.trim_start());
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        while ends_in_continuation(&line) {
            let line = line.to_mut();
            line.pop();
            let Some((_, next)) = lines.next() else { break };
            line.push_str(next.trim_start());
        }
        let (key, value) = split(&line);
        found.push((number + 1, key, value));
    }
    found
}

fn ends_in_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn split(line: &str) -> (String, String) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, c)| {
        let ends = !escaped && (matches!(c, '=' | ':') || c.is_whitespace());
        escaped = !escaped && *c == '\\';
        ends
    });
    let (key, rest) = line.split_at(end.map_or(line.len(), |(at, _)| at));
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start();
    (unescaped(key), unescaped(rest))
}

fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (_, true) => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('u') => {
                    let code: String = characters.by_ref().take(4).collect();
                    let character = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                    out.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}

/// What is left of a path below a folder; empty for the folder itself.
pub fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::properties;

    #[test]
    fn properties_are_read_as_java_reads_them() {
        let text =
            "# no\n\nspark.a=b = c\nspark.d  e\nspark\\:f:g\\\\h\\\n   i\nspark.u=\\u0041\nspark.none\n";
        let expected = [
            (3, "spark.a", "b = c"),
            (4, "spark.d", "e"),
            (5, "spark:f", "g\\hi"),
            (7, "spark.u", "A"),
            (8, "spark.none", ""),
        ];
        let expected: Vec<_> =
            expected.iter().map(|(n, k, v)| (*n, (*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(properties(text), expected);
    }
}
