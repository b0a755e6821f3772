# SPDX-License-Identifier: BSD-3-Clause
"""e2m.reload: keys, certificates, CRLs and policy renewed while calls run."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from configs_test import ALICE, BOB, SDP, Row, quoted  # noqa: E402
from host import ADDRESS, body_of, header, message, reply, status  # noqa: E402

AGENT_A, AGENT_B, HOME = "alice", "bob", "home"


class Reload(Row):
    """Trust is a folder, so that a CRL can come; RPC on sockets."""

    @classmethod
    def certificates(cls):
        super().certificates()
        cls.trust = os.path.join(cls.pki.folder, "trust")
        os.makedirs(cls.trust)
        shutil.copy(cls.pki.ca, cls.trust)
        cls.sockets = tempfile.mkdtemp(prefix="e2m-rpc-")
        rpc = {who: {"WITH_RPC": True, "RPC_SOCKET": quoted("unix:%s/%s" % (cls.sockets, who))}
               for who in (AGENT_A, AGENT_B, HOME)}
        cls.policy = os.path.join(cls.pki.folder, "policy")
        with open(cls.policy, "w") as f:
            f.write("rules = ( );\n")
        cls.agent_settings = {
            who: dict(rpc[who], DISCLOSURE=quoted(cls.policy)) for who in (AGENT_A, AGENT_B)}
        cls.home_more = dict(rpc[HOME], TRUST=quoted(cls.trust))

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.sockets)

    def rpc(self, who, *words):
        return subprocess.run(["kamcmd", "-s", "unix:%s/%s" % (self.sockets, who), *words],
                              capture_output=True, timeout=20)

    def assertReloads(self, *who):
        for one in who:
            out = self.rpc(one, "e2m.reload")
            self.assertEqual(out.returncode, 0, out.stderr)
            self.assertNotIn(b"error", out.stdout)

    def setUp(self):
        super().setUp()

        def bob_answers(r):
            if r.startswith(b"INVITE"):
                return reply(r, 200, SDP, "application/sdp",
                             contact="sip:bob@%s:%d" % (ADDRESS, self.bob.port))
            return reply(r, 200)

        self.alice, self.bob = self.both((lambda r: reply(r, 200), bob_answers))

    def say(self, text, code=200):
        self.alice.clear()
        self.bob.clear()
        self.alice.send(message(BOB, text, sender=ALICE, port=self.alice.port),
                        self.a[0].port)
        self.assertEqual(status(self.alice.final()), code, self.logs())
        if code == 200:
            self.assertEqual(body_of(self.bob.request()), text.encode())

    def renew(self, who, san):
        """A new key and certificate in the same files; the peers get it too."""
        path = os.path.join(self.pki.folder, who + ".pem")
        with open(path, "rb") as f:
            old = f.read()
        self.pki.issue(who, san)
        with open(path, "rb") as f:
            self.assertNotEqual(f.read(), old)

    def test_keys_change_under_a_call(self):
        raw = message(BOB, SDP, sender=ALICE, method="INVITE", port=self.alice.port,
                      ctype="application/sdp")
        self.alice.send(raw, self.a[0].port)
        final = self.alice.final()
        self.assertEqual(status(final), 200, self.logs())
        for who, san in (("alice", "URI:" + ALICE), ("bob", "URI:" + BOB),
                         ("ss1", "DNS:ss1.atlanta.example.com")):
            self.renew(who, san)
        self.assertReloads(AGENT_A, AGENT_B, HOME)
        # the call that runs is changed, and ended
        routes = "\r\n".join("Route: " + r for r in reversed(header(final, "Record-Route")))
        same = {"sender": ALICE, "port": self.alice.port, "extra": routes,
                "totag": ";tag=" + header(final, "To")[0].partition(";tag=")[2],
                "uri": header(final, "Contact")[0].strip("<>"),
                "call_id": header(raw, "Call-ID")[0]}
        for method, cseq, body in (("ACK", 1, ""), ("INVITE", 2, SDP), ("BYE", 3, "")):
            request = message(BOB, body, method=method, cseq=cseq, ctype="application/sdp",
                              **same)
            request = re.sub(rb"tag=f\d+", re.search(rb"tag=f\d+", raw).group(0), request,
                             count=1)
            self.alice.clear()
            self.alice.send(request, self.a[0].port)
            if method != "ACK":
                got = self.alice.final()
                self.assertEqual(status(got), 200, self.logs())
                self.assertEqual(body_of(got), SDP.encode() if body else b"")
        # and new ones are sealed for the new keys, signed by them
        self.say("under new keys")
        for node in self.nodes:
            self.assertNotIn("e2m-not-opened", node.text())

    def test_bad_files_change_nothing(self):
        self.say("before")
        path = os.path.join(self.pki.folder, "alice.pem")
        with open(path, "rb") as f:
            good = f.read()
        for bad in (b"", b"nonsense\n", good[:len(good) // 2]):
            with open(path, "wb") as f:
                f.write(bad)
            self.assertIn(b"Not reloaded", self.rpc(AGENT_A, "e2m.reload").stderr
                          + self.rpc(AGENT_A, "e2m.reload").stdout)
            self.say("still the old key")
        with open(path, "wb") as f:
            f.write(good)
        with open(self.policy, "w") as f:
            f.write("rules = ( { middle = 5; } );\n")
        self.assertIn(b"Not reloaded", self.rpc(AGENT_A, "e2m.reload").stderr
                      + self.rpc(AGENT_A, "e2m.reload").stdout)
        self.assertIn("policy, line 1: a rule has no middle", self.agent_a.text())
        with open(self.policy, "w") as f:
            f.write("rules = ( );\n")
        self.assertReloads(AGENT_A)
        self.say("all good")

    def test_zrevoked(self):
        """A CRL that comes later counts from the reload on. The last test: the CA
        is of the whole class."""
        self.say("before")
        index = os.path.join(self.pki.folder, "index.txt")
        conf = os.path.join(self.pki.folder, "ca.conf")
        open(index, "w").close()
        with open(conf, "w") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s\ndefault_md=sha256\n"
                    "default_crl_days=5\n" % index)
        ca = ["openssl", "ca", "-config", conf, "-cert", self.pki.ca, "-keyfile",
              self.pki.ca_key]
        for more in (["-revoke", os.path.join(self.pki.folder, "alice.crt")],
                     ["-gencrl", "-out", os.path.join(self.trust, "crl.crt")]):
            subprocess.run(ca + more, check=True, capture_output=True)
        self.say("revoked, not yet known")
        self.assertReloads(HOME)
        self.say("known", 403)
        self.assertIn("reason=revoked", self.home.text())
