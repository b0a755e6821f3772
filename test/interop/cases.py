# SPDX-License-Identifier: BSD-3-Clause
"""Whole messages and exchanges that no row of the table is, by the peer they need."""

import os
import zlib

import x25519
from matrix import PLAIN, reader, seal
from peer import Refused
from peer_openssl import cms
from rows import Row
from wire import ALICE, BOB, HERE, SS1, TEXT, WORDS, content, e2m, find, find_all, flipped, \
    labelled, multipart_signed, pkcs7, read_words, run, sip, verdict_of

KDF = ["-keyopt", "ecdh_kdf_md:sha256"]
AIB = """Content-Type: message/sipfrag
Content-Disposition: aib; handling=optional

From: Alice <sip:%s>
To: Bob <sip:%s>
Call-ID: 3848276298220188511@atlanta.example.com
CSeq: 1 %s
Date: %s

"""


def sign(keys, who):
    return lambda entity: cms("-sign", "-binary", "-outform", "DER", "-signer", keys.crt(who),
                              "-inkey", keys.pem(who), data=entity)


def envelope(keys, entity, *readers):
    return cms("-encrypt", "-binary", "-outform", "DER", "-aes-128-cbc",
               *[a for who in readers for a in ("-recip", keys.crt(who), *KDF)], data=entity)


def mech51(der, kind=b"enveloped-data"):
    """enveloped inside, labelled by hand: what goes under the signature."""
    fields, body = pkcs7(der, kind, b"session;handling=required;required-entity=" + SS1.encode())
    return fields + b"\r\n" + body


def bound(entity, method):
    """The entity beside an AIB (RFC 3893) of now, by `date`."""
    now = run(["env", "LC_ALL=C", "date", "-u", "+%a, %d %b %Y %T GMT"]).stdout.decode().strip()
    aib = (AIB % (ALICE, BOB, method, now)).replace("\n", "\r\n").encode()
    return b"Content-Type: multipart/mixed;boundary=m\r\n\r\n--m\r\n" + aib + \
        b"\r\n--m\r\n" + entity + b"\r\n--m--\r\n", now.encode()


def message(sign_it, entity, method="MESSAGE"):
    """A request From Alice; body, AIB and signature made by a peer and by hand."""
    inner, date = bound(entity, method)
    fields, body = multipart_signed(inner, sign_it(inner))
    got = sip(b"Date: " + date + b"\r\n" + fields, body)
    return got.replace(b"MESSAGE", method.encode(), 2)  # request line and CSeq


def strict(role, keys, who):
    """A reader with no leniency at all."""
    args = [role, "--as", keys.pem(who), "--trust", keys.ca]
    return args + (["--name", SS1, "--json"] if role == "inspect" else ["--json", "-"])


def sealed_by_openssl(report, matrix, peer):
    """mech 5.1: the signature outside, with an AIB; and the From that is not the
    signer, which is refused."""
    keys = matrix.people("p256")
    with open(os.path.join(HERE, "..", "vectors", "mech-5.1.sip"), "rb") as f:
        sdp = f.read().partition(b"\r\n\r\n")[2]
    offer = b"Content-Type: application/sdp\r\n\r\n" + sdp
    for method, entity, wanted in (("MESSAGE", TEXT, WORDS), ("INVITE", offer, sdp)):
        for role, who in (("open", BOB), ("inspect", SS1)):
            name = "e2m %s: %s, mech 5.1 made by openssl alone" % (role, method)
            inner = mech51(envelope(keys, entity, BOB, SS1))
            got = e2m(*strict(role, keys, who), data=message(sign(keys, ALICE), inner, method))
            said = verdict_of(got)
            report.say(read_words(got) == wanted and said["signer"] == "sip:" + ALICE
                       and said["bound"], name, str(said) + got.stderr.decode())
            for other in (BOB, SS1):
                wire = message(sign(keys, other), inner, method)
                got = e2m(*strict(role, keys, who), data=wire)
                said = verdict_of(got)
                report.say(got.returncode == 5 and said["reason"] == "wrong-identity"
                           and not said["parts"], name + ", signed by %s" % other,
                           "%d %s" % (got.returncode, said))


def unbound(report, matrix, peer):
    keys = matrix.people("p256")
    inner = mech51(envelope(keys, TEXT, BOB, SS1))
    wire = sip(*multipart_signed(inner, sign(keys, ALICE)(inner)))
    args = strict("inspect", keys, SS1)
    got = e2m(*args, "--allow-unbound", data=wire)
    report.say(read_words(got) == WORDS and not verdict_of(got)["bound"],
               "e2m reads mech 5.1 without an AIB, where policy allows it", got.stderr.decode())
    got = e2m(*args, data=wire)
    report.say(got.returncode == 5 and verdict_of(got)["reason"] == "unbound",
               "and refuses it elsewhere", got.stderr.decode())


def invite(report, matrix, peer):
    """e2m's INVITE: Bob's envelope has the keys, the middle's copy has none."""
    keys = matrix.people("p256")
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


def base64(report, matrix, peer):
    keys = matrix.people("p256")
    der = content(find(seal(keys, "--no-attributes", "--base64"), b"pkcs7-mime"))
    got = cms("-decrypt", "-inform", "DER", "-binary", "-inkey", keys.pem(BOB), data=der)
    report.say(got == TEXT, "openssl reads what e2m wrote as base64")


def kept(report, matrix, peer):
    """A kept key, RFC 3185: the same at both ends, and for its own label only."""
    keys = matrix.kept(matrix.people("p256"), "128")
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


# ---- BouncyCastle ----------------------------------------------------------------


REFERENCE, MAX_DECRYPTS = "1.2.840.113549.1.9.16.2.30", "1.2.840.113549.1.9.16.2.31"
FROM_BOB = PLAIN.replace(b"From: Alice <sip:" + ALICE.encode() + b">;tag=9fxced76sl\r\nTo: Bob <sip:"
                         + BOB.encode(), b"From: Bob <sip:" + BOB.encode()
                         + b">;tag=314159\r\nTo: Alice <sip:" + ALICE.encode())


def e2m_offers(report, matrix, peer):
    """RFC 3185: BouncyCastle finds the reference and answers under the reversed key."""
    keys = matrix.people("p256")
    for cipher in ("aes-128-gcm", "aes-256-gcm", "aes-128-cbc"):
        row = Row("seal", "p256", "kek", cipher, "attributes")
        store = os.path.join(matrix.folder, "offers-" + cipher)
        der = content(find(seal(keys, "--cipher", cipher, "--reuse", store), b"pkcs7-mime"))
        reference = peer.ask("attribute", der, REFERENCE)
        most = peer.ask("attribute", der, MAX_DECRYPTS)
        report.say(reference[:2] == b"\x04\x10" and most[0] == 2,
                   "bouncy finds CEKReference and CEKMaxDecrypts: " + cipher, most.hex())
        for kek, good in ((peer.ask("cek", der, keys.pem(BOB))[::-1], True),
                          (peer.ask("cek", der, keys.pem(BOB)), False)):
            answer = peer.ask("seal", TEXT, "kek", cipher, "plain", reference[2:], kek)
            got = e2m(*reader("open", keys, ALICE), "--insecure-cbc", "--reuse", store,
                      data=labelled(answer, row.kind))
            report.say((read_words(got) == WORDS) == good and (got.returncode == 4) != good,
                       "e2m %s bouncy's answer under the key %s: %s" % (
                           "reads" if good else "refuses", "reversed" if good else "itself",
                           cipher), "%d %r" % (got.returncode, got.stderr))


def bouncy_offers(report, matrix, peer):
    """And the other way: e2m keeps the key that BouncyCastle's message offers."""
    keys = matrix.people("p256")
    for cipher in ("aes-128-gcm", "aes-256-gcm", "aes-128-cbc"):
        row = Row("open", "p256", "ecdh-sha256", cipher, "attributes")
        store = os.path.join(matrix.folder, "offered-" + cipher)
        der = peer.seals(row, keys, TEXT)
        wire = message(lambda entity: peer.signs(Row("verify", "p256", "ecdsa", "sha256", ""),
                                                 keys, entity), mech51(der, row.kind))
        got = e2m(*strict("open", keys, BOB), "--reuse", store, data=wire)
        report.say(read_words(got) == WORDS, "e2m reads bouncy's offer of a key: " + cipher,
                   got.stderr.decode())
        got = e2m("seal", "--as", keys.pem(BOB), "--to", keys.crt(ALICE), "--middle",
                  SS1 + "=" + keys.crt(SS1), "--cipher", cipher, "--reuse", store, data=FROM_BOB)
        answer = content(find(got.stdout, b"pkcs7-mime"))
        kek = peer.ask("cek", der, keys.pem(SS1))[::-1]
        report.say(b"reference of BC." in answer and
                   peer.ask("open", answer, keys.pem(SS1), kek) == TEXT,
                   "bouncy reads e2m's answer under the key reversed: " + cipher)
        try:
            wrong = peer.ask("open", answer, keys.pem(SS1), kek[::-1])
        except Refused:
            wrong = None
        report.say(wrong is None, "and not under the key itself: " + cipher)


# ---- CompressedData (RFC 3274), inside of an envelope ----------------------------


def compressed(report, matrix, peer):
    keys = matrix.people("p256")
    for cipher in ("aes-128-gcm", "aes-128-cbc"):
        row = Row("open", "p256", "ecdh-sha256", cipher, "plain")
        der = content(find(seal(keys, "--cipher", cipher, "--compress"), b"pkcs7-mime"))
        entity = peer.ask("open", der, keys.pem(BOB), b"")
        report.say(b"smime-type=compressed-data" in entity and len(entity) < len(TEXT)
                   and peer.ask("inflate", content(entity)) == TEXT,
                   "bouncy inflates what e2m compressed: " + cipher, repr(entity[:200]))
        packed = peer.ask("deflate", TEXT)
        at = packed.index(b"\x78")  # zlib's header (RFC 1950); its checksum is behind
        for good, made in ((True, packed), (False, flipped(packed, at + 12))):
            fields, body = pkcs7(made, b"compressed-data", b"render;handling=required")
            own = peer.seals(row, keys, fields + b"\r\n" + body)
            got = e2m(*reader("open", keys, BOB), "--insecure-cbc", data=labelled(own, row.kind))
            report.say(read_words(got) == WORDS if good else got.returncode == 2,
                       "e2m %s what bouncy compressed%s: %s" % (
                           "inflates" if good else "refuses",
                           "" if good else ", one octet changed", cipher),
                       "%d %s" % (got.returncode, got.stderr.decode()))


def compressed_structure(report, matrix, peer):
    keys = matrix.people("p256")
    der = content(find(seal(keys, "--no-attributes", "--compress"), b"pkcs7-mime"))
    entity = cms("-decrypt", "-inform", "DER", "-binary", "-inkey", keys.pem(BOB), data=der)
    report.say(zlib.decompress(peer.compressed(content(entity))) == TEXT,
               "asn1crypto reads the CompressedData")


OF = {"openssl": [sealed_by_openssl, unbound, invite, base64, kept,
                  x25519.both_ways],
      "bouncy": [e2m_offers, bouncy_offers, compressed],
      "asn1crypto": [compressed_structure]}
