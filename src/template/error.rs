//! The engine's errors in the template's own coordinates.

use super::Templates;
use crate::diagnostic::{Finding, did_you_mean};
use crate::source::{Sources, Span};
use minijinja::{Error, ErrorKind};

/// What the engine says, in one line.
#[allow(clippy::needless_pass_by_value, reason = "made for map_err")]
pub fn reason(error: Error) -> String {
    let innermost = innermost(&error);
    match (innermost.kind(), innermost.detail()) {
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    }
}

/// The error that an include, an import or a call wraps.
fn innermost(error: &Error) -> &Error {
    let mut found = error;
    while let Some(inner) = std::error::Error::source(found).and_then(|inner| inner.downcast_ref::<Error>()) {
        found = inner;
    }
    found
}

impl Templates {
    /// An error of the engine as a finding at the template's line. `name` is the template that was asked for.
    pub(super) fn finding(&self, name: &str, error: Error, sources: &Sources) -> Box<Finding> {
        let inner = innermost(&error);
        let (rule, message) = match inner.kind() {
            ErrorKind::UndefinedError => {
                ("template/undefined", "the template uses something that does not exist")
            }
            ErrorKind::SyntaxError => ("template/syntax", "the template is not valid Jinja"),
            ErrorKind::OutOfFuel => ("template/too-expensive", "the template does not come to an end"),
            ErrorKind::TemplateNotFound => {
                ("template/not-found", "the template brings in another that does not exist")
            }
            ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod => {
                ("template/unknown-function", "the template calls something that does not exist")
            }
            _ => ("template/failed", "the template cannot be rendered"),
        };
        let mut finding = Finding::error(rule, message);
        if let Some(span) = self.place(name, inner) {
            finding = finding.at(span, self.label(inner, sources.slice(span)));
        } else {
            finding = finding.why(reason_of(inner));
        }
        finding = finding.help_if(self.help(inner, sources));
        if let (false, Some(outer)) = (std::ptr::eq(inner, &error), self.place(name, &error)) {
            finding = finding.and(outer, "brought in here");
        }
        Box::new(finding)
    }

    fn label(&self, error: &Error, written: &str) -> String {
        match (error.kind(), error.detail()) {
            (ErrorKind::OutOfFuel, _) => format!("more than {} steps", super::FUEL),
            (ErrorKind::UndefinedError, None) if written.len() > 60 => {
                "something in this expression is undefined".to_owned()
            }
            (ErrorKind::UndefinedError, None) => {
                format!("`{}` is undefined", written.trim_matches(['{', '}', ' ']))
            }
            (_, Some(detail)) => detail.to_owned(),
            (kind, None) => kind.to_string(),
        }
    }

    fn help(&self, error: &Error, sources: &Sources) -> Option<String> {
        match error.kind() {
            ErrorKind::UndefinedError => {
                let at = self.place(error.name()?, error)?;
                let word = sources.slice(at).trim_matches(['{', '}', ' ']);
                let first = word.split(['.', '[', ' ']).next()?;
                let known = super::GLOBALS.iter().copied().filter(|name| !name.starts_with('%'));
                match known.clone().any(|name| name == first) || word.starts_with('.') {
                    true => Some("see what is there with `sparkctl show`".to_owned()),
                    false => did_you_mean(first, known.collect::<Vec<_>>()),
                }
            }
            ErrorKind::OutOfFuel => Some("make the loops shorter; templates may not be used to compute at length".to_owned()),
            ErrorKind::TemplateNotFound => {
                Some("templates are named by their path under templates/, texts by their name in the component's folder".to_owned())
            }
            _ => None,
        }
    }

    /// The place of an error in the template as written.
    fn place(&self, name: &str, error: &Error) -> Option<Span> {
        let name = error.name().unwrap_or(name);
        let number = *self.index.names.get(name)?;
        let source = self.index.sources[number];
        let marked = self.index.marked(number);
        let range = match error.range() {
            Some(range) => range,
            None => {
                let line = error.line()?;
                let before: usize =
                    marked.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
                let length = marked.text[before..].split('\n').next().map_or(0, str::len);
                before..before + length
            }
        };
        let (start, end) = (marked.original(range.start), marked.original(range.end));
        Some(Span { source, start: start as u32, end: end.max(start) as u32 })
    }
}

fn reason_of(error: &Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}
