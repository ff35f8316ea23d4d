/* photo_maker.h - small encoded photos for the tests of this room. */
#ifndef WEFT_TESTS_PHOTO_MAKER_H
#define WEFT_TESTS_PHOTO_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

/* Encoded bytes; the maker asserts on failure, the test frees. */
typedef struct {
    uint8_t *bytes;
    size_t n;
} photo;

void photo_free(photo *p);

/* Puts `n` bytes into the photo at `at`. */
void photo_insert(photo *p, size_t at, const void *bytes, size_t n);

typedef struct {
    uint32_t width, height;
    int bits;       /* per sample */
    int color_type; /* PNG_COLOR_TYPE_* */
    bool interlaced;
    const uint8_t *samples; /* rows as PNG stores them, top to bottom */
    const uint8_t *palette; /* [palette_size][3] */
    int palette_size;
    const uint8_t *palette_alpha; /* [palette_alpha_size] */
    int palette_alpha_size;
    const uint16_t *key; /* [3] red, green, blue; gray is key[0] */
    const uint8_t *exif;
    uint32_t exif_size;
    const char *xmp;
} png_recipe;

photo photo_png(const png_recipe *recipe);

typedef struct {
    uint32_t width, height;
    int channels; /* 1 gray, 3 RGB, 4 CMYK as stored */
    bool ycck;    /* 4 channels: stored as YCCK */
    bool progressive;
    const uint8_t *samples;
} jpeg_recipe;

photo photo_jpeg(const jpeg_recipe *recipe); /* quality 100, no subsampling */

photo photo_webp(const uint8_t *rgba, int width, int height); /* lossless */

/* A TIFF block of one orientation entry, 26 bytes. */
enum { EXIF_SIZE = 26 };
void exif_block(uint8_t block[EXIF_SIZE], uint16_t orientation, bool big_endian);

/* A deterministic picture, smooth enough for JPEG: samples[height][width][channels]. */
void fill_samples(uint8_t *samples, uint32_t width, uint32_t height, int channels);

#endif
