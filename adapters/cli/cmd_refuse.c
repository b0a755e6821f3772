/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

/* A tag that nobody can guess (RFC 3261 sec. 19.3). */
static e2m_err
draw_tag(char out[17])
{
    uint8_t random[8];
    const e2m_err err = e2m_random_bytes(random, sizeof random);

    for (size_t i = 0; err == E2M_OK && i < sizeof random; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", random[i]);
    }
    return err;
}

static int
refuse(const node *n, const e2m_verdict *verdict)
{
    char tag[17] = "";
    e2m_bytes text = { NULL, 0 };
    e2m_err err;

    if (verdict->sip_status == 0 || !e2m_msg_is_request(n->msg)) {
        return fault(EXIT_NOT_FOR_ME, "nothing to refuse", "SIP message",
                     e2m_msg_is_request(n->msg) ? "it may pass"
                                                : "a response has no answer");
    }
    err = draw_tag(tag);
    if (err == E2M_OK) {
        err = e2m_middle_response(n->msg, verdict, text_bytes(tag), &text);
    }
    return err == E2M_OK ? file_write("-", text)
                         : fault_why(err, e2m_msg_why(n->msg));
}

int
cmd_refuse(const options *opt)
{
    const e2m_verdict *verdict = NULL;
    node n;
    int code = middle_check(opt, "e2m refuse");

    if (code != 0) {
        return code;
    }
    code = node_open(&n, opt);
    if (code == 0) {
        code = middle_inspect(&n, opt, &verdict);
    }
    if (code == 0) {
        code = refuse(&n, verdict);
    }
    node_close(&n);
    return code;
}
