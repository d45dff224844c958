//! The layers themselves, where every single one is right: rules `layer/...` over a whole release.

use super::Problem;
use super::set::Subject;

/// Every rule of the family.
pub fn check(_subject: &Subject<'_>, _problems: &mut Vec<Problem>) {}
