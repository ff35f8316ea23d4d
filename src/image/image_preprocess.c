/* image_preprocess.c - a photo becomes the model's input.
 *
 * The steps of transformers' CLIPImageProcessor in its order: resize, centre crop,
 * rescale, normalise. Two shortcuts change no result. Only the part of the resized
 * picture that the crop keeps is made. And since a pixel has 256 values, rescaling
 * and normalising is a table of 256 floats per channel. */
#include <math.h>
#include <stdbool.h>

#include "image/image_codec.h"

/* How a crop of `crop` pixels lies on a line of `size`: what is kept of the line,
 * and where it goes. A line that is too short is centred between zeros. */
typedef struct {
    uint32_t from, to, length;
} crop_span;

static crop_span crop_line(uint32_t size, uint32_t crop) {
    if (size >= crop) return (crop_span){.from = (size - crop) / 2, .to = 0, .length = crop};
    return (crop_span){.from = 0, .to = (crop - size + 1) / 2, .length = size};
}

static weft_status check(const weft_image *image, const weft_image_preprocess *how, weft_err *err) {
    if (!image->pixels || image->width == 0 || image->height == 0)
        return weft_fail(err, WEFT_E_INVALID, "preprocess: the photo has no pixels");
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
static weft_status resized_size(const weft_image *image, const weft_image_preprocess *how,
                                weft_image_window *window, weft_err *err) {
    if (how->shortest_edge == 0) {
        window->full_width = how->resize_width;
        window->full_height = how->resize_height;
        return WEFT_OK;
    }
    const uint64_t edge = how->shortest_edge;
    const bool tall = image->height >= image->width;
    const uint64_t shorter = tall ? image->width : image->height;
    const uint64_t longer = edge * (tall ? image->height : image->width) / shorter;
    if (longer > UINT32_MAX)
        return weft_fail(err, WEFT_E_INVALID, "preprocess: %ux%u pixels are too thin to resize",
                         image->width, image->height);
    window->full_width = (uint32_t)(tall ? edge : longer);
    window->full_height = (uint32_t)(tall ? longer : edge);
    return WEFT_OK;
}

static void make_table(float table[256], float mean, float std) {
    for (int v = 0; v < 256; v++) table[v] = ((float)(v * (1.0 / 255.0)) - mean) / std;
}

weft_status weft_image_to_tensor(const weft_image *image, const weft_image_preprocess *how,
                                 float *tensor, weft_err *err) {
    weft_image_window window = {0};
    weft_status status = check(image, how, err);
    if (status == WEFT_OK) status = resized_size(image, how, &window, err);
    if (status != WEFT_OK) return status;

    const size_t side = how->crop_size;
    const crop_span across = crop_line(window.full_width, how->crop_size);
    const crop_span down = crop_line(window.full_height, how->crop_size);
    window.x = across.from;
    window.y = down.from;
    window.width = across.length;
    window.height = down.length;
    weft_image crop;
    status = weft_image_resize_window(&crop, image, &window, err);
    if (status != WEFT_OK) return status;

    for (size_t c = 0; c < 3; c++) {
        float table[256];
        make_table(table, how->mean[c], how->std[c]);
        float *plane = tensor + c * side * side;
        for (size_t i = 0; i < side * side; i++) plane[i] = table[0];
        for (size_t y = 0; y < crop.height; y++) {
            float *row = plane + (y + down.to) * side + across.to;
            const uint8_t *pixel = crop.pixels + y * crop.width * 3 + c;
            for (size_t x = 0; x < crop.width; x++) row[x] = table[pixel[x * 3]];
        }
    }
    weft_image_deinit(&crop);
    return WEFT_OK;
}
