"""Every custom resource satisfies the strict schema of the project that owns its kind.

A custom resource is what has an API group that Kubernetes itself does not serve. One without a
schema is a failure, not a gap: nobody would have judged it.
"""

from harness import judges
from harness.schemas import builtin_groups


def check(session, report):
    custom = {
        subject: [manifest for manifest in bundle.manifests if manifest.group not in builtin_groups()]
        for subject, bundle in session.bundles
    }
    files = [manifest.file for manifests in custom.values() for manifest in manifests]
    if not files:
        report.fail("all bundles", "hold no custom resource: nothing was judged")
        return
    complaints = judges.kubeconform_custom(files)
    for subject, manifests in custom.items():
        if manifests:
            report.judge(
                subject,
                [f"{m.file.name}: {words}" for m in manifests for words in complaints[m.file]],
                f"{len(manifests)} objects: {', '.join(sorted({m.object['kind'] for m in manifests}))}",
            )
