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


def once(raw):
    """Whatever simple means make of the octets."""
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


def decodings(raw):
    """The octets as they are, decoded, and decoded again."""
    seen, now = {raw}, {raw}
    for _ in range(3):
        now = {d for octets in now for d in once(octets)} - seen
        seen |= now
    return seen


def in_clear(packet, secrets):
    texts = decodings(packet.raw)
    return [s for s in secrets if any(s.text in t for t in texts)]


class Look:
    """What one hop makes of one packet."""

    def __init__(self):
        self.clear, self.opened, self.parts = [], [], []
        self.signer, self.claimed, self.verified = "", "", None
        self.verdict, self.sealed, self.key = "", False, ""

    @property
    def reads(self):
        return self.clear + [s for s in self.opened if s not in self.clear]


def e2m(args, raw):
    got = subprocess.run([E2M] + args, input=raw, capture_output=True)
    if got.returncode in (1, 6):
        raise Fault("%s: %s" % (" ".join(args), got.stderr.decode().strip()))
    return got.stdout


def with_key(hop, keys, packet, name):
    """The verdict under the hop's own key, as the command finds it; keys of earlier
    messages are kept as the hop would keep them (RFC 3185)."""
    state = os.path.join(WORK, hop.name.replace(" ", "-") + ".keys")
    own = ["--as", keys.pem(hop.key), "--trust", keys.ca, "--at", str(int(packet.at)),
           "--reuse", state]
    for user in (ALICE, BOB):
        own += ["--peer", keys.crt(user)]
    if hop.role == "proxy":
        return json.loads(e2m(["inspect", "--name", name, "--json"] + own, packet.raw))
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "verdict")
        e2m(["open", "--json", report] + own, packet.raw)
        with open(report) as f:
            return json.load(f)


def try_key(out, hop, keys, packet, secrets):
    """A proxy that was not chosen tries as itself, and as if it were ss1."""
    for name in [hop.key] if hop.may_read else [hop.key, SS1]:
        verdict = with_key(hop, keys, packet, name)
        out.verdict = verdict["verdict"]
        contents = [base64.b64decode(p["content"]) for p in verdict["parts"]]
        out.opened += [s for s in secrets if s.text in b"\n".join(contents)]
        if contents:
            out.parts = [(p["content_type"], c) for p, c in zip(verdict["parts"], contents)]
            how = verdict["parts"][0]["encryption"]["recipient"]
            out.key = "kept" if how == "kek" else "public"
        if hop.may_read:
            out.signer = verdict["signer"]
            out.verified = verdict["verdict"] == "read" and verdict["bound"]


def look(packet, keys, secrets):
    hop, out = HOPS[packet.dst], Look()
    out.clear = in_clear(packet, secrets)
    levels = json.loads(e2m(["explain", "--json"], packet.raw) or "{}").get("levels", [])
    out.sealed = any(l["recipients"] for l in levels)
    claimed = [l["claimed_signer"] for l in levels if l["claimed_signer"]]
    out.claimed = claimed[0] if claimed else ""
    if hop.key and out.sealed:
        try_key(out, hop, keys, packet, secrets)
    return out


def look_all(packets, keys, secrets):
    """In order, for a message may hold the key of a later one. An agent's answer
    to a key that it set itself is not in its mail: that it gave its phone what ss1's
    key finds in the same body, under a good signature, says that it read it."""
    for hop in HOPS:
        state = os.path.join(WORK, hop.name.replace(" ", "-") + ".keys")
        if os.path.exists(state):
            os.unlink(state)
    looks = [look(p, keys, secrets) if p.body else Look() for p in packets]
    for p, seen in zip(packets, looks):
        if HOPS[p.dst].role == "agent" and seen.verdict == "undecipherable":
            by_its_phone(p, seen, packets, looks, secrets)
    return looks


def by_its_phone(packet, seen, packets, looks, secrets):
    given = [q for q in packets if q.src == packet.dst and HOPS[q.dst].role == "phone"
             and q.at >= packet.at and q.exchange == packet.exchange]
    known = [l for q, l in zip(packets, looks) if HOPS[q.dst].key == SS1
             and q.exchange == packet.exchange and q.body == packet.body]
    if given and known and [given[0].body] == [c for _, c in known[0].parts]:
        seen.opened, seen.key = in_clear(given[0], secrets), "kept"
        seen.signer, seen.verified = known[0].signer, known[0].verified


def secrets_of(packets, texts):
    """The two texts; and of what the phones put into their SDP themselves, who they
    are and where they listen."""
    secrets = [Secret("text", texts[0], "alice"), Secret("text", texts[1], "bob")]
    for author, phone in (("alice", 0), ("bob", len(HOPS) - 1)):
        sdp = [p.body for p in packets if p.src == phone and p.method == "INVITE" and p.body]
        for line in sdp[0].split(b"\r\n") if sdp else []:
            if line[:2] in (b"o=", b"m="):
                secrets.append(Secret("SDP", line, author))
    return secrets


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
        if missing or not carried:
            yield "%s: cannot read the %s it must read" % (
                where, missing[0].kind if missing else "body")
        if hop.key and seen.sealed and not seen.verified:
            yield "%s: signature not verified (%s)" % (where, seen.verdict)
    elif seen.reads or seen.parts:
        yield "%s: could read the %s" % (where, seen.reads[0].kind if seen.reads else "body")
    between = HOPS[packet.src].role != "phone" and hop.role != "phone"
    if between and not seen.sealed:
        yield "%s: a body that is not sealed" % where


def unproved(packets):
    """A capture that is cut short, or that the other end of the link contradicts."""
    for p in packets:
        where = "%s, %s" % (HOPS[p.dst].name, p.label)
        if not p.is_whole:
            yield "%s: the capture is not whole" % where
        if not p.witnessed:
            yield "%s: %s has no record of the same octets" % (where, HOPS[p.src].name)


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
                     and q.dst != p.src and q.exchange == p.exchange]
            if not after:
                faults.append("%s: %s was not passed on" % (hop.name, p.label))
            elif after[0].body != p.body:
                faults.append("%s: %s left with another body" % (hop.name, p.label))
            compared += 1
    return faults, compared


LOGGED = re.compile(r"\{(\d) (\S+)\} <script>: e2m-(read|content) (\S+) part=(\d+) (.*)")


def logged(text):
    """What ss1 itself wrote down as read (WITH_LOG_CONTENT of etc/home.cfg): message
    and part, to (signer, type, content)."""
    found = {}
    for kind, call, word, method, part, rest in LOGGED.findall(text):
        at = (int(kind), call, method, int(part))
        if word == "content":
            found[at] = found.get(at, ("", ""))[:2] + (base64.b64decode(rest),)
        else:
            field = dict(f.split("=", 1) for f in rest.split() if "=" in f)
            found[at] = (field["signer"], field["type"], None)
    return found


def log_faults(text, packets, looks):
    """ss1's log against what ss1's key makes of the octets that it received;
    (faults, how many parts agree)."""
    faults, agreed, log = [], 0, logged(text)
    for p, seen in zip(packets, looks):
        if HOPS[p.dst].key != SS1 or not p.body:
            continue
        if not seen.parts:
            faults.append("ss1, %s: nothing to compare its log with" % p.label)
        for i, (kind, content) in enumerate(seen.parts):
            at = (1 if p.is_request else 2, p.header("Call-ID", "i"), p.method, i)
            if log.get(at) == (seen.signer, kind, content):
                agreed += 1
            else:
                faults.append("ss1, %s: its log does not say what its key opens" % p.label)
    return faults, agreed


def split_refused(packets):
    """What ss1 refused, before it was sealed once more: (the others, those, how
    often). Between the first attempt and the second lies the signed refusal."""
    ends = {}
    for p in packets:
        if not p.is_request and p.first.split()[1] in ("403", "493") and p.body:
            call = p.header("Call-ID", "i"), p.header("CSeq")
            ends[call] = max(p.at, ends.get(call, 0))
    late = lambda p: p.at > ends.get((p.header("Call-ID", "i"), p.header("CSeq")), 0)  # noqa: E731
    others = [p for p in packets if late(p) or HOPS[p.src].role == "phone"]
    return others, [p for p in packets if p not in others], len(ends)


def refused_faults(packets, keys, secrets):
    """Nobody on the way could read what was sealed for the far user alone, and the
    refusal itself says nothing of it."""
    for p in packets:
        seen = look(p, keys, secrets)
        if seen.reads or seen.parts or (p.is_request and p.body and not seen.sealed):
            yield "%s could read the refused %s" % (HOPS[p.dst].name, p.label)


class Judgement:
    """Everything that follows from the packets and ss1's log."""

    def __init__(self, packets, keys, texts, log):
        packets, refused, self.detours = split_refused(packets)
        mark_authors(packets)
        self.packets, self.secrets = packets, secrets_of(packets, texts)
        self.looks = look_all(packets, keys, self.secrets)
        self.faults = list(unproved(packets + refused))
        self.faults += refused_faults(refused, keys, self.secrets)
        for p, seen in zip(packets, self.looks):
            if p.body:
                self.faults += faults_of(p, seen, self.secrets)
        changed, self.compared = unchanged(packets)
        silent, self.agreed = log_faults(log, packets, self.looks)
        self.faults += changed + silent
        for index, hop in enumerate(HOPS):
            bodies = [p for p in packets if p.dst == index and p.body]
            least = 4 if hop.role != "phone" else 2
            if len(bodies) < least:
                self.faults.append("%s received %d bodies, not %d" % (
                    hop.name, len(bodies), least))
        self.rows = table(packets, self.looks, self.secrets)


def cell(reads, kind, carried):
    wanted = {s.text for s in carried if s.kind == kind}
    got = {s.text for s in reads if s.kind == kind}
    if not got:
        return "no"
    how = "yes" if got >= wanted else "%d of %d" % (len(got), len(wanted))
    return how


COLUMNS = ["hop", "arrived", "text read", "SDP read", "opened with its key", "signed by",
           "verified"]


def opened(hop, sealed):
    if not hop.key:
        return "-"
    ways = [l.key for l in sealed if l.parts or l.opened]
    if not ways:
        return "none of %d" % len(sealed)
    return ", ".join("%d by %s key" % (ways.count(w), w) for w in ("public", "kept")
                     if w in ways)


def table(packets, looks, secrets):
    """One row a hop, from the looks alone."""
    rows = []
    for index, hop in enumerate(HOPS):
        mine = [(p, l) for p, l in zip(packets, looks) if p.dst == index and p.body]
        if not mine:
            rows.append([hop.name, "nothing", "no", "no", "-", "-", "-"])
            continue
        reads = [s for _, l in mine for s in l.reads]
        carried = [s for p, _ in mine for s in expected(p, secrets)]
        sealed = [l for _, l in mine if l.sealed]
        counts = ((len(mine) - len(sealed), "plain"), (len(sealed), "sealed"))
        arrived = " + ".join("%d %s" % c for c in counts if c[0])
        arrived += ", %d octets" % sum(len(p.body) for p, _ in mine)
        signed = sorted({(l.signer or l.claimed).replace("sip:", "") for l in sealed})
        signed = ", ".join(s.partition("@")[0] for s in signed if s)
        verified = "-"
        if hop.may_read and hop.key:
            verified = "yes" if sealed and all(l.verified for l in sealed) else "NO"
        rows.append([hop.name, arrived, cell(reads, "text", carried),
                     cell(reads, "SDP", carried), opened(hop, sealed), signed or "-",
                     verified])
    return rows
