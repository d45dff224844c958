//! Objects that come and go, and the fields that change in them.

use super::paint::Paint;
use super::wrap::wrap;
use super::{Detail, names, sign};
use crate::diff::view::name;
use crate::diff::view::rows::{Block, Row, What};
use crate::diff::view::value::{clean, yaml};
use crate::diff::{Comparison, ObjectChange, ObjectStep};
use indexmap::IndexMap;

/// Objects that are named before the others are counted.
const NAMED: usize = 3;
/// Longest line that an object and its one field share.
const LINE: usize = 112;
/// Longest row that has both values in one line.
const LONG: usize = 124;

/// Objects that come, go or are called otherwise; those of a kind in a line, unless each is written out.
pub fn objects(
    comparison: &Comparison,
    objects: &[usize],
    indent: usize,
    detail: Detail,
    paint: Paint,
) -> String {
    let mut kinds: IndexMap<(&str, String), Vec<&ObjectChange>> = IndexMap::new();
    for change in objects.iter().filter_map(|at| comparison.difference.changes.get(*at)) {
        let kind = match change.step() {
            // Two names need a line of their own.
            ObjectStep::Renamed => name::object(change),
            _ => change.id().map(|id| id.kind.clone()).unwrap_or_default(),
        };
        kinds.entry((sign(change.step()), kind)).or_default().push(change);
    }
    let mut text = String::new();
    for ((sign, kind), changes) in kinds {
        let names = changes.iter().filter_map(|change| Some(clean(&change.id()?.name)));
        let lines = match changes.as_slice() {
            [one] => vec![format!("{sign} {}", name::object(one))],
            _ if detail.verbose => {
                changes.iter().map(|one| format!("{sign} {}", name::object(one))).collect()
            }
            _ => vec![format!(
                "{sign} {} ({}): {}",
                clean(&kind),
                changes.len(),
                names.collect::<Vec<_>>().join(", ")
            )],
        };
        for (line, change) in lines.iter().zip(changes) {
            for line in wrap(line, indent, 4).lines() {
                text.push_str(&format!("{}\n", painted(paint, sign, line)));
            }
            let object = change.hidden().filter(|_| detail.verbose);
            for (_, line) in object.iter().flat_map(|object| yaml('+', object)) {
                text.push_str(&format!("{}\n", painted(paint, sign, &format!("{:indent$}    {line}", ""))));
            }
        }
    }
    text
}

fn painted(paint: Paint, sign: &str, line: &str) -> String {
    match sign {
        "+" => paint.after(line),
        "-" => paint.before(line),
        _ => line.to_owned(),
    }
}

/// Fields, below the objects that they are in.
pub fn fields(comparison: &Comparison, blocks: &[Block], detail: Detail, paint: Paint) -> String {
    let mut text = String::new();
    for block in blocks {
        let names = names(comparison, &block.objects);
        let heading = match names.as_slice() {
            [one] => one.clone(),
            several => {
                let most = if detail.verbose { usize::MAX } else { NAMED };
                format!("{} objects: {}", several.len(), name::several(several, most))
            }
        };
        if let [row] = block.rows.as_slice()
            && let Some(line) = in_line(row, Paint { is_on: false })
            && heading.chars().count() + line.chars().count() + 8 <= LINE
        {
            text.push_str(&format!("      {heading}  {}\n", in_line(row, paint).unwrap_or(line)));
            continue;
        }
        text.push_str(&format!("      {heading}\n"));
        block.rows.iter().for_each(|row| text.push_str(&of_row(row, paint)));
    }
    text
}

fn of_row(row: &Row, paint: Paint) -> String {
    let plain = in_line(row, Paint { is_on: false });
    let lines = match &row.what {
        What::Lines(lines) => lines.clone(),
        What::Changed(before, after) if plain.as_ref().is_some_and(|line| line.chars().count() > LONG) => {
            vec![('-', before.clone()), ('+', after.clone())]
        }
        _ => return format!("        {}\n", in_line(row, paint).unwrap_or_default()),
    };
    let mut text = format!("        {}\n", name::joined(&row.path));
    {
        for (sign, line) in &lines {
            let line = format!("{sign} {line}");
            let line = match sign {
                '-' => paint.before(&line),
                '+' => paint.after(&line),
                _ => line,
            };
            text.push_str(&format!("          {}\n", line.trim_end()));
        }
    }
    text
}

/// A row in one line, if it has room there.
fn in_line(row: &Row, paint: Paint) -> Option<String> {
    let path = name::joined(&row.path);
    Some(match &row.what {
        What::Added(value) => format!("{path}  {}", paint.after(&format!("+ {value}"))),
        What::Removed(value) => format!("{path}  {}", paint.before(&format!("- {value}"))),
        What::Changed(before, after) => format!("{path}  {} → {}", paint.before(before), paint.after(after)),
        What::Reordered(before, after) => format!("{path}  in another order: {before} → {after}"),
        What::Hidden => format!("{path}  another credential, not shown"),
        What::Lines(_) => return None,
    })
}
