/* image_codec.h - what the files of this room share; nothing outside includes it. */
#ifndef WEFT_IMAGE_IMAGE_CODEC_H
#define WEFT_IMAGE_IMAGE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

/* An encoded photo and what decoding it may cost; borrowed for the call. */
typedef struct {
    const uint8_t *bytes;
    size_t n;
    const weft_image_limits *limits;
} weft_image_source;

/* One decoder per format. Each checks the header's size against the limits
 * before it allocates, fills *image (possibly also on failure: the caller
 * frees it then) and sets *orientation to the EXIF value 1-8, but turns nothing. */
weft_status weft_image_jpeg_decode(weft_image *image, const weft_image_source *source,
                                   int *orientation, weft_err *err);
weft_status weft_image_png_decode(weft_image *image, const weft_image_source *source,
                                  int *orientation, weft_err *err);
weft_status weft_image_webp_decode(weft_image *image, const weft_image_source *source,
                                   int *orientation, weft_err *err);

/* WEFT_E_FORMAT when a side is 0, WEFT_E_LIMIT when a limit is passed. */
weft_status weft_image_check_size(uint64_t width, uint64_t height, const weft_image_limits *limits,
                                  weft_err *err);

/* Uninitialised pixels for a width x height image. Fails with WEFT_E_NOMEM. */
weft_status weft_image_alloc(weft_image *image, uint32_t width, uint32_t height, weft_err *err);

/* rgb[n][3] = rgba[n][4] composited on white, rounded as Pillow's alpha_composite. */
void weft_image_flatten(uint8_t *rgb, const uint8_t *rgba, size_t n);

/* Metadata blocks found in a photo; a NULL block is absent. */
typedef struct {
    const uint8_t *exif; /* TIFF structure, with or without "Exif\0\0" before it */
    size_t exif_size;
    const uint8_t *xmp; /* an XML packet */
    size_t xmp_size;
} weft_image_metadata;

/* The orientation 1-8 that a viewer must apply: the EXIF tag, else XMP's
 * tiff:Orientation, else 1. Values out of range count as 1. */
int weft_image_orientation(const weft_image_metadata *metadata);

/* Turns the image upright in place of the old pixels. Fails with WEFT_E_NOMEM,
 * the image then being as it was. */
weft_status weft_image_orient(weft_image *image, int orientation, weft_err *err);

/* The part of a resized picture that is wanted. */
typedef struct {
    uint32_t full_width, full_height; /* size of the whole resized picture */
    uint32_t x, y, width, height;     /* the window into it, which must lie inside */
} weft_image_window;

/* Exactly the window of what weft_image_resize would make, without the cost of
 * the rest: a 16384x1 photo scaled to a shorter side of 224 would be 800 million
 * pixels, of which the crop looks at 50 thousand. */
weft_status weft_image_resize_window(weft_image *out, const weft_image *in,
                                     const weft_image_window *window, weft_err *err);

#endif
