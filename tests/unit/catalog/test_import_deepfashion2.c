#include "source_maker.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "catalog/import_deepfashion2.h"
#include "image/image.h"

/* ---- a sink that writes down what it is told ---- */

typedef struct {
    char garments[4096]; /* "photo item category style pair box" lines */
    char issues[4096];   /* "annotation item kind: detail" lines */
    size_t batches, largest_batch, measured, progress, total;
    size_t fail_batch; /* the batch that the sink refuses; 0: none */
    atomic_bool cancel;
} notes;

static notes seen;
static weft_garment_report report;
static weft_err err;

static weft_status note_garments(void *context, const weft_garment *garments, size_t n,
                                 weft_err *why) {
    notes *s = context;
    if (++s->batches == s->fail_batch) return weft_fail(why, WEFT_E_STORE, "full");
    if (n > s->largest_batch) s->largest_batch = n;
    for (size_t i = 0; i < n; i++) {
        const weft_garment *g = &garments[i];
        size_t used = strlen(s->garments);
        snprintf(s->garments + used, sizeof s->garments - used,
                 "%s item%u %s style %u pair %llu %s %u,%u %ux%u\n", strrchr(g->photo, '/') + 1,
                 g->item, weft_garment_category_name(g->category), g->style,
                 (unsigned long long)g->pair_id, g->is_shop ? "shop" : "user", g->x, g->y, g->width,
                 g->height);
    }
    return WEFT_OK;
}

static weft_status note_issue(void *context, const weft_garment_issue *issue, weft_err *why) {
    notes *s = context;
    size_t used = strlen(s->issues);
    (void)why;
    snprintf(s->issues + used, sizeof s->issues - used, "%s %u %s: %s\n", issue->annotation,
             issue->item, weft_garment_issue_name(issue->kind), issue->detail);
    return WEFT_OK;
}

static void note_progress(void *context, size_t annotations, size_t total) {
    notes *s = context;
    assert_true(annotations >= s->progress && annotations <= total);
    s->progress = annotations;
    s->total = total;
}

static weft_status measure_photo(void *context, const char *path, uint32_t *width, uint32_t *height,
                                 weft_err *why) {
    notes *s = context;
    weft_buf bytes;
    weft_image image;
    s->measured++;
    weft_buf_init(&bytes);
    weft_status status = weft_file_read(path, 1 << 20, &bytes, why);
    if (!status) status = weft_image_decode(&image, bytes.data, bytes.size, NULL, why);
    weft_buf_deinit(&bytes);
    if (status) return status;
    *width = image.width;
    *height = image.height;
    weft_image_deinit(&image);
    return WEFT_OK;
}

static weft_garment_options options(void) {
    static char path[128];
    snprintf(path, sizeof path, "%s", folder);
    return (weft_garment_options){
        .folder = path,
        .max_photo_bytes = 4096,
        .cancel = &seen.cancel,
        .sink = {&seen, note_garments, measure_photo, note_issue, note_progress},
    };
}

static weft_status import_with(const weft_garment_options *o) {
    size_t fail_batch = seen.fail_batch;
    bool cancel = seen.cancel;
    memset(&seen, 0, sizeof seen);
    seen.fail_batch = fail_batch;
    atomic_store(&seen.cancel, cancel);
    err = (weft_err){0};
    return weft_import_deepfashion2(o, &report, &err);
}

/* ---- a folder like DeepFashion2's ---- */

static void write_bytes(const char *name, const void *bytes, size_t n) {
    write_file(name, ""); /* makes the folders */
    assert_int_equal(weft_file_write_whole(in_folder(name), bytes, n, NULL), WEFT_OK);
}

static void write_jpeg(const char *name, uint32_t width, uint32_t height) {
    unsigned char *bytes;
    size_t n;
    weft_image image = {
        .pixels = weft_calloc((size_t)width * height, 3), .width = width, .height = height};
    assert_int_equal(weft_image_encode_jpeg(&image, 80, &bytes, &n, NULL), WEFT_OK);
    write_bytes(name, bytes, n);
    weft_free(bytes);
    weft_image_deinit(&image);
}

/* A pixel. */
static void write_png(const char *name) {
    static const char text[] = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
                               "DwADhgGAWjR9awAAAABJRU5ErkJggg==";
    unsigned char bytes[128];
    size_t n;
    assert_true(weft_base64_decode(weft_str_of(text), bytes, &n));
    write_bytes(name, bytes, n);
}

/* As the data set has it, with what is not looked at. */
#define GARMENT(item, id, name, box)                                                               \
    "\"item" item "\": {\"segmentation\": [[1, 2, 3.5, 4]], \"scale\": 2, \"viewpoint\": 2, "      \
    "\"zoom_in\": 1, \"landmarks\": [10, 20, 2], \"occlusion\": 1, \"style\": 1, "                 \
    "\"category_id\": " id ", \"category_name\": \"" name "\", \"bounding_box\": " box "}"
#define ANNOTATION(garments) "{\"source\": \"user\", \"pair_id\": 7, " garments "}"
#define VEST(box)            ANNOTATION(GARMENT("1", "5", "vest", box))

static void garments_are_handed_over(void **state) {
    (void)state;
    write_jpeg("image/000001.jpg", 100, 80);
    write_jpeg("image/000002.jpeg", 60, 60);
    write_png("image/000003.png");
    write_file("annos/000002.json",
               "{\"item2\": {\"category_id\": 13, \"bounding_box\": [0, 0, 60, 60], \"style\": 0}, "
               "\"pair_id\": 9, \"source\": \"shop\", \"items\": 4, \"item01\": 5, \"item\": 1}");
    write_file("annos/000001.json",
               ANNOTATION(GARMENT("10", "8", "trousers", "[5, 40, 50, 80]") ", " GARMENT(
                   "2", "1", "short sleeve top", "[10.5, 0.2, 59.1, 39]")));
    write_file("annos/000003.json", VEST("[0, 0, 1, 1]"));
    weft_garment_options o = options();
    assert_int_equal(import_with(&o), WEFT_OK);
    assert_string_equal(seen.garments,
                        "000001.jpg item2 short sleeve top style 1 pair 7 user 10,0 50x39\n"
                        "000001.jpg item10 trousers style 1 pair 7 user 5,40 45x40\n"
                        "000002.jpeg item2 sling dress style 0 pair 9 shop 0,0 60x60\n"
                        "000003.png item1 vest style 1 pair 7 user 0,0 1x1\n");
    assert_string_equal(seen.issues, "");
    assert_int_equal(report.annotations, 3);
    assert_int_equal(report.photos, 3);
    assert_int_equal(report.garments, 4);
    assert_int_equal(seen.batches, 1);
    assert_int_equal(seen.progress, 3);
    assert_int_equal(seen.total, 3);
}

static void what_is_wrong_is_told(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"01", "{\"source\": \"user\""},
        {"02", "[]"},
        {"03", "{\"source\": \"web\", \"pair_id\": 1}"},
        {"04", "{\"source\": \"user\", \"pair_id\": \"1\"}"},
        {"05", ANNOTATION("\"items\": []")},
        {"06", ANNOTATION("\"item1\": 5")},
        {"07", ANNOTATION("\"item1\": {\"category_id\": 5, \"style\": -1, \"bounding_box\": []}")},
        {"08", VEST("[1, 2, 3]")},
        {"09", VEST("[1, 2, 3, \"4\"]")},
        {"10", VEST("[1, 2, 3, 1e300]")},
        {"11", VEST("[10, 10, 10, 20]")},
        {"12", VEST("[10, 20, 20, 10]")},
        {"13", VEST("[100, 10, 120, 20]")},
        {"14", VEST("[-20, 10, -3, 20]")},
        {"15", VEST("[-3, 70, 50, 81.5]")},
        {"16", ANNOTATION(GARMENT("1", "14", "cape", "[0, 0, 9, 9]"))},
        {"17", ANNOTATION(GARMENT("1", "0", "vest", "[0, 0, 9, 9]"))},
        {"18", ANNOTATION(GARMENT("1", "5", "sling", "[0, 0, 9, 9]"))},
        {"19", ANNOTATION(GARMENT("1", "5", "vest", "[0, 0, 9, 9]") ", \"item1\": 5")},
        {"no-photo", VEST("[0, 0, 9, 9]")},
        {"broken", VEST("[0, 0, 9, 9]")},
        {"heavy", VEST("[0, 0, 9, 9]")},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char name[64];
        snprintf(name, sizeof name, "annos/%s.json", wrong[i][0]);
        write_file(name, wrong[i][1]);
        snprintf(name, sizeof name, "image/%s.jpg", wrong[i][0]);
        if (wrong[i][0][0] < 'a') write_jpeg(name, 100, 80);
    }
    write_file("image/broken.jpg", "no picture");
    char heavy[5000];
    memset(heavy, ' ', sizeof heavy);
    write_bytes("image/heavy.jpg", heavy, sizeof heavy);
    write_file("annos/readme.txt", "");
    weft_garment_options o = options();
    assert_int_equal(import_with(&o), WEFT_OK);
    assert_string_equal(seen.issues,
                        "01.json 0 bad_annotation: line 1: '}' expected near end of file\n"
                        "02.json 0 bad_annotation: this is no object\n"
                        "03.json 0 bad_annotation: \"source\" is neither shop nor user\n"
                        "04.json 0 bad_annotation: \"pair_id\" is no number\n"
                        "05.json 0 no_garment: \n"
                        "06.json 1 bad_garment: it is no object\n"
                        "07.json 1 bad_garment: style\n"
                        "08.json 1 bad_garment: bounding_box\n"
                        "09.json 1 bad_garment: bounding_box\n"
                        "10.json 1 bad_garment: bounding_box\n"
                        "11.json 1 empty_box: 10, 10, 10, 20\n"
                        "12.json 1 empty_box: 10, 20, 20, 10\n"
                        "13.json 1 box_outside: 100, 10, 120, 20 in 100x80\n"
                        "14.json 1 box_outside: -20, 10, -3, 20 in 100x80\n"
                        "15.json 1 box_clipped: -3, 70, 50, 82 in 100x80\n"
                        "16.json 1 unknown_category: 14 \"cape\"\n"
                        "17.json 1 unknown_category: 0 \"vest\"\n"
                        "18.json 1 unknown_category: 5 \"sling\"\n"
                        "19.json 0 bad_annotation: line 1: duplicate object key near '\"item1\"'\n"
                        "broken.json 0 broken_photo: photo: not a JPEG, PNG or WebP (10 bytes)\n"
                        "heavy.json 0 too_large: photo: 5000 bytes, at most 4096\n"
                        "no-photo.json 0 no_photo: \n"
                        "readme.txt 0 unknown_file: \n");
    assert_string_equal(seen.garments, "15.jpg item1 vest style 1 pair 7 user 0,70 50x10\n");
    assert_int_equal(report.annotations, sizeof wrong / sizeof *wrong);
    assert_int_equal(report.garments, 1);
    assert_int_equal(report.photos, 1);
    assert_int_equal(report.issues[WEFT_GARMENT_BAD_ANNOTATION], 5);
    assert_int_equal(report.issues[WEFT_GARMENT_BAD_GARMENT], 5);
    assert_int_equal(report.issues[WEFT_GARMENT_UNKNOWN_CATEGORY], 3);
    assert_true(weft_garment_issue_rejects(WEFT_GARMENT_EMPTY_BOX));
    assert_false(weft_garment_issue_rejects(WEFT_GARMENT_BOX_CLIPPED));
}

static void too_much_is_refused(void **state) {
    (void)state;
    weft_buf text;
    weft_annotation *annotation = weft_alloc(1, sizeof *annotation);
    weft_buf_init(&text);
    weft_buf_puts(&text, "{\"source\": \"user\", \"pair_id\": 1");
    for (int i = 1; i <= WEFT_ANNOTATION_MAX_GARMENTS; i++)
        weft_buf_printf(&text, ", \"item%d\": 1", i);
    weft_buf_putc(&text, '}');
    assert_int_equal(weft_annotation_parse(annotation, (weft_str){text.data, text.size}, NULL),
                     WEFT_OK);
    assert_int_equal(annotation->count, WEFT_ANNOTATION_MAX_GARMENTS);
    text.size--;
    weft_buf_puts(&text, ", \"item99\": 1}");
    assert_int_equal(weft_annotation_parse(annotation, (weft_str){text.data, text.size}, NULL),
                     WEFT_E_LIMIT);
    weft_buf_clear(&text);
    for (size_t i = 0; i <= WEFT_ANNOTATION_MAX_BYTES; i++) weft_buf_putc(&text, ' ');
    assert_int_equal(weft_annotation_parse(annotation, (weft_str){text.data, text.size}, NULL),
                     WEFT_E_LIMIT);
    weft_buf_deinit(&text);
    weft_free(annotation);
}

static void links_are_not_followed(void **state) {
    (void)state;
    write_file("outside.json", VEST("[0, 0, 9, 9]"));
    write_jpeg("outside.jpg", 20, 20);
    write_file("annos/b.json", VEST("[0, 0, 9, 9]"));
    write_file("image/x", "");
    assert_int_equal(symlink(in_folder("outside.json"), in_folder("annos/a.json")), 0);
    assert_int_equal(symlink(in_folder("outside.jpg"), in_folder("image/a.jpg")), 0);
    assert_int_equal(symlink(in_folder("outside.jpg"), in_folder("image/b.jpg")), 0);
    weft_garment_options o = options();
    assert_int_equal(import_with(&o), WEFT_OK);
    assert_string_equal(seen.issues, "a.json 0 bad_annotation: this is no file\n"
                                     "b.json 0 no_photo: \n");
    assert_int_equal(seen.measured, 0);
}

static void a_photos_garments_stay_together(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "annos/%d.json", i);
        write_file(name, ANNOTATION(GARMENT("1", "5", "vest", "[0, 0, 9, 9]") ", " GARMENT(
                             "2", "9", "skirt", "[0, 9, 9, 18]") ", " GARMENT("3", "7", "shorts",
                                                                              "[0, 0, 3, 3]")));
        snprintf(name, sizeof name, "image/%d.jpg", i);
        write_jpeg(name, 20, 20);
    }
    weft_garment_options o = options();
    o.batch_size = 4;
    assert_int_equal(import_with(&o), WEFT_OK);
    assert_int_equal(report.garments, 15);
    assert_int_equal(seen.batches, 3);
    assert_int_equal(seen.largest_batch, 6);

    seen.fail_batch = 2;
    assert_int_equal(import_with(&o), WEFT_E_STORE);
    assert_int_equal(report.garments, 6);
    seen.fail_batch = 0;
    atomic_store(&seen.cancel, true);
    assert_int_equal(import_with(&o), WEFT_E_CANCELLED);
    atomic_store(&seen.cancel, false);
    weft_status status = WEFT_E_NOMEM;
    for (size_t n = 1; status == WEFT_E_NOMEM; n++) {
        weft_mem_fail_after(n);
        status = import_with(&o);
        weft_mem_fail_after(0);
    }
    assert_int_equal(status, WEFT_OK);
    assert_int_equal(report.garments, 15);
}

static void without_annotations_there_is_nothing(void **state) {
    (void)state;
    weft_garment_options o = options();
    assert_int_equal(import_with(&o), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "annos"));
    assert_int_equal(mkdir(in_folder("annos"), 0755), 0);
    assert_int_equal(import_with(&o), WEFT_OK);
    assert_int_equal(report.annotations, 0);
    assert_int_equal(seen.batches, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(garments_are_handed_over, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told, make_folder, remove_folder),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test_setup_teardown(links_are_not_followed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_photos_garments_stay_together, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(without_annotations_there_is_nothing, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
