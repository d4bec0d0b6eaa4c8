#!/usr/bin/env python3
"""The same for the log where it lies: a data folder or its audit.db, with what only a database has: the chain, the
columns that events are searched by, the tree's kept hashes, and SQLite's own integrity check.
usage: stint_verify_database.py FOLDER|audit.db [--key VKEY]... [--anchor FILE]..."""
import datetime, os, re, sqlite3
import stint_verify
from stint_verify import Fault, need, sha
WITHOUT_REQUEST = {"assume.issued", "assume.upstream_failed", "assume.withheld"}
PRUNED = b"{}"
EPOCH, MILLISECOND = datetime.datetime(1970, 1, 1), datetime.timedelta(milliseconds=1)
ENTRIES = """SELECT seq, CAST(body AS BLOB), leaf, chain, type, at_ms, assumption, request, issuer, role, code
  FROM event ORDER BY seq"""


class Database:
    start, anchors, left, right, later, widths = 0, [], [], [], [], []

    def __init__(self, path):
        path = os.path.join(path, "audit.db") if os.path.isdir(path) else path
        need(os.path.exists(path), "format", 0)
        try:
            self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
            self.db.execute("BEGIN")
            said = self.db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            row = re.search(r"row (\d+) missing", said)
            need(said == "ok", "database", int(row[1]) if row else 0)
            self.keys = [key for key, in self.db.execute("SELECT vkey FROM log_key ORDER BY from_size, vkey")]
            self.checkpoints = self.db.execute("SELECT size, note FROM checkpoint ORDER BY size, note").fetchall()
            self.end = self.db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0]
            nodes = self.db.execute("SELECT level, idx, hash FROM tree_node")
            self.nodes = {(level, index): value for level, index, value in nodes}
        except sqlite3.Error:
            raise Fault("database", 0)
        self.size = self.checkpoints[-1][0] if self.checkpoints else 0
        self.chain = bytes(32)

    def entries(self):
        for seq, body, leaf, *row in self.db.execute(ENTRIES):
            yield seq, b"" if body == PRUNED else body, leaf, row

    def judge_row(self, seq, leaf, body, row):
        self.chain = sha(self.chain, leaf)
        need(self.chain == row[0], "chain", seq)
        # What was pruned keeps its type and time, and nothing else to be searched by.
        need(columns_of(body) == row[1:] if body else row[3:] == [None] * 5, "column", seq)

    def node(self, leaves, end):
        level = (leaves.bit_length() - 1) / 8
        return self.nodes.pop((int(level), end // leaves - 1), None) if level == int(level) else NotImplemented

    def finish(self):
        need(not self.nodes, "node", self.end)


def text_at(body, *path):
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, str) else None


def first(*texts):
    return next((text for text in texts if text is not None), None)


def columns_of(body):
    kind = body["type"]
    issuer = {
        "assume.intent": lambda: text_at(body, "subject", "issuer", "name"),
        "assume.refused": lambda: first(text_at(body, "subject", "issuer", "name"), text_at(body, "claimed", "issuer")),
        "assume.refused_summary": lambda: first(text_at(body, "subject", "issuer"), text_at(body, "claimedIssuer")),
    }.get(kind, lambda: text_at(body, "issuer"))()
    at = (datetime.datetime.fromisoformat(body["at"][:-1]) - EPOCH) // MILLISECOND
    request = None if kind in WITHOUT_REQUEST else text_at(body, "request")
    role = text_at(body, "decision", "role", "name")
    return [kind, at, text_at(body, "assumption"), request, issuer, role, text_at(body, "code")]


if __name__ == "__main__":
    stint_verify.main(Database)
