# SPDX-License-Identifier: BSD-3-Clause
"""What the host tests share: real Kamailio processes on loopback addresses, UDP
and TCP endpoints that keep every octet they get, certificates made by openssl.

The module under test is $E2M_MODULE, or build/e2m.so in the top folder."""

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MODULE = os.path.abspath(
    os.environ.get("E2M_MODULE", os.path.join(TOP, "build", "e2m.so")))
KAMAILIO = shutil.which(
    os.environ.get("KAMAILIO", "kamailio"),
    path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
ADDRESS = "127.0.0.%d" % (64 + os.getpid() % 128)  # of all endpoints

# Each Kamailio has an address of its own, as it would in the world: a node knows
# itself in a Via by it.
NODES = itertools.count(1)
NODE_OF_PORT = {}


def next_node():
    n = next(NODES)
    return "127.%d.%d.%d" % (16 + os.getpid() % 199, 1 + n // 250, 1 + n % 250)


def free_port(address):
    """A port that is free for UDP and TCP on that address."""
    for _ in range(50):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            udp.bind((address, 0))
            port = udp.getsockname()[1]
            tcp.bind((address, port))
            return port
        except OSError:
            continue
        finally:
            udp.close()
            tcp.close()
    raise RuntimeError("no free port on %s" % address)


def new_port(address):
    """One that no other node has: a port names its node."""
    port = free_port(address)
    while port in NODE_OF_PORT:
        port = free_port(address)
    NODE_OF_PORT[port] = address
    return port


def module_path(program=KAMAILIO):
    """Where a Kamailio looks for its own modules."""
    told = subprocess.run([program, "-I"], capture_output=True).stdout.decode()
    return re.search(r"(?m)^\s*Default paths to modules:\s*(\S+)", told).group(1)


# ---- certificates ------------------------------------------------------------


class Pki:
    """A CA, EC or RSA keys; files NAME.pem (key and certificate), NAME.crt."""

    def __init__(self, folder):
        self.folder = folder
        self.peers = os.path.join(folder, "peers")
        os.makedirs(self.peers)
        self.ca = os.path.join(folder, "ca.crt")
        self.ca_key = os.path.join(folder, "ca.key")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=host test CA",
                      "-days", "30", "-keyout", self.ca_key, "-out", self.ca,
                      "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    @staticmethod
    def _openssl(*args):
        subprocess.run(("openssl",) + args, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def issue(self, name, san, rsa=0, peer=True, days=10, usage=None):
        base = os.path.join(self.folder, name)
        key = ["rsa:%d" % rsa] if rsa else ["ec", "-pkeyopt",
                                           "ec_paramgen_curve:P-256"]
        if usage is None:
            usage = "digitalSignature," + ("keyEncipherment" if rsa else "keyAgreement")
        self._openssl("req", "-new", "-newkey", *key, "-nodes", "-subj",
                      "/CN=" + name, "-keyout", base + ".key", "-out", base + ".csr")
        with open(base + ".ext", "w") as f:
            f.write("basicConstraints=CA:FALSE\nkeyUsage=critical,%s\n"
                    "subjectAltName=%s\n" % (usage, san))
        self._openssl("x509", "-req", "-in", base + ".csr", "-CA", self.ca, "-CAkey",
                      self.ca_key, "-CAcreateserial", "-days", str(days), "-extfile",
                      base + ".ext", "-out", base + ".crt")
        with open(base + ".pem", "wb") as out:
            os.fchmod(out.fileno(), 0o600)
            for part in (".crt", ".key"):
                with open(base + part, "rb") as f:
                    out.write(f.read())
        if peer:
            shutil.copy(base + ".crt", self.peers)
        return base + ".pem"


# ---- SIP ---------------------------------------------------------------------


def body_of(raw):
    return raw.partition(b"\r\n\r\n")[2]


def header(raw, name):
    head = raw.partition(b"\r\n\r\n")[0].decode("latin-1")
    found = re.findall(r"(?im)^%s[ \t]*:[ \t]*(.*?)[ \t]*\r?$" % re.escape(name), head)
    return found


def status(raw):
    return int(raw.split(b" ", 2)[1]) if (raw or b"").startswith(b"SIP/2.0 ") else 0


class Counter:
    lock = threading.Lock()
    value = int(time.time() * 1000) % 100000000


def unique():
    with Counter.lock:
        Counter.value += 1
        return Counter.value


def message(to, body, sender="sip:alice@example.com", method="MESSAGE", port=5060,
            ctype="text/plain", length=None, extra="", call_id=None, transport="UDP",
            cseq=1, totag="", uri=None):
    """A request; length: None right, False none, else that value."""
    n = unique()
    if isinstance(body, str):
        body = body.encode()
    lines = ["%s %s SIP/2.0" % (method, uri or to),
             "Via: SIP/2.0/%s %s:%d;branch=z9hG4bK%d;rport" % (transport, ADDRESS, port, n),
             "Max-Forwards: 20",
             "From: <%s>;tag=f%d" % (sender, n),
             "To: <%s>%s" % (to, totag),
             "Call-ID: %s" % (call_id or "c%d@host.test" % n),
             "CSeq: %d %s" % (cseq, method),
             "Contact: <sip:user@%s:%d>" % (ADDRESS, port)]
    if extra:
        lines.append(extra)
    if body:
        lines.append("Content-Type: %s" % ctype)
    if length is None:
        length = len(body)
    if length is not False:
        lines.append("Content-Length: %d" % length)
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def reply(request, code, body=b"", ctype="text/plain", contact=None):
    head = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    keep = [h for h in head[1:]
            if re.match(r"(?i)(via|v|from|f|to|t|call-id|i|cseq|record-route)\s*:", h)]
    keep = [h + ";tag=t%d" % unique()
            if re.match(r"(?i)(to|t)\s*:", h) and ";tag=" not in h else h for h in keep]
    if isinstance(body, str):
        body = body.encode()
    lines = ["SIP/2.0 %d Reply" % code] + keep
    if contact:
        lines.append("Contact: <%s>" % contact)
    if body:
        lines.append("Content-Type: %s" % ctype)
    lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Endpoint:
    """A UDP socket that keeps what it gets, in order; `answer`, if set, makes
    the answer to each request (None: none)."""

    def __init__(self, answer=None):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.bind((ADDRESS, 0))
        self.port = self.sock.getsockname()[1]
        self.got = []
        self.answer = answer
        self.open = True
        self.ready = threading.Condition()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            raw, source = self.sock.recvfrom(70000)
            if not self.open:
                return
            with self.ready:
                self.got.append(raw)
                self.ready.notify_all()
            if self.answer and not raw.startswith(b"SIP/2.0"):
                if not raw.startswith(b"ACK"):
                    made = self.answer(raw)
                    if made:
                        self.sock.sendto(made, source)

    def send(self, raw, port):
        self.sock.sendto(raw, (NODE_OF_PORT[port], port))

    def send_to(self, raw, place):
        self.sock.sendto(raw, (place.address, place.port))

    def wait(self, test, seconds=5):
        """The first message that passes the test, or None."""
        end = time.time() + seconds
        with self.ready:
            while True:
                for raw in self.got:
                    if test(raw):
                        return raw
                left = end - time.time()
                if left <= 0:
                    return None
                self.ready.wait(left)

    def final(self, seconds=5):
        return self.wait(lambda r: status(r) >= 200, seconds)

    def request(self, seconds=5):
        return self.wait(lambda r: not r.startswith(b"SIP/2.0"), seconds)

    def clear(self):
        with self.ready:
            self.got.clear()

    def close(self):
        """Whoever waits is woken first: its descriptor is soon another's."""
        self.open = False
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not connected, but awake
        self.thread.join(5)
        self.sock.close()


# ---- Kamailio ----------------------------------------------------------------

PRELUDE = """
debug={debug}
log_stderror=yes
log_facility=LOG_LOCAL0
fork=yes
children={children}
disable_tcp={disable_tcp}
disable_core_dump=yes
tcp_children=2
tcp_rd_buf_size=131072
#!ifdef KAMAILIO_6
msg_recv_max_size=131072
#!endif
auto_aliases=no
dns=no
rev_dns=no
listen=udp:{address}:{port}
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
loadmodule "siputils.so"
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:{folder}/ctl")
modparam("ctl", "mode", 0600)
{more}
loadmodule "{module}"
modparam("e2m", "trust", "{ca}")
"""


class Node:
    """A running Kamailio: its log, its workers, its end."""

    program = KAMAILIO

    def command(self):
        return [self.program]

    def start(self, cfg, args, port_ready):
        self.log = os.path.join(self.folder, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*self.command(), "-f", cfg, "-DD", "-E", "-w", self.folder, "-Y", self.folder,
                 *args], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        if port_ready:
            self._wait_ready(port_ready)

    def _wait_ready(self, port):
        probe = Endpoint()
        raw = message("sip:%s:%d" % (NODE_OF_PORT[port], port), b"", method="OPTIONS",
                      port=probe.port)
        for _ in range(100):
            if self.process.poll() is not None:
                break
            probe.send(raw, port)
            if probe.final(0.1):
                probe.close()
                return
        probe.close()
        text = self.text()
        self.stop()
        raise RuntimeError("Kamailio does not start:\n" + text[-4000:])

    def text(self):
        with open(self.log, "rb") as f:
            return f.read().decode("latin-1")

    def rpc(self, *words):
        out = subprocess.run(["kamcmd", "-s", "unix:%s/ctl" % self.folder, *words],
                             capture_output=True, timeout=10)
        return out.stdout.decode("latin-1")

    def stat(self, name):
        time.sleep(0.05)  # some are counted just behind the answer
        found = re.search(r"(?m)^\s*%s:\s*(\d+)" % name, self.rpc("e2m.stats"))
        return int(found.group(1)) if found else -1

    def exit_code(self, seconds=10):
        """Of one that is expected to refuse to start; None: it runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def workers(self):
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                             capture_output=True).stdout.split()
        return [int(p) for p in out]

    def check(self):
        """What no run may have in its log, before it stops."""
        text = self.text()
        bad = [line for line in text.splitlines() if re.search(
            r"CRITICAL:|\bBUG\b|already freed|signal 11|overwritten", line)]
        if bad:
            raise AssertionError("in the log: " + "\n".join(bad[:20]))

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Kamailio(Node):
    """One with the prelude, `settings`, then `script`. Its memory manager is the
    one that watches over the ends of blocks (qm), unless told otherwise."""

    def __init__(self, pki, settings, script, children=1, more="", tcp=False,
                 debug=1, memory="qm", module=MODULE, expect_failure=False):
        self.folder = tempfile.mkdtemp(prefix="e2m-host-")
        self.address = next_node()
        self.port = new_port(self.address)
        self.at = "%s:%d" % (self.address, self.port)
        cfg = os.path.join(self.folder, "kamailio.cfg")
        with open(cfg, "w") as f:
            f.write("#!KAMAILIO\n" + PRELUDE.format(
                address=self.address, port=self.port, children=children, more=more,
                debug=debug, folder=self.folder, module=module, ca=pki.ca,
                disable_tcp="no" if tcp else "yes"))
            if tcp:
                f.write("listen=tcp:%s\n" % self.at)
            f.write(settings + script)
        self.start(cfg, ["-x", memory, "-X", memory],
                   None if expect_failure else self.port)


class Shipped(Node):
    """One that runs a file of etc/, with settings as its head lists them."""

    memory = "qm"

    def __init__(self, name, address, ready, edit=None, program=KAMAILIO, **settings):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="e2m-host-")
        path = os.path.join(TOP, "etc", name)
        if edit:
            with open(path) as f:
                text = edit(f.read())
            path = os.path.join(self.folder, name)
            with open(path, "w") as f:
                f.write(text)
        self.address = address
        args = ["-x", self.memory, "-X", self.memory, "-L", "%s:%s" % (
            os.path.dirname(MODULE), module_path(program))]
        for key, value in settings.items():
            args += ["-A", key if value is True else "%s=%s" % (key, value)]
        self.start(path, args, ready)


OPTIONS = """
    if (is_method("OPTIONS") && $rU == $null) { sl_send_reply("200", "OK"); exit; }
"""


class Case(unittest.TestCase):
    """Certificates once per class; what a test starts is stopped after it."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not KAMAILIO or not os.path.exists(MODULE):
            raise unittest.SkipTest("no kamailio, or no module at " + MODULE)
        cls.folder = tempfile.mkdtemp(prefix="e2m-host-pki-")
        cls.pki = Pki(cls.folder)
        cls.certificates()

    @classmethod
    def certificates(cls):
        cls.pki.issue("alice", "URI:sip:alice@example.com")
        cls.pki.issue("bob", "URI:sip:bob@example.com")
        cls.pki.issue("ss1", "DNS:ss1.example.com")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def kamailio(self, *args, **kw):
        k = Kamailio(self.pki, *args, **kw)
        self.addCleanup(k.stop)
        if not kw.get("expect_failure"):
            self.addCleanup(k.check)
        return k

    def endpoint(self, answer=None):
        e = Endpoint(answer)
        self.addCleanup(e.close)
        return e

    def pem(self, name):
        return os.path.join(self.pki.folder, name + ".pem")

    def crt(self, name):
        return os.path.join(self.pki.folder, name + ".crt")

    def agent_settings(self, who="alice", middle=True, more=""):
        text = 'modparam("e2m", "identity", "%s")\n' % self.pem(who)
        text += 'modparam("e2m", "peers", "%s")\n' % self.pki.peers
        if middle:
            text += 'modparam("e2m", "middle", "ss1.example.com")\n'
        return text + more

    def middle_settings(self, more=""):
        return ('modparam("e2m", "identity", "%s")\n'
                'modparam("e2m", "name", "ss1.example.com")\n' % self.pem("ss1")) + more


def tcp_exchange(port, raw, seconds=3):
    """Sends over TCP; all that comes back until a final answer or the end."""
    with socket.create_connection((NODE_OF_PORT[port], port), 5) as s:
        s.sendall(raw)
        got = b""
        end = time.time() + seconds
        while time.time() < end:
            s.settimeout(max(0.05, end - time.time()))
            try:
                piece = s.recv(70000)
            except socket.timeout:
                break
            if not piece:
                break
            got += piece
            if re.search(rb"(?m)^SIP/2.0 [2-6]", got) and len(piece) < 1000:
                end = min(end, time.time() + 0.3)
        return got
