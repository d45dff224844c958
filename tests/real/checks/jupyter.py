"""JupyterLab is installed and started as rendered, and lets nobody in without its token.

Where no image of one's own is built, as in dev, pods install the rendered lock of packages, each held
against its checksum.
"""

import http.client
import os

from harness import places, secrets
from harness.images import NotebookImage
from harness.pods import find_pod
from harness.stage import Stage

# What a notebook imports before it can speak to a Connect server.
_IMPORTS = "import grpc, grpc_status, pandas, pyarrow, pyspark.sql.connect.session as s; print(s.__file__)"


def check(session, report):
    spark = places.NOTEBOOK_SPARK
    bundle = session.bundle("dev", "jupyter-connect", version=spark.minor)
    subject = f"dev/jupyter-connect {spark.version}"
    pod = find_pod(bundle, name="jupyter", component="server")
    stage = Stage(bundle, session.new_directory("stage"), secrets.of(bundle))
    stage.stand_in([pod])
    _stand_in(stage, pod)
    image = NotebookImage(spark, session.new_directory("notebook"))
    stage.complete(pod.init_container("packages"), image, seconds=600)
    report.ok(subject, "the packages of the lock are installed, each by its checksum")
    stage.complete(pod.init_container("home"), image)
    with stage.run(pod.container("jupyter"), image) as server:
        report.ok(subject, f"JupyterLab is ready after {server.wait_until_ready():.0f} s")
        report.judge(subject, complaints(server.port("http")), "only with its token it answers")
        status = server.execute(["python3", "-c", _IMPORTS], 120)
        report.judge(subject, [f"exits {status}"] if status else [], "a notebook imports the Connect client")
        status, seconds = server.terminate()
        report.judge(subject, [f"exits {status}"] if status else [], f"SIGTERM ends it after {seconds:.1f} s")
    for line in stage.replaced():
        report.note(subject, line)


def complaints(port, token=secrets.VALUES["JUPYTER_TOKEN"]):
    """What may be seen without the token is its version; with it, everything."""
    expected = {
        ("/api", None): 200,
        ("/api/contents", None): 403,
        ("/api/contents", "wrong"): 403,
        ("/api/contents", token): 200,
        ("/api/kernelspecs", token): 200,
        ("/lab", token): 200,
    }
    found = {asked: _status(port, *asked) for asked in expected}
    return [
        f"{path} {'with the token' if shown == token else f'with {shown}'}: HTTP {found[path, shown]}, not {status}"
        for (path, shown), status in expected.items() if found[path, shown] != status
    ]


def _status(port, path, token):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"token {token}"} if token else {})
        return connection.getresponse().status
    finally:
        connection.close()


def _stand_in(stage, pod):
    here = stage.replacements
    container = pod.container("jupyter")
    number, local = container.port("http"), stage.local_port(container, "http")
    here.word(f'"port": {number}', f'"port": {local}', "a free port of this machine")
    here.word(
        "--index-url https://pypi.org/simple", f"--no-index --find-links {places.NOTEBOOK_HOME}",
        "the same packages, fetched before",
    )
    if os.geteuid() == 0:
        here.word('"ServerApp": {', '"ServerApp": {"allow_root": true,', "it runs as root here")
