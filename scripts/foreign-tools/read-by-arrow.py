"""read-by-arrow.py TASK ANSWER: all rows of tables of a lake by Arrow's own Parquet reader → JSON.

TASK is JSON: table → {"files": […], "base": folder, "partitions": {name: type}}. ANSWER becomes JSON: of each table its columns with
Arrow's types, and its rows as text: null is null, bytes are hexadecimal, times are microseconds since 1970.
"""
import json
import sys

import pyarrow as pa
import pyarrow.dataset as ds

TYPES = {"varchar": pa.string(), "smallint": pa.int16()}


def as_text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.hex() if isinstance(value, bytes) else str(value)


def read(files, base, partitions):
    schema = pa.schema([(name, TYPES[kind]) for name, kind in partitions.items()])
    by_path = ds.partitioning(schema, flavor="hive")
    table = ds.dataset(files, format="parquet", partition_base_dir=base, partitioning=by_path).to_table()
    columns = [[field.name, str(field.type)] for field in table.schema]
    values = [microseconds(table[name]).to_pylist() for name, _ in columns]
    return {"columns": columns, "rows": [[as_text(value) for value in row] for row in zip(*values)]}


def microseconds(column):
    return column.cast(pa.timestamp("us")).cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


with open(sys.argv[1], encoding="utf-8") as file:
    tables = {name: read(**task) for name, task in json.load(file).items()}
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(tables, file)
