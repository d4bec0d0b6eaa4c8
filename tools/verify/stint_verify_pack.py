#!/usr/bin/env python3
"""The same for an evidence pack as docs/EVIDENCE.md describes it: every byte of the archive is one that the manifest
names, the manifest's hash is in an event of the log, and each event in it is in a tree that the log's key signed.
usage: stint_verify_pack.py PACK [--key VKEY]..."""
import json
import stint_verify
from stint_verify import Bundle, Fault, need, open_note, read_key, sha


class Pack(Bundle):
    def __init__(self, path):
        self.file, self.at = open(path, "rb"), "00-manifest.json"

    def read(self, name):
        self.at = name
        return self.next(name, 0)


class Located(Fault):  # and in which file
    def __init__(self, fault, file):
        super().__init__(*fault.args); self.file = file
    said = property(lambda self: {**Fault.said.fget(self), "file": self.file})


def plain(raw, seq=0):
    """JSON in the one form that it has by RFC 8785; nothing in it may be written in another way."""
    try:
        value = json.loads(raw.decode(), parse_float=int, parse_constant=int)
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"
        if isinstance(value, dict) and text.encode() == raw: return value
    except ValueError:
        pass
    raise Fault("format", seq)


def b64(texts):
    raw = [stint_verify.b64(text) for text in texts]
    need(all(one is not None and len(one) == 32 for one in raw), "proof", 0)
    return raw


def up(old, new, proof, first, second=None):
    """RFC 9162 2.1.3.2 and 2.1.4.2: the root that a proof leads to, and that of the smaller tree beside it."""
    left = right = first
    for one in proof:
        need(new > 0, "proof", 0)
        if old % 2 == 1 or old == new:
            left, right = sha(b"\1", one, left), sha(b"\1", one, right)
            while old % 2 == 0 and old > 0: old, new = old // 2, new // 2
        else:
            right = sha(b"\1", right, one)
        old, new = old // 2, new // 2
    return new == 0, left, right


def included(line, tree):
    seq = line["index"] + 1
    need(0 < seq <= tree["size"], "proof", seq)
    try: ends, _, root = up(line["index"], tree["size"] - 1, b64(line["proof"]), sha(b"\0", line["body"].encode()))
    except Fault: raise Fault("proof", seq)
    need(ends and root == tree["root"], "proof", seq)
    return json.loads(line["body"])


def goes_on(start, end, proof):
    proof, old, new = b64(proof), start["size"] - 1, end["size"] - 1
    while old % 2 == 1: old, new = old // 2, new // 2
    first = [bytes.fromhex(start["root"])] if old == 0 else []
    need(first + proof and 0 <= start["size"] <= end["size"], "proof", 0)
    ends, left, right = up(old, new, (first + proof)[1:], (first + proof)[0])
    need(ends and left.hex() == start["root"] and right == end["root"], "proof", 0)


def signed(note, keys, named):
    said = open_note(note, keys)
    need(said and said["by"] == named and note.split("\n\n", 1)[1].count("\n") == 1, "signature", 0)
    return said


def judge(pack, given):
    raw = pack.read("00-manifest.json"); manifest = plain(raw); digest = sha(raw).hex()
    need(set(manifest) == {"files", "format", "key", "review"} and manifest["format"] in ("stint-pack@v1", "stint-pack@v2"), "format", 0)
    names = [one["name"] for one in manifest["files"]]
    need(names == sorted(set(names)), "format", 0)
    proof = plain(pack.read("00-manifest.proof"))
    need(set(proof) == {"body", "index", "key", "note", "proof"}, "format", 0)
    trusted = [read_key(text) for text in given or [proof["key"]]]
    packed = included(proof, signed(proof["note"], trusted, proof["key"]))
    need((packed["type"], packed["review"]) == ("review.packed", manifest["review"]), "manifest", 0)
    pack.at = "00-manifest.json"
    need((packed["manifestSha256"], packed["files"]) == (digest, len(names)), "manifest", 0)
    kept, hashes = {}, {}
    for one in manifest["files"]:
        content = pack.read(one["name"]); hashes[one["name"]] = sha(content).hex()
        need(len(content) == one["bytes"] and hashes[one["name"]] == one["sha256"], "file", 0)
        if one["name"] in ("log-checkpoints.json", "log-events.jsonl", "10-sample-events.jsonl"): kept[one["name"]] = content
    pack.at = ""; need(pack.file.read(1025) == bytes(1024), "format", 0)
    pack.at = "log-checkpoints.json"; log = plain(kept[pack.at])
    tree = signed(log["end"]["note"], [read_key(manifest["key"])], manifest["key"])
    need((tree["size"], tree["root"].hex()) == (log["end"]["size"], log["end"]["root"]), "root", 0)
    goes_on(log["start"], tree, log["consistency"])
    events = lines(pack, kept, "10-sample-events.jsonl", tree); count = len(events)
    events = lines(pack, kept, "log-events.jsonl", tree); count += len(events)
    own = [one for one in events if one.get("review") == manifest["review"]]
    prepared = [one for one in own if one["type"] == "review.prepared"][-1:]
    sealed = [one for one in own if one["type"] == "review.sealed"]
    pack.at = "03-snapshot.jsonl"
    need(prepared and prepared[0]["snapshotSha256"] == hashes.get(pack.at), "record", 0)
    pack.at = "03-outcomes.jsonl"
    need(len(sealed) == 1 and sealed[0]["itemsSha256"] == hashes.get(pack.at), "record", 0)
    pack.at = "log-checkpoints.json"; need(prepared[0]["checkpoint"] == log["start"], "record", 0)
    return {"ok": True, "events": count, "files": len(names), "manifest": digest, "review": manifest["review"],
        "root": tree["root"].hex(), "size": tree["size"]}


def lines(pack, kept, name, tree):
    pack.at = name; found = [plain(line + b"\n") for line in kept[name].split(b"\n")[:-1]]
    need(all(a["index"] < b["index"] for a, b in zip(found, found[1:])), "order", 0)
    return [included(line, tree) for line in found]


def verify(pack, keys, anchors=()):
    try: return judge(pack, keys)
    except Fault as fault: raise Located(fault, pack.at)
    except (AttributeError, KeyError, TypeError, ValueError):  # a member that is not there, or is something else
        raise Located(Fault("format", 0), pack.at)


if __name__ == "__main__":
    stint_verify.main(Pack, verify)
