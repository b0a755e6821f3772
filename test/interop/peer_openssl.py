# SPDX-License-Identifier: BSD-3-Clause
"""Debian's `openssl cms`."""

import os
import tempfile

from people import ALSO
from peer import Missing, Peer, Refused
from wire import ALICE, BOB, SS1, TEXT, run, with_unauth_attrs


def cms(*args, data=b""):
    got = run(["openssl", "cms", *args], data)
    if got.returncode != 0 or (not got.stdout and "-verify" not in args):
        raise Refused(got.stderr.decode() or "nothing comes out")
    return got.stdout


class OpenSSL(Peer):
    name = "openssl"

    def __init__(self, folder):
        try:
            run(["openssl", "version"])
        except FileNotFoundError:
            raise Missing("no openssl here")
        self.folder = tempfile.mkdtemp(dir=folder)
        self.lacks = frozenset() if self.reads_attributes() else {"auth-attributes"}

    @staticmethod
    def reads_attributes():
        """OpenSSL before 3.0.22 cannot parse an AuthEnvelopedData with attributes:
        its own message tells, with and without."""
        secret = ["-secretkey", "00" * 16, "-secretkeyid", "01"]
        own = cms("-encrypt", "-binary", "-outform", "DER", "-aes-128-gcm", *secret, data=TEXT)
        try:
            return cms("-decrypt", "-inform", "DER", "-binary", *secret,
                       data=with_unauth_attrs(own)) == TEXT
        except Refused:
            return False

    def opens(self, row, keys, who, der):
        key = secret(keys) if row.how == "kek" else \
            ["-inkey", keys.pem(who), "-recip", keys.crt(who)]
        return cms("-decrypt", "-inform", "DER", "-binary", *key, data=der)

    def seals(self, row, keys, text):
        args = ["-encrypt", "-binary", "-outform", "DER", "-" + row.cipher]
        args += ["-stream"] if row.form == "ber" else []
        args += ["-keyid"] if row.form == "key-id" else []
        if row.how == "kek":
            return cms(*args, *secret(keys), data=text)
        for who in (BOB, SS1):
            args += ["-recip", keys.crt(who)]
            for option in recipient_options(row.how, who):
                args += ["-keyopt", option]
        return cms(*args, data=text)

    def verifies(self, row, keys, der, entity):
        args = ["-verify", "-binary", "-inform", "DER", "-CAfile", keys.ca, "-purpose", "any"]
        cms(*args, *(["-content", self.file(entity)] if entity is not None else []), data=der)

    def signs(self, row, keys, entity):
        args = ["-sign", "-binary", "-outform", "DER", "-md", row.cipher]
        if row.form == "two-signers":
            args += ["-signer", keys.crt(ALSO), "-inkey", keys.pem(ALSO)]
        args += ["-signer", keys.crt(ALICE), "-inkey", keys.pem(ALICE)]
        args += ["-keyopt", "rsa_padding_mode:pss"] if row.how == "pss" else []
        args += {"opaque": ["-nodetach"], "no-attributes": ["-noattr"], "key-id": ["-keyid"],
                 "cades": ["-cades"], "ber": ["-nodetach", "-stream"]}.get(row.form, [])
        return cms(*args, data=entity)

    def file(self, octets):
        name = os.path.join(self.folder, "content")
        with open(name, "wb") as f:
            f.write(octets)
        return name


def secret(keys):
    reference, kek = keys.kek
    return ["-secretkey", kek.hex(), "-secretkeyid", reference.hex()]


def recipient_options(how, who):
    """-keyopt of one -recip."""
    if how == "ecdh+oaep":
        how = "ecdh-sha256" if who == BOB else "oaep-sha256"
    word, _, digest = how.partition("-")
    if word == "oaep":
        digest, _, mask = digest.partition("-mask-")
        return ["rsa_padding_mode:oaep", "rsa_oaep_md:" + digest, "rsa_mgf1_md:" + (mask or digest)]
    if word in ("ecdh", "cofactor") and digest != "hkdf":
        return ["ecdh_kdf_md:" + digest] + (["ecdh_cofactor_mode:1"] * (word == "cofactor"))
    return []
