/* SPDX-License-Identifier: BSD-3-Clause */
/* Rule 7: lex, do not search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutate.h"
#include "text/text.h"

static void
check_next(e2m_bytes list, const e2m_param *want, e2m_bytes rest)
{
    const e2m_bytes copy = exact(list);
    e2m_in in = e2m_in_init(copy);
    e2m_param p = { .name = E2M_LIT("before") };
    bool found = false;

    assert_int_equal(e2m_text_next_param(&in, &p, &found), E2M_OK);
    assert_true(found);
    assert_true(e2m_bytes_eq(p.name, want->name));
    assert_true(e2m_bytes_eq(p.value, want->value));
    assert_int_equal(p.has_value, want->has_value);
    assert_int_equal(p.quoted, want->quoted);
    assert_true(e2m_bytes_eq(in.rest, rest));
    exact_free(copy);
}

static void
bad_next(e2m_bytes list)
{
    const e2m_bytes copy = exact(list);
    e2m_in in = e2m_in_init(copy);
    e2m_param p = { .name = E2M_LIT("before") };
    bool found = true;

    assert_int_equal(e2m_text_next_param(&in, &p, &found), E2M_E_SYNTAX);
    assert_text(p.name, "before");
    assert_true(found);
    assert_ptr_equal(in.rest.data, copy.data);
    assert_int_equal(in.rest.len, list.len);
    exact_free(copy);
}

static void
test_next(void **state)
{
    const e2m_param flag = { .name = E2M_LIT("lr") };
    const e2m_param tag = { E2M_LIT("tag"), E2M_LIT("a1"), true, false };
    const e2m_param empty = { E2M_LIT("a"), E2M_NONE, true, true };
    const e2m_param quoted = { E2M_LIT("a"), E2M_LIT("x;y\\\""), true, true };
    const e2m_param uri = { E2M_LIT("a"), E2M_LIT("<sip:x;y,z>"), true,
                            false };
    const e2m_param host = { E2M_LIT("a"), E2M_LIT("[2001:db8::1]:5060"),
                             true, false };
    const e2m_param bare = { E2M_LIT("e"), E2M_LIT("sip:u@h?x=1"), true,
                             false };

    (void)state;
    check_next(E2M_LIT(";lr"), &flag, E2M_NONE);
    check_next(E2M_LIT(" ; lr ;x"), &flag, E2M_LIT(";x"));
    check_next(E2M_LIT(";tag=a1;x"), &tag, E2M_LIT(";x"));
    check_next(E2M_LIT("\r\n ;\r\n\ttag\r\n =\r\n a1 "), &tag, E2M_LIT(" "));
    check_next(E2M_LIT(";a=\"\""), &empty, E2M_NONE);
    check_next(E2M_LIT(";a=\"x;y\\\"\";z"), &quoted, E2M_LIT(";z"));
    check_next(E2M_LIT(";a=<sip:x;y,z>;b"), &uri, E2M_LIT(";b"));
    check_next(E2M_LIT(";a=[2001:db8::1]:5060"), &host, E2M_NONE);
    check_next(E2M_LIT(";e=sip:u@h?x=1;f"), &bare, E2M_LIT(";f"));
    bad_next(E2M_LIT(";"));
    bad_next(E2M_LIT("; "));
    bad_next(E2M_LIT(";;a=b"));
    bad_next(E2M_LIT("a=b"));
    bad_next(E2M_LIT(",a=b"));
    bad_next(E2M_LIT(";=b"));
    bad_next(E2M_LIT(";a="));
    bad_next(E2M_LIT(";a=;b"));
    bad_next(E2M_LIT(";a= "));
    bad_next(E2M_LIT(";a=,b"));
    bad_next(E2M_LIT(";a=\"b"));
    bad_next(E2M_LIT(";a=\"b\\\""));
    bad_next(E2M_LIT(";a=<sip:b"));
    bad_next(E2M_LIT(";\"a\"=b"));
}

static void
test_end(void **state)
{
    static const char *const ends[] = { "", " ", "\r\n\t " };

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        e2m_in in = e2m_in_init(e2m_str(ends[i]));
        e2m_param p = { .name = E2M_LIT("before") };
        bool found = true;

        assert_int_equal(e2m_text_next_param(&in, &p, &found), E2M_OK);
        assert_false(found);
        assert_text(p.name, "before");
    }
}

static e2m_err
look_up(e2m_bytes params, const char *name, e2m_bytes *value)
{
    const e2m_bytes copy = exact(params);
    e2m_param p = { .value = E2M_NONE };
    bool found = false;
    const e2m_err err = e2m_text_param(copy, name, &p, &found);

    *value = E2M_NONE;
    if (err == E2M_OK && found) {
        *value = e2m_bytes_upto(
            e2m_bytes_from(params, p.value.data
                                       ? (size_t)(p.value.data - copy.data)
                                       : params.len),
            p.value.len);
    }
    exact_free(copy);
    return err == E2M_OK && !found ? E2M_E_NOKEY : err;
}

static void
is(e2m_bytes params, const char *name, e2m_bytes want)
{
    e2m_bytes value;

    assert_int_equal(look_up(params, name, &value), E2M_OK);
    if (!e2m_bytes_eq(value, want)) {
        fail_msg("%s is %.*s", name, (int)value.len,
                 (const char *)value.data);
    }
}

static void
is_not(e2m_bytes params, const char *name, e2m_err why)
{
    e2m_bytes value;

    assert_int_equal(look_up(params, name, &value), why);
}

/* a parameter is searched, not lexed. */
static void
test_found_by_lexing(void **state)
{
    (void)state;
    is(E2M_LIT(";note=\";tag=evil\";tag=real"), "tag", E2M_LIT("real"));
    is(E2M_LIT(";tag=real;note=\";tag=evil\""), "tag", E2M_LIT("real"));
    is(E2M_LIT(";note=\"\\\";tag=evil\";tag=real"), "tag", E2M_LIT("real"));
    is(E2M_LIT(";n=<sip:a;tag=evil>;tag=real"), "tag", E2M_LIT("real"));
    is(E2M_LIT(";n=\"<\";tag=real;m=\">\""), "tag", E2M_LIT("real"));
    is(E2M_LIT(";xtag=evil;tag=real;tagx=evil"), "tag", E2M_LIT("real"));
    is(E2M_LIT(";n=tag=evil;tag=real"), "tag", E2M_LIT("real"));
    is_not(E2M_LIT(";note=\";tag=evil\""), "tag", E2M_E_NOKEY);
    is_not(E2M_LIT(";xtag=evil"), "tag", E2M_E_NOKEY);
    is_not(E2M_LIT(""), "tag", E2M_E_NOKEY);
}

static void
test_name_case_and_repeats(void **state)
{
    (void)state;
    is(E2M_LIT(";TAG=a"), "tag", E2M_LIT("a"));
    is(E2M_LIT(";a=1;b=2"), "B", E2M_LIT("2"));
    /* repeated: which one counts is a matter of taste, so none does */
    is_not(E2M_LIT(";tag=a;tag=b"), "tag", E2M_E_SYNTAX);
    is_not(E2M_LIT(";tag=a;TAG=a"), "tag", E2M_E_SYNTAX);
    is_not(E2M_LIT(";tag;tag"), "tag", E2M_E_SYNTAX);
    is(E2M_LIT(";x=a;x=b;tag=c"), "tag", E2M_LIT("c"));
    /* malformed anywhere, also behind the one that is wanted */
    is_not(E2M_LIT(";tag=a;;"), "tag", E2M_E_SYNTAX);
    is_not(E2M_LIT(";tag=a junk"), "tag", E2M_E_SYNTAX);
    is_not(E2M_LIT(";tag=\"a\"b"), "tag", E2M_E_SYNTAX);
    is_not(E2M_LIT(";tag=a\"b\""), "tag", E2M_E_SYNTAX);
    is_not(E2M_LIT(";tag=a;x=\""), "tag", E2M_E_SYNTAX);
}

static void
items(e2m_bytes list, const char *const *want, size_t num)
{
    const e2m_bytes copy = exact(list);
    e2m_in in = e2m_in_init(copy);
    e2m_bytes item = E2M_LIT("before");
    bool found = false;

    for (size_t i = 0; i < num; i++) {
        assert_int_equal(e2m_text_next_item(&in, &item, &found), E2M_OK);
        assert_true(found);
        assert_true(e2m_bytes_eq(item, e2m_str(want[i])));
    }
    item = E2M_LIT("before");
    assert_int_equal(e2m_text_next_item(&in, &item, &found), E2M_OK);
    assert_false(found);
    assert_text(item, "before");
    exact_free(copy);
}

static void
bad_item(e2m_bytes list)
{
    const e2m_bytes copy = exact(list);
    e2m_in in = e2m_in_init(copy);
    e2m_bytes item = E2M_LIT("before");
    bool found = false;

    assert_int_equal(e2m_text_next_item(&in, &item, &found), E2M_E_SYNTAX);
    assert_text(item, "before");
    assert_ptr_equal(in.rest.data, copy.data);
    assert_int_equal(in.rest.len, list.len);
    exact_free(copy);
}

#define ITEMS(list, ...)                                                     \
    do {                                                                     \
        const char *const want_[] = { __VA_ARGS__ };                         \
        items(E2M_LIT(list), want_, sizeof want_ / sizeof want_[0]);         \
    } while (0)

static void
test_items(void **state)
{
    (void)state;
    ITEMS("a", "a");
    ITEMS("a,b", "a", "b");
    ITEMS(" a \r\n , b ", "a", "b");
    ITEMS("a,,b, ,", "a", "b"); /* empty ones are skipped */
    ITEMS("\"x,y\" <sip:a>;q=1,<sip:b,c;d>", "\"x,y\" <sip:a>;q=1",
          "<sip:b,c;d>");
    ITEMS("\"\\\",x\",b", "\"\\\",x\"", "b");
    ITEMS("\"<\",b,\">\"", "\"<\"", "b", "\">\"");
    items(E2M_NONE, NULL, 0);
    items(E2M_LIT(" , ,"), NULL, 0);
    bad_item(E2M_LIT("\"a,b"));
    bad_item(E2M_LIT("<sip:a,b"));
    bad_item(E2M_LIT("a\"b\\\""));
}

static void
split(e2m_bytes in, e2m_bytes value, e2m_bytes params)
{
    const e2m_bytes copy = exact(in);
    e2m_bytes v = E2M_NONE;
    e2m_bytes p = E2M_NONE;

    e2m_text_split_params(copy, &v, &p);
    assert_true(e2m_bytes_eq(v, value));
    assert_true(e2m_bytes_eq(p, params));
    exact_free(copy);
}

static void
test_split(void **state)
{
    (void)state;
    split(E2M_LIT("a;b=c"), E2M_LIT("a"), E2M_LIT(";b=c"));
    split(E2M_LIT(" a/b ; c"), E2M_LIT("a/b"), E2M_LIT("; c"));
    split(E2M_LIT("a"), E2M_LIT("a"), E2M_NONE);
    split(E2M_LIT(";b"), E2M_NONE, E2M_LIT(";b"));
    split(E2M_LIT("\"a;b\" <x;y>;z"), E2M_LIT("\"a;b\" <x;y>"),
          E2M_LIT(";z"));
    split(E2M_LIT("a\"b;c"), E2M_LIT("a\"b;c"), E2M_NONE); /* no end */
    split(E2M_LIT("<b;c"), E2M_LIT("<b;c"), E2M_NONE);
    split(E2M_NONE, E2M_NONE, E2M_NONE);
}

static void
walk(void *user, e2m_bytes input)
{
    e2m_in in = e2m_in_init(input);
    e2m_param p;
    e2m_bytes item;
    e2m_bytes value;
    bool found = true;
    size_t rounds = 0;

    (void)user;
    while (e2m_text_next_param(&in, &p, &found) == E2M_OK && found) {
        assert_true(e2m_bytes_within(p.name, input));
        assert_true(p.value.len == 0 || e2m_bytes_within(p.value, input));
        assert_true(rounds++ <= input.len);
    }
    in = e2m_in_init(input);
    while (e2m_text_next_item(&in, &item, &found) == E2M_OK && found) {
        assert_true(item.len > 0 && e2m_bytes_within(item, input));
        assert_true(rounds++ <= 2 * input.len);
    }
    e2m_text_split_params(input, &value, &item);
    assert_true(value.len + item.len <= input.len);
    (void)!e2m_text_param(input, "tag", &p, &found);
}

static void
test_mutated(void **state)
{
    const e2m_bytes text = E2M_LIT(
        ";a=\"q;\\\"x\" ; tag = t1;b=<sip:x,y;z>,\"d, e\" <f,g>;h=[::1]:5");

    (void)state;
    each_prefix(text, walk, NULL);
    each_flip(text, walk, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_found_by_lexing),
        cmocka_unit_test(test_name_case_and_repeats),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
