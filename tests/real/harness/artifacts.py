"""The artifacts of `maven.txt`: sections in brackets, then `SHA-256  group:name:version[:type[:classifier]]`."""

import functools
from dataclasses import dataclass
from pathlib import Path

from harness import places


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
        return places.MAVEN_HOME / self.section / f"{self.name}-{self.version}{classifier}.{self.type}"


@functools.cache
def read():
    """All of them, in the file's order."""
    found, section = [], None
    for line in places.MAVEN_ARTIFACTS.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif line:
            sha256, coordinate = line.split()
            found.append(Artifact(section, sha256, *coordinate.split(":")))
    return found


def directory(section) -> Path:
    """Where the artifacts of a section lie, and nothing else."""
    if not any(artifact.section == section for artifact in read()):
        raise KeyError(f"maven.txt has no section [{section}]")
    return places.MAVEN_HOME / section


def jars(section):
    """The jars of a section."""
    directory(section)
    return [a.file for a in read() if a.section == section and a.type == "jar"]
