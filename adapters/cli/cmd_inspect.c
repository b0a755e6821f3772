/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

static int
report(const e2m_verdict *verdict, bool json)
{
    char *text;
    e2m_bytes wiped;

    if (!json) {
        report_verdict(verdict);
    } else {
        text = json_verdict(verdict);
        if (text == NULL) {
            return fault_err(E2M_E_NOMEM, "cannot report", "standard output");
        }
        fputs(text, stdout);
        wiped = text_bytes(text);
        file_free(&wiped);
    }
    return fflush(stdout) == 0 ? 0
                               : fault_err(E2M_E_NOMEM, "cannot write",
                                           "standard output");
}

static int
inspect(const node *n, bool json)
{
    const e2m_verdict *verdict = NULL;
    const e2m_err err = e2m_middle_inspect(n->msg, &verdict);
    int code;

    if (err != E2M_OK) {
        return fault_why(err, e2m_msg_why(n->msg));
    }
    code = report(verdict, json);
    return code == 0 ? fault_verdict(verdict) : code;
}

int
cmd_inspect(const options *opt)
{
    node n;
    int code;

    if (opt->name.num == 0) {
        return fault(EXIT_USAGE, "no --name that labels could mean",
                     "e2m inspect", "e2m inspect --help");
    }
    if (opt->as.num == 0) {
        return fault(EXIT_USAGE, "no --as to decrypt with", "e2m inspect",
                     "e2m inspect --help");
    }
    if (opt->trust.num == 0 && !opt->allow_unsigned) {
        return fault(EXIT_USAGE, "no --trust to verify with", "e2m inspect",
                     "or --allow-unsigned");
    }
    code = node_open(&n, opt);
    if (code == 0) {
        code = inspect(&n, opt->json);
    } else if (code == EXIT_MALFORMED) {
        const e2m_verdict verdict = { .outcome = E2M_MALFORMED,
                                      .sip_status = 400,
                                      .reason = E2M_BECAUSE_SYNTAX,
                                      .why = e2m_msg_why(n.msg) };

        (void)report(&verdict, opt->json);
    }
    node_close(&n);
    return code;
}
