/* SPDX-License-Identifier: BSD-3-Clause */
/* base: slices, cursors, the arena, secrets, and how a failure is reported.
 *
 * Everything below is for one message at a time. All memory of a message comes
 * from its arena and goes back, wiped, in one step; so functions that only use
 * the arena simply return when something fails. */
#ifndef E2M_BASE_H
#define E2M_BASE_H

#include <e2m/types.h>
#include <string.h>

/* ---- results ---------------------------------------------------------- */

/* TRY passes a failure on. Only an e2m_err is accepted: an int-returning call
 * does not compile, so foreign conventions cannot slip in. */
#define TRY(expr)                                                            \
    do {                                                                     \
        const e2m_err try_ = _Generic((expr), e2m_err : (expr));             \
        if (try_ != E2M_OK) {                                                \
            return try_;                                                     \
        }                                                                    \
    } while (0)

/* ---- slices ----------------------------------------------------------- */

#define E2M_LIT(s) ((e2m_bytes){ (const uint8_t *)("" s), sizeof(s) - 1 })
#define E2M_NONE ((e2m_bytes){ NULL, 0 })

/* e2m_str makes a slice of a NUL-terminated string; NULL gives empty. */
e2m_bytes e2m_str(const char *s);

/* e2m_bytes_eq compares octet by octet. Never for secrets: e2m_ct_eq. */
bool e2m_bytes_eq(e2m_bytes a, e2m_bytes b);

/* e2m_bytes_ieq compares without ASCII case, whatever the locale. */
bool e2m_bytes_ieq(e2m_bytes a, e2m_bytes b);

/* e2m_bytes_istarts says whether `a` begins with `prefix`, ASCII caseless. */
bool e2m_bytes_istarts(e2m_bytes a, e2m_bytes prefix);

/* The smallest readers are inline: a CMS header is some hundred of them. */

/* e2m_bytes_from drops the first `n` octets (all of them if fewer). */
static inline e2m_bytes
e2m_bytes_from(e2m_bytes a, size_t n)
{
    if (n == 0) {
        return a;
    }
    return n < a.len ? (e2m_bytes){ a.data + n, a.len - n } : E2M_NONE;
}

/* e2m_bytes_upto keeps the first `n` octets (all of them if fewer). */
static inline e2m_bytes
e2m_bytes_upto(e2m_bytes a, size_t n)
{
    return (e2m_bytes){ a.data, n < a.len ? n : a.len };
}

/* e2m_bytes_within says whether `part` points into `whole`. */
bool e2m_bytes_within(e2m_bytes part, e2m_bytes whole);

/* e2m_bytes_span is the slice from the start of `a` to the end of `b`; both
 * point into one buffer, `a` not behind `b`. */
e2m_bytes e2m_bytes_span(e2m_bytes a, e2m_bytes b);

/* ---- reading ---------------------------------------------------------- */

/* A cursor over a slice. Every e2m_in_* either succeeds and advances or fails
 * and leaves cursor and outputs as they were. */
typedef struct e2m_in {
    e2m_bytes rest; /* not yet read */
} e2m_in;

static inline e2m_in
e2m_in_init(e2m_bytes data)
{
    return (e2m_in){ data };
}

static inline bool
e2m_in_done(const e2m_in *in)
{
    return in->rest.len == 0;
}

E2M_MUST static inline e2m_err
e2m_in_u8(e2m_in *in, uint8_t *out)
{
    if (in->rest.len == 0) {
        return E2M_E_SYNTAX;
    }
    *out = in->rest.data[0];
    in->rest = e2m_bytes_from(in->rest, 1);
    return E2M_OK;
}

E2M_MUST static inline e2m_err
e2m_in_take(e2m_in *in, size_t n, e2m_bytes *out)
{
    if (in->rest.len < n) {
        return E2M_E_SYNTAX;
    }
    *out = e2m_bytes_upto(in->rest, n);
    in->rest = e2m_bytes_from(in->rest, n);
    return E2M_OK;
}

/* e2m_in_empty fails with E2M_E_SYNTAX when octets are left: rule 4. */
E2M_MUST static inline e2m_err
e2m_in_empty(const e2m_in *in)
{
    return in->rest.len == 0 ? E2M_OK : E2M_E_SYNTAX;
}

/* e2m_in_peek gives the octet at `at` from here, or -1 behind the end. */
static inline int
e2m_in_peek(const e2m_in *in, size_t at)
{
    return at < in->rest.len ? in->rest.data[at] : -1;
}

/* ---- memory of one message -------------------------------------------- */

typedef struct e2m_arena e2m_arena; /* see arena.c */

struct e2m_arena {
    e2m_mem mem;
    struct e2m_block *first; /* newest block */
    struct e2m_block *lent;  /* oldest block, when it is the caller's */
    size_t used;             /* octets asked of `mem` so far */
    size_t max;              /* E2M_LIMIT_MEMORY */
    bool full;               /* the last refusal was our limit */
};

/* e2m_arena_init takes the hooks (NULL: malloc and free) and the cap. */
void e2m_arena_init(e2m_arena *a, const e2m_mem *mem_or_null, size_t max);

/* e2m_arena_lend gives an empty arena `room` of `len` octets, aligned for any
 * object, to use before it asks the hooks. It must outlive e2m_arena_done,
 * which wipes what was used of it and forgets it. */
void e2m_arena_lend(e2m_arena *a, void *room, size_t len);

/* e2m_arena_done wipes and frees every block; the arena is empty and usable
 * again afterwards. */
void e2m_arena_done(e2m_arena *a);

/* e2m_arena_alloc gives `len` zeroed octets, aligned for any object, that live
 * until e2m_arena_done.
 * Fails  E2M_E_NOMEM the hook refused; E2M_E_LIMIT over the cap */
E2M_MUST e2m_err e2m_arena_alloc(e2m_arena *a, size_t len, void **out);

/* ---- secrets ---------------------------------------------------------- */

#define E2M_SECRET_MAX 64

/* A key of at most 64 octets. Lives in an arena or on the stack; wiped by
 * e2m_secret_done, and with its arena in any case. */
typedef struct e2m_secret {
    uint8_t data[E2M_SECRET_MAX];
    size_t len;
} e2m_secret;

void e2m_wipe(void *p, size_t len);
void e2m_secret_done(e2m_secret *s);
/* e2m_ct_eq compares secrets in time that depends on `len` alone. */
bool e2m_ct_eq(const void *a, const void *b, size_t len);

/* ---- what went wrong, and where --------------------------------------- */

/* The first specific failure of a message. The texts are static: nothing of
 * the message is ever copied into them, so a log cannot leak or be injected. */
typedef struct e2m_diag {
    e2m_err err;
    const char *what;  /* "two Content-Type header fields" */
    const char *layer; /* "SIP message", "MIME body", "CMS EnvelopedData" ... */
    const char *rule;  /* "RFC 3261 sec. 7.3.1" */
    size_t offset;     /* octets from the start of `layer`'s bytes */
    bool has_offset;
} e2m_diag;

/* ---- the work on one message ------------------------------------------ */

/* What every function that allocates or reports gets as its first argument. */
typedef struct e2m_env {
    e2m_arena arena;
    const size_t *limits; /* E2M_LIMIT_COUNT values */
    e2m_diag diag;
    const char *layer; /* the layer being read, for reports */
    e2m_bytes bytes;   /* its bytes, to turn pointers into offsets */
    size_t parts;      /* entities seen so far, against E2M_LIMIT_PARTS */
    size_t private_ops;/* private-key operations done so far */
    size_t signatures; /* checked so far, against E2M_LIMIT_SIGNERS */
    size_t inflated;   /* octets out of compressed content so far */
} e2m_env;

/* Defaults of e2m_limit, in its order. */
extern const size_t e2m_limit_defaults[E2M_LIMIT_COUNT];

/* e2m_env_init prepares an environment. `limits` NULL: the defaults; else it
 * must outlive the environment. */
void e2m_env_init(e2m_env *env, const e2m_mem *mem_or_null,
                  const size_t *limits);
void e2m_env_done(e2m_env *env);

/* e2m_fail records the first failure and returns `err`. `at` points to the
 * offending octet (NULL when there is none); what, rule: static texts. */
e2m_err e2m_fail(e2m_env *env, e2m_err err, const uint8_t *at,
                 const char *what, const char *rule);

/* e2m_env_enter names the layer whose bytes are read from now on, for later
 * reports, and returns the previous one; give that to e2m_env_leave. */
typedef struct e2m_place {
    const char *layer;
    e2m_bytes bytes;
} e2m_place;
e2m_place e2m_env_enter(e2m_env *env, const char *layer, e2m_bytes bytes);
void e2m_env_leave(e2m_env *env, e2m_place before);

/* e2m_limit_check fails with E2M_E_LIMIT and a report when `value` is over. */
E2M_MUST e2m_err e2m_limit_check(e2m_env *env, e2m_limit which, size_t value,
                                 const uint8_t *at, const char *what);

/* e2m_alloc is e2m_arena_alloc with a report. */
E2M_MUST e2m_err e2m_alloc(e2m_env *env, size_t len, void **out);

/* E2M_NEW makes `ptr` point to `n` zeroed objects, or returns the failure from
 * the calling function, as TRY does. */
#define E2M_NEW(env, ptr, n)                                                 \
    do {                                                                     \
        void *new_ = NULL;                                                   \
        TRY(e2m_new_array((env), (n), sizeof *(ptr), &new_));                \
        (ptr) = new_;                                                        \
    } while (0)
E2M_MUST e2m_err e2m_new_array(e2m_env *env, size_t num, size_t each,
                               void **out);

/* e2m_dup copies a slice into the arena. */
E2M_MUST e2m_err e2m_dup(e2m_env *env, e2m_bytes in, e2m_bytes *out);

/* ---- building --------------------------------------------------------- */

/* A growing buffer in the arena. The first failure sticks; appends after it do
 * nothing, so a run of them needs one check, at e2m_out_done. */
typedef struct e2m_out {
    e2m_env *env;
    uint8_t *data;
    size_t len;
    size_t cap;
    e2m_err err;
} e2m_out;

void e2m_out_init(e2m_out *o, e2m_env *env, size_t expect);
void e2m_out_put(e2m_out *o, e2m_bytes b);
void e2m_out_str(e2m_out *o, const char *s);
void e2m_out_u8(e2m_out *o, uint8_t b);
void e2m_out_dec(e2m_out *o, uint64_t value);
void e2m_out_hex(e2m_out *o, e2m_bytes b);
/* e2m_out_room appends `n` octets for the caller to fill; NULL after a
 * failure. The pointer is valid until the next append. */
uint8_t *e2m_out_room(e2m_out *o, size_t n);
/* e2m_out_done gives what was written; valid as long as the arena. */
E2M_MUST e2m_err e2m_out_done(e2m_out *o, e2m_bytes *out);

#endif
