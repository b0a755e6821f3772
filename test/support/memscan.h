/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks for secrets in all writable memory of this process: heap, stack, data,
 * what was freed and what a returned function left behind. Secrets are kept
 * masked, so that the search does not find its own notes. */
#ifndef E2M_TEST_MEMSCAN_H
#define E2M_TEST_MEMSCAN_H

#include <e2m/types.h>

enum { MEMSCAN_MOST = 256 };

/* Eight octets each, so that half a key is found too, in three orders: as they
 * are, reversed (numbers on this machine), reversed within 32 bits (the words
 * of a digest). */
typedef struct memscan {
    uint64_t masked[MEMSCAN_MOST];
    const char *name[MEMSCAN_MOST];
    size_t num;
} memscan;

/* memscan_note takes a secret of 8 octets or more; `name` is static. */
void memscan_note(memscan *m, const char *name, e2m_bytes secret);
/* memscan_in gives the name of a secret that stands in `where`, else NULL. */
const char *memscan_in(const memscan *m, e2m_bytes where);
/* memscan_all searches the process and gives how many places hold one; *name
 * is the last one's, and *where says in which mapping ("[heap]"). */
size_t memscan_all(const memscan *m, const char **name, char where[64]);
/* memscan_works: false where the process is not its own (sanitizers, valgrind).
 */
bool memscan_works(void);

#endif
