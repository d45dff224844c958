//! What the templates of one release made already: a text that stands in a ConfigMap and in a digest, a
//! piece that every pod has, an image, are made once. Whoever asks again has read what it was made from.

use super::texts::{Kept, SHARED, Texts, keep};
use crate::images::Image;
use crate::template::context::{Reads, Tracked};
use minijinja::value::{Kwargs, Object, ObjectRepr, Value};
use minijinja::{Error, State};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The name under which templates carry it.
pub const MEMO: &str = "%memo";

/// What was made of one spec.
#[derive(Debug)]
pub struct Memo {
    spec: Tracked,
    values: Made<Value>,
    images: Made<Image>,
    /// What was made of another spec, and the places in which that one differs.
    below: Option<(Arc<Memo>, Vec<usize>)>,
}

type Made<T> = Mutex<HashMap<String, Arc<Known<T>>>>;

/// Something made, what of the spec was read for it, and the texts that came with it.
#[derive(Debug, Clone)]
struct Known<T> {
    made: T,
    reads: Reads,
    texts: Vec<Arc<Kept>>,
}

impl Memo {
    /// Nothing is made yet.
    pub fn new(spec: Tracked) -> Memo {
        Memo { spec, values: Mutex::default(), images: Mutex::default(), below: None }
    }

    /// As `below`, for a spec that differs from its own in some places: what was made there without reading
    /// those is the same here. `spec` shares its record of reads with that of `below`.
    pub fn over(below: Arc<Memo>, places: Vec<usize>, spec: Tracked) -> Memo {
        Memo { below: Some((below, places)), ..Memo::new(spec) }
    }

    fn known<T>(&self, key: &str, of: impl Fn(&Memo) -> &Made<T>) -> Option<Arc<Known<T>>> {
        let find = |memo: &Memo| of(memo).lock().ok()?.get(key).cloned();
        find(self).or_else(|| {
            let (below, places) = self.below.as_ref()?;
            find(below).filter(|known| !known.reads.any(places))
        })
    }
}

impl Object for Memo {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// A value that `make` makes of a template, unless the component has made it before. `kind` tells apart
/// what is made of the same template; what is made with arguments of its own is made each time.
pub fn value(
    state: &mut State<'_, '_>,
    kind: &str,
    name: &str,
    more: &Kwargs,
    make: impl FnOnce(&mut State<'_, '_>) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let Some(memo) = memo(state).filter(|_| more.args().next().is_none()) else { return make(state) };
    let component = state.lookup("component").and_then(|component| component.get_attr("name").ok());
    let folder = match state.name().rsplit_once('/') {
        Some((folder, _)) if !name.starts_with(SHARED) => folder,
        _ => "",
    };
    let key = format!("{kind} {} {folder} {name}", component.unwrap_or_default());
    once(state, &memo, |memo| &memo.values, key, make)
}

/// An image that `make` resolves, unless it was before.
pub fn image(
    state: &mut State<'_, '_>,
    name: &str,
    make: impl FnOnce(&mut State<'_, '_>) -> Result<Image, Error>,
) -> Result<Image, Error> {
    match memo(state) {
        Some(memo) => once(state, &memo, |memo| &memo.images, name.to_owned(), make),
        None => make(state),
    }
}

fn memo(state: &State<'_, '_>) -> Option<Arc<Memo>> {
    state.lookup(MEMO)?.downcast_object::<Memo>()
}

fn once<T: Clone>(
    state: &mut State<'_, '_>,
    memo: &Memo,
    of: impl Fn(&Memo) -> &Made<T>,
    key: String,
    make: impl FnOnce(&mut State<'_, '_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some(found) = memo.known(&key, &of) {
        memo.spec.note(&found.reads);
        found.texts.iter().for_each(|text| keep(state, text.clone()));
        return Ok(found.made.clone());
    }
    let before = texts(state).map_or(0, |texts| texts.since(0).len());
    let (made, reads) = memo.spec.recorded(|| make(state));
    let made = made?;
    let texts = texts(state).map(|texts| texts.since(before)).unwrap_or_default();
    if let Ok(mut known) = of(memo).lock() {
        known.insert(key, Arc::new(Known { made: made.clone(), reads, texts }));
    }
    Ok(made)
}

fn texts(state: &State<'_, '_>) -> Option<Arc<Texts>> {
    state.lookup(super::TEXTS)?.downcast_object::<Texts>()
}
