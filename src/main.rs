//! The command line of sparkctl.

use std::process::ExitCode;

fn main() -> ExitCode {
    sparkctl::cli::run()
}
