/* fuzz_image.c - any bytes as a photo, decoded under tight limits and preprocessed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "image/image.h"

enum { CROP = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const weft_image_limits limits = {
        .max_bytes = 1 << 16, .max_side = 256, .max_pixels = 128 * 128};
    static const weft_image_preprocess how = {.shortest_edge = CROP + 3,
                                              .crop_size = CROP,
                                              .mean = {0.5f, 0.5f, 0.5f},
                                              .std = {0.5f, 0.5f, 0.5f}};
    weft_image image;
    weft_err err;
    if (weft_image_decode(&image, data, size, &limits, &err) != WEFT_OK) {
        if (image.pixels) abort(); /* a failure must leave nothing behind */
        uint32_t width, height;
        weft_image_measure(&width, &height, data, size, &limits, &err);
        return 0;
    }
    uint32_t width = 0, height = 0;
    weft_status measured = weft_image_measure(&width, &height, data, size, &limits, &err);
    if (measured == WEFT_OK && (width != image.width || height != image.height)) abort();
    if (measured != WEFT_OK && measured != WEFT_E_NOMEM) abort();
    float tensor[3 * CROP * CROP];
    weft_status status = weft_image_to_tensor(&image, &how, tensor, &err);
    weft_image_deinit(&image);
    if (status != WEFT_OK && status != WEFT_E_NOMEM) abort();
    /* What decodes whole decodes shrunk as well. */
    status = weft_image_decode_tensor(data, size, &how, tensor, &err);
    if (status != WEFT_OK && status != WEFT_E_NOMEM) abort();
    return 0;
}
