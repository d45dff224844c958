//! What a release is made of, as one digest: while it is the same, compiling again gives the same bundle.

use crate::bundle::Digest;
use crate::library::Library;
use crate::release::Release;
use std::collections::BTreeMap;

/// The digests that releases are made of, each taken once.
#[derive(Debug)]
pub struct Fingerprints {
    /// This sparkctl with all that is built into it, and what every release of the project depends on.
    common: Digest,
    /// The project's layers, by their paths.
    layers: BTreeMap<String, Digest>,
}

impl Fingerprints {
    /// Prepares for the releases of a library. `program` tells the sparkctl that compiles them from
    /// others: its code is as much an input as its presets.
    pub fn new(library: &Library, program: Digest) -> Self {
        let mut common = program.to_string();
        let mut layers = BTreeMap::new();
        for (path, source) in library.own_files() {
            let digest = Digest::of(library.sources.get(source).text.as_bytes());
            if Library::is_layer(path) {
                layers.insert(path.to_owned(), digest);
            } else if !path.starts_with("contracts/") {
                // Contracts judge releases and make nothing of them.
                common.push_str(&format!("\n{path} {digest}"));
            }
        }
        if let Some(project) = &library.project {
            let rules = project.tree.below(&["spec", "rules"]);
            common.push_str(rules.map_or("", |rules| library.sources.slice(rules.span)));
        }
        Fingerprints { common: Digest::of(common.as_bytes()), layers }
    }

    /// The digest of all that a release is made of.
    pub fn of(&self, library: &Library, release: &Release) -> Digest {
        let mut text = format!("{}\n{}", self.common, serde_json::to_string(release).unwrap_or_default());
        let layers = [("environments", Some(&release.environment)), ("presets", Some(&release.preset))];
        let layers = layers
            .into_iter()
            .chain([("clusters", release.cluster.as_ref()), ("teams", release.team.as_ref())]);
        let features = release.features.iter().map(|feature| ("presets", Some(feature)));
        for (folder, name) in layers.chain(features) {
            let digest = name.and_then(|name| self.layers.get(&format!("{folder}/{name}.yaml")));
            text.push_str(&digest.map_or("\n-".to_owned(), |digest| format!("\n{digest}")));
        }
        if let Some(digest) = self.layers.get("presets/base.yaml") {
            text.push_str(&format!("\n{digest}"));
        }
        let entry = library.project.as_ref().and_then(|project| project.entry(release.entry()));
        text.push('\n');
        text.push_str(entry.map_or("", |entry| library.sources.slice(entry.span)));
        // What the entry names by an alias stands elsewhere in the file.
        text.push_str(&entry.map(|entry| entry.to_json().to_string()).unwrap_or_default());
        for guest in &release.sharing.guests {
            text.push_str(&format!("\n{}", self.of(library, guest)));
        }
        Digest::of(text.as_bytes())
    }
}
