//! The project that the benchmark generates: a company's, and without findings.

#[path = "../support/fleet.rs"]
mod fleet;

use crate::support::{Project, bundles};
use fleet::{Fleet, PRESETS};

#[test]
fn the_project_of_the_benchmark_has_no_findings_and_its_layers_show() {
    let project = Project::new("");
    let size = Fleet { clusters: 2, teams: 2 };
    size.write(&project.path(""));
    project.ok("render --deny-warnings");
    let files = project.files("rendered");
    assert_eq!(bundles(&files).len(), size.releases());
    for cluster in size.cluster_names() {
        for team in size.team_names() {
            for preset in PRESETS {
                let bundle = format!("prod/{cluster}/{team}-{preset}/");
                let texts: Vec<_> = files.iter().filter(|(path, _)| path.starts_with(&bundle)).collect();
                let text = texts.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes)).collect::<String>();
                for wanted in [format!("registry.{cluster}.corp.internal/data/"), format!("{team}-{preset}")]
                {
                    assert!(text.contains(&wanted), "{bundle}: {wanted}");
                }
            }
        }
    }
    // What has findings is compiled every time, and would be measured as something else.
    let said: serde_json::Value = serde_json::from_str(&project.ok("render --format json").out).unwrap();
    assert_eq!(said["known"], size.releases());
}
