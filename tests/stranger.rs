//! A stranger's project, as it comes with a pull request: whatever is in it, sparkctl comes to an end
//! soon, says what is wrong, reads nothing outside the project and writes nothing outside the output.

// `clippy.toml` allows these in `#[test]` functions; here the helpers are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use sparkctl::compile::{Compiled, compile};
use sparkctl::diagnostic::Report;
use sparkctl::failure::Failure;
use sparkctl::library::Library;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use support::{PROJECT, Project, descriptor, release, told};

/// Generous for a debug build on a busy machine; what has no bound takes hours.
const SOON: Duration = Duration::from_secs(60);

/// Does something that must come to an end soon.
fn soon<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    result.recv_timeout(SOON).unwrap_or_else(|error| panic!("{what}: {error} after {SOON:?}"))
}

fn compiled(project: &Project) -> Result<Compiled, Failure> {
    let root = project.root().to_owned();
    soon("compiling", move || compile(&Library::load(Some(&root), "")?, &release("dev")))
}

fn refused(project: &Project) -> String {
    match compiled(project) {
        Err(Failure::Refused { what, .. }) => what,
        Err(Failure::Findings(report)) => panic!("not refused, but {:?}", told(&report)),
        Err(other) => panic!("not refused, but {other}"),
        Ok(_) => panic!("not refused"),
    }
}

fn found(project: &Project) -> Report {
    support::report(compiled(project))
}

fn dev(body: &str) -> String {
    format!("apiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata: {{name: dev}}\n{body}\n")
}

fn thing(template: &str) -> Project {
    Project::with_thing([("templates/thing/a.yaml.j2", template)])
}

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: thing\n";

// Nothing outside is read.

const SECRET: &str = "the-secret-of-somebody-else";

#[test]
fn links_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    let layer = outside.path().join("dev.yaml");
    fs::write(&layer, dev(&format!("spec: {{namespace: {{labels: {{a: {SECRET}}}}}}}"))).unwrap();
    let presets = outside.path().join("presets");
    fs::create_dir(&presets).unwrap();
    fs::write(presets.join("mine.yaml"), SECRET).unwrap();
    for (link, target, refusal) in [
        ("environments/dev.yaml", layer.as_path(), "`environments/dev.yaml` is a symbolic link"),
        ("environments/other.yaml", Path::new("/etc/passwd"), "`environments/other.yaml` is a symbolic link"),
        ("presets", &presets, "`presets` is a symbolic link"),
        ("templates/evil.yaml", &presets, "`templates/evil.yaml` is a symbolic link"),
        ("templates/thing/a.yaml.j2", &layer, "`templates/thing/a.yaml.j2` is a symbolic link"),
        ("presets/gone.yaml", Path::new("/nowhere"), "`presets/gone.yaml` is a symbolic link"),
        ("sparkctl.yaml", &layer, "`sparkctl.yaml` is a symbolic link"),
    ] {
        let project = Project::of([]);
        let path = project.root().join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        symlink(target, &path).unwrap();
        assert_eq!(refused(&project), refusal);
    }
}

#[test]
fn a_linked_folder_below_is_refused() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("component.yaml"), descriptor("evil", "")).unwrap();
    let project = Project::of([("templates/other/component.yaml", descriptor("other", "").as_str())]);
    symlink(outside.path(), project.root().join("templates/evil")).unwrap();
    assert_eq!(refused(&project), "`templates/evil` is a symbolic link");
}

#[test]
fn what_is_no_file_is_not_read() {
    let project = Project::of([]);
    fs::create_dir_all(project.root().join("presets")).unwrap();
    let made = Command::new("mkfifo").arg(project.root().join("presets/pipe.yaml")).status().unwrap();
    assert!(made.success());
    assert_eq!(refused(&project), "`presets/pipe.yaml` is no plain file");
}

#[test]
fn templates_bring_in_nothing_from_outside() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("x.txt.j2"), SECRET).unwrap();
    let absolute = outside.path().join("x.txt.j2").display().to_string();
    let parent = "../".repeat(12);
    for (expression, rule) in [
        ("{% include \"../../etc/passwd\" %}".to_owned(), "template/not-found"),
        ("{% include \"/etc/passwd\" %}".to_owned(), "template/not-found"),
        (format!("{{% include \"{absolute}\" %}}"), "template/not-found"),
        (format!("{{% include \"{parent}{}\" %}}", &absolute[1..]), "template/not-found"),
        ("{% include \"thing/../thing/a.yaml.j2\" %}".to_owned(), "template/not-found"),
        ("{% extends \"/etc/passwd\" %}".to_owned(), "template/not-found"),
        ("a: {{ text(\"../x.txt.j2\") }}".to_owned(), "template/not-found"),
        ("a: {{ text(\"../../../../etc/passwd\") }}".to_owned(), "template/failed"),
        (format!("a: {{{{ text(\"{absolute}\") }}}}"), "template/not-found"),
        (format!("a: {{{{ document(\"_{parent}etc/x.yaml.j2\") }}}}"), "template/not-found"),
    ] {
        let report = found(&thing(&format!("{HEAD}data:\n  {expression}\n")));
        assert_eq!(report.findings[0].rule, rule, "{expression}: {:?}", told(&report));
        assert!(!format!("{report:?}").contains(SECRET));
    }
}

#[test]
fn schemas_bring_in_nothing_from_outside() {
    for reference in ["https://evil.example/schema.json", "file:///etc/passwd", "../../../../etc/passwd"] {
        let more = format!(
            "settings:\n  key: thing\n  schema:\n    type: object\n    properties:\n      a: {{$ref: \"{reference}\"}}\n"
        );
        let project = Project::of([
            ("templates/thing/component.yaml", descriptor("thing", &more).as_str()),
            (
                "templates/thing/defaults.yaml",
                "apiVersion: sparkctl/v1alpha1\nkind: Base\nmetadata: {name: thing}\nspec: {thing: {a: 1}}\n",
            ),
        ]);
        let report = found(&project);
        let told = told(&report);
        assert_eq!(report.findings[0].rule, "library/bad-schema", "{told:?}");
        assert!(told[0].contains("templates/thing/component.yaml:7:5"), "{told:?}");
        let constraints = format!("constraints: {{properties: {{connect: {{$ref: \"{reference}\"}}}}}}");
        let project = Project::of([("environments/dev.yaml", dev(&constraints).as_str())]);
        assert_eq!(found(&project).findings[0].rule, "layer/bad-constraint");
    }
}

// Nothing outside is written.

/// Every file below a folder with its text.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path.display().to_string(), fs::read(&path).unwrap_or_default());
        }
    }
    found
}

#[test]
fn names_of_objects_and_components_lead_nowhere() {
    let object = |kind: &str, name: &str| {
        format!("apiVersion: v1\nkind: {{{{ {kind:?} }}}}\nmetadata:\n  name: {{{{ {name:?} }}}}\n")
    };
    for (kind, name) in [
        ("ConfigMap", "../../evil"),
        ("ConfigMap", "/evil"),
        ("ConfigMap", ".."),
        ("ConfigMap", "a\\b"),
        ("ConfigMap", "a\u{0}b"),
        ("../../evil", "a"),
        ("/evil", "a"),
        ("a/../../../evil", "a"),
    ] {
        let project = thing(&object(kind, name));
        let before = tree(project.root());
        let status = Command::new(env!("CARGO_BIN_EXE_sparkctl"))
            .args(["render", "--env", "dev", "--preset", "connect"])
            .current_dir(project.root())
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap()
            .status;
        assert_eq!(status.code(), Some(1), "{kind}/{name}");
        assert_eq!(tree(project.root()), before, "{kind}/{name} left something");
        assert_eq!(found(&project).findings[0].rule, "k8s/bad-name", "{kind}/{name}");
    }
}

#[test]
fn folders_of_components_have_plain_names() {
    for name in ["a b", "UPPER", "dot.dot", "<b>", "a\nb", "x/y", "-a", "über", "$(id)", &"x".repeat(60)] {
        let path = format!("templates/{name}/component.yaml");
        let text = format!(
            "apiVersion: sparkctl/v1alpha1\nkind: Component\nmetadata: {{name: {}, title: A test}}\n",
            serde_json::Value::from(name)
        );
        let report = found(&Project::of([(path.as_str(), text.as_str())]));
        let told = told(&report);
        assert!(told[0].starts_with("layer/wrong-value") && told[0].contains("metadata.name"), "{told:?}");
    }
}

#[test]
fn the_output_of_a_project_stays_in_the_project() {
    for output in ["/tmp/evil", "../evil", "a/../../evil", "a/./../../b"] {
        let text = PROJECT.replace("spec: {", &format!("spec: {{output: \"{output}\", "));
        let project = Project::of([("sparkctl.yaml", text.as_str())]);
        let before = tree(project.root());
        let output = Command::new(env!("CARGO_BIN_EXE_sparkctl"))
            .args(["render", "--env", "dev", "--preset", "connect"])
            .current_dir(project.root())
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(0), "{text}");
        assert_eq!(tree(project.root()), before, "{text}");
    }
}

// Everything comes to an end.

#[test]
fn too_much_is_refused_before_it_is_read() {
    let project = Project::of([]);
    project.put("presets/huge.yaml", vec![b'#'; (4 << 20) + 1]);
    assert_eq!(refused(&project), "`presets/huge.yaml` has 4194305 bytes, more than 4194304");

    let project = Project::of([]);
    fs::create_dir_all(project.root().join("presets")).unwrap();
    for number in 0..30_000 {
        fs::write(project.root().join(format!("presets/p{number}.yaml")), "").unwrap();
    }
    assert_eq!(refused(&project), "the project has more than 20000 layers and templates");

    let project = Project::of([]);
    let deep = project.root().join(format!("templates/{}", "d/".repeat(1500)));
    fs::create_dir_all(&deep).unwrap();
    assert!(refused(&project).ends_with("lies more than 16 folders deep"));
}

/// Layers that are large within the limits, or grow, or nest.
#[test]
fn layers_are_read_in_bounded_time() {
    let mut wrong = Vec::new();
    let bomb: String =
        (1..=60).map(|n| format!("  a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9))).collect();
    let many = |line: &dyn Fn(usize) -> String, count: usize| (0..count).map(line).collect::<String>();
    for (what, body, rule) in [
        ("an alias bomb", format!("spec:\n  a0: &a0 [x]\n{bomb}"), "layer/too-large"),
        // The parser looks ahead for keys, and has a limit of its own there.
        ("deep lists", format!("spec: {}", "[".repeat(100_000)), "layer/syntax"),
        ("deep mappings", format!("spec: {}", "{a: ".repeat(100_000)), "layer/too-large"),
        ("deep items", format!("spec:\n  {}", "- ".repeat(100_000)), "layer/too-large"),
        (
            "deep blocks",
            format!("spec:\n{}", many(&|n| format!("{}a:\n", " ".repeat(n + 1)), 1_500)),
            "layer/too-large",
        ),
        (
            "many anchors",
            format!("spec:\n{}", many(&|n| format!("  a{n}: &a{n} x\n"), 20_000)),
            "layer/unknown-key",
        ),
        (
            "many unknown keys",
            format!("spec:\n{}", many(&|n| format!("  conect{n}: 1\n"), 20_000)),
            "layer/unknown-key",
        ),
        (
            "many doubtful words",
            format!("spec:\n  a: [{}]", "yes, ".repeat(150_000)),
            "layer/ambiguous-scalar",
        ),
        ("one key many times", format!("spec:\n{}", "  a: 1\n".repeat(90_000)), "layer/duplicate-key"),
        (
            "a long word",
            format!("spec: {{security: {{podSecurity: {}}}}}", "restricted".repeat(300_000)),
            "layer/wrong-value",
        ),
        ("a long key", format!("spec:\n  ? {}\n  : 1", "connect".repeat(400_000)), "layer/unknown-key"),
        (
            "a long quantity",
            format!("spec: {{connect: {{driver: {{localStorage: \"{}\"}}}}}}", "9".repeat(3_000_000)),
            "layer/wrong-value",
        ),
        ("quotes without end", format!("spec: \"{}", "\\\\".repeat(1_500_000)), "layer/syntax"),
        (
            "many comments",
            format!("spec: {{}}\n{}spec: {{}}", "# a\n".repeat(900_000)),
            "layer/duplicate-key",
        ),
        ("many spaces", format!("spec:{}: {{}}", " ".repeat(3_900_000)), "layer/syntax"),
    ] {
        let report = found(&Project::of([("environments/dev.yaml", dev(&body).as_str())]));
        let rules: Vec<_> = report.findings.iter().map(|finding| finding.rule).take(3).collect();
        if !rules.contains(&rule) {
            let label = report.findings[0].primary.as_ref().unwrap();
            wrong.push(format!(
                "{what}: {rules:?}: {:.200} ({:.200})",
                report.findings[0].message, label.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn descriptors_and_the_project_file_have_the_same_bounds() {
    let bomb: String =
        (1..=60).map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9))).collect();
    let bomb = format!("a0: &a0 [x]\n{bomb}");
    let project = Project::of([("sparkctl.yaml", format!("{PROJECT}{bomb}").as_str())]);
    assert_eq!(found(&project).findings[0].rule, "layer/too-large");
    let project = Project::of([("templates/thing/component.yaml", descriptor("thing", &bomb).as_str())]);
    assert_eq!(found(&project).findings[0].rule, "layer/too-large");
    for when in
        [format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000)), "range(99999) | sum > range(".to_owned()]
    {
        let project = Project::of([(
            "templates/thing/component.yaml",
            descriptor("thing", &format!("when: {when}\n")).as_str(),
        )]);
        assert_eq!(found(&project).findings[0].rule, "library/bad-descriptor");
    }
}

#[test]
fn patterns_take_linear_time() {
    for (pattern, rule) in [
        ("^(a+)+$", "layer/constraint"),
        ("^(a|a)*$", "layer/constraint"),
        ("^(.*a){20}$", "layer/constraint"),
        // Too large to be built.
        ("((a{1000}){1000}){1000}", "layer/bad-constraint"),
        // Look-around and back references need a slow engine.
        ("^(?=a)a$", "layer/bad-constraint"),
        ("^(a)\\\\1$", "layer/bad-constraint"),
    ] {
        let body = format!(
            "spec: {{namespace: {{labels: {{x: {}b}}}}}}\nconstraints:\n  properties:\n    namespace: {{properties: {{labels: {{properties: {{x: {{pattern: \"{pattern}\"}}}}}}}}}}",
            "a".repeat(20_000)
        );
        let report = found(&Project::of([("environments/dev.yaml", dev(&body).as_str())]));
        assert_eq!(report.findings[0].rule, rule, "{pattern}: {:.300?}", told(&report));
    }
}

#[test]
fn templates_come_to_an_end() {
    let loops = |depth: usize, inside: &str| {
        let open: String = (0..depth).map(|n| format!("{{% for a{n} in range(1000) %}}\n")).collect();
        format!("{HEAD}data:\n{open}{inside}{}", "{% endfor %}\n".repeat(depth))
    };
    for (what, template, rule) in [
        (
            "a loop of 10^9",
            format!("{HEAD}{{% for a in range(1000000000) %}}\n{{% endfor %}}\n"),
            "template/failed",
        ),
        ("three loops, 10^9", loops(3, "{% set x = 1 %}\n"), "template/too-expensive"),
        ("loops that write", loops(2, &format!("  # {}\n", "x".repeat(10_000))), "template/too-large"),
        (
            "values that are large",
            format!(
                "{HEAD}data:\n  {{% for a in range(1000) %}}\n  {{{{ a ~ \"\" }}}}: {{{{ \"x\" * 1000000 }}}}\n  {{% endfor %}}\n"
            ),
            "template/too-large",
        ),
        ("a text of 10^9", format!("{HEAD}data:\n  a: {{{{ \"x\" * 1000000000 }}}}\n"), "template/failed"),
        ("itself", format!("{HEAD}data:\n  {{% include \"thing/a.yaml.j2\" %}}\n"), "template/failed"),
        (
            "an alias bomb",
            format!(
                "a0: &a0 [x]\n{}",
                (1..=60)
                    .map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9)))
                    .collect::<String>()
            ),
            "template/broken-yaml",
        ),
        (
            "deep parentheses",
            format!("{HEAD}data:\n  a: {{{{ {}1{} }}}}\n", "(".repeat(50_000), ")".repeat(50_000)),
            "template/syntax",
        ),
        (
            "deep conditions",
            format!("{HEAD}{}{}", "{% if true %}\n".repeat(20_000), "{% endif %}\n".repeat(20_000)),
            "template/syntax",
        ),
        ("statements in a row", "{%x%}".repeat(700_000), "template/misplaced-tag"),
        (
            "statements behind spaces",
            format!("{}{}", " ".repeat(2_000_000), "{%x%}".repeat(300_000)),
            "template/misplaced-tag",
        ),
        ("expressions in a row", "{{x}}".repeat(700_000), "template/misplaced-expression"),
        ("tags without end", "{{ \"".repeat(900_000), "template/syntax"),
    ] {
        let report = found(&thing(&template));
        assert_eq!(report.findings[0].rule, rule, "{what}: {:.400?}", told(&report));
    }
}

/// Steps are counted, bytes are not: a text that is doubled forty times is forty steps. Where a project
/// has templates of its own the process may use a gibibyte of addresses and no more; the system ends
/// it then, and what was rendered before stands as it was.
#[test]
fn a_template_that_doubles_a_text_ends_for_lack_of_memory() {
    let project = thing(&format!("{HEAD}  namespace: {{{{ release.namespace }}}}\ndata:\n  a: b\n"));
    let render = || {
        Command::new(env!("CARGO_BIN_EXE_sparkctl"))
            .args(["render", "--env", "dev", "--preset", "connect"])
            .current_dir(project.root())
            .output()
            .unwrap()
    };
    assert!(render().status.success());
    let file = project.root().join("rendered/dev/connect/.sparkctl.lock");
    let before = fs::read(&file).unwrap();
    let doubled = "{% set x = x ~ x %}\n".repeat(40);
    project.put("templates/thing/a.yaml.j2", format!("{{% set x = \"x\" * 1000000 %}}\n{doubled}{HEAD}"));
    let output = render();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("memory allocation of"), "{told}");
    assert_eq!(fs::read(&file).unwrap(), before);
}
