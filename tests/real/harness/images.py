"""What stands in for the image of a container: the same programs at other paths."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from harness import artifacts, debian_programs, pythons
from harness.stage import ADDRESS, machine_environment


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
        # The image's hands on to any command that is not its own.
        self.entry_point = script(Path(directory) / "entrypoint.sh", 'exec "$@"')
        jars = self.home / "jars"
        jars.mkdir()
        provided = [need["name"] for need in listed["provides"]] if listed["built"] else []
        sections = [f"{_SECTIONS[need]}-{spark.minor}" for need in provided if need in _SECTIONS]
        added = [jar for section in sections for jar in artifacts.jars(section)]
        for jar in [*spark.distribution.glob("jars/*.jar"), *added]:
            (jars / jar.name).symlink_to(jar)

    def replace_paths(self, replacements):
        why = "the wheel stands in for the image"
        replacements.path("/opt/entrypoint.sh", self.entry_point, why)
        replacements.path("/opt/spark", self.home, why)

    def environment(self):
        """As the Dockerfile sets it; the first python3 on the path is the one with pyspark."""
        machine = machine_environment()
        return machine | {
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": ADDRESS,
            "PATH": f"{self.spark.home}/bin:{machine['PATH']}",
        }

    def working_directory(self, root):
        work = root / "opt/spark/work-dir"
        work.mkdir(parents=True, exist_ok=True)
        return work


class NotebookImage:
    """apache/spark as notebooks see it: its Python, and in /opt/spark/python the sources of pyspark."""

    def __init__(self, spark, directory):
        self.python = Path(directory) / "spark-python"
        self.programs = Path(directory) / "bin"
        for made in (self.python, self.programs):
            made.mkdir()
        (self.python / "pyspark").symlink_to(spark.distribution)
        # Not a link: a Python looks for its library from where it is.
        python = pythons.find(pythons.of_image(spark))
        script(self.programs / "python3", f'exec {python} "$@"')
        self.init = script(self.programs / "tini", 'shift; exec "$@"')

    def replace_paths(self, replacements):
        why = "the machine's Python stands in for the image"
        replacements.path("/opt/spark/python", self.python, why)
        replacements.path("/usr/bin/tini", self.init, why)

    def environment(self):
        machine = machine_environment()
        return machine | {"PATH": f"{self.programs}:{machine['PATH']}"}

    def working_directory(self, root):
        return root


class HiveImage:
    """The distribution of Hive's metastore, with the parts of Hadoop that the image has whole.

    In it are no scripts that work without a whole Hadoop: two of two lines stand in for them, and take
    from the environment what Hive's own do.
    """

    _CLASSES = {
        "schematool": "org.apache.hadoop.hive.metastore.tools.schematool.MetastoreSchemaTool",
        "hive": "org.apache.hadoop.hive.metastore.HiveMetaStore",
    }

    def __init__(self, directory, spark_minor):
        [self.home] = artifacts.directory("metastore").glob("apache-hive-metastore-*-bin")
        self.jars = artifacts.jars("metastore") + artifacts.jars("metastore-s3a")
        self.extra = artifacts.directory(f"jdbc-{spark_minor}")
        self.programs = Path(directory) / "hive-bin"
        self.programs.mkdir()
        for program, main in self._CLASSES.items():
            script(self.programs / program, self._java(main, program))

    def _java(self, main, program):
        """`hive` is only ever asked for the service, and hands nothing on."""
        own = ":".join([f"{self.home}/lib/*", *map(str, self.jars)])
        words = ' "$@"' if program == "schematool" else ""
        return (
            f'exec {shutil.which("java")} $HADOOP_CLIENT_OPTS'
            ' -Dlog4j2.configurationFile="$HIVE_CONF_DIR/hive-log4j2.properties"'
            f' -cp "$HIVE_CONF_DIR:$HADOOP_CLASSPATH:{own}" {main}{words}'
        )

    def replace_paths(self, replacements):
        why = "the distribution from Maven stands in for the image"
        replacements.path("/opt/hive/bin", self.programs, why)
        replacements.path("/opt/hive/lib-extra", self.extra, why)

    def environment(self):
        return machine_environment() | {"METASTORE_HOME": str(self.home)}

    def working_directory(self, root):
        return root


class NginxImage:
    """The machine's own nginx."""

    def replace_paths(self, replacements):
        why = "the machine's nginx is older, or runs as root"
        if _version() < (1, 25, 1):
            replacements.word("http2 on;", "", why)
            replacements.word(" ssl;", " ssl http2;", why)
        if os.geteuid() == 0:
            replacements.word("daemon off;", "daemon off; user root;", why)

    def environment(self):
        machine = machine_environment()
        return machine | {"PATH": f"{machine['PATH']}:/usr/sbin"}

    def working_directory(self, root):
        return root


def script(file, text):
    """A program of one line."""
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def _version():
    done = subprocess.run([debian_programs.nginx(), "-v"], capture_output=True, text=True, timeout=30)
    return tuple(map(int, re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", done.stderr).groups()))
