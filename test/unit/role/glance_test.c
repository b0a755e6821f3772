/* SPDX-License-Identifier: BSD-3-Clause */
/* What a glance leaves alone, and what it must not: a row each, and its twin.
 * label_test.c holds it against every spelling of a label; fuzz/message_fuzz.c
 * against whatever comes. SPEC reqs:GEN-2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "role/role.h"

#define SS1 "ss1.atlanta.example.com"
#define SHUT "\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"
#define OPEN "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define CMS "Content-Type: application/pkcs7-mime;smime-type=x\r\n"
#define PARTS "Content-Type: multipart/mixed;boundary=b\r\n"
#define FOR(who) "Content-Disposition: session;required-entity=" who "\r\n"

typedef struct row {
    const char *fields;
    const char *body;
} row;

static bool
may_concern(const row *r, size_t length)
{
    e2m_bytes name = e2m_str(SS1);
    const e2m ctx = { .names = &name, .num_names = 1, .hosts = { name } };
    char wire[1024];
    const int n = snprintf(wire, sizeof wire,
                           "MESSAGE sip:b@" SS1 " SIP/2.0\r\n"
                           "Via: SIP/2.0/UDP " SS1 "\r\nCall-ID: 1@" SS1
                           "\r\nProxy-Authorization: Digest realm=\"" SS1
                           "\"\r\n%sContent-Length: %zu\r\n\r\n%s",
                           r->fields, length, r->body);

    return e2m_middle_may_concern(
        &ctx, (e2m_bytes){ (const uint8_t *)wire, (size_t)n });
}

static const row left_alone[] = {
    { "Content-Type: text/plain\r\n", "Content-Target: " SS1 "\r\n" },
    { "Content-Type: application/sdp\r\n", "v=0\r\no=" SS1 "\r\n" },
    { "Content-Type: text/plain\r\n" FOR("ss2"), "x" },
    { CMS FOR("ss2.biloxi.example.com"), SHUT },
    { CMS "Content-Target: sip:ss2.biloxi.example.com\r\n", SHUT },
    { CMS "Content-Transfer-Encoding: binary\r\n", SHUT },
    { PARTS, "--b\r\n" CMS FOR("ss2") "\r\n" SHUT "\r\n--b--\r\n" },
    { PARTS, "--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n" OPEN
             "\r\n--b--\r\n" },
    { PARTS, "--b\r\nContent-Type: text/plain\r\n\r\n" SS1 "\r\n--b--\r\n" },
    { PARTS, "--b\r\n" CMS "\r\n" SHUT "\r\n--b\r\n" CMS "\r\n" SHUT
             "\r\n--b--\r\n" },
    { "", "" },
};

static const row looked_at[] = {
    { "Content-Type: text/plain\r\n" FOR(SS1), "x" },
    { "Content-Type: text/plain\r\n" FOR("SS1.Atlanta.Example.COM"), "x" },
    { "Content-Type: text/plain\r\ncontent-target: " SS1 "\r\n", "x" },
    { "Content-Type: text/plain\r\nContent-Disposition: a\r\n"
      " ;required-entity=" SS1 "\r\n", "x" },
    { "c: text/plain\r\n", "x" },
    { "Content-Type: text/plain\r\nContent-Type: text/plain\r\n", "x" },
    { "Content-Type: text/plain\r\nContent-Length: 1\r\n", "x" },
    { "Content-Type: text/plain\r\nProxy-Inspect-Body: " SS1
      ";cid=\"1\"\r\nContent-ID: <1>\r\n", "x" },
    { "Content-Type: text/plain\r\nproxy-policy: x\r\n", "x" },
    { "", "x" },
    { CMS, OPEN },
    { CMS "Content-Transfer-Encoding: base64\r\n", "MIIB" },
    { "Content-Type: Application/Pkcs7-MIME\r\n", OPEN },
    { PARTS, "--b\r\n" CMS FOR(SS1) "\r\n" SHUT "\r\n--b--\r\n" },
    { PARTS, "--b\n" CMS "content-disposition: session;required-entity=x\n"
             "\n" SHUT "\n--b--\n" },
    { PARTS, "--b\r\n" CMS "Content-Target: sip:" SS1 "\r\n\r\n" SHUT
             "\r\n--b--\r\n" },
    { PARTS, "--b\r\n" CMS "\r\n" OPEN "\r\n--b--\r\n" },
    { PARTS, "--b\r\n" CMS "\r\n" SHUT "\r\n--b\r\n" CMS "\r\n" OPEN
             "\r\n--b--\r\n" },
    { PARTS, "--b\r\nContent-Type:\r\n application/pkcs7-mime\r\n\r\n" OPEN
             "\r\n--b--\r\n" },
    { PARTS, "--b\r\n" CMS "Content-Transfer-Encoding: base64\r\n\r\nMIIB"
             "\r\n--b--\r\n" },
};

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof left_alone / sizeof left_alone[0]; i++) {
        if (may_concern(&left_alone[i], strlen(left_alone[i].body))) {
            fail_msg("looked at, %zu: %s", i, left_alone[i].fields);
        }
    }
    for (size_t i = 0; i < sizeof looked_at / sizeof looked_at[0]; i++) {
        if (!may_concern(&looked_at[i], strlen(looked_at[i].body))) {
            fail_msg("left alone, %zu: %s", i, looked_at[i].fields);
        }
    }
}

/* What stands behind the body is for inspecting to see, and to cut off. */
static void
test_length_that_lies(void **state)
{
    const row plain = { "Content-Type: text/plain\r\n", "text" };

    (void)state;
    assert_false(may_concern(&plain, 4));
    assert_true(may_concern(&plain, 3));
    assert_true(may_concern(&plain, 5));
}

static void
test_no_end_of_the_header(void **state)
{
    const e2m ctx = { .num_names = 0 };

    (void)state;
    assert_true(e2m_middle_may_concern(&ctx, e2m_str("X\r\nY: z\r\n")));
    assert_true(e2m_middle_may_concern(&ctx, E2M_NONE));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_length_that_lies),
        cmocka_unit_test(test_no_end_of_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
