"""Every environment with every preset renders in an empty directory, twice to the same bytes."""

from harness import compare
from harness.rendering import Broken, Surroundings

# Where a dotless i, another date and fewer threads would show.
ELSEWHERE = Surroundings(locale="tr_TR.UTF-8", zone="Pacific/Kiritimati", threads="1")


def check(session, report):
    for (environment, preset), bundle in session.rendered.items():
        subject = f"{environment}/{preset}"
        if isinstance(bundle, Broken):
            report.fail(subject, "does not render", str(bundle))
            continue
        try:
            complaints = [f"{file}: in the bundle, but not listed" for file in bundle.stray_files()]
            again = session.render(environment, preset, surroundings=ELSEWHERE)
        except Broken as broken:
            report.fail(subject, "is no bundle", str(broken))
            continue
        complaints += compare.trees(bundle.out, again.out)
        report.judge(subject, complaints, f"{len(bundle.manifests)} objects, twice the same bytes")
