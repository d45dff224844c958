"""Flux, given what `render --gitops flux` writes, applies the objects of each bundle and no others.

Its own libraries leave out of a checkout what its source says, build each Kustomization, and substitute.
"""

import copy
import functools
import json
import re
import shutil

import yaml

from harness import compare, judges
from harness.rendering import KUSTOMIZATION, Bundle, read_one

# Two environments in a shared cluster, one in clusters of its own, and a release that lives in another's namespace.
PROJECT = """\
apiVersion: sparkctl/v1alpha1
kind: Project
metadata:
  name: platform
spec:
  gitops:
    repository: https://git.example.com/data/platform.git
    revision: env/{environment}
    path: data/spark
    clusters:
      east:
        kubeConfig: {secret: east-kubeconfig}
    flux:
      source: SOURCE
      secret: platform-source
      serviceAccount: spark-sync
      oci:
        url: oci://registry.example/spark
        tag: main
  releases:
    connect:
      preset: connect
      namespaces: {dev: spark-dev, staging: spark-staging}
      spec: OWN
    notebooks:
      preset: jupyter-connect
      cluster: east
      namespaces: {prod: spark-notebooks}
      spec: OWN
    queries:
      preset: standalone
      namespaces: {dev: spark-dev}
      spec:
        namespace: {owned: false}
"""

# A project is not rendered with example values; these are nobody's either.
OWN = {
    "site": {
        "registry": "registry.test.internal/spark",
        "objectStore": {"s3": {"endpoint": {"host": "s3.test.internal", "cidrs": ["10.9.0.0/24"]}}},
        "database": {"external": {"endpoint": {"host": "postgresql.test.internal", "cidrs": ["10.9.1.0/24"]}}},
    },
    "cluster": {"apiServer": {"cidrs": ["10.9.2.1/32"]}},
}

CLUSTER = "apiVersion: sparkctl/v1alpha1\nkind: Cluster\nmetadata:\n  name: east\nspec: {}\n"

# What Flux would choke on, were it not told to leave everything but the bundles alone.
ELSEWHERE = {
    "values.yaml": "replicas: 3\n",
    "data/values.yaml": "replicas: 3\n",
    "data/spark/presets/README.yaml": "- no: object\n",
}


def check(session, report):
    for source in ("git", "oci"):
        fleet = render(session, source)
        report.judge(f"{source}: objects", by_schema(fleet), f"{len(fleet.files)} objects of Flux")
        report.judge(f"{source}: folders", folders(fleet), "each is what its files hold")
        report.judge(f"{source}: references", references(fleet), "every name leads to something")
        synced = [f"{name}: {words}" for name in fleet.kustomizations for words in applied(fleet, name)]
        report.judge(f"{source}: bundles", synced, f"{len(fleet.kustomizations)} synced whole, and unchanged")
        substituted = [
            f"{name}: {words}" for name in fleet.kustomizations for words in applied(fleet, name, substitute)
        ]
        names = len(set().union(*(variables(fleet, name) for name in fleet.kustomizations)))
        report.judge(f"{source}: substitution", substituted, f"leaves {names} names of shell variables alone")
    _can_fail(render(session, "git"), report.refuses)


class Fleet:
    """A rendered project in its repository, as those find it who clone it."""

    def __init__(self, root, source):
        self.root = root
        self.source = source
        self.output = root / "data/spark/rendered"
        self.directory = self.output / "gitops/flux"

    @functools.cached_property
    def files(self):
        """{path: object} of all that Flux reads."""
        found = sorted(self.directory.rglob("*.yaml"))
        return {file: read_one(file) for file in found if file.name != KUSTOMIZATION}

    @functools.cached_property
    def kustomizations(self):
        """{name: path} of all Kustomizations."""
        return {o["metadata"]["name"]: f for f, o in self.files.items() if o["kind"] == "Kustomization"}

    def source_of(self, kustomization):
        """The file of the source that a Kustomization names, if there is one."""
        named = kustomization["spec"]["sourceRef"]
        for file, found in self.files.items():
            if found["kind"] == named["kind"] and found["metadata"]["name"] == named["name"]:
                return file
        return None

    def bundle_of(self, file):
        """The bundle that a Kustomization's file is for, by the file's own place."""
        place = file.relative_to(self.directory / "environments")
        return Bundle(self.output, self.output / place.parent / place.stem.removeprefix("kustomization-"))

    def served(self, file):
        """What its source serves: the repository, or the bundle alone, as it was pushed."""
        return self.root if self.source == "git" else self.bundle_of(file).directory



def render(session, source):
    root = session.new_directory(f"flux-{source}").resolve()
    project = root / "data/spark"
    (project / "clusters").mkdir(parents=True)
    (project / "sparkctl.yaml").write_text(PROJECT.replace("SOURCE", source).replace("OWN", json.dumps(OWN)))
    (project / "clusters/east.yaml").write_text(CLUSTER)
    for name, text in ELSEWHERE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    # What lies beside layers is nobody's until all is rendered.
    stray = project / "presets/README.yaml"
    text = stray.read_text()
    stray.unlink()
    session.sparkctl.run("render", "--gitops", "flux", cwd=project)
    stray.write_text(text)
    return Fleet(root, source)


def by_schema(fleet):
    """By the strict schemas of Flux' own CRDs."""
    found = judges.kubeconform_custom(list(fleet.files))
    return [f"{file.name}: {words}" for file, complaints in found.items() for words in complaints]


def folders(fleet):
    """Each folder can be taken alone, by Flux or by `kubectl apply -k`."""
    complaints = []
    for listing in fleet.directory.rglob(KUSTOMIZATION):
        below = [found for file, found in fleet.files.items() if file.is_relative_to(listing.parent)]
        complaints += compare.objects(below, judges.kustomize_builds(listing.parent))
    return complaints


def references(fleet):
    complaints = []
    for name, file in fleet.kustomizations.items():
        spec = fleet.files[file]["spec"]
        if fleet.source_of(fleet.files[file]) is None:
            complaints.append(f"{name}: no {spec['sourceRef']['kind']} {spec['sourceRef']['name']}")
        for other in spec.get("dependsOn", []):
            if other["name"] not in fleet.kustomizations:
                complaints.append(f"{name}: depends on {other['name']}, which does not exist")
        held = {
            (o["apiVersion"], o["kind"], o["metadata"]["name"], o["metadata"].get("namespace"))
            for o in (manifest.object for manifest in fleet.bundle_of(file).manifests)
        }
        checked = {tuple(c[k] for k in ("apiVersion", "kind", "name", "namespace")) for c in spec.get("healthChecks", [])}
        runs = {entry for entry in held if entry[1] in ("Deployment", "StatefulSet")}
        complaints += [f"{name}: waits for {entry}, which is not in the bundle" for entry in checked - held]
        complaints += [f"{name}: does not wait for {entry}" for entry in runs - checked]
    return complaints


def applied(fleet, name, change=lambda fleet, name, kustomization: kustomization):
    """How what Flux would apply differs from what the bundle's files hold."""
    file = fleet.kustomizations[name]
    changed = change(fleet, name, copy.deepcopy(fleet.files[file]))
    source = fleet.source_of(changed)
    if source is None:
        return ["has no source"]
    given = fleet.root / "given.yaml"
    given.write_text(yaml.safe_dump(changed))
    try:
        built = judges.flux_builds(fleet.served(file), source, given)
    except judges.Refused as refused:
        return [str(refused)]
    finally:
        given.unlink()
    return compare.objects([manifest.object for manifest in fleet.bundle_of(file).manifests], built)


def variables(fleet, name):
    """Everything in a bundle that Flux would take for a variable of its own."""
    texts = (manifest.text for manifest in fleet.bundle_of(fleet.kustomizations[name]).manifests)
    return {found for text in texts for found in re.findall(r"\$\{#?([A-Za-z_][A-Za-z0-9_]*)", text)}


def substitute(fleet, name, kustomization):
    """As one whose own Kustomization has variables of the very names that the scripts use."""
    values = {variable: "substituted" for variable in variables(fleet, name)} or {"NOBODY": "substituted"}
    kustomization["spec"]["postBuild"] = {"substitute": values}
    return kustomization


def _can_fail(good, refuses):
    name = "platform-prod-east-notebooks"

    def changed(change):
        def edit(_fleet, _name, kustomization):
            change(kustomization["spec"])
            return kustomization
        return edit

    def judged(change):
        return applied(good, name, change)

    refuses("Flux", judged, changed(lambda spec: None), {
        "a path that is not there": changed(lambda spec: spec.update(path="./rendered/prod/nobody")),
        "a path to more than the bundle": changed(lambda spec: spec.update(path="./data/spark")),
        "another source": changed(lambda spec: spec["sourceRef"].update(name="nobody")),
        "a namespace put over it": changed(lambda spec: spec.update(targetNamespace="other")),
        "names put over it": changed(lambda spec: spec.update(namePrefix="other-")),
    })

    def broken(edit):
        with _edited(good, name, edit):
            return applied(good, name, substitute)

    annotation = "kustomize.toolkit.fluxcd.io/substitute"
    refuses("Flux' substitution and sources", broken, lambda bundle, source: {}, {
        "scripts that are not protected": lambda bundle, source: {
            m.file: "\n".join(line for line in m.text.split("\n") if annotation not in line)
            for m in bundle.manifests
        },
        "an object lost": lambda bundle, source: {bundle.directory / KUSTOMIZATION: _without_one(bundle)},
        "a source that leaves bundles out": lambda bundle, source: {
            source: source.read_text().replace("!/data/spark/rendered/", "/data/spark/rendered/prod/"),
        },
    })

    def schema(text):
        file = good.root / "kustomization-sample.yaml"
        file.write_text(text)
        return judges.kubeconform_custom([file])[file]

    text = good.kustomizations[name].read_text()
    refuses("Flux' schemas", schema, text, {
        "an unknown field": text + "  surprise: true\n",
        "no interval": text.replace("  interval: 10m\n", ""),
        "days": text.replace("  interval: 10m\n", "  interval: 1d\n"),
        "an unknown policy": text + "  deletionPolicy: Keep\n",
    })


def _without_one(bundle):
    """A listing that deletes the last object that it lists."""
    last = bundle.manifests[-1].object
    metadata = {key: last["metadata"][key] for key in ("name", "namespace") if key in last["metadata"]}
    lost = {"apiVersion": last["apiVersion"], "kind": last["kind"], "metadata": metadata, "$patch": "delete"}
    listing = read_one(bundle.directory / KUSTOMIZATION)
    return yaml.safe_dump(listing | {"patches": [{"patch": yaml.safe_dump(lost)}]})


class _edited:
    """Files that are other ones for a while; `edit(bundle, source)` says which, and what they hold."""

    def __init__(self, fleet, name, edit):
        file = fleet.kustomizations[name]
        self.files = edit(fleet.bundle_of(file), fleet.source_of(fleet.files[file]))

    def __enter__(self):
        self.before = {file: file.read_text() for file in self.files}
        for file, text in self.files.items():
            file.write_text(text)

    def __exit__(self, *_):
        for file, text in self.before.items():
            file.write_text(text)
