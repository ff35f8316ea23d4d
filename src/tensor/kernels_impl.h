/* kernels_impl.h - the inner loops themselves. A file kernels_<level>.c defines
 * KERNELS_TABLE and KERNELS_LEVEL, is compiled with the flags of its level, and
 * includes this one.
 *
 * A tile is `rows` input rows times one panel. Its sums stay in registers while k runs:
 * on AVX-512 14 rows x 2 vectors are 28 sums, 2 registers hold the weights and one the
 * input, of 32. Each weight loaded serves 14 rows and each input 2 vectors, so the
 * multipliers never wait for a load. The sums of a row are added up in the same order
 * whatever the other rows are: a result does not depend on its batch. */
#include "tensor/kernels.h"
#include "tensor/simd.h"

#if defined KERNELS_AMX
#include "tensor/kernels_amx_impl.h"
#endif

#if defined WEFT_AMX_EMULATED
enum { ROWS = 2, VECTORS = 2 * AMX_GROUPS / LANES };
#elif defined __AVX512F__
enum { ROWS = 14, VECTORS = 2 };
#elif defined __AVX2__
enum { ROWS = 6, VECTORS = 2 };
#elif defined __aarch64__
enum { ROWS = 6, VECTORS = 4 };
#else
enum { ROWS = 2, VECTORS = 4 };
#endif
enum { PANEL = VECTORS * LANES };

#if defined __AVX512BF16__ || defined KERNELS_AMX
#define HAS_BF16 1
#else
#define HAS_BF16 0
#endif

/* vpmaddubsw adds two products in 16 bits, which only 7 of an input's 8 bits keep from
 * overflowing; NEON multiplies signed bytes. */
#if defined __ARM_FEATURE_DOTPROD
enum { BYTE_ZERO = 0, BYTE_TOP = 127 };
#elif defined __AVX2__ && !defined __AVXVNNI__ && !defined __AVX512VNNI__
enum { BYTE_ZERO = 64, BYTE_TOP = 63 };
#else
enum { BYTE_ZERO = 128, BYTE_TOP = 127 };
#endif

/* ---- products ---- */

/* sum + the four products of bytes in each lane of a (as BYTE_ZERO says) and w (signed) */
ALWAYS_INLINE vi dot_bytes(vi sum, vi a, vi w) {
#if defined __AVX512VNNI__
    return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)w);
#elif defined __AVX512BW__
    __m512i pairs = _mm512_maddubs_epi16((__m512i)a, (__m512i)w);
    return sum + (vi)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
#elif defined __AVXVNNI__
    return (vi)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)a, (__m256i)w);
#elif defined __AVX2__
    __m256i pairs = _mm256_maddubs_epi16((__m256i)a, (__m256i)w);
    return sum + (vi)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#elif defined __ARM_FEATURE_DOTPROD
    return (vi)vdotq_s32((int32x4_t)sum, (int8x16_t)a, (int8x16_t)w);
#else
    for (int shift = 0; shift < 32; shift += 8)
        sum += ((a >> shift) & 0xFF) * ((w << (24 - shift)) >> 24);
    return sum;
#endif
}

typedef enum { F32, BF16, INT8 } number;

/* The bytes of an input row that one group of weights meets. */
ALWAYS_INLINE size_t input_step(number kind) { return kind == BF16 && !HAS_BF16 ? 8 : 4; }

/* One row's inputs for a group, at p, times the group of one vector of columns. */
ALWAYS_INLINE vi step(number kind, vi sum, const char *p, vi w) {
    float x;
    int32_t bits;
    if (kind == F32) {
        memcpy(&x, p, sizeof x);
        return (vi)((vf)sum + v_splat(x) * (vf)w);
    }
#if defined __AVX512BF16__
    if (kind == BF16) {
        memcpy(&bits, p, sizeof bits);
        return (vi)_mm512_dpbf16_ps((__m512)sum, (__m512bh)v_splat_i32(bits), (__m512bh)w);
    }
#else
    if (kind == BF16) { /* bfloat16 weights, float inputs */
        memcpy(&x, p, sizeof x);
        vf even = (vf)sum + v_splat(x) * (vf)(w << 16);
        memcpy(&x, p + sizeof x, sizeof x);
        return (vi)(even + v_splat(x) * (vf)(w & (int32_t)0xFFFF0000));
    }
#endif
    memcpy(&bits, p, sizeof bits);
    return dot_bytes(sum, v_splat_i32(bits), w);
}

/* Rows are reached from every third one: a processor's addresses can add a stride or
 * two, but not seven. `rows` is a constant wherever this is inlined. */
ALWAYS_INLINE void multiply(const weft_tile *t, number kind, size_t rows) {
    vi sum[ROWS][VECTORS];
    const char *a[(ROWS + 2) / 3];
    const char *w = t->panel, *next = t->next ? t->next : t->panel;
    size_t stride = t->a_stride;
    for (size_t i = 0; i < (rows + 2) / 3; i++) a[i] = (const char *)t->a + 3 * i * stride;
    UNROLL(14)
    for (size_t r = 0; r < rows; r++) {
        UNROLL(4)
        for (size_t v = 0; v < VECTORS; v++)
            sum[r][v] = kind == INT8 ? v_load_i32(t->start + v * LANES) : (vi){0};
    }

    for (size_t g = t->groups; g > 0; g--) {
        vi part[VECTORS];
        UNROLL(4)
        for (size_t v = 0; v < VECTORS; v++) memcpy(&part[v], w + v * sizeof(vi), sizeof(vi));
        __builtin_prefetch(next, 0, 2);
        if (sizeof part > 64) __builtin_prefetch(next + 64, 0, 2);
        UNROLL(14)
        for (size_t r = 0; r < rows; r++) {
            UNROLL(4)
            for (size_t v = 0; v < VECTORS; v++)
                sum[r][v] = step(kind, sum[r][v], a[r / 3] + r % 3 * stride, part[v]);
        }
        UNROLL(5)
        for (size_t i = 0; i < (rows + 2) / 3; i++) a[i] += input_step(kind);
        w += sizeof part;
        next += sizeof part;
    }
    UNROLL(14)
    for (size_t r = 0; r < rows; r++) {
        UNROLL(4)
        for (size_t v = 0; v < VECTORS; v++)
            memcpy((int32_t *)t->out + r * t->out_stride + v * LANES, &sum[r][v], sizeof(vi));
    }
}

#define TILE(name, kind)                                                                           \
    static void name(const weft_tile *t) {                                                         \
        switch (t->rows) {                                                                         \
            TILE_CASES(kind)                                                                       \
        default: break;                                                                            \
        }                                                                                          \
    }
#define TILE_CASE(kind, n)                                                                         \
    case n:                                                                                        \
        multiply(t, kind, n < ROWS ? n : ROWS);                                                    \
        break;
#define TILE_CASES_2(kind) TILE_CASE(kind, 1) TILE_CASE(kind, 2)
#define TILE_CASES_6(kind)                                                                         \
    TILE_CASES_2(kind)                                                                             \
    TILE_CASE(kind, 3) TILE_CASE(kind, 4) TILE_CASE(kind, 5) TILE_CASE(kind, 6)
#define TILE_CASES_14(kind)                                                                        \
    TILE_CASES_6(kind)                                                                             \
    TILE_CASE(kind, 7)                                                                             \
    TILE_CASE(kind, 8)                                                                             \
    TILE_CASE(kind, 9)                                                                             \
    TILE_CASE(kind, 10)                                                                            \
    TILE_CASE(kind, 11) TILE_CASE(kind, 12) TILE_CASE(kind, 13) TILE_CASE(kind, 14)
#if defined __AVX512F__
#define TILE_CASES TILE_CASES_14
#elif defined __AVX2__ || defined __aarch64__
#define TILE_CASES TILE_CASES_6
#else
#define TILE_CASES TILE_CASES_2
#endif

TILE(tile_f32, F32)
#if defined KERNELS_AMX
/* The matrix unit has no floats: its tall tiles are cut into those of the vectors. */
static void tile_f32_tall(const weft_tile *t) {
    weft_tile part = *t;
    for (size_t row = 0; row < t->rows; row += part.rows) {
        part.rows = t->rows - row < ROWS ? t->rows - row : ROWS;
        part.a = (const char *)t->a + row * t->a_stride;
        part.out = (float *)t->out + row * t->out_stride;
        tile_f32(&part);
    }
}
#else
TILE(tile_bf16, BF16)
TILE(tile_int8, INT8)
#endif

/* ---- what happens to sums ---- */

/* Rough where the result is rounded to bfloat16 anyway. */
ALWAYS_INLINE vf quick_gelu(vf x, int is_rough) {
    vf above = 1.0f + v_exp2_of(x * (-1.702f * 1.44269504f), is_rough);
    return x * (is_rough ? v_reciprocal_rough(above) : v_reciprocal(above));
}

/* erf within 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26),
 * made odd by the sign of x. */
ALWAYS_INLINE vf gelu(vf x) {
    vf z = v_abs(x) * 0.70710678f;
    vf t = v_reciprocal(1.0f + 0.3275911f * z);
    vf p = v_splat(1.061405429f);
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    vf tail = p * t * v_exp(-z * z); /* 1 - erf(z) */
    vf positive = (vf)(x > 0);
    vf sign_free = (vf)((vi)(2.0f - tail) & (vi)positive) + (vf)((vi)tail & ~(vi)positive);
    return 0.5f * x * sign_free;
}

ALWAYS_INLINE vf activation_of(vf x, weft_activation activation, int is_rough) {
    if (activation == WEFT_ACTIVATION_QUICK_GELU) return quick_gelu(x, is_rough);
    if (activation == WEFT_ACTIVATION_GELU) return gelu(x);
    return x;
}

ALWAYS_INLINE void store(vf x, weft_store_kind how, void *out, size_t at) {
    if (how == WEFT_STORE_BF16) v_store_bf16((uint16_t *)out + at, v_to_bf16(x));
    else if (how == WEFT_STORE_ADD) v_store((float *)out + at, v_load((float *)out + at) + x);
    else v_store((float *)out + at, x);
}

/* Everything but `end` is a constant where this is inlined. Its copy tells the compiler
 * that no store changes it. */
ALWAYS_INLINE void finish_rows(const weft_tile_end *end, bool is_int8, weft_activation activation,
                               weft_store_kind how) {
    const weft_tile_end e = *end;
    vf bias[VECTORS], column_scale[VECTORS];
    UNROLL(4)
    for (size_t v = 0; v < VECTORS; v++) {
        bias[v] = v_load(e.bias + v * LANES);
        if (is_int8) column_scale[v] = v_load(e.column_scale + v * LANES);
    }
    for (size_t r = 0; r < e.rows; r++) {
        UNROLL(4)
        for (size_t v = 0; v < VECTORS; v++) {
            size_t at = r * PANEL + v * LANES;
            vf x;
            if (is_int8)
                x = v_of_i32(v_load_i32((const int32_t *)e.sums + at)) *
                        (column_scale[v] * e.row_scale[r]) +
                    bias[v];
            else x = v_load((const float *)e.sums + at) + bias[v];
            x = activation_of(x, activation, how == WEFT_STORE_BF16);
            store(x, how, e.out, r * e.out_stride + v * LANES);
        }
    }
}

ALWAYS_INLINE void finish_activated(const weft_tile_end *e, bool is_int8, weft_store_kind how) {
    switch (e->activation) {
    case WEFT_ACTIVATION_QUICK_GELU:
        finish_rows(e, is_int8, WEFT_ACTIVATION_QUICK_GELU, how);
        break;
    case WEFT_ACTIVATION_GELU: finish_rows(e, is_int8, WEFT_ACTIVATION_GELU, how); break;
    default: finish_rows(e, is_int8, WEFT_ACTIVATION_NONE, how); break;
    }
}

static void finish_whole(const weft_tile_end *e) {
    bool is_int8 = e->row_scale != NULL;
    switch (e->store) {
    case WEFT_STORE_BF16:
        if (is_int8) finish_activated(e, true, WEFT_STORE_BF16);
        else finish_activated(e, false, WEFT_STORE_BF16);
        break;
    case WEFT_STORE_ADD:
        if (is_int8) finish_rows(e, true, WEFT_ACTIVATION_NONE, WEFT_STORE_ADD);
        else finish_rows(e, false, WEFT_ACTIVATION_NONE, WEFT_STORE_ADD);
        break;
    default:
        if (is_int8) finish_activated(e, true, WEFT_STORE_F32);
        else finish_activated(e, false, WEFT_STORE_F32);
        break;
    }
}

/* The last panel may have fewer columns than memory has room for: row by row through a
 * buffer. */
static void finish(const weft_tile_end *e) {
    if (e->columns == PANEL) {
        finish_whole(e);
        return;
    }
    size_t size = e->store == WEFT_STORE_BF16 ? sizeof(uint16_t) : sizeof(float);
    for (size_t r = 0; r < e->rows; r++) {
        float buffer[PANEL] = {0};
        char *out = (char *)e->out + r * e->out_stride * size;
        weft_tile_end row = *e;
        row.sums = (const float *)e->sums + r * PANEL;
        row.row_scale = e->row_scale ? e->row_scale + r : NULL;
        row.rows = 1;
        row.out = buffer;
        if (e->store == WEFT_STORE_ADD) memcpy(buffer, out, e->columns * size);
        finish_whole(&row);
        memcpy(out, buffer, e->columns * size);
    }
}

/* ---- rows ---- */

static void to_bf16(const float *x, size_t n, uint16_t *out) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) v_store_bf16(out + i, v_to_bf16(v_load(x + i)));
    if (i == n) return;
    vh last = v_to_bf16(v_load_part(x + i, n - i, 0));
    memcpy(out + i, &last, (n - i) * sizeof *out);
}

/* Adding 1.5 * 2^23 + zero rounds to an integer and leaves it in the lowest bits. */
ALWAYS_INLINE vb byte_of(vf x, float per_unit, int32_t zero) {
    vf shifted = x * per_unit + (12582912.0f + (float)zero);
    return __builtin_convertvector((vi)shifted & 0xFF, vb);
}

ALWAYS_INLINE float per_unit_of(float largest, float top) {
    float per_unit = top / largest;
    return largest > 0 && per_unit < 3e38f ? per_unit : 0;
}

static float to_bytes(const float *x, size_t n, uint8_t *out, int32_t zero, float top) {
    vf most = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) most = v_max(v_abs(v_load(x + i)), most);
    if (i < n) most = v_max(v_abs(v_load_part(x + i, n - i, 0)), most);
    float largest = v_largest(most), per_unit = per_unit_of(largest, top);
    for (i = 0; i + LANES <= n; i += LANES) {
        vb bytes = byte_of(v_load(x + i), per_unit, zero);
        memcpy(out + i, &bytes, sizeof bytes);
    }
    if (i < n) {
        vb bytes = byte_of(v_load_part(x + i, n - i, 0), per_unit, zero);
        memcpy(out + i, &bytes, n - i);
    }
    return largest / top;
}

/* n is a multiple of LANES or the row is padded to one with zeros. */
static float bf16_to_bytes(const uint16_t *x, size_t n, uint8_t *out) {
    vf most = {0};
    for (size_t i = 0; i < n; i += LANES)
        most = v_max(v_abs(v_from_bf16(v_load_bf16(x + i))), most);
    float largest = v_largest(most), per_unit = per_unit_of(largest, BYTE_TOP);
    for (size_t i = 0; i < n; i += LANES) {
        vb bytes = byte_of(v_from_bf16(v_load_bf16(x + i)), per_unit, BYTE_ZERO);
        memcpy(out + i, &bytes, sizeof bytes);
    }
    return largest / (float)BYTE_TOP;
}

static void layer_norm(const weft_layer_norm *norm, const float *x, float *out) {
    size_t n = norm->width, i = 0;
    vf sum = {0}, squares = {0};
    for (; i + LANES <= n; i += LANES) sum += v_load(x + i);
    if (i < n) sum += v_load_part(x + i, n - i, 0);
    float mean = v_sum(sum) / (float)n;
    for (i = 0; i + LANES <= n; i += LANES) {
        vf off = v_load(x + i) - mean;
        squares += off * off;
    }
    if (i < n) {
        vf off = v_load_part(x + i, n - i, mean) - mean;
        squares += off * off;
    }
    float scale = 1.0f / __builtin_sqrtf(v_sum(squares) / (float)n + norm->epsilon);
    for (i = 0; i + LANES <= n; i += LANES)
        v_store(out + i,
                (v_load(x + i) - mean) * scale * v_load(norm->gain + i) + v_load(norm->bias + i));
    for (; i < n; i++) out[i] = (x[i] - mean) * scale * norm->gain[i] + norm->bias[i];
}

static void softmax(float *x, size_t n, float scale) {
    vf most = v_splat(x[0]), sum = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) most = v_max(v_load(x + i), most);
    if (i < n) most = v_max(v_load_part(x + i, n - i, x[0]), most);
    float largest = v_largest(most);
    for (i = 0; i + LANES <= n; i += LANES) {
        vf e = v_exp((v_load(x + i) - largest) * scale);
        sum += e;
        v_store(x + i, e);
    }
    if (i < n) {
        vf e = v_exp((v_load_part(x + i, n - i, largest) - largest) * scale);
        v_store_part(x + i, e, n - i);
        sum += v_load_part(x + i, n - i, 0);
    }
    float share = 1.0f / v_sum(sum);
    for (i = 0; i + LANES <= n; i += LANES) v_store(x + i, v_load(x + i) * share);
    for (; i < n; i++) x[i] *= share;
}

static void add(float *x, const float *y, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] += y[i];
}

static void activate(float *x, size_t n, weft_activation activation) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) v_store(x + i, activation_of(v_load(x + i), activation, 0));
    if (i < n)
        v_store_part(x + i, activation_of(v_load_part(x + i, n - i, 0), activation, 0), n - i);
}

const weft_kernels KERNELS_TABLE = {
    .level = KERNELS_LEVEL,
    .panel = PANEL,
#if defined KERNELS_AMX
    .tile_rows = 2 * AMX_ROWS,
    .group_step = AMX_GROUPS,
    .tile_f32 = tile_f32_tall,
    .tile_bf16 = amx_bf16,
    .tile_int8 = amx_int8,
#else
    .tile_rows = ROWS,
    .group_step = 1,
    .tile_f32 = tile_f32,
    .tile_bf16 = tile_bf16,
    .tile_int8 = tile_int8,
#endif
    .bf16_input = HAS_BF16,
    .byte_zero = BYTE_ZERO,
    .byte_top = BYTE_TOP,
    .finish = finish,
    .to_bf16 = to_bf16,
    .to_bytes = to_bytes,
    .bf16_to_bytes = bf16_to_bytes,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .add = add,
    .activate = activate,
};
