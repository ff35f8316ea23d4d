#include "http/http_internal.h"

#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"

enum { REQUEST_BLOCK_SIZE = 4096 };

weft_http_request *http_request_new(weft_http_server *server, const char *uri) {
    unsigned char random[(HTTP_ID_SIZE - 1) / 2];
    weft_http_request *request = weft_calloc(1, sizeof *request);
    if (!request) return NULL;
    request->server = server;
    request->started = request->complete = weft_clock_seconds();
    request->number = server->options.route_count + 1;
    request->media_type = "";
    weft_arena_init(&request->arena, REQUEST_BLOCK_SIZE);
    weft_random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(request->id + 2 * i, HTTP_ID_SIZE - 2 * i, "%02x", random[i]);
    request->response = (weft_http_response){.arena = &request->arena, .request_id = request->id};
    request->uri = weft_arena_strdup(&request->arena, uri);
    if (request->uri) return request;
    http_request_free(request);
    return NULL;
}

void http_request_free(weft_http_request *request) {
    http_response_deinit(&request->response);
    weft_buf_deinit(&request->body);
    weft_arena_deinit(&request->arena);
    weft_free(request);
}

static void read_client(weft_http_request *request) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    socklen_t size = address && address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                               : sizeof(struct sockaddr_in);
    if (!address || getnameinfo(address, size, request->client, sizeof request->client, NULL, 0,
                                NI_NUMERICHOST) != 0)
        snprintf(request->client, sizeof request->client, "unknown");
}

static weft_status read_media_type(weft_http_request *request, weft_err *err) {
    const char *value = weft_http_request_header(request, "Content-Type");
    if (!value) return WEFT_OK;
    weft_str type = weft_http_value_head(weft_str_of(value), &request->media_params);
    if (!memchr(type.data, '/', type.size)) return WEFT_OK;
    char *lower = weft_arena_strndup(&request->arena, type.data, type.size);
    if (!lower) return weft_fail(err, WEFT_E_NOMEM, "content type");
    for (char *p = lower; *p; p++) *p = (char)tolower((unsigned char)*p);
    request->media_type = lower;
    return WEFT_OK;
}

weft_status http_request_read(weft_http_request *request, const char *method, weft_err *err) {
    weft_arena *arena = &request->arena;
    weft_str path = weft_str_of(request->uri), query = {0};
    const char *mark = strchr(request->uri, '?');
    if (mark) {
        query = weft_str_of(mark + 1);
        path.size = (size_t)(mark - request->uri);
    }
    read_client(request);
    request->method = weft_arena_strdup(arena, method);
    if (!request->method) return weft_fail(err, WEFT_E_NOMEM, "method");
    weft_status status = read_media_type(request, err);
    if (!status) status = weft_http_path_parse(path, arena, &request->path, err);
    if (!status)
        status = weft_http_query_parse(query, arena, &request->queries, &request->query_count, err);
    return status;
}

const char *weft_http_request_method(const weft_http_request *request) { return request->method; }

const char *weft_http_request_path(const weft_http_request *request) { return request->path.whole; }

const char *weft_http_request_query(const weft_http_request *request, const char *name) {
    for (size_t i = 0; i < request->query_count; i++)
        if (strcmp(request->queries[i].name, name) == 0) return request->queries[i].value;
    return NULL;
}

const weft_http_query *weft_http_request_queries(const weft_http_request *request, size_t *count) {
    *count = request->query_count;
    return request->queries;
}

const char *weft_http_request_header(const weft_http_request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

weft_str weft_http_request_body(const weft_http_request *request) {
    return (weft_str){request->body.data, request->body.size};
}

const char *weft_http_request_media_type(const weft_http_request *request) {
    return request->media_type;
}

weft_str weft_http_request_media_param(const weft_http_request *request, const char *name) {
    return weft_http_value_param(request->media_params, name);
}

/* The arena is the one thing that a handler may change. */
weft_arena *weft_http_request_arena(const weft_http_request *request) {
    return request->response.arena;
}

const char *weft_http_request_client(const weft_http_request *request) { return request->client; }

const char *weft_http_request_id(const weft_http_request *request) { return request->id; }

bool weft_http_request_is_cancelled(const weft_http_request *request) {
    return atomic_load(&request->server->is_cancelled);
}

weft_http_server *weft_http_request_server(const weft_http_request *request) {
    return request->server;
}
