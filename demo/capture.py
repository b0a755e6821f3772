# SPDX-License-Identifier: BSD-3-Clause
"""What each hop really received: the octets that Kamailio's sipdump module wrote
down at that hop before anything looked at them. Each message has two witnesses:
the hop before, which wrote down what it sent; at the ends the phone itself, whose
SIP trace has to hold the same octets."""

import os
import struct

from world import BY_ADDRESS, HOPS


class Packet:
    """One SIP message on one link."""

    def __init__(self, at, src, dst, raw):
        self.at, self.src, self.dst, self.raw = at, src, dst, raw
        self.head, _, self.body = raw.partition(b"\r\n\r\n")
        self.first = self.head.split(b"\r\n")[0].decode("latin-1")
        self.step, self.witnessed = None, False

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

    @property
    def is_whole(self):
        return self.header("Content-Length", "l") == str(len(self.body))

    @property
    def exchange(self):
        """The same for the message on every link it crosses."""
        return self.label, self.header("Call-ID", "i"), self.header("CSeq")


def records(path):
    """(time, source, destination, octets) of a pcap file with UDP over IPv4, as
    sipdump writes it for every transport."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at + 16 <= len(data):
        sec, usec, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + length]
        at += 16 + length
        ip = frame[14:]
        src, dst = (".".join(map(str, ip[n:n + 4])) for n in (12, 16))
        if src in BY_ADDRESS and dst in BY_ADDRESS and ip[28:].strip():
            yield sec + usec / 1e6, BY_ADDRESS[src], BY_ADDRESS[dst], ip[28:]


def written_down(folder, hop):
    dump = os.path.join(folder, hop.name.replace(" ", "-") + "-dump")
    if not os.path.isdir(dump):
        return []
    return [r for name in sorted(os.listdir(dump)) if name.endswith(".pcap")
            for r in records(os.path.join(dump, name))]


def read(folder):
    """All packets of a run, in order, each once: at the hop that received it (a
    phone's: at its agent, which sent it)."""
    packets, sent, traces = [], set(), {}
    for index, hop in enumerate(HOPS):
        for at, src, dst, raw in written_down(folder, hop):
            if dst == index or HOPS[dst].role == "phone":
                packets.append(Packet(at, src, dst, raw))
            if src == index:
                sent.add((src, dst, raw))
        log = os.path.join(folder, hop.name + ".log")
        if hop.role == "phone" and os.path.exists(log):
            with open(log, "rb") as f:
                traces[index] = f.read()
    for p in packets:
        phone = [i for i in (p.src, p.dst) if HOPS[i].role == "phone"]
        if phone:
            p.witnessed = p.raw in traces.get(phone[0], b"")
        else:
            p.witnessed = (p.src, p.dst, p.raw) in sent
    return sorted(packets, key=lambda p: p.at)
