"""The pods of a bundle as a kubelet reads them: containers, environment, ports, mounted files."""

import base64
import functools
import re
from dataclasses import dataclass

from harness.rendering import Broken, Bundle

_TEMPLATED = ("StatefulSet", "Deployment", "DaemonSet", "Job")


@dataclass(frozen=True)
class Pod:
    """The first pod of a workload: `spec` is the pod's."""

    bundle: Bundle
    kind: str
    workload: str
    namespace: str
    labels: dict
    spec: dict

    @property
    def name(self):
        """As Kubernetes would name it; only a StatefulSet's can be foretold."""
        return f"{self.workload}-0"

    @property
    def grace_period(self):
        return self.spec.get("terminationGracePeriodSeconds", 30)

    def container(self, name=None):
        """The container of that name; without one, the only or first."""
        return self._container("containers", name)

    def init_container(self, name=None):
        return self._container("initContainers", name)

    def _container(self, field, name):
        found = [spec for spec in self.spec.get(field, []) if name in (None, spec["name"])]
        if not found:
            raise Broken(f"{self.kind} {self.workload} has no container {name or ''} in {field}")
        return Container(self, found[0])

    def port(self, name_or_number):
        """The number of a port of any of its containers, as a Service names it."""
        for port in self.ports:
            if name_or_number in (port.get("name"), port["containerPort"]):
                return port["containerPort"]
        raise Broken(f"{self.workload} has no port {name_or_number}")

    @property
    def ports(self):
        """Those of all its containers, sidecars among them."""
        specs = self.spec.get("initContainers", []) + self.spec["containers"]
        return [port for spec in specs for port in spec.get("ports", [])]

    def files(self, volume, secrets):
        """What a volume holds: {path: text}; None for one that begins empty and may be written."""
        [found] = [v for v in self.spec.get("volumes", []) if v["name"] == volume] or [None]
        if found is None:
            if volume in self._claims:
                return None
            raise Broken(f"{self.kind} {self.workload} mounts {volume}, which is no volume of it")
        if "projected" in found:
            files = {}
            for source in found["projected"]["sources"]:
                files.update(self._source(source, secrets))
            return files
        if found.keys() & {"configMap", "secret"}:
            return self._source(found, secrets)
        if found.keys() & {"emptyDir", "persistentVolumeClaim", "ephemeral"}:
            return None
        raise Broken(f"volume {volume} of {self.workload} is of a kind that nothing here stands in for")

    @property
    def _claims(self):
        """The names of the workload's volume claim templates."""
        for manifest in self.bundle.manifests:
            found = manifest.object
            if (found["kind"], found["metadata"]["name"]) == (self.kind, self.workload):
                return {c["metadata"]["name"] for c in found["spec"].get("volumeClaimTemplates", [])}
        return set()

    def _source(self, source, secrets):
        if "configMap" in source:
            wanted = source["configMap"]
            data = self.config_map(wanted["name"])
        elif "secret" in source:
            wanted = source["secret"]
            name = wanted.get("secretName") or wanted.get("name")
            data = {key: value for (secret, key), value in secrets.items() if secret == name}
        else:
            return {}
        items = wanted.get("items")
        if items is None:
            return data
        if missing := [item["key"] for item in items if item["key"] not in data]:
            raise Broken(f"{self.workload} mounts {missing[0]} of {wanted}, which does not hold it")
        return {item["path"]: data[item["key"]] for item in items}

    def config_map(self, name):
        """The data of a ConfigMap of the bundle."""
        for manifest in self.bundle.manifests:
            found = manifest.object
            if (found["kind"], found["metadata"]["name"]) == ("ConfigMap", name):
                binary = {
                    key: base64.b64decode(value).decode()
                    for key, value in found.get("binaryData", {}).items()
                }
                return found.get("data", {}) | binary
        raise Broken(f"{self.workload} wants ConfigMap {name}, which the bundle does not hold")


@dataclass(frozen=True)
class Mount:
    """`inside` is a path in the volume, or None; `files` is {path: text}, None for a volume to write to."""

    path: str
    volume: str
    inside: str | None
    files: dict | None


@dataclass(frozen=True)
class Container:
    pod: Pod
    spec: dict

    @property
    def name(self):
        return self.spec["name"]

    @property
    def image(self):
        return self.spec["image"]

    @functools.cached_property
    def ports(self):
        """{name: number}"""
        return {port["name"]: port["containerPort"] for port in self.spec.get("ports", [])}

    def port(self, name_or_number):
        """The number of a port, as probes and services name it."""
        return self.ports.get(name_or_number, name_or_number)

    def mounts(self, secrets):
        """What is mounted, outermost first."""
        found = [
            Mount(m["mountPath"].rstrip("/"), m["name"], m.get("subPath"), self.pod.files(m["name"], secrets))
            for m in self.spec.get("volumeMounts", [])
        ]
        return sorted(found, key=lambda mount: len(mount.path))

    def file(self, name):
        """The text of a file that a ConfigMap brings, by its name."""
        found = {mount.files[name] for mount in self.mounts({}) if mount.files and name in mount.files}
        if len(found) != 1:
            raise Broken(f"{self.pod.workload}/{self.name} mounts {len(found)} files {name}, not one")
        return found.pop()

    def environment(self, secrets, address):
        """`env` and `envFrom` as the kubelet resolves them; `address` is the pod's and the host's."""
        resolved = {}
        for source in self.spec.get("envFrom", []):
            resolved.update(self._all_of(source, secrets))
        for entry in self.spec.get("env", []):
            if "value" in entry:
                resolved[entry["name"]] = expand(entry["value"], resolved)
            elif "valueFrom" in entry:
                resolved[entry["name"]] = self._value_from(entry, secrets, address)
            else:
                resolved[entry["name"]] = ""
        return resolved

    def command_line(self, environment):
        """`command` and `args`, with `$(NAME)` expanded."""
        words = self.spec.get("command", []) + self.spec.get("args", [])
        return [expand(word, environment) for word in words]

    def _all_of(self, source, secrets):
        prefix = source.get("prefix", "")
        if "configMapRef" in source:
            data = self.pod.config_map(source["configMapRef"]["name"])
        else:
            name = source["secretRef"]["name"]
            data = {key: value for (secret, key), value in secrets.items() if secret == name}
        return {prefix + key: value for key, value in data.items()}

    def _value_from(self, entry, secrets, address):
        source = entry["valueFrom"]
        if "secretKeyRef" in source:
            wanted = source["secretKeyRef"]["name"], source["secretKeyRef"]["key"]
            if wanted not in secrets:
                name, key = wanted
                raise Broken(f"{entry['name']} wants {key} of Secret {name}: the check gives none")
            return secrets[wanted]
        if "configMapKeyRef" in source:
            wanted = source["configMapKeyRef"]
            return self.pod.config_map(wanted["name"])[wanted["key"]]
        if "fieldRef" in source:
            return self._field(source["fieldRef"]["fieldPath"], address)
        raise Broken(f"{entry['name']} comes from {source}, which nothing here stands in for")

    def _field(self, path, address):
        fields = {
            "metadata.name": self.pod.name,
            "metadata.namespace": self.pod.namespace,
            "metadata.uid": "00000000-0000-0000-0000-000000000000",
            "spec.nodeName": "node",
            "spec.serviceAccountName": self.pod.spec.get("serviceAccountName", "default"),
            "status.podIP": address,
            "status.hostIP": address,
        }
        if label := re.fullmatch(r"metadata\.labels\['(.+)'\]", path):
            return self.pod.labels.get(label[1], "")
        return fields[path]


def pods(bundle):
    """The pods of all workloads of a bundle."""
    found = []
    for manifest in bundle.manifests:
        kind, metadata = manifest.object["kind"], manifest.object["metadata"]
        if kind == "CronJob":
            template = manifest.object["spec"]["jobTemplate"]["spec"]["template"]
        elif kind in _TEMPLATED:
            template = manifest.object["spec"]["template"]
        else:
            continue
        labels = template.get("metadata", {}).get("labels", {})
        namespace = metadata.get("namespace", "default")
        found.append(Pod(bundle, kind, metadata["name"], namespace, labels, template["spec"]))
    return found


def find_pod(bundle, **labels):
    """The one pod whose template has these labels: `name=` and `component=` are Kubernetes' own."""
    wanted = {f"app.kubernetes.io/{key}": value for key, value in labels.items()}
    found = [pod for pod in pods(bundle) if wanted.items() <= pod.labels.items()]
    if len(found) != 1:
        names = ", ".join(pod.workload for pod in found) or "none"
        raise Broken(f"one workload with {wanted} is expected, there is: {names}")
    return found[0]


def expand(text, environment):
    """`$(NAME)` as the kubelet expands it: `$$` is a dollar, what is not known stays as it is."""

    def value(match):
        if match[0] == "$$":
            return "$"
        return environment.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)", value, text)
