# SPDX-License-Identifier: BSD-3-Clause
"""Reports, and messages that go out."""

import json
import os
import re

from cli import ALICE, BOB, SS1, TOP, Case, e2m, message


class Output(Case):
    def test_json_as_documented(self):
        """Every member that doc/json.md names, and no other."""
        with open(os.path.join(TOP, "doc", "json.md")) as f:
            page = f.read().partition("## Status")[0]  # test/host/agent_test.py
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
        with open(os.path.join(TOP, "doc", "verdict.schema.json")) as f:
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
