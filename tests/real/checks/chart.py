"""`render --layout chart`: Helm lints it, makes the bundle's objects of it, and opens what its values say.

A text with braces of Prometheus, Grafana and Go, and one with all that Helm itself takes away, are put in
by a component of the test's own.
"""

import copy
import json
import random
import re
import shutil

import yaml

from harness import compare, judges, places
from harness.matrix import Combination, together
from harness.rendering import Broken, find_bundle

VERSION = "4.1"
RELEASES = [
    ("prod", "connect", ()),
    ("prod", "airflow-connect", ("history", "iceberg", "metastore")),
    ("prod", "standalone", ("history",)),
    ("prod", "jupyter-connect", ("metastore", "spot")),
    ("dev", "jupyter-connect", ("iceberg",)),
    ("dev", "standalone", ()),
]

REGISTRY = "mirror.example:5000/hub"
LABELS = {"cost-centre": "42", "team.example/name": "data"}
ANNOTATIONS = {"owner.example/mail": 'a "quoted" {{ word }}: <no value>\n- yes'}
OPEN = {
    "image": {"registry": REGISTRY},
    "imagePullSecrets": [{"name": "mirror"}, {"name": "1234"}],
    "commonLabels": LABELS,
    "commonAnnotations": ANNOTATIONS,
}

# What must be refused, and a word that the refusal must hold.
REFUSED = {
    "an unknown value": ({"replicas": 3}, "replicas"),
    "an unknown value below": ({"image": {"tag": "latest"}}, "tag"),
    "a registry with a blank": ({"image": {"registry": "a b"}}, "registry"),
    "a Secret that is no mapping": ({"imagePullSecrets": ["mirror"]}, "imagePullSecrets"),
    "a number for a label": ({"commonLabels": {"cost-centre": 42}}, "cost-centre"),
    "one of sparkctl's labels": ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "app.kubernetes.io/name"),
    "one of Helm's annotations": ({"commonAnnotations": {"helm.sh/hook": "pre-install"}}, "helm.sh/hook"),
    "a label that is there": ({"commonLabels": {"release": "x"}}, "has \"release\" already"),
}

TEXTS = {
    "rules": 'expr: up == 0\nsummary: "{{ $labels.pod }} is down for {{ $value | humanizeDuration }}"\n',
    "dashboard": '{"legendFormat": "{{pod}} {{`{{`}}", "noValue": "<no value>"}',
    "go": "{{- range .Items }}{{/* a */}}{{ .Name }}\n{{- end -}}",
    "quotes": "`{{` '{{' \"{{\" \\{{\\ {{{{{ }}}} { {",
    "documents": "---\n{{ a }}\n---\n",
    "ends": "{{ b }}\n\n\n",
    "lone": "{",
}

# What the strings of chance are made of.
_PIECES = ["{", "{{", "}}", "{{-", "-}}", "`", '"', "'", "\\", "$", "%", ".", "|", " ", "\n", "\n\n", "<no value>", "a"]

_CHART_FILES = ("Chart.yaml", "values.yaml", "values.schema.json", "templates")


def check(session, report):
    for release, complaints, detail in together(lambda chosen: _release(session, *chosen), RELEASES):
        report.judge(release, complaints, detail)
    report.judge("braces", *_braces(session))
    _can_fail(session, report)


def _release(session, environment, scenario, features):
    combination = Combination(environment, scenario, features, VERSION)
    bundle = session.bundle(environment, scenario, *features, version=VERSION)
    chart, namespace = _chart(session, combination)
    expected = [m.object for m in bundle.manifests if m.object["kind"] != "Namespace"]
    complaints = _as_compiled(chart, namespace, expected)
    complaints += _opened(chart, namespace, expected)
    complaints += _refusals(chart, namespace, expected)
    complaints += _notes(chart, namespace) + _packages(session, chart)
    return str(combination), complaints, f"{len(expected)} objects, as compiled and opened"


def _chart(session, combination, *arguments, cwd=None):
    """A chart, rendered where nothing is, and the namespace that it is for."""
    cwd = cwd or session.new_directory("chart")
    session.sparkctl.run("render", "--layout", "chart", *combination.arguments, *arguments, cwd=cwd)
    chart = find_bundle(cwd / "charts", combination.environment).directory
    missing = [name for name in _CHART_FILES if not (chart / name).exists()]
    if missing:
        raise Broken(f"{chart} has no {', '.join(missing)}")
    return chart, f"spark-{combination.environment}"


def _as_compiled(chart, namespace, expected):
    """What Helm says of the chart, and makes of it, with the values as they are."""
    try:
        judges.ask([places.HELM, "lint", "--strict", chart])
        return compare.objects(expected, _template(chart, namespace))
    except judges.Refused as refused:
        return [str(refused)]


def _opened(chart, namespace, expected):
    """Each value does what it says, and nothing else."""
    try:
        found = _template(chart, namespace, OPEN)
    except judges.Refused as refused:
        return [str(refused)]
    images = _images(expected)
    hashes = {_hash(pod) for pod in _pod_templates(found)} & {_hash(pod) for pod in _pod_templates(expected)}
    complaints = [f"the hash {same} is as before" for same in hashes - {None}]
    wanted = [_open(object, images) for object in expected]
    for object in found + wanted:
        for pod in _pod_templates([object]):
            (pod["metadata"].get("annotations") or {}).pop("sparkctl.dev/config-hash", None)
    return complaints + compare.objects(wanted, found)


def _open(expected, images):
    """The object as the values should make it: written here once more, by other means."""
    wanted = copy.deepcopy(expected)
    metadata = wanted["metadata"]
    metadata["labels"] = (metadata.get("labels") or {}) | LABELS
    metadata["annotations"] = (metadata.get("annotations") or {}) | ANNOTATIONS
    secrets = [secret["name"] for secret in OPEN["imagePullSecrets"]]
    for pod in _pod_templates([wanted]):
        pod["spec"]["imagePullSecrets"] = [{"name": name} for name in secrets]
    return _strings(wanted, lambda text: _text(text, images, secrets))


def _text(text, images, secrets):
    for image in sorted(images, key=len, reverse=True):
        host, _, rest = image.partition("/")
        if not re.search("[.:]", host):
            rest = image
        text = re.sub(rf"(?<![\w./:@-]){re.escape(image)}(?![\w./:@-])", f"{REGISTRY}/{rest}", text)
    line = r"^(spark\.kubernetes\.container\.image=.*)$"
    more = rf"\1\nspark.kubernetes.container.image.pullSecrets={','.join(secrets)}"
    return re.sub(line, more, text, flags=re.MULTILINE)


def _refusals(chart, namespace, expected):
    """Wrong values and another namespace are refused, in words that name what is wrong."""
    complaints = []
    for what, (values, word) in REFUSED.items():
        if what == "a label that is there" and not any("release" in _labels(object) for object in expected):
            continue
        complaints += _refused(what, word, chart, namespace, values)
    complaints += _refused("another namespace", f"add --namespace {namespace}", chart, "default", {})
    return complaints


def _refused(what, word, chart, namespace, values):
    try:
        _template(chart, namespace, values)
    except judges.Refused as refused:
        return [] if word in str(refused) else [f"{what}: refused without {word!r}: {refused}"]
    return [f"{what}: accepted"]


def _notes(chart, namespace):
    """What an install tells: the very command that lists what must exist."""
    words = [places.HELM, "install", "any-name", chart, "--namespace", namespace, "--dry-run=client"]
    told = judges.ask(words).decode().partition("\nNOTES:\n")[2]
    environment = namespace.removeprefix("spark-")
    return [] if f"sparkctl preconditions --env {environment} --preset" in told else [f"the notes are: {told}"]


def _packages(session, chart):
    """An archive is the same bytes again, and does not hold sparkctl's own lock."""
    packed = []
    for _ in range(2):
        directory = session.new_directory("package")
        judges.ask([places.HELM, "package", chart, "--destination", directory])
        packed.append(directory)
    [archive] = packed[0].iterdir()
    complaints = compare.trees(*packed)
    shutil.unpack_archive(archive, packed[1])
    complaints += [f"{file} is in the archive" for file in packed[1].rglob(".sparkctl.lock")]
    return complaints


def _braces(session):
    """A component of a project's own whose ConfigMap holds what Helm would read otherwise."""
    cwd, texts = session.new_directory("braces"), _texts()
    (cwd / "templates" / "braces").mkdir(parents=True)
    files = {
        "sparkctl.yaml": "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata: {name: braces}\n"
        "spec: {releases: {connect: {preset: connect}}}\n",
        "templates/braces/component.yaml": "apiVersion: sparkctl/v1alpha1\nkind: Component\n"
        "metadata: {name: braces, title: Braces}\n",
        "templates/braces/configmap.yaml.j2": _config_map(texts),
    }
    for name, text in files.items():
        (cwd / name).write_text(text)
    chart, namespace = _chart(session, Combination("dev", "connect", (), VERSION), cwd=cwd)
    try:
        judges.ask([places.HELM, "lint", "--strict", chart])
        found = [o for o in _template(chart, namespace) if o["metadata"]["name"] == "braces"]
    except judges.Refused as refused:
        return [str(refused)], ""
    return compare.values([texts], [object["data"] for object in found]), f"{len(texts)} texts"


def _texts():
    """Those above, the strings that are nasty to readers of YAML, and some of chance: the same every time."""
    chance = random.Random(1)
    nasty = json.loads((places.REPOSITORY / "tests" / "fixtures" / "nasty-strings.json").read_text())
    # A rule takes it for an address, and misses its Service.
    nasty = [text for text in nasty if not text.startswith("http://x:")]
    made = ["".join(chance.choices(_PIECES, k=chance.randrange(1, 16))) for _ in range(300)]
    return TEXTS | {f"text{number:03}": text for number, text in enumerate(nasty + made)}


def _config_map(texts):
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata:", "  name: braces"]
    lines += ["  namespace: {{ release.namespace }}", "  labels: {{ component.labels }}", "data:"]
    # In Jinja a string is written as in JSON.
    written = {key: json.dumps(text) for key, text in texts.items()}
    return "\n".join(lines + [f"  {key}: {{{{ {text} }}}}" for key, text in written.items()]) + "\n"


def _can_fail(session, report):
    """Charts that somebody broke are caught by the very functions above."""
    combination = Combination("dev", "connect", (), VERSION)
    chart, namespace = _chart(session, combination)
    bundle = session.bundle("dev", "connect", version=VERSION)
    expected = [m.object for m in bundle.manifests if m.object["kind"] != "Namespace"]
    [config] = (chart / "templates" / "spark-connect").glob("configmap-*.yaml")
    text, version = config.read_text(), (chart / "Chart.yaml").read_text()

    def with_file(file, broken):
        copied = session.new_directory("broken") / "connect"
        shutil.copytree(chart, copied)
        (copied / file.relative_to(chart)).write_text(broken)
        return copied

    broken = {
        "a brace": with_file(config, text + "# {{ $labels.pod }}\n"),
        "a lost property": with_file(config, re.sub(r".*spark\.app\.name=.*\n", "", text)),
        "no version": with_file(chart / "Chart.yaml", re.sub("version: 0.*\n", "", version)),
    }
    report.refuses("as compiled", lambda chart: _as_compiled(chart, namespace, expected), chart, broken)
    image = with_file(config, re.sub(r"image=\{\{ include \S+ \(list \$ \"(.*?)\" \"(.*?)\"\) \}\}", r"image=\1/\2", text))
    closed = {"an image that stays": image}
    report.refuses("opened", lambda chart: _opened(chart, namespace, expected), chart, closed)
    schema = with_file(chart / "values.schema.json", "{}")
    guard = with_file(chart / "templates" / "guard.yaml", "")
    unguarded = {"no schema": schema, "no guard": guard}
    report.refuses("refusals", lambda chart: _refusals(chart, namespace, expected), chart, unguarded)


def _template(chart, namespace, values=None):
    """The objects that Helm makes, read by PyYAML."""
    given = ["--values", "-"] if values else []
    made = judges.ask(
        [places.HELM, "template", "any-name", chart, "--namespace", namespace, *given],
        stdin=json.dumps(values).encode() if values else None,
    )
    return [object for object in yaml.load_all(made, yaml.CSafeLoader) if object is not None]


def _labels(object):
    return object["metadata"].get("labels") or {}


def _pod_templates(objects):
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "Job")
    return [object["spec"]["template"] for object in objects if object["kind"] in kinds]


def _hash(pod):
    return (pod["metadata"].get("annotations") or {}).get("sparkctl.dev/config-hash")


def _images(objects):
    found = set()
    for pod in _pod_templates(objects):
        for key in ("initContainers", "containers"):
            found |= {container["image"] for container in pod["spec"].get(key) or []}
    for text in (text for o in objects if o["kind"] == "ConfigMap" for text in (o.get("data") or {}).values()):
        found |= set(re.findall(r"^spark\.kubernetes\.container\.image=(\S+)$", text, re.MULTILINE))
    return found


def _strings(value, function):
    if isinstance(value, str):
        return function(value)
    if isinstance(value, dict):
        return {key: _strings(inner, function) for key, inner in value.items()}
    if isinstance(value, list):
        return [_strings(inner, function) for inner in value]
    return value
