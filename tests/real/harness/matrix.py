"""All that there is to render: environments, scenarios, features and versions of Spark."""

import functools
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.rendering import Broken, find_bundle

_AT_ONCE = 2


@dataclass(frozen=True)
class Combination:
    """What one render is asked for."""

    environment: str
    scenario: str
    features: tuple
    version: str

    @property
    def release(self):
        """What is reported as one line."""
        return f"{self.environment}/{self.scenario}"

    @property
    def arguments(self):
        features = [word for feature in self.features for word in ("--with", feature)]
        return [
            "--env", self.environment, "--preset", self.scenario, *features,
            "--spark-version", self.version,
        ]

    def __str__(self):
        return "+".join([self.release, *self.features]) + f" {self.version}"


class Matrix:
    def __init__(self, sparkctl, directory):
        self.sparkctl = sparkctl
        self.directory = Path(directory)

    @functools.cached_property
    def versions(self):
        """{minor: what the binary knows of it}"""
        listed = json.loads(self.sparkctl.run("list", "versions", "--format", "json", cwd=self._empty()))
        return {facts["version"]: facts for facts in listed}

    @functools.cached_property
    def combinations(self):
        """Every scenario in every environment for every version: alone, with each feature, with all."""
        def names(what):
            return self.sparkctl.names(what, self._empty())

        features = names("features")
        sets = [(), *((feature,) for feature in features), tuple(features)]
        return [
            Combination(environment, scenario, chosen, version)
            for environment in names("environments")
            for scenario in names("presets")
            for chosen in sets
            for version in self.versions
        ]

    def is_refused(self, combination):
        """Iceberg has no runtime for some versions; nothing else excludes anything else."""
        return "iceberg" in combination.features and self.versions[combination.version]["iceberg"] is None

    def render(self, combination, **surroundings):
        """Its bundle, by a render that runs in an empty directory and writes into another."""
        cwd, out = self._empty(), self._empty() / "rendered"
        self.sparkctl.run("render", *combination.arguments, "--out", out, cwd=cwd, **surroundings)
        if left := sorted(path.name for path in cwd.iterdir()):
            raise Broken(f"render left {', '.join(left)} in the directory it was run in")
        return find_bundle(out, combination.environment)

    def images(self, environment, scenario, features, version):
        """{name: what `sparkctl image --list` says} of a release's images."""
        asked = Combination(environment, scenario, tuple(features), version).arguments
        listed = json.loads(self.sparkctl.run("image", "--list", *asked, "--format", "json", cwd=self._empty()))
        return {entry["image"]["name"]: entry["image"] for entry in listed}

    @functools.cached_property
    def rendered(self):
        """The bundle of each combination that is not refused, or what went wrong."""
        wanted = [c for c in self.combinations if not self.is_refused(c)]

        def attempt(combination):
            try:
                return self.render(combination)
            except Broken as broken:
                return broken

        return dict(zip(wanted, together(attempt, wanted)))

    @functools.cached_property
    def bundles(self):
        """{`environment/scenario`: {combination: bundle}} of all that rendered."""
        found = {}
        for combination, bundle in self.rendered.items():
            if not isinstance(bundle, Broken):
                found.setdefault(combination.release, {})[combination] = bundle
        if not found:
            raise Broken("no bundle to judge")
        return found

    def _empty(self):
        return Path(tempfile.mkdtemp(prefix="render-", dir=self.directory))


def together(function, arguments):
    """What `function` answers for each, in order, as many at once as this machine can."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(function, arguments))
