# SPDX-License-Identifier: BSD-3-Clause
"""e2m agent setup: the files, their modes, what is refused. That an agent runs
from them, and what status and doctor say of it, is test/host/agent_test.py."""

import os
import pty
import stat
import subprocess
import tempfile

from cli import ALICE, BOB, E2M, SS1, TOP, Case, e2m

USER = "sip:" + ALICE
PROXY = "sip:127.0.0.1:5999;transport=tcp"
CONFIG = os.path.abspath(os.path.join(TOP, "etc", "agent.cfg"))
FILES = {"agent.cfg", "agent.site.cfg", "disclosure.conf", "trust.crt",
         "e2m-agent.service", "identity.pem", "identity.csr", "state", "peers"}


def openssl(*args):
    return subprocess.run(("openssl",) + args, check=True, capture_output=True).stdout


class Setup(Case):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.tmp_dir = tmp.name
        self.agent = os.path.join(tmp.name, "agent")

    def at(self, name):
        return os.path.join(self.agent, name)

    def setup_agent(self, *more, user=USER, proxy=PROXY, **kw):
        owner = ("--owner", "root") if os.geteuid() == 0 else ()
        return e2m("agent", "setup", "--dir", self.agent, "--user", user, "--proxy", proxy,
                   "--ca", self.file("ca.crt"), "--config", CONFIG, *owner, *more, **kw)

    def good(self, *more, **kw):
        got = self.setup_agent(*more, **kw)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        return got.stdout.decode()

    def settings(self):
        with open(self.at("agent.site.cfg")) as f:
            lines = [line.split(None, 2) for line in f if line.startswith("#!define")]
        return {words[1]: words[2].strip().strip('"') for words in lines}

    def mode(self, name):
        return stat.S_IMODE(os.stat(self.at(name)).st_mode)

    def test_files_and_modes(self):
        self.good()
        self.assertEqual(set(os.listdir(self.agent)), FILES)
        self.assertEqual(self.mode("identity.pem"), 0o600)
        self.assertEqual(self.mode("state"), 0o700)
        for name in FILES - {"identity.pem", "state", "peers"}:
            self.assertEqual(self.mode(name), 0o644, name)
        for name in FILES - {"identity.pem", "state", "peers"}:
            with open(self.at(name)) as f:
                self.assertNotIn("PRIVATE", f.read(), name)

    def test_a_mask_opens_nothing(self):
        old = os.umask(0)
        try:
            self.good()
        finally:
            os.umask(old)
        self.assertEqual(self.mode("identity.pem"), 0o600)
        self.assertEqual(self.mode("state"), 0o700)

    def test_settings(self):
        self.good("--middle", SS1, "--peers", self.dir, "--phone", "127.0.0.9:5082",
                  "--run", self.tmp_dir)
        got = self.settings()
        self.assertEqual(got["E2M_USER"], USER)
        self.assertEqual(got["DOMAIN"], ALICE.partition("@")[2])
        self.assertEqual(got["PROVIDER"], PROXY)
        self.assertEqual(got["MIDDLE"], SS1)
        self.assertNotIn("NO_MIDDLE", got)
        self.assertEqual(got["PEERS"], os.path.realpath(self.dir))
        self.assertEqual(got["PHONE_LISTEN"], "udp:127.0.0.9:5082")
        self.assertEqual(got["PHONE_PORT"], "5082")
        # the address that the way to 127.0.0.1 starts from
        self.assertEqual(got["NET_LISTEN"], "tcp:127.0.0.1:5070")
        self.assertEqual(got["RPC_SOCKET"], "unix:%s/ctl" % self.tmp_dir)
        with open(self.at("e2m-agent.service")) as f:
            unit = f.read()
        self.assertIn("Restart=on-failure", unit)
        self.assertIn("NoNewPrivileges=yes", unit)
        self.assertNotIn("RuntimeDirectory", unit)

    def test_tls_is_what_is_meant(self):
        self.good("--tls-ca", self.file("ca.crt"), proxy="sip:127.0.0.1")
        got = self.settings()
        self.assertEqual(got["PROVIDER"], "sip:127.0.0.1:5061;transport=tls")
        self.assertEqual(got["NET_LISTEN"], "tls:127.0.0.1:5070")
        with open(self.at("tls.cfg")) as f:
            tls = f.read()
        client = tls.partition("[client:default]")[2]
        self.assertIn("verify_certificate = yes", client)
        self.assertIn("ca_list = " + os.path.realpath(self.file("ca.crt")), client)

    def test_the_phone(self):
        told = self.good()
        for text in ("outbound proxy    sip:127.0.0.1:5060, transport UDP",
                     'outbound="sip:127.0.0.1:5060;transport=udp;lr"', "<%s;transport=udp>" % USER,
                     "reg_identity=<%s>" % USER):
            self.assertIn(text, told)

    def test_nothing_is_shown_to_anybody(self):
        self.good()
        policy = self.at("disclosure.conf")
        self.assertEqual(e2m("policy", "check", policy).returncode, 0)
        for name in (SS1, "x.example.net"):
            got = e2m("policy", "why", policy, "--middle", name, "--type", "text/plain")
            self.assertEqual(got.returncode, 5, got.stdout)

    # -- the key and its certificate

    def sign(self, request, out):
        """As a CA does: names are taken from the request, the key stays there."""
        openssl("x509", "-req", "-in", request, "-CA", self.file("ca.crt"), "-CAkey",
                self.file("ca.pem"), "-days", "9", "-copy_extensions", "copy", "-out", out)

    def test_request_and_certificate(self):
        self.assertIn("identity.csr", self.good())
        text = openssl("req", "-in", self.at("identity.csr"), "-noout", "-text", "-verify")
        self.assertIn(("URI:" + USER).encode(), text)
        self.assertIn(b"prime256v1", text)
        cert = os.path.join(self.tmp_dir, "alice.crt")
        self.sign(self.at("identity.csr"), cert)
        got = e2m("agent", "setup", "--dir", self.agent, "--cert", cert)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        self.assertEqual(self.mode("identity.pem"), 0o600)
        sealed = e2m("seal", "--as", self.at("identity.pem"), "--to", self.file(BOB + ".crt"),
                     data=b"MESSAGE sip:b@x SIP/2.0\r\nFrom: <%s>;tag=1\r\nTo: <sip:%s>\r\n"
                          b"Call-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n"
                          b"Content-Length: 2\r\n\r\nHi" % (USER.encode(), BOB.encode()))
        self.assertEqual(sealed.returncode, 0, sealed.stderr)

    def test_another_certificate_is_not_taken(self):
        self.good()
        with open(self.at("identity.pem"), "rb") as f:
            before = f.read()
        for name, why in ((ALICE + ".crt", "the key is not the certificate's"),
                          ("ca.crt", "the key is not the certificate's")):
            self.says(e2m("agent", "setup", "--dir", self.agent, "--cert", self.file(name)),
                      6, why)
        other = os.path.join(self.tmp_dir, "other")
        self.says(e2m("agent", "setup", "--dir", other, "--cert", self.file("ca.crt")), 6,
                  "no agent")
        with open(self.at("identity.pem"), "rb") as f:
            self.assertEqual(f.read(), before)

    def test_pem_and_pkcs12(self):
        self.good("--pem", self.file(ALICE + ".pem"))
        with open(self.at("identity.pem"), "rb") as a, open(self.file(ALICE + ".pem"), "rb") as b:
            self.assertEqual(a.read(), b.read())
        p12, word = (os.path.join(self.tmp_dir, n) for n in ("a.p12", "pass"))
        with open(word, "w") as f:
            f.write("open sesame\n")
        openssl("pkcs12", "-export", "-in", self.file(ALICE + ".pem"), "-out", p12, "-passout",
                "file:" + word)
        self.says(self.setup_agent("--force", "--p12", p12), 6, "cannot use the key file")
        self.good("--force", "--p12", p12, "--pass-file", word)
        self.assertEqual(self.settings()["IDENTITY"], "%s;pass=%s" % (
            self.at("identity.p12"), self.at("identity.pass")))
        for name in ("identity.p12", "identity.pass"):
            self.assertEqual(self.mode(name), 0o600)
        with open(self.at("identity.pass"), "rb") as f:
            self.assertEqual(f.read(), b"open sesame")

    def test_somebody_elses_key_is_not_taken(self):
        self.says(self.setup_agent("--pem", self.file(BOB + ".pem")), 6, "not this user's")
        self.says(self.setup_agent("--force", "--pem", self.file(ALICE + ".crt")), 6,
                  "no private key")

    # -- nothing is lost

    def test_never_overwrites(self):
        self.good()
        before = {n: open(self.at(n), "rb").read() for n in FILES - {"state", "peers"}}
        self.says(self.setup_agent(), 6, "will not overwrite")
        for name, text in before.items():
            with open(self.at(name), "rb") as f:
                self.assertEqual(f.read(), text, name)
        self.good("--force", "--phone", "127.0.0.8")
        self.assertEqual(self.settings()["PHONE_SOCKET"], "udp:127.0.0.8:5060")
        with open(self.at("identity.pem"), "rb") as f:
            self.assertEqual(f.read(), before["identity.pem"], "a key was lost")

    # -- what cannot be taken

    def test_usage(self):
        bad = [("user", u) for u in ("alice", "sip:example.com", "sip:@x", "sip:a@", "sip:a@b@c",
                                     "sip:a@b;x=y", 'sip:a"@b', "sip:a@b\nlisten=x",
                                     "sips:a@b", "sip:$(id)@b")]
        bad += [("proxy", p) for p in ("proxy", "sip:", "sip:h;transport=udp", "sip:h:port",
                                       "sip:a@h", "sip:h;transport=tcp;x", 'sip:h"', "sip:h:",
                                       "sip:h:123456")]
        for name, value in bad:
            self.says(self.setup_agent(**{name: value}), 1, "--" + name)
            self.assertFalse(os.path.exists(self.agent), value)
        for more in (("--phone", "127.0.0.1:x"), ("--listen", "a@b"), ("--run", "run"),
                     ("--middle", 'x"y'), ("--middle", "=x"), ("--pass-file", "x"),
                     ("--pem", "x", "--p12", "y"), ("--tls-ca", self.file("ca.crt")),
                     ("--cert", "x")):
            got = self.setup_agent(*more)
            self.assertEqual(got.returncode, 6 if more == ("--middle", "=x") else 1, more)
            self.assertFalse(os.path.exists(self.agent), more)
        self.says(e2m("agent"), 1, "unknown command")
        self.says(e2m("agent", "cure"), 1, "unknown command")
        self.says(e2m("agent", "status", "--user", "x"), 1, "unknown option")
        for command in ("status", "doctor"):
            self.says(e2m("agent", command, "--dir", self.agent), 6, "no agent")

    def test_files_that_are_missing(self):
        for option in ("--ca", "--peers", "--config", "--module", "--pem", "--p12"):
            if option == "--ca":
                got = e2m("agent", "setup", "--dir", self.agent, "--user", USER, "--proxy",
                          PROXY, "--ca", "none")
            elif option == "--config":
                got = e2m("agent", "setup", "--dir", self.agent, "--user", USER, "--proxy",
                          PROXY, "--ca", self.file("ca.crt"), "--config", "none")
            else:
                got = self.setup_agent(option, "none", "--force")
            self.says(got, 6, "")

    def test_a_folder_with_signs_of_a_configuration(self):
        for name in ("a b", 'a"b', "a%b", "a;b", "a$b"):
            self.agent = os.path.join(self.tmp_dir, name)
            self.says(self.setup_agent(), 1, "cannot be taken")

    # -- asking

    def test_asks_on_a_terminal_alone(self):
        words = ["agent", "setup", "--dir", self.agent, "--config", CONFIG]
        if os.geteuid() == 0:
            words += ["--owner", "root"]
        self.says(e2m(*words), 1, "not given at --user")
        near, far = pty.openpty()
        self.addCleanup(os.close, near)
        os.write(near, b"%s\n%s\n%s\n" % (USER.encode(), PROXY.encode(),
                                          self.file("ca.crt").encode()))
        got = subprocess.run([E2M] + words, stdin=far, capture_output=True, timeout=20)
        os.close(far)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        self.assertIn(b"User (sip:alice@example.com): ", got.stdout)
        self.assertEqual(self.settings()["E2M_USER"], USER)
