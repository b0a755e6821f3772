# SPDX-License-Identifier: BSD-3-Clause
"""The keys that are kept for reuse (RFC 3185): whole calls under them, who loses
them, how they end, and that nobody sees them. Through the shipped
configurations; Bob's agent holds no certificate."""

import base64
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from configs_test import ALICE, BOB, SDP, Row, quoted  # noqa: E402
from host import (ADDRESS, OPTIONS, Case, body_of, header, message,  # noqa: E402
                  module_path, reply, status)

SS1 = "ss1.atlanta.example.com"
AGENT_A, AGENT_B, VISITED, HOME, FAR = range(5)
TRUST = 'modparam("e2m", "trust"'


def more(*lines):
    """An edit: parameters of the module beside those of the file."""
    def edit(text):
        assert TRUST in text
        return text.replace(TRUST, "\n".join(lines + (TRUST,)), 1)
    return edit


def param(name, value):
    return 'modparam("e2m", "%s", %s)' % (name, value)


def same_call(raw):
    return lambda r: header(r, "Call-ID") == header(raw, "Call-ID")


class Kept(Row):
    """Nodes that can be started anew, each with RPC."""

    edits = {}

    @classmethod
    def setUpClass(cls):
        cls.empty = tempfile.mkdtemp(prefix="e2m-host-empty-")
        cls.recipes = []
        cls.agent_settings = {"bob": {"PEERS": quoted(cls.empty), "NO_MIDDLE": True}}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        os.rmdir(cls.empty)

    @classmethod
    def run_node(cls, name, place, **settings):
        n = len(cls.recipes)
        if name != "visited.cfg":
            settings.update(WITH_RPC=True, RPC_SOCKET=quoted(cls.socket(n)))
        if n in cls.edits:
            settings["edit"] = cls.edits[n]
        cls.recipes.append((name, place, settings))
        super().run_node(name, place, **settings)

    @classmethod
    def socket(cls, n):
        return "unix:%s/ctl%d" % (cls.pki.folder, n)

    def rpc(self, n, *words):
        return subprocess.run(["kamcmd", "-s", self.socket(n), *words], capture_output=True,
                              text=True, timeout=10).stdout

    def number(self, n, method, name):
        return int(re.search(r"%s: (\d+)" % name, self.rpc(n, method)).group(1))

    def keys(self, n=HOME):
        return self.number(n, "e2m.info", "keys_used")

    def keys_become(self, number, seconds=3):
        end = time.monotonic() + seconds
        while self.keys() != number and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.keys(), number, self.logs())

    def restart(self, n, **changes):
        """The node stops and starts: what it kept is gone."""
        name, place, settings = self.recipes[n]
        self.nodes[n].check()
        self.nodes[n].stop()
        super(Kept, type(self)).run_node(name, place, **{**settings, **changes})
        self.nodes[n] = self.nodes.pop()

    def text(self, n):
        return self.nodes[n].text()

    def marked(self):
        """How long the logs are now; what comes behind is what() of it."""
        return [len(node.text()) for node in self.nodes]

    def ways(self, marks):
        """What ss1 read since, and by which key."""
        return re.findall(r"e2m-read (\w+) .* recipient=(\S+)",
                          self.text(HOME)[marks[HOME]:])

    def say(self, near, far, src, dst, text, code=200):
        marks = self.marked()
        near.clear()
        far.clear()
        raw = message(dst, text, sender=src, port=near.port)
        near.send(raw, near.place.port)
        final = near.wait(lambda r: status(r) >= 200 and same_call(raw)(r))
        self.assertEqual(status(final or b""), code, self.logs())
        got = [body_of(r) for r in far.got if same_call(raw)(r)]
        self.assertEqual(got, [text.encode()] if code == 200 else [])
        return [way for _, way in self.ways(marks)]

    def talk(self):
        """Two phones in a conversation under a kept key."""
        ok = lambda r: reply(r, 200)  # noqa: E731
        alice, bob = self.both((ok, ok))
        self.say(alice, bob, ALICE, BOB, "First")
        self.assertEqual(self.say(bob, alice, BOB, ALICE, "Second"), ["kek"])
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "Third"), ["kek"])
        return alice, bob

    def call(self):
        return Call(self)


class Call:
    """One call that stands: Alice's INVITE, Bob's answer, her ACK."""

    def __init__(self, case):
        self.case = case
        self.alice, self.bob = case.both((self.answer("alice"), self.answer("bob")))
        self.cseq = {"alice": 1, "bob": 100}
        marks = case.marked()
        self.raw = message(BOB, SDP, sender=ALICE, method="INVITE", port=self.alice.port,
                           ctype="application/sdp")
        self.alice.send(self.raw, self.alice.place.port)
        final = self.final("alice", self.raw)
        case.assertEqual((status(final), body_of(final)), (200, SDP.encode()), case.logs())
        self.opened = case.ways(marks)
        invite = self.bob.wait(lambda r: r.startswith(b"INVITE") and same_call(self.raw)(r))
        tags = [header(final, "From")[0].partition("tag=")[2],
                header(final, "To")[0].partition("tag=")[2]]
        far_tag = header(invite, "From")[0].partition("tag=")[2]
        case.assertEqual(far_tag, tags[0])
        self.ends = {
            "alice": (self.alice, ALICE, BOB, tags[0], tags[1],
                      list(reversed(header(final, "Record-Route"))),
                      header(final, "Contact")[0].strip("<>")),
            "bob": (self.bob, BOB, ALICE, tags[1], tags[0], header(invite, "Record-Route"),
                    header(invite, "Contact")[0].strip("<>"))}
        self.send("alice", "ACK", 1)
        case.assertIsNotNone(self.bob.wait(lambda r: r.startswith(b"ACK")), case.logs())

    def answer(self, who):
        def made(r):
            if r.startswith(b"INVITE"):
                phone = getattr(self, who)
                return reply(r, 200, SDP, "application/sdp",
                             contact="sip:%s@%s:%d" % (who, ADDRESS, phone.port))
            return reply(r, 200)
        return made

    def final(self, who, raw):
        found = getattr(self, who).wait(lambda r: status(r) >= 200 and header(
            r, "CSeq") == header(raw, "CSeq") and same_call(raw)(r))
        self.case.assertIsNotNone(found, self.case.logs())
        return found

    def send(self, who, method, cseq, body=""):
        phone, own, far, own_tag, far_tag, routes, target = self.ends[who]
        raw = message(far, body, sender=own, method=method, port=phone.port, cseq=cseq,
                      ctype="application/sdp", totag=";tag=" + far_tag, uri=target,
                      extra="\r\n".join("Route: " + r for r in routes),
                      call_id=header(self.raw, "Call-ID")[0])
        raw = re.sub(rb"tag=f\d+", b"tag=" + own_tag.encode(), raw, 1)
        phone.send(raw, phone.place.port)
        return raw

    def again(self, who):
        """A re-INVITE with its answer and ACK: how ss1 read the two. The phones
        see one request and one final answer."""
        marks = self.case.marked()
        self.alice.clear()
        self.bob.clear()
        self.cseq[who] += 1
        raw = self.send(who, "INVITE", self.cseq[who], SDP)
        final = self.final(who, raw)
        self.case.assertEqual((status(final), body_of(final)), (200, SDP.encode()),
                              self.case.logs())
        self.send(who, "ACK", self.cseq[who])
        far = self.bob if who == "alice" else self.alice
        self.case.assertIsNotNone(far.wait(lambda r: r.startswith(b"ACK")))
        invites = [r for r in far.got if r.startswith(b"INVITE")]
        self.case.assertEqual([body_of(r) for r in invites], [SDP.encode()])
        near = self.alice if who == "alice" else self.bob
        self.case.assertLessEqual({status(r) for r in near.got}, {100, 200})
        return self.case.ways(marks)

    def bye(self, who="alice"):
        self.cseq[who] += 1
        raw = self.send(who, "BYE", self.cseq[who])
        self.case.assertEqual(status(self.final(who, raw)), 200, self.case.logs())


BY_KEY, KEPT = ("INVITE", "ecdh"), ("INVITE", "kek")


class Calls(Kept):
    def test_call(self):
        before = self.keys()
        call = self.call()
        self.assertEqual(call.opened, [BY_KEY, KEPT])
        # the INVITE's key serves its answers; the first request sets the dialog's
        self.assertEqual(call.again("alice"), [BY_KEY, KEPT])
        self.assertEqual(call.again("alice"), [KEPT, KEPT])
        self.assertEqual(call.again("bob"), [KEPT, KEPT])
        self.assertEqual(call.again("alice"), [KEPT, KEPT])
        self.assertGreater(self.keys(), before)
        call.bye()
        self.keys_become(before)

    def test_callee_ends_it(self):
        before = self.keys()
        call = self.call()
        call.again("alice")
        call.bye("bob")
        self.keys_become(before)

    def test_one_call_of_two_ends(self):
        before = self.keys()
        first, second = self.call(), self.call()
        both = self.keys()
        first.bye()
        self.keys_become(before + (both - before) // 2)
        self.assertEqual(second.again("alice"), [BY_KEY, KEPT])
        second.bye()
        self.keys_become(before)

    def test_proxy_starts_anew_within_a_call(self):
        call = self.call()
        call.again("alice")
        self.assertEqual(call.again("alice"), [KEPT, KEPT])
        self.restart(HOME)
        marks = self.marked()
        # ss1 refuses; sealed again by certificates; again() sees to the phones
        self.assertEqual(call.again("alice"), [BY_KEY, KEPT])
        self.assertIn("e2m-refused INVITE", self.text(HOME)[marks[HOME]:])
        self.assertIn("status=493", self.text(HOME)[marks[HOME]:])
        self.assertEqual(self.text(AGENT_A)[marks[AGENT_A]:].count("e2m-renew"), 1)
        self.assertEqual(call.again("bob"), [KEPT, KEPT])
        call.bye()


class Losers(Kept):
    def test_reader_starts_anew(self):
        """Bob's agent has lost the key and says 493: once more by certificates."""
        alice, bob = self.talk()
        self.restart(AGENT_B)
        bob = self.phone(BOB, self.b[0], lambda r: reply(r, 200))
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "Fourth"), ["kek", "ecdh"])
        self.assertIn("e2m-renew MESSAGE", self.text(AGENT_A))
        self.assertLessEqual({status(r) for r in alice.got}, {100, 200})
        self.assertEqual(self.say(bob, alice, BOB, ALICE, "Fifth"), ["kek"])

    def test_one_without_certificates_cannot_renew(self):
        """Alice's agent has lost the key, Bob's knows no other: his phone is told
        so, once, nothing leaves, and Alice's next message heals it."""
        alice, bob = self.talk()
        self.restart(AGENT_A)
        alice = self.phone(ALICE, self.a[0], lambda r: reply(r, 200))
        text = "Nobody may read this twice"
        marks = self.marked()
        self.assertEqual(self.say(bob, alice, BOB, ALICE, text, code=493), ["kek"])
        time.sleep(0.3)
        self.assertEqual(len([r for r in bob.got if status(r) >= 200]), 1)
        self.assertEqual(self.text(AGENT_B)[marks[AGENT_B]:].count("e2m-renew"), 1)
        self.assertIn("e2m-not-sealed MESSAGE", self.text(AGENT_B)[marks[AGENT_B]:])
        self.assertIn("rc=-8", self.text(AGENT_B)[marks[AGENT_B]:])
        self.assertNotIn(text, self.logs())
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "Healed"), ["ecdh"])
        self.assertEqual(self.say(bob, alice, BOB, ALICE, "Thanks"), ["kek"])


class Uses(Kept):
    edits = {AGENT_A: more(param("reuse_uses", 6))}

    def test_renews_of_itself(self):
        ok = lambda r: reply(r, 200)  # noqa: E731
        alice, bob = self.both((ok, ok))
        ways = []
        for n in range(14):
            ways += self.say(alice, bob, ALICE, BOB, "Number %d" % n)
        self.assertEqual(len(ways), 14)
        self.assertGreaterEqual(ways.count("ecdh"), 2)
        self.assertGreaterEqual(ways.count("kek"), 8)
        self.assertNotIn("e2m-renew", self.text(AGENT_A))
        self.assertNotIn("e2m-refused", self.text(HOME))


class Age(Kept):
    edits = {HOME: more(param("reuse_age", 3))}

    def test_expired_at_the_proxy(self):
        alice, bob = self.talk()
        time.sleep(4)
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "Late"), ["ecdh"])
        self.assertIn("e2m-refused MESSAGE", self.text(HOME))
        self.assertEqual(self.text(AGENT_A).count("e2m-renew"), 1)

    def test_swept(self):
        """What nobody looks for goes too: the timer runs every 30 seconds."""
        self.talk()
        self.assertGreater(self.keys(), 0)
        self.keys_become(0, 36)


def unlimited(text):
    """One caller sends more a second than pike lets pass."""
    made = re.sub(r'("reqs_density_per_unit"), \d+', r"\1, 100000", text)
    assert made != text
    return made


class Forgotten(Kept):
    """ss1 has room for few keys, and calls take the conversation's place."""

    edits = {HOME: lambda text: more(param("reuse_size", 1))(unlimited(text)),
             VISITED: unlimited, FAR: unlimited,
             AGENT_A: more(param("reuse_size", 65536)),
             AGENT_B: more(param("reuse_size", 65536))}

    def test_heals(self):
        alice, bob = self.talk()
        bob.answer = lambda r: reply(r, 486 if r.startswith(b"INVITE") else 200)
        size = self.number(HOME, "e2m.info", "keys_size")
        for _ in range(1500):
            raw = message(BOB, SDP, sender=ALICE, method="INVITE", port=alice.port,
                          ctype="application/sdp")
            alice.send(raw, self.a[0].port)
            self.assertIsNotNone(bob.wait(lambda r: r.startswith(b"INVITE") and
                                          same_call(raw)(r)), self.logs())
            bob.clear()
            alice.clear()
        self.assertLessEqual(self.keys(), size)
        self.assertGreater(self.number(HOME, "e2m.stats", "keys_forgotten"), size)
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "Still there?"), ["ecdh"])
        self.assertEqual(self.text(AGENT_A).count("e2m-renew"), 1)
        self.assertEqual(self.say(bob, alice, BOB, ALICE, "Yes"), ["kek"])


class Accepting(Kept):
    """A callee's own word on who may read his answers."""

    def test_accept(self):
        alice, bob = self.talk()
        for names, code, way in (((SS1,), 200, ["kek"]),
                                 (("ss9.example.net", SS1), 200, ["kek"]),
                                 (("ss9.example.net",), 500, [])):
            self.restart(AGENT_B, edit=more(*(param("accept", quoted(n)) for n in names)))
            bob = self.phone(BOB, self.b[0], lambda r: reply(r, 200))
            self.say(alice, bob, ALICE, BOB, "Who may read it?")
            marks = self.marked()
            self.assertEqual(self.say(bob, alice, BOB, ALICE, "These", code=code), way)
            told = "e2m-not-sealed MESSAGE" in self.text(AGENT_B)[marks[AGENT_B]:]
            self.assertEqual(told, code == 500)
        # with certificates he answers, and ss1 does not read it
        self.restart(AGENT_B, PEERS=quoted(self.pki.peers),
                     edit=more(param("accept", quoted("ss9.example.net"))))
        bob = self.phone(BOB, self.b[0], lambda r: reply(r, 200))
        self.say(alice, bob, ALICE, BOB, "Who may read it?")
        self.assertEqual(self.say(bob, alice, BOB, ALICE, "You alone"), [])


class Dialogs(Kept):
    """The dialog module follows the call; the script never calls e2m_forget()."""

    @staticmethod
    def followed(text):
        made = text.replace("e2m_forget();", "$var(none) = 1;").replace(
            '"default_timeout", 43200', '"default_timeout", 5')
        assert made.count("$var(none) = 1;") == 1 and '"default_timeout", 5)' in made
        return made

    @classmethod
    def run_node(cls, name, place, **settings):
        if name == "home.cfg":
            settings.update(END_UNREADABLE=True, edit=cls.followed)
        super().run_node(name, place, **settings)

    def test_ended(self):
        call = self.call()
        call.again("alice")
        self.assertGreater(self.keys(), 0)
        call.bye()
        self.keys_become(0, 2)

    def test_expired(self):
        self.call()
        self.assertGreater(self.keys(), 0)
        self.keys_become(0, 10)


# e2m_kept of include/e2m/e2m.h
KEPT_LAYOUT = struct.Struct("<64sQ32sQ32s192s?3xIq")
LABEL_AT = 144


def kept_memory(pid):
    """What the process has mapped for kept keys: shared and kept out of dumps."""
    got = b""
    with open("/proc/%d/smaps" % pid) as smaps, open("/proc/%d/mem" % pid, "rb") as mem:
        for line in smaps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
            if found:
                start, end = (int(x, 16) for x in found.groups())
            elif line.startswith("VmFlags:") and {"sh", "dd"} <= set(line.split()):
                mem.seek(start)
                got += mem.read(end - start)
    return got


def kept_keys(memory):
    found = set()
    for at in re.finditer(re.escape(SS1.encode() + b"\0"), memory):
        record = memory[at.start() - LABEL_AT:][:KEPT_LAYOUT.size]
        _, _, kek, kek_len, _, _, _, _, until = KEPT_LAYOUT.unpack(record)
        assert kek_len in (16, 32) and abs(until - time.time()) < 7200
        found.add(kek[:kek_len])
    return found


def spellings(key):
    """How a key might stand in a text: itself and the CEK that it is of."""
    for octets in (key, key[::-1]):
        yield octets.decode("latin-1")
        yield octets.hex()
        yield octets.hex().upper()
        yield octets.hex(":")
        yield octets.hex(" ")
        yield base64.b64encode(octets).decode().rstrip("=")


def talkative(text):
    assert "\ndebug=2\n" in text
    return text.replace("\ndebug=2\n", "\ndebug=3\n")


class Secrets(Kept):
    """All nodes at debug=3."""

    edits = dict.fromkeys(range(5), talkative)

    def all_keys(self):
        return {n: kept_keys(kept_memory(self.nodes[n].process.pid))
                for n in (AGENT_A, AGENT_B, HOME)}

    def all_texts(self):
        out = [node.text() for node in self.nodes]
        for n in (AGENT_A, AGENT_B, HOME):
            out += [self.rpc(n, *words) for words in (
                ("e2m.info",), ("e2m.stats",), ("stats.fetch", "e2m:"),
                ("system.methodHelp", "e2m.info"))]
            self.assertIn("keys_used", out[-4])
            self.assertEqual({m for m in self.rpc(n, "system.listMethods").split()
                              if m.startswith("e2m.")},
                             {"e2m.info", "e2m.stats", "e2m.learned", "e2m.unlearn", "e2m.reload"})
        return out

    @unittest.skipIf(os.geteuid() != 0, "reads the memory of processes")
    def test_nowhere_to_be_seen(self):
        alice, _ = self.talk()
        # a refusal and a renewal have lines of their own in the logs
        self.restart(AGENT_B)
        bob = self.phone(BOB, self.b[0], lambda r: reply(r, 200))
        self.assertEqual(self.say(alice, bob, ALICE, BOB, "Fourth"), ["kek", "ecdh"])
        call = self.call()
        call.again("alice")
        call.again("bob")
        during = self.all_keys()
        for keys in during.values():
            self.assertGreaterEqual(len(keys), 3)  # conversation, INVITE, dialog
        self.assertLessEqual(during[HOME], during[AGENT_A])
        call.bye()
        self.keys_become(3)  # of the conversation: two, and which is the newer
        after = self.all_keys()
        self.assertEqual((len(during[HOME]), len(after[HOME])), (4, 2))
        # wiped, not only taken out of the table
        memory = kept_memory(self.nodes[HOME].process.pid)
        for key in during[HOME] - after[HOME]:
            self.assertNotIn(key, memory)
        texts = self.all_texts()
        for n in range(5):
            self.assertIn("DEBUG:", texts[n])
        self.assertIn("e2m-renew", texts[AGENT_A])
        self.assertIn("e2m-read", texts[HOME])
        for text in texts:
            for key in set().union(*during.values()):
                for spelling in spellings(key):
                    self.assertFalse(spelling in text, "a key is in a log or an answer")


LUA = """
function ksr_request_route()
    local method = KSR.pv.get("$rm")
    if method == "OPTIONS" then KSR.sl.sl_send_reply(200, "OK") return 1 end
    KSR.force_rport()
    local rc
    if method == "BYE" then rc = KSR.e2m.forget()
    elseif method == "INFO" then rc = KSR.e2m.seal_fresh()
    else rc = KSR.e2m.seal() end
    KSR.hdr.append_to_reply("X-Rc: " .. rc .. "\\r\\n")
    KSR.sl.sl_send_reply(200, "Done")
    return 1
end
"""


class Module(Case):
    """The module by itself."""

    def sealer(self, extra):
        if not os.path.exists(os.path.join(module_path(), "app_lua.so")):
            self.skipTest("no app_lua")
        path = os.path.join(self.folder, "sealer.lua")
        with open(path, "w") as f:
            f.write(LUA)
        return self.kamailio(
            self.agent_settings(more=extra), 'cfgengine "lua"\n',
            more='loadmodule "app_lua.so"\nmodparam("app_lua", "load", "%s")' % path)

    def ask(self, k, method, to="sip:bob@example.com", **kw):
        """The function's code, and how many keys are kept then."""
        near = self.endpoint()
        near.send(message(to, "" if method == "BYE" else "Hello", method=method,
                          port=near.port, **kw), k.port)
        code = int(header(near.final(), "X-Rc")[0])
        return code, int(re.search(r"keys_used: (\d+)", k.rpc("e2m.info")).group(1))

    def test_kemi(self):
        k = self.sealer(param("reuse", 1) + "\n")
        # the record, and the note that it is the newest
        self.assertEqual(self.ask(k, "MESSAGE"), (1, 2))
        self.assertEqual(self.ask(k, "MESSAGE"), (1, 2))
        self.assertEqual(self.ask(k, "INFO"), (1, 3))
        self.assertEqual(self.ask(k, "INFO"), (1, 4))
        self.assertEqual(self.ask(k, "INVITE", call_id="one@host.test"), (1, 6))
        self.assertEqual(self.ask(k, "INVITE", call_id="two@host.test"), (1, 8))
        self.assertEqual(self.ask(k, "BYE", call_id="three@host.test"), (1, 8))
        self.assertEqual(self.ask(k, "BYE", call_id="one@host.test"), (1, 6))
        self.assertEqual(self.ask(k, "BYE", call_id="one@host.test"), (1, 6))
        self.assertEqual(self.ask(k, "BYE", call_id="two@host.test"), (1, 4))

    def test_neither_key_nor_certificate(self):
        for reuse in (0, 1):
            k = self.sealer(param("reuse", reuse) + "\n")
            self.assertEqual(self.ask(k, "MESSAGE", to="sip:carol@example.com"), (-8, 0))
            self.assertEqual(k.stat("no_key"), 1)

    def test_switched_off(self):
        k = self.sealer("")
        for method in ("MESSAGE", "INFO", "INVITE"):
            self.assertEqual(self.ask(k, method), (1, 0))

    def test_refusals(self):
        script = "request_route {" + OPTIONS + "e2m_seal(); }"
        for settings, saying in (
                ([("reuse", 1), ("reuse_size", 0)], "needs room"),
                ([("reuse", 2)], "only 0 and 1"),
                ([("reuse_size", -1)], "reuse_size"),
                ([("reuse_size", 1048577)], "reuse_size"),
                ([("reuse_uses", -1)], "negative"),
                ([("reuse_age", -1)], "negative")):
            with self.subTest(settings):
                k = self.kamailio(self.agent_settings(
                    more="\n".join(param(*s) for s in settings) + "\n"), script,
                    expect_failure=True)
                self.assertNotIn(k.exit_code(), (0, None), k.text())
                self.assertIn(saying, k.text())


if __name__ == "__main__":
    unittest.main()
