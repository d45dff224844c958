"""Workflows as their judges see them, and their steps as a runner would run them."""

import functools
import json
import os
import re
import subprocess

import jsonschema
import yaml

from harness import places
from harness.rendering import Broken

_EXPRESSION = re.compile(r"\$\{\{ *([^}]+?) *\}\}")


def actionlint(directory):
    """Complaints about the workflows below a directory; shellcheck sees their scripts."""
    files = sorted((directory / ".github" / "workflows").glob("*.yaml"))
    if not files:
        return ["there are no workflows"]
    return _complaints([places.ACTIONLINT, f"-shellcheck={places.SHELLCHECK}", "-oneline", *files], directory)


def zizmor(directory):
    """Complaints of the strictest persona; nothing is fetched."""
    command = [places.ZIZMOR, "--offline", "--no-config", "--persona", "auditor", "--no-progress",
               "--format", "plain", directory / ".github" / "workflows"]
    return _complaints(command, directory)


def shell(files):
    """What shellcheck and bash say of scripts."""
    found = _complaints([places.SHELLCHECK, "--shell", "bash", *files], None)
    for file in files:
        found += _complaints(["bash", "-n", file], None)
    return found


def gitlab(text):
    """Complaints about a pipeline: by GitLab's schema, and of jobs that name what is not there."""
    try:
        pipeline = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return [f"is not YAML: {error}"]
    found = [f"{error.json_path}: {error.message[:200]}" for error in _gitlab().iter_errors(pipeline)]
    return found + [] if found else _gitlab_names(pipeline)


def _gitlab_names(pipeline):
    words = {"workflow", "stages", "default", "variables", "include"}
    jobs = {name: job for name, job in pipeline.items() if name not in words}
    found = []
    for name, job in jobs.items():
        if job.get("stage", "test") not in pipeline["stages"] and "extends" not in job:
            found.append(f"{name}: there is no stage {job.get('stage')}")
        for needed in job.get("needs", []):
            if needed not in jobs:
                found.append(f"{name}: needs {needed}, which is no job")
        if job.get("extends", name) not in jobs:
            found.append(f"{name}: extends {job['extends']}, which is no job")
    return found


@functools.cache
def _gitlab():
    schema = json.loads(places.GITLAB_SCHEMA.read_bytes())
    return jsonschema.Draft7Validator(schema)


def _complaints(command, directory):
    done = subprocess.run(
        command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": os.devnull},
    )
    said = (done.stdout + done.stderr).strip()
    return [] if done.returncode == 0 else said.splitlines() or [f"exits {done.returncode}"]


class Workflow:
    """One workflow of GitHub's, whose steps are run here, by the names of job and step."""

    def __init__(self, file, contexts):
        """`contexts` says what expressions stand for."""
        self._read = yaml.safe_load(file.read_text())
        self._contexts = contexts

    def run(self, job, step, directory, environment):
        """The completed script of a step, by the shell and in the environment that GitHub gives it."""
        job = self._read["jobs"][job]
        found = [candidate for candidate in job["steps"] if candidate.get("name") == step]
        if len(found) != 1 or "run" not in found[0]:
            raise Broken(f"there is no script in a step called {step}")
        scopes = (self._read.get("env", {}), job.get("env", {}), found[0].get("env", {}))
        said = {name: self._evaluated(text) for scope in scopes for name, text in scope.items()}
        if self._read["defaults"]["run"]["shell"] != "bash":
            raise Broken("another shell than the one that is run here")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", found[0]["run"]],
            cwd=directory, env={**said, **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        )

    def _evaluated(self, text):
        def value(match):
            if match[1] not in self._contexts:
                raise Broken(f"nobody said what {match[1]} is")
            return self._contexts[match[1]]

        return _EXPRESSION.sub(value, str(text))
