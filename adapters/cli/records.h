/* SPDX-License-Identifier: BSD-3-Clause */
/* A file of records of one size, mode 0600, for one process at a time. */
#ifndef RECORDS_H
#define RECORDS_H

#include "cli.h"

enum { RECORDS_MOST = 65536 };

typedef struct records {
    int fd;
    size_t size;
} records;

/* records_open makes the file when there is none; says what is wrong. */
int records_open(records *r, const char *name, size_t size);
void records_close(records *r);
/* Locks are on the whole file; records_get is false behind the last record. */
bool records_lock(const records *r);
void records_unlock(const records *r);
bool records_get(const records *r, size_t at, uint8_t *out);
bool records_put(const records *r, size_t at, const uint8_t *record);

void put_be64(uint8_t out[8], uint64_t v);
uint64_t get_be64(const uint8_t in[8]);

#endif
