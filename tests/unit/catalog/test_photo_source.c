#include "source_maker.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "catalog/photo_source.h"

static weft_photo_source *open_source(const char *name) {
    weft_photo_source *source = NULL;
    weft_err err = {0};
    if (weft_photo_source_open(&source, in_folder(name), 100, &err)) fail_msg("%s", err.message);
    return source;
}

static void assert_table(weft_photo_source *source, const char *text) {
    weft_file_map table;
    weft_err err = {0};
    if (weft_photo_source_table(source, &table, &err)) fail_msg("%s", err.message);
    assert_int_equal(table.size, strlen(text));
    if (table.size) assert_memory_equal(table.data, text, table.size);
    weft_file_map_close(&table);
}

static void assert_photo(weft_photo_source *source, const char *id, const char *text,
                         const char *extension) {
    weft_buf bytes;
    weft_err err = {0};
    const char *got;
    weft_buf_init(&bytes);
    if (weft_photo_source_read(source, id, &bytes, &got, &err)) fail_msg("%s", err.message);
    assert_string_equal(bytes.data, text);
    assert_string_equal(got, extension);
    weft_buf_deinit(&bytes);
}

static void assert_no_photo(weft_photo_source *source, const char *id, weft_status status,
                            const char *words) {
    weft_buf bytes;
    weft_err err = {0};
    const char *extension;
    weft_buf_init(&bytes);
    assert_int_equal(weft_photo_source_read(source, id, &bytes, &extension, &err), status);
    if (!strstr(err.message, words)) fail_msg("%s", err.message);
    weft_buf_deinit(&bytes);
}

static void folders(void **state) {
    (void)state;
    write_file("styles.csv", "id\n");
    write_file("images/1.jpg", "one");
    write_file("images/2.jpeg", "two");
    write_file("images/3.png", "three");
    write_file("images/ü.webp", "four");
    write_file("images/5.gif", "five");
    weft_photo_source *source = open_source(".");
    assert_table(source, "id\n");
    assert_photo(source, "1", "one", "jpg");
    assert_photo(source, "2", "two", "jpg");
    assert_photo(source, "3", "three", "png");
    assert_photo(source, "ü", "four", "webp");
    assert_no_photo(source, "5", WEFT_E_NOT_FOUND, "no 5.jpg, .jpeg, .png or .webp");
    assert_no_photo(source, "", WEFT_E_NOT_FOUND, "no .jpg");
    weft_photo_source_close(source);
}

static void an_archive_of_photos_beside_the_table(void **state) {
    (void)state;
    static const char *const nested[] = {"images/1.jpg", "one", "images/2.png", "two", NULL};
    static const char *const flat[] = {"readme", "x", "1.jpg", "uno", NULL};
    write_file("styles.csv", "id\n");
    write_zip("images.zip", nested);
    weft_photo_source *source = open_source(".");
    assert_table(source, "id\n");
    assert_photo(source, "1", "one", "jpg");
    assert_photo(source, "2", "two", "png");
    assert_no_photo(source, "3", WEFT_E_NOT_FOUND, "no 3.jpg");
    assert_no_photo(source, "../images/1", WEFT_E_NOT_FOUND, "not a file name");
    weft_photo_source_close(source);

    write_zip("images.zip", flat);
    source = open_source(".");
    assert_photo(source, "1", "uno", "jpg");
    weft_photo_source_close(source);
}

static void one_archive_of_everything(void **state) {
    (void)state;
    static const char *const all[] = {"data/copy/styles.csv",
                                      "wrong",
                                      "data/styles.csv",
                                      "right",
                                      "data/last/styles.csv",
                                      "wrong",
                                      "data/images/1.jpg",
                                      "one",
                                      "images/1.jpg",
                                      "wrong",
                                      NULL};
    static const char *const empty[] = {"styles.csv", "", NULL};
    write_zip("all.zip", all);
    weft_photo_source *source = open_source("all.zip");
    assert_table(source, "right");
    assert_photo(source, "1", "one", "jpg");
    weft_photo_source_close(source);

    write_zip("empty.zip", empty);
    source = open_source("empty.zip");
    assert_table(source, "");
    assert_no_photo(source, "1", WEFT_E_NOT_FOUND, "no 1.jpg");
    weft_photo_source_close(source);
}

static void sources_without_photos_or_table(void **state) {
    (void)state;
    static const char *const other[] = {"notes.txt", "x", NULL};
    weft_file_map table;
    weft_err err = {0};
    weft_photo_source *source = open_source(".");
    assert_no_photo(source, "1", WEFT_E_NOT_FOUND, "neither images/ nor images.zip");
    assert_int_equal(weft_photo_source_table(source, &table, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "holds no styles.csv"));
    weft_photo_source_close(source);

    write_zip("other.zip", other);
    source = open_source("other.zip");
    assert_int_equal(weft_photo_source_table(source, &table, &err), WEFT_E_NOT_FOUND);
    weft_photo_source_close(source);
}

static void what_is_no_source_is_refused(void **state) {
    (void)state;
    weft_photo_source *source = NULL;
    weft_err err = {0};
    assert_int_equal(weft_photo_source_open(&source, in_folder("none"), 100, &err),
                     WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "none: no such folder or .zip file"));
    write_file("text.zip", "this is not an archive");
    assert_int_equal(weft_photo_source_open(&source, in_folder("text.zip"), 100, &err),
                     WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "text.zip: cannot open the archive"));
    write_file("images.zip", "nor is this");
    assert_int_equal(weft_photo_source_open(&source, folder, 100, &err), WEFT_E_FORMAT);
    assert_null(source);
}

static void nothing_outside_the_folder_is_read(void **state) {
    (void)state;
    write_file("secret.jpg", "secret");
    write_file("in/styles.csv", "id\n");
    write_file("in/images/1.jpg", "one");
    assert_int_equal(symlink("../../secret.jpg", in_folder("in/images/2.jpg")), 0);
    assert_int_equal(symlink("1.jpg", in_folder("in/images/3.jpg")), 0);
    assert_int_equal(mkfifo(in_folder("in/images/4.jpg"), 0600), 0);
    assert_int_equal(mkdir(in_folder("in/images/5.jpg"), 0700), 0);
    weft_photo_source *source = open_source("in");
    assert_photo(source, "1", "one", "jpg");
    assert_no_photo(source, "2", WEFT_E_DENIED, "2.jpg: a symbolic link");
    assert_no_photo(source, "3", WEFT_E_DENIED, "3.jpg: a symbolic link");
    assert_no_photo(source, "4", WEFT_E_INVALID, "not a regular file");
    assert_no_photo(source, "5", WEFT_E_INVALID, "not a regular file");
    assert_no_photo(source, "../../secret", WEFT_E_NOT_FOUND, "not a file name");
    assert_no_photo(source, in_folder("secret"), WEFT_E_NOT_FOUND, "not a file name");
    weft_photo_source_close(source);
}

static void links_out_of_the_folder_are_refused(void **state) {
    (void)state;
    weft_photo_source *source = NULL;
    weft_file_map table;
    weft_err err = {0};
    write_file("outside/1.jpg", "secret");
    write_file("outside/styles.csv", "secret");
    write_file("in/real/1.jpg", "one");
    assert_int_equal(symlink("../outside", in_folder("in/images")), 0);
    assert_int_equal(weft_photo_source_open(&source, in_folder("in"), 100, &err), WEFT_E_DENIED);
    assert_non_null(strstr(err.message, "in/images: a link that leaves the folder"));

    assert_int_equal(unlink(in_folder("in/images")), 0);
    assert_int_equal(symlink("real", in_folder("in/images")), 0); /* stays within */
    assert_int_equal(symlink("../outside/styles.csv", in_folder("in/styles.csv")), 0);
    source = open_source("in");
    assert_photo(source, "1", "one", "jpg");
    assert_int_equal(weft_photo_source_table(source, &table, &err), WEFT_E_DENIED);
    weft_photo_source_close(source);
}

static void photos_have_a_size_limit(void **state) {
    (void)state;
    char text[102];
    memset(text, 'x', sizeof text);
    text[101] = '\0';
    write_file("images/1.jpg", text);
    const char *const pairs[] = {"styles.csv", "id\n", "images/1.jpg", text, NULL};
    write_zip("all.zip", pairs);
    static const char *const names[] = {".", "all.zip"};
    for (int i = 0; i < 2; i++) {
        weft_photo_source *source = open_source(names[i]);
        assert_no_photo(source, "1", WEFT_E_LIMIT, "more than 100 bytes");
        weft_photo_source_close(source);
    }
}

static void a_damaged_entry_is_told(void **state) {
    (void)state;
    static const char *const pairs[] = {"styles.csv", "id\n", "images/1.jpg",
                                        "stored, for it does not shrink: 8f3k", NULL};
    weft_buf bytes;
    weft_buf_init(&bytes);
    write_zip("all.zip", pairs);
    assert_int_equal(weft_file_read(in_folder("all.zip"), 4096, &bytes, NULL), WEFT_OK);
    char *hit = memmem(bytes.data, bytes.size, "8f3k", 4);
    if (!hit) skip(); /* this libzip compressed it */
    hit[0] = '9';
    assert_int_equal(weft_file_write_whole(in_folder("all.zip"), bytes.data, bytes.size, NULL),
                     WEFT_OK);
    weft_photo_source *source = open_source("all.zip");
    assert_no_photo(source, "1", WEFT_E_FORMAT, "images/1.jpg: CRC error");
    weft_photo_source_close(source);
    weft_buf_deinit(&bytes);
}

static void no_memory(void **state) {
    (void)state;
    static const char *const all[] = {"styles.csv", "x", NULL};
    write_zip("all.zip", all);
    for (size_t nth = 1; nth <= 4; nth++) {
        weft_photo_source *source = NULL;
        weft_mem_fail_after(nth);
        weft_status status = weft_photo_source_open(&source, in_folder("all.zip"), 100, NULL);
        weft_mem_fail_after(0);
        assert_int_equal(status, WEFT_E_NOMEM);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(folders),
        TEST(an_archive_of_photos_beside_the_table),
        TEST(one_archive_of_everything),
        TEST(sources_without_photos_or_table),
        TEST(what_is_no_source_is_refused),
        TEST(nothing_outside_the_folder_is_read),
        TEST(links_out_of_the_folder_are_refused),
        TEST(photos_have_a_size_limit),
        TEST(a_damaged_entry_is_told),
        TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
