# SPDX-License-Identifier: BSD-3-Clause
"""The functions of the module on a real Kamailio: each return code, the
variables, the signed refusal, what the module refuses to start with."""

import os
import re
import sys
import unittest
from urllib.parse import unquote

sys.path.insert(0, os.path.dirname(__file__))
from host import (ADDRESS, OPTIONS, Case, Pki, body_of, header,  # noqa: E402
                  message, module_path, reply, status)

# seals what it gets and sends it to X-Next
SEALER = """
request_route {""" + OPTIONS + """
    $du = "sip:" + $hdr(X-Next);
    %s
    e2m_seal();
    $var(rc) = $rc;
    append_to_reply("X-Rc: $var(rc)\\r\\n");
    if ($var(rc) < 0) { sl_send_reply("500", "Not Sealed"); exit; }
    forward();
}
"""

# says what it read
READER = """
request_route {""" + OPTIONS + """
    force_rport();
    if ($hdr(X-Ask) == "left") { route(ANSWER); }
    %s();
    route(ANSWER);
}
route[ANSWER] {
    $var(rc) = $rc;
    append_to_reply("X-Rc: $var(rc)\\r\\n");
    append_to_reply("X-Verdict: $e2m(verdict)\\r\\n");
    append_to_reply("X-Reason: $e2m(reason)\\r\\n");
    append_to_reply("X-Status: $e2m(status)\\r\\n");
    append_to_reply("X-Signer: $e2m(signer)\\r\\n");
    append_to_reply("X-Bound: $e2m(bound)\\r\\n");
    append_to_reply("X-Parts: $e2m(parts)\\r\\n");
    append_to_reply("X-Body: $(e2m(body){s.escape.param})\\r\\n");
    append_to_reply("X-Body0: $(e2m(body)[0]{s.escape.param})\\r\\n");
    append_to_reply("X-Body1: $(e2m(body)[1])\\r\\n");
    append_to_reply("X-Type: $e2m(type)\\r\\n");
    append_to_reply("X-Label: $e2m(label)\\r\\n");
    append_to_reply("X-Cipher: $e2m(cipher)\\r\\n");
    append_to_reply("X-Structure: $e2m(structure)\\r\\n");
    append_to_reply("X-Recipient: $e2m(recipient)\\r\\n");
    append_to_reply("X-Committed: $e2m(committed)\\r\\n");
    append_to_reply("X-Shared: $e2m(shared)\\r\\n");
    sl_send_reply("200", "Done");
    exit;
}
"""

REFUSER = """
request_route {""" + OPTIONS + """
    force_rport();
    %s
    e2m_inspect();
    e2m_refuse();
    exit;
}
"""

TEXT = "What the archive shall read."


class Codes(Case):
    @classmethod
    def certificates(cls):
        super().certificates()
        other = os.path.join(cls.folder, "other")
        os.makedirs(other)
        cls.stranger = Pki(other)
        cls.stranger.issue("alice", "URI:sip:alice@example.com")
        cls.stranger.issue("ss1", "DNS:ss1.example.com")

    def sealed(self, settings=None, body=TEXT, before="", **kw):
        """A message as an agent seals it."""
        k = self.kamailio(settings or self.agent_settings(), SEALER % before)
        far = self.endpoint()
        near = self.endpoint()
        near.send(message("sip:bob@example.com", body, port=near.port,
                          extra="X-Next: %s:%d" % (ADDRESS, far.port), **kw), k.port)
        raw = far.request()
        self.assertIsNotNone(raw, k.text())
        self.assertNotIn(TEXT.encode(), raw)
        return raw

    def ask(self, k, raw):
        near = self.endpoint()
        near.send(raw, k.port)
        answer = near.final()
        self.assertIsNotNone(answer, k.text())
        return answer

    def code(self, answer):
        return int(header(answer, "X-Rc")[0])

    def reader(self, settings=None, function="e2m_inspect"):
        return self.kamailio(settings or self.middle_settings(), READER % function)

    def expect(self, raw, code, verdict, reason=None, settings=None, stat=None):
        k = self.reader(settings)
        answer = self.ask(k, raw)
        self.assertEqual((self.code(answer), header(answer, "X-Verdict")[0]),
                         (code, verdict), k.text())
        if reason:
            self.assertEqual(header(answer, "X-Reason")[0], reason)
        if code < 0:
            self.assertIn(header(answer, "X-Body")[0], ("<null>", ""))
        if stat:
            self.assertEqual(k.stat(stat), 1)
        return answer

    # -- 1

    def test_read(self):
        a = self.expect(self.sealed(), 1, "read", stat="read")
        self.assertEqual(unquote(header(a, "X-Body")[0]), TEXT)
        self.assertEqual(unquote(header(a, "X-Body0")[0]), TEXT)
        self.assertEqual(header(a, "X-Body1")[0], "<null>")
        self.assertEqual(header(a, "X-Type")[0], "text/plain")
        self.assertEqual(header(a, "X-Signer")[0], "sip:alice@example.com")
        self.assertEqual(header(a, "X-Label")[0], "ss1.example.com")
        self.assertEqual(header(a, "X-Cipher")[0], "aes-128-gcm")
        self.assertEqual(header(a, "X-Structure")[0], "AuthEnvelopedData")
        self.assertEqual(header(a, "X-Recipient")[0], "ecdh")
        for name in ("Bound", "Parts", "Committed", "Shared"):
            self.assertEqual(header(a, "X-" + name)[0], "1", name)
        self.assertEqual(header(a, "X-Status")[0], "0")

    def test_each_way_to_seal_is_read(self):
        for more in ('"label", "content-target"', '"label", "proxy-inspect-body"',
                     '"cipher", "aes-256-gcm"', '"order", "sign-encrypt"',
                     '"cipher", "aes-256-cbc"', '"digest", "sha512"', '"sign", 2',
                     '"compress", 1', '"base64", 1', '"opaque", 1'):
            with self.subTest(more):
                raw = self.sealed(self.agent_settings(more='modparam("e2m", %s)\n' % more))
                self.expect(raw, 1, "read")

    def test_opened_by_the_far_user(self):
        raw = self.sealed()
        k = self.kamailio(self.agent_settings("bob"), """
request_route {""" + OPTIONS + """
    $du = "sip:" + $hdr(X-Next);
    e2m_open();
    if ($rc < 0) { sl_send_reply("500", "No"); exit; }
    forward();
}
""")
        phone = self.endpoint()
        raw = re.sub(rb"X-Next: [^\r]*", b"X-Next: %s:%d" % (ADDRESS.encode(), phone.port), raw)
        self.endpoint().send(raw, k.port)
        plain = phone.request()
        self.assertIsNotNone(plain, k.text())
        self.assertEqual(body_of(plain), TEXT.encode())
        self.assertEqual(header(plain, "Content-Type"), ["text/plain"])
        self.assertEqual(header(plain, "Content-Length"), [str(len(TEXT))])
        self.assertEqual(k.stat("opened"), 1)

    # -- the negative ones

    def test_no_label(self):
        raw = self.sealed(self.agent_settings(middle=False))
        self.expect(raw, -2, "not-for-me", stat="not_for_me")

    def test_no_body(self):
        self.expect(message("sip:bob@example.com", b""), -2, "not-for-me")

    def test_plain_body(self):
        self.expect(message("sip:bob@example.com", TEXT), -2, "not-for-me")

    def test_not_our_key(self):
        settings = ('modparam("e2m", "identity", "%s/ss1.pem")\n'
                    'modparam("e2m", "name", "ss1.example.com")\n' % self.stranger.folder)
        self.expect(self.sealed(), -3, "undecipherable", "cannot-decrypt", settings,
                    "cannot_decrypt")

    def test_changed_ciphertext(self):
        raw = self.sealed(self.agent_settings(more='modparam("e2m", "order", "sign-encrypt")\n'))
        at = len(raw) - 120
        raw = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]
        k = self.reader()
        self.assertIn(self.code(self.ask(k, raw)), (-3, -7), k.text())

    def test_signed_by_a_stranger(self):
        settings = self.agent_settings().replace(
            self.pem("alice"), os.path.join(self.stranger.folder, "alice.pem"))
        self.expect(self.sealed(settings), -4, "forbidden", "untrusted", stat="bad_signature")

    def test_not_signed(self):
        raw = self.sealed(self.agent_settings(
            more='modparam("e2m", "sign", 0)\nmodparam("e2m", "aib", 0)\n'))
        self.expect(raw, -4, "forbidden", "not-signed")
        self.expect(raw, 1, "read", settings=self.middle_settings(
            'modparam("e2m", "allow_unsigned", 1)\n'))

    def test_another_sender(self):
        raw = self.sealed().replace(b"From: <sip:alice@", b"From: <sip:carol@", 1)
        self.expect(raw, -5, "forbidden", stat="bad_identity")

    def test_another_message(self):
        raw = self.sealed().replace(b"Call-ID: c", b"Call-ID: d", 1)
        self.expect(raw, -5, "forbidden", "other-message")

    def test_unbound(self):
        raw = self.sealed(self.agent_settings(more='modparam("e2m", "aib", 0)\n'))
        self.expect(raw, -5, "forbidden", "unbound")
        self.expect(raw, 1, "read", settings=self.middle_settings(
            'modparam("e2m", "allow_unbound", 1)\n'))

    def test_replay(self):
        raw = self.sealed()
        k = self.reader()
        self.assertEqual(self.code(self.ask(k, raw)), 1)
        again = raw.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx")
        answer = self.ask(k, again)
        self.assertEqual((self.code(answer), header(answer, "X-Reason")[0]), (-6, "replay"))
        self.assertEqual(k.stat("replay"), 1)

    def test_replay_is_seen_by_every_worker(self):
        raw = self.sealed()
        k = self.kamailio(self.middle_settings(), READER % "e2m_inspect", children=4)
        codes = [self.code(self.ask(k, raw)) for _ in range(12)]
        self.assertEqual(sorted(codes), [-6] * 11 + [1])

    def test_malformed(self):
        raw = self.sealed().replace(b"Content-Type:", b"Content-Type: text/plain\r\nContent-Type:", 1)
        self.expect(raw, -7, "malformed", stat="malformed")

    def test_no_key_to_seal(self):
        k = self.kamailio(self.agent_settings(), SEALER % "")
        for to, sender in (("sip:stranger@example.com", "sip:alice@example.com"),
                           ("sip:bob@example.com", "sip:mallory@example.com")):
            near = self.endpoint()
            near.send(message(to, TEXT, sender=sender, port=near.port,
                              extra="X-Next: %s:9" % ADDRESS), k.port)
            self.assertEqual(self.code(near.final()), -8)
        self.assertEqual(k.stat("no_key"), 2)

    def test_limit(self):
        self.expect(self.sealed(), -9, "malformed", stat="too_large",
                    settings=self.middle_settings('modparam("e2m", "max_recipients", 1)\n'))

    def test_change_pending(self):
        k = self.kamailio(self.agent_settings(),
                          SEALER % 'set_body("other", "text/plain");')
        near = self.endpoint()
        near.send(message("sip:bob@example.com", TEXT, port=near.port,
                          extra="X-Next: %s:9" % ADDRESS), k.port)
        self.assertEqual(self.code(near.final()), -10)

    def test_uncommitted(self):
        raw = self.sealed(self.agent_settings(more='modparam("e2m", "no_attributes", 1)\n'))
        a = self.expect(raw, 1, "read")
        self.assertEqual(header(a, "X-Committed"), ["0"])
        self.expect(raw, -11, "forbidden", "uncommitted", self.middle_settings(
            'modparam("e2m", "require_committed", 1)\n'), "policy")

    def test_replay_memory_full(self):
        agent = self.kamailio(self.agent_settings(), SEALER % "")
        middle = self.kamailio(
            self.middle_settings('modparam("e2m", "replay_size", 1024)\n'),
            READER % "e2m_inspect")
        near = self.endpoint()
        codes = []
        for _ in range(1100):
            near.clear()
            near.send(message("sip:bob@example.com", TEXT, port=near.port,
                              extra="X-Next: " + middle.at), agent.port)
            answer = near.final()
            codes.append(self.code(answer))
            if codes[-1] != 1:
                break
        self.assertEqual(codes[-1], -12)
        self.assertEqual(header(answer, "X-Status"), ["503"])
        self.assertGreater(len(codes), 400)

    def test_internal(self):
        # a function without what it needs; the script's own check is for the
        # native language only
        k = self.lua_reader('modparam("e2m", "identity", "%s")\n' % self.pem("ss1"))
        answer = self.ask(k, self.sealed())
        self.assertEqual((self.code(answer), status(answer)), (-1, 500), k.text())
        self.assertEqual(k.stat("internal_error"), 1)

    # -- what happens to the message

    PASSER = """
request_route {""" + OPTIONS + """
    $du = "sip:" + $hdr(X-Next);
    %s
    forward();
}
"""

    def passed(self, raw, settings, calls):
        """What leaves, whatever the function says."""
        k = self.kamailio(settings, self.PASSER % calls)
        far = self.endpoint()
        raw = re.sub(rb"X-Next: [^\r]*", b"X-Next: %s:%d" % (ADDRESS.encode(), far.port), raw)
        self.endpoint().send(raw, k.port)
        got = far.request()
        self.assertIsNotNone(got, k.text())
        return got

    def test_a_middle_changes_no_octet_of_the_body(self):
        raw = self.sealed()
        for settings in (self.middle_settings(),
                         self.middle_settings().replace('"ss1.example.com"', '"other.org"')):
            got = self.passed(raw, settings, "e2m_inspect();")
            self.assertEqual(body_of(got), body_of(raw))
            for name in ("Content-Type", "Content-Length", "Content-Disposition", "Date"):
                self.assertEqual(header(got, name), header(raw, name))

    def test_octets_behind_the_body_go_no_further(self):
        raw = self.sealed()
        got = self.passed(raw + b"\r\nsomething else", self.middle_settings(),
                          "e2m_inspect();")
        self.assertEqual(body_of(got), body_of(raw))
        plain = self.passed(raw + b"something else", self.agent_settings("bob"), "e2m_open();")
        self.assertEqual(body_of(plain), TEXT.encode())

    def test_what_is_not_opened_stays_as_it_came(self):
        raw = self.sealed()
        raw = raw[:-150] + bytes([raw[-150] ^ 1]) + raw[-149:]
        got = self.passed(raw, self.agent_settings("bob"), "e2m_open();")
        self.assertEqual(body_of(got), body_of(raw))
        self.assertEqual(header(got, "Content-Type"), header(raw, "Content-Type"))

    def test_withhold(self):
        got = self.passed(self.sealed(), self.middle_settings(), "e2m_withhold();")
        self.assertEqual((body_of(got), header(got, "Content-Length")), (b"", ["0"]))

    def test_opened_and_sealed_again(self):
        # two changes of the body: only with the first one applied
        raw = self.sealed()
        both = self.agent_settings("bob") + 'modparam("e2m", "identity", "%s")\n' % (
            self.pem("alice"))
        got = self.passed(raw, both, "e2m_open(); e2m_seal();")
        self.assertEqual(body_of(got), b"")
        self.assertLessEqual(len(header(got, "Content-Type")), 1)
        got = self.passed(raw, both, "e2m_open(); msg_apply_changes(); e2m_seal();")
        self.assertEqual(len(header(got, "Content-Type")), 1)
        self.assertNotIn(TEXT.encode(), got)
        self.assertNotEqual(body_of(got), body_of(raw))
        self.assertGreater(len(body_of(got)), 200)

    def test_an_ack_is_not_answered(self):
        k = self.kamailio(self.middle_settings(), REFUSER % "")
        near = self.endpoint()
        near.send(message("sip:x@y", TEXT, method="ACK", ctype="multipart/signed",
                          port=near.port), k.port)
        self.assertIsNone(near.final(0.5))
        self.assertEqual(k.stat("refused_unsigned") + k.stat("refused"), 0)

    def test_nothing_read_is_in_the_log_at_any_level(self):
        raw = self.sealed()
        for settings, call in ((self.middle_settings(), "e2m_inspect"),
                               (self.agent_settings("bob"), "e2m_open")):
            k = self.kamailio(settings, """
request_route {""" + OPTIONS + """
    force_rport();
    if (%s()) { sl_send_reply("200", "Done"); } else { sl_send_reply("500", "No"); }
    exit;
}
""" % call, debug=4)
            self.assertEqual(status(self.ask(k, raw)), 200)
            # the plain text is nowhere but in this module
            self.assertNotIn(TEXT[:12], k.text())
            self.assertNotIn("PRIVATE", k.text())

    # -- variables

    def test_nothing_is_left_for_the_next_message(self):
        raw = self.sealed()
        k = self.reader()
        self.assertEqual(self.code(self.ask(k, raw)), 1)
        answer = self.ask(k, message("sip:x@y", b"", extra="X-Ask: left"))
        for name in ("Verdict", "Body", "Signer"):
            self.assertIn(header(answer, "X-" + name)[0], ("<null>", ""), name)

    def test_rpc_tells_no_secret(self):
        k = self.reader()
        text = k.rpc("e2m.info")
        self.assertIn("ss1.example.com", text)
        self.assertIn("OpenSSL", text)
        self.assertNotIn("PRIVATE", text)
        self.assertNotIn(self.pki.folder, text)

    # -- the refusal

    def test_refusal_is_signed(self):
        raw = self.sealed().replace(b"From: <sip:alice@", b"From: <sip:carol@", 1)
        for before in ("", "t_newtran();"):
            with self.subTest(before):
                k = self.kamailio(self.middle_settings(), REFUSER % before)
                answer = self.ask(k, raw)
                self.assertEqual(status(answer), 403)
                self.assertIn("multipart/signed", header(answer, "Content-Type")[0])
                self.assertIn(b"message/sipfrag", body_of(answer))
                self.assertEqual(header(answer, "Content-Length"), [str(len(body_of(answer)))])
                self.assertEqual(k.stat("refused"), 1)

    def test_refusal_undecipherable(self):
        raw = self.sealed()
        k = self.kamailio('modparam("e2m", "identity", "%s/ss1.pem")\n'
                          'modparam("e2m", "name", "ss1.example.com")\n'
                          % self.stranger.folder, REFUSER % "t_newtran();")
        answer = self.ask(k, raw)
        self.assertEqual(status(answer), 493)
        self.assertIn("multipart/signed", header(answer, "Content-Type")[0])

    def test_refusal_of_what_cannot_be_parsed(self):
        raw = self.sealed().replace(b"Content-Type:", b"Content-Type: a/b\r\nContent-Type:", 1)
        k = self.kamailio(self.middle_settings(), REFUSER % "")
        answer = self.ask(k, raw)
        self.assertEqual((status(answer), k.stat("refused_unsigned")), (400, 1))

    # -- KEMI

    def lua_reader(self, settings):
        if not os.path.exists(os.path.join(module_path(), "app_lua.so")):
            self.skipTest("no app_lua")
        lua = os.path.join(self.folder, "reader.lua")
        with open(lua, "w") as f:
            f.write("""
function ksr_request_route()
    if KSR.pv.get("$rm") == "OPTIONS" then KSR.sl.sl_send_reply(200, "OK") return 1 end
    KSR.force_rport()
    local rc = KSR.e2m.inspect()
    KSR.hdr.append_to_reply("X-Rc: " .. rc .. "\\r\\n")
    if rc == 1 then
        KSR.hdr.append_to_reply("X-Body: " .. KSR.pv.get("$e2m(body)") .. "\\r\\n")
        KSR.sl.sl_send_reply(200, "Done")
    else
        KSR.e2m.refuse()
    end
    return 1
end
""")
        return self.kamailio(
            settings, 'cfgengine "lua"\n',
            more='loadmodule "app_lua.so"\nmodparam("app_lua", "load", "%s")' % lua)

    def test_kemi(self):
        raw = self.sealed()
        k = self.lua_reader(self.middle_settings())
        answer = self.ask(k, raw)
        self.assertEqual((self.code(answer), header(answer, "X-Body")), (1, [TEXT]))
        answer = self.ask(k, raw)
        self.assertEqual((self.code(answer), status(answer)), (-6, 403))


class Responses(Case):
    def test_sealed_inspected_and_opened(self):
        script = """
request_route {""" + OPTIONS + """
    $du = "sip:" + $hdr(%s);
    t_on_reply("R");
    t_relay();
    exit;
}
onreply_route[R] {
    %s();
    xlog("L_NOTICE", "rc=$rc verdict=$e2m(verdict) body=$e2m(body)\\n");
}
"""
        end = self.kamailio(self.agent_settings("bob"), script % ("X-Third", "e2m_seal"))
        middle = self.kamailio(self.middle_settings(), script % ("X-Second", "e2m_inspect"),
                               debug=2)
        start = self.kamailio(self.agent_settings("alice"), script % ("X-First", "e2m_open"))
        phone = self.endpoint(lambda r: reply(r, 200, TEXT, contact="sip:bob@%s" % ADDRESS))
        near = self.endpoint()
        hops = "X-First: %s\r\nX-Second: %s\r\nX-Third: %s:%d" % (
            middle.at, end.at, ADDRESS, phone.port)
        near.send(message("sip:bob@example.com", b"", method="INVITE", port=near.port,
                          extra=hops), start.port)
        final = near.final()
        self.assertEqual(body_of(final), TEXT.encode())
        self.assertEqual((end.stat("sealed"), middle.stat("read"), start.stat("opened")),
                         (1, 1, 1))


class Start(Case):
    """What the module says no to, before it takes the first message."""

    def refuses(self, settings, script, saying):
        k = self.kamailio(settings, script, expect_failure=True)
        code = k.exit_code()
        self.assertNotIn(code, (0, None), k.text())
        self.assertIn(saying, k.text())

    def test_refusals(self):
        agent = self.agent_settings()
        script = SEALER % ""
        bad = os.path.join(self.folder, "bad.pem")
        with open(bad, "w") as f:
            f.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        for settings, saying in (
                ("", "no identity"),
                (agent + 'modparam("e2m", "label", "shiny")\n', "unknown value"),
                (agent + 'modparam("e2m", "cipher", "rot13")\n', "unknown value"),
                (agent + 'modparam("e2m", "order", "neither")\n', "unknown value"),
                (agent + 'modparam("e2m", "sign", 3)\n', "only 0 and 1"),
                (agent + 'modparam("e2m", "compress", 2)\n', "only 0 and 1"),
                (agent + 'modparam("e2m", "digest", "md5")\n', "unknown value"),
                (agent + 'modparam("e2m", "require_shared", -1)\n', "only 0 and 1"),
                (agent + 'modparam("e2m", "max_parts", -1)\n', "negative"),
                (agent + 'modparam("e2m", "replay_size", 5)\n', "replay_size"),
                (agent + 'modparam("e2m", "identity", "/nowhere")\n', "/nowhere"),
                (agent + 'modparam("e2m", "identity", "%s")\n' % bad, "bad.pem"),
                (agent + 'modparam("e2m", "identity", "%s")\n' % self.crt("bob"), "bob.crt"),
                (agent + 'modparam("e2m", "identity", "%s;word=x")\n' % bad, "PATH;pass=FILE"),
                (agent + 'modparam("e2m", "trust", "%s")\n' % bad, "bad.pem"),
                (agent + 'modparam("e2m", "peers", "%s")\n' % bad, "bad.pem"),
                (agent + 'modparam("e2m", "middle", "ss9.example.com")\n', "certificate for each"),
                (agent + 'modparam("e2m", "middle", "ss1.example.com=%s")\n' % self.crt("bob"),
                 "certificate for each"),
                (agent + 'modparam("e2m", "colour", "blue")\n', "colour"),
                ('modparam("e2m", "identity", "%s")\n' % self.pem("alice"), "peers to seal for")):
            with self.subTest(saying):
                self.refuses(settings, script, saying)

    def test_inspect_without_a_name(self):
        self.refuses('modparam("e2m", "identity", "%s")\n' % self.pem("ss1"),
                     READER % "e2m_inspect", "no name is configured")

    def test_unknown_variable(self):
        self.refuses(self.middle_settings(),
                     'request_route { xlog("$e2m(colour)"); }', "colour")

    def test_passphrase(self):
        locked = os.path.join(self.folder, "locked.pem")
        Pki._openssl("ec", "-in", self.pem("alice").replace(".pem", ".key"), "-aes128",
                     "-passout", "pass:right", "-out", locked)
        with open(locked, "ab") as out, open(self.crt("alice"), "rb") as f:
            out.write(f.read())
        os.chmod(locked, 0o600)
        for word, good in (("right", True), ("wrong", False)):
            path = os.path.join(self.folder, word)
            with open(path, "w") as f:
                f.write(word + "\n")
            settings = self.agent_settings().replace(
                self.pem("alice"), "%s;pass=%s" % (locked, path))
            if good:
                self.kamailio(settings, SEALER % "")
            else:
                self.refuses(settings, SEALER % "", "locked.pem")


if __name__ == "__main__":
    unittest.main()
