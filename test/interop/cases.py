# SPDX-License-Identifier: BSD-3-Clause
"""Whole messages that no row of the table is: made or read with `openssl cms`."""

import os

from matrix import reader, seal
from peer_openssl import cms
from wire import ALICE, BOB, HERE, SS1, TEXT, WORDS, content, e2m, find, find_all, labelled, \
    multipart_signed, pkcs7, read_words, run, sip, verdict_of

KDF = ["-keyopt", "ecdh_kdf_md:sha256"]
AIB = """Content-Type: message/sipfrag
Content-Disposition: aib; handling=optional

From: Alice <sip:%s>
To: Bob <sip:%s>
Call-ID: 3848276298220188511@atlanta.example.com
CSeq: 1 %s
Date: %s

"""


def sign(keys, who, entity):
    return cms("-sign", "-binary", "-outform", "DER", "-signer", keys.crt(who), "-inkey",
               keys.pem(who), data=entity)


def envelope(keys, entity, *readers):
    return cms("-encrypt", "-binary", "-outform", "DER", "-aes-128-cbc",
               *[a for who in readers for a in ("-recip", keys.crt(who), *KDF)], data=entity)


def mech51(keys, entity):
    """enveloped inside, labelled by hand: what goes under the signature."""
    fields, body = pkcs7(envelope(keys, entity, BOB, SS1), b"enveloped-data",
                         b"session;handling=required;required-entity=" + SS1.encode())
    return fields + b"\r\n" + body


def bound(entity, method):
    """The entity beside an AIB (RFC 3893) of now, by `date`."""
    now = run(["env", "LC_ALL=C", "date", "-u", "+%a, %d %b %Y %T GMT"]).stdout.decode().strip()
    aib = (AIB % (ALICE, BOB, method, now)).replace("\n", "\r\n").encode()
    return b"Content-Type: multipart/mixed;boundary=m\r\n\r\n--m\r\n" + aib + \
        b"\r\n--m\r\n" + entity + b"\r\n--m--\r\n", now.encode()


def message(keys, who, entity, method="MESSAGE"):
    """A request From Alice; body, AIB and signature made by openssl and by hand."""
    inner, date = bound(entity, method)
    fields, body = multipart_signed(inner, sign(keys, who, inner))
    got = sip(b"Date: " + date + b"\r\n" + fields, body)
    return got.replace(b"MESSAGE", method.encode(), 2)  # request line and CSeq


def strict(role, keys, who):
    """A reader with no leniency at all."""
    args = [role, "--as", keys.pem(who), "--trust", keys.ca]
    return args + (["--name", SS1, "--json"] if role == "inspect" else ["--json", "-"])


def sealed_by_openssl(report, keys):
    """mech 5.1: the signature outside, with an AIB; and the From that is not the
    signer, which is refused."""
    with open(os.path.join(HERE, "..", "vectors", "mech-5.1.sip"), "rb") as f:
        sdp = f.read().partition(b"\r\n\r\n")[2]
    offer = b"Content-Type: application/sdp\r\n\r\n" + sdp
    for method, entity, wanted in (("MESSAGE", TEXT, WORDS), ("INVITE", offer, sdp)):
        for role, who in (("open", BOB), ("inspect", SS1)):
            name = "e2m %s: %s, mech 5.1 made by openssl alone" % (role, method)
            inner = mech51(keys, entity)
            got = e2m(*strict(role, keys, who), data=message(keys, ALICE, inner, method))
            said = verdict_of(got)
            report.say(read_words(got) == wanted and said["signer"] == "sip:" + ALICE
                       and said["bound"], name, str(said) + got.stderr.decode())
            for other in (BOB, SS1):
                got = e2m(*strict(role, keys, who), data=message(keys, other, inner, method))
                said = verdict_of(got)
                report.say(got.returncode == 5 and said["reason"] == "wrong-identity"
                           and not said["parts"], name + ", signed by %s" % other,
                           "%d %s" % (got.returncode, said))


def unbound(report, keys):
    inner = mech51(keys, TEXT)
    wire = sip(*multipart_signed(inner, sign(keys, ALICE, inner)))
    args = strict("inspect", keys, SS1)
    got = e2m(*args, "--allow-unbound", data=wire)
    report.say(read_words(got) == WORDS and not verdict_of(got)["bound"],
               "e2m reads mech 5.1 without an AIB, where policy allows it", got.stderr.decode())
    got = e2m(*args, data=wire)
    report.say(got.returncode == 5 and verdict_of(got)["reason"] == "unbound",
               "and refuses it elsewhere", got.stderr.decode())


def invite(report, keys):
    """e2m's INVITE: Bob's envelope has the keys, the middle's copy has none."""
    with open(os.path.join(HERE, "..", "vectors", "invite-keys.sip"), "rb") as f:
        plain = f.read()
    sdp = plain.partition(b"\r\n\r\n")[2]
    wire = seal(keys, "--strip-keys", "--no-attributes", plain=plain)
    both = [content(e) for e in find_all(wire, b"pkcs7-mime")]
    report.say(len(both) == 2 and b"a=crypto" in sdp, "e2m's INVITE has two envelopes")

    def decrypt(who, der):
        got = run(["openssl", "cms", "-decrypt", "-inform", "DER", "-binary", "-inkey",
                   keys.pem(who), "-recip", keys.crt(who)], der)
        return got.stdout if got.returncode == 0 else None
    read = {who: [decrypt(who, der) for der in both] for who in (BOB, SS1)}
    for who, keyed in ((BOB, True), (SS1, False)):
        mine = [r for r in read[who] if r is not None]
        report.say(len(mine) == 1 and (b"a=crypto" in mine[0]) == keyed
                   and (mine[0].endswith(sdp)) == keyed and b"application/sdp" in mine[0],
                   "openssl reads one of them as %s, %s keys" % (
                       who, "with" if keyed else "without"), repr(mine))


def base64(report, keys):
    der = content(find(seal(keys, "--no-attributes", "--base64"), b"pkcs7-mime"))
    got = cms("-decrypt", "-inform", "DER", "-binary", "-inkey", keys.pem(BOB), data=der)
    report.say(got == TEXT, "openssl reads what e2m wrote as base64")


def kept(report, keys):
    """A kept key, RFC 3185: the same at both ends, and for its own label only."""
    report.say(keys.record(ALICE) == keys.record(BOB) == keys.record(SS1),
               "all three keep the same key")
    reference, kek = keys.kek
    secret = ["-secretkey", kek.hex(), "-secretkeyid", reference.hex()]
    der = content(find(seal(keys, *keys.reading(ALICE), "--cipher", "aes-128-cbc"),
                       b"pkcs7-mime"))
    wrong = ["-secretkey", kek[::-1].hex(), "-secretkeyid", reference.hex()]
    bad = run(["openssl", "cms", "-decrypt", "-inform", "DER", "-binary", *wrong], der)
    report.say(bad.stdout != TEXT, "openssl does not read it under the key unreversed")
    for cipher, kind in (("aes-128-gcm", b"authEnveloped-data"),
                         ("aes-128-cbc", b"enveloped-data")):
        der = cms("-encrypt", "-binary", "-outform", "DER", "-" + cipher, *secret, data=TEXT)
        args = reader("open", keys, BOB) + ["--insecure-cbc"] + keys.reading(BOB)
        good = e2m(*args, data=labelled(der, kind))
        report.say(read_words(good) == WORDS and b'"kek"' in good.stdout,
                   "e2m reads openssl's under a kept key: " + cipher, good.stderr.decode())
        bad = e2m(*args, data=labelled(der, kind, label=False))
        report.say(bad.returncode == 4, "and refuses it under another label: " + cipher)


def all_of_them(report, matrix):
    people = matrix.people("p256")
    sealed_by_openssl(report, people)
    unbound(report, people)
    invite(report, people)
    base64(report, people)
    kept(report, matrix.kept(people, "128"))
