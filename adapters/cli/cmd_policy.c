/* SPDX-License-Identifier: BSD-3-Clause */
/* A disclosure policy, checked and asked, without any message. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static int
check(const options *opt)
{
    e2m_disclosure *policy;
    const int code = policy_read(opt->words.item[1], EXIT_MALFORMED, &policy);

    e2m_disclosure_free(policy);
    return code;
}

/* What a rule takes for one is one; patterns are for rules, not for questions.
 * `policy` is there for that alone. */
static bool
is_host(e2m_disclosure *policy, const char *text)
{
    return text[0] != '@' && text[0] != '*' &&
           e2m_disclosure_rule(policy, text_bytes(text), 1) == E2M_OK;
}

static bool
is_type(e2m_disclosure *policy, const char *text)
{
    return strchr(text, '*') == NULL &&
           e2m_disclosure_allow(policy, E2M_VIEW, text_bytes(text)) == E2M_OK;
}

static int
check_question(const options *opt)
{
    const struct {
        const char *text;
        const char *option;
    } hosts[] = { { opt->who, "--middle" },
                  { opt->own, "--own" },
                  { opt->far, "--peer" } };
    e2m_disclosure *scratch = NULL;
    const e2m_err err = e2m_disclosure_new(&scratch);
    int code = err == E2M_OK ? 0 : fault_err(err, "cannot ask", "e2m policy");

    for (size_t i = 0; i < 3 && code == 0; i++) {
        if (hosts[i].text != NULL && !is_host(scratch, hosts[i].text)) {
            code = fault(EXIT_USAGE, "not a host", hosts[i].option,
                         "e2m policy --help");
        }
    }
    if (code == 0 && !is_type(scratch, opt->type)) {
        code = fault(EXIT_USAGE, "not a media type", "--type",
                     "e2m policy --help");
    }
    e2m_disclosure_free(scratch);
    return code;
}

static e2m_bytes
maybe(const char *text)
{
    return text != NULL ? text_bytes(text) : (e2m_bytes){ NULL, 0 };
}

static int
why(const options *opt)
{
    const char *file = opt->words.item[1];
    const e2m_question q = { .middle = maybe(opt->who),
                             .own = maybe(opt->own),
                             .peer = maybe(opt->far),
                             .what = opt->verify ? E2M_VERIFY : E2M_VIEW,
                             .type = maybe(opt->type) };
    e2m_disclosure *policy = NULL;
    e2m_permit permit;
    int code;

    if (opt->who == NULL || opt->type == NULL) {
        return fault(EXIT_USAGE, "--middle and --type are the question",
                     "e2m policy why", "e2m policy --help");
    }
    code = check_question(opt);
    if (code == 0) {
        code = policy_read(file, EXIT_MALFORMED, &policy);
    }
    if (code != 0) {
        return code;
    }
    e2m_disclosure_ask(policy, &q, &permit);
    report_permit(&permit, file);
    e2m_disclosure_free(policy);
    return permit.allowed ? EXIT_READ
                          : fault(EXIT_FORBIDDEN, "disclosure policy says no",
                                  file, "RFC 4189 sec. 5");
}

int
cmd_policy(const options *opt)
{
    const char *word = opt->words.num == 2 ? opt->words.item[0] : "";

    if (strcmp(word, "why") == 0) {
        return why(opt);
    }
    if (strcmp(word, "check") != 0) {
        return fault(EXIT_USAGE, "wrong words", "e2m policy",
                     "e2m policy --help");
    }
    if (opt->who != NULL || opt->type != NULL || opt->verify ||
        opt->own != NULL || opt->far != NULL) {
        return fault(EXIT_USAGE, "options are for why alone",
                     "e2m policy check", "e2m policy --help");
    }
    return check(opt);
}
