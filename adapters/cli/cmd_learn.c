/* SPDX-License-Identifier: BSD-3-Clause */
/* A rejection is judged, the policy asked, and what it allows remembered. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static int
check(const options *opt)
{
    if (opt->trust.num == 0) {
        return fault(EXIT_USAGE, "no --trust to verify with", "e2m learn",
                     "e2m learn --help");
    }
    if (opt->policy == NULL || opt->learned == NULL || opt->request == NULL) {
        return fault(EXIT_USAGE,
                     "--policy, --learned and --request are needed",
                     "e2m learn", "e2m learn --help");
    }
    return 0;
}

/* Asked of a memory that is thrown away: a demand that is denied touches no
 * file. */
static int
ask(const node *n, const e2m_rejection *r, const e2m_disclosure *policy,
    e2m_permit *out)
{
    e2m_learned *scratch = NULL;
    e2m_err err = e2m_learned_new(&scratch, n->ctx);

    if (err == E2M_OK) {
        err = e2m_learned_add(scratch, n->request, r, policy, out);
    }
    e2m_learned_free(scratch);
    return err == E2M_OK ? 0
                         : fault_why(err, e2m_msg_why(n->request));
}

static int
keep(const node *n, const options *opt, const e2m_rejection *r,
     const e2m_disclosure *policy)
{
    e2m_permit permit;
    lessons l;
    int code = lessons_open(&l, opt->learned, n->ctx);
    e2m_err err;

    if (code == 0) {
        (void)e2m_learned_drop(l.memory, n->now_sec);
        err = e2m_learned_add(l.memory, n->request, r, policy, &permit);
        code = err == E2M_OK ? lessons_save(&l)
                             : fault_err(err, "cannot keep", opt->learned);
    }
    for (size_t i = 0; code == 0 && !opt->json &&
                       i < e2m_learned_count(l.memory);
         i++) {
        e2m_lesson lesson;

        e2m_learned_get(l.memory, i, &lesson);
        report_lesson(&lesson);
    }
    lessons_close(&l);
    return code;
}

static int
report(const options *opt, const e2m_rejection *r, const e2m_permit *permit)
{
    if (opt->json) {
        return json_put(json_learn(r, r->believed ? permit : NULL));
    }
    report_rejection(r, false);
    if (r->believed) {
        report_permit(permit, opt->policy);
    }
    return 0;
}

static int
learn(const node *n, const options *opt, const e2m_disclosure *policy)
{
    const e2m_rejection *r = NULL;
    e2m_permit permit = { .allowed = false };
    const e2m_err err = e2m_end_rejection(n->msg, n->request, &r);
    int code = 0;

    if (err != E2M_OK) {
        return fault_why(err, e2m_msg_why(n->msg));
    }
    if (r->believed) {
        code = ask(n, r, policy, &permit);
    }
    if (code == 0) {
        code = report(opt, r, &permit);
    }
    if (code != 0) {
        return code;
    }
    if (!r->believed) {
        return fault(r->reason == E2M_BECAUSE_NO_DEMAND ? EXIT_NOT_FOR_ME
                                                        : EXIT_FORBIDDEN,
                     r->why.what, r->why.where, r->why.rule);
    }
    return permit.allowed ? keep(n, opt, r, policy)
                          : fault(EXIT_FORBIDDEN, "disclosure policy says no",
                                  opt->policy, "RFC 4189 sec. 5");
}

int
cmd_learn(const options *opt)
{
    e2m_disclosure *policy = NULL;
    node n;
    int code = check(opt);

    if (code != 0) {
        return code;
    }
    code = node_open(&n, opt);
    if (code == 0 && e2m_msg_is_request(n.msg)) {
        code = fault(EXIT_NOT_FOR_ME, "not an answer", "SIP message",
                     "RFC 3261 sec. 7.2");
    }
    if (code == 0) {
        code = node_request(&n, opt->request);
    }
    if (code == 0) {
        code = policy_read(opt->policy, EXIT_OWN, &policy);
    }
    if (code == 0) {
        code = learn(&n, opt, policy);
    }
    e2m_disclosure_free(policy);
    node_close(&n);
    return code;
}
