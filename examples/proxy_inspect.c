/* SPDX-License-Identifier: BSD-3-Clause */
/* A proxy's part: may this message pass, and what does it say?
 *
 *   proxy_inspect NAME KEY.pem CA.crt [TYPE] < message.sip
 *
 * TYPE: content that it must be able to read, even if no label asks it to.
 *
 * cc proxy_inspect.c file.c $(pkg-config --cflags --libs libe2m) */
#include <e2m/e2m.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "file.h"

static e2m_bytes
text(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, strlen(s) };
}

/* The context: made once, at start, and shared by all threads. */
static e2m *
make_context(const char *name, const char *key, const char *ca)
{
    e2m_conf *conf = e2m_conf_new(NULL);
    e2m *ctx = NULL;

    if (conf == NULL ||
        e2m_conf_name(conf, text(name)) != E2M_OK ||
        e2m_conf_identity(conf, file_read(key), NULL) != E2M_OK ||
        e2m_conf_trust(conf, file_read(ca)) != E2M_OK ||
        e2m_new(&ctx, conf) != E2M_OK) {
        fprintf(stderr, "proxy_inspect: cannot use %s or %s\n", key, ca);
    }
    e2m_conf_free(conf);
    return ctx;
}

/* What the proxy does with each message. Returns false: do not forward. */
static bool
inspect(e2m_msg *msg, const char *must_view)
{
    const e2m_verdict *v = NULL;
    e2m_bytes headers;
    e2m_bytes body;

    if ((must_view != NULL &&
         e2m_middle_require(msg, E2M_VIEW, text(must_view)) != E2M_OK) ||
        e2m_middle_inspect(msg, &v) != E2M_OK) {
        return false;
    }
    printf("%s\n", e2m_outcome_name(v->outcome));
    for (size_t i = 0; i < v->num_parts; i++) {
        const e2m_part *p = &v->parts[i];

        printf("%.*s: %.*s\n", (int)p->content_type.len,
               (const char *)p->content_type.data, (int)p->content.len,
               (const char *)p->content.data);
    }
    if (v->sip_status != 0) {
        printf("answer with %u: %s\n", v->sip_status, v->why.what);
        if (e2m_middle_refuse(msg, v, &headers, &body) == E2M_OK) {
            printf("%.*sContent-Length: %zu\r\n\r\n", (int)headers.len,
                   (const char *)headers.data, body.len);
            fwrite(body.data, 1, body.len, stdout);
        }
        return false;
    }
    return v->outcome == E2M_READ || v->outcome == E2M_NOT_FOR_ME;
}

int
main(int argc, char **argv)
{
    e2m *ctx = argc == 4 || argc == 5
                   ? make_context(argv[1], argv[2], argv[3])
                   : NULL;
    e2m_msg *msg = NULL;
    bool pass = false;

    if (ctx != NULL && e2m_msg_open(&msg, ctx, file_read("-"), E2M_DATAGRAM,
                                    time(NULL)) == E2M_OK) {
        pass = inspect(msg, argc == 5 ? argv[4] : NULL);
    }
    e2m_msg_close(msg); /* wiped and freed */
    e2m_free(ctx);
    file_free_all();
    return pass ? 0 : 1;
}
