/* What every store must do with backups: all that is in a database comes back, whichever
 * store it came from and goes into. Run as test_backup sqlite | postgres (by
 * tests/postgres/with.sh). */
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "postgres_database.h"
#include "store/store.h"
#include "store/store_tables.h"

static bool is_postgres;
static char folder[64];
static int made;

static void in_folder(char path[128], const char *name) {
    snprintf(path, 128, "%s/%s", folder, name);
}

static weft_store *open_sqlite(const char *path) {
    char url[160];
    weft_store *store;
    weft_err err = {0};
    snprintf(url, sizeof url, "sqlite:%s", path);
    if (weft_store_open(&store, url, &err)) fail_msg("%s", err.message);
    return store;
}

/* ---- the store under test ---- */

static char url[256];

static weft_store *open_tested(void) {
    weft_store *store;
    weft_err err = {0};
    if (is_postgres) {
        postgres_make(url, sizeof url);
    } else {
        snprintf(url, sizeof url, "sqlite:%s/tested-%d.db", folder, made++);
    }
    if (weft_store_open(&store, url, &err)) fail_msg("%s", err.message);
    return store;
}

static void close_tested(weft_store *store) {
    weft_store_close(store);
    if (is_postgres) postgres_remove(url);
}

static int set_up(void **state) {
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* ---- a database with something in every table ---- */

static const char everything[] =
    "INSERT INTO products VALUES"
    " ('1','Red \"Dress\"','Apparel','Dress','Dresses','Red','Women','','',2012,12.25,0,"
    "  'images/ab/ab.jpg','ab','2026-01-02T03:04:05.678Z','2026-01-02T03:04:05.679Z'),"
    " ('2','na\u00efve \\ {}','','','','','','','',NULL,0.1,1,'','',"
    "  '2025-12-31T23:59:59.999Z','2026-01-02T03:04:05.000Z');"
    "INSERT INTO embedding_sets VALUES ('mini@1','weft-mini',2,'2026-01-01T00:00:00.000Z'),"
    " ('large@2','/models/large',3,'2026-01-01T00:00:00.000Z');"
    "INSERT INTO embeddings VALUES"
    " ('1','mini@1',2,'t','ab','2026-01-02T00:00:00.000Z',x'0000803f00000080',"
    "  x'000000000000803f',x'cdcccc3dcdcc4c3e'),"
    " ('1','large@2',3,'t','ab','2026-01-02T00:00:00.000Z',NULL,"
    "  x'000000000000803f000000c0',x'000000000000803f000000c0'),"
    " ('2','mini@1',2,'u','','2026-01-02T00:00:00.000Z',NULL,x'ffff7f7f00000100',NULL);"
    "INSERT INTO serving VALUES (1,'large@2','mini@1','2026-01-03T00:00:00.000Z');"
    "INSERT INTO product_attributes VALUES ('1','sleeve','long',0.75),('1','neck','round',NULL);"
    "INSERT INTO fashion_items_embeddings VALUES"
    " ('i1','images/x.jpg',x'0000803f','Dress','{\"a\": [1, \"\u00e9\"]}',"
    "  '2026-01-04T00:00:00.000Z');"
    "INSERT INTO outfit_edges VALUES ('1','2',7),('1','gone',1);"
    "INSERT INTO outfit_edges_revision VALUES (1,3);"
    "INSERT INTO users VALUES ('u1','luxury','2026-01-05T00:00:00.000Z');"
    "INSERT INTO user_style_features VALUES ('u1',x'0000803f0000803f','luxury',7,"
    " '[\"Dresses\",\"a \\\"b\\\"\"]','[]','[\"x\",\"y\",\"z\"]',10.5,1,NULL,2,3,"
    " '2026-01-05T00:00:00.000Z','mini@1');"
    "INSERT INTO transactions VALUES (3,'u1','1','view','q1','2026-01-06T00:00:00.000Z'),"
    " (9,'nobody','gone','purchase','','2026-01-06T00:00:00.001Z');"
    "INSERT INTO event_imports VALUES ('e1',1,4711,90,80,3,'','2026-01-06T00:00:00.000Z'),"
    " ('e2',0,99,2,1,7,'user_id=who','2026-01-06T00:00:00.002Z');"
    "INSERT INTO tokens VALUES (1,'old','d1','2026-01-07T00:00:00.000Z',"
    " '2026-01-08T00:00:00.000Z'),(5,'good','d2','2026-01-07T00:00:00.000Z','');"
    "INSERT INTO sources VALUES ('shop','postgresql://h/d','{\"table\":\"t\"}','weft_shop_1',"
    " '73/d',4711,6);"
    "INSERT INTO source_products VALUES ('1','shop',6);";

static void make_full(const char *path) {
    sqlite3 *db;
    char *why = NULL;
    weft_store_close(open_sqlite(path));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, everything, NULL, NULL, &why)) fail_msg("%s", why);
    sqlite3_close(db);
}

/* ---- what a file holds ---- */

static int note_row(void *context, int n, char **values, char **names) {
    weft_buf *out = context;
    (void)names;
    for (int i = 0; i < n; i++) weft_buf_printf(out, "%s|", values[i] ? values[i] : "NULL");
    weft_buf_putc(out, '\n');
    return 0;
}

/* Every row of every table, in the form that quote() gives values. */
static char *dump(const char *path) {
    sqlite3 *db;
    weft_buf out, sql;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    weft_buf_init(&out);
    for (const weft_table *t = weft_tables; t->name; t++) {
        weft_buf_init(&sql);
        weft_buf_puts(&sql, "SELECT ");
        for (size_t i = 0; i < weft_table_column_count(t); i++)
            weft_buf_printf(&sql, "%squote(%s)", i ? ", " : "", t->columns[i].name);
        weft_buf_printf(&sql, " FROM %s ORDER BY 1, 2%s", t->name,
                        weft_table_column_count(t) > 2 ? ", 3" : "");
        weft_buf_printf(&out, "== %s\n", t->name);
        assert_int_equal(sqlite3_exec(db, sql.data, note_row, &out, NULL), SQLITE_OK);
        weft_buf_deinit(&sql);
    }
    sqlite3_close(db);
    return weft_buf_take(&out);
}

static int64_t ask(const char *path, const char *sql) {
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static void back_up(weft_store *store, const char *path) {
    weft_err err = {0};
    if (weft_store_backup(store, path, NULL, &err)) fail_msg("%s", err.message);
}

static void restore(weft_store *store, const char *path) {
    weft_err err = {0};
    if (weft_store_restore(store, path, &err)) fail_msg("%s", err.message);
}

/* ---- the tests ---- */

static void all_of_it_comes_back(void **state) {
    (void)state;
    char full[128], first[128], second[128];
    in_folder(full, "full.db");
    in_folder(first, "first.db");
    in_folder(second, "second.db");
    make_full(full);
    weft_store *origin = open_sqlite(full);
    back_up(origin, first);
    weft_store_close(origin);
    char *expected = dump(full), *kept = dump(first);
    assert_string_equal(kept, expected);
    assert_int_equal(ask(first, "SELECT count(*) FROM changes"), 0);
    assert_int_equal(ask(first, "SELECT position FROM sources"), 0);

    weft_store *tested = open_tested();
    restore(tested, first);
    back_up(tested, second);
    char *came_back = dump(second);
    assert_string_equal(came_back, expected);
    assert_int_equal(ask(second, "SELECT count(*) FROM changes"), 0);

    /* The next ids come after those that are there. */
    int64_t id = 0;
    assert_int_equal(weft_store_put_token(tested, "next", "d3", &id, NULL), WEFT_OK);
    assert_int_equal(id, 6);
    /* What was restored is a history of its own, which followers see whole. */
    uint64_t seq;
    assert_int_equal(weft_store_change_seq(tested, &seq, NULL), WEFT_OK);
    assert_true(seq >= 5);
    close_tested(tested);
    free(expected);
    free(kept);
    free(came_back);
}

/* As SQLite's own shell leaves them: it does not look at foreign keys. */
static void rows_of_what_is_gone_stay_behind(void **state) {
    (void)state;
    static const char orphans[] =
        "INSERT INTO embeddings VALUES ('gone','mini@1',2,'t','','2026-01-02T00:00:00.000Z',NULL,"
        " x'000000000000803f',NULL);"
        "INSERT INTO product_attributes VALUES ('gone','sleeve','long',NULL);"
        "INSERT INTO source_products VALUES ('gone','shop',1),('2','nowhere',1);"
        "INSERT INTO user_style_features SELECT 'gone',user_embedding,segment,num_interactions,"
        " category_prefs,color_prefs,preferred_brands,avg_price_point,min_price,max_price,"
        " p25_price,p75_price,updated_at,embedding_model FROM user_style_features;";
    char full[128], clean[128], first[128];
    sqlite3 *db;
    in_folder(full, "full.db");
    in_folder(clean, "clean.db");
    in_folder(first, "first.db");
    make_full(full);
    make_full(clean);
    assert_int_equal(sqlite3_open(full, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, orphans, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    weft_store *origin = open_sqlite(full);
    back_up(origin, first);
    weft_store_close(origin);
    char *expected = dump(clean), *kept = dump(first);
    assert_string_equal(kept, expected);
    weft_store *tested = open_tested();
    restore(tested, first);
    close_tested(tested);
    free(expected);
    free(kept);
}

static void a_store_that_is_not_empty_is_refused(void **state) {
    (void)state;
    char full[128], other[128];
    weft_err err = {0};
    in_folder(full, "full.db");
    in_folder(other, "other.db");
    make_full(full);
    weft_store *tested = open_tested();
    int64_t id;
    assert_int_equal(weft_store_put_token(tested, "mine", "d", &id, NULL), WEFT_OK);
    assert_int_equal(weft_store_restore(tested, full, &err), WEFT_E_CONFLICT);
    assert_non_null(strstr(err.message, "1 rows in tokens"));
    back_up(tested, other);
    assert_int_equal(ask(other, "SELECT count(*) FROM products"), 0);
    close_tested(tested);
}

static void a_failing_restore_leaves_nothing(void **state) {
    (void)state;
    char full[128], other[128];
    sqlite3 *db;
    in_folder(full, "full.db");
    in_folder(other, "other.db");
    make_full(full);
    /* The last table cannot be put back: its product is gone. */
    assert_int_equal(sqlite3_open(full, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA foreign_keys = OFF;"
                                  "INSERT INTO source_products VALUES ('no','shop',1)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    weft_store *tested = open_tested();
    assert_int_not_equal(weft_store_restore(tested, full, NULL), WEFT_OK);
    back_up(tested, other);
    assert_int_equal(ask(other, "SELECT count(*) FROM products"), 0);
    assert_int_equal(ask(other, "SELECT count(*) FROM embedding_sets"), 0);
    close_tested(tested);
}

static void a_backup_can_be_stopped(void **state) {
    (void)state;
    static const atomic_bool stop = true;
    char path[128];
    static weft_product products[3000];
    static char ids[3000][8];
    weft_store_put_result result = {0};
    weft_store *tested = open_tested();
    for (int i = 0; i < 3000; i++) {
        snprintf(ids[i], sizeof ids[i], "%d", i);
        products[i] = (weft_product){ids[i], "", "", "", "", "", "", "", "", 0, 1, 0, "", ""};
    }
    assert_int_equal(weft_store_put_products(tested, products, 3000, &result, NULL), WEFT_OK);
    in_folder(path, "stopped.db");
    assert_int_equal(weft_store_backup(tested, path, &stop, NULL), WEFT_E_CANCELLED);
    assert_int_not_equal(access(path, F_OK), 0);
    close_tested(tested);
}

/* A migration's new table or column must be backed up or left out on purpose. */
static int check_column(void *context, int n, char **values, char **names) {
    char name[128];
    (void)context, (void)n, (void)names;
    snprintf(name, sizeof name, "%s.%s", values[0], values[1]);
    for (const char *const *out = weft_tables_left_out; *out; out++)
        if (strcmp(*out, values[0]) == 0 || strcmp(*out, name) == 0) return 0;
    for (const weft_table *t = weft_tables; t->name; t++)
        for (size_t i = 0; strcmp(t->name, values[0]) == 0 && i < weft_table_column_count(t); i++)
            if (strcmp(t->columns[i].name, values[1]) == 0) return 0;
    fail_msg("%s is neither backed up nor left out on purpose (store_tables.c)", name);
    return 1;
}

static void every_column_is_backed_up_or_left_out_on_purpose(void **state) {
    (void)state;
    char path[128];
    sqlite3 *db;
    in_folder(path, "schema.db");
    weft_store_close(open_sqlite(path));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "SELECT m.name, c.name FROM sqlite_master m JOIN"
                                  " pragma_table_info(m.name) c WHERE m.type = 'table'"
                                  " AND m.name NOT LIKE 'sqlite_%'",
                                  check_column, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

int main(int argc, char **argv) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(all_of_it_comes_back),
        TEST(rows_of_what_is_gone_stay_behind),
        TEST(a_store_that_is_not_empty_is_refused),
        TEST(a_failing_restore_leaves_nothing),
        TEST(a_backup_can_be_stopped),
        TEST(every_column_is_backed_up_or_left_out_on_purpose),
    };
    if (argc != 2 || (strcmp(argv[1], "sqlite") != 0 && strcmp(argv[1], "postgres") != 0)) {
        fprintf(stderr, "usage: test_backup sqlite|postgres (the latter by with.sh)\n");
        return 2;
    }
    is_postgres = strcmp(argv[1], "postgres") == 0;
    return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
