//! Where a document uses old names.

use super::{Of, Rename, Renames};
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::Node;

/// What a document is, which says where parts of the spec stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A layer with its header.
    Layer,
    /// A bare part of the spec: `--set`, or a file for `--values` without a header.
    Spec,
    /// `sparkctl.yaml`.
    Project,
}

/// One use of an old name.
#[derive(Debug)]
pub struct Use<'a> {
    /// What was renamed.
    pub rename: &'a Rename,
    /// How it is used.
    pub what: What,
}

/// How an old name is used. Paths are from the document's root.
#[derive(Debug)]
pub enum What {
    /// As a key, in the tree that begins at `root`.
    Key {
        /// Where the tree begins that has both names.
        root: SpecPath,
        /// The old place.
        from: SpecPath,
        /// The new one, where nothing stands.
        to: SpecPath,
    },
    /// In a text: the path of a lock or of a silenced finding, a name in a constraint's `required`.
    Text {
        /// The text.
        at: SpecPath,
        /// What it says with the new name.
        new: String,
    },
    /// As a key beside the new one.
    Twice {
        /// The old one.
        from: SpecPath,
        /// The new one.
        to: SpecPath,
    },
    /// As a key that cannot be moved: what stands on the way to the new place is no mapping, or it is part
    /// of a constraint that would have to be built anew.
    Stuck {
        /// The old one.
        from: SpecPath,
    },
}

/// Every use of an old name, in the order of the list.
pub fn all<'a>(renames: &'a Renames, document: &Node, kind: Document) -> Vec<Use<'a>> {
    let mut found = Vec::new();
    for rename in &renames.renames {
        let mut note = |what| found.push(Use { rename, what });
        match rename.of {
            Of::Project if kind == Document::Project => key(rename, document, &SpecPath::root(), &mut note),
            Of::Project => {}
            Of::Spec => {
                for root in specs(document, kind) {
                    key(rename, document, &root, &mut note);
                }
                for at in paths(document, kind) {
                    path_in_text(rename, document, at, &mut note);
                }
                if kind == Document::Layer {
                    let constraints = SpecPath::root().key("constraints");
                    constraint(rename, document, &constraints, &SpecPath::root(), &mut note);
                }
            }
        }
    }
    found
}

/// Where parts of the spec begin.
fn specs(document: &Node, kind: Document) -> Vec<SpecPath> {
    let root = SpecPath::root();
    match kind {
        Document::Spec => vec![root],
        Document::Layer => {
            let overlays = below(document, &root.key("overlays"));
            std::iter::once(root.key("spec")).chain(overlays).collect()
        }
        Document::Project => entries(document).iter().map(|entry| entry.key("spec")).collect(),
    }
}

/// The texts that are paths into the spec.
fn paths(document: &Node, kind: Document) -> Vec<SpecPath> {
    let root = SpecPath::root();
    let lists = match kind {
        Document::Spec => Vec::new(),
        Document::Layer => vec![root.key("locks"), root.key("silenced")],
        Document::Project => entries(document).iter().map(|entry| entry.key("silenced")).collect(),
    };
    let items = |list: SpecPath| {
        let count = document.at(&list).map_or(0, |node| node.items().len());
        (0..count).map(move |at| list.index(at).key("path")).collect::<Vec<_>>()
    };
    lists.into_iter().flat_map(items).collect()
}

/// What a project file lists: releases, and matrices of them.
fn entries(document: &Node) -> Vec<SpecPath> {
    let spec = SpecPath::root().key("spec");
    ["releases", "matrix"].iter().flat_map(|key| below(document, &spec.key(*key))).collect()
}

/// The keys of the mapping at a path.
fn below(document: &Node, path: &SpecPath) -> Vec<SpecPath> {
    let keys = document.at(path).and_then(Node::as_map).into_iter().flat_map(|map| map.entries.keys());
    keys.map(|name| path.key(name.as_str())).collect()
}

fn join(root: &SpecPath, path: &SpecPath) -> SpecPath {
    SpecPath(root.0.iter().chain(&path.0).cloned().collect())
}

fn key(rename: &Rename, document: &Node, root: &SpecPath, note: &mut impl FnMut(What)) {
    let (from, to) = (join(root, &rename.from), join(root, &rename.to));
    if document.at(&from).is_none() {
        return;
    }
    let (nearest, steps) = document.nearest(&to);
    note(if steps == to.0.len() {
        What::Twice { from, to }
    } else if nearest.as_map().is_none() {
        What::Stuck { from }
    } else {
        What::Key { root: root.clone(), from, to }
    });
}

fn path_in_text(rename: &Rename, document: &Node, at: SpecPath, note: &mut impl FnMut(What)) {
    let path: Option<SpecPath> = document.at(&at).and_then(Node::as_str).and_then(|text| text.parse().ok());
    if let Some(path) = path.filter(|path| rename.from.covers(path)) {
        let new = SpecPath([&rename.to.0, &path.0[rename.from.0.len()..]].concat());
        note(What::Text { at, new: new.to_string() });
    }
}

/// Looks through a JSON Schema for what it says of the old name. `at` is where it stands, `path` is the
/// part of the spec that it is about.
fn constraint(rename: &Rename, document: &Node, at: &SpecPath, path: &SpecPath, note: &mut impl FnMut(What)) {
    if !path.covers(&rename.from) || document.at(at).is_none() {
        return;
    }
    if path.parent_of(&rename.from) {
        named(rename, document, at, note);
    }
    for word in ["allOf", "anyOf", "oneOf"] {
        let list = at.key(word);
        for index in 0..document.at(&list).map_or(0, |node| node.items().len()) {
            constraint(rename, document, &list.index(index), path, note);
        }
    }
    for word in ["not", "if", "then", "else"] {
        constraint(rename, document, &at.key(word), path, note);
    }
    for property in below(document, &at.key("properties")) {
        if let Some(Segment::Key(name)) = property.0.last() {
            constraint(rename, document, &property, &path.key(name.as_str()), note);
        }
    }
}

/// What the schema of the mapping that has the old name says of it.
fn named(rename: &Rename, document: &Node, at: &SpecPath, note: &mut impl FnMut(What)) {
    let (Some(Segment::Key(old)), Some(Segment::Key(new))) = (rename.from.0.last(), rename.to.0.last())
    else {
        return;
    };
    let siblings = rename.from.parent() == rename.to.parent();
    let properties = at.key("properties");
    let from = properties.key(old.as_str());
    if document.at(&from).is_some() {
        let to = properties.key(new.as_str());
        note(if !siblings {
            What::Stuck { from }
        } else if document.at(&to).is_some() {
            What::Twice { from, to }
        } else {
            What::Key { root: properties, from, to }
        });
    }
    let required = at.key("required");
    for (index, item) in document.at(&required).map(Node::items).unwrap_or_default().iter().enumerate() {
        if item.as_str() == Some(old) {
            let at = required.index(index);
            note(if siblings { What::Text { at, new: new.clone() } } else { What::Stuck { from: at } });
        }
    }
}
