# SPDX-License-Identifier: BSD-3-Clause
"""GnuPG's gpgsm of Debian, with a home and an agent for each person."""

import os
import shutil
import tempfile

from peer import Missing, Peer, Refused
from people import must
from wire import ALICE, BOB, SS1, run

GPGSM = ["gpgsm", "--batch", "--no-tty", "--yes", "--disable-crl-checks", "--disable-dirmngr",
         "--pinentry-mode", "loopback", "--passphrase-fd", "0", "--status-fd", "2"]
# all that 2.2 can import, into keys with this passphrase
PASSPHRASE = b"x\n"
PKCS12 = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "NONE", "-macalg", "sha1", "-passout", "pass:x"]
TRIES = 8  # 2.2 misreads one such file in fifty, by its salt
CIPHERS = {"aes-128-cbc": "AES", "aes-192-cbc": "AES192", "aes-256-cbc": "AES256"}


def fingerprint(path):
    got = run(["openssl", "x509", "-in", path, "-noout", "-fingerprint", "-sha1"])
    return got.stdout.decode().strip().partition("=")[2].replace(":", "")


class Home:
    """A person's keys, and the agent that has them."""

    def __init__(self, who):
        self.who, self.known, self.said = who, set(), ""
        # not in the test's own folder: the agent's socket wants a short path
        self.path = tempfile.mkdtemp(prefix="e2m")
        self.env = {**os.environ, "GNUPGHOME": self.path}

    def gpgsm(self, *args):
        return run(GPGSM + list(args), PASSPHRASE, env=self.env)

    def know(self, keys):
        self.known.add(keys.kind)
        with open(os.path.join(self.path, "trustlist.txt"), "a") as f:
            f.write(fingerprint(keys.ca) + " S relax\n")
        must(run(["gpgconf", "--reload", "gpg-agent"], env=self.env))
        for path in [keys.ca] + [keys.crt(who) for who in (ALICE, BOB, SS1)]:
            must(self.gpgsm("--import", path))
        if keys.kind == "rsa":
            p12 = keys.path(self.who, ".gpgsm.p12")
            for _ in range(TRIES):
                must(run(["openssl", "pkcs12", "-export", "-in", keys.pem(self.who), "-out", p12,
                          "-name", self.who, *PKCS12]))
                got = self.gpgsm("--import", p12)
                if got.returncode == 0:
                    return
            must(got)

    def ask(self, keys, *args, **files):
        """gpgsm's output; `files` are its input, named by their letters in args."""
        if keys.kind not in self.known:
            self.know(keys)
        for name, octets in files.items():
            with open(os.path.join(self.path, name), "wb") as f:
                f.write(octets)
        words = [os.path.join(self.path, a) if a in files else a for a in args]
        got = self.gpgsm(*words)
        self.said = got.stderr.decode()
        # it exits with 2 as well when an entry before ours was not ours
        if got.returncode != 0 and "[GNUPG:] DECRYPTION_OKAY" not in self.said:
            raise Refused(self.said)
        return got.stdout

    def close(self):
        run(["gpgconf", "--kill", "all"], env=self.env)
        shutil.rmtree(self.path, ignore_errors=True)


class GpgSM(Peer):
    name = "gpgsm"

    def __init__(self, folder):
        if not shutil.which("gpgsm") or not shutil.which("gpg-agent"):
            raise Missing("no gpgsm and gpg-agent here")
        self.homes = {who: Home(who) for who in (ALICE, BOB, SS1)}

    def opens(self, row, keys, who, der):
        return self.homes[who].ask(keys, "--decrypt", "a", a=der)

    def seals(self, row, keys, text):
        to = [a for who in (BOB, SS1) for a in ("-r", "0x" + fingerprint(keys.crt(who)))]
        return self.homes[ALICE].ask(keys, "--cipher-algo", CIPHERS[row.cipher], *to, "--encrypt",
                                     "a", a=text)

    def verifies(self, row, keys, der, entity):
        home = self.homes[ALICE]
        if entity is None:
            home.ask(keys, "--verify", "a", a=der)
        else:
            home.ask(keys, "--verify", "a", "b", a=der, b=entity)
        if "[GNUPG:] GOODSIG" not in home.said or "[GNUPG:] TRUST_FULLY" not in home.said:
            raise Refused(home.said)

    def signs(self, row, keys, entity):
        return self.homes[ALICE].ask(keys, "--digest-algo", row.cipher.upper(), "-u",
                                     "0x" + fingerprint(keys.crt(ALICE)), "--sign" if row.form in (
                                         "opaque", "ber") else "--detach-sign", "a", a=entity)

    def close(self):
        for home in self.homes.values():
            home.close()
