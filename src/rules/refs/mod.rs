//! Everything that names something else finds it: rules `ref/...`.

use super::Problem;
use super::set::Subject;

/// Every rule of the family.
pub fn check(_subject: &Subject<'_>, _problems: &mut Vec<Problem>) {}
