#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""extract.py RFC4475.TXT OUTDIR: the messages of RFC 4475's appendix A, octet by
octet, as OUTDIR/NAME.dat; says how many."""

import base64
import io
import os
import re
import sys
import tarfile

BEGIN, END = "-- BEGIN MESSAGE ARCHIVE --", "-- END MESSAGE ARCHIVE --"


def archive(text):
    """The tar.gz: every line between the two marks that is one word. The marks
    stand in a script before they stand around the archive."""
    inside = text[text.rindex(BEGIN) + len(BEGIN):text.rindex(END)]
    words = re.findall(r"^[ \t]*([A-Za-z0-9+/]+=*)[ \t\r]*$", inside, re.M)
    return base64.b64decode("".join(words), validate=True)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="latin-1") as f:
        text = f.read()
    os.makedirs(sys.argv[2], exist_ok=True)
    count = 0
    with tarfile.open(fileobj=io.BytesIO(archive(text)), mode="r:gz") as tar:
        for member in tar:
            name = os.path.basename(member.name)
            if not member.isfile() or not name.endswith(".dat"):
                continue
            with open(os.path.join(sys.argv[2], name), "wb") as out:
                out.write(tar.extractfile(member).read())
            count += 1
    print("%d messages" % count)


if __name__ == "__main__":
    main()
