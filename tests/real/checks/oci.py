"""What `sparkctl push` puts into a registry is what was rendered, and what Argo CD, Flux and Helm take.

A registry with TLS, an authority of the test's own and a password, and one without any of it.
"""

import dataclasses
import gzip
import io
import json
import re
import shutil
import subprocess
import tarfile

from harness import certificates, places, registries
from harness.process import free_ports
from harness.rendering import LOCK, Broken, Sparkctl, Surroundings
from harness.stage import machine_environment

# argocd-repo-server's default for --oci-layer-media-types; it wants exactly one layer that it unpacks.
ARGO_CD = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
)

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: spark-connect\nversion: 1.2.3+test.4\ndescription: \"a: b\"\n",
    "values.yaml": "greeting: hello\n",
    "templates/configmap.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: sample\ndata:\n  a: {{ .Values.greeting | quote }}\n"
    ),
}


def check(session, report):
    issued = certificates.issue(session.new_directory("certificates"))
    with registries.registry(session.new_directory("registry"), issued) as registry:
        user = _User(session, registry)
        _bundles(session, report, user)
        _chart(session, report, user)
        _refusals(session, report, user)
    with registries.registry(session.new_directory("registry")) as registry:
        _plain(session, report, registry)


class _User:
    """Somebody with a home directory, logged in, in a directory with a bundle."""

    def __init__(self, session, registry):
        self.registry = registry
        self.home = session.new_directory("home")
        self.directory = session.new_directory("work")
        self.sparkctl = Sparkctl(session.sparkctl.binary, self.home)
        registries.log_in(self.home, registry.host)
        self.sparkctl.run("render", "--env", "prod", "--preset", "jupyter-connect", cwd=self.directory)

    bundle = "rendered/prod/jupyter-connect"

    def rendered(self):
        """The files of the bundle, without the lock."""
        root = self.directory / self.bundle
        paths = [path for path in root.rglob("*") if path.is_file() and path.name != LOCK]
        return {str(path.relative_to(root)): path.read_bytes() for path in paths}

    def push(self, reference, *words, surroundings=Surroundings()):
        """What is printed, as (word, reference, digest)."""
        done = self.sparkctl.run(
            "push", f"oci://{self.registry.host}/{reference}", *words, *self._trust(), "--quiet",
            cwd=self.directory, surroundings=surroundings,
        )
        word, named = done.decode().strip().rsplit(" ", 1)
        return (word, *named.split("@"))

    def _trust(self):
        return ["--ca-file", self.registry.authority] if self.registry.authority else ["--plain-http"]


def _bundles(session, report, user):
    registry, files = user.registry, user.rendered()
    word, _, digest = user.push("data/connect:v1", user.bundle, "--revision", "main@sha1:0123")
    pulled = registry.pull("data/connect", "v1")
    found = [] if word == "pushed" else [f"says {word}"]
    found += complaints(pulled, files, digest)
    annotations = pulled.named.get("annotations", {})
    if annotations.get("org.opencontainers.image.revision") != "main@sha1:0123":
        found.append(f"its annotations are {annotations}")
    report.judge("prod/jupyter-connect", found, f"pushed over TLS with a password: {len(files)} files, {digest[:19]}")

    before = registry.writes()
    again = user.push("data/connect:v1", user.bundle, "--revision", "main@sha1:0123")
    found = [] if again[0] == "unchanged" and again[2] == digest else [f"says {again}"]
    if registry.writes() != before:
        found.append(f"{registry.writes() - before} requests wrote something")
    report.judge("pushed again", found, "the same digest, nothing written")

    before = registry.writes()
    chosen = ("--env", "prod", "--preset", "jupyter-connect", "--revision", "main@sha1:0123")
    elsewhere = Surroundings(locale="C", zone="Asia/Tokyo", threads="1")
    compiled = user.push("data/connect:v2", *chosen, surroundings=elsewhere)
    found = [] if compiled[2] == digest else [f"has {compiled[2]}"]
    if registry.writes() != before + 1:
        found.append(f"{registry.writes() - before} requests wrote something, not the manifest alone")
    report.judge("compiled and pushed", found, "the same digest, in another time zone and locale")

    _crane(report, user, files)
    _can_fail(report, pulled, files, digest)


def _crane(report, user, files):
    """The library that Flux pulls with."""
    environment = machine_environment() | {
        "HOME": str(user.home), "SSL_CERT_FILE": str(user.registry.authority),
    }

    def crane(*words):
        done = subprocess.run(
            [places.CRANE, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
        )
        if done.returncode:
            raise Broken(f"crane {words[0]}: {done.stderr.decode()}")
        return done.stdout

    image = f"{user.registry.host}/data/connect:v1"
    crane("validate", "--remote", image)
    with tarfile.open(fileobj=io.BytesIO(crane("export", image, "-"))) as archive:
        members = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}
    report.judge("crane", _differences(members, files), "validates it, and unpacks what was rendered")


def complaints(pulled, files, digest):
    """About an artifact that should hold these files."""
    found = [] if pulled.digest == digest else [f"its digest is {pulled.digest}, and {digest} was told"]
    named = pulled.named
    for blob in [named["config"], *named["layers"]]:
        content = pulled.blobs.get(blob["digest"], b"")
        if registries.digest(content) != blob["digest"] or len(content) != blob["size"]:
            found.append(f"the blob {blob['digest']} is not what the manifest names")
    if [layer["mediaType"] for layer in named["layers"] if layer["mediaType"] in ARGO_CD] != [ARGO_CD[1]]:
        found.append("Argo CD would not unpack it")
    if "org.opencontainers.image.created" in named.get("annotations", {}):
        found.append("there is a time in it")
    try:
        found += _differences(pulled.files(), files)
    except (OSError, EOFError, KeyError, tarfile.TarError) as error:
        found.append(f"its first layer is no gzipped tar, as Flux wants it: {error!r}")
    return found


def _differences(found, wanted):
    names = sorted(found.keys() | wanted.keys())
    return [f"another file: {name}" for name in names if found.get(name) != wanted.get(name)]


def _can_fail(report, pulled, files, digest):
    def changed(change):
        named = pulled.named
        change(named)
        return dataclasses.replace(pulled, manifest=json.dumps(named).encode())

    def with_layer(content):
        named = pulled.named
        named["layers"][0] |= {"digest": registries.digest(content), "size": len(content)}
        return registries.Pulled(json.dumps(named).encode(), pulled.blobs | {registries.digest(content): content})

    def flux_type(named):
        named["layers"][0]["mediaType"] = "application/vnd.cncf.flux.content.v1.tar+gzip"

    broken = {
        "another digest": changed(lambda named: None),
        "a type that Argo CD does not know": changed(flux_type),
        "two layers": changed(lambda named: named["layers"].append(named["layers"][0])),
        "a layer that is no tar": with_layer(gzip.compress(b"not a tar")),
        "another blob": dataclasses.replace(pulled, blobs=dict.fromkeys(pulled.blobs, b"")),
    }

    def judge(candidate):
        # Only the first is judged by the digest that was told: each of the others has a fault of its own.
        told = digest if candidate in (pulled, broken["another digest"]) else candidate.digest
        return complaints(candidate, files, told)

    report.refuses("what is pulled", judge, pulled, broken)
    less = dict(list(files.items())[1:])
    report.refuses("the files", lambda files: complaints(pulled, files, digest), files, {"one less": less})


def _chart(session, report, user):
    directory = user.directory / "chart"
    for name, text in CHART.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    outputs = {name: registries.digest(text.encode())[7:] for name, text in CHART.items()}
    lock = {"format": 1, "release": {}, "inputs": {}, "outputs": outputs}
    (directory / LOCK).write_text(json.dumps(lock))
    user.push("charts/spark-connect:1.2.3_test.4", "chart")

    target = session.new_directory("pulled")
    done = subprocess.run(
        [places.HELM, "pull", f"oci://{user.registry.host}/charts/spark-connect", "--version", "1.2.3+test.4",
         "--untar", "--ca-file", user.registry.authority,
         "--registry-config", user.home / ".docker" / "config.json"],
        cwd=target, env=machine_environment() | {"HOME": str(user.home)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )
    if done.returncode:
        report.fail("helm pull", f"exits {done.returncode}", done.stderr)
        return
    root = target / "spark-connect"
    paths = [path for path in root.rglob("*") if path.is_file()]
    found = {str(path.relative_to(root)): path.read_bytes() for path in paths}
    report.judge(
        "helm pull", _differences(found, {name: text.encode() for name, text in CHART.items()}),
        "a chart, by its version, unpacked as it was",
    )


def _refusals(session, report, user):
    """What may be wrong: the exit status, what is said, and that no secret is."""
    host = user.registry.host
    trust = ["--ca-file", user.registry.authority]
    other = certificates.issue(session.new_directory("certificates"))
    stranger = session.new_directory("home")
    registries.log_in(stranger, host, "wrong-password")
    [closed] = free_ports(1)
    logged_in, nobody = user.home, session.new_directory("home")
    edited = user.directory / "edited"
    shutil.copytree(user.directory / user.bundle, edited)
    with open(edited / "kustomization.yaml", "a") as file:
        file.write("# by hand\n")

    def judged(subject, home, reference, bundle, words, status, pattern):
        done = Sparkctl(user.sparkctl.binary, home).ask(
            "push", f"oci://{reference}", bundle, *words, cwd=user.directory,
        )
        said = done.stderr.decode()
        found = [] if done.returncode == status else [f"exits {done.returncode}, not {status}: {said}"]
        if not re.search(pattern, said):
            found.append(f"says: {said}")
        if re.search("wrong-password|test-password|cHVibGlzaGVy", said + done.stdout.decode()):
            found.append("shows a password")
        report.judge(subject, found, f"exits {status}")

    there, bundle = f"{host}/data/connect:v3", user.bundle
    judged("a wrong password", stranger, there, bundle, trust, 2, r"HTTP 401.*\n.*\(user `publisher`\)\n.*docker login")
    judged("no password", nobody, there, bundle, trust, 2, r"HTTP 401.*\n.*no credentials were sent")
    judged("an unknown authority", logged_in, there, bundle, [], 2, r"cannot trust 127.*\n.*--ca-file")
    judged("another authority", logged_in, there, bundle, ["--ca-file", other.authority], 2, "cannot trust")
    judged("no certificate in the file", logged_in, there, bundle, ["--ca-file", other.key], 2, "no certificate is in it")
    judged("nobody there", logged_in, f"127.0.0.1:{closed}/a:b", bundle, trust, 2, "nothing listens at its port")
    judged("no such host", logged_in, "registry.invalid/a:b", bundle, trust, 2, "cannot reach registry.invalid")
    judged("an edited bundle", logged_in, there, "edited", trust, 1, r"kustomization.yaml \(edited\)")
    tags = json.loads(user.registry.get("data/connect/tags/list"))["tags"]
    report.judge("nothing of it", [] if sorted(tags) == ["v1", "v2"] else [f"the tags are {tags}"], "was tagged")


def _plain(session, report, registry):
    user = _User(session, registry)
    word, _, digest = user.push("data/connect:v1", user.bundle)
    found = complaints(registry.pull("data/connect", "v1"), user.rendered(), digest)
    report.judge("without TLS", found, "pushed where --plain-http says so")
    done = user.sparkctl.ask("push", f"oci://{registry.host}/a:b", user.bundle, cwd=user.directory)
    said = done.stderr.decode()
    found = [] if done.returncode == 2 and "does not speak TLS" in said else [f"exits {done.returncode}: {said}"]
    report.judge("without TLS", found, "refused where nobody says so")
