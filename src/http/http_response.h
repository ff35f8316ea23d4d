/* http_response.h - how a handler answers: one of the respond functions, and
 * headers before or after it. Answering twice keeps the last answer.
 *
 * None of these fail: when memory runs out the client gets a 503 problem, and a
 * handler that answers nothing gives a 500 problem.
 *
 * Each answer carries X-Request-Id, X-Content-Type-Options: nosniff,
 * Referrer-Policy: no-referrer, and unless the handler sets its own,
 * Content-Security-Policy: default-src 'none'; frame-ancestors 'none'. */
#ifndef WEFT_HTTP_RESPONSE_H
#define WEFT_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "http/http_request.h"

typedef struct weft_http_response weft_http_response; /* opaque; of one worker */

/* A status without a body: 204, 304. */
void weft_http_respond_empty(weft_http_response *response, unsigned status);

/* The body moves out of buf, which is empty afterwards. A buffer that failed
 * (weft_buf_ok) becomes a 503 problem. */
void weft_http_respond_buf(weft_http_response *response, unsigned status, const char *type,
                           weft_buf *body);

/* As weft_http_respond_buf with application/json. */
void weft_http_respond_json(weft_http_response *response, unsigned status, weft_buf *body);

/* Bytes that outlive the server, or the arena of the request; not copied. */
void weft_http_respond_static(weft_http_response *response, unsigned status, const char *type,
                              const void *bytes, size_t size);

/* application/problem+json (RFC 9457): {type: "about:blank", title, status, detail,
 * field?, request_id}. The title is the status' phrase; field names what is at
 * fault in the request, or is NULL. A 503 also carries Retry-After: 1. */
void weft_http_respond_problem(weft_http_response *response, unsigned status, const char *field,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Sets a header, replacing one of that name; the value is copied, the name is not.
 * A value with control characters is not sent. At most 24 headers. */
void weft_http_respond_header(weft_http_response *response, const char *name, const char *value);

/* Sets ETag to the quoted tag ("abc" without the quotes is given). When If-None-Match
 * of the request holds it (weak comparison, RFC 9110 13.1.2) answers 304 and returns
 * true: the handler is done. */
bool weft_http_respond_not_modified(weft_http_response *response, const weft_http_request *request,
                                    const char *tag);

#endif
