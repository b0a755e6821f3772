# SPDX-License-Identifier: BSD-3-Clause
"""pkijs of the npm registry, at the versions of pkijs/package-lock.json, in one
process for all questions."""

import os
import re
import shutil

from peer import Missing, Server
from wire import ALICE, BOB, HERE, SS1, TOP, run

SOURCE = os.path.join(HERE, "pkijs")
KEPT = os.path.join(TOP, "build", "pkijs")
# npm's words for a registry that is not there; anything else is a failure
AWAY = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|"
                  r"EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network")


def installed():
    """A folder with what the lock file names; fetched once."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("no node and npm here (Debian: npm)")
    os.makedirs(KEPT, exist_ok=True)
    stale = False
    for name in ("package.json", "package-lock.json", "server.mjs"):
        with open(os.path.join(SOURCE, name), "rb") as f:
            wanted = f.read()
        try:
            with open(os.path.join(KEPT, name), "rb") as f:
                stale |= f.read() != wanted and name != "server.mjs"
        except FileNotFoundError:
            stale = True
        with open(os.path.join(KEPT, name), "wb") as f:
            f.write(wanted)
    if stale or not os.path.exists(os.path.join(KEPT, "node_modules", ".package-lock.json")):
        got = run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                   "--fetch-retries=1", "--fetch-timeout=20000"], cwd=KEPT)
        said = got.stderr.decode()
        if got.returncode != 0 and AWAY.search(said):
            raise Missing("the npm registry cannot be reached")
        assert got.returncode == 0, said
    return KEPT


class PkiJs(Server):
    name = "pkijs"

    def __init__(self, folder):
        super().__init__(["node", os.path.join(installed(), "server.mjs")], folder)

    def opens(self, row, keys, who, der):
        return self.ask("open", der, keys.pem(who), keys.kek[1] if row.how == "kek" else b"")

    def seals(self, row, keys, text):
        to = [] if row.how == "kek" else [keys.crt(BOB), keys.crt(SS1)]
        reference, kek = keys.kek if row.how == "kek" else (b"reference of js.", b"")
        return self.ask("seal", text, row.how, row.cipher, row.form, reference, kek, *to)

    def verifies(self, row, keys, der, entity):
        self.ask("verify", der, "-" if entity is None else entity, keys.ca)

    def signs(self, row, keys, entity):
        how = keys.kind if row.how == "ecdsa" else row.how
        return self.ask("sign", entity, how, row.cipher, row.form, keys.crt(ALICE),
                        keys.pem(ALICE))
