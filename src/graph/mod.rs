//! Who talks to whom, who may, and who refers to whom.

pub mod flows;
pub mod peers;
pub mod picture;
pub mod policies;
pub mod references;
pub mod totals;
