"""Each bundle runs on an API server that enforces its RBAC, with executors in pods: another's judge.

It is kept beside the checkout (`SPARKCTL_SPARK_REAL`) and gives each container a network and a
read-only root of its own, so it sees what running on the bare machine cannot.
"""

import subprocess
import sys
import time

from harness import places
from harness.connect import spark_of

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
    for version, environment, scenario in _RUNS:
        bundle = session.bundle(environment, scenario, version=version)
        judge(program, report, f"{environment}/{scenario}", bundle, spark_of(bundle))


def judge(program, report, subject, bundle, spark):
    """One line for one bundle."""
    missing = [name for name, is_missing in _OPTIONAL.items() if is_missing(bundle)]
    command = [sys.executable, program, bundle.directory, "--version", spark.version, "--venv", spark.home]
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
    report.judge(subject, complaints, f"{passed} findings, Spark {spark.version}, {time.monotonic() - started:.0f} s")


def _has_component(bundle, name):
    return any(
        m.object["metadata"].get("labels", {}).get("app.kubernetes.io/name") == name
        for m in bundle.manifests
    )
