"""What a user does on a Spark Connect server, in pyspark's own client: `connect_session.py URL`.

Run by the Python of one Spark version, not by the checks'. Prints one JSON object.
"""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType


def main(url):
    spark = SparkSession.builder.remote(url).getOrCreate()
    groups = spark.range(100_000).groupBy((F.col("id") % 97).alias("k")).agg(F.sum("id").alias("s"))
    rows = groups.collect()
    twice = F.udf(lambda number: number * 2, LongType())
    doubled = [row.d for row in spark.range(8).select(twice("id").alias("d")).collect()]
    try:
        spark.sql("SELECT raise_error('a \"quoted\"\nsecond line')").collect()
        refused = None
    except Exception as error:
        refused = type(error).__name__
    print(json.dumps({
        "version": spark.version,
        "groups": len(rows),
        "sum": sum(row.s for row in rows),
        "udf": sorted(doubled),
        "error": refused,
        "conf": {key: spark.conf.get(key, None) for key in sys.argv[2:]},
    }))
    spark.stop()


main(sys.argv[1])
