/* The inner loops in plain C: what the vector versions must equal. */
#include "image/image_resample.h"

enum { BLOCK = 64 };

static void across_row(uint8_t *out, const uint8_t *in, const weft_resample_plan *plan) {
    for (size_t x = 0; x < plan->n; x++, out += WEFT_RESAMPLE_CHANNELS) {
        const uint8_t *pixel = in + (size_t)plan->first[x] * WEFT_RESAMPLE_CHANNELS;
        const int32_t *weights = plan->weights + x * plan->taps;
        int32_t red = WEFT_RESAMPLE_HALF, green = red, blue = red;
        for (uint32_t k = 0; k < plan->count[x]; k++, pixel += WEFT_RESAMPLE_CHANNELS) {
            red += pixel[0] * weights[k];
            green += pixel[1] * weights[k];
            blue += pixel[2] * weights[k];
        }
        out[0] = weft_resample_byte(red);
        out[1] = weft_resample_byte(green);
        out[2] = weft_resample_byte(blue);
    }
}

static void plain_across(uint8_t *out, const weft_resample_rows *rows,
                         const weft_resample_plan *plan) {
    for (size_t y = 0; y < rows->n; y++)
        across_row(out + y * plan->n * WEFT_RESAMPLE_CHANNELS, rows->pixels + y * rows->stride,
                   plan);
}

/* A block of columns at a time, so that the sums stay in the first cache. */
static void plain_down(uint8_t *out, const weft_resample_rows *rows, const int32_t *weights) {
    for (size_t from = 0; from < rows->stride; from += BLOCK) {
        const size_t n = rows->stride - from < BLOCK ? rows->stride - from : BLOCK;
        int32_t sums[BLOCK];
        for (size_t i = 0; i < n; i++) sums[i] = WEFT_RESAMPLE_HALF;
        for (size_t k = 0; k < rows->n; k++) {
            const uint8_t *row = rows->pixels + k * rows->stride + from;
            for (size_t i = 0; i < n; i++) sums[i] += row[i] * weights[k];
        }
        for (size_t i = 0; i < n; i++) out[from + i] = weft_resample_byte(sums[i]);
    }
}

const weft_resample weft_resample_plain = {plain_across, plain_down};

const weft_resample *weft_resample_for(weft_cpu level) {
#if defined(__x86_64__)
    if (level >= WEFT_CPU_AVX2) return &weft_resample_avx2;
#endif
    (void)level;
    return &weft_resample_plain;
}
