"""`kubectl kustomize` keeps the order of the bundle: what is needed comes before who needs it."""

from harness import compare, judges


def check(session, report):
    for subject, bundle in session.bundles:
        report.judge(subject, complaints(bundle), "kept")


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
