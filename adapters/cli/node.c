/* SPDX-License-Identifier: BSD-3-Clause */
/* From options to a context and an open message. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

e2m_bytes
text_bytes(const char *text)
{
    return (e2m_bytes){ (const uint8_t *)text, strlen(text) };
}

/* The first line of a file, as a string in `out`. */
typedef e2m_err adder(e2m_conf *conf, e2m_bytes file, const char *pass);

static e2m_err
add_trust(e2m_conf *conf, e2m_bytes file, const char *pass)
{
    (void)pass;
    return e2m_conf_trust(conf, file);
}

static e2m_err
add_peer(e2m_conf *conf, e2m_bytes file, const char *pass)
{
    (void)pass;
    return e2m_conf_peer(conf, file);
}

static int
add_files(e2m_conf *conf, const texts *names, adder *add, const char *pass)
{
    for (size_t i = 0; i < names->num; i++) {
        e2m_bytes file;
        const int code = file_read(names->item[i], &file);
        e2m_err err;

        if (code != 0) {
            return code;
        }
        err = add(conf, file, pass);
        file_free(&file);
        if (err != E2M_OK) {
            return fault_err(err, add == e2m_conf_identity
                                      ? "no usable key and certificate"
                                      : "no usable certificate",
                             names->item[i]);
        }
    }
    return 0;
}

static int
add_identities(e2m_conf *conf, const options *opt)
{
    e2m_bytes pass = { NULL, 0 };
    int code = 0;

    if (opt->pass_file != NULL) {
        code = file_first_line(opt->pass_file, &pass);
    }
    if (code == 0) {
        code = add_files(conf, &opt->as, e2m_conf_identity,
                         (const char *)pass.data);
    }
    file_free(&pass);
    return code;
}

/* Somebody who sits and waits may spend more on a message than a proxy. */
enum { PRIVATE_OPS = 8 };

static e2m_err
set_policy(e2m_conf *conf, const options *opt)
{
    const struct {
        e2m_policy which;
        bool on;
    } rows[] = {
        { E2M_ALLOW_UNSIGNED, opt->allow_unsigned },
        { E2M_ALLOW_UNBOUND, opt->allow_unbound },
        { E2M_REQUIRE_COMMITTED, opt->require_committed },
        { E2M_REQUIRE_SHARED, opt->require_shared },
        { E2M_INSECURE_PKCS1_V15, opt->pkcs1_v15 },
        { E2M_INSECURE_CBC, opt->cbc },
    };
    e2m_err err = e2m_conf_limit(conf, E2M_LIMIT_PRIVATE_OPS, PRIVATE_OPS);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && err == E2M_OK; i++) {
        err = e2m_conf_policy(conf, rows[i].which, rows[i].on);
    }
    if (err == E2M_OK) {
        err = e2m_conf_answers(conf, (e2m_answers)opt->answers);
    }
    if (err == E2M_OK && opt->max > 0) {
        err = e2m_conf_limit(conf, E2M_LIMIT_MESSAGE, (size_t)opt->max);
    }
    /* a larger message may cost more, in proportion */
    if (err == E2M_OK && opt->max > 65536) {
        err = e2m_conf_limit(conf, E2M_LIMIT_MEMORY, (size_t)opt->max * 16);
    }
    return err;
}

static int
add_names(e2m_conf *conf, const options *opt)
{
    for (size_t i = 0; i < opt->name.num; i++) {
        if (e2m_conf_name(conf, text_bytes(opt->name.item[i])) != E2M_OK) {
            return fault(EXIT_USAGE, "not a host or SIP URI",
                         opt->name.item[i], "--name");
        }
    }
    if (opt->warn_view > 999 || opt->warn_verify > 999 ||
        e2m_conf_warnings(conf, (unsigned)opt->warn_view,
                          (unsigned)opt->warn_verify) != E2M_OK) {
        return fault(EXIT_USAGE, "warn-codes are two, from 300 to 399",
                     "--warn-view, --warn-verify", "RFC 3261 sec. 20.43");
    }
    return 0;
}

static int
configure(node *n, const options *opt)
{
    int code = add_identities(n->conf, opt);
    e2m_replay hooks;
    e2m_keys keys;
    e2m_err err;

    if (code == 0) {
        code = add_files(n->conf, &opt->trust, add_trust, NULL);
    }
    if (code == 0) {
        code = add_files(n->conf, &opt->peer, add_peer, NULL);
    }
    if (code == 0 && opt->seen != NULL) {
        code = seen_open(&n->seen, opt->seen, &hooks);
        if (code == 0 && e2m_conf_replay(n->conf, &hooks) != E2M_OK) {
            code = EXIT_OWN;
        }
    }
    if (code == 0 && opt->reuse != NULL) {
        code = kept_open(&n->kept, opt->reuse, &keys);
        if (code == 0 && e2m_conf_reuse(n->conf, &keys, 0) != E2M_OK) {
            code = EXIT_OWN;
        }
    }
    if (code == 0) {
        code = add_names(n->conf, opt);
    }
    if (code != 0) {
        return code;
    }
    err = set_policy(n->conf, opt);
    if (err == E2M_OK) {
        err = e2m_new(&n->ctx, n->conf);
    }
    return err == E2M_OK ? 0 : fault_err(err, "cannot start", "e2m");
}

int
node_open(node *n, const options *opt)
{
    e2m_err err;
    int code;

    *n = (node){ .now_sec = opt->at >= 0 ? opt->at : (int64_t)time(NULL) };
    n->conf = e2m_conf_new(NULL);
    if (n->conf == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot start", "e2m");
    }
    code = configure(n, opt);
    if (code == 0) {
        code = file_read("-", &n->wire);
    }
    if (code != 0) {
        return code;
    }
    err = e2m_msg_open(&n->msg, n->ctx, n->wire, E2M_DATAGRAM, n->now_sec);
    if (err == E2M_OK) {
        return 0;
    }
    return n->msg != NULL ? fault_why(err, e2m_msg_why(n->msg))
                          : fault_err(err, "cannot open", "SIP message");
}

/* Where it is malformed is said of the file: the message on standard input is
 * another one. */
int
node_request(node *n, const char *name)
{
    const int code = file_read(name, &n->request_wire);
    e2m_err err;

    if (code != 0) {
        return code;
    }
    err = e2m_msg_open(&n->request, n->ctx, n->request_wire, E2M_DATAGRAM,
                       n->now_sec);
    if (err == E2M_OK) {
        return e2m_msg_is_request(n->request)
                   ? 0
                   : fault(EXIT_MALFORMED, "not a request", name,
                           "RFC 3261 sec. 7.1");
    }
    return n->request != NULL
               ? fault(EXIT_MALFORMED, e2m_msg_why(n->request).what, name,
                       e2m_msg_why(n->request).rule)
               : fault_err(err, "cannot open", name);
}

void
node_close(node *n)
{
    e2m_msg_close(n->msg);
    e2m_msg_close(n->request);
    file_free(&n->request_wire);
    e2m_free(n->ctx);
    e2m_conf_free(n->conf);
    seen_close(n->seen);
    kept_close(n->kept);
    file_free(&n->wire);
}

int
node_put(const node *n, const e2m_edit *edits, size_t num)
{
    const size_t cap = e2m_edits_length(n->wire, edits, num);
    e2m_bytes text = { malloc(cap + 1), cap };
    size_t len = 0;
    e2m_err err = E2M_E_NOMEM;
    int code;

    if (text.data != NULL) {
        err = e2m_edits_apply(n->wire, edits, num,
                              (uint8_t *)(uintptr_t)text.data, cap, &len);
    }
    if (err == E2M_OK) {
        code = file_write("-", (e2m_bytes){ text.data, len });
    } else {
        code = fault_err(err, "cannot write the message", "standard output");
    }
    file_free(&text);
    return code;
}
