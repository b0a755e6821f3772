# SPDX-License-Identifier: BSD-3-Clause
"""A tap on a TCP hop: it passes on what it gets, octet for octet, and keeps the
SIP messages of both directions."""

import re
import socket
import threading

from host import header, new_port, next_node

PIECE = 65536


def messages(stream):
    """What a stream holds, message for message (RFC 3261 sec. 18.3), and the
    rest that is none yet."""
    found = []
    while True:
        stream = stream.lstrip(b"\r\n")
        head, end, body = stream.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)", head)
        if not end or len(body) < int(length.group(1)):
            return found, stream
        size = len(head) + 4 + int(length.group(1))
        found.append(stream[:size])
        stream = stream[size:]


def content(raw):
    """What may not change on the way: the body, and all fields that describe it,
    as they are written and in their order."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = re.findall(rb"(?im)^(?:content-[a-z-]*|mime-version|[cel])[ \t]*:.*?"
                        rb"(?=\r\n[^ \t]|\Z)", head + b"\r\n", re.S)
    return fields, body


def key(raw):
    """Which message it is: what it answers or asks, in which transaction."""
    start = raw.split(b" ", 2)[:2]
    return (start[1] if start[0] == b"SIP/2.0" else b"", header(raw, "Call-ID")[0],
            header(raw, "CSeq")[0])


def end(sock):
    """Whoever waits for it wakes up; the descriptor stays its own until then."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Tap:
    """Listens at a place of its own, leads to (address, port). `change`, if set,
    is made to each request."""

    def __init__(self, to):
        self.to, self.change = to, None
        self.address = next_node()
        self.port = new_port(self.address)
        self.hop = '"sip:%s:%d;transport=tcp"' % (self.address, self.port)
        self.up, self.down = [], []
        self.server = socket.create_server((self.address, self.port))
        self.sockets, self.threads = [self.server], []
        self._start(self._accept)

    def _start(self, run, *args):
        self.threads.append(threading.Thread(target=run, args=args, daemon=True))
        self.threads[-1].start()

    def _accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(self.to)
            self.sockets += [near, far]
            self._start(self._pass, near, far, self.up)
            self._start(self._pass, far, near, self.down)

    def _pass(self, source, target, kept):
        rest = b""
        try:
            while True:
                piece = source.recv(PIECE)
                if not piece:
                    break
                found, rest = messages(rest + piece)
                for raw in found:
                    if self.change and kept is self.up:
                        raw = self.change(raw)
                    kept.append(raw)
                    target.sendall(raw)
        except OSError:
            pass
        end(source)
        end(target)

    def clear(self):
        self.up.clear()
        self.down.clear()

    def close(self):
        for s in self.sockets:
            end(s)
        for t in self.threads:
            t.join(5)
        for s in self.sockets:
            s.close()


class Answerer(Tap):
    """The end of a TCP hop: it keeps what it gets and answers each request."""

    def __init__(self, answer):
        self.answer = answer
        super().__init__(None)

    def _accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            self.sockets.append(near)
            self._start(self._serve, near)

    def _serve(self, near):
        rest = b""
        try:
            while True:
                piece = near.recv(PIECE)
                if not piece:
                    break
                found, rest = messages(rest + piece)
                for raw in found:
                    self.up.append(raw)
                    self.down.append(self.answer(raw))
                    near.sendall(self.down[-1])
        except OSError:
            pass
        end(near)
