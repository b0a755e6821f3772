# SPDX-License-Identifier: BSD-3-Clause
"""The demo CA."""

import os
import stat
import subprocess

from cli import ALICE, SS1, Case, e2m


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

    def test_rsa(self):
        self.assertEqual(e2m("pki", "issue", self.dir, "sip:r@x.example", "--rsa",
                             "2048").returncode, 0)
        text = subprocess.run(["openssl", "x509", "-in", self.file("r@x.example.crt"),
                               "-noout", "-text"], check=True,
                              capture_output=True).stdout
        self.assertIn(b"2048 bit", text)
