//! Bundles, places and views of the disk for the tests.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sparkctl::bundle::{
    Bundle, BundleError, BundlePath, Digest, Place, SwapStrategy, WriteOptions, Written, write,
};
use tempfile::TempDir;

pub const OVERWRITE: WriteOptions = WriteOptions { overwrite_edited: true, swap: SwapStrategy::Auto };

/// A bundle of these files; the name tells its release from others.
pub fn bundle(name: &str, files: &[(&str, &str)]) -> Bundle {
    let files = files.iter().map(|(path, text)| (path.parse().unwrap(), text.as_bytes().to_vec())).collect();
    Bundle {
        release: serde_json::json!({"environment": "prod", "preset": name, "features": ["iceberg"]}),
        inputs: BTreeMap::from([("presets/base.yaml".to_owned(), Digest::of(name.as_bytes()))]),
        files,
    }
}

/// Bundles of the size of a real release that share most paths and no content.
pub fn large(name: &str) -> Bundle {
    let mut files = BTreeMap::new();
    let mut add = |path: String| {
        let text = format!("# {name} {path}\n").repeat(40);
        files.insert(path.parse::<BundlePath>().unwrap(), text.into_bytes());
    };
    add("kustomization.yaml".to_owned());
    for component in ["connect", "history", "metastore", "jupyter", name] {
        (0..8).for_each(|number| add(format!("{component}/service-{number}.yaml")));
    }
    Bundle { files, ..bundle(name, &[]) }
}

/// An output root in a directory of its own.
pub struct Output {
    pub directory: TempDir,
}

impl Output {
    pub fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    /// With this bundle at its place.
    pub fn with(bundle: &Bundle) -> Self {
        let output = Self::new();
        output.write(bundle).unwrap();
        output
    }

    pub fn root(&self) -> PathBuf {
        self.directory.path().join("rendered")
    }

    pub fn place(&self) -> Place {
        place(&self.root())
    }

    /// A path inside the bundle.
    pub fn at(&self, path: &str) -> PathBuf {
        self.place().path().join(path)
    }

    pub fn write(&self, bundle: &Bundle) -> Result<Written, BundleError> {
        write(bundle, &self.place(), WriteOptions::default())
    }

    /// The names in `.sparkctl/`, none if there is no such directory.
    pub fn work(&self) -> Vec<String> {
        work(&self.root())
    }

    /// An error's text without the directory that differs from run to run.
    pub fn text(&self, error: &BundleError) -> String {
        let text = format!("{error}\nhelp: {}", error.help().unwrap_or_else(|| "none".to_owned()));
        text.replace(&format!("{}/", self.directory.path().display()), "")
    }
}

pub fn place(root: &Path) -> Place {
    Place { root: root.to_owned(), bundle: "prod/connect".parse().unwrap() }
}

pub fn work(root: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root.join(".sparkctl")) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What `.sparkctl/` holds when no run is under way.
pub const IDLE: [&str; 2] = [".gitignore", "lock"];

pub fn put(path: impl AsRef<Path>, text: &str) {
    fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Something that is not sparkctl's, of each kind, in a bundle's directory.
pub fn put_foreign(place: &Path) {
    put(place.join("notes.txt"), "mine\n");
    put(place.join("overlay/deep/patch.yaml"), "mine too\n");
    fs::create_dir(place.join("overlay/empty")).unwrap();
    symlink("/nowhere/at/all", place.join("overlay/link")).unwrap();
    symlink("notes.txt", place.join("connect/link")).unwrap();
}

/// What [`put_foreign`] put, as a report names it and as [`tree`] shows it.
pub const FOREIGN: [&str; 3] = ["connect/link", "notes.txt", "overlay/"];

/// Everything below a directory, by relative path: a file's text, `-> target`, or `/` for a
/// directory.
pub fn tree(directory: &Path) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    visit(directory, &mut |path, metadata| {
        let text = if metadata.is_symlink() {
            format!("-> {}", fs::read_link(path).unwrap().display())
        } else if metadata.is_dir() {
            "/".to_owned()
        } else {
            String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
        };
        let name = path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
        entries.insert(name, text);
    });
    entries
}

/// What `stat` says of everything below a directory and of itself: equal only if nothing was
/// touched.
pub fn stats(directory: &Path) -> BTreeMap<PathBuf, (u64, u32, u64, i64, i64)> {
    let mut entries = BTreeMap::new();
    let mut add = |path: &Path, stat: &fs::Metadata| {
        entries.insert(
            path.to_owned(),
            (stat.ino(), stat.mode(), stat.nlink(), stat.mtime(), stat.mtime_nsec()),
        );
    };
    add(directory, &fs::symlink_metadata(directory).unwrap());
    visit(directory, &mut add);
    entries
}

fn visit(directory: &Path, see: &mut impl FnMut(&Path, &fs::Metadata)) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        see(&path, &metadata);
        if metadata.is_dir() {
            visit(&path, see);
        }
    }
}

/// What [`tree`] shows of a bundle alone.
pub fn tree_of(bundle: &Bundle) -> BTreeMap<String, String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut entries = BTreeMap::from([(".sparkctl.lock".to_owned(), text(&bundle.lock().to_bytes()))]);
    for (path, bytes) in &bundle.files {
        let path = path.as_str();
        entries.extend(path.match_indices('/').map(|(end, _)| (path[..end].to_owned(), "/".to_owned())));
        entries.insert(path.to_owned(), text(bytes));
    }
    entries
}

/// What [`tree`] shows of what [`put_foreign`] put.
pub fn tree_of_foreign() -> BTreeMap<String, String> {
    let entries = [
        ("connect", "/"),
        ("connect/link", "-> notes.txt"),
        ("notes.txt", "mine\n"),
        ("overlay", "/"),
        ("overlay/deep", "/"),
        ("overlay/deep/patch.yaml", "mine too\n"),
        ("overlay/empty", "/"),
        ("overlay/link", "-> /nowhere/at/all"),
    ];
    entries.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

/// Names as paths, for comparisons with reports.
pub fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

/// A command that runs one of this binary's ignored tests, which are parts that a child process
/// plays.
pub fn role(name: &str, root: &Path) -> Command {
    wrapped(&[], name, root)
}

/// As [`role`], with a command before it that runs the rest of its arguments, such as `unshare -m`.
pub fn wrapped(wrapper: &[&str], name: &str, root: &Path) -> Command {
    let itself = std::env::current_exe().unwrap();
    let words = wrapper.iter().map(|word| word.as_ref()).chain([itself.as_os_str()]);
    let words: Vec<_> = words.collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(ROOT, root).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

const ROOT: &str = "SPARKCTL_TEST_ROOT";

/// In a child: the output root that the parent gave it.
pub fn given_root() -> PathBuf {
    std::env::var_os(ROOT).expect("this part is played by a child process of another test").into()
}

/// In a child that never ends by itself: ends it with its parent, should that fail before it kills.
pub fn end_with_parent() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
}

/// Runs a part to its end; fails as it fails, and also if there is no such part.
pub fn play(mut role: Command) -> String {
    let output = role.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{role:?}: {}\n{out}\n{err}", output.status);
    out.into_owned()
}

/// The command that runs others in a mount namespace of their own, where tests may mount what they
/// like.
pub fn private_mounts() -> Vec<&'static str> {
    if rustix::process::geteuid().is_root() { vec!["unshare", "-m"] } else { vec!["unshare", "-Urm"] }
}
