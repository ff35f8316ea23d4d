/* attention.c - two small products with the softmax between them.
 *
 * Scores are queries times packed keys, results are probabilities times packed values.
 * Queries go a tile at a time, so that their scores stay in the first cache. */
#include "tensor/attention.h"

#include <math.h>
#include <string.h>

#include "tensor/kernels.h"

/* Where things lie in the scratch memory, in this order. */
typedef struct {
    const weft_kernels *kernels;
    size_t columns;      /* length, up to whole panels */
    size_t key_groups;   /* of 4 bytes along the width */
    size_t value_groups; /* of 4 bytes along the length */
    uint32_t *keys;      /* [columns / panel][key_groups][panel] */
    uint32_t *values;    /* [width / panel, up][value_groups][panel] */
    float *scores;       /* [tile_rows][columns] */
    float *out;          /* [tile_rows][panel] */
} plan;

/* Groups that hold so many numbers. */
static size_t groups_for(const weft_kernels *kernels, size_t numbers, bool is_bf16) {
    return is_bf16 ? weft_round_up((numbers + 1) / 2, kernels->group_step) : numbers;
}

static plan make_plan(const weft_kernels *kernels, size_t length, size_t width, bool is_bf16) {
    return (plan){.kernels = kernels,
                  .columns = weft_round_up(length, kernels->panel),
                  .key_groups = groups_for(kernels, width, is_bf16),
                  .value_groups = groups_for(kernels, length, is_bf16)};
}

/* The numbers of 4 bytes that each part takes. */
static size_t key_space(const plan *p) { return p->columns * p->key_groups; }
static size_t value_space(const plan *p, size_t width) {
    return weft_round_up(width, p->kernels->panel) * p->value_groups;
}
static size_t score_space(const plan *p) { return (p->columns + 32) * p->kernels->tile_rows; }

size_t weft_attention_scratch(size_t length, size_t width) {
    const weft_kernels *kernels = weft_kernels_best();
    plan p = make_plan(kernels, length, width, false);
    size_t numbers = key_space(&p) + value_space(&p, width) + score_space(&p) +
                     kernels->tile_rows * kernels->panel;
    /* bfloat16 needs less, but for what rounding up to group_step adds */
    numbers += (p.columns + weft_round_up(width, kernels->panel)) * kernels->group_step;
    return weft_round_up(numbers * 4, 64);
}

/* Key j is column j; its numbers, two at a time for bfloat16, go down the groups. Columns
 * without a key stay as they are: no one reads their scores. */
static void pack_keys(const weft_attention *h, const plan *p) {
    size_t panel = p->kernels->panel, size = h->is_bf16 ? 2 : 4;
    size_t whole = h->width * size / 4, rest = h->width * size % 4;
    for (size_t j = 0; j < h->length; j++) {
        const char *key = (const char *)h->k + j * h->stride * size;
        uint32_t *out = p->keys + j / panel * p->key_groups * panel + j % panel;
        for (size_t g = 0; g < whole; g++) memcpy(out + g * panel, key + g * 4, 4);
        for (size_t g = whole; g < p->key_groups; g++) out[g * panel] = 0;
        if (rest) memcpy(out + whole * panel, key + whole * 4, rest);
    }
}

/* `columns` numbers of two rows of bfloat16, side by side. */
static void pair_rows(const uint16_t *even, const uint16_t *odd, size_t columns, uint32_t *out) {
    for (size_t c = 0; c < columns; c++) out[c] = even[c] | (uint32_t)odd[c] << 16;
}

/* Value j is number j of every column; for bfloat16 two values share a group. Groups
 * without a value are zero. */
static void pack_values(const weft_attention *h, const plan *p) {
    static const uint16_t none[WEFT_PANEL_MAX];
    size_t panel = p->kernels->panel, step = h->is_bf16 ? 2 : 1;
    for (size_t first = 0; first < h->width; first += panel) {
        size_t columns = h->width - first < panel ? h->width - first : panel;
        uint32_t *out = p->values + first / panel * p->value_groups * panel;
        for (size_t g = 0; g < p->value_groups; g++, out += panel) {
            size_t j = g * step, at = j * h->stride + first;
            const uint16_t *even = (const uint16_t *)h->v + at;
            if (j >= h->length) memset(out, 0, columns * sizeof *out);
            else if (!h->is_bf16) memcpy(out, (const float *)h->v + at, columns * sizeof *out);
            else pair_rows(even, j + 1 < h->length ? even + h->stride : none, columns, out);
        }
    }
}

/* The probabilities of `rows` queries from position `first` on, as the second product
 * reads them: in place, zero for what a query does not see. */
static void score_tile(const weft_attention *h, const plan *p, size_t first, size_t rows) {
    const weft_kernels *k = p->kernels;
    size_t size = h->is_bf16 ? 2 : 4;
    weft_tile tile = {.a = (const char *)h->q + (first - h->first) * h->q_stride * size,
                      .a_stride = h->q_stride * size,
                      .rows = rows,
                      .groups = p->key_groups,
                      .out_stride = p->columns};
    size_t last_seen = h->is_causal ? first + rows : h->length;
    for (size_t at = 0; at < last_seen; at += k->panel) {
        tile.panel = p->keys + at * p->key_groups;
        tile.out = p->scores + at;
        (h->is_bf16 ? k->tile_bf16 : k->tile_f32)(&tile);
    }
    float scale = 1.0f / sqrtf((float)h->width);
    for (size_t r = 0; r < rows; r++) {
        float *row = p->scores + r * p->columns;
        size_t seen = h->is_causal ? first + r + 1 : h->length;
        k->softmax(row, seen, scale);
        memset(row + seen, 0, (p->columns - seen) * sizeof *row);
        if (h->is_bf16) k->to_bf16(row, p->columns, (uint16_t *)row);
    }
}

/* `groups` of the values are seen by one query of the tile or another. */
static void mix_tile(const weft_attention *h, const plan *p, size_t rows, size_t groups, float *out,
                     size_t out_stride) {
    const weft_kernels *k = p->kernels;
    weft_tile tile = {
        .a = p->scores, .a_stride = p->columns * sizeof *p->scores, .rows = rows, .groups = groups};
    for (size_t at = 0; at < h->width; at += k->panel) {
        bool is_whole = h->width - at >= k->panel;
        tile.panel = p->values + at * p->value_groups;
        tile.out = is_whole ? out + at : p->out;
        tile.out_stride = is_whole ? out_stride : k->panel;
        (h->is_bf16 ? k->tile_bf16 : k->tile_f32)(&tile);
        for (size_t r = 0; r < rows && !is_whole; r++)
            memcpy(out + r * out_stride + at, p->out + r * k->panel, (h->width - at) * sizeof *out);
    }
}

void weft_attention_run(const weft_attention *h, float *out, size_t out_stride, void *scratch) {
    plan p = make_plan(weft_kernels_best(), h->length, h->width, h->is_bf16);
    p.keys = scratch;
    p.values = p.keys + key_space(&p);
    p.scores = (float *)(p.values + value_space(&p, h->width));
    p.out = p.scores + score_space(&p);
    pack_keys(h, &p);
    pack_values(h, &p);
    size_t high = p.kernels->tile_rows, tiles = (h->count + high - 1) / high;
    for (size_t i = 0, done = 0, rows; i < tiles; i++, done += rows) {
        rows = (h->count - done) / (tiles - i);
        size_t seen = h->is_causal ? h->first + done + rows : h->length;
        size_t groups = groups_for(p.kernels, seen, h->is_bf16);
        score_tile(h, &p, h->first + done, rows);
        mix_tile(h, &p, rows, groups, out + done * out_stride, out_stride);
    }
}
