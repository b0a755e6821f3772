# SPDX-License-Identifier: BSD-3-Clause
"""The functions of discovery by themselves: e2m_require() in request and reply
routes and through KEMI, e2m_refuse() stateful and stateless, e2m_prefer() where a
request forked, and what the module refuses to start with."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
from host import (ADDRESS, OPTIONS, Case, body_of, header, message, module_path, reply,  # noqa: E402
                  status)

TEXT = "What the archive shall read."

REQUIRE = """
request_route {""" + OPTIONS + """
    force_rport();
    %s
    $var(what) = $hdr(X-What);
    if ($var(what) != "") { e2m_require("$var(what)", "$hdr(X-Type)"); }
    $var(required) = $rc;
    e2m_inspect();
    $var(rc) = $rc;
    append_to_reply("X-Rc: $var(required) $var(rc)\\r\\n");
    append_to_reply("X-Reason: $e2m(reason)\\r\\n");
    append_to_reply("X-Demands: $e2m(demands)\\r\\n");
    if ($var(rc) == 1 || $var(rc) == -2) {
        sl_send_reply("200", "Done");
    } else {
        e2m_refuse();
    }
    exit;
}
"""

# two branches, to X-A and X-B
FORK = """
request_route {""" + OPTIONS + """
    force_rport();
    if (is_method("ACK|CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
    t_newtran();
    $ru = "sip:a@" + $hdr(X-A);
    append_branch("sip:b@$hdr(X-B)");
    t_on_failure("CHOOSE");
    t_relay();
}
failure_route[CHOOSE] {
    e2m_prefer();
}
"""


class Functions(Case):
    def ask(self, k, body, what="", kind="*", **more):
        near = self.endpoint()
        extra = "X-What: %s\r\nX-Type: %s" % (what, kind)
        near.send(message("sip:bob@example.com", body, port=near.port, extra=extra, **more),
                  k.port)
        answer = near.final()
        self.assertIsNotNone(answer, k.text())
        return answer

    def test_require(self):
        """Of a plain message: what each demand says of it, stateless and stateful."""
        rows = (("view", "*", 200, "1 1"), ("verify", "*", 403, "1 -4"),
                ("sealed", "text/plain", 403, "1 -11"), ("view,verify", "text/*", 403, "1 -4"),
                ("view verify sealed", "*", 403, "1 -11"), ("verify", "image/png", 200, "1 -2"),
                ("look", "*", 500, "-1 -1"), ("view", "nonsense", 500, "1 -1"))
        for before in ("", "t_newtran();"):
            k = self.kamailio(self.middle_settings(), REQUIRE % before)
            for what, kind, code, codes in rows:
                answer = self.ask(k, TEXT, what, kind)
                self.assertEqual((status(answer), header(answer, "X-Rc")), (code, [codes]),
                                 (what, kind, k.text()[-2000:]))
                if code == 403:
                    self.assertIn("multipart/signed", header(answer, "Content-Type")[0])
                    view = codes.endswith("-11")
                    self.assertIn(b"Warning: 380 ss1.example.com \"Required to view '" if view
                                  else b"Warning: 381 ss1.example.com \"Required to verify '"
                                       b"multipart/signed'\"", body_of(answer))
            # of this message alone: the next one demands nothing
            self.assertEqual(header(self.ask(k, TEXT), "X-Reason"), ["none"])
            self.assertGreater(k.stat("refused"), 3)

    def test_answers_in_words_of_the_operator(self):
        more = ('modparam("e2m", "warn_view", 390)\nmodparam("e2m", "warn_verify", 391)\n')
        k = self.kamailio(self.middle_settings() + more, REQUIRE % "")
        self.assertIn(b"Warning: 390 ss1", body_of(self.ask(k, TEXT, "sealed", "text/plain")))
        self.assertIn(b"Warning: 391 ss1", body_of(self.ask(k, TEXT, "verify")))
        k = self.kamailio(self.middle_settings() + 'modparam("e2m", "answers", "final")\n',
                          REQUIRE % "")
        answer = self.ask(k, TEXT, "verify")
        self.assertEqual(status(answer), 495)
        answer = self.ask(k, TEXT, "sealed", "text/plain")
        self.assertEqual(status(answer), 496)
        # the final draft has it in the answer's own header
        self.assertEqual(header(answer, "Warning"), [
            "380 ss1.example.com \"Required to View Content-Type 'text/plain'\""])

    def test_will_not_start(self):
        middle, script = self.middle_settings(), REQUIRE % ""
        bad = os.path.join(self.pki.folder, "bad.conf")
        with open(bad, "w") as f:
            f.write('rules = (\n { middle = "ss1";\n   viev = [ "*" ]; } );\n')
        for settings, code, words in (
                ('modparam("e2m", "disclosure", "/nowhere")', script, "cannot open /nowhere"),
                ('modparam("e2m", "disclosure", "%s")' % bad, script,
                 'bad.conf, line 3: unknown setting in a rule: "viev"'),
                ('modparam("e2m", "learned", "/tmp/x")', script, "needs parameter disclosure"),
                ('modparam("e2m", "answers", "new")', script, "unknown value"),
                ('modparam("e2m", "warn_view", 200)', script, "warn-codes"),
                ('modparam("e2m", "warn_view", 381)', script, "warn-codes"),
                ('modparam("e2m", "learn_max", 0)', script, "learn_max"),
                ("", script.replace('"$var(what)"', '"look"'), "is not of view, verify")):
            k = self.kamailio(middle + settings + "\n", code, expect_failure=True)
            self.assertNotIn(k.exit_code(), (None, 0), settings)
            self.assertIn(words, k.text())

    # -- forking

    def test_learn_from_what_demands_nothing(self):
        """An answer like any other has no status for the script; one that demands and
        cannot be believed is forbidden."""
        policy = os.path.join(self.pki.folder, "none.conf")
        with open(policy, "w") as f:
            f.write("rules = ( );\n")
        learn = ('e2m_learn(); $var(rc) = $rc;\n'
                 'append_to_reply("X-Rc: $var(rc) $e2m(status)\\r\\n"); t_reply("480", "No");')
        for answer, said in (((486, "text/plain", "busy"), "-2 0"),
                             ((493, "text/plain", "no"), "-4 403")):
            final = self.fork(answer, answer, FORK.replace("e2m_prefer();", learn),
                              'modparam("e2m", "disclosure", "%s")\n' % policy, "X-Rc")
            self.assertEqual(final[:2], (480, [said]))

    def fork(self, a, b, script=FORK, settings="", field="Content-Type"):
        """What the caller gets of answers `a` and `b`: (code, type, body)."""
        def answering(code, ctype, body):
            return lambda r: reply(r, code, body, ctype) if code else None

        k = self.kamailio(self.middle_settings() + settings, script)
        ends = [self.endpoint(answering(*x)) for x in (a, b)]
        near = self.endpoint()
        extra = "X-A: %s:%d\r\nX-B: %s:%d" % (ADDRESS, ends[0].port, ADDRESS, ends[1].port)
        near.send(message("sip:bob@example.com", TEXT, port=near.port, extra=extra), k.port)
        final = near.final()
        self.assertIsNotNone(final, k.text())
        self.assertEqual(len([r for r in near.got if status(r) >= 200]), 1)
        return status(final), header(final, field), body_of(final)

    def test_prefer(self):
        kind = "multipart/signed;boundary=b"
        busy, plain = (486, "text/plain", "busy"), (493, "text/plain", "no")
        view, verify, other = ((code, kind, "--b\r\n\r\n%d\r\n--b--\r\n" % code)
                               for code in (493, 495, 403))
        for a, b, best in ((busy, view, view), (view, busy, view), (busy, verify, verify),
                           (busy, other, other), (other, view, view), (verify, view, view),
                           (verify, other, verify), (busy, plain, busy)):
            self.assertEqual(self.fork(a, b), (best[0], [best[1]], best[2].encode()), (a, b))

    def test_what_outranks_a_demand(self):
        view = (493, "multipart/signed;boundary=b", "--b\r\n\r\nx\r\n--b--\r\n")
        for code in (401, 407, 603):
            self.assertEqual(self.fork((code, "text/plain", "y"), view)[0], code)
        self.assertEqual(self.fork((200, "text/plain", "y"), view)[0], 200)


class Kemi(Case):
    def test_require(self):
        if not os.path.exists(os.path.join(module_path(), "app_lua.so")):
            self.skipTest("no app_lua")
        lua = os.path.join(self.folder, "script.lua")
        with open(lua, "w") as f:
            f.write("""
function ksr_request_route()
    if KSR.pv.get("$rm") == "OPTIONS" then KSR.sl.sl_send_reply(200, "OK") return 1 end
    KSR.force_rport()
    KSR.e2m.require("view,verify", "*")
    if KSR.e2m.inspect() < 0 then KSR.e2m.refuse() end
    return 1
end
""")
        k = self.kamailio(
            self.middle_settings(), 'cfgengine "lua"\n',
            more='loadmodule "app_lua.so"\nmodparam("app_lua", "load", "%s")' % lua)
        near = self.endpoint()
        near.send(message("sip:bob@example.com", TEXT, port=near.port), k.port)
        self.assertEqual(status(near.final()), 403, k.text())
        self.assertTrue(re.search(b"Required to verify", body_of(near.final())))
