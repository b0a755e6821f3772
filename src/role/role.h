/* SPDX-License-Identifier: BSD-3-Clause */
/* role: what end-to-middle means. One file per idea: label, identity, replay,
 * the middle's copy of an SDP, seal, open, inspect, refuse, explain. */
#ifndef E2M_ROLE_H
#define E2M_ROLE_H

#include <stddef.h>

#include <e2m/discovery.h>
#include <e2m/e2m.h>

#include "sip/sip.h"
#include "smime/smime.h"

/* A key of our own with its certificates, the first one its own. */
typedef struct e2m_identity {
    e2m_cert *cert;
    e2m_pkey *key;
    e2m_bytes *chain; /* the others, DER */
    size_t num_chain;
} e2m_identity;

struct e2m_peer {
    e2m_cert *cert;
};

/* Contexts prepared for one thread's work: lent to a message and given back
 * (api/bench.c). `room` is the first memory of the message's arena, so that a
 * usual message asks the heap for nothing; wiped whenever it lies idle. */
enum { E2M_BENCH_ROOM = 32768 };
typedef struct e2m_bench {
    max_align_t room[E2M_BENCH_ROOM / sizeof(max_align_t)];
    e2m_crypto *crypto;
    e2m_certs *certs;
} e2m_bench;

enum {
    E2M_MAX_IDENTITIES = 32,
    E2M_BENCHES = 8,
    E2M_MAX_DEMANDS = 16,
    E2M_WARN_VIEW = 380,  /* final 9.4 */
    E2M_WARN_VERIFY = 381
};

/* The context. All but `benches` and `memory` is immutable. */
struct e2m {
    e2m_mem mem;
    size_t limits[E2M_LIMIT_COUNT];
    bool policy[E2M_POLICY_COUNT];
    e2m_answers answers;
    unsigned warn_view;   /* warn-codes of our refusals */
    unsigned warn_verify;
    e2m_bytes *names;
    size_t num_names;
    e2m_bytes hosts[E2M_MAX_IDENTITIES]; /* of the names, for a glance */
    e2m_bytes *via;
    size_t num_via;
    e2m_identity *identities;
    size_t num_identities;
    e2m_cms_key *keys; /* the same, as cms wants them */
    e2m_cert **peers;
    size_t num_peers;
    e2m_anchors *anchors;
    e2m_replay replay;
    e2m_keys reuse;                 /* no `get`: no reuse */
    struct e2m_memory *memory;      /* own replay memory, or NULL */
    struct e2m_keyring *keyring;    /* own store of keys, or NULL */
    struct e2m_bench_rack *benches; /* api's */
};

struct e2m_msg {
    e2m_env env;
    const e2m *ctx;
    e2m_bench *bench;
    e2m_tools tools;
    int64_t now_sec;
    e2m_bytes wire;
    e2m_sip sip;
    bool parsed;
    /* read with the header, once */
    e2m_addr from;
    e2m_addr to;
    e2m_cseq cseq;
    e2m_level *tree; /* of the body, once looked at */
    e2m_bytes label; /* of the envelope at hand, for reuse.c */
    e2m_demand demands[E2M_MAX_DEMANDS]; /* of the host's policy */
    size_t num_demands;
    struct e2m_label_ids *label_ids; /* label fields, once they were asked */
};

/* ---- label.c: which middle is asked to look (WIRE.md 3) ------------------ */

typedef struct e2m_label_ids e2m_label_ids;

/* e2m_label_of collects the names that `entity` is labelled with, in any form;
 * label fields of the SIP header count for the body and, by cid, for parts.
 * Names come as written ("ss1.x", "sip:ss1.x"), at most 16. A label that cannot
 * be lexed is no label; more than 64 by cid are E2M_E_LIMIT. */
typedef struct e2m_label {
    e2m_bytes names[16];
    size_t num;
} e2m_label;
E2M_MUST e2m_err e2m_label_of(e2m_msg *msg, const e2m_entity *entity,
                              e2m_label *out);
/* e2m_label_among: `name` is one of `names`. */
bool e2m_label_among(e2m_bytes name, const e2m_bytes *names, size_t num);
/* e2m_label_names says whether one of the names is one of `names`. */
bool e2m_label_names(const e2m_label *l, const e2m_bytes *names, size_t num);
/* e2m_label_text joins the names with ", ". */
E2M_MUST e2m_err e2m_label_text(e2m_env *env, const e2m_label *l,
                                e2m_bytes *out);
/* e2m_label_key joins the hosts (AORs where there is a user) in lower case with
 * ",": the same for every spelling. */
E2M_MUST e2m_err e2m_label_key(e2m_env *env, const e2m_label *l,
                               e2m_bytes *out);
/* e2m_label_put writes a label in the form asked for: into the draft's
 * disposition and lines, or, for Proxy-Inspect-Body, as SIP header lines added
 * to `edits`. `disposition` is the value the part has without a label. */
typedef struct e2m_labelling {
    const e2m_bytes *names;
    size_t num;
    e2m_label_form form;
    e2m_bytes disposition;
} e2m_labelling;
E2M_MUST e2m_err e2m_label_put(e2m_msg *msg, const e2m_labelling *how,
                               e2m_draft *draft, e2m_edits *edits);
/* e2m_label_same_name: two names of a middle, host or SIP URI. */
bool e2m_label_same_name(e2m_bytes a, e2m_bytes b);
/* e2m_label_host: of such a name. */
e2m_bytes e2m_label_host(e2m_bytes name);

/* ---- identity.c: who said it, of which message, when (WIRE.md 2) --------- */

/* e2m_aib_write makes the AIB entity of this message; `date` is its Date. */
E2M_MUST e2m_err e2m_aib_write(e2m_msg *msg, e2m_bytes date, e2m_bytes *out);
/* e2m_aib_is: Content-Disposition aib and message/sipfrag. */
bool e2m_aib_is(const e2m_entity *e);
/* e2m_aib_find gives the AIB among a SIGNED level's own parts, or NULL; two are
 * as good as none. */
const e2m_entity *e2m_aib_find(const e2m_level *sig);
/* e2m_aib_check compares an AIB whose signature holds with signer, message and
 * time. *why is NONE when it binds. */
E2M_MUST e2m_err e2m_aib_check(e2m_msg *msg, const e2m_level *sig,
                               const e2m_entity *aib, e2m_reason *why);
/* What a fragment says against a message: the address in `id` (a tag counts
 * where the fragment has one), the CSeq. */
bool e2m_same_address(const e2m_sip *fragment, e2m_hdr id,
                      const e2m_addr *want);
bool e2m_same_cseq(const e2m_sip *fragment, const e2m_cseq *want);
/* e2m_sender_uri: who must have signed; From of a request, To of a response */
e2m_bytes e2m_sender_uri(const e2m_msg *msg);
/* e2m_far_uri is the other one. */
e2m_bytes e2m_far_uri(const e2m_msg *msg);

/* ---- replay.c ------------------------------------------------------------ */

/* e2m_replay_check remembers a bound signature. A request that carries one of
 * our own Via may come again, a few times: a spiral. */
E2M_MUST e2m_err e2m_replay_check(e2m_msg *msg, const e2m_level *sig,
                                  e2m_reason *why);

/* ---- sdp_copy.c: what a middle may see of an SDP (WIRE.md 1) ------------- */

/* e2m_sdp_copy keeps the allowed lines; order, m= lines and o= stay. `without`:
 * attributes ("a=NAME") that are left out too. */
E2M_MUST e2m_err e2m_sdp_copy(e2m_env *env, e2m_bytes sdp,
                              const e2m_bytes *without, size_t num_without,
                              e2m_bytes *out);

/* ---- verdict.c ----------------------------------------------------------- */

/* A verdict being made. */
typedef struct e2m_finding {
    e2m_msg *msg;
    e2m_verdict verdict;
    e2m_part *parts;
    size_t num;
    size_t cap;
} e2m_finding;

/* e2m_recipient_word: "ecdh", "rsa-oaep", "rsa-pkcs1", "kek", "other". */
const char *e2m_recipient_word(const e2m_recipient *r);

E2M_MUST e2m_err e2m_finding_new(e2m_msg *msg, e2m_finding **out);
/* e2m_finding_refuse sets the answer, unless one is set already: outcome, SIP
 * status, texts. Returns E2M_OK, so that walks stop by asking refused(). */
void e2m_finding_refuse(e2m_finding *f, e2m_reason why);
bool e2m_finding_refused(const e2m_finding *f);
/* e2m_finding_error turns a failure into an answer where it is one (syntax,
 * limit, unsupported, cannot decrypt) and passes the others on. */
E2M_MUST e2m_err e2m_finding_error(e2m_finding *f, e2m_err err);
/* e2m_finding_add records a PLAIN level that was read. `label`: joined. */
E2M_MUST e2m_err e2m_finding_add(e2m_finding *f, const e2m_level *level,
                                 e2m_bytes label);
/* e2m_finding_shared: the far end, too, can open what we opened. */
bool e2m_finding_shared(e2m_msg *msg, const e2m_level *env_level);
/* e2m_finding_close settles signer and bound over all parts. */
void e2m_finding_close(e2m_finding *f, e2m_outcome outcome);
/* e2m_check_signatures verifies every signature around `level`, and that there
 * is one and that it is bound, as policy has it; refuses otherwise. */
E2M_MUST e2m_err e2m_check_signatures(e2m_finding *f, e2m_level *level);
/* e2m_walk_envelope opens an ENVELOPED level, after the signatures around it,
 * refusing where it must. */
E2M_MUST e2m_err e2m_walk_envelope(e2m_finding *f, e2m_level *level);
/* e2m_walk_compressed inflates a COMPRESSED level, in the same way. */
E2M_MUST e2m_err e2m_walk_compressed(e2m_finding *f, e2m_level *level);
/* e2m_check_replays remembers the bound signatures of a message that is about
 * to be believed; refuses when one was seen before. */
E2M_MUST e2m_err e2m_check_replays(e2m_finding *f);
/* e2m_cut_body_fields drops the header fields that describe the body. */
E2M_MUST e2m_err e2m_cut_body_fields(e2m_msg *msg, e2m_edits *edits);
/* e2m_look builds msg->tree, once. */
E2M_MUST e2m_err e2m_look(e2m_msg *msg);

/* ---- demand.c: what a middle's own policy demands (WIRE.md 5) ------------ */

/* e2m_demanded: E2M_VIEW, ... or'ed, of content like `e`; e2m_demands: whether
 * anything of `what` is demanded at all. */
unsigned e2m_demanded(const e2m_msg *msg, const e2m_entity *e);
bool e2m_demands(const e2m_msg *msg, unsigned what);
/* e2m_demand_settle follows the walk: refuses what stayed shut and must not. */
E2M_MUST e2m_err e2m_demand_settle(e2m_finding *f);
/* e2m_demand_tell fills a refusal's demands, for its sender to act on. */
E2M_MUST e2m_err e2m_demand_tell(e2m_finding *f);
/* e2m_demand_number gives a middle's refusal the number of its generation. */
void e2m_demand_number(const e2m *ctx, e2m_verdict *v);
/* e2m_refusal_phrase: "Forbidden", for a status line. */
const char *e2m_refusal_phrase(unsigned status);

/* ---- reuse_*.c: keys of earlier messages (RFC 3185, WIRE.md 4) ----------- */

/* e2m_reuse_find is the `kek` hook of e2m_cms_keys; `user` is the message,
 * whose `label` is set to that of the envelope being read. */
e2m_err e2m_reuse_find(void *user, e2m_bytes id, e2m_secret *out, bool *found);
/* e2m_reuse_at sets msg->label before an envelope is matched. */
E2M_MUST e2m_err e2m_reuse_at(e2m_msg *msg, const e2m_level *level);
/* e2m_reuse_settle follows a message that is about to be believed: the uses of
 * kept keys are taken (refused when one had none left), and the keys that it
 * offers for reuse are kept. */
E2M_MUST e2m_err e2m_reuse_settle(e2m_finding *f);
/* e2m_reuse_shared: whether the far end holds the kept key `id` too. */
bool e2m_reuse_shared(e2m_msg *msg, e2m_bytes id);

/* What sealing has to do with reuse: a kept key to seal under (kek.len > 0),
 * or a reference to set. */
typedef struct e2m_reuse {
    uint8_t key[32];
    e2m_kept kept;
    e2m_secret kek;
    e2m_label label; /* of the kept key */
} e2m_reuse;
/* e2m_reuse_choose looks for a key that `plan` may use for `msg`, of a content
 * cipher with keys of `key_len` octets, and takes one of its uses; or draws a
 * reference. */
E2M_MUST e2m_err e2m_reuse_choose(e2m_msg *msg, const e2m_plan *plan,
                                  size_t key_len, e2m_reuse *out);
/* e2m_reuse_keep keeps what was set, once the message is sealed; `cek` is its
 * content key, `label` as e2m_label_text has it. */
E2M_MUST e2m_err e2m_reuse_keep(e2m_msg *msg, const e2m_reuse *r,
                                const e2m_secret *cek, e2m_bytes label);

/* ---- disclosure.c: who may be shown what (RFC 4189 sec. 5) --------------- */

enum { E2M_MAX_GRANTS = 16, E2M_MAX_RULES = 256, E2M_MAX_LESSONS = 256,
       E2M_MAX_CHAIN = 8 };

/* The octets are the policy's. */
typedef struct e2m_grants {
    e2m_bytes items[E2M_MAX_GRANTS];
    size_t num;
} e2m_grants;

typedef struct e2m_rule {
    e2m_bytes middle;
    unsigned line;
    e2m_grants view;
    e2m_grants verify;
    e2m_grants withhold;
} e2m_rule;

struct e2m_disclosure {
    e2m_env env;
    e2m_rule *rules; /* E2M_MAX_RULES */
    size_t num;
    int64_t lifetime_sec; /* of what is learned under it */
};

/* e2m_in_domain: `host` is `domain` or lies below it. */
bool e2m_in_domain(e2m_bytes host, e2m_bytes domain);

/* The media types in a plain body, a multipart's leaves. They live with the
 * message. */
typedef struct e2m_types {
    e2m_bytes list[8];
    size_t num;
} e2m_types;
E2M_MUST e2m_err e2m_types_of(e2m_msg *msg, e2m_types *out);
bool e2m_types_match(const e2m_types *types, e2m_bytes pattern);
/* e2m_disclosure_all asks for every type in turn; q->type is filled in. */
void e2m_disclosure_all(const e2m_disclosure *policy, e2m_question *q,
                        const e2m_types *types, e2m_permit *out);

/* ---- learn.c: what follows from a demand --------------------------------- */

/* e2m_learn_concerns: a demand that is about this request. */
E2M_MUST e2m_err e2m_learn_concerns(e2m_msg *request, const e2m_demand *d,
                                    bool *out);
/* e2m_learn_decide: may all that `r` demands of `request` be disclosed? */
E2M_MUST e2m_err e2m_learn_decide(e2m_msg *request, const e2m_rejection *r,
                                  const e2m_disclosure *policy,
                                  e2m_permit *out);
/* e2m_learn_lesson makes the i-th demand of `r` a lesson; its slices are the
 * request's and the rejection's. */
E2M_MUST e2m_err e2m_learn_lesson(e2m_msg *request, const e2m_rejection *r,
                                  size_t at, e2m_lesson *out);
/* e2m_learn_applies: a lesson holds for this request, now. */
bool e2m_learn_applies(const e2m_lesson *lesson, const e2m_msg *request,
                       const e2m_types *types);
/* e2m_learn_question: may `name`, a host or SIP URI, do `what` with something
 * of `msg`; the type is left for the caller to set. */
e2m_question e2m_learn_question(const e2m_msg *msg, e2m_bytes name,
                                unsigned what);

/* ---- seal: the plan ------------------------------------------------------ */

enum { E2M_MAX_READERS = 16 };
struct e2m_plan {
    const e2m *ctx;
    const e2m_cert *to[E2M_MAX_READERS];
    size_t num_to;
    const e2m_cert *middles[E2M_MAX_READERS];
    e2m_bytes names[E2M_MAX_READERS]; /* of the middles; owned */
    bool copy[E2M_MAX_READERS];       /* ... that get a copy of an SDP */
    size_t num_middles;
    e2m_bytes without[E2M_MAX_GRANTS];/* "a=NAME": not in that copy */
    size_t num_without;
    const e2m_disclosure *disclosure; /* or NULL */
    e2m_bytes verify_at[E2M_MAX_READERS]; /* owned */
    size_t num_verify_at;
    e2m_bytes accept[E2M_MAX_READERS]; /* owned */
    size_t num_accept;
    unsigned can; /* ciphers that all readers can decrypt, as far as we know */
    int option[E2M_OPT_COUNT];
};

/* ---- ciphers.c ----------------------------------------------------------- */

e2m_oid_id e2m_cipher_oid(e2m_cipher cipher);
size_t e2m_cipher_key_len(e2m_cipher cipher);
bool e2m_cipher_is_cbc(e2m_cipher cipher);
/* Those that a list of capabilities names, 1 << e2m_cipher each. */
unsigned e2m_ciphers_in(e2m_bytes capabilities);
/* e2m_cipher_choose takes the plan's cipher, or another that all its readers
 * can decrypt; false: there is none. */
bool e2m_cipher_choose(const e2m_plan *plan, bool cbc_too, e2m_cipher *out);

#endif
