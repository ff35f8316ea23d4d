#include "source_maker.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "catalog/import_kaggle.h"

/* ---- a sink that writes down what it is told ---- */

typedef struct {
    weft_arena arena;
    weft_product products[64];
    size_t product_count, batches, checks, progress_rows;
    char issues[4096]; /* "row id kind: detail" lines */
    size_t fail_batch; /* the batch that the sink refuses; 0: none */
    atomic_bool cancel;
    size_t cancel_after; /* issues; 0: never */
    size_t issue_count;
} notes;

static weft_status note_products(void *context, const weft_product *products, size_t n,
                                 weft_err *err) {
    notes *seen = context;
    if (++seen->batches == seen->fail_batch) return weft_fail(err, WEFT_E_STORE, "full");
    for (size_t i = 0; i < n; i++)
        if (!weft_product_copy(&seen->products[seen->product_count++], &products[i], &seen->arena))
            return weft_fail(err, WEFT_E_NOMEM, "notes");
    return WEFT_OK;
}

static weft_status note_issue(void *context, const weft_import_issue *issue, weft_err *err) {
    notes *seen = context;
    size_t used = strlen(seen->issues);
    (void)err;
    snprintf(seen->issues + used, sizeof seen->issues - used, "%zu %s %s: %s\n", issue->row,
             issue->product_id, weft_import_kind_name(issue->kind), issue->detail);
    if (++seen->issue_count == seen->cancel_after) atomic_store(&seen->cancel, true);
    return WEFT_OK;
}

static void note_progress(void *context, const weft_import_progress *progress) {
    notes *seen = context;
    assert_true(progress->rows >= seen->progress_rows);
    assert_true(progress->bytes_done <= progress->bytes_total);
    seen->progress_rows = progress->rows;
}

/* "photo ..." is one, anything else is broken. */
static weft_status check_photo(void *context, const void *bytes, size_t n, weft_err *err) {
    notes *seen = context;
    __atomic_fetch_add(&seen->checks, 1, __ATOMIC_RELAXED);
    if (n >= 5 && memcmp(bytes, "photo", 5) == 0) return WEFT_OK;
    return weft_fail(err, WEFT_E_FORMAT, "no picture in it");
}

static notes seen;
static weft_import_report report;
static weft_err err;

static weft_import_options options_for(const char *source) {
    static char data_folder[128];
    snprintf(data_folder, sizeof data_folder, "%s/data", folder);
    return (weft_import_options){
        .source = in_folder(source),
        .data_folder = data_folder,
        .workers = 2,
        .max_photo_bytes = 40,
        .cancel = &seen.cancel,
        .sink = {&seen, note_products, note_issue, note_progress, check_photo},
    };
}

static weft_status import_with(const weft_import_options *options) {
    weft_arena_deinit(&seen.arena);
    size_t fail_batch = seen.fail_batch, cancel_after = seen.cancel_after;
    memset(&seen, 0, sizeof seen);
    weft_arena_init(&seen.arena, 0);
    seen.fail_batch = fail_batch;
    seen.cancel_after = cancel_after;
    err = (weft_err){0};
    return weft_import_kaggle(options, &report, &err);
}

static weft_status import(const char *source) {
    weft_import_options options = options_for(source);
    return import_with(&options);
}

static int begin(void **state) {
    memset(&seen, 0, sizeof seen);
    return make_folder(state);
}

static int end(void **state) {
    weft_arena_deinit(&seen.arena);
    return remove_folder(state);
}

static void write_table(const char *text) { write_file("styles.csv", text); }

/* rows = products + rejected, always. */
static void assert_report_adds_up(void) {
    size_t rejected = 0;
    for (int k = 0; k < WEFT_IMPORT_ISSUE_COUNT; k++)
        if (weft_import_kind_rejects((weft_import_kind)k)) rejected += report.issues[k];
    assert_int_equal(report.rows, report.products + rejected);
    assert_int_equal(report.products, seen.product_count);
    assert_int_equal(report.products, report.photos + report.issues[WEFT_IMPORT_NO_PHOTO] +
                                          report.issues[WEFT_IMPORT_BROKEN_PHOTO]);
}

#define HEADER                                                                                     \
    "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,"               \
    "productDisplayName\n"

/* ---- good data ---- */

static void a_row_becomes_a_product(void **state) {
    (void)state;
    write_table(HEADER "15970,Men,Apparel,Topwear,Shirts,Navy Blue,Fall,2011,Casual,"
                       "Turtle Check Men Navy Blue Shirt\n");
    write_file("images/15970.jpg", "photo");
    if (import(".")) fail_msg("%s", err.message);
    assert_int_equal(seen.product_count, 1);
    const weft_product *p = &seen.products[0];
    assert_string_equal(p->product_id, "15970");
    assert_string_equal(p->product_display_name, "Turtle Check Men Navy Blue Shirt");
    assert_string_equal(p->master_category, "Apparel");
    assert_string_equal(p->sub_category, "Topwear");
    assert_string_equal(p->article_type, "Shirts");
    assert_string_equal(p->base_color, "Navy Blue");
    assert_string_equal(p->gender, "Men");
    assert_string_equal(p->season, "Fall");
    assert_string_equal(p->usage, "Casual");
    assert_int_equal(p->year, 2011);
    assert_true(p->price_is_synthetic && p->price == weft_product_synthetic_price(p));
    /* sha256 of "photo" */
    assert_string_equal(p->image_digest,
                        "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8");
    assert_string_equal(seen.issues, "");
    assert_report_adds_up();
}

static void columns_are_found_by_name(void **state) {
    (void)state;
    write_table("\xef\xbb\xbfPRICE, productdisplayname ,BaseColor,Id\r\n"
                "12.50,\"A \"\"fine\"\" shirt, blue\",Blue,x-1\r\n");
    if (import(".")) fail_msg("%s", err.message);
    const weft_product *p = &seen.products[0];
    assert_string_equal(p->product_id, "x-1");
    assert_string_equal(p->product_display_name, "A \"fine\" shirt, blue");
    assert_string_equal(p->base_color, "Blue");
    assert_string_equal(p->gender, "");
    assert_true(p->price == 12.5 && !p->price_is_synthetic);
    assert_int_equal(p->year, 0);
}

static void values_that_say_nothing_are_not_known(void **state) {
    (void)state;
    write_table(HEADER "1,NA,Apparel,nan,, Blue ,NA,NA,NA,Name\n"
                       "2,Men,Apparel,Topwear,Shirts,Blue,Fall,2011.0,Casual,NA\n");
    if (import(".")) fail_msg("%s", err.message);
    assert_string_equal(seen.products[0].gender, "");
    assert_string_equal(seen.products[0].sub_category, "");
    assert_string_equal(seen.products[0].base_color, "Blue");
    assert_int_equal(seen.products[0].year, 0);
    assert_int_equal(seen.products[1].year, 2011);
    assert_string_equal(seen.products[1].product_display_name, "");
    assert_int_equal(report.unknown_values, 7);
    assert_int_equal(report.issues[WEFT_IMPORT_BAD_YEAR], 0);
}

static void batches_keep_the_order(void **state) {
    (void)state;
    char table[2048] = "id,productDisplayName\n";
    for (int i = 0; i < 53; i++) sprintf(table + strlen(table), "%d,Name %d\n", 100 - i, i);
    write_table(table);
    weft_import_options options = options_for(".");
    options.batch_size = 10;
    if (import_with(&options)) fail_msg("%s", err.message);
    assert_int_equal(seen.batches, 6);
    assert_int_equal(seen.product_count, 53);
    assert_string_equal(seen.products[0].product_id, "100");
    assert_string_equal(seen.products[52].product_id, "48");
    assert_string_equal(seen.products[52].product_display_name, "Name 52");
    assert_int_equal(seen.progress_rows, 53);
    assert_report_adds_up();
}

/* ---- every kind of damage, and the exact report ---- */

static const char damaged_table[] =
    "id,gender,articleType,year,productDisplayName,price,link\n" /* 1 */
    "1,Men,Shirts,2011,Plain shirt,20,http://a\n"                /* 2 */
    "2,Men,Shirts,2011,Shirt, blue, with commas,20,http://b\n"   /* 3: rejoined */
    "3,Men,Shirts\n"                                             /* 4: too few */
    "1,Women,Dresses,2012,Again,20,x\n"                          /* 5: duplicate */
    ",Women,Dresses,2012,No id,20,x\n"                           /* 6 */
    "4,Women,Dresses,12th,\"Odd year\",20,x\n"                   /* 7 */
    "5,Women,Dresses,2012,Odd price,cheap,x\n"                   /* 8 */
    "6,Women,Dresses,2012,Bad \xff text,20,x\n"                  /* 9 */
    "\n"                                                         /* 10: blank */
    "7,Women,Dresses,2012,\"Never closed,20,x\n"                 /* 11 */
    "8,Women,Dresses,2012,\"a\",b,20,x\n"                        /* 12: too many, quoted */
    "9,Women,Dresses,9999,Free,-1,x\n"                           /* 13: two issues */
    "10,Women,Dresses,2012,\"Two\nlines\",20,x\n"                /* 14 */
    "../1,Women,Dresses,2012,Climber,20,x\n"                     /* 15 */
    "11,Women,Dresses,2012,Broken photo,20,x\n"                  /* 16 */
    "12,Women,Dresses,2012,Empty photo,20,x\n"                   /* 17 */
    "13,Women,Dresses,2012,Huge photo,20,x\n"                    /* 18 */
    "14,Women,Dresses,2012,Same photo as 1,20,x";                /* 19: no line end */

static const char damage_report[] =
    "1  unknown_column: link\n"
    "3 2 rejoined_name: Shirt, blue, with commas\n"
    "4 3 too_few_fields: 3 fields, the header has 7\n"
    "5 1 duplicate_id: row 2 has it\n"
    "6  bad_id: 0 bytes, 1 to 128 in one line are fine\n"
    "7 4 bad_year: 12th\n"
    "8 5 bad_price: cheap\n"
    "9 6 bad_text: field 5\n"
    "11  bad_row: text follows a closing quote\n" /* the next quote is taken for one */
    "12 8 too_many_fields: 8 fields, the header has 7\n"
    "13 9 bad_year: 9999\n"
    "13 9 bad_price: -1\n"
    "3 2 no_photo: no 2.jpg, .jpeg, .png or .webp\n"
    "7 4 no_photo: no 4.jpg, .jpeg, .png or .webp\n"
    "8 5 no_photo: no 5.jpg, .jpeg, .png or .webp\n"
    "13 9 no_photo: no 9.jpg, .jpeg, .png or .webp\n"
    "14 10 no_photo: no 10.jpg, .jpeg, .png or .webp\n"
    "15 ../1 no_photo: the id is not a file name\n"
    "16 11 broken_photo: no picture in it\n"
    "17 12 broken_photo: the file is empty\n"
    "18 13 broken_photo: %s13.webp: more than 40 bytes\n";

static const char *const damaged_photos[] = {"images/1.jpg",
                                             "photo 1",
                                             "images/3.jpg",
                                             "photo of a rejected row",
                                             "images/11.jpg",
                                             "text",
                                             "images/12.png",
                                             "",
                                             "images/13.webp",
                                             "photo that goes on and on and on and on and on",
                                             "images/14.jpeg",
                                             "photo 1",
                                             NULL};

/* photos is what comes before a photo's name in messages. */
static void assert_damage_is_reported(const char *photos) {
    char expected[sizeof damage_report + 64];
    snprintf(expected, sizeof expected, damage_report, photos);
    if (err.message[0]) fail_msg("%s", err.message);
    assert_string_equal(seen.issues, expected);
    assert_int_equal(report.rows, 17);
    assert_int_equal(report.products, 11);
    assert_int_equal(report.photos, 2);
    assert_report_adds_up();
    assert_string_equal(seen.products[1].product_display_name, "Shirt, blue, with commas");
    assert_true(seen.products[1].price == 20);
    assert_int_equal(seen.products[2].year, 0);
    assert_true(seen.products[3].price_is_synthetic);
    assert_string_equal(seen.products[5].product_display_name, "Two\nlines");
    assert_string_equal(seen.products[5].image_path, "");
    assert_string_equal(seen.products[0].image_digest, seen.products[10].image_digest);
    assert_int_equal(strncmp(seen.products[0].image_path, "images/", 7), 0);
    char path[256];
    snprintf(path, sizeof path, "data/%s", seen.products[0].image_path);
    assert_true(weft_file_exists(in_folder(path)));
}

static void damage_in_a_folder_is_reported(void **state) {
    (void)state;
    write_table(damaged_table);
    for (const char *const *pair = damaged_photos; *pair; pair += 2) write_file(pair[0], pair[1]);
    assert_int_equal(import("."), WEFT_OK);
    assert_damage_is_reported("");
}

static void damage_beside_an_archive_is_reported(void **state) {
    (void)state;
    write_table(damaged_table);
    write_zip("images.zip", damaged_photos);
    assert_int_equal(import("."), WEFT_OK);
    assert_damage_is_reported("images/");
}

static void damage_in_an_archive_is_reported(void **state) {
    (void)state;
    const char *pairs[20] = {"styles.csv", damaged_table};
    for (size_t i = 0; damaged_photos[i]; i++) pairs[i + 2] = damaged_photos[i];
    write_zip("all.zip", pairs);
    assert_int_equal(import("all.zip"), WEFT_OK);
    assert_damage_is_reported("images/");
}

static void small_batches_report_the_same_counts(void **state) {
    (void)state;
    weft_import_report whole;
    write_table(damaged_table);
    write_zip("images.zip", damaged_photos);
    weft_import_options options = options_for(".");
    assert_int_equal(import_with(&options), WEFT_OK);
    whole = report;
    options.batch_size = 1;
    assert_int_equal(import_with(&options), WEFT_OK);
    assert_report_adds_up();
    assert_memory_equal(whole.issues, report.issues, sizeof whole.issues);
    assert_int_equal(whole.products, report.products);
}

/* ---- headers ---- */

static void assert_header_refused(const char *table, const char *words) {
    write_table(table);
    assert_int_equal(import("."), WEFT_E_FORMAT);
    if (!strstr(err.message, words)) fail_msg("%s", err.message);
    assert_int_equal(seen.batches, 0);
}

static void bad_headers_are_refused(void **state) {
    (void)state;
    assert_header_refused("", "styles.csv: the file is empty");
    assert_header_refused("gender,productDisplayName\n1,x\n", "no column id");
    assert_header_refused("id,gender\n1,x\n", "no column productDisplayName");
    assert_header_refused("id,productDisplayName,ID\n", "has ID twice");
    assert_header_refused("id,productDisplayName,baseColor,baseColour\n", "baseColour twice");
    assert_header_refused("\"id,productDisplayName\n", "a quoted field is not closed");
    write_table("id,productDisplayName\n");
    assert_int_equal(import("."), WEFT_OK);
    assert_int_equal(report.rows, 0);
    assert_int_equal(import("nowhere"), WEFT_E_NOT_FOUND);
}

/* ---- again, cut off, and failing ---- */

static void a_second_import_changes_nothing(void **state) {
    (void)state;
    struct stat before, after;
    char path[256];
    write_table("id,productDisplayName\n1,One\n2,Two\n");
    write_file("images/1.jpg", "photo 1");
    write_file("images/2.jpg", "photo 2");
    assert_int_equal(import("."), WEFT_OK);
    assert_int_equal(report.photos_written, 2);
    assert_int_equal(seen.checks, 2);
    snprintf(path, sizeof path, "data/%s", seen.products[0].image_path);
    assert_int_equal(stat(in_folder(path), &before), 0);

    assert_int_equal(import("."), WEFT_OK);
    assert_int_equal(report.photos, 2);
    assert_int_equal(report.photos_written, 0);
    assert_int_equal(seen.checks, 0);
    assert_int_equal(stat(in_folder(path), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);

    /* A photo that lost its bytes to a power cut is written again. */
    assert_int_equal(weft_file_write_whole(in_folder(path), "", 0, NULL), WEFT_OK);
    assert_int_equal(import("."), WEFT_OK);
    assert_int_equal(report.photos_written, 1);
}

static void an_import_can_be_stopped(void **state) {
    (void)state;
    write_table("id,productDisplayName\n1,One\n1,Twice\n2,Two\n3,Three\n");
    weft_import_options options = options_for(".");
    options.batch_size = 1;
    seen.cancel_after = 2; /* no photo of 1, then the duplicate */
    assert_int_equal(import_with(&options), WEFT_E_CANCELLED);
    assert_string_equal(err.message, "stopped after 2 rows, 1 products");
    assert_int_equal(seen.product_count, 1);
}

static void a_sink_that_fails_ends_the_import(void **state) {
    (void)state;
    write_table("id,productDisplayName\n1,One\n2,Two\n3,Three\n");
    weft_import_options options = options_for(".");
    options.batch_size = 1;
    seen.fail_batch = 2;
    assert_int_equal(import_with(&options), WEFT_E_STORE);
    assert_string_equal(err.message, "full");
    assert_int_equal(report.products, 1);
}

static void a_data_folder_that_cannot_be_written_ends_the_import(void **state) {
    (void)state;
    write_table("id,productDisplayName\n1,One\n");
    write_file("images/1.jpg", "photo 1");
    write_file("data", "a file where the folder should be");
    assert_int_equal(import("."), WEFT_E_IO);
    assert_non_null(strstr(err.message, "photo of product 1"));
    assert_int_equal(seen.batches, 0);
}

static void a_sink_needs_only_put_products(void **state) {
    (void)state;
    write_table(damaged_table);
    write_file("images/11.jpg", "never checked");
    weft_import_options options = options_for(".");
    options.sink = (weft_import_sink){.context = &seen, .put_products = note_products};
    options.cancel = NULL;
    options.workers = 0;
    assert_int_equal(import_with(&options), WEFT_OK);
    assert_int_equal(report.photos, 1);
    assert_report_adds_up();
}

static void no_memory(void **state) {
    (void)state;
    write_table(HEADER "1,Men,Apparel,Topwear,Shirts,Blue,Fall,2011,Casual,a, b\n1,x\n");
    write_file("images/1.jpg", "photo 1");
    weft_status status = WEFT_E_NOMEM;
    size_t nth = 1;
    for (; status == WEFT_E_NOMEM && nth < 500; nth++) {
        weft_import_options options = options_for(".");
        options.sink = (weft_import_sink){.context = &seen, .put_products = note_products};
        weft_arena_deinit(&seen.arena);
        memset(&seen, 0, sizeof seen);
        weft_arena_init(&seen.arena, 0);
        weft_mem_fail_after(nth);
        status = weft_import_kaggle(&options, &report, &err);
        weft_mem_fail_after(0);
    }
    assert_int_equal(status, WEFT_OK);
    assert_true(nth > 15);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_row_becomes_a_product),
        TEST(columns_are_found_by_name),
        TEST(values_that_say_nothing_are_not_known),
        TEST(batches_keep_the_order),
        TEST(damage_in_a_folder_is_reported),
        TEST(damage_beside_an_archive_is_reported),
        TEST(damage_in_an_archive_is_reported),
        TEST(small_batches_report_the_same_counts),
        TEST(bad_headers_are_refused),
        TEST(a_second_import_changes_nothing),
        TEST(an_import_can_be_stopped),
        TEST(a_sink_that_fails_ends_the_import),
        TEST(a_data_folder_that_cannot_be_written_ends_the_import),
        TEST(a_sink_needs_only_put_products),
        TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
