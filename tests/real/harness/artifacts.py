"""What the checks take from Maven Central: `maven.txt`, and what `versions/*.yaml` says that a Spark needs.

In `maven.txt` are sections in brackets, and in them a line for each artifact,
`SHA-256  group:name:version[:type[:classifier]]`. A section of `versions/X.Y.yaml` is called
`NEED-X.Y`, such as `s3aSlim-4.1`: what is run here is what is rendered.

Only the standard library: `install.py` reads this before there is anything else.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from harness import places

# Of the needs in `versions/*.yaml`, those that the checks use.
_NEEDS = ("s3aSlim", "committers", "iceberg", "connect", "jdbc")


@dataclass(frozen=True)
class Artifact:
    section: str
    sha256: str
    group: str
    name: str
    version: str
    type: str = "jar"
    classifier: str = ""

    @property
    def coordinate(self):
        return f"{self.group}:{self.name}:{self.version}"

    @property
    def file(self):
        """In the cache; Maven's own name for it."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return home() / self.section / f"{self.name}-{self.version}{classifier}.{self.type}"


@functools.cache
def read():
    """All of them."""
    found = _listed(places.MAVEN_ARTIFACTS.read_text())
    for spark in places.SPARKS.values():
        found += needed(spark.facts.read_text(), spark.minor)
    return found


@functools.cache
def home():
    """The directory of the cache that holds these and no others."""
    return places.CACHE / f"maven-{places.digest(repr(read()).encode())}"


@functools.cache
def sections():
    """Every section, also one that a version of Spark has nothing in."""
    of_sparks = {f"{need}-{spark.minor}" for spark in places.SPARKS.values() for need in _NEEDS}
    return of_sparks | {artifact.section for artifact in read()}


def directory(section) -> Path:
    """Where the artifacts of a section lie, and nothing else."""
    if section not in sections():
        raise KeyError(f"neither maven.txt nor versions/*.yaml has a section {section}")
    return home() / section


def jars(section):
    """The jars of a section."""
    directory(section)
    return [a.file for a in read() if a.section == section and a.type == "jar"]


def needed(text, minor):
    """The artifacts in `versions/X.Y.yaml`, which a script writes in always the same form.

    Read line by line, for there is no YAML yet; what is not of that form is an error.
    """
    found, need, coordinate, seen = [], None, None, set()
    for line in text.partition("\nartifacts:\n")[2].splitlines():
        if match := re.fullmatch(r"  (\w+):( \[\])?", line):
            need = match[1]
            seen.add(need)
        elif match := re.fullmatch(r"  - coordinate: ([\w.:-]+)", line):
            coordinate = match[1]
        elif (match := re.fullmatch(r"    sha256: ([0-9a-f]{64})", line)) and coordinate and need:
            if need in _NEEDS:
                group, name, version, *classifier = coordinate.split(":")
                kind = ["jar", *classifier] if classifier else []
                found.append(Artifact(f"{need}-{minor}", match[1], group, name, version, *kind))
            coordinate = None
        else:
            raise ValueError(f"versions/{minor}.yaml: not the form that is expected: {line}")
    if missing := set(_NEEDS) - seen:
        raise ValueError(f"versions/{minor}.yaml has no {', '.join(sorted(missing))}")
    return found


def _listed(text):
    found, section = [], None
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif line:
            sha256, coordinate = line.split()
            found.append(Artifact(section, sha256, *coordinate.split(":")))
    return found
