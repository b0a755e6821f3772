/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "cli.h"

int
middle_check(const options *opt, const char *command)
{
    if (opt->name.num == 0) {
        return fault(EXIT_USAGE, "no --name that labels could mean", command,
                     "--help");
    }
    if (opt->as.num == 0) {
        return fault(EXIT_USAGE, "no --as to decrypt with", command,
                     "--help");
    }
    if (opt->trust.num == 0 && !opt->allow_unsigned) {
        return fault(EXIT_USAGE, "no --trust to verify with", command,
                     "or --allow-unsigned");
    }
    return 0;
}

/* "view" and so on; 0: none of these. */
static unsigned
demand_of(const char *word, size_t len)
{
    static const struct {
        const char *name;
        unsigned what;
    } words[] = {
        { "view", E2M_VIEW },
        { "verify", E2M_VERIFY },
        { "sealed", E2M_SEALED },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].name) == len &&
            memcmp(words[i].name, word, len) == 0) {
            return words[i].what;
        }
    }
    return 0;
}

/* "view,verify=application/sdp" */
static int
require(e2m_msg *msg, const char *text)
{
    const size_t words = strcspn(text, "=");
    unsigned what = 0;

    for (size_t at = 0; at < words;) {
        const size_t len = strcspn(text + at, ",=");
        const unsigned one = demand_of(text + at, len);

        what |= one;
        at += len + 1;
        if (one == 0 || at == words) {
            what = 0;
            break;
        }
    }
    if (what == 0 || text[words] != '=' ||
        e2m_middle_require(msg, what, text_bytes(text + words + 1)) !=
            E2M_OK) {
        return fault(EXIT_USAGE, "not view, verify or sealed=TYPE", text,
                     "--require");
    }
    return 0;
}

int
middle_inspect(const node *n, const options *opt, const e2m_verdict **out)
{
    e2m_err err;

    for (size_t i = 0; i < opt->require.num; i++) {
        const int code = require(n->msg, opt->require.item[i]);

        if (code != 0) {
            return code;
        }
    }
    err = e2m_middle_inspect(n->msg, out);
    return err == E2M_OK ? 0 : fault_why(err, e2m_msg_why(n->msg));
}
