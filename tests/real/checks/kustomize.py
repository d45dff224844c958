"""`kubectl kustomize` builds each bundle into the objects that its files hold."""

from harness import compare, judges


def check(session, report):
    for subject, bundle in session.bundles:
        report.judge(subject, complaints(bundle), f"{len(bundle.manifests)} objects")


def complaints(bundle):
    """PyYAML reads the files; kubectl's own reader what it built: they must agree."""
    expected = [manifest.object for manifest in bundle.manifests]
    try:
        return compare.objects(expected, judges.kustomize_builds(bundle.directory))
    except judges.Refused as refused:
        return [str(refused)]
