"""The JSON Schemas of OCSF classes, as `ocsf-json-schema` makes them: version and class numbers in, one JSON object out."""
import json
import sys
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

version, *numbers = sys.argv[1:]
schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version))
print(json.dumps({n: schema.get_class_schema(schema.lookup_class_name_from_uid(int(n))) for n in numbers}))
