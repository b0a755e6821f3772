/* SPDX-License-Identifier: BSD-3-Clause */
/* Which middle is asked to look: every spelling that was ever proposed is
 * read, one is written (WIRE.md 3).
 *
 *   Content-Disposition: ...;required-entity=proxy-uri *(COMMA proxy-uri)
 *   Content-Target: proxy-uri *(COMMA proxy-uri)
 *   Proxy-Inspect-Body: host ;cid="id" *(,cid="id")     (and its older names)
 *
 * where proxy-uri is a bare host, an addr-spec, a name-addr, quoted or not.
 */
#include "role/role.h"

static void
add(e2m_label *l, e2m_bytes name)
{
    if (name.len > 0 && l->num < sizeof l->names / sizeof l->names[0]) {
        l->names[l->num++] = name;
    }
}

/* A name out of whatever stands around it: quotes, a display name, "<" ">". */
static e2m_bytes
bare_name(e2m_bytes item)
{
    e2m_bytes b = e2m_text_trim(item);
    e2m_in in = e2m_in_init(b);
    e2m_bytes inside;
    e2m_addr addr;

    if (e2m_text_take_quoted(&in, &inside) == E2M_OK && e2m_in_done(&in)) {
        return bare_name(inside);
    }
    if (e2m_addr_parse(b, &addr) == E2M_OK) {
        return addr.uri.text;
    }
    e2m_text_split_params(b, &b, &inside);
    return b;
}

static void
add_list(e2m_label *l, e2m_bytes list)
{
    e2m_in in = e2m_in_init(list);
    e2m_bytes item;
    bool found = false;

    while (e2m_text_next_item(&in, &item, &found) == E2M_OK && found) {
        add(l, bare_name(item));
    }
}

/* required-entity's list may stand unquoted, and then its commas split the
 * parameters: the first element carries the parameters up to and with the
 * first name, each further one a name and perhaps more parameters. */
static void
add_required_entity(e2m_label *l, e2m_bytes params)
{
    e2m_in items = e2m_in_init(params);
    e2m_bytes item;
    e2m_bytes value;
    bool found = false;
    bool in_list = false;

    while (e2m_text_next_item(&items, &item, &found) == E2M_OK && found) {
        e2m_in in;
        e2m_param p;
        bool more = false;

        if (in_list) {
            e2m_text_split_params(item, &value, &item);
            add(l, bare_name(value));
        }
        in = e2m_in_init(item);
        in_list = in_list && item.len == 0;
        while (e2m_text_next_param(&in, &p, &more) == E2M_OK && more) {
            in_list = p.has_value &&
                      e2m_bytes_ieq(p.name, E2M_LIT("required-entity"));
            if (in_list) {
                add_list(l, p.value);
            }
        }
    }
}

static e2m_bytes
strip_angles(e2m_bytes id)
{
    if (id.len >= 2 && id.data[0] == '<' && id.data[id.len - 1] == '>') {
        return (e2m_bytes){ id.data + 1, id.len - 2 };
    }
    return id;
}

/* What one Proxy-Inspect-Body field says of one part. */
typedef struct by_id {
    e2m_bytes host;
    e2m_bytes id;
} by_id;

/* All of them, read once: every part asks. */
struct e2m_label_ids {
    by_id item[64];
    size_t num;
};

static e2m_err
add_id(e2m_env *env, e2m_label_ids *ids, e2m_bytes host, e2m_bytes id)
{
    if (host.len == 0) {
        return E2M_OK;
    }
    if (ids->num == sizeof ids->item / sizeof ids->item[0]) {
        return e2m_fail(env, E2M_E_LIMIT, NULL, "too many labels by Content-ID",
                        "draft-ietf-sip-e2m-sec sec. 6");
    }
    ids->item[ids->num++] = (by_id){ host, strip_angles(id) };
    return E2M_OK;
}

/* One Proxy-Inspect-Body value. The comma joins cids of one host, so an element
 * that begins with "cid=" belongs to the host before it. */
static e2m_err
read_ids(e2m_env *env, e2m_label_ids *ids, e2m_bytes value)
{
    e2m_in items = e2m_in_init(value);
    e2m_bytes item;
    e2m_bytes host = E2M_NONE;
    e2m_bytes params;
    bool found = false;

    while (e2m_text_next_item(&items, &item, &found) == E2M_OK && found) {
        e2m_param p;
        e2m_in in;
        bool more = false;

        if (e2m_bytes_istarts(item, E2M_LIT("cid="))) {
            TRY(add_id(env, ids, host, bare_name(e2m_bytes_from(item, 4))));
            continue;
        }
        e2m_text_split_params(item, &host, &params);
        host = bare_name(host);
        in = e2m_in_init(params);
        while (e2m_text_next_param(&in, &p, &more) == E2M_OK && more) {
            if (e2m_bytes_ieq(p.name, E2M_LIT("cid"))) {
                TRY(add_id(env, ids, host, p.value));
            }
        }
    }
    return E2M_OK;
}

static e2m_err
read_id_fields(e2m_msg *msg)
{
    e2m_label_ids *ids = NULL;
    const e2m_field *f;

    E2M_NEW(&msg->env, ids, 1);
    for (size_t n = 0;; n++) {
        e2m_bytes value;

        f = e2m_sip_find(&msg->sip, E2M_HDR_PROXY_INSPECT_BODY, n);
        if (f == NULL) {
            break;
        }
        TRY(e2m_text_unfold(&msg->env, f->value, &value));
        TRY(read_ids(&msg->env, ids, value));
    }
    msg->label_ids = ids;
    return E2M_OK;
}

static e2m_err
add_by_id(e2m_msg *msg, e2m_label *l, e2m_bytes id)
{
    if (msg->label_ids == NULL) {
        TRY(read_id_fields(msg));
    }
    for (size_t i = 0; i < msg->label_ids->num; i++) {
        const by_id *by = &msg->label_ids->item[i];

        if (e2m_bytes_eq(by->id, strip_angles(id))) {
            add(l, by->host);
        }
    }
    return E2M_OK;
}

e2m_err
e2m_label_of(e2m_msg *msg, const e2m_entity *entity, e2m_label *out)
{
    *out = (e2m_label){ .num = 0 };
    add_required_entity(out, entity->disp_params);
    add_list(out, entity->target);
    return entity->id.len > 0 ? add_by_id(msg, out, entity->id) : E2M_OK;
}

/* The host of a name that is a host or a SIP URI; *user says it had one. */
static e2m_bytes
host_of(e2m_bytes name, bool *has_user)
{
    e2m_uri uri;

    *has_user = false;
    if (e2m_uri_parse(name, &uri) == E2M_OK && uri.host.len > 0) {
        *has_user = uri.user.len > 0;
        return uri.host;
    }
    return name;
}

e2m_bytes
e2m_label_host(e2m_bytes name)
{
    bool has_user;

    return host_of(name, &has_user);
}

bool
e2m_label_same_name(e2m_bytes a, e2m_bytes b)
{
    bool user_a;
    bool user_b;
    const e2m_bytes host_a = host_of(a, &user_a);
    const e2m_bytes host_b = host_of(b, &user_b);
    e2m_uri ua;
    e2m_uri ub;

    if (user_a || user_b) {
        return e2m_uri_parse(a, &ua) == E2M_OK &&
               e2m_uri_parse(b, &ub) == E2M_OK && e2m_uri_same_aor(&ua, &ub);
    }
    return host_a.len > 0 && e2m_bytes_ieq(host_a, host_b);
}

bool
e2m_label_among(e2m_bytes name, const e2m_bytes *names, size_t num)
{
    for (size_t k = 0; k < num; k++) {
        if (e2m_label_same_name(name, names[k])) {
            return true;
        }
    }
    return false;
}

bool
e2m_label_names(const e2m_label *l, const e2m_bytes *names, size_t num)
{
    for (size_t i = 0; i < l->num; i++) {
        if (e2m_label_among(l->names[i], names, num)) {
            return true;
        }
    }
    return false;
}

static void
put_names(e2m_out *o, const e2m_bytes *names, size_t num, const char *prefix,
          const char *between)
{
    for (size_t i = 0; i < num; i++) {
        bool user;

        e2m_out_str(o, i > 0 ? between : "");
        if (prefix[0] != '\0' && host_of(names[i], &user).data ==
                                     names[i].data) {
            e2m_out_str(o, prefix);
        }
        e2m_out_put(o, names[i]);
    }
}

e2m_err
e2m_label_text(e2m_env *env, const e2m_label *l, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, 64);
    put_names(&o, l->names, l->num, "", ", ");
    return e2m_out_done(&o, out);
}

e2m_err
e2m_label_key(e2m_env *env, const e2m_label *l, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, 64);
    for (size_t i = 0; i < l->num; i++) {
        bool has_user;
        const e2m_bytes host = host_of(l->names[i], &has_user);
        e2m_uri uri;

        e2m_out_str(&o, i > 0 ? "," : "");
        if (has_user && e2m_uri_parse(l->names[i], &uri) == E2M_OK) {
            e2m_uri_put_aor(&o, &uri);
            continue;
        }
        for (size_t k = 0; k < host.len; k++) {
            const uint8_t c = host.data[k];

            e2m_out_u8(&o, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c);
        }
    }
    return e2m_out_done(&o, out);
}

/* SPEC mech:2.2:2. One name stands bare, as in mech 5.1; several are quoted, so
 * that the parameter stays a generic-param to parsers that do not know it. */
static e2m_err
put_required_entity(e2m_env *env, const e2m_labelling *how, e2m_draft *draft)
{
    e2m_out o;

    e2m_out_init(&o, env, 128);
    e2m_out_put(&o, how->disposition);
    e2m_out_str(&o, how->num > 1 ? ";required-entity=\""
                                 : ";required-entity=");
    put_names(&o, how->names, how->num, "", ",");
    e2m_out_str(&o, how->num > 1 ? "\"" : "");
    return e2m_out_done(&o, &draft->lines.disposition);
}

/* SPEC ntt:4:1 */
static e2m_err
put_content_target(e2m_env *env, const e2m_labelling *how, e2m_draft *draft)
{
    e2m_out o;

    e2m_out_init(&o, env, 128);
    e2m_out_put(&o, draft->lines.others);
    e2m_out_str(&o, "Content-Target: ");
    put_names(&o, how->names, how->num, "sip:", ", ");
    e2m_out_str(&o, "\r\n");
    return e2m_out_done(&o, &draft->lines.others);
}

/* final 6: one SIP header line for each proxy, a Content-ID on the part. */
static e2m_err
put_inspect_body(e2m_msg *msg, const e2m_labelling *how, e2m_draft *draft,
                 e2m_edits *edits)
{
    e2m_env *env = &msg->env;
    uint8_t random[12];
    e2m_bytes id;
    e2m_out o;

    if (e2m_random(random, sizeof random) != E2M_OK) {
        return e2m_fail(env, E2M_E_CRYPTO, NULL, "no random octets", "");
    }
    e2m_out_init(&o, env, 96);
    e2m_out_str(&o, "<");
    e2m_out_hex(&o, (e2m_bytes){ random, sizeof random });
    e2m_out_str(&o, "@");
    e2m_out_put(&o, msg->from.uri.host);
    e2m_out_str(&o, ">");
    TRY(e2m_out_done(&o, &id));
    draft->lines.id = id;
    for (size_t i = 0; i < how->num; i++) {
        bool user;
        e2m_bytes line;

        e2m_out_init(&o, env, 128);
        e2m_out_str(&o, "Proxy-Inspect-Body: ");
        e2m_out_put(&o, host_of(how->names[i], &user));
        e2m_out_str(&o, ";cid=\"");
        e2m_out_put(&o, strip_angles(id));
        e2m_out_str(&o, "\"");
        TRY(e2m_out_done(&o, &line));
        TRY(e2m_edits_put_line(edits, line));
    }
    return E2M_OK;
}

e2m_err
e2m_label_put(e2m_msg *msg, const e2m_labelling *how, e2m_draft *draft,
              e2m_edits *edits)
{
    draft->lines.disposition = how->disposition;
    if (how->num == 0) {
        return E2M_OK;
    }
    switch (how->form) {
    case E2M_LABEL_REQUIRED_ENTITY:
        return put_required_entity(&msg->env, how, draft);
    case E2M_LABEL_CONTENT_TARGET:
        return put_content_target(&msg->env, how, draft);
    case E2M_LABEL_PROXY_INSPECT_BODY:
        return put_inspect_body(msg, how, draft, edits);
    }
    return E2M_E_ARG;
}
