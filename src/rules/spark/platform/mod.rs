//! Drivers, executors, and what surrounds them.

use crate::rules::Problem;
use crate::rules::set::Subject;

/// Every rule about the platform.
pub fn check(_subject: &Subject<'_>, _problems: &mut Vec<Problem>) {}
