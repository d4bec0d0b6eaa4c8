# Writes and reads one object with boto3 and its default credential chain, as often as asked; says as one line of JSON
# how it went. Everything else comes from the AWS_* environment.
import json
import os
import sys
import time

import boto3
from botocore.exceptions import ClientError

bucket, key = sys.argv[1:]


def use():
    client = boto3.client("s3")
    text = ""
    for i in range(int(os.environ.get("CLIENT_REPEAT", "1"))):
        if i > 0:
            time.sleep(int(os.environ.get("CLIENT_PAUSE_MS", "0")) / 1000)
        client.put_object(Bucket=bucket, Key=key, Body=f"written by boto3, {i}".encode())
        text = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return text


try:
    answer = {"ok": True, "text": use()}
except ClientError as error:
    answer = {"ok": False, "code": error.response["Error"]["Code"], "message": str(error)}
except Exception as error:  # noqa: BLE001: whatever it is, it is what a user would see
    answer = {"ok": False, "code": type(error).__name__, "message": str(error)}
print(json.dumps(answer))
