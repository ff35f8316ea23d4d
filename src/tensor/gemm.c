/* gemm.c - packs weights into panels, and walks tiles over them.
 *
 * The order of the walk: a panel of weights is read from memory once and stays in the
 * first cache while all rows, a tile at a time, pass over it; callers keep the rows of
 * a run few enough for the second cache. There is no cut along k: a whole column's sum
 * stays in a register, and k is at most a few thousand.
 *
 * int8 (Jacob et al., arXiv:1712.05877, with the scale taken per row of the input when
 * it is put, as in Dettmers et al., arXiv:2208.07339, so that no calibration is needed):
 * rows are stored as bytes around byte_zero, because the machine multiplies unsigned by
 * signed bytes; what the offset adds to a column's sum is known when the weights are
 * packed, and the sums begin with its negative. */
#include "tensor/gemm.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "tensor/kernels.h"

enum { CACHE_LINE = 64 };

struct weft_gemm_weight {
    const weft_kernels *kernels;
    weft_precision precision;
    size_t n, k;
    size_t panels, groups; /* of 4 bytes along k */
    uint32_t *data;        /* [panels][groups][panel][4] */
    float *bias;           /* [panels * panel] */
    float *scales;         /* [panels * panel], int8 only */
    int32_t *starts;       /* [panels * panel], int8 only */
    void (*tile)(const weft_tile *);
};

static const char *const precision_names[] = {"auto", "f32", "bf16", "int8"};

const char *weft_precision_name(weft_precision precision) { return precision_names[precision]; }

bool weft_precision_parse(const char *name, weft_precision *precision) {
    for (size_t i = 0; i < sizeof precision_names / sizeof *precision_names; i++)
        if (strcmp(name, precision_names[i]) == 0) {
            *precision = (weft_precision)i;
            return true;
        }
    return false;
}

weft_precision weft_gemm_weight_precision(const weft_gemm_weight *w) { return w->precision; }

/* ---- packing ---- */

static size_t per_group(weft_precision precision) {
    return precision == WEFT_PRECISION_INT8 ? 4 : precision == WEFT_PRECISION_BF16 ? 2 : 1;
}

static int32_t sum_of(const int8_t *bytes, size_t n) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += bytes[i];
    return sum;
}

/* Column j of the weight, which is one row of the source, into its place in the panels.
 * `line` is room for a row of groups; what it has behind the row's end is zero. */
static void pack_column(weft_gemm_weight *w, size_t j, const float *x, uint32_t *line) {
    const weft_kernels *kernels = w->kernels;
    size_t panel = kernels->panel;
    uint32_t *out = w->data + j / panel * w->groups * panel + j % panel;
    if (w->precision == WEFT_PRECISION_INT8) {
        w->scales[j] = kernels->to_bytes(x, w->k, (uint8_t *)line, 0, 127);
        w->starts[j] = -kernels->byte_zero * sum_of((const int8_t *)line, w->k);
    } else if (w->precision == WEFT_PRECISION_BF16) {
        kernels->to_bf16(x, w->k, (uint16_t *)line);
    } else {
        memcpy(line, x, w->k * sizeof *x);
    }
    for (size_t g = 0; g < w->groups; g++) out[g * panel] = line[g];
}

static void *make_zeroed(weft_arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (!weft_mul_size(count, size, &bytes) || !weft_add_size(bytes, CACHE_LINE, &bytes))
        return NULL;
    uintptr_t p = (uintptr_t)weft_arena_calloc(arena, bytes, 1);
    return p ? (void *)((p + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE) : NULL;
}

static weft_status allocate(weft_gemm_weight *w, weft_arena *arena, weft_err *err) {
    size_t columns = w->panels * w->kernels->panel, count = 0;
    if (weft_mul_size(columns, w->groups, &count)) w->data = make_zeroed(arena, count, 4);
    w->bias = make_zeroed(arena, columns, sizeof *w->bias);
    bool done = w->data && w->bias;
    if (w->precision == WEFT_PRECISION_INT8) {
        w->scales = make_zeroed(arena, columns, sizeof *w->scales);
        w->starts = make_zeroed(arena, columns, sizeof *w->starts);
        done = done && w->scales && w->starts;
    }
    if (done) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for a weight of %zu x %zu", w->n, w->k);
}

weft_status weft_gemm_pack(weft_gemm_weight **out, const weft_gemm_source *source,
                           weft_arena *arena, weft_err *err) {
    assert(source->n > 0 && source->k > 0);
    *out = NULL;
    if (source->n > INT_MAX || source->k > INT_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "gemm: a weight of %zu x %zu", source->n, source->k);
    weft_gemm_weight *w = weft_arena_calloc(arena, 1, sizeof *w);
    if (!w) return weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for a weight");
    const weft_kernels *kernels = weft_kernels_best();
    w->kernels = kernels;
    w->precision = source->precision ? source->precision : WEFT_PRECISION_F32;
    w->n = source->n, w->k = source->k;
    w->panels = (w->n + kernels->panel - 1) / kernels->panel;
    w->groups = (w->k + per_group(w->precision) - 1) / per_group(w->precision);
    if (w->precision != WEFT_PRECISION_F32)
        w->groups = weft_round_up(w->groups, kernels->group_step);
    w->tile = w->precision == WEFT_PRECISION_INT8   ? kernels->tile_int8
              : w->precision == WEFT_PRECISION_BF16 ? kernels->tile_bf16
                                                    : kernels->tile_f32;
    weft_status status = allocate(w, arena, err);
    if (status) return status;
    uint32_t *line = weft_calloc(w->groups, sizeof *line);
    if (!line) return weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for a row of %zu", w->k);
    for (size_t j = 0; j < w->n; j++) pack_column(w, j, source->weight + j * w->k, line);
    weft_free(line);
    if (source->bias) memcpy(w->bias, source->bias, w->n * sizeof *w->bias);
    *out = w;
    return WEFT_OK;
}

/* ---- inputs ---- */

static bool takes_bf16(const weft_gemm_weight *w) {
    return w->precision == WEFT_PRECISION_BF16 && w->kernels->bf16_input;
}

size_t weft_gemm_row_size(const weft_gemm_weight *w) {
    size_t number = w->precision == WEFT_PRECISION_INT8 ? 1 : takes_bf16(w) ? 2 : 4;
    return weft_round_up(w->k * number, WEFT_ROW_ALIGN);
}

/* Rows an odd number of cache lines apart do not fall into the same few sets. The last
 * row is followed by what a tile may read beyond it. */
weft_status weft_gemm_input_init(weft_gemm_input *in, size_t rows, size_t row_size, weft_err *err) {
    *in = (weft_gemm_input){.stride = weft_round_up(row_size, 2 * CACHE_LINE) + CACHE_LINE};
    size_t padded = weft_round_up(rows, WEFT_TILE_ROWS_MAX) + 1;
    in->data = weft_alloc_aligned(padded, in->stride);
    in->scales = weft_alloc_aligned(padded, sizeof *in->scales);
    if (in->data && in->scales) {
        memset(in->data, 0, padded * in->stride);
        return WEFT_OK;
    }
    weft_gemm_input_deinit(in);
    return weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for %zu rows of %zu bytes", rows,
                     row_size);
}

void weft_gemm_input_deinit(weft_gemm_input *in) {
    weft_free(in->data);
    weft_free(in->scales);
    *in = (weft_gemm_input){0};
}

/* Zeroes what a product reads behind the row's k numbers: groups of weights there are
 * zero, but zero times what was left in memory could be NaN. */
static void pad(unsigned char *row, size_t used) {
    memset(row + used, 0, weft_round_up(used, WEFT_ROW_ALIGN) - used);
}

void weft_gemm_put(const weft_gemm_weight *w, const weft_gemm_input *in, size_t row,
                   const float *x) {
    unsigned char *to = in->data + row * in->stride;
    if (w->precision == WEFT_PRECISION_INT8) {
        in->scales[row] =
            w->kernels->to_bytes(x, w->k, to, w->kernels->byte_zero, w->kernels->byte_top);
    } else if (takes_bf16(w)) {
        w->kernels->to_bf16(x, w->k, (uint16_t *)to);
        pad(to, w->k * sizeof(uint16_t));
    } else {
        memcpy(to, x, w->k * sizeof *x);
        pad(to, w->k * sizeof *x);
    }
}

void weft_gemm_put_bf16(const weft_gemm_weight *w, const weft_gemm_input *in, size_t row,
                        uint16_t *x) {
    unsigned char *to = in->data + row * in->stride;
    assert(w->precision == WEFT_PRECISION_INT8);
    pad((unsigned char *)x, w->k * sizeof *x);
    in->scales[row] = w->kernels->bf16_to_bytes(x, w->k, to);
}

bool weft_gemm_feeds(const weft_gemm_weight *next, weft_store_kind *store) {
    bool is_int8 = next->precision == WEFT_PRECISION_INT8;
    bool is_whole = next->k % (WEFT_ROW_ALIGN / sizeof(uint16_t)) == 0; /* nothing to pad */
    *store = is_int8 || (is_whole && takes_bf16(next)) ? WEFT_STORE_BF16 : WEFT_STORE_F32;
    return is_whole && !is_int8;
}

bool weft_gemm_prefers_bf16(weft_precision precision) {
    return (precision == WEFT_PRECISION_BF16 || precision == WEFT_PRECISION_INT8) &&
           weft_kernels_best()->bf16_input;
}

/* ---- products ---- */

/* A panel's worth of numbers that a tile leaves for finish. */
typedef union {
    float floats[WEFT_TILE_ROWS_MAX * WEFT_PANEL_MAX];
    int32_t ints[WEFT_TILE_ROWS_MAX * WEFT_PANEL_MAX];
} tile_sums;

static void run_tile(const weft_gemm_weight *w, weft_tile *tile, weft_tile_end *end) {
    _Alignas(64) tile_sums sums;
    tile->out = &sums;
    w->tile(tile);
    end->sums = &sums;
    w->kernels->finish(end);
}

/* All rows times panel p. Tiles differ in height by one row at most. While they are
 * multiplied, the next panel is fetched. */
static void run_panel(const weft_gemm_weight *w, const weft_gemm_call *call, size_t p) {
    size_t panel = w->kernels->panel, high = w->kernels->tile_rows, first = p * panel;
    size_t size = call->store == WEFT_STORE_BF16 ? sizeof(uint16_t) : sizeof(float);
    size_t tiles = (call->m + high - 1) / high, length = w->groups * panel;
    bool is_int8 = w->precision == WEFT_PRECISION_INT8;
    weft_tile tile = {.a_stride = call->in->stride,
                      .panel = w->data + p * length,
                      .groups = w->groups,
                      .start = is_int8 ? w->starts + first : NULL,
                      .out_stride = panel,
                      .next = p + 1 < w->panels ? w->data + (p + 1) * length : NULL};
    weft_tile_end end = {.columns = w->n - first < panel ? w->n - first : panel,
                         .column_scale = is_int8 ? w->scales + first : NULL,
                         .bias = w->bias + first,
                         .activation = call->activation,
                         .store = call->store,
                         .out_stride = call->c_stride};
    for (size_t i = 0, row = 0; i < tiles; i++, row += tile.rows) {
        tile.rows = end.rows = (call->m - row) / (tiles - i);
        tile.a = call->in->data + row * call->in->stride;
        end.row_scale = is_int8 ? call->in->scales + row : NULL;
        end.out = (char *)call->c + (row * call->c_stride + first) * size;
        run_tile(w, &tile, &end);
        tile.next = NULL;
    }
}

void weft_gemm_run(const weft_gemm_weight *w, const weft_gemm_call *call, weft_team *team) {
    assert(!(call->store == WEFT_STORE_ADD && call->activation != WEFT_ACTIVATION_NONE));
    for (size_t p; (p = weft_team_next(team)) < w->panels;)
        if (call->m) run_panel(w, call, p);
}

void weft_gemm_run_alone(const weft_gemm_weight *w, const weft_gemm_call *call) {
    for (size_t p = 0; p < w->panels && call->m; p++) run_panel(w, call, p);
}
