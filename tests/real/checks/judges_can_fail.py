"""A judge that cannot fail proves nothing: each is given something good and something broken.

What is broken here is small and named. A judge passes if it has no complaint about the good one
and at least one about each of the others. Those of objects and of renders; `runs_can_fail` has those
of what runs.
"""

import copy
import json

import yaml

from checks import apply_order, kustomize, round_trip, sarif
from harness import compare, distinct, judges, yaml_text
from harness.places import KUBERNETES_MINORS
from harness.readers import READERS, kustomize_cannot_carry
from harness.rendering import KUSTOMIZATION, Broken, Bundle, Sparkctl, find_bundle
from harness.report import Tally

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: spark-connect
spec:
  ports:
    - name: grpc
      port: 15002
"""

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  mode: cluster
"""

EXTERNAL_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: s3
spec:
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault
  data:
    - secretKey: access-key
      remoteRef:
        key: spark/s3
"""

# One string of each kind that kustomize is excused from carrying.
EXCUSED = {
    "DEL": "a\x7fb",
    "C1": "a\x9fb",
    "NEL": "a\x85b",
    "U+FFFE": "a\ufffeb",
    "U+FFFF": "a\uffffb",
    "TAB before a line": "\ta\nb",
}


def check(session, report):
    parts = (_schemas, _custom_resources, _kustomize, _order, _bytes, _readers, _sarif, _binary, _tally)
    for part in parts:
        part(session, report.refuses)
    _excuses(session, report)
    _shapes(session, report)


def _schemas(session, refuses):
    broken = {
        "unknown field": SERVICE + "  surprise: true\n",
        "wrong type": SERVICE.replace("port: 15002", "port: {number: 15002}"),
        "unknown kind": SERVICE.replace("kind: Service", "kind: Servise"),
        "version not served": SERVICE.replace("apiVersion: v1", "apiVersion: v2"),
    }
    duplicate = {"duplicate key": SERVICE + "      port: 15003\n"}
    for minor in KUBERNETES_MINORS:

        def kubeconform(text, minor=minor):
            file = _file(session, text)
            return judges.kubeconform_builtin([file], minor)[file]

        def kubernetes_validate(text, minor=minor):
            return judges.kubernetes_validate_strict(yaml.safe_load(text), minor)

        refuses(f"kubeconform {minor}", kubeconform, SERVICE, broken | duplicate)
        refuses(f"kubernetes-validate {minor}", kubernetes_validate, SERVICE, broken)


def _custom_resources(session, refuses):
    def crd_schemas(text):
        file = _file(session, text)
        return judges.kubeconform_custom([file])[file]

    refuses("custom resources' schemas", crd_schemas, EXTERNAL_SECRET, {
        "unknown field": EXTERNAL_SECRET.replace("secretStoreRef:", "storeRef:"),
        "wrong type": EXTERNAL_SECRET.replace("key: spark/s3", "key: [spark, s3]"),
        "version not served": EXTERNAL_SECRET.replace("io/v1", "io/v1beta1"),
        "kind without a schema": EXTERNAL_SECRET.replace("external-secrets.io", "nobody.example"),
    })


def _kustomize(session, refuses):
    def build(files):
        return kustomize.complaints(_bundle(session, *files))

    config = "resources: [one.yaml, two.yaml]\n"
    service = "apiVersion: v1, kind: Service, metadata: {name: spark-connect}"
    delete = f"patches: [{{patch: '{{{service}, $patch: delete}}'}}]\n"
    refuses("kustomize", build, (config, SERVICE, CONFIG), {
        "duplicate key": (config, SERVICE, CONFIG + "  mode: client\n"),
        "one object twice": (config, SERVICE, SERVICE),
        "an object lost": (config + delete, SERVICE, CONFIG),
        "an object renamed": (config + "namePrefix: x-\n", SERVICE, CONFIG),
        "a value read differently": (config, SERVICE, CONFIG.replace("cluster", "0o17")),
    })

    def strays(config):
        return _bundle(session, config, SERVICE, CONFIG).stray_files()

    refuses("stray files", strays, config, {"a file not listed": "resources: [one.yaml]\n"})


def _order(session, refuses):
    def build(order):
        config = f"resources: [one.yaml, two.yaml]\nsortOptions: {{order: {order}}}\n"
        return apply_order.complaints(_bundle(session, config, SERVICE, CONFIG))

    refuses("apply order", build, "fifo", {"kustomize's own order": "legacy"})


def _bytes(session, refuses):
    good = {"a/service.yaml": SERVICE, ".sparkctl.lock": "{}"}

    def compared(files):
        trees = session.new_directory("one"), session.new_directory("other")
        for tree, content in zip(trees, (good, files)):
            for name, text in content.items():
                (tree / name).parent.mkdir(exist_ok=True)
                (tree / name).write_text(text)
        return compare.trees(*trees)

    refuses("same bytes", compared, good, {
        "one byte": good | {"a/service.yaml": SERVICE.replace("15002", "15003")},
        "a newline at the end": good | {"a/service.yaml": SERVICE + "\n"},
        "a file more": good | {"a/.hidden": ""},
        "a file less": {"a/service.yaml": SERVICE},
    })


def _readers(session, refuses):
    said = {"k0000": "yes", "k0001": "a #b", "k0002": "a\tb\r\n"}
    good = yaml_text.namespace(said)
    broken = {
        "a bare #": good.replace(b'"a #b"', b"a #b"),
        "an altered string": yaml_text.namespace(said | {"k0002": "a\tb\n"}),
        "a string lost": yaml_text.namespace({"k0000": "yes", "k0001": "a #b"}),
        "a string more": yaml_text.namespace(said | {"k0003": ""}),
        "no YAML": good + b"\t- :",
    }
    bare_word = {"a bare yes": good.replace(b'"yes"', b"yes")}
    for name in READERS:

        def read(text, name=name):
            return round_trip.complaints(name, text, said, session.new_directory("reader"))

        # kustomize takes any bare word for text where an annotation stands.
        more = {} if name == "kubectl-kustomize" else bare_word
        refuses(f"round trip, {name}", read, good, broken | more)


def _sarif(_session, refuses):
    place = {"artifactLocation": {"uri": "a.yaml"}, "region": {"startLine": 1}}
    result = {
        "ruleId": "pod/x", "ruleIndex": 0, "level": "error", "message": {"text": "wrong"},
        "locations": [{"physicalLocation": place}], "partialFingerprints": {"x/v1": "0"},
    }
    driver = {"name": "sparkctl", "rules": [{"id": "pod/x"}]}
    good = {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": [result]}]}

    def but(change):
        log = copy.deepcopy(good)
        change(log, log["runs"][0]["results"][0])
        return json.dumps(log)

    refuses("SARIF", lambda text: sarif.complaints(text.encode()), json.dumps(good), {
        "another version": but(lambda log, _: log.update(version="2.0.0")),
        "an unknown field": but(lambda log, _: log.update(surprise=True)),
        "no tool": but(lambda log, _: log["runs"][0].pop("tool")),
        "no message": but(lambda _, result: result.pop("message")),
        "an unknown level": but(lambda _, result: result.update(level="fatal")),
        "line zero": but(lambda _, result: result["locations"][0]["physicalLocation"]["region"].update(startLine=0)),
        "no file": but(lambda _, result: result.update(locations=[{}])),
        "no fingerprint": but(lambda _, result: result.pop("partialFingerprints")),
        "a rule that it has not": but(lambda _, result: result.update(ruleIndex=1)),
        "a secret": but(lambda _, result: result.update(message={"text": sarif.SECRETS[0]})),
        "no JSON": "{",
    })


def _excuses(session, report):
    """What kustomize is excused from, it still cannot do, and only kustomize cannot."""
    complaints = []
    for name, string in EXCUSED.items():
        said = {"k0000": string}
        text = yaml_text.namespace(said)
        if not kustomize_cannot_carry(string):
            complaints.append(f"{name}: is not excused")
        if not round_trip.complaints("kubectl-kustomize", text, said, session.new_directory("excuse")):
            complaints.append(f"{name}: kustomize carries it now; take the excuse away")
        if words := round_trip.complaints("kubectl", text, said, session.new_directory("excuse")):
            complaints.append(f"{name}: is not kustomize's fault alone: {words[0]}")
    if kustomize_cannot_carry("a\tb\n---\n\u2028\xa0\U0001f600"):
        complaints.append("what kustomize can carry is excused")
    report.judge("excuses of kustomize", complaints, f"still needed: {', '.join(EXCUSED)}")


def _binary(session, refuses):
    def render(arguments):
        """Runs the shell in place of the binary: `sh -c SCRIPT`."""
        out = session.new_directory("out")
        try:
            Sparkctl("/bin/sh", session.directory).run("-c", *arguments, cwd=out)
            find_bundle(out, "dev")
        except Broken as broken:
            return [str(broken)]
        return []

    make = "mkdir -p {0} && touch {0}/.sparkctl.lock"
    refuses("render", render, [make.format("dev/connect")], {
        "an exit status": [make.format("dev/connect") + "; exit 1"],
        "no bundle": ["true"],
        "a bundle of another environment": [make.format("prod/connect")],
        "two bundles": [make.format("dev/connect") + ";" + make.format("dev/other")],
    })


def _tally(_session, refuses):
    def status(answers):
        tally = Tally(write=lambda line: None)
        report = tally.of("check")
        for complaints in answers:
            report.judge("subject", complaints)
        return ["exits with an error"] if tally.exit_status() else []

    refuses("exit status", status, [[]], {"nothing judged": [], "one of two failed": [[], ["why"]]})


def _shapes(_session, report):
    """What a schema can tell apart must not be judged as one."""
    service, config = yaml.safe_load(SERVICE), yaml.safe_load(CONFIG)
    other = {
        "unknown field": service | {"spec": service["spec"] | {"surprise": True}},
        "wrong type": service | {"metadata": {"name": 1}},
        "another kind": service | {"kind": "Servise"},
        "a label that is no string": service | {"metadata": {"name": "x", "labels": {"a": 1}}},
    }
    complaints = [
        f"not told from the good one: {name}"
        for name, bad in other.items() if distinct.shape(bad) == distinct.shape(service)
    ]
    if distinct.shape(config) == distinct.shape(config | {"data": {"mode": 1}}):
        complaints.append("not told from the good one: data that is no string")
    if distinct.shape(config) != distinct.shape(config | {"data": {"mode": "client"}}):
        complaints.append("told from the good one: other text")
    report.judge("shapes of objects", complaints, f"tell apart: {', '.join(other)}")


def _file(session, text):
    file = session.new_directory("sample") / "sample.yaml"
    file.write_text(text)
    return file


def _bundle(session, kustomization, one, two):
    directory = session.new_directory("bundle")
    (directory / KUSTOMIZATION).write_text(kustomization)
    (directory / "one.yaml").write_text(one)
    (directory / "two.yaml").write_text(two)
    return Bundle(directory, directory)
