#!/usr/bin/env python3
"""Verifies a bundle of a Stint audit log as docs/LOG.md describes it, sharing no code with Stint: the standard library
and `cryptography` for Ed25519. Prints one line of JSON; exits with 0 where the bundle holds, else 3."""
import argparse, base64, datetime, functools, hashlib, json, re, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
CHUNK, B64, N = 4096, r"[A-Za-z0-9+/]", r"(0|[1-9][0-9]{0,14})"
VKEY = re.compile(rf"([^\s+]+)\+([0-9a-f]{{8}})\+({B64}{{44}})")
NOTE = re.compile(rf"(([^\n]+)\n(0|[1-9][0-9]{{0,15}})\n({B64}{{43}}=)\n)\n((?:— [^\n]+\n){{1,16}})")
HEAD = re.compile(rf'\{{"format":"stint-bundle@v([12])","from":{N},"origin":"[^"\\\s]+","size":{N},"to":{N}\}}')
KEPT = re.compile(rf'\{{"note":("(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"),"size":{N}\}}')
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
class Fault(Exception):  # its name, the event, and where it is a run of events, the last of them
    said = property(lambda self: dict(zip(("fault", "seq", "through"), (*self.args, self.args[1])), ok=False))
def need(holds, *fault):
    if not holds: raise Fault(*fault)
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def b64(text):
    try: raw = base64.b64decode(text, validate=True); return raw if base64.b64encode(raw).decode() == text else None
    except ValueError: return None
def read_key(text):
    found = VKEY.fullmatch(text.strip()); raw = found and b64(found[3])
    need(raw and raw[0] == 1 and sha(f"{found[1]}\n".encode(), raw)[:4].hex() == found[2], "key", 0)
    return {"vkey": text.strip(), "name": found[1], "id": found[2], "raw": raw[1:], "after": -1, "until": 2**53}
def open_note(text, keys):
    found = NOTE.fullmatch(text); by = None
    if not found or b64(found[4]) is None: return None
    for line in found[5][:-1].split("\n"):
        parts = re.fullmatch(rf"— ([^ ]+) ({B64}+={{0,2}})", line); raw = parts and b64(parts[2])
        if raw is None: return None
        for key in [k for k in keys if k["name"] == parts[1] and k["id"] == raw[:4].hex()][:1]:
            try: Ed25519PublicKey.from_public_bytes(key["raw"]).verify(raw[4:], found[1].encode())
            except InvalidSignature: return None
            if key["name"] == found[2]: by = by or key
    return by and {"size": int(found[3]), "root": b64(found[4]), "by": by["vkey"]}
class Tree:  # RFC 6962 from left to right: the complete subtrees so far, as (leaves, hash)
    def __init__(self, source):
        self.size, self.node, self.parts = source.start, source.node, list(zip(between(0, source.start), source.left))
    def add(self, value, leaves=1):
        self.size += leaves
        while self.parts and self.parts[-1][0] == leaves:
            value, leaves = sha(b"\1", self.parts.pop()[1], value), leaves * 2
            need(self.node(leaves, self.size) in (NotImplemented, value), "node", self.size - leaves + 1, self.size)
        self.parts.append((leaves, value))
    def root(self):
        return functools.reduce(lambda a, b: sha(b"\1", b, a), [value for _, value in reversed(self.parts)] or [sha()])
def between(start, end):
    while start < end:
        leaves = min(start & -start or end, 1 << ((end - start).bit_length() - 1))
        yield leaves; start += leaves
class Bundle:
    def __init__(self, path):
        self.file = open(path, "rb"); head = HEAD.fullmatch("\n".join(self.lines("stint-bundle.json")))
        version, self.start, self.size, self.end = map(int, head.groups()) if head else (1, 1, 0, 0)
        need(self.start <= self.end <= self.size, "format", 0)
        self.keys, self.checkpoints, self.anchors = self.lines("keys"), self.kept("checkpoints"), self.kept("anchors")
        self.left = self.hashes("left", len(list(between(0, self.start))), 0)
        later = [re.fullmatch(rf"{N} (\{{.+)", line) for line in (self.lines("later") if version == 2 else [])]
        need(all(later), "format", 0); self.later = [(int(one[1]), one[2].encode()) for one in later]
        ends = [self.end, *(seq for seq, _ in self.later), self.size + 1]; need(sorted(set(ends)) == ends, "format", 0)
        self.widths = [leaves for a, b in zip(ends, ends[1:]) for leaves in (*between(a, b - 1), 1)][:-1]
        self.right = self.hashes("right", len(self.widths), 0)
        sizes = [size for size, _ in self.checkpoints]
        need(all(a < b for a, b in zip(sizes, sizes[1:])) and sizes[-1:] == [self.size] and self.keys, "format", 0)
    def next(self, name, seq):  # a ustar header of which every byte is known, the content, and zeros
        head = self.file.read(512); need(re.fullmatch(rb"[0-7]{11}", head[124:135]), "format", seq)
        size = int(head[124:135], 8); made = (name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
            + b"%011o\0" % size + b"0" * 11 + b"\0" + b" " * 8 + b"0" + bytes(100) + b"ustar\x0000").ljust(512, b"\0")
        need(head == made[:148] + b"%06o\0 " % sum(made) + made[156:] and size <= 2**30, "format", seq)
        data = self.file.read(-(-size // 512) * 512)
        need(len(data) % 512 == 0 and len(data) >= size and not any(data[size:]), "format", seq); return data[:size]
    def lines(self, name):
        try: text = self.next(name, 0).decode()
        except UnicodeDecodeError: raise Fault("format", 0)
        need(text == "" or text.endswith("\n"), "format", 0); return text.split("\n")[:-1]
    def kept(self, name):
        found = [KEPT.fullmatch(line) for line in self.lines(name + ".jsonl")]; need(all(found), "format", 0)
        return [(int(one[2]), json.loads(one[1])) for one in found]
    def hashes(self, name, wanted, seq):
        data = self.next(name, seq); need(len(data) == wanted * 32, "format", seq)
        return [data[at:at + 32] for at in range(0, len(data), 32)]
    def entries(self):
        for first in range(self.start, self.end, CHUNK):
            wanted = min(CHUNK, self.end - first); hashes = self.hashes(f"hashes/{first:012}", wanted, first + 1)
            bodies = self.next(f"leaves/{first:012}.jsonl", first + 1).split(b"\n")
            if bodies[-1] == b"": bodies.pop()
            for at, (body, leaf) in enumerate(zip(bodies, hashes)): yield first + at + 1, body, leaf, None
            need(len(bodies) == wanted, "count", first + min(len(bodies), wanted) + 1)
    node = judge_row = lambda self, *_: NotImplemented  # a bundle has neither kept nodes nor rows
    def finish(self): need(self.file.read(1025) == bytes(1024), "format", self.end + 1)
def read_body(seq, raw):
    try:
        body = json.loads(raw.decode(), parse_constant=int)  # NaN and Infinity are no JSON, and no int either
        datetime.datetime.fromisoformat(INSTANT.fullmatch(body["at"])[0][:-1])
        need(type(body["n"]) is int and {type(body["boot"]), type(body["type"])} == {str}, "body", seq); return body
    except (ValueError, TypeError, KeyError): raise Fault("body", seq)
def runs_of(seq, body):  # of events before it, and of no other
    runs = body["runs"] if body["type"] == "log.pruned" else []
    return [range(run["from"], run["to"] + 1) for run in runs if 0 < run["from"] and run["to"] < seq]
def verify(source, given_keys, given_anchors):
    named = [read_key(text) for text in source.keys]; need(named, "key", 0)
    valid, successors, forked, failed = [read_key(text) for text in given_keys] or named, [], set(), []
    marks = sorted([(size, 0, note) for size, note in source.checkpoints] +
        [(size, 1, note) for size, note in source.anchors + given_anchors], key=lambda mark: mark[:2])
    tree, good, met, elsewhere, root, counters, bare, runs = Tree(source), source.start, [0, 0], 0, None, {}, set(), []
    def judge(size, anchor, note):
        need(size == tree.size, "truncated", tree.size + 1, size)
        said = open_note(note, [key for key in valid if key["after"] < size <= key["until"]])
        need(said and said["size"] == size, "signature", size)
        need(said["root"] == tree.root(), "anchor" if anchor else "root", min(good + 1, size), size)
        valid.extend({**key, "after": size} for key, old, at in successors if at == size and said["by"] == old)
    def meet(is_last=False):
        nonlocal good, elsewhere, root
        while marks and (is_last or marks[0][0] <= tree.size):
            size, anchor, note = marks.pop(0)
            if size < tree.size: elsewhere += 1; continue
            try: judge(size, anchor, note); good = size; met[anchor] += 1; root = root if anchor else tree.root()
            except Fault as fault:
                failed.append((note, fault))
                if not anchor: raise
    meet()
    for seq, raw, kept, row in source.entries():
        need(seq == tree.size + 1, "gap", tree.size + 1); leaf = sha(b"\0", raw) if raw else kept
        need(leaf == kept, "leaf", seq); body = read_body(seq, raw) if raw else None; source.judge_row(seq, leaf, body, row)
        if not raw: bare.add(seq); tree.add(leaf); meet(); continue
        before = counters.get(body["boot"], body["n"] - 1); counters[body["boot"]] = body["n"]
        need(body["n"] > before, "order", seq)
        if body["type"] in ("log.key_rotated", "log.forked"):
            for key in valid: key["until"] = min(key["until"], seq if key["vkey"] == body.get("replaces") else 2**53)
            if body.get("handover") is True: successors.append((read_key(body["vkey"]), body["replaces"], seq))
            forked.update(one["sha256"] for one in body.get("accepted", []))
        runs += runs_of(seq, body); tree.add(leaf); meet()
    end = tree.size
    for value, leaves in zip(source.right, source.widths): tree.add(value, leaves)
    for seq, raw in source.later: need(sha(b"\0", raw) in source.right, "leaf", seq); runs += runs_of(seq, json.loads(raw))
    source.finish(); meet(is_last=True); pruned = len(bare); bare.difference_update(*runs)
    for note, fault in failed:
        if sha(note.encode()).hex() not in forked: raise fault
    need(sum(met) or not given_keys, "unsigned", min(1, end), tree.size); need(not bare, "pruned", min(bare, default=0))
    return dict({"from": source.start}, ok=True, to=end, size=source.size, checkpoints=met[0], anchors=met[1],
        anchorsElsewhere=elsewhere, root=(root or tree.root()).hex(), unsigned=max(0, end - source.size), pruned=pruned)
def main(open_source, verify=verify):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--key", "--anchor"): parser.add_argument(name, action="append", default=[])
    parser.add_argument("path"); asked = parser.parse_args()
    held = [json.loads(line) for name in asked.anchor for line in open(name, encoding="utf-8")]
    try: said = verify(open_source(asked.path), asked.key, [(one["size"], one["note"]) for one in held])
    except Fault as fault: said = fault.said
    print(json.dumps(said, sort_keys=True)); sys.exit(0 if said["ok"] else 3)
if __name__ == "__main__": main(Bundle)
