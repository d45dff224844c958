//! Objects and fields that differ.

use crate::compile::cause::{Field, TextLine};
use crate::diff::{FieldChange, FieldPath, FieldStep, ObjectChange, ObjectStep, Step};
use crate::layer::path::{Segment, SpecPath};
use crate::manifest::ObjectId;
use crate::spec::redact::HIDDEN;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One object that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeForm {
    /// What becomes of it.
    pub step: ObjectStepForm,
    /// What it is called in a line: `KIND/NAME`.
    pub name: String,
    /// What the first side calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<IdForm>,
    /// What the second side calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<IdForm>,
    /// Its component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Whether both sides have it under one name, or under names that are one in the two environments.
    pub corresponds: bool,
    /// What differs in it; nothing of what only one side has.
    pub fields: Vec<FieldForm>,
    /// The object, where only one side has it. Credentials are hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Json>,
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ObjectStepForm {
    /// Only the second side has it.
    Added,
    /// Only the first side has it.
    Removed,
    /// It has other contents.
    Changed,
    /// It is called otherwise, and was recognised by what it holds.
    Renamed,
}

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdForm {
    /// Group and version.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; none of what belongs to the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldForm {
    /// What it is called, for people: `spec.template.spec.containers[name=spark].image`.
    pub name: String,
    /// The same, step by step.
    pub path: Vec<StepForm>,
    /// What becomes of it.
    pub step: FieldStepForm,
    /// Its value on the first side, if it has one there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present")]
    pub before: Option<Json>,
    /// Its value on the second side, if it has one there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present")]
    pub after: Option<Json>,
    /// Where it stands in the first side's object, or what would hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_at: Option<PlaceInObject>,
    /// Where it stands in the second side's object, or what would hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_at: Option<PlaceInObject>,
    /// Whether its values are hidden.
    pub secret: bool,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FieldStepForm {
    /// Only the second side has it.
    Added,
    /// Only the first side has it.
    Removed,
    /// It has another value.
    Changed,
    /// The items of a list stand in another order.
    Reordered,
}

/// One step into an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StepForm {
    /// A key of a mapping.
    Key(String),
    /// An item of a list, by the fields that name it.
    Item(Vec<(String, String)>),
    /// A member of a list that is a set: its value as compact JSON.
    Member(String),
    /// An item of a list, by its position from 0.
    At(usize),
    /// An entry of a text that is read as what it is: a property's key, or a line's number from 1.
    Entry(String),
}

/// A place in an object, by keys and positions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceInObject {
    /// Keys, and positions from 0.
    pub path: Vec<SegmentForm>,
    /// The line of a text, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What the line says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A key or a position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SegmentForm {
    /// A position, from 0.
    At(usize),
    /// A key.
    Key(String),
}

impl ChangeForm {
    /// For programs.
    pub fn of(change: &ObjectChange) -> ChangeForm {
        let kind = change.id().map_or("", |id| id.kind.as_str());
        let id = |id: &Option<ObjectId>| id.as_ref().map(IdForm::of);
        ChangeForm {
            step: match change.step() {
                ObjectStep::Added => ObjectStepForm::Added,
                ObjectStep::Removed => ObjectStepForm::Removed,
                ObjectStep::Changed => ObjectStepForm::Changed,
                ObjectStep::Renamed => ObjectStepForm::Renamed,
            },
            name: change.id().map(ObjectId::to_string).unwrap_or_default(),
            before: id(&change.before),
            after: id(&change.after),
            component: change.component.clone(),
            corresponds: change.corresponds,
            fields: change.fields.iter().map(|field| FieldForm::of(kind, field)).collect(),
            object: change.hidden(),
        }
    }

    /// As the library has it.
    pub fn change(&self) -> ObjectChange {
        ObjectChange {
            before: self.before.as_ref().map(IdForm::id),
            after: self.after.as_ref().map(IdForm::id),
            component: self.component.clone(),
            fields: self.fields.iter().map(FieldForm::field).collect(),
            corresponds: self.corresponds,
            object: self.object.clone(),
        }
    }
}

impl IdForm {
    fn of(id: &ObjectId) -> IdForm {
        let ObjectId { api_version, kind, namespace, name } = id.clone();
        IdForm { api_version, kind, namespace, name }
    }

    fn id(&self) -> ObjectId {
        let IdForm { api_version, kind, namespace, name } = self.clone();
        ObjectId { api_version, kind, namespace, name }
    }
}

impl FieldForm {
    fn of(kind: &str, field: &FieldChange) -> FieldForm {
        let (before, after) = field.hidden(kind);
        let hidden = |step: &Step| match step {
            Step::Member(_) if field.secret => Step::Member(HIDDEN.to_owned()),
            other => other.clone(),
        };
        let steps: Vec<Step> = field.path.0.iter().map(hidden).collect();
        FieldForm {
            path: steps.iter().map(StepForm::of).collect(),
            name: FieldPath(steps).to_string(),
            step: match field.step {
                FieldStep::Added => FieldStepForm::Added,
                FieldStep::Removed => FieldStepForm::Removed,
                FieldStep::Changed => FieldStepForm::Changed,
                FieldStep::Reordered => FieldStepForm::Reordered,
            },
            before,
            after,
            before_at: field.before_at.as_ref().map(|at| PlaceInObject::of(at, field.secret)),
            after_at: field.after_at.as_ref().map(|at| PlaceInObject::of(at, field.secret)),
            secret: field.secret,
        }
    }

    fn field(&self) -> FieldChange {
        FieldChange {
            path: FieldPath(self.path.iter().map(StepForm::step).collect()),
            step: match self.step {
                FieldStepForm::Added => FieldStep::Added,
                FieldStepForm::Removed => FieldStep::Removed,
                FieldStepForm::Changed => FieldStep::Changed,
                FieldStepForm::Reordered => FieldStep::Reordered,
            },
            before: self.before.clone(),
            after: self.after.clone(),
            before_at: self.before_at.as_ref().map(PlaceInObject::field),
            after_at: self.after_at.as_ref().map(PlaceInObject::field),
            secret: self.secret,
        }
    }
}

impl StepForm {
    fn of(step: &Step) -> StepForm {
        match step.clone() {
            Step::Key(key) => StepForm::Key(key),
            Step::Item(names) => StepForm::Item(names),
            Step::Member(json) => StepForm::Member(json),
            Step::At(at) => StepForm::At(at),
            Step::Entry(entry) => StepForm::Entry(entry),
        }
    }

    fn step(&self) -> Step {
        match self.clone() {
            StepForm::Key(key) => Step::Key(key),
            StepForm::Item(names) => Step::Item(names),
            StepForm::Member(json) => Step::Member(json),
            StepForm::At(at) => Step::At(at),
            StepForm::Entry(entry) => Step::Entry(entry),
        }
    }
}

impl PlaceInObject {
    fn of(field: &Field, secret: bool) -> PlaceInObject {
        let segment = |segment: &Segment| match segment {
            Segment::Key(key) => SegmentForm::Key(key.clone()),
            Segment::Index(at) => SegmentForm::At(*at),
        };
        let text = |line: &TextLine| if secret { HIDDEN.to_owned() } else { line.text.clone() };
        PlaceInObject {
            path: field.path.0.iter().map(segment).collect(),
            line: field.line.as_ref().map(|line| line.number),
            text: field.line.as_ref().map(text),
        }
    }

    fn field(&self) -> Field {
        let segment = |segment: &SegmentForm| match segment {
            SegmentForm::Key(key) => Segment::Key(key.clone()),
            SegmentForm::At(at) => Segment::Index(*at),
        };
        let line = self.line.map(|number| TextLine { number, text: self.text.clone().unwrap_or_default() });
        Field { path: SpecPath(self.path.iter().map(segment).collect()), line }
    }
}
