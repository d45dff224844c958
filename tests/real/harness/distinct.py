"""Objects of many bundles, each judged once: by its bytes, or by what a schema can see of it."""

import json

# Kubernetes' schemas say of these no more than that all values are strings, whatever the keys.
_FREE = ("annotations", "labels", "matchLabels", "nodeSelector", "podSelector", "selector")


def by_text(bundles, belongs):
    """{text: [(combination, manifest), ...]} of the objects that `belongs` takes."""
    found = {}
    for of_release in bundles.values():
        for combination, bundle in of_release.items():
            for manifest in bundle.manifests:
                if belongs(manifest):
                    found.setdefault(manifest.text, []).append((combination, manifest))
    return found


def first(same):
    """The one that stands for all that are the same."""
    return same[0][1]


def by_shape(manifests):
    """{shape: [manifest, ...]}: objects of one shape differ only in strings that no schema looks at."""
    found = {}
    for manifest in manifests:
        found.setdefault(json.dumps(shape(manifest.object), sort_keys=True), []).append(manifest)
    return found


def shape(found):
    """The object without the values that can be any string: data, labels, selectors, its own name."""
    shaped = {key: _shape(key, value) for key, value in found.items()}
    if found["kind"] in ("ConfigMap", "Secret"):
        for key in ("data", "stringData"):
            shaped[key] = _kinds(found.get(key))
    return shaped


def _shape(key, value):
    if key in _FREE and isinstance(value, dict) and all(isinstance(v, str) for v in value.values()):
        return _kinds(value)
    if key in ("name", "namespace", "image") and isinstance(value, str):
        return "a string"
    if isinstance(value, dict):
        return {inner: _shape(inner, v) for inner, v in value.items()}
    if isinstance(value, list):
        return [_shape(key, v) for v in value]
    return value


def _kinds(values):
    """Of what types the values are."""
    if not isinstance(values, dict):
        return repr(values)
    return sorted({type(value).__name__ for value in values.values()})
