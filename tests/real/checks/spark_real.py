"""Each bundle runs on an API server that enforces its RBAC, with executors in pods: another's judge.

It is kept beside the checkout (`SPARKCTL_SPARK_REAL`) and gives each container a network and a
read-only root of its own, so it sees what running on the bare machine cannot.
"""

import subprocess
import sys
import time

from harness import places

# What a bundle may be without: the judge is told, and counts a gap as a note.
_OPTIONAL = {
    "history": lambda bundle: not _has_component(bundle, "history-server"),
    "monitors": lambda bundle: not bundle.of_kind("ServiceMonitor"),
}


def check(session, report):
    program = places.spark_real()
    for subject, bundle in session.bundles:
        if not _has_component(bundle, "spark-connect"):
            continue
        spark = places.SPARKS.get(bundle.spark_minor)
        if spark is None:
            report.fail(subject, f"no Spark {bundle.spark_minor} to run it")
        elif spark.minor.startswith("3."):
            report.note(subject, "not asked: it runs Spark 4 only")
        else:
            judge(program, report, subject, bundle, spark)


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
