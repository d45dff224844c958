//! Rules `secret/...`.
