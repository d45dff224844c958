"""Each bundle runs on an API server that enforces its RBAC, with executors in pods: another's judge.

It is kept beside the checkout (`SPARKCTL_SPARK_REAL`) and gives each container a network and a
read-only root of its own, so it sees what running on the bare machine cannot.

Its image is PyPI's Spark. A bundle with an object store names classes of Spark's cloud module, which
its own image holds or its pods fetch, and no session opens without them: so here they join the wheel.
"""

import os
import shutil
import subprocess
import sys
import time

from harness import artifacts, places
from harness.connect import spark_of
from harness.matrix import together

# It runs Spark 4 only, and no standalone master: its executors are pods.
_SCENARIOS = ("connect", "jupyter-connect", "airflow-connect")
_RUNS = (
    *(("4.1", environment, scenario) for environment in ("dev", "staging", "prod") for scenario in _SCENARIOS),
    *(("4.3", environment, scenario) for environment in ("dev", "prod") for scenario in _SCENARIOS[:2]),
)
# What a bundle may be without: the judge is told, and counts a gap as a note.
_OPTIONAL = {
    "history": lambda bundle: not _has_component(bundle, "history-server"),
    "monitors": lambda bundle: not bundle.of_kind("ServiceMonitor"),
}


def check(session, report):
    program = places.spark_real()
    homes = {}
    bundles = [session.bundle(environment, scenario, version=version) for version, environment, scenario in _RUNS]
    for bundle in bundles:
        if bundle.spark_minor not in homes:
            homes[bundle.spark_minor] = _home(spark_of(bundle), session.new_directory("image"))

    def judged(bundle):
        return judge(program, bundle, spark_of(bundle), homes[bundle.spark_minor])

    # Each is alone in its namespaces, and waits more than it works.
    for (_, environment, scenario), (complaints, detail) in zip(_RUNS, together(judged, bundles)):
        report.judge(f"{environment}/{scenario}", complaints, detail)


def _home(spark, directory):
    """The Python environment of a Spark, with the jars that a release with an object store needs."""
    home = directory / "environment"
    shutil.copytree(spark.home, home, symlinks=True, copy_function=_link)
    jars = home / spark.distribution.relative_to(spark.home) / "jars"
    for need in ("s3aSlim", "committers"):
        for jar in artifacts.jars(f"{need}-{spark.minor}"):
            shutil.copy(jar, jars / jar.name)
    return home


def _link(source, target):
    """The same file twice, where one disk holds both."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def judge(program, bundle, spark, home):
    """Complaints about one bundle, and what to say if there are none."""
    missing = [name for name, is_missing in _OPTIONAL.items() if is_missing(bundle)]
    command = [sys.executable, program, bundle.directory, "--version", spark.version, "--venv", home]
    if missing:
        command += ["--allow-missing", ",".join(missing)]
    started = time.monotonic()
    done = subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
    )
    lines = done.stdout.splitlines()
    complaints = [line for line in lines if line.startswith("FAIL")]
    if done.returncode and not complaints:
        complaints = [f"exits {done.returncode}", *(lines + done.stderr.splitlines())[-10:]]
    passed = sum(line.startswith("PASS") for line in lines)
    if not passed and not complaints:
        complaints = ["has judged nothing"]
    return complaints, f"{passed} findings, Spark {spark.version}, {time.monotonic() - started:.0f} s"


def _has_component(bundle, name):
    return any(
        m.object["metadata"].get("labels", {}).get("app.kubernetes.io/name") == name
        for m in bundle.manifests
    )
