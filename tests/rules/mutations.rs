//! Single faults in good bundles.
