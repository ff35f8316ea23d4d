#include "source_maker.h"

#include "catalog/photo_store.h"

static const char digest_of_abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; /* FIPS 180-4 */

static void names_follow_the_bytes(void **state) {
    (void)state;
    weft_photo_name name;
    char path[128];
    weft_photo_name_of(&name, "abc", 3, "webp");
    assert_string_equal(name.digest, digest_of_abc);
    snprintf(path, sizeof path, "images/ba/%s.webp", digest_of_abc);
    assert_string_equal(name.path, path);
}

static void a_saved_photo_is_there(void **state) {
    (void)state;
    weft_photo_name name;
    weft_buf bytes;
    weft_buf_init(&bytes);
    weft_photo_name_of(&name, "abc", 3, "jpg");
    assert_false(weft_photo_is_stored(folder, &name, 3));
    assert_int_equal(weft_photo_save(folder, &name, "abc", 3, NULL), WEFT_OK);
    assert_int_equal(weft_photo_save(folder, &name, "abc", 3, NULL), WEFT_OK);
    assert_true(weft_photo_is_stored(folder, &name, 3));
    assert_int_equal(weft_file_read(in_folder(name.path), 10, &bytes, NULL), WEFT_OK);
    assert_string_equal(bytes.data, "abc");
    weft_buf_deinit(&bytes);
}

static void a_photo_that_lost_its_bytes_is_not_there(void **state) {
    (void)state;
    weft_photo_name name;
    weft_photo_name_of(&name, "abcd", 4, "jpg");
    assert_int_equal(weft_photo_save(folder, &name, "abcd", 4, NULL), WEFT_OK);
    assert_int_equal(weft_file_write_whole(in_folder(name.path), "", 0, NULL), WEFT_OK);
    assert_false(weft_photo_is_stored(folder, &name, 4));
    assert_int_equal(weft_photo_save(folder, &name, "abcd", 4, NULL), WEFT_OK);
    assert_true(weft_photo_is_stored(folder, &name, 4));
}

static void failures_name_the_path(void **state) {
    (void)state;
    weft_photo_name name;
    weft_err err = {0};
    char long_folder[5000];
    weft_photo_name_of(&name, "abc", 3, "jpg");
    write_file("plain", "");
    assert_int_equal(weft_photo_save(in_folder("plain"), &name, "abc", 3, &err), WEFT_E_IO);
    assert_non_null(strstr(err.message, "plain"));
    memset(long_folder, 'x', sizeof long_folder);
    long_folder[sizeof long_folder - 1] = '\0';
    assert_int_equal(weft_photo_save(long_folder, &name, "abc", 3, &err), WEFT_E_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_bytes),
        cmocka_unit_test(a_saved_photo_is_there),
        cmocka_unit_test(a_photo_that_lost_its_bytes_is_not_there),
        cmocka_unit_test(failures_name_the_path),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
