#!/usr/bin/env python3
"""Verifies a bundle of a Stint audit log as docs/LOG.md describes it, sharing no code with Stint: the standard library
and `cryptography` for Ed25519. Prints one line of JSON; exits with 0 where the bundle holds, else 3."""
import argparse, base64, datetime, decimal, functools, hashlib, itertools, json, re, sys
import cryptography.exceptions, cryptography.hazmat.primitives.asymmetric.ed25519 as ed25519
CHUNK, LARGEST, DEEPEST, ROTATED, FORKED, PRUNED = 4096, 500_000_000, 64, "log.key_rotated", "log.forked", "log.pruned"
NAME, B64, N = r"[\x21-\x2a\x2c-\x7e]+", r"[A-Za-z0-9+/]", r"(0|[1-9][0-9]{0,14})"
VKEY = re.compile(rf"({NAME})\+([0-9a-f]{{8}})\+({B64}{{44}})")
NOTE = re.compile(rf"(({NAME})\n(0|[1-9][0-9]{{0,15}})\n({B64}{{43}}=)\n)\n((?:— [^\n]+\n){{1,16}})")
LINE = re.compile(rf"— ({NAME}) ((?:{B64}{{4}})*(?:{B64}{{2}}==|{B64}{{3}}=)?)")
HEAD = re.compile(rf'\{{"format":"stint-bundle@v([12])","from":{N},"origin":"([^"\\+]+)","size":{N},"to":{N}\}}')
KEPT = re.compile(rf'\{{"note":("(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"),"size":{N}\}}')
INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z")
TEXT = r'"[^"\\]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\]*)*"'
class Fault(ValueError): said = property(lambda self: dict(zip(("fault", "seq", "through"), (*self.args, self.args[1])), ok=False))
def need(holds, *fault):  # its name, the event, and where it is a run of events, the last of them
    if not holds: raise Fault(*fault)
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def b64(text): raw = base64.b64decode(text); return raw if base64.b64encode(raw).decode() == text else b""
def number(text):  # as RFC 8785 writes it; only whole ones that a double has without loss are looked at, and the rest is None
    exact = decimal.Decimal(repr(float(text) or 0.0)).normalize(); form = "f" if -7 < exact.adjusted() < 21 else "e"
    need(text == format(exact, form), "format", 0); return int(text) if text.isdigit() and exact < 2**53 else None
def members(pairs):  # each once, by UTF-16
    names = [name.encode("utf-16-be") for name, _ in pairs]; need(names == sorted(set(names)), "format", 0); return dict(pairs)
def plain(text):  # an object of JSON in its one form by RFC 8785; ValueError for anything else
    depths = itertools.accumulate(1 if one in "[{" else -1 for one in re.sub(rf'{TEXT}|[^][}}{{"]+', "", text))
    need(re.fullmatch(rf'\{{[^" \t\r\n]*(?:{TEXT}[^" \t\r\n]*)*', text) and max(depths) <= DEEPEST, "format", 0)
    return json.loads(text, object_pairs_hook=members, parse_int=number, parse_float=number, parse_constant=int)
def read_key(text):  # or nothing
    found = VKEY.fullmatch(text); raw = b64(found[3]) if found else b""
    if raw[:1] == b"\1" and sha(f"{found[1]}\n".encode(), raw)[:4].hex() == found[2]:
        return {"vkey": text, "name": found[1], "id": found[2], "raw": raw[1:], "after": -1, "until": 2**53}
def read_keys(texts): keys = [read_key(text) for text in texts]; need(all(keys), "key", 0); return keys
def open_note(text, keys, size=None):  # of that size, where one is given
    found, by, seq = NOTE.fullmatch(text), None, size or 0
    need(found and b64(found[4]) and size in (None, int(found[3])), "signature", seq)
    for line in found[5][:-1].split("\n"):
        parts = LINE.fullmatch(line); raw = b64(parts[2]) if parts else b""; need(len(raw) >= 5, "signature", seq)
        for key in [k for k in keys if k["name"] == parts[1] and k["id"] == raw[:4].hex()][:1]:
            try: ed25519.Ed25519PublicKey.from_public_bytes(key["raw"]).verify(raw[4:], found[1].encode())
            except cryptography.exceptions.InvalidSignature: raise Fault("signature", seq)
            if key["name"] == found[2]: by = by or key
    need(by, "signature", seq); return {"size": int(found[3]), "root": b64(found[4]), "by": by["vkey"]}
class Tree:  # RFC 6962 from left to right: the complete subtrees so far, as (leaves, hash)
    def __init__(self, source):
        self.size, self.node, self.parts = source.start, source.node, list(zip(between(0, source.start), source.left))
    def add(self, value, leaves=1):
        self.size += leaves
        while self.parts and self.parts[-1][0] == leaves:
            value, leaves = sha(b"\1", self.parts.pop()[1], value), leaves * 2
            need(self.node(leaves, self.size) in (NotImplemented, value), "node", self.size - leaves + 1, self.size)
        self.parts.append((leaves, value))
    root = lambda self: functools.reduce(lambda a, b: sha(b"\1", b, a), [value for _, value in self.parts[::-1]] or [sha()])
def between(start, end):
    while start < end:
        leaves = min(start & -start or end, 1 << ((end - start).bit_length() - 1)); yield leaves; start += leaves
class Bundle:
    def __init__(self, path):
        self.file = open(path, "rb"); head = self.lines("stint-bundle.json", HEAD); need(len(head) == 1, "format", 0)
        version, origin = head[0].group(1, 3); self.start, self.size, self.end = map(int, head[0].group(2, 4, 5))
        need(self.start <= self.end <= self.size, "format", 0); self.keys = [one[0] for one in self.lines("keys", re.compile(".*"))]
        self.checkpoints, self.anchors = ([(int(one[2]), json.loads(one[1])) for one in self.lines(name + ".jsonl", KEPT)]
            for name in ("checkpoints", "anchors"))
        self.left = self.hashes("left", len(list(between(0, self.start))), 0)
        later = [(int(one[1]), one[2].encode()) for one in (self.lines("later", re.compile(rf"{N} (\{{.+)")) if version == "2" else [])]
        ends, sizes = [self.end, *(seq for seq, _ in later), self.size + 1], [size for size, _ in self.checkpoints]
        self.widths = [leaves for a, b in zip(ends, ends[1:]) for leaves in (*between(a, b - 1), 1)][:-1]
        self.right = self.hashes("right", len(self.widths), 0); placed = dict(zip(itertools.accumulate(self.widths), self.right))
        self.later = [(seq, body, placed.get(seq - self.end)) for seq, body in later]
        is_named = any(key.startswith(f"{origin}+") for key in self.keys) and sizes[-1:] == [self.size]
        need(all(sorted(set(one)) == one for one in (ends, sizes)) and is_named, "format", 0)
    def next(self, name, seq):  # a ustar header of which every byte is known, the content, and zeros
        head = self.file.read(512); need(re.fullmatch(rb"[0-7]{11}", head[124:135]), "format", seq)
        size = int(head[124:135], 8); made = (name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
            + b"%011o\0" % size + b"0" * 11 + b"\0" + b" " * 8 + b"0" + bytes(100) + b"ustar\x0000").ljust(512, b"\0")
        need(head == made[:148] + b"%06o\0 " % sum(made) + made[156:] and size <= LARGEST, "format", seq)
        data = self.file.read(-(-size // 512) * 512)
        need(len(data) % 512 == 0 and len(data) >= size and not any(data[size:]), "format", seq); return data[:size]
    def lines(self, name, form):
        raw = self.next(name, 0); text = raw.decode(errors="replace"); found = [form.fullmatch(one) for one in text.split("\n")[:-1]]
        need(text.encode() == raw and text[-1:] in ("", "\n") and all(found), "format", 0); return found
    def hashes(self, name, wanted, seq):
        data = self.next(name, seq); need(len(data) == wanted * 32, "format", seq); return re.findall(rb"(?s).{32}", data)
    def entries(self):
        for first in range(self.start, self.end, CHUNK):
            wanted = min(CHUNK, self.end - first); hashes = self.hashes(f"hashes/{first:012}", wanted, first + 1)
            raw = self.next(f"leaves/{first:012}.jsonl", first + 1); bodies = raw.removesuffix(b"\n").split(b"\n") if raw else []
            for at, (body, leaf) in enumerate(zip(bodies, hashes)): yield first + at + 1, body, leaf, None
            need(len(bodies) == wanted, "count", first + min(len(bodies), wanted) + 1)
    node = judge_row = lambda self, *_: NotImplemented  # a bundle has neither kept nodes nor rows
    def finish(self): need(self.file.read(1025) == bytes(1024), "format", self.end + 1)
def read_event(seq, raw):  # what is read of some types only stands in every event, empty
    try:
        body = plain(raw.decode()); kind = body["type"]; datetime.date.fromisoformat(INSTANT.fullmatch(body["at"])[1])
        if kind in (ROTATED, FORKED): need(read_key(body["vkey"]) and read_key(body["replaces"]), "body", seq)
        mine = {"replaces": body["replaces"] if kind in (ROTATED, FORKED) else "", "handover": kind == ROTATED and body["handover"],
            "accepted": body["accepted"] if kind == FORKED else [], "runs": body["runs"] if kind == PRUNED else []}
        need([type(one) for one in (body["boot"], kind, body["n"], *mine.values())] == [str, str, int, str, bool, list, list], "body", seq)
        need(all(re.fullmatch("[0-9a-f]{64}", one["sha256"]) for one in mine["accepted"]), "body", seq)
        runs = [(one["from"], one["to"]) for one in mine["runs"]]
        need(all(type(a) is type(b) is int and 0 < a <= b < seq for a, b in runs), "body", seq); return {**body, **mine, "runs": runs}
    except (KeyError, TypeError, ValueError): raise Fault("body", seq)
def verify(source, given_keys, given_anchors):
    named = read_keys(source.keys); need(named, "key", 0); valid = read_keys(given_keys) or named
    marks = sorted([(size, 0, note) for size, note in source.checkpoints] +
        [(size, 1, note) for size, note in source.anchors + given_anchors], key=lambda mark: mark[:2])
    successors, forked, failed, counters, bare, runs = [], set(), [], {}, [], []
    tree, good, root, met, total = Tree(source), source.start, None, [0, 0], len(marks)
    def meet(is_last=False):
        nonlocal good, root
        while marks and (is_last or marks[0][0] <= tree.size):
            size, anchor, note = marks.pop(0)
            if size < tree.size: continue
            try:
                need(size == tree.size, "truncated", tree.size + 1, size)
                said = open_note(note, [key for key in valid if key["after"] < size <= key["until"]], size)
                need(said["root"] == tree.root(), "anchor" if anchor else "root", min(good + 1, size), size)
                valid.extend({**key, "after": size} for key, old, at in successors if at == size and said["by"] == old)
                good = size; met[anchor] += 1; root = root if anchor else said["root"]
            except Fault as fault:
                if not anchor: raise
                failed.append((note, fault))
    meet()
    for seq, raw, kept, row in source.entries():
        need(seq == tree.size + 1, "gap", tree.size + 1); leaf = sha(b"\0", raw) if raw else kept
        need(leaf == kept, "leaf", seq); body = read_event(seq, raw) if raw else None; source.judge_row(seq, leaf, body, row)
        if not raw: bare.append(seq); tree.add(leaf); meet(); continue
        need(body["n"] > counters.get(body["boot"], -1), "order", seq); counters[body["boot"]] = body["n"]
        for key in valid: key["until"] = min(key["until"], seq if key["vkey"] == body["replaces"] else 2**53)
        if body["handover"]: successors.append((read_key(body["vkey"]), body["replaces"], seq))
        forked.update(one["sha256"] for one in body["accepted"]); runs += body["runs"]; tree.add(leaf); meet()
    for value, leaves in zip(source.right, source.widths): tree.add(value, leaves)
    for seq, raw, leaf in source.later: need(sha(b"\0", raw) == leaf, "leaf", seq); runs += read_event(seq, raw)["runs"]
    source.finish(); meet(is_last=True); runs.sort(reverse=True); until = 0; elsewhere = total - sum(met) - len(failed)
    for note, fault in failed: need(sha(note.encode()).hex() in forked, *fault.args)
    need(sum(met) or not given_keys, "unsigned", min(1, source.end), tree.size)
    for seq in bare:  # how far do all runs reach that begin up to here?
        while runs and runs[-1][0] <= seq: until = max(until, runs.pop()[1])
        need(seq <= until, "pruned", seq)
    return dict({"from": source.start}, ok=True, to=source.end, size=source.size, checkpoints=met[0], anchors=met[1],
        anchorsElsewhere=elsewhere, root=(root or tree.root()).hex(), unsigned=max(0, source.end - source.size), pruned=len(bare))
def main(open_source, verify=verify):
    parser = argparse.ArgumentParser(description=__doc__); parser.add_argument("path")
    for name in ("--key", "--anchor"): parser.add_argument(name, action="append", default=[])
    asked = parser.parse_args(); held = [json.loads(line) for name in asked.anchor for line in open(name, encoding="utf-8")]
    try: said = verify(open_source(asked.path), [key.strip() for key in asked.key], [(one["size"], one["note"]) for one in held])
    except Fault as fault: said = fault.said
    except Exception as thrown: print(repr(thrown), file=sys.stderr); said = Fault("format", 0).said  # it cannot be read
    print(json.dumps(said, sort_keys=True)); sys.exit(0 if said["ok"] else 3)
if __name__ == "__main__": main(Bundle)
