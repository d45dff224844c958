//! Rules `k8s/...`.
