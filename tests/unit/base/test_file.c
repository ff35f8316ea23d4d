#include "../unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void written_is_read(void **state) {
    (void)state;
    weft_buf buf;
    weft_file_map map;
    assert_int_equal(weft_file_write_atomic(in_folder("a"), "first", 5, NULL), WEFT_OK);
    assert_int_equal(weft_file_write_atomic(in_folder("a"), "second", 6, NULL), WEFT_OK);
    weft_buf_init(&buf);
    assert_int_equal(weft_file_read(in_folder("a"), 6, &buf, NULL), WEFT_OK);
    assert_string_equal(buf.data, "second");
    weft_buf_deinit(&buf);
    assert_int_equal(weft_file_map_open(&map, in_folder("a"), NULL), WEFT_OK);
    assert_int_equal(map.size, 6);
    assert_memory_equal(map.data, "second", 6);
    weft_file_map_close(&map);
}

static void written_without_a_flush_is_read(void **state) {
    (void)state;
    weft_buf buf;
    weft_err err = {0};
    weft_buf_init(&buf);
    assert_int_equal(weft_file_write_whole(in_folder("w"), "first", 5, NULL), WEFT_OK);
    assert_int_equal(weft_file_write_whole(in_folder("w"), "second", 6, NULL), WEFT_OK);
    assert_int_equal(weft_dir_flush(folder, NULL), WEFT_OK);
    assert_int_equal(weft_file_read(in_folder("w"), 6, &buf, NULL), WEFT_OK);
    assert_string_equal(buf.data, "second");
    assert_int_equal(weft_file_write_whole(in_folder("no/where"), "x", 1, &err), WEFT_E_NOT_FOUND);
    assert_int_equal(weft_dir_flush(in_folder("no"), &err), WEFT_E_NOT_FOUND);
    weft_buf_deinit(&buf);
}

static void a_writer_appends_what_is_then_seen_whole(void **state) {
    (void)state;
    enum { BIG = 300 << 10 }; /* more than the writer gathers */
    weft_file_writer writer;
    weft_file_map map;
    static char big[BIG];
    memset(big, 'b', sizeof big);
    assert_int_equal(weft_file_write_atomic(in_folder("s"), "old", 3, NULL), WEFT_OK);
    for (int commits = 0; commits < 2; commits++) {
        char path[256];
        strcpy(path, in_folder("s"));
        assert_int_equal(weft_file_writer_open(&writer, path, NULL), WEFT_OK);
        for (int i = 0; i < 100; i++)
            assert_int_equal(weft_file_writer_append(&writer, "0123456789", 10, NULL), WEFT_OK);
        assert_int_equal(weft_file_writer_append(&writer, big, BIG, NULL), WEFT_OK);
        assert_int_equal(weft_file_writer_append(&writer, big, 0, NULL), WEFT_OK);
        assert_int_equal(weft_file_writer_append(&writer, "end", 3, NULL), WEFT_OK);
        if (commits) assert_int_equal(weft_file_writer_commit(&writer, NULL), WEFT_OK);
        else weft_file_writer_abandon(&writer);
        assert_false(weft_file_exists(writer.temporary));
        assert_int_equal(weft_file_map_open(&map, path, NULL), WEFT_OK);
        assert_int_equal(map.size, commits ? 1000 + BIG + 3 : 3);
        assert_memory_equal(map.data + map.size - 3, commits ? "end" : "old", 3);
        if (commits) assert_memory_equal(map.data + 1000, big, BIG);
        weft_file_map_close(&map);
    }
    weft_err err = {0};
    assert_int_equal(weft_file_writer_open(&writer, in_folder("no/where"), &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "no/where: cannot create"));
}

/* A limit on the size of files stands in for a full disk. */
static void a_writer_reports_a_full_disk(void **state) {
    (void)state;
    struct rlimit before, small;
    weft_err err = {0};
    weft_file_writer writer;
    static char big[1 << 20];
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(weft_file_writer_open(&writer, in_folder("full"), &err), WEFT_OK);
    assert_int_equal(weft_file_writer_append(&writer, big, sizeof big, &err), WEFT_E_IO);
    assert_non_null(strstr(err.message, "cannot write"));
    weft_file_writer_abandon(&writer);
    assert_int_equal(weft_file_writer_open(&writer, in_folder("full"), &err), WEFT_OK);
    assert_int_equal(weft_file_writer_append(&writer, big, 5000, &err), WEFT_OK);
    assert_int_equal(weft_file_writer_commit(&writer, &err), WEFT_E_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_false(weft_file_exists(writer.temporary));
    assert_false(weft_file_exists(in_folder("full")));
}

static void an_empty_file_maps(void **state) {
    (void)state;
    weft_file_map map;
    assert_int_equal(weft_file_write_atomic(in_folder("empty"), "", 0, NULL), WEFT_OK);
    assert_int_equal(weft_file_map_open(&map, in_folder("empty"), NULL), WEFT_OK);
    assert_int_equal(map.size, 0);
    weft_file_map_close(&map);
}

static void failures_name_the_path(void **state) {
    (void)state;
    weft_err err = {0};
    weft_buf buf;
    weft_file_map map;
    weft_buf_init(&buf);
    assert_int_equal(weft_file_read(in_folder("none"), 10, &buf, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "/none: cannot open"));
    assert_int_equal(weft_file_map_open(&map, folder, &err), WEFT_E_INVALID);
    assert_int_equal(weft_file_write_atomic(in_folder("no/where"), "x", 1, &err), WEFT_E_NOT_FOUND);
    assert_int_equal(weft_file_write_atomic(in_folder("big"), "12345", 5, &err), WEFT_OK);
    assert_int_equal(weft_file_read(in_folder("big"), 4, &buf, &err), WEFT_E_LIMIT);
    assert_non_null(strstr(err.message, "5 bytes, limit 4"));
    weft_buf_deinit(&buf);
}

static void folders_are_made_with_their_parents(void **state) {
    (void)state;
    weft_err err = {0};
    assert_int_equal(weft_dir_create(in_folder("p/q/r"), &err), WEFT_OK);
    assert_int_equal(weft_dir_create(in_folder("p/q/r"), &err), WEFT_OK);
    assert_true(weft_dir_exists(in_folder("p/q")));
    assert_int_equal(weft_file_write_atomic(in_folder("plain"), "x", 1, &err), WEFT_OK);
    assert_int_equal(weft_dir_create(in_folder("plain"), &err), WEFT_E_IO);
    assert_int_equal(weft_dir_create("", &err), WEFT_E_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(written_without_a_flush_is_read),
        cmocka_unit_test(a_writer_appends_what_is_then_seen_whole),
        cmocka_unit_test(a_writer_reports_a_full_disk),
        cmocka_unit_test(an_empty_file_maps),
        cmocka_unit_test(failures_name_the_path),
        cmocka_unit_test(folders_are_made_with_their_parents),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
