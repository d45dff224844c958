//! The command line of sparkctl.

fn main() {}
