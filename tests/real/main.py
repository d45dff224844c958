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
from harness.places import Unset
from harness.rendering import Broken, Sparkctl, find_bundle
from harness.report import Tally


class Session:
    """What the checks share in one run: the binary, a directory to fill, the rendered bundles."""

    def __init__(self, binary, directory):
        self.directory = directory
        self.sparkctl = Sparkctl(binary, self.new_directory("home"))

    def new_directory(self, name):
        """An empty directory of that name, or of one like it."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.directory))

    @functools.cached_property
    def pairs(self):
        """Every environment with every preset, as the binary lists them."""
        cwd = self.new_directory("list")
        environments = self.sparkctl.names("environments", cwd)
        presets = self.sparkctl.names("presets", cwd)
        return [(environment, preset) for environment in environments for preset in presets]

    def render(self, environment, preset, **surroundings):
        """The bundle of a render that runs in an empty directory and writes into another."""
        cwd, out = self.new_directory("empty"), self.new_directory("out") / "rendered"
        arguments = ["render", "--env", environment, "--preset", preset, "--out", out]
        self.sparkctl.run(*arguments, cwd=cwd, **surroundings)
        if left := sorted(path.name for path in cwd.iterdir()):
            raise Broken(f"render left {', '.join(left)} in the directory it was run in")
        return find_bundle(out, environment)

    @functools.cached_property
    def rendered(self):
        """The bundle of each pair, or what went wrong."""
        rendered = {}
        for pair in self.pairs:
            try:
                rendered[pair] = self.render(*pair)
            except Broken as broken:
                rendered[pair] = broken
        return rendered

    @functools.cached_property
    def bundles(self):
        """(`environment/preset`, bundle) for all that rendered; `bundles` reports the others."""
        found = [
            (f"{environment}/{preset}", bundle)
            for (environment, preset), bundle in self.rendered.items()
            if not isinstance(bundle, Broken)
        ]
        if not found:
            raise Broken("no bundle to judge")
        return found


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
    before = report.tally.passed + report.tally.failed
    try:
        importlib.import_module(f"checks.{name}").check(session, report)
    except (Broken, Refused, Unset) as error:
        report.fail("the check itself", "cannot judge", str(error))
    except Exception:
        report.fail("the check itself", "breaks down", traceback.format_exc())
    if report.tally.passed + report.tally.failed == before:
        report.fail("the check itself", "has judged nothing")
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
