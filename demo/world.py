# SPDX-License-Identifier: BSD-3-Clause
"""Who stands where in the demo, and what it needs on this machine."""

import errno
import os
import shutil
import socket
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("E2M_BUILD", os.path.join(TOP, "build"))
WORK = os.path.join(BUILD, "demo")
E2M = os.path.join(BUILD, "e2m")
MODULE = os.path.join(BUILD, "e2m.so")
PATH = os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"

ALICE, BOB = "sip:alice@atlanta.example.com", "sip:bob@biloxi.example.com"
SS1 = "ss1.atlanta.example.com"
PORT = 5060


class Fault(Exception):
    """Said in one line; the demo ends."""


class Hop:
    """One column of the ladder. `may_read`: Alice and Bob chose that it reads."""

    def __init__(self, name, role, number, ports, may_read=False, key=None):
        self.name, self.role, self.ports = name, role, ports
        self.address = "127.0.0.%d" % number
        self.may_read, self.key = may_read, key

    def at(self, port=PORT):
        return "%s:%d" % (self.address, port)


# An agent has the phone on one port and the network on the other.
NET_PORT = 5070
HOPS = [
    Hop("alice", "phone", 11, [PORT], may_read=True),
    Hop("agent A", "agent", 12, [PORT, NET_PORT], may_read=True, key="alice"),
    Hop("visited", "proxy", 13, [PORT]),
    Hop("ss1", "proxy", 14, [PORT], may_read=True, key="ss1"),
    Hop("ss2", "proxy", 15, [PORT]),
    Hop("agent B", "agent", 16, [PORT, NET_PORT], may_read=True, key="bob"),
    Hop("bob", "phone", 17, [PORT], may_read=True),
]
BY_ADDRESS = {h.address: i for i, h in enumerate(HOPS)}
CONTROL_PORT = 4444
RTP_PORTS = (20000, 20100)


def program(name, package):
    path = shutil.which(name, path=PATH)
    if path is None:
        raise Fault("no %s here: apt-get install %s" % (name, package))
    return path


def owner(address, port):
    """Who has a port, as ss tells it; empty when it does not."""
    ss = shutil.which("ss", path=PATH)
    if ss is None:
        return ""
    out = subprocess.run([ss, "-Hlntup", "sport = :%d" % port], capture_output=True,
                         text=True).stdout
    for line in out.splitlines():
        local = line.split()[4].rsplit(":", 1)[0]
        if local in (address, "0.0.0.0", "*", "[::]"):
            name = line.partition('users:(("')[2].partition('"')[0]
            return ", taken by %s" % name if name else ""
    return ""


def check_ports():
    """Every port the demo listens on is free, or it is said by name which is not."""
    wanted = [(h, p) for h in HOPS for p in h.ports]
    wanted += [(h, CONTROL_PORT) for h in HOPS if h.role == "phone"]
    for hop, port in wanted:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR,
                             int(kind == socket.SOCK_STREAM))
                try:
                    s.bind((hop.address, port))
                except OSError as e:
                    if e.errno == errno.EADDRNOTAVAIL:
                        raise Fault("%s is not on this machine (loopback has 127/8 on "
                                    "Linux)" % hop.address)
                    proto = "udp" if kind == socket.SOCK_DGRAM else "tcp"
                    raise Fault("port %s/%s of %s is busy%s" % (
                        hop.at(port), proto, hop.name, owner(hop.address, port)))


class Keys:
    """A CA, Alice, Bob and ss1; made anew for each run."""

    def __init__(self):
        self.folder = os.path.join(WORK, "keys")
        self.peers = os.path.join(self.folder, "peers")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.run("init", self.folder)
        os.mkdir(self.peers)
        for name in (ALICE, BOB, SS1):
            self.run("issue", self.folder, name)
            shutil.copy(self.crt(name), self.peers)
        self.ca = os.path.join(self.folder, "ca.crt")

    @staticmethod
    def run(*args):
        got = subprocess.run([E2M, "pki", *args], capture_output=True, text=True)
        if got.returncode != 0:
            raise Fault(got.stderr.strip())

    def crt(self, name):
        return os.path.join(self.folder, name.replace("sip:", "") + ".crt")

    def pem(self, name):
        return os.path.join(self.folder, name.replace("sip:", "") + ".pem")
