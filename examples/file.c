/* SPDX-License-Identifier: BSD-3-Clause */
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 131072, FILES = 16 };

static uint8_t *kept[FILES];
static size_t num_kept;

e2m_bytes
file_read(const char *name)
{
    FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    uint8_t *p = malloc(MOST);
    size_t len = 0;

    if (f != NULL && p != NULL && num_kept < FILES) {
        len = fread(p, 1, MOST, f);
        kept[num_kept++] = p;
        p = NULL;
    }
    free(p);
    if (f != NULL && f != stdin) {
        fclose(f);
    }
    return len == 0 ? (e2m_bytes){ NULL, 0 }
                    : (e2m_bytes){ kept[num_kept - 1], len };
}

void
file_free_all(void)
{
    while (num_kept > 0) {
        free(kept[--num_kept]);
    }
}
