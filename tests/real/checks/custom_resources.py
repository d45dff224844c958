"""Every custom resource satisfies the strict schema of the project that owns its kind.

A custom resource is what has an API group that Kubernetes itself does not serve. One without a
schema is a failure, not a gap: nobody would have judged it.
"""

from harness import distinct, judges
from harness.schemas import builtin_groups


def check(session, report):
    bundles = session.matrix.bundles
    texts = distinct.by_text(bundles, lambda manifest: manifest.group not in builtin_groups())
    if not texts:
        report.fail("all bundles", "hold no custom resource: nothing was judged")
        return
    complaints = judges.kubeconform_custom([distinct.first(same).file for same in texts.values()])
    for release in bundles:
        own = [same for same in texts.values() if any(c.release == release for c, _ in same)]
        if own:
            kinds = sorted({distinct.first(same).object["kind"] for same in own})
            report.judge(
                release,
                [
                    f"{same[0][0]}: {distinct.first(same).file.name}: {words}"
                    for same in own for words in complaints[distinct.first(same).file]
                ],
                f"{len(own)} different objects: {', '.join(kinds)}",
            )
