"""Kubernetes' own schemas, made from what kubernetes-validate ships."""

from harness import places, schemas
from obtain.commands import run
from obtain.judge import Judge, Missing


def _install():
    package = run([places.PYTHON, "-c", "import kubernetes_validate as k; print(k.__path__[0])"])
    schemas.prepare(package, places.SCHEMAS_HOME)


def _version():
    for minor in places.KUBERNETES_MINORS:
        if not (places.SCHEMAS_HOME / minor / "pod-v1.json").exists():
            raise Missing(f"the schemas of Kubernetes {minor} are not complete")
    if not schemas.builtin_groups():
        raise Missing("no built-in API group is known")
    return ", ".join(places.KUBERNETES_MINORS)


JUDGE = Judge("Kubernetes schemas", places.SCHEMAS_HOME, _install, _version)
