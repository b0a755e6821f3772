# SPDX-License-Identifier: BSD-3-Clause
"""Every failure is closed: scripts that ignore every return code, and what then
leaves Kamailio. No octet of the plain text may be in it."""

import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from host import (ADDRESS, OPTIONS, Case, body_of, header,  # noqa: E402
                  message, reply, status, tcp_exchange)

SECRET = b"XYZZY-plain-text-XYZZY"

# ignores what e2m_seal() says; `$hdr(X-Do)` picks what the script does before
BRANCH = """
request_route {""" + OPTIONS + """
    %s
    $du = "sip:127.0.0.1:1";
    $du = "sip:" + $hdr(X-Next);
    t_on_branch("SEAL");
    t_on_reply("SEAL");
    t_on_failure("AGAIN");
    if (!t_relay()) { sl_send_reply("500", "Not Relayed"); }
    exit;
}
branch_route[SEAL] {
    %s
    e2m_seal();
    %s
}
onreply_route[SEAL] {
    %s
    e2m_seal();
    %s
}
failure_route[AGAIN] {
    if (t_check_status("603")) {
        $du = "sip:" + $hdr(X-Next);
        %s
        t_relay();
    }
}
"""


def branch(request="", before="", after="", reply_before="", reply_after="",
           again='t_on_branch("SEAL");'):
    return BRANCH % (request, before, after, reply_before, reply_after, again)


# seals the request itself, within its transaction, and ignores what comes of it
WHOLE = """
request_route {""" + OPTIONS + """
    t_newtran();
    $du = "sip:" + $hdr(X-Next);
    %s
    e2m_seal();
    %s
    t_on_failure("AGAIN");
    t_relay();
    exit;
}
failure_route[AGAIN] {
    if (t_check_status("603")) {
        $du = "sip:" + $hdr(X-Next);
        t_relay();
    }
}
"""


class Requests(Case):
    def run_one(self, script, to="sip:bob@example.com", settings=None, wait=1.5, **kw):
        k = self.kamailio(settings or self.agent_settings(), script)
        far = self.endpoint(lambda r: reply(r, 200))
        near = self.endpoint()
        body = kw.pop("body", SECRET * 3)
        near.send(message(to, body, port=near.port,
                          extra="X-Next: %s:%d" % (ADDRESS, far.port), **kw), k.port)
        near.final(wait)
        far.request(0.2)
        for raw in far.got:
            self.assertNotIn(b"XYZZY", raw)
        self.assertNotIn("XYZZY", k.text(), "the module logs content")
        return k, near, far

    def test_sealed(self):
        k, near, far = self.run_one(branch())
        self.assertEqual(status(near.final()), 200, k.text())
        sealed = far.request()
        self.assertEqual(len(header(sealed, "Content-Type")), 1)
        self.assertEqual(header(sealed, "Content-Length"), [str(len(body_of(sealed)))])
        self.assertGreater(len(body_of(sealed)), 200)
        self.assertEqual((k.stat("sealed"), k.stat("withheld")), (1, 0))

    def test_no_certificate_for_the_far_user(self):
        k, near, far = self.run_one(branch(), to="sip:stranger@example.com")
        self.assertEqual(far.got, [])
        self.assertEqual(status(near.final()), 500)
        self.assertEqual((k.stat("no_key"), k.stat("withheld")), (1, 1))

    def test_script_sends_the_failed_branch_all_the_same(self):
        k, _, far = self.run_one(
            branch(after='$du = "sip:" + $hdr(X-Next);'), to="sip:stranger@example.com")
        self.assertEqual(body_of(far.request()), b"")
        self.assertEqual(header(far.request(), "Content-Length"), ["0"])
        self.assertEqual(k.stat("withheld"), 1)

    def test_sender_is_not_ours(self):
        _, _, far = self.run_one(branch(), sender="sip:mallory@example.com")
        self.assertEqual(far.got, [])

    def test_body_set_by_the_script_before(self):
        set_body = 'set_body("XYZZY-other", "text/plain");'
        k, _, far = self.run_one(branch(request=set_body))
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("not_applied"), 1)

    def test_body_set_by_the_script_before_and_sent_all_the_same(self):
        set_body = 'set_body("XYZZY-other", "text/plain");'
        _, _, far = self.run_one(
            branch(before=set_body, after='$du = "sip:" + $hdr(X-Next);'))
        self.assertEqual(body_of(far.request()), b"")

    def test_body_set_then_applied_is_sealed(self):
        set_body = 'set_body("XYZZY-other", "text/plain"); msg_apply_changes();'
        k, near, _ = self.run_one(branch(request=set_body))
        self.assertEqual(status(near.final()), 200, k.text())
        self.assertEqual(k.stat("sealed"), 1)

    def test_content_type_changed_before(self):
        k, _, far = self.run_one(branch(
            before='append_hf("Content-Type: text/html\\r\\n");'))
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("not_applied"), 1)

    def test_from_changed_before(self):
        # the signature would cover another From than the one that is sent
        k, _, far = self.run_one(branch(
            before='remove_hf("From"); append_hf("From: <sip:x@example.com>;tag=1\\r\\n");'))
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("not_applied"), 1)

    def test_sealed_twice(self):
        k, _, far = self.run_one(branch(before="e2m_seal();"))
        self.assertEqual(far.got, [])
        self.assertEqual((k.stat("sealed"), k.stat("not_applied")), (1, 1))

    def test_record_route_and_other_fields_are_no_conflict(self):
        k, near, far = self.run_one(branch(
            request='record_route(); append_hf("X-Content-Type: a\\r\\n");'))
        self.assertEqual(status(near.final()), 200, k.text())
        self.assertEqual(k.stat("sealed"), 1)
        self.assertEqual(len(header(far.request(), "Record-Route")), 1)

    def test_octets_behind_the_body(self):
        # a datagram may carry more than Content-Length says
        k, near, far = self.run_one(branch(), body=b"short" + SECRET, length=5)
        self.assertEqual(status(near.final()), 200, k.text())
        sealed = far.request()
        self.assertEqual(header(sealed, "Content-Length"), [str(len(body_of(sealed)))])
        self.assertEqual(k.stat("sealed"), 1)

    def test_content_length_that_promises_more(self):
        k, _, far = self.run_one(branch(), length=500)
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("malformed"), 1)

    def test_no_content_length(self):
        k, near, far = self.run_one(branch(), length=False)
        self.assertEqual(status(near.final()), 200, k.text())
        self.assertLessEqual(len(header(far.request(), "Content-Length")), 1)
        self.assertEqual(k.stat("sealed"), 1)

    def test_two_content_types(self):
        k, _, far = self.run_two()
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("malformed"), 1)

    def run_two(self):
        k = self.kamailio(self.agent_settings(), branch())
        far = self.endpoint(lambda r: reply(r, 200))
        near = self.endpoint()
        near.send(message("sip:bob@example.com", SECRET, port=near.port,
                          extra="X-Next: %s:%d\r\nContent-Type: text/html"
                          % (ADDRESS, far.port)), k.port)
        near.final(1.5)
        return k, near, far

    def test_too_large_for_the_limit(self):
        k, _, far = self.run_one(
            branch(), settings=self.agent_settings(more='modparam("e2m", "max_message", 2000)\n'),
            body=SECRET * 200)
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("too_large"), 1)

    def test_out_of_memory(self):
        k, _, far = self.run_one(
            branch(), settings=self.agent_settings(more='modparam("e2m", "max_memory", 9000)\n'),
            body=SECRET * 200)
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("sealed"), 0)

    def retry(self, script, to="sip:bob@example.com", answers=(603, 200)):
        """The far side turns the first one down."""
        k = self.kamailio(self.agent_settings(), script)
        codes = iter(answers)
        far = self.endpoint(lambda r: reply(r, next(codes)))
        near = self.endpoint()
        near.send(message(to, SECRET, port=near.port,
                          extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
        near.final(3)
        far.request(0.2)
        for raw in far.got:
            self.assertNotIn(b"XYZZY", raw, k.text())
            self.assertLessEqual(len(header(raw, "Content-Type")), 1)
        return k, near, far

    def test_retry_in_failure_route_starts_from_the_plain_request(self):
        k, near, far = self.retry(branch())
        self.assertEqual(status(near.final()), 200, k.text())
        first, second = far.got
        self.assertNotEqual(body_of(first), body_of(second))
        self.assertEqual((k.stat("sealed"), k.stat("not_sealed")), (2, 0))

    def test_retry_that_forgets_to_seal_is_held(self):
        k, near, far = self.retry(branch(again=""))
        self.assertEqual(len(far.got), 1)
        self.assertEqual((k.stat("sealed"), k.stat("withheld")), (1, 1))

    def test_second_branch_that_is_not_sealed_is_held(self):
        script = branch(request='append_branch("sip:second@127.0.0.1");').replace(
            "    e2m_seal();", '    if ($T_branch_idx == 0) { e2m_seal(); }', 1)
        script = script.replace('branch_route[SEAL] {',
                                'branch_route[SEAL] { $du = "sip:" + $hdr(X-Next);')
        k, near, far = self.run_one(script)
        self.assertEqual(len(far.got), 1)
        self.assertEqual((k.stat("sealed"), k.stat("withheld")), (1, 1))

    def test_both_branches_are_sealed_each_for_itself(self):
        script = branch(request='append_branch("sip:second@127.0.0.1");').replace(
            'branch_route[SEAL] {', 'branch_route[SEAL] { $du = "sip:" + $hdr(X-Next);')
        k, near, far = self.run_one(script)
        first, second = far.got
        self.assertNotEqual(body_of(first), body_of(second))
        self.assertEqual(k.stat("sealed"), 2)

    def test_failed_branch_then_retry_that_does_not_seal(self):
        k, near, far = self.retry(
            branch(after='$du = "sip:" + $hdr(X-Next);', again=""), to="sip:no@example.com")
        self.assertEqual([body_of(r) for r in far.got], [b""])
        self.assertEqual(k.stat("withheld"), 2)

    def test_sealed_in_the_request_route_and_retried(self):
        k, near, far = self.retry(WHOLE % ("", ""))
        self.assertEqual([len(body_of(r)) > 200 for r in far.got], [True, True])
        self.assertEqual(status(near.final()), 200)

    def test_not_sealed_in_the_request_route_and_retried(self):
        k, near, far = self.retry(WHOLE % ("", ""), to="sip:no@example.com")
        self.assertEqual([body_of(r) for r in far.got], [b"", b""])

    def test_sealed_and_applied_in_the_request_route_and_retried(self):
        # tm's copy of the request knows nothing of applied changes
        k, near, far = self.retry(WHOLE % ("", "msg_apply_changes();"))
        self.assertEqual(len(far.got), 2)
        self.assertGreater(len(body_of(far.got[0])), 200)

    def test_not_sealed_and_applied_in_the_request_route_and_retried(self):
        k, near, far = self.retry(WHOLE % ("", "msg_apply_changes();"),
                                  to="sip:no@example.com")
        for raw in far.got:
            self.assertEqual(body_of(raw).strip(), b"")

    BODY_CHANGES = (
        'replace("plain-text", "other");', 'replace_body("plain", "other");',
        'replace_body("^XYZZY", "other");', 'replace_body_all("XYZZY", "other");',
        'subst_body("/plain/other/g");', 'subst("/plain-text/other/g");',
        'append_body_part("XYZZY more", "text/plain");',
        'set_body_multipart("XYZZY part", "text/plain");',
        'set_body("XYZZY-other", "text/plain");')

    def test_every_other_change_of_the_body(self):
        """Pending before: not sealed, and nothing of either goes out, not even
        when the script sends the branch all the same."""
        body = SECRET * 2 + b" and more behind it"
        for change in self.BODY_CHANGES:
            for where in ("request", "before"):
                with self.subTest(change + " in " + where):
                    k, _, far = self.run_one(
                        branch(after='$du = "sip:" + $hdr(X-Next);', **{where: change}),
                        body=body)
                    for raw in far.got:
                        self.assertNotIn(b"more", body_of(raw))
                        self.assertEqual(body_of(raw), b"")
                    self.assertEqual((k.stat("sealed"), k.stat("not_applied")), (0, 1),
                                     k.text())

    def test_every_change_of_the_body_after_it_was_sealed(self):
        for change in self.BODY_CHANGES:
            if change.startswith("append_body_part"):
                continue  # it fails: the phone's body is no multipart
            with self.subTest(change):
                k, _, far = self.run_one(branch(after=change))
                self.assertEqual(len(far.got), 0, k.text())
                self.assertEqual((k.stat("sealed"), k.stat("withheld")), (1, 1), k.text())

    def test_content_type_added_after_it_was_sealed(self):
        k, _, far = self.run_one(branch(after='append_hf("Content-Type: text/html\\r\\n");'))
        self.assertEqual(far.got, [])

    def test_other_fields_added_after_it_was_sealed(self):
        k, near, far = self.run_one(branch(after='append_hf("X-More: a\\r\\n");'))
        self.assertEqual((status(near.final()), len(header(far.request(), "X-More"))), (200, 1))

    def test_nothing_in_the_log_at_any_level(self):
        for to, code in (("bob", 1), ("no", 0)):
            k = self.kamailio(self.agent_settings(), branch(), debug=4)
            far = self.endpoint(lambda r: reply(r, 200))
            near = self.endpoint()
            near.send(message("sip:%s@example.com" % to, SECRET, port=near.port,
                              extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
            near.final(2)
            self.assertEqual(k.stat("sealed"), code)
            ours = [line for line in k.text().splitlines() if " e2m [" in line]
            self.assertTrue(ours)
            self.assertNotIn("XYZZY", "\n".join(ours))
            self.assertNotIn("PRIVATE KEY", k.text())

    def test_request_without_a_body_passes(self):
        k, near, far = self.run_one(branch(), body=b"", method="BYE", totag=";tag=9")
        self.assertEqual(status(near.final()), 200, k.text())
        self.assertEqual((k.stat("sealed"), k.stat("not_sealed")), (0, 0))

    def test_request_route_stateless(self):
        k = self.kamailio(self.agent_settings(), """
request_route {""" + OPTIONS + """
    $du = "sip:" + $hdr(X-Next);
    e2m_seal();
    forward();
}
""")
        far = self.endpoint()
        near = self.endpoint()
        for to in ("bob", "stranger"):
            near.send(message("sip:%s@example.com" % to, SECRET, method="ACK", port=near.port,
                              totag=";tag=9",
                              extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
        self.assertTrue(far.wait(lambda r: b"stranger" in r))
        good = far.wait(lambda r: b"<sip:bob@" in r)
        bad = far.wait(lambda r: b"stranger" in r)
        self.assertGreater(len(body_of(good)), 200)
        self.assertEqual(body_of(bad), b"")
        for raw in far.got:
            self.assertNotIn(b"XYZZY", raw)


class Memory(Case):
    """What thousands of messages leave behind: nothing."""

    SCRIPT = """
modparam("tm", "wt_timer", 300)
request_route {""" + OPTIONS + """
    $du = "sip:" + $hdr(X-Next);
    if ($hdr(X-Way) == "branch") {
        t_on_branch("SEAL");
        if (!t_relay()) { sl_send_reply("500", "Not Relayed"); }
        exit;
    }
    if ($hdr(X-Way) == "open") { e2m_open(); } else { e2m_seal(); }
    e2m_inspect();
    sl_send_reply("200", "Done");
    exit;
}
branch_route[SEAL] { e2m_seal(); }
"""

    def used(self, k):
        shm = int(re.search(r"(?m)^\s*used: (\d+)", k.rpc("core.shmmem")).group(1))
        pkg = [int(n) for n in re.findall(r"(?m)^\s*used: (\d+)",
                                          k.rpc("pkg.stats", "rank", "1"))]
        return shm, pkg

    def test_no_growth(self):
        k = self.kamailio(self.agent_settings(
            more='modparam("e2m", "name", "ss1.example.com")\n'), self.SCRIPT)
        far = self.endpoint(lambda r: reply(r, 200))
        near = self.endpoint()
        before = None
        for n in range(5):
            for i in range(400):
                near.send(message("sip:%s@example.com" % ("bob", "no")[i % 2], SECRET,
                                  port=near.port, extra="X-Way: %s\r\nX-Next: %s:%d" % (
                                      ("branch", "open", "seal")[i % 3], ADDRESS, far.port)),
                          k.port)
                near.wait(lambda r: len([g for g in near.got if status(g) >= 200]) > i)
            near.clear()
            far.clear()
            time.sleep(1.5)  # until tm has let go of its transactions
            now = self.used(k)
            if n == 1:
                before = now
        self.assertEqual(len(now[1]), 1)
        self.assertEqual(now[1], before[1], "private memory")
        self.assertLess(abs(now[0] - before[0]), 4096, "shared memory")
        self.assertGreater(k.stat("sealed"), 300)
        self.assertGreater(k.stat("withheld"), 300)


class Replies(Case):
    def run_one(self, script, to="sip:alice@example.com", body=SECRET * 3, code=200, **kw):
        """Alice's phone answers a request of Bob's; the agent is Alice's."""
        sender = kw.pop("sender", "sip:bob@example.com")
        k = self.kamailio(self.agent_settings(), script)
        far = self.endpoint(lambda r: reply(r, code, body, **kw))
        near = self.endpoint()
        near.send(message(to, b"", sender=sender, port=near.port, method="INVITE",
                          extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
        final = near.final(2)
        for raw in near.got:
            self.assertNotIn(b"XYZZY", raw)
        self.assertNotIn("XYZZY", k.text(), "the module logs content")
        return k, final

    def test_sealed(self):
        k, final = self.run_one(branch())
        self.assertEqual(len(header(final, "Content-Type")), 1)
        self.assertEqual(header(final, "Content-Length"), [str(len(body_of(final)))])
        self.assertGreater(len(body_of(final)), 200)
        self.assertEqual(k.stat("sealed"), 1)

    def test_negative_answers_are_sealed_too(self):
        k, final = self.run_one(branch(), code=488)
        self.assertEqual(status(final), 488)
        self.assertGreater(len(body_of(final)), 200)
        self.assertEqual(k.stat("sealed"), 1)

    def test_no_certificate(self):
        k, final = self.run_one(branch(), sender="sip:stranger@example.com")
        self.assertEqual((status(final), body_of(final)), (200, b""))
        self.assertEqual(k.stat("withheld"), 1)

    def test_responder_is_not_ours(self):
        _, final = self.run_one(branch(), to="sip:mallory@example.com")
        self.assertEqual((status(final), body_of(final)), (200, b""))

    def test_body_set_before(self):
        _, final = self.run_one(branch(reply_before='set_body("XYZZY-other", "text/plain");'))
        self.assertEqual((status(final), body_of(final)), (200, b""))

    def test_sealed_twice(self):
        _, final = self.run_one(branch(reply_before="e2m_seal();"))
        self.assertEqual((status(final), body_of(final)), (200, b""))

    def test_change_that_cannot_be_applied(self):
        # 65,535 octets or more: the apply fails, and must not bring the plain
        # body back (6.x goes on with the original then). Over TCP, where such
        # a message could leave.
        k = self.kamailio(
            self.agent_settings(more='modparam("e2m", "max_message", 70000)\n'),
            branch(reply_after='msg_apply_changes(); xlog("L_ERR", "applied: $rc\\n");'),
            tcp=True)
        body = SECRET * 2930
        far = self.endpoint(lambda r: reply(r, 200, body))
        got = tcp_exchange(k.port, message(
            "sip:alice@example.com", b"", sender="sip:bob@example.com", method="INVITE",
            transport="TCP", extra="X-Next: %s:%d" % (ADDRESS, far.port)))
        self.assertIn("applied: -1", k.text())
        self.assertNotIn(b"XYZZY", got)
        self.assertEqual(k.stat("sealed"), 1)

    def test_picked_among_forked_answers(self):
        """The answer that is sent is not the one that came last."""
        k = self.kamailio(self.agent_settings(), branch(
            request='$ru = "sip:alice@127.0.0.1"; append_branch("sip:second@127.0.0.1");'
        ).replace('branch_route[SEAL] {', 'branch_route[SEAL] { $du = "sip:" + $hdr(X-Next);'
                  ).replace("    e2m_seal();", "", 1), children=4)
        codes = iter((486, 500))
        far = self.endpoint(lambda r: reply(r, next(codes), SECRET * 3))
        near = self.endpoint()
        near.send(message("sip:alice@example.com", b"", sender="sip:bob@example.com",
                          port=near.port, method="INVITE",
                          extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
        final = near.final(3)
        self.assertEqual(status(final), 486, k.text())
        self.assertNotIn(b"XYZZY", final)
        self.assertGreater(len(body_of(final)), 200)
        self.assertEqual(len(header(final, "Content-Type")), 1)
        self.assertEqual(k.stat("sealed"), 2)

    def test_applied(self):
        k, final = self.run_one(branch(reply_after="msg_apply_changes();"))
        self.assertGreater(len(body_of(final)), 200)
        self.assertEqual(k.stat("sealed"), 1)


if __name__ == "__main__":
    unittest.main()
