/* SPDX-License-Identifier: BSD-3-Clause */
/* Is this answer a demand, whose, and can it be believed? (mech 2.3, WIRE.md 5)
 *
 * A demand to be shown something is what an attacker would most like to forge,
 * so all of this has to hold: a signature around it, a trusted path, a
 * certificate that is the demanding host's, and From tag, To, Call-ID and CSeq
 * of our own request, now. SPEC reqs:GEN-4 */
#include "role/rejection.h"

/* ---- the form ------------------------------------------------------------ */

static void
sort_part(reading *d, const e2m_level *part, size_t *fragments, size_t *certs)
{
    if (part->kind == E2M_LEVEL_PLAIN &&
        (e2m_mime_is(part->entity, "message/sipfrag") ||
         e2m_mime_is(part->entity, "application/sipfrag"))) {
        d->fragment = part->entity;
        ++*fragments;
    } else if (part->kind == E2M_LEVEL_PLAIN &&
               e2m_mime_is(part->entity, "application/pkix-cert")) {
        d->cert = part->entity;
        ++*certs;
    } else if (part->kind == E2M_LEVEL_CERTS) {
        d->certs = part;
        ++*certs;
    }
}

/* multipart/signed of multipart/mixed of one sipfrag and one certificate. */
static void
find_parts(reading *d)
{
    e2m_level *root = d->answer->tree;
    size_t fragments = 0;
    size_t certs = 0;

    if (root->kind != E2M_LEVEL_SIGNED) {
        doubt(d, E2M_BECAUSE_NOT_SIGNED, "answer is not signed",
              "draft-ono-sipping-end2middle-security-01 sec. 2.3");
        return;
    }
    d->sig = root;
    if (root->first == NULL || root->first->kind != E2M_LEVEL_MULTIPART) {
        no_demand(d, "signed, but no rejection in it");
        return;
    }
    for (const e2m_level *l = root->first->first; l != NULL; l = l->next) {
        sort_part(d, l, &fragments, &certs);
    }
    if (fragments != 1 || certs > 1) {
        no_demand(d, "signed, but no rejection in it");
    }
}

/* ---- the fragment -------------------------------------------------------- */

/* A From without its tag would fit every call of ours. */
static bool
has_tag(const e2m_sip *lines)
{
    const e2m_field *f = e2m_sip_find(lines, E2M_HDR_FROM, 0);
    e2m_param tag = { 0 };
    bool found = false;
    e2m_addr from;

    return f != NULL && e2m_addr_parse(f->value, &from) == E2M_OK &&
           e2m_text_param(from.params, "tag", &tag, &found) == E2M_OK && found;
}

static e2m_err
check_request(reading *d)
{
    const e2m_msg *request = d->request;
    e2m_env *env = &d->answer->env;
    e2m_bytes have;
    e2m_bytes want;

    if (request == NULL) {
        doubt(d, E2M_BECAUSE_OTHER_MESSAGE, "no request to compare with",
              "RFC 3893 sec. 6");
        return E2M_OK;
    }
    TRY(e2m_sip_value(env, &d->lines, E2M_HDR_CALL_ID, &have));
    TRY(e2m_sip_value(env, &request->sip, E2M_HDR_CALL_ID, &want));
    if (have.len == 0 || !e2m_bytes_eq(have, want) ||
        !e2m_same_cseq(&d->lines, &request->cseq) || !has_tag(&d->lines) ||
        !e2m_same_address(&d->lines, E2M_HDR_FROM, &request->from) ||
        !e2m_same_address(&d->lines, E2M_HDR_TO, &request->to)) {
        doubt(d, E2M_BECAUSE_OTHER_MESSAGE, "answer is to another request",
              "RFC 3893 sec. 6");
    }
    return E2M_OK;
}

static e2m_err
check_date(reading *d)
{
    const e2m_msg *msg = d->answer;
    const int64_t skew = (int64_t)msg->env.limits[E2M_LIMIT_DATE_SKEW];
    e2m_bytes date;
    int64_t at;

    TRY(e2m_sip_value(&d->answer->env, &d->lines, E2M_HDR_DATE, &date));
    if (e2m_text_date(date, &at) != E2M_OK || at < msg->now_sec - skew ||
        at > msg->now_sec + skew) {
        doubt(d, E2M_BECAUSE_STALE, "Date is too far from now",
              "RFC 3893 sec. 7");
    }
    return E2M_OK;
}

static e2m_err
read_fragment(reading *d)
{
    e2m_env *env = &d->answer->env;
    const e2m_diag before = env->diag;
    e2m_bytes text;
    e2m_err err = e2m_mime_content(env, d->fragment, &text);

    if (err == E2M_OK) {
        err = e2m_sip_parse(env, text, E2M_FRAGMENT, &d->lines);
    }
    if (err == E2M_E_NOMEM) {
        return err;
    }
    env->diag = before;
    if (err != E2M_OK || d->lines.is_request ||
        d->lines.status != d->answer->sip.status) {
        doubt(d, E2M_BECAUSE_OTHER_MESSAGE,
              "status inside is not the answer's", "RFC 3420");
    }
    return E2M_OK;
}

/* ---- whose it is --------------------------------------------------------- */

static e2m_err
check_signature(reading *d)
{
    e2m_msg *msg = d->answer;

    TRY(e2m_smime_verify(&msg->env, &msg->tools, d->sig));
    d->signer = d->sig->sig.cert;
    if (d->sig->sig.reason != E2M_BECAUSE_NONE) {
        doubt(d, d->sig->sig.reason, "signature is not to be believed",
              "RFC 5652 sec. 5.6, RFC 5280 sec. 6");
    }
    return E2M_OK;
}

static e2m_err
sealing_cert(reading *d, const e2m_cert **out)
{
    e2m_msg *msg = d->answer;
    e2m_bytes der = E2M_NONE;

    *out = d->signer;
    if (d->cert != NULL) {
        TRY(e2m_mime_content(&msg->env, d->cert, &der));
    } else if (d->certs != NULL && d->certs->err == E2M_OK &&
               d->certs->sd.num_certs > 0) {
        der = d->certs->sd.certs[0];
    }
    return der.len == 0 ? E2M_OK
                        : e2m_certs_get(msg->tools.certs, msg->tools.crypto,
                                        der, out);
}

/* The certificate to seal for may be another than the signer's (a host may
 * have a key for each purpose), but it is the same host's, and trusted. */
static e2m_err
check_certificate(reading *d)
{
    e2m_msg *msg = d->answer;
    const e2m_signed *sd = &d->sig->sd;
    const e2m_cert *cert = NULL;
    e2m_path path = E2M_PATH_UNCHECKED;
    const e2m_err err = sealing_cert(d, &cert);

    if (err == E2M_E_NOMEM) {
        return err;
    }
    if (d->signer == NULL || !e2m_cert_is_host(d->signer, d->r->middle)) {
        doubt(d, E2M_BECAUSE_WRONG_IDENTITY,
              "signer is not the host that demands", "RFC 5922 sec. 7.1");
    }
    if (err != E2M_OK || cert == NULL) {
        doubt(d, E2M_BECAUSE_NO_SIGNER, "certificate cannot be read",
              "RFC 2585");
        return E2M_OK;
    }
    d->r->certificate = cert->der;
    d->r->chain = sd->certs;
    d->r->num_chain = sd->num_certs;
    if (!e2m_cert_is_host(cert, d->r->middle)) {
        doubt(d, E2M_BECAUSE_WRONG_IDENTITY,
              "certificate is not the host's that demands",
              "RFC 5922 sec. 7.1");
    }
    if (cert != d->signer) {
        TRY(e2m_certs_check(msg->tools.certs, msg->tools.crypto,
                            msg->tools.anchors, cert, sd->certs, sd->num_certs,
                            msg->now_sec, &path));
        if (path != E2M_PATH_OK) {
            doubt(d, E2M_BECAUSE_UNTRUSTED, "certificate is not trusted",
                  "RFC 5280 sec. 6");
        }
    }
    if (d->r->demands[0].what == E2M_VIEW && !e2m_cert_may_receive(cert)) {
        doubt(d, E2M_BECAUSE_USAGE, "certificate cannot be sealed for",
              "RFC 5280 sec. 4.2.1.3");
    }
    return E2M_OK;
}

static e2m_err
read_signed(reading *d)
{
    TRY(check_signature(d));
    TRY(read_fragment(d));
    TRY(e2m_rejection_demands(d));
    if (d->r->num_demands > 0) {
        TRY(check_certificate(d));
    }
    TRY(check_request(d));
    return check_date(d);
}

e2m_err
e2m_end_rejection(e2m_msg *answer, const e2m_msg *request,
                  const e2m_rejection **out)
{
    static const e2m_rejection closed = {
        .reason = E2M_BECAUSE_NO_DEMAND,
        .why = { "answer demands nothing", "SIP response", "", 0, false },
    };
    reading d = { .answer = answer, .request = request };
    e2m_err err;

    *out = &closed;
    if (!answer->parsed || answer->sip.is_request ||
        (request != NULL && (!request->parsed || !request->sip.is_request))) {
        return E2M_E_ARG;
    }
    if (e2m_rejection_may(answer->sip.status) == 0 ||
        answer->sip.body.len == 0) {
        return E2M_OK;
    }
    E2M_NEW(&answer->env, d.r, 1);
    d.r->status = answer->sip.status;
    d.r->why = (e2m_why){ "", "", "", 0, false };
    err = e2m_look(answer);
    if (err == E2M_OK) {
        find_parts(&d);
    } else if (err == E2M_E_NOMEM) {
        return err;
    } else {
        doubt(&d, err == E2M_E_LIMIT ? E2M_BECAUSE_LIMIT : E2M_BECAUSE_SYNTAX,
              "malformed content", "RFC 2046");
    }
    if (d.r->reason == E2M_BECAUSE_NONE) {
        TRY(read_signed(&d));
    }
    d.r->believed = d.r->reason == E2M_BECAUSE_NONE;
    *out = d.r;
    return E2M_OK;
}
