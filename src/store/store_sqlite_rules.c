/* store_sqlite_rules.c - a merchandiser's rules, version by version. */
#include <string.h>

#include "base/clock.h"
#include "store/store_sqlite_internal.h"

static const char list_sql[] =
    "SELECT revision, rule_id, rule, actor, created_at FROM merchandising_rules r WHERE rule <> ''"
    " AND NOT EXISTS (SELECT 1 FROM merchandising_rules later WHERE later.rule_id = r.rule_id"
    " AND later.revision > r.revision) ORDER BY rule_id";
static const char history_sql[] = "SELECT revision, rule_id, rule, actor, created_at"
                                  " FROM merchandising_rules ORDER BY revision DESC";
static const char newest_sql[] = "SELECT rule FROM merchandising_rules WHERE rule_id = ?1"
                                 " ORDER BY revision DESC LIMIT 1";

/* Is there a rule of that id that was not removed? */
static weft_status exists(weft_sqlite *s, const char *rule_id, bool *found, weft_err *err) {
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, newest_sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, rule_id);
    *found = sqlite3_step(statement) == SQLITE_ROW && weft_sqlite_text(statement, 0)[0];
    if (sqlite3_reset(statement))
        return weft_sqlite_fail(s->db, s->path, "reading a merchandising rule", err);
    return WEFT_OK;
}

static weft_status insert_rule(weft_sqlite *s, const weft_store_rule *rule, weft_err *err) {
    static const char sql[] = "INSERT INTO merchandising_rules (rule_id, rule, actor, created_at)"
                              " VALUES (?1,?2,?3,?4)";
    char now[WEFT_TIMESTAMP_SIZE];
    bool found = true;
    sqlite3_stmt *statement;
    weft_status status = rule->rule[0] ? WEFT_OK : exists(s, rule->rule_id, &found, err);
    if (!status && !found)
        return weft_fail(err, WEFT_E_NOT_FOUND, "rule %s: no such rule", rule->rule_id);
    if (!status) status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_clock_timestamp(now);
    weft_sqlite_bind_text(statement, 1, rule->rule_id);
    weft_sqlite_bind_text(statement, 2, rule->rule);
    weft_sqlite_bind_text(statement, 3, rule->actor);
    weft_sqlite_bind_text(statement, 4, now);
    return weft_sqlite_run(s, statement, "writing a merchandising rule", err);
}

weft_status weft_sqlite_put_rule(weft_store *store, const weft_store_rule *rule, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    return weft_sqlite_end(s, insert_rule(s, rule, err), err);
}

static bool copy_rule(sqlite3_stmt *row, weft_arena *arena, weft_store_rule *rule) {
    *rule = (weft_store_rule){
        .revision = sqlite3_column_int64(row, 0),
        .rule_id = weft_arena_strdup(arena, weft_sqlite_text(row, 1)),
        .rule = weft_arena_strdup(arena, weft_sqlite_text(row, 2)),
        .actor = weft_arena_strdup(arena, weft_sqlite_text(row, 3)),
        .created_at = weft_arena_strdup(arena, weft_sqlite_text(row, 4)),
    };
    return rule->rule_id && rule->rule && rule->actor && rule->created_at;
}

weft_status weft_sqlite_list_rules(weft_store *store, bool history, size_t limit, weft_arena *arena,
                                   weft_store_rule **rules, size_t *n, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *rows = NULL;
    *n = 0;
    *rules = weft_arena_alloc(arena, limit, sizeof **rules);
    if (!*rules) return weft_fail(err, WEFT_E_NOMEM, "merchandising rules");
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, history ? history_sql : list_sql, &rows, err);
    while (!status && *n < limit && sqlite3_step(rows) == SQLITE_ROW) {
        if (!copy_rule(rows, arena, &(*rules)[*n]))
            status = weft_fail(err, WEFT_E_NOMEM, "merchandising rules");
        ++*n;
    }
    if (rows && sqlite3_reset(rows) && !status)
        status = weft_sqlite_fail(s->db, s->path, "reading merchandising rules", err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_rules_revision(weft_store *store, int64_t *revision, weft_err *err) {
    return weft_sqlite_ask_number(
        store, "SELECT coalesce(max(revision), 0) FROM merchandising_rules", revision, err);
}

weft_status weft_sqlite_token_name(weft_store *store, const char *digest, weft_arena *arena,
                                   const char **name, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *statement;
    *name = "";
    pthread_mutex_lock(&s->lock);
    weft_status status =
        weft_sqlite_prepare(s, "SELECT name FROM tokens WHERE digest = ?1", &statement, err);
    if (!status) {
        weft_sqlite_bind_text(statement, 1, digest);
        if (sqlite3_step(statement) == SQLITE_ROW) {
            *name = weft_arena_strdup(arena, weft_sqlite_text(statement, 0));
            if (!*name) status = weft_fail(err, WEFT_E_NOMEM, "name of a token");
        }
        if (sqlite3_reset(statement) && !status)
            status = weft_sqlite_fail(s->db, s->path, "reading the tokens", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}
