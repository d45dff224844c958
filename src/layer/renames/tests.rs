//! Each case is a text before and after; its tree is held against the renamed one by [`edit::migrate`].

#![allow(clippy::unwrap_used)]

use super::edit::migrate;
use super::{BUILT_IN, Document, Of, Renames};
use crate::layer::parse::parse_one;
use crate::layer::tree::Node;
use crate::source::Sources;

const LIST: &str = "\
renames:
- {of: spec, from: connect.sticky, to: connect.stickyFor, since: 9.0.0, why: w}
- {of: spec, from: site.issuer, to: certificates.issuer, since: 9.0.0, why: w}
- {of: project, from: spec.folder, to: spec.output, since: 9.0.0, why: w}
";

fn renames() -> Renames {
    Renames::read(Sources::default().scratch(), LIST).unwrap()
}

fn parsed(text: &str) -> Node {
    let (node, findings) = parse_one(Sources::default().scratch(), text);
    assert!(findings.is_empty(), "{findings:?}\n{text}");
    node.unwrap()
}

fn migrated(text: &str) -> Result<Option<String>, Vec<String>> {
    let result = migrate(&renames(), Sources::default().scratch(), text, None);
    result.map_err(|findings| findings.iter().map(|finding| finding.message.clone()).collect())
}

/// The text afterwards, which is then left alone.
fn to(before: &str, after: &str) {
    assert_eq!(migrated(before).unwrap().as_deref(), Some(after), "{before}");
    assert_eq!(migrated(after).unwrap(), None, "a second time");
}

fn by_hand(text: &str) {
    assert!(migrated(text).is_err(), "{text}");
}

#[test]
fn a_key_beside_others_changes_its_name_alone() {
    to(
        "# a\nconnect:\n  # why\n  sticky:   4h # long\n\n  replicas: 2\n",
        "# a\nconnect:\n  # why\n  stickyFor:   4h # long\n\n  replicas: 2\n",
    );
    to("connect: {replicas: 2, sticky: 4h}\n", "connect: {replicas: 2, stickyFor: 4h}\n");
    to("connect: {\"sticky\": 4h}", "connect: {\"stickyFor\": 4h}");
    to("connect:\r\n  'sticky': 4h\r\n", "connect:\r\n  'stickyFor': 4h\r\n");
    to("connect: {sticky: null}\n", "connect: {stickyFor: null}\n");
}

#[test]
fn a_key_moves_with_its_comments() {
    to(
        "site:\n  registry: r\n  # ours\n  issuer: # for TLS\n    name: a\n\n    # of the team\n    kind: Issuer\n  tail: 1\n",
        "site:\n  registry: r\n  tail: 1\ncertificates:\n  # ours\n  issuer: # for TLS\n    name: a\n\n    # of the team\n    kind: Issuer\n",
    );
    // Into a mapping that is there, at its depth.
    to(
        "certificates:\n    days: 3\nsite:\n  issuer: {name: a}\n  registry: r\n",
        "certificates:\n    days: 3\n    issuer: {name: a}\nsite:\n  registry: r\n",
    );
    to(
        "certificates: {days: 3}\nsite:\n  issuer: {name: a}\n  registry: r\n",
        "certificates: {days: 3, issuer: {name: a}}\nsite:\n  registry: r\n",
    );
    to(
        "{site: {issuer: {name: a}, registry: r}}\n",
        "{site: {registry: r}, certificates: {issuer: {name: a}}}\n",
    );
    to("site: {registry: r, issuer: a}", "site: {registry: r}\ncertificates:\n  issuer: a\n");
}

#[test]
fn a_mapping_that_led_to_nothing_else_goes_too() {
    to("a: 1\nsite:\n  issuer:\n    name: a\n", "a: 1\ncertificates:\n  issuer:\n    name: a\n");
    to("site: {issuer: a}\nz: 1\n", "z: 1\ncertificates:\n  issuer: a\n");
}

#[test]
fn a_block_of_text_keeps_its_lines() {
    to(
        "site:\n  issuer: |\n    one\n      two\n  z: 1\n",
        "site:\n  z: 1\ncertificates:\n  issuer: |\n    one\n      two\n",
    );
}

#[test]
fn every_part_of_a_layer_is_looked_at() {
    let before = "\
apiVersion: sparkctl/v1alpha1
kind: Environment
metadata: {name: prod}
spec: {connect: {sticky: 4h}}
overlays:
  dev:
    connect: {sticky: 1h}
locks:
- {path: connect.sticky, reason: r}
- {path: 'site.issuer.name', reason: r}
silenced:
- {rule: pod/x, path: connect.sticky, reason: r, until: 2027-01-31}
constraints:
  allOf:
  - properties:
      connect:
        required: [sticky]
        properties:
          sticky: {atMost: 5h}
";
    let before = before.replace("2027-01-31", "\"2027-01-31\"");
    let after = before
        .replace("path: connect.sticky", "path: connect.stickyFor")
        .replace("{sticky:", "{stickyFor:")
        .replace("[sticky]", "[stickyFor]")
        .replace("          sticky:", "          stickyFor:")
        .replace("'site.issuer.name'", "'certificates.issuer.name'");
    to(&before, &after);
}

#[test]
fn a_project_has_keys_of_its_own() {
    to(
        "kind: Project\nspec:\n  folder: out\n  releases:\n    a:\n      spec: {connect: {sticky: 1h}}\n",
        "kind: Project\nspec:\n  output: out\n  releases:\n    a:\n      spec: {connect: {stickyFor: 1h}}\n",
    );
    assert_eq!(migrated("folder: out\nspec: {folder: x}\n").unwrap(), None, "only a project's");
}

#[test]
fn what_cannot_be_done_safely_is_left_to_the_author() {
    by_hand("connect: {sticky: 1h, stickyFor: 2h}\n");
    by_hand("site: {issuer: a}\ncertificates: 3\n");
    // The anchor's other use would change too, or vanish.
    by_hand("x: &a {sticky: 1h}\nconnect: *a\n");
    by_hand("site:\n  issuer: &a {name: b}\n  z: *a\n");
    by_hand("connect: &a {sticky: 1h}\nother: *a\n");
    by_hand("? site\n: {issuer: a, # why\n  b: c}\n");
    by_hand("kind: Environment\nconstraints: {properties: {site: {properties: {issuer: {type: string}}}}}\n");
}

#[test]
fn a_tree_is_read_with_the_new_names() {
    let mut tree = parsed("site: {issuer: {name: a}}\nconnect: {replicas: 2, sticky: 4h, tls: {}}\n");
    let findings = renames().apply(&mut tree, Document::Spec);
    assert!(tree.same_value(&parsed(
        "connect: {replicas: 2, stickyFor: 4h, tls: {}}\ncertificates: {issuer: {name: a}}\n"
    )));
    let keys: Vec<_> = tree.get("connect").unwrap().as_map().unwrap().entries.keys().collect();
    assert_eq!(keys, ["replicas", "stickyFor", "tls"], "the order stays");
    let said: Vec<_> = findings.iter().map(|finding| (finding.rule, finding.message.as_str())).collect();
    assert_eq!(
        said,
        [
            ("layer/renamed-key", "`connect.sticky` is called `connect.stickyFor` since 9.0.0"),
            ("layer/renamed-key", "`site.issuer` is called `certificates.issuer` since 9.0.0"),
        ]
    );
    assert!(renames().apply(&mut tree, Document::Spec).is_empty(), "a second time");
}

#[test]
fn the_built_in_list_leads_from_names_that_are_gone_to_names_that_are_there() {
    let library = crate::library::Library::load(None, "").unwrap();
    let renames = Renames::read(Sources::default().scratch(), BUILT_IN.1).unwrap();
    assert!(!renames.renames.is_empty());
    for rename in &renames.renames {
        assert!(!rename.why.is_empty() && !rename.since.is_empty());
        let chained = |other: &&super::Rename| other.of == rename.of && other.from == rename.to;
        assert_eq!(renames.renames.iter().find(chained), None, "{rename:?}");
        assert!(!rename.from.covers(&rename.to) && !rename.to.covers(&rename.from), "{rename:?}");
        if rename.of == Of::Spec {
            assert!(library.schemas.at(&rename.to).is_some(), "nothing is called {}", rename.to);
            assert!(library.schemas.at(&rename.from).is_none(), "{} is still there", rename.from);
        }
    }
}
