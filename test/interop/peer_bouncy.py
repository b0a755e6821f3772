# SPDX-License-Identifier: BSD-3-Clause
"""BouncyCastle of Debian: bouncy/, one process for all questions."""

import os
import shutil

from peer import Missing, Server
from people import ALSO, must
from wire import ALICE, BOB, HERE, SS1, run

JARS = ["/usr/share/java/%s.jar" % n for n in ("bcprov", "bcutil", "bcpkix")]


class BouncyCastle(Server):
    name = "bouncy"

    def __init__(self, folder):
        for jar in JARS:
            if not os.path.exists(jar):
                raise Missing("no %s here" % jar)
        if not shutil.which("javac"):
            raise Missing("no Java compiler here")
        source = os.path.join(HERE, "bouncy")
        must(run(["javac", "-cp", ":".join(JARS), "-d", folder] + [
            os.path.join(source, name) for name in sorted(os.listdir(source))]))
        super().__init__(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                          ":".join(JARS + [folder]), "Bouncy"], folder)

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
