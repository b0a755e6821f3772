/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "cli.h"

/* What comes from outside is shown without its control characters. */
static void
put_clean(const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;

        fputc(c < 0x20 || c == 0x7f ? '?' : c, stderr);
    }
}

int
fault(int code, const char *what, const char *where, const char *rule)
{
    fputs("e2m: ", stderr);
    put_clean(what);
    fputs(" at ", stderr);
    put_clean(where);
    fputs(" (", stderr);
    put_clean(rule);
    fputs(")\n", stderr);
    return code;
}

static int
code_of(e2m_err err)
{
    switch (err) {
    case E2M_OK:
        return EXIT_READ;
    case E2M_E_ARG:
        return EXIT_USAGE;
    case E2M_E_SYNTAX:
    case E2M_E_LIMIT:
    case E2M_E_UNSUPPORTED:
        return EXIT_MALFORMED;
    case E2M_E_NOKEY:
    case E2M_E_NOMEM:
    case E2M_E_CRYPTO:
        break;
    }
    return EXIT_OWN;
}

int
fault_err(e2m_err err, const char *what, const char *where)
{
    return fault(EXIT_OWN, what, where, e2m_err_name(err));
}

int
fault_why(e2m_err err, e2m_why why)
{
    char where[128];

    if (why.what[0] == '\0') {
        return fault(code_of(err), "could not be done", "this message",
                     e2m_err_name(err));
    }
    if (!why.has_offset) {
        return fault(code_of(err), why.what, why.where, why.rule);
    }
    (void)snprintf(where, sizeof where, "%s, octet %zu", why.where, why.offset);
    return fault(code_of(err), why.what, where, why.rule);
}

static int
code_of_outcome(e2m_outcome outcome)
{
    switch (outcome) {
    case E2M_READ:
        return EXIT_READ;
    case E2M_NOT_FOR_ME:
        return EXIT_NOT_FOR_ME;
    case E2M_UNDECIPHERABLE:
        return EXIT_UNDECIPHERABLE;
    case E2M_FORBIDDEN:
        return EXIT_FORBIDDEN;
    case E2M_MALFORMED:
        return EXIT_MALFORMED;
    case E2M_UNDECIDED:
        break;
    }
    return EXIT_OWN;
}

int
fault_verdict(const e2m_verdict *verdict)
{
    const int code = code_of_outcome(verdict->outcome);
    const e2m_why *why = &verdict->why;
    char where[128];

    if (code == EXIT_READ) {
        return code;
    }
    if (code == EXIT_NOT_FOR_ME) {
        return fault(code, "nothing here is for me", "SIP message",
                     "draft-ietf-sip-e2m-sec sec. 2.2");
    }
    if (!why->has_offset) {
        return fault(code, why->what, why->where, why->rule);
    }
    (void)snprintf(where, sizeof where, "%s, octet %zu", why->where,
                   why->offset);
    return fault(code, why->what, where, why->rule);
}
