"""Tables in the rendered metastore, Hive's and Iceberg's: `tables.py URL SCHEMA`, prints what is read back."""

import json
import sys

from pyspark.sql import SparkSession

url, schema = sys.argv[1:]
spark = SparkSession.builder.remote(url).getOrCreate()
for statement in (
    f"CREATE DATABASE {schema}",
    f"CREATE TABLE {schema}.orders (id BIGINT, price DOUBLE) PARTITIONED BY (day STRING) STORED AS PARQUET",
    f"INSERT INTO {schema}.orders PARTITION (day = 'monday') VALUES (1, 1.5), (2, 2.5)",
    f"INSERT INTO {schema}.orders PARTITION (day = 'tuesday') VALUES (3, 3.5)",
    f"CREATE TABLE lake.{schema}.events (id BIGINT, name STRING) USING iceberg",
    f"INSERT INTO lake.{schema}.events VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    f"DELETE FROM lake.{schema}.events WHERE id = 2",
    f"MERGE INTO lake.{schema}.events t USING (SELECT 3L AS id, 'drei' AS name) s ON t.id = s.id"
    " WHEN MATCHED THEN UPDATE SET name = s.name",
):
    spark.sql(statement).collect()
orders = spark.sql(f"SELECT id FROM {schema}.orders WHERE day = 'monday' ORDER BY id").collect()
events = spark.sql(f"SELECT id, name FROM lake.{schema}.events ORDER BY id").collect()
[where] = spark.sql(f"DESCRIBE DATABASE {schema}").where("info_name = 'Location'").collect()
print(json.dumps({
    "orders": [int(row.id) for row in orders],
    "events": {str(row.id): row.name for row in events},
    "location": where.info_value,
}))
spark.stop()
