/* SPDX-License-Identifier: BSD-3-Clause */
/* Files for the examples, so that these show e2m and not fread. */
#ifndef FILE_H
#define FILE_H

#include <e2m/types.h>

/* file_read gives the octets of a file ("-": standard input), at most 128 KiB;
 * empty when it cannot be read. They live until file_free_all. */
e2m_bytes file_read(const char *name);
void file_free_all(void);

#endif
