/* SPDX-License-Identifier: BSD-3-Clause */
/* Who said it, of which message, and when: the Authenticated Identity Body
 * (RFC 3893) that ties a signature to one SIP message (WIRE.md 2). */
#include "role/role.h"

/* What a request's AIB holds, in this order; a response's From is the
 * responder's own address and it has no To (RFC 3893 sec. 5). */
static const e2m_hdr aib_fields[] = { E2M_HDR_FROM, E2M_HDR_TO,
                                      E2M_HDR_CALL_ID, E2M_HDR_CSEQ,
                                      E2M_HDR_DATE, E2M_HDR_CONTACT };

e2m_bytes
e2m_sender_uri(const e2m_msg *msg)
{
    return msg->sip.is_request ? msg->from.uri.text : msg->to.uri.text;
}

e2m_bytes
e2m_far_uri(const e2m_msg *msg)
{
    return msg->sip.is_request ? msg->to.uri.text : msg->from.uri.text;
}

static void
put_line(e2m_out *o, e2m_hdr id, e2m_bytes value)
{
    if (value.len > 0) {
        e2m_out_str(o, e2m_hdr_name(id));
        e2m_out_str(o, ": ");
        e2m_out_put(o, value);
        e2m_out_str(o, "\r\n");
    }
}

/* SPEC aib:4:1 */
e2m_err
e2m_aib_write(e2m_msg *msg, e2m_bytes date, e2m_bytes *out)
{
    e2m_env *env = &msg->env;
    const bool response = !msg->sip.is_request;
    e2m_draft aib = {
        .lines = {
            .type = E2M_LIT("message/sipfrag"),
            .disposition = E2M_LIT("aib;handling=optional"),
        },
    };
    e2m_out o;

    e2m_out_init(&o, env, 512);
    for (size_t i = 0; i < sizeof aib_fields / sizeof aib_fields[0]; i++) {
        const e2m_hdr id = aib_fields[i];
        e2m_bytes value = date;

        if (response && id == E2M_HDR_TO) {
            continue;
        }
        if (id != E2M_HDR_DATE) {
            TRY(e2m_sip_value(env, &msg->sip,
                              response && id == E2M_HDR_FROM ? E2M_HDR_TO
                                                             : id,
                              &value));
        }
        put_line(&o, id, value);
    }
    TRY(e2m_out_done(&o, &aib.body));
    return e2m_smime_text(env, &aib, out);
}

bool
e2m_aib_is(const e2m_entity *e)
{
    return e2m_bytes_ieq(e->disposition, E2M_LIT("aib")) &&
           (e2m_mime_is(e, "message/sipfrag") ||
            e2m_mime_is(e, "application/sipfrag"));
}

const e2m_entity *
e2m_aib_find(const e2m_level *sig)
{
    const e2m_level *content = sig->first;
    const e2m_entity *found = NULL;

    if (content == NULL || content->kind != E2M_LEVEL_MULTIPART) {
        return NULL;
    }
    for (const e2m_level *l = content->first; l != NULL; l = l->next) {
        if (l->kind == E2M_LEVEL_PLAIN && e2m_aib_is(l->entity)) {
            if (found != NULL) {
                return NULL;
            }
            found = l->entity;
        }
    }
    return found;
}

/* ---- checking ------------------------------------------------------------ */

static bool
same_tag(const e2m_addr *a, const e2m_addr *b)
{
    e2m_param ta = { 0 };
    e2m_param tb = { 0 };
    bool has_a = false;
    bool has_b = false;

    if (e2m_text_param(a->params, "tag", &ta, &has_a) != E2M_OK ||
        e2m_text_param(b->params, "tag", &tb, &has_b) != E2M_OK) {
        return false;
    }
    /* RFC 3893's own example leaves the tag out; when there, it counts */
    return !has_a || (has_b && e2m_bytes_eq(ta.value, tb.value));
}

/* An address of the AIB against the message's; a response's From (the To
 * header) may have got its tag after the signature only by being another
 * message, so tags count there as well. */
bool
e2m_same_address(const e2m_sip *aib, e2m_hdr id, const e2m_addr *want)
{
    const e2m_field *f = e2m_sip_find(aib, id, 0);
    e2m_addr have;

    return f != NULL && e2m_addr_parse(f->value, &have) == E2M_OK &&
           e2m_uri_same_aor(&have.uri, &want->uri) && same_tag(&have, want);
}

/* Octet for octet after unfolding: absent on both sides is the same. */
static e2m_err
same_value(e2m_msg *msg, const e2m_sip *aib, e2m_hdr id, bool *same)
{
    e2m_bytes have;
    e2m_bytes want;

    TRY(e2m_sip_value(&msg->env, aib, id, &have));
    TRY(e2m_sip_value(&msg->env, &msg->sip, id, &want));
    *same = e2m_bytes_eq(have, want);
    return E2M_OK;
}

/* Contact: compared as an address, for a proxy may legally respace it; the
 * star of an un-REGISTER and several contacts compare as text. */
static e2m_err
same_contact(e2m_msg *msg, const e2m_sip *aib, bool *same)
{
    const e2m_field *a = e2m_sip_find(aib, E2M_HDR_CONTACT, 0);
    const e2m_field *b = e2m_sip_find(&msg->sip, E2M_HDR_CONTACT, 0);
    e2m_addr have;
    e2m_addr want;

    if (a != NULL && b != NULL && e2m_addr_parse(a->value, &have) == E2M_OK &&
        e2m_addr_parse(b->value, &want) == E2M_OK) {
        *same = e2m_bytes_eq(have.uri.text, want.uri.text);
        return E2M_OK;
    }
    return same_value(msg, aib, E2M_HDR_CONTACT, same);
}

bool
e2m_same_cseq(const e2m_sip *aib, const e2m_cseq *want)
{
    const e2m_field *f = e2m_sip_find(aib, E2M_HDR_CSEQ, 0);
    e2m_cseq have;

    return f != NULL && e2m_cseq_parse(f->value, &have) == E2M_OK &&
           have.number == want->number &&
           e2m_bytes_eq(have.method, want->method);
}

static e2m_err
same_message(e2m_msg *msg, const e2m_sip *aib, bool *same)
{
    const bool request = msg->sip.is_request;
    bool call_id = false;
    bool contact = false;

    TRY(same_value(msg, aib, E2M_HDR_CALL_ID, &call_id));
    TRY(same_contact(msg, aib, &contact));
    *same = call_id && contact && e2m_same_cseq(aib, &msg->cseq) &&
            e2m_same_address(aib, E2M_HDR_FROM,
                         request ? &msg->from : &msg->to) &&
            (!request || e2m_sip_find(aib, E2M_HDR_TO, 0) == NULL ||
             e2m_same_address(aib, E2M_HDR_TO, &msg->to));
    return E2M_OK;
}

/* The AIB's Date is the signed one. An outer Date must be the same; that it
 * was dropped on the way changes nothing that is believed. */
static e2m_err
check_date(e2m_msg *msg, const e2m_sip *aib, e2m_reason *why)
{
    const int64_t skew = (int64_t)msg->env.limits[E2M_LIMIT_DATE_SKEW];
    e2m_bytes date;
    int64_t at;
    bool same = true;

    TRY(e2m_sip_value(&msg->env, aib, E2M_HDR_DATE, &date));
    if (e2m_text_date(date, &at) != E2M_OK) {
        *why = E2M_BECAUSE_OTHER_MESSAGE;
        return E2M_OK;
    }
    if (e2m_sip_find(&msg->sip, E2M_HDR_DATE, 0) != NULL) {
        TRY(same_value(msg, aib, E2M_HDR_DATE, &same));
    }
    if (!same) {
        *why = E2M_BECAUSE_OTHER_MESSAGE;
    } else if (at < msg->now_sec - skew || at > msg->now_sec + skew) {
        *why = E2M_BECAUSE_STALE;
    }
    return E2M_OK;
}

/* SPEC aib:6:1 */
e2m_err
e2m_aib_check(e2m_msg *msg, const e2m_level *sig, const e2m_entity *aib,
              e2m_reason *why)
{
    e2m_sip fragment;
    e2m_bytes text;
    bool same = false;
    e2m_err err;

    *why = E2M_BECAUSE_NONE;
    err = e2m_mime_content(&msg->env, aib, &text);
    if (err == E2M_OK) {
        err = e2m_sip_parse(&msg->env, text, E2M_FRAGMENT, &fragment);
    }
    if (err == E2M_E_NOMEM) {
        return err;
    }
    if (err != E2M_OK) {
        *why = E2M_BECAUSE_OTHER_MESSAGE;
        return E2M_OK;
    }
    if (!e2m_cert_is_user(sig->sig.cert, e2m_sender_uri(msg))) {
        *why = E2M_BECAUSE_WRONG_IDENTITY;
        return E2M_OK;
    }
    TRY(same_message(msg, &fragment, &same));
    if (!same) {
        *why = E2M_BECAUSE_OTHER_MESSAGE;
        return E2M_OK;
    }
    return check_date(msg, &fragment, why);
}
