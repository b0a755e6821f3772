# SPDX-License-Identifier: BSD-3-Clause
"""SIP and MIME as little as it takes, the command, and DER enough to find the
octet that a forger would change."""

import base64
import json
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ALICE, BOB, SS1 = "alice@atlanta.example.com", "bob@biloxi.example.com", \
    "ss1.atlanta.example.com"
# long enough that the ciphertext is the longest field of any envelope
WORDS = b"The figures are in. Sell at the open." * 16
TEXT = b"Content-Type: text/plain\r\n\r\n" + WORDS
HEAD = """MESSAGE sip:{bob} SIP/2.0
Via: SIP/2.0/TCP client.atlanta.example.com;branch=z9hG4bK74bf9
Max-Forwards: 70
From: Alice <sip:{alice}>;tag=9fxced76sl
To: Bob <sip:{bob}>
Call-ID: 3848276298220188511@atlanta.example.com
CSeq: 1 MESSAGE
""".format(alice=ALICE, bob=BOB).replace("\n", "\r\n").encode()
_E2M = []


def use(path):
    """Which e2m is under test."""
    _E2M[:] = [os.path.abspath(path)]


def say_program():
    """test/interop/cms_say of the build that e2m is from."""
    build = os.path.join(os.path.dirname(os.path.realpath(_E2M[0])), "..", "..")
    return os.path.join(build, "test", "interop", "cms_say")


def run(args, data=b"", **more):
    return subprocess.run(args, input=data, capture_output=True, **more)


def e2m(*args, data=b""):
    return run([_E2M[0], *args], data)


def verdict_of(got):
    """What a reader said in JSON; the empty verdict when it said nothing."""
    return json.loads(got.stdout or b"{}")


def read_words(got):
    """The content that `open --json -` or `inspect --json` reports, or None."""
    each = verdict_of(got).get("parts") or [] if got.returncode == 0 else []
    return base64.b64decode(each[0]["content"]) if each else None


def sip(fields, body):
    return HEAD + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


# ---- MIME -----------------------------------------------------------------------


def parts(entity):
    """(header, content) of each part of a multipart, octet for octet."""
    head, _, body = entity.partition(b"\r\n\r\n")
    mark = b"--" + re.search(rb'boundary="?([^";\r\n]+)', head, re.I).group(1)
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)[1:-1]
    return [p[2:] for p in pieces]


def content(entity):
    """The octets of an entity, transfer encoding undone."""
    head, _, body = entity.partition(b"\r\n\r\n")
    if re.search(rb"content-transfer-encoding:\s*base64", head, re.I):
        return base64.b64decode(body)
    return body


def find_all(entity, word):
    """The innermost entities whose own type holds `word`, in order."""
    head = entity.partition(b"\r\n\r\n")[0]
    if re.search(rb"content-type:\s*multipart/", head, re.I):
        return [e for p in parts(entity) for e in find_all(p, word)]
    return [entity] if word in head.lower() else []


def find(entity, word):
    return find_all(entity, word)[0]


def pkcs7(der, kind, disposition=b"attachment;handling=required", encode=True):
    """An application/pkcs7-mime entity; its header and content."""
    return b"Content-Type: application/pkcs7-mime;smime-type=%s;name=smime.p7m\r\n" \
        b"Content-Disposition: %s\r\nContent-Transfer-Encoding: %s\r\n" % (
            kind, disposition, b"base64" if encode else b"binary"), \
        base64.encodebytes(der).replace(b"\n", b"\r\n").rstrip() if encode else der


def labelled(der, kind, label=True, encode=False):
    """A MESSAGE whose body is that envelope, labelled for ss1."""
    end = b";required-entity=" + SS1.encode() if label else b""
    return sip(*pkcs7(der, kind, b"attachment;handling=required" + end, encode))


def multipart_signed(entity, der):
    body = b"--b\r\n" + entity + b"\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n" \
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(der) + b"\r\n--b--\r\n"
    return b'Content-Type: multipart/signed;protocol="application/pkcs7-signature";' \
        b'micalg=sha-256;boundary=b\r\n', body


# ---- DER ------------------------------------------------------------------------


def element(data, at=0):
    """(tag, start of the contents, their end, end of the element) at `at`;
    indefinite lengths too."""
    tag, length, body = data[at], data[at + 1], at + 2
    if length == 0x80:
        end = body
        while data[end:end + 2] != b"\0\0":
            end = element(data, end)[3]
        return tag, body, end, end + 2
    if length > 0x80:
        body += length & 0x7f
        length = int.from_bytes(data[at + 2:body], "big")
    return tag, body, body + length, body + length


def children(data, body, end):
    while body < end:
        got = element(data, body)
        yield got
        body = got[3]


def encode(tag, contents):
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + contents


def longest(data, body, end):
    """(start, end) of the longest primitive value there: the ciphertext."""
    inner = [(start, stop) if not kind & 0x20 else longest(data, start, stop)
             for kind, start, stop, _ in children(data, body, end)]
    return max(inner, key=lambda v: v[1] - v[0], default=(body, body))


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def spoilt(envelope):
    """The envelope with one octet of its ciphertext changed, beyond the first
    block: CBC would hide a change there in the header of the entity."""
    start, end = longest(envelope, 0, len(envelope))
    return flipped(envelope, (start + end) // 2)


def with_unauth_attrs(envelope):
    """A definite-length AuthEnvelopedData, unauthAttrs of a made-up type added:
    the tag does not cover them (RFC 5083 sec. 2.1)."""
    _, body, end, _ = element(envelope)
    oid, inner = list(children(envelope, body, end))
    _, at, stop, _ = element(envelope, inner[1])
    attr = encode(0x30, bytes.fromhex("06032a0304") + encode(0x31, b"\x05\x00"))
    sequence = encode(0x30, envelope[at:stop] + encode(0xa2, attr))
    return encode(0x30, envelope[body:oid[3]] + encode(0xa0, sequence))
