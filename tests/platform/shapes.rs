//! Templates are read once, as shapes, and their values put in: that comes to the same as writing the whole text
//! and reading it, for every template of every release.

use crate::matrix::{all, library};
use sparkctl::layer::parse::parse;
use sparkctl::layer::tree::{Node, Value};
use sparkctl::source::line_of;

/// Each value with the line that it begins on, in order.
fn lines(node: &Node, text: &str, found: &mut Vec<(usize, String)>) {
    let line = line_of(text, node.span.start as usize);
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in &map.entries {
                found.push((line_of(text, entry.key.start as usize), key.clone()));
                lines(&entry.node, text, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| lines(item, text, found)),
        _ => found.push((line, node.to_json().to_string())),
    }
}

#[test]
fn values_put_into_shapes_are_what_reading_the_whole_text_gives() {
    let library = library();
    let mut documents = 0;
    for case in all() {
        let (platform, sources) = (&case.compiled.platform, &case.compiled.report.sources);
        for component in &platform.components {
            let context = platform.context(&case.compiled.release, component);
            let manifests = |name: &&str| name.ends_with(".yaml.j2") && !name.contains("/_");
            for template in library.templates.in_folder(component).filter(manifests) {
                let made = library.templates.documents(template, &context, sources).unwrap();
                let whole = library.templates.render(template, &context, sources).unwrap();
                let (expected, wrong) = parse(sources.scratch(), &whole.text);
                assert_eq!((made.wrong, wrong), (vec![], vec![]), "{} {template}", case.label);
                // Every object has at least its name from a value; nothing had to be written whole.
                let is_shaped = made.shape.text.contains('\u{e002}');
                assert_eq!(is_shaped, !expected.is_empty(), "{} {template}", case.label);
                assert_eq!(made.documents.len(), expected.len(), "{} {template}", case.label);
                for (ours, theirs) in made.documents.iter().zip(&expected) {
                    let (mut our_lines, mut their_lines) = (Vec::new(), Vec::new());
                    lines(ours, &made.shape.text, &mut our_lines);
                    lines(theirs, &whole.text, &mut their_lines);
                    assert_eq!(our_lines, their_lines, "{} {template}", case.label);
                    assert!(ours.same_value(theirs), "{} {template}", case.label);
                    documents += 1;
                }
                for line in 1..=whole.text.lines().count() {
                    let behind = |lines| library.templates.line_behind(lines, line);
                    assert_eq!(behind(&made.shape.lines), behind(&whole.lines), "{} {template}", case.label);
                }
            }
        }
    }
    assert!(documents > 9_000, "{documents}");
}
