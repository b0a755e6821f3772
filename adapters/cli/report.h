/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of reports share: octets of a message, made harmless. */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>

#include "cli.h"

/* Without control characters. */
void report_put(e2m_bytes b);
/* "indent name: value", when there is a value. */
void report_named(const char *indent, const char *name, e2m_bytes value);
void report_demands(const e2m_demand *demands, size_t num);

/* Each gives a new reference; NULL when out of memory. */
json_t *json_text(e2m_bytes b);
json_t *json_base64(e2m_bytes b);
json_t *json_demands(const e2m_demand *demands, size_t num);
json_t *json_rejection(const e2m_rejection *r);
/* json_print takes the reference; NULL stays NULL. */
char *json_print(json_t *j);

#endif
