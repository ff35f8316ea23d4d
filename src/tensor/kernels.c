/* See kernels.h. What does not fill a vector at the end of a row goes through a
 * padded copy, so that every element takes the same path and a result does not
 * depend on where in a row it stands. */
#include "tensor/kernels.h"

#include <math.h>

#include "tensor/vec.h"

enum { LANES = WEFT_VEC_LANES, QUERIES = 4, COLUMNS = 2 * LANES };

static size_t round_up(size_t n) { return (n + COLUMNS - 1) / COLUMNS * COLUMNS; }

/* --- rows ----------------------------------------------------------------- */

static float sum_of(const float *x, size_t n) {
    vec sum = {0};
    float tail = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) sum += vec_load(x + i);
    for (; i < n; i++) tail += x[i];
    return vec_sum(sum) + tail;
}

static float squares_of(const float *x, size_t n, float mean) {
    vec sum = {0};
    float tail = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vec d = vec_load(x + i) - mean;
        sum += d * d;
    }
    for (; i < n; i++) tail += (x[i] - mean) * (x[i] - mean);
    return vec_sum(sum) + tail;
}

static void layernorm(const weft_layernorm *norm, const float *x, size_t rows, float *out) {
    size_t n = norm->n;
    const float *weight = norm->weight, *bias = norm->bias;
    for (size_t row = 0; row < rows; row++, x += n, out += n) {
        float mean = sum_of(x, n) / (float)n;
        float scale = 1.0f / sqrtf(squares_of(x, n, mean) / (float)n + norm->eps);
        size_t i = 0;
        for (; i + LANES <= n; i += LANES)
            vec_store(out + i,
                      (vec_load(x + i) - mean) * scale * vec_load(weight + i) + vec_load(bias + i));
        for (; i < n; i++) out[i] = (x[i] - mean) * scale * weight[i] + bias[i];
    }
}

static void softmax(float *x, size_t n) {
    float largest = x[0], tail[LANES];
    size_t whole = n / LANES * LANES, left = n - whole;
    if (whole > 0) {
        vec most = vec_load(x);
        for (size_t i = LANES; i < whole; i += LANES) most = vec_max(most, vec_load(x + i));
        largest = vec_largest(most);
    }
    for (size_t i = whole; i < n; i++) largest = x[i] > largest ? x[i] : largest;

    vec sum = {0};
    for (size_t i = 0; i < whole; i += LANES) {
        vec e = vec_exp(vec_load(x + i) - largest);
        sum += e;
        vec_store(x + i, e);
    }
    for (size_t i = 0; i < LANES; i++) tail[i] = i < left ? x[whole + i] : -INFINITY;
    vec e = vec_exp(vec_load(tail) - largest);
    vec_store(tail, e);
    memcpy(x + whole, tail, left * sizeof *x);
    float scale = 1.0f / vec_sum(sum + e);
    for (size_t i = 0; i < n; i++) x[i] *= scale;
}

/* --- activations ------------------------------------------------------------ */

static inline vec quick_gelu_of(vec x) { return x / (1.0f + vec_exp(-1.702f * x)); }

static inline vec gelu_of(vec x) { return 0.5f * x * (1.0f + vec_erf(x * 0.70710678118654752f)); }

static inline void each(float *x, size_t n, vec (*function)(vec)) {
    float tail[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) vec_store(x + i, function(vec_load(x + i)));
    memcpy(tail, x + i, (n - i) * sizeof *x);
    vec_store(tail, function(vec_load(tail)));
    memcpy(x + i, tail, (n - i) * sizeof *x);
}

static void quick_gelu(float *x, size_t n) { each(x, n, quick_gelu_of); }
static void gelu(float *x, size_t n) { each(x, n, gelu_of); }

/* --- attention --------------------------------------------------------------- */

/* One head's share of the scratch. Keys stand as columns, so that a query's scores
 * come out side by side; both are padded with zeros to whole blocks of COLUMNS. */
typedef struct {
    size_t size;          /* of a head */
    size_t padded_size;   /* of a row of values */
    size_t padded_tokens; /* of a row of keys or scores */
    float *keys;          /* [size][padded_tokens] */
    float *values;        /* [tokens][padded_size] */
    float *scores;        /* [QUERIES][padded_tokens] */
} head_scratch;

static void load_head(const weft_attention *a, size_t head, const head_scratch *s) {
    const float *kv = a->kv + head * s->size;
    for (size_t d = 0; d < s->size; d++)
        for (size_t j = 0; j < s->padded_tokens; j++)
            s->keys[d * s->padded_tokens + j] = j < a->tokens ? kv[2 * j * a->width + d] : 0;
    for (size_t j = 0; j < a->tokens; j++) {
        float *row = s->values + j * s->padded_size;
        memset(row, 0, s->padded_size * sizeof *row);
        memcpy(row, kv + (2 * j + 1) * a->width, s->size * sizeof *row);
    }
}

/* out[r][0..COLUMNS) = sum over i of weights[r][i] * rows[i][0..COLUMNS), for QUERIES r. */
static inline void block(const float *const weights[QUERIES], const float *rows, size_t stride,
                         size_t n, vec out[QUERIES][2]) {
    for (size_t r = 0; r < QUERIES; r++) out[r][0] = out[r][1] = (vec){0};
    for (size_t i = 0; i < n; i++) {
        vec left = vec_load(rows + i * stride), right = vec_load(rows + i * stride + LANES);
        for (size_t r = 0; r < QUERIES; r++) {
            out[r][0] += weights[r][i] * left;
            out[r][1] += weights[r][i] * right;
        }
    }
}

/* How many tokens query i sees. */
static size_t visible(const weft_attention *a, size_t i) {
    return a->causal ? a->tokens - a->queries + i + 1 : a->tokens;
}

/* Queries first .. first + count - 1 of one head; count is at most QUERIES. A row that
 * is missing at the end is computed from the last one and thrown away. */
static void attend(const weft_attention *a, size_t head, size_t first, const head_scratch *s) {
    size_t count = a->queries - first < QUERIES ? a->queries - first : QUERIES;
    size_t limit = visible(a, first + count - 1);
    float scale = 1.0f / sqrtf((float)s->size);
    const float *weights[QUERIES];
    vec sums[QUERIES][2];
    for (size_t r = 0; r < QUERIES; r++)
        weights[r] = a->q + (first + (r < count ? r : count - 1)) * a->width + head * s->size;
    for (size_t j = 0; j < limit; j += COLUMNS) {
        block(weights, s->keys + j, s->padded_tokens, s->size, sums);
        for (size_t r = 0; r < QUERIES; r++) {
            vec_store(s->scores + r * s->padded_tokens + j, sums[r][0] * scale);
            vec_store(s->scores + r * s->padded_tokens + j + LANES, sums[r][1] * scale);
        }
    }
    for (size_t r = 0; r < QUERIES; r++) {
        float *scores = s->scores + r * s->padded_tokens;
        size_t seen = visible(a, first + (r < count ? r : count - 1));
        softmax(scores, seen);
        for (size_t j = seen; j < limit; j++) scores[j] = 0;
        weights[r] = scores;
    }
    for (size_t d = 0; d < s->size; d += COLUMNS) {
        block(weights, s->values + d, s->padded_size, limit, sums);
        size_t n = s->size - d < COLUMNS ? s->size - d : COLUMNS;
        for (size_t r = 0; r < count; r++)
            memcpy(a->out + (first + r) * a->width + head * s->size + d, sums[r],
                   n * sizeof *a->out);
    }
}

static void attention(const weft_attention *a) {
    head_scratch s = {.size = a->width / a->heads};
    s.padded_size = round_up(s.size);
    s.padded_tokens = round_up(a->tokens);
    s.keys = a->scratch;
    s.values = s.keys + s.size * s.padded_tokens;
    s.scores = s.values + a->tokens * s.padded_size;
    for (size_t head = 0; head < a->heads; head++) {
        load_head(a, head, &s);
        for (size_t first = 0; first < a->queries; first += QUERIES) attend(a, head, first, &s);
    }
}

const weft_kernels WEFT_KERNELS = {layernorm, softmax, quick_gelu, gelu, attention, LANES};
