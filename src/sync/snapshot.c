#include "sync/snapshot.h"

#include <string.h>

#include "base/mem.h"
#include "sync/snapshot_internal.h"

bool weft_snapshot_vectors(const weft_snapshot_options *options, const weft_embedding *embedding,
                           const float *vectors[WEFT_KIND_COUNT]) {
    bool usable = embedding && embedding->dim == options->dim &&
                  strcmp(embedding->embedding_model, options->embedding_model) == 0;
    vectors[WEFT_KIND_IMAGE] = usable ? embedding->image_embedding : NULL;
    vectors[WEFT_KIND_TEXT] = usable ? embedding->text_embedding : NULL;
    vectors[WEFT_KIND_HYBRID] = usable ? embedding->hybrid_embedding : NULL;
    return usable;
}

/* The vectors of one kind while the store is walked: grows by rows. */
typedef struct {
    float *vectors;   /* [capacity][dim] */
    uint8_t *present; /* [capacity] */
} column;

typedef struct {
    weft_snapshot *snapshot;
    const weft_snapshot_options *options;
    size_t dim, rows, capacity;
    column columns[WEFT_KIND_COUNT];
} loading;

static weft_status grow(loading *l, weft_err *err) {
    size_t capacity = l->capacity ? l->capacity * 2 : 1024, bytes;
    if (!weft_mul_size(l->dim, sizeof(float), &bytes))
        return weft_fail(err, WEFT_E_LIMIT, "dimension %zu", l->dim);
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        column *c = &l->columns[k];
        float *vectors = l->options->engine ? NULL : weft_realloc(c->vectors, capacity, bytes);
        if (vectors) c->vectors = vectors;
        uint8_t *present = weft_realloc(c->present, capacity, 1);
        if (present) c->present = present;
        if ((!vectors && !l->options->engine) || !present)
            return weft_fail(err, WEFT_E_NOMEM, "%s vectors of %zu products",
                             weft_embedding_kind_name((weft_embedding_kind)k), capacity);
    }
    l->capacity = capacity;
    return WEFT_OK;
}

static weft_status visit_product(void *context, const weft_product *product,
                                 const weft_embedding *embedding, weft_err *err) {
    loading *l = context;
    weft_status status = weft_catalog_add(l->snapshot->catalog, product, err);
    if (status) return status;
    if (l->rows == l->capacity && (status = grow(l, err))) return status;

    const float *vectors[WEFT_KIND_COUNT];
    bool is_usable = weft_snapshot_vectors(l->options, embedding, vectors);
    if (!is_usable) l->snapshot->pending++;
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        column *c = &l->columns[k];
        c->present[l->rows] = is_usable && embedding->kinds & 1u << k;
        if (vectors[k]) memcpy(c->vectors + l->rows * l->dim, vectors[k], l->dim * sizeof(float));
    }
    l->rows++;
    return WEFT_OK;
}

/* Passes on how far the build of one index is. */
typedef struct {
    const weft_snapshot_options *options;
    int kind;
} build_progress;

static void pass_on(void *context, double done) {
    const build_progress *p = context;
    p->options->on_progress(p->options->context, (weft_embedding_kind)p->kind, done);
}

static weft_status build_index(loading *l, int kind, weft_err *err) {
    column *c = &l->columns[kind];
    weft_bitset present;
    weft_status status = weft_bitset_init(&present, l->rows, err);
    if (status) return status;
    for (size_t row = 0; row < l->rows; row++)
        if (c->present[row]) weft_bitset_set(&present, row);
    build_progress progress = {l->options, kind};
    const weft_index_source source = {.vectors = c->vectors,
                                      .rows = l->rows,
                                      .dim = l->dim,
                                      .present = &present,
                                      .threads = l->options->threads,
                                      .on_progress = l->options->on_progress ? pass_on : NULL,
                                      .context = &progress,
                                      .cancel = l->options->cancel};
    weft_index **index = &l->snapshot->index[kind];
    if (source.on_progress) pass_on(&progress, 0);
    bool is_ivf = l->options->ivf_from && l->rows >= l->options->ivf_from;
    if (l->options->engine) status = weft_index_marks_new(index, &present, l->dim, err);
    else if (is_ivf) status = weft_index_ivf_new(index, &source, err);
    else status = weft_index_flat_new(index, &source, err);
    if (!status && source.on_progress) pass_on(&progress, 1);
    weft_bitset_deinit(&present);
    /* Freed one by one: the peak is one set of vectors more, not three. */
    weft_free(c->vectors);
    c->vectors = NULL;
    return status;
}

weft_status weft_snapshot_learn(weft_snapshot *snapshot, const weft_snapshot_options *options,
                                weft_err *err) {
    static const weft_synonyms none = {0};
    snapshot->synonyms = options->synonyms;
    return weft_lexicon_new(&snapshot->lexicon, snapshot->catalog,
                            options->synonyms ? options->synonyms : &none, err);
}

weft_status weft_snapshot_load(weft_snapshot **out, const weft_snapshot_options *options,
                               weft_err *err) {
    loading l = {.options = options, .dim = options->dim};
    weft_store *store = options->store;
    uint64_t seq;
    weft_status status;
    weft_snapshot *snapshot = weft_calloc(1, sizeof *snapshot);
    if (!snapshot) return weft_fail(err, WEFT_E_NOMEM, "snapshot");
    l.snapshot = snapshot;
    snapshot->engine = options->engine;
    atomic_init(&snapshot->holders, 1);

    status = weft_catalog_new(&snapshot->catalog, err);
    if (status) goto cleanup;
    /* Read before the walk: a change during it makes the snapshot look older
     * than it is, and is picked up once more rather than never. */
    status = weft_store_change_seq(store, &seq, err);
    if (status) goto cleanup;
    atomic_init(&snapshot->change_seq, seq);
    status =
        weft_store_each(store, options->embedding_model, !options->engine, visit_product, &l, err);
    if (status) goto cleanup;
    status = weft_catalog_finish(snapshot->catalog, err);
    if (!status) status = weft_snapshot_learn(snapshot, options, err);
    for (int k = 0; !status && k < WEFT_KIND_COUNT; k++) status = build_index(&l, k, err);

cleanup:
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        weft_free(l.columns[k].vectors);
        weft_free(l.columns[k].present);
    }
    if (status) {
        weft_snapshot_release(snapshot);
        return status;
    }
    *out = snapshot;
    return WEFT_OK;
}

void weft_snapshot_hold(weft_snapshot *snapshot) {
    atomic_fetch_add_explicit(&snapshot->holders, 1, memory_order_relaxed);
}

void weft_snapshot_release(weft_snapshot *snapshot) {
    if (!snapshot) return;
    if (atomic_fetch_sub_explicit(&snapshot->holders, 1, memory_order_acq_rel) != 1) return;
    weft_lexicon_free(snapshot->lexicon);
    weft_catalog_free(snapshot->catalog);
    for (int k = 0; k < WEFT_KIND_COUNT; k++) weft_index_free(snapshot->index[k]);
    weft_free(snapshot);
}
