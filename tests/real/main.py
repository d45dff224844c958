"""Runs the checks: each module in `checks/` has one function, `check(session, report)`."""

import argparse
import functools
import importlib
import os
import pkgutil
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import checks
from harness import places
from harness.judges import Refused
from harness.matrix import Combination, Matrix
from harness.places import Unset
from harness.rendering import Broken, Sparkctl
from harness.report import Tally


class Session:
    """What the checks share in one run: the binary, a directory to fill, what was rendered."""

    def __init__(self, binary, directory):
        self.directory = directory
        self.sparkctl = Sparkctl(binary, self.new_directory("home"))

    def new_directory(self, name):
        """An empty directory of that name, or of one like it."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.directory))

    @functools.cached_property
    def matrix(self):
        """All that there is to render, rendered when it is first asked for."""
        return Matrix(self.sparkctl, self.new_directory("matrix"))

    @functools.cache
    def bundle(self, environment, scenario, *features, version):
        """One bundle, for checks that run what is in it."""
        return self.matrix.render(Combination(environment, scenario, features, version))


def main():
    arguments = _arguments()
    if not os.access(arguments.binary, os.X_OK):
        sys.exit(f"error: {arguments.binary} cannot be run; `cargo build --release` makes it")
    started = time.monotonic()
    directory = Path(tempfile.mkdtemp(prefix="sparkctl-real-"))
    tally = Tally()
    try:
        session = Session(arguments.binary, directory)
        for name in arguments.checks or _all_checks():
            _run(name, session, tally.of(name))
    finally:
        if arguments.keep:
            print(f"kept: {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory)
    print(f"real tools: {time.monotonic() - started:.1f} s", file=sys.stderr)
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    sys.exit(tally.exit_status())


def _run(name, session, report):
    """One check; one that breaks down, or that says nothing, has failed."""
    started = time.monotonic()
    before = report.tally.passed + report.tally.failed
    try:
        importlib.import_module(f"checks.{name}").check(session, report)
    except (Broken, Refused, Unset) as error:
        report.fail("the check itself", "cannot judge", str(error))
    except Exception:
        report.fail("the check itself", "breaks down", traceback.format_exc())
    if report.tally.passed + report.tally.failed == before:
        report.fail("the check itself", "has judged nothing")
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    sys.stdout.flush()


def _all_checks():
    return [module.name for module in pkgutil.iter_modules(checks.__path__)]


def _arguments():
    target = Path(os.environ.get("CARGO_TARGET_DIR") or places.REPOSITORY / "target")
    parser = argparse.ArgumentParser(prog="tests/real/run")
    parser.add_argument("--binary", type=Path, default=target / "release" / "sparkctl")
    parser.add_argument("--keep", action="store_true", help="keep what was rendered, and say where")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(_all_checks()))
    arguments = parser.parse_args()
    if unknown := set(arguments.checks) - set(_all_checks()):
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    main()
