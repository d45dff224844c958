"""Every built-in object satisfies the strict schema of each supported Kubernetes minor.

Two judges: kubeconform (Go; sees duplicate keys too), of each text that there is, and
kubernetes-validate (Python), of each object that a schema could tell from the others.
"""

from harness import distinct, judges
from harness.places import KUBERNETES_MINORS
from harness.schemas import builtin_groups


def check(session, report):
    bundles = session.matrix.bundles
    texts = distinct.by_text(bundles, lambda manifest: manifest.group in builtin_groups())
    complaints = judged([distinct.first(same) for same in texts.values()])
    for release in bundles:
        own = {t: s for t, s in texts.items() if any(c.release == release for c, _ in s)}
        objects = sum(c.release == release for same in own.values() for c, _ in same)
        report.judge(
            release,
            [
                f"{same[0][0]}: {distinct.first(same).file.name}: {words}"
                for same in own.values() for words in complaints[distinct.first(same).file]
            ],
            f"{objects} objects, {len(own)} different, for Kubernetes {' '.join(KUBERNETES_MINORS)}",
        )


def judged(manifests):
    """Complaints by file, of both judges and for all minors."""
    complaints = {manifest.file: [] for manifest in manifests}
    shapes = distinct.by_shape(manifests)
    for minor in KUBERNETES_MINORS:
        for file, words in judges.kubeconform_builtin(list(complaints), minor).items():
            complaints[file] += [f"Kubernetes {minor}: {word}" for word in words]
        for same in shapes.values():
            words = judges.kubernetes_validate_strict(same[0].object, minor)
            for manifest in same:
                complaints[manifest.file] += words
    return complaints
