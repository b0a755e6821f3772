# SPDX-License-Identifier: BSD-3-Clause
"""asn1crypto, a reader of structures without keys: all that e2m writes is taken apart
to the last field and compared with what the RFCs say must be there."""

import hashlib

from peer import Missing, Peer, Refused
from wire import ALICE, BOB, SS1, WORDS

COMMITMENT = "2.25.86803021631929663138353096628114048173"
REFERENCE, MAX_DECRYPTS = "1.2.840.113549.1.9.16.2.30", "1.2.840.113549.1.9.16.2.31"
SHA256_KDF, HKDF = "1.3.132.1.11.1", "1.2.840.113549.1.9.16.3.19"
# of the ephemeral key: algorithm, octets; key agreement
CURVE = {"p256": ("ec", 65, SHA256_KDF), "p384": ("ec", 97, SHA256_KDF),
         "25519": ("x25519", 32, HKDF)}
SIGNATURE = {("p256", "ecdsa"): ("sha256", "sha256_ecdsa"),
             ("p384", "ecdsa"): ("sha384", "sha384_ecdsa"),
             ("rsa", "pss"): ("sha256", "rsassa_pss"),
             ("rsa", "v1.5"): ("sha256", ("sha256_rsa", "rsassa_pkcs1v15")),
             ("25519", "ed25519"): ("sha512", "ed25519")}


def demand(good, what):
    if not good:
        raise Refused(what)


class Asn1Crypto(Peer):
    name = "asn1crypto"
    structural = True

    def __init__(self, folder):
        try:
            from asn1crypto import algos, cms, core, x509
        except ImportError:
            raise Missing("no asn1crypto here (python3-asn1crypto)")
        self.algos, self.cms, self.core, self.x509 = algos, cms, core, x509

    def certificate(self, path):
        from asn1crypto import pem
        with open(path, "rb") as f:
            return self.x509.Certificate.load(pem.unarmor(f.read())[2], strict=True)

    def whole(self, der, kind):
        """The ContentInfo's content: strict, no octet beyond, DER throughout."""
        try:
            info = self.cms.ContentInfo.load(der, strict=True)
            demand(info["content_type"].native == kind, "content type")
            got = info["content"]
            got.native  # every field is parsed only when asked for
            demand(info.dump(force=True) == der, "this is not DER")
        except (ValueError, TypeError, KeyError) as e:
            raise Refused("%s: %s" % (type(e).__name__, e))
        return got

    # ---- envelopes --------------------------------------------------------------

    def envelope(self, row, keys, der):
        """RFC 5652 sec. 6, RFC 5083 sec. 2, RFC 5084, RFC 5753, RFC 3185."""
        data = self.whole(der, "authenticated_enveloped_data" if row.gcm else "enveloped_data")
        infos = list(data["recipient_infos"])
        for info in infos:
            getattr(self, info.name)(row, keys, info.chosen)
        plain = row.form == "bare" and all(i.name == "ktri" for i in infos)
        demand(int(data["version"]) == (0 if row.gcm or plain else 2), "version")
        self.readers(row, keys, infos)
        content = data["auth_encrypted_content_info" if row.gcm else "encrypted_content_info"]
        self.content(row, content, data)
        self.attributes(row, data["unauth_attrs" if row.gcm else "unprotected_attrs"])

    def ktri(self, row, keys, info):
        demand(int(info["version"]) == 0, "ktri version")
        alg = info["key_encryption_algorithm"]
        if row.how == "v1.5":
            demand(alg["algorithm"].native == "rsaes_pkcs1v15", "key transport")
            demand(alg["parameters"].dump() == b"\x05\x00", "NULL parameters")
        else:
            demand(alg["algorithm"].native == "rsaes_oaep", "key transport")
            said = alg["parameters"].native
            demand(said["hash_algorithm"]["algorithm"] == "sha256", "OAEP hash")
            demand(said["mask_gen_algorithm"]["parameters"]["algorithm"] == "sha256", "MGF1")
        demand(len(info["encrypted_key"].native) == 256, "encrypted key")

    def kari(self, row, keys, info):
        """One ephemeral key for all readers on the curve."""
        kind = "p256" if keys.kind == "mixed" else keys.kind
        demand(int(info["version"]) == 3, "kari version")
        demand(info["originator"].name == "originator_key", "originator")
        key = info["originator"].chosen
        name, size, agreement = CURVE[kind]
        demand(key["algorithm"]["algorithm"].native == name, "originator's algorithm")
        demand(len(key["public_key"].contents) == size + 1, "originator's point")
        alg = info["key_encryption_algorithm"]
        demand(alg["algorithm"].dotted == agreement, "key agreement")
        wrap = self.cms.KeyEncryptionAlgorithm.load(alg["parameters"].dump(), strict=True)
        self.wrapped(row, wrap, [k["encrypted_key"] for k in info["recipient_encrypted_keys"]])

    def kekri(self, row, keys, info):
        demand(int(info["version"]) == 4, "kekri version")
        demand(info["kekid"]["key_identifier"].native == keys.kek[0], "reference")
        self.wrapped(row, info["key_encryption_algorithm"], [info["encrypted_key"]])

    def wrapped(self, row, alg, encrypted_keys):
        bits = row.cipher.split("-")[1]
        demand(alg["algorithm"].native == "aes%s_wrap" % bits, "key wrap")
        demand(alg["parameters"].dump() == b"", "no parameters (RFC 3565 sec. 2.3.2)")
        for key in encrypted_keys:
            demand(len(key.native) == int(bits) // 8 + 8, "wrapped key")

    def readers(self, row, keys, infos):
        """Bob and ss1, by issuer and serial number, and nobody else."""
        rids = [info.chosen["rid"] for info in infos if info.name == "ktri"]
        rids += [k["rid"] for info in infos if info.name == "kari"
                 for k in info.chosen["recipient_encrypted_keys"]]
        wanted = set() if row.how == "kek" else {
            (c.issuer.dump(), c.serial_number)
            for c in (self.certificate(keys.crt(who)) for who in (BOB, SS1))}
        demand(len(rids) == len(wanted) and wanted == {
            (r.chosen["issuer"].dump(), r.chosen["serial_number"].native) for r in rids}, "readers")

    def content(self, row, content, data):
        alg = content["content_encryption_algorithm"]
        bits, mode = row.cipher.split("-")[1:]
        demand(content["content_type"].native == "data", "inner content type")
        demand(alg["algorithm"].native == "aes%s_%s" % (bits, mode), "cipher")
        size = len(content["encrypted_content"].native)
        least = len(b"Content-Type: text/plain\r\n\r\n" + WORDS)
        if not row.gcm:
            demand(len(alg["parameters"].native) == 16, "IV")
            demand(size == least + 16 - least % 16, "padding")
            return
        params = self.core.Sequence.load(alg["parameters"].dump(), strict=True)
        demand([len(params[0].native), params[1].native] == [12, 16] and len(params) == 2,
               "GCM parameters")
        demand(size == least and len(data["mac"].native) == 16, "sizes")
        demand(data["auth_attrs"].native is None, "authAttrs")

    def attributes(self, row, attrs):
        got = {a["type"].dotted: a["values"] for a in attrs or ()}
        wanted = {"bare": [], "attributes": [COMMITMENT],
                  "offer": [COMMITMENT, REFERENCE, MAX_DECRYPTS]}[row.form]
        demand(set(got) == set(wanted), "attributes")
        for type_, size in ((COMMITMENT, 32), (REFERENCE, 16)):
            if type_ in wanted:
                value, = got[type_]
                demand(len(self.core.OctetString.load(value.dump(), strict=True).native) == size,
                       "length of " + type_)
        if MAX_DECRYPTS in wanted:
            value, = got[MAX_DECRYPTS]
            demand(self.core.Integer.load(value.dump(), strict=True).native > 0, "CEKMaxDecrypts")

    # ---- signatures -------------------------------------------------------------

    def signature(self, row, keys, der, entity):
        """RFC 5652 sec. 5, RFC 5754, RFC 8419."""
        data = self.whole(der, "signed_data")
        alice = self.certificate(keys.crt(ALICE))
        digest, wanted = SIGNATURE[row.keys, row.how]
        demand(data["version"].native == "v1", "version")
        demand([a["algorithm"].native for a in data["digest_algorithms"]] == [digest], "digests")
        demand(any(c.chosen.dump() == alice.dump() for c in data["certificates"]), "certificate")
        content = data["encap_content_info"]
        demand(content["content_type"].native == "data", "inner content type")
        inside = content["content"].native
        demand((inside is None) == (entity is not None), "content inside, or not")
        signer, = data["signer_infos"]
        demand(signer["version"].native == "v1", "signer's version")
        sid = signer["sid"].chosen
        demand(sid["issuer"].dump() == alice.issuer.dump()
               and sid["serial_number"].native == alice.serial_number, "signer")
        demand(signer["digest_algorithm"]["algorithm"].native == digest, "digest")
        demand(signer["signature_algorithm"]["algorithm"].native in wanted, "signature")
        attrs = {a["type"].native: a["values"] for a in signer["signed_attrs"]}
        demand({"content_type", "message_digest", "signing_time"} <= set(attrs), "attributes")
        demand(all(len(values) == 1 for values in attrs.values()), "one value each")
        demand(attrs["content_type"][0].native == "data", "contentType")
        demand(attrs["message_digest"][0].native == hashlib.new(
            digest, entity if inside is None else inside).digest(), "messageDigest")
        demand(attrs["signing_time"][0].name == "utc_time", "signingTime (sec. 11.3)")
