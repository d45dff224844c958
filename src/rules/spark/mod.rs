//! Spark's own knowledge: rules `spark/...`.

mod configuration;
mod platform;

use super::Problem;
use super::set::Subject;

pub use configuration::leaves_spark_behind;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    configuration::check(subject, problems);
    platform::check(subject, problems);
}
