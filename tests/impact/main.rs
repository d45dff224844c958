//! What applying changes does: cases of before and after, releases of different environments, laws, totals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cases;
#[path = "../support/matrix.rs"]
mod matrix;
mod releases;
mod totals;

use sparkctl::diff::impact::Impact;
use sparkctl::diff::{Difference, Step};
use std::fmt::Write as _;

/// As a reader would see it: the effect, what is said, and the fields that do it.
fn shown(difference: &Difference, impacts: &[Impact]) -> String {
    let mut text = String::new();
    for impact in impacts {
        let change = &difference.changes[impact.change];
        let _ = writeln!(text, "{:<9} {}", impact.effect.label(), impact.text);
        for at in &impact.fields {
            let path = &change.fields[*at].path;
            let long = path.0.iter().any(|step| matches!(step, Step::Entry(_)));
            let _ = writeln!(text, "          {}{path}", if long { "in " } else { "" });
        }
    }
    text
}
