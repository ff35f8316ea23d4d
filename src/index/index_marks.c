/* index_marks.c - which rows have a vector, without the vectors: they are in another process
 * (src/engine), which is asked in place of the index. */
#include "base/mem.h"
#include "index/index_internal.h"

static weft_status fail_search(weft_err *err) {
    return weft_fail(err, WEFT_E_UNSUPPORTED, "index: it has no vectors to search");
}

static weft_status marks_search(const weft_index *index, const weft_index_query *query,
                                weft_hit *hits, size_t *n, weft_err *err) {
    (void)index, (void)query, (void)hits, (void)n;
    return fail_search(err);
}

static weft_status marks_apply(weft_index **fresh, const weft_index *old,
                               const weft_index_change *changes, size_t n, weft_err *err) {
    size_t rows = old->rows;
    for (size_t i = 0; i < n; i++)
        if ((changes[i].vector || changes[i].moves) && changes[i].row >= rows)
            rows = (size_t)changes[i].row + 1;
    weft_bitset present;
    weft_status status = weft_bitset_init(&present, rows, err);
    if (status) return status;
    for (size_t row = 0; row < old->rows; row++)
        if (weft_bitset_get(&old->present, row)) weft_bitset_set(&present, row);
    for (size_t i = 0; i < n; i++) {
        bool is_there = changes[i].vector != NULL;
        if (changes[i].moves && changes[i].from < rows) {
            is_there = weft_bitset_get(&present, changes[i].from);
            weft_bitset_unset(&present, changes[i].from);
        }
        if (is_there) weft_bitset_set(&present, changes[i].row);
        else if (changes[i].row < rows) weft_bitset_unset(&present, changes[i].row);
    }
    status = weft_index_marks_new(fresh, &present, old->dim, err);
    weft_bitset_deinit(&present);
    return status;
}

static weft_status marks_verify(const weft_index *index, weft_err *err) {
    (void)index, (void)err;
    return WEFT_OK;
}

static double marks_wear(const weft_index *index) {
    (void)index;
    return 0;
}

static void marks_free(weft_index *index) {
    weft_bitset_deinit(&index->present);
    weft_free(index);
}

static const weft_index_engine engine = {
    "marks", marks_search, NULL, marks_apply, marks_verify, NULL, NULL, marks_wear, marks_free};

weft_status weft_index_marks_new(weft_index **out, const weft_bitset *present, size_t dim,
                                 weft_err *err) {
    const weft_index_source source = {.rows = present->count, .dim = dim, .present = present};
    *out = NULL;
    weft_index *index = weft_calloc(1, sizeof *index);
    if (!index) return weft_fail(err, WEFT_E_NOMEM, "index of %zu rows", present->count);
    weft_status status = weft_index_init(index, &engine, &source, err);
    if (status) marks_free(index);
    else *out = index;
    return status;
}
