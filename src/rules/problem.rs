//! What a rule finds: a [`Finding`](crate::diagnostic::Finding) whose places are fields of objects and
//! paths of the spec, not yet lines of files.

use crate::compile::cause::Field;
use crate::layer::path::SpecPath;
use crate::source::Span;

/// Where something is wrong, as a rule sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A field of an object of the set (by its position there), or a line of a text in it. A field that
    /// should be there and is not has a place too: the path that it would have.
    Field(usize, Field),
    /// A value of the merged spec: where it was written.
    Spec(SpecPath),
    /// A place in a layer or a descriptor.
    Span(Span),
    /// The release as a whole: nothing that is there is wrong, something is missing.
    Whole,
}

/// One place where one rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule's name, `family/kebab-name`.
    pub rule: &'static str,
    /// What is wrong: lower case, no full stop, names quoted in backticks. Never a credential.
    pub message: String,
    /// Where.
    pub at: Place,
    /// A few words on what is to be seen there; may be empty.
    pub label: String,
    /// Other places that matter, with what is there.
    pub related: Vec<(Place, String)>,
    /// Why it matters here; the rule's own reason stands in the catalogue.
    pub why: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// Whether its places hold a credential, which nothing may show.
    pub secret: bool,
}

impl Problem {
    /// A problem at a place; the rule's severity stands in the catalogue.
    pub fn new(rule: &'static str, message: impl Into<String>, at: Place, label: impl Into<String>) -> Self {
        let (message, label) = (message.into(), label.into());
        Problem { rule, message, at, label, related: Vec::new(), why: None, help: None, secret: false }
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn and(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Adds another place that matters, where there is one.
    #[must_use]
    pub fn and_if(mut self, place: Option<Place>, label: impl Into<String>) -> Self {
        self.related.extend(place.map(|place| (place, label.into())));
        self
    }

    /// Says why it matters.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// As [`Problem::help`], where there may be nothing to say.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Says that its places hold a credential, which nothing may show.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}
