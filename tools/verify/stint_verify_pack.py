#!/usr/bin/env python3
"""The same for an evidence pack as docs/EVIDENCE.md describes it: every byte of the archive is one that the manifest
names, the manifest's hash is in an event of the log, and each event in it is in a tree that the log's key signed.
usage: stint_verify_pack.py PACK [--key VKEY]..."""
import re
import stint_verify
from stint_verify import Bundle, Fault, need, open_note, read_event, read_keys, sha

MANIFEST, PROOF, LOG = "00-manifest.json", "00-manifest.proof", "log-checkpoints.json"
SAMPLE, EVENTS = "10-sample-events.jsonl", "log-events.jsonl"
FORMATS = ("stint-pack@v1", "stint-pack@v2", "stint-pack@v3")
TREE, LINE = {"root": str, "size": int}, {"body": str, "index": int, "proof": list}


class Pack(Bundle):
    def __init__(self, path):
        self.file, self.at = open(path, "rb"), MANIFEST

    def read(self, name):
        self.at = name
        return self.next(name, 0)


class Located(Fault):  # and in which file
    def __init__(self, fault, file):
        super().__init__(*fault.args); self.file = file
    said = property(lambda self: {**Fault.said.fget(self), "file": self.file})


def plain(raw):
    """An object of JSON in its one form by RFC 8785, with a line feed."""
    try:
        need(raw[-1:] == b"\n", "format", 0)
        return stint_verify.plain(raw[:-1].decode())
    except ValueError:
        raise Fault("format", 0)


def shaped(value, types):
    """An object with exactly these members, of these types; a number is a whole one, from 0 up to 2^53 - 1."""
    need(type(value) is dict and {name: type(one) for name, one in value.items()} == types, "format", 0)
    return value


def is_hash(text): return re.fullmatch("[0-9a-f]{64}", text)


def hashes(texts):
    need(all(type(one) is str and re.fullmatch(rf"{stint_verify.B64}{{43}}=", one) for one in texts), "proof", 0)
    raw = [stint_verify.b64(text) for text in texts]; need(all(raw), "proof", 0); return raw


def up(old, new, proof, first):
    """RFC 9162 2.1.3.2 and 2.1.4.2: whether a proof ends at a root, that root, and that of the smaller tree beside it."""
    left = right = first
    for one in proof:
        if new == 0: return False, left, right
        if old % 2 == 1 or old == new:
            left, right = sha(b"\1", one, left), sha(b"\1", one, right)
            while old % 2 == 0 and old > 0: old, new = old // 2, new // 2
        else:
            right = sha(b"\1", right, one)
        old, new = old // 2, new // 2
    return new == 0, left, right


def included(line, proof, tree):
    seq, raw = line["index"] + 1, line["body"].encode()
    ends, _, root = up(line["index"], tree["size"] - 1, proof, sha(b"\0", raw))
    need(seq <= tree["size"] and ends and root == tree["root"], "proof", seq)
    return read_event(seq, raw)


def goes_on(start, end, proof):
    need(1 <= start["size"] <= end["size"], "proof", 0)
    old, new, root = start["size"] - 1, end["size"] - 1, bytes.fromhex(start["root"])
    while old % 2 == 1: old, new = old // 2, new // 2
    proof = [root, *proof] if old == 0 else proof; need(proof, "proof", 0)
    need(up(old, new, proof[1:], proof[0]) == (True, root, end["root"]), "proof", 0)


def signed(note, keys, named):
    said = open_note(note, keys)
    need(said["by"] == named and note.split("\n\n", 1)[1].count("\n") == 1, "signature", 0)
    return said


def read_manifest(raw):
    manifest = shaped(plain(raw), {"files": list, "format": str, "key": str, "review": str})
    need(manifest["format"] in FORMATS, "format", 0); last = PROOF
    for one in manifest["files"]:
        shaped(one, {"bytes": int, "name": str, "sha256": str})
        need(re.fullmatch(r"[a-z0-9-]+\.[a-z]+", one["name"]) and len(one["name"]) <= 100, "format", 0)
        need(is_hash(one["sha256"]) and last < one["name"], "format", 0); last = one["name"]
    return manifest


def read_log(raw):
    log = shaped(plain(raw), {"consistency": list, "end": dict, "start": dict})
    shaped(log["end"], {**TREE, "note": str}); shaped(log["start"], TREE)
    need(is_hash(log["end"]["root"]) and is_hash(log["start"]["root"]), "format", 0)
    return log["start"], log["end"], hashes(log["consistency"])


def lines(pack, kept, name, tree):
    pack.at = name; need(name in kept, "format", 0); found, last = [], -1
    *each, rest = kept[name].split(b"\n")
    for raw in each:
        line = shaped(plain(raw + b"\n"), LINE); found.append((line, hashes(line["proof"])))
        need(line["index"] > last, "order", 0); last = line["index"]
    need(rest == b"", "format", 0)
    return [included(line, proof, tree) for line, proof in found]


def judge(pack, given):
    raw = pack.read(MANIFEST); manifest, digest = read_manifest(raw), sha(raw).hex()
    proof = shaped(plain(pack.read(PROOF)), {**LINE, "key": str, "note": str}); path = hashes(proof["proof"])
    packed = included(proof, path, signed(proof["note"], read_keys(given or [proof["key"]]), proof["key"]))
    need((packed["type"], packed.get("review")) == ("review.packed", manifest["review"]), "manifest", 0)
    pack.at = MANIFEST; files = packed.get("files")
    need(packed.get("manifestSha256") == digest and type(files) is int and files == len(manifest["files"]), "manifest", 0)
    kept, sums = {}, {one["name"]: one["sha256"] for one in manifest["files"]}
    for one in manifest["files"]:
        content = pack.read(one["name"])
        need(len(content) == one["bytes"] and sha(content).hex() == one["sha256"], "file", 0)
        if one["name"] in (LOG, EVENTS, SAMPLE): kept[one["name"]] = content
    pack.at = ""; need(pack.file.read(1025) == bytes(1024), "format", 0)
    pack.at = LOG; need(LOG in kept, "format", 0); start, end, consistency = read_log(kept[LOG])
    tree = signed(end["note"], read_keys([manifest["key"]]), manifest["key"])
    need((tree["size"], tree["root"].hex()) == (end["size"], end["root"]), "root", 0)
    goes_on(start, tree, consistency)
    sample, events = lines(pack, kept, SAMPLE, tree), lines(pack, kept, EVENTS, tree)
    own = [one for one in events if one.get("review") == manifest["review"]]
    prepared = [one for one in own if one["type"] == "review.prepared"][-1:]
    sealed = [one for one in own if one["type"] == "review.sealed"]
    for at, of, member in (("03-snapshot.jsonl", prepared, "snapshotSha256"), ("03-outcomes.jsonl", sealed, "itemsSha256")):
        pack.at = at; need(at in sums and [one.get(member) for one in of] == [sums[at]], "record", 0)
    pack.at = LOG; said = prepared[0].get("checkpoint"); need(type(said) is dict, "record", 0)
    need([(type(said.get(name)), said.get(name)) for name in start] == [(type(one), one) for one in start.values()], "record", 0)
    return {"ok": True, "events": len(sample) + len(events), "files": len(sums), "manifest": digest,
        "review": manifest["review"], "root": end["root"], "size": end["size"]}


def verify(pack, keys, anchors=()):
    try: return judge(pack, keys)
    except Fault as fault: raise Located(fault, pack.at)


if __name__ == "__main__":
    stint_verify.main(Pack, verify)
