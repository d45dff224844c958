"""The rendered nginx stands before the Connect server: clients with the right token get through TLS, others not.

From 4.0 on the server itself asks for the token, before that nginx does.
"""

from harness import certificates, connect, secrets, stores
from harness.images import NginxImage
from harness.rendering import Broken

_VERSIONS = ("3.5", "4.1")
# Of gRPC: what a client must be told that shows no token, or a wrong one.
_REFUSED = "UNAUTHENTICATED"


def check(session, report):
    for version in _VERSIONS:
        with stores.object_store(session.new_directory("store"), ["spark-logs-prod/events"]) as store:
            _check(session, report, version, store)


def _check(session, report, version, store):
    platform = connect.Platform(session, ("prod", "connect", (), version), store)
    stage, subject, pod = platform.stage, platform.subject, connect.server_pod(platform.bundle)
    connect.on_local_cluster(stage)
    stage.stand_in([pod])
    proxy = pod.init_container("proxy")
    number = proxy.port("grpc-tls")
    stage.replacements.word(f'"{number}"', f'"{stage.local_port(proxy, number)}"', "a free port of this machine")
    issued = certificates.issue(session.new_directory("certificates"))
    stage.secrets |= _certificate(pod, issued)
    with stage.run(proxy, NginxImage()) as nginx, platform.server(pod) as server:
        nginx.wait_until_ready(30)
        url = f"sc://localhost:{nginx.port('grpc-tls')}/;use_ssl=true"
        roots = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(issued.authority)}
        connect.ask(report, subject, platform.spark, server, _with(url, secrets.TOKEN), **roots)
        for name, token in (("a wrong token", "wrong-token"), ("no token", None)):
            complaints = refused(platform.spark, _with(url, token), roots)
            report.judge(subject, complaints, f"{name} is refused: {_REFUSED}")
        nginx.terminate()
        report.ok(subject, "SIGTERM ends nginx")
    platform.notes(report)


def refused(spark, url, variables):
    """Complaints about a client that should be refused."""
    try:
        connect.run_client(spark, url, **variables)
    except Broken as broken:
        return [] if _REFUSED in str(broken) else [f"is refused otherwise: {str(broken)[-600:]}"]
    return ["gets through"]


def _with(url, token):
    """In the address, which every version's client understands."""
    return f"{url};token={token}" if token else url


def _certificate(pod, issued):
    """What cert-manager would put into the Secret that the pod mounts."""
    [volume] = [v for v in pod.spec["volumes"] if v["name"] == "proxy-certificate"]
    name = volume["secret"]["secretName"]
    return {
        (name, "tls.crt"): issued.certificate.read_text(),
        (name, "tls.key"): issued.key.read_text(),
        (name, "ca.crt"): issued.authority.read_text(),
    }
