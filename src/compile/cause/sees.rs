//! What of a platform a template can look at, besides which components there are.

use crate::library::Library;
use crate::template::functions::SHARED;
use crate::template::pieces::{Piece, cut};

/// Whether a template can name the rules of flows, and the totals.
#[derive(Debug, Clone, Copy)]
pub struct Sees {
    pub flows: bool,
    pub totals: bool,
}

impl Sees {
    /// What is named in no tag of a text that the template can bring in, it cannot look at.
    pub fn of(library: &Library, component: &str, template: &str) -> Sees {
        let templates = &library.templates;
        let is_other_manifest =
            |name: &str| name != template && name.ends_with(".yaml.j2") && !name.contains("/_");
        let own = templates.in_folder(component).filter(|name| !is_other_manifest(name));
        let shared = templates.in_folder(SHARED.trim_end_matches('/'));
        let mut sees = Sees { flows: false, totals: false };
        for name in own.chain(shared) {
            let text = templates.source(name).map_or("", |source| &library.sources.get(source).text);
            let Ok(pieces) = cut(text) else { return Sees { flows: true, totals: true } };
            for (piece, range) in pieces {
                if matches!(piece, Piece::Output | Piece::Statement) {
                    sees.look(&text[range]);
                }
            }
        }
        sees
    }

    fn look(&mut self, tag: &str) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<&str> = tag.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).collect();
        let brings_in = ["include", "import", "from", "extends"];
        if words.first().is_some_and(|first| brings_in.contains(first)) && !tag.contains(SHARED) {
            *self = Sees { flows: true, totals: true };
        }
        self.totals |= words.contains(&"totals");
        // Of a pod group these do not follow from flows: `pods.server.labels`.
        let plain = ["labels", "selector", "ports", "serviceAccount"];
        let looks = |at: usize| !words.get(at + 2).is_some_and(|field| plain.contains(field));
        self.flows |= (0..words.len()).any(|at| words[at] == "pods" && looks(at));
    }
}
