//! Who may talk to whom.

pub mod flows;
pub mod peers;
pub mod policies;
pub mod totals;
