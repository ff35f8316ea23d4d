#include "index/index_quant.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "index/index_dot.h"

enum { CODE_MAX = 127, QUERY_CODE_MAX = INT16_MAX };

/* Bounds are computed in double, whose own rounding this outweighs by far. */
static const double SLACK = 1e-6;

/* The scan streams through the codes. With 2 MiB pages the prefetcher, which
 * stops at a page's end, hardly ever stops. A hint: refusal changes nothing. */
static void advise_huge_pages(void *data, size_t size) {
    const uintptr_t page = (uintptr_t)2 << 20;
    uintptr_t first = ((uintptr_t)data + page - 1) / page * page;
    uintptr_t last = ((uintptr_t)data + size) / page * page;
    if (first < last) (void)madvise((void *)first, last - first, MADV_HUGEPAGE);
}

static void measure_ranges(weft_quant *quant, const weft_quant_input *in, float *min, float *max) {
    for (size_t j = 0; j < in->dim; j++) {
        min[j] = INFINITY;
        max[j] = -INFINITY;
    }
    for (size_t row = 0; row < in->rows; row++) {
        if (!weft_bitset_get(in->present, row)) continue;
        const float *x = in->vectors + row * in->float_stride;
        for (size_t j = 0; j < in->dim; j++) {
            min[j] = x[j] < min[j] ? x[j] : min[j];
            max[j] = x[j] > max[j] ? x[j] : max[j];
        }
    }
    for (size_t j = 0; j < in->dim; j++) {
        if (min[j] > max[j]) min[j] = max[j] = 0; /* no row at all */
        quant->offset[j] = ((double)min[j] + (double)max[j]) / 2;
        quant->step[j] = ((double)max[j] - (double)min[j]) / (2 * CODE_MAX);
    }
}

static int8_t code_of(double x, double step) {
    if (step <= 0) return 0; /* the dimension is constant: the offset says all */
    double code = nearbyint(x / step);
    return (int8_t)(code > CODE_MAX ? CODE_MAX : code < -CODE_MAX ? -CODE_MAX : code);
}

static void encode_row(weft_quant *quant, const float *x, int8_t *codes) {
    double error = 0, norm = 0;
    for (size_t j = 0; j < quant->dim; j++) {
        double centered = (double)x[j] - quant->offset[j];
        codes[j] = code_of(centered, quant->step[j]);
        double e = centered - quant->step[j] * codes[j];
        error += e * e;
        norm += (double)(codes[j] * codes[j]);
    }
    quant->max_error = fmax(quant->max_error, sqrt(error));
    quant->max_norm = fmax(quant->max_norm, sqrt(norm));
}

weft_status weft_quant_init(weft_quant *quant, const weft_quant_input *in, weft_err *err) {
    weft_status status = WEFT_OK;
    size_t stride = (in->dim + WEFT_DOT_CODE_PAD - 1) / WEFT_DOT_CODE_PAD * WEFT_DOT_CODE_PAD;
    *quant = (weft_quant){.rows = in->rows, .dim = in->dim, .stride = stride};
    float *ranges = weft_alloc(in->dim, 2 * sizeof *ranges);
    quant->offset = weft_alloc(in->dim, sizeof *quant->offset);
    quant->step = weft_alloc(in->dim, sizeof *quant->step);
    quant->codes = weft_alloc_aligned(in->rows, stride);
    if (!ranges || !quant->offset || !quant->step || !quant->codes) {
        status =
            weft_fail(err, WEFT_E_NOMEM, "index: int8 codes of %zu rows of %zu", in->rows, in->dim);
        goto cleanup;
    }
    advise_huge_pages(quant->codes, in->rows * stride);
    memset(quant->codes, 0, in->rows * stride);
    measure_ranges(quant, in, ranges, ranges + in->dim);
    for (size_t row = 0; row < in->rows; row++)
        if (weft_bitset_get(in->present, row))
            encode_row(quant, in->vectors + row * in->float_stride, quant->codes + row * stride);
cleanup:
    weft_free(ranges);
    if (status) weft_quant_deinit(quant);
    return status;
}

void weft_quant_deinit(weft_quant *quant) {
    weft_free(quant->codes);
    weft_free(quant->offset);
    weft_free(quant->step);
    *quant = (weft_quant){0};
}

/* The finest step at which every weight fits in int16 and every d.c in int32:
 * |d.c| <= 127 sum|d_j|, and rounding adds at most 1/2 to each |d_j|. */
static double query_step(double max, double sum, size_t dim) {
    double room = (double)INT32_MAX / CODE_MAX - (double)dim;
    return fmax(max / QUERY_CODE_MAX, sum / room);
}

weft_quant_query weft_quant_prepare(const weft_quant *quant, const double *query, int16_t *d) {
    double max = 0, sum = 0, base = 0, base_abs = 0, norm = 0;
    for (size_t j = 0; j < quant->dim; j++) {
        double weight = fabs(query[j] * quant->step[j]);
        max = fmax(max, weight);
        sum += weight;
        base += query[j] * quant->offset[j];
        base_abs += fabs(query[j] * quant->offset[j]);
        norm += query[j] * query[j];
    }
    double step = query_step(max, sum, quant->dim);
    if (step <= 0) step = 1; /* all weights are 0: so are all codes */
    double rounding = 0;
    memset(d, 0, quant->stride * sizeof *d);
    for (size_t j = 0; j < quant->dim; j++) {
        double weight = query[j] * quant->step[j] / step;
        d[j] = (int16_t)nearbyint(weight);
        rounding += (weight - d[j]) * (weight - d[j]);
    }
    double error = step * sqrt(rounding) * quant->max_norm + sqrt(norm) * quant->max_error;
    error += SLACK * error + 1e-12 * (base_abs + CODE_MAX * sum);
    return (weft_quant_query){.base = base, .step = step, .error = error};
}
