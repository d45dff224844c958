"""Every built-in object satisfies the strict schema of each supported Kubernetes minor.

Two judges: kubeconform (Go; sees duplicate keys too) and kubernetes-validate (Python).
"""

from harness import judges
from harness.places import KUBERNETES_MINORS
from harness.schemas import builtin_groups


def check(session, report):
    builtin = {
        subject: [manifest for manifest in bundle.manifests if manifest.group in builtin_groups()]
        for subject, bundle in session.bundles
    }
    complaints = judged([manifest for manifests in builtin.values() for manifest in manifests])
    for subject, manifests in builtin.items():
        report.judge(
            subject,
            [f"{m.file.name}: {words}" for m in manifests for words in complaints[m.file]],
            f"{len(manifests)} objects for Kubernetes {' '.join(KUBERNETES_MINORS)}",
        )


def judged(manifests):
    """Complaints by file, of both judges and for all minors; one run of kubeconform for each."""
    complaints = {manifest.file: [] for manifest in manifests}
    for minor in KUBERNETES_MINORS:
        for file, words in judges.kubeconform_builtin(list(complaints), minor).items():
            complaints[file] += [f"Kubernetes {minor}: {word}" for word in words]
        for manifest in manifests:
            complaints[manifest.file] += judges.kubernetes_validate_strict(manifest.object, minor)
    return complaints
