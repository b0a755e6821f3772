/* SPDX-License-Identifier: BSD-3-Clause */
/* The user's key: given, or made with a request for its certificate. */
#include <errno.h>
#include <e2m/pki.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

/* Does the file hold the user's own certificate and the key to it? */
static int
check_identity(e2m_bytes file, const char *pass, const char *user,
               const char *name)
{
    const e2m_pki_question q = { .file = file,
                                 .pass = pass,
                                 .name = text_bytes(user),
                                 .now_sec = (int64_t)time(NULL) };
    e2m_pki_report r;
    const e2m_err err = e2m_pki_look(&q, &r);

    if (err != E2M_OK) {
        return fault_err(err, "cannot use the key file", name);
    }
    if (!r.has_key || !r.has_cert || !r.key_fits) {
        return fault(EXIT_OWN,
                     !r.has_cert  ? "no certificate"
                     : !r.has_key ? "no private key"
                                  : "the key is not the certificate's",
                     name, "RFC 5280 sec. 4.1.2.7");
    }
    return r.named ? 0
                   : fault(EXIT_OWN, "the certificate is not this user's", name,
                           "subjectAltName URI, RFC 5922 sec. 7.1");
}

/* Of --p12 or --pem; before anything is written. */
int
identity_check(const setup *s, const options *opt)
{
    const char *from = opt->agent.p12 != NULL ? opt->agent.p12 : opt->agent.pem;
    e2m_bytes pass = { NULL, 0 };
    e2m_bytes file = { NULL, 0 };
    int code = file_read(from, &file);

    if (code == 0 && opt->pass_file != NULL) {
        code = file_first_line(opt->pass_file, &pass);
    }
    if (code == 0) {
        code = check_identity(file, (const char *)pass.data, s->user, from);
    }
    file_free(&file);
    file_free(&pass);
    return code;
}

static int
copy_identity(const setup *s, const options *opt)
{
    const bool p12 = opt->agent.p12 != NULL;
    e2m_bytes pass = { NULL, 0 };
    int code = files_copy(s, p12 ? opt->agent.p12 : opt->agent.pem,
                    p12 ? "identity.p12" : "identity.pem", AGENT_KEY);

    if (code == 0 && opt->pass_file != NULL) {
        code = file_first_line(opt->pass_file, &pass);
        if (code == 0) {
            code = files_put(s, "identity.pass", AGENT_KEY,
                       (e2m_bytes){ pass.data, pass.len - 1 });
        }
        file_free(&pass);
    }
    return code;
}

/* A key that is there stays: a certificate may exist or be on its way. */
static int
new_identity(const setup *s)
{
    char name[AGENT_PATH];
    e2m_pki_pair pair;
    e2m_err err;
    int code = agent_join(name, s->dir, "identity.pem");

    if (code != 0 || access(name, F_OK) == 0) {
        return code;
    }
    err = e2m_pki_request(text_bytes(s->user), &pair);
    if (err != E2M_OK) {
        return fault_err(err, "cannot make a key", name);
    }
    code = files_put(s, "identity.pem", AGENT_KEY, pair.key);
    if (code == 0) {
        code = files_put(s, "identity.csr", AGENT_FILE, pair.cert);
    }
    e2m_pki_free(&pair);
    if (code == 0) {
        printf("\nHave your CA sign %s/identity.csr, then:\n"
               "            e2m agent setup --dir %s --cert CERTIFICATE\n",
               s->dir, s->dir);
    }
    return code;
}

bool
identity_given(const options *opt)
{
    return opt->agent.p12 != NULL || opt->agent.pem != NULL;
}

int
identity_write(const setup *s, const options *opt)
{
    return identity_given(opt) ? copy_identity(s, opt) : new_identity(s);
}

/* Certificate first, then what was there: the key. An older certificate, when
 * this is a renewal, is then one of the chain's, where it does no harm. */
static int
put_before(const char *name, e2m_bytes cert, e2m_bytes key, const char *user)
{
    e2m_bytes text = { NULL, 0 };
    struct stat st;
    int code;

    if (stat(name, &st) != 0) {
        return fault(EXIT_OWN, "cannot read", name, strerror(errno));
    }
    if (files_join(cert, key, &text) != E2M_OK) {
        return fault_err(E2M_E_NOMEM, "cannot write", name);
    }
    code = check_identity(text, NULL, user, name);
    if (code == 0) {
        code = file_replace(name, text);
    }
    if (code == 0 && geteuid() == 0 && chown(name, st.st_uid, st.st_gid) != 0) {
        code = fault(EXIT_OWN, "cannot give away", name, strerror(errno));
    }
    file_free(&text);
    return code;
}

int
identity_cert(const options *opt)
{
    site *own;
    char name[AGENT_PATH];
    e2m_bytes cert = { NULL, 0 };
    e2m_bytes key = { NULL, 0 };
    int code = site_open(opt, &own);

    if (code != 0) {
        return code;
    }
    code = agent_join(name, own->dir, "identity.pem");
    if (code == 0) {
        code = file_read(opt->agent.cert, &cert);
    }
    if (code == 0) {
        code = file_read(name, &key);
    }
    if (code == 0) {
        code = put_before(name, cert, key, site_get(own, "E2M_USER"));
    }
    file_free(&cert);
    file_free(&key);
    free(own);
    if (code == 0) {
        printf("%s\n", name);
    }
    return code;
}
