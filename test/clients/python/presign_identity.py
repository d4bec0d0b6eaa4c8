# Prints a presigned GET of GetCallerIdentity, as who proves to somebody else who it is (EKS tokens, Vault), made by botocore
# with its default credential chain. The first argument is for how many seconds.
import sys

import boto3

client = boto3.client("sts")
print(client.generate_presigned_url("get_caller_identity", ExpiresIn=int(sys.argv[1]), HttpMethod="GET"))
