//! What containers are told and which texts of ConfigMaps they read: several rules ask, and it is read once.

use super::mounts::{lines, paths, read, told};
use super::names::Names;
use crate::layer::tree::Node;
use crate::rules::set::{ConfigFile, Pod};
use std::cell::OnceCell;

/// A text of a ConfigMap.
pub struct Text<'s> {
    /// The file.
    pub file: &'s ConfigFile<'s>,
    mentions: OnceCell<Vec<Mention<'s>>>,
}

/// A path that a text names.
#[derive(Clone, Copy)]
pub struct Mention<'s> {
    /// The number of the line, from 1.
    pub number: usize,
    /// The line.
    pub line: &'s str,
    /// The path.
    pub path: &'s str,
}

impl<'s> Text<'s> {
    /// A text that nothing was read of yet.
    pub fn new(file: &'s ConfigFile<'s>) -> Self {
        Text { file, mentions: OnceCell::new() }
    }

    /// The absolute paths that it names outside of comments.
    pub fn mentions(&self) -> &[Mention<'s>] {
        self.mentions.get_or_init(|| {
            let named = lines(self.file.text)
                .flat_map(|(number, line)| paths(line).map(move |(path, _)| Mention { number, line, path }));
            named.collect()
        })
    }
}

/// A container with what it is told.
pub struct Reader<'n, 's> {
    /// The container.
    pub container: &'s Node,
    /// Values of variables, words of commands, of probes and of hooks.
    pub told: Vec<&'s Node>,
    /// The texts that it reads, by the paths at which it sees them.
    pub texts: Vec<(String, &'n Text<'s>)>,
}

/// The containers of every pod, in the order of the subject's.
pub fn readers<'n, 's>(names: &'n Names<'s>) -> Vec<Vec<Reader<'n, 's>>> {
    let of = |pod: &'n Pod<'s>| {
        let reader = move |container: &'s Node| {
            let told = told(container);
            let texts = read(names, pod, container, &told);
            Reader { container, told, texts }
        };
        pod.containers().map(reader).collect()
    };
    names.subject.pods.iter().map(of).collect()
}
