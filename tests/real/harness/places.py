"""Where everything is: the checkout, the cache of judges, and the versions that key it.

Only the standard library here: `install.py` reads this before there is anything else.
"""

import hashlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path

REAL = Path(__file__).resolve().parent.parent
REPOSITORY = REAL.parent.parent

# Every Kubernetes minor that sparkctl supports, as in its k8s-openapi features.
KUBERNETES_MINORS = ("1.33", "1.34", "1.35", "1.36", "1.37")

REQUIREMENTS = REAL / "requirements.txt"
KUBECTL_HELM_WHEEL = REAL / "kubectl-helm.txt"
KUBECTL_VERSION = "v1.37.1"
HELM_VERSION = "v4.3.1"
KUBECONFORM_VERSION = "v0.8.0"
VERSITYGW_VERSION = "v1.8.0"
CRANE_VERSION = "v0.20.6"
SARIF_PACKAGE = "@microsoft/jest-sarif"
SARIF_PACKAGE_VERSION = "1.0.0-beta.0"
SARIF_SCHEMA_SHA256 = "2d99159ae54a3eea97f81781cff48780548657c35949f4b7f25e99a2ba4de4f8"
ACTIONLINT_VERSION = "v1.7.7"
WORKFLOW_WHEELS = REAL / "workflows.txt"
# A program of its own, around the library that `flux build` and kustomize-controller use.
FLUX_SOURCE = REAL / "obtain" / "flux"
FLUX_MODULE = "github.com/fluxcd/pkg/kustomize"
MAVEN_ARTIFACTS = REAL / "maven.txt"
# The Spark versions that are run here, of those that sparkctl renders for.
SPARK_VERSIONS = ("3.5.9", "4.1.4", "4.3.0")


class Unset(Exception):
    """What only the caller can say has not been said."""


def digest(content):
    """A short name for these bytes."""
    return hashlib.sha256(content).hexdigest()[:12]


def _digest(*files):
    return digest(b"".join(file.read_bytes() for file in files))


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
FLUX_HOME = CACHE / f"flux-{_digest(*(FLUX_SOURCE / name for name in ('go.mod', 'go.sum', 'main.go')))}"
SARIF_SCHEMA_HOME = CACHE / f"sarif-schema-{SARIF_SCHEMA_SHA256[:12]}"

PYTHON = PYTHON_HOME / "bin" / "python"
KUBECTL = KUBECTL_HELM_HOME / "kubectl"
HELM = KUBECTL_HELM_HOME / "helm"
KUBECONFORM = KUBECONFORM_HOME / "kubeconform"
FLUX = FLUX_HOME / "fluxbuild"
SARIF_SCHEMA = SARIF_SCHEMA_HOME / "sarif-2.1.0-rtm.5.json"
ACTIONLINT = CACHE / f"actionlint-{ACTIONLINT_VERSION}" / "actionlint"
WORKFLOWS_HOME = CACHE / f"workflows-{_digest(WORKFLOW_WHEELS)}"
ZIZMOR = WORKFLOWS_HOME / "bin" / "zizmor"
SHELLCHECK = WORKFLOWS_HOME / "bin" / "shellcheck"
GITLAB_SCHEMA = WORKFLOWS_HOME / "bitrab" / "schemas" / "gitlab_ci_schema.json"
CRANE = CACHE / f"crane-{CRANE_VERSION}" / "crane"
VERSITYGW = CACHE / f"versitygw-{VERSITYGW_VERSION}" / "versitygw"


@dataclass(frozen=True)
class Spark:
    """One version of Spark, in a Python environment of its own."""

    version: str

    @property
    def minor(self):
        return self.version.rpartition(".")[0]

    @property
    def facts(self):
        """What sparkctl itself knows of this minor, and renders."""
        return REPOSITORY / "versions" / f"{self.minor}.yaml"

    @property
    def requirements(self):
        return REAL / "spark" / f"{self.version}.txt"

    @property
    def home(self):
        return CACHE / f"spark-{self.version}-{platform.python_version()}-{_digest(self.requirements)}"

    @property
    def python(self):
        return self.home / "bin" / "python"

    @property
    def distribution(self):
        """What the image has as /opt/spark: `bin`, `sbin`, `jars`."""
        python = "python" + ".".join(platform.python_version_tuple()[:2])
        return self.home / "lib" / python / "site-packages" / "pyspark"


SPARKS = {spark.minor: spark for spark in map(Spark, SPARK_VERSIONS)}

# The Spark whose notebooks are run.
NOTEBOOK_SPARK = SPARKS["4.1"]
NOTEBOOK_LOCK = REPOSITORY / "versions" / "python" / f"{NOTEBOOK_SPARK.minor}-notebook.txt"
# Wheels are of one Python, which the facts of the version name.
NOTEBOOK_HOME = CACHE / f"notebook-{_digest(NOTEBOOK_LOCK, NOTEBOOK_SPARK.facts)}"


def crd_schemas():
    """The directory with the schemas of custom resources: `{group}/{kind}_{version}.json`."""
    directory = _named(
        "SPARKCTL_CRD_SCHEMAS",
        "the directory that holds the custom resources' strict schemas as"
        " {group}/{kind, lower case}_{version}.json",
    )
    if not directory.is_dir():
        raise Unset(f"SPARKCTL_CRD_SCHEMAS names {directory}, which is no directory")
    return directory


def spark_real():
    """A judge of whole bundles that is kept beside the checkout, not in it."""
    file = _named(
        "SPARKCTL_SPARK_REAL",
        "spark_real.py, which runs a directory of manifests with real Spark on an enforcing API",
    )
    if not file.is_file():
        raise Unset(f"SPARKCTL_SPARK_REAL names {file}, which is no file")
    return file


def _named(variable, what):
    named = os.environ.get(variable)
    if not named:
        raise Unset(f"{variable} is not set: it names {what}")
    return Path(named).resolve()
