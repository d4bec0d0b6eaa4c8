"""Runs the verifiers of tools/verify over many logs in one process: a line of JSON in, a line of JSON out."""
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/verify"))
import stint_verify, stint_verify_database, stint_verify_pack
for line in sys.stdin:
    asked = json.loads(line)
    kind = stint_verify_database.Database if asked["path"].endswith(".db") else stint_verify.Bundle
    anchors = [(one["size"], one["note"]) for one in asked["anchors"]]
    try:
        said = (stint_verify_pack.verify(stint_verify_pack.Pack(asked["path"]), asked["keys"]) if asked.get("pack")
            else stint_verify.verify(kind(asked["path"]), asked["keys"], anchors))
    except stint_verify.Fault as fault:
        said = fault.said
    except Exception as thrown:  # no verdict: whoever asked sees that none came
        said = {"crash": repr(thrown)}
    print(json.dumps(said))
