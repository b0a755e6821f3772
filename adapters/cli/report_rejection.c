/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports on discovery: what an answer demands, whether that is believed, what
 * the policy says, what is remembered. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

void
report_rejection(const e2m_rejection *r, bool unchecked)
{
    if (r->status == 0) {
        printf("rejection: none\n");
        return;
    }
    printf("rejection: %u, %s ", r->status,
           r->believed ? "by" : "claims to be by");
    report_put(r->middle.len > 0 ? r->middle : text_bytes("nobody"));
    if (r->believed) {
        printf(", believed\n");
    } else {
        printf(", not believed: %s: %s at %s (%s)\n",
               e2m_reason_name(r->reason), r->why.what, r->why.where,
               r->why.rule);
    }
    if (!r->believed && unchecked) {
        printf("to check it: --trust and --request\n");
    }
    report_demands(r->demands, r->num_demands);
}

static void
report_withheld(const e2m_permit *p)
{
    for (size_t i = 0; p->allowed && i < p->num_withhold; i++) {
        fputs(i == 0 ? "withheld: " : ", ", stdout);
        report_put(p->withhold[i]);
    }
    if (p->allowed && p->num_withhold > 0) {
        printf(" (it gets a copy of the SDP)\n");
    }
}

void
report_permit(const e2m_permit *p, const char *file)
{
    const char *word = p->allowed ? "allowed" : "denied";

    if (p->ruled) {
        printf("disclosure: %s by the rule at %s:%u\n", word, file, p->line);
    } else {
        printf("disclosure: %s by default: no rule is about this proxy\n",
               word);
    }
    report_withheld(p);
}

void
report_lesson(const e2m_lesson *l)
{
    printf("learned: %s ", l->demand.what == E2M_VIEW ? "view" : "verify");
    report_put(l->demand.type);
    printf(" by ");
    report_put(l->middle);
    printf(", requests %s ", l->to_peer ? "to" : "from");
    report_put(l->domain);
    printf(", until %" PRId64 "\n", l->until_sec);
}

/* ---- for programs -------------------------------------------------------- */

json_t *
json_demands(const e2m_demand *demands, size_t num)
{
    json_t *all = json_array();

    for (size_t i = 0; i < num && all != NULL; i++) {
        const e2m_demand *d = &demands[i];

        if (json_array_append_new(
                all, json_pack("{s:s, s:o}", "what",
                               d->what == E2M_VIEW ? "view" : "verify", "type",
                               json_text(d->type))) != 0) {
            json_decref(all);
            all = NULL;
        }
    }
    return all;
}

json_t *
json_rejection(const e2m_rejection *r)
{
    return json_pack(
        "{s:b, s:i, s:o, s:o, s:s, s:s, s:s, s:s, s:o}", "believed",
        r->believed, "sip_code", (int)r->status, "middle",
        json_text(r->middle), "demands",
        json_demands(r->demands, r->num_demands), "reason",
        e2m_reason_name(r->reason), "what", r->why.what, "where",
        r->why.where, "rule", r->why.rule, "certificate",
        json_base64(r->certificate));
}

static json_t *
permit_object(const e2m_permit *p)
{
    json_t *withheld = json_array();

    for (size_t i = 0; i < p->num_withhold && withheld != NULL; i++) {
        if (json_array_append_new(withheld, json_text(p->withhold[i])) != 0) {
            json_decref(withheld);
            withheld = NULL;
        }
    }
    return json_pack("{s:b, s:b, s:i, s:o}", "allowed", p->allowed, "ruled",
                     p->ruled, "line", (int)p->line, "withheld", withheld);
}

char *
json_learn(const e2m_rejection *rejection, const e2m_permit *permit)
{
    return json_print(json_pack("{s:o, s:o}", "rejection",
                                json_rejection(rejection), "disclosure",
                                permit != NULL ? permit_object(permit)
                                               : json_null()));
}
