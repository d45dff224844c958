//! Why something differs.

use crate::diagnostic::Place;
use crate::diff::Comparison;
use crate::diff::causes::{Cause, CauseKind, Leaf, Origin};
use crate::diff::view::place;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One cause, with all that it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CauseForm {
    /// What it is.
    #[serde(flatten)]
    pub kind: CauseKindForm,
    /// The fields that it changes: indices of the change and of the field in it.
    pub fields: Vec<(usize, usize)>,
    /// The objects that come, go or are called otherwise because of it: indices of changes.
    pub objects: Vec<usize>,
}

/// What a cause is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum CauseKindForm {
    /// Values of the merged spec, all of them together.
    Leaves {
        /// The values.
        leaves: Vec<LeafForm>,
    },
    /// What the release is called or made of, beside its spec.
    Identity {
        /// Which part: `environment`, `namespace`, `name`, ...
        what: String,
        /// On the first side.
        from: String,
        /// On the second side.
        to: String,
    },
    /// Templates and other files of the library that are not the same on both sides, or that decide what the second
    /// side has.
    Templates {
        /// Their paths in the library.
        files: Vec<String>,
    },
    /// sparkctl itself.
    Program,
}

/// A value of the merged spec.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeafForm {
    /// Where it stands in the spec: `connect.executor.memory`.
    pub path: String,
    /// What the first side says, if it says anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<OriginForm>,
    /// What the second side says, if it says anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OriginForm>,
}

/// What one side says, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OriginForm {
    /// The value. Credentials are hidden.
    pub value: Json,
    /// The layer: `environment prod`, `--set`.
    pub layer: String,
    /// The place of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceForm>,
}

/// A place in a text: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceForm {
    /// A path, `built-in:` and a path, or an argument such as `--set`.
    pub file: String,
    /// First line.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
}

impl CauseForm {
    /// For programs.
    pub fn of(comparison: &Comparison, cause: &Cause) -> CauseForm {
        let kind = match cause.kind.clone() {
            CauseKind::Leaves(leaves) => CauseKindForm::Leaves {
                leaves: leaves.iter().map(|leaf| LeafForm::of(comparison, leaf)).collect(),
            },
            CauseKind::Identity { what, before, after } => {
                CauseKindForm::Identity { what: what.to_owned(), from: before, to: after }
            }
            CauseKind::Templates(files) => CauseKindForm::Templates { files },
            CauseKind::Program => CauseKindForm::Program,
        };
        CauseForm { kind, fields: cause.fields.clone(), objects: cause.objects.clone() }
    }
}

impl LeafForm {
    fn of(comparison: &Comparison, leaf: &Leaf) -> LeafForm {
        let (before, after) = place::of(comparison, leaf);
        let side = |origin: &Option<Origin>, place: Option<Place>| {
            origin.as_ref().map(|origin| OriginForm {
                value: origin.value.clone(),
                layer: origin.layer.clone(),
                place: place.map(PlaceForm::of),
            })
        };
        LeafForm {
            path: leaf.path.to_string(),
            before: side(&leaf.before, before),
            after: side(&leaf.after, after),
        }
    }
}

impl PlaceForm {
    fn of(place: Place) -> PlaceForm {
        let Place { file, line, column, end_line, end_column } = place;
        PlaceForm { file, line, column, end_line, end_column }
    }
}
