# SPDX-License-Identifier: BSD-3-Clause
"""What the module shows to the process it is loaded into: Kamailio's four
strings and nothing else, above all nothing of libcrypto, in or out."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from host import KAMAILIO, MODULE  # noqa: E402

CRYPTO = re.compile(
    r"^(EVP|ERR|RAND|BN|EC|RSA|X509|ASN1|CMS|PKCS\d+|PEM|BIO|OPENSSL|CRYPTO|OSSL|"
    r"AES|SHA\d*|HMAC|d2i|i2d|OBJ|e2m)_")


def symbols(path, which):
    out = subprocess.run(["nm", "-D", which, path], check=True, capture_output=True)
    return {line.split()[-1].split("@")[0] for line in out.stdout.decode().splitlines()}


@unittest.skipUnless(os.path.exists(MODULE), "no module at " + MODULE)
class Symbols(unittest.TestCase):
    def test_exports(self):
        self.assertEqual(symbols(MODULE, "--defined-only"),
                         {"exports", "mod_register", "module_version", "module_flags",
                          "module_interface_ver"})

    def test_imports(self):
        wanted = symbols(MODULE, "--undefined-only")
        self.assertEqual([s for s in wanted if CRYPTO.match(s)], [])
        out = subprocess.run(["readelf", "-d", MODULE], check=True, capture_output=True)
        self.assertNotIn(b"libcrypto", out.stdout)

    def test_every_import_is_there(self):
        have = symbols(KAMAILIO, "--defined-only")
        libraries = subprocess.run(["ldd", MODULE], check=True, capture_output=True)
        for path in re.findall(r"(/\S+)", libraries.stdout.decode()):
            have |= symbols(path, "--defined-only")
        out = subprocess.run(["nm", "-D", "--undefined-only", MODULE], check=True,
                             capture_output=True).stdout.decode()
        strong = {line.split()[-1].split("@")[0] for line in out.splitlines()
                  if line.split()[-2] == "U"}
        self.assertEqual(sorted(strong - have), [])

    def test_hardened(self):
        out = subprocess.run(["readelf", "-Wdl", MODULE], check=True,
                             capture_output=True).stdout.decode()
        self.assertIn("GNU_RELRO", out)
        self.assertRegex(out, r"BIND_NOW|NOW")
        self.assertNotRegex(out, r"GNU_STACK.*RWE")
        self.assertNotIn("TEXTREL", out)


if __name__ == "__main__":
    unittest.main()
