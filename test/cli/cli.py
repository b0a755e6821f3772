# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the command share: people with keys, and the command."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
VECTORS = os.path.join(HERE, "..", "vectors")
E2M = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "e2m"
ALICE, BOB = "alice@atlanta.example.com", "bob@biloxi.example.com"
SS1 = "ss1.atlanta.example.com"
COMMANDS = ("pki", "seal", "open", "inspect", "explain", "refuse", "learn", "policy",
            "agent setup", "agent status", "agent doctor")


def e2m(*args, data=b""):
    return subprocess.run([E2M] + list(args), input=data, capture_output=True)


def message(name="message"):
    with open(os.path.join(VECTORS, name + ".sip"), "rb") as f:
        return f.read()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.dir = os.path.join(cls.tmp.name, "ca")
        assert e2m("pki", "init", cls.dir).returncode == 0
        for name in ("sip:" + ALICE, "sip:" + BOB, SS1):
            assert e2m("pki", "issue", cls.dir, name).returncode == 0

    @classmethod
    def tearDownClass(cls):
        cls.tmp.cleanup()

    def file(self, name):
        return os.path.join(self.dir, name)

    def seal(self, *more, data=None):
        return e2m("seal", "--as", self.file(ALICE + ".pem"), "--to",
                   self.file(BOB + ".crt"), "--middle",
                   SS1 + "=" + self.file(SS1 + ".crt"), *more,
                   data=message() if data is None else data)

    def open(self, sealed, *more):
        return e2m("open", "--as", self.file(BOB + ".pem"), "--trust",
                   self.file("ca.crt"), *more, data=sealed)

    def inspect(self, sealed, *more):
        return e2m("inspect", "--as", self.file(SS1 + ".pem"), "--name", SS1,
                   "--trust", self.file("ca.crt"), *more, data=sealed)

    def says(self, got, code, pattern):
        self.assertEqual(got.returncode, code, got.stderr)
        self.assertRegex(got.stderr.decode(), r"\Ae2m: .+ at .+ \(.+\)\n\Z")
        self.assertIn(pattern, got.stderr.decode())
        self.assertEqual(got.stdout, b"")
