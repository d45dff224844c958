"""`kubectl kustomize` builds each bundle into the objects that its files hold."""

from harness import compare, judges
from harness.matrix import together


def check(session, report):
    def judged(pair):
        combination, bundle = pair
        return [f"{combination}: {words}" for words in complaints(bundle)]

    for release, bundles in session.matrix.bundles.items():
        found = sum(together(judged, bundles.items()), [])
        report.judge(release, found, f"{len(bundles)} bundles")


def complaints(bundle):
    """PyYAML reads the files; kubectl's own reader what it built: they must agree."""
    expected = [manifest.object for manifest in bundle.manifests]
    try:
        return compare.objects(expected, judges.kustomize_builds(bundle.directory))
    except judges.Refused as refused:
        return [str(refused)]
