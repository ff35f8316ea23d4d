/* preprocess_dump.c - what weft makes of a photo, as raw bytes for a script to compare.
 *
 *   preprocess_dump PHOTO EDGE CROP OUT           float32 tensor, shorter side EDGE
 *   preprocess_dump PHOTO WIDTHxHEIGHT CROP OUT   float32 tensor, exact size
 *   preprocess_dump PHOTO WIDTHxHEIGHT rgb OUT    the resized 8-bit pixels
 *   preprocess_dump PHOTO full rgb OUT            the decoded 8-bit pixels
 *   preprocess_dump PHOTO SIZE CROP OUT shrunk    a tensor as weft_image_decode_tensor makes it
 *
 * Prints "WIDTH HEIGHT" of the decoded photo. CLIP's mean and std. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"

typedef struct {
    const char *photo, *size, *crop, *out;
    bool shrunk;
} arguments;

static weft_status dump_rgb(const weft_image *image, const arguments *args, weft_err *err) {
    weft_image resized = {0};
    unsigned width, height;
    if (strcmp(args->size, "full") == 0)
        return weft_file_write_atomic(args->out, image->pixels,
                                      (size_t)image->width * image->height * 3, err);
    if (sscanf(args->size, "%ux%u", &width, &height) != 2)
        return weft_fail(err, WEFT_E_INVALID, "size '%s'", args->size);
    weft_status status = weft_image_resize(&resized, image, width, height, err);
    if (status == WEFT_OK)
        status = weft_file_write_atomic(args->out, resized.pixels, (size_t)width * height * 3, err);
    weft_image_deinit(&resized);
    return status;
}

static weft_status dump_tensor(const weft_image *image, const weft_buf *bytes,
                               const arguments *args, weft_err *err) {
    weft_image_preprocess how = {.mean = {0.48145466f, 0.4578275f, 0.40821073f},
                                 .std = {0.26862954f, 0.26130258f, 0.27577711f}};
    how.crop_size = (uint32_t)strtoul(args->crop, NULL, 10);
    if (sscanf(args->size, "%ux%u", &how.resize_width, &how.resize_height) != 2)
        how.shortest_edge = (uint32_t)strtoul(args->size, NULL, 10);
    size_t n = (size_t)3 * how.crop_size * how.crop_size;
    float *tensor = weft_alloc(n, sizeof *tensor);
    if (!tensor) return weft_fail(err, WEFT_E_NOMEM, "tensor of %zu floats", n);
    weft_status status = args->shrunk
                             ? weft_image_decode_tensor(bytes->data, bytes->size, &how, tensor, err)
                             : weft_image_to_tensor(image, &how, tensor, err);
    if (status == WEFT_OK)
        status = weft_file_write_atomic(args->out, tensor, n * sizeof *tensor, err);
    weft_free(tensor);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: %s PHOTO EDGE|WIDTHxHEIGHT|full CROP|rgb OUT [shrunk]\n", argv[0]);
        return 2;
    }
    const arguments args = {argv[1], argv[2], argv[3], argv[4], argc == 6};
    weft_err err = {0};
    weft_image image = {0};
    weft_buf bytes;
    weft_buf_init(&bytes);
    weft_status status =
        weft_file_read(args.photo, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &bytes, &err);
    if (status == WEFT_OK) status = weft_image_decode(&image, bytes.data, bytes.size, NULL, &err);
    if (status == WEFT_OK)
        status = strcmp(args.crop, "rgb") == 0 ? dump_rgb(&image, &args, &err)
                                               : dump_tensor(&image, &bytes, &args, &err);
    if (status == WEFT_OK) printf("%u %u\n", image.width, image.height);
    else fprintf(stderr, "%s: %s\n", weft_status_name(status), err.message);
    weft_image_deinit(&image);
    weft_buf_deinit(&bytes);
    return status == WEFT_OK ? 0 : 1;
}
