/* image.h - photos: bytes in, pixels out, and the tensor that CLIP wants. */
#ifndef WEFT_IMAGE_IMAGE_H
#define WEFT_IMAGE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* 8-bit RGB, rows top to bottom without padding; the caller owns the struct. */
typedef struct {
    uint8_t *pixels; /* [height][width][3] */
    uint32_t width;
    uint32_t height;
} weft_image;

typedef enum {
    WEFT_IMAGE_UNKNOWN,
    WEFT_IMAGE_JPEG,
    WEFT_IMAGE_PNG,
    WEFT_IMAGE_WEBP
} weft_image_format;

/* What a decoder may be asked to do at the most. */
typedef struct {
    size_t max_bytes;    /* of the encoded photo */
    uint32_t max_side;   /* pixels of the longer side */
    uint64_t max_pixels; /* width * height */
} weft_image_limits;

/* 20 MiB, 16,384 pixels a side, 50 megapixels. */
extern const weft_image_limits WEFT_IMAGE_LIMITS_DEFAULT;

/* By the first bytes, not by a name. */
weft_image_format weft_image_format_of(const void *bytes, size_t n);
const char *weft_image_media_type(weft_image_format format); /* "image/jpeg"; unknown: NULL */

/* Decodes a JPEG (also CMYK and YCCK), PNG or WebP as Pillow's
 * `ImageOps.exif_transpose(Image.open(f))` followed by pasting on white and
 * `convert("RGB")` would, with two exceptions for PNG: 16-bit gray keeps its high
 * byte instead of being clipped to white, and color keys match at the stored depth.
 * An animation is its first frame. limits NULL: the defaults. On success the caller
 * frees with weft_image_deinit; on failure *image is empty.
 * Fails with WEFT_E_UNSUPPORTED (not one of the three formats), WEFT_E_FORMAT
 * (malformed or truncated), WEFT_E_LIMIT, WEFT_E_NOMEM. Safe from any thread. */
weft_status weft_image_decode(weft_image *image, const void *bytes, size_t n,
                              const weft_image_limits *limits, weft_err *err);

void weft_image_deinit(weft_image *image);

/* The size of the upright photo, as weft_image_decode would make it. Of a JPEG only the header is
 * looked at, which takes microseconds, and whose pixels may still turn out to be broken; the
 * others are decoded. Fails likewise. */
weft_status weft_image_measure(uint32_t *width, uint32_t *height, const void *bytes, size_t n,
                               const weft_image_limits *limits, weft_err *err);

/* Resamples to width x height with Pillow's bicubic filter (a = -0.5, support
 * scaled when shrinking, 8-bit fixed point, horizontal pass first): every byte
 * equals `Image.resize((width, height), Image.BICUBIC)` of Pillow up to 12.
 * (Pillow 13 runs the vertical pass first where the height shrinks much more than
 * the width, and is a level or so off there; CLIP was trained with the old order.)
 * out is made like weft_image_decode's. Fails with WEFT_E_INVALID, WEFT_E_NOMEM. */
weft_status weft_image_resize(weft_image *out, const weft_image *in, uint32_t width,
                              uint32_t height, weft_err *err);

/* JPEG bytes at quality 1-100 into a heap block that the caller frees with weft_free. */
weft_status weft_image_encode_jpeg(const weft_image *image, int quality, unsigned char **bytes,
                                   size_t *n, weft_err *err);

/* How a photo becomes the model's input: Hugging Face's preprocessor_config.json. */
typedef struct {
    uint32_t shortest_edge; /* resize so that the shorter side is this; 0: use the next two */
    uint32_t resize_width;  /* resize to exactly this ... */
    uint32_t resize_height; /* ... ignoring the aspect ratio */
    uint32_t crop_size;     /* side of the centre crop = side of the tensor */
    float mean[3];          /* of each channel, on the 0-1 scale */
    float std[3];
} weft_image_preprocess;

/* Resize, centre crop, scale to 0-1, normalise; as transformers' CLIPImageProcessor.
 * tensor is [3][crop_size][crop_size]. Fails with WEFT_E_INVALID, WEFT_E_NOMEM. */
weft_status weft_image_to_tensor(const weft_image *image, const weft_image_preprocess *how,
                                 float *tensor, weft_err *err);

/* The shortest way from a photo's bytes to the model's input: weft_image_decode with the
 * default limits, then weft_image_to_tensor, except that a large JPEG is shrunk while it
 * is decoded. The tensor is then not that of every pixel, but one that the models place
 * within a cosine of 0.001 of it (docs/performance.md). Fails like both. */
weft_status weft_image_decode_tensor(const void *bytes, size_t n, const weft_image_preprocess *how,
                                     float *tensor, weft_err *err);

#endif
