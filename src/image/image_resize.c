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
#include "image/image_resample.h"

/* Of a line of `in` pixels, `length` from `start` on become `out`; of these, `wanted`
 * from `from` on are made. */
typedef struct {
    uint32_t in;
    double start, length;
    uint32_t out, from, wanted;
} resample_axis;

static double bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static int32_t to_fixed(double weight) {
    double scaled = weight * (1 << WEFT_RESAMPLE_BITS);
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void plan_deinit(weft_resample_plan *plan) {
    weft_free(plan->first);
    weft_free(plan->count);
    weft_free(plan->weights);
}

/* The weights of one output pixel, in doubles, normalised; returns how many. */
static uint32_t make_weights(const resample_axis *axis, uint32_t index, double *weights,
                             uint32_t *first) {
    const double scale = axis->length / axis->out;
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = 2.0 * stretch;
    const double center = axis->start + (index + 0.5) * scale;
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

/* Leaves out pixels of no weight at both ends: the kernel is 0 there when enlarging. */
static void trim(weft_resample_plan *plan, uint32_t i) {
    int32_t *weights = plan->weights + i * plan->taps;
    uint32_t zeros = 0, count = plan->count[i];
    while (count > 1 && weights[count - 1] == 0) count--;
    while (zeros + 1 < count && weights[zeros] == 0) zeros++;
    plan->first[i] += zeros;
    plan->count[i] = count - zeros;
    memmove(weights, weights + zeros, plan->count[i] * sizeof *weights);
    memset(weights + plan->count[i], 0, zeros * sizeof *weights);
}

static weft_status plan_init(weft_resample_plan *plan, const resample_axis *axis, weft_err *err) {
    const double scale = axis->length / axis->out;
    const size_t support = (size_t)ceil(2.0 * (scale < 1.0 ? 1.0 : scale));
    size_t cells;
    double *exact = NULL;
    weft_status status = WEFT_OK;
    *plan = (weft_resample_plan){.n = axis->wanted};
    plan->taps = (support * 2 + 1 + WEFT_RESAMPLE_TAPS - 1) / WEFT_RESAMPLE_TAPS;
    plan->taps *= WEFT_RESAMPLE_TAPS;
    if (weft_mul_size(plan->taps, axis->wanted, &cells)) {
        plan->weights = weft_calloc(cells, sizeof *plan->weights);
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
        trim(plan, i);
    }
cleanup:
    weft_free(exact);
    return status;
}

/* The input pixels that any output pixel needs. */
static void find_extent(const weft_resample_plan *plan, uint32_t *first, uint32_t *end) {
    *first = plan->first[0];
    *end = 0;
    for (size_t i = 0; i < plan->n; i++) {
        if (plan->first[i] < *first) *first = plan->first[i];
        if (plan->first[i] + plan->count[i] > *end) *end = plan->first[i] + plan->count[i];
    }
}

/* narrow := rows `top` and on of the picture, resampled along x. The last rows go through
 * a copy: the loop may read a little further than a row, but not past the picture. */
static weft_status resample_across(weft_image *narrow, const weft_image *in, uint32_t top,
                                   const weft_resample_plan *plan, weft_err *err) {
    const weft_resample *loops = weft_resample_for(weft_cpu_level());
    const size_t stride = (size_t)in->width * WEFT_RESAMPLE_CHANNELS;
    const size_t narrow_stride = (size_t)narrow->width * WEFT_RESAMPLE_CHANNELS;
    const size_t rows_past = (WEFT_RESAMPLE_SLACK + stride - 1) / stride;
    const size_t bottom = (size_t)top + narrow->height;
    const size_t safe = in->height > rows_past ? in->height - rows_past : 0;
    const size_t direct = bottom <= safe ? narrow->height : safe > top ? safe - top : 0;
    const size_t rest = narrow->height - direct;
    weft_resample_rows rows = {in->pixels + top * stride, stride, direct};
    loops->across(narrow->pixels, &rows, plan);
    if (rest == 0) return WEFT_OK;

    uint8_t *copy = weft_calloc(rest * stride + WEFT_RESAMPLE_SLACK, 1);
    if (!copy)
        return weft_fail(err, WEFT_E_NOMEM, "resize: no memory for a row of %u pixels", in->width);
    memcpy(copy, rows.pixels + direct * stride, rest * stride);
    rows = (weft_resample_rows){copy, stride, rest};
    loops->across(narrow->pixels + direct * narrow_stride, &rows, plan);
    weft_free(copy);
    return WEFT_OK;
}

static void resample_down(weft_image *out, const weft_image *narrow, uint32_t top,
                          const weft_resample_plan *plan) {
    const weft_resample *loops = weft_resample_for(weft_cpu_level());
    const size_t stride = (size_t)out->width * WEFT_RESAMPLE_CHANNELS;
    for (uint32_t y = 0; y < out->height; y++) {
        const weft_resample_rows rows = {narrow->pixels + (plan->first[y] - top) * stride, stride,
                                         plan->count[y]};
        loops->down(out->pixels + y * stride, &rows, plan->weights + y * plan->taps);
    }
}

weft_status weft_image_resize_window(weft_image *out, const weft_image *in,
                                     const weft_image_window *window, weft_err *err) {
    assert(window->x + (uint64_t)window->width <= window->full_width);
    assert(window->y + (uint64_t)window->height <= window->full_height);
    const weft_image_box *box = &window->from;
    const resample_axis across = {in->width,          box->left, box->width,
                                  window->full_width, window->x, window->width};
    const resample_axis down = {in->height,          box->top,  box->height,
                                window->full_height, window->y, window->height};
    weft_resample_plan columns = {0}, rows = {0};
    weft_image narrow = {0};
    *out = (weft_image){0};

    weft_status status = plan_init(&columns, &across, err);
    if (status == WEFT_OK) status = plan_init(&rows, &down, err);
    if (status != WEFT_OK) goto cleanup;

    uint32_t top, bottom;
    find_extent(&rows, &top, &bottom);
    status = weft_image_alloc(&narrow, window->width, bottom - top, err);
    if (status == WEFT_OK) status = weft_image_alloc(out, window->width, window->height, err);
    if (status == WEFT_OK) status = resample_across(&narrow, in, top, &columns, err);
    if (status == WEFT_OK) resample_down(out, &narrow, top, &rows);
cleanup:
    if (status != WEFT_OK) weft_image_deinit(out);
    weft_image_deinit(&narrow);
    plan_deinit(&columns);
    plan_deinit(&rows);
    return status;
}

weft_status weft_image_resize(weft_image *out, const weft_image *in, uint32_t width,
                              uint32_t height, weft_err *err) {
    *out = (weft_image){0};
    if (!in->pixels || in->width == 0 || in->height == 0 || width == 0 || height == 0)
        return weft_fail(err, WEFT_E_INVALID, "resize: cannot make %ux%u pixels out of %ux%u",
                         width, height, in->width, in->height);
    const weft_image_window all = {
        .from = {0, 0, in->width, in->height},
        .full_width = width,
        .full_height = height,
        .width = width,
        .height = height,
    };
    return weft_image_resize_window(out, in, &all, err);
}
