//! The laws of promotion, over values made at random for leaves of the built-in spec: afterwards the target says
//! at the path what the source says, and nothing else than before anywhere else; every line that no edit is about
//! is still there, comments first.

// `clippy.toml` allows these in `#[test]` functions; here the helpers are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use sparkctl::layer::path::{Segment, SpecPath};
use sparkctl::layer::stack::Merged;
use sparkctl::layer::tree::Node;
use sparkctl::library::Library;
use sparkctl::promote::change::changes;
use sparkctl::promote::ladder::Ladder;
use sparkctl::promote::plan::{Plan, plan};
use sparkctl::release::Release;
use sparkctl::source::Sources;
use sparkctl::spec::vary;
use std::sync::LazyLock;
use support::Project;

const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// How the layers of the project begin, whose comments are not to be lost.
const STYLES: [&str; 4] = [
    // As `sparkctl init` writes it.
    "# A comment at the top.\napiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata:\n  name: ENV\nspec: {}  # nothing yet\n",
    // In braces.
    "apiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata: {name: ENV}\nspec: {connect: {driver: {memory: 6g}}}  # one line\n",
    // Indented by four, with comments everywhere, and Windows' line ends.
    "apiVersion: sparkctl/v1alpha1\r\nkind: Environment\r\nmetadata:\r\n    name: ENV\r\n# Over the spec.\r\nspec:\r\n    # Over the server.\r\n    connect:\r\n        # Over the driver.\r\n        driver:\r\n            memory: 5g  # behind it\r\n            # Under it.\r\n\r\n    # Over the metastore.\r\n    metastore:\r\n        memory: 3g\r\n# The end.\r\n",
    // Without a line break at its end, and with locks behind the spec.
    "apiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata: {name: ENV}\nspec:\n  spark:\n    conf:\n      # Why it is so.\n      spark.sql.ansi.enabled: \"true\"\n  history: {memory: 3g}\nsilenced: []",
];

fn merged(library: &Library, release: &Release) -> Merged {
    let mut sources = library.sources.clone();
    let mut stack = release.stack(library, &mut sources).unwrap();
    stack.notes.clear();
    stack.merge(library.sources_start()).0
}

fn release(environment: &str) -> Release {
    Release::of(environment, "connect").unwrap()
}

/// The leaves that environments may differ in, by the built-in schema; what production locks is left out.
static LEAVES: LazyLock<Vec<SpecPath>> = LazyLock::new(|| {
    let library = Library::load(None, "").unwrap();
    let locked = ["security", "environment", "apiVersion"];
    let mut leaves = library.schemas.leaves();
    leaves.retain(|path| {
        let Some(Segment::Key(first)) = path.0.first() else { return false };
        !locked.contains(&first.as_str())
    });
    leaves
});

/// A part of the spec that sets these paths.
fn layer_of(values: &[(SpecPath, Json)]) -> Json {
    let mut spec = json!({});
    for (path, value) in values {
        let mut here = &mut spec;
        for segment in &path.0 {
            let Segment::Key(key) = segment else { panic!("no list positions") };
            if !here.is_object() {
                *here = json!({});
            }
            here = here.as_object_mut().unwrap().entry(key.clone()).or_insert(Json::Null);
        }
        *here = value.clone();
    }
    spec
}

fn promoted(
    project: &Project,
    library: &Library,
    path: &SpecPath,
    from: &Release,
    to: &Release,
) -> Option<Plan> {
    let (source, target) = (merged(library, from), merged(library, to));
    let wanted = changes(path, &source.root, &target.root);
    let ladder = Ladder::of(library, to, &[from]).unwrap();
    let plan = match plan(library, ladder, wanted, &to.environment) {
        Ok(plan) => plan,
        Err(findings) => {
            let why: Vec<String> = findings.iter().map(|finding| finding.message.clone()).collect();
            // Built-in overlays of scenarios are above every environment, and are never edited.
            assert!(
                why.iter().all(|why| why.contains("a later layer") || why.contains("by itself")),
                "{why:?}"
            );
            return None;
        }
    };
    for (file, (_, text)) in &plan.files {
        project.put(file, text);
    }
    Some(plan)
}

/// Every line of the text before that has a comment is one afterwards; where an entry was changed, its comment is.
fn keeps_comments(before: &str, after: &str) {
    let comments = |text: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| line.split_once('#').map(|(_, comment)| comment.trim_end().to_owned()))
            .collect()
    };
    assert_eq!(comments(before), comments(after), "{before}\n---\n{after}");
}

fn same_but_for(path: &SpecPath, before: &Node, source: &Node, after: &Node) {
    let mut wanted = before.clone();
    for change in changes(path, source, before) {
        wanted.set(&change.path, change.after.as_ref().map(|node| node.value.clone()));
    }
    assert!(
        after.same_value(&wanted),
        "{path}\nbefore {}\nsource {}\nafter {}",
        before.to_json(),
        source.to_json(),
        after.to_json()
    );
    let at = |node: &Node| node.at(path).map(Node::to_json);
    assert_eq!(at(after), at(source), "{path}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, rng_seed: RngSeed::Fixed(48), ..ProptestConfig::default() })]

    #[test]
    fn the_target_says_what_the_source_says_and_nothing_else_changes(
        picks in prop::collection::vec((any::<Index>(), any::<Index>()), 1..4),
        promoted_leaf in any::<Index>(),
        above in 0..3usize,
        ends in (0..3usize, 1..3usize),
        style in 0..STYLES.len(),
    ) {
        let (from, to) = (ENVIRONMENTS[ends.0], ENVIRONMENTS[(ends.0 + ends.1) % 3]);
        let built_in = Library::load(None, "").unwrap();
        let now = merged(&built_in, &release(from));
        let values: Vec<(SpecPath, Json)> = picks
            .iter()
            .filter_map(|(leaf, value)| {
                let path = leaf.get(&LEAVES).clone();
                let current = now.root.at(&path).map(Node::to_json);
                let others = vary::others(built_in.schemas.at(&path)?, current.as_ref());
                (!others.is_empty()).then(|| (path, value.get(&others).clone()))
            })
            .collect();
        prop_assume!(!values.is_empty());
        let source = json!({
            "apiVersion": "sparkctl/v1alpha1", "kind": "Environment",
            "metadata": {"name": from}, "spec": layer_of(&values),
        });
        let text = STYLES[style].replace("ENV", to);
        let (source_file, target_file) = (format!("environments/{from}.yaml"), format!("environments/{to}.yaml"));
        let project = Project::of([(source_file.as_str(), source.to_string().as_str()), (target_file.as_str(), text.as_str())]);
        let library = project.load().unwrap();
        let (from, to) = (release(from), release(to));
        let (before, source) = (merged(&library, &to), merged(&library, &from));
        // The leaf that was set, or a mapping above it.
        let mut path = promoted_leaf.get(&values).0.clone();
        path.0.truncate(path.0.len().saturating_sub(above).max(1));
        let Some(plan) = promoted(&project, &library, &path, &from, &to) else { return Ok(()) };
        let library = project.load().unwrap();
        let after = merged(&library, &to);
        same_but_for(&path, &before.root, &source.root, &after.root);
        prop_assert!(after.root.same_value(&plan.wanted));
        // The source is another environment, which keeps what it has.
        prop_assert!(merged(&library, &from).root.same_value(&source.root));
        if let Some((_, written)) = plan.files.get(&target_file) {
            keeps_comments(&text, written);
            let breaks = |text: &str| text.matches('\n').count() == text.matches("\r\n").count();
            prop_assert_eq!(breaks(&text), breaks(written));
        }
        // Once more there is nothing to do.
        prop_assert!(changes(&path, &source.root, &after.root).is_empty());
    }
}

/// Back again: what a promotion added is taken out where the layers below say what is wanted.
#[test]
fn a_value_that_comes_back_is_taken_out_again() {
    let text = STYLES[2].replace("ENV", "prod");
    let source = json!({
        "apiVersion": "sparkctl/v1alpha1", "kind": "Environment",
        "metadata": {"name": "staging"}, "spec": {"connect": {"executor": {"memory": "13g"}}},
    });
    let project = Project::of([
        ("environments/staging.yaml", source.to_string().as_str()),
        ("environments/prod.yaml", text.as_str()),
    ]);
    let path: SpecPath = "connect.executor.memory".parse().unwrap();
    let library = project.load().unwrap();
    promoted(&project, &library, &path, &release("staging"), &release("prod")).unwrap();
    let back = json!({
        "apiVersion": "sparkctl/v1alpha1", "kind": "Environment",
        "metadata": {"name": "staging"}, "spec": {"connect": {"executor": {"memory": "12g"}}},
    });
    project.put("environments/staging.yaml", back.to_string());
    let library = project.load().unwrap();
    let plan = promoted(&project, &library, &path, &release("staging"), &release("prod")).unwrap();
    assert_eq!(plan.files["environments/prod.yaml"].1, text);
}

/// The reader of the scratch text is the reader of layers: nothing that it refuses is written.
#[test]
fn what_is_written_is_read_without_findings() {
    let mut sources = Sources::default();
    for style in STYLES {
        let text = style.replace("ENV", "prod");
        let id = sources.add("prod.yaml", text.as_str());
        assert_eq!(sparkctl::layer::parse::parse_one(id, &text).1, []);
    }
}
