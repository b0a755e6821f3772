# SPDX-License-Identifier: BSD-3-Clause
"""The configurations of etc/, as they are shipped, in a row:
    alice - agent - visited - home (ss1) - far (ss2) - agent - bob
Alice and Bob are scripted phones."""

import os
import re
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from host import (ADDRESS, Case, Shipped, body_of, header, message,  # noqa: E402
                  new_port, next_node, reply, status, tcp_exchange)

TEXT = "Meet me where nobody reads."
SDP = ("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
       "m=audio 40000 RTP/AVP 0\r\n")
ALICE, BOB = "sip:alice@atlanta.example.com", "sip:bob@biloxi.example.com"


def quoted(text):
    return '"%s"' % text


class Place:
    """An address and a port for one node, before it runs."""

    def __init__(self, proto="tcp"):
        self.address = next_node()
        self.port = new_port(self.address)
        self.at = "%s:%d" % (self.address, self.port)
        self.hop = quoted("sip:%s;transport=%s" % (self.at, proto))

    def proxy(self):
        return {"SOURCE": self.address, "LISTEN_UDP": "udp:" + self.at, "LISTEN_TCP": "tcp:" + self.at}


class Row(Case):
    """The nodes, and phones at both ends."""

    agent_settings = {}
    home_more = {}
    far_more = None     # settings of a home.cfg, where ss2 is a middle as well
    visited_more = None  # likewise

    @classmethod
    def certificates(cls):
        cls.pki.issue("alice", "URI:" + ALICE)
        cls.pki.issue("bob", "URI:" + BOB)
        cls.pki.issue("ss1", "DNS:ss1.atlanta.example.com")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nodes = []
        a, b = [(Place(), Place()) for _ in range(2)]
        visited, home, far = Place(), Place(), Place()
        cls.a, cls.b, cls.visited_place, cls.home_place = a, b, visited, home
        cls.agent("alice", a, visited, "atlanta.example.com")
        cls.agent("bob", b, far, "biloxi.example.com")
        if cls.visited_more is None:
            cls.run_node("visited.cfg", visited, DOMAIN=quoted("atlanta.example.com"),
                         USER_HOP=a[1].hop, FAR_HOP=home.hop,
                         FAR_ADDRESS=quoted(home.address), **visited.proxy())
        else:
            cls.middle(visited, "proxy.visited.example.net", "atlanta.example.com",
                       a[1], home, **cls.visited_more)
        cls.home_settings = dict(
            DOMAIN=quoted("atlanta.example.com"), USER_HOP=visited.hop, FAR_HOP=far.hop,
            MY_NAME=quoted("ss1.atlanta.example.com"), TRUST=quoted(cls.pki.ca),
            IDENTITY=quoted(os.path.join(cls.pki.folder, "ss1.pem")), **home.proxy())
        cls.home_settings.update(cls.home_more)
        cls.run_node("home.cfg", home, **cls.home_settings)
        if cls.far_more is None:
            cls.run_node("visited.cfg", far, SELF=quoted("ss2"),
                         DOMAIN=quoted("biloxi.example.com"), USER_HOP=b[1].hop,
                         FAR_HOP=home.hop, **far.proxy())
        else:
            cls.middle(far, "ss2.biloxi.example.com", "biloxi.example.com", b[1], home,
                       **cls.far_more)
        cls.agent_a, cls.agent_b, cls.visited, cls.home, cls.far = cls.nodes

    @classmethod
    def middle(cls, place, name, domain, users, others, **more):
        """A home.cfg of that name; its certificate is made where it is missing."""
        pem = os.path.join(cls.pki.folder, name + ".pem")
        if not os.path.exists(pem):
            cls.pki.issue(name, "DNS:" + name, peer=False)
        cls.run_node("home.cfg", place, DOMAIN=quoted(domain), USER_HOP=users.hop,
                     FAR_HOP=others.hop, MY_NAME=quoted(name), TRUST=quoted(cls.pki.ca),
                     IDENTITY=quoted(pem), **place.proxy(), **more)

    @classmethod
    def agent(cls, who, places, provider, domain, **more):
        phone, net = places
        settings = dict(
            SOURCE=net.address, PHONE_LISTEN="udp:" + phone.at,
            PHONE_SOCKET=quoted("udp:" + phone.at), PHONE_PORT=phone.port,
            NET_LISTEN="tcp:" + net.at, NET_SOCKET=quoted("tcp:" + net.at),
            NET_PORT=net.port, DOMAIN=quoted(domain), PROVIDER=provider.hop,
            IDENTITY=quoted(os.path.join(cls.pki.folder, who + ".pem")),
            TRUST=quoted(cls.pki.ca), PEERS=quoted(cls.pki.peers),
            MIDDLE=quoted("ss1.atlanta.example.com"))
        settings.update(cls.agent_settings.get(who, {}), **more)
        cls.run_node("agent.cfg", phone, **settings)

    @classmethod
    def run_node(cls, name, place, **settings):
        try:
            cls.nodes.append(Shipped(name, place.address, None, **settings))
            node = cls.nodes[-1]
            node._wait_ready(place.port)
        except Exception:
            cls.stop_all()
            raise

    @classmethod
    def stop_all(cls):
        for node in cls.nodes:
            node.stop()
        cls.nodes = []

    @classmethod
    def tearDownClass(cls):
        for node in cls.nodes:
            node.check()
        cls.stop_all()
        super().tearDownClass()

    def phone(self, who, place, answer=None):
        """Registers with its agent; keeps what it gets."""
        e = self.endpoint(answer)
        e.place = place
        domain = who.partition("@")[2]
        raw = message(who, b"", sender=who, method="REGISTER", port=e.port,
                      uri="sip:" + domain)
        own = b"Contact: <sip:user@%s:%d>" % (ADDRESS.encode(), e.port)
        user = who[4:].partition("@")[0].encode()
        for n, contact in enumerate((b"Contact: *\r\nExpires: 0",
                                     own.replace(b"sip:user", b"sip:" + user))):
            e.send(raw.replace(own, contact).replace(b"branch=", b"branch=z9hG4bKr%d" % n)
                   .replace(b"CSeq: 1", b"CSeq: %d" % (n + 1)), place.port)
            self.assertEqual(status(e.final()), 200)
            e.clear()
        return e

    def both(self, answer=None):
        return (self.phone(ALICE, self.a[0], answer and answer[0]),
                self.phone(BOB, self.b[0], answer and answer[1]))

    def logs(self):
        return "\n".join(n.text()[-3000:] for n in self.nodes)


class Chain(Row):
    # -- the way it is meant to go

    def test_message_both_ways(self):
        ok = lambda r: reply(r, 200)  # noqa: E731
        alice, bob = self.both((ok, ok))
        for near, far, src, dst in ((alice, bob, ALICE, BOB), (bob, alice, BOB, ALICE)):
            text = TEXT + " From " + src
            near.send(message(dst, text, sender=src, port=near.port), near.place.port)
            self.assertEqual(status(near.final()), 200, self.logs())
            got = far.request()
            self.assertEqual(body_of(got), text.encode())
            self.assertEqual(header(got, "Content-Type"), ["text/plain"])
            read = [line for line in self.home.text().splitlines()
                    if "e2m-read MESSAGE" in line and "from=%s " % src in line
                    and "size=%d " % len(text) in line]
            self.assertEqual(len(read), 1, self.home.text())
            for word in ("signer=" + src, "bound=1", "committed=1", "shared=1"):
                self.assertIn(word, read[0])
            near.clear()
            far.clear()
        self.assertNotIn(TEXT[:8], self.logs())

    def test_large_message(self):
        alice, bob = self.both((None, lambda r: reply(r, 200)))
        text = "0123456789" * 3000
        alice.send(message(BOB, text, sender=ALICE, port=alice.port), self.a[0].port)
        self.assertEqual(status(alice.final()), 200, self.logs())
        self.assertEqual(body_of(bob.request()), text.encode())

    def test_call(self):
        contact = "sip:bob@%s" % ADDRESS

        def bob_answers(r):
            if r.startswith(b"INVITE"):
                return reply(r, 200, SDP, "application/sdp", contact="%s:%d" % (
                    contact, bob.port))
            return reply(r, 200)

        alice, bob = self.both((None, bob_answers))
        raw = message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                      ctype="application/sdp")
        alice.send(raw, self.a[0].port)
        final = alice.final()
        self.assertEqual(status(final), 200, self.logs())
        self.assertEqual(body_of(final), SDP.encode())
        self.assertEqual(header(final, "Content-Type"), ["application/sdp"])
        invite = bob.request()
        self.assertEqual(body_of(invite), SDP.encode())
        for direction in ("e2m-read INVITE part=0 from=%s" % ALICE,
                          "e2m-read INVITE part=0 from=%s to=%s signer=%s" % (ALICE, BOB, BOB)):
            self.assertIn(direction, self.home.text())
        # ACK with a body of its own (an offer in the 200), then BYE
        routes = "\r\n".join("Route: " + r for r in reversed(header(final, "Record-Route")))
        self.assertGreaterEqual(routes.count("<sip:"), 5)
        totag = ";tag=" + header(final, "To")[0].partition(";tag=")[2]
        same = {"sender": ALICE, "port": alice.port, "totag": totag, "extra": routes,
                "uri": header(final, "Contact")[0].strip("<>"),
                "call_id": header(raw, "Call-ID")[0]}
        for method, cseq, body in (("ACK", 1, SDP), ("BYE", 2, "")):
            request = message(BOB, body, method=method, cseq=cseq, ctype="application/sdp",
                              **same)
            request = re.sub(rb"tag=f\d+", re.search(rb"tag=f\d+", raw).group(0), request, 1)
            alice.clear()
            bob.clear()
            alice.send(request, self.a[0].port)
            got = bob.wait(lambda r: r.startswith(method.encode()))
            self.assertIsNotNone(got, method + "\n" + self.logs())
            self.assertEqual(body_of(got), body.encode())
        self.assertEqual(status(alice.final()), 200)
        self.assertIn("e2m-read ACK", self.home.text())

    def test_cancel(self):
        def bob_rings(r):
            return reply(r, 180 if r.startswith(b"INVITE") else 200)

        alice, bob = self.both((None, bob_rings))
        raw = message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                      ctype="application/sdp")
        alice.send(raw, self.a[0].port)
        self.assertIsNotNone(alice.wait(lambda r: status(r) == 180), self.logs())
        cancel = raw.partition(b"\r\nContact")[0].replace(b"INVITE", b"CANCEL")
        alice.send(cancel + b"\r\nContent-Length: 0\r\n\r\n", self.a[0].port)
        self.assertIsNotNone(alice.wait(
            lambda r: status(r) == 200 and b"CANCEL" in header(r, "CSeq")[0].encode()))
        got = bob.wait(lambda r: r.startswith(b"CANCEL"))
        self.assertIsNotNone(got, self.logs())
        self.assertEqual(body_of(got), b"")
        invite = bob.request()
        bob.send_to(reply(invite, 487), self.b[0])
        self.assertIsNotNone(alice.wait(lambda r: status(r) == 487), self.logs())

    # -- what they say no to

    def test_last_look(self):
        """An agent whose routes lost their calls of e2m_seal() still sends
        nothing plain into the network, neither a request nor an answer."""
        places, provider = (Place(), Place()), Place()
        edit = lambda text: text.replace("!e2m_seal()", "1 == 0").replace(  # noqa: E731
            "        e2m_seal();", "        $var(none) = 1;")
        self.agent("alice", places, provider, "atlanta.example.com", edit=edit)
        node = self.nodes.pop()
        self.addCleanup(node.stop)
        alice = self.phone(ALICE, places[0], lambda r: reply(r, 200, SDP, "application/sdp"))
        server = socket.create_server((provider.address, provider.port))
        self.addCleanup(server.close)
        server.settimeout(1)
        alice.send(message(BOB, TEXT, sender=ALICE, port=alice.port), places[0].port)
        try:
            with server.accept()[0] as conn:
                conn.settimeout(1)
                self.assertNotIn(TEXT.encode(), conn.recv(65536))
        except socket.timeout:
            pass
        self.assertEqual(node.text().count("e2m-held MESSAGE"), 1)
        got = tcp_exchange(places[1].port, message(
            ALICE, b"", sender=BOB, transport="TCP", method="INVITE"), seconds=1.5)
        self.assertIsNotNone(alice.request())
        self.assertNotIn(b"m=audio", got)
        self.assertGreaterEqual(node.text().count("e2m-held INVITE"), 1)

    def refused(self, raw, port, code, **kw):
        near = self.endpoint()
        near.send(raw.replace(b":5060;branch", b":%d;branch" % near.port), port)
        answer = near.final()
        self.assertEqual(status(answer), code, self.logs())
        return answer

    def test_stranger_is_not_sealed_for(self):
        alice = self.phone(ALICE, self.a[0])
        alice.send(message("sip:carol@chicago.example.com", TEXT, sender=ALICE,
                           port=alice.port), self.a[0].port)
        self.assertEqual(status(alice.final()), 500)
        self.assertNotIn(TEXT[:8], self.logs())

    def test_sender_of_another_domain(self):
        self.refused(message(BOB, TEXT, sender="sip:alice@evil.example.com"),
                     self.a[0].port, 403)

    def test_plain_body_from_the_network(self):
        bob = self.phone(BOB, self.b[0], lambda r: reply(r, 200))
        got = tcp_exchange(self.b[1].port, message(BOB, TEXT, sender=ALICE, transport="TCP"))
        self.assertEqual(status(got[got.rfind(b"SIP/2.0 4"):]), 403)
        self.assertEqual([r for r in bob.got if r.startswith(b"MESSAGE")], [])

    def test_plain_answer_of_the_network(self):
        """The phone gets the answer, and not what is in it."""
        places, provider = (Place(), Place()), Place()
        self.agent("alice", places, provider, "atlanta.example.com")
        node = self.nodes.pop()
        self.addCleanup(node.stop)
        alice = self.phone(ALICE, places[0])
        with socket.create_server((provider.address, provider.port)) as server:
            server.settimeout(3)
            alice.send(message(BOB, SDP, sender=ALICE, port=alice.port, method="INVITE",
                               ctype="application/sdp"), places[0].port)
            with server.accept()[0] as conn:
                conn.settimeout(3)
                invite = conn.recv(65536)
                self.assertNotIn(b"m=audio", invite)
                for code in (183, 200):
                    conn.sendall(reply(invite, code, SDP, "application/sdp",
                                       contact="sip:bob@%s" % provider.at))
                final = alice.final()
        self.assertEqual((status(final), body_of(final)), (200, b""))
        self.assertIsNone(alice.wait(lambda r: status(r) == 183, 0.2))

    def test_unknown_user(self):
        alice = self.phone(ALICE, self.a[0])
        alice.send(message("sip:nobody@biloxi.example.com", b"", sender=ALICE, method="INFO",
                           port=alice.port), self.a[0].port)
        self.assertEqual(status(alice.final()), 480, self.logs())

    def test_hops_run_out(self):
        for place in (self.a[0], self.visited_place, self.home_place):
            self.refused(message(BOB, b"", sender=ALICE).replace(
                b"Max-Forwards: 20", b"Max-Forwards: 0"), place.port, 483)

    def test_content_length_that_lies(self):
        self.refused(message(BOB, TEXT, sender=ALICE, length=400), self.visited_place.port,
                     400)

    def test_register_at_a_proxy(self):
        for place in (self.visited_place, self.home_place):
            self.refused(message(ALICE, b"", sender=ALICE, method="REGISTER"), place.port, 405)

    def test_preloaded_route(self):
        for place in (self.visited_place, self.home_place):
            self.refused(message(BOB, b"", sender=ALICE, extra="Route: <sip:%s;lr>, "
                                 "<sip:198.51.100.1;lr>" % place.at), place.port, 403)

    def test_unknown_dialog(self):
        for place in (self.visited_place, self.home_place, self.a[0]):
            self.refused(message(BOB, b"", sender=ALICE, method="BYE", totag=";tag=1"),
                         place.port, 404)

    def test_tampered_on_the_way(self):
        """Sealed by hand is not needed: a body labelled for ss1 that nobody
        signed is refused there, signed, and goes no further."""
        body = ("MIIB" * 20).encode()
        answer = self.refused(message(
            BOB, body, sender=ALICE, ctype="application/pkcs7-mime; smime-type=enveloped-data",
            extra="Content-Disposition: session;handling=required;"
                  "required-entity=ss1.atlanta.example.com"), self.home_place.port, 400)
        self.assertIn("e2m-refused MESSAGE", self.home.text())
        self.assertIn("multipart/signed", header(answer, "Content-Type")[0])


if __name__ == "__main__":
    unittest.main()
