//! What templates ask about images: `image("spark")`, `built("spark")`, `fetched("spark")`, `locked("udf")`.

use super::{memo, refused};
use crate::images::{self, Catalogue, Fetched, Image};
use minijinja::value::{Serde, Value};
use minijinja::{Error, State};
use std::collections::BTreeMap;

/// `image("spark")`: the image as pods name it: what the spec says of it, else one of your own under the
/// site's registry, else the official one.
pub fn image(state: &mut State<'_, '_>, name: &str) -> Result<String, Error> {
    let image = resolved(state, name)?;
    let found = state.lookup(images::NAME);
    catalogue(found.as_ref())?.note_use(name);
    Ok(image.reference)
}

/// `built("spark")`: whether that is an image of your own, which holds all that is needed.
pub fn built(state: &mut State<'_, '_>, name: &str) -> Result<bool, Error> {
    Ok(resolved(state, name)?.built)
}

/// `fetched("spark")`: the files that pods fetch as they start, as a list of `name`, `url` and
/// `sha256`; empty for an image of your own.
pub fn fetched(state: &mut State<'_, '_>, name: &str) -> Result<Vec<Value>, Error> {
    let image = resolved(state, name)?;
    let address = evaluate(state, "spec.site.mavenRepository").map_err(refused)?;
    let files = image.fetched(address.as_str().unwrap_or_default());
    Ok(files.into_iter().map(|file: Fetched| Value::from(Serde(file))).collect())
}

/// `locked("udf")`: the lock of Python packages for the release's Spark, as pip reads it; empty where
/// there is none.
pub fn locked(state: &mut State<'_, '_>, name: &str) -> Result<String, Error> {
    let found = state.lookup(images::NAME);
    let catalogue = catalogue(found.as_ref())?;
    Ok(catalogue.lock(name).map(|lock| lock.to_string()).unwrap_or_default())
}

fn catalogue(found: Option<&Value>) -> Result<&Catalogue, Error> {
    let catalogue = found.and_then(|found| found.downcast_object_ref::<Catalogue>());
    catalogue.ok_or_else(|| refused("images are not known here"))
}

fn resolved(state: &mut State<'_, '_>, name: &str) -> Result<Image, Error> {
    memo::image(state, name, |state| resolve(state, name))
}

fn resolve(state: &State<'_, '_>, name: &str) -> Result<Image, Error> {
    let found = state.lookup(images::NAME);
    let catalogue = catalogue(found.as_ref())?;
    let image = catalogue.resolve(name, &|expression| evaluate(state, expression)).map_err(refused)?;
    image.ok_or_else(|| {
        let known = catalogue.images.keys().map(String::as_str);
        let help = crate::diagnostic::did_you_mean(name, known).unwrap_or_default();
        refused(format!("there is no image `{name}`: {help}"))
    })
}

/// What an image's descriptor says, in terms of what the template knows.
fn evaluate(state: &State<'_, '_>, expression: &str) -> Result<Value, String> {
    let known = ["spec", "release", "spark"];
    let context: BTreeMap<&str, Value> =
        known.into_iter().filter_map(|name| Some((name, state.lookup(name)?))).collect();
    let compiled = state.env().compile_expression(expression).map_err(|error| error.to_string())?;
    compiled.eval(context).map_err(|error| error.to_string())
}
