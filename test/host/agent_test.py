# SPDX-License-Identifier: BSD-3-Clause
"""The agent as a product: what `e2m agent setup` writes is started as it stands,
a phone registers and sends through it, and `e2m agent status` and `doctor` tell
of it; then each kind of damage is found, in words."""

import json
import os
import pwd
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from host import (ADDRESS, KAMAILIO, MODULE, TOP, Node, Pki, body_of,  # noqa: E402
                  message, new_port, next_node, reply, status)
import host  # noqa: E402

BUILD = os.environ.get("E2M_BUILD", os.path.join(TOP, "build", "meson"))
E2M = os.path.join(BUILD, "adapters", "cli", "e2m")
ALICE, BOB, SS1 = "sip:alice@example.com", "sip:bob@example.net", "ss1.example.com"
TEXT = "Meet me where nobody reads."
DAY = 86400


def e2m(*words, data=None):
    return subprocess.run([E2M, *words], capture_output=True, input=data, timeout=60)


class Provider:
    """A proxy's TCP port: keeps requests, answers 200 to each."""

    def __init__(self, place, tls=None):
        self.sock = socket.create_server(place)
        self.tls = tls
        self.got = []
        self.open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while self.open:
            try:
                peer, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        data = b""
        if self.tls:
            try:
                peer = self.tls.wrap_socket(peer, server_side=True)
            except OSError:
                return
        while self.open:
            try:
                piece = peer.recv(65536)
            except OSError:
                return
            if not piece:
                return
            data += piece
            while b"\r\n\r\n" in data:
                head = data.index(b"\r\n\r\n") + 4
                size = int(re.search(rb"(?im)^content-length:\s*(\d+)", data).group(1))
                if len(data) < head + size:
                    break
                self.got.append(data[:head + size])
                peer.sendall(reply(data[:head + size], 200))
                data = data[head + size:]

    def close(self):
        if not self.open:
            return
        self.open = False
        # a thread in accept() holds the port until it is woken
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


class Started(Node):
    """What the unit's ExecStart says, as the unit's user."""

    def __init__(self, unit, folder, port):
        with open(unit) as f:
            text = f.read()
        words = shlex.split(re.search(r"(?m)^ExecStart=(.*)$", text).group(1))
        user = re.search(r"(?m)^User=(.*)$", text)
        if user and user.group(1) != "root":
            words = ["setpriv", "--reuid", user.group(1), "--regid", user.group(1),
                     "--clear-groups", "--no-new-privs"] + words
        self.folder, self.log = folder, os.path.join(folder, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True, cwd="/")
        self._wait_ready(port)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(8)
        except subprocess.TimeoutExpired:
            self.kill()


def an_owner():
    """A user who is not root, if there is one to give the agent to."""
    if os.geteuid() != 0:
        return ()
    names = {p.pw_name for p in pwd.getpwall()}
    return ("--owner", "kamailio" if "kamailio" in names else "nobody")


class Agent(unittest.TestCase):
    """Set up by request and certificate, once; each test has a copy of its own
    to damage."""

    @classmethod
    def setUpClass(cls):
        if not KAMAILIO or not os.path.exists(MODULE):
            raise unittest.SkipTest("no kamailio, or no module at " + MODULE)
        if "KAMAILIO" in os.environ:
            raise unittest.SkipTest("setup takes the Kamailio that is installed")
        cls.top = tempfile.mkdtemp(prefix="e2m-agent-")
        os.chmod(cls.top, 0o755)
        # installed: where every user can read them
        for path in (MODULE, os.path.join(TOP, "etc", "agent.cfg")):
            shutil.copy(path, os.path.join(cls.top, "installed-" + os.path.basename(path)))
        cls.pki = Pki(os.path.join(cls.top, "pki"))
        cls.pki.issue("bob", "URI:" + BOB)
        cls.pki.issue("ss1", "DNS:" + SS1)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top, ignore_errors=True)

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="a", dir=self.top)
        os.chmod(self.dir, 0o755)
        self.agent = os.path.join(self.dir, "agent")
        self.peers = os.path.join(self.dir, "peers")
        shutil.copytree(self.pki.peers, self.peers)
        self.address = next_node()
        self.phone_port, self.net_port = new_port(self.address), new_port(self.address)
        self.provider_at = (next_node(), 5060)
        self.provider = Provider(self.provider_at)
        self.addCleanup(self.provider.close)

    def at(self, name):
        return os.path.join(self.agent, name)

    def set_up(self, *more, transport="tcp"):
        got = e2m("agent", "setup", "--dir", self.agent, "--user", ALICE, "--proxy",
                  "sip:%s:%d;transport=%s" % (*self.provider_at, transport), "--ca", self.pki.ca,
                  "--peers", self.peers, "--middle", SS1,
                  "--phone", "%s:%d" % (self.address, self.phone_port),
                  "--listen", "%s:%d" % (self.address, self.net_port),
                  "--config", os.path.join(self.top, "installed-agent.cfg"),
                  "--module", os.path.join(self.top, "installed-e2m.so"),
                  "--run", os.path.join(self.dir, "run"), *an_owner(), *more)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        self.told = got.stdout.decode()

    def sign(self, days=9, *more):
        """The CA's part: the names and the key are the request's."""
        out = os.path.join(self.dir, "alice.crt")
        Pki._openssl("x509", "-req", "-in", self.at("identity.csr"), "-CA", self.pki.ca,
                     "-CAkey", self.pki.ca_key, "-CAcreateserial", "-copy_extensions",
                     "copy", "-days", str(days), *more, "-out", out)
        return out

    def certify(self, cert):
        got = e2m("agent", "setup", "--dir", self.agent, "--cert", cert)
        self.assertEqual((got.returncode, got.stderr), (0, b""))

    def ready(self):
        self.set_up()
        self.certify(self.sign())

    def start(self):
        node = Started(self.at("e2m-agent.service"), self.dir, self.phone_port)
        self.addCleanup(node.stop)
        self.addCleanup(node.check)
        return node

    def doctor(self, *more):
        return e2m("agent", "doctor", "--dir", self.agent, *more)

    def wrong(self, *more):
        """What the doctor finds, which is one thing."""
        got = self.doctor(*more)
        self.assertEqual((got.returncode, got.stderr), (6, b""), got.stdout.decode())
        lines = [x for x in got.stdout.decode().splitlines() if x.startswith("WRONG")]
        self.assertEqual(len(lines), 1, got.stdout.decode())
        self.assertTrue(got.stdout.endswith(b"1 thing is wrong.\n"))
        self.assertRegex(lines[0], r"^WRONG  .+: .+; .+$")
        return lines[0]

    def well(self, *more):
        got = self.doctor(*more)
        self.assertEqual((got.returncode, got.stderr), (0, b""), got.stdout.decode())
        self.assertNotIn(b"WRONG", got.stdout)
        return got.stdout.decode()

    def endpoint(self, answer=None):
        e = host.Endpoint(answer)
        self.addCleanup(e.close)
        return e


class Working(Agent):
    def register(self):
        phone = self.endpoint()
        raw = message(ALICE, b"", sender=ALICE, method="REGISTER", port=phone.port,
                      uri="sip:example.com").replace(b"sip:user@", b"sip:alice@")
        phone.send(raw, self.phone_port)
        self.assertEqual(status(phone.final()), 200)
        phone.clear()
        return phone

    def status(self):
        got = e2m("agent", "status", "--dir", self.agent, "--json")
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        return json.loads(got.stdout)

    def test_from_setup_to_a_message(self):
        self.ready()
        self.assertIn("not running", self.well())
        begun = time.time()
        node = self.start()
        self.assertLess(time.time() - begun, 10)
        owner = an_owner()
        if owner:
            uid = os.stat("/proc/%d" % node.process.pid).st_uid
            self.assertEqual(uid, pwd.getpwnam(owner[1]).pw_uid)

        # nobody yet
        self.assertIn(b"registered: no phone", e2m("agent", "status", "--dir",
                                                   self.agent).stdout)
        phone = self.register()
        phone.send(message(BOB, TEXT, sender=ALICE, port=phone.port), self.phone_port)
        self.assertEqual(status(phone.final()), 200, node.text())
        sent = self.provider.got[0]
        self.assertNotIn(TEXT.encode(), sent)
        # the middle reads it, and so does Bob
        for who, how in (("ss1", ("inspect", "--name", SS1, "--json")),
                         ("bob", ("open",))):
            got = e2m(how[0], "--as", os.path.join(self.pki.folder, who + ".pem"),
                      "--trust", self.pki.ca, *how[1:], data=sent)
            self.assertEqual(got.returncode, 0, got.stderr)
        self.assertEqual(body_of(got.stdout), TEXT.encode())

        told = self.status()
        self.assertEqual(told["user"], ALICE)
        self.assertEqual([(p["user"], p["contact"]) for p in told["registered"]],
                         [("alice", "sip:alice@%s:%d" % (ADDRESS, phone.port))])
        self.assertGreater(told["registered"][0]["expires_sec"], 3000)
        self.assertEqual(told["counts"]["sealed"], 1)
        self.assertEqual((told["learned"], told["failures"]), ([], []))
        with open(os.path.join(TOP, "doc", "json.md"), encoding="utf-8") as f:
            page = f.read().partition("## Status")[2]
        self.assertEqual(set(re.findall(r"(?m)^\| `(\w+)` \|", page)), set(told))
        words = e2m("agent", "status", "--dir", self.agent).stdout.decode()
        self.assertIn("registered: alice at sip:alice@%s:%d" % (ADDRESS, phone.port), words)
        self.assertIn("1 sealed", words)
        well = self.well()
        self.assertIn("the agent is running", well)
        self.assertEqual(well.count("the agent listens"), 2)

        # to somebody whose certificate is not there: refused, counted, explained
        phone.clear()
        phone.send(message("sip:carol@example.org", TEXT, sender=ALICE, port=phone.port),
                   self.phone_port)
        self.assertEqual(status(phone.final()), 500)
        self.assertEqual(len(self.provider.got), 1)
        failures = {f["what"]: f for f in self.status()["failures"]}
        self.assertEqual(failures["not_sealed"]["times"], 1)
        self.assertIn("certificate", failures["not_sealed"]["means"])
        words = e2m("agent", "status", "--dir", self.agent).stdout.decode()
        self.assertRegex(words, r"failed:     1 times since the start, not_sealed: ")

    def test_from_a_pkcs12(self):
        self.pki.issue("alice", "URI:" + ALICE, peer=False)
        p12, word = os.path.join(self.dir, "alice.p12"), os.path.join(self.dir, "word")
        with open(word, "w") as f:
            f.write("open sesame\n")
        Pki._openssl("pkcs12", "-export", "-in", os.path.join(self.pki.folder, "alice.pem"),
                     "-out", p12, "-passout", "file:" + word)
        old = os.umask(0o077)  # of a careful root: the agent's user reads on
        try:
            self.set_up("--p12", p12, "--pass-file", word)
        finally:
            os.umask(old)
        self.well()
        self.start()
        phone = self.register()
        phone.send(message(BOB, TEXT, sender=ALICE, port=phone.port), self.phone_port)
        self.assertEqual(status(phone.final()), 200)
        self.assertNotIn(TEXT.encode(), self.provider.got[0])
        with open(self.at("identity.pass"), "w") as f:
            f.write("wrong\n")
        self.assertIn("passphrase right", self.wrong())

    def over_tls(self, ca):
        """Sends a message to a provider whose TLS certificate our CA made."""
        self.provider.close()
        base = os.path.join(self.pki.folder, "ss1")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(base + ".crt", base + ".key")
        self.provider = Provider((self.provider_at[0], 5061), tls)
        self.provider_at = (self.provider_at[0], 5061)
        self.addCleanup(self.provider.close)
        self.set_up("--tls-ca", ca, transport="tls")
        self.certify(self.sign())
        self.well()
        node = self.start()
        phone = self.register()
        phone.send(message(BOB, TEXT, sender=ALICE, port=phone.port), self.phone_port)
        return node, phone

    def test_tls(self):
        node, phone = self.over_tls(self.pki.ca)
        self.assertEqual(status(phone.final()), 200, node.text())
        self.assertIn(b"SIP/2.0/TLS", self.provider.got[0])
        self.assertNotIn(TEXT.encode(), self.provider.got[0])
        self.assertEqual(os.stat(self.at("tls.pem")).st_mode & 0o777, 0o600)

    def test_tls_of_a_stranger(self):
        other = Pki(os.path.join(self.dir, "other"))
        node, phone = self.over_tls(other.ca)
        end = time.time() + 8
        while "certificate verify failed" not in node.text() and time.time() < end:
            time.sleep(0.1)
        self.assertIn("certificate verify failed", node.text())
        self.assertEqual(self.provider.got, [])
        self.assertIsNone(phone.wait(lambda r: status(r) == 200, 0.5))

    def test_what_was_learned(self):
        self.ready()
        policy, plain = self.at("disclosure.conf"), os.path.join(self.dir, "plain.sip")
        with open(policy, "w") as f:
            f.write('rules = ( { middle = "%s"; view = [ "text/plain" ]; } );' % SS1)
        raw = message(BOB, TEXT, sender=ALICE)
        with open(plain, "wb") as f:
            f.write(raw)
        sealed = e2m("seal", "--as", self.at("identity.pem"), "--to",
                     os.path.join(self.peers, "bob.crt"), data=raw).stdout
        answer = e2m("refuse", "--as", os.path.join(self.pki.folder, "ss1.pem"), "--name", SS1,
                     "--trust", self.pki.ca, "--require", "view=text/plain", data=sealed).stdout
        learned = self.at("state/learned")
        got = e2m("learn", "--trust", self.pki.ca, "--policy", policy, "--learned", learned,
                  "--request", plain, data=answer)
        self.assertEqual(got.returncode, 0, got.stderr)
        owner = os.stat(self.at("state"))
        os.chown(learned, owner.st_uid, owner.st_gid)
        self.start()
        lesson = self.status()["learned"]
        self.assertEqual(len(lesson), 1)
        self.assertGreater(lesson[0].pop("seconds_left"), 3600)
        self.assertEqual((lesson[0]["middle"], lesson[0]["what"], lesson[0]["type"]),
                         (SS1, "view", "text/plain"))
        with open(os.path.join(TOP, "doc", "json.md"), encoding="utf-8") as f:
            row = re.search(r"(?m)^\| `learned` \| array .*$", f.read()).group(0)
        for member in lesson[0]:
            self.assertIn("`%s`" % member, row)
        words = e2m("agent", "status", "--dir", self.agent).stdout.decode()
        self.assertIn("learned:    %s may view text/plain " % SS1, words)

    @unittest.skipUnless(os.geteuid() == 0, "needs two users")
    def test_of_a_user_who_is_not_root(self):
        home = os.path.join(self.dir, "home")
        os.mkdir(home)
        user = pwd.getpwnam(an_owner()[1])
        os.chown(home, user.pw_uid, user.pw_gid)
        own = os.path.join(self.top, "e2m")
        shutil.copy(E2M, own)

        def run(*words):
            return subprocess.run(
                ["setpriv", "--reuid", user.pw_name, "--regid", str(user.pw_gid),
                 "--clear-groups", own, "agent", *words], capture_output=True, timeout=60,
                env={"HOME": home, "PATH": "/usr/bin:/bin"}, cwd="/")

        # files of its own: the CA's folder is root's
        shutil.copy(self.pki.ca, os.path.join(self.dir, "ca.crt"))
        words = ["setup", "--user", ALICE, "--proxy", "sip:%s:%d;transport=tcp"
                 % self.provider_at, "--ca", os.path.join(self.dir, "ca.crt"), "--peers",
                 self.peers, "--phone", "%s:%d" % (self.address, self.phone_port), "--listen",
                 "%s:%d" % (self.address, self.net_port), "--config",
                 os.path.join(self.top, "installed-agent.cfg"), "--module",
                 os.path.join(self.top, "installed-e2m.so")]
        self.assertEqual(run(*words, "--owner", "root").returncode, 1)
        got = run(*words)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        self.assertIn(b"systemctl --user enable", got.stdout)
        self.agent = os.path.join(home, ".config", "e2m")
        with open(self.at("e2m-agent.service")) as f:
            unit = f.read()
        self.assertIn("WantedBy=default.target", unit)
        self.assertNotIn("User=", unit)
        self.assertIn(" -w /run/user/%d/e2m-agent " % user.pw_uid, unit)
        self.assertEqual(os.stat(self.at("identity.pem")).st_uid, user.pw_uid)
        cert = self.sign()
        os.chmod(cert, 0o644)
        self.assertEqual(run("setup", "--cert", cert).returncode, 0)
        got = run("doctor")
        self.assertEqual(got.returncode, 0, got.stdout.decode())

    def registered(self, seconds=10):
        """The contact, when there is one."""
        end = time.time() + seconds
        while time.time() < end:
            phones = self.status()["registered"]
            if phones:
                return phones[0]["contact"]
            time.sleep(0.2)
        return None

    def test_baresip_as_told(self):
        if not shutil.which("baresip"):
            self.skipTest("no baresip")
        self.ready()
        self.start()
        home = os.path.join(self.dir, "baresip")
        os.mkdir(home)
        with open(os.path.join(home, "accounts"), "w") as f:
            f.write(re.search(r"(?m)^  (<sip:.*outbound.*)$", self.told).group(1) + "\n")
        port = host.free_port(ADDRESS)
        with open(os.path.join(home, "config"), "w") as f:
            f.write("sip_listen %s:%d\nmodule_path /usr/lib/baresip/modules\n"
                    "module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n"
                    % (ADDRESS, port))
        phone = subprocess.Popen(["baresip", "-f", home], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.assertIn("@%s:%d" % (ADDRESS, port), self.registered() or "nobody")
        finally:
            phone.kill()
            phone.wait()

    def test_status_of_none(self):
        self.ready()
        got = e2m("agent", "status", "--dir", self.agent)
        self.assertEqual((got.returncode, got.stdout), (3, b""))
        self.assertIn(b"nobody answers", got.stderr)

    def test_the_unit(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze")
        self.ready()
        got = subprocess.run(["systemd-analyze", "verify", self.at("e2m-agent.service")],
                             capture_output=True)
        mine = [x for x in got.stderr.decode().splitlines() if "e2m-agent" in x]
        self.assertEqual(mine, [])


class Damage(Agent):
    def test_open_key(self):
        self.ready()
        os.chmod(self.at("identity.pem"), 0o640)
        found = self.wrong()
        self.assertIn("others can read a private key", found)
        self.assertIn("chmod 600", found)
        os.chmod(self.at("identity.pem"), 0o600)
        self.well()

    @unittest.skipUnless(os.geteuid() == 0, "needs two users")
    def test_key_of_another_user(self):
        self.ready()
        os.chown(self.at("identity.pem"), 0, 0)
        self.assertIn("belongs to another user", self.wrong())

    def test_configuration_that_others_can_change(self):
        self.ready()
        os.chmod(self.at("agent.site.cfg"), 0o666)
        self.assertIn("others can change it", self.wrong())

    def test_files_that_are_gone(self):
        for name in ("e2m-agent.service", "disclosure.conf", "trust.crt"):
            with self.subTest(name):
                shutil.rmtree(self.agent, ignore_errors=True)
                self.ready()
                os.unlink(self.at(name))
                got = self.doctor()
                self.assertEqual(got.returncode, 6)
                self.assertRegex(got.stdout.decode(), r"(?m)^WRONG  \S+/%s: .*No such file"
                                 % re.escape(name))

    def test_not_signed_yet(self):
        self.set_up()
        found = self.wrong()
        self.assertIn("no certificate in it yet", found)
        self.assertIn("identity.csr", found)

    def test_key_of_another_certificate(self):
        self.ready()
        self.pki.issue("other", "URI:" + ALICE, peer=False)
        with open(self.at("identity.pem"), "rb") as f:
            cert = f.read().partition(b"-----BEGIN PRIVATE")[0]
        with open(os.path.join(self.pki.folder, "other.key"), "rb") as f:
            key = f.read()
        with open(self.at("identity.pem"), "wb") as f:
            f.write(cert + key)
        self.assertIn("the key is not the certificate's", self.wrong())

    def test_somebody_elses_certificate(self):
        self.ready()
        with open(os.path.join(self.pki.folder, "bob.pem"), "rb") as f:
            bob = f.read()
        with open(self.at("identity.pem"), "wb") as f:
            f.write(bob)
        self.assertIn("the certificate is not this user's", self.wrong())

    def test_dates(self):
        self.ready()
        now = int(time.time())
        late = [x for x in self.doctor("--at", str(now + 11 * DAY)).stdout.decode().splitlines()
                if x.startswith("WRONG") and "identity.pem" in x]
        self.assertEqual(len(late), 1)
        self.assertIn("has expired", late[0])
        early = self.doctor("--at", str(now - DAY)).stdout.decode()
        self.assertIn("WRONG  clock: it is earlier", early)
        self.assertRegex(early, r"WRONG  \S+identity.pem: the certificate is not valid yet; "
                         "set the clock")
        # near the end there is a note, and nothing is wrong
        self.assertRegex(self.well(), r"(?m)^note   \S+identity.pem: it ends within two weeks")

    def test_another_ca(self):
        self.ready()
        other = Pki(os.path.join(self.dir, "other"))
        shutil.copy(other.ca, self.at("trust.crt"))
        found = self.doctor().stdout.decode()
        for name in ("identity.pem", "bob.crt", "ss1.crt"):
            self.assertRegex(found, r"(?m)^WRONG  \S+/%s: no CA in trust.crt signed" % name)

    def test_peers(self):
        self.ready()
        bob = os.path.join(self.peers, "bob.crt")
        with open(bob, "wb") as f:
            f.write(b"nothing\n")
        self.assertRegex(self.wrong(), r"bob.crt: not a certificate")
        self.pki.issue("old", "URI:" + BOB, peer=False)
        shutil.copy(os.path.join(self.pki.folder, "old.crt"), bob)
        self.well()
        os.unlink(bob)
        os.unlink(os.path.join(self.peers, "ss1.crt"))
        got = self.doctor().stdout.decode()
        self.assertRegex(got, r"(?m)^WRONG  %s: no certificate \(.crt\) of anybody" % self.peers)

    def test_middle_without_certificate(self):
        self.ready()
        os.unlink(os.path.join(self.peers, "ss1.crt"))
        found = self.wrong()
        self.assertIn("%s: no good certificate of the proxy that shall read too" % SS1, found)

    def test_policy(self):
        self.ready()
        with open(self.at("disclosure.conf"), "w") as f:
            f.write('rules = (\n  { midle = "ss1"; } );\n')
        self.assertRegex(self.wrong(), r"disclosure.conf: line 2: ")

    def test_port_that_is_taken(self):
        self.ready()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((self.address, self.phone_port))
            found = self.wrong()
            self.assertIn("udp:%s:%d: another program" % (self.address, self.phone_port), found)
        with socket.create_server((self.address, self.net_port)):
            found = self.wrong()
            self.assertIn("tcp:%s:%d: another program" % (self.address, self.net_port), found)
        self.well()

    def test_address_that_is_gone(self):
        self.ready()
        with open(self.at("agent.site.cfg")) as f:
            text = f.read()
        with open(self.at("agent.site.cfg"), "w") as f:
            f.write(text.replace("udp:" + self.address, "udp:192.0.2.77"))
        self.assertIn("udp:192.0.2.77:%d: this machine has no such address"
                      % self.phone_port, self.doctor().stdout.decode())

    def test_provider_down(self):
        self.ready()
        self.well()
        self.provider.close()
        self.assertIn("provider's proxy cannot be reached", self.wrong())

    def test_module_missing(self):
        self.ready()
        with open(self.at("agent.site.cfg")) as f:
            text = f.read()
        with open(self.at("agent.site.cfg"), "w") as f:
            f.write(text.replace("installed-e2m.so", "none.so"))
        found = self.wrong()
        self.assertIn("agent.cfg: ", found)
        self.assertIn("none.so", found)
        self.assertIn("--module", found)

    def test_configuration_that_kamailio_does_not_take(self):
        self.ready()
        with open(self.at("agent.site.cfg"), "a") as f:
            f.write("nonsense nonsense\n")
        self.assertRegex(self.wrong(), r"agent.cfg: .*(ERROR|CRITICAL)")


del Agent  # it has no tests of its own
