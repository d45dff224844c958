//! What `render --check` is told. Every answer is the one that writing would act on.

use std::fs;

use sparkctl::bundle::{Bundle, Drift, DriftKind, Repair, compare};

use crate::support::{Output, bundle, put, put_foreign, stats};

fn old() -> Bundle {
    bundle(
        "old",
        &[
            ("kustomization.yaml", "a"),
            ("connect/a.yaml", "b"),
            ("history/h.yaml", "h"),
        ],
    )
}

fn new() -> Bundle {
    bundle(
        "new",
        &[
            ("kustomization.yaml", "A"),
            ("connect/a.yaml", "b"),
            ("jupyter/j.yaml", "j"),
        ],
    )
}

/// The drifts as text, and nothing on the disk changed.
fn drifts(output: &Output, bundle: &Bundle) -> Vec<String> {
    let before = stats(output.directory.path());
    let drifts = compare(bundle, &output.place()).unwrap();
    assert_eq!(stats(output.directory.path()), before);
    drifts
        .iter()
        .map(|Drift { path, kind }| format!("{kind:?} {}", path.display()))
        .collect()
}

#[test]
fn where_nothing_was_written_all_is_missing_and_nothing_is_made() {
    let output = Output::new();
    let all = [
        "Missing .sparkctl.lock",
        "Missing connect/a.yaml",
        "Missing history/h.yaml",
        "Missing kustomization.yaml",
    ];
    assert_eq!(drifts(&output, &old()), all);
    fs::create_dir(output.root()).unwrap();
    assert_eq!(drifts(&output, &old()), all);
}

#[test]
fn what_was_just_written_has_no_drift() {
    let output = Output::with(&old());
    assert_eq!(drifts(&output, &old()), [""; 0]);
}

#[test]
fn stale_missing_and_obsolete_files() {
    let output = Output::with(&old());
    assert_eq!(
        drifts(&output, &new()),
        [
            "Stale .sparkctl.lock",
            "Obsolete history/h.yaml",
            "Missing jupyter/j.yaml",
            "Stale kustomization.yaml"
        ]
    );
    fs::remove_file(output.at("connect/a.yaml")).unwrap();
    assert_eq!(drifts(&output, &old()), ["Missing connect/a.yaml"]);
}

#[test]
fn edited_files() {
    let output = Output::with(&old());
    put(output.at("connect/a.yaml"), "by hand");
    put(output.at("history/h.yaml"), "by hand");
    assert_eq!(
        drifts(&output, &old()),
        ["Edited connect/a.yaml", "Edited history/h.yaml"]
    );
    put(output.at("kustomization.yaml"), "A");
    let new = drifts(&output, &new());
    assert_eq!(
        new,
        [
            "Stale .sparkctl.lock",
            "Edited connect/a.yaml",
            "Edited history/h.yaml",
            "Missing jupyter/j.yaml"
        ],
        "kustomization.yaml was edited to what is rendered now"
    );
}

#[test]
fn foreign_files_and_those_in_the_way() {
    let output = Output::with(&old());
    put_foreign(&output.at(""));
    put(output.at("jupyter"), "a file where a directory has to be");
    assert_eq!(
        drifts(&output, &old()),
        ["connect/link", "jupyter", "notes.txt", "overlay/"].map(|path| format!("Foreign {path}"))
    );
    let new = drifts(&output, &new());
    assert!(
        new.contains(&"InTheWay jupyter".to_owned())
            && new.contains(&"Missing jupyter/j.yaml".to_owned()),
        "{new:?}"
    );

    fs::remove_file(output.at("jupyter")).unwrap();
    put(output.at("jupyter/j.yaml"), "not sparkctl's");
    let new = drifts(&output, &self::new());
    assert!(
        new.contains(&"InTheWay jupyter/j.yaml".to_owned()),
        "{new:?}"
    );
    assert!(
        !new.iter().any(|drift| drift == "Missing jupyter/j.yaml"),
        "{new:?}"
    );
}

#[test]
fn every_drift_says_what_ends_it() {
    let repairs = [
        DriftKind::Stale,
        DriftKind::Edited,
        DriftKind::Missing,
        DriftKind::Obsolete,
        DriftKind::Foreign,
        DriftKind::InTheWay,
    ]
    .map(DriftKind::repair);
    let expected = [
        Repair::Write,
        Repair::Overwrite,
        Repair::Write,
        Repair::Write,
        Repair::Nothing,
        Repair::Overwrite,
    ];
    assert_eq!(repairs, expected);
}
