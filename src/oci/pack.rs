//! Files as one layer: a gzipped tar that is the same to the byte wherever it is made.

use super::error::{Error, Result};
use flate2::{Compression, GzBuilder};
use std::collections::BTreeMap;
use std::io::Write as _;
use tar::{Builder, EntryType, Header};

/// A layer, and the tar inside it.
pub struct Layer {
    /// The gzipped tar.
    pub bytes: Vec<u8>,
    /// The tar alone: its digest is what image configurations call a diff ID.
    pub tar: Vec<u8>,
}

/// Packs files in the order of their paths: owner 0, mode 0644, modified at the epoch. Directories have no
/// entries of their own: Argo CD (`util/io/files/tar.go`), Flux (`fluxcd/pkg/tar`) and Helm make those that
/// a file needs. The gzip header names neither file, time nor system.
///
/// # Errors
/// If a path cannot stand in a tar.
pub fn pack(files: &BTreeMap<String, Vec<u8>>) -> Result<Layer> {
    let cannot = |what: &str, error: std::io::Error| Error::Pack { what: format!("{what}: {error}") };
    let mut archive = Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, path, bytes.as_slice()).map_err(|error| cannot(path, error))?;
    }
    let tar = archive.into_inner().map_err(|error| cannot("the archive", error))?;
    // 255: the field of the system is "unknown".
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let bytes = gzip.write_all(&tar).and_then(|()| gzip.finish());
    Ok(Layer { bytes: bytes.map_err(|error| cannot("the archive", error))?, tar })
}
