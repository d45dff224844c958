//! How much memory a stranger's template may make sparkctl use.
//!
//! Steps are bounded while rendering ([`crate::template::FUEL`]), but a template that doubles a text
//! forty times takes forty steps and a terabyte. So where a project brings templates of its own, the
//! process gives up the right to more than [`ADDRESS_SPACE`] before it renders one.

/// Bytes of address space: some fifty times what the largest built-in scenario needs.
pub const ADDRESS_SPACE: u64 = 1 << 30;

/// Bounds this process for the rest of its life. Where the system has no such bound, it does nothing.
pub fn bound_memory() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::As);
    let limit = now.maximum.map_or(ADDRESS_SPACE, |maximum| maximum.min(ADDRESS_SPACE));
    // Refused only where a lower limit holds already, which serves as well.
    let _ = setrlimit(Resource::As, Rlimit { current: Some(limit), maximum: now.maximum });
}
