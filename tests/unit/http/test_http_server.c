/* A real server on a free port, and raw sockets that talk to it. */
#include "http/http.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/http_multipart.h"
#include "http_client.h"
#include "unit.h"

enum { BIG = 10 << 20, MAX_BODY = 1000 };

#define HOST      "Host: localhost\r\n"
#define END       "Connection: close\r\n\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST END

/* ---- handlers ---- */

static atomic_int running, most_running;
static atomic_bool may_go; /* what /wait waits for */

static void answer_thing(const weft_http_request *request, weft_http_response *response,
                         void *context) {
    weft_buf body;
    size_t count;
    const weft_http_query *all = weft_http_request_queries(request, &count);
    const char *color = weft_http_request_query(request, "color");
    weft_buf_init(&body);
    weft_buf_printf(&body, "%s|%s|%s|%s|%zu|%s|%s", (const char *)context,
                    weft_http_request_method(request), weft_http_request_pattern(request),
                    weft_http_request_param(request, "id"), count, color ? color : "-",
                    count ? all[count - 1].value : "-");
    weft_http_respond_buf(response, 200, "text/plain", &body);
}

static void answer_new(const weft_http_request *request, weft_http_response *response,
                       void *context) {
    (void)context;
    assert_null(weft_http_request_param(request, "id"));
    weft_http_respond_static(response, 200, "text/plain", "new", 3);
}

static void echo(const weft_http_request *request, weft_http_response *response, void *context) {
    (void)context;
    weft_buf body;
    weft_str bytes = weft_http_request_body(request);
    weft_buf_init(&body);
    weft_buf_printf(&body, "%s;", weft_http_request_media_type(request));
    weft_buf_append(&body, bytes.data, bytes.size);
    weft_http_respond_buf(response, 201, "text/plain", &body);
}

static void answer_big(const weft_http_request *request, weft_http_response *response,
                       void *context) {
    (void)request, (void)context;
    weft_buf body;
    weft_buf_init(&body);
    for (int i = 0; i < BIG; i++) weft_buf_putc(&body, (char)('a' + i % 26));
    weft_http_respond_buf(response, 200, "application/octet-stream", &body);
}

static void answer_wait(const weft_http_request *request, weft_http_response *response,
                        void *context) {
    (void)context;
    int now = atomic_fetch_add(&running, 1) + 1, most = atomic_load(&most_running);
    while (now > most && !atomic_compare_exchange_weak(&most_running, &most, now)) continue;
    while (!atomic_load(&may_go) && !weft_http_request_is_cancelled(request)) usleep(2000);
    atomic_fetch_sub(&running, 1);
    weft_http_respond_static(response, 200, "text/plain", "done", 4);
}

static void answer_tagged(const weft_http_request *request, weft_http_response *response,
                          void *context) {
    (void)context;
    if (weft_http_respond_not_modified(response, request, "v1")) return;
    weft_http_respond_static(response, 200, "text/plain", "tagged", 6);
}

static void answer_form(const weft_http_request *request, weft_http_response *response,
                        void *context) {
    (void)context;
    const weft_http_part *parts;
    size_t count;
    weft_err err;
    weft_status status = weft_http_request_multipart(request, &parts, &count, &err);
    if (status) {
        weft_http_respond_problem(response, status == WEFT_E_UNSUPPORTED ? 415 : 400, "body", "%s",
                                  err.message);
        return;
    }
    const weft_http_part *image = weft_http_part_find(parts, count, "image");
    weft_http_respond_static(response, 200, "text/plain", image->bytes.data, image->bytes.size);
}

static void answer_nothing(const weft_http_request *request, weft_http_response *response,
                           void *context) {
    (void)request, (void)response, (void)context;
}

static void answer_headers(const weft_http_request *request, weft_http_response *response,
                           void *context) {
    (void)context;
    weft_http_respond_header(response, "X-Twice", "one");
    weft_http_respond_header(response, "x-twice", "two");
    weft_http_respond_header(response, "X-Split", "a\r\nX-Evil: 1");
    weft_http_respond_header(response, "Content-Security-Policy", "default-src 'self'");
    weft_http_respond_problem(response, 500, NULL, "replaced");
    weft_http_respond_header(response, "X-Client", weft_http_request_client(request));
    weft_http_respond_static(response, 200, "text/plain", "x", 1);
}

static void answer_no_memory(const weft_http_request *request, weft_http_response *response,
                             void *context) {
    (void)request, (void)context;
    weft_buf body = {.failed = true};
    weft_http_respond_json(response, 200, &body);
}

static void answer_metrics(const weft_http_request *request, weft_http_response *response,
                           void *context) {
    (void)context;
    weft_buf body;
    weft_buf_init(&body);
    weft_http_metrics_write(weft_http_request_server(request), &body);
    weft_http_respond_buf(response, 200, "text/plain; version=0.0.4", &body);
}

static void answer_file(const weft_http_request *request, weft_http_response *response,
                        void *context) {
    (void)context;
    assert_null(weft_http_request_pattern(request));
    const char *path = weft_http_request_path(request);
    weft_http_respond_static(response, 200, "text/html", path, strlen(path));
}

static const weft_http_route routes[] = {
    {"GET", "/things/{id}", WEFT_HTTP_READ, answer_thing, 0},
    {"GET", "/things/new", WEFT_HTTP_READ, answer_new, 0},
    {"DELETE", "/things/{id}", WEFT_HTTP_WRITE, answer_thing, 0},
    {"POST", "/echo", WEFT_HTTP_PUBLIC, echo, 0},
    {"POST", "/echo/more", WEFT_HTTP_PUBLIC, echo, 2 * BIG},
    {"GET", "/big", WEFT_HTTP_PUBLIC, answer_big, 0},
    {"GET", "/wait", WEFT_HTTP_PUBLIC, answer_wait, 0},
    {"GET", "/tagged", WEFT_HTTP_PUBLIC, answer_tagged, 0},
    {"POST", "/form", WEFT_HTTP_PUBLIC, answer_form, 0},
    {"GET", "/nothing", WEFT_HTTP_PUBLIC, answer_nothing, 0},
    {"GET", "/headers", WEFT_HTTP_PUBLIC, answer_headers, 0},
    {"GET", "/no-memory", WEFT_HTTP_PUBLIC, answer_no_memory, 0},
    {"GET", "/metrics", WEFT_HTTP_PUBLIC, answer_metrics, 0},
};
static const weft_http_route files = {"GET", NULL, WEFT_HTTP_PUBLIC, answer_file, 0};

/* ---- helpers ---- */

/* A token that is not known is bad; one that begins with '?' cannot be checked. */
static weft_status verify(void *context, const char *token, bool *good) {
    *good = strcmp(token, context) == 0;
    return token[0] == '?' ? WEFT_E_STORE : WEFT_OK;
}

static weft_http_options defaults(void) {
    return (weft_http_options){.address = "127.0.0.1:0",
                               .routes = routes,
                               .route_count = sizeof routes / sizeof *routes,
                               .context = (void *)"app",
                               .workers = 2,
                               .max_body = MAX_BODY,
                               .drain_seconds = 5,
                               .verify = verify,
                               .verify_context = (void *)"secret"};
}

static weft_http_server *server;

static uint16_t start(weft_http_options options) {
    weft_err err;
    atomic_store(&may_go, false);
    atomic_store(&most_running, 0);
    if (weft_http_server_start(&server, &options, &err)) fail_msg("%s", err.message);
    return weft_http_server_port(server);
}

static void stop(void) {
    weft_http_server_stop(server);
    server = NULL;
}

static int teardown(void **state) {
    (void)state;
    weft_mem_fail_after(0);
    atomic_store(&may_go, true);
    stop();
    return 0;
}

static void expect_status(uint16_t port, const char *request, int status) {
    client_answer answer = client_call(port, request);
    if (answer.status != status)
        fail_msg("%d wanted, got %s%s\nfor %s", status, answer.head, answer.body, request);
    free(answer.body);
}

static void expect_body(uint16_t port, const char *request, int status, const char *body) {
    client_answer answer = client_call(port, request);
    assert_int_equal(answer.status, status);
    assert_string_equal(answer.body, body);
    free(answer.body);
}

static void expect_header(client_answer *answer, const char *name, const char *value) {
    char text[512];
    const char *found = client_header(answer, name, text);
    if (!found || strcmp(found, value) != 0)
        fail_msg("%s: %s wanted in %s", name, value, answer->head);
}

static void wait_until_running(int n) {
    for (int i = 0; i < 5000 && atomic_load(&running) != n; i++) usleep(1000);
    assert_int_equal(atomic_load(&running), n);
}

static void wait_until_queued(int n) {
    char want[64];
    bool seen = false;
    snprintf(want, sizeof want, "weft_http_queue_depth %d\n", n);
    for (int i = 0; i < 5000 && !seen; i++, usleep(1000)) {
        weft_buf text;
        weft_buf_init(&text);
        weft_http_metrics_write(server, &text);
        seen = strstr(text.data, want) != NULL;
        weft_buf_deinit(&text);
    }
    assert_true(seen);
}

/* ---- tests ---- */

static void routing(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    expect_body(port, GET("/things/a%2Fb%20c?color=red+blue&color=%C3%A9"), 200,
                "app|GET|/things/{id}|a/b c|2|red blue|\xc3\xa9");
    expect_body(port, GET("/things/new"), 200, "new");
    expect_status(port, GET("/things/"), 404);
    expect_status(port, GET("/things"), 404);
    expect_status(port, GET("/things/a/b"), 404);
    expect_status(port, GET("/"), 404);
    expect_status(port, GET("/things/%00"), 400);
    expect_status(port, GET("/things/%zz"), 400);
    expect_status(port, GET("/things/%ff"), 400);
    expect_status(port, GET("/things/.."), 400);
    expect_status(port, GET("/things/a?x=%00"), 400);

    client_answer answer = client_call(port, "PUT /things/a HTTP/1.1\r\n" HOST END);
    assert_int_equal(answer.status, 405);
    expect_header(&answer, "Allow", "GET, HEAD, DELETE, OPTIONS");
    expect_header(&answer, "Content-Type", "application/problem+json");
    assert_non_null(strstr(answer.body, "\"title\":\"Method Not Allowed\""));
    free(answer.body);

    answer = client_call(port, "OPTIONS /things/a HTTP/1.1\r\n" HOST END);
    assert_int_equal(answer.status, 204);
    expect_header(&answer, "Allow", "GET, HEAD, DELETE, OPTIONS");
    char text[512];
    assert_null(client_header(&answer, "Access-Control-Allow-Origin", text));
    free(answer.body);

    answer = client_call(port, "HEAD /things/a HTTP/1.1\r\n" HOST END);
    assert_int_equal(answer.status, 200);
    expect_header(&answer, "Content-Length", "29");
    free(answer.body);
}

static void common_headers(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    char id[512], text[512];
    client_answer answer = client_call(port, GET("/nowhere"));
    assert_int_equal(answer.status, 404);
    expect_header(&answer, "X-Content-Type-Options", "nosniff");
    expect_header(&answer, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    assert_non_null(client_header(&answer, "X-Request-Id", id));
    assert_int_equal(strlen(id), 16);
    assert_non_null(strstr(answer.body, id));
    free(answer.body);

    answer = client_call(port, GET("/headers"));
    assert_int_equal(answer.status, 200);
    expect_header(&answer, "x-twice", "two");
    expect_header(&answer, "X-Client", "127.0.0.1");
    expect_header(&answer, "Content-Type", "text/plain");
    expect_header(&answer, "Content-Security-Policy", "default-src 'self'");
    assert_null(client_header(&answer, "X-Evil", text));
    assert_null(client_header(&answer, "X-Split", text));
    assert_string_equal(answer.body, "x");
    free(answer.body);

    expect_status(port, GET("/nothing"), 500);
    answer = client_call(port, GET("/no-memory"));
    assert_int_equal(answer.status, 503);
    expect_header(&answer, "Retry-After", "1");
    free(answer.body);
}

static void fallback_and_cors(void **state) {
    (void)state;
    weft_http_options options = defaults();
    options.fallback = &files;
    options.allow_origin = "https://shop.example";
    uint16_t port = start(options);
    expect_body(port, GET("/assets/a%20b.js"), 200, "/assets/a b.js");
    expect_body(port, GET("/"), 200, "/");
    expect_status(port, GET("/a/%2e%2e/b"), 400);
    expect_status(port, "POST /assets HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" END, 404);
    client_answer answer = client_call(port, "OPTIONS /things/a HTTP/1.1\r\n" HOST END);
    expect_header(&answer, "Access-Control-Allow-Origin", "https://shop.example");
    expect_header(&answer, "Access-Control-Allow-Methods", "GET, HEAD, DELETE, OPTIONS");
    expect_header(&answer, "Vary", "Origin");
    free(answer.body);
    expect_status(port, "OPTIONS /page HTTP/1.1\r\n" HOST END, 204);
}

static void etag(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    client_answer answer = client_call(port, GET("/tagged"));
    assert_int_equal(answer.status, 200);
    expect_header(&answer, "ETag", "\"v1\"");
    free(answer.body);
#define IF(tags) "GET /tagged HTTP/1.1\r\n" HOST "If-None-Match: " tags "\r\n" END
    expect_body(port, IF("\"v0\", W/\"v1\""), 304, "");
    expect_body(port, IF("*"), 304, "");
    expect_body(port, IF("\"v10\""), 200, "tagged");
    expect_body(port, IF("v1"), 200, "tagged");
}

static void hosts(void **state) {
    (void)state;
    uint16_t port = start(defaults());
#define AS(host) "GET /things/a HTTP/1.1\r\nHost: " host "\r\n" END
    expect_status(port, AS("127.0.0.1:8080"), 200);
    expect_status(port, AS("[::1]"), 200);
    expect_status(port, AS("evil.example"), 421);
    expect_status(port, AS("localhost.evil.example:80"), 421);
    expect_status(port, "GET /things/a HTTP/1.1\r\n" END, 400);
    stop();
    weft_http_options options = defaults();
    options.allow_any_host = true;
    expect_status(start(options), AS("shop.example"), 200);
}

#define DELETE_AS(auth) "DELETE /things/a HTTP/1.1\r\n" HOST auth END
#define GET_AS(auth)    "GET /things/a HTTP/1.1\r\n" HOST auth END
#define TOKEN           "Authorization: Bearer secret\r\n"

static void authentication(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    expect_status(port, GET_AS(""), 200);
    expect_status(port, DELETE_AS(TOKEN), 200);
    expect_status(port, DELETE_AS("authorization: bearer   secret\r\n"), 200);
    expect_status(port, DELETE_AS("Authorization: Bearer\r\n"), 401);
    expect_status(port, DELETE_AS("Authorization: Basic c2VjcmV0\r\n"), 401);
    expect_status(port, DELETE_AS("Authorization: secret\r\n"), 401);
    expect_status(port, DELETE_AS("Authorization: Bearer ?who-knows\r\n"), 503);
    client_answer answer = client_call(port, DELETE_AS(""));
    assert_int_equal(answer.status, 401);
    expect_header(&answer, "WWW-Authenticate", "Bearer");
    expect_header(&answer, "Content-Type", "application/problem+json");
    free(answer.body);
    answer = client_call(port, DELETE_AS("Authorization: Bearer sesame\r\n"));
    assert_int_equal(answer.status, 401);
    expect_header(&answer, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
    assert_null(strstr(answer.body, "sesame"));
    free(answer.body);

    char request[WEFT_HTTP_TOKEN_MAX + 200], token[WEFT_HTTP_TOKEN_MAX + 2] = "";
    memset(token, 's', WEFT_HTTP_TOKEN_MAX + 1);
    snprintf(request, sizeof request, DELETE_AS("Authorization: Bearer %s\r\n"), token);
    answer = client_call(port, request);
    assert_int_equal(answer.status, 401);
    assert_non_null(strstr(answer.body, "too long"));
    free(answer.body);
    stop();

    weft_http_options options = defaults();
    options.require_token_for_reads = true;
    port = start(options);
    expect_status(port, GET_AS(""), 401);
    expect_status(port, GET_AS(TOKEN), 200);
    expect_status(port, GET("/tagged"), 200); /* public */
    stop();
    options.verify = NULL;
    expect_status(start(options), GET_AS(TOKEN), 401);
}

static void bodies(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    expect_body(port,
                "POST /echo HTTP/1.1\r\n" HOST "Content-Type: Text/Plain; charset=utf-8\r\n"
                "Content-Length: 5\r\n" END "hello",
                201, "text/plain;hello");
    expect_body(port,
                "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END
                "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
                201, ";hello");
    expect_body(port, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" END, 201, ";");
    expect_body(port, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n" END "hello", 201,
                ";he");
    expect_status(port, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n" END, 400);
    expect_status(port, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: x\r\n" END, 400);

    char request[4 * MAX_BODY], body[MAX_BODY + 2] = "";
    memset(body, 'x', MAX_BODY);
    snprintf(request, sizeof request,
             "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %d\r\n" END "%s", MAX_BODY, body);
    expect_status(port, request, 201);
    body[MAX_BODY] = 'x';
    snprintf(request, sizeof request,
             "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %d\r\n" END "%s", MAX_BODY + 1, body);
    client_answer answer = client_call(port, request);
    assert_int_equal(answer.status, 413);
    assert_non_null(strstr(answer.body, "more than 1000 bytes"));
    free(answer.body);
    snprintf(request, sizeof request,
             "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END
             "258\r\n%.600s\r\n258\r\n%.600s\r\n0\r\n\r\n",
             body, body);
    expect_status(port, request, 413);

    int fd = client_connect(port); /* asks first, and is told */
    client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST
                    "Expect: 100-continue\r\nContent-Length: 5000\r\n" END);
    answer = client_read(fd, true);
    assert_int_equal(answer.status, 413);
    free(answer.body);
    close(fd);
    fd = client_connect(port);
    client_puts(fd,
                "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n" END);
    answer = client_read(fd, false);
    assert_int_equal(answer.status, 100);
    free(answer.body);
    client_puts(fd, "ok");
    answer = client_read(fd, true);
    assert_string_equal(answer.body, ";ok");
    free(answer.body);
    close(fd);
}

static void large_bodies(void **state) {
    (void)state;
    weft_http_options options = defaults();
    options.max_body_total = BIG;
    uint16_t port = start(options);
    client_answer answer = client_call(port, GET("/big"));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.size, BIG);
    for (int i = 0; i < BIG; i++)
        if (answer.body[i] != (char)('a' + i % 26)) fail_msg("byte %d differs", i);

    static const int sizes[] = {BIG - 100, BIG + 1}, statuses[] = {201, 503};
    for (int i = 0; i < 4; i++) { /* twice: what a request held is given back */
        char head[256], *body = calloc(1, BIG + 1);
        int fd = client_connect(port);
        snprintf(head, sizeof head,
                 "POST /echo/more HTTP/1.1\r\n" HOST "Content-Length: %d\r\n" END, sizes[i % 2]);
        client_puts(fd, head);
        client_send(fd, body, (size_t)sizes[i % 2]);
        client_answer got = client_read(fd, true);
        assert_int_equal(got.status, statuses[i % 2]);
        if (got.status == 201) assert_int_equal(got.size, sizes[i % 2] + 1);
        free(got.body);
        free(body);
        close(fd);
    }
    free(answer.body);
    expect_status(port, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999\r\n" END, 413);
}

static void malformed(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    expect_status(port, "nonsense\r\n\r\n", 0); /* libmicrohttpd closes without a word */
    expect_status(port, "GET /a b HTTP/1.1\r\n" HOST END, 0);
    expect_status(port, "GET /a\r\n\r\n", 400);
    expect_status(
        port, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END "zz\r\n", 400);
    char request[70000];
    int n = snprintf(request, sizeof request, "GET /");
    memset(request + n, 'a', 60000);
    snprintf(request + n + 60000, 100, " HTTP/1.1\r\n" HOST END);
    expect_status(port, request, 414);
    n = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nX-Long: ");
    memset(request + n, 'a', 60000);
    snprintf(request + n + 60000, 100, "\r\n" HOST END);
    expect_status(port, request, 431);
    for (int i = 0; i < 20; i++) { /* gone in the middle, each time a little later */
        static const char half[] = "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 50\r\n\r\nhalf";
        int fd = client_connect(port);
        client_send(fd, half, sizeof half - 1 - (size_t)i * 3);
        close(fd);
    }
    expect_status(port, GET("/tagged"), 200);
}

static void keep_alive_and_pipeline(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    int fd = client_connect(port);
    for (int i = 0; i < 3; i++) {
        client_puts(fd, "GET /things/a HTTP/1.1\r\n" HOST "\r\n");
        client_answer answer = client_read(fd, true);
        assert_int_equal(answer.status, 200);
        free(answer.body);
    }
    client_puts(fd, "GET /things/1 HTTP/1.1\r\n" HOST "\r\n"
                    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                    "GET /nowhere HTTP/1.1\r\n" HOST "\r\n"
                    "GET /things/2 HTTP/1.1\r\n" HOST "\r\n");
    static const char *const want[] = {"|1|", ";abc", "nothing at", "|2|"};
    for (int i = 0; i < 4; i++) {
        client_answer answer = client_read(fd, true);
        assert_non_null(strstr(answer.body, want[i]));
        free(answer.body);
    }
    close(fd);
}

static void forms(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    static const char form[] =
        "--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n"
        "\r\npixels\r\n--B--\r\n";
    static const char head[] = "POST /form HTTP/1.1\r\n" HOST "Content-Type: %s\r\n"
                               "Content-Length: %zu\r\n" END "%s";
    char request[1000];
    snprintf(request, sizeof request, head, "multipart/form-data; boundary=\"B\"", strlen(form),
             form);
    expect_body(port, request, 200, "pixels");
    snprintf(request, sizeof request, head, "multipart/form-data", strlen(form), form);
    expect_status(port, request, 400);
    snprintf(request, sizeof request, head, "multipart/form-data; boundary=C", strlen(form), form);
    client_answer answer = client_call(port, request);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(answer.body, "\"field\":\"body\""));
    free(answer.body);
    snprintf(request, sizeof request, head, "application/json", strlen(form), form);
    expect_status(port, request, 415);
}

static void full_queue(void **state) {
    (void)state;
    weft_http_options options = defaults();
    options.queue_size = 1;
    uint16_t port = start(options);
    int fds[3];
    for (int i = 0; i < 3; i++) { /* two at work, one waiting */
        fds[i] = client_connect(port);
        client_puts(fds[i], GET("/wait"));
        wait_until_running(i < 2 ? i + 1 : 2);
    }
    wait_until_queued(1);
    client_answer answer = client_call(port, GET("/nothing"));
    assert_int_equal(answer.status, 503);
    expect_header(&answer, "Retry-After", "1");
    expect_header(&answer, "Content-Type", "application/problem+json");
    free(answer.body);
    atomic_store(&may_go, true);
    for (int i = 0; i < 3; i++) {
        answer = client_read(fds[i], true);
        assert_string_equal(answer.body, "done");
        free(answer.body);
        close(fds[i]);
    }
    assert_int_equal(atomic_load(&most_running), 2);
    answer = client_call(port, GET("/metrics"));
    assert_null(strstr(answer.body, "weft_http_busy_total 0"));
    free(answer.body);
}

static void metrics(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    expect_status(port, GET("/things/secret-name"), 200);
    expect_status(port, GET("/things/other"), 200);
    expect_status(port, GET("/nowhere"), 404);
    client_answer answer = client_call(port, GET("/metrics"));
    assert_non_null(strstr(answer.body, "weft_http_requests_total{method=\"GET\","
                                        "route=\"/things/{id}\",status=\"200\"} 2\n"));
    assert_non_null(strstr(answer.body, "route=\"none\",status=\"404\"} 1\n"));
    assert_non_null(strstr(answer.body, "route=\"/things/{id}\",le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(answer.body, "weft_http_in_flight 1\n"));
    assert_non_null(strstr(answer.body, "weft_http_queue_depth 0\n"));
    assert_null(strstr(answer.body, "secret-name"));
    free(answer.body);
}

static void slow_client(void **state) {
    (void)state;
    weft_http_options options = defaults();
    options.timeout_seconds = 1;
    uint16_t port = start(options);
    static const char *const parts[] = {
        "", "GET /thi", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nabc"};
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = client_connect(port);
        client_puts(fds[i], parts[i]);
    }
    for (int i = 0; i < 3; i++) {
        assert_true(client_is_closed(fds[i]));
        close(fds[i]);
    }
    expect_status(port, GET("/tagged"), 200);
    stop();

    options.timeout_seconds = 10;
    options.upload_seconds = 1;
    int fd = client_connect(start(options));
    double begin = weft_clock_seconds();
    client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 900\r\n\r\n");
    for (int i = 0; i < 25; i++) { /* a byte now and then is no excuse */
        client_puts(fd, "x");
        usleep(100000);
    }
    assert_true(client_is_closed(fd));
    assert_true(weft_clock_seconds() - begin < 8);
    close(fd);
}

static void *stop_in_thread(void *argument) {
    weft_http_server_stop(argument);
    return NULL;
}

static void drain(void **state) {
    (void)state;
    uint16_t port = start(defaults());
    pthread_t stopper;
    int busy = client_connect(port), idle = client_connect(port);
    client_puts(idle, "GET /things/a HTTP/1.1\r\n" HOST "\r\n");
    client_answer answer = client_read(idle, true);
    free(answer.body);
    client_puts(busy, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    wait_until_running(1);
    pthread_create(&stopper, NULL, stop_in_thread, server);
    server = NULL;
    usleep(200000);
    client_puts(idle, "GET /things/a HTTP/1.1\r\n" HOST "\r\n");
    answer = client_read(idle, true); /* told to come back later */
    assert_int_equal(answer.status, 503);
    expect_header(&answer, "Connection", "close");
    free(answer.body);
    atomic_store(&may_go, true);
    answer = client_read(busy, true); /* what was under way is finished */
    assert_string_equal(answer.body, "done");
    free(answer.body);
    pthread_join(stopper, NULL);
    close(busy);
    close(idle);
}

static void drain_too_short(void **state) {
    (void)state;
    weft_http_options options = defaults();
    options.drain_seconds = 1;
    options.workers = 1;
    uint16_t port = start(options);
    int running_fd = client_connect(port), waiting = client_connect(port),
        sending = client_connect(port);
    client_puts(running_fd, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    wait_until_running(1);
    client_puts(waiting, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    client_puts(sending, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nabc");
    usleep(100000);
    double begin = weft_clock_seconds();
    stop();
    double took = weft_clock_seconds() - begin;
    assert_true(took > 0.9 && took < 8);
    client_answer answer = client_read(running_fd, true); /* it saw that it was cancelled */
    assert_int_equal(answer.status, 200);
    free(answer.body);
    answer = client_read(waiting, true);
    assert_int_equal(answer.status, 503);
    free(answer.body);
    assert_true(client_is_closed(sending));
    close(running_fd);
    close(waiting);
    close(sending);
}

static void bad_options(void **state) {
    (void)state;
    static const char *const addresses[] = {
        "", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:x", "[::1:80", "256.0.0.1:80"};
    weft_http_options options = defaults();
    weft_err err;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        options.address = addresses[i];
        assert_int_equal(weft_http_server_start(&server, &options, &err), WEFT_E_INVALID);
        assert_null(server);
    }
    static const char *const patterns[] = {
        "no-slash", "/a//b", "/a/", "/{}", "/{id", "/{id}/", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q"};
    options = defaults();
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        weft_http_route route = {"GET", patterns[i], WEFT_HTTP_PUBLIC, answer_new, 0};
        options.routes = &route;
        options.route_count = 1;
        assert_int_equal(weft_http_server_start(&server, &options, &err), WEFT_E_INVALID);
    }
    char taken[64];
    snprintf(taken, sizeof taken, "127.0.0.1:%u", start(defaults()));
    options = defaults();
    options.address = taken;
    weft_http_server *second;
    assert_int_equal(weft_http_server_start(&second, &options, &err), WEFT_E_IO);
    assert_non_null(strstr(err.message, taken));
    assert_null(second);
}

static void out_of_memory(void **state) {
    (void)state;
    weft_http_options options = defaults();
    int failures = 0;
    for (size_t n = 1; !server && n < 50; n++) {
        weft_mem_fail_after(n);
        failures += weft_http_server_start(&server, &options, NULL) == WEFT_E_NOMEM;
    }
    weft_mem_fail_after(0);
    assert_non_null(server);
    assert_true(failures >= 5);
    uint16_t port = weft_http_server_port(server);
    for (size_t n = 1; n < 12; n++) { /* no answer, or a 503, or a good one; never a crash */
        weft_mem_fail_after(n);
        client_answer answer = client_call(port, GET("/things/a?b=c"));
        assert_true(answer.status == 0 || answer.status == 503 || answer.status == 200);
        weft_mem_fail_after(0);
        free(answer.body);
    }
    expect_status(port, GET("/things/a"), 200);
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        TEST(routing),
        TEST(common_headers),
        TEST(fallback_and_cors),
        TEST(etag),
        TEST(hosts),
        TEST(authentication),
        TEST(bodies),
        TEST(large_bodies),
        TEST(malformed),
        TEST(forms),
        TEST(keep_alive_and_pipeline),
        TEST(full_queue),
        TEST(metrics),
        TEST(slow_client),
        TEST(drain),
        TEST(drain_too_short),
        TEST(bad_options),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
