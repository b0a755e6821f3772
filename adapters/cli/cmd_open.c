/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static int
put_json(const char *name, const e2m_verdict *verdict)
{
    char *text = json_verdict(verdict);
    e2m_bytes wiped;
    int code;

    if (text == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot report", name);
    }
    code = file_write(name, text_bytes(text));
    wiped = text_bytes(text);
    file_free(&wiped);
    return code;
}

static int
open_message(const node *n, const options *opt)
{
    const e2m_verdict *verdict = NULL;
    const e2m_edit *edits = NULL;
    size_t num = 0;
    const e2m_err err = e2m_end_open(n->msg, &verdict, &edits, &num);
    int code = 0;

    if (err != E2M_OK) {
        return fault_why(err, e2m_msg_why(n->msg));
    }
    if (opt->json_file != NULL) {
        code = put_json(opt->json_file, verdict);
    }
    if (code != 0) {
        return code;
    }
    code = fault_verdict(verdict);
    return code == 0 && !(opt->json_file != NULL &&
                          strcmp(opt->json_file, "-") == 0)
               ? node_put(n, edits, num)
               : code;
}

int
cmd_open(const options *opt)
{
    node n;
    int code;

    if (opt->as.num == 0) {
        return fault(EXIT_USAGE, "no --as to open with", "e2m open",
                     "e2m open --help");
    }
    if (opt->trust.num == 0 && !opt->allow_unsigned) {
        return fault(EXIT_USAGE, "no --trust to verify with", "e2m open",
                     "or --allow-unsigned");
    }
    code = node_open(&n, opt);
    if (code == 0) {
        code = open_message(&n, opt);
    } else if (code == EXIT_MALFORMED && opt->json_file != NULL) {
        const e2m_verdict verdict = { .outcome = E2M_MALFORMED,
                                      .sip_status = 400,
                                      .reason = E2M_BECAUSE_SYNTAX,
                                      .why = e2m_msg_why(n.msg) };

        (void)put_json(opt->json_file, &verdict);
    }
    node_close(&n);
    return code;
}
