/* image_resize.c - Pillow's bicubic, byte for byte.
 *
 * CLIP was trained on photos that Pillow had shrunk, and an embedding notices a
 * different filter, so this follows Pillow's arithmetic and not only its idea:
 *
 * - Each output pixel is a weighted sum of the input pixels under a cubic kernel
 *   (Keys 1981, a = -0.5) of two pixels to each side. When shrinking, the kernel is
 *   stretched by the scale, so that every input pixel counts.
 * - The kernel separates: first along x, rounded to 8 bits, then along y. (Pillow
 *   13 starts with y for some tall photos; the models know the order before that.)
 * - The weights are made in double precision, sum to 1, and are rounded to fixed
 *   point with 22 bits after the point: 32 bits less 8 for the pixel and 2 for
 *   sums beyond white.
 *
 * A pixel depends only on the weights of its column and of its row, so any window
 * of the result can be made alone, from the input rows that it needs. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "image/image_codec.h"

enum { WEIGHT_BITS = 32 - 8 - 2, CHANNELS = 3 };

/* What makes each of n output pixels out of a line of input pixels. */
typedef struct {
    size_t taps;      /* room for weights per output pixel */
    uint32_t *first;  /* [n] the first input pixel that counts */
    uint32_t *count;  /* [n] how many do, at most taps */
    int32_t *weights; /* [n][taps] fixed point */
} resample_plan;

/* A line of `in` pixels becomes `out`; of these, `wanted` from `from` on are made. */
typedef struct {
    uint32_t in, out, from, wanted;
} resample_axis;

static double bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static int32_t to_fixed(double weight) {
    double scaled = weight * (1 << WEIGHT_BITS);
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void plan_deinit(resample_plan *plan) {
    weft_free(plan->first);
    weft_free(plan->count);
    weft_free(plan->weights);
}

/* The weights of one output pixel, in doubles, normalised; returns how many. */
static uint32_t make_weights(const resample_axis *axis, uint32_t index, double *weights,
                             uint32_t *first) {
    const double scale = (double)axis->in / axis->out;
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = 2.0 * stretch;
    const double center = (index + 0.5) * scale;
    const double low = center - support + 0.5;
    const double high = center + support + 0.5;
    const uint32_t begin = low < 0 ? 0 : (uint32_t)low;
    const uint32_t end = high > axis->in ? axis->in : (uint32_t)high;
    const double squeeze = 1.0 / stretch;
    double sum = 0.0;
    for (uint32_t i = begin; i < end; i++) {
        double weight = bicubic((i - center + 0.5) * squeeze);
        weights[i - begin] = weight;
        sum += weight;
    }
    for (uint32_t i = 0; i < end - begin; i++) {
        if (sum != 0.0) weights[i] /= sum;
    }
    *first = begin;
    return end - begin;
}

static weft_status plan_init(resample_plan *plan, const resample_axis *axis, weft_err *err) {
    const double scale = (double)axis->in / axis->out;
    size_t cells;
    double *exact = NULL;
    weft_status status = WEFT_OK;
    *plan = (resample_plan){0};
    plan->taps = (size_t)ceil(2.0 * (scale < 1.0 ? 1.0 : scale)) * 2 + 1;
    if (weft_mul_size(plan->taps, axis->wanted, &cells)) {
        plan->weights = weft_alloc(cells, sizeof *plan->weights);
        plan->first = weft_alloc(axis->wanted, sizeof *plan->first);
        plan->count = weft_alloc(axis->wanted, sizeof *plan->count);
        exact = weft_alloc(plan->taps, sizeof *exact);
    }
    if (!plan->weights || !plan->first || !plan->count || !exact) {
        status = weft_fail(err, WEFT_E_NOMEM, "resize: no memory for the weights of %u pixels",
                           axis->wanted);
        goto cleanup;
    }
    for (uint32_t i = 0; i < axis->wanted; i++) {
        int32_t *weights = plan->weights + i * plan->taps;
        plan->count[i] = make_weights(axis, axis->from + i, exact, &plan->first[i]);
        for (uint32_t k = 0; k < plan->count[i]; k++) weights[k] = to_fixed(exact[k]);
    }
cleanup:
    weft_free(exact);
    return status;
}

static inline uint8_t to_byte(int32_t sum) {
    sum >>= WEIGHT_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static const int32_t HALF = 1 << (WEIGHT_BITS - 1);

static void resample_row(uint8_t *out, const uint8_t *in, const resample_plan *plan,
                         uint32_t width) {
    for (uint32_t x = 0; x < width; x++, out += CHANNELS) {
        const uint8_t *pixel = in + (size_t)plan->first[x] * CHANNELS;
        const int32_t *weights = plan->weights + x * plan->taps;
        int32_t red = HALF, green = HALF, blue = HALF;
        for (uint32_t k = 0; k < plan->count[x]; k++, pixel += CHANNELS) {
            red += pixel[0] * weights[k];
            green += pixel[1] * weights[k];
            blue += pixel[2] * weights[k];
        }
        out[0] = to_byte(red);
        out[1] = to_byte(green);
        out[2] = to_byte(blue);
    }
}

/* sums[n] is scratch: whole rows are added up one after the other, so that memory
 * is read in order and the loop vectorises. */
static void resample_column(uint8_t *restrict out, const uint8_t *in, int32_t *restrict sums,
                            const int32_t *weights, const size_t shape[2]) {
    const size_t rows = shape[0], n = shape[1];
    for (size_t i = 0; i < n; i++) sums[i] = HALF;
    for (size_t k = 0; k < rows; k++) {
        const uint8_t *restrict row = in + k * n;
        const int32_t weight = weights[k];
        for (size_t i = 0; i < n; i++) sums[i] += row[i] * weight;
    }
    for (size_t i = 0; i < n; i++) out[i] = to_byte(sums[i]);
}

weft_status weft_image_resize_window(weft_image *out, const weft_image *in,
                                     const weft_image_window *window, weft_err *err) {
    assert(window->x + (uint64_t)window->width <= window->full_width);
    assert(window->y + (uint64_t)window->height <= window->full_height);
    const resample_axis across = {in->width, window->full_width, window->x, window->width};
    const resample_axis down = {in->height, window->full_height, window->y, window->height};
    const size_t row_size = (size_t)window->width * CHANNELS;
    resample_plan columns = {0}, rows = {0};
    weft_image narrow = {0};
    int32_t *sums = NULL;
    *out = (weft_image){0};

    weft_status status = plan_init(&columns, &across, err);
    if (status == WEFT_OK) status = plan_init(&rows, &down, err);
    if (status != WEFT_OK) goto cleanup;

    const uint32_t last = window->height - 1;
    const uint32_t top = rows.first[0];
    const uint32_t bottom = rows.first[last] + rows.count[last];
    status = weft_image_alloc(&narrow, window->width, bottom - top, err);
    if (status == WEFT_OK) status = weft_image_alloc(out, window->width, window->height, err);
    if (status != WEFT_OK) goto cleanup;
    sums = weft_alloc_aligned(row_size, sizeof *sums);
    if (!sums) {
        status =
            weft_fail(err, WEFT_E_NOMEM, "resize: no memory for a row of %u pixels", window->width);
        goto cleanup;
    }
    for (uint32_t y = top; y < bottom; y++)
        resample_row(narrow.pixels + (y - top) * row_size,
                     in->pixels + (size_t)y * in->width * CHANNELS, &columns, window->width);
    for (uint32_t y = 0; y < window->height; y++)
        resample_column(out->pixels + y * row_size,
                        narrow.pixels + (rows.first[y] - top) * row_size, sums,
                        rows.weights + y * rows.taps, (size_t[2]){rows.count[y], row_size});
cleanup:
    if (status != WEFT_OK) weft_image_deinit(out);
    weft_image_deinit(&narrow);
    plan_deinit(&columns);
    plan_deinit(&rows);
    weft_free(sums);
    return status;
}

weft_status weft_image_resize(weft_image *out, const weft_image *in, uint32_t width,
                              uint32_t height, weft_err *err) {
    *out = (weft_image){0};
    if (!in->pixels || in->width == 0 || in->height == 0 || width == 0 || height == 0)
        return weft_fail(err, WEFT_E_INVALID, "resize: cannot make %ux%u pixels out of %ux%u",
                         width, height, in->width, in->height);
    const weft_image_window all = {width, height, 0, 0, width, height};
    return weft_image_resize_window(out, in, &all, err);
}
