"""What stands in for the image of a container: the same programs at other paths."""

import shutil
from pathlib import Path

from harness import artifacts
from harness.stage import machine_environment


# Sections of artifacts by what `sparkctl image` says that an image of one's own provides. `s3a` there is
# the whole AWS SDK, hundreds of megabytes of it; what pods fetch are the parts that S3A uses.
_SECTIONS = {"s3a": "s3aSlim", "committers": "committers", "iceberg": "iceberg", "connect": "connect"}


class SparkImage:
    """apache/spark from PyPI's wheel, with the jars that an image of one's own would add."""

    def __init__(self, spark, directory, listed):
        """`listed` is what `sparkctl image --list` says of it."""
        self.spark = spark
        self.home = Path(directory) / f"spark-{spark.version}"
        self.home.mkdir()
        for part in spark.distribution.iterdir():
            if part.name in ("bin", "sbin", "examples", "data", "licenses", "python"):
                (self.home / part.name).symlink_to(part)
        jars = self.home / "jars"
        jars.mkdir()
        provided = [need["name"] for need in listed["provides"]] if listed["built"] else []
        sections = [f"{_SECTIONS[need]}-{spark.minor}" for need in provided if need in _SECTIONS]
        added = [jar for section in sections for jar in artifacts.jars(section)]
        for jar in [*spark.distribution.glob("jars/*.jar"), *added]:
            (jars / jar.name).symlink_to(jar)

    def replace_paths(self, replacements):
        replacements.path("/opt/spark", self.home, "the wheel stands in for the image")

    def command(self, words):
        """The image's entry point hands on to any command that is not its own."""
        if words[0] == "/opt/entrypoint.sh":
            return words[1:]
        return words

    def environment(self):
        """As the Dockerfile sets it; the first python3 on the path is the one with pyspark."""
        machine = machine_environment()
        return machine | {
            "SPARK_HOME": str(self.home),
            "PATH": f"{self.spark.home}/bin:{machine['PATH']}",
        }

    def working_directory(self, root):
        work = root / "opt/spark/work-dir"
        work.mkdir(parents=True, exist_ok=True)
        return work


class HiveImage:
    """The distribution of Hive's metastore, with the parts of Hadoop and the driver that it needs."""

    CLASSES = {
        "schematool": "org.apache.hadoop.hive.metastore.tools.schematool.MetastoreSchemaTool",
        "start-metastore": "org.apache.hadoop.hive.metastore.HiveMetaStore",
    }

    def __init__(self, sections=("metastore-s3a",)):
        [self.home] = artifacts.directory("metastore").glob("apache-hive-metastore-*-bin")
        self.jars = [*artifacts.jars("metastore")]
        for section in sections:
            self.jars += artifacts.jars(section)

    def class_path(self, configuration):
        return ":".join([str(configuration), f"{self.home}/lib/*", *map(str, self.jars)])

    def java(self, program, configuration, *options):
        """What the distribution's script of that name comes to, without a Hadoop around it."""
        return [
            shutil.which("java"), "-Xmx512m", *options, "-cp", self.class_path(configuration),
            self.CLASSES[program],
        ]

    def environment(self):
        return machine_environment() | {"METASTORE_HOME": str(self.home)}
