"""Maven Central for the scripts beside this file: POMs, what an artifact needs, checksums of files.

Only what those scripts need of Maven's rules: parents, properties, dependencyManagement with imports,
scopes, exclusions, and "the nearest declaration wins". Files are kept in a cache, since some have 700 MB:
SPARKCTL_MAVEN_CACHE, else sparkctl-maven in the user's cache directory.
"""

import hashlib
import os
import pathlib
import re
import urllib.error
import urllib.request
import xml.etree.ElementTree as xml

CENTRAL = "https://repo1.maven.org/maven2"
CACHE = pathlib.Path(os.environ.get("SPARKCTL_MAVEN_CACHE", pathlib.Path.home() / ".cache/sparkctl-maven"))
CHUNK = 1 << 20


class Coordinate:
    """group:artifact:version[:classifier]"""

    def __init__(self, group, artifact, version, classifier=""):
        self.group, self.artifact, self.version, self.classifier = group, artifact, version, classifier

    @classmethod
    def parse(cls, text):
        return cls(*text.split(":"))

    @property
    def key(self):
        return f"{self.group}:{self.artifact}"

    @property
    def file_name(self):
        return f"{self.artifact}-{self.version}{'-' + self.classifier if self.classifier else ''}.jar"

    def path(self, name=None):
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{name or self.file_name}"

    def __str__(self):
        return f"{self.key}:{self.version}{':' + self.classifier if self.classifier else ''}"


def fetch(path):
    """The file at a path of Central, from the cache where it is there already."""
    target = CACHE / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        try:
            with urllib.request.urlopen(f"{CENTRAL}/{path}", timeout=120) as answer, part.open("wb") as out:
                while block := answer.read(CHUNK):
                    out.write(block)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{CENTRAL}/{path}: {error}") from error
        part.rename(target)
    return target


def sha256(coordinate):
    """The checksum of an artifact's file. Central rarely has one to read, so the file is read whole."""
    jar = fetch(coordinate.path())
    # The cache is no authority: Central's own SHA-1 is held against it.
    told = fetch(coordinate.path(coordinate.file_name + ".sha1")).read_text().split()[0]
    sha1, sha256 = hashlib.sha1(), hashlib.sha256()
    with jar.open("rb") as blocks:
        while block := blocks.read(CHUNK):
            sha1.update(block)
            sha256.update(block)
    if sha1.hexdigest() != told:
        raise SystemExit(f"{jar} has SHA-1 {sha1.hexdigest()}, Central says {told}: delete it and run again")
    return sha256.hexdigest()


class Pom:
    """A POM with its parents' properties and managed versions."""

    known = {}

    @classmethod
    def of(cls, group, artifact, version):
        key = (group, artifact, version)
        if key not in cls.known:
            cls.known[key] = cls(Coordinate(*key))
        return cls.known[key]

    def __init__(self, coordinate):
        name = f"{coordinate.artifact}-{coordinate.version}.pom"
        text = fetch(coordinate.path(name)).read_text()
        root = xml.fromstring(re.sub(r'\sxmlns="[^"]+"', "", text, count=1))
        self.properties, self.managed = {}, {}
        parent = root.find("parent")
        if parent is not None:
            above = Pom.of(*(parent.findtext(field, "").strip() for field in ("groupId", "artifactId", "version")))
            self.properties.update(above.properties)
            self.managed.update(above.managed)
            self.properties["project.parent.version"] = parent.findtext("version", "").strip()
        self.properties.update({entry.tag: (entry.text or "").strip() for entry in root.iterfind("properties/*")})
        self.properties.update({"project.version": coordinate.version, "project.groupId": coordinate.group})
        for entry in root.iterfind("dependencyManagement/dependencies/dependency"):
            declared = self.declared(entry)
            if declared["scope"] == "import":
                imported = Pom.of(declared["group"], declared["artifact"], declared["version"]).managed
                self.managed = {**imported, **self.managed}
            else:
                self.managed[(declared["group"], declared["artifact"])] = declared
        self.dependencies = [self.completed(self.declared(entry)) for entry in root.iterfind("dependencies/dependency")]

    def text(self, entry, field):
        value = (entry.findtext(field) or "").strip()
        for _ in range(5):
            value = re.sub(r"\$\{([^}]+)\}", lambda found: self.properties.get(found[1], found[0]), value)
        return value

    def declared(self, entry):
        fields = {"group": "groupId", "artifact": "artifactId", "version": "version", "scope": "scope",
                  "type": "type", "classifier": "classifier", "optional": "optional"}
        found = {ours: self.text(entry, theirs) for ours, theirs in fields.items()}
        found["exclusions"] = {
            (self.text(out, "groupId"), self.text(out, "artifactId")) for out in entry.iterfind("exclusions/exclusion")
        }
        return found

    def completed(self, declared):
        managed = self.managed.get((declared["group"], declared["artifact"]), {})
        for field in ("version", "scope"):
            declared[field] = declared[field] or managed.get(field, "")
        declared["exclusions"] = declared["exclusions"] | managed.get("exclusions", set())
        return declared


def closure(roots, leave_out):
    """The roots and what they need at run time, in order of their names; `leave_out` tells by coordinate
    what is neither taken nor followed."""
    found, queue = {}, [(root, frozenset()) for root in roots]
    while queue:
        coordinate, exclusions = queue.pop(0)
        if coordinate.key in found:
            continue
        found[coordinate.key] = coordinate
        for needed in Pom.of(coordinate.group, coordinate.artifact, coordinate.version).dependencies:
            child = Coordinate(needed["group"], needed["artifact"], needed["version"], needed["classifier"])
            names = {(child.group, child.artifact), (child.group, "*"), ("*", "*")}
            wanted = needed["scope"] in ("", "compile", "runtime") and needed["optional"] != "true"
            if wanted and needed["type"] in ("", "jar") and not names & exclusions and not leave_out(child):
                queue.append((child, exclusions | needed["exclusions"]))
    return sorted(found.values(), key=lambda coordinate: (roots[0].key != coordinate.key, str(coordinate)))
