/* What every store must do (src/store/store.h), run over each of them:
 * test_store NAME. To add a store, add it to the table at the end. */
#include "unit.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "postgres_database.h"
#include "store/store.h"

/* A kind of store under test. */
typedef struct {
    const char *name;
    void (*make)(char *url, size_t size); /* the url of a place for a new store */
    void (*remove)(const char *url);
} backend;

static const backend *under_test;
static char folder[64], url[256];
static weft_store *store;

static weft_store *open_again(void) {
    weft_store *other = NULL;
    weft_err err = {0};
    if (weft_store_open(&other, url, &err)) fail_msg("%s", err.message);
    return other;
}

static int open_new(void **state) {
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    under_test->make(url, sizeof url);
    store = open_again();
    return 0;
}

static int close_and_remove(void **state) {
    (void)state;
    char command[128];
    weft_store_close(store);
    under_test->remove(url);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static weft_product shirt(const char *id) {
    return (weft_product){
        .product_id = id,
        .product_display_name = "Alder Men Blue Shirt",
        .master_category = "Apparel",
        .sub_category = "Topwear",
        .article_type = "Shirts",
        .base_color = "Blue",
        .gender = "Men",
        .season = "Summer",
        .usage = "Casual",
        .year = 2012,
        .price = 39.99,
        .price_is_synthetic = true,
        .image_path = "images/ab/abcd.jpg",
        .image_digest = "abcd",
    };
}

static void assert_same(const weft_product *a, const weft_product *b) {
    assert_string_equal(a->product_id, b->product_id);
    assert_string_equal(a->product_display_name, b->product_display_name);
#define SAME(field) assert_string_equal(a->field, b->field);
    WEFT_PRODUCT_FACETS(SAME)
#undef SAME
    assert_int_equal(a->year, b->year);
    assert_true(a->price == b->price);
    assert_int_equal(a->price_is_synthetic, b->price_is_synthetic);
    assert_string_equal(a->image_path, b->image_path);
    assert_string_equal(a->image_digest, b->image_digest);
}

static void put(weft_store *to, const weft_product *products, size_t n) {
    weft_store_put_result result = {0};
    weft_err err = {0};
    if (weft_store_put_products(to, products, n, &result, &err)) fail_msg("%s", err.message);
}

static void put_shirts(weft_store *to, const char *const *ids, size_t n) {
    weft_product products[16];
    for (size_t i = 0; i < n; i++) products[i] = shirt(ids[i]);
    put(to, products, n);
}

static size_t count(weft_store *in) {
    size_t n = SIZE_MAX;
    assert_int_equal(weft_store_count_products(in, &n, NULL), WEFT_OK);
    return n;
}

static uint64_t change_seq(weft_store *in) {
    uint64_t seq = UINT64_MAX;
    assert_int_equal(weft_store_change_seq(in, &seq, NULL), WEFT_OK);
    return seq;
}

/* ---- products ---- */

static void what_is_put_is_got(void **state) {
    (void)state;
    weft_product in = shirt("15970"), out;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    put(store, &in, 1);
    assert_int_equal(weft_store_get_product(store, "15970", &arena, &out, NULL), WEFT_OK);
    assert_same(&in, &out);
    weft_arena_deinit(&arena);
}

static void what_is_not_known_stays_so(void **state) {
    (void)state;
    weft_product in = {"x", "", "", "", "", "", "", "", "", 0, 0, false, "", ""}, out;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    put(store, &in, 1);
    assert_int_equal(weft_store_get_product(store, "x", &arena, &out, NULL), WEFT_OK);
    assert_same(&in, &out);
    weft_arena_deinit(&arena);
}

static void ids_are_any_text(void **state) {
    (void)state;
    const char *const ids[] = {"ü-1", "商品/7", "a'b\"; DROP TABLE products; --", " ", "007", "7"};
    weft_arena arena;
    weft_product out;
    weft_arena_init(&arena, 0);
    put_shirts(store, ids, 6);
    assert_int_equal(count(store), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(weft_store_get_product(store, ids[i], &arena, &out, NULL), WEFT_OK);
        assert_string_equal(out.product_id, ids[i]);
    }
    weft_arena_deinit(&arena);
}

static void results_tell_new_changed_and_same(void **state) {
    (void)state;
    weft_store_put_result result = {0};
    weft_product products[3] = {shirt("1"), shirt("2"), shirt("3")};
    assert_int_equal(weft_store_put_products(store, products, 2, &result, NULL), WEFT_OK);
    assert_int_equal(result.inserted, 2);
    products[1].base_color = "Red";
    assert_int_equal(weft_store_put_products(store, products, 3, &result, NULL), WEFT_OK);
    assert_int_equal(result.inserted, 3); /* added to */
    assert_int_equal(result.updated, 1);
    assert_int_equal(result.unchanged, 1);
}

/* Each column by itself must be seen as a change, also to and from "not known". */
static void every_column_counts_as_a_change(void **state) {
    (void)state;
    weft_product base = shirt("1");
    put(store, &base, 1);
    weft_product changed[13];
    for (int i = 0; i < 13; i++) changed[i] = base;
    changed[0].product_display_name = "";
    changed[1].master_category = "x";
    changed[2].sub_category = "x";
    changed[3].article_type = "x";
    changed[4].base_color = "";
    changed[5].gender = "x";
    changed[6].season = "x";
    changed[7].usage = "x";
    changed[8].year = 0;
    changed[9].price = nextafter(base.price, 100);
    changed[10].price_is_synthetic = false;
    changed[11].image_path = "";
    changed[12].image_digest = "x";
    for (int i = 0; i < 13; i++) {
        weft_store_put_result result = {0};
        assert_int_equal(weft_store_put_products(store, &changed[i], 1, &result, NULL), WEFT_OK);
        assert_int_equal(result.updated, 1);
        assert_int_equal(weft_store_put_products(store, &base, 1, &result, NULL), WEFT_OK);
        assert_int_equal(result.updated, 2);
    }
}

static void a_failing_row_leaves_nothing(void **state) {
    (void)state;
    weft_product products[3] = {shirt("1"), shirt("2"), shirt("3")};
    weft_store_put_result result = {0};
    weft_err err = {0};
    products[2].price = NAN;
    uint64_t before = change_seq(store);
    assert_int_equal(weft_store_put_products(store, products, 3, &result, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "product \"3\""));
    products[2] = shirt("");
    assert_int_equal(weft_store_put_products(store, products, 3, &result, &err), WEFT_E_INVALID);
    assert_int_equal(count(store), 0);
    assert_int_equal(result.inserted, 0);
    assert_int_equal(change_seq(store), before);
    put_shirts(store, (const char *const[]){"1"}, 1); /* the store goes on working */
    assert_int_equal(count(store), 1);
}

static void missing_products_are_named(void **state) {
    (void)state;
    weft_product out;
    weft_arena arena;
    weft_err err = {0};
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_get_product(store, "no", &arena, &out, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "product no"));
    assert_int_equal(weft_store_delete_product(store, "no", &err), WEFT_E_NOT_FOUND);
    assert_int_equal(change_seq(store), 0);
    weft_arena_deinit(&arena);
}

/* ---- embeddings and the walk ---- */

enum { DIM = 5 };

static weft_embedding embedding(const char *id, const float *image, const float *text,
                                const float *hybrid) {
    return (weft_embedding){.product_id = id,
                            .embedding_model = "mini@1",
                            .text_digest = "t",
                            .image_digest = "i",
                            .dim = DIM,
                            .image_embedding = image,
                            .text_embedding = text,
                            .hybrid_embedding = hybrid};
}

typedef struct {
    char ids[256]; /* each followed by a comma */
    size_t products, embeddings;
    const float *image, *text; /* what the last embedding must be, or NULL */
    bool with_vectors;
} seen;

static weft_status look(void *context, const weft_product *product, const weft_embedding *e,
                        weft_err *err) {
    seen *s = context;
    (void)err;
    if (s->products < 16) strcat(strcat(s->ids, product->product_id), ",");
    s->products++;
    if (!e) return WEFT_OK;
    s->embeddings++;
    assert_string_equal(e->product_id, product->product_id);
    assert_string_equal(e->embedding_model, "mini@1");
    assert_string_equal(e->text_digest, "t");
    assert_string_equal(e->image_digest, "i");
    assert_int_equal(e->dim, DIM);
    assert_null(e->hybrid_embedding);
    assert_int_equal(e->image_embedding != NULL, s->with_vectors && s->image);
    assert_int_equal(e->text_embedding != NULL, s->with_vectors && s->text);
    if (e->image_embedding) assert_memory_equal(e->image_embedding, s->image, DIM * sizeof(float));
    if (e->text_embedding) assert_memory_equal(e->text_embedding, s->text, DIM * sizeof(float));
    return WEFT_OK;
}

static seen walk(weft_store *in, bool with_vectors, const float *image, const float *text) {
    seen s = {.image = image, .text = text, .with_vectors = with_vectors};
    weft_err err = {0};
    if (weft_store_each(in, "mini@1", with_vectors, look, &s, &err)) fail_msg("%s", err.message);
    return s;
}

static void the_walk_is_in_order_of_ids(void **state) {
    (void)state;
    put_shirts(store, (const char *const[]){"b", "a", "10", "9", "ü", "B"}, 6);
    seen s = walk(store, true, NULL, NULL);
    assert_string_equal(s.ids, "10,9,B,a,b,ü,");
    assert_int_equal(s.embeddings, 0);
}

static void embeddings_come_back_bit_for_bit(void **state) {
    (void)state;
    const float image[DIM] = {1.5f, -0.0f, 1e-42f, 3.4e38f, -3.25f};
    float text[DIM] = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f};
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    weft_embedding e = embedding("2", image, text, NULL);
    assert_int_equal(weft_store_put_embeddings(store, &e, 1, NULL), WEFT_OK);
    assert_int_equal(walk(store, true, image, text).embeddings, 1);
    assert_int_equal(walk(store, false, image, text).embeddings, 1);

    text[0] = 9;
    e.image_embedding = NULL;
    assert_int_equal(weft_store_put_embeddings(store, &e, 1, NULL), WEFT_OK);
    assert_int_equal(walk(store, true, NULL, text).embeddings, 1);
}

static void embeddings_of_a_missing_product_are_refused(void **state) {
    (void)state;
    const float v[DIM] = {1};
    weft_err err = {0};
    put_shirts(store, (const char *const[]){"1"}, 1);
    weft_embedding rows[2] = {embedding("1", v, v, NULL), embedding("gone", v, v, NULL)};
    assert_int_equal(weft_store_put_embeddings(store, rows, 2, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "gone"));
    assert_int_equal(walk(store, true, v, v).embeddings, 0);
}

static void deleting_takes_the_embeddings_along(void **state) {
    (void)state;
    const float v[DIM] = {1};
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    weft_embedding rows[2] = {embedding("1", v, v, NULL), embedding("2", v, v, NULL)};
    assert_int_equal(weft_store_put_embeddings(store, rows, 2, NULL), WEFT_OK);
    assert_int_equal(weft_store_delete_product(store, "1", NULL), WEFT_OK);
    put_shirts(store, (const char *const[]){"1"}, 1); /* comes back without them */
    seen s = walk(store, true, v, v);
    assert_int_equal(s.products, 2);
    assert_int_equal(s.embeddings, 1);
}

static weft_status stop_at_once(void *context, const weft_product *product, const weft_embedding *e,
                                weft_err *err) {
    (void)product, (void)e;
    ++*(int *)context;
    return weft_fail(err, WEFT_E_CANCELLED, "enough");
}

static void a_visitor_may_stop_the_walk(void **state) {
    (void)state;
    int calls = 0;
    weft_err err = {0};
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    assert_int_equal(weft_store_each(store, "mini@1", false, stop_at_once, &calls, &err),
                     WEFT_E_CANCELLED);
    assert_int_equal(calls, 1);
    assert_string_equal(err.message, "enough");
}

/* Writes while it walks: the walk must not see it, and must not deadlock. */
static weft_status add_one(void *context, const weft_product *product, const weft_embedding *e,
                           weft_err *err) {
    (void)e;
    char id[32];
    snprintf(id, sizeof id, "%s-more", product->product_id);
    weft_product more = shirt(id);
    weft_store_put_result result = {0};
    ++*(int *)context;
    return weft_store_put_products(store, &more, 1, &result, err);
}

static void a_visitor_may_write(void **state) {
    (void)state;
    int calls = 0;
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    assert_int_equal(weft_store_each(store, "mini@1", false, add_one, &calls, NULL), WEFT_OK);
    assert_int_equal(calls, 2);
    assert_int_equal(count(store), 4);
}

/* ---- many threads and processes ---- */

enum { TOGETHER = 20 };

/* Rewrites all products in one batch again and again, each time with another year. */
static void *write_years(void *context) {
    atomic_bool *stop = context;
    char ids[TOGETHER][16];
    weft_product products[TOGETHER];
    for (int year = 1; !atomic_load(stop); year++) {
        for (int i = 0; i < TOGETHER; i++) {
            snprintf(ids[i], sizeof ids[i], "p%02d", i);
            products[i] = shirt(ids[i]);
            products[i].year = year;
        }
        weft_store_put_result result = {0};
        if (weft_store_put_products(store, products, TOGETHER, &result, NULL)) return NULL;
    }
    return NULL;
}

typedef struct {
    int year, products;
    bool is_mixed;
} years;

static weft_status look_at_year(void *context, const weft_product *product, const weft_embedding *e,
                                weft_err *err) {
    years *y = context;
    (void)e, (void)err;
    if (y->products++ && y->year != product->year) y->is_mixed = true;
    y->year = product->year;
    return WEFT_OK;
}

static void *walk_years(void *context) {
    years last = {0};
    for (int i = 0; i < 30; i++) {
        years now = {0};
        weft_status status = weft_store_each(context, "mini@1", false, look_at_year, &now, NULL);
        if (status || now.is_mixed || (now.products && now.products != TOGETHER) ||
            now.year < last.year)
            return (void *)"a walk saw half a batch";
        last = now;
    }
    return last.year > 0 ? NULL : (void *)"the writer never got through";
}

static void walks_see_whole_batches(void **state) {
    (void)state;
    weft_store *other = open_again();
    atomic_bool stop = false;
    pthread_t writer, readers[3];
    void *complaints[3];
    assert_int_equal(pthread_create(&writer, NULL, write_years, &stop), 0);
    while (count(other) == 0) usleep(1000);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, walk_years, i ? store : other), 0);
    for (int i = 0; i < 3; i++) pthread_join(readers[i], &complaints[i]);
    atomic_store(&stop, true);
    pthread_join(writer, NULL);
    for (int i = 0; i < 3; i++)
        if (complaints[i]) fail_msg("%s", (const char *)complaints[i]);
    weft_store_close(other);
}

static void *open_and_put(void *context) {
    weft_store *own = NULL;
    weft_product product = shirt(context);
    weft_store_put_result result = {0};
    static _Thread_local weft_err err;
    if (weft_store_open(&own, url, &err)) return strdup(err.message); /* the test is over then */
    weft_status status = weft_store_put_products(own, &product, 1, &result, NULL);
    weft_store_close(own);
    return status ? (void *)"cannot put" : NULL;
}

static void many_may_open_a_new_database_at_once(void **state) {
    (void)state;
    static const char *const ids[] = {"1", "2", "3", "4", "5", "6"};
    pthread_t threads[6];
    void *complaints[6];
    char kept[sizeof url];
    strcpy(kept, url);
    under_test->make(url, sizeof url);
    for (int i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_and_put, (void *)(uintptr_t)ids[i]),
                         0);
    for (int i = 0; i < 6; i++) pthread_join(threads[i], &complaints[i]);
    weft_store *own = open_again();
    for (int i = 0; i < 6; i++)
        if (complaints[i]) fail_msg("%s", (const char *)complaints[i]);
    assert_int_equal(count(own), 6);
    weft_store_close(own);
    under_test->remove(url);
    strcpy(url, kept);
}

enum { BATCH = 25 };

/* Puts batches of numbered products until it is killed; a byte for each commit. */
static void write_until_killed(int told) {
    static char ids[BATCH][16];
    weft_product products[BATCH];
    weft_store *own = NULL;
    if (weft_store_open(&own, url, NULL)) _exit(1);
    for (int batch = 0;; batch++) {
        weft_store_put_result result = {0};
        for (int i = 0; i < BATCH; i++) {
            snprintf(ids[i], sizeof ids[i], "%08d", batch * BATCH + i);
            products[i] = shirt(ids[i]);
        }
        if (weft_store_put_products(own, products, BATCH, &result, NULL)) _exit(1);
        if (write(told, "x", 1) != 1) _exit(1);
    }
}

static void a_killed_writer_leaves_whole_batches(void **state) {
    (void)state;
    char bytes[4096], last[16];
    weft_arena arena;
    weft_product product;
    weft_arena_init(&arena, 0);
    weft_store_close(store); /* no connection may cross a fork */
    store = NULL;
    for (int round = 1; round <= 5; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) write_until_killed(ends[1]);
        close(ends[1]);
        size_t told = 0;
        while (told < 3) {
            ssize_t n = read(ends[0], bytes, sizeof bytes);
            assert_true(n > 0);
            told += (size_t)n;
        }
        usleep((useconds_t)(round * 3700));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;) told += (size_t)n;
        close(ends[0]);

        store = open_again();
        size_t n = count(store);
        assert_int_equal(n % BATCH, 0);
        assert_true(n >= told * BATCH); /* what returned is there: durable */
        snprintf(last, sizeof last, "%08zu", n - 1);
        assert_int_equal(weft_store_get_product(store, last, &arena, &product, NULL), WEFT_OK);
        assert_int_equal(walk(store, false, NULL, NULL).products, n);
        weft_store_close(store);
        store = NULL;
    }
    store = open_again();
    weft_arena_deinit(&arena);
}

/* ---- the change number ---- */

static void only_real_changes_move_the_number(void **state) {
    (void)state;
    const float v[DIM] = {1, 2, 3};
    weft_store *other = open_again();
    assert_int_equal(change_seq(store), 0);
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    uint64_t seq = change_seq(store);
    assert_true(seq > 0);
    assert_int_equal(change_seq(other), seq);

    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    assert_int_equal(change_seq(store), seq);

    weft_embedding e = embedding("1", v, v, NULL);
    assert_int_equal(weft_store_put_embeddings(other, &e, 1, NULL), WEFT_OK);
    assert_true(change_seq(store) > seq);
    seq = change_seq(store);
    assert_int_equal(weft_store_put_embeddings(store, &e, 1, NULL), WEFT_OK);
    assert_int_equal(change_seq(store), seq);

    weft_event event = {"u", "1", "view", "", 0};
    int64_t id;
    assert_int_equal(weft_store_put_event(store, &event, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_token(store, "t", "d", &id, NULL), WEFT_OK);
    assert_int_equal(change_seq(store), seq);

    assert_int_equal(weft_store_delete_product(store, "1", NULL), WEFT_OK);
    assert_int_equal(weft_store_delete_product(store, "2", NULL), WEFT_OK);
    assert_true(change_seq(other) > seq);
    seq = change_seq(other);
    weft_store_close(other);
    weft_store_close(store);
    store = open_again();
    assert_int_equal(change_seq(store), seq); /* also when nothing is left */
}

/* ---- events and tokens ---- */

static void events_need_a_product_and_a_known_type(void **state) {
    (void)state;
    static const char *const types[] = {"view", "add_to_cart", "purchase", "click"};
    weft_err err = {0};
    put_shirts(store, (const char *const[]){"1"}, 1);
    for (int i = 0; i < 4; i++) {
        weft_event event = {"someone new", "1", types[i], "q1", 0};
        assert_int_equal(weft_store_put_event(store, &event, NULL), WEFT_OK);
    }
    weft_event lost = {"u", "nope", "view", "", 0}, odd = {"u", "1", "stare", "", 0};
    assert_int_equal(weft_store_put_event(store, &lost, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "nope"));
    assert_int_equal(weft_store_put_event(store, &odd, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "stare"));
}

/* "number user product type query at; ..." */
typedef struct {
    char text[1024];
    int64_t last;
} event_notes;

static weft_status note_event(void *context, int64_t number, const weft_event *event,
                              weft_err *err) {
    event_notes *notes = context;
    (void)err;
    size_t n = strlen(notes->text);
    snprintf(notes->text + n, sizeof notes->text - n, "%s %s %s %s; ", event->user_id,
             event->product_id, event->event_type, event->query_id);
    notes->last = number;
    return WEFT_OK;
}

static weft_status note_time(void *context, int64_t number, const weft_event *event,
                             weft_err *err) {
    (void)number;
    (void)err;
    *(int64_t *)context = event->at;
    return WEFT_OK;
}

static void events_are_walked_in_their_order(void **state) {
    (void)state;
    static const int64_t at = 1767225845678;
    const weft_event events[] = {{"anna", "1", "view", "q", at},
                                 {"ben", "gone", "view", "", 0},
                                 {"ben", "2", "view", "", 0},
                                 {"anna", "2", "purchase", "", 0}};
    bool is_known[4];
    int64_t first = -1, last = -1, when = 0;
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    assert_int_equal(weft_store_last_event(store, &first, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_events(store, events, 4, is_known, NULL), WEFT_OK);
    assert_true(is_known[0] && !is_known[1] && is_known[2] && is_known[3]);
    assert_int_equal(weft_store_last_event(store, &last, NULL), WEFT_OK);
    assert_true(last > first);

    event_notes all = {0}, some = {0}, of_anna = {0};
    assert_int_equal(weft_store_each_event(store, first, 0, note_event, &all, NULL), WEFT_OK);
    assert_string_equal(all.text, "anna 1 view q; ben 2 view ; anna 2 purchase ; ");
    assert_int_equal(all.last, last);
    assert_int_equal(weft_store_each_event(store, first, 2, note_event, &some, NULL), WEFT_OK);
    assert_string_equal(some.text, "anna 1 view q; ben 2 view ; ");
    assert_int_equal(weft_store_each_event(store, some.last, 2, note_event, &some, NULL), WEFT_OK);
    assert_string_equal(some.text, all.text);

    assert_int_equal(weft_store_each_user_event(store, "anna", 9, note_event, &of_anna, NULL),
                     WEFT_OK);
    assert_string_equal(of_anna.text, "anna 2 purchase ; anna 1 view q; ");
    assert_int_equal(weft_store_each_event(store, first, 1, note_time, &when, NULL), WEFT_OK);
    assert_int_equal(when, at);
    assert_int_equal(weft_store_each_user_event(store, "ben", 1, note_time, &when, NULL), WEFT_OK);
    int64_t now = (int64_t)time(NULL) * 1000;
    assert_true(when > now - 60000 && when < now + 60000);
}

enum { LONG_WRITE = 200000 }; /* events */

typedef struct {
    atomic_bool is_over;
    double seconds;
    weft_status status;
} long_write;

static void *write_long(void *context) {
    long_write *w = context;
    weft_event *events = calloc(LONG_WRITE, sizeof *events);
    for (size_t i = 0; i < LONG_WRITE; i++) events[i] = (weft_event){"writer", "1", "view", "", 0};
    double began = weft_clock_seconds();
    w->status = weft_store_put_events(store, events, LONG_WRITE, NULL, NULL);
    w->seconds = weft_clock_seconds() - began;
    atomic_store(&w->is_over, true);
    free(events);
    return NULL;
}

static weft_status ignore_event(void *context, int64_t number, const weft_event *event,
                                weft_err *err) {
    (void)context, (void)number, (void)event, (void)err;
    return WEFT_OK;
}

static void short_reads_do_not_wait_for_a_writer(void **state) {
    (void)state;
    long_write write = {0};
    pthread_t writer;
    double longest = 0;
    put_shirts(store, (const char *const[]){"1"}, 1);
    assert_int_equal(pthread_create(&writer, NULL, write_long, &write), 0);
    while (!atomic_load(&write.is_over)) {
        bool good = true;
        double began = weft_clock_seconds();
        assert_int_equal(weft_store_check_token(store, "no such digest", &good, NULL), WEFT_OK);
        assert_false(good);
        assert_int_equal(weft_store_each_user_event(store, "u", 9, ignore_event, NULL, NULL),
                         WEFT_OK);
        double took = weft_clock_seconds() - began;
        if (took > longest) longest = took;
        usleep(1000);
    }
    pthread_join(writer, NULL);
    assert_int_equal(write.status, WEFT_OK);
    assert_true(longest < write.seconds / 2);
}

static weft_status stop_walk(void *context, int64_t number, const weft_event *event,
                             weft_err *err) {
    (void)number;
    (void)event;
    ++*(int *)context;
    return weft_fail(err, WEFT_E_CANCELLED, "enough");
}

static void a_walk_over_events_ends_when_told(void **state) {
    (void)state;
    int calls = 0;
    weft_err err = {0};
    const weft_event events[] = {{"a", "1", "view", "", 0}, {"a", "1", "view", "", 0}};
    put_shirts(store, (const char *const[]){"1"}, 1);
    assert_int_equal(weft_store_put_events(store, events, 2, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_store_each_event(store, 0, 0, stop_walk, &calls, &err), WEFT_E_CANCELLED);
    assert_int_equal(weft_store_each_user_event(store, "a", 9, stop_walk, &calls, &err),
                     WEFT_E_CANCELLED);
    assert_int_equal(calls, 2);
    assert_string_equal(err.message, "enough");
}

/* What is known of files, as "digest/done position row events reading; ..." */
static const char *imports_text(void) {
    static char text[512];
    weft_arena arena;
    weft_store_event_import *imports;
    size_t n, used = 0;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_list_event_imports(store, &arena, &imports, &n, NULL), WEFT_OK);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const weft_store_event_import *at = &imports[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s/%d %d %d %d %s; ", at->digest,
                                 at->is_done, (int)at->position, (int)at->row_count,
                                 (int)at->event_count, at->reading);
        assert_int_equal(strlen(at->updated_at), strlen("2026-01-01T00:00:00.000Z"));
    }
    weft_arena_deinit(&arena);
    return text;
}

static weft_store_event_step step_of(const char *from, const char *to, bool is_done,
                                     uint64_t position, uint64_t rows, uint64_t events) {
    return (weft_store_event_step){.from = from,
                                   .to = {to, is_done, position, rows, events, 0, "user_id=u", ""}};
}

static void an_import_moves_on_with_its_events(void **state) {
    (void)state;
    const weft_event events[] = {
        {"anna", "1", "view", "", 0}, {"ben", "gone", "view", "", 0}, {"ben", "1", "click", "", 0}};
    bool is_known[3];
    event_notes all = {0};
    weft_err err = {0};
    put_shirts(store, (const char *const[]){"1"}, 1);
    assert_string_equal(imports_text(), "");
    weft_store_event_step first = step_of("", "d1", false, 100, 4, 0),
                          second = step_of("d1", "d2", false, 200, 5, 2),
                          last = step_of("d2", "d2", true, 200, 5, 3);
    assert_int_equal(weft_store_import_events(store, events, 3, is_known, &first, NULL), WEFT_OK);
    assert_true(is_known[0] && !is_known[1] && is_known[2]);
    assert_string_equal(imports_text(), "d1/0 100 4 2 user_id=u; ");

    /* Whoever comes too late, or begins it as well, writes nothing. */
    assert_int_equal(weft_store_import_events(store, events, 3, is_known, &first, &err),
                     WEFT_E_CONFLICT);
    assert_int_equal(weft_store_import_events(store, events, 1, is_known, &second, NULL), WEFT_OK);
    assert_int_equal(weft_store_import_events(store, events, 1, is_known, &second, &err),
                     WEFT_E_CONFLICT);
    assert_string_equal(imports_text(), "d2/0 200 5 3 user_id=u; ");
    assert_int_equal(weft_store_import_events(store, NULL, 0, NULL, &last, NULL), WEFT_OK);
    assert_string_equal(imports_text(), "d2/1 200 5 3 user_id=u; ");
    assert_int_equal(weft_store_each_event(store, 0, 0, note_event, &all, NULL), WEFT_OK);
    assert_string_equal(all.text, "anna 1 view ; ben 1 click ; anna 1 view ; ");
}

static void a_file_is_imported_again_when_it_is_meant(void **state) {
    (void)state;
    const weft_event event = {"anna", "1", "view", "", 0};
    bool is_known;
    weft_err err = {0};
    put_shirts(store, (const char *const[]){"1"}, 1);
    weft_store_event_step whole = step_of("", "d", true, 100, 4, 0);
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &whole, NULL), WEFT_OK);
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &whole, &err),
                     WEFT_E_CONFLICT);
    /* Half of it, which may end where an earlier import did, stands beside the whole. */
    weft_store_event_step half = step_of("", "d", false, 100, 4, 0),
                          rest = step_of("d", "d", true, 100, 4, 1);
    half.is_again = rest.is_again = true;
    half.seen = 1;
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &half, NULL), WEFT_OK);
    assert_string_equal(imports_text(), "d/1 100 4 1 user_id=u; d/0 100 4 1 user_id=u; ");
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &half, &err),
                     WEFT_E_CONFLICT);
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &rest, NULL), WEFT_OK);
    assert_string_equal(imports_text(), "d/1 100 4 2 user_id=u; ");
}

/* Two processes look for a file, and one has gone further when the other begins. */
static void an_import_begins_when_it_has_seen_all(void **state) {
    (void)state;
    const weft_event event = {"anna", "1", "view", "", 0};
    bool is_known;
    weft_err err = {0};
    weft_arena arena;
    weft_store_event_import *imports;
    size_t n;
    put_shirts(store, (const char *const[]){"1"}, 1);
    weft_store_event_step begin = step_of("", "d1", false, 100, 4, 0),
                          more = step_of("d1", "d2", false, 200, 5, 1);
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &begin, NULL), WEFT_OK);
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &more, NULL), WEFT_OK);
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &begin, &err),
                     WEFT_E_CONFLICT);
    assert_string_equal(imports_text(), "d2/0 200 5 2 user_id=u; ");

    weft_arena_init(&arena, 0);
    weft_store_event_step other = step_of("", "e1", true, 10, 1, 0);
    assert_int_equal(weft_store_list_event_imports(store, &arena, &imports, &n, NULL), WEFT_OK);
    other.seen = imports[0].step;
    assert_int_equal(other.seen, 2);
    assert_int_equal(weft_store_import_events(store, &event, 1, &is_known, &other, NULL), WEFT_OK);
    assert_string_equal(imports_text(), "d2/0 200 5 2 user_id=u; e1/1 10 1 1 user_id=u; ");
    weft_arena_deinit(&arena);
}

static weft_status refuse_commit(void *context, weft_err *err) {
    const bool *is_known = context;
    assert_true(is_known[0] && !is_known[1]);
    return weft_fail(err, WEFT_E_IO, "the report is full");
}

static void nothing_is_imported_that_cannot_be_reported(void **state) {
    (void)state;
    const weft_event events[] = {{"anna", "1", "view", "", 0}, {"anna", "gone", "view", "", 0}};
    bool is_known[2];
    int64_t first = 0, last = 0;
    weft_err err = {0};
    put_shirts(store, (const char *const[]){"1"}, 1);
    assert_int_equal(weft_store_last_event(store, &first, NULL), WEFT_OK);
    weft_store_event_step step = step_of("", "d", true, 100, 4, 0);
    step.before_commit = refuse_commit;
    step.context = is_known;
    assert_int_equal(weft_store_import_events(store, events, 2, is_known, &step, &err), WEFT_E_IO);
    assert_string_equal(err.message, "the report is full");
    assert_string_equal(imports_text(), "");
    assert_int_equal(weft_store_last_event(store, &last, NULL), WEFT_OK);
    assert_int_equal(first, last);
}

static void users_have_a_segment(void **state) {
    (void)state;
    weft_arena arena;
    weft_store_user *users, user;
    weft_err err = {0};
    size_t n;
    weft_arena_init(&arena, 0);
    const weft_store_user some[] = {{"u2", "luxury", ""}, {"u1", "casual", ""}, {"u3", "", ""}},
                          changed = {"u1", "budget", ""};
    assert_int_equal(weft_store_put_users(store, some, 3, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_users(store, &changed, 1, NULL), WEFT_OK);
    assert_int_equal(weft_store_list_users(store, NULL, "", 10, &arena, &users, &n, NULL), WEFT_OK);
    assert_int_equal(n, 3);
    assert_string_equal(users[0].user_id, "u1");
    assert_string_equal(users[0].segment, "budget");
    assert_int_equal(strlen(users[0].created_at), strlen("2026-01-01T00:00:00.000Z"));
    assert_int_equal(weft_store_list_users(store, NULL, "u1", 1, &arena, &users, &n, NULL),
                     WEFT_OK);
    assert_int_equal(n, 1);
    assert_string_equal(users[0].user_id, "u2");
    assert_int_equal(weft_store_list_users(store, "luxury", "", 9, &arena, &users, &n, NULL),
                     WEFT_OK);
    assert_int_equal(n, 1);
    assert_int_equal(weft_store_count_users(store, NULL, &n, NULL), WEFT_OK);
    assert_int_equal(n, 3);
    assert_int_equal(weft_store_count_users(store, "budget", &n, NULL), WEFT_OK);
    assert_int_equal(n, 1);
    assert_int_equal(weft_store_get_user(store, "u2", &arena, &user, NULL), WEFT_OK);
    assert_string_equal(user.segment, "luxury");
    assert_int_equal(weft_store_get_user(store, "u9", &arena, &user, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "u9"));
    weft_arena_deinit(&arena);
}

static void features_move_on_with_the_events(void **state) {
    (void)state;
    static const float taste[] = {0.6f, 0.8f, 0, 0};
    weft_arena arena;
    weft_store_features back;
    weft_store_user user;
    weft_err err = {0};
    int64_t position = -1;
    weft_arena_init(&arena, 0);
    weft_store_features features[] = {
        {"anna", "mini", taste, 4, 7, "[\"Shirts\",\"a \\\"b\\\"\"]", "[]", "[\"Alder\"]", 20.5, 10,
         30, 15, 25},
        {"ben", "mini", NULL, 0, 1, "[]", "[]", "[]", NAN, NAN, NAN, NAN, NAN}};
    const weft_store_user anna = {"anna", "casual", ""};
    assert_int_equal(weft_store_put_users(store, &anna, 1, NULL), WEFT_OK);
    assert_int_equal(weft_store_features_position(store, &position, NULL), WEFT_OK);
    assert_int_equal(position, 0);
    assert_int_equal(weft_store_put_features(store, features, 2, 0, 5, NULL), WEFT_OK);
    features[0].interactions = 9;
    assert_int_equal(weft_store_put_features(store, features, 2, 0, 6, &err), WEFT_E_CONFLICT);
    assert_int_equal(weft_store_features_position(store, &position, NULL), WEFT_OK);
    assert_int_equal(position, 5);

    assert_int_equal(weft_store_get_features(store, "anna", &arena, &back, NULL), WEFT_OK);
    assert_int_equal(back.interactions, 7); /* nothing of the second was written */
    assert_string_equal(back.category_prefs, features[0].category_prefs);
    assert_string_equal(back.preferred_brands, "[\"Alder\"]");
    assert_string_equal(back.embedding_model, "mini");
    assert_int_equal(back.dim, 4);
    assert_memory_equal(back.embedding, taste, sizeof taste);
    assert_true(back.avg_price == 20.5 && back.p75_price == 25);
    assert_int_equal(weft_store_get_features(store, "ben", &arena, &back, NULL), WEFT_OK);
    assert_true(back.embedding == NULL && isnan(back.max_price));
    assert_int_equal(weft_store_get_user(store, "ben", &arena, &user, NULL), WEFT_OK);

    assert_int_equal(weft_store_put_features(store, features, 1, -1, -1, NULL), WEFT_OK);
    assert_int_equal(weft_store_get_features(store, "anna", &arena, &back, NULL), WEFT_OK);
    assert_int_equal(back.interactions, 9);
    assert_int_equal(weft_store_get_features(store, "carl", &arena, &back, &err), WEFT_E_NOT_FOUND);
    weft_arena_deinit(&arena);
}

static bool is_good(const char *digest) {
    bool good = digest[0] != 'a';
    assert_int_equal(weft_store_check_token(store, digest, &good, NULL), WEFT_OK);
    return good;
}

/* "user/query/arm event product; ..." */
static weft_status note_search(void *context, const weft_store_search *search,
                               const char *product_id, const char *event_type, weft_err *err) {
    char *said = context;
    (void)err;
    snprintf(said + strlen(said), 512 - strlen(said), "%s/%s/%s %s %s; ", search->user_id,
             search->query_id, search->arm, event_type, product_id);
    return WEFT_OK;
}

static void searches_are_kept_with_what_users_did(void **state) {
    (void)state;
    char said[512] = "";
    const weft_product product = shirt("1");
    weft_store_put_result result = {0};
    assert_int_equal(weft_store_put_products(store, &product, 1, &result, NULL), WEFT_OK);
    const weft_store_search searches[] = {
        {"q2", "anna", "exp", "a", "text", "red dress", "[]", NULL},
        {"q1", "anna", "exp", "a", "text", "blue", "[[\"1\",2.5,1,1,0]]", NULL},
        {"q3", "ben", "exp", "b", "image", "", "[]", NULL},
        {"q4", "ben", "", "a", "text", "x", "[]", NULL},
    };
    const weft_event events[] = {{"anna", "1", "click", "q1", 0},
                                 {"anna", "1", "purchase", "q1", 0},
                                 {"ben", "1", "view", "", 0}};
    assert_int_equal(weft_store_put_searches(store, searches, 4, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_searches(store, searches, 1, NULL), WEFT_OK); /* again */
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(weft_store_put_event(store, &events[i], NULL), WEFT_OK);
    assert_int_equal(weft_store_each_search(store, "exp", note_search, said, NULL), WEFT_OK);
    /* Events of one search come in no promised order. */
    const char *rest = strstr(said, "anna/q2/a  ; ben/q3/b  ; ");
    assert_non_null(rest);
    assert_non_null(strstr(said, "anna/q1/a click 1; "));
    assert_non_null(strstr(said, "anna/q1/a purchase 1; "));
    said[0] = '\0';
    assert_int_equal(weft_store_each_search(store, "other", note_search, said, NULL), WEFT_OK);
    assert_string_equal(said, "");
}

static void rules_keep_every_version(void **state) {
    (void)state;
    weft_arena arena;
    weft_store_rule *rules;
    int64_t revision, before;
    size_t n;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_rules_revision(store, &before, NULL), WEFT_OK);
    assert_int_equal(before, 0);
    const weft_store_rule first = {.rule_id = "sale", .rule = "{\"a\":1}", .actor = "büro"},
                          second = {.rule_id = "sale", .rule = "{\"a\":2}", .actor = "till"},
                          other = {.rule_id = "a", .rule = "{}", .actor = ""},
                          removal = {.rule_id = "a", .rule = "", .actor = "till"};
    assert_int_equal(weft_store_put_rule(store, &first, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_rule(store, &other, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_rule(store, &second, NULL), WEFT_OK);
    assert_int_equal(weft_store_list_rules(store, false, 10, &arena, &rules, &n, NULL), WEFT_OK);
    assert_int_equal(n, 2);
    assert_string_equal(rules[0].rule_id, "a");
    assert_string_equal(rules[1].rule, "{\"a\":2}");
    assert_string_equal(rules[1].actor, "till");
    assert_int_equal(strlen(rules[1].created_at), strlen("2026-01-01T00:00:00.000Z"));
    assert_int_equal(weft_store_put_rule(store, &removal, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_rule(store, &removal, NULL), WEFT_E_NOT_FOUND);
    assert_int_equal(weft_store_list_rules(store, false, 10, &arena, &rules, &n, NULL), WEFT_OK);
    assert_int_equal(n, 1);
    assert_int_equal(weft_store_rules_revision(store, &revision, NULL), WEFT_OK);
    assert_true(revision > before);
    assert_int_equal(weft_store_list_rules(store, true, 10, &arena, &rules, &n, NULL), WEFT_OK);
    assert_int_equal(n, 4);
    assert_int_equal(rules[0].revision, revision);
    assert_string_equal(rules[0].rule, "");
    assert_string_equal(rules[3].actor, "büro");
    assert_int_equal(weft_store_list_rules(store, true, 2, &arena, &rules, &n, NULL), WEFT_OK);
    assert_int_equal(n, 2);
    weft_arena_deinit(&arena);
}

static void tokens_are_good_until_revoked(void **state) {
    (void)state;
    int64_t first, second, third;
    weft_arena arena;
    weft_store_token *tokens;
    weft_err err = {0};
    size_t n;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_list_tokens(store, &arena, &tokens, &n, NULL), WEFT_OK);
    assert_int_equal(n, 0);
    assert_int_equal(weft_store_put_token(store, "till", "aaaa", &first, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_token(store, "büro", "bbbb", &second, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_token(store, "again", "aaaa", &third, &err), WEFT_E_CONFLICT);
    assert_true(is_good("aaaa") && is_good("bbbb"));
    assert_false(is_good("cccc") || is_good("") || is_good("AAAA"));

    const char *name;
    assert_int_equal(weft_store_token_name(store, "bbbb", &arena, &name, NULL), WEFT_OK);
    assert_string_equal(name, "büro");
    assert_int_equal(weft_store_token_name(store, "cccc", &arena, &name, NULL), WEFT_OK);
    assert_string_equal(name, "");
    assert_int_equal(weft_store_revoke_token(store, first, NULL), WEFT_OK);
    assert_int_equal(weft_store_revoke_token(store, first, NULL), WEFT_OK);
    assert_int_equal(weft_store_revoke_token(store, 99, &err), WEFT_E_NOT_FOUND);
    assert_false(is_good("aaaa"));
    assert_true(is_good("bbbb"));

    assert_int_equal(weft_store_list_tokens(store, &arena, &tokens, &n, NULL), WEFT_OK);
    assert_int_equal(n, 2);
    assert_int_equal(tokens[0].id, first);
    assert_string_equal(tokens[0].name, "till");
    assert_int_equal(strlen(tokens[0].revoked_at), strlen("2026-01-02T03:04:05.678Z"));
    assert_string_equal(tokens[1].name, "büro");
    assert_int_equal(strlen(tokens[1].created_at), strlen("2026-01-02T03:04:05.678Z"));
    assert_string_equal(tokens[1].revoked_at, "");
    weft_arena_deinit(&arena);
}

static void many_tokens_are_listed(void **state) {
    (void)state;
    char name[16];
    int64_t id;
    weft_arena arena;
    weft_store_token *tokens;
    size_t n;
    weft_arena_init(&arena, 0);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(weft_store_put_token(store, name, name, &id, NULL), WEFT_OK);
    }
    assert_int_equal(weft_store_list_tokens(store, &arena, &tokens, &n, NULL), WEFT_OK);
    assert_int_equal(n, 40);
    assert_string_equal(tokens[0].name, "t0");
    assert_string_equal(tokens[39].name, "t39");
    weft_arena_deinit(&arena);
}

/* ---- what changed ---- */

typedef struct {
    char story[256]; /* "1+ 2- 3=": changed, gone, has an embedding */
    const float *image;
} changes_seen;

static weft_status note_change(void *context, const char *product_id, const weft_product *product,
                               const weft_embedding *have, weft_err *err) {
    changes_seen *told = context;
    (void)err;
    size_t used = strlen(told->story);
    snprintf(told->story + used, sizeof told->story - used, "%s%s ", product_id,
             !product ? "-"
             : have   ? "="
                      : "+");
    if (product) assert_string_equal(product->product_id, product_id);
    if (have && told->image) assert_memory_equal(have->image_embedding, told->image, DIM * 4);
    if (have && !told->image) assert_null(have->image_embedding);
    return WEFT_OK;
}

static const char *changes_since(uint64_t since, const float *image, uint64_t *seq) {
    static changes_seen told;
    told = (changes_seen){.image = image};
    assert_int_equal(weft_store_each_changed(store, "mini@1", since, image != NULL, note_change,
                                             &told, seq, NULL),
                     WEFT_OK);
    return told.story;
}

static void changes_are_told_once_each(void **state) {
    (void)state;
    const float image[DIM] = {1, 0, 0, 0, 0};
    const weft_embedding row = embedding("2", image, NULL, NULL);
    uint64_t seq, later;
    assert_string_equal(changes_since(0, NULL, &seq), "");
    assert_int_equal(seq, 0);
    put_shirts(store, (const char *const[]){"3", "1", "2"}, 3);
    assert_string_equal(changes_since(0, NULL, &seq), "1+ 2+ 3+ ");
    assert_int_equal(seq, change_seq(store));
    assert_string_equal(changes_since(seq, NULL, &later), "");
    assert_int_equal(later, seq);
    assert_int_equal(weft_store_put_embeddings(store, &row, 1, NULL), WEFT_OK);
    assert_int_equal(weft_store_delete_product(store, "3", NULL), WEFT_OK);
    assert_string_equal(changes_since(seq, image, &later), "2= 3- ");
    assert_string_equal(changes_since(seq, NULL, &later), "2= 3- ");
    assert_true(later > seq);
    assert_string_equal(changes_since(0, image, &later), "1+ 2= 3- ");
}

static void a_change_has_a_mark_of_its_own(void **state) {
    (void)state;
    char mark[WEFT_STORE_MARK_SIZE], again[WEFT_STORE_MARK_SIZE], other[WEFT_STORE_MARK_SIZE];
    assert_int_equal(weft_store_change_mark(store, 1, mark, NULL), WEFT_E_NOT_FOUND);
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    uint64_t seq = change_seq(store);
    assert_int_equal(weft_store_change_mark(store, seq, mark, NULL), WEFT_OK);
    assert_int_equal(weft_store_change_mark(store, seq - 1, other, NULL), WEFT_OK);
    assert_string_not_equal(mark, other);
    assert_int_equal(weft_store_delete_product(store, "2", NULL), WEFT_OK);
    assert_int_equal(weft_store_change_mark(store, seq, again, NULL), WEFT_OK);
    assert_string_equal(mark, again);
    assert_int_equal(weft_store_change_mark(store, seq + 9, mark, NULL), WEFT_E_NOT_FOUND);
}

/* ---- the queue ---- */

static weft_status note_id(void *context, const weft_product *product, const weft_embedding *have,
                           weft_err *err) {
    (void)have, (void)err;
    strcat(strcat(context, product->product_id), " ");
    return WEFT_OK;
}

static const char *lease(const char *name, size_t limit, double seconds) {
    static char story[256];
    weft_err err = {0};
    story[0] = '\0';
    if (weft_store_queue_lease(store, "mini@1", name, limit, seconds, note_id, story, &err))
        fail_msg("%s", err.message);
    return story;
}

static size_t queued(void) {
    size_t n = SIZE_MAX;
    assert_int_equal(weft_store_queue_count(store, "mini@1", &n, NULL), WEFT_OK);
    return n;
}

static size_t finish(const char *name, const weft_embedding *rows, size_t n) {
    size_t written = SIZE_MAX;
    weft_err err = {0};
    if (weft_store_queue_finish(store, name, rows, n, &written, &err)) fail_msg("%s", err.message);
    return written;
}

static void a_lease_is_one_workers(void **state) {
    (void)state;
    static const char *const ids[] = {"1", "2", "3", "4", "gone"};
    const float v[DIM] = {1};
    put_shirts(store, ids, 4);
    assert_int_equal(weft_store_queue_put(store, "mini@1", ids, 5, NULL), WEFT_OK);
    assert_int_equal(queued(), 4);
    assert_string_equal(lease("a", 2, 60), "1 2 ");
    assert_int_equal(weft_store_queue_put(store, "mini@1", ids, 4, NULL),
                     WEFT_OK); /* changes nothing */
    assert_string_equal(lease("b", 9, 60), "3 4 ");
    assert_string_equal(lease("c", 9, 60), "");
    weft_embedding rows[2] = {embedding("1", v, v, NULL), embedding("3", v, v, NULL)};
    assert_int_equal(finish("a", rows, 2), 1); /* 3 is b's */
    assert_int_equal(walk(store, true, v, v).embeddings, 1);
    assert_int_equal(weft_store_queue_end(store, "a", NULL), WEFT_OK);
    assert_int_equal(queued(), 2);
    assert_int_equal(weft_store_delete_product(store, "4", NULL), WEFT_OK);
    assert_int_equal(queued(), 1);
}

static void a_lease_runs_out(void **state) {
    (void)state;
    const float v[DIM] = {1};
    put_shirts(store, (const char *const[]){"1"}, 1);
    assert_int_equal(weft_store_queue_put(store, "mini@1", (const char *const[]){"1"}, 1, NULL),
                     WEFT_OK);
    assert_string_equal(lease("slow", 9, 0.05), "1 ");
    usleep(100 * 1000);
    assert_string_equal(lease("quick", 9, 60), "1 ");
    const weft_embedding row = embedding("1", v, v, NULL);
    uint64_t before = change_seq(store);
    assert_int_equal(finish("slow", &row, 1), 0);
    assert_int_equal(change_seq(store), before);
    assert_int_equal(finish("quick", &row, 1), 1);
    assert_int_equal(finish("quick", &row, 1), 0);
    assert_int_equal(queued(), 0);
}

enum { MANY = 400 };
static atomic_int taken[MANY];

static weft_status note_taken(void *context, const weft_product *product,
                              const weft_embedding *have, weft_err *err) {
    (void)have, (void)err;
    ++*(int *)context;
    atomic_fetch_add(&taken[atoi(product->product_id)], 1);
    return WEFT_OK;
}

static void *take_all(void *context) {
    char name[64];
    int rounds = 0, n = 1;
    weft_store *own = open_again();
    weft_status status = WEFT_OK;
    while (n && !status) {
        snprintf(name, sizeof name, "%s-%d", (const char *)context, rounds++);
        n = 0;
        status = weft_store_queue_lease(own, "mini@1", name, 7, 60, note_taken, &n, NULL);
    }
    weft_store_close(own);
    return status ? (void *)"a lease failed" : NULL;
}

static void many_workers_take_everything_once(void **state) {
    (void)state;
    static char ids[MANY][8];
    static const char *pointers[MANY];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    pthread_t threads[8];
    void *complaints[8];
    for (int i = 0; i < MANY; i++) {
        snprintf(ids[i], sizeof ids[i], "%04d", i);
        pointers[i] = ids[i];
        atomic_store(&taken[i], 0);
        put_shirts(store, &pointers[i], 1);
    }
    assert_int_equal(weft_store_queue_put(store, "mini@1", pointers, MANY, NULL), WEFT_OK);
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_all, (void *)(uintptr_t)names[i]),
                         0);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], &complaints[i]);
    for (int i = 0; i < 8; i++)
        if (complaints[i]) fail_msg("%s", (const char *)complaints[i]);
    for (int i = 0; i < MANY; i++) assert_int_equal(atomic_load(&taken[i]), 1);
}

/* ---- sets ---- */

/* What a walk over a set sees: each id with '=' when it has an embedding, else '+'. */
static weft_status note_walk(void *context, const weft_product *product, const weft_embedding *have,
                             weft_err *err) {
    char *story = context;
    (void)err;
    strcat(strcat(story, product->product_id), have ? "=" : "+");
    if (have) assert_true(have->kinds == 2);
    return WEFT_OK;
}

static const char *walk_of(const char *embedding_model) {
    static char story[256];
    story[0] = '\0';
    assert_int_equal(weft_store_each(store, embedding_model, false, note_walk, story, NULL),
                     WEFT_OK);
    return story;
}

static const char *changes_of(const char *embedding_model, uint64_t since) {
    static changes_seen told;
    uint64_t seq;
    told = (changes_seen){0};
    assert_int_equal(weft_store_each_changed(store, embedding_model, since, false, note_change,
                                             &told, &seq, NULL),
                     WEFT_OK);
    assert_int_equal(seq, change_seq(store));
    return told.story;
}

/* Products 1 and 2, both in mini@1, the second in large@2 as well. */
static void put_two_sets(void) {
    const float text[DIM] = {0, 1, 0, 0, 0};
    weft_embedding rows[] = {embedding("1", NULL, text, NULL), embedding("2", NULL, text, NULL),
                             embedding("2", NULL, text, NULL)};
    rows[2].embedding_model = "large@2";
    put_shirts(store, (const char *const[]){"1", "2"}, 2);
    assert_int_equal(weft_store_put_set(store, "mini@1", "weft-mini", DIM, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_set(store, "large@2", "large", DIM, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_embeddings(store, rows, 3, NULL), WEFT_OK);
}

static void sets_lie_beside_each_other(void **state) {
    (void)state;
    const float other[DIM] = {1, 0, 0, 0, 0};
    put_two_sets();
    assert_string_equal(walk_of("mini@1"), "1=2=");
    assert_string_equal(walk_of("large@2"), "1+2=");
    assert_string_equal(walk_of("none@3"), "1+2+");
    uint64_t seq = change_seq(store);
    weft_embedding row = embedding("2", NULL, other, NULL);
    row.embedding_model = "large@2";
    assert_int_equal(weft_store_put_embeddings(store, &row, 1, NULL), WEFT_OK);
    assert_string_equal(changes_of("mini@1", seq), "");
    assert_string_equal(changes_of("large@2", seq), "2= ");
    assert_int_equal(weft_store_delete_product(store, "2", NULL), WEFT_OK);
    assert_string_equal(changes_of("mini@1", seq), "2- ");
    assert_string_equal(walk_of("large@2"), "1+");
}

static void each_model_has_a_queue_of_its_own(void **state) {
    (void)state;
    char story[64] = "";
    size_t n;
    put_two_sets();
    assert_int_equal(
        weft_store_queue_put(store, "mini@1", (const char *const[]){"1", "2"}, 2, NULL), WEFT_OK);
    assert_int_equal(weft_store_queue_put(store, "large@2", (const char *const[]){"1"}, 1, NULL),
                     WEFT_OK);
    assert_int_equal(
        weft_store_queue_lease(store, "large@2", "worker", 9, 60, note_walk, story, NULL), WEFT_OK);
    assert_string_equal(story, "1+"); /* as large@2 has it */
    assert_int_equal(weft_store_queue_end(store, "worker", NULL), WEFT_OK);
    assert_int_equal(weft_store_queue_count(store, "large@2", &n, NULL), WEFT_OK);
    assert_int_equal(n, 0);
    assert_int_equal(weft_store_queue_count(store, "mini@1", &n, NULL), WEFT_OK);
    assert_int_equal(n, 2);
}

/* "large@2:1:P mini@1:2:S ": sets with their products, served and previous. */
static const char *list_of_sets(void) {
    static char story[256];
    weft_arena arena;
    weft_store_set *sets;
    size_t n, used = 0;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_list_sets(store, &arena, &sets, &n, NULL), WEFT_OK);
    story[0] = '\0';
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(story + used, sizeof story - used, "%s:%zu:%s%s ",
                                 sets[i].embedding_model, sets[i].products,
                                 sets[i].is_serving ? "S" : "", sets[i].is_previous ? "P" : "");
    weft_arena_deinit(&arena);
    return story;
}

static void a_set_is_switched_to_and_back(void **state) {
    (void)state;
    weft_arena arena;
    weft_store_set set;
    weft_arena_init(&arena, 0);
    put_two_sets();
    assert_string_equal(list_of_sets(), "large@2:1: mini@1:2: ");
    assert_int_equal(weft_store_serving_set(store, &arena, &set, NULL), WEFT_E_NOT_FOUND);
    assert_int_equal(weft_store_switch_set(store, "none@3", NULL), WEFT_E_NOT_FOUND);
    assert_int_equal(weft_store_switch_set(store, "mini@1", NULL), WEFT_OK);
    assert_string_equal(list_of_sets(), "large@2:1: mini@1:2:S ");
    assert_int_equal(weft_store_switch_set(store, "large@2", NULL), WEFT_OK);
    assert_int_equal(weft_store_switch_set(store, "large@2", NULL), WEFT_OK); /* changes nothing */
    assert_string_equal(list_of_sets(), "large@2:1:S mini@1:2:P ");
    assert_int_equal(weft_store_serving_set(store, &arena, &set, NULL), WEFT_OK);
    assert_string_equal(set.embedding_model, "large@2");
    assert_string_equal(set.model, "large");
    assert_int_equal(set.dim, DIM);
    assert_int_equal(weft_store_put_set(store, "large@2", "/models/large", DIM, NULL), WEFT_OK);
    assert_int_equal(weft_store_serving_set(store, &arena, &set, NULL), WEFT_OK);
    assert_string_equal(set.model, "/models/large");
    weft_arena_deinit(&arena);
}

static void a_set_is_dropped_but_not_while_it_is_served(void **state) {
    (void)state;
    put_two_sets();
    assert_int_equal(weft_store_switch_set(store, "large@2", NULL), WEFT_OK);
    assert_int_equal(weft_store_drop_set(store, "large@2", NULL), WEFT_E_CONFLICT);
    assert_string_equal(walk_of("large@2"), "1+2=");
    assert_int_equal(weft_store_drop_set(store, "none@3", NULL), WEFT_E_NOT_FOUND);
    assert_int_equal(weft_store_drop_set(store, "mini@1", NULL), WEFT_OK);
    assert_string_equal(walk_of("mini@1"), "1+2+");
    assert_string_equal(walk_of("large@2"), "1+2=");
    assert_string_equal(list_of_sets(), "large@2:1:S ");
}

/* ---- sources ---- */

static const weft_store_source shop = {.name = "shop",
                                       .url = "postgresql://user:secret@host/shop",
                                       .spec = "{\"table\": \"articles\"}",
                                       .slot = "weft_shop_1"};

/* The source called shop as the store has it now; strings are not kept. */
static weft_store_source look_at_source(void) {
    weft_arena arena;
    weft_store_source *sources, found;
    size_t n;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_list_sources(store, &arena, &sources, &n, NULL), WEFT_OK);
    assert_int_equal(n, 1);
    found = sources[0];
    assert_string_equal(found.name, shop.name);
    assert_string_equal(found.slot, shop.slot);
    found.name = found.url = found.spec = found.slot = found.system = NULL;
    weft_arena_deinit(&arena);
    return found;
}

static weft_status apply(uint64_t copy, const weft_store_source_batch *batch) {
    weft_store_put_result result = {0};
    return weft_store_apply_source(store, shop.name, copy, batch, &result, NULL);
}

static uint64_t begin_copy(void) {
    uint64_t copy = look_at_source().copy;
    assert_int_equal(weft_store_begin_source(store, shop.name, "7300/shop", &copy, NULL), WEFT_OK);
    return copy;
}

static bool has_product(const char *id) {
    weft_arena arena;
    weft_product product;
    weft_arena_init(&arena, 0);
    weft_status status = weft_store_get_product(store, id, &arena, &product, NULL);
    weft_arena_deinit(&arena);
    return status == WEFT_OK;
}

/* Puts a source with the products a, b and c, copied up to 100; "mine" is no source's. */
static uint64_t put_shop(void) {
    const weft_product products[] = {shirt("a"), shirt("b"), shirt("c")};
    put_shirts(store, (const char *const[]){"mine"}, 1);
    assert_int_equal(weft_store_put_source(store, &shop, NULL), WEFT_OK);
    uint64_t copy = begin_copy();
    assert_int_equal(apply(copy, &(weft_store_source_batch){.products = products,
                                                            .product_count = 3,
                                                            .position = 100,
                                                            .ends_copy = true}),
                     WEFT_OK);
    return copy;
}

static void sources_come_back_as_they_were_put(void **state) {
    (void)state;
    weft_arena arena;
    weft_store_source *sources;
    size_t n;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_list_sources(store, &arena, &sources, &n, NULL), WEFT_OK);
    assert_int_equal(n, 0);
    assert_int_equal(weft_store_put_source(store, &shop, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_source(store, &shop, NULL), WEFT_E_CONFLICT);
    assert_int_equal(weft_store_list_sources(store, &arena, &sources, &n, NULL), WEFT_OK);
    assert_int_equal(n, 1);
    assert_string_equal(sources[0].url, shop.url);
    assert_string_equal(sources[0].spec, shop.spec);
    assert_string_equal(sources[0].system, "");
    assert_int_equal(sources[0].position, 0);

    weft_store_source changed = shop;
    changed.spec = "{}";
    assert_int_equal(weft_store_change_source(store, &changed, NULL), WEFT_OK);
    assert_true(look_at_source().copy > sources[0].copy);
    changed.name = "another";
    assert_int_equal(weft_store_change_source(store, &changed, NULL), WEFT_E_NOT_FOUND);
    weft_arena_deinit(&arena);
}

static void a_batch_moves_rows_and_position_together(void **state) {
    (void)state;
    uint64_t copy = put_shop();
    assert_int_equal(look_at_source().position, 100);
    const weft_product products[] = {shirt("d"), shirt("a")};
    const char *const deleted[] = {"b", "mine", "not there"};
    weft_store_source_batch batch = {.products = products,
                                     .product_count = 2,
                                     .deleted = deleted,
                                     .deleted_count = 3,
                                     .position = 200};
    assert_int_equal(apply(copy, &batch), WEFT_OK);
    assert_int_equal(look_at_source().position, 200);
    assert_true(has_product("a") && has_product("c") && has_product("d") && has_product("mine"));
    assert_false(has_product("b"));

    weft_product broken = shirt("e");
    broken.price = -1;
    batch = (weft_store_source_batch){
        .truncates = true, .products = &broken, .product_count = 1, .position = 300};
    assert_int_equal(apply(copy, &batch), WEFT_E_INVALID);
    assert_int_equal(look_at_source().position, 200);
    assert_int_equal(count(store), 4);
}

static void truncating_a_source_leaves_other_products(void **state) {
    (void)state;
    uint64_t copy = put_shop();
    const weft_product again = shirt("b");
    const weft_store_source_batch batch = {
        .truncates = true, .products = &again, .product_count = 1, .position = 200};
    assert_int_equal(apply(copy, &batch), WEFT_OK);
    assert_true(has_product("b") && has_product("mine"));
    assert_int_equal(count(store), 2);
}

static void a_new_copy_takes_away_what_it_has_not(void **state) {
    (void)state;
    uint64_t old_copy = put_shop();
    uint64_t copy = begin_copy();
    assert_int_equal(look_at_source().position, 0);
    assert_int_equal(count(store), 4); /* all the while */
    const weft_product products[] = {shirt("a"), shirt("d")};
    weft_store_source_batch batch = {.products = products, .product_count = 2};
    assert_int_equal(apply(old_copy, &batch), WEFT_E_NOT_FOUND);
    assert_int_equal(apply(copy, &batch), WEFT_OK);
    assert_int_equal(look_at_source().position, 0);
    batch = (weft_store_source_batch){.position = 500, .ends_copy = true};
    assert_int_equal(apply(copy, &batch), WEFT_OK);
    assert_true(has_product("a") && has_product("d") && has_product("mine"));
    assert_int_equal(count(store), 3);
    assert_int_equal(weft_store_begin_source(store, shop.name, "", &old_copy, NULL),
                     WEFT_E_NOT_FOUND);
}

static void photos_stay_where_a_source_has_none(void **state) {
    (void)state;
    uint64_t copy = put_shop();
    weft_product products[] = {shirt("a"), shirt("new")};
    for (int i = 0; i < 2; i++) products[i].image_path = products[i].image_digest = NULL;
    uint64_t before = change_seq(store);
    const weft_store_source_batch batch = {.products = products, .product_count = 2};
    assert_int_equal(apply(copy, &batch), WEFT_OK);
    assert_int_equal(change_seq(store), before + 1); /* "a" is as it was */
    weft_arena arena;
    weft_product product;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_store_get_product(store, "a", &arena, &product, NULL), WEFT_OK);
    assert_string_equal(product.image_digest, "abcd");
    assert_int_equal(weft_store_get_product(store, "new", &arena, &product, NULL), WEFT_OK);
    assert_string_equal(product.image_digest, "");
    weft_arena_deinit(&arena);
}

static void a_source_goes_with_its_products_or_without(void **state) {
    (void)state;
    put_shop();
    assert_int_equal(weft_store_remove_source(store, shop.name, true, NULL), WEFT_OK);
    assert_int_equal(count(store), 4);
    assert_int_equal(weft_store_remove_source(store, shop.name, true, NULL), WEFT_E_NOT_FOUND);
    uint64_t copy = put_shop();
    assert_int_equal(weft_store_remove_source(store, shop.name, false, NULL), WEFT_OK);
    assert_true(has_product("mine"));
    assert_int_equal(count(store), 1);
    assert_int_equal(apply(copy, &(weft_store_source_batch){.position = 9}), WEFT_E_NOT_FOUND);
}

/* ---- garments in photos, and products worn together ---- */

static const float item_vectors[][3] = {{1, 0, -0.0f}, {0, 1, 0}, {0.5f, 0.25f, -2}};

static weft_store_item item_of(const char *id, const char *photo, const char *attributes) {
    return (weft_store_item){.item_id = id,
                             .image_path = photo,
                             .category = "vest",
                             .attributes = attributes,
                             .embedding = item_vectors[0],
                             .dim = 3};
}

static const char mini_attributes[] = "{\"box\": [1, 2, 3, 4], \"embedding_model\": \"mini@1\"}";
static const char other_attributes[] = "{\"embedding_model\": \"other@2\"}";

typedef struct {
    char text[512];
    size_t limit; /* visits until it stops */
} walk_note;

static weft_status note_item(void *context, const weft_store_item *item, weft_err *err) {
    walk_note *note = context;
    size_t n = strlen(note->text);
    (void)err;
    snprintf(note->text + n, sizeof note->text - n, "%s %s %s %g %g %g;", item->item_id,
             item->image_path, item->category, (double)item->embedding[0],
             (double)item->embedding[1], (double)item->embedding[2]);
    assert_int_equal(item->dim, 3);
    assert_non_null(strstr(item->attributes, "embedding_model"));
    assert_int_equal(weft_store_count_items(store, NULL, &n, NULL), WEFT_OK); /* it may call */
    return --note->limit ? WEFT_OK : WEFT_E_CANCELLED;
}

static void garments_come_in_the_order_of_their_photos(void **state) {
    (void)state;
    weft_store_item items[] = {
        item_of("t/2#1", "t/b.jpg", mini_attributes), item_of("t/1#2", "t/a.jpg", mini_attributes),
        item_of("t/1#1", "t/a.jpg", mini_attributes), item_of("t/3#1", "t/B.jpg", other_attributes),
        item_of("t/4#1", "t/C.jpg", mini_attributes)};
    walk_note note = {.limit = 99};
    size_t n;
    items[1].embedding = item_vectors[1];
    items[4].category = "skirt";
    assert_int_equal(weft_store_put_items(store, items, 5, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_items(store, NULL, 0, NULL), WEFT_OK);
    assert_int_equal(weft_store_each_item(store, "mini@1", note_item, &note, NULL), WEFT_OK);
    assert_string_equal(note.text, "t/4#1 t/C.jpg skirt 1 0 -0;t/1#1 t/a.jpg vest 1 0 -0;"
                                   "t/1#2 t/a.jpg vest 0 1 0;t/2#1 t/b.jpg vest 1 0 -0;");
    assert_int_equal(weft_store_count_items(store, NULL, &n, NULL), WEFT_OK);
    assert_int_equal(n, 5);
    assert_int_equal(weft_store_count_items(store, "mini@1", &n, NULL), WEFT_OK);
    assert_int_equal(n, 4);
    assert_int_equal(weft_store_count_items(store, "none", &n, NULL), WEFT_OK);
    assert_int_equal(n, 0);

    /* Written again, an item is what it is now. */
    items[2].embedding = item_vectors[2];
    items[2].image_path = "t/c.jpg";
    assert_int_equal(weft_store_put_items(store, &items[2], 1, NULL), WEFT_OK);
    note = (walk_note){.limit = 99};
    assert_int_equal(weft_store_each_item(store, "mini@1", note_item, &note, NULL), WEFT_OK);
    assert_string_equal(note.text, "t/4#1 t/C.jpg skirt 1 0 -0;t/1#2 t/a.jpg vest 0 1 0;"
                                   "t/2#1 t/b.jpg vest 1 0 -0;t/1#1 t/c.jpg vest 0.5 0.25 -2;");
    note = (walk_note){.limit = 1};
    assert_int_equal(weft_store_each_item(store, "mini@1", note_item, &note, NULL),
                     WEFT_E_CANCELLED);
    assert_string_equal(note.text, "t/4#1 t/C.jpg skirt 1 0 -0;");
}

static weft_status count_item(void *context, const weft_store_item *item, weft_err *err) {
    unsigned *next = context, number;
    (void)err;
    assert_int_equal(sscanf(item->item_id, "%u", &number), 1);
    assert_int_equal(number, *next);
    ++*next;
    return WEFT_OK;
}

static void a_walk_over_many_garments_leaves_none_out(void **state) {
    (void)state;
    enum { PLENTY = 4000 /* whole pages */ };
    static char ids[PLENTY][16];
    static weft_store_item items[PLENTY];
    unsigned walked = 0;
    for (size_t i = 0; i < PLENTY; i++) {
        snprintf(ids[i], sizeof ids[i], "%05zu", i);
        items[i] = item_of(ids[i], i < PLENTY / 2 ? "a" : "b", mini_attributes);
    }
    assert_int_equal(weft_store_put_items(store, items, PLENTY, NULL), WEFT_OK);
    assert_int_equal(weft_store_each_item(store, "mini@1", count_item, &walked, NULL), WEFT_OK);
    assert_int_equal(walked, PLENTY);
}

static void garments_that_are_there_are_known(void **state) {
    (void)state;
    const weft_store_item there = item_of("1", "a.jpg", mini_attributes);
    weft_store_item asked[] = {
        there, item_of("2", "a.jpg", mini_attributes), item_of("1", "b.jpg", mini_attributes),
        item_of("1", "a.jpg", other_attributes),
        /* The same object, written otherwise. */
        item_of("1", "a.jpg", "{\"box\":[1,2,3,4],\"embedding_model\":\"mini@1\"}"), there};
    bool is_there[6];
    asked[5].category = "skirt";
    assert_int_equal(weft_store_put_items(store, &there, 1, NULL), WEFT_OK);
    assert_int_equal(weft_store_have_items(store, asked, 6, is_there, NULL), WEFT_OK);
    for (int i = 0; i < 6; i++) assert_int_equal(is_there[i], i == 0 || i == 4);
    assert_int_equal(weft_store_have_items(store, asked, 0, is_there, NULL), WEFT_OK);
}

static void a_garment_with_bad_attributes_writes_nothing(void **state) {
    (void)state;
    const weft_store_item items[] = {item_of("good", "a.jpg", mini_attributes),
                                     item_of("bad one", "a.jpg", "{")};
    weft_err err = {0};
    size_t n;
    assert_int_equal(weft_store_put_items(store, items, 2, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "bad one"));
    assert_int_equal(weft_store_count_items(store, NULL, &n, NULL), WEFT_OK);
    assert_int_equal(n, 0);
}

static weft_status note_edge(void *context, const weft_store_outfit_edge *edge, weft_err *err) {
    walk_note *note = context;
    size_t n = strlen(note->text);
    int64_t revision;
    (void)err;
    snprintf(note->text + n, sizeof note->text - n, "%s-%s %u;", edge->product_a, edge->product_b,
             edge->photos);
    assert_int_equal(weft_store_outfit_edges_revision(store, &revision, NULL), WEFT_OK);
    return --note->limit ? WEFT_OK : WEFT_E_CANCELLED;
}

static void assert_edges(const char *expected, int64_t expected_revision) {
    walk_note note = {.limit = 99};
    int64_t revision;
    assert_int_equal(weft_store_each_outfit_edge(store, note_edge, &note, NULL), WEFT_OK);
    assert_string_equal(note.text, expected);
    assert_int_equal(weft_store_outfit_edges_revision(store, &revision, NULL), WEFT_OK);
    assert_int_equal(revision, expected_revision);
}

static void edges_take_the_place_of_those_before(void **state) {
    (void)state;
    const weft_store_outfit_edge first[] = {{"b", "c", 1}, {"a \"'", "b", 4000000000u}};
    const weft_store_outfit_edge next[] = {{"B", "a", 7}};
    const weft_store_outfit_edge wrong[] = {{"a", "b", 1}, {"b", "B", 1}};
    const weft_store_outfit_edge twice[] = {{"a", "b", 1}, {"a", "b", 2}};
    assert_edges("", 0);
    assert_int_equal(weft_store_put_outfit_edges(store, first, 2, NULL), WEFT_OK);
    assert_edges("a \"'-b 4000000000;b-c 1;", 1);
    assert_int_equal(weft_store_put_outfit_edges(store, next, 1, NULL), WEFT_OK);
    assert_edges("B-a 7;", 2);
    assert_int_equal(weft_store_put_outfit_edges(store, wrong, 2, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_store_put_outfit_edges(store, twice, 2, NULL), WEFT_E_INVALID);
    assert_edges("B-a 7;", 2);
    walk_note note = {.limit = 1};
    assert_int_equal(weft_store_each_outfit_edge(store, note_edge, &note, NULL), WEFT_E_CANCELLED);
    assert_int_equal(weft_store_put_outfit_edges(store, NULL, 0, NULL), WEFT_OK);
    assert_edges("", 3);
}

static weft_status count_edge(void *context, const weft_store_outfit_edge *edge, weft_err *err) {
    uint32_t *walked = context;
    (void)err;
    assert_int_equal(edge->photos, ++*walked);
    return WEFT_OK;
}

static void many_edges_are_all_written(void **state) {
    (void)state;
    enum { PLENTY = 25000 };
    static char ids[PLENTY][16];
    static weft_store_outfit_edge edges[PLENTY];
    for (size_t i = 0; i < PLENTY; i++) {
        snprintf(ids[i], sizeof ids[i], "p%05zu", i);
        edges[i] = (weft_store_outfit_edge){"a", ids[i], (uint32_t)i + 1};
    }
    uint32_t walked = 0;
    assert_int_equal(weft_store_put_outfit_edges(store, edges, PLENTY, NULL), WEFT_OK);
    assert_int_equal(weft_store_each_outfit_edge(store, count_edge, &walked, NULL), WEFT_OK);
    assert_int_equal(walked, PLENTY);
}

/* ---- the table of stores ---- */

static int made; /* places, so that each has a name of its own */

static void make_sqlite(char *out, size_t size) {
    snprintf(out, size, "sqlite:%s/weft-%d.db", folder, made++);
}

static void remove_sqlite(const char *place) { (void)place; } /* goes with the folder */

int main(int argc, char **argv) {
    static const backend backends[] = {
        {"sqlite", make_sqlite, remove_sqlite},
        {"postgres", postgres_make, postgres_remove},
    };
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_new, close_and_remove)
    const struct CMUnitTest tests[] = {
        TEST(what_is_put_is_got),
        TEST(what_is_not_known_stays_so),
        TEST(ids_are_any_text),
        TEST(results_tell_new_changed_and_same),
        TEST(every_column_counts_as_a_change),
        TEST(a_failing_row_leaves_nothing),
        TEST(missing_products_are_named),
        TEST(the_walk_is_in_order_of_ids),
        TEST(embeddings_come_back_bit_for_bit),
        TEST(embeddings_of_a_missing_product_are_refused),
        TEST(deleting_takes_the_embeddings_along),
        TEST(a_visitor_may_stop_the_walk),
        TEST(a_visitor_may_write),
        TEST(walks_see_whole_batches),
        TEST(short_reads_do_not_wait_for_a_writer),
        TEST(many_may_open_a_new_database_at_once),
        TEST(a_killed_writer_leaves_whole_batches),
        TEST(only_real_changes_move_the_number),
        TEST(changes_are_told_once_each),
        TEST(a_change_has_a_mark_of_its_own),
        TEST(a_lease_is_one_workers),
        TEST(a_lease_runs_out),
        TEST(many_workers_take_everything_once),
        TEST(sets_lie_beside_each_other),
        TEST(each_model_has_a_queue_of_its_own),
        TEST(a_set_is_switched_to_and_back),
        TEST(a_set_is_dropped_but_not_while_it_is_served),
        TEST(sources_come_back_as_they_were_put),
        TEST(a_batch_moves_rows_and_position_together),
        TEST(truncating_a_source_leaves_other_products),
        TEST(a_new_copy_takes_away_what_it_has_not),
        TEST(photos_stay_where_a_source_has_none),
        TEST(a_source_goes_with_its_products_or_without),
        TEST(events_need_a_product_and_a_known_type),
        TEST(events_are_walked_in_their_order),
        TEST(a_walk_over_events_ends_when_told),
        TEST(an_import_moves_on_with_its_events),
        TEST(a_file_is_imported_again_when_it_is_meant),
        TEST(an_import_begins_when_it_has_seen_all),
        TEST(nothing_is_imported_that_cannot_be_reported),
        TEST(users_have_a_segment),
        TEST(features_move_on_with_the_events),
        TEST(tokens_are_good_until_revoked),
        TEST(rules_keep_every_version),
        TEST(searches_are_kept_with_what_users_did),
        TEST(many_tokens_are_listed),
        TEST(garments_come_in_the_order_of_their_photos),
        TEST(a_walk_over_many_garments_leaves_none_out),
        TEST(garments_that_are_there_are_known),
        TEST(a_garment_with_bad_attributes_writes_nothing),
        TEST(edges_take_the_place_of_those_before),
        TEST(many_edges_are_all_written),
    };
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        under_test = &backends[i];
        if (argc == 2 && strcmp(argv[1], under_test->name) == 0)
            return cmocka_run_group_tests_name(under_test->name, tests, NULL, NULL);
    }
    fprintf(stderr, "usage: test_store sqlite|postgres (the latter by tests/postgres/with.sh)\n");
    return 2;
}
