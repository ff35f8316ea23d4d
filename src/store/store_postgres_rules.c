/* store_postgres_rules.c - a merchandiser's rules, version by version. */
#include "store/store_postgres_internal.h"

/* A rule is removed only where there is one. */
static const char put_sql[] =
    "INSERT INTO merchandising_rules (rule_id, rule, actor) SELECT $1::text, $2::text, $3::text"
    " WHERE $2 <> '' OR (SELECT rule <> '' FROM merchandising_rules WHERE rule_id = $1"
    "                    ORDER BY revision DESC LIMIT 1)"
    " RETURNING revision";

weft_status weft_postgres_put_rule(weft_store *store, const weft_store_rule *rule, weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, rule->rule_id);
    weft_postgres_add_text(&p, rule->rule);
    weft_postgres_add_text(&p, rule->actor);
    weft_status status = weft_postgres_ask((weft_postgres *)store, put_sql, &p,
                                           "writing a merchandising rule", &rows, err);
    if (!status && PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "rule %s: no such rule", rule->rule_id);
    PQclear(rows);
    return status;
}

#define RULE_COLUMNS                                                                               \
    "revision, rule_id, rule, actor, "                                                             \
    "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

weft_status weft_postgres_list_rules(weft_store *store, bool history, size_t limit,
                                     weft_arena *arena, weft_store_rule **rules, size_t *n,
                                     weft_err *err) {
    static const char newest[] =
        "SELECT " RULE_COLUMNS
        " FROM merchandising_rules r WHERE rule <> '' AND NOT EXISTS (SELECT 1"
        " FROM merchandising_rules later WHERE later.rule_id = r.rule_id"
        " AND later.revision > r.revision) ORDER BY rule_id LIMIT $1";
    static const char all[] =
        "SELECT " RULE_COLUMNS " FROM merchandising_rules ORDER BY revision DESC LIMIT $1";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_int(&p, (int64_t)limit);
    weft_status status = weft_postgres_ask((weft_postgres *)store, history ? all : newest, &p,
                                           "reading merchandising rules", &rows, err);
    if (status) return status;
    *n = (size_t)PQntuples(rows);
    *rules = weft_arena_alloc(arena, *n, sizeof **rules);
    bool is_copied = *rules != NULL;
    for (size_t i = 0; i < *n && is_copied; i++) {
        weft_store_rule *rule = &(*rules)[i];
        *rule = (weft_store_rule){
            .revision = weft_postgres_int(rows, (int)i, 0),
            .rule_id = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 1)),
            .rule = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 2)),
            .actor = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 3)),
            .created_at = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 4)),
        };
        is_copied = rule->rule_id && rule->rule && rule->actor && rule->created_at;
    }
    PQclear(rows);
    return is_copied ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "merchandising rules");
}

weft_status weft_postgres_rules_revision(weft_store *store, int64_t *revision, weft_err *err) {
    uint64_t number;
    weft_status status = weft_postgres_ask_number(
        store, "SELECT coalesce(max(revision), 0) FROM merchandising_rules", &number, err);
    *revision = (int64_t)number;
    return status;
}

weft_status weft_postgres_token_name(weft_store *store, const char *digest, weft_arena *arena,
                                     const char **name, weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, digest);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, "SELECT name FROM tokens WHERE digest = $1", &p,
                          "reading the tokens", &rows, err);
    if (status) return status;
    *name = weft_arena_strdup(arena, PQntuples(rows) ? weft_postgres_text(rows, 0, 0) : "");
    PQclear(rows);
    return *name ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "name of a token");
}
