"""Formats that a process's output must have: JSON lines, Prometheus' text."""

import json
import re

# What the JVM and Spark's scripts print before, or beside, any logging configuration.
_NOT_LOGGED = re.compile(
    r"WARNING: (Using incubator modules|A terminally deprecated|A restricted method|Use --|Restricted)"
    r"|WARNING: .*(sun\.misc\.Unsafe|java\.lang\.System|native)"
    r"|OpenJDK 64-Bit Server VM warning:"
    r"|Picked up (JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS):"
)
_SAMPLE = re.compile(
    r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? (-?[0-9.]+([eE][-+]?[0-9]+)?|NaN|[-+]?Inf)( -?[0-9]+)?"
)


def log_complaints(lines):
    """Each line that is no JSON object, but for what the JVM prints by itself."""
    complaints = []
    for line in lines:
        if not line.strip() or _NOT_LOGGED.match(line):
            continue
        try:
            if not isinstance(json.loads(line), dict):
                raise ValueError
        except ValueError:
            complaints.append(f"no JSON object: {line[:300]}")
    return complaints


def log_entries(lines):
    """The JSON objects among the lines."""
    return [json.loads(line) for line in lines if line.startswith("{")]


def prometheus_complaints(text):
    """Each line that Prometheus would not read; no sample at all is a complaint too."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    complaints = [f"no sample: {line[:200]}" for line in lines if not _SAMPLE.fullmatch(line.strip())]
    return complaints if lines else ["no sample at all"]
