#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""examples.py E2M UA_SEAL_OPEN PROXY_INSPECT: the examples do what they say."""

import os
import subprocess
import sys
import tempfile

E2M, UA, PROXY = map(os.path.abspath, sys.argv[1:4])
MESSAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples",
                       "message.sip")
passed = failed = 0


def check(good, text):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("not so: " + text)


def run(*args, data=b""):
    return subprocess.run(args, input=data, capture_output=True)


with tempfile.TemporaryDirectory() as d:
    run(E2M, "pki", "init", d + "/ca")
    for name in ("sip:alice@atlanta.example.com", "sip:bob@biloxi.example.com",
                 "ss1.atlanta.example.com"):
        run(E2M, "pki", "issue", d + "/ca", name)
    alice, bob, ss1, ca = (os.path.join(d, "ca", n) for n in (
        "alice@atlanta.example.com", "bob@biloxi.example.com", "ss1.atlanta.example.com", "ca"))
    with open(MESSAGE, "rb") as f:
        plain = f.read()
    text = plain.partition(b"\r\n\r\n")[2]
    sealed = run(UA, "seal", alice + ".pem", bob + ".crt", "ss1.atlanta.example.com",
                 ss1 + ".crt", data=plain)
    check(sealed.returncode == 0 and text not in sealed.stdout, "it seals")
    seen = run(PROXY, "ss1.atlanta.example.com", ss1 + ".pem", ca + ".crt", data=sealed.stdout)
    check(seen.returncode == 0 and text in seen.stdout, "the proxy reads: %r" % seen)
    opened = run(UA, "open", bob + ".pem", ca + ".crt", data=sealed.stdout)
    check(opened.returncode == 0 and opened.stdout.endswith(text), "Bob opens")
    spoilt = sealed.stdout.replace(b"Call-ID: 3", b"Call-ID: 4")
    refused = run(PROXY, "ss1.atlanta.example.com", ss1 + ".pem", ca + ".crt", data=spoilt)
    check(b"403" in refused.stdout + refused.stderr and text not in refused.stdout,
          "the proxy refuses: %r" % refused)
    check(run(UA, "open", bob + ".pem", ca + ".crt", data=spoilt).stdout == b"", "Bob refuses")
    wrong = run(UA, "seal", bob + ".pem", bob + ".crt", "ss1.atlanta.example.com",
                ss1 + ".crt", data=plain)
    check(wrong.returncode == 1 and wrong.stdout == b"", "nothing is sent when it fails")

print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
