//! Where manifests lie: a file, a directory with all below it, or standard input.
//!
//! What a directory holds may be a stranger's: links in it are not followed, and how much is read is bounded.

use super::{Given, Manifests};
use crate::failure::Failure;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Most bytes read altogether.
pub const MAX_BYTES: u64 = 64 << 20;
/// Most files read.
pub const MAX_FILES: usize = 10_000;
/// Deepest directory read.
const MAX_DEPTH: usize = 32;
/// What `-` is called in findings.
pub const STANDARD_INPUT: &str = "-";

const CHART: &str = "it is a Helm chart: render it and check what comes out";

/// Reads what `path` names; `-` is standard input.
///
/// # Errors
/// If it cannot be read, is a chart and no manifests, or is too large.
pub fn read(path: &str) -> Result<Manifests, Failure> {
    let mut reader = Reader { manifests: Manifests::default(), bytes: 0, files: 0 };
    if path == STANDARD_INPUT {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::io("read", "standard input", error))?;
        reader.take(STANDARD_INPUT, bytes, Given::ByName)?;
        return Ok(reader.manifests);
    }
    let shown = path.strip_prefix("./").filter(|rest| !rest.is_empty()).unwrap_or(path);
    let metadata = fs::metadata(path).map_err(|error| Failure::io("read", path, error))?;
    if !metadata.is_dir() {
        reader.file(Path::new(path), shown, Given::ByName)?;
    } else if Path::new(path).join("Chart.yaml").exists() {
        return Err(Failure::refused(
            format!("`{shown}` is a Helm chart, not its manifests"),
            format!("helm template NAME {shown} | sparkctl check --manifests -"),
        ));
    } else {
        reader.directory(Path::new(path), 0)?;
    }
    Ok(reader.manifests)
}

struct Reader {
    manifests: Manifests,
    bytes: u64,
    files: usize,
}

impl Reader {
    fn directory(&mut self, directory: &Path, depth: usize) -> Result<(), Failure> {
        let shown = shown(directory);
        if depth > MAX_DEPTH {
            return Err(Failure::refused(
                format!("`{shown}` lies more than {MAX_DEPTH} directories deep"),
                "name the directory that holds the manifests",
            ));
        }
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries = entries.map_err(|error| Failure::io("read", shown.as_str(), error))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(|error| Failure::io("read", shown.as_str(), error))?;
            let shown = self::shown(&path);
            let skipped = if name.starts_with('.') {
                Some("it is hidden")
            } else if kind.is_symlink() {
                Some("it is a symbolic link, which is not followed in a directory")
            } else if kind.is_dir() && path.join("Chart.yaml").exists() {
                Some(CHART)
            } else {
                None
            };
            match skipped {
                Some(CHART) => {
                    self.manifests.notes.push(format!(
                        "`{shown}` was left out, {CHART}: helm template NAME {shown} | sparkctl check --manifests -"
                    ));
                }
                Some(reason) if kind.is_dir() || is_manifest(&name) => {
                    self.manifests.skipped.push((shown, reason));
                }
                Some(_) => {}
                None if kind.is_dir() => self.directory(&path, depth + 1)?,
                None if is_kustomization(&name) => self.kustomization(&path, &shown)?,
                None if name == "Kustomization" || !is_manifest(&name) => {}
                None => self.file(&path, &shown, Given::InDirectory)?,
            }
        }
        Ok(())
    }

    /// What kustomize changes on the way to the cluster, the files do not show.
    fn kustomization(&mut self, path: &Path, shown: &str) -> Result<(), Failure> {
        let text = self.text(path, shown)?;
        let (documents, _) = crate::layer::parse::parse_manifests(self.manifests.sources.scratch(), &text);
        let plain = ["apiVersion", "kind", "metadata", "resources", "sortOptions"];
        let changes = documents
            .iter()
            .filter_map(crate::layer::tree::Node::as_map)
            .any(|map| map.entries.keys().any(|key| !plain.contains(&key.as_str())));
        self.manifests.skipped.push((shown.to_owned(), "it tells kustomize what to do"));
        if changes {
            let directory = path.parent().map(self::shown).filter(|name| !name.is_empty());
            let directory = directory.as_deref().unwrap_or(".");
            self.manifests.notes.push(format!(
                "`{shown}` changes the files beside it: check what comes out of it, too: \
                 kubectl kustomize {directory} | sparkctl check --manifests -"
            ));
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, shown: &str, given: Given) -> Result<(), Failure> {
        let bytes = self.bytes(path, shown)?;
        self.take(shown, bytes, given)
    }

    fn take(&mut self, shown: &str, bytes: Vec<u8>, given: Given) -> Result<(), Failure> {
        let text = self.utf8(shown, bytes)?;
        self.manifests.add(shown, &text, given);
        Ok(())
    }

    fn text(&mut self, path: &Path, shown: &str) -> Result<String, Failure> {
        let bytes = self.bytes(path, shown)?;
        self.utf8(shown, bytes)
    }

    fn utf8(&mut self, shown: &str, bytes: Vec<u8>) -> Result<String, Failure> {
        self.bytes += bytes.len() as u64;
        self.files += 1;
        if self.bytes > MAX_BYTES || self.files > MAX_FILES {
            return Err(Failure::refused(
                format!("there are more than {MAX_BYTES} bytes or {MAX_FILES} files, at `{shown}`"),
                "name a directory or a file that holds fewer manifests",
            ));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Failure::refused(format!("`{shown}` is not UTF-8 text (byte {at})"), "save it as UTF-8")
        })
    }

    fn bytes(&self, path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
        let failed = |error| Failure::io("read", shown, error);
        // A pipe has no length and is read as far as is allowed; a device would have no end.
        let file = fs::File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES.saturating_sub(self.bytes) + 1).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}

fn is_manifest(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

fn is_kustomization(name: &str) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml")
}

fn shown(path: &Path) -> String {
    let path: PathBuf = path.components().filter(|part| part.as_os_str() != ".").collect();
    path.to_string_lossy().replace('\\', "/")
}
