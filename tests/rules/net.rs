//! Rules `net/...`.
