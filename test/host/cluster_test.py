# SPDX-License-Identifier: BSD-3-Clause
"""Three machines that are ss1, each in a network namespace of its own, behind a
dispatcher; one is killed in the middle of a conversation. Needs root."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import KAMAILIO, MODULE, TOP, module_path  # noqa: E402

E2M = os.path.join(TOP, "build", "e2m")
ALICE, BOB = "sip:alice@atlanta.example.com", "sip:bob@biloxi.example.com"
SS1 = "ss1.atlanta.example.com"
FRONT, NODES = "10.77.0.254", ["10.77.0.1", "10.77.0.2", "10.77.0.3"]

DISPATCHER = """
debug=2
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:{front}:5060
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "dispatcher.so"
modparam("tm", "fr_timer", 700)
modparam("dispatcher", "list_file", "{folder}/nodes")
modparam("dispatcher", "flags", 2)
modparam("dispatcher", "xavp_dst", "_dst")
request_route {{
    if (!t_newtran()) {{ exit; }}
    if (!ds_select_dst("1", "4")) {{ t_reply("503", "No Node"); exit; }}
    t_on_failure("NEXT");
    t_relay();
}}
failure_route[NEXT] {{
    if (t_branch_timeout() && ds_next_dst()) {{
        t_on_failure("NEXT");
        t_relay();
    }}
}}
"""


def run(*args, data=None):
    return subprocess.run(args, input=data, check=True, capture_output=True).stdout


class Sink:
    """The next hop, by TCP: sealed messages outgrow a datagram."""

    def __init__(self, address):
        self.listener = socket.create_server(address)
        self.open = [self.listener]

    def receive(self, seconds=8):
        """(a whole message, the connection it came by)"""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for s in select.select(self.open, [], [], 0.2)[0]:
                if s is self.listener:
                    self.open.append(s.accept()[0])
                    continue
                data = s.recv(65536)
                if not data:
                    self.open.remove(s)
                    continue
                head = data.partition(b"\r\n\r\n")[0]
                length = int(re.search(rb"(?i)\ncontent-length:\s*(\d+)", head).group(1))
                while len(data) < len(head) + 4 + length:
                    data += s.recv(65536)
                return data, s
        raise AssertionError("nothing came")


class Inside:
    """All of it, within a network namespace that is ours alone."""

    def __init__(self, folder):
        self.folder, self.running = folder, []
        self.pki = os.path.join(folder, "pki")
        run(E2M, "pki", "init", self.pki)
        for name in (ALICE, BOB, SS1):
            run(E2M, "pki", "issue", self.pki, name)
        with open(os.path.join(folder, "cluster.key"), "w") as f:
            f.write(os.urandom(32).hex() + "\n")
        with open(os.path.join(folder, "nodes"), "w") as f:
            f.writelines("1 sip:%s:5060\n" % n for n in NODES)
        self.lay_wires()
        self.sink = Sink((FRONT, 6000))

    @staticmethod
    def lay_wires():
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "br0", "type", "bridge")
        run("ip", "addr", "add", FRONT + "/24", "dev", "br0")
        run("ip", "link", "set", "br0", "up")
        for i, address in enumerate(NODES):
            ns = "e2m%d" % i
            run("ip", "netns", "add", ns)
            run("ip", "link", "add", "v%d" % i, "type", "veth", "peer", "name", "eth0",
                "netns", ns)
            run("ip", "link", "set", "v%d" % i, "master", "br0", "up")
            for args in (["link", "set", "lo", "up"], ["link", "set", "eth0", "up"],
                         ["addr", "add", address + "/24", "dev", "eth0"]):
                run("ip", "-n", ns, *args)

    def start(self, name, cfg, args, ns=None):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        before = ["ip", "netns", "exec", ns] if ns else []
        with open(os.path.join(folder, "log"), "ab") as log:
            p = subprocess.Popen(before + [
                KAMAILIO, "-f", cfg, "-DD", "-E", "-m", "32", "-M", "8", "-x", "fm", "-X", "fm",
                "-w", folder, "-Y", folder, *args], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)
        self.running.append(p)
        return p

    def start_node(self, i):
        quoted = lambda t: '"%s"' % t  # noqa: E731
        address, other = NODES[i], NODES[(i + 1) % 3]
        pem = os.path.join(self.pki, SS1 + ".pem")
        settings = {
            "LISTEN_UDP": "udp:%s:5060" % address, "LISTEN_TCP": "tcp:%s:5060" % address,
            "ALLOWED": quoted("10.77.0.0/24"), "DOMAIN": quoted("atlanta.example.com"),
            "USER_HOP": quoted("sip:%s:6000;transport=tcp" % FRONT),
            "FAR_HOP": quoted("sip:%s:6000;transport=tcp" % FRONT),
            "MY_NAME": quoted(SS1), "IDENTITY": quoted(pem),
            "TRUST": quoted(os.path.join(self.pki, "ca.crt")),
            "CLUSTER_KEY": quoted(os.path.join(self.folder, "cluster.key")),
            "CLUSTER_SELF": quoted("sip:%s:5060" % address),
            "CLUSTER_PEER": quoted("sip:%s:5060" % other), "CHILDREN": 2}
        args = ["-L", "%s:%s" % (os.path.dirname(MODULE), module_path())]
        for key, value in settings.items():
            args += ["-A", "%s=%s" % (key, value)]
        return self.start("node%d" % i, os.path.join(TOP, "etc", "home.cfg"), args, "e2m%d" % i)

    def stop(self):
        for p in self.running:
            try:
                os.killpg(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            p.wait()
        for i in range(3):
            subprocess.run(["ip", "netns", "del", "e2m%d" % i], capture_output=True)

    def log(self, i):
        with open(os.path.join(self.folder, "node%d" % i, "log"), errors="replace") as f:
            return f.read()

    def reads(self):
        return [re.findall(r"e2m-read MESSAGE .* recipient=(\S+)", self.log(i))
                for i in range(3)]

    def say(self, src, dst, number):
        """Sealed, through the dispatcher and whichever node; opened."""
        who = lambda uri: uri.partition(":")[2]  # noqa: E731
        text = "Number %d" % number
        plain = ("MESSAGE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:6001;branch=z9hG4bK%d\r\n"
                 "Max-Forwards: 20\r\nFrom: <%s>;tag=t%d\r\nTo: <%s>\r\nCall-ID: c%d\r\n"
                 "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (
                     dst, FRONT, number, src, number, dst, number, len(text), text)).encode()
        args = [E2M, "seal", "--as", os.path.join(self.pki, who(src) + ".pem"), "--reuse",
                os.path.join(self.folder, who(src))]
        if number == 0:
            args += ["--to", os.path.join(self.pki, who(dst) + ".crt"), "--middle",
                     SS1 + "=" + os.path.join(self.pki, SS1 + ".crt")]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((FRONT, 6001))
            s.sendto(run(*args, data=plain), (FRONT, 5060))
            sealed, back = self.sink.receive()
            head = sealed.partition(b"\r\n\r\n")[0].decode("latin-1")
            keep = [l for l in head.split("\r\n")
                    if re.match(r"(Via|From|To|Call-ID|CSeq):", l)]
            back.sendall(("SIP/2.0 200 OK\r\n%s\r\nContent-Length: 0\r\n\r\n"
                          % "\r\n".join(keep)).encode())
        opened = run(E2M, "open", "--as", os.path.join(self.pki, who(dst) + ".pem"), "--trust",
                     os.path.join(self.pki, "ca.crt"), "--reuse",
                     os.path.join(self.folder, who(dst)), data=sealed)
        assert opened.endswith(text.encode()), opened
        time.sleep(0.2)

    def go(self):
        nodes = [self.start_node(i) for i in range(3)]
        cfg = os.path.join(self.folder, "dispatcher.cfg")
        with open(cfg, "w") as f:
            f.write(DISPATCHER.format(front=FRONT, folder=self.folder))
        self.start("front", cfg, [])
        time.sleep(6)  # they find each other
        for n in range(7):
            self.say(*((ALICE, BOB) if n % 2 == 0 else (BOB, ALICE)), n)
        reads = self.reads()
        assert sum(len(r) for r in reads) == 7 and min(len(r) for r in reads) >= 2, reads
        assert sum(r.count("ecdh") for r in reads) == 1, reads
        assert sum(r.count("kek") for r in reads) == 6, reads
        print("# every node read its share: %s" % reads)
        os.killpg(nodes[1].pid, signal.SIGKILL)
        for n in range(7, 14):
            self.say(*((ALICE, BOB) if n % 2 == 0 else (BOB, ALICE)), n)
        reads = self.reads()
        assert sum(len(r) for r in reads) == 14, reads
        assert sum(r.count("kek") for r in reads) == 13, reads
        print("# one was killed, and all was read: %s" % reads)
        self.start_node(1)
        time.sleep(6)
        for n in range(14, 20):
            self.say(*((ALICE, BOB) if n % 2 == 0 else (BOB, ALICE)), n)
        reads = self.reads()
        assert sum(r.count("kek") for r in reads) == 19, reads
        print("# it came back, and was told: %s" % reads)


class Cluster(unittest.TestCase):
    def test_three_machines_one_killed(self):
        if os.geteuid() != 0 or subprocess.run(
                ["unshare", "-n", "-m", "ip", "link", "add", "x", "type", "bridge"],
                capture_output=True).returncode != 0:
            raise unittest.SkipTest("no right to make network namespaces")
        got = subprocess.run(["unshare", "-n", "-m", sys.executable, os.path.abspath(__file__),
                              "inside"], capture_output=True, text=True, timeout=120)
        print(got.stdout, end="")
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix="e2m-cluster-") as folder:
        inside = Inside(folder)
        try:
            inside.go()
        except BaseException:
            for i in range(3):
                print("# node %d\n%s" % (i, inside.log(i)[-1500:]))
            raise
        finally:
            inside.stop()


if __name__ == "__main__":
    main() if sys.argv[1:] == ["inside"] else unittest.main()
