//! Rules `ops/...`.
