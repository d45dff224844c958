"""Nasty strings, put into a layer, come back unchanged to everybody who reads the rendered object.

The layer sets them as annotations of the namespace; the object is read by PyYAML, kubectl,
kustomize and helm.
"""

import json
import re

import yaml

from harness import compare, judges, places, yaml_text
from harness.readers import READERS, kustomize_cannot_carry
from harness.rendering import Broken

STRINGS = places.REPOSITORY / "tests" / "fixtures" / "nasty-strings.json"


def check(session, report):
    strings = _strings()
    for name in READERS:
        carried = [s for s in strings if name != "kubectl-kustomize" or not kustomize_cannot_carry(s)]
        annotations = {f"k{index:04}": string for index, string in enumerate(carried)}
        text = _render(session, annotations)
        left_out = len(strings) - len(carried)
        detail = f"{len(carried)} strings" + (f", {left_out} left out" if left_out else "")
        report.judge(name, complaints(name, text, annotations, session.new_directory(name)), detail)


def complaints(reader, text, annotations, directory):
    """How what a reader finds differs from what the layer said."""
    try:
        found = READERS[reader](text, directory)
    except (judges.Refused, yaml.YAMLError) as refused:
        return [str(refused)]
    # The layer's own have no prefix; what sparkctl says to those who sync has one.
    own = {key: value for key, value in found.items() if "/" not in key}
    return compare.values(annotations, own, "annotations")


def _strings():
    if not STRINGS.exists():
        raise Broken(f"{STRINGS.relative_to(places.REPOSITORY)} is missing")
    strings = json.loads(STRINGS.read_text())
    if not strings or not all(isinstance(string, str) for string in strings):
        raise Broken(f"{STRINGS.relative_to(places.REPOSITORY)} is no list of strings")
    return strings


def _render(session, annotations):
    """The Namespace as rendered with these annotations, byte for byte."""
    cwd = session.new_directory("round-trip")
    values = cwd / "values.yaml"
    values.write_text(_layer(annotations))
    arguments = ["--env", "dev", "--preset", "connect", "--values", values, "--stdout"]
    stream = session.sparkctl.run("render", *arguments, cwd=cwd)
    # A line of `---` parts documents even inside a block of text, so this cut is exact.
    for document in re.split(rb"^---(?:[ \t].*)?\n", stream, flags=re.MULTILINE):
        if re.search(rb"^\W?kind\W+Namespace\W?$", document, re.MULTILINE):
            return document
    raise Broken("`sparkctl render --stdout` has no Namespace")


def _layer(annotations):
    lines = ["apiVersion: sparkctl/v1alpha1", "kind: Release", "metadata:", "  name: nasty"]
    lines += ["spec:", "  namespace:", "    annotations:"]
    lines += [f"      {key}: {yaml_text.quoted(value)}" for key, value in annotations.items()]
    return "\n".join(lines) + "\n"
