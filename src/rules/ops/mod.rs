//! What production demands beyond running: rules `ops/...`.

use super::Problem;
use super::set::Subject;

/// Every rule of the family.
pub fn check(_subject: &Subject<'_>, _problems: &mut Vec<Problem>) {}
