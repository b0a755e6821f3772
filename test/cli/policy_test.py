# SPDX-License-Identifier: BSD-3-Clause
"""A disclosure policy as a file: what is wrong with it, and what it says."""

import os
import re
import tempfile

from cli import TOP, Case, e2m

GOOD = """rules = (
  { middle = "fw.example.com"; view = [ "application/sdp" ]; withhold = [ "keys", "a=mid" ]; },
  { middle = "*.example.com"; view = [ "text/*" ]; verify = [ "*" ]; },
  { middle = "@own"; view = [ "*" ]; },
  { middle = "@peer"; verify = [ "application/sdp" ]; },
  { middle = "deaf.example.net"; }
);
lifetime = 60;
"""

RULE = 'rules = (\n { middle = "a.example"; %s } );'
# the text, the line that is named (0: none), what is said of it
BAD = (
    ("", 0, "no rules"),
    ("rules = (", 1, "syntax error"),
    ("\n\nrules = ();\nrule = 1;", 4, 'unknown setting: "rule"'),
    ("rules = {};", 1, "not a list"),
    ("rules = ( 5 );", 1, "a rule is { ... }"),
    ("rules = (\n {\n view = []; } );", 2, "no middle"),
    ('rules = (\n { middle = 7; } );', 2, "no middle"),
    ('rules = (\n { middle = "sip:a@b"; } );', 2, 'not a host'),
    ('rules = (\n { middle = "*"; } );', 2, 'not a host'),
    (RULE % 'veiw = [ "*" ];', 2, 'unknown setting in a rule: "veiw"'),
    (RULE % 'view = "*";', 2, "not a list of strings"),
    (RULE % 'view = [ 1 ];', 2, "not a list of strings"),
    (RULE % 'view = [ "text" ];', 2, "not a media type"),
    (RULE % 'view = [ "*" ];\nwithhold = [ "key" ];', 3, 'neither "keys" nor'),
    (RULE % 'withhold = [ "keys" ];', 2, "nothing to view"),
    (RULE % ("verify = [ %s ];" % ", ".join(['"*"'] * 17)), 2, "too many entries"),
    ("rules = ( %s );" % ", ".join(['{ middle = "a.example"; }'] * 257), 1, "too many rules"),
    ("lifetime = 0;\nrules = ();", 1, "lifetime"),
    ("rules = ();\nlifetime = 99999999;", 2, "lifetime"),
    ("rules = ();\n@include \"/etc/passwd\"\n", 2, "@include"),
    ("rules = ();\0", 0, "not a text"),
    ("#" * ((1 << 20) + 1), 0, "not a text"),
)


class Policy(Case):
    def policy(self, text):
        path = self.file("policy.conf")
        with open(path, "w") as f:
            f.write(text)
        return path

    def why(self, path, middle, kind, *more):
        return e2m("policy", "why", path, "--middle", middle, "--type", kind, *more)

    def test_check(self):
        got = e2m("policy", "check", self.policy(GOOD))
        self.assertEqual((got.returncode, got.stdout, got.stderr), (0, b"", b""))
        got = e2m("policy", "check", "-", data=GOOD.encode())
        self.assertEqual((got.returncode, got.stdout, got.stderr), (0, b"", b""))

    def test_what_is_wrong_and_where(self):
        for text, line, what in BAD:
            path = self.policy(text)
            got = e2m("policy", "check", path)
            self.says(got, 2, what)
            where = "%s:%d (" % (path, line) if line else path + " ("
            self.assertIn(" at " + where, got.stderr.decode(), text[:80])
            self.says(self.why(path, "a.example", "text/plain"), 2, what)

    def test_every_cut_is_said(self):
        """A policy that lost its end is none, until all of its rules are there."""
        path = self.file("cut.conf")
        for n in range(0, len(GOOD), 3):
            with open(path, "w") as f:
                f.write(GOOD[:n])
            got = e2m("policy", "check", path)
            self.assertIn(got.returncode, (0, 2), GOOD[:n])
            if got.returncode == 0:
                self.assertIn(")", GOOD[:n])

    def test_why(self):
        path = self.policy(GOOD)
        own, peer = ("--own", "home.example"), ("--peer", "far.example")
        # who, what, the options; the line of the rule (0: default), allowed?
        for middle, kind, more, line, allowed in (
                ("fw.example.com", "application/sdp", (), 2, True),
                ("FW.example.com", "application/sdp", (), 2, True),
                ("fw.example.com", "text/plain", (), 2, False),
                ("fw.example.com", "application/sdp", ("--verify",), 2, False),
                ("x.example.com", "text/plain", (), 3, True),
                ("x.y.example.com", "text/html", (), 3, True),
                ("x.example.com", "application/sdp", (), 3, False),
                ("x.example.com", "application/sdp", ("--verify",), 3, True),
                ("example.com", "text/plain", (), 0, False),
                ("badexample.com", "text/plain", (), 0, False),
                ("p.home.example", "application/sdp", own, 4, True),
                ("home.example", "application/sdp", own + peer, 4, True),
                ("p.home.example", "application/sdp", (), 0, False),
                ("p.home.example", "application/sdp", peer, 0, False),
                ("p.far.example", "application/sdp", own + peer, 5, False),
                ("p.far.example", "application/sdp", own + peer + ("--verify",), 5, True),
                ("deaf.example.net", "text/plain", (), 6, False),
                ("nobody.example.net", "text/plain", own + peer, 0, False)):
            got = self.why(path, middle, kind, *more)
            case = (middle, kind, more, got)
            word = "allowed" if allowed else "denied"
            by = "by the rule at %s:%d\n" % (path, line) if line else \
                "by default: no rule is about this proxy\n"
            self.assertIn("disclosure: %s %s" % (word, by), got.stdout.decode(), case)
            self.assertEqual(got.returncode, 0 if allowed else 5, case)
            if not allowed:
                self.assertEqual(got.stderr.decode(), "e2m: disclosure policy says no at "
                                 "%s (RFC 4189 sec. 5)\n" % path)

    def test_withheld_is_said(self):
        path = self.policy(GOOD)
        self.assertIn(b"withheld: keys, a=mid (it gets a copy of the SDP)\n",
                      self.why(path, "fw.example.com", "application/sdp").stdout)
        self.assertNotIn(b"withheld",
                         self.why(path, "fw.example.com", "text/plain").stdout)
        self.assertNotIn(b"withheld",
                         self.why(path, "x.example.com", "text/plain").stdout)

    def test_questions_that_are_none(self):
        path = self.policy(GOOD)
        for middle, kind, more in (("@own", "text/plain", ()), ("*.x.example", "text/plain", ()),
                                   ("a b", "text/plain", ()), ("", "text/plain", ()),
                                   ("a.example", "text/*", ()), ("a.example", "*", ()),
                                   ("a.example", "text", ()),
                                   ("a.example", "text/plain", ("--own", "@peer")),
                                   ("a.example", "text/plain", ("--peer", "a/b"))):
            self.says(self.why(path, middle, kind, *more), 1, "not a ")
        self.says(e2m("policy", "why", path, "--type", "text/plain"), 1, "--middle and --type")
        self.says(e2m("policy", "why", path, "--middle", "a.example"), 1, "--middle and")
        self.says(e2m("policy", "check", path, "--verify"), 1, "for why alone")
        for words in ((), ("check",), ("why",), ("check", path, path), ("ask", path)):
            self.says(e2m("policy", *words), 1, "wrong words")
        self.says(e2m("policy", "check", path + ".none"), 6, "cannot read")

    def test_ready_policy(self):
        """etc/disclosure.conf, for alice@example.com behind ss1.example.com."""
        path = os.path.join(TOP, "etc", "disclosure.conf")
        got = e2m("policy", "check", path)
        self.assertEqual((got.returncode, got.stdout, got.stderr), (0, b"", b""))
        here = ("--own", "example.com", "--peer", "far.example.net")
        for middle, kind, more, allowed in (
                ("ss1.example.com", "application/sdp", (), True),
                ("ss1.example.com", "text/plain", (), False),
                ("ss1.example.com", "text/plain", ("--verify",), True),
                ("ss2.example.com", "application/sdp", (), False),
                ("ss2.example.com", "application/sdp", ("--verify",), True),
                ("p.far.example.net", "application/sdp", (), False),
                ("p.far.example.net", "text/plain", ("--verify",), True),
                ("p.visited.example.org", "application/sdp", (), False),
                ("p.visited.example.org", "application/sdp", ("--verify",), False)):
            got = self.why(path, middle, kind, *here, *more)
            self.assertEqual(got.returncode, 0 if allowed else 5, (middle, kind, more))
        self.assertIn(b"withheld: keys",
                      self.why(path, "ss1.example.com", "application/sdp").stdout)

    def test_examples_in_the_documents(self):
        """The man page's policy, and what the ready one has in a comment."""
        with open(os.path.join(TOP, "doc", "man", "e2m.1")) as f:
            section = f.read().split(".SH POLICY FILE")[1].split(".SH ")[0]
        text = re.search(r"\.nf\n(.*?)\.fi", section, re.S).group(1)
        with open(os.path.join(TOP, "etc", "disclosure.conf")) as f:
            rule = re.search(r"#   (\{ .*?\}),\n", f.read()).group(1)
        with tempfile.TemporaryDirectory() as d:
            for name, policy in (("man", text), ("comment", "rules = ( %s );" % rule)):
                path = os.path.join(d, name)
                with open(path, "w") as f:
                    f.write(policy)
                got = e2m("policy", "check", path)
                self.assertEqual((got.returncode, got.stderr), (0, b""), policy)
