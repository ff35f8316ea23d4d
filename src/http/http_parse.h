/* http_parse.h - the small grammars of HTTP that libmicrohttpd leaves to us. For this
 * room, its tests and its fuzz target. */
#ifndef WEFT_HTTP_PARSE_H
#define WEFT_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"
#include "http/http_request.h"

enum { WEFT_HTTP_QUERIES_MAX = 256, WEFT_HTTP_SEGMENTS_MAX = 32 };

/* Percent-decodes (RFC 3986, 2.1) into the arena; as_form also turns '+' into a
 * space. WEFT_E_FORMAT: a '%' without two digits, a NUL, or not UTF-8. */
weft_status weft_http_decode(weft_str text, bool as_form, weft_arena *arena, const char **out,
                             weft_err *err);

/* "a=1&b=2" into decoded pairs, in the arena. Fails as weft_http_decode, or with
 * WEFT_E_LIMIT past WEFT_HTTP_QUERIES_MAX. */
weft_status weft_http_query_parse(weft_str text, weft_arena *arena, weft_http_query **queries,
                                  size_t *count, weft_err *err);

/* A path cut at its slashes before decoding, so that "%2F" stays inside a segment.
 * "/" has no segments; "/a/" has "a" and "". */
typedef struct {
    const char *segments[WEFT_HTTP_SEGMENTS_MAX];
    size_t count;
    const char *whole; /* decoded; a "%2F" is a plain slash here */
} weft_http_path;

/* Fails as weft_http_decode; WEFT_E_FORMAT also when it does not begin with '/' or
 * has "." or ".." between slashes (encoded ones too), WEFT_E_LIMIT when too deep. */
weft_status weft_http_path_parse(weft_str text, weft_arena *arena, weft_http_path *path,
                                 weft_err *err);

/* "form-data; name=\"a\"" : cuts off what is before the first ';'. */
weft_str weft_http_value_head(weft_str value, weft_str *params);

/* Takes the next "name=value" of *params; the quotes of a quoted value are removed,
 * backslashes in it are left. False at the end and where the grammar is broken. */
bool weft_http_value_next(weft_str *params, weft_str *name, weft_str *value);

/* The value of one parameter; data NULL when there is none. */
weft_str weft_http_value_param(weft_str params, const char *name);

#endif
