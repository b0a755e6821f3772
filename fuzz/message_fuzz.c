/* SPDX-License-Identifier: BSD-3-Clause */
/* A whole SIP message through the public API, as a proxy and as a far UA that
 * believe anybody, so that hostile octets get as deep as they can. */
#include <e2m/e2m.h>
#include <e2m/pki.h>
#include <string.h>

#include "fuzz.h"
#include "readers.h"

enum { NOW = 1795000000 };

static const char ss1[] = "ss1.atlanta.example.com";
static e2m *ctx;

static e2m_bytes
text(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, strlen(s) };
}

static void
add_identity(e2m_conf *conf, e2m_bytes ca, const char *name)
{
    e2m_pki_pair pair;
    uint8_t file[3072];

    MUST(e2m_pki_issue(ca, text(name), 0, NOW, &pair) == E2M_OK);
    MUST(pair.cert.len + pair.key.len < sizeof file);
    memcpy(file, pair.cert.data, pair.cert.len);
    memcpy(file + pair.cert.len, pair.key.data, pair.key.len);
    MUST(e2m_conf_identity(conf,
                           (e2m_bytes){ file, pair.cert.len + pair.key.len },
                           NULL) == E2M_OK);
    e2m_pki_free(&pair);
}

static void
start(void)
{
    static const e2m_policy loose[] = {
        E2M_ALLOW_UNSIGNED, E2M_ALLOW_UNBOUND, E2M_INSECURE_PKCS1_V15,
        E2M_INSECURE_CBC, E2M_INSECURE_SHA1
    };
    e2m_conf *conf = e2m_conf_new(NULL);
    e2m_pki_pair pair;
    uint8_t ca[3072];
    e2m_bytes both = { ca, 0 };

    MUST(conf != NULL && e2m_pki_ca(NOW, &pair) == E2M_OK);
    memcpy(ca, pair.cert.data, pair.cert.len);
    memcpy(ca + pair.cert.len, pair.key.data, pair.key.len);
    both.len = pair.cert.len + pair.key.len;
    MUST(e2m_conf_trust(conf, pair.cert) == E2M_OK);
    add_identity(conf, both, ss1);
    add_identity(conf, both, "sip:bob@biloxi.example.com");
    /* seeds are sealed for these, so that what is inside is reached */
    MUST(e2m_conf_identity(conf, text(reader_ec), NULL) == E2M_OK);
    MUST(e2m_conf_identity(conf, text(reader_rsa), NULL) == E2M_OK);
    MUST(e2m_conf_name(conf, text(ss1)) == E2M_OK);
    MUST(e2m_conf_reuse(conf, NULL, 64) == E2M_OK);
    for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
        MUST(e2m_conf_policy(conf, loose[i], true) == E2M_OK);
    }
    MUST(e2m_new(&ctx, conf) == E2M_OK);
    e2m_conf_free(conf);
    e2m_pki_free(&pair);
}

static void
check_verdict(const e2m_verdict *v)
{
    MUST(v->outcome == E2M_READ || v->num_parts == 0);
    MUST((v->outcome == E2M_READ || v->outcome == E2M_NOT_FOR_ME) ==
         (v->sip_status == 0));
}

static void
try_all(e2m_msg *msg, e2m_bytes wire)
{
    const e2m_node *nodes = NULL;
    const e2m_verdict *verdict = NULL;
    const e2m_edit *edits = NULL;
    e2m_bytes head;
    e2m_bytes body;
    size_t num = 0;

    whatever(e2m_explain(msg, &nodes, &num));
    if (e2m_middle_inspect(msg, &verdict) == E2M_OK) {
        check_verdict(verdict);
        /* a glance never leaves alone what names us */
        MUST(e2m_middle_may_concern(ctx, wire) ||
             verdict->outcome == E2M_NOT_FOR_ME ||
             verdict->outcome == E2M_MALFORMED);
        if (verdict->sip_status != 0) {
            whatever(e2m_middle_refuse(msg, verdict, &head, &body));
        }
    }
    if (e2m_end_open(msg, &verdict, &edits, &num) == E2M_OK) {
        const size_t len = e2m_edits_length(wire, edits, num);
        uint8_t *out = malloc(len + 1);
        size_t wrote = 0;

        check_verdict(verdict);
        MUST(num == 0 || verdict->outcome == E2M_READ);
        MUST(out != NULL);
        MUST(e2m_edits_apply(wire, edits, num, out, len, &wrote) == E2M_OK);
        MUST(wrote == len);
        free(out);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const e2m_framing framings[] = { E2M_DATAGRAM, E2M_STREAM };
    const e2m_bytes wire = { data, size };

    if (ctx == NULL) {
        start();
    }
    for (size_t i = 0; i < 2; i++) {
        e2m_msg *msg = NULL;

        if (e2m_msg_open(&msg, ctx, wire, framings[i], NOW) == E2M_OK) {
            try_all(msg, wire);
        } else if (msg != NULL) {
            MUST(e2m_msg_why(msg).what[0] != '\0');
        }
        e2m_msg_close(msg);
    }
    return 0;
}
