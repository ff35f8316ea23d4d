/* From one snapshot to the next by what changed in the store.
 *
 * The catalog is copied with the changes in it. Rows must stay as dense as they are, and
 * as many as possible where they are, because three indexes know products by row: changed
 * products keep their rows, new ones come last, and the rows of deleted ones are filled
 * with the last rows, from the highest hole down. The indexes are told the same story. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "sync/snapshot_internal.h"

/* More changed products than this, and than half of all, are loaded anew. */
enum { FOLLOW_MAX = 5000 };

/* Inverted files are built again when this share of the rows has changed. */
static const double WORN = 0.5;

typedef struct {
    const weft_snapshot *old;
    const weft_snapshot_options *options;
    weft_arena arena;       /* of strings and vectors of what changed */
    weft_product *products; /* [rows]: the catalog to be; strings are the old catalog's or ours */
    size_t rows, capacity;
    uint32_t *gone; /* [gone_count]: old rows */
    size_t gone_count, changed;
    weft_index_change *changes[WEFT_KIND_COUNT]; /* [change_count] each */
    size_t change_count, change_capacity;
} following;

static weft_status fail_memory(const following *f, weft_err *err) {
    return weft_fail(err, WEFT_E_NOMEM, "following %zu changed products", f->changed);
}

static bool reserve_changes(following *f) {
    if (f->change_count < f->change_capacity) return true;
    size_t capacity = 2 * f->change_capacity + 64;
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        weft_index_change *larger = weft_realloc(f->changes[k], capacity, sizeof *larger);
        if (!larger) return false;
        f->changes[k] = larger;
    }
    f->change_capacity = capacity;
    return true;
}

static bool reserve_rows(following *f) {
    if (f->rows < f->capacity) return true;
    size_t capacity = f->capacity + f->capacity / 2 + 64;
    weft_product *larger = weft_realloc(f->products, capacity, sizeof *larger);
    if (!larger) return false;
    f->products = larger;
    f->capacity = capacity;
    return true;
}

/* Row `row` has these vectors now (NULL: none of this kind). */
static bool note_vectors(following *f, uint32_t row, const float *const vectors[WEFT_KIND_COUNT]) {
    if (!reserve_changes(f)) return false;
    size_t dim = f->options->dim;
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        float *copy = NULL;
        if (vectors[k]) {
            copy = weft_arena_alloc(&f->arena, dim, sizeof *copy);
            if (!copy) return false;
            memcpy(copy, vectors[k], dim * sizeof *copy);
        }
        f->changes[k][f->change_count] = (weft_index_change){.row = row, .vector = copy};
    }
    f->change_count++;
    return true;
}

static weft_status visit_change(void *context, const char *product_id, const weft_product *product,
                                const weft_embedding *embedding, weft_err *err) {
    following *f = context;
    uint32_t row = (uint32_t)f->rows;
    bool is_known = weft_catalog_find(f->old->catalog, product_id, &row);
    if (++f->changed > FOLLOW_MAX && f->changed > weft_catalog_rows(f->old->catalog) / 2)
        return weft_fail(err, WEFT_E_LIMIT, "more than %zu products changed", f->changed - 1);
    if (!product) {
        if (!is_known) return WEFT_OK; /* came and went between two looks */
        uint32_t *larger = weft_realloc(f->gone, f->gone_count + 1, sizeof *larger);
        if (!larger) return fail_memory(f, err);
        f->gone = larger;
        f->gone[f->gone_count++] = row;
        return WEFT_OK;
    }
    const float *vectors[WEFT_KIND_COUNT];
    weft_snapshot_vectors(f->options, embedding, vectors);
    if (!is_known && !reserve_rows(f)) return fail_memory(f, err);
    if (!weft_product_copy(&f->products[row], product, &f->arena) || !note_vectors(f, row, vectors))
        return fail_memory(f, err);
    if (!is_known) f->rows++;
    return WEFT_OK;
}

static int descending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x < y) - (x > y);
}

/* From the highest hole down the last row is never a hole itself. */
static weft_status fill_holes(following *f, weft_err *err) {
    if (f->gone_count) qsort(f->gone, f->gone_count, sizeof *f->gone, descending);
    for (size_t i = 0; i < f->gone_count; i++) {
        uint32_t hole = f->gone[i], last = (uint32_t)--f->rows;
        if (!reserve_changes(f)) return fail_memory(f, err);
        for (int k = 0; k < WEFT_KIND_COUNT; k++)
            f->changes[k][f->change_count] =
                (weft_index_change){.row = hole, .moves = hole != last, .from = last};
        f->change_count++;
        f->products[hole] = f->products[last];
    }
    return WEFT_OK;
}

static weft_status copy_catalog(const following *f, weft_catalog **catalog, weft_err *err) {
    weft_status status = weft_catalog_new(catalog, err);
    for (size_t row = 0; row < f->rows && !status; row++)
        status = weft_catalog_add(*catalog, &f->products[row], err);
    return status ? status : weft_catalog_finish(*catalog, err);
}

static weft_status make_snapshot(following *f, weft_snapshot **out, weft_err *err) {
    weft_snapshot *fresh = weft_calloc(1, sizeof *fresh);
    if (!fresh) return fail_memory(f, err);
    atomic_init(&fresh->holders, 1);
    fresh->engine = f->old->engine;
    weft_status status = fill_holes(f, err);
    if (!status) status = copy_catalog(f, &fresh->catalog, err);
    if (!status) status = weft_snapshot_learn(fresh, f->options, err);
    for (int k = 0; k < WEFT_KIND_COUNT && !status; k++)
        status = weft_index_apply(&fresh->index[k], f->old->index[k], f->changes[k],
                                  f->change_count, err);
    if (status) {
        weft_snapshot_release(fresh);
        return status;
    }
    /* Every usable embedding has a hybrid vector. */
    fresh->pending =
        f->rows - weft_bitset_popcount(weft_index_present(fresh->index[WEFT_KIND_HYBRID]));
    *out = fresh;
    return WEFT_OK;
}

weft_status weft_snapshot_follow(weft_snapshot **out, weft_snapshot *old,
                                 const weft_snapshot_options *options, weft_err *err) {
    *out = NULL;
    following f = {.old = old, .options = options, .rows = weft_catalog_rows(old->catalog)};
    uint64_t seq;
    weft_arena_init(&f.arena, 1 << 18);
    f.capacity = f.rows;
    f.products = weft_alloc(f.rows, sizeof *f.products);
    weft_status status = f.products ? WEFT_OK : fail_memory(&f, err);
    for (uint32_t row = 0; row < f.rows && !status; row++)
        f.products[row] = *weft_catalog_product(old->catalog, row);
    if (!status)
        status = weft_store_each_changed(options->store, options->embedding_model, old->change_seq,
                                         true, visit_change, &f, &seq, err);
    if (!status && (f.changed || old->synonyms != options->synonyms)) {
        status = make_snapshot(&f, out, err);
        if (!status) atomic_init(&(*out)->change_seq, seq);
    } else if (!status) {
        atomic_store(&old->change_seq, seq);
    }
    for (int k = 0; k < WEFT_KIND_COUNT; k++) weft_free(f.changes[k]);
    weft_free(f.products);
    weft_free(f.gone);
    weft_arena_deinit(&f.arena);
    return status;
}

bool weft_snapshot_is_worn(const weft_snapshot *snapshot, const weft_snapshot_options *options) {
    bool wants_ivf = !options->engine && options->ivf_from &&
                     weft_catalog_rows(snapshot->catalog) >= options->ivf_from;
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        bool is_ivf = strcmp(weft_index_engine_name(snapshot->index[k]), "ivf") == 0;
        if (wants_ivf && !is_ivf) return true;
        if (is_ivf && weft_index_wear(snapshot->index[k]) > WORN) return true;
    }
    return false;
}
