/* SPDX-License-Identifier: BSD-3-Clause */
/* Media types, smime-type, file names, dispositions of what is sent, in every
 * way of sealing. SPEC smime:8551-3.2.1, smime:3261-23.3 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

static world w;

static int
setup(void **state)
{
    (void)state;
    world_new(&w, E2M_PKI_P256);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

static size_t
count(e2m_bytes hay, const char *needle)
{
    const size_t n = strlen(needle);
    size_t found = 0;

    for (size_t i = 0; i + n <= hay.len; i++) {
        found += memcmp(hay.data + i, needle, n) == 0;
    }
    return found;
}

typedef struct row {
    e2m_option option;
    int value;
    const char *type;        /* of the outermost level of S/MIME ... */
    const char *disposition; /* ... and how it goes on */
} row;

#define MIDDLE "required-entity=ss1.atlanta.example.com"

/* Each stands in a message once. */
static const row rows[] = {
    { E2M_OPT_SIGN, 0,
      "Content-Type: application/pkcs7-mime;smime-type=authEnveloped-data"
      ";name=smime.p7m\r\n",
      "render;handling=required;" MIDDLE ";filename=smime.p7m\r\n" },
    { E2M_OPT_CIPHER, E2M_AES_128_CBC,
      "Content-Type: application/pkcs7-mime;smime-type=enveloped-data"
      ";name=smime.p7m\r\n",
      "render;handling=required;" MIDDLE ";filename=smime.p7m\r\n" },
    { E2M_OPT_OPAQUE, 1,
      "Content-Type: application/pkcs7-mime;smime-type=signed-data"
      ";name=smime.p7m\r\n",
      "render;handling=required;filename=smime.p7m\r\n" },
    { E2M_OPT_OPAQUE, 0,
      "Content-Type: multipart/signed"
      ";protocol=\"application/pkcs7-signature\";micalg=sha-256;boundary=",
      "Content-Disposition: render;handling=required\r\n" },
    { E2M_OPT_OPAQUE, 0,
      "Content-Type: application/pkcs7-signature;name=smime.p7s\r\n",
      "attachment;handling=required;filename=smime.p7s\r\n" },
};

static void
test_what_is_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);
        e2m_bytes sealed;

        if (rows[i].option == E2M_OPT_SIGN) {
            assert_int_equal(e2m_plan_set(plan, E2M_OPT_AIB, 0), E2M_OK);
        }
        assert_int_equal(e2m_plan_set(plan, rows[i].option, rows[i].value),
                         E2M_OK);
        sealed = world_seal(w.ctx[ALICE], plan, world_str(world_message));
        assert_int_equal(count(sealed, rows[i].type), 1);
        assert_int_equal(count(sealed, rows[i].disposition), 1);
        /* binary, whatever it is: RFC 3853 */
        assert_int_equal(count(sealed, "base64"), 0);
        assert_true(count(sealed, "Content-Transfer-Encoding: binary\r\n") >
                    0);
        world_bytes_free(sealed);
        e2m_plan_free(plan);
    }
}

/* An SDP is a session, in an envelope and under a signature as before. */
static void
test_session(void **state)
{
    e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);
    e2m_bytes sealed = world_seal(w.ctx[ALICE], plan,
                                  world_str(world_invite));

    (void)state;
    assert_int_equal(count(sealed, "Content-Disposition: session"
                                   ";handling=required\r\n"), 1);
    assert_int_equal(count(sealed, "Content-Disposition: session"
                                   ";handling=required;" MIDDLE
                                   ";filename=smime.p7m\r\n"), 1);
    world_bytes_free(sealed);
    e2m_plan_free(plan);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_session),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
