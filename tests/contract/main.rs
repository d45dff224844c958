//! The built-in contracts say all that differs between the built-in environments, and nothing more; a project's
//! are held to what a project has.
#![allow(clippy::unwrap_used)]

use sparkctl::contract::{self, Checked};
use sparkctl::layer::parse::parse_one;
use sparkctl::library::Library;
use sparkctl::spec::schema;
use std::path::Path;

fn checked(files: &[(&str, &str)], today: Option<&str>) -> Checked {
    let place = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = place.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let library = Library::load(Some(place.path()), "").unwrap();
    let today = today.map(|today| today.parse().unwrap());
    contract::check(&library, &contract::all(&library).unwrap(), today).unwrap()
}

fn told(checked: &Checked) -> Vec<String> {
    let place = |finding: &sparkctl::diagnostic::Finding| {
        let span = finding.primary.as_ref().unwrap().span;
        let position = checked.report.sources.position(span);
        format!("{}:{}", checked.report.sources.get(span.source).name, position.line)
    };
    let findings = checked.report.findings.iter();
    findings.map(|finding| format!("{} {} {}", finding.rule, place(finding), finding.message)).collect()
}

#[test]
fn built_in_contracts_are_exact() {
    let library = Library::load(None, "").unwrap();
    let contracts = contract::all(&library).unwrap();
    let names: Vec<&str> = contracts.iter().map(|contract| contract.name.as_str()).collect();
    assert_eq!(names, ["dev-staging", "prod-standby", "staging-prod"]);
    let checked = contract::check(&library, &contracts, None).unwrap();
    assert_eq!(told(&checked), [""; 0]);
    for (name, pairs, differences) in &checked.compared {
        assert!(*pairs > 20 && *differences >= 3, "{name}: {pairs} pairs, {differences} differences");
    }
}

#[test]
fn built_in_contracts_satisfy_the_schema() {
    let schema = contract::contract_schema();
    let validator = schema::validator(&schema).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut sources = sparkctl::source::Sources::default();
        let source = sources.add("contract", std::fs::read_to_string(&path).unwrap());
        let (document, findings) = parse_one(source, &sources.get(source).text);
        assert_eq!(findings, [], "{}", path.display());
        assert_eq!(
            schema::check(&validator, &schema, &document.unwrap(), &sources),
            [],
            "{}",
            path.display()
        );
    }
}

const PROJECT: (&str, &str) = (
    "sparkctl.yaml",
    "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata: {name: a}\nspec:\n  releases:\n    \
     sales: {preset: connect, environments: [staging, prod]}\n    lab: {preset: connect, environments: [prod]}\n",
);

fn environment(name: &str, spec: &str) -> String {
    format!("apiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata: {{name: {name}}}\nspec:\n{spec}")
}

fn contract_file(allow: &str) -> String {
    format!(
        "apiVersion: sparkctl/v1alpha1\nkind: Contract\nmetadata: {{name: staging-prod}}\nspec:\n  from: staging\n  \
         to: prod\n  allow:\n{allow}"
    )
}

#[test]
fn a_project_answers_for_its_own_lines_only() {
    assert_eq!(told(&checked(&[PROJECT], None)), [""; 0]);
    let prod = environment("prod", "  spark: {conf: {spark.sql.ansi.enabled: \"false\"}}\n");
    let found = checked(&[PROJECT, ("environments/prod.yaml", &prod)], None);
    assert_eq!(
        told(&found),
        ["contract/undeclared-difference environments/prod.yaml:5 \
          `spark.conf[\"spark.sql.ansi.enabled\"]` differs between staging and prod, and no contract allows it"]
    );
    let label = &found.report.findings[0].primary.as_ref().unwrap().text;
    assert_eq!(label, "prod has false, staging has nothing here (in sales)");
}

#[test]
fn an_entry_allows_and_is_needed_or_is_found() {
    let prod = environment("prod", "  spark: {conf: {spark.sql.ansi.enabled: \"false\"}}\n");
    let allow = |more: &str| {
        contract_file(&format!("    spark.conf[\"spark.sql.ansi.enabled\"]: {{reason: old reports{more}}}\n"))
    };
    let with = |text: &str, today| {
        told(&checked(
            &[PROJECT, ("environments/prod.yaml", &prod), ("contracts/staging-prod.yaml", text)],
            today,
        ))
    };
    assert_eq!(with(&allow(""), None), [""; 0]);
    assert_eq!(with(&allow(", until: \"2027-01-31\""), None), [""; 0]);
    assert_eq!(with(&allow(", until: \"2027-01-31\""), Some("2027-01-31")), [""; 0]);
    let expired = with(&allow(", until: \"2027-01-31\""), Some("2027-02-01"));
    assert!(expired.len() == 1 && expired[0].starts_with("contract/expired-entry"), "{expired:?}");
    let bound = with(&allow(", to: {const: \"true\"}"), None);
    assert!(bound.len() == 1 && bound[0].starts_with("contract/broken-bound environments/prod.yaml:5"));
    // For another release, or another preset, it allows nothing, and so the difference is found as well.
    for limit in [", releases: [lab]", ", presets: [history]"] {
        let found: Vec<String> =
            with(&allow(limit), None).iter().map(|told| told.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(found, ["contract/undeclared-difference", "contract/unneeded-entry"], "{limit}");
    }
    let unneeded = with(&(allow("") + "    spark.version: {reason: proved first}\n"), None);
    assert!(unneeded.len() == 1 && unneeded[0].contains("`spark.version` is the same in staging and prod"));
}

#[test]
fn null_takes_a_built_in_entry_out() {
    let text = contract_file("    connect.replicas: null\n");
    let found = told(&checked(&[PROJECT, ("contracts/staging-prod.yaml", &text)], None));
    assert!(
        found.len() == 1
            && found[0].starts_with("contract/undeclared-difference built-in:environments/prod.yaml"),
        "{found:?}"
    );
}
