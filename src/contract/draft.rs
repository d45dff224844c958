//! A contract for the differences that there are, with the reasons left to write.

use super::judge::brief;
use super::{Contract, Differing, FOLDER, Side, differing, pairs};
use crate::failure::Failure;
use crate::fleet::Plan;
use crate::layer::path::SpecPath;
use crate::library::Library;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The file that would declare what differs between two environments and `existing` does not allow; nothing
/// where all is declared.
///
/// # Errors
/// If a layer or the plan of the project has errors.
pub fn draft(
    library: &Library,
    existing: Option<&Contract>,
    from: &str,
    to: &str,
) -> Result<Option<String>, Failure> {
    let mut found: BTreeMap<SpecPath, String> = BTreeMap::new();
    for pair in pairs(library, &Plan::of(library, None)?, from, to) {
        let (first, second) = pair.merged(library, from, to)?;
        for Differing { path, from: before, to: after } in differing(&first.root, &second.root) {
            let allows = |contract: &Contract| {
                let mut entries = contract.entries.iter();
                entries.any(|entry| entry.is_for(&pair) && entry.pattern.covers(&path))
            };
            if existing.is_some_and(allows) {
                continue;
            }
            let value = |side: Side<'_>| side.value.map_or("nothing".to_owned(), |node| brief(&path, node));
            let values = format!("{from} {}, {to} {}", value(before), value(after));
            found.entry(path).or_insert(values);
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let name = format!("{from}-{to}");
    let mut text = format!(
        "# yaml-language-server: $schema=../schemas/contract.schema.json\n\
         apiVersion: sparkctl/v1alpha1\nkind: Contract\nmetadata:\n  name: {name}\nspec:\n  from: {from}\n  \
         to: {to}\n  # Why does each differ? A check refuses entries without a reason.\n  allow:\n"
    );
    if existing.is_some() {
        text = format!("# What {FOLDER}/{name}.yaml does not allow yet.\n{text}");
    }
    for (path, values) in found {
        let values: String = values.chars().map(crate::diagnostic::clean::character).collect();
        let _ = write!(text, "    # {values}\n    {path}:\n      reason: \"\"\n");
    }
    Ok(Some(text))
}
