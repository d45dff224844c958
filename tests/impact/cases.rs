//! One file a case: the effects that it must have, the objects before and after.

use super::shown;
use sparkctl::diff::impact::{Effect, impacts};
use sparkctl::diff::{Correspondence, compare, foreign};
use sparkctl::manifest::read::{Given, Manifests};
use std::collections::BTreeSet;
use std::path::Path;

const AFTER: &str = "\n### after\n";

fn read(text: &str) -> Manifests {
    let mut manifests = Manifests::default();
    manifests.add("case.yaml", text, Given::ByName);
    assert!(manifests.findings.is_empty(), "{:?}", manifests.findings);
    manifests
}

fn each(visit: &mut dyn FnMut(&str, &str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/impact/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 20);
    for file in files {
        visit(file.file_stem().unwrap().to_str().unwrap(), &std::fs::read_to_string(&file).unwrap());
    }
}

#[test]
fn each_case_has_the_effects_that_it_names() {
    let mut wrong = Vec::new();
    let mut all = BTreeSet::new();
    let mut told = String::new();
    each(&mut |name, text| {
        let (head, rest) = text.split_once('\n').unwrap();
        let wanted: Vec<&str> = head.strip_prefix("# effects:").unwrap().split_whitespace().collect();
        let (before, after) = rest.split_once(AFTER).unwrap();
        let (before, after) = (read(before), read(after));
        let (before, after) = (foreign(&before), foreign(&after));
        let difference = compare(&before, &after, &Correspondence::default());
        let found = impacts(&difference, &before, &after);
        let names: Vec<&str> = found.iter().map(|impact| impact.effect.name()).collect();
        if names != wanted {
            wrong.push(format!("{name}: wanted {wanted:?}, found {names:?}"));
        }
        all.extend(found.iter().map(|impact| impact.effect));
        told.push_str(&format!("## {name}\n{}\n", shown(&difference, &found)));

        let same = compare(&before, &before, &Correspondence::default());
        assert!(impacts(&same, &before, &before).is_empty(), "{name}");
    });
    insta::assert_snapshot!("cases", told);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<Effect> = Effect::ALL.into_iter().filter(|effect| !all.contains(effect)).collect();
    assert!(missing.is_empty(), "no case has {missing:?}");
}

#[test]
fn effects_are_listed_from_the_worst_and_have_names_of_their_own() {
    assert!(Effect::ALL.windows(2).all(|pair| pair[0] > pair[1]));
    let names: BTreeSet<&str> = Effect::ALL.iter().map(|effect| effect.name()).collect();
    let labels: BTreeSet<&str> = Effect::ALL.iter().map(|effect| effect.label()).collect();
    assert_eq!((names.len(), labels.len()), (Effect::ALL.len(), Effect::ALL.len()));
    for page in ["docs/en/impact.md", "docs/ru/impact.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
        for effect in Effect::ALL {
            assert!(
                text.contains(&format!("| `{}` |", effect.name())),
                "{page} says nothing of {}",
                effect.name()
            );
        }
    }
}
