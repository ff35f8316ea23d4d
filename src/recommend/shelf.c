#include "recommend/shelf.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PRICE_BANDS = 10, KEPT_BYTES = 64 << 20 };

/* Vectors by row, each put there once by whoever asked first. */
struct weft_shelf_kept {
    atomic_size_t left; /* how many more are kept */
    _Atomic(float *) of_rows[];
};

static const weft_facet facet_of[] = {[WEFT_TRAIT_TYPE] = WEFT_FACET_article_type,
                                      [WEFT_TRAIT_COLOR] = WEFT_FACET_base_color,
                                      [WEFT_TRAIT_GENDER] = WEFT_FACET_gender,
                                      [WEFT_TRAIT_USAGE] = WEFT_FACET_usage};
enum { FACETS = sizeof facet_of / sizeof *facet_of };

static uint32_t *column(weft_shelf *shelf, weft_trait trait, size_t values) {
    uint32_t *of_rows =
        weft_arena_alloc(&shelf->arena, weft_catalog_rows(shelf->catalog), sizeof *of_rows);
    shelf->values[trait] = of_rows;
    shelf->value_count[trait] = values;
    return of_rows;
}

static bool note_facet(weft_shelf *shelf, weft_trait trait) {
    const weft_catalog_facet *facet = weft_catalog_facet_of(shelf->catalog, facet_of[trait]);
    uint32_t *of_rows = column(shelf, trait, facet->value_count);
    for (size_t row = 0; of_rows && row < weft_catalog_rows(shelf->catalog); row++)
        of_rows[row] = facet->values[facet->codes[row]][0] ? facet->codes[row] : UINT32_MAX;
    return of_rows != NULL;
}

static int compare_prices(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Prices that are equal are in one band. */
static bool note_prices(weft_shelf *shelf) {
    size_t rows = weft_catalog_rows(shelf->catalog);
    uint32_t *of_rows = column(shelf, WEFT_TRAIT_PRICE, PRICE_BANDS);
    double *sorted = weft_alloc(rows ? rows : 1, sizeof *sorted);
    bool is_done = of_rows && sorted;
    for (uint32_t row = 0; row < rows && is_done; row++)
        sorted[row] = weft_catalog_product(shelf->catalog, row)->price;
    if (is_done) qsort(sorted, rows, sizeof *sorted, compare_prices);
    for (uint32_t row = 0; row < rows && is_done; row++) {
        double price = weft_catalog_product(shelf->catalog, row)->price;
        uint32_t band = 0;
        while (band + 1 < PRICE_BANDS && price >= sorted[(band + 1) * rows / PRICE_BANDS]) band++;
        of_rows[row] = band;
    }
    weft_free(sorted);
    return is_done;
}

static weft_status note_brands(weft_shelf *shelf, weft_err *err) {
    weft_stemmer *stemmer;
    weft_status status = weft_stemmer_new(&stemmer, err);
    if (status) return status;
    status = weft_brands_find(&shelf->brands, shelf->catalog, stemmer, &shelf->arena, err);
    weft_stemmer_free(stemmer);
    shelf->values[WEFT_TRAIT_BRAND] = shelf->brands.row_brand;
    shelf->value_count[WEFT_TRAIT_BRAND] = shelf->brands.count;
    return status;
}

static bool count_shares(weft_shelf *shelf, weft_trait trait) {
    size_t known = 0, rows = weft_catalog_rows(shelf->catalog);
    float *share = weft_arena_calloc(&shelf->arena, shelf->value_count[trait], sizeof *share);
    if (!share) return false;
    for (size_t row = 0; row < rows; row++) {
        uint32_t value = shelf->values[trait][row];
        if (value == UINT32_MAX) continue;
        share[value]++;
        known++;
    }
    for (size_t value = 0; value < shelf->value_count[trait] && known; value++)
        share[value] /= (float)known;
    shelf->share[trait] = share;
    return true;
}

/* ---- vectors ---- */

static weft_status read_vector(const weft_shelf *shelf, uint32_t row, float *out, bool *found,
                               weft_err *err) {
    if (shelf->engine)
        return weft_engine_vector(shelf->engine, WEFT_KIND_HYBRID,
                                  weft_catalog_product(shelf->catalog, row)->product_id, out, found,
                                  err);
    *found = weft_index_vector(shelf->indexes[WEFT_KIND_HYBRID], row, out);
    return WEFT_OK;
}

/* A place for one more vector; NULL when there is none, or no memory: it is then not kept. */
static float *take_place(const weft_shelf *shelf) {
    size_t left = atomic_load(&shelf->kept->left);
    while (left && !atomic_compare_exchange_weak(&shelf->kept->left, &left, left - 1)) {
    }
    return left ? weft_alloc(shelf->dim, sizeof(float)) : NULL;
}

weft_status weft_shelf_vector(const weft_shelf *shelf, uint32_t row, float *scratch,
                              const float **vector, weft_err *err) {
    bool found = false;
    float *none = NULL;
    *vector = atomic_load_explicit(&shelf->kept->of_rows[row], memory_order_acquire);
    if (*vector) return WEFT_OK;
    weft_status status = read_vector(shelf, row, scratch, &found, err);
    if (status || !found) return status;
    *vector = scratch;
    float *place = take_place(shelf);
    if (!place) return WEFT_OK;
    memcpy(place, scratch, shelf->dim * sizeof *place);
    if (!atomic_compare_exchange_strong(&shelf->kept->of_rows[row], &none, place)) {
        weft_free(place); /* another thread was faster */
        atomic_fetch_add(&shelf->kept->left, 1);
    }
    return WEFT_OK;
}

static bool init_kept(weft_shelf *shelf) {
    size_t rows = weft_catalog_rows(shelf->catalog);
    shelf->dim = weft_index_dim(shelf->indexes[WEFT_KIND_HYBRID]);
    shelf->kept = weft_calloc(1, sizeof *shelf->kept + rows * sizeof *shelf->kept->of_rows);
    if (!shelf->kept) return false;
    atomic_init(&shelf->kept->left, KEPT_BYTES / (shelf->dim * sizeof(float)));
    return true;
}

static void free_kept(weft_shelf *shelf) {
    if (!shelf->kept) return;
    for (size_t row = 0; row < weft_catalog_rows(shelf->catalog); row++)
        weft_free(atomic_load(&shelf->kept->of_rows[row]));
    weft_free(shelf->kept);
}

/* ---- shelves ---- */

weft_status weft_shelf_new(weft_shelf **out, const weft_catalog *catalog,
                           weft_index *const *indexes, weft_engine *engine, weft_err *err) {
    weft_shelf *shelf = weft_calloc(1, sizeof *shelf);
    *out = NULL;
    if (!shelf) return weft_fail(err, WEFT_E_NOMEM, "shelf");
    shelf->catalog = catalog;
    shelf->indexes = indexes;
    shelf->engine = engine;
    weft_arena_init(&shelf->arena, 0);
    weft_status status = note_brands(shelf, err);
    bool is_whole = !status && init_kept(shelf) && note_prices(shelf);
    for (int trait = 0; trait < FACETS && is_whole; trait++)
        is_whole = note_facet(shelf, (weft_trait)trait);
    for (int trait = 0; trait < WEFT_TRAIT_COUNT && is_whole; trait++)
        is_whole = count_shares(shelf, (weft_trait)trait);
    for (uint32_t row = 0; row < weft_catalog_rows(catalog); row++) {
        int32_t year = weft_catalog_product(catalog, row)->year;
        if (year > shelf->newest_year) shelf->newest_year = year;
    }
    if (!status && !is_whole) status = weft_fail(err, WEFT_E_NOMEM, "shelf");
    if (status) weft_shelf_free(shelf);
    else *out = shelf;
    return status;
}

void weft_shelf_free(weft_shelf *shelf) {
    if (!shelf) return;
    free_kept(shelf);
    weft_arena_deinit(&shelf->arena);
    weft_free(shelf);
}

const char *weft_shelf_name(const weft_shelf *shelf, weft_trait trait, uint32_t value) {
    if (trait == WEFT_TRAIT_BRAND) return shelf->brands.names[value];
    return weft_catalog_facet_of(shelf->catalog, facet_of[trait])->values[value];
}
