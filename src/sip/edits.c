/* SPDX-License-Identifier: BSD-3-Clause */
/* Splices on the caller's own bytes: what no edit names stays as it came. */
#include "sip/sip.h"

enum { MAX_EDITS = 256 };

void
e2m_edits_init(e2m_edits *e, e2m_env *env, const e2m_sip *msg)
{
    *e = (e2m_edits){ .env = env, .msg = msg };
}

static e2m_err
add(e2m_edits *e, const e2m_edit *edit)
{
    if (e->list == NULL) {
        E2M_NEW(e->env, e->list, MAX_EDITS);
        e->cap = MAX_EDITS;
    }
    if (e->num == e->cap) {
        return e2m_fail(e->env, E2M_E_LIMIT, NULL, "too many edits",
                        "limits of the context");
    }
    e->list[e->num++] = *edit;
    return E2M_OK;
}

e2m_err
e2m_edits_cut_field(e2m_edits *e, const e2m_field *f)
{
    const e2m_edit edit = {
        .at = (size_t)(f->line.data - e->msg->wire.data),
        .cut = f->line.len,
        .kind = E2M_EDIT_HEADER,
    };

    return add(e, &edit);
}

static e2m_err
put_header(e2m_edits *e, e2m_bytes line, e2m_edit_kind kind)
{
    e2m_edit edit = { .at = e->msg->head_end, .kind = kind };
    e2m_out o;

    e2m_out_init(&o, e->env, line.len + 2);
    e2m_out_put(&o, line);
    e2m_out_str(&o, "\r\n");
    TRY(e2m_out_done(&o, &edit.put));
    return add(e, &edit);
}

e2m_err
e2m_edits_put_line(e2m_edits *e, e2m_bytes line)
{
    return put_header(e, line, E2M_EDIT_HEADER);
}

static e2m_err
set_length(e2m_edits *e, size_t len)
{
    const e2m_field *f = e2m_sip_find(e->msg, E2M_HDR_CONTENT_LENGTH, 0);
    e2m_edit edit = { .kind = E2M_EDIT_LENGTH };
    e2m_bytes text;
    e2m_out o;

    e2m_out_init(&o, e->env, 40);
    e2m_out_str(&o, f == NULL ? "Content-Length: " : "");
    e2m_out_dec(&o, len);
    TRY(e2m_out_done(&o, &text));
    if (f == NULL) {
        return put_header(e, text, E2M_EDIT_LENGTH);
    }
    edit.at = (size_t)(f->value.data - e->msg->wire.data);
    edit.cut = f->value.len;
    edit.put = text;
    return add(e, &edit);
}

e2m_err
e2m_edits_set_body(e2m_edits *e, e2m_bytes body)
{
    const e2m_sip *m = e->msg;
    /* what a datagram has behind its Content-Length goes as well */
    const e2m_edit edit = {
        .at = m->body_at,
        .cut = m->wire.len - m->rest.len - m->body_at,
        .put = body,
        .kind = E2M_EDIT_BODY,
    };

    TRY(set_length(e, body.len));
    return add(e, &edit);
}

/* Insertion sort: the list is short and nearly in order, and lines put at one
 * place must keep their order. */
e2m_err
e2m_edits_done(e2m_edits *e, const e2m_edit **out, size_t *out_num)
{
    for (size_t i = 1; i < e->num; i++) {
        const e2m_edit moved = e->list[i];
        size_t k = i;

        while (k > 0 && e->list[k - 1].at > moved.at) {
            e->list[k] = e->list[k - 1];
            k--;
        }
        e->list[k] = moved;
    }
    for (size_t i = 1; i < e->num; i++) {
        if (e->list[i - 1].at + e->list[i - 1].cut > e->list[i].at) {
            return e2m_fail(e->env, E2M_E_ARG, NULL, "edits overlap",
                            "contract of e2m_edits");
        }
    }
    *out = e->list;
    *out_num = e->num;
    return E2M_OK;
}

size_t
e2m_edits_size(size_t wire_len, const e2m_edit *edits, size_t num)
{
    size_t size = wire_len;

    for (size_t i = 0; i < num; i++) {
        size = size - edits[i].cut + edits[i].put.len;
    }
    return size;
}

static uint8_t *
write(uint8_t *out, const uint8_t *data, size_t len)
{
    if (len > 0) {
        memcpy(out, data, len);
    }
    return out + len;
}

void
e2m_edits_write(e2m_bytes wire, const e2m_edit *edits, size_t num,
                uint8_t *out)
{
    size_t at = 0;

    for (size_t i = 0; i < num; i++) {
        out = write(out, wire.data + at, edits[i].at - at);
        out = write(out, edits[i].put.data, edits[i].put.len);
        at = edits[i].at + edits[i].cut;
    }
    write(out, wire.data + at, wire.len - at);
}
