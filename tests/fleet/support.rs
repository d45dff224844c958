//! Projects to render, and what is on disk afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A project in a directory of its own.
pub struct Project {
    place: tempfile::TempDir,
}

impl Project {
    /// With this text below `spec:` of `sparkctl.yaml`.
    pub fn new(spec: &str) -> Project {
        let project = Project { place: tempfile::tempdir().unwrap() };
        project.spec(spec);
        project
    }

    /// Three clusters and two teams with dev's needs, and these releases of them.
    pub fn fleet(matrix: &str) -> Project {
        let project = Project::new(matrix);
        for (index, cluster) in ["eu-1", "eu-2", "us-1"].iter().enumerate() {
            let spec = format!("cluster: {{apiServer: {{cidrs: [10.{index}.0.1/32]}}}}");
            project.layer("Cluster", cluster, &spec);
        }
        for (team, memory) in [("risk", "2g"), ("search", "3g")] {
            project.layer("Team", team, &format!("connect: {{executor: {{memory: {memory}}}}}"));
        }
        project
    }

    pub fn spec(&self, spec: &str) {
        let spec: String = spec.lines().map(|line| format!("  {line}\n")).collect();
        let head = "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata: {name: test}\nspec:\n";
        self.write("sparkctl.yaml", &format!("{head}{spec}"));
    }

    pub fn layer(&self, kind: &str, name: &str, spec: &str) {
        let head =
            format!("apiVersion: sparkctl/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n");
        self.write(&format!("{}s/{name}.yaml", kind.to_lowercase()), &format!("{head}  {spec}\n"));
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    /// A command of sparkctl in the project's directory.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparkctl"));
        command.args(words.split_whitespace()).current_dir(self.place.path());
        command
    }

    pub fn run(&self, words: &str) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// Runs a command that must succeed.
    pub fn ok(&self, words: &str) -> Ran {
        let ran = self.run(words);
        assert_eq!(ran.status, 0, "sparkctl {words}: {}", ran.err);
        ran
    }

    /// All files below a directory but what sparkctl keeps for itself, by their paths.
    pub fn files(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(below), "", &mut files);
        files
    }

    /// The library of the project.
    pub fn library(&self) -> sparkctl::library::Library {
        sparkctl::library::Library::load(Some(self.place.path()), "").unwrap()
    }
}

/// What a command said.
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        Ran {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn collect(folder: &Path, path: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name == ".sparkctl" {
            continue;
        }
        let inside = if path.is_empty() { name } else { format!("{path}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &inside, files);
        } else {
            files.insert(inside, fs::read(entry.path()).unwrap());
        }
    }
}

/// The files of each bundle, by its place: the directory that holds its lock.
pub fn bundles(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let places: Vec<&str> = files.keys().filter_map(|path| path.strip_suffix("/.sparkctl.lock")).collect();
    let inside = |place: &str| {
        let below = files
            .iter()
            .filter_map(|(path, bytes)| Some((path.strip_prefix(place)?.to_owned(), bytes.clone())));
        below.filter(|(path, _)| path.starts_with('/')).collect()
    };
    places.iter().map(|place| ((*place).to_owned(), inside(place))).collect()
}
