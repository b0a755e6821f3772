/* SPDX-License-Identifier: BSD-3-Clause */
/* The signed answer to a request that a middle refuses (SPEC mech:2.3:3):
 *
 *   multipart/signed{ multipart/mixed{message/sipfrag, application/pkix-cert}}
 *
 * The fragment repeats what ties it to the request (From with its tag, To,
 * Call-ID, CSeq) and a Date; a Warning says what is demanded, none means the
 * whole body. The final draft's generation has other numbers and words. */
#include "role/role.h"

/* The host name we answer under: the label's sense of us. */
static e2m_bytes
host_name(const e2m *ctx)
{
    e2m_uri uri;

    if (e2m_uri_parse(ctx->names[0], &uri) == E2M_OK && uri.host.len > 0) {
        return uri.host;
    }
    return ctx->names[0];
}

/* Ours to sign with, or to be sealed for: two of them, when the keys are
 * Ed25519 and X25519. */
static const e2m_identity *
find_identity(const e2m *ctx, bool (*may)(const e2m_cert *c))
{
    for (size_t n = 0; n < ctx->num_names; n++) {
        for (size_t i = 0; i < ctx->num_identities; i++) {
            const e2m_identity *id = &ctx->identities[i];

            if (e2m_cert_is_host(id->cert, ctx->names[n]) && may(id->cert)) {
                return id;
            }
        }
    }
    return NULL;
}

const char *
e2m_refusal_phrase(unsigned status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 493:
        return "Undecipherable";
    case 495:
        return "Signature Required";
    case 496:
        return "Proxy Undecipherable";
    case 503:
        return "Service Unavailable";
    default:
        return "Refused";
    }
}

static e2m_err
put_field(e2m_msg *msg, e2m_out *o, e2m_hdr id)
{
    e2m_bytes value;

    TRY(e2m_sip_value(&msg->env, &msg->sip, id, &value));
    e2m_out_str(o, e2m_hdr_name(id));
    e2m_out_str(o, ": ");
    e2m_out_put(o, value);
    e2m_out_str(o, "\r\n");
    return E2M_OK;
}

static bool
is_whole(const e2m_demand *d)
{
    return e2m_bytes_eq(d->type, E2M_LIT("*"));
}

/* "Warning: 380 ss1.example.com "Required to view 'application/sdp'"", one a
 * demand; the final draft's have the same code for all (final 9.4). */
static void
put_warnings(e2m_out *o, const e2m *ctx, const e2m_verdict *v)
{
    const bool final = ctx->answers == E2M_ANSWERS_FINAL;

    for (size_t i = 0; i < v->num_demands; i++) {
        const e2m_demand *d = &v->demands[i];
        const bool view = d->what == E2M_VIEW;

        if ((is_whole(d) && v->sip_status != 403) || (final && !view)) {
            continue; /* no Warning: the whole body; in a 403, signed */
        }
        e2m_out_str(o, "Warning: ");
        e2m_out_dec(o, view ? ctx->warn_view : ctx->warn_verify);
        e2m_out_str(o, " ");
        e2m_out_put(o, host_name(ctx));
        e2m_out_str(o, !view   ? " \"Required to verify '"
                       : final ? " \"Required to View Content-Type '"
                               : " \"Required to view '");
        e2m_out_put(o, is_whole(d) ? E2M_LIT("*/*") : d->type);
        e2m_out_str(o, "'\"\r\n");
    }
}

static e2m_err
fragment(e2m_msg *msg, const e2m_verdict *verdict, e2m_bytes *out)
{
    static const e2m_hdr copied[] = { E2M_HDR_FROM, E2M_HDR_TO,
                                      E2M_HDR_CALL_ID, E2M_HDR_CSEQ };
    e2m_draft draft = { .lines = { .type = E2M_LIT("message/sipfrag") } };
    e2m_out o;

    e2m_out_init(&o, &msg->env, 512);
    e2m_out_str(&o, "SIP/2.0 ");
    e2m_out_dec(&o, verdict->sip_status);
    e2m_out_str(&o, " ");
    e2m_out_str(&o, e2m_refusal_phrase(verdict->sip_status));
    e2m_out_str(&o, "\r\n");
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
        TRY(put_field(msg, &o, copied[i]));
    }
    e2m_out_str(&o, "Date: ");
    e2m_text_put_date(&o, msg->now_sec);
    e2m_out_str(&o, "\r\n");
    put_warnings(&o, msg->ctx, verdict);
    TRY(e2m_out_done(&o, &draft.body));
    return e2m_smime_text(&msg->env, &draft, out);
}

/* The final draft has its Warnings in the answer itself; what is believed is
 * the signed copy. */
static e2m_err
header_lines(e2m_msg *msg, const e2m_verdict *verdict, e2m_bytes type,
             e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, &msg->env, 256);
    e2m_out_str(&o, "Content-Type: ");
    e2m_out_put(&o, type);
    e2m_out_str(&o, "\r\n");
    if (msg->ctx->answers == E2M_ANSWERS_FINAL) {
        put_warnings(&o, msg->ctx, verdict);
    }
    return e2m_out_done(&o, out);
}

e2m_err
e2m_middle_refuse(e2m_msg *msg, const e2m_verdict *verdict,
                  e2m_bytes *out_headers, e2m_bytes *out_body)
{
    e2m_env *env = &msg->env;
    const e2m_identity *who;
    const e2m_identity *reader;
    e2m_draft cert = {
        .lines = { .type = E2M_LIT("application/pkix-cert"),
                   .transfer = E2M_LIT("binary") },
    };
    e2m_cms_sign how = { .now_sec = msg->now_sec };
    e2m_draft draft;
    e2m_bytes parts[2];

    *out_headers = E2M_NONE;
    *out_body = E2M_NONE;
    if (!msg->parsed || !msg->sip.is_request || verdict->sip_status == 0 ||
        msg->ctx->num_names == 0) {
        return E2M_E_ARG;
    }
    who = find_identity(msg->ctx, e2m_cert_may_sign);
    reader = find_identity(msg->ctx, e2m_cert_may_receive);
    if (who == NULL) {
        return e2m_fail(env, E2M_E_NOKEY, NULL,
                        "no certificate of ours has one of our names",
                        "RFC 5922 sec. 7.1");
    }
    cert.body = (reader != NULL ? reader : who)->cert->der;
    how.cert = who->cert;
    how.key = who->key;
    how.chain = who->chain;
    how.num_chain = who->num_chain;
    TRY(fragment(msg, verdict, &parts[0]));
    TRY(e2m_smime_text(env, &cert, &parts[1]));
    TRY(e2m_smime_mixed(env, parts, 2, &draft));
    TRY(e2m_smime_text(env, &draft, &parts[0]));
    TRY(e2m_smime_sign(env, msg->tools.crypto, parts[0], &how, false, &draft));
    TRY(header_lines(msg, verdict, draft.lines.type, out_headers));
    *out_body = draft.body;
    return E2M_OK;
}
