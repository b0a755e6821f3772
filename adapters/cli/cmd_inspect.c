/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "cli.h"

static int
report(const e2m_verdict *verdict, bool json)
{
    if (json) {
        return json_put(json_verdict(verdict));
    }
    report_verdict(verdict);
    return fflush(stdout) == 0 ? 0 : EXIT_OWN; /* main says why */
}

int
cmd_inspect(const options *opt)
{
    const e2m_verdict *verdict = NULL;
    node n;
    int code = middle_check(opt, "e2m inspect");

    if (code != 0) {
        return code;
    }
    code = node_open(&n, opt);
    if (code == EXIT_MALFORMED) {
        const e2m_verdict malformed = { .outcome = E2M_MALFORMED,
                                        .sip_status = 400,
                                        .reason = E2M_BECAUSE_SYNTAX,
                                        .why = e2m_msg_why(n.msg) };

        (void)report(&malformed, opt->json);
    }
    if (code == 0) {
        code = middle_inspect(&n, opt, &verdict);
    }
    if (code == 0) {
        code = report(verdict, opt->json);
    }
    if (code == 0) {
        code = fault_verdict(verdict);
    }
    node_close(&n);
    return code;
}
