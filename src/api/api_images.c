/* api_images.c - GET /api/v1/images/{id}?w=
 *
 * Photos are kept under the digest of their bytes, so the digest is the ETag and
 * a scaled copy never goes stale. Copies are kept under cache/ of the data
 * folder, one per photo and width; widths are rounded up to a few steps, which
 * bounds how many there can be. */
#include <limits.h>
#include <stdio.h>

#include "api/api_internal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "image/image.h"

enum { MAX_WIDTH = 2048, JPEG_QUALITY = 85 };

/* w of the query string, rounded up to a step; 0: the photo as it is. */
static bool read_width(const weft_http_request *request, uint32_t *width) {
    static const uint32_t steps[] = {96, 160, 240, 320, 480, 640, 960, 1280, MAX_WIDTH};
    const char *text = weft_http_request_query(request, "w");
    uint64_t asked;
    *width = 0;
    if (!text) return true;
    if (!weft_str_to_u64(weft_str_of(text), &asked) || asked < 1 || asked > MAX_WIDTH) return false;
    size_t i = 0;
    while (steps[i] < asked) i++;
    *width = steps[i];
    return true;
}

/* Makes bytes the scaled JPEG, or leaves them when the photo is not wider. */
static weft_status scale(weft_buf *bytes, uint32_t width, weft_err *err) {
    weft_image photo = {0}, small = {0};
    unsigned char *jpeg = NULL;
    size_t n;
    weft_status status = weft_image_decode(&photo, bytes->data, bytes->size, NULL, err);
    if (status || photo.width <= width) goto cleanup;
    uint64_t height = ((uint64_t)photo.height * width + photo.width / 2) / photo.width;
    status = weft_image_resize(&small, &photo, width, height ? (uint32_t)height : 1, err);
    if (!status) status = weft_image_encode_jpeg(&small, JPEG_QUALITY, &jpeg, &n, err);
    if (!status) {
        weft_buf_clear(bytes);
        weft_buf_append(bytes, jpeg, n);
    }

cleanup:
    weft_free(jpeg);
    weft_image_deinit(&small);
    weft_image_deinit(&photo);
    return status;
}

/* Reads the photo at a width into bytes, from the cache where it is there. */
static weft_status read_photo(weft_api *api, const weft_product *product, uint32_t width,
                              weft_buf *bytes, weft_err *err) {
    char original[PATH_MAX], folder[PATH_MAX], cached[PATH_MAX + 128];
    const char *data = api->options.data_folder;
    const size_t max = WEFT_IMAGE_LIMITS_DEFAULT.max_bytes;
    snprintf(original, sizeof original, "%s/%s", data, product->image_path);
    if (!width) return weft_file_read(original, max, bytes, err);

    snprintf(folder, sizeof folder, "%s/cache/%.2s", data, product->image_digest);
    snprintf(cached, sizeof cached, "%s/%s-%u", folder, product->image_digest, width);
    if (weft_file_read(cached, max, bytes, NULL) == WEFT_OK) return WEFT_OK;
    weft_buf_clear(bytes);
    weft_status status = weft_file_read(original, max, bytes, err);
    if (!status) {
        while (sem_wait(&api->scalers)) continue; /* a signal interrupts it */
        status = scale(bytes, width, err);
        sem_post(&api->scalers);
    }
    if (status) return status;
    /* A cache that cannot be written costs time, not the answer. */
    weft_err why = {0};
    weft_status kept = weft_dir_create(folder, &why);
    if (!kept) kept = weft_file_write_atomic(cached, bytes->data, bytes->size, &why);
    if (kept) weft_log(WEFT_LOG_WARN, "photo cache: %s", why.message);
    return WEFT_OK;
}

static void send_photo(weft_api *api, const weft_product *product, uint32_t width,
                       const weft_http_request *request, weft_http_response *response) {
    char tag[96];
    weft_buf bytes;
    weft_err err = {0};
    snprintf(tag, sizeof tag, "%.64s-%u", product->image_digest, width);
    weft_http_respond_header(response, "Cache-Control", "public, max-age=86400");
    if (weft_http_respond_not_modified(response, request, tag)) return;
    weft_buf_init(&bytes);
    weft_status status = read_photo(api, product, width, &bytes, &err);
    if (status) {
        /* The store names it: a photo that is gone is our fault. */
        weft_api_fail(response, request, status == WEFT_E_NOMEM ? status : WEFT_E_INTERNAL, NULL,
                      &err);
        weft_buf_deinit(&bytes);
        return;
    }
    const char *type = weft_image_media_type(weft_image_format_of(bytes.data, bytes.size));
    weft_http_respond_buf(response, 200, type ? type : "application/octet-stream", &bytes);
}

WEFT_HANDLER(weft_api_get_image) {
    weft_api *api = context;
    const char *id = weft_http_request_param(request, "id");
    uint32_t row, width;
    weft_snapshot *snapshot = weft_api_snapshot(api);
    if (!read_width(request, &width)) {
        weft_http_respond_problem(response, 400, "w", "w: must be a whole number from 1 to %d",
                                  MAX_WIDTH);
    } else if (!weft_catalog_find(snapshot->catalog, id, &row)) {
        weft_http_respond_problem(response, 404, "id", "there is no product %.200s", id);
    } else {
        const weft_product *product = weft_catalog_product(snapshot->catalog, row);
        if (product->image_path[0]) send_photo(api, product, width, request, response);
        else weft_http_respond_problem(response, 404, "id", "product %.200s has no photo", id);
    }
    weft_snapshot_release(snapshot);
}
