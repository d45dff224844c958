"""SARIF as GitLab's Code Quality report, which merge requests show: ci/code_quality.py FILE"""

import json
import sys

SEVERITIES = {"error": "critical", "warning": "minor", "note": "info"}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        log = json.load(file)
    results = [result for run in log["runs"] for result in run["results"]]
    json.dump([issue(result) for result in results], sys.stdout, indent=2)


def issue(result):
    place = result["locations"][0]["physicalLocation"]
    return {
        "description": result["message"]["text"],
        "check_name": result["ruleId"],
        "fingerprint": "-".join(result["partialFingerprints"].values()),
        "severity": SEVERITIES.get(result.get("level"), "info"),
        "location": {
            "path": place["artifactLocation"]["uri"],
            "lines": {"begin": place.get("region", {}).get("startLine", 1)},
        },
    }


main()
