//! Mistakes in templates: each a row of `tests/fixtures/template-mistakes.yaml`, and a few that need
//! several files.

use crate::support::{Project, release, report, told};
use serde::Deserialize;
use sparkctl::diagnostic::Report;

/// The beginning of a ConfigMap, four lines.
const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: thing\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistakes {
    loading: Vec<Mistake>,
    rendering: Vec<Mistake>,
}

/// One mistake in a template of the component `thing`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    #[serde(default = "usual_file")]
    file: String,
    /// What stands in the file; `HEAD` stands for [`HEAD`].
    text: String,
    rule: String,
    /// `line:column` in the file.
    at: String,
    /// Part of what is said at that place, why, or as help.
    #[serde(default)]
    says: String,
}

fn usual_file() -> String {
    "a.yaml.j2".to_owned()
}

impl Mistake {
    fn project(&self) -> Project {
        let text = self.text.replacen("HEAD\n", HEAD, 1);
        Project::with_thing([(format!("templates/thing/{}", self.file).as_str(), text.as_str())])
    }

    /// What came out, where it is not what should have.
    fn differs(&self, found: &Report) -> Option<String> {
        let at = format!("templates/thing/{}:{}", self.file, self.at);
        let as_expected = found.findings.iter().any(|finding| {
            let label = finding.primary.as_ref().unwrap();
            let said = format!("{} {} {:?} {:?}", finding.message, label.text, finding.why, finding.help);
            finding.rule == self.rule && found.sources.locate(label.span) == at && said.contains(&self.says)
        });
        (!as_expected).then(|| {
            let more: Vec<_> = found.findings.iter().map(|finding| (&finding.why, &finding.help)).collect();
            let Mistake { text, rule, says, .. } = self;
            format!("{text}  wanted {rule} at {at} ({says})\n  found {:#?} {more:?}\n", told(found))
        })
    }
}

#[test]
fn every_mistake_is_found_in_its_time_and_at_its_place() {
    let mistakes: Mistakes =
        serde_yaml::from_str(include_str!("../fixtures/template-mistakes.yaml")).unwrap();
    let loading = mistakes.loading.iter().map(|mistake| (mistake, report(mistake.project().load())));
    let rendering = mistakes.rendering.iter().map(|mistake| {
        let project = mistake.project();
        assert!(project.load().is_ok(), "found too early: {}", mistake.text);
        (mistake, report(project.compile(&release("dev"))))
    });
    let wrong: Vec<String> =
        loading.chain(rendering).filter_map(|(mistake, found)| mistake.differs(&found)).collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn broken_yaml_shows_the_rendered_line_too() {
    let text = format!(
        "{HEAD}data:\n  {{% for k in [\"a\", \"b\", \"a\"] %}}\n  {{{{ k }}}}: {{{{ k }}}}\n  {{% endfor %}}\n"
    );
    let project = Project::with_thing([("templates/thing/a.yaml.j2", text.as_str())]);
    let report = report(project.compile(&release("dev")));
    assert_eq!(report.findings.len(), 1, "{:?}", told(&report));
    let related = &report.findings[0].related[0];
    assert_eq!(report.sources.locate(related.span), "rendered from templates/thing/a.yaml.j2:8:3");
    assert_eq!(report.sources.slice(related.span), "\"a\"");
}

#[test]
fn a_mistake_in_an_included_template_is_said_there() {
    let project = Project::with_thing([
        (
            "templates/thing/a.yaml.j2",
            format!("{HEAD}data:\n  {{% include \"thing/_b.yaml.j2\" %}}\n").as_str(),
        ),
        ("templates/thing/_b.yaml.j2", "x: {{ nothing }}\n"),
    ]);
    let report = report(project.compile(&release("dev")));
    let finding = &report.findings[0];
    assert_eq!(finding.rule, "template/undefined");
    let places =
        finding.primary.iter().chain(&finding.related).map(|label| report.sources.locate(label.span));
    assert_eq!(
        places.collect::<Vec<_>>(),
        ["templates/thing/_b.yaml.j2:1:7", "templates/thing/a.yaml.j2:6:6"]
    );
}

#[test]
fn texts_that_bring_each_other_in_come_to_an_end() {
    let project = Project::with_thing([
        ("templates/thing/a.yaml.j2", format!("{HEAD}data:\n  a: {{{{ text(\"a.txt.j2\") }}}}\n").as_str()),
        ("templates/thing/a.txt.j2", "{{ text(\"b.txt.j2\") }}"),
        ("templates/thing/b.txt.j2", "{{ text(\"a.txt.j2\") }}"),
    ]);
    let report = report(project.compile(&release("dev")));
    let finding = &report.findings[0];
    assert_eq!(finding.rule, "template/failed");
    assert!(finding.primary.as_ref().unwrap().text.contains("without end"), "{:?}", told(&report));
}
