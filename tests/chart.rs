//! Charts: what a user reads of one, that its objects are those of the bundle, and that braces survive.
//!
//! What a template makes is found out here by a reading of the few actions that charts use, with the values
//! as they are; `tests/real/checks/chart.py` asks Helm itself, with other values too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use proptest::prelude::*;
use sparkctl::compile::{Compiled, compile, files};
use sparkctl::gitops::chart::{self, ChartVersion};
use sparkctl::layer::parse::parse_one;
use sparkctl::library::Library;
use sparkctl::release::Release;
use sparkctl::source::Sources;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use support::Project;

fn compiled(environment: &str, preset: &str, features: &[&str]) -> Compiled {
    let mut release = Release::of(environment, preset).unwrap();
    release.features = features.iter().map(|feature| (*feature).to_owned()).collect();
    compile(&Library::load(None, "").unwrap(), &release).unwrap()
}

fn chart(compiled: &Compiled) -> BTreeMap<String, String> {
    chart::files(compiled, None).unwrap()
}

#[test]
fn what_a_user_reads_of_a_chart() {
    let version = "1.4.0".parse().unwrap();
    let chart = chart::files(&compiled("prod", "connect", &[]), Some(&version)).unwrap();
    let mut told = String::new();
    for path in ["Chart.yaml", "values.yaml", "README.md", "templates/NOTES.txt", "templates/guard.yaml"] {
        write!(told, "==> {path}\n{}\n", chart[path]).unwrap();
    }
    for object in ["statefulset", "configmap"] {
        let path = format!("templates/spark-connect/{object}-connect-spark-connect.yaml");
        writeln!(told, "==> {path}, what is open in it").unwrap();
        chart[&path].lines().filter(|line| line.contains("{{")).for_each(|line| told += &format!("{line}\n"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_chart_makes_the_objects_of_the_bundle() {
    for (environment, preset, features, set) in [
        ("prod", "connect", &[][..], "images.pullSecrets=[regcred,other]"),
        ("prod", "standalone", &["history"], "images.pullSecrets=[regcred]"),
        ("prod", "airflow-connect", &["iceberg", "metastore"], "namespace.owned=true"),
        ("dev", "jupyter-connect", &["spot"], "namespace.owned=true"),
    ] {
        let mut release = Release::of(environment, preset).unwrap();
        release.features = features.iter().map(|feature| (*feature).to_owned()).collect();
        release.set = vec![set.to_owned()];
        let compiled = compile(&Library::load(None, "").unwrap(), &release).unwrap();
        let chart = chart(&compiled);
        let mut bundle = files::files(&compiled).unwrap();
        bundle.remove(files::KUSTOMIZATION);
        let namespace = bundle.remove(&format!("namespace/namespace-spark-{environment}.yaml")).unwrap();
        assert_eq!(chart["namespace.yaml"], namespace);
        let own = ["_helpers.tpl", "guard.yaml", "NOTES.txt"];
        let templates = chart.iter().filter_map(|(path, text)| {
            let path = path.strip_prefix("templates/").filter(|path| !own.contains(path))?;
            Some((path, made(text)))
        });
        let made: BTreeMap<_, _> = templates.collect();
        assert_eq!(made.keys().copied().collect::<Vec<_>>(), bundle.keys().collect::<Vec<_>>());
        for (path, text) in &bundle {
            let (made, text) = (value(&made[path.as_str()]), value(text));
            assert_eq!(made, text, "{environment}/{preset}: {path}");
        }
    }
}

#[test]
fn a_namespace_of_somebody_else_is_no_part_of_it() {
    let mut release = Release::of("prod", "connect").unwrap();
    release.set = vec!["namespace.owned=false".to_owned()];
    let chart = chart(&compile(&Library::load(None, "").unwrap(), &release).unwrap());
    assert!(!chart.contains_key("namespace.yaml"));
    assert!(chart["README.md"].contains("The namespace spark-prod is somebody else's and must be there."));
}

#[test]
fn a_version_is_the_content_or_what_was_asked_for() {
    let version = |compiled: &Compiled, asked: Option<&str>| {
        let asked = asked.map(|text| text.parse::<ChartVersion>().unwrap());
        let chart = chart::files(compiled, asked.as_ref()).unwrap();
        let found = chart["Chart.yaml"].lines().find_map(|line| line.strip_prefix("version: "));
        found.unwrap().to_owned()
    };
    let (one, other) = (compiled("prod", "connect", &[]), compiled("prod", "connect", &["history"]));
    assert_eq!(version(&one, None), version(&one, None));
    assert_ne!(version(&one, None), version(&other, None));
    assert!(version(&one, None).starts_with("0.1.0+"));
    assert_eq!(version(&one, Some("1.4.0-rc.1")), "1.4.0-rc.1");
    for bad in ["", "1", "1.4", "v1.4.0", "1.04.0", "1.4.0-", "1.4.0-01", "1.4.0+", "1.4.0 ", "1.4.0+a_b"] {
        assert!(bad.parse::<ChartVersion>().is_err(), "{bad:?}");
    }
}

/// A project with one ConfigMap whose only value is `text`, as a chart's template.
fn template_of(text: &str) -> String {
    let literal = serde_json::to_string(text).unwrap();
    let project = Project::with_thing([(
        "templates/thing/configmap.yaml.j2",
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: thing\n  namespace: {{{{ release.namespace }}}}\n  \
             labels: {{{{ component.labels }}}}\ndata:\n  text: {{{{ {literal} }}}}\n"
        )
        .as_str(),
    )]);
    let compiled =
        project.compile(&support::release("dev")).unwrap_or_else(|failure| panic!("{failure}: {text:?}"));
    chart(&compiled)["templates/thing/configmap-thing.yaml"].clone()
}

#[test]
fn what_helm_would_read_otherwise() {
    for text in [
        "{{ $labels.pod }} of {{$value | humanize}}",
        "{{{{{",
        "{",
        "{{",
        "}}",
        "{{-}}",
        "a {{- b -}} c\nd{{/* e */}}\n",
        "`{{`}}`\"'",
        "\\{{\\",
        "legend <no value> here",
        "a\n<no value>\n{{ b }}\n",
        "text\n\n\n",
        "{{ `raw` }}\n\n",
        "---\nnot: a document\n---\n",
        "sparkctlhole0z {{ sparkctlhole",
    ] {
        let template = template_of(text);
        assert!(!template.contains("<no value>"), "{template}");
        assert!(!template.ends_with("\n\n"), "{template:?}");
        assert_eq!(value(&made(&template))["data"]["text"], text, "{template}");
    }
}

#[test]
fn an_image_is_open_wherever_it_stands_whole() {
    let connect = compiled("dev", "connect", &[]);
    let server = connect.manifests.iter().find(|manifest| manifest.id.kind == "StatefulSet").unwrap();
    let pod = server.object.below(&["spec", "template", "spec"]).unwrap();
    let image = pod.list("containers")[0].text("image").unwrap();
    let open = |text: &str| {
        let template = template_of(text);
        assert_eq!(value(&made(&template))["data"]["text"], text, "{template}");
        template.matches("connect.image\"").count()
    };
    assert_eq!(open(&format!("{{{image}}} and {{{{{image}}}}}")), 2);
    assert_eq!(open(&format!("a: '{image}'\nb: \"{image}\"\n")), 2);
    assert_eq!(open(&format!("<no value> {image}\n\n")), 1);
    assert_eq!(open(&format!("other.example/{image} {image}-debug {image}@sha256:00")), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn braces_survive(text in "([{}]{1,4}|[-`\"'\\\\$.%|a ]|<no value>|\n){0,24}") {
        let template = template_of(&text);
        prop_assert_eq!(&value(&made(&template))["data"]["text"], &text, "{}", template);
    }
}

#[test]
fn a_claim_outlives_its_release() {
    let project = Project::with_thing([(
        "templates/thing/claim.yaml.j2",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: thing\n  namespace: {{ release.namespace }}\n  \
         labels: {{ component.labels }}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n",
    )]);
    let chart = chart(&project.compile(&support::release("dev")).unwrap());
    let claim = value(&made(&chart["templates/thing/persistentvolumeclaim-thing.yaml"]));
    assert_eq!(claim["metadata"]["annotations"]["helm.sh/resource-policy"], "keep");
}

fn value(text: &str) -> serde_json::Value {
    let source = Sources::default().add("chart", text);
    let (node, findings) = parse_one(source, text);
    assert!(findings.is_empty(), "{findings:?}\n{text}");
    node.unwrap().to_json()
}

/// What a template makes with the values as they are. Knows the actions that charts use, and no other; as in
/// Go, the next two braces begin an action, wherever they stand.
fn made(template: &str) -> String {
    let (mut made, mut rest) = (String::new(), template);
    while let Some((text, after)) = rest.split_once("{{") {
        let (action, after) = end_of(after);
        rest = after;
        let is_line = action.starts_with('-');
        made.push_str(if is_line { text.trim_end() } else { text });
        let words = words(action.trim_start_matches('-'));
        let helper = words.iter().find_map(|word| Some(word.trim_matches('"').rsplit_once('.')?.1));
        match (words.first().map(String::as_str), helper) {
            (Some("with"), _) => {
                // Nothing more is open: only the Secrets that the pod names already come out.
                let own = listed(&words);
                let (inside, after) = rest.split_once("{{ end }}").unwrap();
                rest = after;
                if helper == Some("imagePullSecrets") && !own.is_empty() {
                    let indent = inside.split_once("nindent ").unwrap().1.split_once(' ').unwrap().0;
                    let indent = " ".repeat(indent.parse().unwrap());
                    let names: String = own.iter().map(|name| format!("\n{indent}- name: {name}")).collect();
                    write!(made, "\n{indent}imagePullSecrets:{names}").unwrap();
                }
            }
            (Some("include"), Some("pullSecrets")) => made.push_str(&listed(&words).join(",")),
            (Some("include"), Some("image")) => {
                let texts = listed(&words);
                let host = if texts[0].is_empty() { String::new() } else { format!("{}/", texts[0]) };
                let quote = if action.contains("| quote") { "\"" } else { "" };
                write!(made, "{quote}{host}{}{quote}", texts[1]).unwrap();
            }
            (Some("include"), Some("configHash")) => write!(made, "\"{}\"", listed(&words)[0]).unwrap(),
            (Some(text), _) if text.starts_with('"') => made.push_str(text.trim_matches('"')),
            _ => panic!("an action that this test does not know: {action}"),
        }
    }
    made + rest
}

/// The strings of an action behind `$`, or of its innermost list.
fn listed(words: &[String]) -> Vec<&str> {
    let strings = words.iter().skip_while(|word| *word != "$").filter(|word| word.starts_with('"'));
    strings.map(|word| word.trim_matches('"')).collect()
}

/// An action and what stands behind it; braces in its strings do not end it.
fn end_of(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '}' if !quoted => return (text[..at].trim(), text[at..].strip_prefix("}}").unwrap()),
            _ => {}
        }
    }
    panic!("an action without an end: {text}")
}

fn words(action: &str) -> Vec<String> {
    let action = action.replace(['(', ')'], " ");
    action.split_whitespace().map(str::to_owned).collect()
}
