"""Spark's own master and worker run as rendered, with a Connect server before them.

Who has another secret gets nowhere: authentication is on, as rendered.
"""

from harness import connect, secrets, stores
from harness.pods import find_pod
from harness.rendering import Broken

_RUNS = (("prod", "4.1"), ("dev", "3.5"), ("dev", "4.3"))


def check(session, report):
    for environment, version in _RUNS:
        with stores.object_store(session.new_directory("store"), ["spark-logs-prod/events"]) as store:
            _check(session, report, environment, version, store)


def _check(session, report, environment, version, store):
    platform = connect.Platform(session, (environment, "standalone", (), version), store)
    stage, subject = platform.stage, platform.subject
    pods = {
        part: find_pod(platform.bundle, name="standalone", component=part) for part in ("master", "worker")
    }
    server_pod = connect.server_pod(platform.bundle)
    stage.stand_in([*pods.values(), server_pod])
    stage.replacements.word("$(hostname -f)", "127.0.0.1", "every address is loopback here")
    why = "the container's process 1 has another number here"
    stage.replacements.word("PWR 1", 'PWR "$CONTAINER"', why)
    stage.replacements.word("pgrep -f", 'pgrep -g "$CONTAINER" -f', why)
    platform.fetch(pods["worker"], server_pod)
    with stage.run(pods["master"].container(), platform.image) as master:
        ready = master.wait_until_ready()
        _stranger(report, platform, pods["worker"], master)
        with stage.run(pods["worker"].container(), platform.image) as worker:
            worker.wait_until_ready()
            with stage.run(server_pod.container("server"), platform.image) as server:
                report.ok(subject, f"master after {ready:.0f} s, server after {server.wait_until_ready():.0f} s")
                connect.ask(report, subject, platform.spark, server)
                connect.scrape(report, subject, platform.bundle, [master, worker, server])
                for running in (master, worker, server):
                    connect.logs(report, subject, running, may_be_silent=True)
                _drain(report, subject, worker)
                for running in (worker, server, master):
                    connect.end(report, subject, running)
    platform.notes(report)


def _stranger(report, platform, pod, master):
    """A worker with another secret is not taken."""
    stage, own = platform.stage, dict(platform.stage.secrets)
    stage.secrets = {
        key: "another-secret" if value == secrets.VALUES["_SPARK_AUTH_SECRET"] else value
        for key, value in own.items()
    }
    try:
        with stage.run(pod.container(), platform.image) as worker:
            complaints = []
            try:
                worker.process.wait_for_line("(?i)failed to connect to master|authentication failed", 60)
            except Broken as broken:
                complaints.append(f"a worker with another secret is not turned away: {broken}")
    finally:
        stage.secrets = own
    report.judge(platform.subject, complaints, "a worker with another secret is turned away")


def _drain(report, subject, worker):
    """What the kubelet does first: the rendered hook lets executors end."""
    hook = worker.container.spec["lifecycle"]["preStop"]["exec"]["command"]
    status = worker.execute(hook, worker.container.pod.grace_period)
    left = worker.execute(["/bin/sh", "-c", "pgrep -f CoarseGrainedExecutorBackend"], 10)
    complaints = [] if status == 0 else [f"the hook exits {status}"]
    if left == 0:
        complaints.append("executors live on")
    report.judge(subject, complaints, "the worker's hook drains it: its executors are gone")
