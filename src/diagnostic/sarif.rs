//! Findings as SARIF 2.1.0, for code scanning on GitHub, Azure DevOps and in editors.
//!
//! Source: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
//! The parts of it that are used are written out as types below. The same report always gives the
//! same bytes: no time, no absolute path, rules in the order of their names.

use super::baseline::fingerprint;
use super::place::{Place, Places};
use super::{About, Finding, Label, Report, Severity};
use crate::library::files::BUILT_IN_PREFIX;
use crate::library::project::PROJECT_FILE;
use crate::rules;
use serde::Serialize;
use std::collections::BTreeSet;

/// Renders a report, pretty-printed, with a line break at its end.
pub fn render(report: &Report) -> String {
    let names: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let places = Places::new(&report.sources);
    let results = report.findings.iter().map(|finding| Outcome::new(finding, &names, &places, report));
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "sparkctl",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: names.iter().map(|name| Descriptor::new(name)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: results.collect(),
        }],
    };
    serde_json::to_string_pretty(&log).map(|text| text + "\n").unwrap_or_default()
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor<'a>>,
}

/// A `reportingDescriptor`: what is known about a rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_configuration: Option<Configuration>,
}

impl<'a> Descriptor<'a> {
    fn new(name: &'a str) -> Self {
        let rule = rules::find(name);
        Descriptor {
            id: name,
            short_description: rule.map(|rule| Text::plain(&rule.title)),
            full_description: rule.map(|rule| Text::plain(&rule.what)),
            help: rule.map(help),
            default_configuration: rule.map(|rule| Configuration { level: rule.severity }),
        }
    }
}

fn help(rule: &rules::Rule) -> Text {
    let language = if rule.name.starts_with("template/") { "jinja" } else { "yaml" };
    let block =
        |title: &str, example: &str| format!("**{title}**\n\n```{language}\n{}\n```", example.trim_end());
    let (bad, good) = (block("Wrong", &rule.bad), block("Right", &rule.good));
    Text {
        text: format!("{}\n\n{}\n\n{}", rule.what, rule.why, rule.fix),
        markdown: Some(format!("{}\n\n{}\n\n{}\n\n{bad}\n\n{good}", rule.what, rule.why, rule.fix)),
    }
}

#[derive(Serialize)]
struct Configuration {
    level: Severity,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

impl Text {
    /// A text without formatting. `[words](target)` would be a link, and the words may be a stranger's.
    fn plain(text: &str) -> Text {
        Text { text: text.trim_end().replace("](", "] ("), markdown: None }
    }
}

/// A `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: Severity,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
}

/// What a result is known again by when lines move.
#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "sparkctlFinding/v1")]
    finding: String,
}

impl<'a> Outcome<'a> {
    fn new(finding: &'a Finding, names: &[&str], places: &Places<'_>, report: &Report) -> Self {
        let mut message = vec![finding.headline()];
        message.extend(finding.why.as_ref().map(|why| format!("Why: {}", why.trim_end())));
        message.extend(finding.help.as_ref().map(|help| format!("Help: {}", help.trim_end())));
        // A place without a file lies in a text that was not kept.
        let place = |label: &Label| Some(places.of(label.span)).filter(|place| !place.file.is_empty());
        let location = finding.labels().find_map(place).map(|place| Location::of(&place));
        let mut location = location.unwrap_or_else(Location::nowhere);
        location.logical_locations.extend(finding.about.as_ref().map(LogicalLocation::new));
        let related = finding.related.iter().filter_map(|label| Some((label, place(label)?))).enumerate();
        Outcome {
            rule_id: finding.rule,
            rule_index: names.iter().position(|name| *name == finding.rule).unwrap_or_default(),
            level: finding.severity,
            message: Text::plain(&message.join("\n")),
            locations: [location],
            related_locations: related
                .map(|(at, (label, place))| Location::related(at + 1, &label.text, &place))
                .collect(),
            partial_fingerprints: Fingerprints { finding: fingerprint(finding, &report.sources) },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

/// The object and the field, whatever line they stand on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

impl LogicalLocation {
    fn new(about: &About) -> LogicalLocation {
        let About { object, field } = about;
        let (colon, kind) = if field.is_empty() { ("", "object") } else { (":", "property") };
        LogicalLocation { fully_qualified_name: format!("{object}{colon}{field}"), kind }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl Location {
    fn of(place: &Place) -> Location {
        let region = Region {
            start_line: place.line,
            start_column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
        };
        Location::at(uri(place), region)
    }

    fn related(id: usize, text: &str, place: &Place) -> Location {
        let message = (!text.is_empty()).then(|| Text::plain(text));
        Location { id: Some(id), message, ..Location::of(place) }
    }

    /// GitHub refuses a whole upload when one result has no artifact: what has no place is about the
    /// project.
    fn nowhere() -> Location {
        let region = Region { start_line: 1, start_column: 1, end_line: 1, end_column: 1 };
        Location::at(PROJECT_FILE.to_owned(), region)
    }

    fn at(uri: String, region: Region) -> Location {
        let artifact_location = ArtifactLocation { uri };
        Location {
            id: None,
            physical_location: PhysicalLocation { artifact_location, region },
            logical_locations: Vec::new(),
            message: None,
        }
    }
}

/// A relative reference, or `file:` for an absolute path. What is no file on the disk becomes a path
/// that none has: `built-in/presets/base.yaml`, `arguments/--set`.
pub(crate) fn uri(place: &Place) -> String {
    let file = place.file.as_str();
    let made;
    let path = match (place.path(), file.strip_prefix(BUILT_IN_PREFIX)) {
        (Some(path), _) => path.strip_prefix("./").unwrap_or(path),
        (None, Some(built_in)) => {
            made = format!("built-in/{built_in}");
            &made
        }
        (None, None) if file == "-" => "arguments/standard-input",
        (None, None) if file.starts_with("--") => {
            made = format!("arguments/{file}");
            &made
        }
        (None, None) => file,
    };
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", percent_encoded(path))
}

/// As RFC 3986 has it: unreserved characters and slashes stay, everything else becomes its UTF-8 bytes.
fn percent_encoded(path: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded = path.bytes().map(|byte| match stays(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    encoded.collect()
}
