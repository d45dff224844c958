//! The types of Kubernetes' own objects and of the custom resources that sparkctl renders or will: which fields
//! there are, what they hold, which must be there.
//!
//! Two tables of one format, which `scripts/kubernetes-types` tells: `kubernetes.types`, made by it, and
//! `custom.types`, written by hand. k8s-openapi was weighed instead: it ignores unknown fields, takes any
//! text for an enumeration and costs minutes to compile. At the first question the tables are cut into
//! blocks; a block is read when an object of its type is met, so a release pays for some sixty types.

mod read;

use std::sync::{LazyLock, OnceLock};

const TABLES: [&str; 2] = [include_str!("kubernetes.types"), include_str!("custom.types")];

/// A kind that a table knows.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Group and version.
    pub api_version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Whether it belongs to the whole cluster, not to a namespace.
    pub is_cluster_wide: bool,
    /// Its type's name; none where its fields are not known.
    of: Option<&'static str>,
    /// The minor version of Kubernetes that brought it, if that is newer than the oldest supported.
    pub since: Option<&'static str>,
    /// Whether it is Kubernetes' own.
    pub is_built_in: bool,
}

impl Kind {
    /// The API group; empty for the core.
    pub fn group(&self) -> &'static str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Its type, where its fields are known.
    pub fn of(&self) -> Option<&'static Type> {
        find_type(self.of?)
    }
}

/// A mapping with known keys.
#[derive(Debug)]
pub struct Type {
    name: &'static str,
    block: &'static str,
    read: OnceLock<Body>,
}

impl Type {
    /// As messages call it: `Container`, without what tells it from another group's.
    pub fn name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// Its fields, and which of them exclude one another.
    pub fn body(&self) -> &Body {
        self.read.get_or_init(|| read::body(self.block))
    }

    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let fields = &self.body().fields;
        fields.binary_search_by(|field| field.name.cmp(name)).ok().map(|at| &fields[at])
    }
}

/// What is known of a type.
#[derive(Debug)]
pub struct Body {
    /// The fields, in the order of their names.
    pub fields: Vec<Field>,
    /// Fields of which one may be set.
    pub choices: Vec<Choice>,
}

/// A field of a type.
#[derive(Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it holds.
    pub shape: Shape,
    /// The fields by which its entries are told apart; empty where they are not.
    pub keys: Vec<&'static str>,
    /// Whether equal entries are one entry.
    pub is_set: bool,
    /// Whether an empty list is none.
    pub is_some: bool,
    /// The texts that it may be.
    pub values: Option<Vec<&'static str>>,
    /// The least number that it may be.
    pub least: Option<i64>,
    /// The greatest.
    pub most: Option<i64>,
    /// What its texts look like.
    pub form: Option<&'static str>,
    /// The version of Kubernetes that brought it, if that is newer than the oldest supported.
    pub since: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug)]
pub enum Shape {
    /// Text.
    Text,
    /// Bytes, in base64.
    Bytes,
    /// A flag.
    Flag,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// An amount: `500m`, `4Gi`.
    Quantity,
    /// A whole number, or text.
    WholeOrText,
    /// Anything.
    Any,
    /// A list.
    List(Box<Shape>),
    /// A mapping from any text.
    Map(Box<Shape>),
    /// A mapping with known keys.
    Of(&'static Type),
}

/// Fields of which at most one may be set.
#[derive(Debug)]
pub struct Choice {
    /// Whether one must be.
    pub is_required: bool,
    /// Each way to choose: fields that may stand together.
    pub ways: Vec<Vec<&'static str>>,
}

struct Tables {
    kinds: Vec<Kind>,
    types: Vec<Type>,
}

static READ: LazyLock<Tables> = LazyLock::new(|| {
    let mut kinds = Vec::new();
    let mut types = Vec::new();
    for (table, is_built_in) in TABLES.into_iter().zip([true, false]) {
        read::table(table, is_built_in, &mut kinds, &mut types);
    }
    types.sort_unstable_by(|a: &Type, b| a.name.cmp(b.name));
    Tables { kinds, types }
});

/// Every kind that the tables know.
pub fn kinds() -> &'static [Kind] {
    &READ.kinds
}

/// The kind of an API version, if the tables know it.
pub fn kind(api_version: &str, kind: &str) -> Option<&'static Kind> {
    kinds().iter().find(|known| known.kind == kind && known.api_version == api_version)
}

fn find_type(name: &str) -> Option<&'static Type> {
    let types = &READ.types;
    types.binary_search_by(|known| known.name.cmp(name)).ok().map(|at| &types[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing in the tables is left unread, and nothing they name is missing.
    #[test]
    fn the_tables_are_whole() {
        fn held(shape: &Shape, text: &str, within: &str) {
            match shape {
                Shape::List(of) | Shape::Map(of) => held(of, &text[1..], within),
                Shape::Any => assert_eq!(text, "any", "{within}: there is no type {text}"),
                _ => {}
            }
        }
        assert!(READ.types.windows(2).all(|pair| pair[0].name < pair[1].name), "two types of one name");
        for known in &READ.types {
            let body = known.body();
            let lines: Vec<&str> = known.block.lines().filter(|line| !line.is_empty()).collect();
            assert_eq!(body.fields.len() + body.choices.len(), lines.len(), "{}", known.name);
            for field in &body.fields {
                let line =
                    lines.iter().find(|line| line.trim_start().split([' ', '!']).next() == Some(field.name));
                let words: Vec<&str> = line.unwrap().split_whitespace().collect();
                held(&field.shape, words[1], &format!("{}.{}", known.name, field.name));
                for word in &words[2..] {
                    let name = word.split('=').next().unwrap();
                    let all = ["key", "set", "some", "values", "least", "most", "form", "since"];
                    assert!(all.contains(&name), "{}: {word}", known.name);
                }
            }
            for choice in &body.choices {
                for name in choice.ways.iter().flatten() {
                    assert!(known.field(name).is_some(), "{}.{name}", known.name);
                }
            }
        }
        for known in kinds() {
            assert_eq!(known.of.is_some(), known.of().is_some(), "{}", known.kind);
            assert_eq!(
                kinds()
                    .iter()
                    .filter(|other| other.kind == known.kind && other.api_version == known.api_version)
                    .count(),
                1
            );
        }
    }

    #[test]
    fn fields_are_found_with_what_is_known_of_them() {
        let pod = kind("v1", "Pod").unwrap().of().unwrap();
        let Shape::Of(spec) = pod.field("spec").unwrap().shape else { panic!() };
        let containers = spec.field("containers").unwrap();
        assert!(containers.is_required && containers.is_some && containers.keys == ["name"]);
        let Shape::List(of) = &containers.shape else { panic!() };
        let Shape::Of(container) = **of else { panic!() };
        let policy = container.field("imagePullPolicy").unwrap();
        assert_eq!(policy.values.as_deref(), Some(["Always", "IfNotPresent", "Never"].as_slice()));
        assert!(container.field("imagePulPolicy").is_none());
        assert!(kind("v1", "Namespace").unwrap().is_cluster_wide && kind("v1", "Deployment").is_none());
    }
}
