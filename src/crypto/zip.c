/* SPDX-License-Identifier: BSD-3-Clause */
/* zlib streams (RFC 1950), in the memory of the message. */
#include <limits.h>

#include <zlib.h>

#include "crypto/internal.h"

enum { STEP = 2048 };

/* zlib's own state goes into the arena, and with it: nothing to free. */
typedef struct memory {
    e2m_env *env;
    e2m_err err;
} memory;

static void *
zip_alloc(void *user, unsigned items, unsigned size)
{
    memory *m = user;
    void *p = NULL;

    m->err = e2m_new_array(m->env, items, size, &p);
    return p;
}

static void
zip_free(void *user, void *p)
{
    (void)user;
    (void)p;
}

static z_stream
stream(memory *m, e2m_bytes in)
{
    return (z_stream){ .zalloc = zip_alloc,
                       .zfree = zip_free,
                       .opaque = m,
                       .next_in = (Bytef *)(uintptr_t)in.data,
                       .avail_in = (unsigned)in.len };
}

/* The memory that zlib was refused, or what else it has against it. */
static e2m_err
refused(const memory *m)
{
    return m->err != E2M_OK ? m->err : E2M_E_CRYPTO;
}

static e2m_err
bad(e2m_env *env, e2m_err err, const char *what)
{
    return e2m_fail(env, err, NULL, what, "RFC 1950, RFC 3274 sec. 2");
}

/* Piece by piece into `o`, until the stream ends or is too much. */
static e2m_err
run(const memory *m, z_stream *z, size_t max, e2m_out *o)
{
    uint8_t piece[STEP];
    size_t total = 0;
    int got = Z_OK;

    while (got == Z_OK) {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        got = inflate(z, Z_NO_FLUSH);
        total += sizeof piece - z->avail_out;
        if (total > max) {
            got = Z_BUF_ERROR;
            break;
        }
        e2m_out_put(o, (e2m_bytes){ piece, sizeof piece - z->avail_out });
    }
    e2m_wipe(piece, sizeof piece);
    if (total > max) {
        return bad(m->env, E2M_E_LIMIT, "decompressed content too long");
    }
    if (got == Z_MEM_ERROR) {
        return refused(m);
    }
    return got == Z_STREAM_END && z->avail_in == 0
               ? E2M_OK
               : bad(m->env, E2M_E_SYNTAX, "not one whole zlib stream");
}

e2m_err
e2m_inflate(e2m_env *env, e2m_bytes in, size_t max, e2m_bytes *out)
{
    memory m = { env, E2M_OK };
    z_stream z = stream(&m, in);
    e2m_out o;
    e2m_err err;

    if (in.len > INT_MAX || inflateInit(&z) != Z_OK) {
        return refused(&m);
    }
    e2m_out_init(&o, env, in.len < max / 4 ? 4 * in.len : max);
    err = run(&m, &z, max, &o);
    inflateEnd(&z);
    return err == E2M_OK ? e2m_out_done(&o, out) : err;
}

e2m_err
e2m_deflate(e2m_env *env, e2m_bytes in, e2m_bytes *out)
{
    enum { WINDOW = 13, MEMORY = 6 }; /* 64 KiB to work in: texts are short */
    memory m = { env, E2M_OK };
    z_stream z = stream(&m, in);
    uint8_t *room = NULL;
    e2m_out o;
    size_t most;
    int got;

    if (in.len > INT_MAX / 2 ||
        deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW, MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return refused(&m);
    }
    most = deflateBound(&z, in.len);
    e2m_out_init(&o, env, most);
    room = e2m_out_room(&o, most);
    if (room == NULL) {
        return e2m_out_done(&o, out);
    }
    z.next_out = room;
    z.avail_out = (unsigned)most;
    got = deflate(&z, Z_FINISH);
    deflateEnd(&z);
    if (got != Z_STREAM_END) {
        return bad(env, E2M_E_CRYPTO, "cannot compress");
    }
    *out = (e2m_bytes){ room, most - z.avail_out };
    return E2M_OK;
}
