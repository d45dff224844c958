"""What `--format sarif` says is SARIF 2.1.0 by its schema, takes what code scanning takes, and no secret."""

import json

from harness import judges, places

FOREIGN = places.REPOSITORY / "tests" / "fixtures" / "foreign"

# What stands in plain text in the manifests there.
SECRETS = (
    "hunter2-but-longer",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "abcdEFGH1234abcdEFGH1234abcdEFGH1234abcd",
    "Metastore-2021!",
)

BROKEN_LAYER = """\
spec: 4
connect:
  executer: {memory: 8Gi}
  replicas: two
"""

NO_OBJECTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "a [link](https://nobody.example)"}
data: {mode: cluster, mode: client}
---
kind: Nothing
"""


def check(session, report):
    directory = session.new_directory("sarif")
    (directory / "broken.yaml").write_text(BROKEN_LAYER)
    (directory / "größe 東京.yaml").write_text(NO_OBJECTS)
    release = ["check", "--env", "prod", "--preset", "connect"]

    def judged(subject, arguments, least, status):
        done = session.sparkctl.ask(*arguments, "--format", "sarif", cwd=directory)
        found = complaints(done.stdout)
        if done.returncode != status:
            found.append(f"exits {done.returncode}, not {status}: {done.stderr.decode()}")
        results = 0 if found else len(json.loads(done.stdout)["runs"][0]["results"])
        if results < least:
            found.append(f"has {results} results, and not {least}")
        report.judge(subject, found, f"{results} results")

    judged("a good release", release, 0, 0)
    bounds = ["--set", "connect.executor.instances.min=30"]
    judged("a release that makes no sense", [*release, *bounds], 1, 1)
    judged("a broken layer", [*release, "--values", "broken.yaml"], 2, 1)
    judged("no objects", ["check", "--manifests", "größe 東京.yaml"], 2, 1)
    judged("manifests of others", ["check", "--manifests", FOREIGN], 40, _status(session, directory))

    rendered = ["render", "--env", "dev", "--preset", "connect"]
    session.sparkctl.run(*rendered, cwd=directory)
    edited = next((directory / "rendered").rglob("service-*.yaml"))
    edited.write_text(edited.read_text() + "# by hand\n")
    judged("a bundle edited by hand", [*rendered, "--check"], 1, 1)


def _status(session, directory):
    """What the same command says without SARIF: findings must not depend on how they are printed."""
    return session.sparkctl.ask("check", "--manifests", FOREIGN, cwd=directory).returncode


def complaints(log):
    """About one log, as bytes."""
    found = [f"shows a secret: {secret[:4]}..." for secret in SECRETS if secret.encode() in log]
    try:
        log = json.loads(log)
    except ValueError as error:
        return [*found, f"is not JSON: {error}"]
    found += judges.sarif(log)
    # What the schema leaves open and code scanning asks for.
    for run in log.get("runs", []) if not found else []:
        rules = run["tool"]["driver"].get("rules", [])
        for number, result in enumerate(run["results"]):
            place = result.get("locations", [{}])[0].get("physicalLocation", {})
            if "uri" not in place.get("artifactLocation", {}):
                found.append(f"result {number} has no file")
            if "startLine" not in place.get("region", {}):
                found.append(f"result {number} has no line")
            if not result.get("partialFingerprints"):
                found.append(f"result {number} has no fingerprint")
            index = result.get("ruleIndex", -1)
            if not 0 <= index < len(rules) or rules[index]["id"] != result.get("ruleId"):
                found.append(f"result {number} is of another rule than it says")
    return found
