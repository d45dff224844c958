//! What applying it does, worst first.

use super::paint::Paint;
use super::wrap::wrap;
use super::{Detail, names};
use crate::diff::Comparison;
use crate::diff::impact::Effect;
use crate::diff::view::value::clean;
use crate::diff::view::{count, name};
use indexmap::IndexMap;

/// An effect, and what is said of it: each sentence with the objects that it holds for.
pub type Told<'a> = IndexMap<Effect, IndexMap<&'a str, Vec<usize>>>;

/// Objects that are named before the others are counted.
const NAMED: usize = 4;

/// What applying it does, worst first; the same said of several objects stands once.
pub fn told(comparison: &Comparison) -> Told<'_> {
    let mut told: Told<'_> = IndexMap::new();
    for impact in &comparison.impacts {
        let objects = told.entry(impact.effect).or_default().entry(impact.text.as_str()).or_default();
        if !objects.contains(&impact.change) {
            objects.push(impact.change);
        }
    }
    told
}

/// Whether an effect is so small that it is enough to name what has it.
pub fn is_small(effect: Effect) -> bool {
    effect <= Effect::AtRestart
}

/// The objects of all sentences.
pub fn holders(sentences: &IndexMap<&str, Vec<usize>>) -> Vec<usize> {
    let mut all: Vec<usize> = sentences.values().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a sentence names the only object that it is about.
pub fn names_it(sentence: &str, names: &[String]) -> bool {
    matches!(names, [one] if sentence.contains(one.as_str()))
}

/// All of them.
pub fn render(comparison: &Comparison, detail: Detail, paint: Paint) -> String {
    let told = told(comparison);
    if told.is_empty() {
        return String::new();
    }
    let most = if detail.verbose { usize::MAX } else { NAMED };
    let mut text = format!("\n{}\n", paint.bold("What applying it does"));
    for (effect, sentences) in told {
        let label = effect.meaning();
        if is_small(effect) && !detail.verbose {
            let objects = holders(&sentences);
            let names = match effect {
                Effect::Nothing => count(objects.len(), "object"),
                _ => name::several(&names(comparison, &objects), most),
            };
            text.push_str(&wrap(&format!("{label}: {names}"), 2, 2));
            continue;
        }
        let label = if effect >= Effect::Restarts { paint.warn(label) } else { paint.bold(label) };
        text.push_str(&format!("  {label}\n"));
        for (sentence, objects) in sentences {
            let (sentence, names) = (clean(sentence), names(comparison, &objects));
            let line = match sentence.as_str() {
                "" => name::several(&names, most),
                _ if names_it(&sentence, &names) => sentence,
                _ => format!("{}: {sentence}", name::several(&names, most)),
            };
            text.push_str(&wrap(&line, 4, 2));
        }
    }
    text
}
