# SPDX-License-Identifier: BSD-3-Clause
"""What no CMS tool of Debian can do, taken apart and put together here, with Python's cryptography and zlib: X25519 recipients (RFC 8418), Ed25519
signatures (RFC 8419), AES-CCM and attributes under the tag (RFC 5083, 5084),
CompressedData (RFC 3274). Both directions; each accepted form has its
refused twin."""

import base64
import hashlib
import json
import os
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from matrix import PLAIN as MESSAGE
from report import Report
from wire import ALICE, BOB, SS1, TEXT, WORDS as PLAIN, content, e2m, find, flipped, \
    labelled as wrap, parts

Tap = Report("by hand")
VECTOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "message.sip")

# ---- DER, as little as it takes ---------------------------------------------------------


def der(tag, *contents):
    body = b"".join(contents)
    size = len(body).to_bytes(3, "big").lstrip(b"\0")
    head = bytes([len(body)]) if len(body) < 128 else bytes([128 + len(size)]) + size
    return bytes([tag]) + head + body


def oid(dotted):
    first, second, *more = map(int, dotted.split("."))
    out = bytearray([40 * first + second])
    for n in more:
        digits = [n & 127]
        while n > 127:
            n >>= 7
            digits.append(128 | n & 127)
        out += bytes(reversed(digits))
    return der(6, bytes(out))


def alg(dotted, *params):
    return der(0x30, oid(dotted), *params)


def split(data):
    """(tag, contents, whole) of each element in `data`."""
    found = []
    while data:
        size, at = data[1], 2
        if size & 128:
            at += size & 127
            size = int.from_bytes(data[2:at], "big")
        found.append((data[0], data[at:at + size], data[:at + size]))
        data = data[at + size:]
    return found


def inside(element, *path):
    """Down through constructed elements by index; contents of the last."""
    for i in path:
        element = split(element)[i][1]
    return element


DATA, SIGNED, AUTH, COMPRESSED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", \
    "1.2.840.113549.1.9.16.1.23", "1.2.840.113549.1.9.16.1.9"
GCM, CCM = "2.16.840.1.101.3.4.1.6", "2.16.840.1.101.3.4.1.7"
WRAP, ZLIB = "2.16.840.1.101.3.4.1.5", "1.2.840.113549.1.9.16.3.8"
HKDF_SHA256, X25519 = "1.2.840.113549.1.9.16.3.19", "1.3.101.110"
CONTENT_TYPE, DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SHA512, ED25519 = "2.16.840.1.101.3.4.2.3", "1.3.101.112"


def info(kind, structure):
    return der(0x30, oid(kind), der(0xa0, structure))


# ---- keys ---------------------------------------------------------------------------------


class Person:
    def __init__(self, folder, name, kind):
        self.pem = os.path.join(folder, name + "." + kind + ".pem")
        self.crt = self.pem[:-3] + "crt"
        with open(self.pem, "rb") as f:
            text = f.read()
        self.cert = x509.load_pem_x509_certificate(text)
        self.key = serialization.load_pem_private_key(text, None)
        self.der = self.cert.public_bytes(serialization.Encoding.DER)
        tbs = split(inside(self.der, 0, 0))
        self.sid = der(0x30, tbs[3][2], tbs[1][2])  # issuer and serial number


def people(folder):
    run = [["init", folder]]
    run += [["issue", folder, who, "--key", kind] for kind in ("x25519", "ed25519")
            for who in ("sip:" + ALICE, "sip:" + BOB, SS1)]
    for args in run:
        got = e2m("pki", *args)
        assert got.returncode == 0, got.stderr
    found = {(who, kind): Person(folder, who, kind) for who in (ALICE, BOB, SS1)
             for kind in ("x25519", "ed25519")}
    return {**found, "ca": os.path.join(folder, "ca.crt")}


# ---- X25519: RFC 8418, RFC 5753 sec. 7.2 ----------------------------------------------------


def agreed(private, public, ukm=b""):
    shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(public))
    entity = der(0xa0, der(4, ukm)) if ukm else b""
    told = der(0x30, alg(WRAP), entity, der(0xa2, der(4, (128).to_bytes(4, "big"))))
    return HKDF(hashes.SHA256(), 16, ukm or None, told).derive(shared)


def content_key(recipients, person):
    """By the KeyAgreeRecipientInfo that names the person."""
    for tag, kari, _ in split(recipients):
        if tag != 0xa1:
            continue
        fields = split(kari)
        point = split(inside(fields[1][1], 0))[1][1][1:]
        for _, one, _ in split(fields[-1][1]):
            rid, key = split(one)
            if rid[2] == person.sid:
                assert fields[-2][1] == oid(HKDF_SHA256) + alg(WRAP)
                return keywrap.aes_key_unwrap(agreed(person.key, point), key[1])
    raise AssertionError("no recipient is this person")


def opened(envelope, person):
    """AuthEnvelopedData with AES-128-GCM."""
    fields = split(inside(envelope, 0, 1, 0))
    key = content_key(fields[1][1], person)
    sealed = split(fields[2][1])
    params = split(sealed[1][1])
    assert params[0][2] == oid(GCM)
    nonce = inside(params[1][1], 0)
    mac = [f for f in fields[3:] if f[0] == 4][0][1]
    return AESGCM(key).decrypt(nonce, sealed[2][1] + mac, None)


def kari(key, recipients, ukm=b""):
    once = x25519.X25519PrivateKey.generate()
    point = once.public_key().public_bytes(serialization.Encoding.Raw,
                                           serialization.PublicFormat.Raw)
    keys = [der(0x30, p.sid, der(4, keywrap.aes_key_wrap(agreed(
        once, p.key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw), ukm), key)))
        for p in recipients]
    return der(0xa1, der(2, b"\3"), der(0xa0, der(0xa1, alg(X25519), der(3, b"\0", point))),
               der(0xa1, der(4, ukm)) if ukm else b"", alg(HKDF_SHA256, alg(WRAP)),
               der(0x30, *keys))


def envelope(recipients, text, cipher=GCM, tag=16, ukm=b"", attributes=b""):
    key, nonce = os.urandom(16), os.urandom(12)
    aad = der(0x31, attributes) if attributes else b""
    aead = AESGCM(key) if cipher == GCM else AESCCM(key, tag)
    sealed = aead.encrypt(nonce, text, aad)
    told = der(0x30, oid(DATA), alg(cipher, der(0x30, der(4, nonce), der(2, bytes([tag])))),
               der(0x80, sealed[:-tag]))
    return info(AUTH, der(0x30, der(2, b"\0"), der(0x31, kari(key, recipients, ukm)), told,
                          der(0xa1, attributes) if attributes else b"",
                          der(4, sealed[-tag:])))


# ---- the tests --------------------------------------------------------------------------------


def seal(who, *more):
    got = e2m("seal", "--as", who[ALICE, "ed25519"].pem, "--to", who[BOB, "x25519"].crt,
              "--middle", SS1 + "=" + who[SS1, "x25519"].crt, *more, data=MESSAGE)
    assert got.returncode == 0, got.stderr
    return got.stdout


def we_seal(who):
    envelope_der = content(find(seal(who), b"pkcs7-mime"))
    for name in (BOB, SS1):
        got = opened(envelope_der, who[name, "x25519"])
        Tap.say(got.endswith(PLAIN), "X25519: %s opens what e2m sealed" % name, repr(got))
    try:
        opened(flipped(envelope_der, len(envelope_der) - 120), who[BOB, "x25519"])
        Tap.say(False, "X25519: a changed octet", "it opens")
    except Exception as why:  # pylint: disable=broad-except
        Tap.say(True, "X25519: a changed octet is refused (%s)" % type(why).__name__)


def we_sign(who):
    entity, signature = parts(seal(who))
    signed = split(inside(content(signature), 0, 1, 0))
    signer = split(inside(signed[-1][1], 0))
    attributes = der(0x31, signer[3][1])
    digests = [split(a)[1][1] for _, a, _ in split(signer[3][1]) if split(a)[0][2] == oid(DIGEST)]
    Tap.say(signer[2][2] == alg(SHA512) and signer[4][2] == alg(ED25519),
            "Ed25519: SHA-512 and no parameters, RFC 8419 sec. 3")
    Tap.say(digests == [der(4, hashlib.sha512(entity).digest())], "Ed25519: the digest is right")
    try:
        who[ALICE, "ed25519"].key.public_key().verify(signer[5][1], attributes)
        Tap.say(True, "Ed25519: verifies what e2m signed")
    except Exception as why:  # pylint: disable=broad-except
        Tap.say(False, "Ed25519: verifies what e2m signed", repr(why))


def reads(who, name, message, *more):
    got = e2m("open", "--as", who[BOB, "x25519"].pem, "--trust", who["ca"], "--allow-unsigned",
              "--allow-unbound", "--json", "-", *more, data=message)
    text = b""
    if got.returncode == 0:
        text = base64.b64decode(json.loads(got.stdout)["parts"][0]["content"])
    Tap.say(text == PLAIN, "e2m reads: " + name, got.stderr.decode() + got.stdout.decode()[:300])


def refuses(who, name, message, codes):
    got = e2m("open", "--as", who[BOB, "x25519"].pem, "--trust", who["ca"], "--allow-unsigned",
              "--allow-unbound", "--json", "-", data=message)
    Tap.say(got.returncode in codes and base64.b64encode(PLAIN)[:32] not in got.stdout,
            "e2m refuses: " + name, "%d %s" % (got.returncode, got.stdout.decode()[:300]))


def they_seal(who):
    two = [who[SS1, "x25519"], who[BOB, "x25519"]]
    kind = der(0x30, oid(CONTENT_TYPE), der(0x31, oid(DATA)))
    for name, made in {
            "X25519": envelope(two, TEXT),
            "X25519 with user keying material": envelope(two, TEXT, ukm=b"0123456789abcdef"),
            "AES-CCM": envelope(two, TEXT, CCM),
            "AES-CCM, a tag of 12 octets": envelope(two, TEXT, CCM, 12),
            "attributes under the tag": envelope(two, TEXT, attributes=kind),
            "AES-CCM, attributes under the tag": envelope(two, TEXT, CCM, attributes=kind),
    }.items():
        reads(who, name, wrap(made, b"authEnveloped-data", False, False))
        refuses(who, name + ", one octet changed",
                wrap(flipped(made, len(made) - 20), b"authEnveloped-data", False, False), (2, 4))
    made = envelope(two, TEXT, CCM, 8)
    refuses(who, "AES-CCM, a tag of 8 octets",
            wrap(made, b"authEnveloped-data", False, False), (2,))
    zero = envelope(two, TEXT)
    at = zero.index(oid(X25519)) + 5 + 3
    zero = zero[:at] + bytes(32) + zero[at + 32:]
    refuses(who, "X25519 with a point of small order",
            wrap(zero, b"authEnveloped-data", False, False), (4,))


def signed_data(person, entity, attributes=True):
    told = der(0x31, b"".join(sorted([
        der(0x30, oid(CONTENT_TYPE), der(0x31, oid(DATA))),
        der(0x30, oid(DIGEST), der(0x31, der(4, hashlib.sha512(entity).digest())))])))
    signature = person.key.sign(told if attributes else entity)
    signer = der(0x30, der(2, b"\1"), person.sid, alg(SHA512),
                 b"\xa0" + told[1:] if attributes else b"", alg(ED25519), der(4, signature))
    return info(SIGNED, der(0x30, der(2, b"\1"), der(0x31, alg(SHA512)),
                            der(0x30, oid(DATA), der(0xa0, der(4, entity))),
                            der(0xa0, person.der), der(0x31, signer)))


def they_sign(who):
    for attributes in (True, False):
        made = signed_data(who[ALICE, "ed25519"], TEXT, attributes)
        name = "Ed25519" + ("" if attributes else " without attributes")
        reads(who, name, wrap(made, b"signed-data", False, False))
        at = made.index(b"figures")
        refuses(who, name + ", one octet changed",
                wrap(flipped(made, at), b"signed-data", False, False), (5,))


def compressed(text):
    return info(COMPRESSED, der(0x30, der(2, b"\0"), alg(ZLIB), der(
        0x30, oid(DATA), der(0xa0, der(4, zlib.compress(text))))))


def compression(who):
    with open(VECTOR, "rb") as f:
        head, _, text = f.read().partition(b"\r\n\r\n")
    message = head.replace(b"Content-Length: %d" % len(text),
                           b"Content-Length: %d" % (40 * len(text))) + b"\r\n\r\n" + 40 * text
    got = e2m("seal", "--as", who[ALICE, "ed25519"].pem, "--compress", data=message)
    entity = find(b"MIME-Version: 1.0\r\n" + got.stdout, b"compressed-data")
    Tap.say(entity is not None and
            zlib.decompress(inside(content(entity), 0, 1, 0, 2, 1, 0)).endswith(40 * text),
            "CompressedData: zlib inflates what e2m compressed", got.stderr.decode())
    made = compressed(TEXT)
    reads(who, "CompressedData", wrap(made, b"compressed-data", False, False))
    reads(who, "CompressedData in base64", wrap(made, b"compressed-data", False, True))
    refuses(who, "CompressedData, one octet changed",
            wrap(flipped(made, len(made) - 20), b"compressed-data", False, False), (2,))
    inner = b"Content-Type: application/pkcs7-mime;smime-type=compressed-data\r\n\r\n" + made
    reads(who, "CompressedData in an envelope",
          wrap(envelope([who[BOB, "x25519"]], inner), b"authEnveloped-data", False, False))
    bomb = compressed(TEXT + bytes(10 ** 6))
    refuses(who, "a bomb", wrap(bomb, b"compressed-data", False, False), (2,))


def examples(folder):
    who = people(os.path.join(folder, "by-hand"))
    for test in (we_seal, we_sign, they_seal, they_sign, compression):
        test(who)
    return Tap
