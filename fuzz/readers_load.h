/* SPDX-License-Identifier: BSD-3-Clause */
/* The readers of readers.h as a reader's keys. */
#ifndef FUZZ_READERS_LOAD_H
#define FUZZ_READERS_LOAD_H

#include "cms/cms.h"
#include "fuzz.h"
#include "readers.h"

enum { READERS = 2 };

static inline void
load_reader(const char *pem, e2m_cms_key *out)
{
    e2m_keyfile file;
    e2m_cert *cert = NULL;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    MUST(e2m_keyfile_read(&env, e2m_str(pem), NULL, &file) == E2M_OK);
    MUST(file.num_certs == 1 && file.key != NULL);
    MUST(e2m_cert_new(file.certs[0], 4096, &cert) == E2M_OK);
    MUST(cert->pub != NULL && e2m_pkey_fits(file.key, cert->pub));
    *out = (e2m_cms_key){ cert, file.key };
    e2m_env_done(&env);
}

static inline void
load_readers(e2m_cms_key out[READERS])
{
    load_reader(reader_ec, &out[0]);
    load_reader(reader_rsa, &out[1]);
}

#endif
