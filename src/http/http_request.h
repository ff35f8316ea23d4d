/* http_request.h - what a handler can ask about its request.
 *
 * All strings live until the answer has been sent. Path, path parameters and
 * query parameters are percent-decoded, well-formed UTF-8 and free of NUL; a
 * request where they are not was answered with 400 before any handler ran.
 * Header values are bytes as the client sent them. */
#ifndef WEFT_HTTP_REQUEST_H
#define WEFT_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef struct weft_http_request weft_http_request; /* opaque; of one worker */

const char *weft_http_request_method(const weft_http_request *request); /* "GET", "HEAD", ... */

/* The decoded path, "/things/a b"; it has no "." or ".." segments. */
const char *weft_http_request_path(const weft_http_request *request);

/* The pattern that fitted; NULL in the fallback. */
const char *weft_http_request_pattern(const weft_http_request *request);

/* The segment that {name} of the pattern took; NULL when it has no such name. */
const char *weft_http_request_param(const weft_http_request *request, const char *name);

typedef struct {
    const char *name, *value; /* "?a" has the value "" */
} weft_http_query;

/* The first value of a query parameter; NULL when there is none. */
const char *weft_http_request_query(const weft_http_request *request, const char *name);

/* All of them, in order, keys repeated as sent (at most 256): [*count]. */
const weft_http_query *weft_http_request_queries(const weft_http_request *request, size_t *count);

/* The first header of that name, whatever its case; NULL when there is none. */
const char *weft_http_request_header(const weft_http_request *request, const char *name);

weft_str weft_http_request_body(const weft_http_request *request); /* size 0: none */

/* "application/json" in lower case and without parameters; "" when there is none
 * or it is malformed. */
const char *weft_http_request_media_type(const weft_http_request *request);

/* A parameter of the content type, such as charset, without quotes; data NULL
 * when there is none. */
weft_str weft_http_request_media_param(const weft_http_request *request, const char *name);

/* Memory that lives as long as the request. */
weft_arena *weft_http_request_arena(const weft_http_request *request);

const char *weft_http_request_client(const weft_http_request *request); /* "127.0.0.1" */
const char *weft_http_request_id(const weft_http_request *request);     /* also X-Request-Id */

/* The server stops and has waited long enough: a long handler may give up. */
bool weft_http_request_is_cancelled(const weft_http_request *request);

struct weft_http_server;
struct weft_http_server *weft_http_request_server(const weft_http_request *request);

#endif
