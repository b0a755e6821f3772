/* SPDX-License-Identifier: BSD-3-Clause */
/* One message and all that is allocated for it. */
#include <stdlib.h>

#include "api/api.h"

static e2m_err
read_addr(e2m_msg *msg, e2m_hdr id, e2m_addr *out)
{
    e2m_bytes value;

    TRY(e2m_sip_value(&msg->env, &msg->sip, id, &value));
    if (e2m_addr_parse(value, out) != E2M_OK) {
        const e2m_field *f = e2m_sip_find(&msg->sip, id, 0);

        return e2m_fail(&msg->env, E2M_E_SYNTAX,
                        f != NULL ? f->value.data : NULL,
                        id == E2M_HDR_FROM ? "From is not an address"
                                           : "To is not an address",
                        "RFC 3261 sec. 20.20, 20.39");
    }
    return E2M_OK;
}

/* What every role needs of a header, and what every message must have
 * (RFC 3261 sec. 8.1.1). */
static e2m_err
read_header(e2m_msg *msg)
{
    e2m_bytes cseq;

    if (e2m_sip_find(&msg->sip, E2M_HDR_CALL_ID, 0) == NULL) {
        return e2m_fail(&msg->env, E2M_E_SYNTAX, NULL, "no Call-ID",
                        "RFC 3261 sec. 8.1.1");
    }
    TRY(read_addr(msg, E2M_HDR_FROM, &msg->from));
    TRY(read_addr(msg, E2M_HDR_TO, &msg->to));
    TRY(e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_CSEQ, &cseq));
    if (e2m_cseq_parse(cseq, &msg->cseq) != E2M_OK) {
        return e2m_fail(&msg->env, E2M_E_SYNTAX, cseq.data, "bad CSeq",
                        "RFC 3261 sec. 20.16");
    }
    if (msg->sip.is_request &&
        !e2m_bytes_eq(msg->cseq.method, msg->sip.method)) {
        return e2m_fail(&msg->env, E2M_E_SYNTAX, cseq.data,
                        "CSeq names another method", "RFC 3261 sec. 8.1.1.5");
    }
    return E2M_OK;
}

static void
lay_out_tools(e2m_msg *msg)
{
    const e2m *ctx = msg->ctx;

    msg->tools = (e2m_tools){
        .crypto = msg->bench->crypto,
        .certs = msg->bench->certs,
        .anchors = ctx->anchors,
        .keys = { .keys = ctx->keys,
                  .num_keys = ctx->num_identities,
                  .insecure_pkcs1_v15 = ctx->policy[E2M_INSECURE_PKCS1_V15],
                  .kek = ctx->reuse.get != NULL ? e2m_reuse_find : NULL,
                  .user = msg },
        .peers = (const e2m_cert *const *)ctx->peers,
        .num_peers = ctx->num_peers,
        .insecure_sha1 = ctx->policy[E2M_INSECURE_SHA1],
        .now_sec = msg->now_sec,
    };
}

static e2m_err
read_message(e2m_msg *msg, e2m_framing framing)
{
    const e2m_place place = e2m_env_enter(&msg->env, "SIP message", msg->wire);
    e2m_err err = e2m_sip_parse(&msg->env, msg->wire, framing, &msg->sip);

    if (err == E2M_OK) {
        err = read_header(msg);
    }
    e2m_env_leave(&msg->env, place);
    msg->parsed = err == E2M_OK;
    return err;
}

e2m_err
e2m_msg_open(e2m_msg **out, const e2m *ctx, e2m_bytes wire,
             e2m_framing framing, int64_t now_sec)
{
    const e2m_mem *mem = ctx->mem.alloc != NULL ? &ctx->mem : NULL;
    e2m_bench *bench = NULL;
    e2m_env env;
    void *p = NULL;
    e2m_msg *msg;
    e2m_err err;

    *out = NULL;
    if (framing == E2M_FRAGMENT) {
        return E2M_E_ARG;
    }
    TRY(e2m_rack_take(ctx->benches, &bench));
    e2m_env_init(&env, mem, ctx->limits);
    e2m_arena_lend(&env.arena, bench->room, sizeof bench->room);
    err = e2m_alloc(&env, sizeof *msg, &p);
    if (err != E2M_OK) {
        e2m_rack_give(ctx->benches, bench);
        return err;
    }
    msg = p; /* lives in its own arena */
    *msg = (e2m_msg){ .env = env, .ctx = ctx, .bench = bench,
                      .now_sec = now_sec, .wire = wire };
    lay_out_tools(msg);
    err = read_message(msg, framing);
    if (err == E2M_E_NOMEM) {
        e2m_msg_close(msg);
        return err;
    }
    *out = msg;
    return err;
}

void
e2m_msg_close(e2m_msg *msg)
{
    const e2m *ctx;
    e2m_bench *bench;
    e2m_env env;

    if (msg == NULL) {
        return;
    }
    ctx = msg->ctx;
    bench = msg->bench;
    env = msg->env; /* the message goes with its arena, ... */
    e2m_env_done(&env);
    e2m_rack_give(ctx->benches, bench); /* ... which lies in the bench */
}

e2m_why
e2m_msg_why(const e2m_msg *msg)
{
    const e2m_diag *d = &msg->env.diag;

    if (d->err == E2M_OK) {
        return (e2m_why){ "", "", "", 0, false };
    }
    return (e2m_why){ d->what, d->layer != NULL ? d->layer : "message",
                      d->rule, d->offset, d->has_offset };
}

bool
e2m_msg_is_request(const e2m_msg *msg)
{
    return msg->sip.is_request;
}

e2m_bytes
e2m_msg_method(const e2m_msg *msg)
{
    return msg->cseq.method;
}

e2m_bytes
e2m_msg_from(const e2m_msg *msg)
{
    return msg->from.uri.text;
}

e2m_bytes
e2m_msg_to(const e2m_msg *msg)
{
    return msg->to.uri.text;
}

e2m_bytes
e2m_msg_body(const e2m_msg *msg)
{
    return msg->sip.body;
}

e2m_err
e2m_msg_dialog(e2m_msg *msg, uint8_t out[32])
{
    e2m_bytes call_id;

    if (!msg->parsed) {
        return E2M_E_ARG;
    }
    TRY(e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_CALL_ID, &call_id));
    return e2m_hash(msg->tools.crypto, E2M_SHA256, &call_id, 1, out);
}

e2m_err
e2m_call_id_dialog(const e2m *ctx, e2m_bytes call_id, uint8_t out[32])
{
    e2m_bench *bench = NULL;
    e2m_err err;

    TRY(e2m_rack_take(ctx->benches, &bench));
    err = e2m_hash(bench->crypto, E2M_SHA256, &call_id, 1, out);
    e2m_rack_give(ctx->benches, bench);
    return err;
}

/* By the Content-Type alone, as cheap as can be; a multipart of another kind
 * is worth a look inside. */
bool
e2m_msg_sealed(const e2m_msg *msg)
{
    const e2m_field *f = e2m_sip_find(&msg->sip, E2M_HDR_CONTENT_TYPE, 0);
    e2m_bytes type;
    e2m_bytes params;

    if (f == NULL || msg->sip.body.len == 0) {
        return false;
    }
    e2m_text_split_params(f->value, &type, &params);
    return e2m_bytes_ieq(type, E2M_LIT("multipart/signed")) ||
           e2m_bytes_ieq(type, E2M_LIT("application/pkcs7-mime")) ||
           e2m_bytes_ieq(type, E2M_LIT("application/x-pkcs7-mime")) ||
           e2m_bytes_istarts(type, E2M_LIT("multipart/"));
}

/* ---- edits --------------------------------------------------------------- */

size_t
e2m_edits_length(e2m_bytes wire, const e2m_edit *edits, size_t num)
{
    return e2m_edits_size(wire.len, edits, num);
}

e2m_err
e2m_edits_apply(e2m_bytes wire, const e2m_edit *edits, size_t num,
                uint8_t *out, size_t cap, size_t *out_len)
{
    size_t at = 0;

    *out_len = 0;
    for (size_t i = 0; i < num; i++) {
        if (edits[i].at < at || edits[i].at > wire.len ||
            edits[i].cut > wire.len - edits[i].at) {
            return E2M_E_ARG;
        }
        at = edits[i].at + edits[i].cut;
    }
    if (e2m_edits_size(wire.len, edits, num) > cap) {
        return E2M_E_ARG;
    }
    e2m_edits_write(wire, edits, num, out);
    *out_len = e2m_edits_size(wire.len, edits, num);
    return E2M_OK;
}
