# SPDX-License-Identifier: BSD-3-Clause
"""The examples of RFC 4134 and the keys of RFC 9216, out of the texts that
tools/fetch-rfc gets. RFC 5083 and RFC 8418 have none."""

import base64
import os
import re

from peer import Missing
from people import must
from report import Report
from wire import TOP, WORDS, e2m, flipped, read_words, run, say_program, verdict_of

# RFC 4134's keys are DSA or RSA of 1024 bits, its ciphers 3DES and RC2, its digest
# SHA-1: the structures read, and nothing of them is ours
NOT_OURS = "signer by serial without attributes: not ours"
EXAMPLES = {
    "3.1": "data",
    "3.2": "data",
    "4.1": "SignedData, content inside 28, certificates 1, " + NOT_OURS,
    "4.2": "SignedData, content inside 28, certificates 1, " + NOT_OURS,
    "4.3": "SignedData, content outside 0, certificates 1, " + NOT_OURS,
    "4.4": "SignedData, content inside 28, certificates 3, "
           "signer by serial with attributes: not ours",
    "4.5": "SignedData, content inside 28, certificates 2, " + NOT_OURS,
    "4.6": "SignedData, content inside 28, certificates 2, " + NOT_OURS + ", " + NOT_OURS,
    "4.7": "SignedData, content inside 28, certificates 1, "
           "signer by key id without attributes: not ours",
    "4.10": "SignedData, content inside 28, certificates 1, "
            "signer by serial with attributes: not ours",
    "4.11": "SignedData, content outside 0, certificates 2",
    "5.1": "EnvelopedData, sealed 32, cipher unknown, ktri",
    "5.2": "EnvelopedData, sealed 32, cipher unknown, ktri, kekri",
    "6.0": "unknown",  # DigestedData
    "7.1": "encrypted-data",
    "7.2": "encrypted-data",
}
# RFC 9216: the sections of a person's signature and encryption pairs, and PKCS#12
PEOPLE = {"alice": "4", "bob": "5", "carlos": "7", "dana": "8"}
MESSAGE = """MESSAGE sip:{to}@smime.example SIP/2.0
Via: SIP/2.0/TCP client.smime.example;branch=z9hG4bK74bf9
Max-Forwards: 70
From: <sip:{by}@smime.example>;tag=9fxced76sl
To: <sip:{to}@smime.example>
Call-ID: 3848276298220188511@smime.example
CSeq: 1 MESSAGE
Content-Type: text/plain
Content-Length: {size}

""".replace("\n", "\r\n")


def text_of(number, folder):
    got = run([os.path.join(TOP, "tools", "fetch-rfc"), str(number), folder])
    if got.returncode != 0:
        raise Missing("the text of RFC %d cannot be had" % number)
    with open(got.stdout.decode().strip(), encoding="latin-1") as f:
        return f.read()


def rfc4134(report, folder):
    files, name = {}, None
    for line in text_of(4134, folder).split("\n"):
        if line.startswith("|>"):
            name = line[2:].strip()
            files[name] = ""
        elif line.startswith("|<"):
            name = None
        elif line.startswith("|") and name:
            files[name] += line[1:]
    found = {n[:-len(".bin")] for n in files if re.fullmatch(r"[0-9.]+\.bin", n)}
    report.say(found == set(EXAMPLES), "RFC 4134 has these examples", str(found))
    for name, octets in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(base64.b64decode(octets))
    for name, wanted in EXAMPLES.items():
        path = os.path.join(folder, name + ".bin")
        outside = [os.path.join(folder, "ExContent.bin")] if "outside 0" in wanted else []
        got = run([say_program(), path, *outside])
        report.say(got.returncode == 0 and got.stdout.decode().strip() == wanted,
                   "RFC 4134 sec. %s reads" % name, (got.stdout + got.stderr).decode())
        if " " not in wanted:
            continue  # of those only the type is told
        os.truncate(path, os.path.getsize(path) - 1)
        got = run([say_program(), path, *outside])
        report.say(got.returncode == 1, "RFC 4134 sec. %s, one octet short" % name,
                   got.stdout.decode())


# ---- RFC 9216 -----------------------------------------------------------------------


def blocks(folder):
    """The PEM of each section, as a file by the section's number."""
    text = re.sub(r"\n+[^\n]*\[Page \d+\]\n\f?\n?[^\n]*\n+", "\n", text_of(9216, folder))
    found = re.findall(r"^(\d\.\d)\.  [^\n]+\n(?:(?!^\d\.\d\.  ).)*?(-----BEGIN ([\w ]+|PKCS12)-----"
                       r".*?-----END \3-----)", text, re.M | re.S)
    for number, pem, kind in found:
        lines = [line.strip() for line in pem.split("\n") if line.strip()]
        octets = "\n".join(lines).encode() + b"\n"
        if kind == "PKCS12":
            octets = base64.b64decode("".join(lines[1:-1]))
        with open(os.path.join(folder, number), "wb") as f:
            f.write(octets)
    return {number for number, _, _ in found}


def joined(folder, name, *numbers):
    with open(os.path.join(folder, name), "wb") as out:
        for number in numbers:
            with open(os.path.join(folder, number), "rb") as f:
                out.write(f.read())
    return out.name


def rfc9216(report, folder):
    """Everybody to everybody: RSA and Curve25519, separate keys for signing and for
    reading, identities by rfc822Name, two authorities; readers' keys as PEM and as
    PKCS#12."""
    found = blocks(folder)
    report.say(len(found) == 26, "RFC 9216 has these keys", str(sorted(found)))
    roots = {"both": joined(folder, "both", "3.1", "6.1"),
             "RSA": joined(folder, "rsa", "3.1"), "Ed25519": joined(folder, "ed25519", "6.1")}
    as_pem = {}
    for who, s in PEOPLE.items():
        as_pem[who] = (joined(folder, who + ".sign", s + ".1", s + ".2"),
                       joined(folder, who + ".read", s + ".3", s + ".4"))
        with open(os.path.join(folder, who + ".pass"), "w") as f:
            f.write(who + "\n")
    for by in PEOPLE:
        for to in sorted(set(PEOPLE) - {by}):
            plain = MESSAGE.format(by=by, to=to, size=len(WORDS)).encode() + WORDS
            wire = must(e2m("seal", "--as", as_pem[by][0], "--to",
                            os.path.join(folder, PEOPLE[to] + ".3"), data=plain)).stdout
            ring = os.path.join(folder, PEOPLE[to] + ".5")
            for kind, key in (("PEM", ["--as", as_pem[to][1]]), ("PKCS#12", [
                    "--as", ring, "--pass-file", os.path.join(folder, to + ".pass")])):
                got = e2m("open", *key, "--trust", roots["both"], "--json", "-", data=wire)
                report.say(read_words(got) == WORDS
                           and verdict_of(got)["signer"] == by + "@smime.example",
                           "RFC 9216: %s to %s, by %s" % (by, to, kind), got.stderr.decode())
            rsa = by in ("alice", "bob")
            got = e2m("open", "--as", as_pem[to][1], "--trust", roots["Ed25519" if rsa else "RSA"],
                      "--json", "-", data=wire)
            report.say(got.returncode == 5 and verdict_of(got)["reason"] == "untrusted",
                       "RFC 9216: %s to %s, by the other authority alone" % (by, to),
                       got.stderr.decode())
            got = e2m("open", "--as", as_pem[to][1], "--trust", roots["both"], "--json", "-",
                      data=flipped(wire, wire.rindex(b"Date: ") + 20))
            report.say(got.returncode == 5 and verdict_of(got)["reason"] == "bad-signature",
                       "RFC 9216: %s to %s, one octet changed" % (by, to), got.stderr.decode())


def examples(folder):
    report = Report("rfc")
    for which in (rfc4134, rfc9216):
        inner = os.path.join(folder, which.__name__)
        os.mkdir(inner)
        try:
            which(report, inner)
        except Missing as e:
            report.skip(which.__name__, str(e))
    return report
