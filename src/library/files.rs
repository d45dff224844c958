//! The files of a library: those inside the binary, and a project's over them.
//!
//! A project may be a stranger's: symbolic links are not followed, nothing outside the project is
//! read, and the number and size of files are bounded.

use crate::failure::Failure;
use crate::layer::parse::MAX_BYTES;
use crate::source::{SourceId, Sources};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every file built into the binary: its path in the repository and its text, in order.
pub const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
/// What goes before the path of a built-in file in messages.
pub const BUILT_IN_PREFIX: &str = "built-in:";
/// The folders of a project that sparkctl reads.
pub const FOLDERS: [&str; 8] =
    ["presets", "environments", "clusters", "teams", "templates", "versions", "images", "contracts"];
/// Most files that a project may have in them.
pub const MAX_FILES: usize = 20_000;
/// How deep its folders may lie in one another.
const MAX_DEPTH: usize = 16;

/// The built-in file and the project's at one path.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pair {
    /// The one inside the binary.
    pub built_in: Option<SourceId>,
    /// The project's.
    pub project: Option<SourceId>,
}

impl Pair {
    /// The project's where there is one: for files that replace one another whole.
    pub fn top(self) -> Option<SourceId> {
        self.project.or(self.built_in)
    }
}

/// All files by their path from the root, `/` between its parts.
pub type Files = BTreeMap<String, Pair>;

/// Takes in what is inside the binary.
pub fn built_in(sources: &mut Sources) -> Files {
    let mut files = Files::new();
    for (path, text) in BUILT_IN {
        let source = sources.add(format!("{BUILT_IN_PREFIX}{path}"), *text);
        files.insert((*path).to_owned(), Pair { built_in: Some(source), project: None });
    }
    files
}

/// Adds a project's files. `shown` is how messages name the project's root: empty where that is the
/// current directory, or a path that ends in `/`.
///
/// # Errors
/// If a file or folder cannot be read, is a link, or there is too much of it.
pub fn add_project(
    root: &Path,
    shown: &str,
    files: &mut Files,
    sources: &mut Sources,
) -> Result<(), Failure> {
    let mut count = 0;
    for folder in FOLDERS {
        let path = root.join(folder);
        if fs::symlink_metadata(&path).is_ok() {
            add_folder(&path, folder, shown, files, sources, &mut count)?;
        }
    }
    Ok(())
}

fn add_folder(
    folder: &Path,
    name: &str,
    shown: &str,
    files: &mut Files,
    sources: &mut Sources,
    count: &mut usize,
) -> Result<(), Failure> {
    let about = |name: &str| format!("{shown}{name}");
    if name.matches('/').count() >= MAX_DEPTH {
        return Err(Failure::refused(
            format!("`{}` lies more than {MAX_DEPTH} folders deep", about(name)),
            "layers lie in their kind's folder, templates in their component's",
        ));
    }
    let metadata = fs::symlink_metadata(folder).map_err(|error| Failure::io("read", about(name), error))?;
    if metadata.is_symlink() {
        return Err(link(&about(name)));
    }
    let entries = fs::read_dir(folder).map_err(|error| Failure::io("read", about(name), error))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io("read", about(name), error))?;
        names.push(entry.file_name());
    }
    names.sort();
    for file_name in names {
        let Some(text_name) = file_name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let (path, name) = (folder.join(&file_name), format!("{name}/{text_name}"));
        let metadata =
            fs::symlink_metadata(&path).map_err(|error| Failure::io("read", about(&name), error))?;
        if metadata.is_symlink() {
            return Err(link(&about(&name)));
        }
        if metadata.is_dir() {
            add_folder(&path, &name, shown, files, sources, count)?;
        } else if is_ours(&name) {
            *count += 1;
            if *count > MAX_FILES {
                return Err(Failure::refused(
                    format!("the project has more than {MAX_FILES} layers and templates"),
                    "split it into several projects",
                ));
            }
            let text = read(&path, &about(&name))?;
            let source = sources.add(about(&name), text);
            files.entry(name).or_default().project = Some(source);
        }
    }
    Ok(())
}

fn link(shown: &str) -> Failure {
    Failure::refused(
        format!("`{shown}` is a symbolic link"),
        "sparkctl follows no links inside a project: put the files themselves there",
    )
}

/// Whether a path in a project is one of a file that [`add_project`] takes in: below one of [`FOLDERS`], hidden nowhere.
pub fn is_taken(path: &str) -> bool {
    let mut parts = path.split('/');
    let folder = parts.next().unwrap_or_default();
    let is_deep = path.matches('/').count() > MAX_DEPTH;
    FOLDERS.contains(&folder) && is_ours(path) && !is_deep && parts.all(|part| !part.starts_with('.'))
}

/// Adds the files of a project that are not on a disk, by their paths in it; those that are none of a project are
/// left out.
pub fn add_texts(
    texts: impl IntoIterator<Item = (String, String)>,
    shown: &str,
    files: &mut Files,
    sources: &mut Sources,
) {
    for (path, text) in texts.into_iter().filter(|(path, _)| is_taken(path)) {
        let source = sources.add(format!("{shown}{path}"), text);
        files.entry(path).or_default().project = Some(source);
    }
}

fn is_ours(name: &str) -> bool {
    // Texts are locks of Python packages.
    let locks = name.starts_with("versions/") && name.ends_with(".txt");
    locks || [".yaml", ".yml", ".j2"].iter().any(|ending| name.ends_with(ending))
}

/// Reads one text file of a project.
///
/// # Errors
/// If it is a link or no plain file, too large, not UTF-8, or cannot be read.
pub fn read(path: &Path, shown: &str) -> Result<String, Failure> {
    let metadata = fs::symlink_metadata(path).map_err(|error| Failure::io("read", shown, error))?;
    if metadata.is_symlink() {
        return Err(link(shown));
    }
    if !metadata.is_file() {
        return Err(Failure::refused(format!("`{shown}` is no plain file"), "name a file that holds text"));
    }
    if metadata.len() > MAX_BYTES as u64 {
        return Err(Failure::refused(
            format!("`{shown}` has {} bytes, more than {MAX_BYTES}", metadata.len()),
            "layers and templates are small; split the file",
        ));
    }
    let bytes = fs::read(path).map_err(|error| Failure::io("read", shown, error))?;
    String::from_utf8(bytes).map_err(|error| {
        Failure::refused(
            format!("`{shown}` is not UTF-8 text (byte {})", error.utf8_error().valid_up_to()),
            "save it as UTF-8",
        )
    })
}
