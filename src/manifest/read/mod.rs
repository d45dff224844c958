//! Manifests that somebody else wrote or rendered: YAML and JSON texts to objects, each with its place in
//! the text. Finding the texts on the disk is the business of [`disk`].
//!
//! Read as Kubernetes' own tools read them ([`parse_manifests`]). What is no object is a finding, and never
//! dropped without a word.

pub mod disk;
mod scope;

use super::{ObjectId, drop_nulls, identify};
use crate::diagnostic::Finding;
use crate::layer::parse::parse_manifests;
use crate::layer::tree::{Node, Value};
use crate::source::{SourceId, Sources, Span};

/// One object of others.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// What it is called.
    pub id: ObjectId,
    /// The object; its places lie in the text that it was read from.
    pub node: Node,
    /// Helm's comment that names the template which made it.
    pub made_by: Option<Span>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Manifests {
    /// The objects, in the order in which they stand.
    pub objects: Vec<Foreign>,
    /// The texts.
    pub sources: Sources,
    /// What is wrong with the texts themselves.
    pub findings: Vec<Finding>,
    /// Whether a text could not be read to its end: then nobody knows which objects are missing.
    pub is_partial: bool,
    /// What was left out on purpose, and why.
    pub skipped: Vec<(String, &'static str)>,
    /// What the reader should know about how these objects came here.
    pub notes: Vec<String>,
}

/// How a text came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// By its name: all that it holds has to be objects.
    ByName,
    /// It was found in a directory, where other YAML lies too.
    InDirectory,
}

impl Manifests {
    /// Takes in a text: a stream of documents.
    pub fn add(&mut self, name: &str, text: &str, given: Given) {
        let source = self.sources.add(name, text);
        let (documents, wrong) = parse_manifests(source, text);
        let is_stopped =
            wrong.iter().any(|finding| matches!(finding.rule, "layer/syntax" | "layer/too-large"));
        let documents: Vec<Node> =
            documents.into_iter().filter(|node| !matches!(node.value, Value::Null)).collect();
        if given == Given::InDirectory && !is_stopped && !documents.iter().any(looks_like_an_object) {
            self.skipped.push((name.to_owned(), "it holds no Kubernetes object"));
            return;
        }
        self.is_partial |= is_stopped;
        self.findings.extend(wrong);
        for document in documents {
            let made_by = made_by(text, source, document.span.start as usize);
            self.object(document, made_by);
        }
    }

    /// Takes in an object, or the objects of a list.
    fn object(&mut self, mut node: Node, made_by: Option<Span>) {
        let kind = node.text("kind").unwrap_or_default();
        if kind.ends_with("List")
            && let Value::Map(map) = &mut node.value
            && let Some(entry) = map.entries.get_mut("items")
            && let Value::List(items) = &mut entry.node.value
        {
            for item in std::mem::take(items) {
                self.object(item, made_by);
            }
            return;
        }
        if node.text("apiVersion").is_some_and(|version| version.starts_with("kustomize.config.k8s.io/")) {
            let name = self.sources.locate(node.span);
            self.skipped.push((name, "it tells kustomize what to do and is no object of a cluster"));
            return;
        }
        drop_nulls(&mut node);
        match identify(&node).or_else(|reason| generated(&node).ok_or(reason)) {
            Ok(id) => self.objects.push(Foreign { id, node, made_by }),
            Err(reason) => self.findings.push(
                Finding::error("k8s/not-an-object", "this document is no Kubernetes object")
                    .at(node.span, reason)
                    .why("kubectl refuses the file that it stands in")
                    .help("every object has apiVersion, kind and metadata.name; leave out what is none"),
            ),
        }
    }

    /// Puts the objects that name no namespace into one, but for those that belong to the whole cluster.
    pub fn set_namespace(&mut self, namespace: &str) {
        for object in &mut self.objects {
            if object.id.namespace.is_none() && !scope::is_of_the_cluster(&object.id.kind) {
                object.id.namespace = Some(namespace.to_owned());
            }
        }
    }
}

fn looks_like_an_object(node: &Node) -> bool {
    node.get("apiVersion").is_some() && node.get("kind").is_some()
}

/// The identity of what gets its name from the API server: `metadata.generateName`.
fn generated(node: &Node) -> Option<ObjectId> {
    let metadata = node.get("metadata")?;
    let start = metadata.text("generateName").filter(|start| !start.is_empty())?;
    Some(ObjectId {
        api_version: node.text("apiVersion")?.to_owned(),
        kind: node.text("kind")?.to_owned(),
        namespace: metadata.text("namespace").map(ToOwned::to_owned),
        name: start.to_owned(),
    })
}

/// The comment `# Source: chart/templates/x.yaml` that Helm writes above a document.
fn made_by(text: &str, source: SourceId, document: usize) -> Option<Span> {
    let mut end = text.get(..document)?.trim_end_matches([' ', '\n', '\r']).len();
    loop {
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let line = &text[start..end];
        if line.trim_end().starts_with("# Source: ") {
            return Some(Span { source, start: start as u32, end: (start + line.trim_end().len()) as u32 });
        }
        if start == 0 || !(line.starts_with('#') || line.trim().is_empty()) {
            return None;
        }
        end = start - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, given: Given) -> Manifests {
        let mut manifests = Manifests::default();
        manifests.add("a.yaml", text, given);
        manifests
    }

    fn names(manifests: &Manifests) -> Vec<String> {
        manifests.objects.iter().map(|object| object.id.full()).collect()
    }

    const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: spark}\n";

    #[test]
    fn streams_and_lists_become_objects_and_empty_documents_nothing() {
        let text = format!(
            "---\n# nothing\n---\n{SERVICE}---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  \
             kind: Deployment\n  metadata: {{name: b}}\n- {{apiVersion: v1, kind: Pod, metadata: {{generateName: c-}}}}\n"
        );
        let manifests = read(&text, Given::ByName);
        assert_eq!(manifests.findings, []);
        assert_eq!(names(&manifests), ["Service/spark/a", "Deployment.apps/b", "Pod/c-"]);
    }

    #[test]
    fn json_is_read_whatever_it_is_indented_with() {
        let text = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Service\",\n\t\"metadata\": {\n\t\t\"name\": \"a\"\n\t}\n}\n";
        let manifests = read(text, Given::ByName);
        assert_eq!(manifests.findings, []);
        assert_eq!(names(&manifests), ["Service/a"]);
    }

    #[test]
    fn what_is_no_object_is_a_finding_unless_a_directory_held_it() {
        let found = |text: &str, given| {
            let manifests = read(text, given);
            let rules: Vec<&str> = manifests.findings.iter().map(|finding| finding.rule).collect();
            (rules.join(" "), manifests.skipped.len())
        };
        assert_eq!(found("replicas: 2\n", Given::ByName), ("k8s/not-an-object".to_owned(), 0));
        assert_eq!(found("replicas: 2\n", Given::InDirectory), (String::new(), 1));
        assert_eq!(
            found("apiVersion: v1\nkind: Pod\n", Given::InDirectory),
            ("k8s/not-an-object".to_owned(), 0)
        );
        assert_eq!(found("a: [\n", Given::InDirectory), ("layer/syntax".to_owned(), 0));
        assert_eq!(found("- 1\n", Given::ByName), ("k8s/not-an-object".to_owned(), 0));
        let twice = format!("{SERVICE}kind: Service\n");
        assert_eq!(found(&twice, Given::ByName), ("layer/duplicate-key".to_owned(), 0));
        let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
        assert_eq!(found(kustomization, Given::ByName), (String::new(), 1));
    }

    #[test]
    fn a_template_of_helm_is_told_from_a_manifest() {
        let manifests = read("apiVersion: v1\nmetadata:\n  name: {{ .Release.Name }}-x\n", Given::ByName);
        assert!(manifests.is_partial);
        assert!(manifests.findings[0].help.as_ref().unwrap().contains("helm template"), "{manifests:?}");
    }

    #[test]
    fn readers_disagree_on_nothing_here() {
        let text = "base: &base {a: 1, b: yes}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n\
                    data: {<<: *base, b: \"no\", mode: 0744, on: x, when: !!str 2024-01-31}\n";
        let manifests = read(text, Given::ByName);
        assert_eq!(manifests.findings, []);
        let data = manifests.objects[0].node.get("data").unwrap().to_json();
        let expected = serde_json::json!({"b": "no", "mode": 484, "true": "x", "when": "2024-01-31", "a": 1});
        assert_eq!(data, expected);
    }

    #[test]
    fn a_namespace_is_for_those_that_have_none_and_can_have_one() {
        let text = format!(
            "{SERVICE}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: b}}\n---\n\
             apiVersion: v1\nkind: Namespace\nmetadata: {{name: c}}\n"
        );
        let mut manifests = read(&text, Given::ByName);
        manifests.set_namespace("own");
        assert_eq!(names(&manifests), ["Service/spark/a", "Secret/own/b", "Namespace/c"]);
    }

    #[test]
    fn helm_says_which_template_made_an_object() {
        let text = format!("---\n# Source: spark/templates/service.yaml\n# more\n{SERVICE}---\n{SERVICE}");
        let manifests = read(&text, Given::ByName);
        let comments: Vec<_> = manifests
            .objects
            .iter()
            .map(|object| object.made_by.map(|span| manifests.sources.slice(span)))
            .collect();
        assert_eq!(comments, [Some("# Source: spark/templates/service.yaml"), None]);
    }
}
