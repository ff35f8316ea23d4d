#include "http/http_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool is_param(weft_str segment) { return segment.size && segment.data[0] == '{'; }

/* 0: there is no such segment, 1: it is exact, 2: it takes any. */
static int kind_of(const http_pattern *pattern, size_t segment) {
    if (segment >= pattern->count) return 0;
    return is_param(pattern->segments[segment]) ? 2 : 1;
}

/* Patterns that are exact further to the left come first, the table's order decides the rest.
 * Lengths take part, though they never compete for a path: or the order would go in circles. */
static int compare_patterns(const void *left, const void *right) {
    const http_pattern *a = left, *b = right;
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        int difference = kind_of(a, i) - kind_of(b, i);
        if (difference) return difference;
    }
    return a->number < b->number ? -1 : 1;
}

static weft_status add_segment(http_pattern *pattern, weft_str segment, weft_err *err) {
    bool closes = segment.size > 2 && segment.data[segment.size - 1] == '}';
    if (!segment.size || (is_param(segment) && !closes) ||
        pattern->count == HTTP_PATTERN_SEGMENTS_MAX)
        return weft_fail(err, WEFT_E_INVALID, "route \"%s\": bad segment %zu",
                         pattern->route->pattern, pattern->count + 1);
    if (is_param(segment)) segment.size--; /* without the brace; the one in front marks it */
    pattern->segments[pattern->count++] = segment;
    return WEFT_OK;
}

static weft_status compile(http_pattern *pattern, weft_err *err) {
    const char *text = pattern->route->pattern;
    if (!pattern->route->method || !pattern->route->handler || !text || text[0] != '/')
        return weft_fail(err, WEFT_E_INVALID, "route %zu: method, \"/pattern\" and handler needed",
                         pattern->number + 1);
    if (!text[1]) return WEFT_OK;
    for (const char *segment = text; segment;) {
        const char *start = segment + 1, *end = strchr(start, '/');
        size_t size = end ? (size_t)(end - start) : strlen(start);
        weft_status status = add_segment(pattern, (weft_str){start, size}, err);
        if (status) return status;
        segment = end;
    }
    return WEFT_OK;
}

weft_status http_router_init(http_router *router, const weft_http_route *routes, size_t count,
                             weft_err *err) {
    *router = (http_router){.patterns = weft_calloc(count, sizeof *router->patterns)};
    if (!router->patterns) return weft_fail(err, WEFT_E_NOMEM, "%zu routes", count);
    for (; router->count < count; router->count++) {
        http_pattern *pattern = &router->patterns[router->count];
        *pattern = (http_pattern){.route = &routes[router->count], .number = router->count};
        weft_status status = compile(pattern, err);
        if (status) {
            http_router_deinit(router);
            return status;
        }
    }
    qsort(router->patterns, count, sizeof *router->patterns, compare_patterns);
    return WEFT_OK;
}

void http_router_deinit(http_router *router) {
    weft_free(router->patterns);
    *router = (http_router){0};
}

static bool fits(const http_pattern *pattern, const weft_http_path *path) {
    if (pattern->count != path->count) return false;
    for (size_t i = 0; i < path->count; i++) {
        weft_str segment = pattern->segments[i];
        bool same = is_param(segment) ? path->segments[i][0] != '\0'
                                      : weft_str_eq(segment, path->segments[i]);
        if (!same) return false;
    }
    return true;
}

/* Adds a method to "GET, HEAD, POST" unless it is there. Method names do not
 * contain each other, except through what a table would never hold. */
static const char *add_method(weft_arena *arena, const char *allow, const char *method) {
    if (!allow) return weft_arena_strdup(arena, method);
    if (strstr(allow, method)) return allow;
    return weft_arena_printf(arena, "%s, %s", allow, method);
}

weft_status http_router_match(const http_router *router, const char *method,
                              const weft_http_path *path, weft_arena *arena, http_match *match) {
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    *match = (http_match){0};
    for (size_t i = 0; i < router->count; i++) {
        const http_pattern *pattern = &router->patterns[i];
        if (!fits(pattern, path)) continue;
        if (strcmp(pattern->route->method, wanted) == 0) {
            match->route = pattern->route;
            match->pattern = pattern;
            return WEFT_OK;
        }
        match->allow = add_method(arena, match->allow, pattern->route->method);
        if (match->allow && strcmp(pattern->route->method, "GET") == 0)
            match->allow = add_method(arena, match->allow, "HEAD");
        if (!match->allow) return WEFT_E_NOMEM;
    }
    if (match->allow) match->allow = add_method(arena, match->allow, "OPTIONS");
    return WEFT_OK;
}

const char *weft_http_request_pattern(const weft_http_request *request) {
    return request->match.pattern ? request->match.route->pattern : NULL;
}

const char *weft_http_request_param(const weft_http_request *request, const char *name) {
    const http_pattern *pattern = request->match.pattern;
    for (size_t i = 0; pattern && i < pattern->count; i++) {
        weft_str segment = pattern->segments[i];
        if (is_param(segment) && weft_str_eq((weft_str){segment.data + 1, segment.size - 1}, name))
            return request->path.segments[i];
    }
    return NULL;
}
