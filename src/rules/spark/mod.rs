//! Spark's own knowledge: rules `spark/...`.

mod configuration;
mod platform;

use super::set::Subject;
use super::{Place, Problem};
use crate::compile::cause::Field;
use std::collections::BTreeSet;

pub use configuration::leaves_spark_behind;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let computed = configuration::check(subject, problems);
    let before = problems.len();
    platform::check(subject, problems);
    if !computed.is_empty() {
        let mut news = problems.split_off(before);
        news.retain(|problem| !follows(problem, &computed));
        problems.append(&mut news);
    }
}

/// Whether a problem lies in a line that sets what sparkctl computes: that was said, and what follows is no
/// news.
fn follows(problem: &Problem, computed: &BTreeSet<String>) -> bool {
    let Place::Field(_, Field { line: Some(line), .. }) = &problem.at else { return false };
    line.text.split_once('=').is_some_and(|(key, _)| computed.contains(key.trim()))
}
