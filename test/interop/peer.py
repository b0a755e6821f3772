# SPDX-License-Identifier: BSD-3-Clause
"""What every driver offers. A peer says no by raising Refused, with its own words
in it; a peer that is not installed raises Missing when it is made."""

import base64
import os
import subprocess


class Refused(Exception):
    pass


class Missing(Exception):
    pass


class Peer:
    name = "?"
    structural = False  # has no keys: only looks at what e2m writes
    lacks = frozenset()  # probes that found something lacking: rows.py

    def opens(self, row, keys, who, der):
        """The plaintext of e2m's envelope, for BOB or SS1."""
        raise NotImplementedError

    def seals(self, row, keys, text):
        """An envelope of its own, for both."""
        raise NotImplementedError

    def verifies(self, row, keys, der, entity):
        """Alice's signature is good; `entity` is None when it is inside."""
        raise NotImplementedError

    def signs(self, row, keys, entity):
        """Alice's signature by this peer."""
        raise NotImplementedError

    def close(self):
        pass


class Server(Peer):
    """A peer that is a process of ours in its own language: one line in, words and
    base64; one line out, "ok BASE64" or "no WHY"."""

    def __init__(self, args, folder):
        self.errors = open(os.path.join(folder, self.name + ".stderr"), "w+b")
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors)

    def ask(self, *words):
        line = b" ".join(base64.b64encode(w) if isinstance(w, bytes) else w.encode()
                         for w in words)
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        word, _, rest = self.process.stdout.readline().partition(b" ")
        if word == b"ok":
            return base64.b64decode(rest)
        if word == b"no":
            raise Refused(rest.decode())
        self.errors.seek(0)
        raise AssertionError("%s died: %s" % (self.name, self.errors.read().decode()))

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.errors.close()
