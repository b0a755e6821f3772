# SPDX-License-Identifier: BSD-3-Clause
"""The files of discovery, what contradicts itself, two at a time."""

import fcntl
import os
import re
import stat
import subprocess

from cli import ALICE, BOB, E2M, SS1, e2m, message
from discovery import OPEN, OTHER, Discovery


class Lessons(Discovery):
    def test_usage(self):
        full = ["learn", "--trust", self.file("ca.crt"), "--policy", self.policy, "--learned",
                self.learned, "--request", self.policy]
        for at in (1, 3, 5, 7):
            self.says(e2m(*(full[:at] + full[at + 2:])), 1, "no --trust" if at == 1 else
                      "--policy, --learned and --request")
        seal = ["seal", "--as", self.file(ALICE + ".pem"), "--to", self.file(BOB + ".crt")]
        trust = ["--trust", self.file("ca.crt")]
        for more in (["--learned", self.learned], ["--learned", self.learned] + trust,
                     ["--learned", self.learned, "--policy", self.policy], trust):
            self.says(e2m(*seal, *more), 1, "--learned goes with")
        self.says(e2m(*seal, "--policy", self.policy), 1, "--policy goes with")
        self.says(e2m(*seal, "--accept", SS1), 1, "go with --reuse")
        for word in ("view", "=text/plain", "look=*", "view,=*", ",view=*", "view,look=*",
                     "view=", "view=text", "view==*"):
            self.says(self.as_proxy("inspect", message(), "--require", word), 1, "--require")
        for command in ("inspect", "refuse"):
            self.says(e2m(command, "--as", "x", "--trust", "y"), 1, "no --name")
            self.says(e2m(command, "--name", "x", "--trust", "y"), 1, "no --as")
            self.says(e2m(command, "--as", "x", "--name", "y"), 1, "no --trust")

    def test_refused_by_a_stranger(self):
        """Its key is not that name's: nothing it signed would be believed."""
        self.says(self.as_proxy("refuse", self.for_bob(), "--require", "view=*", host=OTHER,
                                key=self.file(SS1 + ".pem")), 6, "has one of our names")

    def test_own_files(self):
        answer = self.demand(self.for_bob())
        self.put("policy.conf", "rules = (\n5 );")
        self.says(self.learn(answer), 6, "a rule is { ... } at %s:2" % self.policy)
        self.put("policy.conf", OPEN)
        self.assertEqual(self.learn(answer).returncode, 0)
        self.assertEqual(stat.S_IMODE(os.stat(self.learned).st_mode), 0o600)
        self.assertEqual(sorted(os.listdir(self.folder.name)),
                         ["learned", "plain", "policy.conf"])
        good = open(self.learned).read()
        self.assertRegex(good, r"\Ae2m learned 1\nview text/plain %s from atlanta.example.com %d "
                         r"[A-Za-z0-9+/=]+\n\Z" % (re.escape(SS1), self.now + 3600))
        seal = ["seal", "--as", self.file(ALICE + ".pem"), "--to", self.file(BOB + ".crt"),
                "--policy", self.policy, "--learned", self.learned, "--trust",
                self.file("ca.crt")]
        for text, line in (("e2m learned 2\n", 1), (good + "view\n", 3), (good[:-1], 2)):
            self.put("learned", text)
            for got in (self.learn(answer), e2m(*seal, data=message())):
                self.assertEqual(got.returncode, 6, got)
                self.assertIn("not a lesson at %s:%d (" % (self.learned, line),
                              got.stderr.decode())
            self.assertEqual(open(self.learned).read(), text)
        self.put("learned", good)
        for mode in (0o640, 0o602):
            os.chmod(self.learned, mode)
            for got in (self.learn(answer), e2m(*seal, data=message())):
                self.assertEqual(got.returncode, 6)
                self.assertIn(b"others may read or write", got.stderr)
        self.learned = self.own("none/learned")
        self.assertEqual(self.learn(answer).returncode, 6)

    def test_the_same_is_kept_once_and_the_old_goes(self):
        answer = self.demand(self.for_bob())
        for _ in range(2):
            self.assertEqual(self.learn(answer).returncode, 0)
        self.assertEqual(open(self.learned).read().count("\n"), 2)
        with open(self.learned, "a") as f:
            f.write("verify text/css a.example from b.example %d -\n" % self.now)
            f.write("verify text/html a.example from b.example %d -\n" % (self.now + 1))
        self.assertEqual(self.learn(answer).returncode, 0)
        text = open(self.learned).read()
        self.assertNotIn("text/css", text)
        self.assertIn("text/html", text)

    def test_two_at_a_time(self):
        """Whoever waits for the lock sees what the other one wrote, in another file."""
        self.put("learned", "")
        os.chmod(self.learned, 0o600)
        answer = self.demand(self.for_bob())
        with open(self.learned, "r+") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            waiting = subprocess.Popen(
                [E2M, "learn", "--trust", self.file("ca.crt"), "--policy", self.policy,
                 "--learned", self.learned, "--request", self.put("plain", message())],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            waiting.stdin.write(answer)
            waiting.stdin.close()
            with self.assertRaises(subprocess.TimeoutExpired):
                waiting.wait(0.5)
            os.chmod(self.put("new", "e2m learned 1\nverify text/html a.example from b.example "
                              "%d -\n" % (self.now + 99)), 0o600)
            os.rename(self.own("new"), self.learned)
        self.assertEqual(waiting.wait(60), 0)
        text = open(self.learned).read()
        self.assertIn("verify text/html a.example", text)
        self.assertIn("view text/plain " + SS1, text)

    def test_many_at_a_time(self):
        answers = {}
        for n in range(6):
            host = "p%d.atlanta.example.com" % n
            if not os.path.exists(self.file(host + ".pem")):
                self.assertEqual(e2m("pki", "issue", self.dir, host).returncode, 0)
            answers[host] = self.put(host, self.demand(self.for_bob(), host=host))
        plain = self.put("plain", message())
        running = []
        for path in answers.values():
            with open(path, "rb") as f:
                running.append(subprocess.Popen(
                    [E2M, "learn", "--trust", self.file("ca.crt"), "--policy", self.policy,
                     "--learned", self.learned, "--request", plain], stdin=f,
                    stdout=subprocess.DEVNULL))
        self.assertEqual([p.wait(60) for p in running], [0] * len(running))
        with open(self.learned) as f:
            self.assertEqual(sorted(l.split()[2] for l in f if l.startswith("view ")),
                             sorted(answers))
