/* Opening what was saved: the indexes as they were, the catalog as it is now, and then what
 * the store has changed since. */
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "index/index_file.h"
#include "sync/snapshot_internal.h"
#include "sync/snapshot_rows.h"

typedef struct {
    const weft_snapshot_options *options;
    const char *folder;
    weft_snapshot_rows rows;
    weft_catalog *names;    /* knows the row of an id; has nothing else */
    weft_product *products; /* [rows]; product_id NULL: gone from the store */
    weft_arena arena;
} opening;

/* ---- does it belong to this store and this model? ---- */

static weft_status check_origin(const opening *o, weft_err *err) {
    const weft_snapshot_saved *saved = &o->rows.saved;
    char mark[WEFT_STORE_MARK_SIZE];
    if (strcmp(saved->embedding_model, o->options->embedding_model) != 0)
        return weft_fail(err, WEFT_E_CONFLICT, "%s: of the model %s, not %s", o->folder,
                         saved->embedding_model, o->options->embedding_model);
    weft_status status = weft_store_change_mark(o->options->store, saved->change_seq, mark, err);
    if (status == WEFT_E_NOT_FOUND || (!status && strcmp(mark, o->rows.mark) != 0))
        return weft_fail(err, WEFT_E_CONFLICT,
                         "%s: made from a database with another history (change %llu)", o->folder,
                         (unsigned long long)saved->change_seq);
    return status;
}

/* ---- the catalog ---- */

static const char *next_id(const char *id) { return id + strlen(id) + 1; }

/* A product of which only the id is known. */
static weft_product name_only(const char *id) {
    return (weft_product){id, "", "", "", "", "", "", "", "", 0, 0, false, "", ""};
}

static weft_status read_names(opening *o, weft_err *err) {
    weft_status status = weft_catalog_new(&o->names, err);
    const char *id = o->rows.ids;
    for (size_t row = 0; row < o->rows.saved.rows && !status; row++, id = next_id(id)) {
        const weft_product name = name_only(id);
        status = weft_catalog_add(o->names, &name, err);
    }
    return status ? status : weft_catalog_finish(o->names, err);
}

static weft_status visit_product(void *context, const weft_product *product,
                                 const weft_embedding *embedding, weft_err *err) {
    opening *o = context;
    uint32_t row;
    (void)embedding;
    /* One that is not known came later: following will add it. */
    if (!weft_catalog_find(o->names, product->product_id, &row)) return WEFT_OK;
    if (weft_product_copy(&o->products[row], product, &o->arena)) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "%zu products", o->rows.saved.rows);
}

/* Rows as they were saved, products as they are. Those that are gone keep their row until
 * following takes it away. */
static weft_status read_catalog(opening *o, weft_catalog **catalog, weft_err *err) {
    weft_status status = read_names(o, err);
    o->products = weft_calloc(o->rows.saved.rows, sizeof *o->products);
    if (!status && !o->products)
        status = weft_fail(err, WEFT_E_NOMEM, "%zu products", o->rows.saved.rows);
    if (!status)
        status = weft_store_each(o->options->store, o->options->embedding_model, false,
                                 visit_product, o, err);
    if (!status) status = weft_catalog_new(catalog, err);
    const char *id = o->rows.ids;
    for (size_t row = 0; row < o->rows.saved.rows && !status; row++, id = next_id(id)) {
        const weft_product gone = name_only(id), *product = &o->products[row];
        status = weft_catalog_add(*catalog, product->product_id ? product : &gone, err);
    }
    return status ? status : weft_catalog_finish(*catalog, err);
}

/* ---- the indexes ---- */

static weft_status check_index(const opening *o, const weft_index *index, const char *path,
                               weft_err *err) {
    size_t rows = o->rows.saved.rows;
    if (weft_index_dim(index) != o->options->dim)
        return weft_fail(err, WEFT_E_CONFLICT, "%s: dimension %zu, the model's is %zu", path,
                         weft_index_dim(index), o->options->dim);
    for (size_t row = rows; row < weft_index_rows(index); row++)
        if (weft_bitset_get(weft_index_present(index), row))
            return weft_fail(err, WEFT_E_FORMAT, "%s: has row %zu, there are %zu products", path,
                             row, rows);
    return WEFT_OK;
}

static weft_status open_indexes(const opening *o, weft_snapshot *snapshot, weft_err *err) {
    weft_index_stamp expected = {0};
    char path[PATH_MAX];
    weft_status status = WEFT_OK;
    memcpy(expected.model, o->rows.saved.embedding_model, sizeof expected.model);
    memcpy(expected.generation, o->rows.saved.generation, sizeof expected.generation);
    for (int kind = 0; kind < WEFT_KIND_COUNT && !status; kind++) {
        status = weft_snapshot_index_path(path, o->folder, (weft_embedding_kind)kind,
                                          expected.generation, err);
        if (!status) status = weft_index_open(&snapshot->index[kind], path, &expected, NULL, err);
        if (!status) status = check_index(o, snapshot->index[kind], path, err);
    }
    return status;
}

/* ---- the whole ---- */

static weft_status open_saved(opening *o, weft_snapshot *snapshot, weft_err *err) {
    snapshot->change_seq = o->rows.saved.change_seq;
    weft_status status = check_origin(o, err);
    if (!status) status = open_indexes(o, snapshot, err);
    if (!status) status = read_catalog(o, &snapshot->catalog, err);
    if (!status) status = weft_snapshot_learn(snapshot, o->options, err);
    if (status) return status;
    snapshot->pending = o->rows.saved.rows -
                        weft_bitset_popcount(weft_index_present(snapshot->index[WEFT_KIND_HYBRID]));
    return WEFT_OK;
}

static weft_status open_locked(weft_snapshot **out, const weft_snapshot_options *options,
                               const char *folder, weft_err *err) {
    opening o = {.options = options, .folder = folder};
    weft_file_map map;
    weft_status status = weft_snapshot_rows_open(&o.rows, &map, folder, err);
    if (status) return status;
    weft_snapshot *snapshot = weft_calloc(1, sizeof *snapshot);
    weft_arena_init(&o.arena, 1 << 18);
    if (!snapshot) status = weft_fail(err, WEFT_E_NOMEM, "snapshot");
    else atomic_init(&snapshot->holders, 1);
    if (!status) status = open_saved(&o, snapshot, err);
    weft_catalog_free(o.names);
    weft_free(o.products);
    weft_arena_deinit(&o.arena);
    weft_file_map_close(&map);
    if (status) weft_snapshot_release(snapshot);
    else *out = snapshot;
    return status;
}

weft_status weft_snapshot_open(weft_snapshot **out, const weft_snapshot_options *options,
                               const char *folder, weft_err *err) {
    weft_snapshot *saved, *fresh;
    int lock = -1;
    *out = NULL;
    if (!weft_dir_exists(folder))
        return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no indexes have been saved", folder);
    /* A folder that cannot be written to is no one's to change either. */
    if (weft_snapshot_lock(&lock, folder, true, NULL)) lock = -1;
    weft_status status = open_locked(&saved, options, folder, err);
    weft_snapshot_unlock(lock);
    if (status) return status;
    status = weft_snapshot_follow(&fresh, saved, options, err);
    if (status || fresh) weft_snapshot_release(saved);
    if (!status) *out = fresh ? fresh : saved;
    return status;
}

weft_status weft_snapshot_look(weft_snapshot_saved *saved, const char *folder, weft_err *err) {
    weft_snapshot_rows rows;
    weft_file_map map;
    weft_status status = weft_snapshot_rows_open(&rows, &map, folder, err);
    if (status) return status;
    *saved = rows.saved;
    weft_file_map_close(&map);
    return WEFT_OK;
}
