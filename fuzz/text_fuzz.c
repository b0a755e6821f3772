/* SPDX-License-Identifier: BSD-3-Clause */
/* The small readers of text: each takes a slice of the input or leaves it. */
#include "fuzz.h"
#include "sip/sip.h"
#include "text/text.h"

static bool
inside(e2m_bytes part, e2m_bytes whole)
{
    return part.len == 0 || (part.data >= whole.data &&
                             part.data + part.len <= whole.data + whole.len);
}

static void
lists(e2m_bytes text)
{
    e2m_in items = e2m_in_init(text);
    e2m_bytes item;
    bool found = false;

    while (e2m_text_next_item(&items, &item, &found) == E2M_OK && found) {
        e2m_bytes value, params;
        e2m_param p;
        e2m_in in;
        bool more = false;

        MUST(inside(item, text));
        e2m_text_split_params(item, &value, &params);
        MUST(inside(value, item) && inside(params, item));
        in = e2m_in_init(params);
        while (e2m_text_next_param(&in, &p, &more) == E2M_OK && more) {
            MUST(inside(p.name, params) && p.name.len > 0);
            MUST(!p.has_value || inside(p.value, params));
        }
    }
}

static void
addresses(e2m_bytes text)
{
    e2m_addr addr;
    e2m_cseq cseq;
    e2m_uri uri;

    if (e2m_addr_parse(text, &addr) == E2M_OK) {
        MUST(inside(addr.uri.text, text));
    }
    if (e2m_uri_parse(text, &uri) == E2M_OK) {
        MUST(inside(uri.host, text) && inside(uri.user, text));
        if (uri.host.len > 0) {
            MUST(e2m_uri_same_aor(&uri, &uri));
        }
    }
    whatever(e2m_cseq_parse(text, &cseq));
}

/* What is written is read back as the same. */
static void
there_and_back(e2m_env *env, e2m_bytes text)
{
    e2m_bytes coded = E2M_NONE, back = E2M_NONE;
    int64_t sec = 0, again = 0;
    e2m_out o;

    e2m_out_init(&o, env, 0);
    e2m_text_base64_put(&o, text, false);
    MUST(e2m_out_done(&o, &coded) == E2M_OK);
    MUST(e2m_text_base64_decode(env, coded, &back) == E2M_OK);
    MUST(e2m_bytes_eq(text, back));
    whatever(e2m_text_base64_decode(env, text, &back));
    if (e2m_text_date(text, &sec) == E2M_OK) {
        e2m_out_init(&o, env, 0);
        e2m_text_put_date(&o, sec);
        MUST(e2m_out_done(&o, &coded) == E2M_OK);
        MUST(e2m_text_date(coded, &again) == E2M_OK && again == sec);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const e2m_bytes text = { data, size };
    e2m_in in = e2m_in_init(text);
    e2m_bytes out = E2M_NONE;
    uint64_t number;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    lists(text);
    addresses(text);
    if (size <= 1024) {
        there_and_back(&env, text);
    }
    if (e2m_text_take_quoted(&in, &out) == E2M_OK) {
        MUST(inside(out, text));
        whatever(e2m_text_unquote(&env, out, &out));
    } else {
        MUST(in.rest.data == data && in.rest.len == size);
    }
    whatever(e2m_text_unfold(&env, text, &out));
    whatever(e2m_text_decimal(text, UINT64_MAX, &number));
    e2m_env_done(&env);
    return 0;
}
