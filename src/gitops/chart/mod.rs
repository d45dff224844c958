//! A compiled release as a Helm chart: the same objects, made by `helm template`, and few things left open.
//!
//! What the compiler computed stays as it is, since names, ports and memory stand in several places that must
//! agree. Open is what a cluster may decide without touching any of that: where images are pulled from and
//! with which credentials, and more labels and annotations. With the values as they are, the objects are those
//! of the bundle; the Namespace is left out, since Helm cannot put its release into a namespace that the
//! release makes.

mod images;
mod open;
mod template;
mod version;

pub use version::{ChartVersion, VersionError};

use crate::bundle::Digest;
use crate::compile::Compiled;
use crate::failure::Failure;
use crate::layer::tree::Node;
use crate::manifest::emit::emit;
use images::References;
use std::collections::BTreeMap;
use template::Holes;

/// Where a chart goes when nothing else is said, beside the project file.
pub const OUTPUT: &str = "charts";

/// The file that makes a directory a chart.
pub const CHART: &str = "Chart.yaml";

/// The Namespace, for whoever makes it before the chart is installed. Not a template.
const NAMESPACE: &str = "namespace.yaml";

/// What Helm takes out of everything that a template makes (`engine.go`, `render`), with no way to escape it.
const EATEN: &str = "<no value>";

/// The files of a chart by their path in it, `/` between its parts.
///
/// Its version is `version`; left out, `0.1.0` with a digest of its content as build metadata, so that two
/// charts that differ never share a version.
///
/// # Errors
/// If a value cannot be written as YAML, or a key holds what Helm takes away.
pub fn files(
    compiled: &Compiled,
    version: Option<&ChartVersion>,
) -> Result<BTreeMap<String, String>, Failure> {
    let references = References::of(compiled.manifests.iter().map(|manifest| &manifest.object));
    let chart = compiled.release.name.as_str();
    let mut files = BTreeMap::new();
    for manifest in &compiled.manifests {
        if manifest.id.kind == "Namespace" && manifest.id.group().is_empty() {
            files.insert(NAMESPACE.to_owned(), written(&manifest.object)?);
            continue;
        }
        let mut holes = Holes::beside(&written(&manifest.object)?);
        let mut object = manifest.object.clone();
        open::open(&mut object, &manifest.id, chart, &references, &mut holes);
        let text = holes.fill(&written(&object)?);
        if text.contains(EATEN) {
            return Err(Failure::refused(
                format!("{} has a key with `{EATEN}` in it, which Helm would take away", manifest.id),
                "call the key something else, or use the bundle instead of a chart",
            ));
        }
        files.insert(format!("templates/{}", manifest.path()), text);
    }
    let told = Told::of(compiled, files.len(), files.contains_key(NAMESPACE));
    for (path, text, is_template) in TEXTS {
        files.insert(path.to_owned(), told.fill(text, is_template));
    }
    let version = match version {
        Some(version) => version.to_string(),
        None => format!("0.1.0+{}", content(&files)),
    };
    let chart = told.fill(include_str!("text/Chart.yaml"), false).replace("@VERSION@", &version);
    files.insert(CHART.to_owned(), chart);
    Ok(files)
}

/// The files that are alike in all charts: where each lies, and whether what it tells stands in a template's
/// text, where braces would mean something.
const TEXTS: [(&str, &str, bool); 7] = [
    (".helmignore", include_str!("text/helmignore"), false),
    ("README.md", include_str!("text/README.md"), false),
    ("values.yaml", include_str!("text/values.yaml"), false),
    ("values.schema.json", include_str!("text/values.schema.json"), false),
    ("templates/_helpers.tpl", include_str!("text/helpers.tpl"), false),
    ("templates/guard.yaml", include_str!("text/guard.yaml"), false),
    ("templates/NOTES.txt", include_str!("text/NOTES.txt"), true),
];

/// What those files tell of the release: each text with the word that it takes the place of.
struct Told(Vec<(&'static str, String)>);

impl Told {
    fn of(compiled: &Compiled, objects: usize, owns_namespace: bool) -> Told {
        let release = &compiled.release;
        let objects = objects - usize::from(owns_namespace);
        let first = match owns_namespace {
            true => format!(
                "The chart leaves out the Namespace, with its Pod Security labels. Make it first:\n\n    \
                 kubectl apply -f {NAMESPACE}"
            ),
            false => format!("The namespace {} is somebody else's and must be there.", release.namespace),
        };
        let mut elsewhere = release.clone();
        // Its options name no namespace then, so that another can be added.
        if let Ok(usual) = format!("spark-{}", release.environment).parse() {
            elsewhere.namespace = usual;
        }
        let mut needed: String =
            compiled.preconditions.iter().map(|precondition| format!("- {}\n", precondition.what)).collect();
        if needed.is_empty() {
            needed.push_str("- nothing else\n");
        }
        Told(vec![
            ("@CHART@", release.name.to_string()),
            ("@NAMESPACE@", release.namespace.to_string()),
            ("@ENVIRONMENT@", release.environment.clone()),
            ("@PRESET@", release.preset.clone()),
            ("@SPARK@", compiled.platform.version.version.to_string()),
            ("@KUBERNETES@", compiled.spec.cluster.kubernetes.to_string()),
            ("@OBJECTS@", objects.to_string()),
            ("@OPTIONS@", release.options()),
            ("@OPTIONS-ELSEWHERE@", template::literal(&elsewhere.options())),
            ("@NAMESPACE-FIRST@", first),
            ("@NEEDED@", needed.trim_end().to_owned()),
        ])
    }

    fn fill(&self, text: &str, is_template: bool) -> String {
        self.0.iter().fold(text.to_owned(), |text, (word, told)| {
            let told = if is_template { template::escaped(told) } else { told.clone() };
            text.replace(word, &told)
        })
    }
}

/// Twelve hexadecimal digits over all files.
fn content(files: &BTreeMap<String, String>) -> String {
    let all: String = files.iter().map(|(path, text)| format!("{path} {}\n{text}", text.len())).collect();
    Digest::of(all.as_bytes()).to_string().chars().take(12).collect()
}

fn written(object: &Node) -> Result<String, Failure> {
    emit(object).map_err(|error| Failure::Refused { what: error.to_string(), help: None })
}
