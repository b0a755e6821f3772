# SPDX-License-Identifier: BSD-3-Clause
"""Who could read what, found out from the octets that each hop received: a hop
reads a secret when it finds it in them, as they are or decoded, or when its own
key opens it. Nothing is taken on trust from our own software's say-so alone."""

import base64
import binascii
import json
import os
import quopri
import re
import subprocess
import tempfile
import zlib

from world import ALICE, BOB, E2M, HOPS, SS1, WORK, Fault


class Secret:
    """Something that only Alice, Bob and ss1 may know."""

    def __init__(self, kind, text, author):
        self.kind, self.text, self.author = kind, text, author


def decodings(raw):
    """The octets as they are, and whatever simple means make of them."""
    yield raw
    yield quopri.decodestring(raw)
    for run in re.findall(rb"[A-Za-z0-9+/=\r\n]{24,}", raw):
        packed = re.sub(rb"[\r\n]", b"", run)
        for skip in range(4):
            piece = packed[skip:]
            try:
                yield base64.b64decode(piece[:len(piece) // 4 * 4])
            except binascii.Error:
                pass
    for mark in (b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b"):
        at = raw.find(mark)
        while at >= 0:
            for bits in (15, 31, -15):
                try:
                    yield zlib.decompressobj(bits).decompress(raw[at:])
                except zlib.error:
                    pass
            at = raw.find(mark, at + 1)


def in_clear(packet, secrets):
    texts = list(decodings(packet.raw))
    return [s for s in secrets if any(s.text in t for t in texts)]


class Look:
    """What one hop makes of one packet."""

    def __init__(self):
        self.clear, self.opened, self.signer, self.verified = [], [], "", None
        self.verdict, self.claimed, self.sealed, self.key = "", "", False, ""

    @property
    def reads(self):
        return self.clear + [s for s in self.opened if s not in self.clear]


def e2m(args, raw):
    got = subprocess.run([E2M] + args, input=raw, capture_output=True)
    if got.returncode in (1, 6):
        raise Fault("%s: %s" % (" ".join(args), got.stderr.decode().strip()))
    return got.stdout


def with_key(hop, keys, packet):
    """The verdict under the hop's own key and name, as the command finds it; keys
    of earlier messages are kept as the hop would keep them (RFC 3185)."""
    state = os.path.join(WORK, hop.name.replace(" ", "-") + ".keys")
    at = ["--trust", keys.ca, "--at", str(int(packet.at)), "--reuse", state]
    for name in (ALICE, BOB):
        at += ["--peer", keys.crt(name)]
    if hop.key == "ss1":
        return json.loads(e2m(["inspect", "--as", keys.pem(SS1), "--name", SS1,
                               "--json"] + at, packet.raw))
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "verdict")
        who = ALICE if hop.key == "alice" else BOB
        e2m(["open", "--as", keys.pem(who), "--json", report] + at, packet.raw)
        with open(report) as f:
            return json.load(f)


def look(packet, keys, secrets):
    hop, out = HOPS[packet.dst], Look()
    out.clear = in_clear(packet, secrets)
    levels = json.loads(e2m(["explain", "--json"], packet.raw) or "{}").get("levels", [])
    out.sealed = any(l["recipients"] for l in levels)
    claimed = [l["claimed_signer"] for l in levels if l["claimed_signer"]]
    out.claimed = claimed[0] if claimed else ""
    if hop.key and out.sealed:
        verdict = with_key(hop, keys, packet)
        out.verdict, out.signer = verdict["verdict"], verdict["signer"]
        out.verified = verdict["verdict"] == "read" and verdict["bound"]
        opened = b"\n".join(base64.b64decode(p["content"]) for p in verdict["parts"])
        out.opened = [s for s in secrets if s.text in opened]
        if verdict["parts"]:
            how = verdict["parts"][0]["encryption"]["recipient"]
            out.key = "kept" if how == "kek" else "public"
    return out


def look_all(packets, keys, secrets):
    """In order, for a message may hold the key of a later one. An agent's answer
    to a key that it set itself is not in its mail: what it then gave its phone
    says that it read it."""
    looks = [look(p, keys, secrets) if p.body else Look() for p in packets]
    for p, seen in zip(packets, looks):
        hop = HOPS[p.dst]
        if hop.role == "agent" and seen.verdict == "undecipherable":
            given = [q for q in packets if q.src == p.dst and HOPS[q.dst].role == "phone"
                     and q.at >= p.at and q.header("Call-ID", "i") == p.header("Call-ID", "i")
                     and q.header("CSeq") == p.header("CSeq") and q.body]
            seen.opened = in_clear(given[0], secrets) if given else []
            if seen.opened:
                seen.key, seen.verified, seen.signer = "kept", True, seen.claimed
    return looks


def expected(packet, secrets):
    """The secrets this body carries: its author's, of its kind."""
    kind = "text" if packet.method == "MESSAGE" else "SDP"
    author = "alice" if packet.is_request == (packet.first_author == "alice") else "bob"
    return [s for s in secrets if s.kind == kind and s.author == author]


def mark_authors(packets):
    """Who began each exchange: From of the request."""
    for p in packets:
        p.first_author = "alice" if "alice@" in p.header("From", "f") else "bob"


def faults_of(packet, seen, secrets):
    """What must not be, or must and is not, at this hop."""
    hop = HOPS[packet.dst]
    carried = expected(packet, secrets)
    where = "%s, %s" % (hop.name, packet.label)
    if hop.may_read:
        missing = [s for s in carried if s not in seen.reads]
        if missing:
            yield "%s: cannot read the %s it must read" % (where, missing[0].kind)
        if hop.key and seen.sealed and not seen.verified:
            yield "%s: signature not verified (%s)" % (where, seen.verdict)
    elif seen.reads:
        yield "%s: could read the %s" % (where, seen.reads[0].kind)
    between = HOPS[packet.src].role != "phone" and hop.role != "phone"
    if between and not seen.sealed:
        yield "%s: a body that is not sealed" % where


def unchanged(packets):
    """A proxy passes a body on octet for octet; (faults, how many compared)."""
    faults, compared = [], 0
    for index, hop in enumerate(HOPS):
        if hop.role != "proxy":
            continue
        for p in packets:
            if p.dst != index or not p.body:
                continue
            after = [q for q in packets if q.src == index and q.at >= p.at
                     and q.label == p.label and q.dst != p.src
                     and q.header("Call-ID", "i") == p.header("Call-ID", "i")
                     and q.header("CSeq") == p.header("CSeq")]
            if not after:
                faults.append("%s: %s was not passed on" % (hop.name, p.label))
            elif after[0].body != p.body:
                faults.append("%s: %s left with another body" % (hop.name, p.label))
            compared += 1
    return faults, compared


def logged(text, secrets):
    """What ss1 itself wrote down as read (WITH_LOG_CONTENT of etc/home.cfg)."""
    read = b"\n".join(base64.b64decode(m) for m in re.findall(
        r"e2m-content \S+ part=\d+ (\S+)", text))
    return [s for s in secrets if s.text not in read]


def cell(reads, kind, carried):
    wanted = {s.text for s in carried if s.kind == kind}
    got = {s.text for s in reads if s.kind == kind}
    if not got:
        return "no"
    how = "yes" if got >= wanted else "%d of %d" % (len(got), len(wanted))
    return how


def table(packets, looks, secrets):
    """One row a hop, from the looks alone."""
    rows = []
    for index, hop in enumerate(HOPS):
        mine = [(p, l) for p, l in zip(packets, looks) if p.dst == index and p.body]
        if not mine:
            continue
        reads = [s for _, l in mine for s in l.reads]
        carried = [s for p, _ in mine for s in expected(p, secrets)]
        sealed = [l for _, l in mine if l.sealed]
        size = sum(len(p.body) for p, _ in mine)
        plain = len(mine) - len(sealed)
        arrived = "%d bodies, %d octets" % (len(mine), size)
        if plain and sealed:
            arrived += " (%d plain, from its phone)" % plain
        signed = sorted({(l.signer or l.claimed).replace("sip:", "") for l in sealed})
        signed = ", ".join(s.partition("@")[0] for s in signed if s)
        if hop.key:
            verified = "yes" if sealed and all(l.verified for l in sealed) else "NO"
        else:
            verified = "-"
        ways = [l.key for l in sealed if l.key]
        key = ", ".join("%d by %s key" % (ways.count(w), w) for w in ("public", "kept")
                        if w in ways)
        rows.append([hop.name, arrived, cell(reads, "text", carried),
                     cell(reads, "SDP", carried), key or "-", signed or "-", verified])
    return rows
