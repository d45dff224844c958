//! `diff --base`: what a branch does to all releases of a project, as Git and the working tree have it.

use crate::support::Project;
use serde_json::Value as Json;
use std::process::{Command, Output};

/// A project that is committed, on a branch of its own.
struct Repository(Project);

impl Repository {
    fn new(project: Project) -> Repository {
        let repository = Repository(project);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit("begin");
        repository.git(&["checkout", "--quiet", "-b", "change"]);
        repository
    }

    /// Three clusters, two teams, two scenarios.
    fn fleet() -> Repository {
        Repository::new(Project::fleet(
            "matrix:\n  all:\n    presets: [connect, standalone]\n    environments: [dev]\n    clusters: ['*']\n    teams: ['*']",
        ))
    }

    fn git(&self, words: &[&str]) -> String {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@git.example"];
        let output = Command::new("git")
            .args(identity)
            .args(words)
            .current_dir(self.0.path(""))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn diff(&self, words: &str) -> Output {
        self.0.command(&format!("diff {words}")).output().unwrap()
    }

    /// What a program is told.
    fn told(&self, words: &str) -> Json {
        let output = self.diff(&format!("--base main --format json {words}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn team(&self, name: &str, memory: &str) {
        self.0.layer("Team", name, &format!("connect: {{executor: {{memory: {memory}}}}}"));
    }
}

fn strings(list: &Json) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn one_layer_of_a_team_is_one_change_in_all_its_releases_and_the_others_are_not_compiled() {
    let repository = Repository::fleet();
    repository.team("risk", "4g");
    let told = repository.told("");
    // Of 12 releases the team has 6.
    assert_eq!((told["releases"].as_u64(), told["compared"].as_u64()), (Some(12), Some(6)));
    let changed = strings(&told["changed"]);
    assert!(changed.len() == 6 && changed.iter().all(|place| place.contains("/risk-")), "{changed:?}");
    // In both scenarios it is the same line; the objects that hold it are called alike.
    let groups = told["groups"].as_array().unwrap();
    let releases: Vec<&str> = groups.iter().flat_map(|group| strings(&group["releases"])).collect();
    assert!(groups.len() <= 2 && releases.len() >= 6, "{groups:#?}");
    let leaf = &groups[0]["causes"][0]["leaves"][0];
    assert_eq!(leaf["path"], "connect.executor.memory");
    assert_eq!(leaf["after"]["place"], "teams/risk.yaml:5:32");
    assert_eq!(leaf["before"]["place"], "main:teams/risk.yaml:5:32");
    assert_eq!((leaf["before"]["value"].as_str(), leaf["after"]["value"].as_str()), (Some("2g"), Some("4g")));
    // The pods mount what changes, and hold its digest.
    let effects: Vec<&str> =
        groups[0]["impacts"].as_array().unwrap().iter().map(|one| one["effect"].as_str().unwrap()).collect();
    assert!(effects.contains(&"ends-sessions"), "{effects:?}");
    let objects = groups[0]["objects"].as_array().unwrap();
    assert!(objects.iter().any(|object| object["digest"] == true), "{objects:?}");
    assert!(
        told["totals"]["before"]["executorMemory"].as_u64()
            < told["totals"]["after"]["executorMemory"].as_u64()
    );
}

/// What an entry only names stands elsewhere in the file.
#[test]
fn an_entry_changes_with_the_anchor_that_it_names() {
    let spec = |memory: &str| {
        format!(
            "releases:\n  one: {{preset: connect, environments: [dev], spec: &own {{connect: {{executor: {{memory: {memory}}}}}}}}}\n  \
             two: {{preset: connect, environments: [dev], spec: *own, namespaces: {{dev: spark-two}}}}"
        )
    };
    let repository = Repository::new(Project::new(&spec("2g")));
    repository.0.spec(&spec("4g"));
    assert_eq!(strings(&repository.told("")["changed"]), ["dev/one", "dev/two"]);
}

#[test]
fn releases_that_come_and_go_are_named() {
    let repository = Repository::fleet();
    std::fs::remove_file(repository.0.path("teams/search.yaml")).unwrap();
    repository.0.layer("Team", "lab", "{}");
    let told = repository.told("--cluster us-1");
    let names = |key: &str| -> Vec<String> {
        told[key].as_array().unwrap().iter().map(|one| one["release"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("added"), ["dev/us-1/lab-connect", "dev/us-1/lab-standalone"]);
    assert_eq!(names("removed"), ["dev/us-1/search-connect", "dev/us-1/search-standalone"]);
    assert!(strings(&told["changed"]).is_empty());
}

#[test]
fn what_others_did_since_the_branch_began_is_not_the_branchs() {
    let repository = Repository::fleet();
    repository.team("risk", "4g");
    repository.commit("more for risk");
    let began = repository.git(&["rev-parse", "main"]);
    repository.git(&["checkout", "--quiet", "main"]);
    repository.team("search", "6g");
    repository.commit("more for search, by somebody else");
    repository.git(&["checkout", "--quiet", "change"]);
    let told = repository.told("--release *-connect");
    assert_eq!(told["base"]["commit"], began.as_str());
    assert!(strings(&told["changed"]).iter().all(|place| place.contains("/risk-")), "{told:#}");
}

#[test]
fn nothing_changes_where_only_comments_do() {
    let repository = Repository::fleet();
    let path = repository.0.path("teams/risk.yaml");
    let layer = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, format!("# More of it.\n{layer}")).unwrap();
    let output = repository.diff("--base main --exit-code");
    assert!(output.status.success());
    assert!(text(&output.stdout).starts_with("12 releases: none changes"), "{output:?}");
    repository.team("risk", "4g");
    assert_eq!(repository.diff("--base main --exit-code").status.code(), Some(1));
    assert_eq!(repository.diff("--base main").status.code(), Some(0));
}

#[test]
fn a_side_that_cannot_be_compiled_is_told_and_the_rest_compared() {
    let repository = Repository::fleet();
    repository.team("search", "3g");
    repository.0.layer("Team", "risk", "conect: {}");
    let broken = repository.diff("--base main");
    assert_eq!(broken.status.code(), Some(1));
    assert!(text(&broken.stderr).contains("teams/risk.yaml:5:3"), "{broken:?}");
    // On the base: the branch mends it, and is not to blame.
    repository.commit("break risk");
    repository.git(&["branch", "--force", "main", "change"]);
    repository.team("risk", "2g");
    repository.team("search", "5g");
    let told = repository.told("");
    assert_eq!(told["unknown"].as_array().unwrap().len(), 6);
    let why = told["unknown"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("main:teams/risk.yaml:5:3: "), "{why}");
    assert_eq!(strings(&told["changed"]).len(), 6);
    // A whole project that nobody can read.
    repository.0.write("sparkctl.yaml", "kind: Projekt\n");
    repository.commit("break all");
    let broken = repository.diff("--base main");
    assert_eq!(broken.status.code(), Some(1));
}

#[test]
fn a_project_that_was_not_there_or_cannot_be_read_is_said_so() {
    let repository = Repository::fleet();
    let text_of = |output: &Output| text(&output.stdout);
    let whole = std::fs::read_to_string(repository.0.path("sparkctl.yaml")).unwrap();
    repository.0.write("sparkctl.yaml", "kind: Projekt\n");
    repository.commit("break it");
    repository.git(&["branch", "--force", "main", "change"]);
    repository.0.write("sparkctl.yaml", &whole);
    let unreadable = text_of(&repository.diff("--base main"));
    assert!(
        unreadable.contains("cannot be read, and nothing compared with it: main:sparkctl.yaml"),
        "{unreadable}"
    );
    assert!(unreadable.starts_with("12 releases: 12 cannot be compared"), "{unreadable}");
    std::fs::remove_file(repository.0.path("sparkctl.yaml")).unwrap();
    repository.commit("take it out");
    repository.git(&["branch", "--force", "main", "change"]);
    repository.0.write("sparkctl.yaml", &whole);
    let new = text_of(&repository.diff("--base main"));
    assert!(new.contains("note: there was no project at `main`"), "{new}");
    assert!(new.starts_with("12 releases: 12 are new"), "{new}");
}

#[test]
fn a_project_may_lie_anywhere_in_its_repository() {
    let place = tempfile::tempdir().unwrap();
    let project = Project::fleet("releases:\n  connect: {preset: connect, environments: [dev], team: risk}");
    let inner = place.path().join("data/spark ü");
    std::fs::create_dir_all(inner.parent().unwrap()).unwrap();
    std::fs::rename(project.path(""), &inner).unwrap();
    let git = |words: &[&str]| {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@git.example"];
        let done = Command::new("git").args(identity).args(words).current_dir(place.path()).status().unwrap();
        assert!(done.success(), "{words:?}");
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "begin"]);
    let team = inner.join("teams/risk.yaml");
    let changed = std::fs::read_to_string(&team).unwrap().replace("2g", "4g");
    std::fs::write(&team, changed).unwrap();
    for directory in [inner.clone(), inner.join("teams"), place.path().to_owned()] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparkctl"));
        command.args(["diff", "--base", "HEAD", "--format", "json"]).current_dir(&directory);
        if directory == place.path() {
            command.arg("--project").arg(&inner);
        }
        // As inside a hook of Git.
        let output = command.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", "elsewhere").output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let told: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(strings(&told["changed"]), ["dev/connect"]);
        assert_eq!(
            told["groups"][0]["causes"][0]["leaves"][0]["before"]["place"],
            "HEAD:data/spark ü/teams/risk.yaml:5:32"
        );
    }
}

/// What a stranger's repository says is not done: no hook, no filter, no link, no option.
#[test]
fn nothing_that_a_repository_says_is_run_or_followed() {
    let repository = Repository::fleet();
    let witness = repository.0.path("witness");
    let script = format!("touch {}", witness.display());
    for (key, value) in [
        ("core.fsmonitor", script.as_str()),
        ("core.pager", &script),
        ("core.sshCommand", &script),
        ("filter.bad.smudge", &script),
        ("filter.bad.clean", &script),
        ("diff.bad.textconv", &script),
        ("diff.external", &script),
        ("alias.ls-tree", &format!("!{script}")),
    ] {
        repository.git(&["config", key, value]);
    }
    repository.0.write(".gitattributes", "* filter=bad diff=bad\n");
    std::os::unix::fs::symlink("/etc/passwd", repository.0.path("clusters/link.yaml")).unwrap();
    repository.git(&["-c", "filter.bad.clean=cat", "add", "--all"]);
    repository.git(&["-c", "core.fsmonitor=false", "commit", "--quiet", "--message", "traps"]);
    repository.git(&["-c", "core.fsmonitor=false", "branch", "--force", "main", "change"]);
    std::fs::remove_file(repository.0.path("clusters/link.yaml")).unwrap();
    let _ = std::fs::remove_file(&witness);
    let output = repository.diff("--base main");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    assert!(told.contains("note: main:clusters/link.yaml is a symbolic link, and is left out"), "{told}");
    assert!(!witness.exists(), "the repository had something run");
    for option in ["--output=x", "-h", ""] {
        let refused = repository.0.command("diff").arg(format!("--base={option}")).output().unwrap();
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains("Git knows no revision"), "{refused:?}");
    }
}

#[test]
fn what_git_cannot_answer_is_said_with_what_to_do() {
    let said = |output: &Output| {
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        text(&output.stderr)
    };
    let alone = Project::fleet("releases: {connect: {preset: connect, environments: [dev]}}");
    assert!(
        said(&alone.command("diff --base main").output().unwrap())
            .contains("does not lie in a Git repository")
    );
    let without = alone.command("diff --base main").env("PATH", "/nowhere").output().unwrap();
    assert!(said(&without).contains("there is no program `git` here"));
    let repository = Repository::fleet();
    assert!(said(&repository.diff("--base orgin/main")).contains("Git knows no revision `orgin/main` here"));
    repository.git(&["checkout", "--quiet", "--orphan", "other"]);
    repository.commit("another beginning");
    assert!(said(&repository.diff("--base main")).contains("have no commit in common"));
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparkctl"));
    let output = command.args(["diff", "--base", "main"]).current_dir(nowhere.path()).output().unwrap();
    assert!(said(&output).contains("there is no project here"));
}

/// Whatever the number of threads and wherever it runs, the same bytes.
#[test]
fn what_is_told_is_the_same_each_time() {
    let repository = Repository::fleet();
    repository.team("risk", "4g");
    repository.team("search", "4g");
    let once = repository.told("");
    assert_eq!(once, repository.told(""));
    let schema = Command::new(env!("CARGO_BIN_EXE_sparkctl")).args(["schema", "diff-base"]).output().unwrap();
    let schema: Json = serde_json::from_slice(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&once).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
