"""Apache Spark, one environment a version: the wheel of pyspark holds the whole distribution."""

import venv

from harness import places
from obtain.commands import download, run
from obtain.judge import Judge, Missing


def _judge(spark):
    def install():
        venv.create(spark.home, with_pip=True, symlinks=True)
        pip = [spark.python, "-m", "pip"]
        # pyspark comes as a source archive; pip builds a wheel of it, which takes half a minute.
        download([*pip, "install", "--quiet", "--no-deps", "-r", spark.requirements])

    def version():
        # What a client imports: a package too few shows here, not in the middle of a check.
        found = run([
            spark.python, "-c",
            "import pyspark, pyspark.sql.connect.session, pandas, pyarrow;"
            "print(pyspark.__version__, 'with pandas', pandas.__version__,"
            "'and pyarrow', pyarrow.__version__)",
        ])
        if found.split()[0] != spark.version:
            raise Missing(f"pyspark is {found}, not {spark.version}")
        return found

    return Judge(f"Spark {spark.minor}", spark.home, install, version)


JUDGES = tuple(_judge(spark) for spark in places.SPARKS.values())
