"""The rendered Connect server runs: its command line, configuration, probes, monitors and end.

Not on Kubernetes: the master is `local-cluster`, whose executors are processes of this machine.
"""

import json
import subprocess

from harness import places, probes, stores, texts
from harness.images import SparkImage
from harness.pods import find_pod
from harness.rendering import Broken
from harness.stage import Stage, machine_environment

_CLIENT = places.REAL / "clients" / "connect_session.py"
_GROUPS = {"groups": 97, "sum": sum(range(100_000)), "udf": [0, 2, 4, 6, 8, 10, 12, 14]}
_PRESET = "connect"


def check(session, report):
    for subject, bundle in session.bundles:
        if subject.partition("/")[2] == _PRESET:
            _check(session, report, subject, bundle)


def _check(session, report, subject, bundle):
    spark = places.SPARKS.get(bundle.spark_minor)
    if spark is None:
        report.fail(subject, f"no Spark {bundle.spark_minor} to run it")
        return
    directory = session.new_directory("spark-connect")
    pod = find_pod(bundle, name="spark-connect", component="server")
    with stores.object_store(session.new_directory("store"), _buckets(pod)) as store:
        stage = Stage(bundle, directory, _secrets(pod))
        stage.stand_in([pod])
        _stand_in(stage, pod, store)
        image = SparkImage(spark, directory, [f"s3aSlim-{spark.minor}"])
        with stage.run(pod.container("server"), image) as server:
            ready = server.wait_until_ready()
            report.ok(subject, f"Spark {spark.version} is ready after {ready:.0f} s")
            _ask(report, subject, spark, server)
            _scrape(report, subject, bundle, server)
            # At its end local-cluster, whose master and workers live in the driver, prints a stack trace.
            _logs(report, subject, server)
            _end(report, subject, server)
            if "spark.eventLog.enabled=true" in _conf(pod):
                _event_log(report, subject, pod, store)
    for line in stage.replaced():
        report.note(subject, line)


def _stand_in(stage, pod, store):
    here = stage.replacements
    here.property("spark.master", "local-cluster[1,2,1024]", "no cluster here")
    here.property("spark.driver.memory", "1g", "less memory here")
    here.property("spark.executor.memory", "1g", "less memory here")
    here.property("spark.executor.cores", "2", "fewer cores here")
    here.property("spark.dynamicAllocation.minExecutors", "1", "fewer cores here")
    here.property("spark.dynamicAllocation.initialExecutors", "1", "fewer cores here")
    here.property("spark.hadoop.fs.s3a.endpoint", store.endpoint, "an object store on loopback")
    here.property("spark.hadoop.fs.s3a.connection.ssl.enabled", "false", "it has no certificate")


def _ask(report, subject, spark, server):
    done = subprocess.run(
        [spark.python, _CLIENT, f"sc://127.0.0.1:{server.port('grpc')}"],
        env=machine_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180,
    )
    if done.returncode:
        report.fail(subject, "the client fails", "\n".join(done.stderr.splitlines()[-20:]))
        return
    found = json.loads(done.stdout)
    complaints = [
        f"{key} is {found[key]}, not {value}" for key, value in _GROUPS.items() if found[key] != value
    ]
    if found["version"] != spark.version:
        complaints.append(f"the server is {found['version']}")
    if found["error"] is None:
        complaints.append("a query that raises an error succeeds")
    report.judge(subject, complaints, "a shuffle, a Python UDF and a failing query answer as they should")


def _scrape(report, subject, bundle, server):
    for monitor in bundle.of_kind("ServiceMonitor"):
        for endpoint in monitor["spec"]["endpoints"]:
            path = endpoint.get("path", "/metrics")
            status, body = probes.get(server.port(endpoint["port"]), path)
            complaints = texts.prometheus_complaints(body) if status == 200 else [f"{path}: HTTP {status}"]
            report.judge(subject, complaints, f"{endpoint['port']}{path} is Prometheus text")


def _end(report, subject, server):
    status, seconds = server.terminate()
    left = server.process.others()
    complaints = [f"{len(left)} processes live on after it"] if left else []
    # 143 is 128 and SIGTERM: the JVM ran its shutdown hooks.
    if status != 143:
        complaints.append(f"SIGTERM ends it with {status}, not with 143")
    report.judge(subject, complaints, f"SIGTERM ends it with {status} after {seconds:.1f} s")


def _logs(report, subject, server):
    lines = server.process.lines()
    complaints = texts.log_complaints(lines)
    if not texts.log_entries(lines):
        complaints.append("it has logged nothing")
    report.judge(subject, complaints, f"{len(texts.log_entries(lines))} log lines are JSON")


def _event_log(report, subject, pod, store):
    bucket, _, prefix = _log_directory(pod).partition("/")
    found = [key for key in store.objects(bucket) if key.startswith(prefix)]
    events = [key for key in found if "/events_1_" in key]
    complaints = [] if events else [f"no event log in {bucket}/{prefix}: {found}"]
    complaints += [f"not closed: {key}" for key in found if key.endswith(".inprogress")]
    report.judge(subject, complaints, f"event log in the object store, closed: {len(events)} files")


def _conf(pod):
    [conf] = [
        text for _, _, files in pod.container("server").mounts(_secrets(pod)) if files
        for path, text in files.items() if path == "spark-defaults.conf"
    ]
    return conf


def _log_directory(pod):
    [line] = [line for line in _conf(pod).splitlines() if line.startswith("spark.eventLog.dir=")]
    return line.partition("=s3a://")[2]


def _buckets(pod):
    """The prefix of the event log is there before Spark is: the release says so, as a precondition."""
    return [_log_directory(pod)] if "spark.eventLog.enabled=true" in _conf(pod) else []


def _secrets(pod):
    """The object store's key pair, under the names that the pod asks for."""
    values = {"AWS_ACCESS_KEY_ID": stores.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": stores.SECRET_KEY}
    found = {}
    for entry in pod.container("server").spec["env"]:
        wanted = entry.get("valueFrom", {}).get("secretKeyRef")
        if wanted:
            if entry["name"] not in values:
                raise Broken(f"{entry['name']} is a secret of which the check knows nothing")
            found[wanted["name"], wanted["key"]] = values[entry["name"]]
    return found
