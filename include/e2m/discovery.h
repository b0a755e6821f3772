/* SPDX-License-Identifier: BSD-3-Clause */
/* libe2m: discovery. A proxy that must see what it cannot says so in a signed
 * 493 or 403 (e2m_middle_require, e2m_middle_refuse); the user agent finds out
 * who asks and whether that can be believed, asks its own disclosure policy,
 * seals again with the new reader, and remembers.
 *
 *   e2m_end_rejection  is this answer a demand, whose, can it be believed
 *   e2m_disclosure     who may be shown what: rules, default deny
 *   e2m_learned        what was demanded and allowed, for later messages
 *   e2m_plan_learned   the next message's plan, with the readers it needs
 *
 * Nothing but a believed demand that the policy allows widens disclosure, and
 * nothing is ever sent in clear because somebody asked: no such demand exists.
 *
 * Spec  mech 2.3; ntt 5; RFC 4189 REQ-GEN-4; WIRE.md 5 */
#ifndef E2M_DISCOVERY_H
#define E2M_DISCOVERY_H

#include <e2m/e2m.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a middle's answer --------------------------------------------------- */

/* e2m_middle_response makes a whole response of what e2m_middle_refuse makes,
 * for a host without a SIP stack of its own: status line, the request's Via,
 * From, To, Call-ID and CSeq in front. `tag`, a token, goes into a To that has
 * none.
 *
 * Spec     RFC 3261 sec. 8.2.6.2
 * Fails    as e2m_middle_refuse; E2M_E_ARG no token */
E2M_API E2M_MUST e2m_err e2m_middle_response(e2m_msg *msg,
                                             const e2m_verdict *verdict,
                                             e2m_bytes tag, e2m_bytes *out);

/* ---- an answer that demands ---------------------------------------------- */

typedef struct e2m_rejection {
    bool believed;       /* signature, certificate, name, request, date: all
                            hold. The rest is for reports until then */
    e2m_reason reason;   /* why not; E2M_BECAUSE_NO_DEMAND: it is none */
    e2m_why why;
    unsigned status;     /* 403, 493, 495, 496; 0: none of these */
    e2m_bytes middle;    /* the host that demands; empty: not even that */
    const e2m_demand *demands; /* E2M_VIEW, E2M_VERIFY; VIEW first */
    size_t num_demands;
    e2m_bytes certificate;     /* DER: of the middle, to seal for */
    const e2m_bytes *chain;    /* DER: what came along to check it by */
    size_t num_chain;
} e2m_rejection;

/* e2m_end_rejection reads a final response as the answer to `request`, the
 * message that was sent or the one it was made from (From tag, To, Call-ID and
 * CSeq are compared). NULL, for a report alone: then it is not believed.
 *
 * Spec   mech 2.3; WIRE.md 5; RFC 5922 sec. 7 (the certificate's name)
 * Gives  *out, owned by `answer`; never NULL on E2M_OK
 * Fails  E2M_E_ARG `answer` did not parse, or is a request; E2M_E_NOMEM */
E2M_API E2M_MUST e2m_err e2m_end_rejection(e2m_msg *answer,
                                           const e2m_msg *request_or_null,
                                           const e2m_rejection **out);

/* ---- the disclosure policy ----------------------------------------------- */

typedef struct e2m_disclosure e2m_disclosure;

/* e2m_disclosure_new makes a policy without rules: all is denied. It is filled
 * by one thread, then only read. A rule is e2m_disclosure_rule and what follows
 * it; the first rule whose `middle` fits decides:
 *   middle    a host; "*.example.com", all below it; "@own" and "@peer", every
 *             host in the sender's, in the far user's domain
 *   line      where it stands in its file, for reports
 *   what      E2M_VIEW or E2M_VERIFY; `type` as in e2m_middle_require
 *   withhold  of an SDP; "keys": the middle gets a copy without keying
 *             material; "a=NAME": nor this attribute
 * Fails  E2M_E_ARG malformed, or no rule to belong to; E2M_E_LIMIT over 256
 *        rules, or 16 of a kind in one; E2M_E_NOMEM */
E2M_API E2M_MUST e2m_err e2m_disclosure_new(e2m_disclosure **out);
E2M_API void e2m_disclosure_free(e2m_disclosure *policy);
E2M_API E2M_MUST e2m_err e2m_disclosure_rule(e2m_disclosure *policy,
                                             e2m_bytes middle, unsigned line);
E2M_API E2M_MUST e2m_err e2m_disclosure_allow(e2m_disclosure *policy,
                                              unsigned what, e2m_bytes type);
E2M_API E2M_MUST e2m_err e2m_disclosure_withhold(e2m_disclosure *policy,
                                                 e2m_bytes what);
/* e2m_disclosure_lifetime: how long a lesson holds, in seconds [86400]; at
 * least a second, at most a year. */
E2M_API E2M_MUST e2m_err e2m_disclosure_lifetime(e2m_disclosure *policy,
                                                 int64_t sec);

typedef struct e2m_question {
    e2m_bytes middle; /* host */
    e2m_bytes own;    /* the sender's domain; may be empty */
    e2m_bytes peer;   /* the far user's domain; may be empty */
    unsigned what;    /* E2M_VIEW or E2M_VERIFY */
    e2m_bytes type;   /* media type of the content */
} e2m_question;

typedef struct e2m_permit {
    bool allowed;
    bool ruled;       /* some rule is about this middle */
    unsigned line;    /* of that rule */
    bool copy;        /* it gets a copy; what is withheld follows */
    const e2m_bytes *withhold; /* lives with the policy */
    size_t num_withhold;
} e2m_permit;

E2M_API void e2m_disclosure_ask(const e2m_disclosure *policy,
                                const e2m_question *q, e2m_permit *out);

/* ---- what was learned ---------------------------------------------------- */

typedef struct e2m_learned e2m_learned;

/* One demand, remembered. */
typedef struct e2m_lesson {
    e2m_demand demand;
    e2m_bytes middle;
    bool to_peer;     /* holds for requests to `domain`; else from it */
    e2m_bytes domain;
    int64_t until_sec;
    e2m_bytes certificate; /* DER; empty for E2M_VERIFY */
    const e2m_bytes *chain;/* DER: what to check it by, besides the anchors */
    size_t num_chain;
} e2m_lesson;

/* e2m_learned_new makes an empty memory of at most 256 lessons. One thread at
 * a time. `ctx` gives the limits and must outlive it. */
E2M_API E2M_MUST e2m_err e2m_learned_new(e2m_learned **out, const e2m *ctx);
E2M_API void e2m_learned_free(e2m_learned *memory);
/* e2m_learned_add: may what a believed rejection demands of `request` (the
 * plain message) be disclosed? Then it is remembered, as long as the policy
 * says: for requests with content of the type that this one has, from the
 * sender's domain, or, where the middle is of the far user's domain, to that.
 * A demand to view what the request has not got is passed over; there must be
 * another one. `out` says what the policy said of the demand that it denies, or
 * of the last one.
 * Gives  out->allowed: it is worth to seal and send again
 * Fails  E2M_E_ARG not believed; E2M_E_LIMIT over 8 KiB or 8 certificates;
 *        E2M_E_NOMEM, E2M_E_SYNTAX */
E2M_API E2M_MUST e2m_err e2m_learned_add(e2m_learned *memory, e2m_msg *request,
                                         const e2m_rejection *rejection,
                                         const e2m_disclosure *policy,
                                         e2m_permit *out);
/* e2m_learned_drop forgets what is over at `now_sec`, and says how many. */
E2M_API size_t e2m_learned_drop(e2m_learned *memory, int64_t now_sec);
E2M_API size_t e2m_learned_count(const e2m_learned *memory);
/* e2m_learned_get: the slices live until the memory changes. */
E2M_API void e2m_learned_get(const e2m_learned *memory, size_t at,
                             e2m_lesson *out);
/* e2m_learned_text writes the memory as lines of text, for a file of mode 0600
 * (e2m(1) has the form); the text lives until the memory changes.
 * e2m_learned_read replaces the memory by such a text; what is malformed fails
 * E2M_E_SYNTAX, the memory is as it was, and *out_line says where. */
E2M_API E2M_MUST e2m_err e2m_learned_text(e2m_learned *memory,
                                          e2m_bytes *out);
E2M_API E2M_MUST e2m_err e2m_learned_read(e2m_learned *memory, e2m_bytes text,
                                          unsigned *out_line);

/* ---- the plan ------------------------------------------------------------ */

/* e2m_plan_disclosure puts a plan under a policy, which must outlive it: an
 * answer under a kept key goes only to middles that may view its content. */
E2M_API void e2m_plan_disclosure(e2m_plan *plan, const e2m_disclosure *policy);
/* e2m_plan_learned adds to the plan for `msg`, a request, what was learned for
 * messages like it, as far as the plan's policy still allows it and the
 * certificate still holds. The memory must outlive the plan and stay as it is.
 * Spec   final 2.3: recipients are the far UA and the proxies
 * Fails  E2M_E_ARG a plan without a policy; E2M_E_LIMIT, E2M_E_NOMEM,
 *        E2M_E_SYNTAX */
E2M_API E2M_MUST e2m_err e2m_plan_learned(e2m_plan *plan, e2m_msg *msg,
                                          const e2m_learned *memory);
/* e2m_plan_asked: the other side's request named `names` (verdict->verifiers),
 * who shall be able to verify `msg`, the answer, too; those whom the plan's
 * policy allows are added as e2m_plan_verify_at does. Without a policy
 * e2m_plan_accept's names are allowed; without those, all.
 * Spec   RFC 4189 REQ-INT-3 */
E2M_API E2M_MUST e2m_err e2m_plan_asked(e2m_plan *plan, e2m_msg *msg,
                                        e2m_bytes names);

#ifdef __cplusplus
}
#endif
#endif
