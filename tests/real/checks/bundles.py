"""Every combination that is not refused renders in an empty directory, twice to the same bytes."""

import shutil

from harness import compare
from harness.matrix import together
from harness.rendering import Broken, Surroundings

# Where a dotless i, another date and fewer threads would show.
ELSEWHERE = Surroundings(locale="tr_TR.UTF-8", zone="Pacific/Kiritimati", threads="1")


def check(session, report):
    matrix = session.matrix
    for combination, bundle in matrix.rendered.items():
        if isinstance(bundle, Broken):
            report.fail(combination, "does not render", str(bundle))

    def judged(pair):
        return _complaints(matrix, *pair)

    for release, bundles in matrix.bundles.items():
        complaints = sum(together(judged, bundles.items()), [])
        objects = sum(len(bundle.manifests) for bundle in bundles.values())
        report.judge(release, complaints, f"{len(bundles)} bundles of {objects} objects, twice the same bytes")


def _complaints(matrix, combination, bundle):
    try:
        complaints = [f"{file}: in the bundle, but not listed" for file in bundle.stray_files()]
        again = matrix.render(combination, surroundings=ELSEWHERE)
    except Broken as broken:
        return [f"{combination}: {broken}"]
    complaints += compare.trees(bundle.out, again.out)
    shutil.rmtree(again.out)
    return [f"{combination}: {words}" for words in complaints]
