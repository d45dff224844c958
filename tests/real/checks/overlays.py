"""Overlays of the documentation, as they stand there, build the objects that they promise, or are refused.

Of all that an overlay may do: what kustomize builds is the bundle with that change and no other, and
`sparkctl check --manifests -` accepts it. What is not promised, it refuses.
"""

import copy
import json
import re

from harness import compare, judges, places
from harness.rendering import find_bundle

PAGES = ("docs/en/kustomize.md", "docs/ru/kustomize.md")
FILE = re.compile(r"^```yaml\n# (\S+/kustomization\.yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What is promised is promised of no scenario alone.
SCENARIOS = ("connect", "jupyter-connect", "airflow-connect", "standalone")
NOT_PROMISED = {
    "namespace": "namespace: spark-elsewhere\n",
    "namePrefix": "namePrefix: blue-\n",
    "nameSuffix": "nameSuffix: -blue\n",
}


def check(session, report):
    pages = [files_of((places.REPOSITORY / page).read_text()) for page in PAGES]
    apart = [name for name in pages[0].keys() | pages[1].keys() if pages[0].get(name) != pages[1].get(name)]
    report.judge("pages", [f"{name}: not the same in all languages" for name in apart], f"{len(pages[0])} files")

    directory, bundle = _rendered(session, "jupyter-connect")
    for name, text in pages[0].items():
        (directory / name).parent.mkdir(parents=True)
        (directory / name).write_text(text)
    base = [manifest.object for manifest in bundle.manifests]
    said = {name.split("/")[1] for name in pages[0] if name.startswith("overlays/")}
    expected = {name for name in said if not name.startswith("refused-")}
    report.judge("promises", [f"{name}: not judged" for name in expected ^ PROMISED.keys()], ", ".join(sorted(said)))
    for name in sorted(expected & PROMISED.keys()):
        overlay = directory / "overlays" / name
        report.judge(name, complaints(session, overlay, PROMISED[name](copy.deepcopy(base))), "built and checked")
    for name in sorted(said - expected):
        found = rules_broken(session, directory / "overlays" / name)
        report.judge(name, [] if found else ["is accepted"], f"found: {', '.join(sorted(found))}")

    for scenario in SCENARIOS:
        directory, bundle = _rendered(session, scenario)
        base = f"resources: [{bundle.directory.relative_to(directory)}]\n"
        (directory / "kustomization.yaml").write_text(base)
        clean = rules_broken(session, directory)
        missed = [f"has errors as it is: {', '.join(clean)}"] if clean else []
        for name, text in NOT_PROMISED.items():
            other = session.new_directory("overlay")
            (other / "kustomization.yaml").write_text(f"resources: [../{bundle.directory.relative_to(directory.parent)}]\n{text}")
            if not rules_broken(session, other):
                missed.append(f"{name} is accepted")
        report.judge(f"prod/{scenario}", missed, f"refused: {', '.join(NOT_PROMISED)}")
    _can_fail(session, report.refuses)


def files_of(page):
    """{path: text} of the files that a page shows."""
    return {name: f"# {name}\n{text}" for name, text in FILE.findall(page)}


def complaints(session, overlay, expected):
    """Where what kustomize builds is not what was promised, and what sparkctl says of it."""
    try:
        built = judges.kustomize_builds(overlay)
    except judges.Refused as refused:
        return [str(refused)]
    return compare.objects(expected, built) + [f"check finds {rule}" for rule in rules_broken(session, overlay)]


def rules_broken(session, overlay):
    """The rules whose errors `sparkctl check --manifests -` reports of what kustomize builds."""
    built = judges.ask([places.KUBECTL, "kustomize", overlay])
    said = session.sparkctl.ask("check", "--manifests", "-", "--format", "json", cwd=overlay, stdin=built)
    found = json.loads(said.stdout)["findings"]
    rules = {finding["rule"] for finding in found if finding["severity"] == "error"}
    if bool(rules) != (said.returncode == 1):
        raise judges.Refused(f"exits {said.returncode} with {len(rules)} rules broken: {said.stderr.decode()}")
    return rules


def _rendered(session, scenario):
    directory = session.new_directory("overlays").resolve()
    session.sparkctl.run("render", "--env", "prod", "--preset", scenario, cwd=directory)
    return directory, find_bundle(directory / "rendered", "prod")


def _named(objects, kind, name):
    [found] = [o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name]
    return found


def _workloads(objects):
    return [o for o in objects if o["kind"] in ("Deployment", "StatefulSet")]


def _annotated(objects, key, value):
    """As `commonAnnotations` does it: objects and the templates of pods."""
    for o in objects:
        places_of_it = [o["metadata"], *([o["spec"]["template"]["metadata"]] if o in _workloads(objects) else [])]
        for metadata in places_of_it:
            metadata.setdefault("annotations", {})[key] = value
    return objects


def _labelled(objects, key, value, templates):
    for o in objects:
        places_of_it = [o["metadata"]]
        if templates and o in _workloads(objects):
            places_of_it.append(o["spec"]["template"]["metadata"])
            places_of_it += [claim["metadata"] for claim in o["spec"].get("volumeClaimTemplates", [])]
        for metadata in places_of_it:
            metadata.setdefault("labels", {})[key] = value
    return objects


def _patches(objects):
    server = _named(objects, "StatefulSet", "jupyter-connect-spark-connect")
    server["spec"]["template"]["spec"].setdefault("nodeSelector", {})["node-pool"] = "spark-drivers"
    batch = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "batch"}}}
    policy = _named(objects, "NetworkPolicy", "jupyter-connect-spark-connect-server")
    policy["spec"]["ingress"].append({"from": [batch], "ports": [{"port": 15443, "protocol": "TCP"}]})
    return objects


def _images(objects):
    seen = 0
    for o in _workloads(objects):
        pod = o["spec"]["template"]["spec"]
        for container in pod["containers"] + pod.get("initContainers", []):
            before = container["image"]
            container["image"] = before.replace("docker.io/nginxinc/", "registry.example/mirror/")
            seen += before != container["image"]
    assert seen, "no image to replace"
    return objects


def _replicas(objects):
    _named(objects, "Deployment", "jupyter-connect-hive-metastore")["spec"]["replicas"] = 3
    hard = _named(objects, "ResourceQuota", "jupyter-connect")["spec"]["hard"]
    hard |= {"limits.memory": "720000Mi", "requests.memory": "720000Mi"}
    return objects


def _components(objects):
    for o in _workloads(objects):
        o["spec"]["revisionHistoryLimit"] = 3
    return _annotated(objects, "example.com/audited", "true")


# {overlay: the objects that it shall build of the bundle's}
PROMISED = {
    "patches": _patches,
    "labels": lambda objects: _annotated(
        _labelled(objects, "cost-centre", "42", templates=False), "example.com/owner", "data-platform"
    ),
    "templates": lambda objects: _labelled(objects, "cost-centre", "42", templates=True),
    "images": _images,
    "replicas": _replicas,
    "components": _components,
}


def _can_fail(session, refuses):
    directory, bundle = _rendered(session, "connect")
    base = f"resources: [../{bundle.directory.relative_to(directory.parent)}]\n"
    expected = [manifest.object for manifest in bundle.manifests]

    def overlay(text):
        other = session.new_directory("overlay")
        (other / "kustomization.yaml").write_text(base + text)
        return complaints(session, other, copy.deepcopy(expected))

    refuses("overlays", overlay, "", {
        "another change than the promised": "labels: [{pairs: {surprise: here}}]\n",
        "what breaks a rule": NOT_PROMISED["namespace"],
        "a patch of nothing": "patches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: nobody}}'}]\n",
        "an unknown field": "surprise: true\n",
    })
