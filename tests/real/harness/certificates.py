"""A certificate authority of a test's own, and a server certificate of it; made by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.rendering import Broken


@dataclass(frozen=True)
class Certificate:
    """PEM files: the authority's certificate, the server's certificate and key."""

    authority: Path
    certificate: Path
    key: Path


def issue(directory, names=("localhost",), addresses=("127.0.0.1",)):
    """A certificate for these names and addresses, valid for a day."""
    directory = Path(directory)
    made = Certificate(*(directory / name for name in ("ca.crt", "tls.crt", "tls.key")))
    alternative = ",".join([*(f"DNS:{name}" for name in names), *(f"IP:{a}" for a in addresses)])
    key = ["-newkey", "rsa:2048", "-nodes", "-days", "1"]
    _openssl("req", "-x509", *key, "-subj", "/CN=test authority", "-keyout", directory / "ca.key",
             "-out", made.authority)
    _openssl("req", "-x509", *key, "-subj", f"/CN={names[0]}", "-keyout", made.key,
             "-CA", made.authority, "-CAkey", directory / "ca.key", "-out", made.certificate,
             "-addext", f"subjectAltName={alternative}", "-addext", "basicConstraints=critical,CA:FALSE")
    return made


def _openssl(*arguments):
    done = subprocess.run(
        ["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60,
    )
    if done.returncode:
        raise Broken(f"openssl: {done.stderr.strip()}")
