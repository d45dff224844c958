//! Properties: their keys, their values, and what they add up to.

use crate::rules::Problem;
use crate::rules::set::Subject;

/// Every rule about properties.
pub fn check(_subject: &Subject<'_>, _problems: &mut Vec<Problem>) {}
