# SPDX-License-Identifier: BSD-3-Clause
"""Every failure is closed: scripts that ignore every return code, and what then
leaves Kamailio. No octet of the plain text may be in it."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from host import (ADDRESS, OPTIONS, Case, body_of, header,  # noqa: E402
                  message, reply, status)

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
        t_on_branch("SEAL");
        t_relay();
    }
}
"""


def branch(request="", before="", after="", reply_before="", reply_after=""):
    return BRANCH % (request, before, after, reply_before, reply_after)


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
        self.assertEqual(status(near.final()), 200)
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
        self.assertEqual(status(near.final()), 200)
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
        self.assertEqual(status(near.final()), 200)
        self.assertEqual(k.stat("sealed"), 1)
        self.assertEqual(len(header(far.request(), "Record-Route")), 1)

    def test_octets_behind_the_body(self):
        # a datagram may carry more than Content-Length says
        k, near, far = self.run_one(branch(), body=b"short" + SECRET, length=5)
        self.assertEqual(status(near.final()), 200)
        sealed = far.request()
        self.assertEqual(header(sealed, "Content-Length"), [str(len(body_of(sealed)))])
        self.assertEqual(k.stat("sealed"), 1)

    def test_content_length_that_promises_more(self):
        k, _, far = self.run_one(branch(), length=500)
        self.assertEqual(far.got, [])
        self.assertEqual(k.stat("malformed"), 1)

    def test_no_content_length(self):
        k, near, far = self.run_one(branch(), length=False)
        self.assertEqual(status(near.final()), 200)
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

    def test_retry_in_failure_route_starts_from_the_plain_request(self):
        k = self.kamailio(self.agent_settings(), branch())
        answers = iter([603, 200])
        far = self.endpoint(lambda r: reply(r, next(answers)))
        near = self.endpoint()
        near.send(message("sip:bob@example.com", SECRET, port=near.port,
                          extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
        self.assertEqual(status(near.wait(lambda r: status(r) == 200)), 200)
        first, second = far.got
        for raw in far.got:
            self.assertNotIn(b"XYZZY", raw)
            self.assertEqual(len(header(raw, "Content-Type")), 1)
        self.assertNotEqual(body_of(first), body_of(second))
        self.assertEqual((k.stat("sealed"), k.stat("not_sealed")), (2, 0))

    def test_request_without_a_body_passes(self):
        k, near, far = self.run_one(branch(), body=b"", method="BYE", totag=";tag=9")
        self.assertEqual(status(near.final()), 200)
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
        # more than 65,535 octets: the apply fails, and must not bring the
        # plain body back (6.x forwards the original then)
        k, final = self.run_one(
            branch(reply_after='append_hf("X-Big: $(hdr(X-Next){s.len})\\r\\n");'
                               'msg_apply_changes();'), body=SECRET * 2700)
        self.assertTrue(final is None or b"XYZZY" not in final)
        self.assertGreaterEqual(k.stat("sealed") + k.stat("not_sealed"), 1)

    def test_applied(self):
        k, final = self.run_one(branch(reply_after="msg_apply_changes();"))
        self.assertGreater(len(body_of(final)), 200)
        self.assertEqual(k.stat("sealed"), 1)


if __name__ == "__main__":
    unittest.main()
