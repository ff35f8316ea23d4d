/* api_meta.c - what programs ask about the server, and the page for people. */
#include <string.h>

#include "api/api_internal.h"
#include "base/embedded.h"

/* Made at build time from src/api/static and web/dist (scripts/embed.c). */
extern const weft_embedded_file weft_api_files[];
extern const weft_embedded_file weft_web_files[];

WEFT_HANDLER(weft_api_health) {
    static const char body[] = "{\"status\":\"ok\",\"version\":\"" WEFT_VERSION "\"}";
    (void)request;
    (void)context;
    weft_http_respond_static(response, 200, "application/json", body, sizeof body - 1);
}

WEFT_HANDLER(weft_api_ready) {
    weft_api *api = context;
    weft_buf out;
    weft_json j;
    (void)request;
    /* The server starts listening when the first snapshot is loaded: whoever is
     * answered at all is answered "ready". */
    weft_serving *serving = weft_api_acquire(api);
    weft_snapshot *snapshot = weft_live_acquire(serving->live);
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_string(&j, "status", "ready");
    weft_json_key_int(&j, "products", (int64_t)weft_catalog_rows(snapshot->catalog));
    weft_json_key_int(&j, "pending_embeddings", (int64_t)snapshot->pending);
    weft_json_key_string(&j, "model", weft_clip_model_info(serving->model).name);
    weft_json_key_string(&j, "embedding_model", serving->embedding_model);
    weft_json_end(&j);
    weft_snapshot_release(snapshot);
    weft_api_release(serving);
    weft_http_respond_json(response, 200, &out);
}

WEFT_HANDLER(weft_api_openapi) {
    const weft_embedded_file *file = weft_embedded_find(weft_api_files, "openapi.json");
    (void)request;
    (void)context;
    weft_http_respond_static(response, 200, "application/json", file->bytes, file->size);
}

/* ---- the page ---- */

/* NULL: no kind of file that a page has. */
static const char *media_type_of(const char *name) {
    static const struct {
        const char *suffix, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".webmanifest", "application/manifest+json"},
        {".txt", "text/plain; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (weft_str_ends_with_nocase(weft_str_of(name), types[i].suffix)) return types[i].type;
    return NULL;
}

/* A file of the page. Any other path that does not look like one is an address
 * within the page, which index.html draws. */
WEFT_HANDLER(weft_api_page) {
    const char *path = weft_http_request_path(request) + 1;
    const weft_embedded_file *file = weft_embedded_find(weft_web_files, path);
    (void)context;
    bool is_hashed = file && strncmp(path, "assets/", 7) == 0;
    if (!file && !media_type_of(path) && strncmp(path, "api/", 4) != 0)
        file = weft_embedded_find(weft_web_files, "index.html");
    if (!file) {
        weft_http_respond_problem(response, 404, NULL, "there is nothing at this address");
        return;
    }
    weft_http_respond_header(response, "Cache-Control",
                             is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
    weft_http_respond_header(response, "Content-Security-Policy",
                             "default-src 'self'; img-src 'self' data: blob:; "
                             "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'");
    const char *type = media_type_of(file->name);
    weft_http_respond_static(response, 200, type ? type : "application/octet-stream", file->bytes,
                             file->size);
}
