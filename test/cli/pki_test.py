# SPDX-License-Identifier: BSD-3-Clause
"""The demo CA."""

import json
import os
import stat
import subprocess

from cli import ALICE, BOB, SS1, Case, e2m, message


class Pki(Case):
    def test_files(self):
        for name, mode in ((ALICE + ".pem", 0o600), ("ca.pem", 0o600),
                           (ALICE + ".crt", 0o644)):
            got = stat.S_IMODE(os.stat(self.file(name)).st_mode)
            self.assertEqual(got & 0o777, mode & ~self.umask(), name)
        with open(self.file(ALICE + ".pem")) as f:
            pem = f.read()
        self.assertIn("BEGIN CERTIFICATE", pem)
        self.assertIn("PRIVATE KEY", pem)
        with open(self.file(ALICE + ".crt")) as f:
            self.assertNotIn("PRIVATE", f.read())

    @staticmethod
    def umask():
        old = os.umask(0)
        os.umask(old)
        return old

    def test_never_overwrites(self):
        before = open(self.file("ca.pem"), "rb").read()
        self.says(e2m("pki", "init", self.dir), 6, "will not overwrite")
        self.says(e2m("pki", "issue", self.dir, "sip:" + ALICE), 6, "will not overwrite")
        self.assertEqual(open(self.file("ca.pem"), "rb").read(), before)

    def test_bad_names(self):
        for name in ("sip:", "", "../x", "sip:../../x@y", "a b", ".hidden"):
            self.says(e2m("pki", "issue", self.dir, name), 1, "")
        self.says(e2m("pki", "issue", self.dir, "sip:x@y.example", "--rsa", "512"), 1, "")
        self.says(e2m("pki", "issue", self.dir + "/none", "sip:x@y.example"), 6,
                  "cannot read")
        self.says(e2m("pki", "revoke", self.dir), 1, "wrong words")

    def test_certificates_as_openssl_sees_them(self):
        for name in (ALICE, SS1):
            subprocess.run(["openssl", "verify", "-CAfile", self.file("ca.crt"),
                            self.file(name + ".crt")], check=True, capture_output=True)
        text = subprocess.run(["openssl", "x509", "-in", self.file(ALICE + ".crt"),
                               "-noout", "-text"], check=True,
                              capture_output=True).stdout
        self.assertIn(b"URI:sip:" + ALICE.encode(), text)

    def test_keys_that_do_half_of_the_work(self):
        d = self.dir
        for who in (ALICE, BOB, SS1):
            for kind in ("x25519", "ed25519"):
                name = "sip:" + who if "@" in who else who
                got = e2m("pki", "issue", d, name, "--key", kind)
                self.assertEqual(got.returncode, 0, got.stderr)
                self.assertIn((who + "." + kind + ".pem").encode(), got.stdout)

        def both(who):
            return ["--as", self.file(who + ".ed25519.pem"), "--as",
                    self.file(who + ".x25519.pem")]
        sealed = e2m("seal", *both(ALICE), "--to", self.file(BOB + ".x25519.crt"), "--middle",
                     SS1 + "=" + self.file(SS1 + ".x25519.crt"), data=message()).stdout
        got = e2m("open", *both(BOB), "--trust", self.file("ca.crt"), "--json", "-", data=sealed)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertEqual(json.loads(got.stdout)["parts"][0]["signature"]["algorithm"], "ed25519")
        got = e2m("inspect", *both(SS1), "--name", SS1, "--trust", self.file("ca.crt"),
                  data=sealed)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.says(e2m("seal", *both(ALICE), "--to", self.file(BOB + ".ed25519.crt"),
                      data=message()), 6, "certificate is not for receiving")
        self.says(e2m("seal", "--as", self.file(ALICE + ".x25519.pem"), "--to",
                      self.file(BOB + ".x25519.crt"), data=message()), 6, "")

    def test_several_signers(self):
        if not os.path.exists(self.file(ALICE + ".ed25519.pem")):
            self.assertEqual(e2m("pki", "issue", self.dir, "sip:" + ALICE, "--key",
                                 "ed25519").returncode, 0)
        two = ["--as", self.file(ALICE + ".ed25519.pem"), "--as", self.file(ALICE + ".pem")]
        sealed = e2m("seal", *two, "--sign-all", "--to", self.file(BOB + ".crt"),
                     data=message()).stdout
        self.assertIn(b';micalg="sha-256,sha-512";', sealed)
        got = e2m("open", "--as", self.file(BOB + ".pem"), "--trust", self.file("ca.crt"),
                  data=sealed)
        self.assertEqual(got.returncode, 0, got.stderr)

    def test_digests(self):
        for digest in ("sha256", "sha384", "sha512"):
            sealed = self.seal("--digest", digest).stdout
            self.assertIn(b";micalg=" + digest.replace("sha", "sha-").encode(), sealed)
            got = e2m("open", "--as", self.file(BOB + ".pem"), "--trust", self.file("ca.crt"),
                      "--json", "-", data=sealed)
            self.assertEqual(json.loads(got.stdout)["parts"][0]["signature"]["algorithm"],
                             "ecdsa-" + digest)
        self.says(self.seal("--digest", "sha1"), 1, "unknown value")
        self.says(self.seal("--digest", "sha512", "--no-sign"), 1, "are for a signature")

    def test_what_the_reader_can(self):
        """The verdict says what alice can decrypt; an answer is sealed so."""
        got = self.open(self.seal().stdout, "--json", "-")
        can = json.loads(got.stdout)["parts"][0]["signature"]["ciphers"]
        self.assertEqual(can, ["aes-128-gcm", "aes-256-gcm", "aes-128-cbc"])
        for wanted, lists, used in (
                ("aes-128-gcm", [",".join(can)], b"aes-128-gcm"),
                ("aes-192-gcm", [",".join(can)], b"aes-128-gcm"),
                ("aes-128-gcm", [",".join(can), "aes-256-gcm,aes-256-cbc"], b"aes-256-gcm"),
                ("aes-128-gcm", ["aes-256-cbc"], b"aes-256-cbc")):
            more = [w for one in lists for w in ("--can", one)]
            sealed = self.seal("--cipher", wanted, *more)
            self.assertIn(used, e2m("explain", data=sealed.stdout).stdout)
            self.assertEqual(self.open(sealed.stdout).returncode, 0)
        self.says(self.seal("--can", "aes-128-gcm", "--can", "aes-256-gcm"), 6,
                  "no cipher that all readers")
        self.says(self.seal("--can", "aes-128-cbc", "--no-sign"), 6, "no cipher")
        for wrong in ("des", "", "aes-128-gcm,", ",aes-128-gcm", "aes-128-gcmx"):
            self.says(self.seal("--can", wrong), 1, "not a list of ciphers")

    def test_kinds_of_keys(self):
        self.assertEqual(e2m("pki", "issue", self.dir, "sip:p@x.example", "--key",
                             "p384").returncode, 0)
        text = subprocess.run(["openssl", "x509", "-in", self.file("p@x.example.crt"),
                               "-noout", "-text"], check=True, capture_output=True).stdout
        self.assertIn(b"P-384", text)
        for wrong in (["--key", "dsa"], ["--key", "p384", "--rsa", "2048"], ["--rsa", "1"]):
            self.says(e2m("pki", "issue", self.dir, "sip:w@x.example", *wrong), 1, "")
            self.assertFalse(os.path.exists(self.file("w@x.example.crt")))

    def test_rsa(self):
        self.assertEqual(e2m("pki", "issue", self.dir, "sip:r@x.example", "--rsa",
                             "2048").returncode, 0)
        text = subprocess.run(["openssl", "x509", "-in", self.file("r@x.example.crt"),
                               "-noout", "-text"], check=True,
                              capture_output=True).stdout
        self.assertIn(b"2048 bit", text)
