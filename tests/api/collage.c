/* Puts photos beside each other on one ground, for tests that look for garments in a photo.
 *
 *   collage OUT.jpg WIDTH HEIGHT [PHOTO X Y BOX_WIDTH BOX_HEIGHT]...      all in pixels */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"

enum { GROUND = 236, CHANNELS = 3, MAX_FILE = 20 << 20 };

static void fail(const weft_err *err) {
    fprintf(stderr, "collage: %s\n", err->message);
    exit(1);
}

/* The photo scaled to the box; its white becomes the ground, so that no frame shows. */
static void paste(weft_image *canvas, const char *path, const uint32_t box[4]) {
    weft_err err = {0};
    weft_buf bytes;
    weft_image photo, scaled;
    weft_buf_init(&bytes);
    if (weft_file_read(path, MAX_FILE, &bytes, &err) ||
        weft_image_decode(&photo, bytes.data, bytes.size, NULL, &err) ||
        weft_image_resize(&scaled, &photo, box[2], box[3], &err))
        fail(&err);
    for (uint32_t y = 0; y < box[3] && box[1] + y < canvas->height; y++)
        for (uint32_t x = 0; x < box[2] && box[0] + x < canvas->width; x++) {
            const uint8_t *from = scaled.pixels + ((size_t)y * box[2] + x) * CHANNELS;
            uint8_t *to =
                canvas->pixels + ((size_t)(box[1] + y) * canvas->width + box[0] + x) * CHANNELS;
            if (from[0] < 235 || from[1] < 235 || from[2] < 235) memcpy(to, from, CHANNELS);
        }
    weft_image_deinit(&photo);
    weft_image_deinit(&scaled);
    weft_buf_deinit(&bytes);
}

int main(int argc, char **argv) {
    weft_err err = {0};
    unsigned char *jpeg;
    size_t n;
    if (argc < 4 || (argc - 4) % 5 != 0) return 2;
    weft_image canvas = {.width = (uint32_t)atoi(argv[2]), .height = (uint32_t)atoi(argv[3])};
    canvas.pixels = weft_alloc((size_t)canvas.width * canvas.height, CHANNELS);
    if (!canvas.pixels) return 1;
    memset(canvas.pixels, GROUND, (size_t)canvas.width * canvas.height * CHANNELS);
    for (int i = 4; i < argc; i += 5) {
        uint32_t box[4];
        for (int k = 0; k < 4; k++) box[k] = (uint32_t)atoi(argv[i + 1 + k]);
        paste(&canvas, argv[i], box);
    }
    if (weft_image_encode_jpeg(&canvas, 92, &jpeg, &n, &err) ||
        weft_file_write_atomic(argv[1], jpeg, n, &err))
        fail(&err);
    weft_free(jpeg);
    weft_image_deinit(&canvas);
    return 0;
}
