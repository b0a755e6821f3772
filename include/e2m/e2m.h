/* SPDX-License-Identifier: BSD-3-Clause */
/* libe2m: end-to-middle security for SIP.
 *
 * The bytes of one SIP message go in; a verdict, the plaintext and edits to
 * those bytes come out. The library opens no socket, starts no thread, reads no
 * clock and keeps no global state.
 *
 * The objects, in the order of their lives:
 *   e2m_conf     what this node is and believes; mutable while it is built
 *   e2m          the context made from it; immutable, shared by threads
 *   e2m_peer     somebody's certificate, to seal for
 *   e2m_plan     how to seal: for whom, with what; one thread
 *   e2m_msg      one message: borrows the wire bytes, owns all other memory
 *                until it is closed and wiped; one thread
 *
 * Conventions. Every call that can fail returns e2m_err; on failure its outputs
 * are NULL, empty or the closed answer. Slices (e2m_bytes) that a message hands
 * out live until e2m_msg_close. NULL is fine for every _free and _close. An
 * error means "could not answer"; what is wrong with a message is an answer and
 * stands in the verdict, whose zero value says no.
 *
 * A proxy (a middle) is four calls: e2m_msg_open, e2m_middle_inspect, when
 * verdict->sip_status is not 0 e2m_middle_refuse, e2m_msg_close. A user agent
 * (an end) seals with e2m_end_seal, opens with e2m_end_open, and applies the
 * edits with e2m_edits_apply or with its stack's own means. */
#ifndef E2M_E2M_H
#define E2M_E2M_H

#include <e2m/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2m_conf e2m_conf;
typedef struct e2m e2m;
typedef struct e2m_peer e2m_peer;
typedef struct e2m_plan e2m_plan;
typedef struct e2m_msg e2m_msg;

/* e2m_err_name gives a static word: "syntax", "limit", ... */
E2M_API const char *e2m_err_name(e2m_err err);
/* e2m_version: "0.1.0"; e2m_crypto_library: the libcrypto really linked. */
E2M_API const char *e2m_version(void);
E2M_API const char *e2m_crypto_library(void);

/* ---- configuration ------------------------------------------------------- */

/* e2m_conf_new starts a configuration. `mem` NULL: malloc and free; the hooks
 * serve the messages, not the context. NULL when out of memory. */
E2M_API e2m_conf *e2m_conf_new(const e2m_mem *mem_or_null);
E2M_API void e2m_conf_free(e2m_conf *conf);

/* e2m_conf_name adds a name that this node answers to as a middle: a host
 * ("ss1.atlanta.example.com") or a SIP URI; hosts compare without case.
 * Spec  WIRE.md 3; mech 2.2 */
E2M_API E2M_MUST e2m_err e2m_conf_name(e2m_conf *conf, e2m_bytes host_or_uri);

/* e2m_conf_identity adds a key of our own with its certificate: a PEM file
 * (certificate first, then its chain, and the key in any place) or PKCS#12.
 * Several may be added, an EC and an RSA one, or one for each user.
 * Fails  E2M_E_SYNTAX; E2M_E_NOKEY no key, wrong passphrase, or a key that is
 *        not the certificate's; E2M_E_UNSUPPORTED */
E2M_API E2M_MUST e2m_err e2m_conf_identity(e2m_conf *conf, e2m_bytes file,
                                           const char *pass_or_null);

/* e2m_conf_trust adds every certificate of a PEM or DER file as a trust anchor
 * and every CRL in it; a CRL turns revocation checking of whole paths on. */
E2M_API E2M_MUST e2m_err e2m_conf_trust(e2m_conf *conf, e2m_bytes file);

/* e2m_conf_peer adds a certificate of somebody else's: to seal for by name
 * (e2m_plan_to_aor), for signers that do not send theirs, and to know the far
 * end among an envelope's recipients. It is not trusted for being here. */
E2M_API E2M_MUST e2m_err e2m_conf_peer(e2m_conf *conf, e2m_bytes file);

/* e2m_conf_via adds a sent-by host of our own Via fields, so that a request
 * that spirals through this node is not taken for a replay. */
E2M_API E2M_MUST e2m_err e2m_conf_via(e2m_conf *conf, e2m_bytes host);

E2M_API E2M_MUST e2m_err e2m_conf_limit(e2m_conf *conf, e2m_limit which,
                                        size_t value);

typedef enum e2m_policy {
    E2M_ALLOW_UNSIGNED,    /* content without a signature passes [no] */
    E2M_ALLOW_UNBOUND,     /* a signature without an AIB passes [no] */
    E2M_REQUIRE_COMMITTED, /* only envelopes with a key commitment are read
                              (WIRE.md 1) [no] */
    E2M_REQUIRE_SHARED,    /* a middle reads only what the far end gets too
                              [no] */
    E2M_INSECURE_PKCS1_V15,/* read RSA PKCS#1 v1.5 key transport [no] */
    E2M_INSECURE_CBC,      /* read CBC content without a signature [no] */
    E2M_INSECURE_SHA1,     /* believe SHA-1 signatures [no] */
    E2M_POLICY_COUNT
} e2m_policy;
E2M_API E2M_MUST e2m_err e2m_conf_policy(e2m_conf *conf, e2m_policy which,
                                         bool on);

/* Replay memory. `seen` tests and sets in one step: *known says whether `key`
 * was there, and it stays there until `until_sec`. When it can take no more it
 * returns E2M_E_LIMIT, and the message is refused. Called from any thread that
 * has a message open. Without hooks a context remembers by itself, up to
 * `max` (e2m_conf_replay_max) keys [65536]. */
typedef struct e2m_replay {
    e2m_err (*seen)(void *user, const uint8_t key[32], int64_t now_sec,
                    int64_t until_sec, bool *known);
    void *user;
} e2m_replay;
E2M_API E2M_MUST e2m_err e2m_conf_replay(e2m_conf *conf,
                                         const e2m_replay *hooks);
E2M_API E2M_MUST e2m_err e2m_conf_replay_max(e2m_conf *conf, size_t max);

/* Reused content keys (RFC 3185): what a message's CEKReference names is kept,
 * so that answers and later messages need no public-key encryption. `key` and
 * `dialog` are hashes; `kek` is secret, wipe it with its record. */
typedef struct e2m_kept {
    uint8_t reference[64]; /* as in the messages */
    size_t reference_len;
    uint8_t kek[32];
    size_t kek_len;
    uint8_t dialog[32];    /* of the Call-ID; zeros outside dialogs */
    char label[192];       /* the middles that read it, comma-joined; "" */
    bool shared;           /* the far end holds it too */
    uint32_t uses;         /* messages that may still use it */
    int64_t until_sec;     /* kept no longer, seconds since 1970 UTC */
} e2m_kept;

/* The store. Each call is one step for all threads and processes that share
 * it. A record whose `uses` ran out stays until its time, without its kek, so
 * that no copy of the message that set it can revive it.
 *   put  keeps a record; one that is there and in its time stays as it is,
 *        unless `replace`. Full: it may forget others, the oldest first, or
 *        this one.
 *   get  *found: it is there, in its time, with uses left
 *   use  takes one use; *left false when there was none */
typedef struct e2m_keys {
    e2m_err (*put)(void *user, const uint8_t key[32], const e2m_kept *kept,
                   int64_t now_sec, bool replace);
    e2m_err (*get)(void *user, const uint8_t key[32], int64_t now_sec,
                   e2m_kept *out, bool *found);
    e2m_err (*use)(void *user, const uint8_t key[32], int64_t now_sec,
                   bool *left);
    void *user;
} e2m_keys;
/* e2m_kept_write and e2m_kept_read: a record with its key as octets, the same
 * on every machine, for stores in files and for other nodes (e2m(1) has the
 * layout). e2m_kept_read is false for what is no record. */
enum { E2M_KEPT_OCTETS = 384 };
E2M_API void e2m_kept_write(const uint8_t key[32], const e2m_kept *kept,
                            uint8_t out[E2M_KEPT_OCTETS]);
E2M_API E2M_MUST bool e2m_kept_read(const uint8_t in[E2M_KEPT_OCTETS],
                                    uint8_t key[32], e2m_kept *kept);

/* e2m_conf_reuse gives a context a store: it then keeps the keys of messages
 * that it believes and that carry a reference, and reads messages under them.
 * `hooks` NULL: a store of its own, in memory, for `max` records. */
E2M_API E2M_MUST e2m_err e2m_conf_reuse(e2m_conf *conf, const e2m_keys *hooks,
                                        size_t max);

/* How a refusal of ours speaks. Both forms are read, always.
 *   view, verify  the warn-codes that say what is demanded [380, 381]
 * Fails  E2M_E_ARG codes outside 300..399, or the same for both
 * Spec   WIRE.md 5; mech 2.3; final 4.1 */
typedef enum e2m_answers {
    E2M_ANSWERS_MECH = 0, /* 493 and 403 */
    E2M_ANSWERS_FINAL     /* 496 Proxy Undecipherable, 495 Signature Required */
} e2m_answers;
E2M_API E2M_MUST e2m_err e2m_conf_answers(e2m_conf *conf, e2m_answers form);
E2M_API E2M_MUST e2m_err e2m_conf_warnings(e2m_conf *conf, unsigned view,
                                           unsigned verify);

/* e2m_new makes a context; the configuration may be freed afterwards. A reload
 * is a new context and a swap. e2m_free: no message may be open any more. */
E2M_API E2M_MUST e2m_err e2m_new(e2m **out, const e2m_conf *conf);
E2M_API void e2m_free(e2m *ctx);
/* e2m_selftest runs a known answer of every primitive in this process. */
E2M_API E2M_MUST e2m_err e2m_selftest(const e2m *ctx);
/* e2m_random_bytes draws from the library's own generator. */
E2M_API E2M_MUST e2m_err e2m_random_bytes(uint8_t *out, size_t len);

/* e2m_box_seal puts `text` under a key that several nodes share, for what they
 * tell each other (kept keys): AES-256-GCM under a random nonce, with its time
 * and a name of the key in front. `out` takes text.len + E2M_BOX_MORE octets.
 * e2m_box_open takes a box apart, when it is not older or newer than a minute;
 * `out` takes box.len - E2M_BOX_MORE octets. What comes twice within that
 * minute is the caller's to bear.
 * Fails  E2M_E_NOKEY another key's; E2M_E_LIMIT out of its time; E2M_E_CRYPTO
 *        changed on the way; E2M_E_SYNTAX no box at all */
enum { E2M_BOX_MORE = 48 };
E2M_API E2M_MUST e2m_err e2m_box_seal(const e2m *ctx, const uint8_t key[32],
                                      e2m_bytes text, int64_t now_sec,
                                      uint8_t *out);
E2M_API E2M_MUST e2m_err e2m_box_open(const e2m *ctx, const uint8_t key[32],
                                      e2m_bytes box, int64_t now_sec,
                                      uint8_t *out);

/* ---- somebody's certificate ---------------------------------------------- */

/* e2m_peer_new takes the first certificate of a PEM or DER file. Immutable. */
E2M_API E2M_MUST e2m_err e2m_peer_new(e2m_peer **out, e2m_bytes file);
E2M_API void e2m_peer_free(e2m_peer *peer);
/* its first identity (SAN URI, rfc822Name or dNSName); lives with the peer */
E2M_API e2m_bytes e2m_peer_identity(const e2m_peer *peer);
/* e2m_peer_is: the certificate is this AOR's ("sip:...@..."), or this host's
 * by RFC 5922 (a name without "@"). */
E2M_API bool e2m_peer_is(const e2m_peer *peer, e2m_bytes aor_or_host);

/* ---- one message --------------------------------------------------------- */

/* e2m_msg_open parses a message. `wire` must outlive it. `now_sec`: seconds
 * since 1970 UTC, what every check of this message takes for now.
 * Fails  E2M_E_SYNTAX, E2M_E_LIMIT, E2M_E_NOMEM. On E2M_E_SYNTAX and
 *        E2M_E_LIMIT *out is made all the same, for e2m_msg_why alone. */
E2M_API E2M_MUST e2m_err e2m_msg_open(e2m_msg **out, const e2m *ctx,
                                      e2m_bytes wire, e2m_framing framing,
                                      int64_t now_sec);
E2M_API void e2m_msg_close(e2m_msg *msg);

/* What went wrong first, in static words: nothing of the message is in them. */
typedef struct e2m_why {
    const char *what;  /* "cannot decrypt"; "" when nothing did */
    const char *where; /* "CMS AuthEnvelopedData", "SIP message", ... */
    const char *rule;  /* "RFC 3218", "RFC 3261 sec. 20.14", ... */
    size_t offset;     /* octets from the start of `where`, if has_offset */
    bool has_offset;
} e2m_why;
E2M_API e2m_why e2m_msg_why(const e2m_msg *msg);

/* e2m_msg_is_request and what follows: empty when the message did not parse. */
E2M_API bool e2m_msg_is_request(const e2m_msg *msg);
E2M_API e2m_bytes e2m_msg_method(const e2m_msg *msg); /* CSeq's on responses */
E2M_API e2m_bytes e2m_msg_from(const e2m_msg *msg);   /* URI */
E2M_API e2m_bytes e2m_msg_to(const e2m_msg *msg);     /* URI */
E2M_API e2m_bytes e2m_msg_body(const e2m_msg *msg);
/* e2m_msg_sealed: the body is S/MIME at its outermost level (or a multipart
 * with such a part). Cheap: no cryptography. */
E2M_API bool e2m_msg_sealed(const e2m_msg *msg);

/* e2m_msg_dialog gives the hash that stands in e2m_kept.dialog for this
 * message's Call-ID; e2m_reuse_drop forgets the dialog's keys, at its end, in a
 * store of the context's own (a host's store is the host's to clear). */
E2M_API E2M_MUST e2m_err e2m_msg_dialog(e2m_msg *msg, uint8_t out[32]);
/* e2m_call_id_dialog: the same for a Call-ID alone. */
E2M_API E2M_MUST e2m_err e2m_call_id_dialog(const e2m *ctx, e2m_bytes call_id,
                                            uint8_t out[32]);
E2M_API void e2m_reuse_drop(const e2m *ctx, const uint8_t dialog[32]);
/* e2m_reuse_drop_reference forgets every key that stands under a reference:
 * for a host that learns, from a 493, that the other side has lost it. */
E2M_API void e2m_reuse_drop_reference(const e2m *ctx, e2m_bytes reference);

/* ---- verdicts ------------------------------------------------------------ */

typedef enum e2m_outcome {
    E2M_UNDECIDED = 0,
    E2M_READ,           /* all that was asked for was read and believed */
    E2M_NOT_FOR_ME,     /* nothing here names this node: pass it on */
    E2M_UNDECIPHERABLE, /* 493 */
    E2M_FORBIDDEN,      /* 403: signature, identity, replay, policy */
    E2M_MALFORMED       /* 400 */
} e2m_outcome;
/* "read", "not-for-me", "undecipherable", "forbidden", "malformed" */
E2M_API const char *e2m_outcome_name(e2m_outcome o);

/* e2m_reason_name: "cannot-decrypt", "bad-signature", ... */
E2M_API const char *e2m_reason_name(e2m_reason r);

typedef struct e2m_encryption {
    const char *structure;   /* "none", "EnvelopedData", "AuthEnvelopedData" */
    const char *cipher;      /* "aes-128-gcm", ...; "" */
    const char *recipient;   /* how our key got it: "ecdh", "rsa-oaep",
                                "rsa-pkcs1", "kek"; "" */
    bool committed;          /* a key commitment was there, and right */
    bool shared_with_far_end;/* the same envelope names the far end too: its
                                certificate when we hold it, else somebody
                                besides us */
} e2m_encryption;

typedef struct e2m_signature {
    bool present;
    bool valid;         /* signature, path and usage all hold */
    bool bound;         /* an AIB ties it to this very message */
    e2m_bytes signer;   /* identity proven by the certificate; else empty */
    const char *algorithm; /* "ecdsa-sha256", "rsa-pss-sha512", ...; "" */
    unsigned ciphers;   /* when valid: what the signer says it can decrypt, 1 <<
                           e2m_cipher each (RFC 8551 sec. 2.5.2); 0: nothing */
} e2m_signature;

/* One piece of content that was read. */
typedef struct e2m_part {
    e2m_bytes content_type; /* media type with parameters, unfolded */
    e2m_bytes content;      /* transfer encoding undone */
    e2m_bytes label;        /* the names it was labelled with, comma-joined;
                               of the nearest labelled level around it */
    e2m_encryption encryption;
    e2m_signature signature;
    bool identity;          /* this is the AIB, not content for a user */
} e2m_part;

/* What a middle demands to do with content of a type. */
typedef enum e2m_demand_kind {
    E2M_VIEW = 1,   /* read it */
    E2M_VERIFY = 2, /* verify a signature over it, bound to the message */
    E2M_SEALED = 4  /* of e2m_middle_require alone: it must not come plain */
} e2m_demand_kind;
typedef struct e2m_demand {
    unsigned what;  /* one e2m_demand_kind */
    e2m_bytes type; /* media type, or a pattern as e2m_middle_require has it;
                       "*": the whole body */
} e2m_demand;

typedef struct e2m_verdict {
    e2m_outcome outcome;
    unsigned sip_status;  /* 0: carry on; else 400, 403, 493, 503 */
    e2m_reason reason;
    e2m_why why;
    const e2m_part *parts;/* what was read, in order, an AIB behind the content;
                             none unless E2M_READ */
    size_t num_parts;
    e2m_bytes signer;     /* who vouches for all of the parts, proven */
    bool bound;           /* all of them to this message */
    e2m_bytes verifiers;  /* whom the labels of signatures name, joined by
                             ", ": the sender asks that an answer be signed
                             for them too. Of e2m_end_open, with
                             E2M_READ */
    const e2m_demand *demands; /* of a refusal: what the sender can do */
    size_t num_demands;
} e2m_verdict;

/* ---- a middle ------------------------------------------------------------ */

/* e2m_middle_may_concern glances at a message's octets, before it is opened:
 * false when nothing in it can be a label that names this node, so that
 * inspecting it would come to E2M_NOT_FOR_ME (or find it malformed, which then
 * is others' business). Exact for labels, not for what e2m_middle_require
 * demands. `wire` may begin behind header fields that are known to be about no
 * body. Costs next to nothing.
 *
 * Spec   RFC 4189 REQ-GEN-2; WIRE.md 3 */
E2M_API bool e2m_middle_may_concern(const e2m *ctx, e2m_bytes wire);

/* e2m_middle_require says what this node demands of `msg`, before it inspects:
 * `what` is E2M_VIEW, E2M_VERIFY and E2M_SEALED or'ed; `type` a media type,
 * whose subtype may be "*", or "*" alone for every type. Up to 16 times.
 * Content that is not there is not missed. With E2M_REQUIRE_SHARED a demand to
 * view covers all that the far end gets. Which methods and directions it holds
 * for is the host's routing to say.
 *
 * Spec   mech 2.3, 3; final 4.1; RFC 4189 REQ-GEN-4
 * Fails  E2M_E_ARG no such demand or type; E2M_E_LIMIT */
E2M_API E2M_MUST e2m_err e2m_middle_require(e2m_msg *msg, unsigned what,
                                            e2m_bytes type);

/* e2m_middle_inspect decides what the proxy may read of `msg` and whether it
 * may pass. What is not labelled for one of its names is not looked into.
 *
 * Spec     mech 2.2, 3.3; RFC 5652 sec. 6; RFC 3218; WIRE.md 2, 3
 * Needs    a context with a name and an identity
 * Gives    *out: never NULL on E2M_OK; owned by msg
 * Fails    E2M_E_NOMEM, E2M_E_CRYPTO the library itself is broken
 * Failing  *out is a verdict with outcome E2M_UNDECIDED
 * Threads  one thread per msg; any number of msgs per context */
E2M_API E2M_MUST e2m_err e2m_middle_inspect(e2m_msg *msg,
                                            const e2m_verdict **out);

/* e2m_middle_refuse makes header lines (each with CRLF) and the body of the
 * signed answer to a request that a verdict refuses: multipart/signed over a
 * message/sipfrag, which says what the verdict demands, and this middle's
 * certificate.
 *
 * Spec     mech 2.3; WIRE.md 5
 * Needs    verdict->sip_status not 0, and an identity of one of our names
 * Fails    E2M_E_ARG a response, or nothing to refuse; E2M_E_NOKEY */
E2M_API E2M_MUST e2m_err e2m_middle_refuse(e2m_msg *msg,
                                           const e2m_verdict *verdict,
                                           e2m_bytes *out_headers,
                                           e2m_bytes *out_body);

/* ---- an end -------------------------------------------------------------- */

/* e2m_plan_new makes a plan of how to seal (e2m_option in types.h says what can
 * be set); the context must outlive it, and so must the peers. */
E2M_API E2M_MUST e2m_err e2m_plan_new(e2m_plan **out, const e2m *ctx);
E2M_API void e2m_plan_free(e2m_plan *plan);
/* e2m_plan_to adds the far UA; e2m_plan_to_aor finds its certificate among the
 * context's peers, E2M_E_NOKEY when there is none. A plan without a reader
 * signs and does not encrypt. */
E2M_API E2M_MUST e2m_err e2m_plan_to(e2m_plan *plan, const e2m_peer *peer);
E2M_API E2M_MUST e2m_err e2m_plan_to_aor(e2m_plan *plan, e2m_bytes aor);
/* e2m_plan_middle adds a proxy that shall decrypt and read. `peer` must be
 * `name`'s own certificate (RFC 5922), else E2M_E_NOKEY; NULL: look among the
 * context's peers. */
E2M_API E2M_MUST e2m_err e2m_plan_middle(e2m_plan *plan, e2m_bytes name,
                                         const e2m_peer *peer_or_null);
/* e2m_plan_verify_at labels the signature for a proxy: it shall verify. */
E2M_API E2M_MUST e2m_err e2m_plan_verify_at(e2m_plan *plan, e2m_bytes name);
E2M_API E2M_MUST e2m_err e2m_plan_set(e2m_plan *plan, e2m_option which,
                                      int value);
/* e2m_cipher_name: "aes-128-gcm", ...; "" for what is none */
E2M_API const char *e2m_cipher_name(e2m_cipher cipher);
/* e2m_plan_can: one of the readers can decrypt `ciphers` (as in e2m_signature)
 * and no others; called for each of whom that is known, 0 is not. Certificates
 * that say so themselves (RFC 4262) are heeded without it. When E2M_OPT_CIPHER
 * is not what all can decrypt, another is taken that is: GCM, else CBC under a
 * signature. A context remembers nothing of what messages said. */
E2M_API void e2m_plan_can(e2m_plan *plan, unsigned ciphers);
/* e2m_plan_accept names a middle that an answer under a kept key may show
 * itself to. Without any, the middles that the other side named are accepted;
 * with some, an answer for others is sealed by public key, or not at all. */
E2M_API E2M_MUST e2m_err e2m_plan_accept(e2m_plan *plan, e2m_bytes name);

/* e2m_end_seal seals the body of a request or response as planned. The signer
 * is the context's identity that is the From (request) or To (response).
 *
 * Spec     mech 2.1, 2.2, 3.1, 3.2; RFC 3893; WIRE.md 1-3, 8
 * Needs    a message with a body
 * Gives    *out: edits on the wire bytes, owned by msg
 * Fails    E2M_E_ARG no body, or a plan that contradicts itself; E2M_E_NOKEY
 *          no identity of ours is the sender, a reader cannot receive, or no
 *          cipher is for all of them;
 *          E2M_E_LIMIT, E2M_E_NOMEM, E2M_E_CRYPTO, E2M_E_SYNTAX
 * Failing  no edits: nothing may be sent, above all not the plain body */
E2M_API E2M_MUST e2m_err e2m_end_seal(e2m_msg *msg, const e2m_plan *plan,
                                      const e2m_edit **out, size_t *out_num);

/* e2m_end_open opens what is for us and gives the edits that put the plain
 * body back, byte for byte as it was sealed. Edits come only with E2M_READ.
 *
 * Spec     mech 3.1, 3.2; RFC 3893 sec. 7; RFC 8591; WIRE.md 1, 2
 * Fails    as e2m_middle_inspect */
E2M_API E2M_MUST e2m_err e2m_end_open(e2m_msg *msg, const e2m_verdict **out,
                                      const e2m_edit **out_edits,
                                      size_t *out_num);

/* e2m_edits_length is the length of the edited message; e2m_edits_apply writes
 * it. Fails E2M_E_ARG: `cap` is too small, or edits not of these bytes. */
E2M_API size_t e2m_edits_length(e2m_bytes wire, const e2m_edit *edits,
                                size_t num);
E2M_API E2M_MUST e2m_err e2m_edits_apply(e2m_bytes wire, const e2m_edit *edits,
                                         size_t num, uint8_t *out, size_t cap,
                                         size_t *out_len);

/* ---- looking without a key ----------------------------------------------- */

typedef struct e2m_seen_recipient {
    const char *kind;  /* "ecdh", "rsa-oaep", "rsa-pkcs1", "kek", "other" */
    e2m_bytes name;    /* identity, when a certificate we hold fits */
    e2m_bytes id;      /* text: "serial 1A2B" or "key id 0C.." */
} e2m_seen_recipient;

/* One level of a message's tree. */
typedef struct e2m_node {
    size_t depth;            /* 0: the body itself */
    e2m_bytes content_type;  /* with parameters */
    e2m_bytes disposition;   /* with parameters, as written */
    e2m_bytes label;         /* names, comma-joined; empty */
    size_t size;             /* octets of the body of this level */
    const char *structure;   /* "plain", "multipart", "multipart/signed",
                                "SignedData", "EnvelopedData", ... */
    const char *cipher;      /* of an envelope */
    bool has_commitment;
    e2m_bytes cek_reference; /* RFC 3185, hex */
    const e2m_seen_recipient *recipients;
    size_t num_recipients;
    e2m_bytes signer;        /* as the carried certificate claims; unproven */
    const char *algorithm;   /* of the signature */
    const char *problem;     /* static words when this level is malformed;
                                "" when it is not */
} e2m_node;

/* e2m_explain lists the levels, outermost first, children behind parents.
 * Fails  E2M_E_NOMEM, E2M_E_LIMIT; a malformed level is a node that says so */
E2M_API E2M_MUST e2m_err e2m_explain(e2m_msg *msg, const e2m_node **out,
                                     size_t *out_num);

#ifdef __cplusplus
}
#endif
#endif
