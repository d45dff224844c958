"""`sparkctl diff`: what it says of two bundles is held to the files, read by PyYAML; what kubectl and Helm make of a
release does not differ from it, and what somebody changed in between does.
"""

import json

import jsonschema
import yaml

from harness import judges, places
from harness.matrix import Combination, together
from harness.rendering import Broken, find_bundle

VERSION = "4.1"
SCENARIOS = ["connect", "jupyter-connect", "airflow-connect", "standalone"]
PAIRS = [("dev", "staging"), ("staging", "prod"), ("prod", "dev")]
STREAMS = [("prod", "jupyter-connect"), ("staging", "airflow-connect"), ("dev", "standalone")]


def check(session, report):
    home = session.new_directory("difference")
    schema = json.loads(session.sparkctl.run("schema", "diff", cwd=home))
    chosen = [(before, after, scenario) for before, after in PAIRS for scenario in SCENARIOS]
    for subject, complaints, detail in together(lambda one: _between(session, home, schema, *one), chosen):
        report.judge(subject, complaints, detail)
    for environment, scenario in STREAMS:
        report.judge(*_streams(session, home, environment, scenario))


def _between(session, home, schema, before, after, scenario):
    """Every object that differs is told and no other, and each value stands where it is said to stand."""
    sides = [_objects(session.bundle(side, scenario, version=VERSION), side) for side in (before, after)]
    said = session.sparkctl.run(
        "diff", "--from", before, "--to", after, "--preset", scenario, "--format", "json", cwd=home
    )
    document = json.loads(said)
    jsonschema.validate(document, schema)
    changes = document["comparisons"][0]["changes"]
    complaints, fields = [], 0
    told = set()
    for change in changes:
        names = [_name(change.get(key), side) for key, side in (("before", before), ("after", after))]
        told |= {name for name in names if name}
        objects = [objects.get(name) for objects, name in zip(sides, names, strict=True)]
        for field in change.get("fields", []):
            fields += 1
            complaints += _misplaced(change["name"], field, objects)
    differ = {name for name in sides[0].keys() | sides[1].keys() if sides[0].get(name) != sides[1].get(name)}
    complaints += [f"{name} differs, and nothing says so" for name in sorted(differ - told)]
    complaints += [f"{name} is told, and does not differ" for name in sorted(told - differ)]
    return f"{before} to {after}: {scenario}", complaints, f"{len(changes)} objects, {fields} fields"


def _objects(bundle, environment):
    return {_name(_identity(manifest.object), environment): manifest.object for manifest in bundle.manifests}


def _identity(manifest):
    return {"kind": manifest["kind"], "name": manifest["metadata"]["name"]}


def _name(identity, environment):
    """Kind and name; the environments' namespaces are one."""
    if not identity:
        return None
    name = "NAMESPACE" if identity["name"] == f"spark-{environment}" else identity["name"]
    return f"{identity['kind']}/{name}"


def _misplaced(name, field, objects):
    """Whole values of an object, where the difference says they are; lines of texts and orders have no such place."""
    if any("entry" in step for step in field["path"]) or field["step"] == "reordered" or field["secret"]:
        return []
    complaints = []
    for value, place, found in zip(("before", "after"), ("beforeAt", "afterAt"), objects, strict=True):
        if value not in field:
            continue
        there = _at(found, field[place]["path"])
        if there != field[value]:
            complaints.append(f"{name} {field['name']}: {value} is {field[value]!r}, and there is {there!r}")
    return complaints


def _at(tree, path):
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _streams(session, home, environment, scenario):
    """What kubectl and Helm print of a release, and the same with one number changed."""
    combination = Combination(environment, scenario, (), VERSION)
    bundle = session.bundle(environment, scenario, version=VERSION)
    built = judges.ask([places.KUBECTL, "kustomize", bundle.directory])
    complaints = [f"kubectl kustomize: {name}" for name in _against(session, home, combination, built)]
    cwd = session.new_directory("chart")
    session.sparkctl.run("render", "--layout", "chart", *combination.arguments, cwd=cwd)
    chart = find_bundle(cwd / "charts", environment).directory
    made = judges.ask([places.HELM, "template", "--namespace", f"spark-{environment}", scenario, chart])
    left = _against(session, home, combination, made)
    complaints += [f"helm template: {name}" for name in left if name != f"added Namespace/spark-{environment}"]
    documents = [document for document in yaml.safe_load_all(built) if document]
    changed = next(document for document in documents if document["kind"] in ("StatefulSet", "Deployment"))
    changed["spec"]["replicas"] += 1
    found = _against(session, home, combination, yaml.safe_dump_all(documents).encode())
    wanted = f"changed {changed['kind']}/{changed['metadata']['name']}"
    if found != [wanted]:
        complaints.append(f"one more replica: {found} is told, not {wanted}")
    return f"{combination} against streams", complaints, f"{len(documents)} objects"


def _against(session, home, combination, stream):
    """The objects that differ, each with what became of it."""
    done = session.sparkctl.ask(
        "diff", *combination.arguments, "--against", "-", "--exit-code", "--format", "json", cwd=home, stdin=stream
    )
    if done.returncode not in (0, 1):
        raise Broken(done.stderr.decode(errors="replace"))
    changes = json.loads(done.stdout)["comparisons"][0]["changes"]
    if (done.returncode == 1) != bool(changes):
        raise Broken(f"`diff --exit-code` exits {done.returncode} with {len(changes)} changes")
    return [f"{change['step']} {change['name']}" for change in changes]
