/* SPDX-License-Identifier: BSD-3-Clause */
/* What follows from a demand that is believed: may it be met, and for which
 * later requests does it hold? A proxy of our own domain is on the way of all
 * that its users send; one of the far user's domain only of what goes there. */
#include "role/role.h"

e2m_question
e2m_learn_question(const e2m_msg *msg, e2m_bytes name, unsigned what)
{
    const bool request = msg->sip.is_request;
    e2m_question q = { .middle = name, .what = what };
    e2m_uri uri;

    if (e2m_uri_parse(name, &uri) == E2M_OK && uri.host.len > 0) {
        q.middle = uri.host;
    }
    q.own = request ? msg->from.uri.host : msg->to.uri.host;
    q.peer = request ? msg->to.uri.host : msg->from.uri.host;
    return q;
}

/* A proxy cannot see what is sealed: it names all that it wants of messages.
 * What this one has not got cannot be shown, and is no reason to show none. */
static bool
concerns(const e2m_demand *d, const e2m_types *types)
{
    return d->what != E2M_VIEW || e2m_types_match(types, d->type);
}

e2m_err
e2m_learn_concerns(e2m_msg *request, const e2m_demand *d, bool *out)
{
    e2m_types types;

    TRY(e2m_types_of(request, &types));
    *out = concerns(d, &types);
    return E2M_OK;
}

e2m_err
e2m_learn_decide(e2m_msg *request, const e2m_rejection *r,
                 const e2m_disclosure *policy, e2m_permit *out)
{
    e2m_question q = e2m_learn_question(request, r->middle, 0);
    bool any = false;
    e2m_types types;

    *out = (e2m_permit){ .allowed = false };
    TRY(e2m_types_of(request, &types));
    for (size_t i = 0; i < r->num_demands; i++) {
        const e2m_demand *d = &r->demands[i];

        if (!concerns(d, &types)) {
            continue;
        }
        any = true;
        q.what = d->what;
        e2m_disclosure_all(policy, &q, &types, out);
        if (!out->allowed) {
            return E2M_OK;
        }
    }
    if (!any && r->num_demands > 0) { /* which rule it would be, all the same */
        q.what = r->demands[0].what;
        e2m_disclosure_all(policy, &q, &types, out);
        out->allowed = false;
    }
    return E2M_OK;
}

/* A lesson is about the content that this request has, though the demand was
 * for "whatever it has", or for a signature around it: a lesson of a message is
 * none of a call. */
static e2m_err
lesson_type(e2m_msg *request, const e2m_demand *d, e2m_bytes *out)
{
    e2m_types types;

    TRY(e2m_types_of(request, &types));
    for (size_t i = 0; i < types.num; i++) {
        *out = types.list[i];
        if (d->what == E2M_VERIFY || e2m_mime_matches(d->type, *out)) {
            return E2M_OK;
        }
    }
    return E2M_E_ARG; /* e2m_learn_decide did not allow it */
}

e2m_err
e2m_learn_lesson(e2m_msg *request, const e2m_rejection *r, size_t at,
                 e2m_lesson *out)
{
    const e2m_demand *d = &r->demands[at];
    const e2m_question q = e2m_learn_question(request, r->middle, d->what);

    *out = (e2m_lesson){ .demand = { .what = d->what }, .middle = r->middle };
    out->to_peer = !e2m_in_domain(r->middle, q.own) &&
                   e2m_in_domain(r->middle, q.peer);
    out->domain = out->to_peer ? q.peer : q.own;
    if (d->what == E2M_VIEW) {
        out->certificate = r->certificate;
        out->chain = r->chain;
        out->num_chain = r->num_chain;
    }
    return lesson_type(request, d, &out->demand.type);
}

bool
e2m_learn_applies(const e2m_lesson *lesson, const e2m_msg *request,
                  const e2m_types *types)
{
    const e2m_question q = e2m_learn_question(request, lesson->middle, 0);

    return request->now_sec < lesson->until_sec &&
           e2m_bytes_ieq(lesson->domain,
                         lesson->to_peer ? q.peer : q.own) &&
           e2m_types_match(types, lesson->demand.type);
}
