/* The whole way from the store to a published snapshot, with the real model. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"
#include "sync/live.h"
#include "world.h"

enum { VECTOR_MAX = 1024 };

static weft_clip_model *model;
static char model_name[WEFT_EMBEDDING_MODEL_SIZE];

/* A small photo: red above, blue below. */
static void write_photo(const char *name) {
    static uint8_t pixels[40 * 30 * 3];
    weft_image image = {pixels, 30, 40};
    unsigned char *bytes;
    size_t n;
    char path[256];
    for (size_t i = 0; i < 40 * 30; i++) pixels[i * 3 + (i < 600 ? 0 : 2)] = 255;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(weft_image_encode_jpeg(&image, 90, &bytes, &n, NULL), WEFT_OK);
    assert_int_equal(weft_file_write_atomic(path, bytes, n, NULL), WEFT_OK);
    weft_free(bytes);
}

static weft_status load(weft_snapshot **snapshot, const char *embedding_model, size_t size) {
    const weft_snapshot_options options = {
        .store = store, .embedding_model = embedding_model, .dim = size};
    return weft_snapshot_load(snapshot, &options, NULL);
}

static int set_up(void **state) {
    char url[128];
    weft_err err = {0};
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    if (weft_store_open(&store, url, &err) ||
        (!model && weft_clip_model_open(&model, "models/weft-mini", NULL, &err))) {
        print_error("%s\n", err.message);
        return -1;
    }
    weft_embedding_model_name(model, model_name);
    write_photo("good.jpg");
    const weft_product products[] = {product_of("a", "Red Dress", "good.jpg"),
                                     product_of("b", "Blue Dress", ""),
                                     product_of("c", "Lost Dress", "lost.jpg")};
    put(products, 3);
    return 0;
}

static int free_model(void **state) {
    (void)state;
    weft_clip_model_free(model);
    return 0;
}

static size_t photo_errors;

static void note_photo_error(void *context, const char *product_id, const weft_err *why) {
    (void)context;
    assert_string_equal(product_id, "c");
    assert_non_null(strstr(why->message, "lost.jpg"));
    photo_errors++;
}

static weft_embed_options options_of(const atomic_bool *cancel) {
    return (weft_embed_options){
        .store = store,
        .model = model,
        .data_folder = folder,
        .workers = 2,
        .hybrid_weight = 0.5f,
        .on_photo_error = note_photo_error,
        .cancel = cancel,
    };
}

static weft_status embed(weft_embed_report *report, const atomic_bool *cancel) {
    weft_embed_options options = options_of(cancel);
    return weft_embed_run(&options, report, NULL);
}

static void each_product_is_embedded_once(void **state) {
    (void)state;
    weft_embed_report report;
    photo_errors = 0;
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    assert_int_equal(report.products, 3);
    assert_int_equal(report.embedded, 3);
    assert_int_equal(report.photos, 1);
    assert_int_equal(report.photo_errors, 1);
    assert_int_equal(photo_errors, 1);
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    assert_int_equal(report.embedded, 0);
}

static void only_what_changed_is_embedded_again(void **state) {
    (void)state;
    weft_embed_report report;
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    weft_product renamed = product_of("b", "Green Dress", "");
    put(&renamed, 1);
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    assert_int_equal(report.embedded, 1);
    /* A price is not part of the sentence. */
    renamed.price = 31;
    put(&renamed, 1);
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    assert_int_equal(report.embedded, 0);
}

static void a_cancelled_run_says_so(void **state) {
    (void)state;
    weft_embed_report report;
    atomic_bool cancel = true;
    assert_int_equal(embed(&report, &cancel), WEFT_E_CANCELLED);
    assert_int_equal(report.embedded, 0);
}

/* Enough for every parcel of the writer to be used more than once. */
enum { MANY = 700 };

static void put_many(void) {
    static char ids[MANY][8];
    static weft_product products[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(ids[i], sizeof ids[i], "m%03d", i);
        products[i] = product_of(ids[i], "Plain Dress", i % 50 == 0 ? "good.jpg" : "");
    }
    put(products, MANY);
}

typedef struct {
    atomic_bool cancel;
    bool cancels; /* after the first commit */
    size_t calls, done, total;
} watch;

static void watch_progress(void *context, size_t done, size_t total) {
    watch *w = context;
    assert_true(done > w->done); /* by one thread at a time, never back */
    w->calls++;
    w->done = done;
    w->total = total;
    if (w->cancels) atomic_store(&w->cancel, true);
}

static void ignore_photo_error(void *context, const char *product_id, const weft_err *why) {
    (void)context;
    (void)product_id;
    (void)why;
}

/* How many products have all that belongs to them, and never a part of it. */
static weft_status count_embedded(void *context, const weft_product *product,
                                  const weft_embedding *embedding, weft_err *err) {
    (void)err;
    if (!embedding) return WEFT_OK;
    assert_non_null(embedding->text_embedding);
    assert_non_null(embedding->hybrid_embedding);
    bool has_photo = strcmp(product->image_path, "good.jpg") == 0;
    assert_int_equal(embedding->image_embedding != NULL, has_photo);
    ++*(size_t *)context;
    return WEFT_OK;
}

static void a_stopped_run_keeps_what_it_has_and_goes_on(void **state) {
    (void)state;
    watch stopping = {.cancels = true}, resuming = {0};
    weft_embed_report first, second;
    weft_embed_options options = options_of(&stopping.cancel);
    size_t stored = 0;
    put_many();
    options.on_progress = watch_progress;
    options.on_photo_error = ignore_photo_error;
    options.context = &stopping;
    assert_int_equal(weft_embed_run(&options, &first, NULL), WEFT_E_CANCELLED);
    assert_true(first.embedded > 0 && first.embedded < first.products);
    assert_int_equal(stopping.done, first.embedded);
    assert_int_equal(weft_store_each(store, model_name, true, count_embedded, &stored, NULL),
                     WEFT_OK);
    assert_int_equal(stored, first.embedded);

    options.cancel = &resuming.cancel;
    options.context = &resuming;
    assert_int_equal(weft_embed_run(&options, &second, NULL), WEFT_OK);
    assert_int_equal(first.embedded + second.embedded, MANY + 3);
    assert_int_equal(first.photos + second.photos, MANY / 50 + 1);
    assert_int_equal(resuming.done, second.embedded);
    assert_int_equal(resuming.total, second.embedded);
    stored = 0;
    assert_int_equal(weft_store_each(store, model_name, true, count_embedded, &stored, NULL),
                     WEFT_OK);
    assert_int_equal(stored, MANY + 3);
}

static void delete_a(void *context, const char *product_id, const weft_err *why) {
    (void)product_id;
    (void)why;
    *(weft_status *)context = weft_store_delete_product(store, "a", NULL);
}

static void a_commit_that_fails_ends_the_run(void **state) {
    (void)state;
    weft_status deleted = WEFT_E_INTERNAL;
    weft_embed_report report;
    weft_err err = {0};
    weft_embed_options options = options_of(NULL);
    options.workers = 1; /* all three in one batch */
    options.on_photo_error = delete_a;
    options.context = &deleted;
    assert_int_equal(weft_embed_run(&options, &report, &err), WEFT_E_NOT_FOUND);
    assert_int_equal(deleted, WEFT_OK);
    assert_non_null(strstr(err.message, "product a"));
    assert_int_equal(report.embedded, 0);
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    assert_int_equal(report.embedded, 2);
}

static void embedding_without_memory_fails_cleanly(void **state) {
    (void)state;
    weft_embed_report report;
    weft_embed_options options = options_of(NULL);
    options.on_photo_error = ignore_photo_error;
    for (size_t nth = 1; nth < 500; nth++) {
        weft_mem_fail_after(nth);
        weft_status status = weft_embed_run(&options, &report, NULL);
        weft_mem_fail_after(0);
        if (status == WEFT_OK) return;
        assert_int_equal(status, WEFT_E_NOMEM);
    }
    fail_msg("never succeeded");
}

static void a_snapshot_has_what_the_store_has(void **state) {
    (void)state;
    weft_embed_report report;
    weft_snapshot *snapshot;
    size_t dim = weft_clip_model_info(model).dim;
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    assert_int_equal(load(&snapshot, model_name, dim), WEFT_OK);
    assert_int_equal(weft_catalog_rows(snapshot->catalog), 3);
    assert_int_equal(snapshot->pending, 0);
    const size_t present[] = {[WEFT_KIND_IMAGE] = 1, [WEFT_KIND_TEXT] = 3, [WEFT_KIND_HYBRID] = 3};
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        assert_int_equal(weft_bitset_popcount(weft_index_present(snapshot->index[k])), present[k]);
    /* Without a photo the hybrid is the text. */
    uint32_t row;
    assert_true(weft_catalog_find(snapshot->catalog, "b", &row));
    float hybrid[VECTOR_MAX], text[VECTOR_MAX];
    assert_true(dim <= VECTOR_MAX);
    assert_true(weft_index_vector(snapshot->index[WEFT_KIND_HYBRID], row, hybrid));
    assert_true(weft_index_vector(snapshot->index[WEFT_KIND_TEXT], row, text));
    assert_memory_equal(hybrid, text, dim * sizeof *text);
    weft_snapshot_release(snapshot);
}

static void vectors_of_another_model_are_left_out(void **state) {
    (void)state;
    weft_embed_report report;
    weft_snapshot *snapshot;
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    assert_int_equal(load(&snapshot, "other@0", 512), WEFT_OK);
    assert_int_equal(snapshot->pending, 3);
    assert_int_equal(weft_bitset_popcount(weft_index_present(snapshot->index[0])), 0);
    weft_snapshot_release(snapshot);
}

static void loading_without_memory_fails_cleanly(void **state) {
    (void)state;
    weft_embed_report report;
    assert_int_equal(embed(&report, NULL), WEFT_OK);
    for (size_t nth = 1; nth < 500; nth++) {
        weft_snapshot *snapshot = NULL;
        weft_mem_fail_after(nth);
        weft_status status = load(&snapshot, model_name, 512);
        weft_mem_fail_after(0);
        if (status == WEFT_OK) {
            weft_snapshot_release(snapshot);
            return;
        }
        assert_int_equal(status, WEFT_E_NOMEM);
    }
    fail_msg("never succeeded");
}

static void a_change_is_published(void **state) {
    (void)state;
    weft_live *live;
    weft_live_options options = {.store = store,
                                 .model = model,
                                 .data_folder = folder,
                                 .hybrid_weight = 0.5f,
                                 .poll_seconds = 0.02};
    assert_int_equal(weft_live_start(&live, &options, NULL), WEFT_OK);
    weft_snapshot *old = weft_live_acquire(live);
    weft_product added = product_of("d", "New Dress", "good.jpg");
    put(&added, 1);
    bool seen = false;
    float vector[VECTOR_MAX];
    for (int i = 0; i < 1000 && !seen; i++) {
        weft_snapshot *now = weft_live_acquire(live);
        uint32_t row;
        seen = weft_catalog_find(now->catalog, "d", &row) && now->pending == 0 &&
               weft_index_vector(now->index[WEFT_KIND_IMAGE], row, vector);
        weft_snapshot_release(now);
        usleep(10 * 1000);
    }
    assert_true(seen);
    assert_int_equal(weft_catalog_rows(old->catalog), 3); /* held, so still whole */
    weft_snapshot_release(old);
    weft_live_stop(live);
}

/* ---- following ---- */

/* Follows one kind of change after another, beside loading anew each time. */
static void follow_everything(size_t ivf_from, float tolerance) {
    const weft_snapshot_options options = fake_options(ivf_from), exact = fake_options(0);
    weft_snapshot *now, *fresh, *loaded;
    put_fakes(0, FAKES, 0);
    assert_int_equal(weft_snapshot_load(&now, &options, NULL), WEFT_OK);
    assert_int_equal(weft_snapshot_follow(&fresh, now, &options, NULL), WEFT_OK);
    assert_null(fresh); /* nothing changed */
    for (int step = 0; step < 8; step++) {
        char id[16];
        switch (step) {
        case 0: put_fakes(FAKES, 5, 0); break;                        /* new ones */
        case 1: put_fakes(10, 10, 0.5f); break;                       /* changed ones */
        case 2: weft_store_delete_product(store, "f64", NULL); break; /* the last row */
        case 3: weft_store_delete_product(store, "a", NULL); break;   /* the first */
        case 4: /* many, new ones among them, and back again */
            for (size_t i = 5; i < FAKES; i += 4) {
                snprintf(id, sizeof id, "f%02zu", i);
                weft_store_delete_product(store, id, NULL);
            }
            put_fakes(70, 3, 0.1f);
            put_fakes(9, 1, 0.7f);
            break;
        case 5: /* came and went */
            put_fakes(90, 1, 0);
            weft_store_delete_product(store, "f90", NULL);
            break;
        case 6:
            put(&(weft_product){.product_id = "f11",
                                .product_display_name = "New name",
                                .master_category = "",
                                .sub_category = "",
                                .article_type = "New type",
                                .base_color = "",
                                .gender = "",
                                .season = "",
                                .usage = "",
                                .image_path = "",
                                .image_digest = ""},
                1);
            break;
        default: put_fakes(0, 60, 0.2f); break;
        }
        assert_int_equal(weft_snapshot_follow(&fresh, now, &options, NULL), WEFT_OK);
        assert_non_null(fresh);
        weft_snapshot_release(now);
        now = fresh;
        assert_int_equal(weft_snapshot_load(&loaded, &exact, NULL), WEFT_OK);
        assert_alike(now, loaded, tolerance);
        weft_snapshot_release(loaded);
    }
    assert_int_equal(weft_snapshot_is_worn(now, &options), ivf_from != 0);
    weft_snapshot_release(now);
}

static void following_is_as_loading(void **state) {
    (void)state;
    follow_everything(0, 0);
}

static void following_is_as_loading_with_inverted_files(void **state) {
    (void)state;
    follow_everything(1, -1);
}

/* No photo anywhere: building again would make the image index no better. */
static void an_index_without_vectors_is_not_worn(void **state) {
    (void)state;
    const weft_snapshot_options options = fake_options(1);
    weft_snapshot *loaded;
    assert_int_equal(weft_snapshot_load(&loaded, &options, NULL), WEFT_OK);
    assert_int_equal(weft_bitset_popcount(weft_index_present(loaded->index[WEFT_KIND_IMAGE])), 0);
    assert_false(weft_snapshot_is_worn(loaded, &options));
    weft_snapshot_release(loaded);
}

static void following_without_memory_fails_cleanly(void **state) {
    (void)state;
    const weft_snapshot_options options = fake_options(1);
    weft_snapshot *old, *fresh = NULL;
    put_fakes(0, 20, 0);
    assert_int_equal(weft_snapshot_load(&old, &options, NULL), WEFT_OK);
    put_fakes(5, 3, 1);
    weft_store_delete_product(store, "f02", NULL);
    for (size_t nth = 1; !fresh; nth++) {
        weft_mem_fail_after(nth);
        weft_status status = weft_snapshot_follow(&fresh, old, &options, NULL);
        weft_mem_fail_after(0);
        if (!fresh) assert_int_equal(status, WEFT_E_NOMEM);
    }
    weft_snapshot_release(fresh);
    weft_snapshot_release(old);
}

static void fail_with(void *context, const weft_err *err) {
    (void)context;
    print_error("%s\n", err->message);
}

static bool has_inverted_files(weft_live *live) {
    weft_snapshot *now = weft_live_acquire(live);
    bool all = true;
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        all = all && strcmp(weft_index_engine_name(now->index[k]), "ivf") == 0;
    weft_snapshot_release(now);
    return all;
}

static void the_live_index_is_built_beside_changes(void **state) {
    (void)state;
    weft_live *live;
    weft_live_options options = {.store = store,
                                 .model = model,
                                 .data_folder = folder,
                                 .hybrid_weight = 0.5f,
                                 .poll_seconds = 0.01,
                                 .ivf_from = 2,
                                 .on_error = fail_with};
    assert_int_equal(weft_live_start(&live, &options, NULL), WEFT_OK);
    for (int i = 0; i < 10; i++) { /* changes while it builds, and after */
        char id[16];
        snprintf(id, sizeof id, "new%d", i);
        weft_product added = product_of(id, "New Dress", "good.jpg");
        put(&added, 1);
        usleep(30 * 1000);
    }
    bool seen = false;
    for (int i = 0; i < 6000 && !seen; i++) { /* a minute: sanitizers are slow */
        weft_snapshot *now = weft_live_acquire(live);
        uint32_t row;
        seen = has_inverted_files(live) && now->pending == 0 &&
               weft_catalog_find(now->catalog, "new9", &row) &&
               weft_catalog_rows(now->catalog) == 13;
        weft_snapshot_release(now);
        usleep(10 * 1000);
    }
    assert_true(seen);
    weft_live_stop(live);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_product_is_embedded_once),
        TEST(only_what_changed_is_embedded_again),
        TEST(a_cancelled_run_says_so),
        TEST(a_stopped_run_keeps_what_it_has_and_goes_on),
        TEST(a_commit_that_fails_ends_the_run),
        TEST(embedding_without_memory_fails_cleanly),
        TEST(a_snapshot_has_what_the_store_has),
        TEST(vectors_of_another_model_are_left_out),
        TEST(loading_without_memory_fails_cleanly),
        TEST(a_change_is_published),
        TEST(following_is_as_loading),
        TEST(following_is_as_loading_with_inverted_files),
        TEST(an_index_without_vectors_is_not_worn),
        TEST(following_without_memory_fails_cleanly),
        TEST(the_live_index_is_built_beside_changes),
    };
    return cmocka_run_group_tests(tests, NULL, free_model);
}
