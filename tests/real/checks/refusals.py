"""What cannot work is refused: with exit status 1, by the one rule that says why, and nothing is written."""

import json

from harness.matrix import together

RULE = "ref/refused-combination"


def check(session, report):
    matrix = session.matrix
    refused = [c for c in matrix.combinations if matrix.is_refused(c)]
    if not refused:
        report.fail("all versions", "none is refused with Iceberg: nothing was judged")

    def judged(combination):
        cwd = session.new_directory("refusal")
        asked = [*combination.arguments, "--format", "json", "--out", cwd / "rendered"]
        done = session.sparkctl.ask("render", *asked, cwd=cwd)
        return [f"{combination}: {words}" for words in complaints(done, sorted(cwd.iterdir()))]

    found = dict(zip(refused, together(judged, refused)))
    for version in dict.fromkeys(c.version for c in refused):
        of_version = [words for c, words in found.items() if c.version == version]
        report.judge(f"Spark {version}", sum(of_version, []), f"{len(of_version)} combinations, by {RULE} alone")


def complaints(done, written):
    """About a render that should have been refused."""
    if done.returncode != 1:
        return [f"exits {done.returncode}, not 1"]
    found = [f"writes {path.name}" for path in written]
    errors = {
        finding["rule"]
        for finding in json.loads(done.stdout or done.stderr)["findings"]
        if finding["severity"] == "error"
    }
    if errors != {RULE}:
        found.append(f"is refused by {', '.join(sorted(errors)) or 'nothing'}")
    return found
