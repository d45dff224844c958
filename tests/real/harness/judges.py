"""The judges, each as a function: given files or objects, what it complains about.

No judge is trusted to have looked: each answer is checked to cover all that was asked.
"""

import functools
import json
import os
import subprocess
import tempfile

import jsonschema
import kubernetes_validate.utils

from kubernetes_validate.utils import (
    InvalidSchemaError,
    SchemaNotFoundError,
    ValidationError,
    VersionNotSupportedError,
)

from harness import places, schemas


# A command line has an end.
_FILES_AT_ONCE = 2000


class Refused(Exception):
    """A judge ended with an error; the text is its own."""


def ask(command, stdin=None):
    """Standard output of a judge; its ending with an error is a refusal."""
    done = _run(command, stdin)
    if done.returncode != 0:
        raise Refused((done.stderr + done.stdout).decode(errors="replace").strip())
    return done.stdout


def kubectl_reads(text):
    """The objects that `kubectl apply` would send for this YAML; read by kubectl, told in JSON."""
    return _json_stream(_kubectl_reads(text))


def kustomize_builds(directory):
    """The objects that `kubectl apply -k` would send for a directory, in its order."""
    return _json_stream(_kustomize_builds(directory))


def flux_builds(root, source, kustomization):
    """The objects that Flux would apply: `root` is what the source serves, the others are files."""
    built = ask([places.FLUX, root, source, kustomization])
    return _json_stream(_kubectl_reads(built)) if built.strip() else []


def _kubectl_reads(text):
    patch = ["patch", "--local", "-f", "-", "--type=merge", "-p", "{}", "-o", "json"]
    return ask([places.KUBECTL, *patch], stdin=text).decode()


@functools.cache
def _kustomize_builds(directory):
    """As text, which is small to keep: two checks want it."""
    built = ask([places.KUBECTL, "kustomize", directory])
    return _kubectl_reads(built) if built.strip() else ""


def kubeconform(files, location):
    """Complaints about each file of one object, by the schemas at `location` and no others."""
    complaints = {}
    for start in range(0, len(files), _FILES_AT_ONCE):
        complaints |= _kubeconform(files[start : start + _FILES_AT_ONCE], location)
    return complaints


def _kubeconform(files, location):
    complaints = {file: [] for file in files}
    command = [
        places.KUBECONFORM, "-strict", "-verbose", "-output", "json", "-n", "2",
        "-schema-location", location, *files,
    ]
    # Its exit status only repeats the verdicts; an answer that holds none is a judge that failed.
    done = _run(command)
    try:
        verdicts = json.loads(done.stdout)["resources"]
    except (ValueError, KeyError) as error:
        raise Refused(f"no verdict from kubeconform: {done.stderr.decode()}") from error
    judged = {str(file): [] for file in files}
    for verdict in verdicts:
        judged[verdict["filename"]].append(verdict)
    for file in files:
        for verdict in judged[str(file)]:
            if verdict["status"] != "statusValid":
                complaints[file].append(_kubeconform_words(verdict))
        if len(judged[str(file)]) != 1:
            complaints[file].append(f"kubeconform saw {len(judged[str(file)])} objects, not one")
    return complaints


def kubeconform_builtin(files, minor):
    """Complaints by the schemas of one Kubernetes minor."""
    return kubeconform(files, schemas.location(minor))


def kubeconform_custom(files):
    """Complaints by the custom resources' schemas."""
    template = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
    return kubeconform(files, f"{places.crd_schemas()}/{template}")


# It reads the same 2 MB of definitions anew for every object; the answer never changes.
kubernetes_validate.utils.schema_contents = functools.lru_cache(maxsize=None)(
    kubernetes_validate.utils.schema_contents
)


def kubernetes_validate_strict(manifest, minor):
    """Complaints about one object: what `kubernetes-validate --strict -k` says.

    Its command line only warns, and succeeds, where it has no schema; here that is a complaint.
    """
    try:
        used = kubernetes_validate.utils.validate(manifest, minor, strict=True)
    except ValidationError as error:
        path = ".".join(map(str, error.path))
        return [f"kubernetes-validate {minor}: {path}: {error.message}"]
    except (SchemaNotFoundError, VersionNotSupportedError, InvalidSchemaError) as error:
        return [f"kubernetes-validate {minor}: {error.message}"]
    if used != minor:
        return [f"kubernetes-validate judged by {used}, not by {minor}"]
    return []


def sarif(log):
    """Complaints about one SARIF log, by the schema of SARIF 2.1.0."""
    return [f"{error.json_path}: {error.message[:300]}" for error in _sarif().iter_errors(log)]


@functools.cache
def _sarif():
    schema = json.loads(places.SARIF_SCHEMA.read_bytes())
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def _run(command, stdin=None):
    """A judge knows of no cluster and of nobody's settings, and does not wait for ever."""
    source = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    with tempfile.TemporaryDirectory() as home:
        try:
            return subprocess.run(
                command, **source, capture_output=True, timeout=300,
                env={"PATH": os.environ["PATH"], "HOME": home, "KUBECONFIG": os.devnull},
            )
        except subprocess.TimeoutExpired as error:
            raise Refused(f"no answer in {error.timeout} s") from error


def _kubeconform_words(verdict):
    words = [
        f"{error.get('path') or '/'}: {error['msg']}" for error in verdict.get("validationErrors") or []
    ]
    return f"kubeconform: {verdict['status']}: {'; '.join(words) or verdict['msg']}"


def _json_stream(text):
    decoder = json.JSONDecoder()
    found = []
    rest = text.lstrip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found += value["items"] if value.get("kind") == "List" else [value]
        rest = rest[end:].lstrip()
    return found
