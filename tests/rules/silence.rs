//! Silenced findings, expiry, changed severities.
