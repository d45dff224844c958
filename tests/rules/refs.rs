//! Rules `ref/...`.
