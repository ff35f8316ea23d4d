/* http_server.c - the life of a request, and of the server.
 *
 * libmicrohttpd runs one network thread: it reads and writes sockets and parses
 * HTTP, and calls back here. A request is gathered on that thread (HTTP_READING),
 * then its connection is suspended and it goes through a bounded queue to a worker
 * (HTTP_WORKING), which runs the handler, marks it HTTP_ANSWERED and resumes the
 * connection; the network thread then sends the answer. So a slow handler never
 * holds up the sockets, and slow clients never hold up a worker.
 *
 * What is wrong with a request is usually known from its headers. The answer is
 * made then, but the body is still read and thrown away, up to DISCARD_MAX: a
 * client that is busy sending would otherwise meet a closed connection and never
 * see why. Clients that ask first (Expect: 100-continue) are told at once. */
#include "http/http_internal.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define DISCARD_MAX ((size_t)64 << 20)

enum { FLUSH_SECONDS = 1 }; /* for the last answers to leave when the drain was too short */

static bool is_refused(const weft_http_request *request) { return request->response.status != 0; }

/* ---- before the body ---- */

static void check_host(weft_http_request *request) {
    const char *host = weft_http_request_header(request, "Host");
    if (!request->server->checks_host || !host || weft_http_address_is_loopback(host)) return;
    weft_http_respond_problem(&request->response, 421, "Host",
                              "this server answers to localhost only");
}

static void answer_options(weft_http_request *request, const char *allow) {
    weft_http_response *response = &request->response;
    weft_http_respond_header(response, "Allow", allow);
    if (request->server->options.allow_origin) {
        weft_http_respond_header(response, "Access-Control-Allow-Methods", allow);
        weft_http_respond_header(response, "Access-Control-Allow-Headers",
                                 "Authorization, Content-Type");
        weft_http_respond_header(response, "Access-Control-Max-Age", "600");
    }
    weft_http_respond_empty(response, 204);
}

static void find_route(weft_http_request *request) {
    const weft_http_options *options = &request->server->options;
    const char *method = request->method;
    http_match *match = &request->match;
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool asks = strcmp(method, "OPTIONS") == 0;
    if (http_router_match(&request->server->router, method, &request->path, &request->arena,
                          match)) {
        weft_http_respond_problem(&request->response, 503, NULL, "out of memory");
        return;
    }
    if (match->route) {
        request->number = match->pattern->number;
    } else if (asks && (match->allow || options->fallback)) {
        answer_options(request, match->allow ? match->allow : "GET, HEAD, OPTIONS");
    } else if (match->allow) {
        weft_http_respond_header(&request->response, "Allow", match->allow);
        weft_http_respond_problem(&request->response, 405, NULL, "%s is not allowed here", method);
    } else if (reads && options->fallback) {
        match->route = options->fallback;
        request->number = options->route_count;
    } else {
        weft_http_respond_problem(&request->response, 404, NULL, "there is nothing at %s",
                                  request->path.whole);
    }
}

static void refuse_body(weft_http_request *request) {
    weft_buf_deinit(&request->body);
    weft_http_respond_problem(&request->response, 413, NULL, "the body has more than %zu bytes",
                              request->max_body);
}

/* What the headers promise; 0 when they do not say, and more than any limit when the
 * number is absurd. */
static uint64_t body_size(const weft_http_request *request) {
    const char *length = weft_http_request_header(request, "Content-Length");
    uint64_t size = 0;
    if (length && !weft_str_to_u64(weft_str_of(length), &size)) return UINT64_MAX;
    return size;
}

static void check_body(weft_http_request *request) {
    const weft_http_route *route = request->match.route;
    request->max_body = route->max_body ? route->max_body : request->server->options.max_body;
    if (body_size(request) > request->max_body) refuse_body(request);
}

/* Answers what the headers already decide; leaves a good request unanswered. */
static void check_headers(weft_http_request *request, const char *method) {
    weft_err err;
    weft_status status = http_request_read(request, method, &err);
    if (atomic_load(&request->server->is_stopping))
        weft_http_respond_problem(&request->response, 503, NULL, "the server is stopping");
    else if (status)
        weft_http_respond_problem(&request->response, status == WEFT_E_NOMEM ? 503 : 400, NULL,
                                  "%s", err.message);
    if (!is_refused(request)) check_host(request);
    if (!is_refused(request)) find_route(request);
    if (!is_refused(request) &&
        http_auth_is_needed(&request->server->options, request->match.route->access))
        http_auth_token(request);
    if (!is_refused(request)) check_body(request);
}

/* ---- the answer ---- */

static enum MHD_Result answer(weft_http_request *request) {
    double seconds = weft_clock_seconds() - request->complete;
    http_metrics_count(request->server, request->number, request->response.status, seconds);
    return http_response_send(request);
}

/* Runs on a worker. Once the connection is resumed the request is no longer ours. */
static void work(void *argument, size_t worker) {
    (void)worker;
    weft_http_request *request = argument;
    weft_http_server *server = request->server;
    const weft_http_route *route = request->match.route;
    weft_http_response *response = &request->response;
    bool needs_token = http_auth_is_needed(&server->options, route->access);
    const char *token = needs_token ? http_auth_token(request) : NULL;
    if (atomic_load(&server->is_cancelled)) {
        weft_http_respond_problem(response, 503, NULL, "the server is stopping");
    } else if (!needs_token || (token && http_auth_verify(request, token))) {
        route->handler(request, response, server->options.context);
        if (!response->status) weft_http_respond_problem(response, 500, NULL, "no answer was made");
    }
    atomic_store_explicit(&request->stage, HTTP_ANSWERED, memory_order_release);
    MHD_resume_connection(request->connection);
}

/* The lock keeps weft_http_server_stop from freeing the pool under a request whose
 * body took longer than the drain. */
static bool submit(weft_http_request *request) {
    weft_http_server *server = request->server;
    pthread_mutex_lock(&server->lock);
    bool done = !atomic_load(&server->is_cancelled) &&
                weft_pool_try_submit(server->pool, work, request) == WEFT_OK;
    pthread_mutex_unlock(&server->lock);
    return done;
}

static enum MHD_Result dispatch(weft_http_request *request) {
    request->complete = weft_clock_seconds();
    if (is_refused(request)) return answer(request);
    struct MHD_Connection *connection = request->connection;
    atomic_store_explicit(&request->stage, HTTP_WORKING, memory_order_release);
    MHD_suspend_connection(connection); /* before a worker could resume it */
    if (submit(request)) return MHD_YES;
    weft_http_respond_problem(&request->response, 503, NULL,
                              "all workers are busy and the queue is full");
    atomic_store_explicit(&request->stage, HTTP_ANSWERED, memory_order_release);
    MHD_resume_connection(connection);
    return MHD_YES;
}

/* ---- the body ---- */

/* Keeps a piece of the body, or refuses it. */
static void gather(weft_http_request *request, const char *bytes, size_t size) {
    weft_http_server *server = request->server;
    if (size > request->max_body - request->body.size) {
        atomic_fetch_sub(&server->body_bytes, request->body.size);
        refuse_body(request);
        return;
    }
    size_t held = atomic_fetch_add(&server->body_bytes, size);
    bool has_room = held + size <= server->options.max_body_total;
    if (has_room) weft_buf_append(&request->body, bytes, size);
    if (has_room && weft_buf_ok(&request->body)) return;
    atomic_fetch_sub(&server->body_bytes, request->body.size + size);
    weft_buf_deinit(&request->body);
    weft_http_respond_problem(&request->response, 503, NULL, "no memory for the body");
}

static enum MHD_Result take(weft_http_request *request, const char *bytes, size_t size) {
    if (weft_clock_seconds() - request->started > request->server->options.upload_seconds)
        return MHD_NO;
    if (!is_refused(request)) {
        gather(request, bytes, size);
        return MHD_YES;
    }
    request->discarded += size;
    return request->discarded <= DISCARD_MAX ? MHD_YES : MHD_NO;
}

/* ---- what libmicrohttpd calls, all on its thread ---- */

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection) {
    weft_http_server *server = context;
    weft_http_request *request = http_request_new(server, uri);
    if (!request) return NULL;
    request->connection = connection;
    pthread_mutex_lock(&server->lock);
    server->in_flight++;
    pthread_mutex_unlock(&server->lock);
    return request;
}

static enum MHD_Result on_headers(weft_http_request *request, const char *method) {
    check_headers(request, method);
    atomic_store_explicit(&request->stage, HTTP_READING, memory_order_relaxed);
    if (!is_refused(request)) return MHD_YES;
    bool asks_first = weft_http_request_header(request, "Expect") != NULL;
    return asks_first || body_size(request) > DISCARD_MAX ? answer(request) : MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *size, void **state) {
    (void)context, (void)connection, (void)url, (void)version;
    weft_http_request *request = *state;
    if (!request) return MHD_NO;
    http_stage stage = atomic_load_explicit(&request->stage, memory_order_acquire);
    if (stage == HTTP_NEW) return on_headers(request, method);
    if (stage == HTTP_ANSWERED) return answer(request);
    if (stage == HTTP_WORKING || !*size) return stage == HTTP_WORKING ? MHD_YES : dispatch(request);
    enum MHD_Result result = take(request, bytes, *size);
    *size = 0;
    return result;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how) {
    (void)connection, (void)how;
    weft_http_server *server = context;
    weft_http_request *request = *state;
    if (!request) return;
    *state = NULL;
    atomic_fetch_sub(&server->body_bytes, request->body.size);
    http_request_free(request);
    pthread_mutex_lock(&server->lock);
    if (--server->in_flight == 0) pthread_cond_broadcast(&server->is_quiet);
    pthread_mutex_unlock(&server->lock);
}

/* Paths and queries are decoded by http_parse.c, which also checks them. */
static size_t leave_encoded(void *context, struct MHD_Connection *connection, char *text) {
    (void)context, (void)connection;
    return strlen(text);
}

/* ---- start and stop ---- */

static void fill_defaults(weft_http_options *o) {
    if (!o->address) o->address = "127.0.0.1:8080";
    if (!o->workers) o->workers = weft_cpu_count();
    if (!o->queue_size) o->queue_size = 64;
    if (!o->max_body) o->max_body = (size_t)8 << 20;
    if (!o->max_body_total) o->max_body_total = (size_t)256 << 20;
    if (!o->max_header) o->max_header = (size_t)32 << 10;
    if (!o->max_connections) o->max_connections = 256;
    if (!o->timeout_seconds) o->timeout_seconds = 30;
    if (!o->upload_seconds) o->upload_seconds = 120;
    if (!o->drain_seconds) o->drain_seconds = 10;
}

static struct MHD_Daemon *start_daemon(weft_http_server *server, int fd) {
    const weft_http_options *o = &server->options;
    /* clang-format off */
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
        MHD_OPTION_CONNECTION_LIMIT, o->max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, o->timeout_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->max_header,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    /* clang-format on */
}

static void server_free(weft_http_server *server) {
    weft_pool_free(server->pool);
    if (server->daemon) MHD_stop_daemon(server->daemon);
    http_router_deinit(&server->router);
    weft_free(server->metrics);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->is_quiet);
    weft_free(server);
}

/* Everything but the sockets. */
static weft_status prepare(weft_http_server *server, weft_err *err) {
    const weft_http_options *o = &server->options;
    weft_status status = http_router_init(&server->router, o->routes, o->route_count, err);
    if (status) return status;
    server->metrics = weft_calloc(o->route_count + 2, sizeof *server->metrics);
    if (!server->metrics) return weft_fail(err, WEFT_E_NOMEM, "http metrics");
    return weft_pool_new(&server->pool, o->workers, o->queue_size, err);
}

weft_status weft_http_server_start(weft_http_server **out, const weft_http_options *options,
                                   weft_err *err) {
    pthread_condattr_t monotonic;
    int fd = -1;
    *out = NULL;
    weft_http_server *server = weft_calloc(1, sizeof *server);
    if (!server) return weft_fail(err, WEFT_E_NOMEM, "http server");
    server->options = *options;
    fill_defaults(&server->options);
    server->checks_host =
        !options->allow_any_host && weft_http_address_is_loopback(server->options.address);
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->is_quiet, &monotonic);
    pthread_condattr_destroy(&monotonic);

    weft_status status = prepare(server, err);
    if (!status) status = http_address_listen(server->options.address, &fd, &server->port, err);
    if (status) goto cleanup;
    server->daemon = start_daemon(server, fd);
    if (!server->daemon) {
        close(fd);
        status = weft_fail(err, WEFT_E_INTERNAL, "libmicrohttpd does not start");
        goto cleanup;
    }
    *out = server;
    return WEFT_OK;
cleanup:
    server_free(server);
    return status;
}

/* Waits until every answer has been sent, but no longer than that. */
static void wait_quiet(weft_http_server *server, unsigned seconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    int failure = 0;
    pthread_mutex_lock(&server->lock);
    while (server->in_flight && !failure)
        failure = pthread_cond_timedwait(&server->is_quiet, &server->lock, &until);
    pthread_mutex_unlock(&server->lock);
}

void weft_http_server_stop(weft_http_server *server) {
    if (!server) return;
    atomic_store(&server->is_stopping, true);
    int fd = MHD_quiesce_daemon(server->daemon);
    /* Who comes now is refused. The daemon's thread may still look at it: it is closed in the end.
     */
    if (fd >= 0) shutdown(fd, SHUT_RDWR);
    wait_quiet(server, server->options.drain_seconds);
    pthread_mutex_lock(&server->lock);
    atomic_store(&server->is_cancelled, true);
    pthread_mutex_unlock(&server->lock);
    weft_pool_free(server->pool); /* every connection has been resumed after this */
    server->pool = NULL;
    wait_quiet(server, FLUSH_SECONDS);
    server_free(server);
    if (fd >= 0) close(fd);
}

uint16_t weft_http_server_port(const weft_http_server *server) { return server->port; }
