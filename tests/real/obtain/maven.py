"""What Maven Central holds: Hive's metastore, drivers, connectors, by coordinate and SHA-256.

Maven itself fetches them, one call for all, into a directory for each section; an archive is
unpacked beside its file.
"""

import hashlib
import tarfile
import tempfile
from xml.sax.saxutils import escape

from harness import artifacts, places
from obtain.commands import download
from obtain.judge import Judge, Missing

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


def _install():
    with tempfile.TemporaryDirectory(dir=places.CACHE) as directory:
        project = f"{directory}/pom.xml"
        with open(project, "w") as file:
            file.write(_project())
        download([
            "mvn", "--quiet", "--batch-mode", "--strict-checksums", "--file", project,
            f"-Dmaven.repo.local={directory}/repository", _PLUGIN,
        ])
    _check()
    for artifact in artifacts.read():
        if artifact.type == "tar.gz":
            with tarfile.open(artifact.file) as archive:
                archive.extractall(artifact.file.parent, filter="data")


def _version():
    _check()
    return f"{len(artifacts.read())} artifacts"


def _check():
    for artifact in artifacts.read():
        found = hashlib.sha256(artifact.file.read_bytes()).hexdigest()
        if found != artifact.sha256:
            raise Missing(f"{artifact.coordinate} has SHA-256 {found}, not {artifact.sha256}")


def _project():
    items = "".join(_item(artifact) for artifact in artifacts.read())
    return f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>judges</groupId><artifactId>judges</artifactId><version>1</version>
  <packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId>
    <artifactId>maven-dependency-plugin</artifactId>
    <configuration><artifactItems>{items}</artifactItems></configuration>
  </plugin></plugins></build>
</project>
"""


def _item(artifact):
    fields = {
        "groupId": artifact.group, "artifactId": artifact.name, "version": artifact.version,
        "type": artifact.type, "classifier": artifact.classifier,
        "outputDirectory": str(artifact.file.parent), "destFileName": artifact.file.name,
    }
    inner = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items() if value)
    return f"<artifactItem>{inner}</artifactItem>"


JUDGE = Judge("Maven artifacts", artifacts.home(), _install, _version)
