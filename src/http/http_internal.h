/* http_internal.h - what the files of this room share; nobody else includes it. */
#ifndef WEFT_HTTP_INTERNAL_H
#define WEFT_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/pool.h"
#include "http/http.h"
#include "http/http_parse.h"

enum {
    HTTP_PATTERN_SEGMENTS_MAX = 16,
    HTTP_HEADERS_MAX = 24,
    HTTP_STATUS_FIRST = 100, /* statuses are counted from here */
    HTTP_STATUS_COUNT = 500,
    HTTP_BUCKET_COUNT = 14,
    HTTP_ID_SIZE = 17,
};

/* ---- routes (http_route.c) ---- */

typedef struct {
    const weft_http_route *route;
    size_t number;                                /* its metrics */
    weft_str segments[HTTP_PATTERN_SEGMENTS_MAX]; /* "{" in front of a parameter's name */
    size_t count;
} http_pattern;

typedef struct {
    http_pattern *patterns; /* [count], the more exact ones first */
    size_t count;
} http_router;

typedef struct {
    const weft_http_route *route; /* NULL: no pattern, or none with this method */
    const http_pattern *pattern;  /* of the route */
    const char *allow;            /* methods of the patterns that fit the path; NULL: none fits */
} http_match;

weft_status http_router_init(http_router *router, const weft_http_route *routes, size_t count,
                             weft_err *err);
void http_router_deinit(http_router *router);

/* WEFT_E_NOMEM only. */
weft_status http_router_match(const http_router *router, const char *method,
                              const weft_http_path *path, weft_arena *arena, http_match *match);

/* ---- metrics (http_metrics.c) ---- */

/* Relaxed counters: each is right, together they are a moment's blur. */
typedef struct {
    atomic_uint_fast64_t by_status[HTTP_STATUS_COUNT];
    atomic_uint_fast64_t buckets[HTTP_BUCKET_COUNT]; /* the last one: slower than all bounds */
    atomic_uint_fast64_t microseconds;
} http_route_metrics;
void http_metrics_count(weft_http_server *server, size_t number, unsigned status, double seconds);

/* ---- request and response ---- */

typedef struct {
    const char *name, *value;
} http_header;

struct weft_http_response {
    weft_arena *arena;      /* the request's */
    const char *request_id; /* the request's */
    unsigned status;        /* 0: no answer yet */
    weft_buf body;          /* when bytes is NULL */
    const void *bytes;      /* borrowed */
    size_t size;
    http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
};

typedef enum {
    HTTP_NEW,      /* the request line is known */
    HTTP_READING,  /* the body arrives */
    HTTP_WORKING,  /* suspended, a worker has it */
    HTTP_ANSWERED, /* the response is ready to be sent */
} http_stage;

/* The network thread owns a request except while it is HTTP_WORKING; the stage's
 * release and acquire hand it over. */
struct weft_http_request {
    weft_http_server *server;
    struct MHD_Connection *connection;
    weft_arena arena;
    _Atomic http_stage stage;
    const char *uri; /* raw, with the query */
    char *method;
    char id[HTTP_ID_SIZE];
    char client[64];
    const char *media_type;
    weft_str media_params;
    weft_http_path path;
    http_match match;
    weft_http_query *queries;
    size_t query_count;
    weft_buf body;
    size_t max_body;
    size_t discarded; /* bytes of a body that nobody wants */
    size_t number;    /* its metrics */
    double started;   /* when the request line came */
    double complete;  /* when the body was */
    weft_http_response response;
};

weft_http_request *http_request_new(weft_http_server *server, const char *uri);
void http_request_free(weft_http_request *request);

/* Reads what the headers say into the request: path, query, content type, client.
 * Fails with the status of the part that cannot be read. */
weft_status http_request_read(weft_http_request *request, const char *method, weft_err *err);
void http_response_deinit(weft_http_response *response);

/* Hands the answer to libmicrohttpd. */
enum MHD_Result http_response_send(weft_http_request *request);

/* ---- authentication (http_auth.c) ---- */

bool http_auth_is_needed(const weft_http_options *options, weft_http_access access);

/* The token of the Authorization header; NULL when there is none, after having
 * answered 401. Does not verify it. */
const char *http_auth_token(weft_http_request *request);
/* Asks the verifier; false after having answered 401. */
bool http_auth_verify(weft_http_request *request, const char *token);

/* ---- address (http_address.c): a listening socket; its real port goes to *port ---- */

weft_status http_address_listen(const char *address, int *fd, uint16_t *port, weft_err *err);

/* ---- the server (http_server.c) ---- */

struct weft_http_server {
    weft_http_options options; /* with the defaults filled in */
    bool checks_host;
    uint16_t port;
    struct MHD_Daemon *daemon;
    weft_pool *pool;
    http_router router;
    http_route_metrics *metrics; /* [route_count + 2]: routes, fallback, no route */
    atomic_size_t body_bytes;    /* held by all requests */
    atomic_bool is_stopping;     /* new requests are refused */
    atomic_bool is_cancelled;    /* waiting requests too */
    pthread_mutex_t lock;        /* guards in_flight, and the pool against stop */
    pthread_cond_t is_quiet;     /* in_flight became 0 */
    size_t in_flight;            /* request line seen, answer not yet sent */
};

#endif
