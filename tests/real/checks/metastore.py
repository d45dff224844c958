"""The rendered Hive metastore runs on a real PostgreSQL, and the rendered Connect server keeps tables in it.

Its schema is made by the rendered init container, by two at once. Then a table of Hive's and one of
Iceberg's are written to an object store, changed, and read back.
"""

from harness import connect, places, stores
from harness.images import HiveImage
from harness.pods import find_pod

_VERSIONS = ("4.1", "3.5")
_WAREHOUSE = "spark-warehouse-prod"
_CLIENT = places.REAL / "clients" / "tables.py"


def check(session, report):
    for version in _VERSIONS:
        prefixes = ["spark-logs-prod/events", _WAREHOUSE]
        with (
            stores.object_store(session.new_directory("store"), prefixes) as store,
            stores.postgresql(session.new_directory("database")) as database,
        ):
            _check(session, report, version, store, database)


def _check(session, report, version, store, database):
    platform = connect.Platform(session, ("prod", "jupyter-connect", ("iceberg",), version), store)
    stage, subject = platform.stage, platform.subject
    connect.on_local_cluster(stage)
    server_pod = connect.server_pod(platform.bundle)
    pod = find_pod(platform.bundle, name="hive-metastore", component="server")
    stage.stand_in([pod, server_pod])
    _stand_in(stage, database)
    hive = HiveImage(session.new_directory("hive"), version)
    _schema(report, subject, stage, pod, hive, database)
    with stage.run(pod.container("server"), hive) as metastore:
        report.ok(subject, f"the metastore is ready after {metastore.wait_until_ready():.0f} s")
        with platform.server(server_pod) as server:
            _tables(report, platform, server, store, database)
        connect.end(report, subject, metastore)
    platform.notes(report)


def _stand_in(stage, database):
    here, why = stage.replacements, "a PostgreSQL on loopback, without a certificate"
    here.address("postgresql.example:5432", f"127.0.0.1:{database.port}", why)
    here.address("postgresql.example", "127.0.0.1", why)
    here.port(5432, database.port, why)
    here.word("sslmode=require", "sslmode=disable", why)


def _schema(report, subject, stage, pod, hive, database):
    """As when two replicas start on an empty database."""
    container = pod.init_container("schema")
    with stage.run(container, hive) as first, stage.run(container, hive) as second:
        statuses = [running.process.wait_for_end(300) for running in (first, second)]
        said = [line for running in (first, second) for line in running.process.lines()[-15:]]
    made = database.ask('SELECT "SCHEMA_VERSION" FROM "VERSION"')
    complaints = [f"exits {status}" for status in statuses if status]
    if made != "4.0.0":
        complaints.append(f"the schema's versions are: {made!r}")
    report.judge(subject, complaints + (said if complaints else []), "two init containers at once make one schema")


def _tables(report, platform, server, store, database):
    found = connect.run_client(
        platform.spark, connect.local_url(server), _CLIENT, ["shop"],
        SPARK_CONNECT_AUTHENTICATE_TOKEN=connect.secrets.TOKEN,
    )
    complaints = []
    if found["orders"] != [1, 2]:
        complaints.append(f"Hive's table is read back as {found['orders']}")
    if found["events"] != {"1": "one", "3": "drei"}:
        complaints.append(f"Iceberg's table is read back as {found['events']}")
    tables = database.ask('SELECT "TBL_NAME" FROM "TBLS" ORDER BY 1').split()
    if tables != ["events", "orders"]:
        complaints.append(f"the database knows the tables {tables}")
    files = [key for key in store.objects(_WAREHOUSE) if key.endswith(".parquet")]
    for table in ("orders", "events"):
        if not any(f"/{table}/" in key for key in files):
            complaints.append(f"no file of {table} is in the object store: {files}")
    if not found["location"].startswith(f"s3a://{_WAREHOUSE}/warehouse/"):
        complaints.append(f"the database is in {found['location']}")
    report.judge(
        platform.subject, complaints,
        f"tables of Hive and of Iceberg are written, changed and read back: {len(files)} files",
    )
