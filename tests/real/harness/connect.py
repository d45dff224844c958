"""A rendered Connect server on this machine: what stands in for its cluster, and what it is asked."""

import contextlib
import json
import subprocess

from harness import maven_repository, places, probes, secrets, texts
from harness.images import SparkImage
from harness.pods import find_pod
from harness.rendering import Broken
from harness.stage import Stage, machine_environment

_CLIENT = places.REAL / "clients" / "connect_session.py"
ANSWERS = {"groups": 97, "sum": sum(range(100_000)), "udf": [0, 2, 4, 6, 8, 10, 12, 14]}


def spark_of(bundle):
    """The Spark that runs a bundle here."""
    spark = places.SPARKS.get(bundle.spark_minor)
    if spark is None:
        raise Broken(f"no Spark {bundle.spark_minor} to run it")
    return spark


def server_pod(bundle):
    return find_pod(bundle, name="spark-connect", component="server")


class Platform:
    """One bundle, its stage, and an image of its Spark with what an image of its own would hold."""

    def __init__(self, session, combination_arguments, store=None):
        environment, scenario, features, version = combination_arguments
        self.bundle = session.bundle(environment, scenario, *features, version=version)
        self.spark = spark_of(self.bundle)
        self.subject = "+".join([f"{environment}/{scenario}", *features]) + f" {self.spark.version}"
        directory = session.new_directory("stage")
        self.stage = Stage(self.bundle, directory, secrets.of(self.bundle))
        images = session.matrix.images(environment, scenario, features, version)
        self.provided = {need["name"] for need in images["spark"]["provides"]}
        self.image = SparkImage(self.spark, directory, images["spark"])
        if images["spark"]["built"]:
            self.stage.replacements.note(
                "an image of one's own", "the wheel, and the parts of the AWS SDK that S3A uses",
                "no image is built here",
            )
        smaller(self.stage)
        if store:
            on_loopback(self.stage, store)

    def fetch(self, *pods):
        """Runs the init containers that fetch what the official image lacks, where there are any."""
        with maven_repository.serve() as address:
            self.stage.replacements.word(maven_repository.PUBLIC, address, "a Maven repository on loopback")
            for pod in pods:
                if any(spec["name"] == "fetch" for spec in pod.spec.get("initContainers", [])):
                    self.stage.complete(pod.init_container("fetch"), self.image)

    @contextlib.contextmanager
    def server(self, pod):
        """The Connect server, ready."""
        with self.stage.run(pod.container("server"), self.image) as server:
            server.wait_until_ready()
            yield server

    def notes(self, report):
        for line in self.stage.replaced():
            report.note(self.subject, line)


def smaller(stage):
    """Less of everything than a cluster has."""
    here = stage.replacements
    for key, value in {
        "spark.driver.memory": "1g",
        "spark.executor.memory": "1g",
        "spark.executor.cores": "2",
        "spark.dynamicAllocation.minExecutors": "1",
        "spark.dynamicAllocation.initialExecutors": "1",
        "spark.dynamicAllocation.maxExecutors": "2",
    }.items():
        here.property(key, value, "this machine is small")


def on_local_cluster(stage):
    stage.replacements.property(
        "spark.master", "local-cluster[1,2,1024]", "executors are processes, not pods"
    )
    stage.replacements.property(
        "spark.authenticate", "true\nspark.authenticate.secret=test-secret",
        "a driver on Kubernetes draws the secret itself, one of local-cluster does not",
    )


def on_loopback(stage, store):
    """The object store of a production bundle."""
    here = stage.replacements
    why = "an object store on loopback, without a certificate"
    here.property("spark.hadoop.fs.s3a.endpoint", store.endpoint, why)
    here.property("spark.hadoop.fs.s3a.connection.ssl.enabled", "false", why)
    here.property("fs.s3a.endpoint", store.endpoint, why)
    here.property("fs.s3a.connection.ssl.enabled", "false", why)
    here.xml_property("fs.s3a.endpoint", store.endpoint, why)
    here.xml_property("fs.s3a.connection.ssl.enabled", "false", why)


def run_client(spark, url, client=_CLIENT, arguments=(), **variables):
    """What a client prints, which is one JSON object; raises with its last words."""
    done = subprocess.run(
        [spark.python, client, url, *map(str, arguments)], env=machine_environment() | variables,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
    )
    if done.returncode:
        raise Broken("the client fails\n" + "\n".join(done.stderr.splitlines()[-20:]))
    return json.loads(done.stdout)


def local_url(server):
    """Without TLS a client sends a token to `localhost` only."""
    return f"sc://localhost:{server.port('grpc')}"


def ask(report, subject, spark, server, url=None, **variables):
    """A shuffle, a Python UDF and a failing query; the token is what a rendered client would have."""
    variables = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": secrets.TOKEN} | variables
    found = run_client(spark, url or local_url(server), **variables)
    report.judge(
        subject, complaints(found, spark.version), "a shuffle, a Python UDF and a failing query answer as they should"
    )


def complaints(found, version):
    """About what a client was answered."""
    wrong = [
        f"{key} is {found[key]}, not {value}" for key, value in ANSWERS.items() if found[key] != value
    ]
    if found["version"] != version:
        wrong.append(f"the server is {found['version']}")
    if found["error"] is None:
        wrong.append("a query that raises an error succeeds")
    return wrong


def scrape(report, subject, bundle, servers):
    """Each path of each monitor whose Service selects one of the pods that run."""
    for monitor in bundle.of_kind("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"]
        for server in servers:
            labels = server.container.pod.labels
            if not {k: v for k, v in wanted.items() if k in labels}.items() <= labels.items():
                continue
            if any(labels.get(k) != v for k, v in wanted.items() if k.startswith("app.kubernetes.io/")):
                continue
            for endpoint in monitor["spec"]["endpoints"]:
                _scrape(report, subject, server, endpoint)


def _scrape(report, subject, server, endpoint):
    path = endpoint.get("path", "/metrics")
    status, body = probes.get(server.port(endpoint["port"]), path)
    wrong = texts.prometheus_complaints(body) if status == 200 else [f"{path}: HTTP {status}"]
    report.judge(subject, wrong, f"{server.process.name}: {endpoint['port']}{path} is Prometheus text")


def logs(report, subject, server, may_be_silent=False):
    """In production only warnings are logged, and there need not be any."""
    lines = server.process.lines()
    wrong = texts.log_complaints(lines)
    if not texts.log_entries(lines) and not may_be_silent:
        wrong.append("it has logged nothing")
    report.judge(subject, wrong, f"{server.process.name}: {len(texts.log_entries(lines))} log lines are JSON")


def end(report, subject, server):
    status, seconds = server.terminate()
    left = server.process.others()
    wrong = [f"{len(left)} processes live on after it"] if left else []
    # 143 is 128 and SIGTERM: the JVM ran its shutdown hooks.
    if status != 143:
        wrong.append(f"SIGTERM ends it with {status}, not with 143")
    report.judge(subject, wrong, f"SIGTERM ends {server.process.name} with {status} after {seconds:.1f} s")
