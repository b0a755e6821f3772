# SPDX-License-Identifier: BSD-3-Clause
"""The command line: what is asked for, and what contradicts itself."""

import os
import re

from cli import ALICE, BOB, COMMANDS, SS1, TOP, Case, e2m


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
        for command in COMMANDS:
            self.assertIn(command.encode(), top.stdout)
            got = e2m(*command.split(), "--help")
            self.assertEqual((got.returncode, got.stderr), (0, b""))
            self.assertIn(b"usage: e2m " + command.encode(), got.stdout)

    def test_every_option_is_in_the_man_page(self):
        with open(os.path.join(TOP, "doc", "man", "e2m.1")) as f:
            page = f.read().replace("\\-", "-")
        for command in COMMANDS:
            text = e2m(*command.split(), "--help").stdout.decode()
            for option in re.findall(r"^  (--[a-z0-9-]+)", text, re.M):
                self.assertIn(option, page, command)
