"""Where everything is: the checkout, the cache of judges, and the versions that key it.

Only the standard library here: `install.py` reads this before there is anything else.
"""

import hashlib
import os
import platform
from pathlib import Path

REAL = Path(__file__).resolve().parent.parent
REPOSITORY = REAL.parent.parent

# Every Kubernetes minor that sparkctl supports, as in its k8s-openapi features.
KUBERNETES_MINORS = ("1.33", "1.34", "1.35", "1.36", "1.37")

REQUIREMENTS = REAL / "requirements.txt"
KUBECTL_HELM_WHEEL = REAL / "kubectl-helm.txt"
KUBECTL_VERSION = "v1.37.1"
HELM_VERSION = "v4.3.1"
KUBECONFORM_MODULE = "github.com/yannh/kubeconform"
KUBECONFORM_VERSION = "v0.8.0"


class Unset(Exception):
    """What only the caller can say has not been said."""


def _digest(*files):
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _cache():
    if named := os.environ.get("SPARKCTL_CI_CACHE"):
        return Path(named).resolve()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).resolve() / "sparkctl-ci"


# A directory's name holds all that its content depends on, so that nothing in it is ever stale.
CACHE = _cache()
PYTHON_HOME = CACHE / f"python-{platform.python_version()}-{_digest(REQUIREMENTS)}"
KUBECTL_HELM_HOME = CACHE / f"kubectl-helm-{_digest(KUBECTL_HELM_WHEEL)}"
KUBECONFORM_HOME = CACHE / f"kubeconform-{KUBECONFORM_VERSION}"
SCHEMAS_HOME = CACHE / f"schemas-{_digest(REQUIREMENTS, REAL / 'harness' / 'schemas.py')}"

PYTHON = PYTHON_HOME / "bin" / "python"
KUBECTL = KUBECTL_HELM_HOME / "kubectl"
HELM = KUBECTL_HELM_HOME / "helm"
KUBECONFORM = KUBECONFORM_HOME / "kubeconform"


def crd_schemas():
    """The directory with the schemas of custom resources: `{group}/{kind}_{version}.json`."""
    named = os.environ.get("SPARKCTL_CRD_SCHEMAS")
    if not named:
        raise Unset(
            "SPARKCTL_CRD_SCHEMAS is not set: it names the directory that holds the custom"
            " resources' strict schemas as {group}/{kind, lower case}_{version}.json"
        )
    directory = Path(named).resolve()
    if not directory.is_dir():
        raise Unset(f"SPARKCTL_CRD_SCHEMAS names {directory}, which is no directory")
    return directory
