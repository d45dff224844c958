"""The rendered Connect server runs: its command line, configuration, probes, monitors and end.

Not on Kubernetes: the master is `local-cluster`, whose executors are processes of this machine.
"""

from harness import connect, stores

# The newest patch of the oldest, of the default and of the newest version; and production's shape.
_RUNS = (
    ("dev", "3.5"),
    ("dev", "4.1"),
    ("dev", "4.3"),
    ("prod", "4.1"),
)


def check(session, report):
    for environment, version in _RUNS:
        with stores.object_store(session.new_directory("store"), _prefixes(environment)) as store:
            _check(session, report, environment, version, store)


def _check(session, report, environment, version, store):
    platform = connect.Platform(session, (environment, "connect", (), version), store)
    connect.on_local_cluster(platform.stage)
    pod = connect.server_pod(platform.bundle)
    platform.stage.stand_in([pod])
    platform.fetch(pod)
    subject = platform.subject
    with platform.stage.run(pod.container("server"), platform.image) as server:
        ready = server.wait_until_ready()
        report.ok(subject, f"is ready after {ready:.0f} s")
        connect.ask(report, subject, platform.spark, server)
        connect.scrape(report, subject, platform.bundle, [server])
        # At its end local-cluster, whose master and workers live in the driver, prints a stack trace.
        connect.logs(report, subject, server)
        connect.end(report, subject, server)
    platform.notes(report)


def _prefixes(environment):
    """There before Spark is; that the rendered init container makes it is for `object_store` to show."""
    return ["spark-logs-prod/events"] if environment == "prod" else []
