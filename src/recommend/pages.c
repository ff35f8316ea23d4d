#include "recommend/pages.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* Goes up when pages are made in another way. */
static const uint64_t VERSION = 1;

/* ---- digests: FNV-1a ---- */

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
    return hash;
}

/* With its end, so that what is in one text is not in the next. */
static uint64_t add_text(uint64_t hash, const char *text) {
    return add_bytes(hash, text, strlen(text) + 1);
}

uint64_t weft_page_basis(const char *embedding_model, weft_str rules, int64_t edges) {
    uint64_t hash = add_text(UINT64_C(14695981039346656037), embedding_model);
    hash = add_bytes(hash, rules.data, rules.size);
    hash = add_bytes(hash, &edges, sizeof edges);
    return add_bytes(hash, &VERSION, sizeof VERSION);
}

void weft_page_digest(const weft_page_source *source, uint32_t row,
                      char digest[WEFT_PAGE_DIGEST_SIZE]) {
    const weft_product *p = weft_catalog_product(source->wardrobe->shelf->catalog, row);
    uint64_t hash = add_text(source->basis, p->product_id);
    hash = add_text(hash, p->product_display_name);
#define ADD(field) hash = add_text(hash, p->field);
    WEFT_PRODUCT_FACETS(ADD)
#undef ADD
    hash = add_text(hash, p->image_digest);
    hash = add_bytes(hash, &p->year, sizeof p->year);
    snprintf(digest, WEFT_PAGE_DIGEST_SIZE, "%016llx", (unsigned long long)hash);
}

/* ---- making ---- */

static weft_status make_similar(const weft_page_source *source, uint32_t row, const float *vector,
                                weft_arena *arena, weft_page *page, weft_err *err) {
    const weft_shelf *shelf = source->wardrobe->shelf;
    weft_rank_page ranked;
    const weft_rank_request request = {.catalog = shelf->catalog,
                                       .lexicon = source->lexicon,
                                       .indexes = shelf->indexes,
                                       .engine = shelf->engine,
                                       .kind = WEFT_KIND_HYBRID,
                                       .embedding = vector,
                                       .exclude = &row,
                                       .limit = WEFT_PAGE_LENGTH};
    weft_status status = weft_rank_run(&request, arena, &ranked, err);
    if (status) return status;
    page->similar_count = ranked.count;
    page->total = ranked.total;
    memcpy(page->similar, ranked.results, ranked.count * sizeof *page->similar);
    return WEFT_OK;
}

weft_status weft_page_make(const weft_page_source *source, uint32_t row, weft_arena *arena,
                           weft_page *page, weft_err *err) {
    const weft_shelf *shelf = source->wardrobe->shelf;
    const weft_look_request look = {.wardrobe = source->wardrobe,
                                    .pieces = &row,
                                    .piece_count = 1,
                                    .occasion = -1,
                                    .limit = WEFT_PAGE_LENGTH};
    weft_look_piece *pieces;
    const float *vector;
    float *scratch = weft_arena_alloc(arena, shelf->dim, sizeof *scratch);
    *page = (weft_page){0};
    if (!scratch) return weft_fail(err, WEFT_E_NOMEM, "a page");
    weft_status status = weft_shelf_vector(shelf, row, scratch, &vector, err);
    if (!status && vector) status = make_similar(source, row, vector, arena, page, err);
    /* What is never part of an outfit has nothing that completes it. */
    if (status || source->wardrobe->traits[row].slot < 0) return status;
    status = weft_look_complete(&look, arena, &pieces, &page->complete_count, err);
    if (!status) memcpy(page->complete, pieces, page->complete_count * sizeof *page->complete);
    return status;
}

/* ---- as JSON ---- */

static const char *take_text(weft_buf *out, weft_arena *arena) {
    const char *text = weft_buf_ok(out) ? weft_arena_strdup(arena, out->data) : NULL;
    weft_buf_deinit(out);
    return text;
}

static const char *write_similar(const weft_catalog *catalog, const weft_page *page,
                                 weft_arena *arena) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_array(&j);
    for (size_t i = 0; i < page->similar_count; i++) {
        const weft_ranked *one = &page->similar[i];
        weft_json_array(&j);
        weft_json_string(&j, weft_catalog_product(catalog, one->row)->product_id);
        weft_json_float(&j, one->score.signals.cosine[WEFT_KIND_HYBRID]);
        weft_json_float(&j, one->score.relevance);
        weft_json_end(&j);
    }
    weft_json_end(&j);
    return take_text(&out, arena);
}

static const char *write_complete(const weft_catalog *catalog, const weft_page *page,
                                  weft_arena *arena) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_array(&j);
    for (size_t i = 0; i < page->complete_count; i++) {
        const weft_look_piece *one = &page->complete[i];
        weft_json_array(&j);
        weft_json_string(&j, weft_catalog_product(catalog, one->row)->product_id);
        weft_json_float(&j, one->score);
        weft_json_float(&j, one->cosine);
        weft_json_float(&j, one->pairing);
        weft_json_int(&j, one->photos);
        weft_json_end(&j);
    }
    weft_json_end(&j);
    return take_text(&out, arena);
}

weft_status weft_page_write(const weft_page_source *source, uint32_t row, const weft_page *page,
                            weft_arena *arena, weft_store_page *stored, weft_err *err) {
    const weft_catalog *catalog = source->wardrobe->shelf->catalog;
    char digest[WEFT_PAGE_DIGEST_SIZE];
    weft_page_digest(source, row, digest);
    *stored = (weft_store_page){.product_id = weft_catalog_product(catalog, row)->product_id,
                                .digest = weft_arena_strdup(arena, digest),
                                .similar = write_similar(catalog, page, arena),
                                .complete = write_complete(catalog, page, arena),
                                .total = page->total};
    bool is_whole = stored->digest && stored->similar && stored->complete;
    return is_whole ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "a page");
}
