"""The judges of what runs can fail too: each is given something good and something broken."""

import dataclasses
import http.server
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

from checks import judges_can_fail, jupyter, refusals, spark_real
from harness import artifacts, connect, places, s3, stores, texts
from harness.process import Process
from harness.rendering import KUSTOMIZATION, Broken, Bundle


def check(session, report):
    for part in (_process, _texts, _refusals, _artifacts, _client, _notebook):
        part(session, report.refuses)
    _stores(session, report)
    _spark_real(session, report)


def _process(session, refuses):
    """A process that should become ready, live, and end on SIGTERM alone."""

    def run(program):
        directory = session.new_directory("process")
        command = [sys.executable, "-c", f"import os, signal, subprocess, sys, time\n{program}"]
        with Process("sample", command, {}, directory, directory / "log") as process:
            try:
                process.wait_for_line("ready", 10)
                process.terminate(1)
            except Broken as broken:
                return [str(broken)]
            return [f"process {number} lives on" for number in process.others()]

    ready = "print('ready', flush=True); "
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    refuses("processes", run, ready + "time.sleep(60)", {
        "one that ends": "sys.exit(3)",
        "one deaf to SIGTERM": "signal.signal(15, signal.SIG_IGN); " + ready + "time.sleep(60)",
        "one whose child lives on": child + ready + "time.sleep(60)",
    })


def _texts(_session, refuses):
    def log(text):
        return texts.log_complaints(text.splitlines())

    entry = '{"ts": "2026-01-01T00:00:00Z", "level": "INFO"}\n'
    refuses("log lines", log, "WARNING: Using incubator modules: jdk.incubator.vector\n" + entry, {
        "a plain line": entry + "26/01/01 00:00:00 INFO SparkContext: started\n",
        "a stack trace": entry + "java.lang.Exception: no\n\tat Main.main(Main.java:1)\n",
        "a string": '"text"\n',
    })
    sample = '# TYPE up gauge\nup{type="gauges"} 1.5E-3\n'
    refuses("Prometheus text", texts.prometheus_complaints, sample, {
        "nothing": "# only a comment\n",
        "a page of HTML": "<!DOCTYPE html>\n<html></html>\n",
        "no number": sample + "down{} yes\n",
    })


def _refusals(_session, refuses):
    def render(answer):
        status, errors, written = answer
        findings = [{"rule": rule, "severity": "error"} for rule in errors]
        done = subprocess.CompletedProcess([], status, json.dumps({"findings": findings}).encode(), b"")
        return refusals.complaints(done, written)

    refuses("refusals", render, (1, [refusals.RULE], []), {
        "a render": (0, [], []),
        "a crash": (101, [refusals.RULE], []),
        "another rule": (1, ["template/failed"], []),
        "another rule too": (1, [refusals.RULE, "template/failed"], []),
        "a file that is written": (1, [refusals.RULE], [Path("rendered")]),
    })


def _artifacts(_session, refuses):
    def read(text):
        try:
            artifacts.needed(text, "4.1")
        except ValueError as error:
            return [str(error)]
        return []

    good = places.SPARKS["4.1"].facts.read_text()
    refuses("facts of a version", read, good, {
        "no artifacts": good.partition("\nartifacts:\n")[0],
        "a need of another name": good.replace("  s3aSlim:", "  s3aSmall:"),
        "no checksum": re.sub("sha256: .*", "sha256:", good),
        "another form": good.replace("  - coordinate: ", "  - coordinates: "),
    })


def _client(_session, refuses):
    good = connect.ANSWERS | {"version": "4.1.4", "error": "SparkException"}
    refuses("a client's answers", lambda found: connect.complaints(found, "4.1.4"), good, {
        "a wrong sum": good | {"sum": 0},
        "a UDF that changes nothing": good | {"udf": list(range(8))},
        "another Spark": good | {"version": "4.1.3"},
        "no error": good | {"error": None},
    })


def _notebook(_session, refuses):
    """A server that lets nobody in without `right`, and ones that do otherwise."""

    def ask(status):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status(self.path, self.headers.get("Authorization")))
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                return jupyter.complaints(server.server_port, "right")
            finally:
                server.shutdown()

    def right(path, shown):
        return 200 if path == "/api" or shown == "token right" else 403

    refuses("notebooks", ask, right, {
        "everybody is let in": lambda path, shown: 200,
        "nobody is let in": lambda path, shown: 403,
        "any token is let in": lambda path, shown: 200 if shown or path == "/api" else 403,
        "no page": lambda path, shown: 404 if path == "/lab" else right(path, shown),
    })


def _stores(session, report):
    """Who has the wrong key or password gets nothing: else a check would not see that it is not passed on."""
    complaints = []
    with stores.object_store(session.new_directory("store"), ["bucket"]) as store:
        for access, secret, is_right in (
            (stores.ACCESS_KEY, stores.SECRET_KEY, True), (stores.ACCESS_KEY, "wrong", False), ("wrong", "wrong", False),
        ):
            status, _ = s3.request(store, "PUT", "/bucket/key", access, secret)
            if (status == 200) != is_right:
                complaints.append(f"the object store answers {access} with {secret}: {status}")
    with stores.postgresql(session.new_directory("database")) as database:
        try:
            dataclasses.replace(database, password="wrong").ask("SELECT 1")
            complaints.append("the database takes a wrong password")
        except Broken:
            pass
    report.judge("stores", complaints, "refuse: another key, another secret, another password")


def _spark_real(session, report):
    """That this judge can be satisfied is what the check of its name shows, in a minute."""
    directory = session.new_directory("bundle")
    (directory / KUSTOMIZATION).write_text("resources: [one.yaml]\n")
    (directory / "one.yaml").write_text(judges_can_fail.SERVICE)
    bundle, spark = Bundle(directory, directory), places.SPARKS["4.1"]
    found, _ = spark_real.judge(places.spark_real(), bundle, spark, spark.home)
    complaints = [] if found else ["accepts: a bundle without a server"]
    report.judge("spark_real", complaints, "refuses: a bundle without a server")
