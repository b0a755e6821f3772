# SPDX-License-Identifier: BSD-3-Clause
"""X25519 recipients (RFC 8418), which no peer has: openssl's primitives put together
by the RFC. What they derive is the key of a KEKRecipientInfo, and that is what
`openssl cms` reads and writes."""

import os

from matrix import reader, seal
from peer import Refused
from peer_openssl import cms
from people import must
from wire import BOB, SS1, TEXT, WORDS, children, content, e2m, element, encode, find, \
    flipped, labelled, read_words, run, spoilt

X25519_SPKI = bytes.fromhex("302a300506032b656e032100")
HKDF_SCHEME = bytes.fromhex("060b2a864886f70d0109100313")  # RFC 8418 sec. 6
WRAP = {16: bytes.fromhex("300b0609608648016503040105"),
        32: bytes.fromhex("300b060960864801650304012d")}
ID = b"\x01"


def inside(data, at=0):
    """The elements in the element at `at`, each with its header."""
    _, body, end, _ = element(data, at)
    starts = [body] + [c[3] for c in children(data, body, end)]
    return [data[a:b] for a, b in zip(starts, starts[1:])]


def value(data):
    _, body, end, _ = element(data)
    return data[body:end]


def key_encryption_key(folder, private, point, wrap, ukm=b""):
    """RFC 8418 sec. 2.2: ECC-CMS-SharedInfo into HKDF, ukm in it and as the salt."""
    size = {v: k for k, v in WRAP.items()}[wrap]
    with open(os.path.join(folder, "peer.der"), "wb") as f:
        f.write(X25519_SPKI + point)
    z = must(run(["openssl", "pkeyutl", "-derive", "-inkey", private, "-peerkey",
                  os.path.join(folder, "peer.der"), "-peerform", "DER"])).stdout
    supp_pub_info = encode(0xa2, encode(0x04, (8 * size).to_bytes(4, "big")))
    entity_u_info = encode(0xa0, encode(0x04, ukm)) if ukm else b""
    info = encode(0x30, wrap + entity_u_info + supp_pub_info)
    return must(run(["openssl", "kdf", "-binary", "-keylen", str(size), "-kdfopt", "digest:SHA256",
                     "-kdfopt", "hexkey:" + z.hex(), "-kdfopt", "hexinfo:" + info.hex(),
                     *(["-kdfopt", "hexsalt:" + ukm.hex()] if ukm else []), "HKDF"])).stdout


def certificate(keys, who):
    """The pieces of the tbsCertificate: version, serial, algorithm, issuer ..."""
    der = must(run(["openssl", "x509", "-in", keys.crt(who), "-outform", "DER"])).stdout
    return inside(inside(der)[0])


def with_recipients(der, change):
    """The envelope, its RecipientInfos replaced by what `change` makes of them."""
    oid, explicit = inside(der)
    fields = inside(value(explicit))
    fields[1] = encode(0x31, change(fields[1]))
    return encode(0x30, oid + encode(0xa0, encode(0x30, b"".join(fields))))


def they_read(folder, keys, who, der):
    """A KeyAgreeRecipientInfo of e2m's, for openssl."""
    derived = []

    def to_kekri(infos):
        _, originator, alg, encrypted = inside(inside(infos)[0])
        point = value(inside(inside(originator)[0])[1])[1:]
        scheme, wrap = inside(alg)
        if scheme != HKDF_SCHEME:
            raise Refused("another scheme: " + scheme.hex())
        serial = certificate(keys, who)[1]
        mine, = [inside(k)[1] for k in inside(encrypted) if inside(inside(k)[0])[1] == serial]
        derived.append(key_encryption_key(folder, keys.pem(who), point, wrap))
        return encode(0xa2, bytes.fromhex("020104") + encode(0x30, encode(0x04, ID)) + wrap + mine)

    changed = with_recipients(der, to_kekri)
    return cms("-decrypt", "-inform", "DER", "-binary", "-secretkey", derived[0].hex(),
               "-secretkeyid", ID.hex(), data=changed)


def they_write(folder, keys, who, cipher, ukm):
    """openssl's envelope, its KEKRecipientInfo made a KeyAgreeRecipientInfo."""
    private = os.path.join(folder, "ephemeral.pem")
    must(run(["openssl", "genpkey", "-algorithm", "X25519", "-out", private]))
    spki = must(run(["openssl", "pkey", "-in", private, "-pubout", "-outform", "DER"])).stdout
    tbs = certificate(keys, who)
    wrap = WRAP[int(cipher.split("-")[1]) // 8]
    kek = key_encryption_key(folder, private, value(inside(tbs[6])[1])[1:], wrap, ukm)
    der = cms("-encrypt", "-binary", "-outform", "DER", "-" + cipher, "-secretkey", kek.hex(),
              "-secretkeyid", ID.hex(), data=TEXT)

    def to_kari(infos):
        encrypted = inside(inside(infos)[0])[3]
        rid = encode(0x30, tbs[3] + tbs[1])
        return encode(0xa1, bytes.fromhex("020103") + encode(0xa0, encode(0xa1, value(spki)))
                      + (encode(0xa1, encode(0x04, ukm)) if ukm else b"")
                      + encode(0x30, HKDF_SCHEME + wrap)
                      + encode(0x30, encode(0x30, rid + encrypted)))

    return with_recipients(der, to_kari)


def both_ways(report, matrix, peer):
    keys = matrix.people("25519")
    for cipher in ("aes-128-gcm", "aes-256-gcm", "aes-128-cbc"):
        der = content(find(seal(keys, "--cipher", cipher, "--no-attributes"), b"pkcs7-mime"))
        kind = b"enveloped-data" if cipher.endswith("cbc") else b"authEnveloped-data"
        for role, who in (("open", BOB), ("inspect", SS1)):
            name = "%s, X25519 for %s" % (cipher, who)
            report.say(they_read(matrix.folder, keys, who, der) == TEXT,
                       "openssl's primitives read e2m's: " + name)
            try:
                bad = they_read(matrix.folder, keys, who, spoilt(der))
            except Refused:
                bad = None
            report.say(bad != TEXT, name + ", one octet changed", "it passes all the same")
            for ukm in (b"", b"keying material of the user"):
                more = name + (", ukm" if ukm else "")
                own = they_write(matrix.folder, keys, who, cipher, ukm)
                args = reader(role, keys, who) + ["--insecure-cbc"]
                got = e2m(*args, data=labelled(own, kind))
                report.say(read_words(got) == WORDS, "e2m reads what they wrote: " + more,
                           got.stderr.decode())
                at = own.index(ukm) if ukm else own.index(HKDF_SCHEME) - 8  # ephemeral key
                got = e2m(*args, data=labelled(flipped(own, at), kind))
                report.say(got.returncode == 4, more + ", one octet changed in it",
                           "%d %s" % (got.returncode, got.stderr.decode()))
