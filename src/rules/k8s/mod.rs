//! Objects, each against its type and all against each other: rules `k8s/...`.

use super::Problem;
use super::set::Subject;

/// Every rule of the family.
pub fn check(_subject: &Subject<'_>, _problems: &mut Vec<Problem>) {}
