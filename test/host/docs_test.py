# SPDX-License-Identifier: BSD-3-Clause
"""The module's pages say what its code says: every parameter and its default,
function and where it may be called, return code, variable, RPC and statistic."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from host import TOP  # noqa: E402

MODULE = os.path.join(TOP, "adapters", "kamailio", "e2m")


def read(*path):
    with open(os.path.join(MODULE, *path), encoding="utf-8") as f:
        return f.read()


class Docs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = read("doc", "e2m_admin.xml")
        cls.code = read("e2m_mod.c")

    def ids(self, kind):
        return re.findall(r'<section id="e2m\.%s\.(\w+)">' % kind, self.page)

    def test_readme_is_made_from_the_page(self):
        made = subprocess.run([os.path.join(MODULE, "doc", "readme")], check=True,
                              capture_output=True).stdout.decode()
        self.assertEqual(made, read("README"), "run doc/readme >README")

    def test_parameters(self):
        table = self.code[self.code.index("param_export_t params[]"):]
        table = table[:table.index("{0, 0, 0}")]
        self.assertEqual(self.ids("p"), re.findall(r'\{"(\w+)"', table))

    def test_kinds_of_parameters(self):
        for name, macro in re.findall(r'\{"(\w+)",\s*(NAMES|PARAM_STR|PARAM_INT|OPTION|'
                                      r'POLICY|LIMIT)', self.code):
            kind = "string" if macro in ("NAMES", "PARAM_STR") else "int"
            self.assertIn("<title><varname>%s</varname> (%s)</title>" % (name, kind), self.page)
            section = self.page.partition('id="e2m.p.%s"' % name)[2].partition("</section>")[0]
            self.assertEqual("several times" in " ".join(section.split()), macro == "NAMES",
                             name)

    def test_functions(self):
        table = dict(re.findall(r'\{"(e2m_\w+)", \(cmd_function\)[^{}]*?,\s*'
                                r'([A-Z_|]+)\}', self.code))
        self.assertEqual(self.ids("f"), list(table))
        for name, routes in table.items():
            section = self.page.partition('id="e2m.f.%s"' % name)[2]
            told = re.search(r"can be used from\s+([A-Z_,\s]+)\.", section).group(1)
            self.assertEqual(re.findall(r"\w+", told), routes.split("|"), name)
            self.assertIn("KSR.e2m.%s()" % name[4:], section.partition("</section>")[0])
            self.assertIn('str_init("%s")' % name[4:], self.code)

    def test_return_codes(self):
        table = re.findall(r"E2M_RET_\w+ = (-\d+)", read("e2m_mod.h"))
        section = self.page.partition('id="e2m.returns"')[2].partition("</section>")[0]
        self.assertEqual(re.findall(r"<emphasis>(-\d+)</emphasis>", section), table)

    def test_variables(self):
        table = re.findall(r'\{"(\w+)", PV_', read("e2m_pv.c"))
        told = re.findall(r"<emphasis>\$e2m\((\w+)\)</emphasis>", self.page)
        self.assertEqual(sorted(told), sorted(table))

    def test_rpc(self):
        self.assertEqual(self.ids("rpc"),
                         re.findall(r'\{"e2m\.(\w+)", \w*rpc', read("e2m_stat.c")))

    def test_statistics(self):
        table = re.findall(r'\{"(\w+)", 0, &(counts|rets)', read("e2m_stat.c"))
        section = self.page.partition('id="e2m.stats"')[2].partition("</section>")[0]
        told = re.findall(r"<emphasis>(\w+)</emphasis>", section)
        self.assertEqual(told, [n for n, kind in table if kind == "counts"])
        told = re.search(r"(?s)by return code: (.*?)\.", section).group(1)
        self.assertEqual(re.findall(r"\w+", told), [n for n, k in table if k == "rets"])


if __name__ == "__main__":
    unittest.main()
