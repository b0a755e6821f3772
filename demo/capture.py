# SPDX-License-Identifier: BSD-3-Clause
"""What each hop really received: the octets that Kamailio's sipdump module wrote
down at that hop before anything looked at them (a phone's: as its agent's socket
sent them, which over UDP is what arrives)."""

import os
import struct

from world import BY_ADDRESS, HOPS


class Packet:
    """One SIP message on one link."""

    def __init__(self, at, src, dst, raw):
        self.at, self.src, self.dst, self.raw = at, src, dst, raw
        self.head, _, self.body = raw.partition(b"\r\n\r\n")
        self.first = self.head.split(b"\r\n")[0].decode("latin-1")
        self.step = None

    def header(self, name, compact=""):
        for line in self.head.replace(b"\r\n ", b" ").split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower().decode("latin-1") in (name.lower(), compact):
                return value.strip().decode("latin-1")
        return ""

    @property
    def is_request(self):
        return not self.first.startswith("SIP/2.0")

    @property
    def method(self):
        return self.header("CSeq").split()[-1] if self.header("CSeq") else ""

    @property
    def label(self):
        if self.is_request:
            return self.first.split()[0]
        return self.first.split(" ", 1)[1] + " (%s)" % self.method


def records(path):
    """(time, source, destination, octets) of a pcap file with UDP over IPv4."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at + 16 <= len(data):
        sec, usec, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + length]
        at += 16 + length
        ip = frame[14:]
        src, dst = (".".join(map(str, ip[n:n + 4])) for n in (12, 16))
        yield sec + usec / 1e6, src, dst, ip[28:]


def read(folder):
    """All packets of a run, in order, each once: at the hop that received it."""
    packets = []
    for index, hop in enumerate(HOPS):
        dump = os.path.join(folder, hop.name.replace(" ", "-") + "-dump")
        if not os.path.isdir(dump):
            continue
        for name in sorted(os.listdir(dump)):
            for at, src, dst, raw in records(os.path.join(dump, name)):
                here = BY_ADDRESS.get(dst) == index
                to_phone = BY_ADDRESS.get(src) == index and \
                    dst in BY_ADDRESS and HOPS[BY_ADDRESS[dst]].role == "phone"
                if (here or to_phone) and src in BY_ADDRESS and raw.strip():
                    packets.append(Packet(at, BY_ADDRESS[src], BY_ADDRESS[dst], raw))
    return sorted(packets, key=lambda p: p.at)
