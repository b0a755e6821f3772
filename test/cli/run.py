#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""run.py E2M: the command's own manners: options, exit codes, files, output.
What it decides about messages is test/verdicts."""

import base64
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "vectors")
E2M = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "e2m"
ALICE, BOB = "alice@atlanta.example.com", "bob@biloxi.example.com"
SS1 = "ss1.atlanta.example.com"


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


class Usage(Case):
    def test_nothing_and_nonsense(self):
        self.says(e2m(), 1, "no command")
        self.says(e2m("peel"), 1, "unknown command at peel")
        self.says(e2m("open", "--fast"), 1, "unknown option at --fast")
        self.says(e2m("open", "--as"), 1, "no value at --as")
        self.says(e2m("inspect", "--json=x"), 1, "takes no value")
        self.says(e2m("open", "--at", "noon"), 1, "not a number at --at")
        self.says(e2m("seal", "--cipher", "rot13"), 1, "unknown value at --cipher")
        self.says(e2m("seal", "--cipher", "aes-128"), 1, "unknown value")
        self.says(e2m("open", "word"), 1, "not an option at word")
        self.says(e2m("explain", "--as", "x"), 1, "unknown option at --as")

    def test_what_contradicts_itself(self):
        self.says(e2m("seal", "--to", self.file(BOB + ".crt")), 1, "no --as")
        self.says(e2m("open", "--trust", self.file("ca.crt")), 1, "no --as")
        self.says(e2m("open", "--as", self.file(BOB + ".pem")), 1, "no --trust")
        self.says(e2m("inspect", "--as", self.file(SS1 + ".pem")), 1, "no --name")
        self.says(e2m("seal", "--no-sign"), 1, "nothing to do")
        self.says(e2m("seal", "--as", self.file(ALICE + ".pem"), "--to",
                      self.file(BOB + ".crt"), "--strip-keys"), 1, "--strip-keys")
        self.says(self.seal("--no-sign", "--cipher", "aes-128-cbc"), 1, "CBC")

    def test_help(self):
        top = e2m("--help")
        self.assertEqual(top.returncode, 0)
        for command in ("pki", "seal", "open", "inspect", "explain"):
            self.assertIn(command.encode(), top.stdout)
            got = e2m(command, "--help")
            self.assertEqual((got.returncode, got.stderr), (0, b""))
            self.assertIn(b"usage: e2m " + command.encode(), got.stdout)

    def test_every_option_is_in_the_man_page(self):
        with open(os.path.join(HERE, "..", "..", "doc", "man", "e2m.1")) as f:
            page = f.read().replace("\\-", "-")
        for command in ("pki", "seal", "open", "inspect", "explain"):
            text = e2m(command, "--help").stdout.decode()
            for option in re.findall(r"^  (--[a-z0-9-]+)", text, re.M):
                self.assertIn(option, page, command)


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


class Readme(unittest.TestCase):
    def test_the_tour(self):
        """What the README says to type, typed."""
        top = os.path.join(HERE, "..", "..")
        with open(os.path.join(top, "README.md")) as f:
            block = re.search(r"```sh\n(.*?)```", f.read(), re.S).group(1)
        with tempfile.TemporaryDirectory() as d:
            os.symlink(os.path.abspath(os.path.join(top, "examples")), d + "/examples")
            os.mkdir(d + "/build")
            os.symlink(E2M, d + "/build/e2m")
            got = subprocess.run(["sh", "-e", "-c", block], cwd=d, capture_output=True,
                                 text=True)
        self.assertEqual((got.returncode, got.stderr), (0, ""))
        self.assertEqual(got.stdout.count("The figures are in. Sell at the open."), 2)


ANSWER = """MESSAGE sip:%s SIP/2.0
Via: SIP/2.0/TCP b.example;branch=z9hG4bK1
Max-Forwards: 70
From: <sip:%s>;tag=b
To: <sip:%s>
Call-ID: %%s@biloxi.example.com
CSeq: 1 MESSAGE
Content-Type: text/plain
Content-Length: 4

Done""" % (ALICE, BOB, ALICE)


class Reuse(Case):
    """A conversation under kept keys; Bob holds no certificate but his own."""

    def state(self, who):
        return os.path.join(self.folder.name, who)

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def answer(self, call, *more):
        plain = (ANSWER % call).replace("\n", "\r\n").encode()
        return e2m("seal", "--as", self.file(BOB + ".pem"), "--reuse", self.state("bob"),
                   *more, data=plain)

    def read(self, role, who, sealed):
        """How the content key came; None when it was not read."""
        args = [role, "--as", self.file((SS1 if who == "ss1" else who) + ".pem"), "--trust",
                self.file("ca.crt"), "--reuse", self.state(who.split("@")[0])]
        args += ["--name", SS1, "--json"] if role == "inspect" else ["--json", "-"]
        got = e2m(*args, data=sealed)
        return json.loads(got.stdout)["parts"][0]["encryption"]["recipient"] \
            if got.returncode == 0 else None

    def first(self, *more):
        sealed = self.seal("--reuse", self.state("alice"), *more)
        self.assertEqual(sealed.returncode, 0, sealed.stderr)
        self.assertEqual(self.read("inspect", "ss1", sealed.stdout), "ecdh")
        self.assertEqual(self.read("open", BOB, sealed.stdout), "ecdh")

    def test_conversation(self):
        self.first()
        for n in range(3):
            back = self.answer("c%d" % n)
            self.assertEqual(back.returncode, 0, back.stderr)
            self.assertEqual(self.read("inspect", "ss1", back.stdout), "kek")
            self.assertEqual(self.read("open", ALICE, back.stdout), "kek")
        again = self.seal("--reuse", self.state("alice"))
        self.assertEqual(self.read("inspect", "ss1", again.stdout), "kek")
        self.assertEqual(self.read("open", BOB, again.stdout), "kek")

    def test_nothing_to_reuse(self):
        self.says(self.answer("c"), 6, "no key of an earlier message")
        self.first()
        os.unlink(self.state("ss1"))
        back = self.answer("c").stdout
        self.assertIsNone(self.read("inspect", "ss1", back))
        self.says(e2m("open", "--as", self.file(ALICE + ".pem"), "--trust",
                      self.file("ca.crt"), data=back), 4, "cannot decrypt")

    def test_renew(self):
        self.first()
        self.first("--renew")

    def test_accept(self):
        self.first()
        self.says(self.answer("c", "--accept", "ss9.example.com"), 6, "no key")
        self.assertEqual(self.answer("c", "--accept", SS1).returncode, 0)

    def test_state_file(self):
        self.first()
        for who in ("alice", "ss1", "bob"):
            mode = stat.S_IMODE(os.stat(self.state(who)).st_mode)
            self.assertEqual(mode, 0o600)
        os.chmod(self.state("bob"), 0o640)
        self.says(self.answer("c"), 6, "others may read")

    def test_damaged_state_is_no_key(self):
        self.first()
        with open(self.state("bob"), "r+b") as f:
            f.write(os.urandom(200))
        got = self.answer("c")
        self.assertIn(got.returncode, (0, 6))
        if got.returncode == 0:
            self.assertIsNone(self.read("open", ALICE, got.stdout))


class Output(Case):
    def test_json_as_documented(self):
        """Every member that doc/json.md names, and no other."""
        with open(os.path.join(HERE, "..", "..", "doc", "json.md")) as f:
            page = f.read()
        verdict = json.loads(self.inspect(self.seal().stdout, "--json").stdout)
        tree = json.loads(e2m("explain", "--json", data=self.seal().stdout).stdout)
        part, level = verdict["parts"][0], tree["levels"][-1]
        refused = json.loads(self.inspect(self.seal("--no-sign").stdout, "--json").stdout)
        seen = set()
        for o in (verdict, part, part["encryption"], part["signature"], tree, level,
                  level["recipients"][0], refused["demands"][0], *self.lesson()):
            seen |= set(o)
        named = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
        self.assertEqual(seen, named)

    def lesson(self):
        """The objects of learn --json."""
        policy, plain = self.file("policy.conf"), self.file("plain.sip")
        with open(policy, "w") as f:
            f.write('rules = ( { middle = "@own"; view = [ "*" ]; } );')
        with open(plain, "wb") as f:
            f.write(message())
        sealed = e2m("seal", "--as", self.file(ALICE + ".pem"), "--to",
                     self.file(BOB + ".crt"), data=message()).stdout
        answer = e2m("refuse", "--as", self.file(SS1 + ".pem"), "--name", SS1, "--trust",
                     self.file("ca.crt"), "--require", "view=*", data=sealed).stdout
        got = json.loads(e2m("learn", "--trust", self.file("ca.crt"), "--policy", policy,
                             "--learned", self.file("learned"), "--request", plain,
                             "--json", data=answer).stdout)
        return got, got["rejection"], got["disclosure"]

    def test_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("no python3-jsonschema")
        with open(os.path.join(HERE, "..", "..", "doc", "verdict.schema.json")) as f:
            schema = json.load(f)
        sealed = self.seal().stdout
        for wire in (sealed, sealed[:300], message(), sealed.replace(b"Call-ID: 3", b"Call-ID: 4")):
            jsonschema.validate(json.loads(self.inspect(wire, "--json").stdout), schema)

    def test_refused_shows_nothing(self):
        sealed = self.seal().stdout.replace(b"Call-ID: 3848", b"Call-ID: 4848")
        got = self.inspect(sealed, "--json")
        self.assertEqual(got.returncode, 5)
        verdict = json.loads(got.stdout)
        self.assertEqual((verdict["verdict"], verdict["sip_code"], verdict["parts"]),
                         ("forbidden", 403, []))
        self.assertNotIn(b"figures", got.stdout + got.stderr)

    def test_terminal_is_safe(self):
        nasty = message().replace(b"The figures", b"\x1b]0;x\x07The figures")
        nasty = re.sub(rb"Content-Length: \d+", b"Content-Length: 43", nasty)
        got = self.inspect(self.seal(data=nasty).stdout)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertNotIn(b"\x1b", got.stdout)

    def test_untouched_bytes(self):
        """Nothing but the body's own fields changes, to the octet."""
        plain = message("mech-5.1")
        sealed = self.seal(data=plain).stdout
        opened = self.open(sealed).stdout
        head, body = opened.split(b"\r\n\r\n", 1)
        self.assertEqual(body, plain.split(b"\r\n\r\n", 1)[1])
        for line in plain.split(b"\r\n\r\n")[0].split(b"\r\n"):
            self.assertIn(line, head.split(b"\r\n"))

    def test_nested_seals(self):
        twice = self.seal(data=self.seal().stdout)
        self.assertEqual(twice.returncode, 0)
        got = self.open(twice.stdout)
        self.assertIn(got.returncode, (0, 5))  # never a crash; both levels are Alice's

    def test_truncated_everywhere(self):
        sealed = self.seal().stdout
        for n in range(0, len(sealed), 61):
            for got in (self.open(sealed[:n]), self.inspect(sealed[:n]),
                        e2m("explain", data=sealed[:n])):
                self.assertIn(got.returncode, (0, 2, 3), (n, got.stderr))
                self.assertNotIn(b"figures", got.stdout)

    def test_too_large(self):
        self.says(e2m("explain", "--max", "300", data=message()), 2, "")
        big = message().replace(b"Content-Length: 37", b"Content-Length: 100037") + \
            b"x" * 100000
        self.says(e2m("explain", data=big), 2, "")
        got = self.seal("--max", "200000", data=big)
        self.assertEqual(got.returncode, 0, got.stderr)
        back = self.open(got.stdout, "--max", "200000")
        self.assertTrue(back.stdout.endswith(b"x" * 100000), back.stderr)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    got = unittest.TextTestRunner(verbosity=1).run(suite)
    bad, skipped = len(got.failures) + len(got.errors), len(got.skipped)
    print("%d passed, %d failed, %d skipped" % (got.testsRun - bad - skipped, bad, skipped))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
