"""The rendered S3A settings work on a real S3 server, and the History Server shows what ran.

The init container makes the prefix; the Connect server writes its event log below it, and a table;
the History Server, from its own command line and configuration, lists the application.
"""

import json

from harness import connect, places, probes, stores
from harness.pods import find_pod

_VERSIONS = ("3.5", "4.1", "4.3")
_LOGS, _WAREHOUSE = "spark-logs-prod", "spark-warehouse-prod"
_CLIENT = places.REAL / "clients" / "object_store.py"


def check(session, report):
    for version in _VERSIONS:
        # The buckets exist, and are empty: the release says so, as a precondition.
        with stores.object_store(session.new_directory("store"), [_LOGS, _WAREHOUSE]) as store:
            _check(session, report, version, store)


def _check(session, report, version, store):
    platform = connect.Platform(session, ("prod", "connect", ("history",), version), store)
    connect.on_local_cluster(platform.stage)
    subject, pod = platform.subject, connect.server_pod(platform.bundle)
    history = find_pod(platform.bundle, name="history-server", component="server")
    platform.stage.stand_in([pod, history])
    for _ in range(2):
        platform.stage.complete(pod.init_container("event-log-prefix"), platform.image)
    complaints = [] if "events/" in store.objects(_LOGS) else [f"holds {store.objects(_LOGS)}"]
    report.judge(subject, complaints, "the init container makes the prefix of the event logs, twice over")
    with platform.server(pod) as server:
        _table(report, platform, server, store)
        status, _ = server.terminate()
        _event_log(report, subject, status, store)
    with platform.stage.run(history.container("server"), platform.image) as server:
        ready = server.wait_until_ready()
        _history(report, subject, server, ready)
        connect.logs(report, subject, server)
        connect.end(report, subject, server)
    platform.notes(report)


def _table(report, platform, server, store):
    found = connect.run_client(
        platform.spark, connect.local_url(server), _CLIENT, [f"s3a://{_WAREHOUSE}/files/numbers"],
        SPARK_CONNECT_AUTHENTICATE_TOKEN=connect.secrets.TOKEN,
    )
    expected = {"rows": 1334, "sum": sum(range(1000)) + sum(range(0, 1000, 3)), "first": 333}
    complaints = [f"is read back as {found}, not {expected}"] if found != expected else []
    files = [key for key in store.objects(_WAREHOUSE) if key.startswith("files/numbers/")]
    complaints += [f"left behind: {key}" for key in files if "_temporary" in key or "__magic" in key]
    committer = _committer(store)
    # Only an image with Spark's cloud module has the committers, and there is none of it for some.
    wanted = "magic" if "committers" in platform.provided else "file"
    if committer != wanted:
        complaints.append(f"was committed by {committer}, not {wanted}")
    report.judge(platform.subject, complaints, f"a partitioned table is written ({committer} committer) and read back")


def _committer(store):
    """S3A's committers say in `_SUCCESS` who they are; Hadoop's own leaves it empty."""
    text = (store.directory / _WAREHOUSE / "files/numbers/_SUCCESS").read_text()
    return json.loads(text)["committer"] if text else "file"


def _event_log(report, subject, status, store):
    found = store.objects(_LOGS)
    files = [key for key in found if "/events_1_" in key]
    complaints = [] if files else [f"no event log: {found}"]
    complaints += [f"not closed: {key}" for key in found if key.endswith(".inprogress")]
    if status != 143:
        complaints.append(f"the server exits {status}")
    report.judge(subject, complaints, f"the event log is in the object store, closed: {len(files)} files")


def _history(report, subject, server, ready):
    port = server.port("http")

    def applications():
        status, body = probes.get(port, "/api/v1/applications")
        return json.loads(body) if status == 200 else []

    waited = server.process.wait_until(applications, "it lists an application", 120)
    [application] = applications()
    status, body = probes.get(port, f"/api/v1/applications/{application['id']}/jobs")
    jobs = json.loads(body) if status == 200 else []
    complaints = [] if application["attempts"][0]["completed"] else ["the application seems to run still"]
    if not jobs or any(job["status"] != "SUCCEEDED" for job in jobs):
        complaints.append(f"shows {len(jobs)} jobs, HTTP {status}")
    report.judge(
        subject, complaints,
        f"the History Server is ready after {ready:.0f} s, and {waited:.0f} s later shows {len(jobs)} jobs",
    )
