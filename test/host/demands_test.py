# SPDX-License-Identifier: BSD-3-Clause
"""Demands that must not be met: a scripted provider answers the shipped agent
with rejections that OpenSSL signed. Nothing is sent a second time, the phone gets
the failure and no body."""

import base64
import email.utils
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from configs_test import ALICE, BOB, SDP, Place, quoted  # noqa: E402
from host import (ADDRESS, Case, Pki, Shipped, body_of, header, message,  # noqa: E402
                  reply, status)

SS1 = "ss1.atlanta.example.com"
POLICY = ('rules = ( { middle = "%s"; view = [ "*" ]; verify = [ "*" ]; },'
          ' { middle = "*.biloxi.example.com"; view = [ "*" ]; } );' % SS1)


def openssl(*args, data=b""):
    return subprocess.run(("openssl",) + args, input=data, check=True,
                          capture_output=True).stdout


class Attacked(Case):
    @classmethod
    def certificates(cls):
        pki = cls.pki
        pki.issue("alice", "URI:" + ALICE)
        pki.issue("bob", "URI:" + BOB)
        pki.issue("ss1", "DNS:" + SS1, peer=False)
        pki.issue("visited", "DNS:proxy.visited.example.net", peer=False)
        pki.issue("mallory", "URI:sip:mallory@evil.example.net", peer=False)
        pki.issue("expired", "DNS:" + SS1, peer=False, days=-1)
        pki.issue("nosign", "DNS:" + SS1, peer=False, usage="keyAgreement")
        os.makedirs(os.path.join(pki.folder, "other"))
        cls.other = Pki(os.path.join(pki.folder, "other"))
        cls.other.issue("ss1", "DNS:" + SS1, peer=False)

    def setUp(self):
        super().setUp()
        self.asked = []
        self.provider = self.endpoint(self.provide)
        phone, net = Place("udp"), Place("udp")
        self.policy = os.path.join(self.pki.folder, "policy")
        with open(self.policy, "w") as f:
            f.write(POLICY)
        self.learned = os.path.join(self.pki.folder, "learned-%d" % phone.port)
        self.phone_port = phone.port
        self.agent = Shipped(
            "agent.cfg", phone.address, phone.port,
            PHONE_LISTEN="udp:" + phone.at, PHONE_SOCKET=quoted("udp:" + phone.at),
            PHONE_PORT=phone.port, NET_LISTEN="udp:" + net.at,
            NET_SOCKET=quoted("udp:" + net.at), NET_PORT=net.port,
            DOMAIN=quoted("atlanta.example.com"), NO_MIDDLE=True, REUSE=0,
            PROVIDER=quoted("sip:%s:%d;transport=udp" % (ADDRESS, self.provider.port)),
            IDENTITY=quoted(os.path.join(self.pki.folder, "alice.pem")),
            TRUST=quoted(self.pki.ca), PEERS=quoted(self.pki.peers),
            DISCLOSURE=quoted(self.policy), LEARNED=quoted(self.learned))
        self.addCleanup(self.agent.stop)

    # -- the provider

    def provide(self, request):
        if request.startswith(b"CANCEL"):
            return reply(request, 200)
        if header(request, "CSeq") and request not in self.asked:
            self.asked.append(request)
        return self.answer(request)

    def fragment(self, request, status=493, warnings=None, date=None, **changed):
        if warnings is None:
            warnings = [(380, SS1, "Required to view 'application/sdp'")]
        lines = ["SIP/2.0 %d Undecipherable" % status]
        for name in ("From", "To", "Call-ID", "CSeq"):
            lines.append("%s: %s" % (name, changed.get(name) or header(request, name)[0]))
        lines.append("Date: " + email.utils.formatdate(date or time.time(), usegmt=True))
        lines += ['Warning: %d %s "%s"' % w for w in warnings]
        return "\r\n".join(lines).encode() + b"\r\n"

    def mixed(self, request, cert="ss1", pki=None, **more):
        with open(os.path.join((pki or self.pki).folder, cert + ".crt"), "rb") as f:
            der = base64.b64decode(re.sub(rb"-----[^-]+-----|\s", b"", f.read()))
        return (b"Content-Type: multipart/mixed;boundary=m\r\n\r\n"
                b"--m\r\nContent-Type: message/sipfrag\r\n\r\n"
                + self.fragment(request, **more) + b"\r\n--m\r\n"
                b"Content-Type: application/pkix-cert\r\n\r\n" + der + b"\r\n--m--\r\n")

    def signed(self, content, signer="ss1", pki=None):
        pem = os.path.join((pki or self.pki).folder, signer + ".pem")
        der = openssl("cms", "-sign", "-binary", "-signer", pem, "-inkey", pem, "-md",
                      "sha256", "-outform", "DER", data=content)
        return (b"--s\r\n" + content + b"\r\n--s\r\n"
                b"Content-Type: application/pkcs7-signature\r\n\r\n" + der + b"\r\n--s--\r\n")

    SIGNED = 'multipart/signed;protocol="application/pkcs7-signature";' \
             'micalg=sha-256;boundary=s'

    def demand(self, request, status=493, signer="ss1", pki=None, **more):
        content = self.mixed(request, cert=signer, pki=pki, status=status, **more)
        return reply(request, status, self.signed(content, signer, pki), self.SIGNED)

    # -- the phone

    def call(self, answer, method="INVITE"):
        self.asked.clear()
        self.answer = answer
        phone = self.endpoint()
        phone.send(message(BOB, SDP, sender=ALICE, method=method, port=phone.port,
                           ctype="application/sdp"), self.phone_port)
        final = phone.final(10)
        self.assertIsNotNone(final, self.agent.text()[-4000:])
        self.got = phone.got
        return final

    def assertRefused(self, answer, reason, code=493):
        final = self.call(answer)
        text = self.agent.text()
        self.assertEqual(status(final), code, text[-4000:])
        self.assertEqual(body_of(final), b"")
        self.assertEqual(header(final, "Content-Type"), [])
        self.assertEqual(len(self.asked), 1, text[-4000:])
        self.assertFalse(os.path.exists(self.learned))
        if reason:
            found = re.findall(r"e2m-not-learned .* reason=(\S+)", text)
            self.assertEqual(found[-1:], [reason], text[-4000:])
            self.assertIn(reason, final.split(b"\r\n")[0].decode())

    # -- control: what must be met is met

    def test_good_demand(self):
        def answer(request):
            if b"required-entity=" + SS1.encode() in request:
                return reply(request, 486)
            return self.demand(request)

        self.assertEqual(status(self.call(answer)), 486)
        self.assertEqual(len(self.asked), 2)
        self.assertTrue(os.path.exists(self.learned))

    def test_good_demand_in_every_form(self):
        forms = [(493, "Required to view 'application/sdp'"),
                 (496, "Required to View Content-Type 'application/sdp'"),
                 (403, "Required to view 'application/sdp'")]
        for code, words in forms:
            def answer(request, code=code, words=words):
                if b"required-entity=" in request:
                    return reply(request, 486)
                return self.demand(request, status=code, warnings=[(380, SS1, words)])

            self.assertEqual(status(self.call(answer)), 486, (code, self.agent.text()[-3000:]))
            self.assertTrue(os.path.exists(self.learned))
            self.restart()

    def restart(self):
        self.agent.stop()
        self.doCleanups()
        self.setUp()

    # -- attacks

    def test_nobody_signed(self):
        self.assertRefused(lambda r: reply(r, 493, self.mixed(r).partition(b"\r\n\r\n")[2],
                                           "multipart/mixed;boundary=m"), "not-signed")
        self.assertRefused(lambda r: reply(r, 493, self.fragment(r), "message/sipfrag"),
                           "not-signed")

    def test_somebody_else_signed(self):
        self.assertRefused(lambda r: self.demand(r, signer="mallory"), "wrong-identity")
        self.assertRefused(lambda r: self.demand(r, signer="visited"), "wrong-identity")
        # the certificate in it is ss1's, the signature is not
        self.assertRefused(lambda r: reply(r, 493, self.signed(self.mixed(r), "visited"),
                                           self.SIGNED), "wrong-identity")
        # the far user, whom the caller trusts with the call
        self.assertRefused(lambda r: self.demand(r, signer="bob"), "wrong-identity")

    def test_certificates(self):
        self.assertRefused(lambda r: self.demand(r, signer="expired"), "expired")
        self.assertRefused(lambda r: self.demand(r, pki=self.other), "untrusted")
        self.assertRefused(lambda r: self.demand(r, signer="nosign"), "usage")

    def test_of_another_request(self):
        for name, value in (("Call-ID", "other@host.test"), ("CSeq", "2 INVITE"),
                            ("From", "<%s>;tag=other" % ALICE), ("From", "<%s>" % ALICE),
                            ("To", "<sip:carol@biloxi.example.com>")):
            self.assertRefused(lambda r: self.demand(r, **{name: value}),  # noqa: B023
                               "other-message")
        self.assertRefused(lambda r: reply(r, 403, body_of(self.demand(r)), self.SIGNED),
                           "other-message", 403)

    def test_replayed(self):
        self.assertRefused(lambda r: self.demand(r, date=time.time() - 7200), "stale")
        kept = []

        def record(request):
            kept.append(body_of(self.demand(request)))
            return reply(request, 486)

        self.assertEqual(status(self.call(record)), 486)
        self.assertRefused(lambda r: reply(r, 493, kept[0], self.SIGNED), "other-message")

    def test_changed(self):
        def changed(request):
            good = body_of(self.demand(request))
            return reply(request, 493, good.replace(b"application/sdp'", b"application/xml'"),
                         self.SIGNED)

        self.assertRefused(changed, "bad-signature")

    def test_many_middles(self):
        many = [(380, "ss%d.atlanta.example.com" % n, "Required to view 'application/sdp'")
                for n in range(1, 40)]
        self.assertRefused(lambda r: self.demand(r, warnings=many), "wrong-identity")

    def test_plain_text(self):
        """There is no demand for it, however it is worded."""
        for words in ("Required to send plain", "Required not to encrypt 'application/sdp'",
                      "Required to view plain"):
            self.assertRefused(lambda r: self.demand(r, warnings=[(380, SS1, words)]),  # noqa
                               None)
            self.assertNotIn(SDP[:20].encode(), b"".join(self.provider.got))

    def test_policy(self):
        """Believed, but nobody may be shown what is not in the call."""
        self.assertRefused(
            lambda r: self.demand(r, warnings=[(380, SS1, "Required to view 'image/png'")]),
            None)
        self.assertIn("Disclosure to %s Denied" % SS1, self.got[-1].decode())

    def test_endless(self):
        """ss1 itself demands something new each time."""
        types = iter(["application/sdp", "*/*", "application/*"]
                     + ["APPLICATION/SDP", "Application/sdp", "aPplication/sdp"] * 9)

        def answer(request):
            return self.demand(request, warnings=[
                (380, SS1, "Required to view '%s'" % next(types))])

        final = self.call(answer)
        self.assertEqual(status(final), 493)
        self.assertIn("Demands of %s Not Met" % SS1, final.decode())
        self.assertLessEqual(len(self.asked), 8)
        self.assertEqual(body_of(final), b"")

    def test_in_other_answers(self):
        """A demand as the body of another answer is not for the phone to show."""
        for code in (180, 183, 200, 486, 600):
            def answer(request, code=code):
                body = self.signed(self.mixed(request, status=code))
                made = reply(request, code, body, self.SIGNED,
                             contact="sip:bob@%s" % ADDRESS)
                if code < 200:
                    self.provider.sock.sendto(made, self.where(request))
                    return reply(request, 486)
                return made

            final = self.call(answer)
            self.assertEqual(len(self.asked), 1)
            for got in self.got:
                self.assertNotIn(b"Required to view", got)
            self.assertEqual(status(final), 486 if code < 200 else code)

    def where(self, request):
        host, port = re.search(rb"Via: SIP/2.0/UDP ([^:;]+):(\d+)", request).groups()
        return host.decode(), int(port)

    def test_canceled(self):
        """The caller hangs up while the demand is on its way."""
        hold = []
        self.asked.clear()
        self.answer = lambda r: hold.append(r) or reply(r, 100)
        phone = self.endpoint()
        raw = message(BOB, SDP, sender=ALICE, method="INVITE", port=phone.port,
                      ctype="application/sdp")
        phone.send(raw, self.phone_port)
        self.assertIsNotNone(self.provider.wait(lambda r: r.startswith(b"INVITE")))
        head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
        keep = [h for h in head[1:] if not h.startswith((b"Content", b"CSeq", b"Contact"))]
        phone.send(b"\r\n".join([head[0].replace(b"INVITE", b"CANCEL")] + keep
                                + [b"CSeq: 1 CANCEL", b"Content-Length: 0", b"", b""]),
                   self.phone_port)
        self.assertIsNotNone(self.provider.wait(lambda r: r.startswith(b"CANCEL")))
        self.provider.sock.sendto(self.demand(hold[0]), self.where(hold[0]))
        final = phone.wait(lambda r: status(r) == 487)
        self.assertIsNotNone(final, self.agent.text()[-3000:])
        self.assertEqual(body_of(final), b"")
        self.assertEqual(len([r for r in self.provider.got if r.startswith(b"INVITE")]), 1)
