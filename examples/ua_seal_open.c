/* SPDX-License-Identifier: BSD-3-Clause */
/* A user agent's part: seal what is sent, open what is received.
 *
 *   ua_seal_open seal ME.pem PEER.crt PROXY PROXY.crt < plain.sip > sealed.sip
 *   ua_seal_open open ME.pem CA.crt < sealed.sip > plain.sip
 *
 * cc ua_seal_open.c file.c $(pkg-config --cflags --libs libe2m) */
#include <e2m/e2m.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"

/* For the peer and for one proxy, and for nobody else. */
static e2m_err
seal(const e2m *ctx, e2m_msg *msg, char **arg, const e2m_edit **edits,
     size_t *num)
{
    const e2m_bytes proxy = { (const uint8_t *)arg[4], strlen(arg[4]) };
    e2m_peer *peer = NULL;
    e2m_peer *middle = NULL;
    e2m_plan *plan = NULL;
    e2m_err err = e2m_peer_new(&peer, file_read(arg[3]));

    err = err == E2M_OK ? e2m_peer_new(&middle, file_read(arg[5])) : err;
    err = err == E2M_OK ? e2m_plan_new(&plan, ctx) : err;
    err = err == E2M_OK ? e2m_plan_to(plan, peer) : err;
    err = err == E2M_OK ? e2m_plan_middle(plan, proxy, middle) : err;
    err = err == E2M_OK ? e2m_end_seal(msg, plan, edits, num) : err;
    e2m_plan_free(plan);
    e2m_peer_free(middle);
    e2m_peer_free(peer);
    return err;
}

/* Writes the edited message, or nothing: never the plain one by mistake. */
static bool
put(e2m_bytes wire, const e2m_edit *edits, size_t num)
{
    const size_t cap = e2m_edits_length(wire, edits, num);
    uint8_t *out = malloc(cap);
    size_t len = 0;
    const bool done =
        out != NULL &&
        e2m_edits_apply(wire, edits, num, out, cap, &len) == E2M_OK &&
        fwrite(out, 1, len, stdout) == len;

    free(out);
    return done;
}

int
main(int argc, char **argv)
{
    const bool sealing = argc == 6 && strcmp(argv[1], "seal") == 0;
    const bool opening = argc == 4 && strcmp(argv[1], "open") == 0;
    const e2m_bytes wire = file_read("-");
    e2m_conf *conf = e2m_conf_new(NULL);
    const e2m_verdict *v = NULL;
    const e2m_edit *edits = NULL;
    size_t num = 0;
    e2m *ctx = NULL;
    e2m_msg *msg = NULL;
    bool done = false;

    if ((sealing || opening) && conf != NULL &&
        e2m_conf_identity(conf, file_read(argv[2]), NULL) == E2M_OK &&
        (sealing || e2m_conf_trust(conf, file_read(argv[3])) == E2M_OK) &&
        e2m_new(&ctx, conf) == E2M_OK &&
        e2m_msg_open(&msg, ctx, wire, E2M_DATAGRAM, time(NULL)) == E2M_OK) {
        if (sealing) {
            done = seal(ctx, msg, argv, &edits, &num) == E2M_OK;
        } else {
            done = e2m_end_open(msg, &v, &edits, &num) == E2M_OK &&
                   v->outcome == E2M_READ;
        }
        done = done && put(wire, edits, num);
    }
    if (!done) {
        fprintf(stderr, "ua_seal_open: %s\n", msg != NULL &&
                e2m_msg_why(msg).what[0] != '\0' ? e2m_msg_why(msg).what
                                                 : "no");
    }
    e2m_msg_close(msg);
    e2m_free(ctx);
    e2m_conf_free(conf);
    file_free_all();
    return done ? 0 : 1;
}
