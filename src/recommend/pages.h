/* pages.h - what product pages show, worked out beforehand: similar products and what completes
 * the look, of the whole catalog.
 *
 * A page holds as long as its digest does: of the product, of the model, and of the rules of
 * outfits. What has become old is worked out anew, by `weft recommend build` or by a server in
 * between; until then, and for all other questions, lists are made when they are asked for. Pages
 * are kept in the store (product_pages) and, in memory, in a book, which knows ids; what they are
 * of a snapshot's rows says a weft_pages. */
#ifndef WEFT_RECOMMEND_PAGES_H
#define WEFT_RECOMMEND_PAGES_H

#include <stdatomic.h>

#include "recommend/look.h"
#include "search/rank.h"

enum { WEFT_PAGE_LENGTH = 24 /* products of each list */ };

/* A page as rows of a shelf. */
typedef struct {
    weft_ranked similar[WEFT_PAGE_LENGTH];      /* [similar_count], best first */
    weft_look_piece complete[WEFT_PAGE_LENGTH]; /* [complete_count], slots by turns */
    size_t similar_count, complete_count;
    size_t total; /* products that are similar, however little */
} weft_page;

/* What pages are made from; not owned. */
typedef struct {
    const weft_wardrobe *wardrobe;
    const weft_lexicon *lexicon;
    uint64_t basis; /* weft_page_basis */
} weft_page_source;

/* A number that stands for the model, the table of rules and the edges that pages were made by. */
uint64_t weft_page_basis(const char *embedding_model, weft_str rules, int64_t edges);

/* The digest of a row's page: hexadecimal. */
enum { WEFT_PAGE_DIGEST_SIZE = 17 };
void weft_page_digest(const weft_page_source *source, uint32_t row,
                      char digest[WEFT_PAGE_DIGEST_SIZE]);

/* Makes a page. Takes some milliseconds. Fails as weft_rank_run and weft_look_complete. */
weft_status weft_page_make(const weft_page_source *source, uint32_t row, weft_arena *arena,
                           weft_page *page, weft_err *err);

/* A page as the store has it, its texts in the arena; and back. WEFT_E_NOMEM. */
weft_status weft_page_write(const weft_page_source *source, uint32_t row, const weft_page *page,
                            weft_arena *arena, weft_store_page *stored, weft_err *err);

/* ---- in memory ---- */

typedef struct weft_book weft_book; /* one thread, until no more is added */

weft_status weft_book_new(weft_book **book, weft_err *err);
void weft_book_free(weft_book *book); /* NULL is fine */

/* Adds a page, or puts it in the place of the one that the product has. What is not such a page is
 * left out: it will be made anew. WEFT_E_NOMEM. */
weft_status weft_book_add(weft_book *book, const weft_store_page *page, weft_err *err);
size_t weft_book_count(const weft_book *book);

/* Immutable, any number of threads. */
typedef struct weft_pages weft_pages;

/* The book's pages as rows, those whose digests hold. The book must outlive them, and nothing be
 * added to it meanwhile. WEFT_E_NOMEM. */
weft_status weft_pages_new(weft_pages **pages, const weft_book *book,
                           const weft_page_source *source, weft_err *err);
void weft_pages_free(weft_pages *pages); /* NULL is fine */

/* The next row from `row` on that has no page; false when all have. */
bool weft_pages_missing(const weft_pages *pages, uint32_t *row);

/* Makes pages of rows[n] and puts them into the store, on so many threads (0: one per processor).
 * A page that the store's product has no more is passed over. WEFT_E_CANCELLED when *cancel (which
 * may be NULL) turns true: then none of them is written. */
weft_status weft_pages_make(const weft_page_source *source, weft_store *store, const uint32_t *rows,
                            size_t n, size_t threads, const atomic_bool *cancel, weft_err *err);

/* Reads a row's page; false when there is none. Products that are gone are left out. */
bool weft_pages_get(const weft_pages *pages, uint32_t row, weft_page *page);

#endif
