/* fuzz_http_body.c - any bytes as a form body, a query string, a path and a header
 * value. The first byte is the length of the boundary that follows it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_multipart.h"
#include "http/http_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A view must lie inside the bytes that it was cut from. */
static void must_be_inside(weft_str view, weft_str whole) {
    if (!view.data) return;
    if (view.data < whole.data || view.data + view.size > whole.data + whole.size) abort();
}

static void try_multipart(weft_str body, weft_str boundary) {
    static weft_http_part parts[WEFT_HTTP_PARTS_MAX];
    size_t count;
    weft_err err;
    weft_status status = weft_http_multipart_parse(body, boundary, parts, &count, &err);
    if (count > WEFT_HTTP_PARTS_MAX) abort();
    for (size_t i = 0; !status && i < count; i++) {
        if (!parts[i].name.size) abort();
        must_be_inside(parts[i].name, body);
        must_be_inside(parts[i].filename, body);
        must_be_inside(parts[i].bytes, body);
    }
}

static void try_uri(weft_str text) {
    weft_arena arena;
    weft_http_query *queries;
    weft_http_path path;
    size_t count;
    weft_arena_init(&arena, 0);
    if (!weft_http_query_parse(text, &arena, &queries, &count, NULL))
        for (size_t i = 0; i < count; i++)
            if (strlen(queries[i].name) + strlen(queries[i].value) > text.size) abort();
    if (!weft_http_path_parse(text, &arena, &path, NULL)) {
        if (path.whole[0] != '/' || strstr(path.whole, "/../")) abort();
        for (size_t i = 0; i < path.count; i++)
            if (strlen(path.segments[i]) > text.size) abort();
    }
    weft_arena_deinit(&arena);
}

static void try_value(weft_str text) {
    weft_str params, name, value;
    must_be_inside(weft_http_value_head(text, &params), text);
    while (weft_http_value_next(&params, &name, &value)) {
        must_be_inside(name, text);
        must_be_inside(value, text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weft_str all = {(const char *)data, size};
    try_uri(all);
    try_value(all);
    size_t boundary = size ? data[0] % 80 : 0;
    if (size < boundary + 1) return 0;
    weft_str body = {all.data + 1 + boundary, size - 1 - boundary};
    try_multipart(body, (weft_str){all.data + 1, boundary});
    return 0;
}
