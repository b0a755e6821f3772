#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""run.py E2M: the command's own manners: options, exit codes, files, output.
What it decides about messages is test/verdicts."""

import sys
import unittest

import cli


def main():
    suite = unittest.defaultTestLoader.discover(cli.HERE, pattern="*_test.py")
    got = unittest.TextTestRunner(verbosity=1).run(suite)
    bad, skipped = len(got.failures) + len(got.errors), len(got.skipped)
    print("%d passed, %d failed, %d skipped" % (got.testsRun - bad - skipped, bad, skipped))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
