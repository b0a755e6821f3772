/* SPDX-License-Identifier: BSD-3-Clause */
#include <e2m/pki.h>
#include <stdlib.h>

#include "api/api.h"

enum { DAY = 86400, CA_DAYS = 3650, LEAF_DAYS = 365, NAME_MAX_LEN = 200 };

static e2m_err
keep(e2m_bytes text, e2m_bytes *out)
{
    uint8_t *copy = malloc(text.len + 1);

    if (copy == NULL) {
        return E2M_E_NOMEM;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *out = (e2m_bytes){ copy, text.len };
    /* cppcheck-suppress memleak ; it is in *out, for e2m_pki_free */
    return E2M_OK;
}

/* e2m_issue_cert or e2m_issue_request */
typedef e2m_err maker(e2m_env *env, const e2m_issue *what, e2m_bytes *out_pem,
                      e2m_bytes *out_key_pem);

static e2m_err
make(maker *how, const e2m_issue *what, e2m_pki_pair *out)
{
    e2m_env env;
    e2m_bytes cert = E2M_NONE;
    e2m_bytes key = E2M_NONE;
    e2m_err err;

    *out = (e2m_pki_pair){ { NULL, 0 }, { NULL, 0 } };
    e2m_env_init(&env, NULL, NULL);
    err = how(&env, what, &cert, &key);
    if (err == E2M_OK) {
        err = keep(cert, &out->cert);
    }
    if (err == E2M_OK) {
        err = keep(key, &out->key);
    }
    e2m_env_done(&env);
    if (err != E2M_OK) {
        e2m_pki_free(out);
    }
    return err;
}

e2m_err
e2m_pki_ca(int64_t now_sec, e2m_pki_pair *out)
{
    const e2m_issue ca = {
        .kind = E2M_KEY_P256,
        .common_name = "e2m demo CA",
        .ca = true,
        .not_before = now_sec - DAY,
        .not_after = now_sec + (int64_t)CA_DAYS * DAY,
    };

    return make(e2m_issue_cert, &ca, out);
}

/* sip:user@host names a user, anything else a host: letters, digits, "-", "."
 */
static bool
name_is_host(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++) {
        const uint8_t c = (uint8_t)name[i];
        const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '.') {
            return false;
        }
    }
    return len > 0;
}

static bool
name_is_user(const char *name)
{
    e2m_uri uri;

    return e2m_uri_parse(e2m_str(name), &uri) == E2M_OK && uri.user.len > 0 &&
           uri.host.len > 0 && uri.params.len == 0 && uri.headers.len == 0;
}

/* NONE: no key of that name or size */
static e2m_key_kind
kind_of(unsigned key)
{
    switch (key) {
    case E2M_PKI_P256:
        return E2M_KEY_P256;
    case E2M_PKI_P384:
        return E2M_KEY_P384;
    case E2M_PKI_X25519:
        return E2M_KEY_X25519;
    case E2M_PKI_ED25519:
        return E2M_KEY_ED25519;
    default:
        return key >= 2048 && key <= 4096 ? E2M_KEY_RSA : E2M_KEY_NONE;
    }
}

e2m_err
e2m_pki_issue(e2m_bytes ca, e2m_bytes name, unsigned key, int64_t now_sec,
              e2m_pki_pair *out)
{
    char text[NAME_MAX_LEN + 1] = "";
    char uri[NAME_MAX_LEN + 5] = "sip:";
    e2m_issue leaf = {
        .kind = kind_of(key),
        .rsa_bits = key,
        .common_name = text,
        .not_before = now_sec - DAY,
        .not_after = now_sec + (int64_t)LEAF_DAYS * DAY,
        .ca_pem = ca,
    };

    *out = (e2m_pki_pair){ { NULL, 0 }, { NULL, 0 } };
    if (name.len == 0 || name.len > NAME_MAX_LEN ||
        leaf.kind == E2M_KEY_NONE) {
        return E2M_E_ARG;
    }
    memcpy(text, name.data, name.len);
    if (name_is_user(text)) {
        leaf.san_uri = text;
    } else if (name_is_host(text)) {
        memcpy(uri + 4, text, name.len + 1);
        leaf.san_dns = text;
        leaf.san_uri2 = uri;
    } else {
        return E2M_E_ARG;
    }
    return make(e2m_issue_cert, &leaf, out);
}

e2m_err
e2m_pki_request(e2m_bytes name, e2m_pki_pair *out)
{
    char text[NAME_MAX_LEN + 1] = "";
    const e2m_issue what = {
        .kind = E2M_KEY_P256,
        .common_name = text,
        .san_uri = text,
    };

    *out = (e2m_pki_pair){ { NULL, 0 }, { NULL, 0 } };
    if (name.len == 0 || name.len > NAME_MAX_LEN) {
        return E2M_E_ARG;
    }
    memcpy(text, name.data, name.len);
    return name_is_user(text) ? make(e2m_issue_request, &what, out) : E2M_E_ARG;
}

void
e2m_pki_free(e2m_pki_pair *pair)
{
    e2m_bytes *both[2] = { &pair->cert, &pair->key };

    for (size_t i = 0; i < 2; i++) {
        void *p = (void *)(uintptr_t)both[i]->data;

        e2m_wipe(p, both[i]->len);
        free(p);
        *both[i] = (e2m_bytes){ NULL, 0 };
    }
}
