/* SPDX-License-Identifier: BSD-3-Clause */
/* RecipientInfos (RFC 5652 sec. 6.2). Kinds, versions and originators that are
 * not ours are listed as E2M_RID_OTHER and passed over, as the clause demands;
 * what claims to be ours must be well-formed. */
#include "cms/internal.h"

enum { FIRST_CAP = 2, UKM_MAX = 64, VERSION_KARI = 3, VERSION_KEKRI = 4 };

/* Grows as it is read, within the limit. */
typedef struct list {
    e2m_env *env;
    e2m_recipient *items;
    size_t num;
    size_t cap;
} list;

static e2m_err
grow(list *l)
{
    const size_t cap = l->cap > 0 ? 2 * l->cap : FIRST_CAP;
    e2m_recipient *items = NULL;

    E2M_NEW(l->env, items, cap);
    if (l->num > 0) {
        memcpy(items, l->items, l->num * sizeof *items);
    }
    l->items = items;
    l->cap = cap;
    return E2M_OK;
}

static e2m_err
add(list *l, const e2m_recipient *r, const uint8_t *at)
{
    TRY(e2m_limit_check(l->env, E2M_LIMIT_RECIPIENTS, l->num + 1, at,
                        "too many recipients"));
    if (l->num == l->cap) {
        TRY(grow(l));
    }
    l->items[l->num++] = *r;
    return E2M_OK;
}

static e2m_err
add_other(list *l, const uint8_t *at)
{
    const e2m_recipient other = { .kind = E2M_RID_OTHER };

    return add(l, &other, at);
}

static e2m_err
read_key(e2m_in *in, e2m_recipient *r)
{
    TRY(e2m_der_get_alg(in, &r->key_alg));
    return e2m_der_get(in, E2M_DER_OCTET_STRING, &r->encrypted_key);
}

/* KeyTransRecipientInfo ::= SEQUENCE { version, rid, alg, encryptedKey } */
static e2m_err
read_ktri(list *l, e2m_in in)
{
    e2m_recipient r = { .kind = E2M_RID_KTRI };
    const uint8_t *at = in.rest.data;
    uint64_t version = 0;

    TRY(e2m_der_get_uint(&in, &version));
    if (version != 0 && version != 2) {
        return add_other(l, at);
    }
    TRY(e2m_cms_sid(&in, &r.issuer, &r.serial, &r.key_id));
    TRY(read_key(&in, &r));
    TRY(e2m_in_empty(&in));
    return add(l, &r, at);
}

/* KEKRecipientInfo ::= SEQUENCE { version, kekid SEQUENCE { OCTET STRING,
 *     date OPTIONAL, other OPTIONAL }, alg, encryptedKey } */
static e2m_err
read_kekri(list *l, e2m_in in)
{
    e2m_recipient r = { .kind = E2M_RID_KEKRI };
    const uint8_t *at = in.rest.data;
    e2m_in kekid;
    e2m_bytes skipped = E2M_NONE;
    uint64_t version = 0;
    bool found = false;

    TRY(e2m_der_get_uint(&in, &version));
    if (version != VERSION_KEKRI) {
        return add_other(l, at);
    }
    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &kekid));
    TRY(e2m_der_get(&kekid, E2M_DER_OCTET_STRING, &r.key_id));
    TRY(e2m_der_get_optional(&kekid, E2M_DER_GENERALIZED_TIME, &skipped,
                             &found));
    TRY(e2m_der_get_optional(&kekid, E2M_DER_SEQUENCE, &skipped, &found));
    TRY(e2m_in_empty(&kekid));
    TRY(read_key(&in, &r));
    TRY(e2m_in_empty(&in));
    return add(l, &r, at);
}

/* ---- key agreement ------------------------------------------------------- */

/* OriginatorPublicKey ::= SEQUENCE { alg, publicKey BIT STRING }, as [1]. The
 * curve is our own key's: parameters absent, NULL or a named curve (RFC 5753
 * sec. 3.1.1) are not needed to know it. */
static e2m_err
read_originator_key(e2m_in *in, e2m_bytes *out)
{
    e2m_in seq;
    e2m_der_alg alg;
    e2m_bytes bits = E2M_NONE;
    e2m_oid_id oid;

    TRY(e2m_der_enter(in, E2M_DER_CONTEXT_CONSTRUCTED(1), &seq));
    TRY(e2m_der_get_alg(&seq, &alg));
    TRY(e2m_der_get(&seq, E2M_DER_BIT_STRING, &bits));
    TRY(e2m_in_empty(&seq));
    if (bits.len == 0 || bits.data[0] != 0) {
        return E2M_E_SYNTAX; /* a point is whole octets */
    }
    oid = e2m_oid_of(alg.oid);
    if (oid == E2M_OID_EC_PUBLIC_KEY || oid == E2M_OID_X25519) {
        *out = e2m_bytes_from(bits, 1);
    }
    return E2M_OK;
}

/* KeyAgreeRecipientIdentifier ::= CHOICE { issuerAndSerialNumber,
 *     [0] IMPLICIT SEQUENCE { OCTET STRING, date OPTIONAL, other OPTIONAL }} */
static e2m_err
read_kari_rid(e2m_in *in, e2m_recipient *r)
{
    e2m_in id;
    e2m_bytes skipped = E2M_NONE;
    bool found = false;

    if (!e2m_der_next_is(in, E2M_DER_CONTEXT_CONSTRUCTED(0))) {
        return e2m_cms_sid(in, &r->issuer, &r->serial, &r->key_id);
    }
    TRY(e2m_der_enter(in, E2M_DER_CONTEXT_CONSTRUCTED(0), &id));
    TRY(e2m_der_get(&id, E2M_DER_OCTET_STRING, &r->key_id));
    TRY(e2m_der_get_optional(&id, E2M_DER_GENERALIZED_TIME, &skipped,
                             &found));
    TRY(e2m_der_get_optional(&id, E2M_DER_SEQUENCE, &skipped, &found));
    return e2m_in_empty(&id);
}

static e2m_err
read_encrypted_keys(list *l, e2m_in keys, const e2m_recipient *shared)
{
    while (!e2m_in_done(&keys)) {
        e2m_recipient r = *shared;
        const uint8_t *at = keys.rest.data;
        e2m_in key;

        TRY(e2m_der_enter(&keys, E2M_DER_SEQUENCE, &key));
        TRY(read_kari_rid(&key, &r));
        TRY(e2m_der_get(&key, E2M_DER_OCTET_STRING, &r.encrypted_key));
        TRY(e2m_in_empty(&key));
        TRY(add(l, &r, at));
    }
    return E2M_OK;
}

static e2m_err
read_ukm(list *l, e2m_in *in, e2m_bytes *out)
{
    e2m_in tagged;

    if (!e2m_der_next_is(in, E2M_DER_CONTEXT_CONSTRUCTED(1))) {
        return E2M_OK;
    }
    TRY(e2m_der_enter(in, E2M_DER_CONTEXT_CONSTRUCTED(1), &tagged));
    TRY(e2m_der_get(&tagged, E2M_DER_OCTET_STRING, out));
    TRY(e2m_in_empty(&tagged));
    return out->len <= UKM_MAX
               ? E2M_OK
               : e2m_fail(l->env, E2M_E_LIMIT, out->data,
                          "user keying material too long",
                          "RFC 5652 sec. 10.2.6");
}

/* KeyAgreeRecipientInfo ::= SEQUENCE { version, originator [0], ukm [1]
 *     OPTIONAL, alg, SEQUENCE OF SEQUENCE { rid, encryptedKey } } */
static e2m_err
read_kari(list *l, e2m_in in)
{
    e2m_recipient r = { .kind = E2M_RID_KARI };
    const uint8_t *at = in.rest.data;
    e2m_in originator, keys;
    uint64_t version = 0;

    TRY(e2m_der_get_uint(&in, &version));
    if (version != VERSION_KARI) {
        return add_other(l, at);
    }
    TRY(e2m_der_enter(&in, E2M_DER_CONTEXT_CONSTRUCTED(0), &originator));
    if (e2m_der_next_is(&originator, E2M_DER_CONTEXT_CONSTRUCTED(1))) {
        TRY(read_originator_key(&originator, &r.originator));
        TRY(e2m_in_empty(&originator));
    }
    if (r.originator.len == 0) { /* static-static, or a curve not ours */
        r.kind = E2M_RID_OTHER;
    }
    TRY(read_ukm(l, &in, &r.ukm));
    TRY(e2m_der_get_alg(&in, &r.key_alg));
    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &keys));
    TRY(e2m_in_empty(&in));
    return read_encrypted_keys(l, keys, &r);
}

/* ---- the set ------------------------------------------------------------- */

static e2m_err
read_one(list *l, e2m_in *in)
{
    const uint8_t *at = in->rest.data;
    e2m_bytes contents = E2M_NONE;
    unsigned tag = 0;

    TRY(e2m_der_get_any(in, &tag, &contents, NULL));
    switch (tag) {
    case E2M_DER_SEQUENCE:
        return read_ktri(l, e2m_in_init(contents));
    case E2M_DER_CONTEXT_CONSTRUCTED(1):
        return read_kari(l, e2m_in_init(contents));
    case E2M_DER_CONTEXT_CONSTRUCTED(2):
        return read_kekri(l, e2m_in_init(contents));
    default: /* pwri, ori, and what may still come */
        return add_other(l, at);
    }
}

static e2m_err
read_all(list *l, e2m_bytes set)
{
    e2m_in in = e2m_in_init(set);

    while (!e2m_in_done(&in)) {
        const uint8_t *at = in.rest.data;
        const e2m_err err = read_one(l, &in);

        if (err != E2M_OK) {
            return e2m_fail(l->env, err, at, "malformed RecipientInfo",
                            "RFC 5652 sec. 6.2");
        }
    }
    return E2M_OK;
}

e2m_err
e2m_cms_read_recipients(e2m_env *env, e2m_bytes set, e2m_enveloped *e)
{
    list l = { env, NULL, 0, 0 };

    TRY(read_all(&l, set));
    if (l.num == 0) {
        return e2m_fail(env, E2M_E_SYNTAX, set.data, "no RecipientInfo",
                        "RFC 5652 sec. 6.1");
    }
    e->recipients = l.items;
    e->num_recipients = l.num;
    return E2M_OK;
}
