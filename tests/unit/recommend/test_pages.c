/* Pages of products: made, kept in a store, read back as rows, and old when what they were made
 * from changes. */
#include "outfit_oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "recommend/pages.h"

enum { ROWS = 200, DIM = 16 };

static char folder[64];
static weft_store *store;
static weft_pairing *pairing;
static weft_product products[ROWS];
static char ids[ROWS][16];
static float (*vectors)[DIM];

/* A catalog of some of the products, and all that pages are made from. */
typedef struct {
    weft_catalog *catalog;
    weft_index *indexes[WEFT_KIND_COUNT];
    weft_lexicon *lexicon;
    weft_shelf *shelf;
    weft_wardrobe *wardrobe;
    weft_page_source source;
} stock;

static void open_stock(stock *s, size_t without) {
    float(*rows)[DIM] = weft_calloc(ROWS, sizeof *rows);
    size_t n = 0;
    assert_int_equal(weft_catalog_new(&s->catalog, NULL), WEFT_OK);
    for (size_t i = 0; i < ROWS; i++) {
        if (i == without) continue;
        assert_int_equal(weft_catalog_add(s->catalog, &products[i], NULL), WEFT_OK);
        memcpy(rows[n++], vectors[i], sizeof *rows);
    }
    assert_int_equal(weft_catalog_finish(s->catalog, NULL), WEFT_OK);
    const weft_index_source source = {.vectors = rows[0], .rows = n, .dim = DIM};
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++)
        assert_int_equal(weft_index_flat_new(&s->indexes[kind], &source, NULL), WEFT_OK);
    assert_int_equal(weft_lexicon_new(&s->lexicon, s->catalog, &(weft_synonyms){0}, NULL), WEFT_OK);
    assert_int_equal(weft_shelf_new(&s->shelf, s->catalog, s->indexes, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_wardrobe_new(&s->wardrobe, s->shelf, rules, pairing, NULL, 0, NULL),
                     WEFT_OK);
    s->source = (weft_page_source){s->wardrobe, s->lexicon, 7};
    weft_free(rows);
}

static void close_stock(stock *s) {
    weft_wardrobe_free(s->wardrobe);
    weft_shelf_free(s->shelf);
    weft_lexicon_free(s->lexicon);
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++) weft_index_free(s->indexes[kind]);
    weft_catalog_free(s->catalog);
}

static int set_up(void **state) {
    char url[128];
    weft_store_put_result result = {0};
    if (shop_set_up(state) || weft_pairing_parse(&pairing, weft_pairing_default(), NULL)) return -1;
    vectors = weft_calloc(ROWS, sizeof *vectors);
    for (size_t i = 0; i < ROWS && vectors; i++) {
        float squares = 0;
        snprintf(ids[i], sizeof ids[i], "p%03zu", i);
        products[i] = random_product();
        products[i].product_id = ids[i];
        products[i].price = 10;
        for (int d = 0; d < DIM; d++) vectors[i][d] = (float)below(1000) / 500 - 1;
        for (int d = 0; d < DIM; d++) squares += vectors[i][d] * vectors[i][d];
        for (int d = 0; d < DIM; d++) vectors[i][d] /= sqrtf(squares);
    }
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!vectors || !mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    return weft_store_open(&store, url, NULL) ||
                   weft_store_put_products(store, products, ROWS, &result, NULL)
               ? -1
               : 0;
}

static int tear_down(void **state) {
    char command[128];
    weft_store_close(store);
    weft_pairing_free(pairing);
    weft_free(vectors);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return shop_tear_down(state) || system(command);
}

static weft_status add_page(void *context, const weft_store_page *page, weft_err *err) {
    return weft_book_add(context, page, err);
}

static size_t count_missing(const weft_pages *pages) {
    size_t n = 0;
    for (uint32_t row = 0; weft_pages_missing(pages, &row); row++) n++;
    return n;
}

static weft_pages *read_pages(const stock *s, weft_book **book) {
    weft_pages *pages;
    assert_int_equal(weft_book_new(book, NULL), WEFT_OK);
    assert_int_equal(weft_store_each_page(store, add_page, *book, NULL), WEFT_OK);
    assert_int_equal(weft_pages_new(&pages, *book, &s->source, NULL), WEFT_OK);
    return pages;
}

static void make_all(const stock *s) {
    uint32_t rows[ROWS];
    size_t n = weft_catalog_rows(s->catalog);
    for (uint32_t row = 0; row < n; row++) rows[row] = row;
    assert_int_equal(weft_pages_make(&s->source, store, rows, n, 2, NULL, NULL), WEFT_OK);
}

static void assert_near(float a, float b) {
    assert_true(isnan(a) ? isnan(b) : fabsf(a - b) < 1e-5f);
}

static void pages_come_back_as_they_were_made(void **state) {
    (void)state;
    stock s;
    weft_book *book;
    weft_arena arena;
    weft_page made, *back = weft_calloc(1, sizeof *back);
    open_stock(&s, ROWS);
    make_all(&s);
    weft_pages *pages = read_pages(&s, &book);
    assert_int_equal(count_missing(pages), 0);
    assert_int_equal(weft_book_count(book), ROWS);
    size_t complete = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        weft_arena_init(&arena, 1 << 18);
        assert_int_equal(weft_page_make(&s.source, row, &arena, &made, NULL), WEFT_OK);
        assert_true(weft_pages_get(pages, row, back));
        assert_int_equal(back->total, made.total);
        assert_int_equal(back->similar_count, WEFT_PAGE_LENGTH);
        for (size_t i = 0; i < made.similar_count; i++) {
            assert_int_equal(back->similar[i].row, made.similar[i].row);
            assert_near(back->similar[i].score.relevance, made.similar[i].score.relevance);
        }
        assert_int_equal(back->complete_count, made.complete_count);
        for (size_t i = 0; i < made.complete_count; i++) {
            assert_int_equal(back->complete[i].row, made.complete[i].row);
            assert_int_equal(back->complete[i].slot, made.complete[i].slot);
            assert_near(back->complete[i].score, made.complete[i].score);
            assert_near(back->complete[i].pairing, made.complete[i].pairing);
        }
        complete += made.complete_count;
        weft_arena_deinit(&arena);
    }
    assert_true(complete > ROWS);
    weft_pages_free(pages);
    weft_book_free(book);
    close_stock(&s);
    weft_free(back);
}

static void what_a_page_was_made_from_makes_it_old(void **state) {
    (void)state;
    stock s;
    weft_book *book;
    open_stock(&s, ROWS);
    make_all(&s);
    close_stock(&s);
    const weft_product before = products[5];
    products[5].base_color = "Glaucous and more";
    open_stock(&s, ROWS);
    weft_pages *pages = read_pages(&s, &book);
    uint32_t row = 0;
    assert_int_equal(count_missing(pages), 1);
    assert_true(weft_pages_missing(pages, &row));
    assert_string_equal(weft_catalog_product(s.catalog, row)->product_id, "p005");
    weft_pages_free(pages);

    products[5] = before;
    close_stock(&s);
    open_stock(&s, ROWS);
    s.source.basis = weft_page_basis("another model", weft_outfit_rules_default(), 0);
    assert_int_equal(weft_pages_new(&pages, book, &s.source, NULL), WEFT_OK);
    assert_int_equal(count_missing(pages), ROWS);
    weft_pages_free(pages);
    weft_book_free(book);
    close_stock(&s);
}

static void products_that_are_gone_are_in_no_page(void **state) {
    (void)state;
    stock s;
    weft_book *book;
    weft_page *page = weft_calloc(1, sizeof *page);
    open_stock(&s, ROWS);
    make_all(&s);
    close_stock(&s);
    open_stock(&s, 7);
    weft_pages *pages = read_pages(&s, &book);
    assert_int_equal(count_missing(pages), 0);
    size_t shorter = 0;
    for (uint32_t row = 0; row < ROWS - 1; row++) {
        assert_true(weft_pages_get(pages, row, page));
        shorter += page->similar_count < WEFT_PAGE_LENGTH;
        for (size_t i = 0; i < page->similar_count; i++)
            assert_true(page->similar[i].row < ROWS - 1);
        for (size_t i = 0; i < page->complete_count; i++) {
            const weft_product *const two[] = {
                weft_catalog_product(s.catalog, row),
                weft_catalog_product(s.catalog, page->complete[i].row)};
            assert_int_equal(first_broken(two, 2, false), WEFT_OUTFIT_FITS);
        }
    }
    assert_true(shorter > 0); /* it was in some */
    weft_pages_free(pages);
    weft_book_free(book);
    close_stock(&s);
    weft_free(page);
}

static void what_is_no_page_is_left_out(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "[",
                                        "{}",
                                        "7",
                                        "[1]",
                                        "[[]]",
                                        "[[\"p001\"]]",
                                        "[[\"p001\",\"x\",1]]",
                                        "[[\"p001\",0.5,0.5,0.5,1]]"};
    stock s;
    weft_book *book;
    weft_pages *pages;
    weft_page *page = weft_calloc(1, sizeof *page);
    char digest[WEFT_PAGE_DIGEST_SIZE];
    open_stock(&s, ROWS);
    weft_page_digest(&s.source, 0, digest);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(weft_book_new(&book, NULL), WEFT_OK);
        const weft_store_page odd = {ids[0], digest, texts[i], texts[i], 3};
        const weft_store_page foreign = {ids[1], "short", "[]", "[]", 3};
        assert_int_equal(weft_book_add(book, &odd, NULL), WEFT_OK);
        assert_int_equal(weft_book_add(book, &foreign, NULL), WEFT_OK);
        assert_int_equal(weft_book_count(book), 1);
        assert_int_equal(weft_pages_new(&pages, book, &s.source, NULL), WEFT_OK);
        assert_true(weft_pages_get(pages, 0, page));
        assert_int_equal(page->similar_count, 0);
        assert_true(page->complete_count <= 1);
        assert_false(weft_pages_get(pages, 1, page));
        weft_pages_free(pages);
        weft_book_free(book);
    }
    close_stock(&s);
    weft_free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_come_back_as_they_were_made),
        cmocka_unit_test(what_a_page_was_made_from_makes_it_old),
        cmocka_unit_test(products_that_are_gone_are_in_no_page),
        cmocka_unit_test(what_is_no_page_is_left_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
