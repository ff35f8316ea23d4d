/* image_resample.h - the two inner loops of resizing, one set per CPU level.
 *
 * All of it is integer arithmetic, so every set makes the same bytes. */
#ifndef WEFT_IMAGE_IMAGE_RESAMPLE_H
#define WEFT_IMAGE_IMAGE_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

/* Pixels are 3 bytes. Weights are fixed point: Pillow's 32 bits less 8 for the pixel
 * and 2 for sums beyond white. */
enum { WEFT_RESAMPLE_CHANNELS = 3, WEFT_RESAMPLE_BITS = 32 - 8 - 2 };

enum {
    WEFT_RESAMPLE_TAPS = 4,   /* weights per output pixel are a multiple of this many */
    WEFT_RESAMPLE_SLACK = 16, /* bytes that `across` may read past the last of its rows */
};

/* What makes each of n output pixels out of a line of input pixels. */
typedef struct {
    size_t n;
    size_t taps;      /* room for weights per output pixel */
    uint32_t *first;  /* [n] the first input pixel that counts */
    uint32_t *count;  /* [n] how many do, at most taps */
    int32_t *weights; /* [n][taps], zeros after the first count */
} weft_resample_plan;

/* Rows of pixels, each `stride` bytes after the one before. */
typedef struct {
    const uint8_t *pixels;
    size_t stride, n;
} weft_resample_rows;

typedef struct {
    /* out[rows.n][plan.n][3]: each row resampled along x. */
    void (*across)(uint8_t *out, const weft_resample_rows *rows, const weft_resample_plan *plan);
    /* out[rows.stride]: the weighted sum of rows.n rows, byte by byte. */
    void (*down)(uint8_t *out, const weft_resample_rows *rows, const int32_t *weights);
} weft_resample;

/* The set of a level; never NULL. A level without code here gets the plain set. */
const weft_resample *weft_resample_for(weft_cpu level);

extern const weft_resample weft_resample_plain;
#if defined(__x86_64__)
extern const weft_resample weft_resample_avx2;
#endif

/* A weighted sum, begun with half, becomes a byte. */
static const int32_t WEFT_RESAMPLE_HALF = 1 << (WEFT_RESAMPLE_BITS - 1);
static inline uint8_t weft_resample_byte(int32_t sum) {
    sum >>= WEFT_RESAMPLE_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

#endif
