# SPDX-License-Identifier: BSD-3-Clause
"""Every row of the table with every peer. Each accepted form has its refused twin
beside it: one octet changed."""

import os

import rows
from peer import Refused
from people import ALSO, Keys, Kept
from wire import ALICE, BOB, SS1, TEXT, WORDS, content, e2m, find, flipped, labelled, \
    multipart_signed, parts, pkcs7, read_words, sip, spoilt, verdict_of

# what the verdict calls them: the digest is told of some
ALGORITHMS = {
    "ecdsa": lambda d: ["ecdsa", "ecdsa-" + d], "pss": lambda d: ["rsa-pss", "rsa-pss-" + d],
    "v1.5": lambda d: ["rsa", "rsa-" + d], "ed25519": lambda d: ["ed25519"],
}
PLAIN = sip(b"Content-Type: text/plain\r\n", WORDS)


def seal(keys, *more, plain=PLAIN):
    got = e2m("seal", "--as", keys.pem(ALICE), "--to", keys.crt(BOB), "--middle",
              SS1 + "=" + keys.crt(SS1), *more, data=plain)
    assert got.returncode == 0, got.args + [got.stderr.decode()]
    return got.stdout


class Matrix:
    def __init__(self, report, folder):
        self.report, self.folder = report, folder
        self.keys, self.made = {}, {}

    def people(self, kind):
        """Made when first asked for."""
        if kind not in self.keys:
            self.keys[kind] = Keys(self.folder, kind)
        return self.keys[kind]

    def kept(self, people, bits):
        """And the key that a first message of theirs left: of that size."""
        if bits not in self.keys:
            self.keys[bits] = Kept(people, self.folder, "aes-%s-gcm" % bits, seal)
        return self.keys[bits]

    def keys_of(self, row):
        people = self.people(row.keys)
        return self.kept(people, row.cipher.split("-")[1]) if row.how == "kek" else people

    def run(self, peer, row):
        keys, says = self.keys_of(row), rows.cannot(peer, row)
        if says and says[0] is None:
            return self.report.cannot(row, says[1])
        try:
            good = getattr(self, "look" if peer.structural else row.way)(peer, row, keys)
        except Refused as e:
            if says and says[0].search(str(e)):
                return self.report.cannot(row, says[1])
            good = self.report.say(False, "%s: %s" % (peer.name, row), str(e))
        return self.report.cell(row, good)

    # ---- e2m writes, the peer reads ---------------------------------------------

    def envelope(self, row, keys):
        """e2m's message, one for all peers."""
        if row not in self.made:
            more = ["--cipher", row.cipher] + options(row)
            more += ["--no-attributes"] if row.form == "bare" else []
            more += keys.reading(ALICE)
            more += ["--reuse", os.path.join(self.folder, "by-" + row.keys)] * (row.form == "offer")
            self.made[row] = content(find(seal(keys, *more), b"pkcs7-mime"))
        return self.made[row]

    def seal(self, peer, row, keys):
        der, good = self.envelope(row, keys), True
        for who in (BOB, SS1):
            got = peer.opens(row, keys, who, der)
            good &= self.report.say(got == TEXT, "%s reads: %s, as %s" % (peer.name, row, who),
                                    repr(got[:80]))
            good &= self.twin(peer, row, lambda: peer.opens(row, keys, who, spoilt(der)) == TEXT)
        return good

    def twin(self, peer, row, attempt):
        try:
            passes = attempt()
        except Refused:
            passes = False
        return self.report.say(not passes, "%s: %s, one octet changed" % (peer.name, row),
                               "it passes all the same")

    def look(self, peer, row, keys):
        """A reader of structures: and its twin is one octet short."""
        made = (self.envelope(row, keys),) if row.way == "seal" else self.signature(row, keys)
        ask = peer.envelope if row.way == "seal" else peer.signature
        ask(row, keys, *made)
        good = self.report.say(True, "%s: %s" % (peer.name, row))
        return good & self.twin(peer, row, lambda: ask(row, keys, made[0][:-1], *made[1:]) or True)

    def signature(self, row, keys):
        """e2m's, and the entity it is of; None when that is inside."""
        more = ["--opaque"] if row.form == "opaque" else []
        also = ["--as", keys.pem(ALSO), "--sign-all"] if row.form == "two-signers" else []
        if row not in self.made:
            wire = e2m("seal", "--as", keys.pem(ALICE), "--to", keys.crt(BOB), *options(row),
                       *more, *also, data=PLAIN).stdout
            if more:
                self.made[row] = content(find(wire, b"signed-data")), None
            else:
                entity, signature = parts(wire)
                self.made[row] = content(signature), entity
        return self.made[row]

    def sign(self, peer, row, keys):
        der, entity = self.signature(row, keys)
        peer.verifies(row, keys, der, entity)
        good = self.report.say(True, "%s verifies: %s" % (peer.name, row))

        def forged():
            if entity is None:
                peer.verifies(row, keys, flipped(der, der.index(b"message/sipfrag")), None)
            else:
                peer.verifies(row, keys, der, flipped(entity, len(entity) // 2))
            return True
        return good & self.twin(peer, row, forged)

    # ---- the peer writes, e2m reads ---------------------------------------------

    def open(self, peer, row, keys):
        """The far user opens, the middle inspects; and neither when it is changed."""
        der, good = peer.seals(row, keys, TEXT), True
        if row.form == "ber" and b"\x30\x80" != der[:2]:
            raise Refused("definite lengths all the same")
        more = options(row) + ([] if row.gcm else ["--insecure-cbc"])
        for role, who in (("open", BOB), ("inspect", SS1)):
            args = reader(role, keys, who) + more + keys.reading(who)
            got = e2m(*args, data=labelled(der, row.kind, encode=row.form == "ber"))
            name = "e2m %s reads %s's: %s" % (role, peer.name, row)
            good &= self.report.say(read_words(got) == WORDS and is_what_it_says(row, der, got), name,
                                    (got.stderr + got.stdout).decode())
            bad = e2m(*args, data=labelled(spoilt(der), row.kind))
            good &= self.report.say(read_words(bad) != WORDS and (
                bad.returncode == 4 or not row.gcm and bad.returncode == 0),
                name + ", one octet changed", "%d %r" % (bad.returncode, bad.stderr))
            if row.form == "authenticated":
                at = der.index(bytes.fromhex("06032a0304")) + 9  # rows.EVIDENCE's, its value
                bad = e2m(*args, data=labelled(flipped(der, at), row.kind))
                good &= self.report.say(bad.returncode == 4, name + ", an attribute changed",
                                        "%d %r" % (bad.returncode, bad.stderr))
        return good

    def verify(self, peer, row, keys):
        der, opaque = peer.signs(row, keys, TEXT), row.form in ("opaque", "ber")
        if row.form == "ber" and b"\x30\x80" != der[:2]:
            raise Refused("definite lengths all the same")

        def verdict(entity, der):
            body = pkcs7(der, b"signed-data") if opaque else multipart_signed(entity, der)
            got = e2m(*reader("open", keys, BOB), data=sip(*body))
            return got, verdict_of(got)
        name = "e2m verifies %s's: %s" % (peer.name, row)
        got, said = verdict(TEXT, der)
        algorithm = said["parts"] and said["parts"][0]["signature"]["algorithm"]
        good = self.report.say(got.returncode == 0 and said["signer"] == "sip:" + ALICE
                               and rows.proven(row, der) and (algorithm in ALGORITHMS[row.how](row.cipher)
                                    or row.form == "two-signers"), name,
                               (got.stderr + got.stdout[:300]).decode())
        forged = flipped(der, der.index(b"figures")) if opaque else der
        got, said = verdict(TEXT.replace(b"figures", b"figurez", 1), forged)
        return good & self.report.say(
            got.returncode == 5 and said["reason"] == "bad-signature",
            name + ", one octet changed", (got.stderr + got.stdout[:300]).decode())


def is_what_it_says(row, der, got):
    """The peer did what the row asked for, and nothing easier."""
    said = verdict_of(got)["parts"][0]["encryption"]
    ways = {"oaep": "rsa-oaep", "v1.5": "rsa-pkcs1", "kek": "kek"}
    wanted = {"ecdh", "rsa-oaep"} if "+" in row.how else \
        {ways.get(row.how.partition("-")[0], "ecdh")}
    return rows.proven(row, der) and said["recipient"] in wanted and said["cipher"] == row.cipher and \
        (said["structure"] == "AuthEnvelopedData") == row.gcm


def options(row):
    more = ["--digest", row.cipher] if row.way == "sign" and row.cipher != "default" else []
    return more + (["--insecure-pkcs1-v15"] if row.how == "v1.5" else [])


def reader(role, keys, who):
    args = [role, "--as", keys.pem(who), "--trust", keys.ca, "--allow-unsigned",
            "--allow-unbound"]
    return args + (["--name", SS1, "--json"] if role == "inspect" else ["--json", "-"])
