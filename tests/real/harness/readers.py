"""Everybody who reads a rendered object: the annotations that each finds in it.

No reader's answer comes back through another YAML reader: kubectl tells it in JSON, helm in
Base64 of JSON.
"""

import base64
import json
import re

import yaml

from harness import judges, places

_CHART = "apiVersion: v2\nname: readback\nversion: 1.0.0\n"
_TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: readback
data:
  object: {{ .Files.Get "object.yaml" | fromYaml | toJson | b64enc }}
"""


def python(text, _directory):
    """PyYAML, written in Python: YAML 1.1 to the letter."""
    return _annotations(yaml.load(text, yaml.SafeLoader))


def python_libyaml(text, _directory):
    """PyYAML over libyaml, which most Python tools use."""
    return _annotations(yaml.load(text, yaml.CSafeLoader))


def kubectl(text, _directory):
    """`kubectl apply -f`."""
    [found] = judges.kubectl_reads(text)
    return _annotations(found)


def kustomize(text, directory):
    """`kubectl apply -k`: kustomize reads, writes YAML of its own, and kubectl reads that."""
    (directory / "object.yaml").write_bytes(text)
    (directory / "kustomization.yaml").write_text("resources: [object.yaml]\n")
    [found] = judges.kustomize_builds(directory)
    return _annotations(found)


def helm(text, directory):
    """`helm template` of a chart that carries the object as a file."""
    (directory / "templates").mkdir()
    (directory / "Chart.yaml").write_text(_CHART)
    (directory / "templates" / "readback.yaml").write_text(_TEMPLATE)
    (directory / "object.yaml").write_bytes(text)
    rendered = judges.ask([places.HELM, "template", "readback", directory]).decode()
    encoded = re.search(r"^  object: (\S+)$", rendered, re.MULTILINE)
    found = json.loads(base64.b64decode(encoded[1]))
    if "Error" in found:
        raise judges.Refused(found["Error"])
    return _annotations(found)


READERS = {
    "PyYAML": python,
    "PyYAML-libyaml": python_libyaml,
    "kubectl": kubectl,
    "kubectl-kustomize": kustomize,
    "helm": helm,
}


def kustomize_cannot_carry(text):
    """Whether kustomize 5.8.1 itself loses this string, however well its input is written.

    Its own emitter writes these so that no reader takes them back (kubectl 1.37.1, all tried):
    DEL, the C1 controls, U+FFFE and U+FFFF end in "control characters are not allowed"; NEL, one
    of the C1, silently becomes a space; and a text of many lines that begins with a TAB becomes
    a literal block, "found a tab character where an indentation space is expected". A line that
    ends in a space or a character that it must escape would have made it use quotes.
    `judges_can_fail` proves that each of these is still so.
    """
    if re.search("[\x7f-\x9f\ufffe\uffff]", text):
        return True
    printable = re.fullmatch("[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*", text)
    quoted = not printable or " \n" in text or text.endswith(" ")
    return text.startswith("\t") and "\n" in text and not quoted


def _annotations(found):
    return found["metadata"]["annotations"]
