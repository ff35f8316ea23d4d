/* What is particular to the SQLite store; tests/contract has what every store does. */
#include "../unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "store/store.h"

static char folder[64], path[128], url[160];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/weft.db", folder);
    snprintf(url, sizeof url, "sqlite:%s", path);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static weft_store *open_store(void) {
    weft_store *store = NULL;
    weft_err err = {0};
    if (weft_store_open(&store, url, &err)) fail_msg("%s", err.message);
    return store;
}

/* Opening fails with status and a message that holds both words. */
static void assert_refused(weft_status status, const char *word, const char *other) {
    weft_store *store = NULL;
    weft_err err = {0};
    assert_int_equal(weft_store_open(&store, url, &err), status);
    assert_null(store);
    if (!strstr(err.message, word) || !strstr(err.message, other)) fail_msg("%s", err.message);
}

/* Runs SQL on the file, past weft. */
static void run_sql(const char *sql) {
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why)) fail_msg("%s", why);
    sqlite3_close(db);
}

static int append_row(void *out, int n, char **values, char **names) {
    (void)names;
    for (int i = 0; i < n; i++) {
        strcat(out, values[i] ? values[i] : "NULL");
        strcat(out, i + 1 < n ? "|" : " ");
    }
    return 0;
}

static const char *ask(const char *sql) {
    static char out[4096];
    sqlite3 *db;
    char *why = NULL;
    out[0] = '\0';
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, append_row, out, &why)) fail_msg("%s", why);
    sqlite3_close(db);
    return out;
}

static void put_watch(weft_store *store) {
    const float v[2] = {1, -2};
    weft_product watch = {.product_id = "7",
                          .product_display_name = "Alder Watch",
                          .master_category = "Accessories",
                          .sub_category = "Watches",
                          .article_type = "Watches",
                          .base_color = "Steel",
                          .gender = "Men",
                          .season = "",
                          .usage = "Formal",
                          .year = 0,
                          .price = 250.5,
                          .image_path = "",
                          .image_digest = ""};
    weft_embedding e = {.product_id = "7",
                        .embedding_model = "mini",
                        .text_digest = "t",
                        .image_digest = "",
                        .dim = 2,
                        .text_embedding = v};
    weft_store_put_result result = {0};
    assert_int_equal(weft_store_put_products(store, &watch, 1, &result, NULL), WEFT_OK);
    assert_int_equal(weft_store_put_embeddings(store, &e, 1, NULL), WEFT_OK);
}

/* ---- the schema ---- */

static void tables_have_the_seeds_names(void **state) {
    (void)state;
    weft_store_close(open_store());
    assert_string_equal(
        ask("SELECT name FROM sqlite_schema WHERE type IN ('table','view')"
            " AND name NOT LIKE 'sqlite_%' ORDER BY name"),
        "changes embedding_queue embedding_sets embeddings event_imports fashion_items_embeddings"
        " merchandising_rules outfit_edges outfit_edges_revision product_attributes"
        " product_embeddings_multimodal product_pages product_pages_revision products"
        " schema_migrations searches serving source_products sources tokens transactions"
        " user_features_position user_style_features users ");
}

static void the_view_has_exactly_the_seeds_columns(void **state) {
    (void)state;
    weft_store *store = open_store();
    put_watch(store);
    weft_store_close(store);
    assert_string_equal(
        ask("SELECT name FROM pragma_table_info('product_embeddings_multimodal')"),
        "product_id product_display_name master_category sub_category article_type base_color"
        " gender season usage year price image_path image_embedding text_embedding"
        " hybrid_embedding embedding_model embedding_dimension updated_at ");
    assert_string_equal(ask("SELECT product_id, year, price, image_embedding, hex(text_embedding),"
                            " embedding_dimension FROM product_embeddings_multimodal"),
                        "7|NULL|250.5|NULL|0000803F000000C0|2 ");
}

static void every_change_is_in_the_feed(void **state) {
    (void)state;
    weft_store *store = open_store();
    put_watch(store);
    put_watch(store);
    assert_int_equal(weft_store_delete_product(store, "7", NULL), WEFT_OK);
    weft_store_close(store);
    assert_string_equal(ask("SELECT seq, product_id, kind FROM changes ORDER BY seq"),
                        "1|7|product 2|7|embedding 3|7|embedding_deleted 4|7|product_deleted ");
}

static void attributes_go_with_their_product_and_events_stay(void **state) {
    (void)state;
    weft_store *store = open_store();
    put_watch(store);
    run_sql("INSERT INTO product_attributes VALUES ('7','material','metal',0.9)");
    weft_event event = {"u", "7", "purchase", "q", 0};
    assert_int_equal(weft_store_put_event(store, &event, NULL), WEFT_OK);
    assert_int_equal(weft_store_delete_product(store, "7", NULL), WEFT_OK);
    weft_store_close(store);
    assert_string_equal(ask("SELECT (SELECT count(*) FROM product_attributes),"
                            " (SELECT count(*) FROM transactions)"),
                        "0|1 ");
}

static void the_write_ahead_log_is_used(void **state) {
    (void)state;
    weft_store_close(open_store());
    assert_string_equal(ask("PRAGMA journal_mode"), "wal ");
}

/* ---- what is not opened ---- */

static void a_newer_schema_is_refused(void **state) {
    (void)state;
    weft_store_close(open_store());
    run_sql("INSERT INTO schema_migrations VALUES (99,'0099_later.sql','x','2030-01-01')");
    assert_refused(WEFT_E_UNSUPPORTED, "version 99", "newer weft");
    assert_string_equal(ask("SELECT count(*) FROM schema_migrations"), "11 ");
}

static void another_schema_is_refused(void **state) {
    (void)state;
    weft_store_close(open_store());
    run_sql("UPDATE schema_migrations SET checksum = 'x'");
    assert_refused(WEFT_E_UNSUPPORTED, path, "0001_init.sql");
}

static void files_that_are_no_database_are_refused(void **state) {
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text);
    assert_int_equal(weft_file_write_atomic(path, text, sizeof text, NULL), WEFT_OK);
    assert_refused(WEFT_E_STORE, path, "file is not a database");
}

static void a_database_cut_short_is_refused(void **state) {
    (void)state;
    weft_buf bytes;
    weft_buf_init(&bytes);
    weft_store_close(open_store());
    assert_int_equal(weft_file_read(path, 1 << 24, &bytes, NULL), WEFT_OK);
    memset(bytes.data + 100, 0xee, 2000); /* the schema's page */
    assert_int_equal(weft_file_write_atomic(path, bytes.data, bytes.size, NULL), WEFT_OK);
    assert_refused(WEFT_E_STORE, path, "malformed");
    weft_buf_deinit(&bytes);
}

static void another_programs_database_is_left_alone(void **state) {
    (void)state;
    run_sql("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    assert_refused(WEFT_E_STORE, path, "another program");
    assert_string_equal(ask("SELECT name FROM sqlite_schema"), "theirs ");
    assert_string_equal(ask("PRAGMA journal_mode"), "delete ");
}

static void places_that_are_no_file_are_refused(void **state) {
    (void)state;
    static const char *const places[] = {"", ":memory:"};
    for (int i = 0; i < 2; i++) {
        snprintf(url, sizeof url, "sqlite:%s", places[i]);
        assert_refused(WEFT_E_UNSUPPORTED, "a path to a file is needed", url);
    }
    snprintf(url, sizeof url, "sqlite:%s/no/such/weft.db", folder);
    assert_refused(WEFT_E_STORE, "cannot open the database", "unable to open");
    snprintf(url, sizeof url, "sqlite:%s", folder);
    assert_refused(WEFT_E_STORE, folder, "");
}

/* ---- damage inside ---- */

static weft_status ignore(void *context, const weft_product *product, const weft_embedding *e,
                          weft_err *err) {
    (void)context, (void)product, (void)e, (void)err;
    return WEFT_OK;
}

static void vectors_of_a_wrong_size_are_not_read(void **state) {
    (void)state;
    weft_err err = {0};
    weft_store *store = open_store();
    put_watch(store);
    run_sql("UPDATE embeddings SET text_embedding = x'000000'");
    assert_int_equal(weft_store_each(store, "mini", true, ignore, NULL, &err), WEFT_E_STORE);
    assert_non_null(strstr(err.message, "product 7: text_embedding has 3 bytes for 2 dimensions"));
    assert_int_equal(weft_store_each(store, "mini", false, ignore, NULL, &err), WEFT_OK);
    run_sql("UPDATE embeddings SET embedding_dimension = 1 << 40");
    assert_int_equal(weft_store_each(store, "mini", true, ignore, NULL, &err), WEFT_E_STORE);
    assert_non_null(strstr(err.message, "embeddings of 1099511627776 dimensions"));
    weft_store_close(store);
}

static void no_memory(void **state) {
    (void)state;
    weft_err err = {0};
    weft_store *store = NULL;
    for (size_t nth = 1; nth <= 2; nth++) {
        weft_mem_fail_after(nth);
        weft_status status = weft_store_open(&store, url, &err);
        weft_mem_fail_after(0);
        assert_int_equal(status, WEFT_E_NOMEM);
        assert_null(store);
    }
    store = open_store();
    put_watch(store);
    weft_mem_fail_after(1);
    weft_status status = weft_store_each(store, "mini", true, ignore, NULL, &err);
    weft_mem_fail_after(0);
    assert_int_equal(status, WEFT_E_NOMEM);
    weft_store_close(store);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(tables_have_the_seeds_names),
        TEST(the_view_has_exactly_the_seeds_columns),
        TEST(every_change_is_in_the_feed),
        TEST(attributes_go_with_their_product_and_events_stay),
        TEST(the_write_ahead_log_is_used),
        TEST(a_newer_schema_is_refused),
        TEST(another_schema_is_refused),
        TEST(files_that_are_no_database_are_refused),
        TEST(a_database_cut_short_is_refused),
        TEST(another_programs_database_is_left_alone),
        TEST(places_that_are_no_file_are_refused),
        TEST(vectors_of_a_wrong_size_are_not_read),
        TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
