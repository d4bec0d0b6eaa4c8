# Runs SQL of a file as DuckDB's shell would. The extensions come from PyPI, because DuckDB's own server is not asked.
import os
import sys

import duckdb
import duckdb_extension_aws
import duckdb_extension_httpfs

store = duckdb.connect()
for name, package in {"httpfs": duckdb_extension_httpfs, "aws": duckdb_extension_aws}.items():
    folder = os.path.join(os.path.dirname(package.__file__), "extensions", f"v{duckdb.__version__}")
    store.execute(f"LOAD '{os.path.join(folder, name + '.duckdb_extension')}'")
with open(sys.argv[1], encoding="utf8") as file:
    print(store.execute(file.read()).fetchall())
