//! Credentials in texts of many lines: properties, XML, JSON, YAML, shell, Python, nginx. What the lines have
//! in common is enough: a name, `=`, `:` or a space, and a value; or a name, and its value in the next lines.

use super::hints;
use super::names::{self, Sound};
use super::values::{self, Leak};

/// The credentials of a text, at most one a line, with the line's number from 1.
pub fn leaks(text: &str) -> Vec<(usize, Leak<'_>)> {
    let mut found = Vec::new();
    let mut named: Option<&str> = None;
    for (at, line) in text.lines().enumerate() {
        // A name that sounds like nothing may as well be none.
        if named.is_none() && !hints::any(line) {
            continue;
        }
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Some(leak) = in_line(line, named) {
            found.push((at + 1, leak));
        }
        named = name_of_next(line).or(named.filter(|_| !ends_a_pair(line)));
        named = named.filter(|name| names::sound(name) != Sound::Plain);
    }
    found
}

fn in_line<'t>(line: &'t str, named: Option<&str>) -> Option<Leak<'t>> {
    if let Some(leak) = values::by_form(line) {
        return Some(leak);
    }
    let comment = line.starts_with(['#', '!']) || line.starts_with("//") || line.starts_with("<!--");
    if comment {
        // Prose speaks of passwords; `password=x` is no prose.
        return values::embedded(line)
            .filter(|leak| leak.rule == "secret/plain-text" && leak.value.len() >= 6);
    }
    values::embedded(line)
        .or_else(|| after_colon(line))
        .or_else(|| after_space(line))
        .or_else(|| values::by_name(named, value_of(line)?))
        .or_else(|| both_on_one_line(line))
}

/// `"password": "x"` anywhere in a line, `password: x` at its beginning, `password = x`.
fn after_colon(line: &str) -> Option<Leak<'_>> {
    for (at, mark) in line.match_indices([':', '=']) {
        let left = line[..at].trim_end();
        let right = line[at + 1..].trim_start();
        let name = match left.chars().next_back() {
            Some(quote @ ('"' | '\'')) => {
                let inside = &left[..left.len() - 1];
                &inside[inside.rfind(quote).map_or(0, |start| start + 1)..]
            }
            _ => left.trim_start_matches("- ").trim_start_matches("export "),
        };
        let is_name = |c: char| c.is_alphanumeric() || "_.-".contains(c);
        if name.is_empty() || !name.chars().all(is_name) || names::sound(name) == Sound::Plain {
            continue;
        }
        let quoted = right.starts_with(['"', '\'']);
        let value = if quoted || right.starts_with('{') { values::first_word(right) } else { right };
        let value = value.trim_end_matches([',', ';']);
        // What stands without quotes behind an equals sign with spaces is code, but in a file of properties.
        let code = mark == "=" && !quoted && !name.contains('.') && left.len() < at;
        if !code && let Some(leak) = values::by_name(Some(name), value) {
            return Some(leak);
        }
    }
    None
}

/// `--password x` in a command, `spark.x.password x` in a file of properties.
fn after_space(line: &str) -> Option<Leak<'_>> {
    let mut words = line.split_whitespace().peekable();
    let mut first = true;
    while let Some(word) = words.next() {
        let named = word.strip_prefix("--").or_else(|| word.contains('.').then_some(word).filter(|_| first));
        first = false;
        if let (Some(name), Some(next)) = (named, words.peek())
            && !name.contains(['=', ':', '(', '"'])
            && !next.starts_with(['-', '=', ':'])
            && names::sound(name) == Sound::Credential
        {
            let leak = values::by_name(Some(name), next.trim_end_matches([';', ',']));
            if leak.is_some() {
                return leak;
            }
        }
    }
    None
}

/// `<name>x</name>`, `- name: x`, `"name": "x"`: the name of a value that follows.
fn name_of_next(line: &str) -> Option<&str> {
    let tagged = || line.contains('<').then(|| line.split_once("<name>")).flatten();
    let between = || Some(tagged()?.1.split_once("</name>")?.0.trim());
    let yaml = || line.trim_start_matches("- ").strip_prefix("name:").map(str::trim);
    let json = || Some(values::first_word(line.strip_prefix("\"name\":")?.trim_start()));
    between().or_else(yaml).or_else(json).map(|name| name.trim_matches(['"', '\'']))
}

/// The value that a line gives to a name before it.
fn value_of(line: &str) -> Option<&str> {
    let tagged = || line.contains('<').then(|| line.split_once("<value>")).flatten();
    let between = || Some(tagged()?.1.split("</value>").next().unwrap_or_default());
    let yaml = || line.strip_prefix("value:").map(str::trim);
    let json = || Some(values::first_word(line.strip_prefix("\"value\":")?.trim_start()));
    between().or_else(yaml).or_else(json)
}

/// `<name>x</name><value>y</value>`, `{name: x, value: y}`.
fn both_on_one_line(line: &str) -> Option<Leak<'_>> {
    if let Some(value) = value_of(line) {
        return values::by_name(name_of_next(line), value);
    }
    if !line.contains(':') {
        return None;
    }
    let inside = &line[line.find("name:")? + 5..];
    let (name, rest) = inside.split_once("value:")?;
    let name = name.trim().trim_end_matches(',').trim_matches(['"', '\'']);
    values::by_name(Some(name), values::first_word(rest.trim()).trim_end_matches('}'))
}

fn ends_a_pair(line: &str) -> bool {
    value_of(line).is_some()
        || line.starts_with("</property>")
        || line.starts_with("valueFrom:")
        || line.starts_with('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_gives_its_credentials_away() {
        for text in [
            "spark.a=b\nspark.hadoop.fs.s3a.secret.key=hunter22\n",
            "spark.hadoop.fs.s3a.secret.key hunter22\n",
            "spark.hadoop.fs.s3a.secret.key : hunter22\n",
            "<property>\n<name>javax.jdo.option.ConnectionPassword</name>\n<value>hunter22</value>\n</property>",
            "<property><name>javax.jdo.option.ConnectionPassword</name><value>hunter22</value></property>",
            "{\n  \"token\": \"hunter22\"\n}",
            "{\"user\": \"a\", \"password\": \"hunter22\"}",
            "env:\n- name: DB_PASSWORD\n  value: hunter22\n",
            "env: [{name: DB_PASSWORD, value: hunter22}]\n",
            "export DB_PASSWORD=hunter22\npsql",
            "psql --user x --password hunter22\n",
            "password = 'hunter22'\n",
            "c.ServerApp.token = 'hunter22'\n",
            "# password=hunter22\n",
            "proxy_set_header Authorization \"Basic dXNlcjpodW50ZXIyMg==\";",
        ] {
            let found = leaks(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        }
    }

    #[test]
    fn prose_and_references_stay() {
        for text in [
            "# Read from the environment: the password stands in no file.\n# TOKEN: the value of token\n",
            "spark.redaction.regex=(?i)secret|password|token|access[.]?key|credential\n",
            "spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY=object-store:secret-key\n",
            "<name>javax.jdo.option.ConnectionPassword</name>\n<!-- x -->\n<value>${env.PASSWORD}</value>\n",
            "- name: TOKEN\n  valueFrom:\n    secretKeyRef:\n      name: a\n      key: token\n",
            "automountServiceAccountToken: false\nsecretName: tls\n",
            "token = get(\"TOKEN\")\npassword = getpass.getpass()\n",
            "PASSWORD=$(cat /run/secrets/password)\n",
            "ssl_certificate_key /etc/tls/tls.key;\ninclude /tmp/token.conf;\n",
            "token=\"$TOKEN\"\n: > /tmp/token.conf\n",
        ] {
            let found = leaks(text);
            assert!(found.is_empty(), "{text}: {found:?}");
        }
    }
}
