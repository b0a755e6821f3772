#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""examples.py E2M UA_SEAL_OPEN PROXY_INSPECT UA_LEARN: the examples do what they
say."""

import os
import subprocess
import sys
import tempfile

E2M, UA, PROXY, LEARN = map(os.path.abspath, sys.argv[1:5])
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


def answer_of(proxy, request, spoil):
    """What the proxy makes of a request: its refusal as a response, or a 200."""
    kept = [line for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")
            if line.split(b":")[0] in (b"Via", b"From", b"To", b"Call-ID", b"CSeq")]
    got = run(*proxy, data=request).stdout
    if b"answer with " not in got:
        return b"\r\n".join([b"SIP/2.0 200 OK"] + kept + [b"Content-Length: 0\r\n\r\n"])
    said, _, rest = got.partition(b"answer with ")[2].partition(b"\n")
    return spoil(b"\r\n".join([b"SIP/2.0 " + said[:3] + b" No"] + kept +
                             [rest or b"Content-Length: 0\r\n\r\n"]))


def learn(*args, proxies, spoil=lambda answer: answer, seen=lambda sent: sent[-1], most=20):
    """ua_learn on the way to all `proxies`, which see what `seen` makes of what was
    sent: all that was sent, and its last words."""
    sent = []
    with subprocess.Popen((LEARN,) + args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as ua:
        while len(sent) < most:
            length = ua.stdout.readline()
            if not length:
                break
            sent.append(ua.stdout.read(int(length)))
            answers = [answer_of(p, seen(sent), spoil) for p in proxies]
            answer = next((a for a in answers if not a.startswith(b"SIP/2.0 200")), answers[0])
            ua.stdin.write(b"%d\n" % len(answer) + answer)
            ua.stdin.flush()
        ua.stdin.close()
        words = ua.stderr.read().decode()
    return sent, words, ua.returncode


def issue_below(d, ca, name):
    """NAME.pem in d: of a CA between `ca` and it, which comes along in the file."""
    uses = {"ca": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n",
            name: "subjectAltName=DNS:%s\nkeyUsage=critical,digitalSignature,keyAgreement\n"
                  % name}
    issuer = (ca + ".crt", ca + ".pem")
    for who, use in uses.items():
        base = os.path.join(d, "below-" + who)
        with open(base + ".ext", "w") as f:
            f.write(use)
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=" + who)
        run("openssl", "x509", "-req", "-in", base + ".csr", "-CA", issuer[0], "-CAkey",
            issuer[1], "-set_serial", "7", "-days", "30", "-extfile", base + ".ext", "-out",
            base + ".crt")
        issuer = (base + ".crt", base + ".key")
    texts = []
    for part in (base + ".crt", os.path.join(d, "below-ca.crt"), base + ".key"):
        with open(part) as f:
            texts.append(f.read())
    with open(base + ".pem", "w") as f:
        f.write("".join(texts))
    return base + ".pem"


with tempfile.TemporaryDirectory() as d:
    run(E2M, "pki", "init", d + "/ca")
    for name in ("sip:alice@atlanta.example.com", "sip:bob@biloxi.example.com",
                 "ss1.atlanta.example.com", "ss9.atlanta.example.com", "ss2.biloxi.example.com"):
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

    def proxy(name, must="text/plain"):
        return (PROXY, name, os.path.join(d, "ca", name + ".pem"), ca + ".crt", must)

    def opens(name, sealed):
        return text in run(*proxy(name)[:4], data=sealed).stdout

    near, nearer, far = (proxy(n) for n in ("ss1.atlanta.example.com",
                                            "ss9.atlanta.example.com", "ss2.biloxi.example.com"))
    who = (alice + ".pem", bob + ".crt", ca + ".crt", MESSAGE)
    sent, words, code = learn(*who, proxies=[near])
    check(code == 0 and len(sent) == 2 and words == "learned: ss1.atlanta.example.com\n",
          "it learns once: %r" % words)
    check(not opens("ss1.atlanta.example.com", sent[0]), "the first is not for the proxy")
    check(opens("ss1.atlanta.example.com", sent[1]), "the second is")
    check(run(UA, "open", bob + ".pem", ca + ".crt", data=sent[1]).stdout.endswith(text),
          "and for Bob")
    check(not any(text in s for s in sent), "nothing goes in clear")
    check(b"CSeq: 1 " in sent[0] and b"CSeq: 2 " in sent[1], "two requests")
    below = issue_below(d, ca, "ss1.atlanta.example.com")
    sent, words, code = learn(*who, proxies=[near[:2] + (below,) + near[3:]])
    check(code == 0 and len(sent) == 2, "a CA between it and ours: %r" % words)
    sent, words, code = learn(*who, proxies=[near, nearer])
    check(code == 0 and len(sent) == 3 and words.count("learned") == 2, "two proxies: %r" % words)
    sent, words, code = learn(
        *who, proxies=[near],
        seen=lambda sent: sent[0].replace(b"CSeq: 1", b"CSeq: %d" % len(sent)))
    check(code == 1 and len(sent) == 2 and words.endswith("\ndemanded again\n"),
          "what was given is not given again: %r" % words)
    sent, words, code = learn(*who, proxies=[far])
    check(code == 1 and len(sent) == 1 and words == "denied\n", "no rule for it: %r" % words)
    check(not opens("ss2.biloxi.example.com", sent[0]), "and nothing shown")
    sent, words, code = learn(*who, proxies=[proxy("ss1.atlanta.example.com", "image/png")])
    check(code == 1 and len(sent) == 1 and words == "denied\n", "not of that type: %r" % words)
    sent, words, code = learn(*who, proxies=[near],
                              spoil=lambda a: a.replace(b"text/plain", b"text/xxxxx"))
    check(code == 1 and len(sent) == 1 and words.startswith("not believed: "),
          "changed on the way: %r" % words)
    sent, words, code = learn(*who, proxies=[near[:2] + far[2:]])
    check(code == 0 and len(sent) == 1 and words == "",
          "a refusal that nobody signed is one like any other: %r" % words)

print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
