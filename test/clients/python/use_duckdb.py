# Writes and reads one Parquet file with DuckDB and its own credential chain (extension `aws`); says as one line of JSON
# how it went. The extensions come from PyPI, because DuckDB's own server is not asked.
import json
import os
import sys
import time

import duckdb
import duckdb_extension_aws
import duckdb_extension_httpfs

bucket, key = sys.argv[1:]
NAMES = {"httpfs": duckdb_extension_httpfs, "aws": duckdb_extension_aws}


def use():
    store = duckdb.connect()
    for name, package in NAMES.items():
        folder = os.path.join(os.path.dirname(package.__file__), "extensions", f"v{duckdb.__version__}")
        store.execute(f"LOAD '{os.path.join(folder, name + '.duckdb_extension')}'")
    endpoint = os.environ["AWS_ENDPOINT_URL_S3"]
    host, tls = endpoint.split("://")[1], endpoint.startswith("https")
    # REFRESH auto: asked again when the store says that the key is no more.
    store.execute(
        f"CREATE SECRET (TYPE s3, PROVIDER credential_chain, CHAIN 'process', ENDPOINT '{host}', REFRESH auto,"
        f" URL_STYLE 'path', USE_SSL {str(tls).lower()}, REGION '{os.environ['AWS_REGION']}')"
    )
    text = ""
    for i in range(int(os.environ.get("CLIENT_REPEAT", "1"))):
        if i > 0:
            time.sleep(int(os.environ.get("CLIENT_PAUSE_MS", "0")) / 1000)
        written = f"SELECT 'written by duckdb, {i}' AS text"
        store.execute(f"COPY ({written}) TO 's3://{bucket}/{key}' (FORMAT parquet)")
        text = store.execute(f"SELECT text FROM read_parquet('s3://{bucket}/{key}')").fetchone()[0]
    return text


try:
    answer = {"ok": True, "text": use()}
except Exception as error:  # noqa: BLE001: whatever it is, it is what a user would see
    answer = {"ok": False, "code": type(error).__name__, "message": str(error)}
print(json.dumps(answer))
