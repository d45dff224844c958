"""The JSON Schema of SARIF 2.1.0, as Microsoft ships it to npm for its own validators."""

import hashlib
import tarfile
import tempfile
from pathlib import Path

from harness import places
from obtain.commands import download
from obtain.judge import Judge, Missing

_INSIDE = f"package/lib/schemas/{places.SARIF_SCHEMA.name}"


def _install():
    with tempfile.TemporaryDirectory(dir=places.CACHE) as directory:
        package = f"{places.SARIF_PACKAGE}@{places.SARIF_PACKAGE_VERSION}"
        download(["npm", "pack", "--silent", "--pack-destination", directory, package])
        [archive] = Path(directory).glob("*.tgz")
        with tarfile.open(archive) as files:
            places.SARIF_SCHEMA.write_bytes(files.extractfile(_INSIDE).read())


def _version():
    found = hashlib.sha256(places.SARIF_SCHEMA.read_bytes()).hexdigest()
    if found != places.SARIF_SCHEMA_SHA256:
        raise Missing(f"the schema of SARIF has the SHA-256 {found}")
    return f"2.1.0-rtm.5, in {places.SARIF_PACKAGE} {places.SARIF_PACKAGE_VERSION}"


JUDGE = Judge("SARIF schema", places.SARIF_SCHEMA_HOME, _install, _version)
