//! What holds for every path, every lock, and every history of a place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;
use sparkctl::bundle::{
    Bundle, BundlePath, Digest, DriftKind, Lock, Repair, Swap, SwapStrategy, WriteOptions, compare,
    write,
};

use crate::support::{IDLE, Output, tree, tree_of};

fn path() -> impl Strategy<Value = BundlePath> {
    "[a-z0-9é_ -][a-z0-9é_ .-]{0,8}(/[a-z0-9é_ -][a-z0-9é_ .-]{0,8}){0,3}"
        .prop_map(|text| text.parse().unwrap())
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 8]>().prop_map(|bytes| Digest::of(&bytes))
}

proptest! {
    #[test]
    fn a_path_that_parses_stays_inside(
        text in prop_oneof![
            any::<String>(),
            "[./\\\\a\u{0}\u{7f}-]{0,12}",
            path().prop_map(String::from),
        ],
    ) {
        if let Ok(path) = text.parse::<BundlePath>() {
            prop_assert_eq!(path.as_str(), &text);
            let components: Vec<_> = Path::new(&text).components().collect();
            prop_assert!(!components.is_empty());
            prop_assert!(components.iter().all(|component| matches!(component, Component::Normal(_))));
            prop_assert_eq!(components.len(), text.split('/').count());
            prop_assert!(text.split('/').all(|name| !name.starts_with('.') && name.len() <= 255));
            prop_assert!(!text.contains(|c: char| c == '\\' || c.is_control()));
        }
    }

    #[test]
    fn a_path_that_does_not_parse_has_a_reason(text in any::<String>()) {
        if let Err(error) = text.parse::<BundlePath>() {
            let odd = |name: &str| name.is_empty() || name.starts_with('.') || name.len() > 255;
            let odd = text.split('/').any(odd);
            prop_assert!(odd || text.contains(|c: char| c == '\\' || c.is_control()), "{}", error);
            prop_assert!(!error.to_string().contains(char::is_control));
        }
    }

    #[test]
    fn a_lock_reads_back_as_it_was_written(
        release in json(),
        inputs in prop::collection::btree_map(any::<String>(), digest(), 0..6),
        outputs in prop::collection::btree_map(path(), digest(), 0..12),
    ) {
        let lock = Lock { release, inputs, outputs };
        let bytes = lock.to_bytes();
        let read = Lock::parse(&bytes);
        prop_assert_eq!(read.as_ref(), Ok(&lock));
        prop_assert_eq!(read.unwrap().to_bytes(), bytes);
    }

    #[test]
    fn a_lock_cut_short_is_an_error(
        bytes in any::<Vec<u8>>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let _ = Lock::parse(&bytes);
        let good = crate::support::large("a").lock().to_bytes();
        prop_assert!(Lock::parse(&good[..cut.index(good.len() - 1)]).is_err());
    }
}

/// What somebody does by hand at a path of the bundle.
#[derive(Debug, Clone)]
enum Deed {
    Write(&'static str, u8),
    Delete(&'static str),
    Link(&'static str),
    Folder(&'static str),
}

/// Few paths and few contents, so that everything meets everything.
const PATHS: [&str; 7] = ["a", "b", "a/x", "a/y", "b/x/z", "c/x", "c/x/z"];

fn some_bundle() -> impl Strategy<Value = Bundle> {
    let files = prop::collection::btree_map(prop::sample::select(&PATHS[..]), 0..3_u8, 0..5);
    (files, 0..3_u8).prop_map(|(files, release)| {
        let mut kept: BTreeMap<BundlePath, Vec<u8>> = BTreeMap::new();
        for (path, content) in files {
            let overlaps = kept
                .keys()
                .any(|above| path.starts_with(&format!("{above}/")));
            if !overlaps {
                kept.insert(path.parse().unwrap(), vec![b'0' + content]);
            }
        }
        Bundle {
            release: release.into(),
            inputs: BTreeMap::new(),
            files: kept,
        }
    })
}

fn deed() -> impl Strategy<Value = Deed> {
    let path = || prop::sample::select([&PATHS[..], &["mine", "a/mine", "d/e/mine"]].concat());
    prop_oneof![
        (path(), 0..3_u8).prop_map(|(path, content)| Deed::Write(path, content)),
        path().prop_map(Deed::Delete),
        path().prop_map(Deed::Link),
        path().prop_map(Deed::Folder),
    ]
}

/// Does it if it can be done there.
fn perform(deed: &Deed, place: &Path) {
    let (Deed::Write(path, _) | Deed::Delete(path) | Deed::Link(path) | Deed::Folder(path)) = deed;
    let path = place.join(path);
    let _ = fs::create_dir_all(path.parent().unwrap());
    let _ = match deed {
        Deed::Write(_, content) => fs::write(&path, [b'0' + content]),
        Deed::Delete(_) if path.is_dir() => fs::remove_dir_all(&path),
        Deed::Delete(_) => fs::remove_file(&path),
        Deed::Link(_) => symlink("missing/target", &path),
        Deed::Folder(_) => fs::create_dir(&path),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is done to a bundle by hand: writing is refused just when comparing says that it
    /// would destroy something; it then changes nothing; and once allowed, the bundle is the new
    /// one and what was foreign.
    #[test]
    fn comparing_and_writing_agree(
        old in some_bundle(),
        deeds in prop::collection::vec(deed(), 0..4),
        new in some_bundle(),
        swap in prop::sample::select(vec![SwapStrategy::Auto, SwapStrategy::RenameOnly]),
    ) {
        let output = Output::with(&old);
        deeds.iter().for_each(|deed| perform(deed, &output.at("")));
        let before = tree(&output.at(""));
        let drifts = compare(&new, &output.place()).unwrap();
        let any = |repair| drifts.iter().any(|drift| drift.kind.repair() == repair);

        let options = WriteOptions { swap, ..WriteOptions::default() };
        let first = write(&new, &output.place(), options);
        prop_assert_eq!(first.is_err(), any(Repair::Overwrite), "{:?}: {:?}", drifts, first);
        let written = match first {
            Ok(written) => written,
            Err(error) => {
                prop_assert!(error.is_refusal(), "{}", error);
                prop_assert_eq!(&tree(&output.at("")), &before);
                let options = WriteOptions { overwrite_edited: true, ..options };
                write(&new, &output.place(), options).unwrap()
            }
        };
        let differs = any(Repair::Overwrite) || any(Repair::Write);
        prop_assert_eq!(written.swap == Swap::Unchanged, !differs, "{:?}", drifts);

        let foreign = drifts.iter().filter(|drift| drift.kind == DriftKind::Foreign);
        let foreign: BTreeSet<_> = foreign.map(|drift| drift.path.clone()).collect();
        prop_assert_eq!(&foreign, &written.foreign.into_iter().collect());
        // What has to be there now: the new bundle, and below what is foreign all that was there.
        let mut expected = tree_of(&new);
        for (path, text) in before {
            let above = |foreign: &PathBuf| foreign.starts_with(&path);
            let below = |foreign: &PathBuf| Path::new(&path).starts_with(foreign);
            if foreign.iter().any(|foreign| above(foreign) || below(foreign)) {
                expected.insert(path, text);
            }
        }
        prop_assert_eq!(tree(&output.at("")), expected);
        let left = compare(&new, &output.place()).unwrap();
        prop_assert!(left.iter().all(|drift| drift.kind == DriftKind::Foreign), "{:?}", left);
        prop_assert_eq!(output.work(), IDLE);
    }
}
