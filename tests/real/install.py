"""Obtains every judge, by name and exact version, from the registries; proves that each one runs.

Progress goes to standard error; the one line on standard output is the Python to run the checks
with. What is in the cache already is proved again and reused; what is broken there is made anew.
"""

import contextlib
import fcntl
import shutil
import sys
import time

from harness import places
from obtain import JUDGES
from obtain.judge import Missing


def main():
    places.CACHE.mkdir(parents=True, exist_ok=True)
    try:
        with _alone():
            for judge in JUDGES:
                _obtain(judge)
    except Missing as missing:
        sys.exit(f"error: {missing}")
    print(places.PYTHON)


def _obtain(judge):
    started = time.monotonic()
    answer = None
    if judge.home is None or (judge.home / "complete").exists():
        with contextlib.suppress(Missing, OSError, ValueError):
            answer = judge.version()
    fresh = answer is None
    if fresh:
        answer = _install(judge)
    how = f"installed in {time.monotonic() - started:.0f} s" if fresh else "was there"
    print(f"  {judge.name}: {answer} ({how})", file=sys.stderr, flush=True)


def _install(judge):
    if judge.home is None:
        judge.install()
        return judge.version()
    shutil.rmtree(judge.home, ignore_errors=True)
    judge.home.mkdir()
    judge.install()
    answer = judge.version()
    (judge.home / "complete").touch()
    return answer


@contextlib.contextmanager
def _alone():
    """Two runs on one machine must not fill the same directory at once."""
    with open(places.CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
