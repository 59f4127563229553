"""read-by-spark.py TASK ANSWER: tables and statements by Spark in this process (local mode) → JSON.

TASK is JSON: `setup` (statements), `tables` (names), `statements` (name → SQL), `scratch` (a folder). ANSWER becomes JSON: of each
table its columns with Spark's types and its number of rows, of each statement its rows.
"""
import json
import sys

from pyspark.sql import SparkSession

with open(sys.argv[1], encoding="utf-8") as file:
    task = json.load(file)

SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.local.dir": task["scratch"],
    "spark.sql.warehouse.dir": task["scratch"] + "/warehouse",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    # A backslash in a literal is a backslash, as in standard SQL.
    "spark.sql.parser.escapedStringLiterals": "true",
}
builder = SparkSession.builder.master("local[2]").appName("mail-tls-census")
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
try:
    for statement in task["setup"]:
        spark.sql(statement)
    tables = {}
    for name in task["tables"]:
        table = spark.table(name)
        columns = [[field.name, field.dataType.simpleString()] for field in table.schema.fields]
        partitions = [column.name for column in spark.catalog.listColumns(name) if column.isPartition]
        tables[name] = {"columns": columns, "partitions": partitions, "rows": table.count()}
    answers = {name: [list(row) for row in spark.sql(sql).collect()] for name, sql in task["statements"].items()}
finally:
    spark.stop()

with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump({"tables": tables, "answers": answers}, file)
