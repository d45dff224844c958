"""Runs a rendered container on this machine: the same command line, files and environment.

A `Stage` stands in for the cluster around the pods of one bundle: it knows which Service is which
local port, and the Secrets' values. What differs from what was rendered, and nothing else:
paths (each mount is a directory of the stage), ports (free ones), addresses (loopback), and what a
check replaces on purpose. All of that is told by `replaced()`.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from harness import probes
from harness.process import Process, free_ports
from harness.replacements import Replacements
from harness.rendering import Broken

ADDRESS = "127.0.0.1"


class Stage:
    def __init__(self, bundle, directory, secrets=None):
        """`secrets` is {(Secret, key): value}."""
        self.bundle = bundle
        self.directory = Path(directory)
        self.secrets = secrets or {}
        self.replacements = Replacements()
        self._ports = {}

    def stand_in(self, pods):
        """Gives every port of these pods a free one of this machine, and their Services' names too.

        Called once, with all the pods that a check runs: they find each other by the rendered names.
        """
        wanted = [
            (pod.workload, number)
            for pod in pods
            for number in {port["containerPort"] for port in pod.ports}
        ]
        self._ports = dict(zip(wanted, free_ports(len(wanted))))
        for pod in pods:
            self._services(pod)

    def local_port(self, container, name_or_number):
        """The port of this machine for a port of a container."""
        number = container.port(name_or_number)
        try:
            return self._ports[container.pod.workload, number]
        except KeyError:
            raise Broken(f"{container.pod.workload} has no port {name_or_number}") from None

    def run(self, container, image):
        """Starts a container; `image` stands in for its image. Returns a `Running`."""
        name = container.name
        directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._pod_directory(container.pod)))
        root = directory / "root"
        root.mkdir()
        replacements = self.replacements.copy()
        mounts = container.mounts(self.secrets)
        for mount in reversed(mounts):
            replacements.path(mount.path, _inside(root, mount.path), "a mount is a directory here")
        image.replace_paths(replacements)
        for (workload, number), local in self._ports.items():
            if workload == container.pod.workload:
                replacements.port(number, local, "a free port of this machine")
        for mount in mounts:
            _lay_out(mount, root, self._volume(container.pod, mount.volume), replacements, name)
        environment = container.environment(self.secrets, ADDRESS)
        command = container.command_line(environment)
        command = [replacements.apply(word, f"{name}: command") for word in command]
        values = {
            key: replacements.apply(value, f"{name}: {key}")
            for key, value in environment.items()
        }
        process = Process(
            container.pod.workload, command, image.environment() | values,
            self._working_directory(container, image, root), directory / "log",
        )
        return Running(self, container, process, root, replacements, image.environment() | values)

    def complete(self, container, image, seconds=300):
        """Runs an init container to its end; raises with what it says if that is no success."""
        with self.run(container, image) as running:
            status = running.process.wait_for_end(seconds)
            if status:
                tail = "\n".join(running.process.lines()[-30:])
                raise Broken(f"{container.name} of {container.pod.workload} exits {status}\n{tail}")
            return running.process.lines()

    def replaced(self):
        """What differs from what was rendered, in lines."""
        return self.replacements.lines(self.directory)

    def _pod_directory(self, pod):
        directory = self.directory / pod.workload
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def _volume(self, pod, name):
        """The directory of a volume, which all containers of a pod share."""
        return self._pod_directory(pod) / "volumes" / name

    def _working_directory(self, container, image, root):
        if "workingDir" in container.spec:
            return _inside(root, container.spec["workingDir"])
        return image.working_directory(root)

    def _services(self, pod):
        """`svc`, `svc.namespace`, ... with each port of the Services that select the pod."""
        for manifest in self.bundle.manifests:
            found = manifest.object
            selector = found.get("spec", {}).get("selector") if found["kind"] == "Service" else None
            if not selector or not selector.items() <= pod.labels.items():
                continue
            for host in _names(found["metadata"]["name"], pod):
                for port in found["spec"]["ports"]:
                    target = pod.port(port.get("targetPort", port["port"]))
                    local = self._ports[pod.workload, target]
                    self.replacements.address(
                        f"{host}:{port['port']}", f"{ADDRESS}:{local}", "a Service is loopback here"
                    )
                if "." in host:
                    self.replacements.address(host, ADDRESS, "a Service is loopback here")


class Running:
    """A container's process, with what the check needs to know of where it runs."""

    def __init__(self, stage, container, process, root, replacements, environment):
        self.stage = stage
        self.container = container
        self.process = process
        self.root = root
        self._replacements = replacements
        self._environment = environment

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()

    def port(self, name_or_number):
        return self.stage.local_port(self.container, name_or_number)

    def directory(self, path):
        """Where a mount of the container is on this machine."""
        return _inside(self.root, path)

    def wait_until_ready(self, seconds=None):
        """Seconds until its rendered startup and readiness probes pass, asked as the kubelet asks."""
        return probes.wait(self, seconds)

    def execute(self, words, seconds):
        """The exit status of a command in the container, as a probe or a hook runs it."""
        command = [self._replacements.apply(word, f"{self.container.name}: exec") for word in words]
        try:
            return subprocess.run(
                command, env=self._environment | {"CONTAINER": str(self.process.number)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=seconds,
            ).returncode
        except subprocess.TimeoutExpired:
            raise Broken(f"{' '.join(words)} has not ended in {seconds} s") from None

    def terminate(self):
        """(exit status, seconds), within the rendered grace period."""
        return self.process.terminate(self.container.pod.grace_period)


def _inside(root, path):
    return root / path.lstrip("/")


def _names(service, pod):
    """Every name of a Service, and of the pod behind a headless one, the longest first."""
    base = (service, f"{pod.name}.{service}")
    forms = (f".{pod.namespace}.svc.cluster.local", f".{pod.namespace}.svc", f".{pod.namespace}", "")
    return [f"{name}{form}" for form in forms for name in reversed(base)]


def _lay_out(mount, root, volume, replacements, name):
    """A volume at its place; with `inside` (subPath) the mount is one file or directory of it."""
    place = _inside(root, mount.path)
    if mount.files is None:
        found = volume / (mount.inside or "")
        found.mkdir(parents=True, exist_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(found)
        return
    if mount.inside:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(replacements.apply(mount.files[mount.inside], f"{name}: {mount.inside}"))
        return
    place.mkdir(parents=True, exist_ok=True)
    for path, text in mount.files.items():
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(replacements.apply(text, f"{name}: {path}"))


def machine_environment():
    """What a process needs of this machine, and nothing that its user has set."""
    kept = ("PATH", "JAVA_HOME")
    return {key: os.environ[key] for key in kept if key in os.environ} | {"LC_ALL": "C.UTF-8"}
