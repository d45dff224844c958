//! Rules `spark/...` about drivers, executors and what surrounds them.
