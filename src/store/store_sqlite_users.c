/* store_sqlite_users.c - users, and what their events say of them. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "store/store_sqlite_internal.h"

/* ---- users ---- */

static weft_status insert_user(weft_sqlite *s, const weft_store_user *user, const char *now,
                               weft_err *err) {
    static const char user_sql[] =
        "INSERT INTO users (user_id, segment, created_at) VALUES (?1,?2,?3)"
        " ON CONFLICT (user_id) DO UPDATE SET segment = excluded.segment";
    static const char features_sql[] =
        "UPDATE user_style_features SET segment = ?2 WHERE user_id = ?1";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, user_sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, user->user_id);
    weft_sqlite_bind_text(statement, 2, user->segment);
    weft_sqlite_bind_text(statement, 3, now);
    status = weft_sqlite_run(s, statement, "writing a user", err);
    if (!status) status = weft_sqlite_prepare(s, features_sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, user->user_id);
    weft_sqlite_bind_text(statement, 2, user->segment);
    return weft_sqlite_run(s, statement, "writing a user", err);
}

weft_status weft_sqlite_put_users(weft_store *store, const weft_store_user *users, size_t n,
                                  weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    char now[WEFT_TIMESTAMP_SIZE];
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    weft_clock_timestamp(now);
    for (size_t i = 0; i < n && !status; i++) status = insert_user(s, &users[i], now, err);
    return weft_sqlite_end(s, status, err);
}

static bool copy_user(sqlite3_stmt *row, weft_arena *arena, weft_store_user *user) {
    *user = (weft_store_user){
        .user_id = weft_arena_strdup(arena, weft_sqlite_text(row, 0)),
        .segment = weft_arena_strdup(arena, weft_sqlite_text(row, 1)),
        .created_at = weft_arena_strdup(arena, weft_sqlite_text(row, 2)),
    };
    return user->user_id && user->segment && user->created_at;
}

weft_status weft_sqlite_list_users(weft_store *store, const char *segment, const char *after,
                                   size_t limit, weft_arena *arena, weft_store_user **users,
                                   size_t *n, weft_err *err) {
    static const char sql[] = "SELECT user_id, segment, created_at FROM users WHERE user_id > ?1"
                              " AND (?2 IS NULL OR segment = ?2) ORDER BY user_id LIMIT ?3";
    weft_sqlite *s = weft_sqlite_reader(store);
    sqlite3_stmt *rows = NULL;
    *n = 0;
    *users = weft_arena_alloc(arena, limit ? limit : 1, sizeof **users);
    if (!*users) return weft_fail(err, WEFT_E_NOMEM, "list of users");
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &rows, err);
    if (!status) {
        weft_sqlite_bind_text(rows, 1, after);
        if (segment) weft_sqlite_bind_text(rows, 2, segment);
        sqlite3_bind_int64(rows, 3, (int64_t)limit);
        while (!status && *n < limit && sqlite3_step(rows) == SQLITE_ROW)
            if (!copy_user(rows, arena, &(*users)[(*n)++]))
                status = weft_fail(err, WEFT_E_NOMEM, "list of users");
        if (sqlite3_reset(rows) && !status)
            status = weft_sqlite_fail(s->db, s->path, "reading users", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_get_user(weft_store *store, const char *user_id, weft_arena *arena,
                                 weft_store_user *user, weft_err *err) {
    static const char sql[] = "SELECT user_id, segment, created_at FROM users WHERE user_id = ?1";
    weft_sqlite *s = weft_sqlite_reader(store);
    sqlite3_stmt *row;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &row, err);
    if (!status) {
        weft_sqlite_bind_text(row, 1, user_id);
        int code = sqlite3_step(row);
        if (code == SQLITE_DONE)
            status = weft_fail(err, WEFT_E_NOT_FOUND, "user %s: no such user", user_id);
        else if (code != SQLITE_ROW)
            status = weft_sqlite_fail(s->db, s->path, "reading a user", err);
        else if (!copy_user(row, arena, user)) status = weft_fail(err, WEFT_E_NOMEM, "user");
        sqlite3_reset(row);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_count_users(weft_store *store, const char *segment, size_t *count,
                                    weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM users WHERE ?1 IS NULL OR segment = ?1";
    return weft_sqlite_count(weft_sqlite_reader(store), sql, segment, "counting users", count, err);
}

/* ---- features ---- */

static void bind_price(sqlite3_stmt *statement, int parameter, double price) {
    if (!isnan(price)) sqlite3_bind_double(statement, parameter, price);
}

static weft_status insert_features(weft_sqlite *s, const weft_store_features *f, const char *now,
                                   weft_err *err) {
    static const char user_sql[] = "INSERT INTO users (user_id, segment, created_at)"
                                   " VALUES (?1,'',?2) ON CONFLICT (user_id) DO NOTHING";
    static const char features_sql[] =
        "INSERT OR REPLACE INTO user_style_features (user_id, user_embedding, segment,"
        " num_interactions, category_prefs, color_prefs, preferred_brands, avg_price_point,"
        " min_price, max_price, p25_price, p75_price, updated_at, embedding_model)"
        " SELECT user_id,?2,segment,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13 FROM users"
        " WHERE user_id = ?1";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, user_sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, f->user_id);
    weft_sqlite_bind_text(statement, 2, now);
    status = weft_sqlite_run(s, statement, "writing a user", err);
    if (!status) status = weft_sqlite_prepare(s, features_sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, f->user_id);
    if (f->embedding)
        sqlite3_bind_blob64(statement, 2, f->embedding, f->dim * sizeof *f->embedding,
                            SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (int64_t)f->interactions);
    weft_sqlite_bind_text(statement, 4, f->category_prefs);
    weft_sqlite_bind_text(statement, 5, f->color_prefs);
    weft_sqlite_bind_text(statement, 6, f->preferred_brands);
    bind_price(statement, 7, f->avg_price);
    bind_price(statement, 8, f->min_price);
    bind_price(statement, 9, f->max_price);
    bind_price(statement, 10, f->p25_price);
    bind_price(statement, 11, f->p75_price);
    weft_sqlite_bind_text(statement, 12, now);
    weft_sqlite_bind_text(statement, 13, f->embedding_model);
    return weft_sqlite_run(s, statement, "writing the features of a user", err);
}

static weft_status move_position(weft_sqlite *s, int64_t from, int64_t to, weft_err *err) {
    static const char sql[] =
        "UPDATE user_features_position SET transaction_id = ?2 WHERE transaction_id = ?1";
    sqlite3_stmt *statement;
    if (from < 0) return WEFT_OK;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int64(statement, 2, to);
    status = weft_sqlite_run(s, statement, "writing the features of users", err);
    if (!status && sqlite3_changes(s->db) == 0)
        status = weft_fail(err, WEFT_E_CONFLICT, "features of users: written by another server");
    return status;
}

weft_status weft_sqlite_put_features(weft_store *store, const weft_store_features *features,
                                     size_t n, int64_t from, int64_t to, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    char now[WEFT_TIMESTAMP_SIZE];
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    weft_clock_timestamp(now);
    status = move_position(s, from, to, err);
    for (size_t i = 0; i < n && !status; i++) status = insert_features(s, &features[i], now, err);
    return weft_sqlite_end(s, status, err);
}

weft_status weft_sqlite_features_position(weft_store *store, int64_t *number, weft_err *err) {
    return weft_sqlite_ask_number(store, "SELECT transaction_id FROM user_features_position",
                                  number, err);
}

static double read_price(sqlite3_stmt *row, int column) {
    return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN
                                                           : sqlite3_column_double(row, column);
}

static bool copy_features(sqlite3_stmt *row, weft_arena *arena, weft_store_features *f) {
    size_t bytes = (size_t)sqlite3_column_bytes(row, 1);
    const void *blob = sqlite3_column_blob(row, 1);
    float *embedding = blob ? weft_arena_alloc(arena, bytes, 1) : NULL;
    *f = (weft_store_features){
        .user_id = weft_arena_strdup(arena, weft_sqlite_text(row, 0)),
        .embedding = embedding,
        .dim = bytes / sizeof *embedding,
        .interactions = (size_t)sqlite3_column_int64(row, 2),
        .category_prefs = weft_arena_strdup(arena, weft_sqlite_text(row, 3)),
        .color_prefs = weft_arena_strdup(arena, weft_sqlite_text(row, 4)),
        .preferred_brands = weft_arena_strdup(arena, weft_sqlite_text(row, 5)),
        .avg_price = read_price(row, 6),
        .min_price = read_price(row, 7),
        .max_price = read_price(row, 8),
        .p25_price = read_price(row, 9),
        .p75_price = read_price(row, 10),
        .embedding_model = weft_arena_strdup(arena, weft_sqlite_text(row, 11)),
    };
    if (embedding) memcpy(embedding, blob, bytes);
    return (embedding || !blob) && f->user_id && f->category_prefs && f->color_prefs &&
           f->preferred_brands && f->embedding_model;
}

weft_status weft_sqlite_get_features(weft_store *store, const char *user_id, weft_arena *arena,
                                     weft_store_features *features, weft_err *err) {
    static const char sql[] =
        "SELECT user_id, user_embedding, num_interactions, category_prefs, color_prefs,"
        " preferred_brands, avg_price_point, min_price, max_price, p25_price, p75_price,"
        " embedding_model FROM user_style_features WHERE user_id = ?1";
    weft_sqlite *s = weft_sqlite_reader(store);
    sqlite3_stmt *row;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &row, err);
    if (!status) {
        weft_sqlite_bind_text(row, 1, user_id);
        int code = sqlite3_step(row);
        if (code == SQLITE_DONE)
            status = weft_fail(err, WEFT_E_NOT_FOUND, "user %s: no features", user_id);
        else if (code != SQLITE_ROW)
            status = weft_sqlite_fail(s->db, s->path, "reading the features of a user", err);
        else if (!copy_features(row, arena, features))
            status = weft_fail(err, WEFT_E_NOMEM, "features of a user");
        sqlite3_reset(row);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}
