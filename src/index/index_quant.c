#include "index/index_quant.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_dot.h"

enum { CODE_MAX = 127, QUERY_CODE_MAX = INT16_MAX };

/* Bounds are computed in double, whose own rounding this outweighs by far. */
static const double SLACK = 1e-6;

weft_status weft_quant_init(weft_quant *quant, size_t dim, weft_err *err) {
    *quant = (weft_quant){
        .dim = dim,
        .stride = (dim + WEFT_DOT_CODE_PAD - 1) / WEFT_DOT_CODE_PAD * WEFT_DOT_CODE_PAD,
        .offset = weft_calloc(dim, sizeof *quant->offset),
        .step = weft_calloc(dim, sizeof *quant->step),
    };
    if (quant->offset && quant->step) return WEFT_OK;
    weft_quant_deinit(quant);
    return weft_fail(err, WEFT_E_NOMEM, "index: code steps of %zu dimensions", dim);
}

void weft_quant_deinit(weft_quant *quant) {
    weft_free(quant->offset);
    weft_free(quant->step);
    *quant = (weft_quant){0};
}

void weft_quant_set_range(weft_quant *quant, const float *min, const float *max) {
    for (size_t j = 0; j < quant->dim; j++) {
        double low = (double)min[j], high = (double)max[j];
        if (low > high) low = high = 0;
        quant->offset[j] = (float)((low + high) / 2);
        quant->step[j] = (float)((high - low) / (2 * CODE_MAX));
    }
}

void weft_quant_encode(const weft_quant *quant, const float *x, int8_t *codes) {
    for (size_t j = 0; j < quant->dim; j++) {
        float step = quant->step[j];
        float code = step > 0 ? nearbyintf((x[j] - quant->offset[j]) / step) : 0;
        codes[j] = (int8_t)(code > CODE_MAX ? CODE_MAX : code < -CODE_MAX ? -CODE_MAX : code);
    }
    memset(codes + quant->dim, 0, quant->stride - quant->dim);
}

void weft_quant_decode(const weft_quant *quant, const int8_t *codes, float *x) {
    for (size_t j = 0; j < quant->dim; j++)
        x[j] = quant->offset[j] + quant->step[j] * (float)codes[j];
}

void weft_quant_note(weft_quant *quant, const float *x, const int8_t *codes) {
    double error = 0, norm = 0;
    for (size_t j = 0; j < quant->dim; j++) {
        double e = (double)x[j] - (double)quant->offset[j] - (double)quant->step[j] * codes[j];
        error += e * e;
        norm += (double)(codes[j] * codes[j]);
    }
    quant->max_error = fmax(quant->max_error, sqrt(error));
    quant->max_norm = fmax(quant->max_norm, sqrt(norm));
}

/* The finest step at which every weight fits in int16 and every d.c in int32:
 * |d.c| <= 127 sum|d_j|, and rounding adds at most 1/2 to each |d_j|. */
static double query_step(double max, double sum, size_t dim) {
    double room = (double)INT32_MAX / CODE_MAX - (double)dim;
    double step = fmax(max / QUERY_CODE_MAX, sum / room);
    return step > (double)FLT_MIN ? step : 1; /* weights are 0 or as good as that: so are codes */
}

weft_quant_query weft_quant_prepare(const weft_quant *quant, const double *query, int16_t *d) {
    double max = 0, sum = 0, base = 0, base_abs = 0, norm = 0;
    for (size_t j = 0; j < quant->dim; j++) {
        double weight = fabs(query[j] * (double)quant->step[j]);
        double product = query[j] * (double)quant->offset[j];
        max = fmax(max, weight);
        sum += weight;
        base += product;
        base_abs += fabs(product);
        norm += query[j] * query[j];
    }
    double step = query_step(max, sum, quant->dim), rounding = 0;
    memset(d, 0, quant->stride * sizeof *d);
    for (size_t j = 0; j < quant->dim; j++) {
        double weight = query[j] * (double)quant->step[j] / step;
        d[j] = (int16_t)nearbyint(weight);
        rounding += (weight - d[j]) * (weight - d[j]);
    }
    double error = step * sqrt(rounding) * quant->max_norm + sqrt(norm) * quant->max_error;
    error += SLACK * error + 1e-12 * (base_abs + CODE_MAX * sum);
    return (weft_quant_query){.base = base, .step = step, .error = error};
}

/* Sums in a few lanes, so that a compiler can make vectors of them without being
 * allowed to reorder. */
enum { LANES = 8 };

weft_quant_query weft_quant_prepare_fast(const weft_quant *quant, const float *query, int16_t *d) {
    float max[LANES] = {0}, sum[LANES] = {0}, base[LANES] = {0};
    size_t dim = quant->dim, whole = dim / LANES * LANES;
    for (size_t j = 0; j < whole; j += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            float weight = fabsf(query[j + lane] * quant->step[j + lane]);
            max[lane] = weight > max[lane] ? weight : max[lane];
            sum[lane] += weight;
            base[lane] += query[j + lane] * quant->offset[j + lane];
        }
    for (size_t j = whole; j < dim; j++) {
        float weight = fabsf(query[j] * quant->step[j]);
        max[0] = weight > max[0] ? weight : max[0];
        sum[0] += weight;
        base[0] += query[j] * quant->offset[j];
    }
    for (size_t lane = 1; lane < LANES; lane++) {
        max[0] = max[lane] > max[0] ? max[lane] : max[0];
        sum[0] += sum[lane];
        base[0] += base[lane];
    }
    double step = query_step((double)max[0], (double)sum[0] * (1 + SLACK), dim);
    float scale = (float)(1 / step);
    const float magic = 12582912; /* 1.5 * 2^23: adding it rounds to a whole number */
    for (size_t j = 0; j < dim; j++) {
        float weight = query[j] * quant->step[j] * scale;
        weight = weight > QUERY_CODE_MAX ? QUERY_CODE_MAX : weight;
        weight = weight < -QUERY_CODE_MAX ? -QUERY_CODE_MAX : weight;
        d[j] = (int16_t)(int32_t)((weight + magic) - magic);
    }
    memset(d + dim, 0, (quant->stride - dim) * sizeof *d);
    return (weft_quant_query){.base = (double)base[0], .step = step};
}
