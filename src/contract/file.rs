//! The file of a contract: `contracts/<from>-<to>.yaml`, a project's laid over the built-in one.

use super::pattern::Pattern;
use super::{Contract, Entry, Until};
use crate::diagnostic::{Finding, did_you_mean};
use crate::layer::document::LayerKind;
use crate::layer::merge::merge;
use crate::layer::parse::parse_one;
use crate::layer::path::SpecPath;
use crate::layer::tree::Node;
use crate::library::Library;
use crate::source::{SourceId, Span};
use crate::spec::schema;
use crate::spec::types::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The folder of contracts, in the binary and in a project.
pub const FOLDER: &str = "contracts";

/// What may differ between two environments, and why. Everything else has to be the same in both.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContractFile {
    /// The version of this format.
    #[schemars(extend("enum" = ["sparkctl/v1alpha1"]))]
    api_version: String,
    /// `Contract`.
    #[schemars(extend("enum" = ["Contract"]))]
    kind: String,
    /// Who it is.
    metadata: ContractMetadata,
    /// What it says.
    spec: ContractSpec,
}

/// Who a contract is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContractMetadata {
    /// `FROM-TO`; the file carries the same name.
    name: String,
    /// A few words, for lists.
    title: Option<String>,
    /// In a project: take the place of the built-in contract of this name instead of being laid over it.
    standalone: Option<bool>,
}

/// What a contract says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContractSpec {
    /// The environment that comes first, where changes are proved.
    from: String,
    /// The environment that comes after it.
    to: String,
    /// What may differ, by its path in the spec; a path covers everything below it, and `*` in it stands for any
    /// one key. Of several that cover a path the narrowest counts. `null` takes a built-in entry out.
    #[serde(default)]
    allow: BTreeMap<String, AllowEntry>,
}

/// One thing that may differ.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AllowEntry {
    /// Why it differs, for whoever asks later.
    reason: String,
    /// The last day on which it may; sparkctl reads no clock and holds it to the day that `--today` says.
    until: Option<Date>,
    /// Only in these scenarios and with these features, by name or pattern.
    #[serde(default)]
    presets: Vec<String>,
    /// Only in these releases, by name or pattern.
    #[serde(default)]
    releases: Vec<String>,
    /// What the value in the first environment must satisfy: a JSON Schema with the keywords `atLeast` and
    /// `atMost`, as in a layer's constraints.
    #[schemars(with = "Option<BTreeMap<String, Json>>")]
    from: Option<Json>,
    /// What the value in the second environment must satisfy, in the same way.
    #[schemars(with = "Option<BTreeMap<String, Json>>")]
    to: Option<Json>,
}

/// The schema of a contract's file.
pub fn contract_schema() -> Json {
    let mut schema = schema::of::<ContractFile>();
    schema["title"] = json!("sparkctl contract");
    schema["properties"]["spec"]["properties"]["allow"]["additionalProperties"]["type"] =
        json!(["object", "null"]);
    schema
}

/// Reads the contract of a name.
///
/// # Errors
/// Everything that is wrong with its files.
pub fn read(library: &Library, name: &str) -> Result<Contract, Vec<Finding>> {
    let mut merged: Option<Node> = None;
    let mut findings = Vec::new();
    for source in library.laid(&format!("{FOLDER}/{name}.yaml")) {
        match document(library, source, name) {
            Ok(node) => {
                let alone = node.below(&["metadata", "standalone"]).and_then(Node::as_bool) == Some(true);
                merged = Some(match merged.filter(|_| !alone) {
                    Some(below) => merge(below, node),
                    None => node,
                });
            }
            Err(found) => findings.extend(found),
        }
    }
    let Some(tree) = merged.filter(|_| findings.is_empty()) else { return Err(findings) };
    let entries = tree.below(&["spec", "allow"]).and_then(Node::as_map);
    let entries = entries.into_iter().flat_map(|map| &map.entries);
    let mut allow = Vec::new();
    // `null` where nothing is built in has nothing to take out.
    for (path, found) in entries.filter(|(_, found)| found.node.as_map().is_some()) {
        match entry(library, path, found.key, &found.node) {
            Ok(entry) => allow.push(entry),
            Err(finding) => findings.push(*finding),
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let text = |keys: &[&str]| tree.below(keys).and_then(Node::as_str).unwrap_or_default().to_owned();
    Ok(Contract {
        name: name.to_owned(),
        title: tree.below(&["metadata", "title"]).and_then(Node::as_str).map(str::to_owned),
        from: text(&["spec", "from"]),
        to: text(&["spec", "to"]),
        entries: allow,
        is_own: library.laid(&format!("{FOLDER}/{name}.yaml")).iter().any(|source| library.is_own(*source)),
    })
}

/// One file, held to the schema, and to what it may name.
fn document(library: &Library, source: SourceId, name: &str) -> Result<Node, Vec<Finding>> {
    let sources = &library.sources;
    let (document, mut findings) = parse_one(source, &sources.get(source).text);
    let Some(document) = document else { return Err(findings) };
    // Those inside the binary are held to the schema by a test.
    if library.is_own(source) {
        let schema = contract_schema();
        match schema::validator(&schema) {
            Ok(validator) => findings.extend(schema::check(&validator, &schema, &document, sources)),
            Err(reason) => {
                findings.push(Finding::error("library/bad-schema", reason).at(document.span, "contract"));
            }
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let node = |keys: &[&str]| document.below(keys).unwrap_or(&document);
    let text = |keys: &[&str]| node(keys).as_str().unwrap_or_default();
    let (from, to) = (text(&["spec", "from"]), text(&["spec", "to"]));
    let known = || library.names(LayerKind::Environment);
    for key in ["from", "to"] {
        let named = text(&["spec", key]);
        if !known().any(|known| known == named) {
            let message = format!("there is no environment `{named}`");
            let finding = Finding::error("contract/bad-contract", message);
            let finding = finding.at(node(&["spec", key]).span, "named here");
            findings.push(finding.help_if(did_you_mean(named, known())));
        }
    }
    let wanted = format!("{from}-{to}");
    for (found, at, what) in [
        (text(&["metadata", "name"]), node(&["metadata", "name"]).span, "calls itself"),
        (name, node(&["spec", "from"]).span, "lies in a file called"),
    ] {
        if found != wanted && findings.is_empty() {
            let message = format!("the contract from {from} to {to} {what} `{found}`");
            findings.push(
                Finding::error("contract/bad-contract", message)
                    .at(at, format!("its name is {wanted}"))
                    .why("so that there is one contract between two environments, and everybody finds it")
                    .help(format!("put it into {FOLDER}/{wanted}.yaml with `name: {wanted}`")),
            );
        }
    }
    if findings.is_empty() { Ok(document) } else { Err(findings) }
}

fn entry(library: &Library, path: &str, key: Span, node: &Node) -> Result<Entry, Box<Finding>> {
    let refuse = |reason: String| {
        let message = format!("`{path}` is no path into the spec");
        Box::new(Finding::error("contract/unknown-path", message).at(key, reason))
    };
    let pattern: Pattern = path.parse().map_err(refuse)?;
    if !pattern.exists_in(library.schemas.spec()) {
        let leaves = library.schemas.leaves();
        let above = |leaf: &SpecPath| -> Vec<String> {
            (1..=leaf.0.len()).map(|steps| SpecPath(leaf.0[..steps].to_vec()).to_string()).collect()
        };
        let paths: BTreeSet<String> = leaves.iter().flat_map(above).collect();
        let known = paths.iter().map(String::as_str);
        return Err(Box::new(
            Finding::error("contract/unknown-path", format!("the spec has no `{path}`"))
                .at(key, "nothing can stand at this path")
                .why("an entry that fits nothing allows nothing, and whoever wrote it believes that it does")
                .help_if(
                    crate::diagnostic::nearest(path, known).map(|near| format!("did you mean `{near}`?")),
                ),
        ));
    }
    let reason = node.text("reason").unwrap_or_default().trim();
    if reason.is_empty() {
        let at = node.get("reason").map_or(key, |reason| reason.span);
        return Err(Box::new(
            Finding::error("contract/bad-contract", format!("no reason is given why `{path}` differs"))
                .at(at, "this says nothing")
                .why("a difference that nobody can explain is one that nobody dares to remove")
                .help("say in a sentence what each environment needs it for"),
        ));
    }
    let until = node.get("until").map(|until| {
        let day = until.as_str().unwrap_or_default().parse();
        let day = day.map_err(|error: crate::spec::types::ValueError| {
            Box::new(Finding::error("layer/wrong-value", error.to_string()).at(until.span, "this is no day"))
        });
        day.map(|day| Until { day, at: until.span })
    });
    let known_presets: Vec<&str> = library.names(LayerKind::Preset).collect();
    for preset in node.list("presets") {
        let named = preset.as_str().unwrap_or_default();
        if !known_presets.iter().any(|known| crate::fleet::pattern::fits(named, known)) {
            return Err(Box::new(
                Finding::error("contract/bad-contract", format!("there is no preset `{named}`"))
                    .at(preset.span, "named here")
                    .help_if(did_you_mean(named, known_presets.iter().copied())),
            ));
        }
    }
    let names = |key: &str| node.list(key).iter().filter_map(Node::as_str).map(str::to_owned).collect();
    Ok(Entry {
        pattern,
        reason: reason.to_owned(),
        until: until.transpose()?,
        presets: names("presets"),
        releases: names("releases"),
        from: node.get("from").cloned(),
        to: node.get("to").cloned(),
        at: key,
        is_own: library.is_own(key.source) || has_own(library, node),
    })
}

/// Whether a project says anything of an entry, be it only until when.
fn has_own(library: &Library, node: &Node) -> bool {
    let below = node.as_map().into_iter().flat_map(|map| map.entries.values());
    library.is_own(node.span.source) || below.into_iter().any(|entry| has_own(library, &entry.node))
}
