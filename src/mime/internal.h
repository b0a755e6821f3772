/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef E2M_MIME_INTERNAL_H
#define E2M_MIME_INTERNAL_H

#include "mime/mime.h"

/* e2m_mime_parts splits a multipart's body and reads each part. */
E2M_MUST e2m_err e2m_mime_parts(e2m_env *env, size_t depth, e2m_entity *e);
/* e2m_mime_line finds the end of the line at `at`: of its text, and behind its
 * LF. False when no LF follows. */
bool e2m_mime_line(e2m_bytes b, size_t at, size_t *text_end, size_t *next);

#endif
