/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose a certificate is: RFC 5922 sec. 7, RFC 8591 sec. 5. Each name that
 * fits stands beside one that nearly does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "made.h"

typedef struct row {
    const char *san;
    const char *yes[4];
    const char *no[9];
} row;

static e2m_bytes
str(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, strlen(s) };
}

static e2m_cert *
cert_with_san(const char *san)
{
    const made_ext ext = { NID_subject_alt_name, san };
    const e2m_bytes der = made_der(&ext, san != NULL);
    e2m_cert *cert = NULL;

    assert_int_equal(e2m_cert_new(der, 4096, &cert), E2M_OK);
    made_free(der);
    return cert;
}

static void
check(const row *rows, size_t num, bool (*is)(const e2m_cert *, e2m_bytes))
{
    for (size_t i = 0; i < num; i++) {
        e2m_cert *cert = cert_with_san(rows[i].san);

        for (size_t k = 0; k < 4 && rows[i].yes[k] != NULL; k++) {
            if (!is(cert, str(rows[i].yes[k]))) {
                fail_msg("%s is not %s", rows[i].san, rows[i].yes[k]);
            }
        }
        for (size_t k = 0; k < 9 && rows[i].no[k] != NULL; k++) {
            if (is(cert, str(rows[i].no[k]))) {
                fail_msg("%s is %s", rows[i].san, rows[i].no[k]);
            }
        }
        e2m_cert_free(cert);
    }
}

static const row users[] = {
    { "URI:sip:alice@atlanta.example.com",
      { "sip:alice@atlanta.example.com", "sip:alice@ATLANTA.example.COM",
        "sips:alice@atlanta.example.com",
        "sip:alice@atlanta.example.com;transport=tcp" },
      { "sip:Alice@atlanta.example.com", "sip:alice@atlanta.example.com.evil",
        "sip:alice@evil.atlanta.example.com", "sip:atlanta.example.com",
        "sip:bob@atlanta.example.com", "sip:alice@atlanta.example.co",
        "sip:alice%00@atlanta.example.com", "", "alice" } },
    { "URI:sips:alice@atlanta.example.com",
      { "sips:alice@atlanta.example.com" },
      { "sip:bob@atlanta.example.com" } },
    { "URI:sip:x@y.example,URI:sip:alice@atlanta.example.com",
      { "sip:alice@atlanta.example.com", "sip:x@y.example" },
      { "sip:alice@y.example" } },
    /* an rfc822Name counts only when there is no SIP URI */
    { "email:alice@atlanta.example.com",
      { "sip:alice@atlanta.example.com" },
      { "sip:bob@atlanta.example.com", "sip:alice@atlanta.example.org" } },
    { "URI:sip:x@y.example,email:alice@atlanta.example.com",
      { "sip:x@y.example" },
      { "sip:alice@atlanta.example.com" } },
    /* no other kind of name makes a user: not a common name, not a web page */
    { "URI:https://alice@atlanta.example.com/", { NULL },
      { "sip:alice@atlanta.example.com" } },
    { "DNS:atlanta.example.com", { NULL },
      { "sip:alice@atlanta.example.com" } },
    { NULL, { NULL },
      { "sip:alice@atlanta", "sip:alice@atlanta.example.com" } },
};

static void
test_users(void **state)
{
    (void)state;
    check(users, sizeof users / sizeof users[0], e2m_cert_is_user);
}

static const row hosts[] = {
    { "DNS:ss1.atlanta.example.com",
      { "ss1.atlanta.example.com", "SS1.Atlanta.Example.Com",
        "sip:ss1.atlanta.example.com" },
      { "atlanta.example.com", "ss2.atlanta.example.com",
        "x.ss1.atlanta.example.com", "ss1.atlanta.example.com.evil.example",
        "sip:alice@ss1.atlanta.example.com", "", "ss1" } },
    /* RFC 5922 sec. 7.2: no wildcard, in either place */
    { "DNS:*.atlanta.example.com", { NULL },
      { "ss1.atlanta.example.com", "*.atlanta.example.com",
        "atlanta.example.com" } },
    { "DNS:ss1.atlanta.example.com", { NULL },
      { "*.atlanta.example.com", "*" } },
    { "URI:sip:ss1.atlanta.example.com",
      { "ss1.atlanta.example.com", "sip:ss1.atlanta.example.com" },
      { "atlanta.example.com" } },
    /* sec. 7.1: a dNSName counts only when there is no SIP URI of a domain */
    { "URI:sip:ss9.example.com,DNS:ss1.atlanta.example.com",
      { "ss9.example.com" },
      { "ss1.atlanta.example.com" } },
    /* a URI with a user is nobody's host */
    { "URI:sip:alice@atlanta.example.com", { NULL },
      { "atlanta.example.com", "alice@atlanta.example.com" } },
    { "email:alice@atlanta.example.com", { NULL }, { "atlanta.example.com" } },
    { NULL, { NULL }, { "atlanta", "alice@atlanta" } },
};

static void
test_hosts(void **state)
{
    (void)state;
    check(hosts, sizeof hosts / sizeof hosts[0], e2m_cert_is_host);
}

static void
test_identity_for_reports(void **state)
{
    static const char *const rows_[][2] = {
        { "URI:sip:alice@atlanta.example.com,email:a@b.example",
          "sip:alice@atlanta.example.com" },
        { "URI:https://x/,email:a@b.example", "a@b.example" },
        { "DNS:ss1.example.com", "ss1.example.com" },
        { NULL, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows_ / sizeof rows_[0]; i++) {
        e2m_cert *cert = cert_with_san(rows_[i][0]);
        const e2m_bytes is = e2m_cert_identity(cert);

        assert_int_equal(is.len, strlen(rows_[i][1]));
        assert_true(e2m_bytes_eq(is, str(rows_[i][1])));
        e2m_cert_free(cert);
    }
}

/* keyUsage and extendedKeyUsage restrict when they are there. */
static void
test_uses(void **state)
{
    static const struct {
        made_ext ext[2];
        size_t num;
        bool sign;
        bool receive;
    } rows_[] = {
        { { { 0, NULL } }, 0, true, true },
        { { { NID_key_usage, "digitalSignature,keyAgreement" } }, 1, true,
          true },
        { { { NID_key_usage, "digitalSignature" } }, 1, true, false },
        { { { NID_key_usage, "nonRepudiation" } }, 1, true, false },
        { { { NID_key_usage, "keyAgreement" } }, 1, false, true },
        { { { NID_key_usage, "keyCertSign" } }, 1, false, false },
        { { { NID_ext_key_usage, "emailProtection" } }, 1, true, true },
        { { { NID_ext_key_usage, "codeSigning" } }, 1, false, false },
        { { { NID_ext_key_usage, "codeSigning,anyExtendedKeyUsage" } }, 1,
          true, true },
        { { { NID_key_usage, "digitalSignature" },
            { NID_ext_key_usage, "1.3.6.1.5.5.7.3.20" } }, 2, true, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows_ / sizeof rows_[0]; i++) {
        const e2m_bytes der = made_der(rows_[i].ext, rows_[i].num);
        e2m_cert *cert = NULL;

        assert_int_equal(e2m_cert_new(der, 4096, &cert), E2M_OK);
        assert_int_equal(e2m_cert_may_sign(cert), rows_[i].sign);
        assert_int_equal(e2m_cert_may_receive(cert), rows_[i].receive);
        e2m_cert_free(cert);
        made_free(der);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_identity_for_reports),
        cmocka_unit_test(test_uses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
