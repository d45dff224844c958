//! Where a finding points.
