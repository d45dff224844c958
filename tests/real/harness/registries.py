"""OCI registries on loopback, and a client of them that shares no code with sparkctl."""

import base64
import contextlib
import hashlib
import io
import json
import re
import ssl
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from harness import debian_programs
from harness.process import Process, free_ports
from harness.stage import machine_environment

USER = "publisher"
PASSWORD = "test-password"
# Of PASSWORD, by bcrypt: the registry takes nothing else.
_HTPASSWD = f"{USER}:$2y$05$0penL/eOk76qQcRuBSCaNODNjpSSL8Hucl/n.NJMrSgfpJ7uUB3ge\n"

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Registry:
    """A registry that runs; with a certificate it speaks TLS alone, and asks who one is."""

    port: int
    process: Process
    authority: Path | None

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def writes(self):
        """How many requests of its log changed something, or began to."""
        return sum(bool(re.search(r'"(POST|PUT|PATCH|DELETE) /v2/', line)) for line in self.process.lines())

    def get(self, path, accept="*/*"):
        """What it keeps, as bytes, for somebody with the password."""
        scheme = "https" if self.authority else "http"
        request = urllib.request.Request(f"{scheme}://{self.host}/v2/{path}", headers={"Accept": accept})
        context = None
        if self.authority:
            context = ssl.create_default_context(cafile=str(self.authority))
            request.add_header("Authorization", f"Basic {_basic()}")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(request, timeout=30) as answer:
            return answer.read()

    def pull(self, repository, reference):
        """The manifest and the blobs that it names."""
        manifest = self.get(f"{repository}/manifests/{reference}", MANIFEST)
        named = json.loads(manifest)
        blobs = {
            blob["digest"]: self.get(f"{repository}/blobs/{blob['digest']}")
            for blob in [named["config"], *named["layers"]]
        }
        return Pulled(manifest, blobs)


@dataclass(frozen=True)
class Pulled:
    """An artifact, as a registry gave it."""

    manifest: bytes
    blobs: dict

    @property
    def digest(self):
        return digest(self.manifest)

    @property
    def named(self):
        return json.loads(self.manifest)

    def files(self):
        """What the first layer holds, by path."""
        layer = self.blobs[self.named["layers"][0]["digest"]]
        with tarfile.open(fileobj=io.BytesIO(layer), mode="r:gz") as archive:
            return {member.name: archive.extractfile(member).read() for member in archive}


def digest(content):
    """As registries write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def log_in(home, host, password=PASSWORD):
    """What `docker login` leaves in a home directory."""
    (home / ".docker").mkdir(exist_ok=True)
    config = {"auths": {host: {"auth": _basic(password)}}}
    (home / ".docker" / "config.json").write_text(json.dumps(config))


@contextlib.contextmanager
def registry(directory, certificate=None):
    """Distribution, with an empty store in this directory."""
    directory = Path(directory)
    [port] = free_ports(1)
    config = {
        "version": 0.1,
        "log": {"accesslog": {"disabled": False}},
        "storage": {"filesystem": {"rootdirectory": str(directory / "store")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    if certificate:
        (directory / "htpasswd").write_text(_HTPASSWD)
        config["auth"] = {"htpasswd": {"realm": "test", "path": str(directory / "htpasswd")}}
        config["http"]["tls"] = {"certificate": str(certificate.certificate), "key": str(certificate.key)}
    # JSON is YAML.
    (directory / "config.yml").write_text(json.dumps(config))
    command = [debian_programs.registry(), "serve", directory / "config.yml"]
    with Process("registry", command, machine_environment(), directory, directory / "log") as process:
        process.wait_for_port(port, 30)
        yield Registry(port, process, certificate.authority if certificate else None)


def _basic(password=PASSWORD):
    return base64.b64encode(f"{USER}:{password}".encode()).decode()
