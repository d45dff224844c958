"""A project with a matrix: what holds for one bundle holds for each, and all of them go together.

Two teams with two scenarios, which share a namespace, on two clusters in two environments.
"""

import json
import shutil

import yaml

from checks import kustomize, schemas
from harness import compare, judges, places
from harness.matrix import together
from harness.rendering import KUSTOMIZATION, LOCK, Broken, Bundle, Surroundings, read_one
from harness.schemas import builtin_groups

HEAD = "apiVersion: sparkctl/v1alpha1\nkind: {}\nmetadata: {{name: {}}}\nspec: {}\n"

PROJECT = HEAD.format("Project", "platform", json.dumps({
    "gitops": {"repository": "https://git.example.com/data/platform.git"},
    "matrix": {
        "all": {
            "presets": ["connect", "jupyter-connect"],
            "environments": ["dev", "prod"],
            "clusters": ["*"],
            "teams": ["*"],
        },
    },
}))
RELEASES = 16


def _cluster(number):
    """Whatever production asks of a cluster; a project is not rendered with example values."""
    endpoint = {"host": f"s3.c{number}.test.internal", "cidrs": [f"10.{number}.0.0/24"]}
    database = {"host": f"postgresql.c{number}.test.internal", "cidrs": [f"10.{number}.1.0/24"]}
    return {
        "site": {
            "registry": f"registry.c{number}.test.internal/spark",
            "objectStore": {"s3": {"endpoint": endpoint}},
            "database": {"external": {"endpoint": database}},
        },
        "cluster": {"apiServer": {"cidrs": [f"10.{number}.2.1/32"]}},
    }


LAYERS = {
    "clusters/c1.yaml": HEAD.format("Cluster", "c1", json.dumps(_cluster(1))),
    "clusters/c2.yaml": HEAD.format("Cluster", "c2", json.dumps(_cluster(2))),
    "teams/risk.yaml": HEAD.format("Team", "risk", '{"connect": {"executor": {"memory": "2g"}}}'),
    "teams/search.yaml": HEAD.format("Team", "search", '{"namespace": {"labels": {"cost-centre": "7"}}}'),
}


def check(session, report):
    root = _project(session)
    session.sparkctl.run("render", "--gitops", "argocd,flux", "--deny-warnings", cwd=root)
    fleet = Fleet(session, root)
    bundles = list(fleet.bundles.values())
    objects = sum(len(bundle.manifests) for bundle in bundles)
    report.judge("schemas", by_schema(bundles), f"{objects} objects of {len(bundles)} bundles")
    report.judge("kustomize", sum(together(kustomize.complaints, bundles), []), f"{len(bundles)} bundles")
    report.judge("owners", owners(fleet.objects), f"no object twice, {fleet.namespaces()} namespaces with one owner")
    report.judge("gitops", synced(root, fleet.listed), "builds, and names each bundle once")
    charts = session.new_directory("charts")
    session.sparkctl.run("render", "--layout", "chart", "--out", charts, cwd=root)
    report.judge("charts", charted(charts, fleet), f"{len(bundles)} linted, the bundles' objects but the Namespace")
    report.judge("shards", compare.trees(_shards(session, root, 3), _whole(session, root)), "three are the whole")
    report.judge("threads", _threads(session, root), "1 and 7, in another locale and time zone: the same bytes")
    _can_fail(session, report, root, fleet, charts)


class Fleet:
    """What was rendered of a project, and what the project says of it."""

    def __init__(self, session, root):
        listed = json.loads(session.sparkctl.run("list", "releases", "--format", "json", cwd=root))
        self.listed = {release["place"]: release for release in listed}
        out = root / "rendered"
        self.bundles = {place: Bundle(out, out / place) for place in self.listed}
        if len(self.bundles) != RELEASES:
            raise Broken(f"{len(self.bundles)} releases instead of {RELEASES}")
        self.objects = {
            place: [manifest.object for manifest in bundle.manifests] for place, bundle in self.bundles.items()
        }

    def namespaces(self):
        return len({(place.rpartition("/")[0], r["namespace"]) for place, r in self.listed.items()})


def by_schema(bundles):
    """By the strict schemas of Kubernetes, each minor, and of the operators; each text once."""
    texts = {manifest.text: manifest for bundle in bundles for manifest in bundle.manifests}
    own = [manifest for manifest in texts.values() if manifest.group in builtin_groups()]
    others = [manifest.file for manifest in texts.values() if manifest.group not in builtin_groups()]
    complaints = schemas.judged(own) | judges.kubeconform_custom(others)
    return [f"{file}: {words}" for file, found in complaints.items() for words in found]


def owners(objects):
    """Of {place: objects}: what two bundles for one cluster hold both, and namespaces that none holds."""
    complaints, seen, used, owned = [], {}, set(), set()
    for place, of_bundle in objects.items():
        where = place.rpartition("/")[0]
        for found in of_bundle:
            key = (where, compare.identity(found))
            if key in seen:
                complaints.append(f"{key[1]} is in {seen[key]} and in {place}")
            seen[key] = place
            if found["kind"] == "Namespace":
                owned.add((where, found["metadata"]["name"]))
            elif "namespace" in found["metadata"]:
                used.add((where, found["metadata"]["namespace"]))
    complaints += [f"{where}: nobody owns the namespace {name}" for where, name in sorted(used - owned)]
    return complaints


def synced(root, listed):
    """Each folder builds into what its files hold; of each tool the paths lead to each bundle once."""
    complaints = []
    for tool, kind, path in (
        ("argocd", "Application", lambda spec: spec["source"]["path"]),
        ("flux", "Kustomization", lambda spec: spec["path"]),
    ):
        directory = root / "rendered" / "gitops" / tool
        files = [file for file in sorted(directory.rglob("*.yaml")) if file.name != KUSTOMIZATION]
        found = [read_one(file) for file in files]
        try:
            complaints += [f"{tool}: {words}" for words in compare.objects(found, judges.kustomize_builds(directory))]
        except judges.Refused as refused:
            complaints.append(f"{tool}: {refused}")
        named = [root / path(o["spec"]) for o in found if o["kind"] == kind and "path" in str(o["spec"])]
        complaints += [f"{tool}: {one} does not exist" for one in named if not (one / KUSTOMIZATION).is_file()]
        bundles = sorted(str((root / "rendered" / place).resolve()) for place in listed)
        if sorted(str(one.resolve()) for one in named) != bundles:
            complaints.append(f"{tool}: {len(named)} paths, which are not the {len(bundles)} bundles")
    return complaints


def charted(charts, fleet):
    """Helm lints each chart, and makes of it what the bundle holds."""

    def judged(place):
        expected = [found for found in fleet.objects[place] if found["kind"] != "Namespace"]
        namespace = fleet.listed[place]["namespace"]
        try:
            judges.ask([places.HELM, "lint", "--strict", charts / place])
            made = judges.ask([places.HELM, "template", "any", charts / place, "--namespace", namespace])
        except judges.Refused as refused:
            return [f"{place}: {refused}"]
        found = [found for found in yaml.load_all(made, yaml.CSafeLoader) if found is not None]
        return [f"{place}: {words}" for words in compare.objects(expected, found)]

    return sum(together(judged, fleet.listed), [])


def _project(session):
    root = session.new_directory("fleet")
    for name, text in {"sparkctl.yaml": PROJECT, **LAYERS}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


def _rendered(session, root, out, *arguments, surroundings=Surroundings()):
    """Another rendering of it, without what sparkctl keeps for itself."""
    session.sparkctl.run("render", "--out", out, *arguments, cwd=root, surroundings=surroundings)
    shutil.rmtree(out / ".sparkctl")
    return out


def _whole(session, root):
    return _rendered(session, root, session.new_directory("whole"))


def _shards(session, root, count, left_out=()):
    out = session.new_directory("shards")
    for index in range(count):
        if index not in left_out:
            _rendered(session, root, out, "--shard", f"{index}/{count}")
    return out


def _threads(session, root):
    elsewhere = Surroundings(locale="tr_TR.UTF-8", zone="Pacific/Kiritimati", threads="1")
    one = _rendered(session, root, session.new_directory("one"), "--jobs", "1", surroundings=elsewhere)
    return compare.trees(one, _rendered(session, root, session.new_directory("seven"), "--jobs", "7"))


def _can_fail(session, report, root, fleet, charts):
    first, second = list(fleet.objects)[:2]
    namespace = [found for found in fleet.objects[first] if found["kind"] == "Namespace"]
    report.refuses("owners can fail", owners, fleet.objects, {
        "two owners": fleet.objects | {second: fleet.objects[second] + namespace},
        "no owner": fleet.objects | {first: [o for o in fleet.objects[first] if o not in namespace]},
    })

    def edited(edit):
        """The project with some of its files changed."""
        copy = session.new_directory("edited") / "project"
        shutil.copytree(root, copy)
        edit(copy)
        return synced(copy, fleet.listed)

    def replace(pattern, old, new):
        def edit(copy):
            for file in copy.glob(f"rendered/gitops/{pattern}"):
                file.write_text(file.read_text().replace(old, new))
        return edit

    report.refuses("gitops can fail", edited, lambda copy: None, {
        "Argo CD's path to nothing": replace("argocd/**/*.yaml", "rendered/prod/c1/risk-connect", "rendered/nothing"),
        "Flux' path to nothing": replace("flux/**/*.yaml", "rendered/prod/c1/risk-connect", "rendered/nothing"),
        "two paths to one bundle": replace("flux/**/*.yaml", "prod/c1/risk-connect", "prod/c2/risk-connect"),
        "a bundle that is not there": lambda copy: shutil.rmtree(copy / "rendered" / first),
        "a file that is not built": replace("argocd/kustomization.yaml", "resources:\n", "resources: []\nnone:\n"),
    })

    def damaged(edit):
        copy = session.new_directory("damaged") / "charts"
        shutil.copytree(charts, copy)
        edit(copy / first)
        return charted(copy, fleet)

    def rewrite(name, change):
        def edit(chart):
            file = next(file for file in sorted(chart.glob(name)) if file.name != LOCK)
            file.write_text(change(file.read_text()))
        return edit

    report.refuses("charts can fail", damaged, lambda chart: None, {
        "a chart without a version": rewrite("Chart.yaml", lambda text: text.replace("version:", "other:")),
        "a template lost": rewrite("templates/**/statefulset-*.yaml", lambda text: ""),
        "another name": rewrite("templates/**/service-*.yaml", lambda text: text.replace(first.split("/")[-1], "other")),
    })

    report.refuses("shards can fail", lambda out: compare.trees(out, _whole(session, root)), _shards(session, root, 2), {
        "a share that nobody rendered": _shards(session, root, 3, left_out=[1]),
    })
