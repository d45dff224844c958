//! Rules `spark/...` about keys, values and memory.
