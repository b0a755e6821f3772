# SPDX-License-Identifier: BSD-3-Clause
"""Discovery through the shipped configurations: Alice's agent knows no proxy;
those on the way say what they must see."""

import base64
import os
import re
import stat
import sys

sys.path.insert(0, os.path.dirname(__file__))
from configs_test import ALICE, BOB, SDP, TEXT, Row, quoted  # noqa: E402
from host import ADDRESS, body_of, header, message, reply, status  # noqa: E402

SS1, SS2, VISITED = ("ss1.atlanta.example.com", "ss2.biloxi.example.com",
                     "proxy.visited.example.net")


class Discovery(Row):
    """Alice's policy is `policy`, Bob's `bob_policy`; the proxies demand as the
    class says. Nobody is configured to read anything."""

    policy = 'rules = ( { middle = "@own"; view = [ "*" ]; verify = [ "*" ]; } );'
    bob_policy = 'rules = ( { middle = "@peer"; view = [ "*" ]; verify = [ "*" ]; } );'
    alice_more = {}

    @classmethod
    def certificates(cls):
        super().certificates()
        files = {}
        for who, text in (("alice", cls.policy), ("bob", cls.bob_policy)):
            files[who] = os.path.join(cls.pki.folder, who + ".conf")
            with open(files[who], "w") as f:
                f.write(text)
        cls.learned = os.path.join(cls.pki.folder, "learned")
        cls.agent_settings = {
            "alice": dict(NO_MIDDLE=True, DISCLOSURE=quoted(files["alice"]),
                          LEARNED=quoted(cls.learned), **cls.alice_more),
            "bob": {"NO_MIDDLE": True, "DISCLOSURE": quoted(files["bob"])}}

    def setUp(self):
        super().setUp()

        def bob_answers(r):
            if r.startswith(b"INVITE"):
                return reply(r, 200, SDP, "application/sdp",
                             contact="sip:bob@%s:%d" % (ADDRESS, self.bob.port))
            return reply(r, 200)

        self.alice, self.bob = self.both((None, bob_answers))
        self.since = {n: len(n.text()) for n in self.nodes}

    def fresh(self, node):
        return node.text()[self.since[node]:]

    def send(self, method, body, ctype):
        """What the phone gets in the end, and how often Bob's phone was asked."""
        self.alice.clear()
        self.bob.clear()
        self.alice.send(message(BOB, body, sender=ALICE, method=method,
                                port=self.alice.port, ctype=ctype), self.a[0].port)
        final = self.alice.final()
        self.assertIsNotNone(final, self.logs())
        return final

    def call(self):
        return self.send("INVITE", SDP, "application/sdp")

    def say(self, text=TEXT):
        return self.send("MESSAGE", text, "text/plain")

    def requests(self, endpoint):
        return [r for r in endpoint.got if not r.startswith((b"SIP/2.0", b"ACK"))]

    def assertCall(self, final):
        self.assertEqual((status(final), body_of(final)), (200, SDP.encode()), self.logs())
        self.assertEqual(len(self.requests(self.bob)), 1)
        self.assertEqual(body_of(self.requests(self.bob)[0]), SDP.encode())

    def assertDenied(self, final, code, phrase):
        self.assertEqual(status(final), code, self.logs())
        self.assertIn(phrase, final.split(b"\r\n", 1)[0].decode())
        self.assertEqual(body_of(final), b"")  # no demand for the phone to show
        self.assertEqual(header(final, "Content-Type"), [])
        self.assertEqual(self.requests(self.bob), [])


class Home(Discovery):
    """ss1 must view and verify SDP, and all that messages say; answers too."""

    home_more = {"REQUIRE_SDP": quoted("view,verify"), "REQUIRE_MESSAGE": quoted("view,verify")}

    def test_call_and_messages(self):
        self.assertCall(self.call())
        home = self.fresh(self.home)
        self.assertEqual(home.count("e2m-refused INVITE"), 1)
        self.assertIn("status=493 verdict=undecipherable reason=undisclosed "
                      "demands=view application/sdp", home)
        # request and answer, by the key that the request set
        self.assertEqual(re.findall(r"e2m-read INVITE .* recipient=(\S+)", home),
                         ["ecdh", "kek"])
        self.assertNotIn("e2m-unread", home)
        self.assertIn("e2m-learned INVITE to=%s middle=%s demands=view application/sdp" % (
            BOB, SS1), self.fresh(self.agent_a))
        # the next ones need no detour
        for _ in range(2):
            self.assertCall(self.call())
        self.assertEqual(self.fresh(self.home).count("e2m-refused"), 1)
        # of another type: another demand
        for n in range(3):
            self.assertEqual(status(self.say("number %d" % n)), 200, self.logs())
            self.assertEqual(body_of(self.bob.request()), b"number %d" % n)
        self.assertEqual(self.fresh(self.home).count("e2m-refused"), 2)
        listed = self.learned_lines()
        self.assertEqual(sorted(line.split()[1] for line in listed),
                         ["application/sdp", "text/plain"])
        for line in listed:
            self.assertEqual(line.split()[:1] + line.split()[2:5],
                             ["view", SS1, "from", "atlanta.example.com"])

    def learned_lines(self):
        mode = os.stat(self.learned)
        self.assertEqual(stat.S_IMODE(mode.st_mode), 0o600)
        with open(self.learned) as f:
            lines = f.read().splitlines()
        self.assertEqual(lines[0], "e2m learned 1")
        return lines[1:]

    def test_restart(self):
        """What was learned is still known when the agent starts anew."""
        self.assertCall(self.call())
        before = self.fresh(self.home).count("e2m-refused")
        phone, net = self.a
        at = self.nodes.index(self.agent_a)
        self.agent_a.stop()
        self.nodes.remove(self.agent_a)
        type(self).agent("alice", self.a, self.visited_place, "atlanta.example.com")
        type(self).agent_a = self.nodes.pop()
        self.nodes.insert(at, self.agent_a)
        self.since[self.agent_a] = 0
        self.assertIsNotNone(phone and net)
        self.assertCall(self.call())
        self.assertEqual(self.fresh(self.home).count("e2m-refused"), before)
        self.assertNotIn("e2m-learned", self.fresh(self.agent_a))

    def test_many_at_once(self):
        """Several calls learn the same at the same time; each goes through."""
        phones = [self.endpoint() for _ in range(6)]
        for phone in phones:
            phone.send(message(BOB, SDP, sender=ALICE, method="INVITE", port=phone.port,
                               ctype="application/sdp"), self.a[0].port)
        for phone in phones:
            final = phone.final(10)
            self.assertEqual(status(final), 200, self.logs())
            self.assertEqual(body_of(final), SDP.encode())


class Disagrees(Discovery):
    """Bob's policy shows ss1 nothing: his answer goes to Alice alone, and ss1 says
    that it could not read it."""

    bob_policy = 'rules = ( { middle = "%s"; verify = [ "*" ]; } );' % SS1
    home_more = {"REQUIRE_SDP": quoted("view")}

    def test_call(self):
        self.assertCall(self.call())
        home = self.fresh(self.home)
        self.assertEqual(re.findall(r"e2m-read INVITE .* recipient=(\S+)", home), ["ecdh"])
        self.assertIn("e2m-unread 200 INVITE", home)


class Final(Discovery):
    """The numbers and words of the final draft; to verify alone."""

    home_more = {"REQUIRE_SDP": quoted("view"), "ANSWERS": quoted("final")}

    def test_call(self):
        self.assertCall(self.call())
        self.assertIn("e2m-refused INVITE from=%s status=496" % ALICE, self.fresh(self.home))


class Denied(Discovery):
    """The policy knows ss1, but not for SDP; messages may be verified alone."""

    policy = ('rules = ( { middle = "%s"; verify = [ "text/plain" ];'
              ' view = [ "image/png" ]; } );' % SS1)
    home_more = {"REQUIRE_ANY": quoted("view")}

    def test_call(self):
        self.assertDenied(self.call(), 493, "Disclosure to %s Denied" % SS1)
        self.assertEqual(self.say()[:11], b"SIP/2.0 493")
        self.assertIn("reason=denied", self.fresh(self.agent_a))
        self.assertNotIn("e2m-read", self.fresh(self.home))
        self.assertFalse(os.path.exists(self.learned))


class Withheld(Discovery):
    """ss1 gets a copy of the SDP without keys; Bob has them."""

    policy = ('rules = ( { middle = "%s"; view = [ "application/sdp" ];'
              ' withhold = [ "keys", "a=rtpmap" ]; } );' % SS1)
    home_more = {"REQUIRE_SDP": quoted("view"), "WITH_LOG_CONTENT": True}
    offer = SDP + "a=rtpmap:0 PCMU/8000\r\na=crypto:1 X inline:c2VjcmV0\r\n"

    def test_call(self):
        final = self.send("INVITE", self.offer, "application/sdp")
        self.assertEqual(status(final), 200, self.logs())
        self.assertEqual(body_of(self.requests(self.bob)[0]), self.offer.encode())
        shown = base64.b64decode(re.search(r"e2m-content INVITE part=0 (\S+)",
                                           self.fresh(self.home)).group(1))
        self.assertIn(b"m=audio 40000", shown)
        self.assertNotIn(b"crypto", shown)
        self.assertNotIn(b"rtpmap", shown)


class Together(Discovery):
    """An archive: what it reads is what Bob reads; a copy will not do."""

    policy = Withheld.policy
    home_more = {"REQUIRE_SDP": quoted("view"), "REQUIRE_SEALED_TOGETHER": True}

    def test_copy_is_refused(self):
        self.assertDenied(self.call(), 403, "Demands of %s Not Met" % SS1)
        self.assertNotIn("e2m-read", self.fresh(self.home))


class Shared(Discovery):
    home_more = {"REQUIRE_SDP": quoted("view,verify,sealed"), "REQUIRE_SEALED_TOGETHER": True}

    def test_call(self):
        self.assertCall(self.call())
        self.assertIn("committed=1 shared=1", self.fresh(self.home))


class Both(Discovery):
    """ss1 on the caller's side, ss2 on the callee's; each found in turn."""

    policy = ('rules = ( { middle = "@own"; view = [ "*" ]; verify = [ "*" ]; },'
              ' { middle = "@peer"; view = [ "application/sdp" ]; } );')
    bob_policy = ('rules = ( { middle = "@peer"; view = [ "*" ]; },'
                  ' { middle = "@own"; view = [ "*" ]; } );')
    home_more = {"REQUIRE_SDP": quoted("view")}
    far_more = {"REQUIRE_SDP": quoted("view")}

    def test_call(self):
        self.assertCall(self.call())
        for node in (self.home, self.far):
            text = self.fresh(node)
            self.assertEqual(text.count("e2m-refused"), 1, text)
            # the one request that got through here last, and its answer
            self.assertEqual(re.findall(r"e2m-read INVITE .* recipient=(\S+)", text)[-2:],
                             ["ecdh", "kek"])
        self.assertCall(self.call())
        self.assertEqual(self.fresh(self.home).count("e2m-refused"), 1)
        self.assertEqual(self.fresh(self.far).count("e2m-refused"), 1)
        with open(self.learned) as f:
            text = f.read()
        self.assertIn("view application/sdp %s from atlanta.example.com " % SS1, text)
        self.assertIn("view application/sdp %s to biloxi.example.com " % SS2, text)


class Three(Both):
    """And a visited network's proxy that may verify, not read."""

    policy = ('rules = ( { middle = "%s"; verify = [ "*" ]; },'
              ' { middle = "*.example.com"; view = [ "application/sdp" ]; } );' % VISITED)
    alice_more = {"SIGN": 0}
    visited_more = {"REQUIRE_ANY": quoted("verify")}

    def test_call(self):
        self.assertCall(self.call())
        self.assertEqual(self.fresh(self.visited).count("e2m-refused"), 1)
        self.assertNotIn("type=application/sdp", self.fresh(self.visited))
        self.assertCall(self.call())
        for node in (self.visited, self.home, self.far):
            self.assertEqual(self.fresh(node).count("e2m-refused"), 1)


class Visited(Discovery):
    """A visited proxy that asks for what policy denies: the call fails, clearly."""

    visited_more = {"REQUIRE_SDP": quoted("view")}

    def test_call(self):
        self.assertDenied(self.call(), 493, "Disclosure to %s Denied" % VISITED)
        self.assertNotIn("e2m-read", self.fresh(self.visited))


class Verify(Discovery):
    """ss1 must verify, no more; Bob is asked to sign for it, and agrees."""

    alice_more = {"SIGN": 0}
    home_more = {"REQUIRE_SDP": quoted("verify")}
    bob_policy = 'rules = ( { middle = "%s"; verify = [ "application/sdp" ]; } );' % SS1

    def test_call(self):
        self.assertCall(self.call())
        home = self.fresh(self.home)
        self.assertIn("status=403 verdict=forbidden reason=not-signed "
                      "demands=verify multipart/signed", home)
        self.assertNotIn("type=application/sdp", home)
        self.assertNotIn("e2m-unread", home)
        with open(self.learned) as f:
            self.assertIn("verify application/sdp %s from atlanta.example.com " % SS1, f.read())
        # the request's signature, and the answer's, which Bob labelled for ss1 too
        self.assertEqual(home.count("e2m-verified INVITE"), 2)
        self.assertIn("verifiers=" + SS1, self.fresh(self.agent_a))


del Discovery
