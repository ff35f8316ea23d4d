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
    const weft_image_preprocess *how; /* what the picture is for; NULL: for its every pixel */
} weft_image_source;

/* What a decoder tells of a photo besides its pixels. */
typedef struct {
    int orientation;        /* EXIF value 1-8 */
    uint32_t shrink;        /* pixels of the photo, along a side, that became one: 1, 2, 4 or 8 */
    uint32_t width, height; /* of the photo, as stored; a side of the picture is 1/shrink of
                             * it, its last pixel being only a part of one where it leaves a rest */
} weft_image_origin;

/* One decoder per format. Each checks the header's size against the limits
 * before it allocates, fills *image (possibly also on failure: the caller
 * frees it then) and the orientation, but turns nothing; the door has filled in the
 * rest of *origin for a picture of every pixel. */
weft_status weft_image_jpeg_decode(weft_image *image, const weft_image_source *source,
                                   weft_image_origin *origin, weft_err *err);
weft_status weft_image_png_decode(weft_image *image, const weft_image_source *source,
                                  weft_image_origin *origin, weft_err *err);
weft_status weft_image_webp_decode(weft_image *image, const weft_image_source *source,
                                   weft_image_origin *origin, weft_err *err);

/* Only the orientation and the size, from the header. */
weft_status weft_image_jpeg_measure(const weft_image_source *source, weft_image_origin *origin,
                                    weft_err *err);

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

/* Where the photo lies in its picture once that is upright, in pixels of the picture;
 * the whole picture unless shrinking left a rest. */
typedef struct {
    double left, top, width, height;
} weft_image_box;

weft_image_box weft_image_box_of(const weft_image_origin *origin);

/* By how much a photo of width x height, upright, may be shrunk before preprocessing. */
uint32_t weft_image_shrink_for(const weft_image_preprocess *how, uint32_t width, uint32_t height);

/* As weft_image_to_tensor, of an upright picture that may have been shrunk. */
weft_status weft_image_origin_to_tensor(const weft_image *image, const weft_image_origin *origin,
                                        const weft_image_preprocess *how, float *tensor,
                                        weft_err *err);

/* The part of a resized picture that is wanted. */
typedef struct {
    weft_image_box from;              /* what of the input is resized */
    uint32_t full_width, full_height; /* size of the whole resized picture */
    uint32_t x, y, width, height;     /* the window into it, which must lie inside */
} weft_image_window;

/* Exactly the window of what weft_image_resize would make, without the cost of
 * the rest: a 16384x1 photo scaled to a shorter side of 224 would be 800 million
 * pixels, of which the crop looks at 50 thousand. */
weft_status weft_image_resize_window(weft_image *out, const weft_image *in,
                                     const weft_image_window *window, weft_err *err);

#endif
