# SPDX-License-Identifier: BSD-3-Clause
"""TAP, and the matrix of who can do what."""

import textwrap


class Report:
    def __init__(self):
        self.num = self.passed = self.failed = self.skipped = 0
        self.cells, self.reasons, self.columns = {}, [], []

    def say(self, good, text, more=""):
        self.num += 1
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print("%s %d - %s%s" % ("ok" if good else "not ok", self.num, text, "" if good
                                else "\n" + textwrap.indent(more, "# ")), flush=True)
        return bool(good)

    def skip(self, text, why):
        self.num, self.skipped = self.num + 1, self.skipped + 1
        print("ok %d - %s # SKIP %s" % (self.num, text, why), flush=True)

    def cell(self, row, column, good):
        if column not in self.columns:
            self.columns.append(column)
        self.cells[row, column] = "ok" if good else "FAIL"

    def cannot(self, row, column, reason):
        """Neither passed nor failed: a peer's limit, on record in rows.py."""
        self.cell(row, column, True)
        note = "%s: %s" % (column, reason)
        if note not in self.reasons:
            self.reasons.append(note)
        self.cells[row, column] = "cannot %d" % (self.reasons.index(note) + 1)

    def matrix(self, rows):
        wide = max(len(str(r)) for r in rows)
        lines = [" " * wide + "".join("  %-11s" % c for c in self.columns)]
        for row in rows:
            lines.append("%-*s" % (wide, row) + "".join(
                "  %-11s" % self.cells.get((row, c), "") for c in self.columns))
        lines += [""] + ["cannot %d: %s" % pair for pair in enumerate(self.reasons, 1)]
        values = list(self.cells.values())
        lines += ["", "%d of the table's cells ok, %d cannot, %d FAIL" % (
            values.count("ok"), sum(v.startswith("cannot") for v in values),
            values.count("FAIL"))]
        return "\n".join(line.rstrip() for line in lines) + "\n"
