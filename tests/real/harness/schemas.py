"""Kubernetes' own schemas in the form that kubeconform reads without a network.

kubernetes-validate ships strict schemas made from each minor's OpenAPI. Their `$id` is a web
address, and `$ref`s are resolved against it; without the one and with the others relative, the
same files stand alone on a disk.
"""

import json
from pathlib import Path

from harness.places import KUBERNETES_MINORS, SCHEMAS_HOME

_DEFINITIONS = "_definitions.json"


def prepare(package, directory):
    """Writes `directory/{minor}/*.json` and `directory/groups.json` from the installed package."""
    groups = set()
    for minor in KUBERNETES_MINORS:
        source = _newest(package, minor)
        (directory / minor).mkdir(parents=True)
        for file in sorted(source.glob("*.json")):
            schema = json.loads(file.read_text())
            schema.pop("$id", None)
            _make_references_relative(schema)
            (directory / minor / file.name).write_text(json.dumps(schema))
            if file.name == _DEFINITIONS:
                groups |= set(_groups(schema))
    (directory / "groups.json").write_text(json.dumps(sorted(groups)))


def builtin_groups():
    """The API groups that Kubernetes itself serves, "" for the core's; any other is a CRD's."""
    return frozenset(json.loads((SCHEMAS_HOME / "groups.json").read_text()))


def location(minor):
    """kubeconform's -schema-location for one minor."""
    return f"{SCHEMAS_HOME / minor}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"


def _newest(package, minor):
    def patch(directory):
        return int(directory.name.split(".")[2].split("-")[0])

    found = list(Path(package).glob(f"kubernetes-json-schema/v{minor}.*-local-strict"))
    if not found:
        raise FileNotFoundError(f"kubernetes-validate has no strict schemas for Kubernetes {minor}")
    return max(found, key=patch)


def _make_references_relative(node):
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            node["$ref"] = reference.replace(f"/api/{_DEFINITIONS}", _DEFINITIONS)
        for child in node.values():
            _make_references_relative(child)
    elif isinstance(node, list):
        for child in node:
            _make_references_relative(child)


def _groups(definitions):
    for definition in definitions["$defs"].values():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            yield kind["group"]
