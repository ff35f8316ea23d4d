/* What every place where vectors are searched must do, seen from search.h: the indexes in
 * memory, and each engine of engine.h. Run over each of them:
 *
 *   test_engine memory | pgvector (by tests/postgres/with.sh) | ENGINE_URL
 *
 * All that is found is compared with a plain scan over the vectors that were put. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clip/clip.h"
#include "engine/engine.h"
#include "postgres_database.h"
#include "search/search.h"
#include "sync/snapshot.h"

enum { DIM = 32, COUNT = 300, MAX_COUNT = 6000 };
static const char model[] = "test@0123456789abcdef";

static const char *engine_url; /* NULL: memory */
static char folder[64], url[256];
static weft_store *store;
static weft_engine *engine;
static weft_snapshot *snapshot;
static weft_arena arena;

/* What has been put: product i is "p%04d". */
static struct {
    char id[16];
    bool is_there, has[WEFT_KIND_COUNT];
    float vectors[WEFT_KIND_COUNT][DIM];
} put[MAX_COUNT];
static int put_count;

/* ---- the world ---- */

static unsigned seed;

static float noise(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / (float)(1u << 24) - 0.5f;
}

static void random_vector(float *out) {
    for (int j = 0; j < DIM; j++) out[j] = noise();
    weft_vector_normalize(out, DIM);
}

static weft_product product_of(int i) {
    static const char *const colors[] = {"Red", "blue", "Navy Blue", "", "Off \"White\""};
    static const char *const types[] = {"Dresses", "Shirts", "Shoes"};
    return (weft_product){
        .product_id = put[i].id,
        .product_display_name = "name",
        .master_category = "Apparel",
        .sub_category = i % 50 ? "Many" : "Few",
        .article_type = types[i % 3],
        .base_color = colors[i % 5],
        .gender = i % 2 ? "Women" : "Men",
        .season = i == 7 ? "Only" : "",
        .usage = "",
        .year = i % 4 ? 2010 + i % 7 : 0,
        .price = 10 + i,
        .image_path = "",
        .image_digest = "",
    };
}

static void put_products(int first, int n) {
    static weft_product products[MAX_COUNT];
    weft_store_put_result result = {0};
    weft_err err = {0};
    for (int i = 0; i < n; i++) {
        snprintf(put[first + i].id, sizeof put[0].id, "p%04d", first + i);
        put[first + i].is_there = true;
        products[i] = product_of(first + i);
    }
    if (weft_store_put_products(store, products, (size_t)n, &result, &err))
        fail_msg("%s", err.message);
    if (first + n > put_count) put_count = first + n;
}

static const float *vector_of(int i, int kind) {
    return put[i].has[kind] ? put[i].vectors[kind] : NULL;
}

static void put_embeddings(int first, int n) {
    static weft_embedding rows[MAX_COUNT];
    weft_err err = {0};
    for (int i = 0; i < n; i++)
        rows[i] = (weft_embedding){
            .product_id = put[first + i].id,
            .embedding_model = model,
            .text_digest = "t",
            .image_digest = "",
            .dim = DIM,
            .image_embedding = vector_of(first + i, WEFT_KIND_IMAGE),
            .text_embedding = vector_of(first + i, WEFT_KIND_TEXT),
            .hybrid_embedding = vector_of(first + i, WEFT_KIND_HYBRID),
        };
    if (weft_store_put_embeddings(store, rows, (size_t)n, &err)) fail_msg("%s", err.message);
}

/* Every ninth has no photo; the twins 20 and 21, 30 and 31 are equal. */
static void make_vectors(int first, int n) {
    for (int i = first; i < first + n; i++)
        for (int kind = 0; kind < WEFT_KIND_COUNT; kind++) {
            put[i].has[kind] = kind != WEFT_KIND_IMAGE || i % 9 != 0;
            random_vector(put[i].vectors[kind]);
            if (i == 21 || i == 31)
                memcpy(put[i].vectors[kind], put[i - 1].vectors[kind], sizeof put[i].vectors[kind]);
        }
}

static weft_snapshot_options snapshot_options(void) {
    return (weft_snapshot_options){
        .store = store, .embedding_model = model, .dim = DIM, .engine = engine, .threads = 1};
}

/* Brings the engine and the snapshot up to the store, as sync/live.c does. */
static void follow(void) {
    const weft_snapshot_options options = snapshot_options();
    weft_snapshot *fresh = NULL;
    weft_err err = {0};
    if (engine && weft_engine_follow(engine, NULL, &err)) fail_msg("%s", err.message);
    weft_status status =
        snapshot ? weft_snapshot_follow(&fresh, snapshot, &options, &err) : WEFT_E_LIMIT;
    if (status == WEFT_E_LIMIT) status = weft_snapshot_load(&fresh, &options, &err);
    if (status) fail_msg("%s", err.message);
    if (!fresh) return;
    weft_snapshot_release(snapshot);
    snapshot = fresh;
}

static void open_engine(void) {
    const weft_engine_options options = {.store = store, .embedding_model = model, .dim = DIM};
    weft_err err = {0};
    if (engine_url && weft_engine_open(&engine, engine_url, &options, &err))
        fail_msg("%s", err.message);
}

static bool uses_postgres(void) { return engine_url && strcmp(engine_url, "pgvector") == 0; }

static int set_up(void **state) {
    weft_err err = {0};
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    if (uses_postgres()) postgres_make(url, sizeof url);
    seed = 1;
    put_count = 0;
    memset(put, 0, sizeof put);
    weft_arena_init(&arena, 0);
    if (weft_store_open(&store, url, &err)) fail_msg("%s", err.message);
    make_vectors(0, COUNT);
    put_products(0, COUNT);
    put_embeddings(0, COUNT);
    open_engine();
    follow();
    return 0;
}

static int tear_down(void **state) {
    char command[128];
    (void)state;
    weft_snapshot_release(snapshot);
    snapshot = NULL;
    weft_engine_close(engine);
    engine = NULL;
    weft_store_close(store);
    weft_arena_deinit(&arena);
    if (uses_postgres()) postgres_remove(url);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* ---- asking, and the plain scan ---- */

typedef struct {
    weft_embedding_kind kind;
    const float *embedding;
    const char *filter; /* JSON; NULL: none */
    const char *exclude;
    size_t offset, limit;
} question;

static weft_search_page ask(const question *q) {
    weft_search_page page;
    weft_err err = {0};
    uint32_t row;
    weft_search_request request = {
        .catalog = snapshot->catalog,
        .index = snapshot->index[q->kind],
        .engine = snapshot->engine,
        .kind = q->kind,
        .embedding = q->embedding,
        .offset = q->offset,
        .limit = q->limit,
    };
    if (q->filter &&
        weft_filter_parse_text(&request.filter, q->filter, strlen(q->filter), &arena, &err))
        fail_msg("%s", err.message);
    if (q->exclude) {
        assert_true(weft_catalog_find(snapshot->catalog, q->exclude, &row));
        request.exclude = &row;
    }
    if (weft_search_run(&request, &arena, &page, &err)) fail_msg("%s", err.message);
    return page;
}

typedef struct {
    int i;
    double score;
} scored;

static int by_score(const void *a, const void *b) {
    const scored *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return strcmp(put[x->i].id, put[y->i].id);
}

static bool passes(const weft_bitset *rows, const char *id) {
    uint32_t row;
    return weft_catalog_find(snapshot->catalog, id, &row) && weft_bitset_get(rows, row);
}

/* All that must be found, best first. */
static size_t scan(const question *q, scored *out) {
    const weft_filter *filter = NULL;
    weft_bitset rows;
    size_t n = 0;
    if (q->filter)
        assert_int_equal(
            weft_filter_parse_text(&filter, q->filter, strlen(q->filter), &arena, NULL), WEFT_OK);
    assert_int_equal(weft_filter_apply(filter, snapshot->catalog, &rows, NULL), WEFT_OK);
    for (int i = 0; i < put_count; i++) {
        if (!put[i].is_there || !put[i].has[q->kind] || !passes(&rows, put[i].id)) continue;
        if (q->exclude && strcmp(q->exclude, put[i].id) == 0) continue;
        double score = 0;
        for (int j = 0; j < DIM; j++) score += (double)q->embedding[j] * put[i].vectors[q->kind][j];
        out[n++] = (scored){i, score};
    }
    weft_bitset_deinit(&rows);
    qsort(out, n, sizeof *out, by_score);
    return n;
}

/* The answer is the scan's, in order. */
static void check(const question *q) {
    static scored expected[MAX_COUNT];
    size_t total = scan(q, expected);
    weft_search_page page = ask(q);
    size_t left = total > q->offset ? total - q->offset : 0;
    assert_int_equal(page.total, total);
    assert_int_equal(page.count, left < q->limit ? left : q->limit);
    for (size_t i = 0; i < page.count; i++) {
        const scored *e = &expected[q->offset + i];
        const char *id = weft_catalog_product(snapshot->catalog, page.hits[i].row)->product_id;
        if (strcmp(id, put[e->i].id) != 0)
            fail_msg("filter %s: hit %zu is %s (%.7f), not %s (%.7f)", q->filter ? q->filter : "-",
                     q->offset + i, id, (double)page.hits[i].score, put[e->i].id, e->score);
        assert_true(fabs((double)page.hits[i].score - e->score) < 1e-5);
    }
}

static question anything(void) {
    static float embedding[DIM];
    random_vector(embedding);
    return (question){.kind = WEFT_KIND_HYBRID, .embedding = embedding, .limit = 10};
}

/* ---- the tests ---- */

static void each_kind_is_searched(void **state) {
    (void)state;
    for (int round = 0; round < 5; round++)
        for (int kind = 0; kind < WEFT_KIND_COUNT; kind++) {
            question q = anything();
            q.kind = (weft_embedding_kind)kind;
            check(&q);
        }
}

static void every_filter_says_what_the_catalog_says(void **state) {
    (void)state;
    static const char *const filters[] = {
        "{\"base_color\": \"RED\"}",
        "{\"base_color\": [\"red\", \"Navy Blue\"]}",
        "{\"base_color\": {\"$ne\": \"blue\"}}",
        "{\"base_color\": {\"$nin\": [\"red\", \"Blue\"]}}",
        "{\"base_color\": \"\"}",
        "{\"base_color\": \"off \\\"white\\\"\"}",
        "{\"base_color\": []}",
        "{\"base_color\": {\"$nin\": []}}",
        "{\"base_color\": \"Red', 'x\"}",
        "{\"price\": {\"$gte\": 50, \"$lt\": 60.5}}",
        "{\"price >\": 300}",
        "{\"price <=\": 12}",
        "{\"price\": [10, 20, 30.5]}",
        "{\"price\": {\"$ne\": 10}}",
        "{\"year\": 2012}",
        "{\"year\": {\"$ne\": 2012}}",
        "{\"year\": {\"$nin\": [2012, 2013]}}",
        "{\"year\": {\"$lt\": 2013}}",
        "{\"year >=\": 2015}",
        "{\"product_id\": [\"p0001\", \"p0002\", \"P0003\", \"nothing\"]}",
        "{\"product_id\": {\"$nin\": [\"p0001\"]}}",
        "{\"sub_category\": \"few\"}",
        "{\"season\": \"Only\"}",
        "{\"season\": \"None\"}",
        "{\"gender\": \"women\", \"article_type\": \"Dresses\", \"price\": {\"$gt\": 100}}",
        "{}",
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        question q = anything();
        q.filter = filters[i];
        q.limit = 100;
        check(&q);
    }
}

static void pages_join_without_gap_or_repetition(void **state) {
    (void)state;
    question q = anything();
    q.limit = 37;
    for (; q.offset < COUNT + 40; q.offset += q.limit) check(&q);
}

static void a_product_can_be_left_out(void **state) {
    (void)state;
    question q = anything();
    q.embedding = put[20].vectors[WEFT_KIND_HYBRID];
    check(&q); /* 20 and its twin come first */
    q.exclude = "p0020";
    check(&q);
}

static void changes_are_followed(void **state) {
    (void)state;
    question q = anything();
    make_vectors(10, 5);
    put_embeddings(10, 5);
    make_vectors(COUNT, 20);
    put_products(COUNT, 20);
    put_embeddings(COUNT, 20);
    follow();
    check(&q);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(weft_store_delete_product(store, put[i * 3].id, NULL), WEFT_OK);
        put[i * 3].is_there = false;
    }
    follow();
    check(&q);
    q.embedding = put[12].vectors[WEFT_KIND_HYBRID];
    check(&q);
    /* A product changes and its vectors stay. */
    weft_product product = product_of(100);
    weft_store_put_result result = {0};
    product.base_color = "Chartreuse";
    assert_int_equal(weft_store_put_products(store, &product, 1, &result, NULL), WEFT_OK);
    follow();
    q.filter = "{\"base_color\": \"chartreuse\"}";
    check(&q);
    q.filter = "{\"base_color\": \"Red\"}";
    q.limit = 100;
    check(&q);
    /* A product loses its photo. */
    put[50].has[WEFT_KIND_IMAGE] = false;
    put_embeddings(50, 1);
    follow();
    q = anything();
    q.kind = WEFT_KIND_IMAGE;
    q.limit = 100;
    check(&q);
    /* And comes back after it was deleted. */
    put_products(0, 1);
    put_embeddings(0, 1);
    follow();
    q.embedding = put[0].vectors[WEFT_KIND_IMAGE];
    check(&q);
}

static void most_may_go_at_once(void **state) {
    (void)state;
    question q = anything();
    for (int i = 5; i < COUNT; i++) {
        assert_int_equal(weft_store_delete_product(store, put[i].id, NULL), WEFT_OK);
        put[i].is_there = false;
    }
    /* Before the follow-up the old snapshot does not find what is gone, or still does; it
     * never fails. */
    weft_search_page page = ask(&q);
    assert_true(page.count <= q.limit);
    follow();
    q.limit = 100;
    check(&q);
}

static void another_set_is_not_searched(void **state) {
    (void)state;
    make_vectors(COUNT, 5);
    put_products(COUNT, 5);
    for (int i = COUNT; i < COUNT + 5; i++) {
        const weft_embedding row = {
            .product_id = put[i].id,
            .embedding_model = "another@0",
            .text_digest = "t",
            .image_digest = "",
            .dim = DIM,
            .image_embedding = put[i].vectors[WEFT_KIND_IMAGE],
            .text_embedding = put[i].vectors[WEFT_KIND_TEXT],
            .hybrid_embedding = put[i].vectors[WEFT_KIND_HYBRID],
        };
        assert_int_equal(weft_store_put_embeddings(store, &row, 1, NULL), WEFT_OK);
        memset(put[i].has, 0, sizeof put[i].has);
    }
    follow();
    question q = anything();
    q.embedding = put[COUNT].vectors[WEFT_KIND_HYBRID];
    check(&q);
    assert_int_equal(snapshot->pending, 5);
}

static void the_vector_of_a_product_can_be_had(void **state) {
    (void)state;
    float vector[DIM];
    bool found;
    weft_err err = {0};
    if (!engine) skip();
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++) {
        if (weft_engine_vector(engine, (weft_embedding_kind)kind, "p0004", vector, &found, &err))
            fail_msg("%s", err.message);
        assert_true(found);
        for (int j = 0; j < DIM; j++)
            assert_true(fabsf(vector[j] - put[4].vectors[kind][j]) < 1e-6f);
    }
    assert_int_equal(weft_engine_vector(engine, WEFT_KIND_IMAGE, "p0009", vector, &found, NULL),
                     WEFT_OK);
    assert_false(found); /* it has no photo */
    assert_int_equal(weft_engine_vector(engine, WEFT_KIND_TEXT, "nothing", vector, &found, NULL),
                     WEFT_OK);
    assert_false(found);
}

static void an_engine_goes_on_where_it_was(void **state) {
    (void)state;
    question q = anything();
    if (!engine) skip();
    weft_engine_close(engine);
    engine = NULL;
    weft_snapshot_release(snapshot);
    snapshot = NULL;
    make_vectors(10, 5);
    put_embeddings(10, 5);
    assert_int_equal(weft_store_delete_product(store, put[3].id, NULL), WEFT_OK);
    put[3].is_there = false;
    open_engine();
    follow();
    check(&q);
    follow(); /* nothing to do */
    check(&q);
}

/* Approximate engines with many rows: nearly the scan's hits, and always k of them. */
static void many_rows_are_found_nearly_all(void **state) {
    (void)state;
    enum { MANY = 5500, QUERIES = 40 };
    static scored expected[MAX_COUNT];
    size_t right = 0;
    make_vectors(COUNT, MANY - COUNT);
    put_products(COUNT, MANY - COUNT);
    put_embeddings(COUNT, MANY - COUNT);
    follow();
    if (uses_postgres()) { /* and not only while it has no indexes yet */
        weft_err err = {0};
        weft_engine_close(engine); /* ends the thread that makes them */
        if (weft_store_index_nearest(store, model, DIM, 100, NULL, &err))
            fail_msg("%s", err.message);
        open_engine();
        weft_snapshot_release(snapshot);
        snapshot = NULL;
        follow();
    }
    for (int i = 0; i < QUERIES; i++) {
        question q = anything();
        scan(&q, expected);
        weft_search_page page = ask(&q);
        assert_int_equal(page.count, 10);
        for (int j = 0; j < 10; j++)
            for (int h = 0; h < 10; h++)
                right +=
                    strcmp(weft_catalog_product(snapshot->catalog, page.hits[h].row)->product_id,
                           put[expected[j].i].id) == 0;
        q.filter =
            i % 2 ? "{\"sub_category\": \"Few\"}" : "{\"gender\": \"Men\", \"price >\": 5000}";
        q.limit = 100;
        size_t total = scan(&q, expected);
        assert_int_equal(ask(&q).count, total < 100 ? total : 100);
    }
    print_message("recall@10 %.4f\n", (double)right / (QUERIES * 10));
    assert_true(right >= QUERIES * 10 * 95 / 100);
}

int main(int argc, char **argv) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_kind_is_searched),
        TEST(every_filter_says_what_the_catalog_says),
        TEST(pages_join_without_gap_or_repetition),
        TEST(a_product_can_be_left_out),
        TEST(changes_are_followed),
        TEST(most_may_go_at_once),
        TEST(another_set_is_not_searched),
        TEST(the_vector_of_a_product_can_be_had),
        TEST(an_engine_goes_on_where_it_was),
        TEST(many_rows_are_found_nearly_all),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: test_engine memory | pgvector | ENGINE_URL\n");
        return 2;
    }
    engine_url = strcmp(argv[1], "memory") == 0 ? NULL : argv[1];
    return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
