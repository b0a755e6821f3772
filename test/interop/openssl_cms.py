#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""openssl_cms.py [E2M]: interoperation both ways with Debian's `openssl cms`, as
TAP. Each accepted form has its refused twin: one octet changed."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
E2M = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else
                      os.path.join(HERE, "..", "..", "build", "e2m"))
ALICE, BOB, SS1 = "alice@atlanta.example.com", "bob@biloxi.example.com", \
    "ss1.atlanta.example.com"
TEXT = b"Content-Type: text/plain\r\n\r\nThe figures are in. Sell at the open."
HEAD = """MESSAGE sip:{bob} SIP/2.0
Via: SIP/2.0/TCP client.atlanta.example.com;branch=z9hG4bK74bf9
Max-Forwards: 70
From: Alice <sip:{alice}>;tag=9fxced76sl
To: Bob <sip:{bob}>
Call-ID: 3848276298220188511@atlanta.example.com
CSeq: 1 MESSAGE
""".format(alice=ALICE, bob=BOB).replace("\n", "\r\n").encode()


class Tap:
    num = passed = failed = skipped = 0

    @classmethod
    def say(cls, good, text, more=""):
        cls.num += 1
        cls.passed, cls.failed = cls.passed + bool(good), cls.failed + (not good)
        print("%s %d - %s%s" % ("ok" if good else "not ok", cls.num, text,
                                "" if good else "\n# " + more.replace("\n", "\n# ")))

    @classmethod
    def skip(cls, text, why):
        cls.num, cls.skipped = cls.num + 1, cls.skipped + 1
        print("ok %d - %s # SKIP %s" % (cls.num, text, why))


def run(args, data=b""):
    return subprocess.run(args, input=data, capture_output=True)


def e2m(*args, data=b""):
    return run([E2M, *args], data)


def openssl(*args, data=b""):
    return run(["openssl", "cms", *args], data)


class Keys:
    def __init__(self, folder, kind, more):
        self.kind, self.folder = kind, os.path.join(folder, kind)
        for args in (["init", self.folder], ["issue", self.folder, "sip:" + ALICE, *more],
                     ["issue", self.folder, "sip:" + BOB, *more],
                     ["issue", self.folder, SS1, *more]):
            got = e2m("pki", *args)
            assert got.returncode == 0, got.stderr
        self.ca = self.path("ca", ".crt")

    def path(self, who, end):
        return os.path.join(self.folder, who + end)

    def crt(self, who):
        return self.path(who, ".crt")

    def pem(self, who):
        return self.path(who, ".pem")


# ---- MIME, as little as it takes ----------------------------------------------------


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


def find(entity, word):
    """The innermost entity whose own type holds `word`."""
    head = entity.partition(b"\r\n\r\n")[0]
    if re.search(rb"content-type:\s*multipart/", head, re.I):
        for p in parts(entity):
            got = find(p, word)
            if got is not None:
                return got
        return None
    return entity if word in head.lower() else None


def sip(fields, body):
    return HEAD + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


def flipped(data, at=None):
    at = len(data) // 2 if at is None else at
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


# ---- we write, OpenSSL reads ----------------------------------------------------------


def seal(keys, *more):
    with open(os.path.join(HERE, "..", "vectors", "message.sip"), "rb") as f:
        plain = f.read()
    got = e2m("seal", "--as", keys.pem(ALICE), "--to", keys.crt(BOB), "--middle",
              SS1 + "=" + keys.crt(SS1), *more, data=plain)
    assert got.returncode == 0, got.stderr
    return got.stdout


def decrypt(keys, who, der):
    return openssl("-decrypt", "-inform", "DER", "-binary", "-inkey", keys.pem(who), "-recip",
                   keys.crt(who), data=der)


def knows_attributes():
    """Of an AuthEnvelopedData: OpenSSL before 3.0.22 cannot parse them."""
    words = run(["openssl", "version"]).stdout.decode().split()
    return tuple(int(n) for n in re.findall(r"\d+", words[1])[:3]) >= (3, 0, 22)


def they_decrypt(keys, cipher, *more):
    for how in ("", "--base64", "--no-attributes"):
        if how != "--no-attributes" and cipher.endswith("gcm") and not knows_attributes():
            Tap.skip("openssl decrypts: %s %s %s %s" % (keys.kind, cipher, " ".join(more), how),
                     "it cannot parse attributes of AuthEnvelopedData before 3.0.22")
            continue
        sealed = seal(keys, "--cipher", cipher, *more, *([how] if how else []))
        der = content(find(sealed, b"pkcs7-mime"))
        for who in (BOB, SS1):
            name = "openssl decrypts: %s %s %s %s for %s" % (
                keys.kind, cipher, " ".join(more), how, who.split("@")[0].split(".")[0])
            good, bad = decrypt(keys, who, der), decrypt(keys, who, flipped(der, len(der) - (40 if how == "--no-attributes" else 120)))
            Tap.say(good.returncode == 0 and good.stdout == TEXT, name,
                    good.stderr.decode() + repr(good.stdout[:80]))
            # a changed octet: nothing, or (CBC, which has no tag) another text
            Tap.say(bad.stdout != TEXT, name + ", one octet changed", "it still opens")


def they_verify(keys, name, *more):
    """Detached and opaque."""
    sealed = seal(keys, *more)
    with tempfile.TemporaryDirectory() as d:
        if "--opaque" in more:
            der, args = content(find(sealed, b"signed-data")), []
        else:
            entity, signature = parts(sealed)
            der, args = content(signature), ["-content", os.path.join(d, "content")]
            with open(args[1], "wb") as f:
                f.write(entity)
        base = ["-verify", "-binary", "-inform", "DER", "-CAfile", keys.ca, "-purpose", "any"]
        good = openssl(*base, *args, data=der)
        Tap.say(good.returncode == 0, "openssl verifies: " + name, good.stderr.decode())
        if args:
            with open(args[1], "wb") as f:
                f.write(flipped(entity))
        else:
            der = flipped(der, der.index(b"message/sipfrag"))
        bad = openssl(*base, *args, data=der)
        Tap.say(bad.returncode != 0, "openssl refuses: %s, one octet changed" % name, "passes")


# ---- OpenSSL writes, we read ------------------------------------------------------------


def wrap(der, kind, label, encode):
    fields = b"Content-Type: application/pkcs7-mime;smime-type=%s;name=smime.p7m\r\n" % kind
    fields += b"Content-Disposition: attachment;handling=required"
    fields += b";required-entity=" + SS1.encode() if label else b""
    fields += b"\r\nContent-Transfer-Encoding: %s\r\n" % (b"base64" if encode else b"binary")
    return sip(fields, base64.encodebytes(der) if encode else der)


def we_read(keys, name, der, kind, more, encode):
    """The far user opens, the middle inspects; and neither when it is changed."""
    for role, who in (("open", BOB), ("inspect", SS1)):
        args = [role, "--as", keys.pem(who), "--trust", keys.ca, "--allow-unsigned", *more]
        args += ["--name", SS1, "--json"] if role == "inspect" else ["--json", "-"]
        got = e2m(*args, data=wrap(der, kind, True, encode))
        text = b""
        if got.returncode == 0:
            text = base64.b64decode(json.loads(got.stdout)["parts"][0]["content"])
        Tap.say(text == TEXT.partition(b"\r\n\r\n")[2], "e2m %s reads: %s" % (role, name),
                got.stderr.decode() + got.stdout.decode()[:200])
        bad = e2m(*args, data=wrap(flipped(der, len(der) - 20), kind, True, encode))
        Tap.say(bad.returncode in (2, 4) and b"figures" not in bad.stdout,
                "e2m %s refuses: %s, one octet changed" % (role, name), bad.stderr.decode())


def they_encrypt(keys, cipher, padding, stream, more):
    name = "%s %s %s%s" % (keys.kind, cipher, padding, " BER" if stream else "")
    args = ["-encrypt", "-binary", "-outform", "DER", "-" + cipher]
    args += ["-stream"] if stream else []
    for who in (BOB, SS1):
        args += ["-recip", keys.crt(who)]
        if padding == "oaep":
            args += ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"]
        elif keys.kind == "ec":
            args += ["-keyopt", "ecdh_kdf_md:sha256"]
    got = openssl(*args, data=TEXT)
    if got.returncode != 0 or not got.stdout:
        Tap.skip("openssl encrypts: " + name, got.stderr.decode().strip().split("\n")[-1])
        return
    if stream and b"\x30\x80" != got.stdout[:2]:
        Tap.skip("openssl streams: " + name, "it writes definite lengths all the same")
        return
    kind = b"authEnveloped-data" if cipher.endswith("gcm") else b"enveloped-data"
    extra = list(more) + ([] if cipher.endswith("gcm") else ["--insecure-cbc"])
    we_read(keys, name, got.stdout, kind, extra, stream)


def they_sign(keys, name, opts, opaque):
    entity = TEXT
    with tempfile.TemporaryDirectory() as d:
        key = os.path.join(d, "key")
        with open(key, "wb") as f:
            f.write(open(keys.pem(ALICE), "rb").read())
        args = ["-sign", "-binary", "-outform", "DER", "-signer", keys.crt(ALICE), "-inkey", key,
                "-md", "sha256", *opts] + (["-nodetach"] if opaque else [])
        got = openssl(*args, data=entity)
    if got.returncode != 0:
        Tap.skip("openssl signs: " + name, got.stderr.decode().strip().split("\n")[-1])
        return

    def message(entity, der):
        if opaque:
            return wrap(der, b"signed-data", False, True)
        body = b"--b\r\n" + entity + b"\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n" \
            b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(der) + b"\r\n--b--\r\n"
        return sip(b'Content-Type: multipart/signed;protocol="application/pkcs7-signature";'
                   b'micalg=sha-256;boundary=b\r\n', body)

    args = ["open", "--as", keys.pem(BOB), "--trust", keys.ca, "--allow-unbound", "--json", "-"]
    good = e2m(*args, data=message(entity, got.stdout))
    verdict = json.loads(good.stdout or b"{}")
    Tap.say(good.returncode == 0 and verdict["signer"] == "sip:" + ALICE,
            "e2m verifies: " + name, good.stderr.decode())
    at = got.stdout.index(b"figures") if opaque else 0
    spoilt = message(entity, flipped(got.stdout, at)) if opaque else \
        message(entity.replace(b"figures", b"figurez"), got.stdout)
    bad = e2m(*args, data=spoilt)
    Tap.say(bad.returncode == 5 and b"bad-signature" in bad.stdout,
            "e2m refuses: %s, one octet changed" % name, bad.stderr.decode())


def they_sign_encrypted(keys):
    """enveloped by OpenSSL inside signed by OpenSSL, labelled by hand: mech 5.1."""
    der = openssl("-encrypt", "-binary", "-outform", "DER", "-aes-128-cbc", "-recip",
                  keys.crt(BOB), "-keyopt", "ecdh_kdf_md:sha256", "-recip", keys.crt(SS1),
                  "-keyopt", "ecdh_kdf_md:sha256", data=TEXT).stdout
    entity = b"Content-Type: application/pkcs7-mime;smime-type=enveloped-data;name=smime.p7m\r\n" \
        b"Content-Disposition: session;handling=required;required-entity=" + SS1.encode() + \
        b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + \
        base64.encodebytes(der).replace(b"\n", b"\r\n").rstrip()
    sig = openssl("-sign", "-binary", "-outform", "DER", "-signer", keys.crt(ALICE), "-inkey",
                  keys.pem(ALICE), data=entity).stdout
    body = b"--b\r\n" + entity + b"\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n" \
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(sig) + b"\r\n--b--\r\n"
    wire = sip(b'Content-Type: multipart/signed;protocol="application/pkcs7-signature";'
               b'micalg=sha-256;boundary=b\r\n', body)
    got = e2m("inspect", "--as", keys.pem(SS1), "--name", SS1, "--trust", keys.ca,
              "--allow-unbound", "--json", data=wire)
    verdict = json.loads(got.stdout or b"{}")
    Tap.say(got.returncode == 0 and verdict["signer"] == "sip:" + ALICE,
            "e2m reads mech 5.1 made by openssl alone", got.stderr.decode())


# ---- reused keys (RFC 3185): OpenSSL is given the key-encryption key ---------------------


def kept(path):
    """(reference, key-encryption key) of the first record that has both: e2m(1)."""
    with open(path, "rb") as f:
        data = f.read()
    for at in range(0, len(data), 384):
        r = data[at:at + 384]
        if r[46] > 0:
            return r[47:47 + r[45]], r[111:111 + r[46]]
    raise AssertionError("no key in " + path)


def reuse(keys):
    with tempfile.TemporaryDirectory() as d:
        alice, bob = os.path.join(d, "alice"), os.path.join(d, "bob")
        first = seal(keys, "--reuse", alice)
        e2m("open", "--as", keys.pem(BOB), "--trust", keys.ca, "--reuse", bob, data=first)
        reference, kek = kept(bob)
        Tap.say(kept(alice) == (reference, kek), "both sides keep the same key")
        again = content(find(seal(keys, "--reuse", alice), b"pkcs7-mime"))
        secret = ["-secretkey", kek.hex(), "-secretkeyid", reference.hex()]
        if not knows_attributes():  # CBC has its attributes in another place
            again = content(find(seal(keys, "--reuse", alice, "--cipher", "aes-128-cbc"),
                                 b"pkcs7-mime"))
        good = openssl("-decrypt", "-inform", "DER", "-binary", *secret, data=again)
        Tap.say(good.stdout == TEXT, "openssl decrypts what is sealed under a kept key",
                good.stderr.decode())
        wrong = ["-secretkey", kek[::-1].hex(), "-secretkeyid", reference.hex()]
        bad = openssl("-decrypt", "-inform", "DER", "-binary", *wrong, data=again)
        Tap.say(bad.stdout != TEXT, "and does not under the key that is not reversed")
        for cipher in ("aes-128-gcm", "aes-128-cbc"):
            der = openssl("-encrypt", "-binary", "-outform", "DER", "-" + cipher, *secret,
                          data=TEXT).stdout
            kind = b"authEnveloped-data" if "gcm" in cipher else b"enveloped-data"
            # the label is the first message's: keys are bound to it
            args = ["open", "--as", keys.pem(BOB), "--trust", keys.ca, "--allow-unsigned",
                    "--insecure-cbc", "--json", "-", "--reuse", bob]
            got = e2m(*args, data=wrap(der, kind, True, False))
            Tap.say(got.returncode == 0 and b'"kek"' in got.stdout,
                    "e2m reads what openssl sealed under a kept key: " + cipher,
                    got.stderr.decode())
            bad = e2m(*args, data=wrap(der, kind, False, False))
            Tap.say(bad.returncode == 4, "and refuses it under another label: " + cipher)


def main():
    with tempfile.TemporaryDirectory() as folder:
        ec = Keys(folder, "ec", [])
        rsa = Keys(folder, "rsa", ["--rsa", "2048"])
        for cipher in ("aes-128-gcm", "aes-256-gcm", "aes-128-cbc"):
            they_decrypt(ec, cipher)
            they_decrypt(rsa, cipher)
            they_decrypt(rsa, cipher, "--insecure-pkcs1-v15")
        they_verify(ec, "ECDSA P-256, detached")
        they_verify(ec, "ECDSA P-256, opaque", "--opaque")
        they_verify(rsa, "RSA-PSS, detached")
        they_verify(rsa, "RSA-PSS, opaque", "--opaque")
        they_verify(rsa, "RSA PKCS#1 v1.5, detached", "--insecure-pkcs1-v15")
        they_verify(rsa, "RSA PKCS#1 v1.5, opaque", "--insecure-pkcs1-v15", "--opaque")
        for cipher in ("aes-128-gcm", "aes-256-gcm", "aes-128-cbc", "aes-256-cbc"):
            for stream in (False, True):
                they_encrypt(ec, cipher, "ecdh", stream, [])
                they_encrypt(rsa, cipher, "oaep", stream, [])
                they_encrypt(rsa, cipher, "v1.5", stream, ["--insecure-pkcs1-v15"])
        pss = ["-keyopt", "rsa_padding_mode:pss"]
        for opaque in (False, True):
            end = ", opaque" if opaque else ", detached"
            they_sign(ec, "ECDSA P-256" + end, [], opaque)
            they_sign(rsa, "RSA PKCS#1 v1.5" + end, [], opaque)
            they_sign(rsa, "RSA-PSS" + end, pss, opaque)
        they_sign_encrypted(ec)
        reuse(ec)
    print("1..%d" % Tap.num)
    print("%d passed, %d failed, %d skipped" % (Tap.passed, Tap.failed, Tap.skipped))
    sys.exit(1 if Tap.failed else 0)


if __name__ == "__main__":
    main()
