//! `--baseline` and `--write-baseline`.

use crate::cli::output::Terminal;
use crate::cli::{Format, Outcome};
use crate::diagnostic::baseline::{Baseline, Difference};
use crate::diagnostic::{Report, json};
use crate::failure::Failure;
use crate::layer::parse::MAX_BYTES;
use serde_json::json;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

/// Reads a baseline.
///
/// # Errors
/// If there is none, or it is none.
pub fn read(file: &Path) -> Result<Baseline, Failure> {
    let shown = file.display().to_string();
    let mut text = String::new();
    let opened = fs::File::open(file);
    let read = opened.and_then(|opened| opened.take(4 * MAX_BYTES as u64).read_to_string(&mut text));
    read.map_err(|error| Failure::io("read", shown.as_str(), error))?;
    Baseline::parse(&text).map_err(|reason| {
        Failure::refused(
            format!("`{shown}` is no baseline: {reason}"),
            format!("write it anew: the same command with --write-baseline {shown}"),
        )
    })
}

/// Writes what was found as a baseline.
pub fn write(report: &Report, file: &Path, terminal: &Terminal) -> Outcome {
    let baseline = Baseline::of(report);
    let shown = file.display().to_string();
    fs::write(file, baseline.to_json()).map_err(|error| Failure::io("write", shown.as_str(), error))?;
    match terminal.format() {
        Format::Json => terminal.json(&json!({"baseline": shown, "findings": baseline.len()}))?,
        _ => {
            let (count, plural) = (baseline.len(), if baseline.len() == 1 { "" } else { "s" });
            terminal.tell(&format!("{shown}: {count} finding{plural}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a report; as JSON with what the baseline did to it.
///
/// # Errors
/// If standard output is gone.
pub fn print(report: &Report, difference: Option<Difference>, terminal: &Terminal) -> Result<(), Failure> {
    match (terminal.format(), difference) {
        (Format::Json, Some(difference)) => {
            let mut value = json::value(report);
            if let Some(map) = value.as_object_mut() {
                map.insert("baseline".to_owned(), json!(difference));
            }
            terminal.json(&value)
        }
        _ => terminal.report(report),
    }
}

/// Tells people what the baseline did.
pub fn tell(difference: Option<Difference>, file: Option<&Path>, terminal: &Terminal) {
    let Some(Difference { known, gone }) = difference else { return };
    terminal.tell(&format!("{known} known from the baseline, {gone} no longer there"));
    if let (true, Some(file)) = (gone > 0, file) {
        terminal.tell(&format!("what is gone may not come back: --write-baseline {}", file.display()));
    }
}
