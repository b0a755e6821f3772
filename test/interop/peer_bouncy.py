# SPDX-License-Identifier: BSD-3-Clause
"""BouncyCastle of Debian: Bouncy.java, one process for all questions."""

import os
import shutil

from peer import Missing, Server
from people import ALSO
from wire import ALICE, BOB, HERE, SS1

JARS = ["/usr/share/java/%s.jar" % n for n in ("bcprov", "bcutil", "bcpkix")]


class BouncyCastle(Server):
    name = "bouncy"

    def __init__(self, folder):
        for jar in JARS:
            if not os.path.exists(jar):
                raise Missing("no %s here" % jar)
        if not shutil.which("javac"):
            raise Missing("no Java compiler here")
        super().__init__(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                          ":".join(JARS), os.path.join(HERE, "Bouncy.java")], folder)

    def opens(self, row, keys, who, der):
        return self.ask("open", der, keys.pem(who), keys.kek[1] if row.how == "kek" else b"")

    def seals(self, row, keys, text):
        to = [] if row.how == "kek" else [keys.crt(BOB), keys.crt(SS1)]
        reference, kek = keys.kek if row.how == "kek" else (b"reference of BC.", b"")
        return self.ask("seal", text, row.how, row.cipher, row.form, reference, kek, *to)

    def verifies(self, row, keys, der, entity):
        self.ask("verify", der, "-" if entity is None else entity, keys.ca)

    def signs(self, row, keys, entity):
        both = [ALICE] + [ALSO] * (row.form == "two-signers")
        return self.ask("sign", entity, row.how, row.cipher, row.form,
                        *[path for who in both for path in (keys.crt(who), keys.pem(who))])
