# SPDX-License-Identifier: BSD-3-Clause
"""What every driver offers. A peer says no by raising Refused, with its own words
in it; a peer that is not installed raises Missing when it is made."""


class Refused(Exception):
    pass


class Missing(Exception):
    pass


class Peer:
    name = "?"
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
