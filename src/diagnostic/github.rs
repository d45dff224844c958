//! Findings as GitHub workflow commands, which become annotations in the changed files of a pull request.
//!
//! GitHub takes paths as relative to the root of the checkout, and shows ten errors and ten warnings
//! of a step. The escaping is that of `actions/toolkit`, `packages/core/src/command.ts`.

use super::place::Places;
use super::{Finding, Label, Report, clean};

/// Renders a report: one command a finding, each on a line of its own.
///
/// A finding whose place is in no file of the checkout (built in, an argument) has its place in the message.
pub fn render(report: &Report) -> String {
    let places = Places::new(&report.sources);
    report.findings.iter().map(|finding| command(finding, &places) + "\n").collect()
}

fn command(finding: &Finding, places: &Places<'_>) -> String {
    let place = finding.primary.as_ref().map(|label| places.first_line(label.span));
    let mut properties = Vec::new();
    let mut message = clean::line(&finding.headline());
    if let Some(place) = place {
        match place.path() {
            Some(path) => {
                properties.push(("file", clean::line(path)));
                properties.push(("line", place.line.to_string()));
                properties.push(("col", place.column.to_string()));
                properties.push(("endLine", place.end_line.to_string()));
                properties.push(("endColumn", place.end_column.to_string()));
            }
            None if place.file.is_empty() => {}
            None => message.push_str(&format!(" ({})", clean::line(&place.link()))),
        }
    }
    properties.push(("title", finding.rule.to_owned()));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    let mut lines = vec![message];
    lines.extend(finding.related.iter().map(|label| related(label, places)).filter(|line| !line.is_empty()));
    lines.extend(finding.why.as_ref().map(|why| format!("why: {}", clean::text(why))));
    lines.extend(finding.help.as_ref().map(|help| format!("help: {}", clean::text(help))));
    format!("::{} {}::{}", finding.severity.name(), properties.join(","), data(&lines.join("\n")))
}

fn related(label: &Label, places: &Places<'_>) -> String {
    let link = places.of(label.span).link();
    let parts = [label.text.as_str(), link.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    clean::line(&parts.join(": "))
}

/// A text as the message of a workflow command.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as the value of a property of a workflow command.
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
