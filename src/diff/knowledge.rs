//! What is known of the value at a place of an object: from the types of Kubernetes' objects, and from
//! `lists.yaml` what these do not say.

use crate::layer::parse::parse_one;
use crate::layer::tree::{Node, Value};
use crate::manifest::ObjectId;
use crate::rules::types::{self, Field, Shape, Type};
use crate::source::Sources;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A value's place in its object, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    of: Of,
    /// The field that it is, with the type that has it.
    field: Option<(&'static Type, &'static Field)>,
    /// The nearest key above it.
    name: &'a str,
    /// The key above that.
    parent: &'a str,
    is_built_in: bool,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Type(&'static Type),
    Shape(&'static Shape),
    Unknown,
}

/// How the scalar at a place is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As it is.
    Plain,
    /// As an amount.
    Quantity,
    /// As a span of time.
    Duration,
    /// A number and its digits as text are one: `8080` and `"8080"`.
    WholeOrText,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRule {
    /// Fields that name an item, in the order in which they are tried: the first that tell all items apart count.
    #[serde(default)]
    pub keys: Vec<Vec<String>>,
    /// Whether the order means nothing and the items have no names.
    #[serde(default)]
    pub set: bool,
    /// What the order of named items means.
    #[serde(default)]
    pub order: Order,
}

/// What the order of a list's items means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Nothing.
    #[default]
    Nothing,
    /// It counts.
    Counts,
    /// It counts where an item's `value` refers to another as `$(NAME)`.
    References,
}

/// `lists.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Lists by type and field.
    types: HashMap<String, HashMap<String, ListRule>>,
    /// Lists in what has no known type, by field.
    untyped: HashMap<String, ListRule>,
    /// What a field is where it is left out, by type and field.
    defaults: HashMap<String, HashMap<String, String>>,
    /// Mappings that mean nothing where they are empty, by type and field.
    empty: HashMap<String, Vec<String>>,
    /// Mappings whose values are amounts, in what has no known type.
    quantities: Vec<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| read().unwrap_or_default());

fn read() -> Option<Table> {
    let (document, _) = parse_one(Sources::default().scratch(), include_str!("lists.yaml"));
    serde_json::from_value(document?.to_json()).ok()
}

impl<'a> Known<'a> {
    /// The whole of an object.
    pub fn object(id: &ObjectId) -> Known<'a> {
        let same = |known: &&types::Kind| known.kind == id.kind && known.group() == id.group();
        let kind = types::kind(&id.api_version, &id.kind)
            .or_else(|| types::kinds().iter().filter(same).find(|known| known.of().is_some()));
        let of = kind.and_then(types::Kind::of).map_or(Of::Unknown, Of::Type);
        let is_built_in = kind.is_some_and(|kind| kind.is_built_in);
        Known { of, field: None, name: "", parent: "", is_built_in }
    }

    /// A document in a text, which may be an object: a pod template.
    pub fn document(node: &Node) -> Known<'a> {
        let (Some(api_version), Some(kind)) = (node.text("apiVersion"), node.text("kind")) else {
            return Known::nothing();
        };
        let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
        Known::object(&ObjectId { api_version, kind, namespace: None, name: String::new() })
    }

    /// Whether this is an object of a kind that the tables know.
    pub fn is_object(self) -> bool {
        matches!(self.of, Of::Type(_))
    }

    /// Whether this is the value of one of Spark's properties.
    pub fn is_spark(self) -> bool {
        self.parent == "sparkConf"
    }

    /// Something of which nothing is known.
    pub fn nothing() -> Known<'a> {
        Known { of: Of::Unknown, field: None, name: "", parent: "", is_built_in: false }
    }

    fn shape(self) -> Option<&'static Shape> {
        match self.of {
            Of::Shape(shape) => Some(shape),
            _ => None,
        }
    }

    /// The value under a key.
    pub fn key(self, key: &'a str) -> Known<'a> {
        let of_type = match self.of {
            Of::Type(of) => Some(of),
            Of::Shape(Shape::Of(of)) => Some(*of),
            _ => None,
        };
        let below = Known { name: key, parent: self.name, field: None, of: Of::Unknown, ..self };
        match (of_type.and_then(|of| Some((of, of.field(key)?))), self.of) {
            (Some((of, field)), _) => {
                Known { of: Of::Shape(&field.shape), field: Some((of, field)), ..below }
            }
            (None, Of::Shape(Shape::Map(of))) => Known { of: Of::Shape(of), ..below },
            _ => below,
        }
    }

    /// An item of the list.
    pub fn item(self) -> Known<'a> {
        match self.of {
            Of::Shape(Shape::List(of)) => Known { of: Of::Shape(of), field: None, ..self },
            _ => Known { of: Of::Unknown, field: None, ..self },
        }
    }

    /// How the items of the list are told apart.
    pub fn list(self) -> ListRule {
        let Some((of, field)) = self.field.filter(|_| matches!(self.of, Of::Shape(Shape::List(_)))) else {
            return TABLE.untyped.get(self.name).cloned().unwrap_or_default();
        };
        let told = TABLE.types.get(of.name()).and_then(|fields| fields.get(field.name));
        let mut rule = told.cloned().unwrap_or_default();
        if rule.keys.is_empty() && !field.keys.is_empty() {
            rule.keys = vec![field.keys.iter().map(|key| (*key).to_owned()).collect()];
        }
        rule.set |= field.is_set;
        rule
    }

    /// What a key is where it is left out.
    pub fn default(self, key: &str) -> Option<&'static str> {
        let of = match self.of {
            Of::Type(of) => of,
            Of::Shape(Shape::Of(of)) => of,
            _ => return None,
        };
        TABLE.defaults.get(of.name())?.get(key).map(String::as_str)
    }

    /// How the scalar is read.
    pub fn reading(self) -> Reading {
        match (self.shape(), self.field) {
            (Some(Shape::Quantity), _) => Reading::Quantity,
            (Some(Shape::WholeOrText), _) => Reading::WholeOrText,
            (_, Some((_, field))) if matches!(field.form, Some("goDuration" | "promDuration")) => {
                Reading::Duration
            }
            (None | Some(Shape::Any), _) if TABLE.quantities.iter().any(|name| name == self.parent) => {
                Reading::Quantity
            }
            _ => Reading::Plain,
        }
    }

    /// Whether a value means what its absence means: `null`, and in Kubernetes' own types an empty list or an
    /// empty mapping of free keys.
    pub fn is_nothing(self, node: &Node) -> bool {
        let is_empty = match &node.value {
            Value::Null => return true,
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.entries.is_empty(),
            _ => return false,
        };
        is_empty
            && self.is_built_in
            && match self.shape() {
                Some(Shape::List(_) | Shape::Map(_)) => true,
                Some(Shape::Of(_)) => self.field.is_some_and(|(of, field)| {
                    TABLE
                        .empty
                        .get(of.name())
                        .is_some_and(|names| names.iter().any(|name| name == field.name))
                }),
                _ => false,
            }
    }

    /// Whether a value under a key is what the key is where it is left out.
    pub fn is_default(self, key: &str, node: &Node) -> bool {
        self.default(key).is_some_and(|text| node.as_str() == Some(text))
    }

    /// The key above [`name`](Known::name).
    pub fn parent(self) -> &'a str {
        self.parent
    }

    /// The nearest key above the value.
    pub fn name(self) -> &'a str {
        self.name
    }
}
