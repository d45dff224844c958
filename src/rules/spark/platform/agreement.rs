//! What drivers, History Server and metastore are each told about the object store.

use super::store::{at, s3a};
use super::view;
use crate::rules::set::{Role, Subject};
use crate::rules::{Place, Problem};
use std::collections::BTreeMap;

/// Whoever reads and writes the same tables and logs is told the same about their store.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let keys = [
        "endpoint",
        "endpoint.region",
        "path.style.access",
        "connection.ssl.enabled",
        "aws.credentials.provider",
    ];
    let Some(driver) =
        subject.applications.iter().find(|found| view::is_client(found) && s3a(found, "endpoint").is_some())
    else {
        return;
    };
    // Places are looked for only where something is wrong.
    let report = |key: &str,
                  theirs: Option<&str>,
                  place: &dyn Fn() -> Place,
                  name: String,
                  problems: &mut Vec<Problem>| {
        let own = s3a(driver, key);
        if own == theirs {
            return;
        }
        let message = match theirs {
            Some(theirs) => format!(
                "`fs.s3a.{key}` is `{theirs}` for {name}, and `{}` for the driver",
                own.unwrap_or_default()
            ),
            None => format!("{name} is not told `fs.s3a.{key}`, which its driver has"),
        };
        problems.push(
            Problem::new("spark/store-agreement", message, place(), "not the driver's")
                .and(at(subject, driver, key), "the driver's")
                .help("tell every component the same about the object store"),
        );
    };
    let readers = subject.applications.iter().filter(|found| found.role == Role::History);
    for reader in readers.filter(|found| view::is_visible(subject, found)) {
        let remote = reader.get("spark.history.fs.logDirectory").is_some_and(|path| path.starts_with("s3a:"));
        for key in keys.iter().filter(|_| remote || subject.known().is_some()) {
            let name = view::pod(subject, reader).name();
            report(key, s3a(reader, key), &|| at(subject, reader, key), name, problems);
        }
    }
    // The metastore makes and deletes directories of tables. Its provider is that of another Hadoop.
    for file in subject.files.iter().filter(|file| file.key == "core-site.xml") {
        let found = xml(file.text);
        for key in keys.iter().filter(|key| !key.contains("provider")) {
            let full = format!("fs.s3a.{key}");
            let (line, value) = found.get(full.as_str()).copied().unzip();
            let place =
                || line.map_or_else(|| subject.place(file.node), |line| subject.line(file.node, line));
            let name = subject.objects()[file.object].id.to_string();
            report(key, value, &place, name, problems);
        }
    }
}

/// The properties of a Hadoop configuration file, with the lines (from 1) of their values.
pub fn xml(text: &str) -> BTreeMap<&str, (usize, &str)> {
    let mut found = BTreeMap::new();
    let mut name = None;
    for (line, text) in text.lines().enumerate().filter(|(_, text)| text.contains("</")) {
        let of = |open: &str, close: &str| {
            let (_, rest) = text.contains(open).then(|| text.split_once(open)).flatten()?;
            Some(rest.split_once(close)?.0)
        };
        name = of("<name>", "</name>").or(name);
        if let (Some(known), Some(value)) = (name, of("<value>", "</value>")) {
            found.insert(known, (line + 1, value));
            name = None;
        }
    }
    found
}
