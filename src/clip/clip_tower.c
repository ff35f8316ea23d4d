/* clip_tower.c - a pre-norm transformer (Radford et al., arXiv:2103.00020, section 2.4).
 *
 *   x += out(attention(norm1(x)));  x += down(activation(up(norm2(x))))
 *
 * Sequences of different lengths lie end to end without padding: products do not
 * care which row is whose, and attention goes sequence by sequence. In the last
 * layer only one row of each sequence is wanted, so after its keys and values are
 * made the other rows are dropped.
 *
 * Everything between two waits is one stage that the members of a team share: rows,
 * panels of weights, or heads. */
#include "clip/clip_tower.h"

#include <stdint.h>
#include <string.h>

enum { ROWS_AT_ONCE = 4 }; /* rows that a member takes for a norm or a conversion */

/* One layer's run over some sequences. */
typedef struct {
    const weft_clip_tower *tower;
    const weft_clip_layer *layer;
    const weft_clip_workspace *work;
    const weft_clip_sequence *sequences;
    size_t n, rows;  /* sequences; rows of all of them together */
    size_t member;   /* which of the team runs this */
    bool picks_only; /* the results of the other rows are not needed any more */
    bool is_bf16;    /* queries, keys and values are bfloat16 */
} run;

static size_t pick_row(const run *r, size_t i) {
    return r->sequences[i].start + r->sequences[i].pick;
}

/* The first `rows` rows of the stream, normed, become the narrow input. mixed is free then. */
static void put_normed(const run *r, const weft_layer_norm *norm, const weft_gemm_weight *next,
                       size_t rows) {
    const weft_clip_workspace *work = r->work;
    for (size_t at; (at = weft_team_next(work->team) * ROWS_AT_ONCE) < rows;)
        for (size_t i = at; i < at + ROWS_AT_ONCE && i < rows; i++) {
            float *normed = work->mixed + i * norm->width;
            weft_nn_layer_norm(norm, work->x + i * norm->width, normed);
            weft_gemm_put(next, &work->narrow, i, normed);
        }
    weft_team_wait(work->team);
}

/* The queries of the picked rows alone, into picked [n][hidden], from the normed rows that
 * put_normed left in mixed. They go through the broad input: the narrow one has the rows
 * that keys and values are made from. */
static void ask_from_picks(const run *r) {
    const weft_clip_workspace *work = r->work;
    size_t hidden = r->tower->shape.hidden;
    for (size_t i; (i = weft_team_next(work->team)) < r->n;)
        weft_gemm_put(r->layer->q, &work->broad, i, work->mixed + pick_row(r, i) * hidden);
    weft_team_wait(work->team);
    weft_gemm_run(r->layer->q,
                  &(weft_gemm_call){.in = &work->broad,
                                    .m = r->n,
                                    .c = work->picked,
                                    .c_stride = hidden,
                                    .store = r->is_bf16 ? WEFT_STORE_BF16 : WEFT_STORE_F32},
                  work->team);
    weft_team_wait(work->team);
}

static void make_queries_keys_values(const run *r) {
    const weft_clip_workspace *work = r->work;
    put_normed(r, &r->layer->before_attention, r->layer->qkv, r->rows);
    if (r->picks_only) ask_from_picks(r);
    weft_gemm_run(r->layer->qkv,
                  &(weft_gemm_call){.in = &work->narrow,
                                    .m = r->rows,
                                    .c = work->wide,
                                    .c_stride = (r->picks_only ? 2 : 3) * r->tower->shape.hidden,
                                    .store = r->is_bf16 ? WEFT_STORE_BF16 : WEFT_STORE_F32},
                  work->team);
    weft_team_wait(work->team);
}

/* One head of one sequence: from wide (and picked) to its columns of mixed, in the rows of
 * the sequence or, with picks_only, in the row of its number. */
static void attend(const run *r, size_t sequence, size_t head) {
    const weft_clip_workspace *work = r->work;
    const weft_clip_sequence *s = &r->sequences[sequence];
    size_t hidden = r->tower->shape.hidden, width = hidden / r->tower->shape.heads;
    size_t stride = (r->picks_only ? 2 : 3) * hidden, size = r->is_bf16 ? 2 : 4;
    const char *row = (const char *)work->wide + (s->start * stride + head * width) * size;
    const char *keys = r->picks_only ? row : row + hidden * size;
    weft_attention a = {.q = row,
                        .k = keys,
                        .v = keys + hidden * size,
                        .q_stride = stride,
                        .stride = stride,
                        .is_bf16 = r->is_bf16,
                        .is_causal = r->tower->is_causal,
                        .length = s->length,
                        .width = width,
                        .count = s->length};
    if (r->picks_only) {
        a.q = (const char *)work->picked + (sequence * hidden + head * width) * size;
        a.q_stride = hidden;
        a.first = s->pick;
        a.count = 1;
    }
    size_t out_row = r->picks_only ? sequence : s->start;
    weft_attention_run(&a, work->mixed + out_row * hidden + head * width, hidden,
                       work->scratch + r->member * work->scratch_size);
}

static void keep_picks(const run *r) {
    size_t hidden = r->tower->shape.hidden;
    for (size_t i = 0; i < r->n; i++)
        memmove(r->work->x + i * hidden, r->work->x + pick_row(r, i) * hidden,
                hidden * sizeof *r->work->x);
}

/* x += out(mixed), over as many rows as are still wanted. */
static void add_attention(const run *r, size_t rows) {
    const weft_clip_workspace *work = r->work;
    size_t heads = r->tower->shape.heads, hidden = r->tower->shape.hidden;
    for (size_t i; (i = weft_team_next(work->team)) < r->n * heads;)
        attend(r, i / heads, i % heads);
    weft_team_wait(work->team);
    if (r->picks_only && r->member == 0) keep_picks(r);
    for (size_t at; (at = weft_team_next(work->team) * ROWS_AT_ONCE) < rows;)
        for (size_t i = at; i < at + ROWS_AT_ONCE && i < rows; i++)
            weft_gemm_put(r->layer->out, &work->narrow, i, work->mixed + i * hidden);
    weft_team_wait(work->team);
    weft_gemm_run(r->layer->out,
                  &(weft_gemm_call){.in = &work->narrow,
                                    .m = rows,
                                    .c = work->x,
                                    .c_stride = hidden,
                                    .store = WEFT_STORE_ADD},
                  work->team);
    weft_team_wait(work->team);
}

/* Rows of wide, as `store` says, become the broad input of `down`. */
static void put_wide(const run *r, size_t rows, weft_store_kind store) {
    const weft_clip_workspace *work = r->work;
    size_t width = r->tower->shape.intermediate;
    size_t stride = WEFT_CLIP_WIDE_STRIDE(width);
    for (size_t i; (i = weft_team_next(work->team)) < rows;)
        if (store == WEFT_STORE_BF16)
            weft_gemm_put_bf16(r->layer->down, &work->broad, i,
                               (uint16_t *)work->wide + i * stride);
        else weft_gemm_put(r->layer->down, &work->broad, i, work->wide + i * stride);
    weft_team_wait(work->team);
}

/* x += down(activation(up(norm(x)))) */
static void add_mlp(const run *r, size_t rows) {
    const weft_clip_workspace *work = r->work;
    const weft_clip_tower_config *shape = &r->tower->shape;
    weft_store_kind store;
    bool is_direct = weft_gemm_feeds(r->layer->down, &store);
    size_t number_size = store == WEFT_STORE_BF16 ? sizeof(uint16_t) : sizeof(float);
    put_normed(r, &r->layer->before_mlp, r->layer->up, rows);
    weft_gemm_call up = {.in = &work->narrow,
                         .m = rows,
                         .c = is_direct ? (void *)work->broad.data : work->wide,
                         .c_stride = is_direct ? work->broad.stride / number_size
                                               : WEFT_CLIP_WIDE_STRIDE(shape->intermediate),
                         .store = store,
                         .activation = shape->activation};
    weft_gemm_run(r->layer->up, &up, work->team);
    weft_team_wait(work->team);
    if (!is_direct) put_wide(r, rows, store);
    weft_gemm_run(r->layer->down,
                  &(weft_gemm_call){.in = &work->broad,
                                    .m = rows,
                                    .c = work->x,
                                    .c_stride = shape->hidden,
                                    .store = WEFT_STORE_ADD},
                  work->team);
    weft_team_wait(work->team);
}

void weft_clip_tower_run(const weft_clip_tower *tower, const weft_clip_workspace *work,
                         const weft_clip_sequence *sequences, size_t n, size_t member) {
    if (n == 0) return;
    run r = {.tower = tower, .work = work, .sequences = sequences, .n = n, .member = member};
    r.rows = sequences[n - 1].start + sequences[n - 1].length;
    for (size_t i = 0; i < tower->shape.layers; i++) {
        r.layer = &tower->layers[i];
        r.picks_only = i + 1 == tower->shape.layers;
        r.is_bf16 = weft_gemm_prefers_bf16(weft_gemm_weight_precision(r.layer->qkv));
        size_t rows = r.picks_only ? n : r.rows;
        make_queries_keys_values(&r);
        add_attention(&r, rows);
        add_mlp(&r, rows);
    }
}
