# SPDX-License-Identifier: BSD-3-Clause
"""Alice, Bob and the proxy ss1 with keys of one kind: of e2m pki, or, for the
kinds that it does not make, of openssl under e2m's authority."""

import os

from wire import ALICE, BOB, SS1, e2m, run

KINDS = {  # Alice's key, Bob's, ss1's
    "p256": ("p256", "p256", "p256"),
    "rsa": ("rsa", "rsa", "rsa"),
    "mixed": ("p256", "p256", "rsa"),
    "p384": ("p384", "p384", "p384"),
    "25519": ("ed25519", "x25519", "x25519"),
}
ALSO = "alice-too"  # her second certificate, of another kind
MAKE = {"p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "ed25519": ["ED25519"],
        "x25519": ["X25519"]}
EXTENSIONS = """basicConstraints=critical,CA:FALSE
keyUsage=critical,%s
extendedKeyUsage=emailProtection
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=%s
"""


def must(got):
    assert got.returncode == 0, got.args + [got.stderr.decode()]
    return got


class Keys:
    def __init__(self, folder, kind):
        self.kind, self.folder = kind, os.path.join(folder, kind)
        must(e2m("pki", "init", self.folder))
        for who, key in zip((ALICE, BOB, SS1), KINDS[kind]):
            self.issue(who, key)
        self.by_openssl(ALSO, "sip:" + ALICE, "p256" if kind == "rsa" else "rsa")
        self.ca = self.crt("ca")

    def issue(self, who, key):
        name = "sip:" + who if "@" in who else who
        if key in ("p256", "rsa"):
            rsa = ["--rsa", "2048"] if key == "rsa" else []
            must(e2m("pki", "issue", self.folder, name, *rsa))
        else:
            self.by_openssl(who, name, key)

    def by_openssl(self, who, name, key):
        private, public, ext = (self.path(who, e) for e in (".key", ".pub", ".ext"))
        usage = {"x25519": "keyAgreement", "ed25519": "digitalSignature"}.get(
            key, "digitalSignature,keyAgreement")
        with open(ext, "w") as f:
            f.write(EXTENSIONS % (usage, ("URI:" if name.startswith("sip:") else "DNS:") + name))
        must(run(["openssl", "genpkey", "-algorithm", *MAKE[key], "-out", private]))
        must(run(["openssl", "pkey", "-in", private, "-pubout", "-out", public]))
        must(run(["openssl", "x509", "-new", "-force_pubkey", public, "-subj", "/CN=" + name,
                  "-CA", self.crt("ca"), "-CAkey", self.pem("ca"), "-extfile", ext,
                  "-days", "30", "-out", self.crt(who)]))
        with open(self.pem(who), "wb") as out:
            for each in (self.crt(who), private):
                with open(each, "rb") as f:
                    out.write(f.read())

    def path(self, who, end):
        return os.path.join(self.folder, who + end)

    def crt(self, who):
        return self.path(who, ".crt")

    def pem(self, who):
        return self.path(who, ".pem")

    def reading(self, who):
        """What e2m needs besides, to read as `who`."""
        return []


class Kept:
    """The same people, and a key that a first message of theirs left with all three:
    `kek` is (reference, key-encryption key) of RFC 3185."""

    def __init__(self, keys, folder, cipher, seal):
        self.keys, self.folder = keys, os.path.join(folder, "kept-" + cipher)
        os.mkdir(self.folder)
        first = seal(keys, "--cipher", cipher, "--reuse", self.store(ALICE))
        for role, who in (("open", BOB), ("inspect", SS1)):
            must(e2m(role, "--as", keys.pem(who), "--trust", keys.ca, "--reuse",
                     self.store(who), *(["--name", SS1] * (who == SS1)), data=first))
        self.kek = self.record(BOB)

    def __getattr__(self, name):
        return getattr(self.keys, name)

    def store(self, who):
        return os.path.join(self.folder, who)

    def reading(self, who):
        return ["--reuse", self.store(who)]

    def record(self, who):
        """(reference, key) of the first record that has both: e2m(1)."""
        with open(self.store(who), "rb") as f:
            data = f.read()
        for at in range(0, len(data), 384):
            r = data[at:at + 384]
            if r[46] > 0:
                return r[47:47 + r[45]], r[111:111 + r[46]]
        raise AssertionError("no key kept for " + who)
