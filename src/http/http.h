/* http.h - a small HTTP/1.1 server: a table of routes, and workers that answer.
 *
 *     static const weft_http_route routes[] = {
 *         {"GET", "/health", WEFT_HTTP_PUBLIC, answer_health, 0},
 *         {"GET", "/things/{id}", WEFT_HTTP_READ, answer_thing, 0},
 *         {"POST", "/things", WEFT_HTTP_WRITE, create_thing, 1 << 20},
 *     };
 *     weft_http_options options = {.address = "127.0.0.1:8080", .routes = routes,
 *                                  .route_count = 3, .context = &app};
 *     status = weft_http_server_start(&server, &options, &err);
 *     ... wait for SIGTERM ...
 *     weft_http_server_stop(server);
 *
 * A handler reads the request (http_request.h), calls one weft_http_respond_...
 * function (http_response.h) and returns; it never fails. What http answers by
 * itself is always application/problem+json:
 *   400 bad path or query   401 token   404, 405   413 body   421 host   503 busy
 * except where the bytes are no HTTP at all (400 of libmicrohttpd, or just closed)
 * or a line is too long (its 414 and 431). HEAD is answered by the GET route,
 * OPTIONS by the server. */
#ifndef WEFT_HTTP_HTTP_H
#define WEFT_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "http/http_request.h"
#include "http/http_response.h"

typedef struct weft_http_server weft_http_server; /* opaque; any thread may ask it */

/* Runs on one of the workers, which may block: the network goes on. The request
 * and its arena live until the answer has been sent. */
typedef void (*weft_http_handler)(const weft_http_request *request, weft_http_response *response,
                                  void *context);

/* Who may call a route. The zero is the strictest, so that a forgotten value is safe. */
typedef enum {
    WEFT_HTTP_WRITE,   /* always needs a token */
    WEFT_HTTP_PRIVATE, /* reads what is about people: when require_token_for_private */
    WEFT_HTTP_READ,    /* needs one when require_token_for_reads */
    WEFT_HTTP_PUBLIC,  /* never needs one: health, storefront */
} weft_http_access;

/* A pattern is "/" or segments, each exact or a "{name}" that takes any one
 * non-empty segment; at most 16. Where two patterns fit, the one that is exact
 * further to the left wins: "/things/new" before "/things/{id}". */
typedef struct {
    const char *method; /* "GET", "POST", ... */
    const char *pattern;
    weft_http_access access;
    weft_http_handler handler;
    size_t max_body; /* bytes; 0: that of the options */
} weft_http_route;

/* What is 0 or NULL takes the default in brackets. Strings and tables are not
 * copied: they must outlive the server. */
typedef struct {
    const char *address; /* "[::1]:80", "localhost:0"; port 0: any free one [127.0.0.1:8080] */
    const weft_http_route *routes;
    size_t route_count;
    const weft_http_route *fallback; /* GET and HEAD that fit no pattern; [none: 404] */
    void *context;                   /* handed to every handler; shared by the workers */

    size_t workers;           /* [one per processor] */
    size_t queue_size;        /* complete requests that may wait for a worker [64]; then 503 */
    size_t max_body;          /* bytes of one body [8 MiB]; then 413 */
    size_t max_body_total;    /* bytes of all bodies held at once [256 MiB]; then 503 */
    size_t max_header;        /* bytes of memory for a connection's headers [32 KiB] */
    unsigned max_connections; /* [256] */
    unsigned timeout_seconds; /* a connection without progress is closed [30] */
    unsigned upload_seconds;  /* a request must have arrived after this long [120] */
    unsigned drain_seconds;   /* weft_http_server_stop waits this long for answers [10] */

    /* Sets *good to whether the token is. Called on workers, several at once; never for
     * longer than WEFT_HTTP_TOKEN_MAX bytes. Anything but WEFT_OK says that nobody can tell
     * now, and is answered 503. NULL: no token is good. */
    weft_status (*verify)(void *verify_context, const char *token, bool *good);
    void *verify_context;
    bool require_token_for_reads, require_token_for_private;

    const char *allow_origin; /* CORS: "https://shop.example" or "*" [none] */
    bool allow_any_host;      /* see weft_http_server_start [false] */
} weft_http_options;

enum { WEFT_HTTP_TOKEN_MAX = 512 };

/* Listens and answers from now on, on threads of its own.
 * Bound to a loopback address, it answers only requests whose Host is a loopback
 * name (else 421), so that a web page cannot reach it by rebinding its own name
 * to 127.0.0.1; allow_any_host switches that off, for a proxy in front.
 * Fails with WEFT_E_INVALID (address, pattern), WEFT_E_IO (cannot listen),
 * WEFT_E_NOMEM or WEFT_E_INTERNAL; *server is NULL then. */
weft_status weft_http_server_start(weft_http_server **server, const weft_http_options *options,
                                   weft_err *err);

/* Stops accepting, gives what is under way drain_seconds to finish (new requests
 * on open connections get 503), answers 503 to what still waits for a worker,
 * waits for running handlers however long they take (they can ask
 * weft_http_request_is_cancelled), closes all connections, frees. Call it once,
 * from a thread that is no worker. NULL is fine. */
void weft_http_server_stop(weft_http_server *server);

uint16_t weft_http_server_port(const weft_http_server *server); /* the real one */

/* Appends the server's counters in Prometheus' text format 0.0.4: requests by route
 * and status, a latency histogram by route (complete request to ready answer),
 * requests in flight, queue depth, 503s. Route labels are patterns, never paths. */
void weft_http_metrics_write(weft_http_server *server, weft_buf *out);

/* Is the host of "host:port" (or of a bare host) localhost, in 127.0.0.0/8 or ::1?
 * Whatever cannot be read is not. */
bool weft_http_address_is_loopback(const char *address);

#endif
