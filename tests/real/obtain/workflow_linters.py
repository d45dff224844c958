"""zizmor and shellcheck, programs inside wheels, and the schema of GitLab's pipelines, data inside one."""

import json
import shutil
import tempfile
import zipfile
from pathlib import Path
import sys

from harness import places
from obtain.commands import download, run
from obtain.judge import Judge, Missing

# Where they lie in their wheels.
_PROGRAMS = (places.ZIZMOR, places.SHELLCHECK)


def _install():
    with tempfile.TemporaryDirectory(dir=places.CACHE) as directory:
        download([
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
            "--dest", directory, "-r", places.WORKFLOW_WHEELS,
        ])
        for wheel in Path(directory).glob("*.whl"):
            with zipfile.ZipFile(wheel) as files:
                for name in files.namelist():
                    _take(files, name)


def _take(files, name):
    for wanted in (*_PROGRAMS, places.GITLAB_SCHEMA):
        program = wanted in _PROGRAMS
        if name.endswith(f".data/scripts/{wanted.name}" if program else f"schemas/{wanted.name}"):
            wanted.parent.mkdir(parents=True, exist_ok=True)
            with files.open(name) as source, open(wanted, "wb") as target:
                shutil.copyfileobj(source, target)
            wanted.chmod(0o755 if program else 0o644)


def _version():
    zizmor = run([places.ZIZMOR, "--version"])
    shellcheck = run([places.SHELLCHECK, "--version"])
    if "job_template" not in json.loads(places.GITLAB_SCHEMA.read_bytes())["definitions"]:
        raise Missing("the schema of GitLab's pipelines says nothing of jobs")
    [version] = [line for line in shellcheck.splitlines() if line.startswith("version:")]
    return f"{zizmor}, shellcheck {version.split()[1]}, GitLab's schema"


JUDGE = Judge("zizmor, shellcheck, GitLab's schema", places.WORKFLOWS_HOME, _install, _version)
