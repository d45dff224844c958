"""What `sparkctl init` writes for CI passes the linters, and its scripts do what they say, run for real.

In a Git repository with a remote of its own, with the binary under test; `gh` and GitLab's API are stood in
for by what records what it was asked. Jobs themselves run nowhere here, nor does Trivy.
"""

import base64
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import yaml

from harness import judges, workflows
from harness.places import KUBERNETES_MINORS
from harness.rendering import Broken

PROJECT = """\
apiVersion: sparkctl/v1alpha1
kind: Project
metadata: {name: platform}
spec:
  releases:
    connect:
      preset: connect
      namespaces: {dev: spark-dev}
"""
STAGING = """\
apiVersion: sparkctl/v1alpha1
kind: Environment
metadata: {name: staging}
spec:
  connect: {driver: {memory: 3g}}
"""
LAYER = """\
apiVersion: sparkctl/v1alpha1
kind: Environment
metadata: {name: dev}
spec:
  connect: {driver: {memory: MEMORY}}
"""
GH = """\
#!/usr/bin/env bash
# Records how it is called, with the file of a --field, and answers what a test put into answers/.
printf '%s\\n' "$*" >>"$STUB/calls"
for word in "$@"; do
    case $word in *=@*) cp "${word#*=@}" "$STUB/sent" ;; esac
done
case "$*" in *--paginate*) cat "$STUB/answer" ;; esac
"""


def check(session, report):
    directory = session.new_directory("workflows") / "platform"
    session.sparkctl.run("init", directory, cwd=directory.parent)
    _lint(directory, report)
    _job(session, directory / "ci" / "render-job.yaml", report)
    _can_fail(session, directory, report)
    stand = Stand(session, directory)
    for part in (_install, _checked, _told, _commented, _reported, _listed, _promoted, _proposed, _noted):
        report.judge(f"run: {part.__doc__}", list(part(stand)))


def _lint(directory, report):
    report.judge("actionlint", workflows.actionlint(directory))
    report.judge("zizmor, as an auditor", workflows.zizmor(directory))
    scripts = sorted((directory / "ci").glob("*.sh"))
    report.judge("shellcheck", workflows.shell(scripts), f"{len(scripts)} scripts")
    pipeline = (directory / ".gitlab-ci.yml").read_text()
    report.judge("GitLab's schema", workflows.gitlab(pipeline), f"{len(yaml.safe_load(pipeline))} entries")
    files = [file for file in directory.rglob("*") if file.suffix in (".yaml", ".yml")]
    named = {name for file in files for name in _scripts(file.read_text())}
    report.judge("scripts", [f"nothing is at {name}" for name in named if not (directory / name).is_file()],
                 " ".join(sorted(named)))


def _scripts(text):
    return {word for word in text.replace('"', " ").split() if word.startswith("ci/") and word.endswith((".sh", ".py"))}


def _job(session, file, report):
    job = yaml.safe_load(file.read_text())
    complaints = []
    for minor in KUBERNETES_MINORS:
        complaints += judges.kubeconform_builtin([file], minor)[file]
        complaints += judges.kubernetes_validate_strict(job, minor)
    pods = str(job["spec"]["completions"])
    arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
    if f"--shard=/{pods}" not in arguments or job["spec"]["parallelism"] != int(pods):
        complaints.append(f"{pods} pods and {arguments} do not fit")
    checked = session.sparkctl.ask("check", "--manifests", file, "--namespace", "ci", cwd=file.parent)
    if checked.returncode != 0:
        complaints.append(checked.stderr.decode())
    report.judge("Job", complaints, f"for Kubernetes {' '.join(KUBERNETES_MINORS)}, and by sparkctl's own rules")


def _can_fail(session, directory, report):
    """Each linter refuses what it is there for."""
    text = (directory / ".github" / "workflows" / "sparkctl.yaml").read_text()

    def judged(judge):
        def look(text):
            root = session.new_directory("lint")
            (root / ".github" / "workflows").mkdir(parents=True)
            (root / ".github" / "workflows" / "sparkctl.yaml").write_text(text)
            return judge(root)

        return look

    def but(old, new):
        if old not in text:
            raise Broken(f"the workflow says nothing of {old}")
        return text.replace(old, new)

    report.refuses("actionlint", judged(workflows.actionlint), text, {
        "an unknown key": but("timeout-minutes: 15", "timeout-minute: 15"),
        "a job that is not there": but("needs: difference", "needs: differences"),
        "an output that is not there": but("needs.images.outputs.list", "needs.images.outputs.lists"),
        "a script that splits words": but('bash ci/install.sh "$SPARKCTL"', "bash ci/install.sh $SPARKCTL"),
    })
    report.refuses("zizmor", judged(workflows.zizmor), text, {
        "an action by its tag": but("actions/checkout@93cb6efe18208431cddfb8368fd83d5badbf9bfd # v5.0.1", "actions/checkout@v5"),
        "an expression in a script": but('"$BASE" >difference.md', '"${{ github.head_ref }}" >difference.md'),
        "the rights of the base": but("  pull_request:\n", "  pull_request_target:\n"),
        "all rights": but("permissions: {}\n\nconcurrency", "permissions: write-all\n\nconcurrency"),
        "credentials left behind": but("persist-credentials: false", "persist-credentials: true"),
    })
    pipeline = (directory / ".gitlab-ci.yml").read_text()
    report.refuses("GitLab's schema", workflows.gitlab, pipeline, {
        "a job without a script": pipeline.replace("  script:\n    - python3 ci/gitlab_note.py", "  scripts:\n    - python3 ci/gitlab_note.py"),
        "a wrong type": pipeline.replace("expire_in: 1 week", "expire_in: [1]"),
        "a job that is not there": pipeline.replace("needs: [difference]", "needs: [differences]"),
        "no YAML": pipeline + "\t- :",
    })

    def scripts(text):
        file = session.new_directory("script") / "script.sh"
        file.write_text(text)
        return workflows.shell([file])

    good = (directory / "ci" / "install.sh").read_text()
    report.refuses("shellcheck", scripts, good, {
        "no end": good + "if true; then\n", "a word that splits": good.replace('chmod +x "$file"', "chmod +x $file"),
    })


class Stand:
    """A project in a Git repository, with a remote, a stand-in for gh, and the steps of its workflows."""

    def __init__(self, session, directory):
        self.directory = directory
        self.stub = session.new_directory("gh")
        self.sparkctl = self.stub / "sparkctl"
        (self.stub / "gh").write_text(GH)
        (self.stub / "gh").chmod(0o755)
        (self.stub / "answer").write_text("")
        self.environment = {
            "PATH": f"{self.stub}:{os.environ['PATH']}", "HOME": str(session.new_directory("home")),
            "LC_ALL": "C.UTF-8", "STUB": str(self.stub), "SPARKCTL": str(self.sparkctl),
            "GIT_AUTHOR_NAME": "ci", "GIT_AUTHOR_EMAIL": "ci@git.example",
            "GIT_COMMITTER_NAME": "ci", "GIT_COMMITTER_EMAIL": "ci@git.example",
            "GITHUB_REPOSITORY": "data/platform", "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_STEP_SUMMARY": str(self.stub / "summary"), "GITHUB_OUTPUT": str(self.stub / "output"),
        }
        self.remote = session.new_directory("remote")
        (directory / "sparkctl.yaml").write_text(PROJECT)
        for environment in ("staging", "prod"):
            (directory / "environments" / f"{environment}.yaml").unlink()
        self.binary = session.sparkctl.binary
        self.named(f"file://{self.binary}", hashlib.sha256(self.binary.read_bytes()).hexdigest())
        self.memory("3g")
        session.sparkctl.run("render", cwd=directory)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", self.remote)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", self.remote)
        self.base = self.commit("begin")
        self.git("push", "--quiet", "origin", "main")
        self.contexts = {
            "github.token": "token", "github.event.pull_request.base.sha": self.base,
            "github.event.pull_request.number": "7",
            "inputs.from": "main", "inputs.to": "dev", "inputs.path": "", "inputs.release": "",
        }

    def named(self, url, digest):
        """What ci/sparkctl.env names."""
        (self.directory / "ci" / "sparkctl.env").write_text(f"SPARKCTL_URL={url}\nSPARKCTL_SHA256={digest}\n")

    def memory(self, amount):
        (self.directory / "environments" / "dev.yaml").write_text(LAYER.replace("MEMORY", amount))

    def render(self):
        subprocess.run([self.binary, "render"], cwd=self.directory, env=self.environment, check=True, capture_output=True)

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.directory, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"git {words[0]}: {done.stderr}")
        return done.stdout.strip()

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def step(self, job, step, workflow="sparkctl", **contexts):
        """What a step of a workflow does."""
        file = self.directory / ".github" / "workflows" / f"{workflow}.yaml"
        read = workflows.Workflow(file, self.contexts | contexts)
        environment = self.environment | {"GITHUB_SHA": self.git("rev-parse", "HEAD")}
        return read.run(job, step, self.directory, environment)

    def script(self, *words, **more):
        return subprocess.run(
            [*words], cwd=self.directory, env=self.environment | more, capture_output=True, text=True, timeout=300,
        )

    def calls(self):
        """How gh was called since the last time."""
        file = self.stub / "calls"
        said = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return said


def _ends(done, status, *words):
    """Complaints, unless it ends so and says so."""
    said = done.stdout + done.stderr
    if (done.returncode == 0) != (status == 0):
        yield f"exits {done.returncode}: {said[-1500:]}"
    for word in words:
        if word not in said:
            yield f"does not say `{word}`: {said[-1500:]}"


def _install(stand):
    """sparkctl is fetched, by its checksum, and nothing else is"""
    env = (stand.directory / "ci" / "sparkctl.env").read_text()
    stand.named("https://artifacts.example/sparkctl", "0" * 64)
    yield from _ends(stand.step("check", "install"), 2, "belongs to nobody")
    stand.named(f"file://{stand.binary}", "0" * 64)
    yield from _ends(stand.step("check", "install"), 1, "is not what ci/sparkctl.env expects")
    if stand.sparkctl.exists():
        yield "leaves what it does not trust"
    (stand.directory / "ci" / "sparkctl.env").write_text(env)
    yield from _ends(stand.step("check", "install"), 0, "sparkctl ")


def _checked(stand):
    """a change that was not rendered fails, with a note at the line; rendered it passes"""
    yield from _ends(stand.step("check", "check"), 0)
    stand.git("switch", "--quiet", "--create", "change")
    stand.memory("5g")
    yield from _ends(stand.step("check", "check"), 1, "::error file=rendered/dev/connect/", "run sparkctl render")
    stand.render()
    yield from _ends(stand.step("check", "check"), 0)
    layer = stand.directory / "environments" / "dev.yaml"
    layer.write_text(layer.read_text() + "  conect: {}\n")
    yield from _ends(stand.step("check", "check"), 1, "::error file=environments/dev.yaml,line=6")
    stand.memory("5g")
    stand.commit("more memory")


def _told(stand):
    """the difference is told as Markdown, and no manifest can end it early"""
    yield from _ends(stand.step("difference", "difference"), 0)
    text = (stand.directory / "difference.md").read_text()
    for words in ("<!-- sparkctl -->", "environments/dev.yaml", "<code>connect.driver.memory</code> <code>3g</code> → <code>5g</code>", "<details>"):
        if words not in text:
            yield f"does not say `{words}`: {text[:1500]}"
    impacts, fields = text.find("what it does"), text.find("<details>")
    if not 0 < impacts < fields:
        yield "does not begin with what the change does"
    if (stand.stub / "summary").read_text() != text:
        yield "is not in the summary"
    layer = stand.directory / "environments" / "dev.yaml"
    before = layer.read_text()
    words = "a`b</details><img src=x> @everybody | " + "é" * 70000
    layer.write_text(before + "  spark: {conf: {spark.app.name: " + json.dumps(words) + "}}\n")
    done = stand.script("bash", "ci/difference.sh", stand.base)
    yield from _ends(done, 0, "everybody")
    if any(word in done.stdout for word in ("b</details>", "<img", "@everybody")) or len(done.stdout) > 65536:
        yield "a value ends it, or it is too long for a comment"
    layer.write_text(before + "  conect: {}\n")
    broken = stand.script("bash", "ci/difference.sh", stand.base)
    yield from _ends(broken, 0, "<!-- sparkctl -->", "cannot be rendered")
    layer.write_text(before)
    none = stand.script("bash", "ci/difference.sh", "HEAD")
    yield from _ends(none, 0, "none changes")
    yield from _ends(stand.script("bash", "ci/difference.sh", "nowhere"), 2, "Git knows no revision")


def _commented(stand):
    """a change has one comment, kept up to date"""
    yield from _ends(stand.step("difference", "difference"), 0)
    stand.calls()
    yield from _ends(stand.step("comment", "comment"), 0)
    asked, written = stand.calls()
    if not written.startswith("api --method POST --silent repos/data/platform/issues/7/comments"):
        yield f"makes none: {written}"
    if (stand.stub / "sent").read_text() != (stand.directory / "difference.md").read_text():
        yield "sends something else"
    (stand.stub / "answer").write_text("41\n42\n")
    yield from _ends(stand.step("comment", "comment"), 0)
    asked, written = stand.calls()
    if not written.startswith("api --method PATCH --silent repos/data/platform/issues/comments/41 "):
        yield f"does not change it: {written}"
    # The choice of the comment is jq's inside gh.
    query = asked.partition("--jq ")[2]
    mine = {"id": 3, "user": {"login": "github-actions[bot]"}, "body": "<!-- sparkctl -->\nx"}
    comments = [mine | {"id": 1, "user": {"login": "stranger"}}, mine | {"id": 2, "body": "x <!-- sparkctl -->"}, mine]
    if shutil.which("jq"):
        chosen = subprocess.run(["jq", query], input=json.dumps(comments), capture_output=True, text=True)
        if chosen.stdout.split() != ["3"]:
            yield f"chooses {chosen.stdout}{chosen.stderr}"


def _reported(stand):
    """findings are uploaded as SARIF, and become GitLab's code quality"""
    stand.memory("6g")
    yield from _ends(stand.step("report", "report"), 0)
    log = (stand.directory / "sparkctl.sarif").read_bytes()
    yield from judges.sarif(json.loads(log))
    results = json.loads(log)["runs"][0]["results"]
    if not results:
        yield "finds nothing in what is stale"
    stand.calls()
    yield from _ends(stand.step("report", "upload"), 0)
    [call] = stand.calls()
    if "POST --silent repos/data/platform/code-scanning/sarifs" not in call or "ref=refs/pull/7/merge" not in call:
        yield f"uploads it elsewhere: {call}"
    if gzip.decompress(base64.b64decode((stand.stub / "sent").read_bytes())) != log:
        yield "uploads something else"
    done = stand.script("python3", "ci/code_quality.py", "sparkctl.sarif")
    yield from _ends(done, 0)
    issues = json.loads(done.stdout)
    if len(issues) != len(results) or any(
        not issue["fingerprint"] or not issue["location"]["path"] or issue["location"]["lines"]["begin"] < 1
        for issue in issues
    ):
        yield f"is no code quality: {done.stdout[:500]}"
    stand.memory("5g")


def _listed(stand):
    """the images are those that the manifests name, executors' too"""
    yield from _ends(stand.step("images", "list"), 0)
    line = (stand.stub / "output").read_text().strip()
    images = json.loads(line.removeprefix("list="))
    named = stand.script("grep", "-rho", "docker.io/apache/spark:[a-z0-9.-]*", "rendered").stdout.split()
    if images != sorted(set(named)) or not images:
        yield f"lists {images}, not {sorted(set(named))}"
    if stand.script("bash", "ci/images.sh", "nowhere").returncode == 0:
        yield "is content with nothing"


def _promoted(stand):
    """an environment's branch moves forward to what is on main and checked, and nowhere else"""
    def promote(source, target):
        contexts = {"inputs.from": source, "inputs.to": target}
        return stand.step("promote", "promote", "sparkctl-promote", **contexts)

    def at(branch):
        return stand.git("ls-remote", "origin", f"refs/heads/{branch}").split("\t")[0]

    yield from _ends(promote("staging", "prod"), 1, "promote to staging first")
    yield from _ends(promote("main", "main"), 2, "cannot promote")
    yield from _ends(promote("main", "dev; id"), 2, "cannot promote")
    yield from _ends(promote("main", "dev"), 0, f"env/dev is at {stand.base}")
    if at("env/dev") != stand.base:
        yield "dev was not moved"
    # A branch that nobody merged is no place to promote from.
    stand.git("push", "--quiet", "origin", "change:env/staging")
    yield from _ends(promote("staging", "dev"), 1, "nobody reviewed it there")
    stand.git("push", "--quiet", "origin", "change:main")
    yield from _ends(promote("main", "dev"), 0)
    if at("env/dev") != stand.git("rev-parse", "change"):
        yield "dev was not moved on"
    # What main holds does not pass: nothing moves.
    stand.memory("7g")
    stale = stand.commit("not rendered")
    stand.git("push", "--quiet", "origin", "change:main")
    yield from _ends(promote("main", "dev"), 1)
    stand.git("push", "--quiet", "origin", f"{stand.base}:refs/heads/env/old")
    yield from _ends(promote("old", "dev"), 1, "non-fast-forward")
    if at("env/dev") in (stale, stand.base):
        yield "dev was moved to what does not pass, or back"
    if "platform" not in stand.git("worktree", "list") or stand.git("worktree", "list").count("\n"):
        yield "leaves a worktree behind"


def _proposed(stand):
    """a value of one environment is proposed for another one on a branch of its own, and nothing else is run"""
    def propose(value, source="dev", target="staging", release=""):
        contexts = {"inputs.path": value, "inputs.from": source, "inputs.to": target, "inputs.release": release}
        return stand.step("propose", "propose", "sparkctl-promote-value", **contexts)

    stand.git("switch", "--quiet", "--force-create", "proposals", stand.base)
    project = stand.directory / "sparkctl.yaml"
    # Nobody's addresses will do where nothing is synced.
    text = project.read_text().replace("{dev: spark-dev}", "{dev: spark-dev, staging: spark-staging}")
    project.write_text(text.replace("spec:\n", "spec:\n  rules: {layer/example-value: warning}\n", 1))
    (stand.directory / "environments" / "staging.yaml").write_text(STAGING)
    stand.memory("9g")
    stand.render()
    main = stand.commit("a staging")
    stand.git("push", "--quiet", "--force", "origin", "proposals:main")
    witness = stand.stub / "witness"
    for value, source, target, release in (
        (f"x; touch {witness}", "dev", "staging", ""), (f"$(touch {witness})", "dev", "staging", ""),
        ("--dry-run", "dev", "staging", ""), ("connect.driver.memory", f"dev; touch {witness}", "staging", ""),
        ("connect.driver.memory", "dev", "staging", f"x`touch {witness}`"),
    ):
        done = propose(value, source, target, release)
        if done.returncode == 0 or witness.exists():
            yield f"takes {value} {source} {target} {release}: {done.stdout}{done.stderr}"
    stand.git("switch", "--quiet", "--force", "proposals")
    stand.calls()
    yield from _ends(propose("connect.driver.memory"), 0)
    branch = "promote/staging/connect-driver-memory"
    proposed = stand.git("ls-remote", "origin", f"refs/heads/{branch}").split("\t")[0]
    changed = stand.git("diff", "--name-only", main, proposed).splitlines() if proposed else []
    if "environments/staging.yaml" not in changed or not any(file.startswith("rendered/staging/") for file in changed):
        yield f"changes {changed}"
    if any(not file.startswith(("environments/staging.yaml", "rendered/staging/")) for file in changed):
        yield f"changes more: {changed}"
    calls = stand.calls()
    if not any(call.startswith(f"pr create --base main --head {branch} ") for call in calls):
        yield f"opens no pull request: {calls}"
    stand.git("push", "--quiet", "origin", f"{branch}:main")
    again = propose("connect.driver.memory")
    yield from _ends(again, 0, "already")
    if any(call.startswith("pr ") for call in stand.calls()):
        yield "opens another pull request"


def _noted(stand):
    """a merge request of GitLab has one note, kept up to date"""
    kept = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self):
            first = self.path.endswith("&page=1")
            self._answer({"id": 5} if self.path.endswith("/user") else kept if first else [])

        def do_POST(self):
            kept.append({"id": 9, "author": {"id": 5}, **self._body()})
            self._answer(kept[-1])

        def do_PUT(self):
            kept[-1] |= self._body() | {"put": self.path}
            self._answer(kept[-1])

        def _body(self):
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, value):
            self.send_response(200 if self.headers["PRIVATE-TOKEN"] == "token" else 401)
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_):
            pass

    kept.append({"id": 8, "author": {"id": 6}, "body": "<!-- sparkctl -->\nof somebody else"})
    server = HTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    note = stand.directory / "note.md"
    try:
        for text in ("<!-- sparkctl -->\none", "<!-- sparkctl -->\ntwo"):
            note.write_text(text)
            yield from _ends(stand.script(
                "python3", "ci/gitlab_note.py", "note.md", SPARKCTL_NOTE_TOKEN="token", no_proxy="*",
                CI_API_V4_URL=f"http://127.0.0.1:{server.server_port}/api/v4", CI_PROJECT_ID="3",
                CI_MERGE_REQUEST_IID="7",
            ), 0)
    finally:
        server.shutdown()
        server.server_close()
    if [entry["body"].splitlines()[1] for entry in kept] != ["of somebody else", "two"]:
        yield f"the notes are {kept}"
    elif kept[1]["put"] != "/api/v4/projects/3/merge_requests/7/notes/9":
        yield f"changes another one: {kept}"
