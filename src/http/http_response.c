#include "http/http_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"

enum { DETAIL_SIZE = 512 };

static const char problem_type[] = "application/problem+json";

/* What is sent when there is no memory to write anything better. */
static const char out_of_memory[] = "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\","
                                    "\"status\":503,\"detail\":\"out of memory\"}";

void http_response_deinit(weft_http_response *response) { weft_buf_deinit(&response->body); }

/* Puts a header whose value lives long enough. */
static void put_header(weft_http_response *response, const char *name, const char *value) {
    size_t i = 0;
    while (i < response->header_count && strcasecmp(response->headers[i].name, name) != 0) i++;
    assert(i < HTTP_HEADERS_MAX);
    if (i == response->header_count) response->header_count++;
    response->headers[i] = (http_header){name, value};
}

/* Forgets an earlier answer, not its headers. */
static void begin(weft_http_response *response, unsigned status, const char *type) {
    weft_buf_deinit(&response->body);
    response->bytes = NULL;
    response->size = 0;
    response->status = status;
    if (type) weft_http_respond_header(response, "Content-Type", type);
    if (status == 503) put_header(response, "Retry-After", "1");
}

static void respond_out_of_memory(weft_http_response *response) {
    begin(response, 503, NULL);
    put_header(response, "Content-Type", problem_type);
    response->bytes = out_of_memory;
    response->size = sizeof out_of_memory - 1;
}

void weft_http_respond_empty(weft_http_response *response, unsigned status) {
    begin(response, status, NULL);
}

void weft_http_respond_buf(weft_http_response *response, unsigned status, const char *type,
                           weft_buf *body) {
    if (!weft_buf_ok(body)) {
        weft_buf_deinit(body);
        respond_out_of_memory(response);
        return;
    }
    begin(response, status, type);
    response->body = *body;
    weft_buf_init(body);
}

void weft_http_respond_json(weft_http_response *response, unsigned status, weft_buf *body) {
    weft_http_respond_buf(response, status, "application/json", body);
}

void weft_http_respond_static(weft_http_response *response, unsigned status, const char *type,
                              const void *bytes, size_t size) {
    begin(response, status, type);
    response->bytes = bytes;
    response->size = size;
}

void weft_http_respond_problem(weft_http_response *response, unsigned status, const char *field,
                               const char *format, ...) {
    char detail[DETAIL_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);

    weft_buf body;
    weft_json j;
    weft_buf_init(&body);
    weft_json_begin(&j, &body);
    weft_json_object(&j);
    weft_json_key_string(&j, "type", "about:blank");
    weft_json_key_string(&j, "title", MHD_get_reason_phrase_for(status));
    weft_json_key_int(&j, "status", status);
    weft_json_key_string(&j, "detail", detail);
    if (field) weft_json_key_string(&j, "field", field);
    weft_json_key_string(&j, "request_id", response->request_id);
    weft_json_end(&j);
    weft_http_respond_buf(response, status, problem_type, &body);
}

void weft_http_respond_header(weft_http_response *response, const char *name, const char *value) {
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) return;
    const char *copy = weft_arena_strdup(response->arena, value);
    if (copy) put_header(response, name, copy);
}

/* Is the quoted tag in a list such as  W/"a", "b"  or "*"? */
static bool list_has_tag(const char *list, const char *quoted) {
    size_t size = strlen(quoted);
    while (*list) {
        list += strspn(list, " \t,");
        if (*list == '*') return true;
        if (strncmp(list, "W/", 2) == 0) list += 2;
        if (strncmp(list, quoted, size) == 0) return true;
        list += strcspn(list, ",");
    }
    return false;
}

bool weft_http_respond_not_modified(weft_http_response *response, const weft_http_request *request,
                                    const char *tag) {
    const char *known = weft_http_request_header(request, "If-None-Match");
    const char *quoted = weft_arena_printf(response->arena, "\"%s\"", tag);
    if (!quoted) return false;
    weft_http_respond_header(response, "ETag", quoted);
    if (!known || !list_has_tag(known, quoted)) return false;
    weft_http_respond_empty(response, 304);
    return true;
}

/* The answer as libmicrohttpd wants it. A buffer's memory moves to it: weft_free is
 * called when the last byte has been sent. */
static struct MHD_Response *make(weft_http_response *response) {
    if (response->bytes)
        return MHD_create_response_from_buffer(response->size, (void *)(uintptr_t)response->bytes,
                                               MHD_RESPMEM_PERSISTENT);
    size_t size = response->body.size;
    if (!size) return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    char *data = weft_buf_take(&response->body);
    struct MHD_Response *made =
        MHD_create_response_from_buffer_with_free_callback(size, data, weft_free);
    if (!made) weft_free(data);
    return made;
}

static void add_common_headers(struct MHD_Response *made, const weft_http_request *request) {
    const char *origin = request->server->options.allow_origin;
    MHD_add_response_header(made, "X-Request-Id", request->id);
    MHD_add_response_header(made, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(made, "Referrer-Policy", "no-referrer");
    if (!MHD_get_response_header(made, "Content-Security-Policy"))
        MHD_add_response_header(made, "Content-Security-Policy",
                                "default-src 'none'; frame-ancestors 'none'");
    if (origin) MHD_add_response_header(made, "Access-Control-Allow-Origin", origin);
    if (origin && strcmp(origin, "*") != 0) MHD_add_response_header(made, "Vary", "Origin");
    if (atomic_load(&request->server->is_stopping))
        MHD_add_response_header(made, "Connection", "close");
}

enum MHD_Result http_response_send(weft_http_request *request) {
    weft_http_response *response = &request->response;
    struct MHD_Response *made = make(response);
    if (!made) return MHD_NO;
    for (size_t i = 0; i < response->header_count; i++)
        MHD_add_response_header(made, response->headers[i].name, response->headers[i].value);
    add_common_headers(made, request);
    enum MHD_Result result = MHD_queue_response(request->connection, response->status, made);
    MHD_destroy_response(made);
    return result;
}
