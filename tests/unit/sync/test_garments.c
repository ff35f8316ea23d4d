/* Garments in photos on their way into the store. */
#include "world.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "clip/clip_parts.h"
#include "sync/embed.h"
#include "sync/garments.h"

enum { SIDE = 120, DIM = 512 };

static weft_clip_model *model;
static char photos[128];

static void put_file(const char *kind, size_t number, const char *suffix, const void *bytes,
                     size_t n) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s/%06zu.%s", photos, kind, number, suffix);
    assert_int_equal(weft_file_write_atomic(path, bytes, n, NULL), WEFT_OK);
}

static void put_photo(size_t number) {
    weft_image image = {weft_alloc((size_t)SIDE * SIDE, 3), SIDE, SIDE};
    unsigned char *jpeg;
    size_t n;
    assert_non_null(image.pixels);
    for (size_t i = 0; i < (size_t)SIDE * SIDE * 3; i++)
        image.pixels[i] = (uint8_t)(i / (5 + number) + i % SIDE * number);
    assert_int_equal(weft_image_encode_jpeg(&image, 90, &jpeg, &n, NULL), WEFT_OK);
    put_file("image", number, "jpg", jpeg, n);
    weft_free(jpeg);
    weft_image_deinit(&image);
}

/* So many garments, each a little to the right of the one before. */
static void put_annotation(size_t number, size_t count) {
    weft_buf text;
    weft_buf_init(&text);
    weft_buf_printf(&text, "{\"source\": \"shop\", \"pair_id\": %zu", number);
    for (size_t i = 1; i <= count; i++)
        weft_buf_printf(&text,
                        ", \"item%zu\": {\"category_name\": \"vest\", \"category_id\": 5,"
                        " \"style\": 2, \"bounding_box\": [%zu, 10, %zu, 110]}",
                        i, i, i + 30);
    weft_buf_puts(&text, "}");
    put_file("annos", number, "json", text.data, text.size);
    weft_buf_deinit(&text);
}

static int set_up(void **state) {
    char path[256];
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(photos, sizeof photos, "%s/some photos", folder);
    mkdir(photos, 0700);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", photos, i ? "annos" : "image");
        mkdir(path, 0700);
    }
    snprintf(path, sizeof path, "sqlite:%s/weft.db", folder);
    assert_int_equal(weft_store_open(&store, path, NULL), WEFT_OK);
    assert_int_equal(weft_clip_model_open(&model, "models/weft-mini", NULL, NULL), WEFT_OK);
    return 0;
}

static int end(void **state) {
    weft_clip_model_free(model);
    return tear_down(state);
}

/* Each vector is that of its part, whatever was embedded beside it. */
static weft_status check_item(void *context, const weft_store_item *item, weft_err *err) {
    static float tensor[3 * 80 * 80];
    float expected[DIM];
    char path[256];
    unsigned number, garment;
    weft_clip_session *session = context;
    weft_buf bytes;
    weft_buf_init(&bytes);
    (void)err;
    assert_int_equal(sscanf(item->item_id, "some photos/%06u#%u", &number, &garment), 2);
    snprintf(path, sizeof path, "some photos/image/%06u.jpg", number);
    assert_string_equal(item->image_path, path);
    assert_string_equal(item->category, "vest");
    snprintf(path, sizeof path,
             "{\"box\":[%u,10,30,100],\"item\":%u,\"style\":2,\"source\":\"shop\"", garment,
             garment);
    assert_memory_equal(item->attributes, path, strlen(path));
    snprintf(path, sizeof path, "%s/image/%06u.jpg", photos, number);
    assert_int_equal(weft_file_read(path, 1 << 20, &bytes, NULL), WEFT_OK);
    const weft_clip_part part = {garment, 10, 30, 100};
    assert_int_equal(
        weft_clip_part_tensors(model, (weft_str){bytes.data, bytes.size}, &part, 1, tensor, NULL),
        WEFT_OK);
    assert_int_equal(weft_clip_encode_tensors(session, tensor, 1, expected, NULL), WEFT_OK);
    assert_int_equal(item->dim, DIM);
    assert_memory_equal(item->embedding, expected, sizeof expected);
    weft_buf_deinit(&bytes);
    return WEFT_OK;
}

static void check_count(size_t expected) {
    char name[WEFT_EMBEDDING_MODEL_SIZE];
    size_t n;
    weft_embedding_model_name(model, name);
    assert_int_equal(weft_store_count_items(store, name, &n, NULL), WEFT_OK);
    assert_int_equal(n, expected);
}

static void check_all(size_t expected) {
    char name[WEFT_EMBEDDING_MODEL_SIZE];
    weft_clip_session *session;
    check_count(expected);
    weft_embedding_model_name(model, name);
    assert_int_equal(weft_clip_session_new(&session, model, NULL), WEFT_OK);
    assert_int_equal(weft_store_each_item(store, name, check_item, session, NULL), WEFT_OK);
    weft_clip_session_free(session);
}

typedef struct {
    char issues[256];
    size_t progress; /* calls */
    atomic_bool stop;
    size_t stop_after; /* calls */
} watching;

static weft_status note_issue(void *context, const weft_garment_issue *issue, weft_err *err) {
    watching *w = context;
    size_t n = strlen(w->issues);
    (void)err;
    snprintf(w->issues + n, sizeof w->issues - n, "%s %s;", issue->annotation,
             weft_garment_issue_name(issue->kind));
    return WEFT_OK;
}

static void note_progress(void *context, size_t annotations, size_t total) {
    watching *w = context;
    assert_true(annotations <= total);
    if (++w->progress == w->stop_after) atomic_store(&w->stop, true);
}

static weft_garments_options options_of(watching *w) {
    return (weft_garments_options){.store = store,
                                   .model = model,
                                   .folder = photos,
                                   .workers = 3,
                                   .on_issue = note_issue,
                                   .on_progress = note_progress,
                                   .context = w,
                                   .cancel = &w->stop};
}

static void garments_are_embedded_once(void **state) {
    (void)state;
    watching w = {0};
    const weft_garments_options options = options_of(&w);
    weft_garments_report report;
    size_t all = 0;
    for (size_t i = 1; i <= 12; i++) {
        put_photo(i);
        put_annotation(i, (i + 1) % 5);
        all += (i + 1) % 5;
    }
    /* As many as an annotation may have, beside others. */
    put_photo(13);
    put_annotation(13, WEFT_ANNOTATION_MAX_GARMENTS);
    put_photo(14);
    put_annotation(14, 3);
    put_file("image", 14, "jpg", "\xff\xd8\xff\xe0", 4);
    all += WEFT_ANNOTATION_MAX_GARMENTS;
    assert_int_equal(weft_garments_import(&options, &report, NULL), WEFT_OK);
    assert_int_equal(report.embedded, all);
    assert_int_equal(report.found.garments, all);
    assert_int_equal(report.found.issues[WEFT_GARMENT_BROKEN_PHOTO], 1);
    assert_string_equal(w.issues, "000004.json no_garment;000009.json no_garment;"
                                  "000014.json broken_photo;");
    check_all(all);
    assert_int_equal(weft_garments_import(&options, &report, NULL), WEFT_OK);
    assert_int_equal(report.embedded, 0);
    assert_int_equal(report.found.garments, all);
}

/* Broken behind its header, a photo is found out by a worker. */
static void a_photo_that_ends_early_is_told(void **state) {
    (void)state;
    watching w = {0};
    const weft_garments_options options = options_of(&w);
    weft_garments_report report;
    char path[256];
    for (size_t i = 1; i <= 3; i++) {
        put_photo(i);
        put_annotation(i, 2);
    }
    snprintf(path, sizeof path, "%s/image/000002.jpg", photos);
    assert_int_equal(truncate(path, 1500), 0);
    assert_int_equal(weft_garments_import(&options, &report, NULL), WEFT_OK);
    assert_int_equal(report.embedded, 4);
    assert_int_equal(report.found.garments, 4);
    assert_int_equal(report.found.photos, 2);
    assert_int_equal(report.found.issues[WEFT_GARMENT_BROKEN_PHOTO], 1);
    assert_string_equal(w.issues, "000002.json broken_photo;");
    check_all(4);
}

static void what_was_done_is_kept_when_it_is_stopped(void **state) {
    (void)state;
    watching w = {.stop_after = 2};
    weft_garments_options options = options_of(&w);
    weft_garments_report first, second;
    const size_t each = 8, all = 12 * each; /* three batches */
    options.batch_size = all / 3;
    for (size_t i = 1; i <= 12; i++) {
        put_photo(i);
        put_annotation(i, each);
    }
    assert_int_equal(weft_garments_import(&options, &first, NULL), WEFT_E_CANCELLED);
    assert_true(first.embedded > 0 && first.embedded < all);
    assert_int_equal(first.found.garments, first.embedded);
    check_count(first.embedded);
    atomic_store(&w.stop, false);
    assert_int_equal(weft_garments_import(&options, &second, NULL), WEFT_OK);
    assert_int_equal(second.embedded, all - first.embedded);
    assert_int_equal(second.found.garments, all);
    check_count(all);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, end)
    const struct CMUnitTest tests[] = {
        TEST(garments_are_embedded_once),
        TEST(a_photo_that_ends_early_is_told),
        TEST(what_was_done_is_kept_when_it_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
