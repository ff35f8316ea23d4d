/* store_sqlite.c - the store in one SQLite file: connections, statements,
 * transactions.
 *
 * One connection writes, behind a lock: SQLite has one writer anyway. Short reads
 * that requests wait for have a second one, with a lock of its own: they take
 * microseconds, but a commit waits for the disk. The long walk of each() opens
 * a connection of its own; in WAL mode it sees the state of its first step
 * however long it takes, and writers do not wait for it.
 *
 * synchronous=FULL flushes the WAL at every commit. That is what "durable when
 * the call returns" costs; the callers batch their rows, so it is paid rarely. */
#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/store_sqlite_internal.h"

enum { BUSY_TIMEOUT_MS = 10000 };

/* ---- failures ---- */

weft_status weft_sqlite_fail(sqlite3 *db, const char *path, const char *what, weft_err *err) {
    weft_status status = WEFT_E_STORE;
    switch (sqlite3_errcode(db)) {
    case SQLITE_NOMEM: status = WEFT_E_NOMEM; break;
    case SQLITE_BUSY: status = WEFT_E_BUSY; break;
    case SQLITE_CONSTRAINT: status = WEFT_E_INVALID; break;
    default: break;
    }
    return weft_fail(err, status, "%s: %s: %s", path, what, sqlite3_errmsg(db));
}

/* ---- statements ---- */

weft_status weft_sqlite_prepare(weft_sqlite *s, const char *sql, sqlite3_stmt **statement,
                                weft_err *err) {
    for (size_t i = 0; i < s->cache_count; i++) {
        if (s->cache[i].sql != sql) continue;
        *statement = s->cache[i].statement;
        sqlite3_clear_bindings(*statement);
        return WEFT_OK;
    }
    assert(s->cache_count < WEFT_SQLITE_STATEMENT_LIMIT);
    if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL))
        return weft_sqlite_fail(s->db, s->path, "preparing a statement", err);
    s->cache[s->cache_count].sql = sql;
    s->cache[s->cache_count++].statement = *statement;
    return WEFT_OK;
}

weft_status weft_sqlite_run(weft_sqlite *s, sqlite3_stmt *statement, const char *what,
                            weft_err *err) {
    weft_status status = WEFT_OK;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    }
    if (code != SQLITE_DONE) status = weft_sqlite_fail(s->db, s->path, what, err);
    sqlite3_reset(statement);
    return status;
}

void weft_sqlite_bind_text(sqlite3_stmt *statement, int parameter, const char *text) {
    sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

const char *weft_sqlite_text(sqlite3_stmt *statement, int column) {
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

/* ---- transactions ---- */

/* IMMEDIATE takes the write lock at once. A transaction that begins as a reader
 * and wants to write later can be refused without waiting. */
weft_status weft_sqlite_begin(weft_sqlite *s, weft_err *err) {
    pthread_mutex_lock(&s->lock);
    sqlite3_stmt *begin;
    weft_status status = weft_sqlite_prepare(s, "BEGIN IMMEDIATE", &begin, err);
    if (!status) status = weft_sqlite_run(s, begin, "begin", err);
    if (status) pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_end(weft_sqlite *s, weft_status status, weft_err *err) {
    if (!status && sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL))
        status = weft_sqlite_fail(s->db, s->path, "commit", err);
    /* Some failures have rolled back by themselves. */
    if (status && !sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* ---- connections ---- */

/* Defensive: a database from elsewhere must not bring functions or schema tricks. */
static weft_status connect_file(sqlite3 **out, const char *path, int flags, weft_err *err) {
    sqlite3 *db = NULL;
    weft_status status = WEFT_OK;
    if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL)) {
        status = db ? weft_sqlite_fail(db, path, "cannot open the database", err)
                    : weft_fail(err, WEFT_E_NOMEM, "%s", path);
        sqlite3_close(db);
        return status;
    }
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *out = db;
    return WEFT_OK;
}

weft_status weft_sqlite_open_reader(const weft_sqlite *s, sqlite3 **db, weft_err *err) {
    weft_status status = connect_file(db, s->path, SQLITE_OPEN_READWRITE, err);
    if (status || sqlite3_exec(*db, "PRAGMA query_only = ON", NULL, NULL, NULL) == SQLITE_OK)
        return status;
    status = weft_sqlite_fail(*db, s->path, "opening for reading", err);
    sqlite3_close(*db);
    *db = NULL;
    return status;
}

weft_sqlite *weft_sqlite_reader(weft_store *store) { return ((weft_sqlite *)store)->reader; }

static void close_store(weft_store *store) {
    weft_sqlite *s = (weft_sqlite *)store;
    if (s->reader) close_store(&s->reader->store);
    for (size_t i = 0; i < s->cache_count; i++) sqlite3_finalize(s->cache[i].statement);
    sqlite3_close(s->db);
    pthread_mutex_destroy(&s->lock);
    weft_free(s->path);
    weft_free(s);
}

/* SQLite does not wait for others when a new database is turned to WAL, so that
 * is done here. */
static weft_status apply_settings(sqlite3 *db, const char *path, weft_err *err) {
    static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                   "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;";
    enum { PAUSE_MS = 5 };
    int waited = 0;
    while (sqlite3_exec(db, settings, NULL, NULL, NULL)) {
        if (sqlite3_errcode(db) != SQLITE_BUSY || waited >= BUSY_TIMEOUT_MS)
            return weft_sqlite_fail(db, path, "settings", err);
        usleep(PAUSE_MS * 1000);
        waited += PAUSE_MS;
    }
    return WEFT_OK;
}

static weft_status open_short_reads(weft_sqlite *s, weft_err *err) {
    s->reader = weft_calloc(1, sizeof *s->reader);
    if (!s->reader) return weft_fail(err, WEFT_E_NOMEM, "%s", s->path);
    pthread_mutex_init(&s->reader->lock, NULL);
    s->reader->path = weft_strdup(s->path);
    if (!s->reader->path) return weft_fail(err, WEFT_E_NOMEM, "%s", s->path);
    return weft_sqlite_open_reader(s, &s->reader->db, err);
}

static weft_status open_store(weft_store **out, const char *place, weft_err *err) {
    /* SQLite gives every connection a memory database of its own. */
    if (!*place || *place == ':')
        return weft_fail(err, WEFT_E_UNSUPPORTED, "sqlite:%s: a path to a file is needed", place);
    weft_sqlite *s = weft_calloc(1, sizeof *s);
    if (!s) return weft_fail(err, WEFT_E_NOMEM, "%s", place);
    s->store.vtable = &weft_store_sqlite;
    pthread_mutex_init(&s->lock, NULL);
    s->path = weft_strdup(place);

    weft_status status = WEFT_OK;
    if (!s->path) status = weft_fail(err, WEFT_E_NOMEM, "%s", place);
    if (!status)
        status = connect_file(&s->db, place, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (!status) status = weft_sqlite_migrate(s->db, place, err);
    if (!status) status = apply_settings(s->db, place, err);
    if (!status) status = open_short_reads(s, err);
    if (status) close_store(&s->store);
    else *out = &s->store;
    return status;
}

const weft_store_vtable weft_store_sqlite = {
    .scheme = "sqlite",
    .open = open_store,
    .close = close_store,
    .put_products = weft_sqlite_put_products,
    .delete_product = weft_sqlite_delete_product,
    .get_product = weft_sqlite_get_product,
    .count_products = weft_sqlite_count_products,
    .put_embeddings = weft_sqlite_put_embeddings,
    .each = weft_sqlite_each,
    .each_changed = weft_sqlite_each_changed,
    .change_seq = weft_sqlite_change_seq,
    .change_mark = weft_sqlite_change_mark,
    .nearest = weft_sqlite_nearest,
    .index_nearest = weft_sqlite_index_nearest,
    .get_vector = weft_sqlite_get_vector,
    .queue_put = weft_sqlite_queue_put,
    .queue_lease = weft_sqlite_queue_lease,
    .queue_finish = weft_sqlite_queue_finish,
    .queue_end = weft_sqlite_queue_end,
    .queue_count = weft_sqlite_queue_count,
    .put_set = weft_sqlite_put_set,
    .list_sets = weft_sqlite_list_sets,
    .serving_set = weft_sqlite_serving_set,
    .switch_set = weft_sqlite_switch_set,
    .drop_set = weft_sqlite_drop_set,
    .put_source = weft_sqlite_put_source,
    .change_source = weft_sqlite_change_source,
    .list_sources = weft_sqlite_list_sources,
    .remove_source = weft_sqlite_remove_source,
    .begin_source = weft_sqlite_begin_source,
    .apply_source = weft_sqlite_apply_source,
    .backup = weft_sqlite_backup,
    .restore = weft_sqlite_restore,
    .put_events = weft_sqlite_put_events,
    .list_event_imports = weft_sqlite_list_event_imports,
    .each_event = weft_sqlite_each_event,
    .each_user_event = weft_sqlite_each_user_event,
    .last_event = weft_sqlite_last_event,
    .put_pages = weft_sqlite_put_pages,
    .each_page = weft_sqlite_each_page,
    .pages_revision = weft_sqlite_pages_revision,
    .put_users = weft_sqlite_put_users,
    .list_users = weft_sqlite_list_users,
    .get_user = weft_sqlite_get_user,
    .count_users = weft_sqlite_count_users,
    .put_features = weft_sqlite_put_features,
    .features_position = weft_sqlite_features_position,
    .get_features = weft_sqlite_get_features,
    .put_token = weft_sqlite_put_token,
    .list_tokens = weft_sqlite_list_tokens,
    .revoke_token = weft_sqlite_revoke_token,
    .check_token = weft_sqlite_check_token,
    .token_name = weft_sqlite_token_name,

    .put_searches = weft_sqlite_put_searches,
    .each_search = weft_sqlite_each_search,

    .put_items = weft_sqlite_put_items,
    .have_items = weft_sqlite_have_items,
    .count_items = weft_sqlite_count_items,
    .each_item = weft_sqlite_each_item,
    .put_outfit_edges = weft_sqlite_put_outfit_edges,
    .each_outfit_edge = weft_sqlite_each_outfit_edge,
    .outfit_edges_revision = weft_sqlite_outfit_edges_revision,

    .put_rule = weft_sqlite_put_rule,
    .list_rules = weft_sqlite_list_rules,
    .rules_revision = weft_sqlite_rules_revision,
};
