/* What is saved for the next start, and what is not used when it is there. */
#include "../unit.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "sync/snapshot_file.h"
#include "world.h"

static char saved_in[96];

static void open_store(void) {
    char url[128];
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    assert_int_equal(weft_store_open(&store, url, NULL), WEFT_OK);
}

static int set_up(void **state) {
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(saved_in, sizeof saved_in, "%s/index", folder);
    open_store();
    return 0;
}

static void save_all(void) {
    const weft_snapshot_options options = fake_options(1);
    weft_snapshot *snapshot;
    weft_err err = {0};
    assert_int_equal(weft_snapshot_load(&snapshot, &options, NULL), WEFT_OK);
    if (weft_snapshot_save(snapshot, &options, saved_in, &err)) fail_msg("%s", err.message);
    weft_snapshot_release(snapshot);
}

/* What opens is what the store has. */
static void assert_opens(void) {
    const weft_snapshot_options options = fake_options(1), exact = fake_options(0);
    weft_snapshot *opened, *loaded;
    weft_err err = {0};
    if (weft_snapshot_open(&opened, &options, saved_in, &err)) fail_msg("%s", err.message);
    assert_int_equal(weft_snapshot_load(&loaded, &exact, NULL), WEFT_OK);
    assert_alike(opened, loaded, -1);
    assert_string_equal(weft_index_engine_name(opened->index[0]), "ivf");
    weft_snapshot_release(opened);
    weft_snapshot_release(loaded);
}

static void assert_refused(weft_status expected, const char *why) {
    const weft_snapshot_options options = fake_options(1);
    weft_snapshot *opened;
    weft_err err = {0};
    assert_int_equal(weft_snapshot_open(&opened, &options, saved_in, &err), expected);
    assert_null(opened);
    if (!strstr(err.message, why)) fail_msg("\"%s\" does not say \"%s\"", err.message, why);
}

static size_t count_files(void) {
    size_t n = 0;
    DIR *listing = opendir(saved_in);
    assert_non_null(listing);
    while (readdir(listing)) n++;
    closedir(listing);
    return n - 2; /* . and .. */
}

enum { FILES = 5 }; /* rows, three indexes, lock */

static void what_was_saved_opens(void **state) {
    (void)state;
    assert_refused(WEFT_E_NOT_FOUND, "index");
    put_fakes(0, FAKES, 0);
    save_all();
    assert_opens();
    save_all();
    assert_opens();
    assert_int_equal(count_files(), FILES);
}

static void what_changed_since_is_followed(void **state) {
    (void)state;
    put_fakes(0, FAKES, 0);
    save_all();
    weft_store_delete_product(store, "f03", NULL);
    weft_store_delete_product(store, "f59", NULL);
    put_fakes(FAKES, 4, 0);
    put_fakes(10, 5, 0.5f);
    assert_opens();
}

static void exact_indexes_are_not_saved(void **state) {
    (void)state;
    const weft_snapshot_options exact = fake_options(0);
    weft_snapshot *snapshot;
    put_fakes(0, 5, 0);
    assert_int_equal(weft_snapshot_load(&snapshot, &exact, NULL), WEFT_OK);
    assert_int_equal(weft_snapshot_save(snapshot, &exact, saved_in, NULL), WEFT_E_UNSUPPORTED);
    weft_snapshot_release(snapshot);
    assert_refused(WEFT_E_NOT_FOUND, "rows");
}

static void another_model_is_refused(void **state) {
    (void)state;
    put_fakes(0, FAKES, 0);
    save_all();
    weft_snapshot_options options = fake_options(1);
    weft_snapshot *opened;
    weft_err err = {0};
    options.embedding_model = "other@1";
    assert_int_equal(weft_snapshot_open(&opened, &options, saved_in, &err), WEFT_E_CONFLICT);
    assert_non_null(strstr(err.message, "other@1"));
}

/* As many changes, but not the same ones: a database from a backup, or a new one. */
static void another_history_is_refused(void **state) {
    (void)state;
    put_fakes(0, FAKES, 0);
    save_all();
    weft_store_close(store);
    char path[128];
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/weft.db%s", folder, endings[i]);
        unlink(path);
    }
    open_store();
    assert_refused(WEFT_E_CONFLICT, "another history");
    usleep(2000);
    put_fakes(0, FAKES, 0);
    assert_refused(WEFT_E_CONFLICT, "another history");
}

/* Any byte of any of the files. */
static void damage_is_refused(void **state) {
    (void)state;
    put_fakes(0, FAKES, 0);
    save_all();
    weft_snapshot_saved saved;
    assert_int_equal(weft_snapshot_look(&saved, saved_in, NULL), WEFT_OK);
    assert_int_equal(saved.rows, FAKES);
    for (int file = 0; file <= WEFT_KIND_COUNT; file++) {
        char path[256], name[128] = "rows";
        weft_buf bytes;
        if (file < WEFT_KIND_COUNT)
            snprintf(name, sizeof name, "%s-%s.index",
                     weft_embedding_kind_name((weft_embedding_kind)file), saved.generation);
        snprintf(path, sizeof path, "%s/%s", saved_in, name);
        weft_buf_init(&bytes);
        assert_int_equal(weft_file_read(path, 1 << 26, &bytes, NULL), WEFT_OK);
        for (size_t i = 0; i < 12; i++) {
            size_t at = bytes.size * i / 12 + 5;
            bytes.data[at] ^= 0x20;
            assert_int_equal(weft_file_write_whole(path, bytes.data, bytes.size, NULL), WEFT_OK);
            const weft_snapshot_options options = fake_options(1);
            weft_snapshot *opened;
            weft_err err = {0};
            assert_int_not_equal(weft_snapshot_open(&opened, &options, saved_in, &err), WEFT_OK);
            assert_non_null(strstr(err.message, name));
            bytes.data[at] ^= 0x20;
        }
        assert_int_equal(weft_file_write_whole(path, bytes.data, bytes.size / 2, NULL), WEFT_OK);
        assert_refused(WEFT_E_FORMAT, name);
        unlink(path);
        assert_refused(WEFT_E_NOT_FOUND, name);
        assert_int_equal(weft_file_write_whole(path, bytes.data, bytes.size, NULL), WEFT_OK);
        weft_buf_deinit(&bytes);
    }
    assert_opens();
}

static void opening_without_memory_fails_cleanly(void **state) {
    (void)state;
    const weft_snapshot_options options = fake_options(1);
    weft_snapshot *opened = NULL;
    put_fakes(0, 20, 0);
    save_all();
    for (size_t nth = 1; !opened; nth++) {
        weft_mem_fail_after(nth);
        weft_status status = weft_snapshot_open(&opened, &options, saved_in, NULL);
        weft_mem_fail_after(0);
        if (!opened) assert_int_equal(status, WEFT_E_NOMEM);
    }
    weft_snapshot_release(opened);
}

/* ---- kill -9 ---- */

/* Changes products, follows and saves without end; tells of each change that was committed. */
static void work_until_killed(int committed, unsigned seed) {
    open_store();
    const weft_snapshot_options options = fake_options(1);
    weft_snapshot *now, *fresh;
    weft_err err;
    if (weft_snapshot_open(&now, &options, saved_in, &err)) {
        print_error("%s\n", err.message);
        _exit(1);
    }
    for (unsigned i = seed;; i++) {
        unsigned char number = (unsigned char)(i * 7 % FAKES);
        put_fakes(number, 1, (float)(i % 50) / 50);
        if (write(committed, &number, 1) != 1) _exit(2);
        if (weft_snapshot_follow(&fresh, now, &options, NULL)) _exit(3);
        if (!fresh) continue;
        weft_snapshot_release(now);
        now = fresh;
        if (weft_snapshot_save(now, &options, saved_in, NULL)) _exit(4);
    }
}

static void kill_at_any_moment(unsigned seed) {
    int ends[2], how;
    assert_int_equal(pipe(ends), 0);
    weft_store_close(store);
    pid_t child = fork();
    if (child == 0) work_until_killed(ends[1], seed);
    close(ends[1]);
    unsigned char number;
    assert_int_equal(read(ends[0], &number, 1), 1); /* it is at work */
    usleep((useconds_t)(rand() % 30000));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    close(ends[0]);
    open_store();
    assert_opens();
}

static void two_hundred_kills_lose_nothing(void **state) {
    (void)state;
    enum { KILLS = 200 };
    put_fakes(0, FAKES, 0);
    save_all();
    for (unsigned i = 0; i < KILLS; i++) kill_at_any_moment(i * 11);
    save_all();
    assert_int_equal(count_files(), FILES); /* nothing half-written is left */
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_saved_opens),
        TEST(what_changed_since_is_followed),
        TEST(exact_indexes_are_not_saved),
        TEST(another_model_is_refused),
        TEST(another_history_is_refused),
        TEST(damage_is_refused),
        TEST(opening_without_memory_fails_cleanly),
        TEST(two_hundred_kills_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
