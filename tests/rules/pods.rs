//! Rules `pod/...`.
