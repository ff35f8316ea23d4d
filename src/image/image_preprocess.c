/* image_preprocess.c - a photo becomes the model's input.
 *
 * The steps of transformers' CLIPImageProcessor in its order: resize, centre crop,
 * rescale, normalise. Two shortcuts change no result. Only the part of the resized
 * picture that the crop keeps is made. And since a pixel has 256 values, rescaling
 * and normalising is a table of 256 floats per channel. */
#include <math.h>
#include <stdbool.h>

#include "image/image_codec.h"

/* A photo is shrunk while it is decoded only as far as this many of its pixels remain,
 * along each side, for every pixel of the resized picture. Measured: docs/performance.md. */
enum { KEEP = 2 };

/* How a crop of `crop` pixels lies on a line of `size`: what is kept of the line,
 * and where it goes. A line that is too short is centred between zeros. */
typedef struct {
    uint32_t from, to, length;
} crop_span;

static crop_span crop_line(uint32_t size, uint32_t crop) {
    if (size >= crop) return (crop_span){.from = (size - crop) / 2, .to = 0, .length = crop};
    return (crop_span){.from = 0, .to = (crop - size + 1) / 2, .length = size};
}

static weft_status check(const weft_image_preprocess *how, weft_err *err) {
    if (how->crop_size == 0) return weft_fail(err, WEFT_E_INVALID, "preprocess: crop_size is 0");
    if (how->shortest_edge == 0 && (how->resize_width == 0 || how->resize_height == 0))
        return weft_fail(err, WEFT_E_INVALID, "preprocess: no size to resize to (%ux%u)",
                         how->resize_width, how->resize_height);
    for (int c = 0; c < 3; c++) {
        if (!isfinite(how->mean[c]) || !isfinite(how->std[c]) || how->std[c] == 0.0f)
            return weft_fail(err, WEFT_E_INVALID, "preprocess: channel %d: mean %g, std %g", c,
                             (double)how->mean[c], (double)how->std[c]);
    }
    return WEFT_OK;
}

/* The longer side is cut to an integer, not rounded: transformers'
 * get_resize_output_image_size with default_to_square=False. */
static void resized_size(uint32_t width, uint32_t height, const weft_image_preprocess *how,
                         uint64_t *to_width, uint64_t *to_height) {
    *to_width = how->resize_width;
    *to_height = how->resize_height;
    if (how->shortest_edge == 0) return;
    const uint64_t edge = how->shortest_edge;
    *to_width = height >= width ? edge : edge * width / height;
    *to_height = height >= width ? edge * height / width : edge;
}

uint32_t weft_image_shrink_for(const weft_image_preprocess *how, uint32_t width, uint32_t height) {
    uint64_t to_width, to_height;
    resized_size(width, height, how, &to_width, &to_height);
    uint32_t shrink = 8;
    while (shrink > 1 && (to_width * KEEP * shrink > width || to_height * KEEP * shrink > height))
        shrink /= 2;
    return shrink;
}

static void make_table(float table[256], float mean, float std) {
    for (int v = 0; v < 256; v++) table[v] = ((float)(v * (1.0 / 255.0)) - mean) / std;
}

/* The crop normalised into a tensor of side x side, black around it where it is smaller. */
static void fill_tensor(float *restrict tensor, const weft_image *crop,
                        const weft_image_preprocess *how, size_t left, size_t top) {
    const size_t side = how->crop_size, plane = side * side, width = crop->width;
    float tables[3][256];
    for (size_t c = 0; c < 3; c++) make_table(tables[c], how->mean[c], how->std[c]);
    if (width < side || crop->height < side)
        for (size_t i = 0; i < 3 * plane; i++) tensor[i] = tables[i / plane][0];
    for (size_t y = 0; y < crop->height; y++) {
        const uint8_t *pixel = crop->pixels + y * width * 3;
        float *row = tensor + (y + top) * side + left;
        for (size_t x = 0; x < width; x++, pixel += 3) {
            row[x] = tables[0][pixel[0]];
            row[x + plane] = tables[1][pixel[1]];
            row[x + 2 * plane] = tables[2][pixel[2]];
        }
    }
}

weft_status weft_image_origin_to_tensor(const weft_image *image, const weft_image_origin *origin,
                                        const weft_image_preprocess *how, float *tensor,
                                        weft_err *err) {
    const bool swap = origin->orientation >= 5;
    uint64_t width, height;
    weft_status status = check(how, err);
    if (status != WEFT_OK) return status;
    resized_size(swap ? origin->height : origin->width, swap ? origin->width : origin->height, how,
                 &width, &height);
    if (width > UINT32_MAX || height > UINT32_MAX)
        return weft_fail(err, WEFT_E_INVALID, "preprocess: %ux%u pixels are too thin to resize",
                         image->width, image->height);

    const crop_span across = crop_line((uint32_t)width, how->crop_size);
    const crop_span down = crop_line((uint32_t)height, how->crop_size);
    const weft_image_window window = {
        .from = weft_image_box_of(origin),
        .full_width = (uint32_t)width,
        .full_height = (uint32_t)height,
        .x = across.from,
        .y = down.from,
        .width = across.length,
        .height = down.length,
    };
    weft_image crop;
    status = weft_image_resize_window(&crop, image, &window, err);
    if (status == WEFT_OK) fill_tensor(tensor, &crop, how, across.to, down.to);
    weft_image_deinit(&crop);
    return status;
}

weft_status weft_image_to_tensor(const weft_image *image, const weft_image_preprocess *how,
                                 float *tensor, weft_err *err) {
    if (!image->pixels || image->width == 0 || image->height == 0)
        return weft_fail(err, WEFT_E_INVALID, "preprocess: the photo has no pixels");
    const weft_image_origin whole = {
        .orientation = 1, .shrink = 1, .width = image->width, .height = image->height};
    return weft_image_origin_to_tensor(image, &whole, how, tensor, err);
}
