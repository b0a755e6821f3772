/*
 * e2m module: reading key and certificate files
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This file is part of Kamailio, a free SIP server.
 *
 * Kamailio is free software; you can redistribute it and/or modify
 * it under the terms of the GNU General Public License as published by
 * the Free Software Foundation; either version 2 of the License, or
 * (at your option) any later version
 *
 * Kamailio is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
 * GNU General Public License for more details.
 *
 * You should have received a copy of the GNU General Public License
 * along with this program; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA  02110-1301  USA
 *
 * Exception: permission to copy, modify, propagate, and distribute a work
 * formed by combining OpenSSL toolkit software and the code in this file,
 * such as linking with software components and libraries released under
 * OpenSSL project license.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../core/dprint.h"

#include "e2m_mod.h"

#define E2M_FILE_MAX (64 * 1024 * 1024)

void e2m_wipe_bytes(void *p, size_t len)
{
	volatile unsigned char *b = p;

	while(len-- > 0) {
		*b++ = 0;
	}
}

void e2m_file_free(e2m_file_t *f)
{
	if(f->data != NULL) {
		e2m_wipe_bytes(f->data, f->len);
		free(f->data);
	}
	f->data = NULL;
	f->len = 0;
}

static int read_stream(FILE *in, const char *path, e2m_file_t *out)
{
	struct stat st;

	if(fstat(fileno(in), &st) != 0 || !S_ISREG(st.st_mode)) {
		LM_ERR("%s is not a regular file\n", path);
		return -1;
	}
	if(st.st_size <= 0 || st.st_size > E2M_FILE_MAX) {
		LM_ERR("%s is empty or too large\n", path);
		return -1;
	}
	out->data = malloc((size_t)st.st_size);
	if(out->data == NULL) {
		LM_ERR("no memory for %s\n", path);
		return -1;
	}
	out->len = (size_t)st.st_size;
	if(fread(out->data, 1, out->len, in) != out->len) {
		LM_ERR("cannot read all of %s\n", path);
		e2m_file_free(out);
		return -1;
	}
	return 0;
}

int e2m_file_read(const char *path, e2m_file_t *out)
{
	FILE *in;
	int ret;

	out->data = NULL;
	out->len = 0;
	in = fopen(path, "rb");
	if(in == NULL) {
		LM_ERR("cannot open %s: %s\n", path, strerror(errno));
		return -1;
	}
	/* no copy of a key in stdio's own buffer */
	setvbuf(in, NULL, _IONBF, 0);
	ret = read_stream(in, path, out);
	fclose(in);
	return ret;
}
