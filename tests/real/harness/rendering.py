"""The binary under test, and the bundles that it writes, as a consumer finds them on the disk."""

import functools
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

KUSTOMIZATION = "kustomization.yaml"
LOCK = ".sparkctl.lock"


class Broken(Exception):
    """The binary or a bundle is not what it should be."""


@dataclass(frozen=True)
class Surroundings:
    """What must not matter to a render: locale, time zone, threads."""

    locale: str = "C.UTF-8"
    zone: str = "UTC"
    threads: str = "2"


class Sparkctl:
    """Runs one binary with an environment that holds nothing but what a test says."""

    def __init__(self, binary, home):
        self.binary = Path(binary).resolve()
        self.home = home

    def run(self, *arguments, cwd, surroundings=Surroundings()):
        """Standard output, as bytes; raises with the binary's own words if it fails."""
        done = self.ask(*arguments, cwd=cwd, surroundings=surroundings)
        if done.returncode != 0:
            command = " ".join(["sparkctl", *map(str, arguments)])
            raise Broken(f"`{command}` exits {done.returncode}\n{done.stderr.decode(errors='replace')}")
        return done.stdout

    def ask(self, *arguments, cwd, surroundings=Surroundings(), stdin=b""):
        """The completed process, whatever its exit status."""
        return subprocess.run(
            [self.binary, *arguments],
            cwd=cwd, input=stdin, capture_output=True, timeout=120,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "LC_ALL": surroundings.locale,
                "TZ": surroundings.zone,
                "RAYON_NUM_THREADS": surroundings.threads,
            },
        )

    def names(self, what, cwd):
        """The names that `sparkctl list WHAT` tells."""
        listed = json.loads(self.run("list", what, "--format", "json", cwd=cwd))
        names = [entry["name"] for entry in listed]
        if not names:
            raise Broken(f"`sparkctl list {what}` names none")
        return names


@dataclass(frozen=True)
class Manifest:
    """One file of a bundle, and the one object in it."""

    file: Path
    text: str
    object: dict

    @property
    def group(self):
        """The API group, "" for the core's."""
        api_version = self.object["apiVersion"]
        return api_version.rpartition("/")[0]


@dataclass(frozen=True)
class Bundle:
    """A bundle on the disk, and the output directory that it was rendered into."""

    out: Path
    directory: Path

    @functools.cached_property
    def manifests(self):
        """What `kustomization.yaml` lists, in its order."""
        listed = read_one(self.directory / KUSTOMIZATION)["resources"]
        return [self._manifest(self.directory / name) for name in listed]

    @functools.cached_property
    def spark_minor(self):
        """The Spark version that it was rendered for, as its lock tells."""
        inputs = json.loads((self.directory / LOCK).read_text())["inputs"]
        found = [name for name in inputs if re.search(r"\bversions/[0-9.]+\.yaml$", name)]
        if len(found) != 1:
            raise Broken(f"{self.directory / LOCK} names {len(found)} versions of Spark")
        return Path(found[0]).stem

    def of_kind(self, kind):
        """The objects of a kind."""
        return [m.object for m in self.manifests if m.object["kind"] == kind]

    def _manifest(self, file):
        text = file.read_text()
        found = _parsed(text) or read_one(file)
        if not isinstance(found, dict) or not {"apiVersion", "kind", "metadata"} <= found.keys():
            raise Broken(f"{file}: not a Kubernetes object")
        return Manifest(file, text, found)

    def stray_files(self):
        """Files that are there but that nothing lists."""
        listed = {manifest.file for manifest in self.manifests}
        listed |= {self.directory / KUSTOMIZATION, self.directory / LOCK}
        found = {file for file in self.directory.rglob("*") if not file.is_dir()}
        return sorted(str(file.relative_to(self.directory)) for file in found - listed)


@functools.cache
def _parsed(text):
    """The one document in a text, read once however many files hold it; None if it is not one."""
    try:
        [document] = yaml.load_all(text, yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError):
        return None
    return document


def read_one(file):
    """The one YAML document in a file."""
    try:
        documents = list(yaml.load_all(file.read_bytes(), yaml.CSafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise Broken(f"{file}: {error}") from error
    if len(documents) != 1:
        raise Broken(f"{file}: {len(documents)} documents instead of one")
    return documents[0]


def find_bundle(out, environment):
    """The one bundle that a render of one release has written below `out`."""
    found = [lock.parent for lock in Path(out).rglob(LOCK)]
    if len(found) != 1:
        raise Broken(f"{len(found)} bundles below the output directory instead of one")
    if found[0].parent != Path(out) / environment:
        raise Broken(f"the bundle is in {found[0].relative_to(out)}, not in {environment}/RELEASE")
    return Bundle(Path(out), found[0])
