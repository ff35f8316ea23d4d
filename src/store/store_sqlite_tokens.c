/* store_sqlite_tokens.c - the tokens that let programs in. */
#include <string.h>

#include "base/clock.h"
#include "store/store_sqlite_internal.h"

static weft_status insert_token(weft_sqlite *s, const char *name, const char *digest, int64_t *id,
                                weft_err *err) {
    char now[WEFT_TIMESTAMP_SIZE];
    weft_clock_timestamp(now);
    static const char sql[] = "INSERT INTO tokens (name, digest, created_at) VALUES (?1,?2,?3)"
                              " ON CONFLICT (digest) DO NOTHING";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, name);
    weft_sqlite_bind_text(statement, 2, digest);
    weft_sqlite_bind_text(statement, 3, now);
    status = weft_sqlite_run(s, statement, "writing a token", err);
    if (!status && sqlite3_changes(s->db) == 0)
        status = weft_fail(err, WEFT_E_CONFLICT, "token %s: its digest is there already", name);
    *id = sqlite3_last_insert_rowid(s->db);
    return status;
}

weft_status weft_sqlite_put_token(weft_store *store, const char *name, const char *digest,
                                  int64_t *id, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    return weft_sqlite_end(s, insert_token(s, name, digest, id, err), err);
}

static bool copy_token(sqlite3_stmt *row, weft_arena *arena, weft_store_token *token) {
    *token = (weft_store_token){
        .id = sqlite3_column_int64(row, 0),
        .name = weft_arena_strdup(arena, weft_sqlite_text(row, 1)),
        .created_at = weft_arena_strdup(arena, weft_sqlite_text(row, 2)),
        .revoked_at = weft_arena_strdup(arena, weft_sqlite_text(row, 3)),
    };
    return token->name && token->created_at && token->revoked_at;
}

/* Steps through the tokens; false when out of memory. The array doubles in the
 * arena: its old halves are small, and go with it. */
static bool collect_tokens(sqlite3_stmt *rows, weft_arena *arena, weft_store_token **tokens,
                           size_t *n) {
    size_t capacity = 0;
    *tokens = NULL;
    for (*n = 0; sqlite3_step(rows) == SQLITE_ROW; ++*n) {
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            weft_store_token *larger = weft_arena_alloc(arena, capacity, sizeof *larger);
            if (!larger) return false;
            if (*n) memcpy(larger, *tokens, *n * sizeof *larger);
            *tokens = larger;
        }
        if (!copy_token(rows, arena, &(*tokens)[*n])) return false;
    }
    return true;
}

weft_status weft_sqlite_list_tokens(weft_store *store, weft_arena *arena, weft_store_token **tokens,
                                    size_t *n, weft_err *err) {
    static const char sql[] = "SELECT id, name, created_at, revoked_at FROM tokens ORDER BY id";
    weft_sqlite *s = weft_sqlite_reader(store);
    sqlite3_stmt *rows;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &rows, err);
    if (!status) {
        if (!collect_tokens(rows, arena, tokens, n))
            status = weft_fail(err, WEFT_E_NOMEM, "list of tokens");
        /* Reset repeats what the last step failed with. */
        if (sqlite3_reset(rows) && !status)
            status = weft_sqlite_fail(s->db, s->path, "reading the tokens", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

static weft_status revoke_token(weft_sqlite *s, int64_t id, weft_err *err) {
    static const char sql[] =
        "UPDATE tokens SET revoked_at = iif(revoked_at = '', ?2, revoked_at) WHERE id = ?1";
    char now[WEFT_TIMESTAMP_SIZE];
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_clock_timestamp(now);
    sqlite3_bind_int64(statement, 1, id);
    weft_sqlite_bind_text(statement, 2, now);
    status = weft_sqlite_run(s, statement, "revoking a token", err);
    if (status || sqlite3_changes(s->db) > 0) return status;
    return weft_fail(err, WEFT_E_NOT_FOUND, "token %lld: no such token", (long long)id);
}

weft_status weft_sqlite_revoke_token(weft_store *store, int64_t id, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    return weft_sqlite_end(s, revoke_token(s, id, err), err);
}

/* The index is searched with a digest, not with the token: how long that takes
 * tells nothing that helps to guess a token. */
weft_status weft_sqlite_check_token(weft_store *store, const char *digest, bool *good,
                                    weft_err *err) {
    static const char sql[] = "SELECT 1 FROM tokens WHERE digest = ?1 AND revoked_at = ''";
    weft_sqlite *s = weft_sqlite_reader(store);
    sqlite3_stmt *statement;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (!status) {
        weft_sqlite_bind_text(statement, 1, digest);
        int code = sqlite3_step(statement);
        *good = code == SQLITE_ROW;
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            status = weft_sqlite_fail(s->db, s->path, "checking a token", err);
        sqlite3_reset(statement);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}
