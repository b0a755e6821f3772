/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "cli.h"

static int
problem(const e2m_node *nodes, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (nodes[i].problem[0] != '\0') {
            return fault(EXIT_MALFORMED, nodes[i].problem,
                         nodes[i].structure, "see the tree");
        }
    }
    return EXIT_READ;
}

/* *out: NULL when the message demands nothing, and is no rejection. */
static int
judge(const node *n, const e2m_rejection **out)
{
    e2m_err err;

    *out = NULL;
    if (e2m_msg_is_request(n->msg)) {
        return 0;
    }
    err = e2m_end_rejection(n->msg, n->request, out);
    if (err != E2M_OK) {
        return fault_why(err, e2m_msg_why(n->msg));
    }
    if ((*out)->reason == E2M_BECAUSE_NO_DEMAND) {
        *out = NULL;
    }
    return 0;
}

static int
explain(const node *n, const options *opt)
{
    const e2m_rejection *rejection = NULL;
    const e2m_node *nodes = NULL;
    size_t num = 0;
    const e2m_err err = e2m_explain(n->msg, &nodes, &num);
    int code;

    if (err != E2M_OK) {
        return fault_why(err, e2m_msg_why(n->msg));
    }
    code = judge(n, &rejection);
    if (code == 0 && opt->json) {
        code = json_put(json_tree(nodes, num, rejection));
    } else if (code == 0) {
        report_tree(nodes, num);
        if (rejection != NULL) {
            report_rejection(rejection, opt->trust.num == 0 ||
                                            opt->request == NULL);
        }
    }
    return code == 0 ? problem(nodes, num) : code;
}

int
cmd_explain(const options *opt)
{
    node n;
    int code = node_open(&n, opt);

    if (code == 0 && opt->request != NULL) {
        code = node_request(&n, opt->request);
    }
    if (code == 0) {
        code = explain(&n, opt);
    }
    node_close(&n);
    return code;
}
