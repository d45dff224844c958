"""Writes a partitioned table of files into an object store and reads it back: `object_store.py URL TABLE`."""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

url, table = sys.argv[1:]
spark = SparkSession.builder.remote(url).getOrCreate()
numbers = spark.range(1_000).withColumn("day", F.col("id") % 3)
numbers.write.mode("overwrite").partitionBy("day").parquet(table)
numbers.where("day = 0").write.mode("append").partitionBy("day").parquet(table)
found = spark.read.parquet(table)
# Spark 3.5's client counts in NumPy's numbers, which JSON does not know.
print(json.dumps({
    "rows": int(found.count()),
    "sum": int(found.agg(F.sum("id")).first()[0]),
    "first": int(found.where("day = 1").count()),
}))
spark.stop()
