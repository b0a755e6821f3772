# SPDX-License-Identifier: BSD-3-Clause
"""The one table: structures and algorithms, both ways, and what each peer is known
not to do. A row that is not listed as such must work, or it is a failure."""

import re
from collections import namedtuple
from itertools import product


class Row(namedtuple("Row", "way keys how cipher form")):
    """way     seal: e2m writes the envelope, the peer reads; open: the other way;
               sign: e2m signs, the peer verifies; verify: the other way
    keys    a kind of people.KINDS
    how     the key management, or the signature
    cipher  of an envelope; of a signature the digest
    form    what else is special about the structure; offer: of a key, RFC 3185"""

    def __str__(self):
        return " ".join(self)

    @property
    def gcm(self):
        return not self.cipher.endswith("cbc")

    @property
    def kind(self):
        return b"authEnveloped-data" if self.gcm else b"enveloped-data"


GCM, CBC = ["aes-%d-gcm" % n for n in (128, 192, 256)], ["aes-%d-cbc" % n for n in (128, 192, 256)]
CCM = ["aes-%d-ccm" % n for n in (128, 192, 256)]
WRITTEN = ["aes-128-gcm", "aes-256-gcm", "aes-128-cbc"]
EC = [("p256", "ecdh-sha1"), ("p256", "ecdh-sha256"), ("p256", "ecdh-sha384"),
      ("p256", "cofactor-sha256"), ("p384", "ecdh-sha256"), ("p384", "ecdh-sha384"),
      ("25519", "ecdh-hkdf")]
RSA = [("rsa", "oaep-sha1"), ("rsa", "oaep-sha256"), ("rsa", "v1.5")]
SIGNERS = [("p256", "ecdsa"), ("p384", "ecdsa"), ("rsa", "pss"), ("rsa", "v1.5"),
           ("25519", "ed25519")]


def rows():
    for (keys, how), cipher, form in product(
            [("p256", "ecdh"), ("p384", "ecdh"), ("25519", "ecdh"), ("rsa", "oaep"),
             ("rsa", "v1.5"), ("mixed", "ecdh+oaep"), ("p256", "kek")],
            WRITTEN, ("attributes", "bare")):
        yield Row("seal", keys, how, cipher, form)
    for (keys, how), cipher in product([("p256", "ecdh"), ("rsa", "oaep"), ("rsa", "v1.5")],
                                       [GCM[1], CBC[1], CBC[2]]):
        yield Row("seal", keys, how, cipher, "bare")
    for keys, how, cipher in (("p256", "ecdh", GCM[0]), ("rsa", "oaep", CBC[0])):
        yield Row("seal", keys, how, cipher, "offer")
    for (keys, how), cipher in product(EC + RSA + [("mixed", "ecdh+oaep")], GCM + CBC):
        yield Row("open", keys, how, cipher, "plain")
    # Java and .NET leave the mask's hash at SHA-1 unless told otherwise
    for how in ("oaep-sha512", "oaep-sha256-mask-sha1"):
        yield Row("open", "rsa", how, GCM[2], "plain")
    # a kept key has the size of its cipher: the first message was e2m's
    for cipher in WRITTEN + ["aes-256-cbc"]:
        yield Row("open", "p256", "kek", cipher, "plain")
    for (keys, how), cipher, form in product(
            [EC[1], RSA[1], RSA[2]], [GCM[0], CBC[0]], ("ber", "key-id", "attributes")):
        yield Row("open", keys, how, cipher, form)
    for keys, how in (EC[1], RSA[1]):
        yield Row("open", keys, how, GCM[0], "authenticated")
    for (keys, how), cipher in product([EC[1], RSA[1]], CCM):
        yield Row("open", keys, how, cipher, "plain")
    for (keys, how), form in product(SIGNERS, ("detached", "opaque")):
        yield Row("sign", keys, how, "default", form)
    for (keys, how), digest in product(SIGNERS[:4], ("sha256", "sha384", "sha512")):
        yield Row("sign", keys, how, digest, "detached")
    for (keys, how), form in product(SIGNERS[:4], ("two-signers",)):
        yield Row("sign", keys, how, "default", form)
    for (keys, how), digest, form in product(SIGNERS[:4], ("sha256", "sha384", "sha512"),
                                             ("detached", "opaque")):
        yield Row("verify", keys, how, digest, form)
    for form in ("detached", "opaque"):
        yield Row("verify", "25519", "ed25519", "sha512", form)
    for (keys, how), form in product(SIGNERS[:4], ("no-attributes", "key-id", "ber",
                                                   "two-signers", "cades")):
        yield Row("verify", keys, how, "sha256", form)


# peer: [(row, what the peer must say, why)]. None for what it says: it has no way
# to be asked. A third word names a probe of the peer's own (its `lacks`): the
# entry counts only where that was found lacking, by trying.
CANNOT = {
    "asn1crypto": [(r"^(open|verify)", None, "reads structures, writes no messages")],
    "openssl": [
        (r"^seal .*gcm (attributes|offer)", r"Field=unauthAttrs",
         "cannot parse attributes of an AuthEnvelopedData before 3.0.22", "auth-attributes"),
        (r"^seal 25519", r"no matching recipient", "no X25519 recipients"),
        (r"^open 25519", r"not supported for this keytype", "no X25519 recipients"),
        (r"^(sign|verify) 25519", r"eddsa_digest_signverify_init", "no Ed25519"),
        (r"^verify rsa pss sha256 ber", r"illegal zero content", "cannot stream a PSS signature"),
        (r"^open .*ccm", r"evp_cipher_param_to_asn1_ex:unsupported cipher", "no CCM"),
        (r"^open .* attributes", None, "has no option for attributes of an envelope"),
        (r"^open .* authenticated", None, "has no option for attributes of an envelope"),
    ],
    "bouncy": [
        (r"^seal 25519", r"no such algorithm: 1\.2\.840\.113549\.1\.9\.16\.3\.19",
         "no X25519 recipients"),
        (r"^open 25519", r"Unknown key agreement algorithm: 1\.2\.840\.113549\.1\.9\.16\.3\.19",
         "no X25519 recipients"),
    ],
    "cmsutil": [
        (r"^seal .*gcm", r"SEC_ERROR_UNRECOGNIZED_OID", "no AuthEnvelopedData"),
        (r"^seal .*kek", None, "no KEKRecipientInfo"),
        (r"^seal (p256|p384|mixed|25519)", r"SEC_ERROR_BAD_DER", "no KeyAgreeRecipientInfo"),
        (r"^seal rsa oaep", r"SEC_ERROR_UNSUPPORTED_KEYALG", "no OAEP"),
        (r"^open rsa v1.5 aes-(192|256)-cbc", None, "chooses the cipher by itself"),
        (r"^open .*([gc]cm|oaep|kek)", None, "writes RSA v1.5 with AES-CBC alone"),
        (r"^open (p256|p384)", r"SEC_ERROR_INVALID_ALGORITHM", "no KeyAgreeRecipientInfo"),
        (r"^(open|verify) 25519", None, "takes no certificate of Curve25519"),
        (r"key-id|^open .*attributes|^verify .*(two-signers|cades)", None, "has no option for that"),
        (r"^verify rsa pss", None, "signs RSA by v1.5 alone"),
        (r"^sign 25519", r"status=ProcessingError", "no Ed25519"),
    ],
    "gpgsm": [
        (r"^seal .*gcm", r"error getting IV: Buffer too short", "no AuthEnvelopedData"),
        (r"^seal .*kek", r"possibly unsupported KEK info", "no KEKRecipientInfo"),
        (r"^seal (p256|p384|25519|mixed)", r"should not have been used for encryption",
         "no keys but RSA: refuses keyAgreement, cannot import EC"),
        (r"^seal rsa oaep", r"error getting encrypted session key", "no OAEP"),
        (r"^open (p256|p384|25519|mixed) (ecdh|cofactor).*cbc plain", r"Wrong key usage",
         "no keys but RSA: refuses keyAgreement, cannot import EC"),
        (r"^open .*([gc]cm|ecdh|cofactor|oaep|kek)", None, "writes RSA v1.5 with AES-CBC alone"),
        (r"key-id|^(open|verify) .*attributes|^verify .*(two-signers|cades)", None, "has no option for that"),
        (r"^verify rsa pss", None, "signs RSA by v1.5 alone"),
        (r"^verify (p256|p384|25519)", r"No secret key",
         "no keys but RSA: refuses keyAgreement, cannot import EC"),
        (r"^sign 25519", r"DSA requires the hash length", "no Ed25519"),
        (r"^sign p384 ecdsa sha256", r"256 bit hash is not valid for a 384 bit ECC key",
         "wants a digest as long as the key"),
    ],
    "pkijs": [
        (r"^seal .*gcm", r"1\.2\.840\.113549\.1\.9\.16\.1\.23 has no class",
         "no AuthEnvelopedData"),
        (r"^seal (p256|p384|mixed) ecdh", r"takes an absent ukm for an empty one",
         "takes absent user keying material for empty; mended, it reads"),
        (r"^seal rsa v1.5", r"Unrecognized algorithm name", "no RSA v1.5: WebCrypto has none"),
        (r"^seal 25519", r"reading 'constructor'", "no X25519 recipients"),
        (r"^open (p256|p384|rsa oaep|rsa v1.5|mixed|25519).*(ber|key-id|authenticated)", None,
         "has no option for that"),
        (r"^open .*(cofactor|oaep-sha512|mask)", None, "has no option for that"),
        (r"^open 25519", r"Unknown type of certificate's public key: 1\.3\.101\.110",
         "no X25519 recipients"),
        (r"^open .*[gc]cm", r"AuthEnvelopedData has no class", "no AuthEnvelopedData"),
        (r"^open rsa v1.5", None, "no RSA v1.5: WebCrypto has none"),
        (r"^sign 25519", r"Unsupported signature algorithm: 1\.3\.101\.112", "no Ed25519"),
        (r"^verify 25519", r"'namedCurve' is required", "no Ed25519"),
        (r"^verify .*(ber|key-id|two-signers|cades)", None, "has no option for that"),
    ],
}
# what must be in a peer's message for it to be what the row says: OIDs' contents
SHA256, REFERENCE = "608648016503040201", "2a864886f70d010910021e"
EVIDENCE = {
    "ecdh-sha1": "2b81051086483f0002", "ecdh-sha256": "2b8104010b01",
    "ecdh-sha384": "2b8104010b02", "cofactor-sha256": "2b8104010e01",
    "ecdh-hkdf": "2a864886f70d0109100313", "oaep-sha1": "2a864886f70d010107",
    "oaep-sha256": SHA256, "oaep-sha256-mask-sha1": SHA256,
    "oaep-sha512": "608648016503040203", "v1.5": "2a864886f70d010101", "ecdh+oaep": "2b8104010b01",
    "kek": "6086480165030401", "attributes": REFERENCE, "authenticated": "2a0304",
    "sha256": SHA256, "sha384": "608648016503040202", "sha512": "608648016503040203",
}


def proven(row, der):
    """The peer did what the row asked for, as far as OIDs tell."""
    wanted = [EVIDENCE[w] for w in row if w in EVIDENCE and (row.way, w) != ("verify", "v1.5")]
    hashes = der.count(bytes.fromhex(SHA256))
    # of OAEP the SHA-1s go without saying (RFC 4055 sec. 4.1); two readers
    masks = {"oaep-sha1": 0, "oaep-sha256-mask-sha1": 2, "oaep-sha256": 4}
    return all(bytes.fromhex(oid) in der for oid in wanted) and \
        hashes == masks.get(row.how, hashes)


def cannot(peer, row):
    """(pattern or None, reason) when `peer` is on record as not doing `row`."""
    for where, says, reason, *probe in CANNOT.get(peer.name, []):
        if re.search(where, str(row)) and set(probe) <= peer.lacks:
            return says and re.compile(says), reason
    return None
