/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef struct sealing {
    node node;
    e2m_plan *plan;
    e2m_disclosure *policy;
    e2m_learned *learned;
    e2m_peer *peers[2 * LIST_MOST];
    size_t num_peers;
} sealing;

static int
read_peer(sealing *s, const char *name, const e2m_peer **out)
{
    e2m_bytes file;
    const int code = file_read(name, &file);
    e2m_err err;

    if (code != 0) {
        return code;
    }
    err = e2m_peer_new(&s->peers[s->num_peers], file);
    file_free(&file);
    if (err != E2M_OK) {
        return fault_err(err, "no usable certificate", name);
    }
    *out = s->peers[s->num_peers++];
    return 0;
}

static int
add_to(sealing *s, const char *name)
{
    const e2m_peer *peer = NULL;
    const int code = read_peer(s, name, &peer);
    e2m_err err;

    if (code != 0) {
        return code;
    }
    err = e2m_plan_to(s->plan, peer);
    return err == E2M_OK
               ? 0
               : fault(EXIT_OWN, "certificate is not for receiving", name,
                       "RFC 5280 sec. 4.2.1.3");
}

/* NAME=CERT; NAME alone: its certificate is among the --peer. A URI's name may
 * hold "=" itself, so the last one counts. */
static int
add_middle(sealing *s, const char *word)
{
    const char *eq = strrchr(word, '=');
    const e2m_bytes name = { (const uint8_t *)word,
                             eq != NULL ? (size_t)(eq - word) : strlen(word) };
    const e2m_peer *peer = NULL;
    const int code = eq != NULL ? read_peer(s, eq + 1, &peer) : 0;
    e2m_err err;

    if (code != 0) {
        return code;
    }
    err = e2m_plan_middle(s->plan, name, peer);
    if (err == E2M_E_NOKEY) {
        return fault(EXIT_OWN, "no certificate of this name, for receiving",
                     word, "RFC 5922 sec. 7.1");
    }
    return err == E2M_OK ? 0
                         : fault(EXIT_USAGE, "not the name of a proxy", word,
                                 e2m_err_name(err));
}

static int
add_readers(sealing *s, const options *opt)
{
    int code = 0;

    for (size_t i = 0; i < opt->to.num && code == 0; i++) {
        code = add_to(s, opt->to.item[i]);
    }
    for (size_t i = 0; i < opt->middle.num && code == 0; i++) {
        code = add_middle(s, opt->middle.item[i]);
    }
    for (size_t i = 0; i < opt->accept.num && code == 0; i++) {
        if (e2m_plan_accept(s->plan, text_bytes(opt->accept.item[i])) !=
            E2M_OK) {
            code = fault(EXIT_USAGE, "not the name of a proxy",
                         opt->accept.item[i], "--accept");
        }
    }
    for (size_t i = 0; i < opt->verify_at.num && code == 0; i++) {
        const char *name = opt->verify_at.item[i];

        if (e2m_plan_verify_at(s->plan, text_bytes(name)) != E2M_OK) {
            code = fault(EXIT_USAGE, "not the name of a proxy", name,
                         "--verify-at");
        }
    }
    return code;
}

static e2m_err
set_options(e2m_plan *plan, const options *opt)
{
    const struct {
        e2m_option which;
        int value;
    } rows[] = {
        { E2M_OPT_CIPHER, opt->cipher },
        { E2M_OPT_LABEL, opt->label },
        { E2M_OPT_ORDER, opt->order },
        { E2M_OPT_SIGN, opt->sign_all ? E2M_SIGN_ALL : !opt->no_sign },
        { E2M_OPT_DIGEST, opt->digest },
        { E2M_OPT_AIB, !opt->no_aib },
        { E2M_OPT_BASE64, opt->base64 },
        { E2M_OPT_STRIP_KEYS, opt->strip_keys },
        { E2M_OPT_OPAQUE, opt->opaque },
        { E2M_OPT_COMPRESS, opt->compress },
        { E2M_OPT_NO_ATTRIBUTES, opt->no_attributes },
        { E2M_OPT_PKCS1_V15, opt->pkcs1_v15 },
        { E2M_OPT_REUSE, opt->reuse == NULL ? 0 : opt->renew ? 2 : 1 },
    };
    e2m_err err = E2M_OK;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && err == E2M_OK; i++) {
        err = e2m_plan_set(plan, rows[i].which, rows[i].value);
    }
    return err;
}

/* What the command line asks for is the user's own will; what others asked for
 * is subject to the policy. */
static int
add_asked(sealing *s, const options *opt)
{
    e2m_msg *msg = s->node.msg;
    e2m_err err = E2M_OK;
    int code = 0;

    if (opt->policy != NULL) {
        code = policy_read(opt->policy, EXIT_OWN, &s->policy);
        e2m_plan_disclosure(s->plan, s->policy);
    }
    if (code == 0 && opt->learned != NULL) {
        code = lessons_read(opt->learned, s->node.ctx, &s->learned);
        if (code == 0) {
            err = e2m_plan_learned(s->plan, msg, s->learned);
        }
    }
    for (size_t i = 0; i < opt->asked.num && code == 0 && err == E2M_OK; i++) {
        err = e2m_plan_asked(s->plan, msg, text_bytes(opt->asked.item[i]));
    }
    return err == E2M_OK ? code : fault_why(err, e2m_msg_why(msg));
}

/* The cipher of that name, as a bit; 0: none. */
static unsigned
cipher_bit(const char *name, size_t len)
{
    for (unsigned i = 0; e2m_cipher_name((e2m_cipher)i)[0] != '\0'; i++) {
        const char *known = e2m_cipher_name((e2m_cipher)i);

        if (strlen(known) == len && memcmp(known, name, len) == 0) {
            return 1U << i;
        }
    }
    return 0;
}

/* "a,b,c"; 0: not a list of ciphers */
static unsigned
cipher_bits(const char *list)
{
    unsigned bits = 0;

    for (;;) {
        const size_t len = strcspn(list, ",");
        const unsigned bit = cipher_bit(list, len);

        if (bit == 0) {
            return 0;
        }
        bits |= bit;
        if (list[len] == '\0') {
            return bits;
        }
        list += len + 1;
    }
}

static int
add_abilities(sealing *s, const options *opt)
{
    for (size_t i = 0; i < opt->can.num; i++) {
        const unsigned bits = cipher_bits(opt->can.item[i]);

        if (bits == 0) {
            return fault(EXIT_USAGE, "not a list of ciphers", "--can",
                         "CIPHER[,CIPHER...]");
        }
        e2m_plan_can(s->plan, bits);
    }
    return 0;
}

static int
plan(sealing *s, const options *opt)
{
    e2m_err err = e2m_plan_new(&s->plan, s->node.ctx);
    int code;

    if (err == E2M_OK) {
        err = set_options(s->plan, opt);
    }
    if (err != E2M_OK) {
        return fault_err(err, "cannot plan", "e2m seal");
    }
    code = add_abilities(s, opt);
    if (code == 0) {
        code = add_readers(s, opt);
    }
    return code == 0 ? add_asked(s, opt) : code;
}

static int
seal(sealing *s)
{
    const e2m_edit *edits = NULL;
    size_t num = 0;
    e2m_err err;

    if (e2m_msg_body(s->node.msg).len == 0) {
        return fault(EXIT_MALFORMED, "no body to seal", "SIP message",
                     "RFC 3261 sec. 7.4");
    }
    err = e2m_end_seal(s->node.msg, s->plan, &edits, &num);
    return err == E2M_OK ? node_put(&s->node, edits, num)
                         : fault_why(err, e2m_msg_why(s->node.msg));
}

/* What can be seen on the command line alone. */
static int
check(const options *opt)
{
    if (opt->as.num == 0 && !opt->no_sign) {
        return fault(EXIT_USAGE, "no --as to sign with", "e2m seal",
                     "or --no-sign");
    }
    if (opt->no_sign && (opt->sign_all || opt->digest != 0)) {
        return fault(EXIT_USAGE, "--sign-all and --digest are for a signature",
                     "e2m seal", "e2m seal --help");
    }
    if (opt->reuse == NULL &&
        (opt->renew || (opt->accept.num > 0 && opt->asked.num == 0))) {
        return fault(EXIT_USAGE, "--renew and --accept go with --reuse",
                     "e2m seal", "e2m seal --help");
    }
    if ((opt->learned != NULL && opt->policy == NULL) ||
        (opt->learned != NULL) != (opt->trust.num > 0)) {
        return fault(EXIT_USAGE, "--learned goes with --policy and --trust",
                     "e2m seal", "e2m seal --help");
    }
    if (opt->policy != NULL && opt->learned == NULL && opt->reuse == NULL &&
        opt->asked.num == 0) {
        return fault(EXIT_USAGE,
                     "--policy goes with --learned, --asked or --reuse",
                     "e2m seal", "e2m seal --help");
    }
    if (opt->reuse == NULL && opt->to.num + opt->middle.num == 0 &&
        opt->no_sign) {
        return fault(EXIT_USAGE, "nothing to do", "e2m seal",
                     "--to, --middle or a signature");
    }
    if (opt->strip_keys && (opt->middle.num == 0 || opt->to.num == 0)) {
        return fault(EXIT_USAGE, "--strip-keys is for a far user and a middle",
                     "e2m seal", "mech sec. 2.1");
    }
    return 0;
}

int
cmd_seal(const options *opt)
{
    sealing s = { .num_peers = 0 };
    int code = check(opt);

    if (code != 0) {
        return code;
    }
    code = node_open(&s.node, opt);
    if (code == 0) {
        code = plan(&s, opt);
    }
    if (code == 0) {
        code = seal(&s);
    }
    e2m_plan_free(s.plan);
    e2m_learned_free(s.learned);
    e2m_disclosure_free(s.policy);
    while (s.num_peers > 0) {
        e2m_peer_free(s.peers[--s.num_peers]);
    }
    node_close(&s.node);
    return code;
}
