# SPDX-License-Identifier: BSD-3-Clause
"""Who stands where in the demo, and what it needs on this machine."""

import errno
import glob
import os
import shutil
import socket
import subprocess
import sys

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
    """One column of the ladder. `may_read`: Alice and Bob chose that it reads. `key`:
    the name in its certificate; a proxy that was not chosen has one of the same CA."""

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
    Hop("agent A", "agent", 12, [PORT, NET_PORT], may_read=True, key=ALICE),
    Hop("visited", "proxy", 13, [PORT], key="proxy.visited.example.net"),
    Hop("ss1", "proxy", 14, [PORT], may_read=True, key=SS1),
    Hop("ss2", "proxy", 15, [PORT], key="ss2.biloxi.example.com"),
    Hop("agent B", "agent", 16, [PORT, NET_PORT], may_read=True, key=BOB),
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


def sockets(address, port, proto):
    """The inodes of the sockets that have a port (proc(5)), wildcards included."""
    number = int.from_bytes(socket.inet_aton(address), sys.byteorder)
    local = {"%08X:%04X" % (n, port) for n in (number, 0)} | {"%032X:%04X" % (0, port)}
    for name in (proto, proto + "6"):
        try:
            with open("/proc/net/" + name) as f:
                lines = [line.split() for line in f]
        except OSError:
            continue
        for field in lines[1:]:
            if field[1] in local and (proto == "udp" or field[3] == "0A"):
                yield field[9]


def owner(address, port, proto):
    """Who has a port; a process of another user's does not show."""
    wanted = {"socket:[%s]" % inode for inode in sockets(address, port, proto)}
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(path) in wanted:
                pid = path.split("/")[2]
                with open("/proc/%s/comm" % pid) as f:
                    return "%s (process %s)" % (f.read().strip(), pid)
        except OSError:
            pass
    return "a process of another user"


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
                    raise Fault("%s/%s, which is for %s, is taken by %s" % (
                        hop.at(port), proto, hop.name, owner(hop.address, port, proto)))


class Keys:
    """A CA, and who has a certificate of it; the agents know the chosen ones, or, in
    a run that discovers, the users alone."""

    def __init__(self, discover=False):
        self.discover = discover
        self.folder = os.path.join(WORK, "keys")
        self.peers = os.path.join(self.folder, "peers")
        self.ca = os.path.join(self.folder, "ca.crt")

    def make(self):
        self.run("init", self.folder)
        os.mkdir(self.peers)
        for hop in HOPS:
            if hop.key:
                self.run("issue", self.folder, hop.key)
            if hop.key and hop.may_read and not (self.discover and hop.role == "proxy"):
                shutil.copy(self.crt(hop.key), self.peers)
        return self

    @staticmethod
    def run(*args):
        got = subprocess.run([E2M, "pki", *args], capture_output=True, text=True)
        if got.returncode != 0:
            raise Fault(got.stderr.strip())

    def crt(self, name):
        return os.path.join(self.folder, name.replace("sip:", "") + ".crt")

    def pem(self, name):
        return os.path.join(self.folder, name.replace("sip:", "") + ".pem")
