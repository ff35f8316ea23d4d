/* store_postgres_tokens.c - the tokens that let programs in. */

#include "store/store_postgres_internal.h"

weft_status weft_postgres_put_token(weft_store *store, const char *name, const char *digest,
                                    int64_t *id, weft_err *err) {
    static const char sql[] = "INSERT INTO tokens (name, digest) VALUES ($1, $2)"
                              " ON CONFLICT (digest) DO NOTHING RETURNING id";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, name);
    weft_postgres_add_text(&p, digest);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "writing a token", &rows, err);
    if (status) return status;
    if (PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_CONFLICT, "token %s: its digest is there already", name);
    else *id = weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}

#define RFC_3339(column)                                                                           \
    "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

weft_status weft_postgres_list_tokens(weft_store *store, weft_arena *arena,
                                      weft_store_token **tokens, size_t *n, weft_err *err) {
    static const char sql[] = "SELECT id, name, " RFC_3339("created_at") ", " RFC_3339(
        "revoked_at") " FROM tokens ORDER BY id";
    PGresult *rows;
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, NULL, "reading the tokens", &rows, err);
    if (status) return status;
    *n = (size_t)PQntuples(rows);
    *tokens = weft_arena_alloc(arena, *n ? *n : 1, sizeof **tokens);
    bool is_copied = *tokens != NULL;
    for (size_t i = 0; i < *n && is_copied; i++) {
        weft_store_token *token = &(*tokens)[i];
        *token = (weft_store_token){
            .id = weft_postgres_int(rows, (int)i, 0),
            .name = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 1)),
            .created_at = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 2)),
            .revoked_at = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 3)),
        };
        is_copied = token->name && token->created_at && token->revoked_at;
    }
    PQclear(rows);
    return is_copied ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "list of tokens");
}

weft_status weft_postgres_revoke_token(weft_store *store, int64_t id, weft_err *err) {
    static const char sql[] =
        "UPDATE tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING id";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_int(&p, id);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "revoking a token", &rows, err);
    if (!status && PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "token %lld: no such token", (long long)id);
    PQclear(rows);
    return status;
}

/* The index is searched with a digest, not with the token: how long that takes
 * tells nothing that helps to guess a token. */
weft_status weft_postgres_check_token(weft_store *store, const char *digest, bool *good,
                                      weft_err *err) {
    static const char sql[] = "SELECT 1 FROM tokens WHERE digest = $1 AND revoked_at IS NULL";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, digest);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "checking a token", &rows, err);
    if (!status) *good = PQntuples(rows) > 0;
    PQclear(rows);
    return status;
}
