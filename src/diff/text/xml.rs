//! Configurations of Hadoop and Hive: `<configuration>` with a `<property>` for each name and value.

use super::Entry;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::fmt::Write as _;

/// What all remarks and descriptions of a file together are called.
const COMMENTS: &str = "comments";
/// What stands behind the name of a property for its being final.
const FINAL: &str = " (final)";

/// A file that was read.
#[derive(Debug, Default)]
struct Configuration {
    /// The properties, and `NAME (final)` for those that are: value and line.
    properties: IndexMap<String, (String, usize)>,
    /// The lines of remarks and descriptions, and where the first one stands.
    comments: Vec<String>,
    commented_at: usize,
}

/// The properties that differ; nothing where a text is anything but plain properties, each of them there once.
pub fn compare(before: &str, after: &str) -> Option<Vec<Entry>> {
    let (old, new) = (read(before)?, read(after)?);
    let mut found = Vec::new();
    let side = |file: &Configuration, name: &str| {
        file.properties.get(name).map(|(value, line)| (Json::from(value.as_str()), *line))
    };
    for (name, (value, _)) in &new.properties {
        if old.properties.get(name).is_none_or(|(own, _)| own != value) {
            found.push(Entry::new(name.as_str(), side(&old, name), side(&new, name)));
        }
    }
    for name in old.properties.keys().filter(|name| !new.properties.contains_key(*name)) {
        found.push(Entry::new(name.as_str(), side(&old, name), None));
    }
    if old.comments != new.comments {
        let text = |file: &Configuration| {
            (!file.comments.is_empty()).then(|| (Json::from(file.comments.join("\n")), file.commented_at))
        };
        found.push(Entry::new(COMMENTS, text(&old), text(&new)));
    }
    Some(found)
}

/// The file with properties changed, up to its layout.
pub fn apply(before: &str, changes: &[(&str, Option<&str>)]) -> Option<String> {
    let mut file = read(before)?;
    for (name, value) in changes {
        match value {
            _ if *name == COMMENTS => {
                file.comments = value.unwrap_or_default().lines().map(str::to_owned).collect();
            }
            Some(value) => drop(file.properties.insert((*name).to_owned(), ((*value).to_owned(), 0))),
            None => drop(file.properties.shift_remove(*name)),
        }
    }
    let mut text = "<configuration>\n".to_owned();
    for comment in &file.comments {
        let _ = writeln!(text, "  <!-- {comment} -->");
    }
    for (name, (value, _)) in file.properties.iter().filter(|(name, _)| !name.ends_with(FINAL)) {
        let last = file.properties.get(&format!("{name}{FINAL}"));
        let last = last.map(|(value, _)| format!("<final>{}</final>", escaped(value))).unwrap_or_default();
        let (name, value) = (escaped(name), escaped(value));
        let _ = writeln!(text, "  <property><name>{name}</name><value>{value}</value>{last}</property>");
    }
    text.push_str("</configuration>\n");
    Some(text)
}

fn read(text: &str) -> Option<Configuration> {
    let mut file = Configuration::default();
    let mut rest = Rest { text, at: 0 };
    loop {
        rest.space();
        if rest.takes("<?") {
            rest.until("?>")?;
        } else if !rest.comment(&mut file)? {
            break;
        }
    }
    if !rest.takes("<configuration>") {
        return None;
    }
    loop {
        rest.space();
        if rest.takes("<property>") {
            property(&mut rest, &mut file)?;
        } else if rest.takes("</configuration>") {
            break;
        } else if !rest.comment(&mut file)? {
            return None;
        }
    }
    rest.space();
    rest.text[rest.at..].is_empty().then_some(file)
}

fn property(rest: &mut Rest<'_>, file: &mut Configuration) -> Option<()> {
    let (mut name, mut value, mut last) = (None, None, None);
    let line = rest.line();
    loop {
        rest.space();
        if rest.takes("</property>") {
            break;
        } else if rest.takes("<name>") {
            name = Some(plain(rest.until("</name>")?)?.trim().to_owned());
        } else if rest.takes("<value/>") {
            value = Some((String::new(), rest.line()));
        } else if rest.takes("<value>") {
            let line = rest.line();
            value = Some((plain(rest.until("</value>")?)?, line));
        } else if rest.takes("<final>") {
            last = Some(plain(rest.until("</final>")?)?.trim().to_owned());
        } else if rest.takes("<description>") {
            let line = rest.line();
            remark(&plain(rest.until("</description>")?)?, line, file)?;
        } else if !rest.comment(file)? {
            return None;
        }
    }
    let name = name.filter(|name| name != COMMENTS && !name.ends_with(FINAL))?;
    if let Some(last) = last {
        file.properties.insert(format!("{name}{FINAL}"), (last, line));
    }
    file.properties.insert(name, value?).is_none().then_some(())
}

/// Takes the lines of a remark.
fn remark(text: &str, line: usize, file: &mut Configuration) -> Option<()> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if file.comments.is_empty() {
        file.commented_at = line;
    }
    file.comments.extend(lines.iter().map(|line| (*line).to_owned()));
    // It could not be written as a remark.
    (!text.contains("--")).then_some(())
}

/// A text without entities; nothing where there is more than text.
fn plain(text: &str) -> Option<String> {
    if text.contains('<') {
        return None;
    }
    let mut parts = text.split('&');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';')?;
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let code = entity.strip_prefix('#')?;
                match code.strip_prefix('x') {
                    Some(hex) => char::from_u32(u32::from_str_radix(hex, 16).ok()?)?,
                    None => char::from_u32(code.parse().ok()?)?,
                }
            }
        });
        out.push_str(rest);
    }
    Some(out)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What is still to be read.
struct Rest<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Rest<'t> {
    fn space(&mut self) {
        self.at = self.text.len() - self.text[self.at..].trim_start().len();
    }

    fn takes(&mut self, what: &str) -> bool {
        let takes = self.text[self.at..].starts_with(what);
        self.at += if takes { what.len() } else { 0 };
        takes
    }

    fn until(&mut self, end: &str) -> Option<&'t str> {
        let found = self.text[self.at..].find(end)?;
        let inside = &self.text[self.at..self.at + found];
        self.at += found + end.len();
        Some(inside)
    }

    /// Takes a remark, if one stands here.
    fn comment(&mut self, file: &mut Configuration) -> Option<bool> {
        let line = self.line();
        if !self.takes("<!--") {
            return Some(false);
        }
        remark(self.until("-->")?, line, file)?;
        Some(true)
    }

    fn line(&self) -> usize {
        crate::source::line_of(self.text, self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "<?xml version=\"1.0\"?>\n<!-- ours -->\n<configuration>\n  <property>\n    \
                        <name>hive.a</name>\n    <value>1 &amp; 2</value>\n    <final>true</final>\n  </property>\n\
                        <property><name>hive.b</name><value/></property>\n</configuration>\n";

    #[test]
    fn properties_are_compared_by_name() {
        let after = "<configuration><property><name>hive.a</name><value>2</value></property>\
                     <!-- theirs --></configuration>";
        let found = compare(SITE, after).unwrap();
        let told: Vec<(&str, Option<usize>)> = found
            .iter()
            .map(|entry| (entry.name.as_str(), entry.before.as_ref().map(|(_, line)| *line)))
            .collect();
        assert_eq!(
            told,
            [("hive.a", Some(6)), ("hive.a (final)", Some(4)), ("hive.b", Some(9)), ("comments", Some(2))]
        );
        let changes: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|entry| (entry.name.as_str(), entry.after.as_ref().and_then(|(value, _)| value.as_str())))
            .collect();
        assert_eq!(compare(&apply(SITE, &changes).unwrap(), after), Some(Vec::new()));
        assert_eq!(compare(&apply(SITE, &[]).unwrap(), SITE), Some(Vec::new()));
    }

    #[test]
    fn what_is_more_than_properties_is_left_to_lines() {
        for text in [
            "<Configuration><Appenders/></Configuration>",
            "<configuration><xi:include href='a'/></configuration>",
            "<configuration><property><name>a</name><value><b/></value></property></configuration>",
            "<configuration><property><name>a</name><value>1</value></property>\
             <property><name>a</name><value>2</value></property></configuration>",
            "<configuration>",
            "",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
