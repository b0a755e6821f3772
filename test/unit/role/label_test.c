/* SPDX-License-Identifier: BSD-3-Clause */
/* Every spelling of a label that was ever proposed (WIRE.md 3), each with a
 * twin that is not one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "role/role.h"

static const e2m_bytes self[] = {
    { (const uint8_t *)"ss1.atlanta.example.com", 23 },
};

static const e2m glancing = {
    .names = (e2m_bytes *)(uintptr_t)self, .num_names = 1,
    .hosts = { { (const uint8_t *)"ss1.atlanta.example.com", 23 } },
};

/* A message whose body is one labelled part; `head` are SIP header lines. */
static bool
labelled(const char *head, const char *joined)
{
    char wire[1024];
    e2m_msg msg = { .parsed = true };
    e2m_label label = { .num = 0 };
    e2m_bytes text = E2M_NONE;
    bool is;

    snprintf(wire, sizeof wire,
             "MESSAGE sip:b@b.example SIP/2.0\r\nCall-ID: 1\r\n"
             "Content-Type: application/pkcs7-mime\r\n%s\r\nx",
             head);
    e2m_env_init(&msg.env, NULL, NULL);
    assert_int_equal(e2m_sip_parse(&msg.env, e2m_str(wire), E2M_DATAGRAM,
                                   &msg.sip),
                     E2M_OK);
    if (e2m_look(&msg) == E2M_OK) {
        assert_int_equal(e2m_label_of(&msg, msg.tree->entity, &label), E2M_OK);
    }
    is = e2m_label_names(&label, self, 1);
    assert_true(!is || e2m_middle_may_concern(&glancing, e2m_str(wire)));
    assert_int_equal(e2m_label_text(&msg.env, &label, &text), E2M_OK);
    if (joined != NULL) {
        assert_int_equal(text.len, strlen(joined));
        assert_memory_equal(text.data, joined, text.len);
    }
    e2m_env_done(&msg.env);
    return is;
}

#define CD "Content-Disposition: session;handling=required;"
#define SS1 "ss1.atlanta.example.com"

static void
test_spellings(void **state)
{
    static const char *const yes[] = {
        CD "required-entity=" SS1 "\r\n",
        CD "REQUIRED-ENTITY = SS1.Atlanta.Example.COM\r\n",
        CD "required-entity=sip:" SS1 "\r\n",
        CD "required-entity=sips:" SS1 "\r\n",
        CD "required-entity=sip:" SS1 ":5061;filename=x\r\n",
        CD "required-entity=<sip:" SS1 ";lr>\r\n",
        CD "required-entity=\"" SS1 "\"\r\n",
        CD "required-entity=\"other.example,sip:" SS1 "\"\r\n",
        CD "required-entity=\"<sip:" SS1 ";lr>\";x=y\r\n",
        CD "required-entity=other.example,sip:" SS1 "\r\n",
        CD "required-entity=<sip:other.example> , <sip:" SS1 ">;x=1\r\n",
        CD "required-entity=\"First Proxy\" <sip:other.example>,"
           " \"S\" <sip:" SS1 ">\r\n",
        CD "\r\n required-entity=" SS1 "\r\n",
        "Content-Target: sip:" SS1 "\r\n",
        "Content-Target:sip:" SS1 "\r\n",
        "content-target: <sip:other.example>, <sip:" SS1 ">\r\n",
        "Content-ID: <1@h>\r\nProxy-Inspect-Body: " SS1 ";cid=\"1@h\"\r\n",
        "Content-ID: 1@h\r\nProxy-Inspect-Body: " SS1 ";cid=1@h\r\n",
        "Content-ID: <1@h>\r\nProxy-Required-Body: " SS1 ";cid=\"1@h\"\r\n",
        "Content-ID: <1@h>\r\n"
        "Proxy-Policy: sip:" SS1 ";cid=\"1@h\";policy=x\r\n",
        "Content-ID: <1@h>\r\n"
        "Proxy-Inspect-Body: " SS1 ";cid=\"0@h\",cid=\"1@h\"\r\n",
        "Content-ID: <1@h>\r\nProxy-Inspect-Body: other;cid=\"1@h\"\r\n"
        "Proxy-Inspect-Body: " SS1 ";cid=\"1@h\"\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (!labelled(yes[i], NULL)) {
            fail_msg("not read: %s", yes[i]);
        }
    }
}

static void
test_twins_that_are_no_label(void **state)
{
    static const char *const no[] = {
        "",
        CD "required-entity=ss2.biloxi.example.com\r\n",
        CD "required-entity=x" SS1 "\r\n",
        CD "required-entity=" SS1 ".evil.example\r\n",
        CD "required-entity=sip:alice@" SS1 "\r\n",
        CD "x-required-entity=" SS1 "\r\n",
        CD "note=\";required-entity=" SS1 "\"\r\n",
        CD "filename=\"a,required-entity=" SS1 "\"\r\n",
        CD "filename=a,b\r\n",
        CD "required-entity\r\n",
        CD "required-entity=\"" SS1 "\r\n",
        "Content-Target: \r\n",
        "X-Content-Target: sip:" SS1 "\r\n",
        "Proxy-Inspect-Body: " SS1 ";cid=\"1@h\"\r\n",
        "Content-ID: <2@h>\r\nProxy-Inspect-Body: " SS1 ";cid=\"1@h\"\r\n",
        "Content-ID: <1@h>\r\nProxy-Inspect-Body: other;cid=\"1@h\","
        "cid=\"2@h\"\r\n",
        "Content-ID: <1@h>\r\nProxy-Inspect-Body: " SS1 "\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (labelled(no[i], NULL)) {
            fail_msg("taken for a label: %s", no[i]);
        }
    }
}

static void
test_names_as_text(void **state)
{
    (void)state;
    assert_true(labelled(CD "required-entity=a.example,<sip:" SS1 ">;z=1\r\n",
                         "a.example, sip:" SS1));
}

/* Parts ask for their labels one after the other: the fields are read once, and
 * no more than 64 of them are kept. */
static void
test_limit_on_labels_by_id(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        char wire[2048];
        char ids[512] = "";
        e2m_msg msg = { .parsed = true };
        e2m_label label = { .num = 0 };

        for (int i = 0; i < 63 + more; i++) {
            memcpy(ids + strlen(ids), ";cid=y", sizeof ";cid=y");
        }
        (void)snprintf(wire, sizeof wire,
                       "MESSAGE sip:b@b.example SIP/2.0\r\nCall-ID: 1\r\n"
                       "Content-ID: <z>\r\nProxy-Inspect-Body: a%s;cid=z"
                       "\r\n\r\nx", ids);
        e2m_env_init(&msg.env, NULL, NULL);
        assert_int_equal(e2m_sip_parse(&msg.env, e2m_str(wire), E2M_DATAGRAM,
                                       &msg.sip), E2M_OK);
        assert_int_equal(e2m_look(&msg), E2M_OK);
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(e2m_label_of(&msg, msg.tree->entity, &label),
                             more ? E2M_E_LIMIT : E2M_OK);
            assert_int_equal(label.num, more ? 0 : 1);
        }
        e2m_env_done(&msg.env);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_twins_that_are_no_label),
        cmocka_unit_test(test_names_as_text),
        cmocka_unit_test(test_limit_on_labels_by_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
