#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""run.py E2M FILE...: verdict cases, in text files that people can read.

A case is a few lines `key: value`; an empty line ends it, `#` begins a comment.
  case     its name                      why      the rule that decides it
  plain    a message of test/vectors [message]
  by       who seals [alice]             seal     options of e2m seal; a bare
                                                  name after --to, --middle or
                                                  --peer stands for the files of
                                                  that person [--to bob
                                                  --middle ss1]
  change   what an attacker or accident does to the sealed bytes; see CHANGES;
           several lines are done in order
  who      inspect ss1 | open bob ...    with     further options
  at       seconds after sealing, or "seal+N" to seal N seconds from now as well
  exit, verdict, reason, signer, code    what must come out
  text     what the content must hold    hides    what no part may hold
  parts    how many                      levels   types that explain must list
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors")
HOSTS = {"ss1": "ss1.atlanta.example.com", "ss2": "ss2.biloxi.example.com"}
USERS = {"alice": "alice@atlanta.example.com", "bob": "bob@biloxi.example.com",
         "mallory": "mallory@evil.example.net"}
KEYS = ("plain", "by", "seal", "who", "with", "at", "exit", "verdict", "reason",
        "signer", "code", "text", "hides", "parts", "levels", "case", "why",
        "change", "keys")


# ---- the world -----------------------------------------------------------------


class World:
    """Certificates of everybody: ec/, rsa/, and other/ from a CA nobody trusts."""

    def __init__(self, e2m, folder):
        self.e2m, self.folder = e2m, folder
        for kind, more in (("ec", []), ("rsa", ["--rsa", "2048"]), ("other", [])):
            self.run(["pki", "init", os.path.join(folder, kind)], check=True)
            for name in list(HOSTS.values()) + ["sip:" + u for u in USERS.values()]:
                self.run(["pki", "issue", os.path.join(folder, kind), name] + more,
                         check=True)

    def run(self, args, data=b"", check=False):
        got = subprocess.run([self.e2m] + args, input=data, capture_output=True)
        if check and got.returncode != 0:
            raise Fault("e2m %s: %s" % (" ".join(args), got.stderr.decode()))
        return got

    def file(self, kind, who, end):
        return os.path.join(self.folder, kind, (HOSTS | USERS)[who] + end)


class Fault(Exception):
    pass


# ---- messages ---------------------------------------------------------------------


def split(wire):
    head, _, body = wire.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def join(lines, body):
    kept = [l for l in lines if not re.match(rb"(content-length|l)\s*:", l, re.I)]
    return b"\r\n".join(kept + [b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


def parts_of(lines, body):
    """(headers, content) of each part of the outermost multipart."""
    boundary = re.search(rb'boundary="?([^";\r\n]+)', b"\r\n".join(lines), re.I).group(1)
    pieces = body.split(b"--" + boundary)[1:-1]
    return [p[2:-2].partition(b"\r\n\r\n")[::2] for p in pieces]


def set_header(wire, arg):
    lines, body = split(wire)
    name = arg.split(":")[0].encode()
    lines = [l for l in lines if not l.lower().startswith(name.lower() + b":")]
    return join(lines + [arg.encode()], body)


def drop_header(wire, arg):
    lines, body = split(wire)
    return join([l for l in lines if not l.lower().startswith(arg.lower().encode() + b":")],
                body)


def replace(wire, arg):
    old, new = [a.replace("\\r\\n", "\r\n").encode() for a in arg.split(" -> ")]
    lines, body = split(wire)
    if old not in body:
        raise Fault("the body has no %s to change" % old)
    return join(lines, body.replace(old, new))


def envelope(wire):
    """Start and end of the pkcs7-mime content."""
    at = wire.lower().rindex(b"application/pkcs7-mime")
    start = wire.index(b"\r\n\r\n", at) + 4
    end = wire.find(b"\r\n--", start)
    return start, end if end > 0 else len(wire)


def flip_at(wire, at):
    return wire[:at] + bytes([wire[at] ^ 1]) + wire[at + 1:]


def flip_ciphertext(wire, _):
    return flip_at(wire, sum(envelope(wire)) // 2)


def flip_tag(wire, _):
    return flip_at(wire, envelope(wire)[1] - 1)


def flip_signature(wire, _):
    at = wire.lower().index(b"application/pkcs7-signature;name")
    return flip_at(wire, wire.index(b"\r\n--", at) - 8)


def strip_signature(wire, _):
    """The signed entity alone, as if nobody had signed."""
    lines, body = split(wire)
    head, content = parts_of(lines, body)[0]
    kept = [l for l in lines if not l.lower().startswith(b"content-type:")]
    return join(kept + head.split(b"\r\n"), content)


def strip_aib(wire, _):
    """The envelope alone, out of the multipart/mixed with the AIB."""
    wire = strip_signature(wire, None)
    lines, body = split(wire)
    for head, content in parts_of(lines, body):
        if b"pkcs7-mime" in head:
            kept = [l for l in lines if not l.lower().startswith(b"content-")]
            return join(kept + head.split(b"\r\n"), content)
    raise Fault("no envelope under the signature")


def cut(wire, arg):
    return wire[:len(wire) * int(arg.rstrip("%")) // 100]


CHANGES = {
    "header": set_header,            # header NAME: VALUE    put or replace
    "drop-header": drop_header,      # drop-header NAME
    "replace": replace,              # replace OLD -> NEW    in the body; \\r\\n ends a line
    "flip-ciphertext": flip_ciphertext,
    "flip-tag": flip_tag,
    "flip-signature": flip_signature,
    "strip-signature": strip_signature,
    "strip-aib": strip_aib,
    "cut": cut,                      # cut N%                the rest is lost
    "twice": lambda wire, _: wire,   # it comes twice; the second one counts
}


# ---- cases -------------------------------------------------------------------------


def read_cases(path):
    cases, case, start = [], {}, 0
    with open(path) as f:
        for number, line in enumerate(f.read().split("\n") + [""], 1):
            line = line.split("#")[0].rstrip() if line.startswith("#") else line.rstrip()
            if not line:
                if case:
                    cases.append((start, case))
                case = {}
                continue
            key, _, value = line.partition(":")
            if key not in KEYS:
                raise Fault("%s:%d: no key %s" % (path, number, key))
            start = start if case else number
            case.setdefault(key, []).append(value.strip())
    for number, case in cases:
        for key in ("case", "why", "who", "exit"):
            if key not in case:
                raise Fault("%s:%d: no line `%s`" % (path, number, key))
    return cases


def expand(world, kind, words):
    """Names of people become their files."""
    out, last = [], ""
    for w in words:
        if last in ("--to", "--peer") and w in USERS | HOSTS:
            w = world.file(kind, w, ".crt")
        elif last == "--middle" and w in HOSTS:
            w = HOSTS[w] + "=" + world.file(kind, w, ".crt")
        elif last == "--verify-at" and w in HOSTS:
            w = HOSTS[w]
        out.append(w)
        last = w
    return out


def one(case, key, default=""):
    return case.get(key, [default])[0]


def seal(world, case, now):
    kind = one(case, "keys", "ec")
    with open(os.path.join(VECTORS, one(case, "plain", "message") + ".sip"), "rb") as f:
        plain = f.read()
    by = one(case, "by", "alice").split("/")
    own = world.file(by[1] if len(by) > 1 else kind, by[0], ".pem")
    words = one(case, "seal", "--to bob --middle ss1").split()
    if words == ["none"]:
        return plain, plain
    got = world.run(["seal", "--as", own, "--at", str(now)] + expand(world, kind, words),
                    plain, check=True)
    return plain, got.stdout


def changed(case, wire):
    for line in case.get("change", []):
        word, _, arg = line.partition(" ")
        if word not in CHANGES:
            raise Fault("unknown change %s" % word)
        wire = CHANGES[word](wire, arg)
    return wire


def look(world, case, wire, now, folder):
    """The verdict as an object, the exit code, and what open wrote."""
    role, who = one(case, "who").split()
    kind = one(case, "keys", "ec")
    report = os.path.join(folder, "verdict.json")
    if os.path.exists(report):
        os.unlink(report)
    args = [role, "--as", world.file(kind, who, ".pem"), "--at", str(now),
            "--trust", os.path.join(world.folder, kind, "ca.crt")]
    args += ["--name", HOSTS[who], "--json"] if role == "inspect" else ["--json", report]
    args += expand(world, kind, one(case, "with").split())
    if "twice" in case.get("change", []):
        args += ["--seen", os.path.join(folder, "seen")]
        if world.run(args, wire).returncode != 0:
            raise Fault("the first one did not pass")
    got = world.run(args, wire)
    text = got.stdout
    if role == "open" and os.path.exists(report):
        with open(report, "rb") as f:
            text = f.read()
    return json.loads(text or b"{}"), got


def differences(case, verdict, got, plain):
    parts = verdict.get("parts", [])
    contents = b"\n".join(base64.b64decode(p["content"]) for p in parts)
    seen = {"exit": str(got.returncode), "verdict": verdict.get("verdict"),
            "reason": verdict.get("reason"), "signer": verdict.get("signer"),
            "code": str(verdict.get("sip_code")), "parts": str(len(parts))}
    for key, value in seen.items():
        if key in case and value != one(case, key):
            yield "%s is %s, not %s" % (key, value, one(case, key))
    for text in case.get("text", []):
        if text.encode() not in contents:
            yield "nothing that was read holds %s" % text
    for text in case.get("hides", []):
        if text.encode() in contents or text.encode() in got.stdout:
            yield "%s was read" % text
    if got.returncode != 0 and not re.fullmatch(
            rb"e2m: [^\n]+ at [^\n]+ \([^\n]+\)\n", got.stderr):
        yield "stderr is not one line WHAT at WHERE (RULE): %r" % got.stderr
    if got.returncode != 0 and parts:
        yield "a refused message shows parts"
    if one(case, "who").startswith("open") and got.returncode == 0:
        if split(got.stdout)[1] != split(plain)[1]:
            yield "the body is not what was sealed"
    elif one(case, "who").startswith("open") and got.stdout:
        yield "a message that was not read was written"


def level_faults(world, case, wire):
    wanted = one(case, "levels").split()
    if wanted:
        got = world.run(["explain", "--json"], wire)
        levels = json.loads(got.stdout)["levels"]
        types = [l["content_type"].split(";")[0] for l in levels]
        if types != wanted:
            yield "explain lists %s" % " ".join(types)


def try_case(world, case, folder):
    now = int(time.time())
    at = one(case, "at", "0")
    if at.startswith("seal"):
        now, at = now + int(at[4:]), "0"
    try:
        plain, wire = seal(world, case, now)
        wire = changed(case, wire)
        verdict, got = look(world, case, wire, now + int(at), folder)
        faults = list(differences(case, verdict, got, plain))
        faults += level_faults(world, case, wire)
    except (Fault, ValueError) as e:
        faults = [str(e)]
    return faults


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(sys.argv[1], folder)
        for path in sys.argv[2:]:
            for number, case in read_cases(path):
                with tempfile.TemporaryDirectory() as own:
                    faults = try_case(world, case, own)
                passed, failed = passed + (not faults), failed + bool(faults)
                for fault in faults:
                    print("%s:%d: %s: %s" % (os.path.basename(path), number,
                                             one(case, "case"), fault))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
