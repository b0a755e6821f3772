/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

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

static int
explain(const node *n, bool json)
{
    const e2m_node *nodes = NULL;
    size_t num = 0;
    const e2m_err err = e2m_explain(n->msg, &nodes, &num);
    char *text;

    if (err != E2M_OK) {
        return fault_why(err, e2m_msg_why(n->msg));
    }
    if (!json) {
        report_tree(nodes, num);
        return problem(nodes, num);
    }
    text = json_tree(nodes, num);
    if (text == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot report", "standard output");
    }
    fputs(text, stdout);
    free(text);
    return problem(nodes, num);
}

int
cmd_explain(const options *opt)
{
    node n;
    int code = node_open(&n, opt);

    if (code == 0) {
        code = explain(&n, opt->json);
    }
    node_close(&n);
    return code;
}
