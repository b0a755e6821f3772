# SPDX-License-Identifier: BSD-3-Clause
"""asn1crypto, a reader of structures without keys: all that e2m writes is taken apart
to the last field and compared with what the RFCs say must be there."""

import hashlib

from people import ALSO
from peer import Missing, Peer, Refused
from wire import ALICE, BOB, SS1, WORDS

COMMITMENT = "2.25.86803021631929663138353096628114048173"
REFERENCE, MAX_DECRYPTS = "1.2.840.113549.1.9.16.2.30", "1.2.840.113549.1.9.16.2.31"
SHA256_KDF, SHA384_KDF = "1.3.132.1.11.1", "1.3.132.1.11.2"
HKDF = "1.2.840.113549.1.9.16.3.19"
# of the ephemeral key: algorithm, octets; key agreement
CURVE = {"p256": ("ec", 65, SHA256_KDF), "p384": ("ec", 97, SHA384_KDF),
         "25519": ("x25519", 32, HKDF)}
# of a signature: the usual digest, and the algorithm that goes with a digest
SIGNATURE = {"p256": ("sha256", "%s_ecdsa"), "p384": ("sha384", "%s_ecdsa"),
             "pss": ("sha256", "rsassa_pss"), "v1.5": ("sha256", "rsassa_pkcs1v15"),
             "ed25519": ("sha512", "ed25519")}
CAN = {"2.16.840.1.101.3.4.1.%d" % n for n in (2, 6, 46)}  # AES-128-CBC, -GCM, AES-256-GCM


def demand(good, what):
    if not good:
        raise Refused(what)


class Asn1Crypto(Peer):
    name = "asn1crypto"
    structural = True

    def __init__(self, folder):
        try:
            from asn1crypto import cms, core, tsp, x509
        except ImportError:
            raise Missing("no asn1crypto here (python3-asn1crypto)")
        self.cms, self.core, self.tsp, self.x509 = cms, core, tsp, x509

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
        demand(data["version"].native == "v1", "version")
        content = data["encap_content_info"]
        demand(content["content_type"].native == "data", "inner content type")
        inside = content["content"].native
        demand((inside is None) == (entity is not None), "content inside, or not")
        ways = {ALICE: row.how if row.how != "ecdsa" else row.keys}
        if row.form == "two-signers":
            ways[ALSO] = "p256" if row.keys == "rsa" else "v1.5" if row.how == "v1.5" else "pss"
        signers = {s["sid"].chosen["serial_number"].native: s for s in data["signer_infos"]}
        demand(len(signers) == len(ways), "signers")
        digests = {self.signer(row, self.certificate(keys.crt(who)), how, signers,
                               entity if inside is None else inside) for who, how in ways.items()}
        demand({a["algorithm"].native for a in data["digest_algorithms"]} == digests, "digests")
        carried = {c.chosen.dump() for c in data["certificates"]}
        demand(all(self.certificate(keys.crt(who)).dump() in carried for who in ways), "certificates")

    def signer(self, row, cert, how, signers, entity):
        """A SignerInfo; and its digest."""
        demand(cert.serial_number in signers, "signer")
        signer = signers[cert.serial_number]
        usual, algorithm = SIGNATURE[how]
        digest = usual if row.cipher == "default" else row.cipher
        demand(signer["version"].native == "v1", "signer's version")
        demand(signer["sid"].chosen["issuer"].dump() == cert.issuer.dump(), "signer's issuer")
        demand(signer["digest_algorithm"]["algorithm"].native == digest, "digest")
        said = signer["signature_algorithm"]["algorithm"].native
        demand(said in (algorithm.replace("%s", digest), digest + "_rsa" * (how == "v1.5")),
               "signature: " + said)
        attrs = {a["type"].dotted: a["values"] for a in signer["signed_attrs"]}
        demand(all(len(values) == 1 for values in attrs.values()), "one value each")
        self.signed_attributes(attrs, cert, hashlib.new(digest, entity).digest())
        return digest

    def signed_attributes(self, attrs, cert, digest):
        """RFC 5652 sec. 11, RFC 5035 sec. 3, RFC 8551 sec. 2.5.2: by OID, one value."""
        one = {oid[len("1.2.840.113549.1.9."):]: values[0] for oid, values in attrs.items()}
        demand(set(one) == {"3", "4", "5", "15", "16.2.47"}, "attributes " + " ".join(sorted(one)))
        demand(one["3"].native == "data", "contentType")
        demand(one["4"].native == digest, "messageDigest")
        demand(one["5"].name == "utc_time", "signingTime")
        can = self.core.SequenceOf.load(one["15"].dump(), strict=True, spec=self.core.Sequence)
        named = [self.core.ObjectIdentifier.load(c[0].dump()).native for c in can]
        demand(set(named) == CAN, "capabilities " + " ".join(named))
        ids = self.tsp.SigningCertificateV2.load(one["16.2.47"].dump(), strict=True)["certs"]
        demand(len(ids) == 1 and ids[0]["cert_hash"].native == cert.sha256
               and ids[0]["hash_algorithm"]["algorithm"].native == "sha256", "certificate's hash")

    # ---- compression ------------------------------------------------------------

    def compressed(self, der):
        """RFC 3274 sec. 1.1; and what is packed."""
        data = self.whole(der, "compressed_data")
        demand(int(data["version"]) == 0, "version")
        demand(data["compression_algorithm"]["algorithm"].native == "zlib", "algorithm")
        demand(data["encap_content_info"]["content_type"].native == "data", "inner content type")
        return data["encap_content_info"]["content"].native
