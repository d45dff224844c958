//! A difference for programs: everything that is known, credentials hidden, in a form that has a schema
//! (`schemas/diff.schema.json`) and can be read back.

mod causes;
mod change;
mod parts;

pub use causes::{CauseForm, CauseKindForm, LeafForm, OriginForm, PlaceForm};
pub use change::{
    ChangeForm, FieldForm, FieldStepForm, IdForm, ObjectStepForm, PlaceInObject, SegmentForm, StepForm,
};
pub use parts::{CountsForm, EffectForm, ImpactForm, ReleaseForm, SideForm, TotalsForm};

use super::Shown;
use crate::diff::{Comparison, Difference};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What `sparkctl diff --format json` prints.
///
/// This form is stable: fields may be added, none is renamed, removed or left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "sparkctl diff")]
pub struct Document {
    /// Whether something differs.
    pub different: bool,
    /// What was compared: one, or each release that both sides have.
    pub comparisons: Vec<ComparisonForm>,
    /// Releases that only the first side has.
    pub only_before: Vec<ReleaseForm>,
    /// Releases that only the second side has.
    pub only_after: Vec<ReleaseForm>,
}

/// One release on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonForm {
    /// The release's name.
    pub name: String,
    /// The first side.
    pub before: SideForm,
    /// The second side.
    pub after: SideForm,
    /// Whether something differs.
    pub different: bool,
    /// How much differs.
    pub counts: CountsForm,
    /// What applying it does, worst first.
    pub impacts: Vec<ImpactForm>,
    /// The objects that are not the same on both sides, in the order in which the second side is applied.
    pub changes: Vec<ChangeForm>,
    /// Why they are not the same.
    pub causes: Vec<CauseForm>,
    /// Fields that hold a digest of others and change with those: indices of the change and of the field in it.
    pub derived: Vec<(usize, usize)>,
    /// Fields that no cause was found for, or that only the other's manifests have.
    pub without_cause: Vec<(usize, usize)>,
}

/// All of it. A summary leaves out changes and causes.
pub fn document(shown: &Shown, summary: bool) -> Document {
    Document {
        different: shown.differs(),
        comparisons: shown.comparisons.iter().map(|one| comparison(one, summary)).collect(),
        only_before: shown.before.iter().map(ReleaseForm::of).collect(),
        only_after: shown.after.iter().map(ReleaseForm::of).collect(),
    }
}

fn comparison(comparison: &Comparison, summary: bool) -> ComparisonForm {
    let changes = &comparison.difference.changes;
    let mut form = ComparisonForm {
        name: comparison.name.clone(),
        before: SideForm::of(&comparison.before),
        after: SideForm::of(&comparison.after),
        different: !comparison.is_same(),
        counts: CountsForm::of(comparison.counts()),
        impacts: comparison.impacts.iter().map(|impact| ImpactForm::of(impact, changes)).collect(),
        changes: Vec::new(),
        causes: Vec::new(),
        derived: Vec::new(),
        without_cause: Vec::new(),
    };
    if !summary {
        form.changes = changes.iter().map(ChangeForm::of).collect();
        form.causes = comparison.causes.causes.iter().map(|cause| CauseForm::of(comparison, cause)).collect();
        form.derived = comparison.causes.derived.clone();
        form.without_cause = comparison.without_cause().0;
    }
    form
}

impl ComparisonForm {
    /// The difference again, to apply it: the same, but for credentials, which are not in it.
    pub fn difference(&self) -> Difference {
        Difference { changes: self.changes.iter().map(ChangeForm::change).collect() }
    }
}

/// The schema of [`Document`].
pub fn schema() -> Json {
    schemars::schema_for!(Document).to_value()
}

/// A value that is there, `null` or not: without this, `null` is read as nothing.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(from).map(Some)
}
