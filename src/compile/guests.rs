//! What the other releases in a namespace need: its owner's quota must have room for them.

use super::{Platform, resolve};
use crate::failure::Failure;
use crate::graph::totals::{self, Totals};
use crate::library::Library;
use crate::release::Release;
use crate::source::SourceId;
use std::collections::BTreeSet;

/// The releases that live in a namespace besides its owner, taken together.
#[derive(Debug, Clone)]
pub struct Guests {
    /// What they need at most.
    pub totals: Totals,
    /// The texts that decide it.
    pub sources: BTreeSet<SourceId>,
}

impl Default for Guests {
    fn default() -> Guests {
        Guests { totals: totals::sum(&[]), sources: BTreeSet::new() }
    }
}

impl Guests {
    /// Those of a release; nothing for a release without guests.
    ///
    /// # Errors
    /// If one of them cannot be compiled so far.
    pub fn of(library: &Library, release: &Release) -> Result<Guests, Failure> {
        let mut all = Vec::new();
        let mut sources = BTreeSet::new();
        for guest in &release.sharing.guests {
            let mut texts = library.sources.clone();
            let stack = guest.stack(library, &mut texts)?;
            let (merged, _) = resolve(library, stack, &texts)?;
            let platform = Platform::resolve(library, guest, &merged, Guests::default());
            let platform = platform.map_err(|findings| library.failure(findings))?;
            sources.extend(merged.sources());
            sources.extend(platform.active(library).map(|component| component.source));
            all.push(platform.totals);
        }
        Ok(Guests { totals: totals::sum(&all), sources })
    }
}
