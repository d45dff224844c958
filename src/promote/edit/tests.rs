use super::*;
use crate::source::Sources;

/// The text with a value, as YAML, at a path below `spec`; or with the entry there taken out.
fn after(text: &str, path: &str, value: Option<&str>) -> Option<String> {
    let source = Sources::default().scratch();
    let read = |text: &str| parse_one(source, text).0.unwrap();
    let root = SpecPath::root().key("spec");
    let path: SpecPath = path.parse().unwrap();
    let path = SpecPath([&root.0[..], &path.0].concat());
    let value = value.map(|value| read(value).value);
    let wish = value.as_ref().map_or(Wish::Remove, Wish::Set);
    let order = read("{first: 1, site: {hosts: 1, port: 1}, middle: {a: 1, b: 1, c: 1}, last: 1}");
    edited(text, source, &root, &path, &wish, &order)
}

#[test]
fn new_entries_stand_where_they_usually_do() {
    let cases = [
        ("spec:\n  first: 1\n  last: 9\n", "middle.b", "spec:\n  first: 1\n  middle:\n    b: 5\n  last: 9\n"),
        ("spec:\n  # Over it.\n  last: 9\n", "first", "spec:\n  first: 5\n  # Over it.\n  last: 9\n"),
        (
            "spec:\n  middle:\n    a: 1\n    # Of what is in it.\n\n  # Of the last.\n  last: 9\n",
            "middle.b",
            "spec:\n  middle:\n    a: 1\n    b: 5\n    # Of what is in it.\n\n  # Of the last.\n  last: 9\n",
        ),
        ("spec:\n  middle: {a: 1}  # why\n", "middle.b", "spec:\n  middle: {a: 1, b: 5}  # why\n"),
        ("spec:\n  middle: {}  # why\n", "middle.b", "spec:\n  middle:  # why\n    b: 5\n"),
        ("spec: {}\n", "middle.b", "spec:\n  middle:\n    b: 5\n"),
        ("spec:\nlocks: []\n", "first", "spec:\n  first: 5\nlocks: []\n"),
        ("kind: Preset\nlocks: []", "first", "kind: Preset\nspec:\n  first: 5\nlocks: []"),
        ("kind: Preset", "first", "kind: Preset\nspec:\n  first: 5\n"),
        ("spec:\n  first: 1", "last", "spec:\n  first: 1\n  last: 5\n"),
        (
            "spec:\n  unheard: 1\n  last: 9\n",
            "middle.a",
            "spec:\n  unheard: 1\n  middle:\n    a: 5\n  last: 9\n",
        ),
    ];
    for (before, path, wanted) in cases {
        assert_eq!(after(before, path, Some("5")).as_deref(), Some(wanted), "{path} into {before}");
    }
}

#[test]
fn values_take_the_place_of_others_in_their_style() {
    let cases = [
        ("spec: {first: 'a'} # c\n", "first", "b", "spec: {first: 'b'} # c\n"),
        ("spec:\n  first: \"1\" # c\n", "first", "'2'", "spec:\n  first: \"2\" # c\n"),
        ("spec:\n  first: abc\n", "first", "'12'", "spec:\n  first: \"12\"\n"),
        ("spec:\n  first: abc\n", "first", "'yes'", "spec:\n  first: \"yes\"\n"),
        ("spec:\n  first: [a, b]\n", "first", "[c]", "spec:\n  first: [c]\n"),
        (
            "spec:\n  first:\n    - a\n    - b\n  last: 1\n",
            "first",
            "[c]",
            "spec:\n  first:\n    - c\n  last: 1\n",
        ),
        ("spec:\n  first: |\n    one # two\n  last: 1\n", "first", "x", "spec:\n  first: x\n  last: 1\n"),
        ("spec:\n  first: x # why\n", "first", "\"a\\nb\\n\"", "spec:\n  first: | # why\n    a\n    b\n"),
        ("spec:\n  first: 1\n", "first", "[{a: 1}]", "spec:\n  first:\n  - a: 1\n"),
        ("spec:\n  first:\n  last: 1\n", "first", "2", "spec:\n  first: 2\n  last: 1\n"),
        ("spec:\n  middle: null\n", "middle.a", "2", "spec:\n  middle:\n    a: 2\n"),
    ];
    for (before, path, value, wanted) in cases {
        assert_eq!(after(before, path, Some(value)).as_deref(), Some(wanted), "{value} into {before}");
    }
}

#[test]
fn what_is_taken_out_takes_what_led_to_it() {
    let cases = [
        ("spec:\n  first: 1\n  middle:\n    a: 1\n", "middle.a", Some("spec:\n  first: 1\n")),
        ("spec:\n  middle:\n    a: 1\n    b: 2\n", "middle.a", Some("spec:\n  middle:\n    b: 2\n")),
        ("spec:\n  middle: {a: 1, b: 2}\n", "middle.a", Some("spec:\n  middle: {b: 2}\n")),
        ("spec:\n  middle:\n    a: 1\nlocks: []\n", "middle.a", Some("spec: {}\nlocks: []\n")),
        // A comment would be lost, or stand over something else.
        ("spec:\n  # Why.\n  first: 1\n  last: 2\n", "first", None),
        ("spec:\n  first: 1 # why\n  last: 2\n", "first", None),
    ];
    for (before, path, wanted) in cases {
        assert_eq!(after(before, path, None).as_deref(), wanted, "{path} out of {before}");
    }
}

#[test]
fn what_would_change_or_lose_something_else_is_left_to_the_author() {
    for (before, path) in [
        ("spec:\n  first: &one 1\n  last: *one\n", "first"),
        ("spec:\n  middle: &all {a: 1}\n  site: *all\n", "middle.a"),
        ("spec:\n  middle: &all\n    a: 1\n  site: *all\n", "site.port"),
        ("spec:\n  first:\n  - a\n  # Why b.\n  - b\n", "first"),
        ("spec: {middle: {a: 1,\n  b: 2}}\n", "middle.c"),
    ] {
        assert_eq!(after(before, path, Some("[5]")), None, "{path} into {before}");
    }
}
