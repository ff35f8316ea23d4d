/* image_decode.c - the door for photos: limits, format, decoder, upright. */
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "image/image_codec.h"

const weft_image_limits WEFT_IMAGE_LIMITS_DEFAULT = {
    .max_bytes = 20u * 1024 * 1024,
    .max_side = 16384,
    .max_pixels = 50u * 1000 * 1000,
};

weft_image_format weft_image_format_of(const void *bytes, size_t n) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t jpeg[3] = {0xff, 0xd8, 0xff};
    const uint8_t *p = bytes;
    if (n >= sizeof jpeg && memcmp(p, jpeg, sizeof jpeg) == 0) return WEFT_IMAGE_JPEG;
    if (n >= sizeof png && memcmp(p, png, sizeof png) == 0) return WEFT_IMAGE_PNG;
    if (n >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0)
        return WEFT_IMAGE_WEBP;
    return WEFT_IMAGE_UNKNOWN;
}

const char *weft_image_media_type(weft_image_format format) {
    switch (format) {
    case WEFT_IMAGE_JPEG: return "image/jpeg";
    case WEFT_IMAGE_PNG: return "image/png";
    case WEFT_IMAGE_WEBP: return "image/webp";
    case WEFT_IMAGE_UNKNOWN: break;
    }
    return NULL;
}

weft_status weft_image_check_size(uint64_t width, uint64_t height, const weft_image_limits *limits,
                                  weft_err *err) {
    if (width == 0 || height == 0)
        return weft_fail(err, WEFT_E_FORMAT, "photo: no pixels (%llux%llu)",
                         (unsigned long long)width, (unsigned long long)height);
    if (width > limits->max_side || height > limits->max_side)
        return weft_fail(err, WEFT_E_LIMIT, "photo: %llux%llu, limit %u pixels a side",
                         (unsigned long long)width, (unsigned long long)height, limits->max_side);
    if (width * height > limits->max_pixels) /* both fit 32 bits: no overflow */
        return weft_fail(err, WEFT_E_LIMIT, "photo: %llu pixels, limit %llu",
                         (unsigned long long)(width * height),
                         (unsigned long long)limits->max_pixels);
    return WEFT_OK;
}

weft_status weft_image_alloc(weft_image *image, uint32_t width, uint32_t height, weft_err *err) {
    size_t pixels;
    *image = (weft_image){0};
    if (weft_mul_size(width, height, &pixels)) image->pixels = weft_alloc(pixels, 3);
    if (!image->pixels)
        return weft_fail(err, WEFT_E_NOMEM, "photo: no memory for %ux%u pixels", width, height);
    image->width = width;
    image->height = height;
    return WEFT_OK;
}

void weft_image_deinit(weft_image *image) {
    weft_free(image->pixels);
    *image = (weft_image){0};
}

void weft_image_flatten(uint8_t *rgb, const uint8_t *rgba, size_t n) {
    for (size_t i = 0; i < n; i++, rgb += 3, rgba += 4) {
        uint32_t alpha = rgba[3];
        for (int c = 0; c < 3; c++) {
            uint32_t sum = rgba[c] * alpha + 255 * (255 - alpha) + 128;
            rgb[c] = (uint8_t)((sum + (sum >> 8)) >> 8); /* sum / 255, rounded */
        }
    }
}

static weft_status decode_format(weft_image *image, const weft_image_source *source,
                                 weft_image_origin *origin, weft_err *err) {
    switch (weft_image_format_of(source->bytes, source->n)) {
    case WEFT_IMAGE_JPEG: return weft_image_jpeg_decode(image, source, origin, err);
    case WEFT_IMAGE_PNG: return weft_image_png_decode(image, source, origin, err);
    case WEFT_IMAGE_WEBP: return weft_image_webp_decode(image, source, origin, err);
    case WEFT_IMAGE_UNKNOWN: break;
    }
    return weft_fail(err, WEFT_E_UNSUPPORTED, "photo: not a JPEG, PNG or WebP (%zu bytes)",
                     source->n);
}

static weft_status check_bytes(const weft_image_source *source, weft_err *err) {
    if (source->n <= source->limits->max_bytes) return WEFT_OK;
    return weft_fail(err, WEFT_E_LIMIT, "photo: %zu bytes, limit %zu", source->n,
                     source->limits->max_bytes);
}

static weft_status decode(weft_image *image, const weft_image_source *source,
                          weft_image_origin *origin, weft_err *err) {
    *image = (weft_image){0};
    *origin = (weft_image_origin){.orientation = 1, .shrink = 1};
    weft_status status = check_bytes(source, err);
    if (status) return status;

    status = decode_format(image, source, origin, err);
    if (origin->shrink == 1) {
        origin->width = image->width;
        origin->height = image->height;
    }
    if (status == WEFT_OK) status = weft_image_orient(image, origin->orientation, err);
    if (status != WEFT_OK) weft_image_deinit(image);
    return status;
}

weft_status weft_image_decode(weft_image *image, const void *bytes, size_t n,
                              const weft_image_limits *limits, weft_err *err) {
    weft_image_origin origin;
    const weft_image_source source = {
        .bytes = bytes, .n = n, .limits = limits ? limits : &WEFT_IMAGE_LIMITS_DEFAULT};
    return decode(image, &source, &origin, err);
}

weft_status weft_image_measure(uint32_t *width, uint32_t *height, const void *bytes, size_t n,
                               const weft_image_limits *limits, weft_err *err) {
    const weft_image_source source = {
        .bytes = bytes, .n = n, .limits = limits ? limits : &WEFT_IMAGE_LIMITS_DEFAULT};
    weft_image_origin origin = {.orientation = 1};
    weft_image image;
    weft_status status = check_bytes(&source, err);
    if (status) return status;
    if (weft_image_format_of(bytes, n) == WEFT_IMAGE_JPEG) {
        status = weft_image_jpeg_measure(&source, &origin, err);
        const bool turned = origin.orientation >= 5;
        *width = turned ? origin.height : origin.width;
        *height = turned ? origin.width : origin.height;
        return status;
    }
    status = weft_image_decode(&image, bytes, n, limits, err);
    *width = image.width;
    *height = image.height;
    weft_image_deinit(&image);
    return status;
}

weft_status weft_image_decode_tensor(const void *bytes, size_t n, const weft_image_preprocess *how,
                                     float *tensor, weft_err *err) {
    weft_image image;
    weft_image_origin origin;
    const weft_image_source source = {
        .bytes = bytes, .n = n, .limits = &WEFT_IMAGE_LIMITS_DEFAULT, .how = how};
    weft_status status = decode(&image, &source, &origin, err);
    if (status == WEFT_OK) status = weft_image_origin_to_tensor(&image, &origin, how, tensor, err);
    weft_image_deinit(&image);
    return status;
}
