#include "http/http_parse.h"

#include <string.h>

/* What is before the first separator; *rest becomes what is behind it. */
static weft_str cut(weft_str *rest, char separator) {
    const char *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
    weft_str head = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
    size_t used = head.size + (end ? 1 : 0);
    if (used) rest->data += used;
    rest->size -= used;
    return head;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The byte that "%XY" at text[i] stands for; -1 when it is malformed. */
static int escaped_byte(weft_str text, size_t i) {
    if (text.size - i < 3) return -1;
    int high = hex_value(text.data[i + 1]), low = hex_value(text.data[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

weft_status weft_http_decode(weft_str text, bool as_form, weft_arena *arena, const char **out,
                             weft_err *err) {
    char *decoded = weft_arena_alloc(arena, text.size + 1, 1);
    if (!decoded) return weft_fail(err, WEFT_E_NOMEM, "percent-decoding %zu bytes", text.size);
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++) {
        int c = (unsigned char)text.data[i];
        if (c == '%') {
            c = escaped_byte(text, i);
            if (c < 0) return weft_fail(err, WEFT_E_FORMAT, "a '%%' without two hex digits");
            i += 2;
        } else if (c == '+' && as_form) {
            c = ' ';
        }
        if (c == 0) return weft_fail(err, WEFT_E_FORMAT, "a NUL character");
        decoded[n++] = (char)c;
    }
    decoded[n] = '\0';
    if (!weft_str_is_utf8((weft_str){decoded, n}))
        return weft_fail(err, WEFT_E_FORMAT, "bytes that are not UTF-8");
    *out = decoded;
    return WEFT_OK;
}

static size_t count_pairs(weft_str text) {
    size_t n = 0;
    while (text.size) n += cut(&text, '&').size > 0;
    return n;
}

weft_status weft_http_query_parse(weft_str text, weft_arena *arena, weft_http_query **queries,
                                  size_t *count, weft_err *err) {
    size_t pairs = count_pairs(text), n = 0;
    *queries = NULL;
    *count = 0;
    if (pairs > WEFT_HTTP_QUERIES_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "query: %zu parameters, limit %d", pairs,
                         WEFT_HTTP_QUERIES_MAX);
    weft_http_query *all = weft_arena_alloc(arena, pairs, sizeof *all);
    if (!all) return weft_fail(err, WEFT_E_NOMEM, "query: %zu parameters", pairs);
    while (text.size) {
        weft_str value = cut(&text, '&');
        if (!value.size) continue;
        weft_str name = cut(&value, '=');
        weft_status status = weft_http_decode(name, true, arena, &all[n].name, err);
        if (!status) status = weft_http_decode(value, true, arena, &all[n].value, err);
        if (status) return weft_fail_in(err, status, "query parameter %zu", n + 1);
        n++;
    }
    *queries = all;
    *count = n;
    return WEFT_OK;
}

/* Does a decoded path hold a segment that a file system would climb by? */
static bool has_dots(const char *path) {
    weft_str rest = weft_str_of(path);
    while (rest.size) {
        weft_str segment = cut(&rest, '/');
        if (weft_str_eq(segment, ".") || weft_str_eq(segment, "..")) return true;
    }
    return false;
}

weft_status weft_http_path_parse(weft_str text, weft_arena *arena, weft_http_path *path,
                                 weft_err *err) {
    *path = (weft_http_path){0};
    if (!text.size || text.data[0] != '/')
        return weft_fail(err, WEFT_E_FORMAT, "the path must begin with '/'");
    weft_status status = weft_http_decode(text, false, arena, &path->whole, err);
    if (status) return weft_fail_in(err, status, "path");
    if (has_dots(path->whole))
        return weft_fail(err, WEFT_E_FORMAT, "the path must not have \".\" or \"..\" segments");

    weft_str rest = {text.data + 1, text.size - 1};
    bool more = rest.size > 0;
    while (more) {
        if (path->count == WEFT_HTTP_SEGMENTS_MAX)
            return weft_fail(err, WEFT_E_LIMIT, "path: more than %d segments",
                             WEFT_HTTP_SEGMENTS_MAX);
        size_t before = rest.size;
        weft_str segment = cut(&rest, '/');
        more = segment.size < before; /* a slash followed, so another segment does */
        status = weft_http_decode(segment, false, arena, &path->segments[path->count++], err);
        if (status) return weft_fail_in(err, status, "path");
    }
    return WEFT_OK;
}

weft_str weft_http_value_head(weft_str value, weft_str *params) {
    *params = value;
    return weft_str_trim(cut(params, ';'));
}

/* How long the quoted string at s[0] == '"' is, with both quotes; 0 when it does not end. */
static size_t quoted_size(weft_str s) {
    for (size_t i = 1; i < s.size; i++) {
        if (s.data[i] == '"') return i + 1;
        /* Only \" is an escape: old browsers put plain backslashes into file names. */
        if (s.data[i] == '\\' && i + 1 < s.size && s.data[i + 1] == '"') i++;
    }
    return 0;
}

bool weft_http_value_next(weft_str *params, weft_str *name, weft_str *value) {
    weft_str rest = weft_str_trim(*params);
    while (rest.size && rest.data[0] == ';')
        rest = weft_str_trim((weft_str){rest.data + 1, rest.size - 1});
    const char *equals = rest.size ? memchr(rest.data, '=', rest.size) : NULL;
    if (!equals) return false;
    *name = weft_str_trim(cut(&rest, '='));
    if (!name->size || memchr(name->data, ';', name->size)) return false;
    if (!rest.size || rest.data[0] != '"') {
        *value = weft_str_trim(cut(&rest, ';'));
        *params = rest;
        return true;
    }
    size_t size = quoted_size(rest);
    if (!size) return false;
    *value = (weft_str){rest.data + 1, size - 2};
    rest = weft_str_trim((weft_str){rest.data + size, rest.size - size});
    if (rest.size && rest.data[0] != ';') return false;
    *params = rest;
    return true;
}

weft_str weft_http_value_param(weft_str params, const char *name) {
    weft_str found, value;
    while (weft_http_value_next(&params, &found, &value))
        if (weft_str_eq_nocase(found, name)) return value;
    return (weft_str){0};
}
