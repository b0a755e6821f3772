# SPDX-License-Identifier: BSD-3-Clause
"""NSS's cmsutil of Debian: a database for each person. It chooses ciphers by
itself, and writes indefinite lengths."""

import os
import re
import tempfile

from peer import Missing, Peer, Refused
from people import must
from wire import ALICE, BOB, SS1, run

RECEIVES = {"rsa"}
SIGNS = {"rsa", "p256", "p384"}


def database(folder, keys, who):
    """The authority, and `who` if it is a key that NSS knows what to do with."""
    db = "sql:" + tempfile.mkdtemp(dir=folder)
    must(run(["certutil", "-N", "--empty-password", "-d", db]))
    must(run(["certutil", "-A", "-n", "ca", "-t", "CT,C,C", "-a", "-i", keys.ca, "-d", db]))
    if keys.kind in (SIGNS if who == ALICE else RECEIVES):
        p12 = keys.path(who, ".nss.p12")
        must(run(["openssl", "pkcs12", "-export", "-in", keys.pem(who), "-out", p12,
                  "-passout", "pass:", "-name", who]))
        must(run(["pk12util", "-i", p12, "-W", "", "-d", db]))
        for other in {ALICE, BOB, SS1} - {who}:
            must(run(["certutil", "-A", "-n", other, "-t", ",,", "-a", "-i", keys.crt(other),
                      "-d", db]))
    return db


class CmsUtil(Peer):
    name = "cmsutil"

    def __init__(self, folder):
        try:
            run(["cmsutil", "-H"])
        except FileNotFoundError:
            raise Missing("no cmsutil here (libnss3-tools)")
        self.folder, self.databases = tempfile.mkdtemp(dir=folder), {}

    def cmsutil(self, keys, who, *args, data=b""):
        at = keys.kind, who
        if at not in self.databases:
            self.databases[at] = database(self.folder, keys, who)
        got = run(["cmsutil", *args, "-d", self.databases[at]], data)
        if got.returncode != 0:
            raise Refused(got.stderr.decode())
        return got.stdout

    def opens(self, row, keys, who, der):
        return self.cmsutil(keys, who, "-D", data=der)

    def seals(self, row, keys, text):
        return self.cmsutil(keys, ALICE, "-E", "-r", BOB, "-r", SS1, data=text)

    def verifies(self, row, keys, der, entity):
        args = []
        if entity is not None:
            args = ["-c", os.path.join(self.folder, "content")]
            with open(args[1], "wb") as f:
                f.write(entity)
        said = self.cmsutil(keys, ALICE, "-D", "-h", "1", *args, data=der).decode(errors="replace")
        status = re.findall(r"signer\d+\.status=(\w+);", said.partition("type=data;")[0])
        if not status or set(status) != {"GoodSignature"}:
            raise Refused(said[:300])

    def signs(self, row, keys, entity):
        args = [] if row.form == "no-attributes" else ["-G"]
        args += [] if row.form in ("opaque", "ber") else ["-T"]
        return self.cmsutil(keys, ALICE, "-S", "-N", ALICE, "-H", row.cipher.upper(), *args,
                            data=entity)
