//! Label selectors: which labels they take, and which selector takes no more than another.

use crate::layer::tree::{Node, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Labels of a pod or a namespace.
pub type Labels = BTreeMap<String, String>;

/// A LabelSelector: all of its requirements must hold. With none it takes everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

/// What one label must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its key.
    pub key: String,
    /// What is demanded of it.
    pub demand: Demand,
}

/// What can be demanded of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// It is there and has one of these values.
    In(BTreeSet<String>),
    /// It is not there, or has none of these values.
    NotIn(BTreeSet<String>),
    /// It is there.
    Exists,
    /// It is not there.
    Absent,
    /// An operator that does not exist: takes nothing.
    Never,
}

impl Selector {
    /// Reads `matchLabels` and `matchExpressions`.
    pub fn read(node: &Node) -> Selector {
        let mut requirements = Vec::new();
        for (key, entry) in
            node.get("matchLabels").and_then(Node::as_map).into_iter().flat_map(|map| &map.entries)
        {
            let demand = Demand::In(BTreeSet::from([word(&entry.node)]));
            requirements.push(Requirement { key: key.clone(), demand });
        }
        for expression in node.list("matchExpressions") {
            let values = expression.list("values").iter().map(word).collect();
            let demand = match expression.text("operator") {
                Some("In") => Demand::In(values),
                Some("NotIn") => Demand::NotIn(values),
                Some("Exists") => Demand::Exists,
                Some("DoesNotExist") => Demand::Absent,
                _ => Demand::Never,
            };
            requirements
                .push(Requirement { key: expression.text("key").unwrap_or_default().to_owned(), demand });
        }
        Selector { requirements }
    }

    /// One label with one value.
    pub fn one(key: &str, value: &str) -> Selector {
        let demand = Demand::In(BTreeSet::from([value.to_owned()]));
        Selector { requirements: vec![Requirement { key: key.to_owned(), demand }] }
    }

    /// The same with what another demands besides.
    #[must_use]
    pub fn and(mut self, other: Selector) -> Selector {
        self.requirements.extend(other.requirements);
        self
    }

    /// What it demands.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether it takes everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether it takes something with these labels.
    pub fn takes(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| requirement.takes(labels))
    }

    /// Whether whatever it takes is taken by another one too.
    pub fn within(&self, other: &Selector) -> bool {
        other.requirements.iter().all(|wanted| {
            let own = self.requirements.iter().filter(|own| own.key == wanted.key);
            own.into_iter().any(|own| implies(&own.demand, &wanted.demand))
        })
    }
}

impl Requirement {
    /// Whether labels are as it demands.
    pub fn takes(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match &self.demand {
            Demand::In(values) => value.is_some_and(|value| values.contains(value)),
            Demand::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Demand::Exists => value.is_some(),
            Demand::Absent => value.is_none(),
            Demand::Never => false,
        }
    }

    /// Whether it takes nothing without the label.
    pub fn needs_label(&self) -> bool {
        matches!(self.demand, Demand::In(_) | Demand::Exists | Demand::Never)
    }
}

fn implies(own: &Demand, wanted: &Demand) -> bool {
    match (own, wanted) {
        (Demand::Never, _) => true,
        (Demand::In(own), Demand::In(wanted)) => own.is_subset(wanted),
        (Demand::In(own), Demand::NotIn(wanted)) => own.is_disjoint(wanted),
        (Demand::NotIn(own), Demand::NotIn(wanted)) => wanted.is_subset(own),
        (Demand::In(_) | Demand::Exists, Demand::Exists) => true,
        (Demand::Absent, Demand::Absent | Demand::NotIn(_)) => true,
        _ => false,
    }
}

/// A label's value; what is no text is none that the API server would take, and is compared all the same.
fn word(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, Requirement { key, demand }) in self.requirements.iter().enumerate() {
            let list =
                |values: &BTreeSet<String>| values.iter().map(String::as_str).collect::<Vec<_>>().join("|");
            out.write_str(if at == 0 { "" } else { "," })?;
            match demand {
                Demand::In(values) => write!(out, "{key}={}", list(values)),
                Demand::NotIn(values) => write!(out, "{key}!={}", list(values)),
                Demand::Exists => write!(out, "{key}"),
                Demand::Absent => write!(out, "!{key}"),
                Demand::Never => write!(out, "{key}?"),
            }?;
        }
        Ok(())
    }
}
