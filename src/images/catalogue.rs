//! The images that a library knows, with the locks of Python packages for one version of Spark.

use super::descriptor::ImageDescriptor;
use crate::diagnostic::Finding;
use crate::library::Library;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// The name under which templates carry the catalogue.
pub const NAME: &str = "%images";

/// The images of a library, for one version of Spark.
#[derive(Debug)]
pub struct Catalogue {
    /// The descriptors, by name.
    pub images: BTreeMap<String, ImageDescriptor>,
    /// The locks of Python packages, by name: requirements with hashes, as pip reads them.
    locks: BTreeMap<String, Arc<str>>,
    /// The images that templates have asked for.
    used: Mutex<BTreeSet<String>>,
}

impl Catalogue {
    /// Reads the catalogue of a library for one minor version of Spark.
    ///
    /// # Errors
    /// Everything that is wrong with any descriptor.
    pub fn load(library: &Library, version: &str) -> Result<Catalogue, Vec<Finding>> {
        let (mut images, mut findings) = (BTreeMap::new(), Vec::new());
        for (name, source) in library.folder("images") {
            match library.image(name, source) {
                Ok(descriptor) => drop(images.insert(name.to_owned(), descriptor)),
                Err(found) => findings.extend(found),
            }
        }
        let prefix = format!("versions/python/{version}-");
        let locks = library.files_below(&prefix).filter_map(|(rest, source)| {
            Some((rest.strip_suffix(".txt")?.to_owned(), library.sources.get(source).text.clone()))
        });
        let catalogue = Catalogue { images, locks: locks.collect(), used: Mutex::default() };
        if findings.is_empty() { Ok(catalogue) } else { Err(findings) }
    }

    /// Notes that a template names an image.
    pub fn note_use(&self, name: &str) {
        if let Ok(mut used) = self.used.lock() {
            used.insert(name.to_owned());
        }
    }

    /// Whether any template has named an image.
    pub fn is_used(&self, name: &str) -> bool {
        self.used.lock().is_ok_and(|used| used.contains(name))
    }

    /// A lock of Python packages; there may be none for this version.
    pub fn lock(&self, name: &str) -> Option<&Arc<str>> {
        self.locks.get(name)
    }
}

impl minijinja::value::Object for Catalogue {
    fn repr(self: &Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Plain
    }
}
