"""`kubectl kustomize` keeps the order of the bundle: what is needed comes before who needs it."""

from harness import compare, judges
from harness.matrix import together


def check(session, report):
    def judged(pair):
        combination, bundle = pair
        return [f"{combination}: {words}" for words in complaints(bundle)]

    for release, bundles in session.matrix.bundles.items():
        report.judge(release, sum(together(judged, bundles.items()), []), f"kept in {len(bundles)} bundles")


def complaints(bundle):
    """The first object that is not where `resources` has it, for without `fifo` most are not."""
    expected = [compare.identity(manifest.object) for manifest in bundle.manifests]
    try:
        built = judges.kustomize_builds(bundle.directory)
    except judges.Refused as refused:
        return [str(refused)]
    for place, (name, found) in enumerate(zip(expected, map(compare.identity, built)), start=1):
        if name != found:
            return [f"object {place} is {found}, not {name}: is sortOptions fifo?"]
    return []
