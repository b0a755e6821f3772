/* SPDX-License-Identifier: BSD-3-Clause */
/* A refusal as a whole SIP response (RFC 3261 sec. 8.2.6.2), for a host without
 * a SIP stack of its own: the command, a test, a box beside a proxy. */
#include "role/role.h"

static e2m_err
put_fields(e2m_msg *msg, e2m_out *o, e2m_hdr id)
{
    for (size_t n = 0;; n++) {
        const e2m_field *f = e2m_sip_find(&msg->sip, id, n);
        e2m_bytes value;

        if (f == NULL) {
            return E2M_OK;
        }
        TRY(e2m_text_unfold(&msg->env, f->value, &value));
        e2m_out_str(o, e2m_hdr_name(id));
        e2m_out_str(o, ": ");
        e2m_out_put(o, value);
        e2m_out_str(o, "\r\n");
    }
}

/* Parameters at the end of a To are the field's, with angle brackets or without
 * (RFC 3261 sec. 20.10), so that a tag fits there. */
static e2m_err
put_to(e2m_msg *msg, e2m_out *o, e2m_bytes tag)
{
    e2m_param have = { 0 };
    bool found = false;
    e2m_bytes value;

    TRY(e2m_text_param(msg->to.params, "tag", &have, &found));
    TRY(e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_TO, &value));
    e2m_out_str(o, "To: ");
    e2m_out_put(o, value);
    if (!found) {
        e2m_out_str(o, ";tag=");
        e2m_out_put(o, tag);
    }
    e2m_out_str(o, "\r\n");
    return E2M_OK;
}

e2m_err
e2m_middle_response(e2m_msg *msg, const e2m_verdict *verdict, e2m_bytes tag,
                    e2m_bytes *out)
{
    e2m_bytes lines;
    e2m_bytes body;
    e2m_out o;

    *out = E2M_NONE;
    if (!e2m_text_is_token(tag)) {
        return E2M_E_ARG;
    }
    TRY(e2m_middle_refuse(msg, verdict, &lines, &body));
    e2m_out_init(&o, &msg->env, body.len + 1024);
    e2m_out_str(&o, "SIP/2.0 ");
    e2m_out_dec(&o, verdict->sip_status);
    e2m_out_str(&o, " ");
    e2m_out_str(&o, e2m_refusal_phrase(verdict->sip_status));
    e2m_out_str(&o, "\r\n");
    TRY(put_fields(msg, &o, E2M_HDR_VIA));
    TRY(put_fields(msg, &o, E2M_HDR_FROM));
    TRY(put_to(msg, &o, tag));
    TRY(put_fields(msg, &o, E2M_HDR_CALL_ID));
    TRY(put_fields(msg, &o, E2M_HDR_CSEQ));
    e2m_out_put(&o, lines);
    e2m_out_str(&o, "Content-Length: ");
    e2m_out_dec(&o, body.len);
    e2m_out_str(&o, "\r\n\r\n");
    e2m_out_put(&o, body);
    return e2m_out_done(&o, out);
}
