# SPDX-License-Identifier: BSD-3-Clause
"""What was found, and the matrix of who can do what."""

import textwrap


class Report:
    """One peer's column, and what else was tried with it."""

    def __init__(self, column):
        self.column, self.passed, self.failed, self.skipped = column, 0, 0, 0
        self.cells, self.why = {}, {}

    def say(self, good, text, more=""):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print("not ok - %s\n%s" % (text, textwrap.indent(more, "# ")), flush=True)
        return bool(good)

    def skip(self, text, why):
        self.skipped += 1
        print("skipped: %s: %s" % (text, why), flush=True)

    def cell(self, row, good):
        self.cells[row] = "ok" if good else "FAIL"

    def cannot(self, row, reason):
        """Neither passed nor failed: a peer's limit, on record in rows.py."""
        self.cells[row], self.why[row] = "cannot", reason


def summary(reports, rows):
    """The matrix, its footnotes, and the count that test/run reads."""
    columns = [r for r in reports if r.cells]
    notes = sorted({(r.column, why) for r in columns for why in r.why.values()})
    wide = max(len(str(row)) for row in rows)
    lines = [" " * wide + "".join("  %-9s" % r.column for r in columns)]
    for row in rows:
        cells = [r.cells[row] if row not in r.why else "cannot %d" % (
            notes.index((r.column, r.why[row])) + 1) for r in columns]
        lines.append("%-*s" % (wide, row) + "".join("  %-9s" % c for c in cells))
    lines += [""] + ["cannot %d: %s: %s" % (n, *note) for n, note in enumerate(notes, 1)]
    cells = [c for r in columns for c in r.cells.values()]
    lines += ["", "%d cells ok, %d cannot, %d FAIL" % tuple(
        cells.count(c) for c in ("ok", "cannot", "FAIL")), "%d passed, %d failed, %d skipped" % (
            tuple(sum(getattr(r, n) for r in reports) for n in ("passed", "failed", "skipped")))]
    return "\n".join(line.rstrip() for line in lines) + "\n"
