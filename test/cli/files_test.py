# SPDX-License-Identifier: BSD-3-Clause
"""Files of our own, and what the README says to type."""

import base64
import json
import os
import re
import stat
import subprocess
import tempfile
import unittest

from cli import ALICE, BOB, E2M, SS1, TOP, VECTORS, Case, e2m, message


class Files(Case):
    def test_own_files(self):
        self.says(e2m("seal", "--as", "/nowhere", "--to", self.file(BOB + ".crt"),
                      data=message()), 6, "cannot read at /nowhere")
        self.says(e2m("seal", "--as", self.file(ALICE + ".crt"), "--to",
                      self.file(BOB + ".crt"), data=message()), 6, "no usable key")
        self.says(self.seal("--to", self.file(ALICE + ".pem") + "x"), 6, "cannot read")
        self.says(self.seal("--to", os.path.join(VECTORS, "message.sip")), 6,
                  "no usable certificate")
        # Bob's key cannot sign for Alice's From
        self.says(e2m("seal", "--as", self.file(BOB + ".pem"), "--to",
                      self.file(ALICE + ".crt"), data=message()), 6, "")
        # another proxy's certificate than the name says
        self.says(self.seal("--middle", "ss9.example.com=" + self.file(SS1 + ".crt")),
                  6, "no certificate of this name")

    def test_pkcs12(self):
        p12, word = self.file("bob.p12"), self.file("word")
        with open(word, "w") as f:
            f.write("open sesame\n")
        subprocess.run(["openssl", "pkcs12", "-export", "-in", self.file(BOB + ".pem"),
                        "-out", p12, "-passout", "file:" + word], check=True,
                       capture_output=True)
        sealed = self.seal().stdout
        good = e2m("open", "--as", p12, "--pass-file", word, "--trust",
                   self.file("ca.crt"), data=sealed)
        self.assertEqual((good.returncode, good.stderr), (0, b""))
        with open(word, "w") as f:
            f.write("open, please\n")
        self.says(e2m("open", "--as", p12, "--pass-file", word, "--trust",
                      self.file("ca.crt"), data=sealed), 6, "no usable key")

    def test_crl(self):
        """A revoked signer; and a CRL of the CA that does not name it."""
        folder = self.tmp.name
        conf = os.path.join(folder, "crl.cnf")
        with open(conf, "w") as f:
            f.write("[ca]\ndefault_ca=x\n[x]\ndatabase=%s/index\ndefault_md=sha256\n"
                    "default_crl_days=30\n" % folder)
        open(os.path.join(folder, "index"), "w").close()

        def crl(name):
            path = os.path.join(folder, name)
            subprocess.run(["openssl", "ca", "-config", conf, "-gencrl", "-keyfile",
                            self.file("ca.pem"), "-cert", self.file("ca.crt"), "-out",
                            path], check=True, capture_output=True)
            return path
        clean = crl("clean.crl")
        subprocess.run(["openssl", "ca", "-config", conf, "-revoke",
                        self.file(ALICE + ".crt"), "-keyfile", self.file("ca.pem"),
                        "-cert", self.file("ca.crt")], check=True, capture_output=True)
        revoked = crl("revoked.crl")
        sealed = self.seal().stdout
        self.assertEqual(self.open(sealed, "--trust", clean).returncode, 0)
        self.says(self.open(sealed, "--trust", revoked), 5, "revoked")

    def test_json_file(self):
        out = self.file("verdict.json")
        self.assertEqual(self.open(self.seal().stdout, "--json", out).returncode, 0)
        with open(out) as f:
            verdict = json.load(f)
        self.assertEqual(verdict["verdict"], "read")
        part = verdict["parts"][0]
        self.assertEqual(base64.b64decode(part["content"]),
                         b"The figures are in. Sell at the open.")
        self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), 0o600)

    def test_write_fails(self):
        sealed = self.seal().stdout
        with open("/dev/full", "wb") as full:
            got = subprocess.run([E2M, "open", "--as", self.file(BOB + ".pem"), "--trust",
                                  self.file("ca.crt")], input=sealed, stdout=full,
                                 stderr=subprocess.PIPE)
        self.assertEqual(got.returncode, 6)
        self.assertIn(b"cannot write", got.stderr)

    def test_report_cannot_be_written(self):
        """A report that nobody gets is no success, and no verdict either."""
        inspect = ["inspect", "--as", self.file(SS1 + ".pem"), "--name", SS1, "--trust",
                   self.file("ca.crt")]
        sealed = self.seal().stdout
        for args in (["explain"], ["explain", "--json"], inspect, [*inspect, "--json"],
                     ["--help"], ["--version"]):
            with open("/dev/full", "wb") as full:
                got = subprocess.run([E2M, *args], input=sealed, stdout=full,
                                     stderr=subprocess.PIPE)
            self.assertEqual(got.returncode, 6, args)
            self.assertEqual(got.stderr.count(b"cannot write at standard output"), 1, args)


class Documents(unittest.TestCase):
    """What our documents say to type, typed."""

    def typed(self, page):
        with open(os.path.join(TOP, page)) as f:
            block = re.search(r"```sh\n(.*?)```", f.read(), re.S).group(1)
        with tempfile.TemporaryDirectory() as d:
            os.symlink(os.path.abspath(os.path.join(TOP, "examples")), d + "/examples")
            os.mkdir(d + "/build")
            os.symlink(E2M, d + "/build/e2m")
            got = subprocess.run(["sh", "-e", "-c", block], cwd=d, capture_output=True,
                                 text=True)
        self.assertEqual((got.returncode, got.stderr), (0, ""))
        return got.stdout

    def test_readme(self):
        self.assertEqual(self.typed("README.md").count(
            "The figures are in. Sell at the open."), 2)

    def test_discovery(self):
        text = self.typed("doc/DISCOVERY.md")
        self.assertEqual(text.count("rejection: 493, by %s, believed\n" % SS1), 2)
        self.assertEqual(text.count("disclosure: allowed by the rule at disclosure.conf:2\n"), 2)
        self.assertEqual(text.count("learned: view text/plain by " + SS1), 1)
        self.assertEqual(text.count("The figures are in. Sell at the open."), 1)
