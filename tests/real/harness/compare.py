"""Whether two readings of the same thing are equal, and where not, in words."""

import json


def trees(first, second):
    """How two directories differ, byte by byte, hidden files included."""
    one, other = _files(first), _files(second)
    complaints = []
    for name in sorted(one.keys() | other.keys()):
        if name not in other:
            complaints.append(f"{name}: only in the first")
        elif name not in one:
            complaints.append(f"{name}: only in the second")
        elif one[name] != other[name]:
            complaints.append(f"{name}: differs{_first_line_apart(one[name], other[name])}")
    return complaints


def objects(expected, found):
    """How two sets of Kubernetes objects differ; their order does not matter."""
    one, other = _by_identity(expected), _by_identity(found)
    complaints = []
    if len(expected) != len(found):
        complaints.append(f"{len(found)} objects instead of {len(expected)}")
    for name in sorted(one.keys() | other.keys()):
        if name not in other:
            complaints.append(f"{name}: lost")
        elif name not in one:
            complaints.append(f"{name}: not expected")
        else:
            complaints += [f"{name}: {difference}" for difference in values(one[name], other[name])]
    return complaints


def values(expected, found, path="$"):
    """How two parsed values differ; types count, so that 1, 1.0, true and "1" are four values."""
    if isinstance(expected, dict) and isinstance(found, dict):
        differences = []
        for key in [*expected, *(key for key in found if key not in expected)]:
            where = f"{path}.{key}"
            if key not in found:
                differences.append(f"{where}: lost")
            elif key not in expected:
                differences.append(f"{where}: not expected")
            else:
                differences += values(expected[key], found[key], where)
        return differences
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            difference
            for index, pair in enumerate(zip(expected, found))
            for difference in values(*pair, f"{path}[{index}]")
        ]
    if type(expected) is type(found) and expected == found:
        return []
    return [f"{path}: {_shown(found)} instead of {_shown(expected)}"]


def identity(manifest):
    """Kind, group and name of an object, as a person would say them."""
    metadata = manifest.get("metadata") or {}
    namespace = metadata.get("namespace")
    name = f"{namespace}/{metadata.get('name')}" if namespace else metadata.get("name")
    return f"{manifest.get('apiVersion')} {manifest.get('kind')} {name}"


def _by_identity(manifests):
    return {identity(manifest): manifest for manifest in manifests}


def _files(directory):
    return {
        str(file.relative_to(directory)): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


def _first_line_apart(one, other):
    pairs = zip(one.splitlines(), other.splitlines())
    for number, (left, right) in enumerate(pairs, start=1):
        if left != right:
            return f" at line {number}: {_shown(left)} and {_shown(right)}"
    return f", one is longer: {len(one)} and {len(other)} bytes"


def _shown(value):
    text = ascii(value) if isinstance(value, (str, bytes)) else json.dumps(value, default=ascii)
    return text if len(text) <= 200 else text[:200] + " ..."
