/* SPDX-License-Identifier: BSD-3-Clause */
/* text: the lexing that SIP (RFC 3261 sec. 25) and MIME (RFC 2045) share.
 *
 * Lex, do not search: a parameter is found by walking tokens and quoted
 * strings, so `;note=";tag=evil";tag=real` has one tag, "real". Nothing here
 * allocates unless it takes an env. */
#ifndef E2M_TEXT_H
#define E2M_TEXT_H

#include "base/base.h"

/* token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'"
 *            / "~")                                  RFC 3261 sec. 25.1 */
bool e2m_text_is_token_char(uint8_t c);
bool e2m_text_is_token(e2m_bytes b);

/* e2m_text_trim drops LWS (SP, HTAB, CR, LF) from both ends. */
e2m_bytes e2m_text_trim(e2m_bytes b);

/* e2m_text_skip_lws advances over LWS: folds (RFC 3261 sec. 7.3.1) count. */
void e2m_text_skip_lws(e2m_in *in);

/* e2m_text_take_token reads 1*token-char. Fails E2M_E_SYNTAX. */
E2M_MUST e2m_err e2m_text_take_token(e2m_in *in, e2m_bytes *out);

/* e2m_text_take_quoted reads a quoted-string; `out` is what stands between the
 * quotes, escapes still in it. Fails E2M_E_SYNTAX: none here, or no end. */
E2M_MUST e2m_err e2m_text_take_quoted(e2m_in *in, e2m_bytes *out);

/* e2m_text_unquote resolves the "\" escapes of a quoted-string's inside; the
 * result is `inside` itself when there are none, else a copy in the arena. */
E2M_MUST e2m_err e2m_text_unquote(e2m_env *env, e2m_bytes inside,
                                  e2m_bytes *out);

/* One parameter of a `;name[=value]` list. */
typedef struct e2m_param {
    e2m_bytes name;
    e2m_bytes value; /* quoted: the inside, escapes still in it */
    bool has_value;
    bool quoted;
} e2m_param;

/* e2m_text_next_param reads the next `;name[=value]` (LWS allowed around ";"
 * and "="). A value is a token, a quoted-string, or, for host and URI values
 * as RFC 3261 gen-value and the labels of WIRE.md 3 have them, any run without
 * LWS, ";", "," and DQUOTE; a "<...>" is taken whole.
 * Gives  *found false at the end of the list (nothing but LWS left)
 * Fails  E2M_E_SYNTAX, cursor unmoved */
E2M_MUST e2m_err e2m_text_next_param(e2m_in *in, e2m_param *out, bool *found);

/* e2m_text_param looks `name` up (ASCII caseless) in a `;name=value` list that
 * begins at the first ";". The model of rule 7.
 * Gives  *found; *out only when found
 * Fails  E2M_E_SYNTAX the list is malformed anywhere, or has `name` twice */
E2M_MUST e2m_err e2m_text_param(e2m_bytes params, const char *name,
                                e2m_param *out, bool *found);

/* e2m_text_next_item reads the next element of a comma-separated list, LWS
 * trimmed; commas within quotes and "<...>" do not separate. Empty elements
 * are skipped. *found false at the end. Fails E2M_E_SYNTAX. */
E2M_MUST e2m_err e2m_text_next_item(e2m_in *in, e2m_bytes *out, bool *found);

/* e2m_text_split_params cuts "value;a=b;c" into "value" (trimmed) and
 * ";a=b;c"; a ";" within quotes or "<...>" does not count. */
void e2m_text_split_params(e2m_bytes in, e2m_bytes *out_value,
                           e2m_bytes *out_params);

/* e2m_text_decimal reads 1*DIGIT, the whole slice. Fails E2M_E_SYNTAX, also
 * when the value is over `max`. */
E2M_MUST e2m_err e2m_text_decimal(e2m_bytes b, uint64_t max, uint64_t *out);

/* e2m_text_date reads an RFC 1123 date as SIP has it ("Sat, 13 Nov 2010
 * 23:29:00 GMT", RFC 3261 sec. 20.17) into seconds since 1970 UTC. The
 * weekday must be a name, and the right one. */
E2M_MUST e2m_err e2m_text_date(e2m_bytes b, int64_t *out_sec);
/* e2m_text_put_date writes that form. 1970 <= year <= 9999. */
void e2m_text_put_date(e2m_out *o, int64_t sec);

/* e2m_text_base64_decode skips CR, LF, SP, HTAB; anything else outside the
 * alphabet, bad padding and non-zero spare bits fail E2M_E_SYNTAX. */
E2M_MUST e2m_err e2m_text_base64_decode(e2m_env *env, e2m_bytes in,
                                        e2m_bytes *out);
/* e2m_text_base64_put writes lines of 76 characters ended by CRLF, the last
 * one too; `one_line` true: a single line without an end. */
void e2m_text_base64_put(e2m_out *o, e2m_bytes in, bool one_line);

/* e2m_text_unfold gives a header value with every fold replaced by one space;
 * the value itself when there is none, else a copy in the arena. */
E2M_MUST e2m_err e2m_text_unfold(e2m_env *env, e2m_bytes value,
                                 e2m_bytes *out);

#endif
