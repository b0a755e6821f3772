# SPDX-License-Identifier: BSD-3-Clause
"""Beside the tls module. Its hooks in the shared libcrypto gave other modules
repeated random numbers, wrong RSA results, keys that do not decode in children,
and a damaged heap; the module's own libcrypto must know nothing of that."""

import os
import random
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from host import (ADDRESS, OPTIONS, TOP, Case, body_of, free_port,  # noqa: E402
                  header, message)

TLS = """
enable_tls=yes
listen=tls:%s:%d
loadmodule "tls.so"
modparam("tls", "certificate", "%s")
modparam("tls", "private_key", "%s")
modparam("tls", "verify_certificate", 0)
modparam("tls", "require_certificate", 0)
"""

# AES-128-GCM and its parameters: a nonce of 12 octets, a tag of 16
GCM = bytes.fromhex("6086480165030401063011040c")
# the key commitment, a hash of the 16 octets of the content key: 32 octets in a
# set of one, an OCTET STRING
COMMITMENT = re.compile(re.escape(bytes.fromhex(
    "0614698182cdd3d8f0f1caa9d9ab9dd08795bba1892d")) + rb"\x31\x22\x04\x20(.{32})", re.S)

SEALER = """
request_route {""" + OPTIONS + """
    $du = "sip:" + $hdr(X-Next);
    if (!e2m_seal()) { sl_send_reply("500", "Not Sealed"); exit; }
    append_hf("X-Pid: $pp\\r\\n");
    forward();
}
"""

READER = """
request_route {""" + OPTIONS + """
    force_rport();
    e2m_inspect();
    $var(rc) = $rc;
    append_to_reply("X-Rc: $var(rc)\\r\\nX-Pid: $pp\\r\\n");
    sl_send_reply("200", "Done");
    exit;
}
"""

LOOP = """
request_route {""" + OPTIONS + """
    force_rport();
    $var(i) = 0;
    $var(right) = 0;
    while ($var(i) < %d) {
        e2m_inspect();
        if ($rc == 1) { $var(right) = $var(right) + 1; }
        $var(i) = $var(i) + 1;
    }
    append_to_reply("X-Right: $var(right)\\r\\nX-Pid: $pp\\r\\n");
    sl_send_reply("200", "Done");
    exit;
}
"""


class Tls(Case):
    @classmethod
    def certificates(cls):
        super().certificates()
        cls.pki.issue("ss2", "DNS:ss2.example.com", rsa=2048)
        cls.pki.issue("carol", "URI:sip:carol@example.com", rsa=2048)

    def with_tls(self, settings, script, **kw):
        base = self.pem("ss1")[:-4]
        more = TLS % (ADDRESS, free_port(ADDRESS), base + ".crt", base + ".key")
        return self.kamailio(settings, script, more=more, tcp=True, memory="fm",
                             **kw)

    def healthy(self, k, pids):
        self.assertIsNone(k.process.poll())
        # some may have been forked since: those that were there must still be
        self.assertEqual(set(pids) - set(k.workers()), set(), "a worker died")
        self.assertNotIn("CRITICAL", k.text())
        self.assertNotIn("freeing already freed", k.text())

    def seal_many(self, num, children, settings=None):
        """Sealed messages, made by several workers of one agent."""
        k = self.with_tls(settings or self.agent_settings(), SEALER, children=children)
        pids = k.workers()
        far = self.endpoint()
        near = self.endpoint()
        sent = 0
        while sent < num:
            for _ in range(min(50, num - sent)):
                near.send(message("sip:bob@example.com", "text %d" % sent, port=near.port,
                                  extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
                sent += 1
            far.wait(lambda r: len(far.got) >= sent, 10)
        self.healthy(k, pids)
        self.assertEqual(len(far.got), num, k.text()[-2000:])
        return far.got

    def test_random_numbers_of_workers_never_repeat(self):
        num = 4000
        sealed = self.seal_many(num, 8)
        nonces = []
        commitments = []
        for raw in sealed:
            body = body_of(raw)
            at = body.index(GCM) + len(GCM)
            nonces.append(body[at:at + 12])
            commitments += COMMITMENT.findall(body)
        self.assertEqual(len({header(r, "X-Pid")[0] for r in sealed}), 8)
        self.assertEqual(len(nonces), num)
        self.assertEqual(len(set(nonces)), num)
        self.assertEqual(len(commitments), num)
        self.assertEqual(len(set(commitments)), num)

    def test_keys_and_certificates_decode_in_every_child(self):
        sealed = self.seal_many(160, 2)
        k = self.with_tls(self.middle_settings(), READER, children=8)
        pids = k.workers()
        near = self.endpoint()
        for n, raw in enumerate(sealed):
            near.send(raw, k.port)
            near.wait(lambda r: len(near.got) > n, 5)
        self.assertEqual({header(a, "X-Rc")[0] for a in near.got}, {"1"})
        self.assertEqual(len({header(a, "X-Pid")[0] for a in near.got}), 8)
        self.healthy(k, pids)

    def test_rsa_decryptions_on_four_workers_are_all_right(self):
        # not signed: a signature would make the second reading a replay
        more = 'modparam("e2m", "sign", 0)\nmodparam("e2m", "aib", 0)\n'
        settings = self.agent_settings(middle=False, more=more)
        settings += 'modparam("e2m", "middle", "ss2.example.com")\n'
        sealed = self.seal_many(60, 1, settings)
        rounds = 1000
        k = self.with_tls(
            'modparam("e2m", "identity", "%s")\n'
            'modparam("e2m", "name", "ss2.example.com")\n'
            'modparam("e2m", "allow_unsigned", 1)\n' % self.pem("ss2"),
            "max_while_loops=100000\n" + LOOP % rounds, children=4)
        pids = k.workers()
        near = self.endpoint()
        for raw in sealed:
            near.send(raw, k.port)
        near.wait(lambda r: len(near.got) == len(sealed), 120)
        right = sum(int(header(a, "X-Right")[0]) for a in near.got)
        self.assertEqual(len({header(a, "X-Pid")[0] for a in near.got}), 4)
        self.assertEqual(right, rounds * len(sealed), k.text()[-2000:])
        self.healthy(k, pids)

    def test_flood_of_malformed_cms(self):
        rand = random.Random(20261121)
        good = self.seal_many(40, 2)
        good += self.seal_many(20, 1, self.agent_settings(
            more='modparam("e2m", "order", "sign-encrypt")\n'))
        good += self.seal_many(20, 1, self.agent_settings(
            more='modparam("e2m", "sign", 0)\nmodparam("e2m", "aib", 0)\n'))
        k = self.with_tls(self.middle_settings(), READER, children=4)
        pids = k.workers()
        near = self.endpoint()
        num = 6000
        for n in range(num):
            raw = bytearray(good[n % len(good)])
            start = raw.index(b"\r\n\r\n") + 4
            kind = rand.randrange(3)
            for _ in range(rand.choice((1, 1, 2, 8))):
                at = rand.randrange(start, len(raw))
                if kind == 0:
                    raw[at] ^= 1 << rand.randrange(8)
                elif kind == 1:
                    raw[at] = rand.choice((0, 0x30, 0x7f, 0x80, 0x84, 0xff))
                else:
                    raw[at:at + 4] = bytes(rand.randrange(256) for _ in raw[at:at + 4])
            near.send(bytes(raw), k.port)
            if n % 20 == 19:
                near.wait(lambda r: len(near.got) > n, 10)
        near.wait(lambda r: len(near.got) == num, 10)
        self.assertEqual(len(near.got), num)
        codes = {int(header(a, "X-Rc")[0]) for a in near.got}
        self.assertTrue(codes & {-3, -4, -7}, codes)
        self.healthy(k, pids)
        near.clear()
        fresh = self.seal_many(1, 1)
        near.send(fresh[0], k.port)
        self.assertEqual(header(near.final(), "X-Rc"), ["1"])


class Shared(Tls):
    """The packagers' build, with the system's libcrypto: good without tls.so,
    and never beside it."""

    test_random_numbers_of_workers_never_repeat = None
    test_keys_and_certificates_decode_in_every_child = None
    test_rsa_decryptions_on_four_workers_are_all_right = None
    test_flood_of_malformed_cms = None

    def build(self, **env):
        libraries = os.environ.get("E2M_BUILD", os.path.join(TOP, "build", "meson"))
        if not os.path.isdir(os.path.join(libraries, "src")):
            self.skipTest("no build of the library at " + libraries)
        out = os.path.join(self.folder, "shared" + "".join(env))
        done = subprocess.run(
            [os.path.join(TOP, "tools", "build-kamailio-module"), "-o", out, libraries],
            env={**os.environ, "E2M_SHARED_LIBCRYPTO": "1", **env},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        return os.path.join(out, "e2m.so")

    def test_refuses_to_start_beside_tls(self):
        module = self.build()
        k = self.with_tls(self.agent_settings(), SEALER, module=module, expect_failure=True)
        self.assertNotIn(k.exit_code(), (0, None), k.text())
        self.assertIn("cannot be used safely beside the tls module", k.text())

    def test_works_without_tls(self):
        k = self.kamailio(self.agent_settings(), SEALER, module=self.build(), children=2)
        far = self.endpoint()
        near = self.endpoint()
        near.send(message("sip:bob@example.com", "XYZZY", port=near.port,
                          extra="X-Next: %s:%d" % (ADDRESS, far.port)), k.port)
        self.assertIsNotNone(far.request(), k.text())
        self.assertEqual(k.stat("sealed"), 1)

    def test_processes_find_out_that_they_share_a_generator(self):
        """The same build without its refusal: the check at the start of each
        process finds the common generator (if nothing crashes before)."""
        module = self.build(CFLAGS="-UE2M_SHARED_LIBCRYPTO")
        k = self.with_tls(self.agent_settings(), SEALER, module=module, children=8,
                          expect_failure=True)
        end = time.time() + 15
        while "refusing to work" not in k.text() and time.time() < end:
            time.sleep(0.2)
        k.kill()  # a Kamailio that lost children so early may take a minute
        self.assertIn("refusing to work", k.text())


if __name__ == "__main__":
    unittest.main()
