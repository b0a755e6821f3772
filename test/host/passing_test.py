# SPDX-License-Identifier: BSD-3-Clause
"""What names another middle, or none, passes ss1 as it came; and a far user who
has S/MIME but never heard of e2m opens what is sealed for him.
    alice - agent - plain proxy - TAP - home (ss1) - a UA made of openssl
SPEC reqs:GEN-2, reqs:GEN-3"""

import email
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from configs_test import ALICE, BOB, TEXT, Place, Row, quoted  # noqa: E402
from host import body_of, header, message, reply, status, tcp_exchange  # noqa: E402
from tap import Answerer, Tap  # noqa: E402

SS1, OTHER = "ss1.atlanta.example.com", "archive.chicago.example.com"
ROUTING = rb"(?i)(via|v|max-forwards|record-route|route)[ \t]*:"
ANSWER = b"An answer,\r\n\r\nof two paragraphs.\n"


def below_routing(raw):
    """All of a message but its start line and the fields that a proxy may
    change (RFC 3261 sec. 16.6): lines and body as they are written."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = re.split(rb"\r\n(?![ \t])", head)[1:]
    return [line for line in lines if not re.match(ROUTING, line)], body


def openssl(*args, data=None):
    return subprocess.run(("openssl",) + args, input=data, capture_output=True)


class Passing(Row):
    # what OpenSSL's `cms` before 3.0.22 can parse of S/MIME: EnvelopedData (of
    # AuthEnvelopedData it knows no attributes), in base64 (its reader of MIME
    # knows nothing else)
    profile = {"CIPHER": quoted("aes-128-cbc"), "BASE64": 1, "MIDDLE": quoted(OTHER)}

    @classmethod
    def certificates(cls):
        super().certificates()
        cls.pki.issue("archive", "DNS:" + OTHER)
        cls.pki.issue("mallory", "URI:sip:mallory@biloxi.example.com")

    @classmethod
    def setUpClass(cls):
        cls.nodes = []
        super(Row, cls).setUpClass()
        cls.a = Place(), Place()
        visited, home = Place(), Place()
        cls.ua = Answerer(lambda r: reply(r, 200, ANSWER, "text/Plain ; charset=utf-8"))
        cls.tap = Tap((home.address, home.port))
        cls.agent("alice", cls.a, visited, "atlanta.example.com", **cls.profile)
        cls.run_node("visited.cfg", visited, DOMAIN=quoted("visited.example.com"),
                     FAR_HOP=cls.tap.hop, **visited.proxy())
        cls.run_node("home.cfg", home, DOMAIN=quoted("atlanta.example.com"),
                     FAR_HOP=cls.ua.hop, MY_NAME=quoted(SS1), TRUST=quoted(cls.pki.ca),
                     IDENTITY=quoted(os.path.join(cls.pki.folder, "ss1.pem")),
                     **home.proxy())
        cls.home = cls.nodes[-1]

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.tap.close()
        cls.ua.close()

    def setUp(self):
        self.tap.clear()
        self.ua.clear()

    def passed(self):
        """The one request, having passed ss1 unchanged; so did its answer."""
        self.assertEqual((len(self.tap.up), len(self.ua.up)), (1, 1), self.logs())
        for before, behind in ((self.tap.up, self.ua.up), (self.ua.down, self.tap.down)):
            self.assertEqual(below_routing(before[0]), below_routing(behind[-1]))
        self.assertEqual(len(header(self.ua.up[0], "Via")),
                         len(header(self.tap.up[0], "Via")) + 1)
        for word in ("e2m-read", "e2m-refused", "e2m-unread"):
            self.assertNotIn(word, self.home.text())
        return self.ua.up[0]

    def sent_by_agent(self):
        alice = self.phone(ALICE, self.a[0])
        alice.send(message(BOB, TEXT, sender=ALICE, port=alice.port), self.a[0].port)
        self.assertEqual(status(alice.final()), 200, self.logs())
        return self.passed()

    # -- byte for byte

    def test_sealed_and_labelled_for_another(self):
        sealed = self.sent_by_agent()
        self.assertIn(b"required-entity=" + OTHER.encode(), body_of(sealed))
        self.assertNotIn(TEXT.encode(), sealed)

    def test_whatever_names_nobody(self):
        long = bytes(range(256)) * 32
        for ctype, body, extra in (
                ("text/plain", b"plain", "X-Odd :  two  blanks\r\nsubject:  lower"),
                ("application/octet-stream", long, "Content-Disposition: render"),
                ("text/plain", b"a\nb\r\n\r\n--c--\r\n", "X-Folded: one\r\n  two\r\n\tthree"),
                ("multipart/mixed;boundary=none", b"no parts at all", "Subject: "),
                ("multipart/mixed; boundary=b", b"--b\r\n\r\nContent-Target: " + SS1.encode()[1:]
                 + b"\r\n--b--\r\nand an epilogue", "Date: Sat, 13 Nov 2010 23:29:00 GMT"),
                ("application/pkcs7-mime; smime-type=enveloped-data",
                 b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xff\xff" + long,
                 "Content-Disposition: attachment;required-entity=" + OTHER)):
            with self.subTest(ctype):
                self.setUp()
                raw = message(BOB, body, sender=ALICE, ctype=ctype, extra=extra,
                              transport="TCP")
                self.assertIn(ANSWER, tcp_exchange(self.tap.port, raw))
                self.assertEqual(below_routing(self.passed()), below_routing(raw))

    # -- a UA of openssl: it sees S/MIME, and a label that it does not know

    def smime(self, raw, name):
        """A message's body as a file such as a mail reader would be given."""
        path = os.path.join(self.kept, name)
        with open(path, "wb") as f:
            f.write(raw)
        return path

    def verify(self, raw):
        return openssl("cms", "-verify", "-in", self.smime(raw, "signed"),
                       "-CAfile", self.pki.ca, "-signer", os.path.join(self.kept, "signer"))

    def decrypt(self, raw, who):
        return openssl("cms", "-decrypt", "-binary", "-in", self.smime(raw, "sealed"),
                       "-recip", self.crt(who), "-inkey", self.pem(who))

    def test_far_user_without_e2m(self):
        got = self.sent_by_agent()
        signed = b"".join(b"%s: %s\r\n" % (f.encode(), header(got, f)[0].encode())
                          for f in ("MIME-Version", "Content-Type")
                          if header(got, f)) + b"\r\n" + body_of(got)
        with tempfile.TemporaryDirectory() as self.kept:
            good = self.verify(signed)
            self.assertEqual(good.returncode, 0, good.stderr)
            signer = openssl("x509", "-noout", "-ext", "subjectAltName", "-in",
                             os.path.join(self.kept, "signer")).stdout
            self.assertIn(b"URI:" + ALICE.encode(), signer)
            sealed = [p.as_bytes() for p in email.message_from_bytes(good.stdout).walk()
                      if p.get_content_type() == "application/pkcs7-mime"]
            self.assertEqual(len(sealed), 1)
            opened = self.decrypt(sealed[0], "bob")
            self.assertEqual(opened.returncode, 0, opened.stderr)
            self.assertEqual(opened.stdout, b"Content-Type: text/plain\r\n\r\n" + TEXT.encode())
            # the twins: one octet changed; somebody else's key
            bad = self.verify(signed.replace(b"message/sipfrag", b"message/sipfraG"))
            self.assertNotEqual(bad.returncode, 0)
            self.assertNotIn(TEXT.encode(), self.decrypt(sealed[0], "mallory").stdout)


if __name__ == "__main__":
    unittest.main()
