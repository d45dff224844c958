//! Rules `layer/...` over a whole release.
