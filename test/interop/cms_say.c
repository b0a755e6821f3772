/* SPDX-License-Identifier: BSD-3-Clause */
/* cms_say FILE [CONTENT]: what our reader of CMS finds in a ContentInfo, in a
 * line; and, of a SignedData, whether its signatures hold under the
 * certificates that it carries (over CONTENT, when it is outside). No trust is
 * asked of anybody, and SHA-1 is let pass, which no reader of messages does. */
#include <stdio.h>
#include <stdlib.h>

#include "cms/cms.h"

enum { MOST = 65536, RSA_BITS_MOST = 4096 };

static e2m_bytes
read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(MOST);
    size_t len = 0;

    if (f != NULL && data != NULL) {
        len = fread(data, 1, MOST, f);
    }
    if (f == NULL || data == NULL || ferror(f) || len == MOST) {
        fprintf(stderr, "cms_say: cannot read %s\n", path);
        exit(2);
    }
    fclose(f);
    return (e2m_bytes){ data, len };
}

/* By the certificate that the SignerInfo names. */
static const char *
verdict(e2m_env *env, e2m_crypto *c, const e2m_signed *sd,
        const e2m_signer *s, e2m_bytes content)
{
    for (size_t i = 0; i < sd->num_certs; i++) {
        e2m_cert *cert = NULL;
        e2m_err err = e2m_cert_new(sd->certs[i], RSA_BITS_MOST, &cert);

        if (err == E2M_OK && e2m_cms_signed_by(s, cert)) {
            err = cert->pub == NULL
                      ? E2M_E_UNSUPPORTED
                      : e2m_cms_verify(env, c, sd, s, content, cert, true);
            e2m_cert_free(cert);
            return err == E2M_OK              ? "holds"
                   : err == E2M_E_CRYPTO      ? "does not hold"
                   : err == E2M_E_UNSUPPORTED ? "not ours"
                                              : "an error";
        }
        e2m_cert_free(cert);
    }
    return "no certificate";
}

static e2m_err
say_signed(e2m_env *env, e2m_crypto *c, e2m_bytes der, e2m_bytes outside)
{
    e2m_signed sd;

    TRY(e2m_cms_read_signed(env, der, &sd));
    printf("SignedData, content %s %zu, certificates %zu",
           sd.has_content ? "inside" : "outside", sd.content.len,
           sd.num_certs);
    for (size_t i = 0; i < sd.num_signers; i++) {
        const e2m_signer *s = &sd.signers[i];

        printf(", signer by %s with%s attributes: %s",
               s->key_id.len > 0 ? "key id" : "serial",
               s->attrs.len > 0 ? "" : "out",
               verdict(env, c, &sd, s, sd.has_content ? sd.content : outside));
    }
    return E2M_OK;
}

static e2m_err
say_enveloped(e2m_env *env, e2m_bytes der)
{
    static const char *const kinds[] = { "other", "ktri", "kari", "kekri" };
    e2m_enveloped e;

    TRY(e2m_cms_read_enveloped(env, der, &e));
    printf("EnvelopedData, sealed %zu, cipher %s", e.sealed.len,
           e2m_oid_name(e.cipher));
    for (size_t i = 0; i < e.num_recipients; i++) {
        printf(", %s", kinds[e.recipients[i].kind]);
    }
    return E2M_OK;
}

static e2m_err
say(e2m_env *env, e2m_crypto *c, e2m_bytes der, e2m_bytes outside)
{
    const e2m_oid_id type = e2m_cms_type(der);

    if (type == E2M_OID_SIGNED_DATA) {
        return say_signed(env, c, der, outside);
    }
    if (type == E2M_OID_ENVELOPED_DATA ||
        type == E2M_OID_AUTH_ENVELOPED_DATA) {
        return say_enveloped(env, der);
    }
    printf("%s", e2m_oid_name(type));
    return E2M_OK;
}

int
main(int argc, char **argv)
{
    e2m_env env;
    e2m_crypto *c = NULL;
    e2m_bytes der, outside = E2M_NONE;
    e2m_err err;

    if (argc != 2 && argc != 3) {
        return 2;
    }
    der = read_file(argv[1]);
    if (argc == 3) {
        outside = read_file(argv[2]);
    }
    e2m_env_init(&env, NULL, NULL);
    err = e2m_crypto_new(&c);
    if (err == E2M_OK) {
        err = say(&env, c, der, outside);
    }
    printf("%s\n", err == E2M_OK ? "" : " refused");
    e2m_crypto_free(c);
    e2m_env_done(&env);
    free((void *)(uintptr_t)der.data);
    free((void *)(uintptr_t)outside.data);
    return err == E2M_OK ? 0 : 1;
}
