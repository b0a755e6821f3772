# SPDX-License-Identifier: BSD-3-Clause
"""Key reuse (RFC 3185) through the shipped configurations. Bob's agent holds no
certificate: none of Alice, none of ss1."""

import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from configs_test import ALICE, BOB, SDP, Place, Row, quoted  # noqa: E402
from host import ADDRESS, body_of, header, message, reply, status  # noqa: E402


class Reuse(Row):
    empty = tempfile.mkdtemp(prefix="e2m-host-empty-")
    agent_settings = {"bob": {"PEERS": quoted(empty), "NO_MIDDLE": True}}

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        os.rmdir(cls.empty)

    def both(self):
        ok = lambda r: reply(r, 200)  # noqa: E731
        return super().both((ok, ok))

    def ways(self, since=0):
        """How ss1 got each content key, in order."""
        return re.findall(r"e2m-read \w+ .* recipient=(\S+)", self.home.text()[since:])

    def say(self, near, far, src, dst, text):
        since = len(self.home.text())
        near.clear()
        far.clear()
        near.send(message(dst, text, sender=src, port=near.port), near.place.port)
        self.assertEqual(status(near.final()), 200, self.logs())
        self.assertEqual(body_of(far.request()), text.encode())
        return self.ways(since)

    def test_conversation(self):
        alice, bob = self.both()
        first = self.say(alice, bob, ALICE, BOB, "Are you there?")
        self.assertIn(first, (["ecdh"], ["kek"]))  # another test may have been first
        for n in range(3):
            self.assertEqual(self.say(bob, alice, BOB, ALICE, "Yes %d" % n), ["kek"])
            self.assertEqual(self.say(alice, bob, ALICE, BOB, "Good %d" % n), ["kek"])

    def test_call(self):
        """The answer needs no certificate; the key of the INVITE ends with it."""
        def bob_answers(r):
            if r.startswith(b"INVITE"):
                return reply(r, 200, SDP, "application/sdp",
                             contact="sip:bob@%s:%d" % (ADDRESS, bob.port))
            return reply(r, 200)

        alice, bob = Row.both(self, (None, bob_answers))
        for _ in range(2):
            since = len(self.home.text())
            alice.clear()
            alice.send(message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                               ctype="application/sdp"), self.a[0].port)
            final = alice.final()
            self.assertEqual((status(final), body_of(final)), (200, SDP.encode()), self.logs())
            self.assertEqual(self.ways(since), ["ecdh", "kek"])

    def test_keys_stay_out_of_core_dumps(self):
        """Shared by the processes (sh), not dumped (dd): proc(5), VmFlags."""
        for pid in self.home.workers():
            with open("/proc/%d/smaps" % pid) as smaps:
                flags = [set(line.split()[1:]) for line in smaps
                         if line.startswith("VmFlags")]
            self.assertTrue(any({"sh", "dd"} <= own for own in flags), pid)

    def test_proxy_that_lost_its_keys(self):
        """ss1 starts anew: it answers 493, the agent seals once more by
        certificates, and the phones see nothing of it."""
        alice, bob = self.both()
        self.say(alice, bob, ALICE, BOB, "Before")
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "Still before"), ["kek"])
        at = self.nodes.index(self.home)
        self.home.check()
        self.home.stop()
        self.run_node("home.cfg", self.home_place, **self.home_settings)
        type(self).home = self.nodes.pop()
        self.nodes[at] = self.home
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "After"), ["ecdh"])
        self.assertIn("e2m-refused MESSAGE", self.home.text())
        self.assertIn("e2m-renew MESSAGE", self.agent_a.text())
        self.assertEqual(self.say(bob, alice, BOB, ALICE, "And back"), ["kek"])
        self.assertEqual(len([r for r in bob.got if r.startswith(b"MESSAGE")]), 0)


class Unreadable(Row):
    """ss1 is told to end calls whose answer it cannot read. It forgets its keys
    between the INVITE and the answer: it keeps none."""

    @classmethod
    def run_node(cls, name, place, **settings):
        if name == "home.cfg":
            settings.update(END_UNREADABLE=True, edit=lambda text: text.replace(
                'modparam("e2m", "trust"', 'modparam("e2m", "reuse_size", 0)\n'
                'modparam("e2m", "trust"'))
        super().run_node(name, place, **settings)

    def test_call_is_ended_on_both_sides(self):
        def bob_answers(r):
            if r.startswith(b"INVITE"):
                return reply(r, 200, SDP, "application/sdp",
                             contact="sip:bob@%s:%d" % (ADDRESS, bob.port))
            return reply(r, 200)

        alice, bob = self.both((lambda r: reply(r, 200), bob_answers))
        raw = message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                      ctype="application/sdp")
        alice.send(raw, self.a[0].port)
        final = alice.final()
        self.assertEqual((status(final), body_of(final)), (200, SDP.encode()), self.logs())
        self.assertIn("e2m-unread 200 INVITE", self.home.text())
        routes = "\r\n".join("Route: " + r for r in reversed(header(final, "Record-Route")))
        ack = message(BOB, "", sender=ALICE, method="ACK", port=alice.port, extra=routes,
                      totag=";tag=" + header(final, "To")[0].partition(";tag=")[2],
                      uri=header(final, "Contact")[0].strip("<>"),
                      call_id=header(raw, "Call-ID")[0])
        ack = re.sub(rb"tag=f\d+", re.search(rb"tag=f\d+", raw).group(0), ack, 1)
        alice.send(ack, self.a[0].port)
        for phone in (alice, bob):
            self.assertIsNotNone(phone.wait(lambda r: r.startswith(b"BYE")), self.logs())
        self.assertIn("e2m-ended", self.home.text())


class Cluster(Row):
    """Two machines are ss1. What Alice sends passes one, what Bob sends the
    other."""

    @classmethod
    def setUpClass(cls):
        cls.second_place = Place()
        super().setUpClass()

    @classmethod
    def key_file(cls, own):
        return os.path.join(cls.pki.folder, "cluster.key")

    @classmethod
    def cluster(cls, own, other):
        path = cls.key_file(own)
        if not os.path.exists(path):
            with open(path, "w") as f:
                f.write(os.urandom(32).hex() + "\n")
        return {"CLUSTER_KEY": quoted(path), "CLUSTER_SELF": quoted("sip:" + own.at),
                "CLUSTER_PEER": quoted("sip:" + other.at)}

    @classmethod
    def run_node(cls, name, place, **settings):
        if name == "home.cfg":
            cls.start_second(place, settings)
            settings.update(cls.cluster(place, cls.second_place))
        elif settings.get("SELF") == quoted("ss2"):
            settings["FAR_HOP"] = cls.second_place.hop
        super().run_node(name, place, **settings)

    @classmethod
    def start_second(cls, first, settings):
        second = dict(settings, **cls.second_place.proxy())
        second.update(cls.cluster(cls.second_place, first))
        super().run_node("home.cfg", cls.second_place, **second)
        cls.second, cls.second_settings = cls.nodes.pop(), second

    @classmethod
    def tearDownClass(cls):
        cls.second.check()
        cls.second.stop()
        super().tearDownClass()

    def way(self, near, far, src, dst, node):
        """The message arrives; how this node read it, and whether it did."""
        since = len(node.text())
        near.clear()
        far.clear()
        near.send(message(dst, "Hello from " + src, sender=src, port=near.port),
                  near.place.port)
        self.assertEqual(status(near.final()), 200, self.logs() + self.second.text()[-3000:])
        self.assertEqual(body_of(far.request()), ("Hello from " + src).encode())
        return re.findall(r"e2m-read \w+ .* recipient=(\S+)", node.text()[since:])

    def test_other_node_reads_the_answer(self):
        ok = lambda r: reply(r, 200)  # noqa: E731
        alice, bob = self.both((ok, ok))
        time.sleep(3)  # the nodes find each other
        self.assertIn(self.way(alice, bob, ALICE, BOB, self.home), (["ecdh"], ["kek"]))
        time.sleep(0.3)
        self.assertEqual(self.way(bob, alice, BOB, ALICE, self.second), ["kek"])
        self.assertEqual(self.way(alice, bob, ALICE, BOB, self.home), ["kek"])
        # the second one starts anew, and gets everything from the first
        self.second.check()
        self.second.stop()
        super(Cluster, type(self)).run_node("home.cfg", self.second_place,
                                            **self.second_settings)
        type(self).second = self.nodes.pop()
        time.sleep(4)
        self.assertEqual(self.way(bob, alice, BOB, ALICE, self.second), ["kek"])
        for node in (self.home, self.second):
            self.assertNotIn("not believed", node.text())


class Strangers(Cluster):
    """The same with another cluster key on each: neither believes the other, and
    the agents fall back to certificates."""

    @classmethod
    def key_file(cls, own):
        return os.path.join(cls.pki.folder, "cluster-%s.key" % own.address)

    def test_other_node_reads_the_answer(self):
        ok = lambda r: reply(r, 200)  # noqa: E731
        alice, bob = self.both((ok, ok))
        time.sleep(3)
        self.assertEqual(self.way(alice, bob, ALICE, BOB, self.home), ["ecdh"])
        time.sleep(0.3)
        self.assertEqual(self.way(bob, alice, BOB, ALICE, self.second), ["ecdh"])
        self.assertIn("e2m-refused MESSAGE", self.second.text())
        self.assertIn("not believed", self.second.text())


class Followed(Row):
    """Where the dialog module follows a call, its keys go with it, though the
    script never says so."""

    @classmethod
    def run_node(cls, name, place, **settings):
        if name == "home.cfg":
            cls.socket = "unix:" + os.path.join(cls.pki.folder, "ctl")
            settings.update(WITH_RPC=True, RPC_SOCKET=quoted(cls.socket), END_UNREADABLE=True,
                            edit=lambda text: text.replace("e2m_forget();", "$var(none) = 1;"))
        super().run_node(name, place, **settings)

    def keys(self):
        out = subprocess.run(["kamcmd", "-s", self.socket, "e2m.info"], capture_output=True,
                             text=True, timeout=10).stdout
        return int(re.search(r"keys_used: (\d+)", out).group(1))

    def test_refused_call(self):
        alice, bob = self.both((None, lambda r: reply(
            r, 486 if r.startswith(b"INVITE") else 200)))
        alice.send(message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                           ctype="application/sdp"), self.a[0].port)
        self.assertIsNotNone(bob.wait(lambda r: r.startswith(b"INVITE")), self.logs())
        self.assertEqual(status(alice.final()), 486, self.logs())
        end = time.monotonic() + 5
        while self.keys() > 0 and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.keys(), 0)
        self.assertIn("e2m-read INVITE", self.home.text())


class Full(Row):
    """A proxy with room for few keys: it forgets, counts that, and goes on."""

    @classmethod
    def run_node(cls, name, place, **settings):
        # a flood that is meant is not held off
        calm = lambda text: text.replace('_per_unit", 400)', '_per_unit", 100000)')  # noqa: E731
        settings["edit"] = calm
        if name == "home.cfg":
            cls.socket = "unix:" + os.path.join(cls.pki.folder, "ctl")
            settings.update(WITH_RPC=True, RPC_SOCKET=quoted(cls.socket),
                            edit=lambda text: calm(text).replace(
                                'modparam("e2m", "trust"', 'modparam("e2m", "reuse_size", 1)\n'
                                'modparam("e2m", "trust"'))
        super().run_node(name, place, **settings)

    def number(self, method, name):
        out = subprocess.run(["kamcmd", "-s", self.socket, method], capture_output=True,
                             text=True, timeout=10).stdout
        return int(re.search(r"%s: (\d+)" % name, out).group(1))

    def test_forgets_and_goes_on(self):
        alice, bob = self.both((None, lambda r: reply(
            r, 486 if r.startswith(b"INVITE") else 200)))
        for _ in range(700):  # each sets a key and the note that it is the newest
            alice.clear()
            alice.send(message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                               ctype="application/sdp"), self.a[0].port)
            self.assertEqual(status(alice.final()), 486, self.logs())
        self.assertEqual(self.number("e2m.info", "keys_size"), 1024)
        self.assertGreater(self.number("e2m.info", "keys_used"), 800)
        self.assertGreater(self.number("e2m.stats", "keys_forgotten"), 100)
        alice.clear()
        bob.clear()
        alice.send(message(BOB, "Still there?", sender=ALICE, port=alice.port),
                   self.a[0].port)
        # 486s of before, which nobody acknowledges, come again and again
        self.assertIsNotNone(alice.wait(lambda r: status(r) == 200), self.logs())
        self.assertEqual(body_of(bob.wait(lambda r: r.startswith(b"MESSAGE"))),
                         b"Still there?")
