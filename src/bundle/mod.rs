//! The output directory: what a bundle is, how it replaces the one before it, and how it drifts.
