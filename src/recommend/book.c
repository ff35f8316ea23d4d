/* Pages in memory (pages.h): by ids in a book, by rows in a weft_pages. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/id_map.h"
#include "recommend/pages.h"

/* Products by the book's own numbers. */
typedef struct {
    uint32_t id;
    float cosine, relevance;
} similar_entry;

typedef struct {
    uint32_t id, photos;
    float score, cosine, pairing;
} complete_entry;

typedef struct {
    char digest[WEFT_PAGE_DIGEST_SIZE];
    unsigned char similar_count, complete_count; /* 0 of both and no digest: has no page */
    size_t total;
    similar_entry *similar; /* in the arena, as complete */
    complete_entry *complete;
} entry;

struct weft_book {
    weft_arena arena;
    weft_id_map numbers;
    const char **ids; /* [numbers.count] */
    entry *entries;   /* [numbers.count] */
    size_t capacity, count;
};

weft_status weft_book_new(weft_book **book, weft_err *err) {
    *book = weft_calloc(1, sizeof **book);
    if (!*book) return weft_fail(err, WEFT_E_NOMEM, "pages");
    weft_arena_init(&(*book)->arena, 1 << 20);
    weft_id_map_init(&(*book)->numbers);
    return WEFT_OK;
}

void weft_book_free(weft_book *book) {
    if (!book) return;
    weft_id_map_deinit(&book->numbers);
    weft_arena_deinit(&book->arena);
    weft_free(book->ids);
    weft_free(book->entries);
    weft_free(book);
}

size_t weft_book_count(const weft_book *book) { return book->count; }

/* ---- adding ---- */

static bool grow(weft_book *book) {
    size_t capacity = book->capacity ? book->capacity * 2 : 4096;
    const char **ids = weft_realloc(book->ids, capacity, sizeof *ids);
    if (ids) book->ids = ids;
    entry *entries = weft_realloc(book->entries, capacity, sizeof *entries);
    if (entries) book->entries = entries;
    if (!ids || !entries) return false;
    book->capacity = capacity;
    return true;
}

static bool number_of(weft_book *book, const char *id, uint32_t *number) {
    if (weft_id_map_get(&book->numbers, id, number)) return true;
    *number = (uint32_t)book->numbers.count;
    if (*number == book->capacity && !grow(book)) return false;
    const char *copy = weft_arena_strdup(&book->arena, id);
    if (!copy || weft_id_map_add(&book->numbers, copy, *number)) return false;
    book->ids[*number] = copy;
    book->entries[*number] = (entry){0};
    return true;
}

/* ["id", number, ...]: values[n] of the numbers; a null is NAN. False for anything else. */
static bool read_item(const json_t *item, const char **id, double *values, size_t n) {
    *id = json_string_value(json_array_get(item, 0));
    if (!*id || json_array_size(item) != n + 1) return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(item, i + 1);
        if (!json_is_number(value) && !json_is_null(value)) return false;
        values[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    return true;
}

/* False when out of memory; what is no list has no entries. */
static bool read_similar(weft_book *book, const char *text, entry *e) {
    json_t *list = json_loads(text, 0, NULL);
    size_t n = json_array_size(list);
    bool is_done = true;
    if (n > WEFT_PAGE_LENGTH) n = WEFT_PAGE_LENGTH;
    e->similar = weft_arena_alloc(&book->arena, n, sizeof *e->similar);
    for (size_t i = 0; i < n && e->similar && is_done; i++) {
        const char *id;
        double values[2];
        similar_entry *to = &e->similar[e->similar_count];
        if (!read_item(json_array_get(list, i), &id, values, 2)) continue;
        is_done = number_of(book, id, &to->id);
        to->cosine = (float)values[0];
        to->relevance = (float)values[1];
        e->similar_count++;
    }
    json_decref(list);
    return e->similar && is_done;
}

static bool read_complete(weft_book *book, const char *text, entry *e) {
    json_t *list = json_loads(text, 0, NULL);
    size_t n = json_array_size(list);
    bool is_done = true;
    if (n > WEFT_PAGE_LENGTH) n = WEFT_PAGE_LENGTH;
    e->complete = weft_arena_alloc(&book->arena, n, sizeof *e->complete);
    for (size_t i = 0; i < n && e->complete && is_done; i++) {
        const char *id;
        double values[4];
        complete_entry *to = &e->complete[e->complete_count];
        if (!read_item(json_array_get(list, i), &id, values, 4)) continue;
        is_done = number_of(book, id, &to->id);
        to->score = (float)values[0];
        to->cosine = (float)values[1];
        to->pairing = (float)values[2];
        to->photos = values[3] > 0 && values[3] < UINT32_MAX ? (uint32_t)values[3] : 0;
        e->complete_count++;
    }
    json_decref(list);
    return e->complete && is_done;
}

weft_status weft_book_add(weft_book *book, const weft_store_page *page, weft_err *err) {
    uint32_t number;
    entry fresh = {.total = page->total};
    if (strlen(page->digest) + 1 != WEFT_PAGE_DIGEST_SIZE) return WEFT_OK;
    memcpy(fresh.digest, page->digest, WEFT_PAGE_DIGEST_SIZE);
    if (!number_of(book, page->product_id, &number) || !read_similar(book, page->similar, &fresh) ||
        !read_complete(book, page->complete, &fresh))
        return weft_fail(err, WEFT_E_NOMEM, "pages");
    book->count += !book->entries[number].digest[0];
    book->entries[number] = fresh;
    return WEFT_OK;
}

/* ---- by rows ---- */

struct weft_pages {
    const weft_book *book;
    const weft_wardrobe *wardrobe;
    size_t rows;
    uint32_t *row_of;   /* [ids of the book]: UINT32_MAX: gone */
    uint32_t *entry_of; /* [rows]: UINT32_MAX: there is none, or it is old */
};

weft_status weft_pages_new(weft_pages **out, const weft_book *book, const weft_page_source *source,
                           weft_err *err) {
    const weft_catalog *catalog = source->wardrobe->shelf->catalog;
    size_t rows = weft_catalog_rows(catalog), ids = book->numbers.count;
    weft_pages *pages = weft_calloc(1, sizeof *pages);
    *out = NULL;
    if (!pages) return weft_fail(err, WEFT_E_NOMEM, "pages");
    pages->book = book;
    pages->wardrobe = source->wardrobe;
    pages->rows = rows;
    pages->row_of = weft_alloc(ids, sizeof *pages->row_of);
    pages->entry_of = weft_alloc(rows, sizeof *pages->entry_of);
    if (!pages->row_of || !pages->entry_of) {
        weft_pages_free(pages);
        return weft_fail(err, WEFT_E_NOMEM, "pages");
    }
    memset(pages->entry_of, 0xff, rows * sizeof *pages->entry_of);
    for (uint32_t number = 0; number < ids; number++) {
        char digest[WEFT_PAGE_DIGEST_SIZE];
        uint32_t *row = &pages->row_of[number];
        *row = UINT32_MAX;
        if (!weft_catalog_find(catalog, book->ids[number], row)) continue;
        if (!book->entries[number].digest[0]) continue;
        weft_page_digest(source, *row, digest);
        if (strcmp(digest, book->entries[number].digest) == 0) pages->entry_of[*row] = number;
    }
    *out = pages;
    return WEFT_OK;
}

void weft_pages_free(weft_pages *pages) {
    if (!pages) return;
    weft_free(pages->row_of);
    weft_free(pages->entry_of);
    weft_free(pages);
}

bool weft_pages_missing(const weft_pages *pages, uint32_t *row) {
    while (*row < pages->rows && pages->entry_of[*row] != UINT32_MAX) ++*row;
    return *row < pages->rows;
}

bool weft_pages_get(const weft_pages *pages, uint32_t row, weft_page *page) {
    if (pages->entry_of[row] == UINT32_MAX) return false;
    const entry *e = &pages->book->entries[pages->entry_of[row]];
    page->total = e->total;
    page->similar_count = page->complete_count = 0;
    for (size_t i = 0; i < e->similar_count; i++) {
        const similar_entry *from = &e->similar[i];
        uint32_t other = pages->row_of[from->id];
        if (other == UINT32_MAX || other == row) continue;
        weft_ranked *to = &page->similar[page->similar_count++];
        *to = (weft_ranked){.row = other, .score = {.relevance = from->relevance}};
        to->score.signals.cosine[WEFT_KIND_HYBRID] = from->cosine;
    }
    for (size_t i = 0; i < e->complete_count; i++) {
        const complete_entry *from = &e->complete[i];
        uint32_t other = pages->row_of[from->id];
        const weft_outfit_traits *traits = pages->wardrobe->traits;
        /* It may have become something else since. */
        if (other == UINT32_MAX ||
            !weft_outfit_fits_pair(pages->wardrobe->rules, &traits[row], &traits[other]))
            continue;
        page->complete[page->complete_count++] =
            (weft_look_piece){.row = other,
                              .slot = pages->wardrobe->traits[other].slot,
                              .score = from->score,
                              .cosine = from->cosine,
                              .pairing = from->pairing,
                              .photos = from->photos};
    }
    return true;
}
