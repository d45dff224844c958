"""What Argo CD is given is valid by its own schemas, builds, and lets each bundle through; its plugin renders the same.

A project with releases of its own, of a team and of two clusters, in both forms.
"""

import os
import subprocess
from pathlib import Path

import yaml

from harness import compare, judges
from harness.places import KUBERNETES_MINORS
from harness.rendering import KUSTOMIZATION, Broken, Bundle, read_one

PROJECT = """\
apiVersion: sparkctl/v1alpha1
kind: Project
metadata: {name: platform}
spec:
  # Nobody's addresses will do where nothing is synced.
  rules: {layer/example-value: warning}
  gitops:
    repository: https://git.example.com/data/platform.git
    path: spark
    revision: env/{environment}
    clusters:
      us: {server: "https://us.example:6443"}
    argocd:
      form: FORM
  releases:
    connect: {preset: connect}
    notebooks: {preset: jupyter-connect, team: analytics, spec: {namespace: {owned: false}}}
    etl: {preset: connect, cluster: eu, spec: {namespace: {owned: false}}}
    reports: {preset: connect, cluster: us, team: analytics, spec: {namespace: {owned: false}}}
"""
LAYERS = {
    "clusters/eu.yaml": "apiVersion: sparkctl/v1alpha1\nkind: Cluster\nmetadata: {name: eu}\nspec: {}\n",
    "clusters/us.yaml": "apiVersion: sparkctl/v1alpha1\nkind: Cluster\nmetadata: {name: us}\nspec: {}\n",
    "teams/analytics.yaml": "apiVersion: sparkctl/v1alpha1\nkind: Team\nmetadata: {name: analytics}\nspec: {}\n",
}
# Where the project lies in its repository.
ROOT = "spark"

# As much of Argo CD's own Deployment as the plugin's patch relies on.
REPO_SERVER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-repo-server}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: argocd-repo-server}}
  template:
    metadata: {labels: {app.kubernetes.io/name: argocd-repo-server}}
    spec:
      containers:
      - name: argocd-repo-server
        image: registry.example/argocd:v3.5.1
        volumeMounts: [{name: var-files, mountPath: /var/run/argocd}, {name: plugins, mountPath: /plugins}]
      volumes: [{name: var-files, emptyDir: {}}, {name: plugins, emptyDir: {}}]
"""


def check(session, report):
    for form in ("applications", "applicationset"):
        project = _project(session, form)
        given = Given(project)
        report.judge(f"{form}: schemas", given.invalid(), f"{len(given.files)} objects")
        report.judge(f"{form}: kustomize", given.misbuilt(), "builds them in their order")
        through = given.denied()
        report.judge(f"{form}: rights", through, f"{len(given.applications)} bundles are let through")
    plugin = project / "rendered" / "gitops" / "argocd-plugin"
    for application in given.applications:
        report.judge(f"plugin: {application['metadata']['name']}", plugged(session, plugin, project, application))
    report.judge("plugin: sidecar", sidecar(session, plugin), "is valid, and restricted")
    _can_fail(session, report, given, plugin)


def _project(session, form):
    directory = session.new_directory(f"argocd-{form}")
    for name, text in {"sparkctl.yaml": PROJECT.replace("FORM", form), **LAYERS}.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    session.sparkctl.run("render", "--gitops", "argocd", cwd=directory)
    return directory


class Given:
    """The directory that Argo CD is given, and what an operator finds in it."""

    def __init__(self, project, directory=None):
        self.project = project
        self.directory = directory or project / "rendered" / "gitops" / "argocd"
        self.files = [self.directory / name for name in read_one(self.directory / KUSTOMIZATION)["resources"]]
        self.objects = [read_one(file) for file in self.files]
        self.applications = [app for found in self.objects for app in applications(found)]
        self.projects = {o["metadata"]["name"]: o["spec"] for o in self.objects if o["kind"] == "AppProject"}
        if len(self.applications) < 4:
            raise Broken(f"{len(self.applications)} Applications of four releases")

    def invalid(self):
        found = judges.kubeconform_custom(self.files)
        return [f"{file.name}: {words}" for file in self.files for words in found[file]]

    def misbuilt(self):
        built = judges.kustomize_builds(self.directory)
        found = compare.objects(self.objects, built)
        if list(map(compare.identity, built)) != list(map(compare.identity, self.objects)):
            found.append("in another order")
        return found

    def denied(self):
        """What Argo CD would refuse to sync, or find nowhere."""
        return [
            f"{app['metadata']['name']}: {words}" for app in self.applications for words in self._denied(app)
        ]

    def _denied(self, application):
        spec = application["spec"]
        project = self.projects.get(spec["project"])
        if project is None:
            return [f"there is no AppProject {spec['project']}"]
        found = []
        if spec["source"]["repoURL"] not in project["sourceRepos"]:
            found.append("another repository")
        if spec["destination"] not in project["destinations"]:
            found.append(f"another destination: {spec['destination']}")
        for manifest in _bundle(self.project, application).manifests:
            namespace = manifest.object["metadata"].get("namespace")
            key = "namespaceResourceWhitelist" if namespace else "clusterResourceWhitelist"
            kind = {"group": manifest.group, "kind": manifest.object["kind"]}
            name = manifest.object["metadata"]["name"]
            if kind not in project[key] and kind | {"name": name} not in project[key]:
                found.append(f"{kind['kind']} {name} is not allowed")
            if namespace not in (None, spec["destination"]["namespace"]):
                found.append(f"{kind['kind']} {name} is in namespace {namespace}")
        return found


def applications(found):
    """The Application that an object is, or those that an ApplicationSet's controller makes of it."""
    if found["kind"] == "Application":
        return [found]
    if found["kind"] != "ApplicationSet":
        return []
    [generator] = found["spec"]["generators"]
    return [_filled(found["spec"]["template"], element) for element in generator["list"]["elements"]]


def _filled(node, element):
    if isinstance(node, dict):
        return {key: _filled(value, element) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, element) for value in node]
    if isinstance(node, str):
        for key, value in element.items():
            node = node.replace("{{ .%s }}" % key, value)
        if "{{" in node:
            raise Broken(f"a placeholder without a value: {node}")
    return node


def _bundle(project, application):
    path = Path(application["spec"]["source"]["path"]).relative_to(ROOT)
    return Bundle(project / "rendered", project / path)


def plugged(session, plugin, project, application, release=None):
    """How what the plugin prints differs from the bundle that Argo CD would sync without it."""
    programs = session.new_directory("programs")
    (programs / "sparkctl").symlink_to(session.sparkctl.binary)
    labels = application["metadata"]["labels"]
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PARAM_ENVIRONMENT": labels["sparkctl.dev/environment"],
        "PARAM_RELEASE": release or Path(application["spec"]["source"]["path"]).name,
    }
    if cluster := labels.get("sparkctl.dev/cluster"):
        environment["PARAM_CLUSTER"] = cluster
    done = subprocess.run(
        ["/bin/sh", plugin / "sparkctl-generate"], cwd=project, env=environment,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
    )
    if done.returncode != 0:
        return [f"exits {done.returncode}: {done.stderr.decode(errors='replace')}"]
    printed = [document for document in yaml.load_all(done.stdout, yaml.CSafeLoader) if document]
    expected = [manifest.object for manifest in _bundle(project, application).manifests]
    return compare.objects(expected, printed)


def sidecar(session, plugin, change=lambda text: text):
    """Complaints about the repo server with the plugin's component over it."""
    directory = session.new_directory("argocd-install")
    (directory / "plugin").mkdir()
    for file in plugin.iterdir():
        if file.is_file():
            (directory / "plugin" / file.name).write_text(change(file.read_text()))
    (directory / "repo-server.yaml").write_text(REPO_SERVER)
    (directory / KUSTOMIZATION).write_text("resources: [repo-server.yaml]\ncomponents: [plugin]\n")
    try:
        [deployment] = judges.kustomize_builds(directory)
    except judges.Refused as refused:
        return [str(refused)]
    built = directory / "built.yaml"
    built.write_text(yaml.safe_dump(deployment))
    found = [words for minor in KUBERNETES_MINORS for words in judges.kubeconform_builtin([built], minor)[built]]
    pod = deployment["spec"]["template"]["spec"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    [container] = [c for c in pod["containers"] if c["name"] == "sparkctl"]
    missing = {mount["name"] for mount in container["volumeMounts"]} - volumes
    found += [f"no volume {name}" for name in sorted(missing)]
    security = container.get("securityContext", {})
    wanted = {
        "runAsUser": 999, "runAsNonRoot": True, "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    found += [f"{key} is {security.get(key)}" for key, value in wanted.items() if security.get(key) != value]
    # What is asked of Argo CD's own server: where it looks for the plugin.
    definition = read_one(directory / "plugin" / "plugin.yaml")
    if definition["kind"] != "ConfigManagementPlugin" or "discover" not in definition["spec"]:
        found.append("plugin.yaml defines no plugin that is discovered")
    return found


def _can_fail(session, report, given, plugin):
    def altered(change):
        """The directory with every file changed."""
        directory = session.new_directory("argocd-altered")
        for file in [*given.files, given.directory / KUSTOMIZATION]:
            copy = directory / file.relative_to(given.directory)
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(change(file.read_text()))
        return Given(given.project, directory)

    def replaced(old, new):
        def change(text):
            return text.replace(old, new)

        return change

    def same(text):
        return text

    report.refuses("schemas can fail", lambda change: altered(change).invalid(), same, {
        "an unknown field": replaced("syncPolicy:", "syncPolicies:"),
        "a wrong type": replaced("limit: 12", "limit: often"),
        "another version": replaced("argoproj.io/v1alpha1", "argoproj.io/v1"),
    })
    report.refuses("rights can fail", lambda change: altered(change).denied(), same, {
        "a kind less": replaced("kind: StatefulSet", "kind: DaemonSet"),
        "a namespace less": replaced("kind: Namespace", "kind: Node"),
        "no project": replaced("      project: platform", "      project: other"),
    })
    report.refuses("the sidecar can fail", lambda change: sidecar(session, plugin, change), same, {
        "a volume less": replaced("- name: sparkctl-tmp\n        emptyDir", "- name: other\n        emptyDir"),
        "another user": replaced("runAsUser: 999", "runAsUser: 0"),
        "an unknown field": replaced("securityContext:", "security:"),
    })
    first, other = given.applications[0], given.applications[-1]
    name = Path(other["spec"]["source"]["path"]).name
    report.refuses("the plugin can fail", lambda release: plugged(session, plugin, given.project, first, release), None, {
        "another release": name,
        "no such release": "nobody",
    })
