//! A project of many releases as a company has them: clusters with their own registry, object store, database
//! and API server; teams with their own sizes; each team with five scenarios on each cluster, in production.

use std::fs;
use std::path::Path;

/// The scenarios of each team: those that are built in, and one of the project's own.
pub const PRESETS: [&str; 5] = ["connect", "jupyter-connect", "airflow-connect", "standalone", "batch"];

/// How large the project is.
#[derive(Debug, Clone, Copy)]
pub struct Fleet {
    pub clusters: usize,
    pub teams: usize,
}

impl Fleet {
    /// How many releases it has.
    pub fn releases(self) -> usize {
        self.clusters * self.teams * PRESETS.len()
    }

    /// The names of its clusters, in their order.
    pub fn cluster_names(self) -> impl Iterator<Item = String> {
        (0..self.clusters).map(|index| format!("c{index:03}"))
    }

    /// The names of its teams, in their order.
    pub fn team_names(self) -> impl Iterator<Item = String> {
        (0..self.teams).map(|index| format!("t{index:03}"))
    }

    /// Writes its files into a directory.
    pub fn write(self, root: &Path) {
        let presets = PRESETS.join(", ");
        put(
            root,
            "sparkctl.yaml",
            &format!(
                "\
apiVersion: sparkctl/v1alpha1
kind: Project
metadata: {{name: fleet}}
spec:
  matrix:
    all:
      presets: [{presets}]
      environments: [prod]
      clusters: ['*']
      teams: ['*']
      namespace: '{{team}}-{{preset}}'
"
            ),
        );
        put(root, "presets/batch.yaml", BATCH);
        for (index, cluster) in self.cluster_names().enumerate() {
            put(root, &format!("clusters/{cluster}.yaml"), &cluster_layer(&cluster, index));
        }
        for (index, team) in self.team_names().enumerate() {
            put_team(root, &team, 4 + index % 8);
        }
    }
}

/// A scenario that the project has besides those that are built in.
const BATCH: &str = "\
apiVersion: sparkctl/v1alpha1
kind: Preset
metadata: {name: batch, title: Nightly jobs, role: scenario}
spec:
  connect: {enabled: true}
  history: {enabled: true}
  spark: {eventLog: {enabled: true}}
";

/// Writes a team's layer: its executors have so many GiB.
pub fn put_team(root: &Path, team: &str, memory: usize) {
    let spec = format!("  connect: {{executor: {{memory: {memory}g}}}}\n");
    put(root, &format!("teams/{team}.yaml"), &format!("{}{spec}", head("Team", team)));
}

fn cluster_layer(cluster: &str, index: usize) -> String {
    let (high, low) = (index / 256, index % 256);
    let spec = format!(
        "  site:
    registry: registry.{cluster}.corp.internal/data
    objectStore: {{s3: {{endpoint: {{host: s3.{cluster}.corp.internal, cidrs: [10.{high}.{low}.0/28]}}}}}}
    database:
      external: {{endpoint: {{host: postgresql.{cluster}.corp.internal, cidrs: [10.{high}.{low}.16/28]}}}}
  cluster: {{apiServer: {{cidrs: [10.{high}.{low}.32/32]}}}}
"
    );
    format!("{}{spec}", head("Cluster", cluster))
}

fn head(kind: &str, name: &str) -> String {
    format!("apiVersion: sparkctl/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n")
}

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
