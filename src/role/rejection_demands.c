/* SPDX-License-Identifier: BSD-3-Clause */
/* What an answer demands: the Warnings of its signed fragment (mech 2.3; final
 * 4.1, 9.4). The codes got another meaning in 480 later (RFC 5630); they are
 * read in 403, 493, 495 and 496 alone. */
#include "role/rejection.h"

/* "Required to view 'application/sdp'", and the final draft's "Required to
 * View Content-Type '...'": the words say what, the quotes of what. */
static unsigned
demand_in(e2m_bytes text, e2m_bytes *type)
{
    const bool view = e2m_bytes_istarts(text, E2M_LIT("required to view "));
    size_t from = 0;
    size_t to;

    if (!view &&
        !e2m_bytes_istarts(text, E2M_LIT("required to verify "))) {
        return 0;
    }
    while (from < text.len && text.data[from] != '\'') {
        from++;
    }
    to = from + 1;
    while (to < text.len && text.data[to] != '\'') {
        to++;
    }
    if (to >= text.len) {
        return 0;
    }
    *type = (e2m_bytes){ text.data + from + 1, to - from - 1 };
    if (!e2m_mime_is_pattern(*type)) {
        return 0;
    }
    return view ? E2M_VIEW : E2M_VERIFY;
}

/* What an answer of this number can demand. */
unsigned
e2m_rejection_may(unsigned status)
{
    switch (status) {
    case 403:
        return E2M_VIEW | E2M_VERIFY;
    case 493:
    case 496:
        return E2M_VIEW;
    case 495:
        return E2M_VERIFY;
    default:
        return 0;
    }
}

static bool
known_code(const e2m *ctx, e2m_bytes code)
{
    uint64_t value;

    return e2m_text_decimal(code, 399, &value) == E2M_OK &&
           (value == ctx->warn_view || value == ctx->warn_verify ||
            value == E2M_WARN_VIEW || value == E2M_WARN_VERIFY);
}

/* warning-value = warn-code SP warn-agent SP warn-text, RFC 3261 sec. 20.43 */
static bool
split_warning(e2m_bytes value, e2m_bytes *code, e2m_bytes *agent,
              e2m_bytes *text)
{
    e2m_in in = e2m_in_init(value);
    size_t n = 0;

    if (e2m_text_take_token(&in, code) != E2M_OK) {
        return false;
    }
    e2m_text_skip_lws(&in);
    while (e2m_in_peek(&in, n) > ' ' && e2m_in_peek(&in, n) != '"') {
        n++;
    }
    if (n == 0 || e2m_in_take(&in, n, agent) != E2M_OK) {
        return false;
    }
    e2m_text_skip_lws(&in);
    return e2m_text_take_quoted(&in, text) == E2M_OK && e2m_in_done(&in);
}

/* Without its port; an IPv6 literal keeps its brackets. */
static e2m_bytes
host_of(e2m_bytes agent)
{
    for (size_t i = agent.len; i > 0; i--) {
        const uint8_t c = agent.data[i - 1];

        if (c == ']') {
            break;
        }
        if (c == ':') {
            return e2m_bytes_upto(agent, i - 1);
        }
    }
    return agent;
}

static void
add_demand(reading *d, e2m_demand *list, unsigned what, e2m_bytes type)
{
    if (d->r->num_demands < E2M_MAX_DEMANDS) {
        list[d->r->num_demands++] = (e2m_demand){ what, type };
    }
}

/* One middle speaks for itself: a Warning of somebody else's name makes all of
 * them doubtful. */
static void
read_warning(reading *d, e2m_bytes value, e2m_demand *list)
{
    e2m_bytes code;
    e2m_bytes agent;
    e2m_bytes text;
    e2m_bytes type = E2M_NONE;
    unsigned what;

    if (!split_warning(value, &code, &agent, &text) ||
        !known_code(d->answer->ctx, code)) {
        return;
    }
    what = demand_in(text, &type) & e2m_rejection_may(d->r->status);
    if (what == 0) {
        return;
    }
    agent = host_of(agent);
    if (d->r->middle.len > 0 && !e2m_bytes_ieq(d->r->middle, agent)) {
        doubt(d, E2M_BECAUSE_WRONG_IDENTITY, "it speaks for several middles",
              "RFC 5922 sec. 7");
        return;
    }
    d->r->middle = agent;
    add_demand(d, list, what, type);
}

/* A SIP URI of a host, else a DNS name: RFC 5922 sec. 7.1. */
static e2m_bytes
host_in(const e2m_cert *cert)
{
    for (size_t i = 0; i < cert->num_uris; i++) {
        e2m_uri uri;

        if (e2m_uri_parse(cert->uris[i], &uri) == E2M_OK &&
            uri.user.len == 0 && uri.host.len > 0) {
            return uri.host;
        }
    }
    return cert->num_hosts > 0 ? cert->hosts[0] : E2M_NONE;
}

/* View before verify: one at a time was demanded, but both are read. */
static void
view_first(e2m_demand *list, size_t num)
{
    size_t to = 0;

    for (size_t i = 0; i < num; i++) {
        const e2m_demand d = list[i];

        if (d.what == E2M_VIEW) {
            list[i] = list[to];
            list[to++] = d;
        }
    }
}

e2m_err
e2m_rejection_demands(reading *d)
{
    e2m_env *env = &d->answer->env;
    e2m_demand *list = NULL;
    bool warned = false;

    E2M_NEW(env, list, E2M_MAX_DEMANDS);
    for (size_t n = 0;; n++) {
        const e2m_field *f = e2m_sip_find(&d->lines, E2M_HDR_WARNING, n);
        bool found = false;
        e2m_bytes value;
        e2m_bytes item;
        e2m_in in;

        if (f == NULL) {
            break;
        }
        warned = true;
        TRY(e2m_text_unfold(env, f->value, &value));
        in = e2m_in_init(value);
        while (e2m_text_next_item(&in, &item, &found) == E2M_OK && found) {
            read_warning(d, item, list);
        }
    }
    if (!warned && d->signer != NULL) {
        /* no Warning: the whole body */
        d->r->middle = host_in(d->signer);
        if ((e2m_rejection_may(d->r->status) & E2M_VERIFY) != 0) {
            add_demand(d, list, E2M_VERIFY, E2M_LIT("multipart/signed"));
        } else {
            add_demand(d, list, E2M_VIEW, E2M_LIT("*"));
        }
    }
    view_first(list, d->r->num_demands);
    d->r->demands = list;
    if (d->r->num_demands == 0 || d->r->middle.len == 0) {
        no_demand(d, "no demand that is understood");
    }
    return E2M_OK;
}
