//! No credential in plain text, anywhere: rules `secret/...`.

use super::Problem;
use super::set::Subject;

/// Every rule of the family.
pub fn check(_subject: &Subject<'_>, _problems: &mut Vec<Problem>) {}
