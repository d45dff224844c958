"""Commands that obtain judges: run with a bound, and once more where a network is needed."""

import os
import subprocess
import sys
import time
from pathlib import Path

from obtain.judge import Missing


def download(command, **variables):
    """Runs what needs a registry; once more if it fails, for networks do."""
    try:
        run(command, **variables)
    except Missing as first:
        print(f"  once more, after: {first}", file=sys.stderr)
        time.sleep(5)
        run(command, **variables)


def run(command, **variables):
    """What it printed; its ending with an error means that the judge is missing."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1200,
            env={**os.environ, **variables},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"cannot run {Path(command[0]).name}: {error}") from error
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise Missing(f"`{words}` failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    # Some tell their version on standard error.
    return done.stdout.strip() or done.stderr.strip()
