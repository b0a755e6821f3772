/* SPDX-License-Identifier: BSD-3-Clause */
/* The signed refusal, as OpenSSL reads and verifies it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "world.h"

typedef struct refusal {
    char text[16384]; /* header lines, an empty line, the body */
    size_t len;
    unsigned status;
} refusal;

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

static void
refuse(const e2m *ctx, e2m_bytes wire, refusal *out)
{
    const e2m_verdict *v = NULL;
    e2m_bytes head;
    e2m_bytes body;
    e2m_msg *msg = NULL;

    ok(e2m_msg_open(&msg, ctx, wire, E2M_DATAGRAM, WORLD_NOW));
    ok(e2m_middle_inspect(msg, &v));
    out->status = v->sip_status;
    ok(e2m_middle_refuse(msg, v, &head, &body));
    assert_true(head.len + body.len + 2 < sizeof out->text);
    memcpy(out->text, head.data, head.len);
    memcpy(out->text + head.len, "\r\n", 2);
    memcpy(out->text + head.len + 2, body.data, body.len);
    out->len = head.len + 2 + body.len;
    e2m_msg_close(msg);
}

static const char *
find(const char *from, const char *end, const char *what)
{
    const size_t len = strlen(what);

    for (; from + len <= end; from++) {
        if (memcmp(from, what, len) == 0) {
            return from;
        }
    }
    fail();
    return NULL;
}

/* The two parts of the multipart/signed: OpenSSL's own MIME reader knows no
 * binary transfer encoding. */
static void
split(const refusal *r, BIO **content, CMS_ContentInfo **cms)
{
    const char *end = r->text + r->len;
    const char *at = find(r->text, end, "boundary=") + 9;
    char mark[80];
    size_t len = 0;
    const char *next;
    const unsigned char *der;

    len = strcspn(at, ";\r");
    assert_true(len < 70);
    (void)snprintf(mark, sizeof mark, "\r\n--%.*s", (int)len, at);
    at = find(at, end, mark) + strlen(mark) + 2;
    next = find(at, end, mark);
    *content = BIO_new_mem_buf(at, (int)(next - at));
    der = (const unsigned char *)find(next, end, "\r\n\r\n") + 4;
    *cms = d2i_CMS_ContentInfo(NULL, &der, (long)(end - (const char *)der));
}

/* The signed content, or NULL when the signature does not hold. */
static char *
verify(const world *w, const refusal *r, X509 **out_signer)
{
    BIO *ca = BIO_new_mem_buf(w->ca.cert.data, (int)w->ca.cert.len);
    BIO *out = BIO_new(BIO_s_mem());
    BIO *content = NULL;
    CMS_ContentInfo *cms = NULL;
    X509_STORE *store = X509_STORE_new();
    X509 *root = PEM_read_bio_X509(ca, NULL, NULL, NULL);
    STACK_OF(X509) *signers = NULL;
    char *text = NULL;
    char *data = NULL;

    split(r, &content, &cms);
    assert_non_null(cms);
    X509_STORE_add_cert(store, root);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), WORLD_NOW);
    X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
    if (CMS_verify(cms, NULL, store, content, out, CMS_BINARY) == 1) {
        const long len = BIO_get_mem_data(out, &data);

        text = calloc(1, (size_t)len + 1);
        memcpy(text, data, (size_t)len);
        signers = CMS_get0_signers(cms);
        *out_signer = sk_X509_value(signers, 0);
        X509_up_ref(*out_signer);
        sk_X509_free(signers);
    }
    X509_free(root);
    X509_STORE_free(store);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    BIO_free(out);
    BIO_free(ca);
    return text;
}

static e2m_bytes
sealed(const world *w, bool sign)
{
    e2m_plan *plan = world_plan(w, w->ctx[ALICE], BOB);
    e2m_bytes out;

    ok(e2m_plan_set(plan, E2M_OPT_SIGN, sign));
    out = world_seal(w->ctx[ALICE], plan, world_str(world_message));
    e2m_plan_free(plan);
    return out;
}

/* SPEC mech:2.3:2, mech:2.3:3 */
static void
test_forbidden_is_signed_by_the_proxy(void **state)
{
    world w;
    refusal *r = calloc(1, sizeof *r);
    X509 *signer = NULL;
    e2m_bytes wire;
    char *text;

    (void)state;
    assert_non_null(r);
    world_new(&w, 0);
    wire = sealed(&w, false);
    refuse(w.ctx[SS1], wire, r);
    assert_int_equal(r->status, 403);
    text = verify(&w, r, &signer);
    assert_non_null(text);
    assert_int_equal(X509_check_host(signer, "ss1.atlanta.example.com", 0, 0,
                                     NULL), 1);
    assert_non_null(strstr(text, "SIP/2.0 403 Forbidden\r\n"));
    assert_non_null(strstr(text, "\r\nWarning: 381 ss1.atlanta.example.com "));
    assert_non_null(strstr(text, "application/pkix-cert"));
    assert_non_null(strstr(text, "\r\nCSeq: "));
    assert_non_null(strstr(text, "\r\nCall-ID: "));
    X509_free(signer);
    free(text);
    world_bytes_free(wire);
    world_free(&w);
    free(r);
}

/* DER of the certificate that the answer carries as application/pkix-cert. */
static X509 *
carried(const refusal *r)
{
    const char *end = r->text + r->len;
    const char *at = find(r->text, end, "application/pkix-cert");
    const unsigned char *der =
        (const unsigned char *)find(at, end, "\r\n\r\n") + 4;
    X509 *x = d2i_X509(NULL, &der, (long)(end - (const char *)der));

    assert_non_null(x);
    return x;
}

/* Who has a key to sign and another to receive sends the one to seal for. */
static void
test_the_certificate_carried_receives(void **state)
{
    world w;
    refusal *r = calloc(1, sizeof *r);
    e2m_bytes wire;
    X509 *x;

    (void)state;
    assert_non_null(r);
    world_new_two(&w, E2M_PKI_X25519, E2M_PKI_ED25519);
    wire = sealed(&w, false);
    refuse(w.ctx[SS1], wire, r);
    x = carried(r);
    assert_true(EVP_PKEY_is_a(X509_get0_pubkey(x), "X25519"));
    X509_free(x);
    world_bytes_free(wire);
    world_free(&w);
    free(r);
}

/* Its twin: one octet of the fragment changed. */
static void
test_changed_refusal_does_not_verify(void **state)
{
    world w;
    refusal *r = calloc(1, sizeof *r);
    X509 *signer = NULL;
    e2m_bytes wire;
    char *at;

    (void)state;
    assert_non_null(r);
    world_new(&w, 0);
    wire = sealed(&w, false);
    refuse(w.ctx[SS1], wire, r);
    at = strstr(r->text, "SIP/2.0 403");
    assert_non_null(at);
    at[10] = '4';
    assert_null(verify(&w, r, &signer));
    world_bytes_free(wire);
    world_free(&w);
    free(r);
}

static void
test_what_cannot_be_refused(void **state)
{
    static const e2m_verdict fine = { .outcome = E2M_READ };
    const e2m_verdict bad = { .outcome = E2M_FORBIDDEN, .sip_status = 403 };
    e2m_bytes head;
    e2m_bytes body;
    e2m_msg *msg = NULL;
    world w;

    (void)state;
    world_new(&w, 0);
    ok(e2m_msg_open(&msg, w.ctx[SS1], world_str(world_message), E2M_DATAGRAM,
                    WORLD_NOW));
    assert_int_equal(e2m_middle_refuse(msg, &fine, &head, &body), E2M_E_ARG);
    assert_int_equal(body.len, 0);
    e2m_msg_close(msg);
    ok(e2m_msg_open(&msg, w.ctx[SS1], world_str(world_answer), E2M_DATAGRAM,
                    WORLD_NOW));
    assert_int_equal(e2m_middle_refuse(msg, &bad, &head, &body), E2M_E_ARG);
    e2m_msg_close(msg);
    world_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forbidden_is_signed_by_the_proxy),
        cmocka_unit_test(test_the_certificate_carried_receives),
        cmocka_unit_test(test_changed_refusal_does_not_verify),
        cmocka_unit_test(test_what_cannot_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
