/* store_sqlite_internal.h - what the files of the SQLite store share. */
#ifndef WEFT_STORE_STORE_SQLITE_INTERNAL_H
#define WEFT_STORE_STORE_SQLITE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/store_vtable.h"

enum { WEFT_SQLITE_STATEMENT_LIMIT = 64 };

typedef struct weft_sqlite weft_sqlite;
struct weft_sqlite {
    weft_store store;    /* first, so that the one can be cast to the other */
    weft_sqlite *reader; /* a connection for short reads; NULL: this is it */
    char *path;
    pthread_mutex_t lock; /* of what follows */
    sqlite3 *db;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } cache[WEFT_SQLITE_STATEMENT_LIMIT]; /* what has been prepared */
    size_t cache_count;
};

/* Columns of products, in the order that bind and read use. */
#define WEFT_SQLITE_PRODUCT_COLUMNS                                                                \
    "product_id, product_display_name, master_category, sub_category, article_type,"               \
    " base_color, gender, season, usage, year, price, price_is_synthetic, image_path,"             \
    " image_digest"
enum { WEFT_SQLITE_PRODUCT_COLUMN_COUNT = 14 };

/* The number of the last change; 0 before the first. */
#define WEFT_SQLITE_CHANGE_SEQ_SQL                                                                 \
    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)"

/* ---- store_sqlite.c ---- */

/* Turns what db says about its last failure into a status and a message:
 * WEFT_E_NOMEM, WEFT_E_BUSY (another process writes for too long), WEFT_E_INVALID
 * (a constraint), else WEFT_E_STORE. */
weft_status weft_sqlite_fail(sqlite3 *db, const char *path, const char *what, weft_err *err);

/* The statement of an sql text, reset and with nothing bound; the store keeps it
 * and the lock must be held. sql is a constant: the cache knows it by its address. */
weft_status weft_sqlite_prepare(weft_sqlite *s, const char *sql, sqlite3_stmt **statement,
                                weft_err *err);

/* Runs a statement without looking at rows, and resets it. */
weft_status weft_sqlite_run(weft_sqlite *s, sqlite3_stmt *statement, const char *what,
                            weft_err *err);

/* Takes the lock and begins a transaction that may write. end commits when status
 * is WEFT_OK, else rolls back, and lets the lock go; it returns what the whole
 * came to. After a failed begin there is nothing to end. */
weft_status weft_sqlite_begin(weft_sqlite *s, weft_err *err);
weft_status weft_sqlite_end(weft_sqlite *s, weft_status status, weft_err *err);

/* Binds a string that outlives the statement's run. */
void weft_sqlite_bind_text(sqlite3_stmt *statement, int parameter, const char *text);

/* The text of a column; "" for NULL. Valid until the next step. */
const char *weft_sqlite_text(sqlite3_stmt *statement, int column);

/* What a short read works with, instead of the store itself: no one who writes holds its lock. It
 * sees whatever was committed before. */
weft_sqlite *weft_sqlite_reader(weft_store *store);

/* Opens a further connection, for a long read beside the writer. */
weft_status weft_sqlite_open_reader(const weft_sqlite *s, sqlite3 **db, weft_err *err);

/* ---- store_sqlite_schema.c ---- */

/* Brings an open database to the newest schema. */
weft_status weft_sqlite_migrate(sqlite3 *db, const char *path, weft_err *err);

/* ---- store_sqlite_products.c ---- */

weft_status weft_sqlite_put_products(weft_store *store, const weft_product *products, size_t n,
                                     weft_store_put_result *result, weft_err *err);
/* Writes one product within a transaction. */
weft_status weft_sqlite_write_product(weft_sqlite *s, const weft_product *product, const char *now,
                                      weft_store_put_result *done, weft_err *err);
weft_status weft_sqlite_delete_product(weft_store *store, const char *product_id, weft_err *err);
weft_status weft_sqlite_get_product(weft_store *store, const char *product_id, weft_arena *arena,
                                    weft_product *product, weft_err *err);
weft_status weft_sqlite_count_products(weft_store *store, size_t *count, weft_err *err);
/* The number that a query answers with; 0 for no row. */
weft_status weft_sqlite_ask_number(weft_store *store, const char *sql, int64_t *number,
                                   weft_err *err);
/* Counts by a statement whose ?1 is the text, or NULL. `what` begins the error. The caller has no
 * lock. */
weft_status weft_sqlite_count(weft_sqlite *s, const char *sql, const char *text, const char *what,
                              size_t *count, weft_err *err);
weft_status weft_sqlite_change_seq(weft_store *store, uint64_t *seq, weft_err *err);
weft_status weft_sqlite_change_mark(weft_store *store, uint64_t seq,
                                    char mark[WEFT_STORE_MARK_SIZE], weft_err *err);

/* Columns 0 to 13 of a row as a product; its strings are valid until the next step. */
void weft_sqlite_read_product(sqlite3_stmt *statement, weft_product *product);

/* ---- store_sqlite_embeddings.c ---- */

weft_status weft_sqlite_put_embeddings(weft_store *store, const weft_embedding *rows, size_t n,
                                       weft_err *err);
/* Writes one row within a transaction. WEFT_E_NOT_FOUND: no such product. */
weft_status weft_sqlite_write_embedding(weft_sqlite *s, const weft_embedding *row, weft_err *err);

/* Visits the products with this lease, without vectors, in order of product_id. */
weft_status weft_sqlite_visit_lease(const weft_sqlite *s, const char *lease, weft_store_visit visit,
                                    void *context, weft_err *err);

weft_status weft_sqlite_each(weft_store *store, const char *embedding_model, bool with_vectors,
                             weft_store_visit visit, void *context, weft_err *err);

weft_status weft_sqlite_each_changed(weft_store *store, const char *embedding_model, uint64_t since,
                                     bool with_vectors, weft_store_visit_change visit,
                                     void *context, uint64_t *seq, weft_err *err);

/* ---- store_sqlite_nearest.c ---- */

weft_status weft_sqlite_nearest(weft_store *store, const weft_store_nearest_query *query,
                                weft_arena *arena, weft_store_hit *hits, size_t *n, weft_err *err);
weft_status weft_sqlite_index_nearest(weft_store *store, const char *embedding_model, size_t dim,
                                      size_t min_rows, const atomic_bool *stop, weft_err *err);
weft_status weft_sqlite_get_vector(weft_store *store, weft_embedding_kind kind,
                                   const char *embedding_model, const char *product_id, float *out,
                                   size_t dim, bool *found, weft_err *err);

/* ---- store_sqlite_queue.c ---- */

weft_status weft_sqlite_queue_put(weft_store *store, const char *embedding_model,
                                  const char *const *product_ids, size_t n, weft_err *err);
weft_status weft_sqlite_queue_lease(weft_store *store, const char *embedding_model,
                                    const char *lease, size_t limit, double seconds,
                                    weft_store_visit visit, void *context, weft_err *err);
weft_status weft_sqlite_queue_finish(weft_store *store, const char *lease,
                                     const weft_embedding *rows, size_t n, size_t *written,
                                     weft_err *err);
weft_status weft_sqlite_queue_end(weft_store *store, const char *lease, weft_err *err);
weft_status weft_sqlite_queue_count(weft_store *store, const char *embedding_model, size_t *count,
                                    weft_err *err);

/* ---- store_sqlite_events.c ---- */

weft_status weft_sqlite_put_events(weft_store *store, const weft_event *events, size_t n,
                                   bool *is_known, const weft_store_event_step *step,
                                   weft_err *err);
weft_status weft_sqlite_list_event_imports(weft_store *store, weft_arena *arena,
                                           weft_store_event_import **imports, size_t *n,
                                           weft_err *err);
weft_status weft_sqlite_each_event(weft_store *store, int64_t since, size_t limit,
                                   weft_store_visit_event visit, void *context, weft_err *err);
weft_status weft_sqlite_each_user_event(weft_store *store, const char *user_id, size_t limit,
                                        weft_store_visit_event visit, void *context, weft_err *err);
weft_status weft_sqlite_last_event(weft_store *store, int64_t *number, weft_err *err);

/* ---- store_sqlite_users.c ---- */

weft_status weft_sqlite_put_users(weft_store *store, const weft_store_user *users, size_t n,
                                  weft_err *err);
weft_status weft_sqlite_list_users(weft_store *store, const char *segment, const char *after,
                                   size_t limit, weft_arena *arena, weft_store_user **users,
                                   size_t *n, weft_err *err);
weft_status weft_sqlite_get_user(weft_store *store, const char *user_id, weft_arena *arena,
                                 weft_store_user *user, weft_err *err);
weft_status weft_sqlite_count_users(weft_store *store, const char *segment, size_t *count,
                                    weft_err *err);
weft_status weft_sqlite_put_features(weft_store *store, const weft_store_features *features,
                                     size_t n, int64_t from, int64_t to, weft_err *err);
weft_status weft_sqlite_features_position(weft_store *store, int64_t *number, weft_err *err);
weft_status weft_sqlite_get_features(weft_store *store, const char *user_id, weft_arena *arena,
                                     weft_store_features *features, weft_err *err);

/* ---- store_sqlite_pages.c ---- */

weft_status weft_sqlite_put_pages(weft_store *store, const weft_store_page *pages, size_t n,
                                  weft_err *err);
weft_status weft_sqlite_each_page(weft_store *store, weft_store_visit_page visit, void *context,
                                  weft_err *err);
weft_status weft_sqlite_pages_revision(weft_store *store, int64_t *revision, weft_err *err);

/* ---- store_sqlite_tokens.c ---- */

weft_status weft_sqlite_put_token(weft_store *store, const char *name, const char *digest,
                                  int64_t *id, weft_err *err);
weft_status weft_sqlite_list_tokens(weft_store *store, weft_arena *arena, weft_store_token **tokens,
                                    size_t *n, weft_err *err);
weft_status weft_sqlite_revoke_token(weft_store *store, int64_t id, weft_err *err);
weft_status weft_sqlite_check_token(weft_store *store, const char *digest, bool *good,
                                    weft_err *err);

/* ---- store_sqlite_items.c ---- */

weft_status weft_sqlite_put_items(weft_store *store, const weft_store_item *items, size_t n,
                                  weft_err *err);
weft_status weft_sqlite_have_items(weft_store *store, const weft_store_item *items, size_t n,
                                   bool *is_there, weft_err *err);
weft_status weft_sqlite_count_items(weft_store *store, const char *embedding_model, size_t *count,
                                    weft_err *err);
weft_status weft_sqlite_each_item(weft_store *store, const char *embedding_model,
                                  weft_store_visit_item visit, void *context, weft_err *err);

/* ---- store_sqlite_outfits.c ---- */

weft_status weft_sqlite_put_outfit_edges(weft_store *store, const weft_store_outfit_edge *edges,
                                         size_t n, weft_err *err);
weft_status weft_sqlite_each_outfit_edge(weft_store *store, weft_store_visit_outfit_edge visit,
                                         void *context, weft_err *err);
weft_status weft_sqlite_outfit_edges_revision(weft_store *store, int64_t *revision, weft_err *err);

/* ---- store_sqlite_rules.c ---- */

weft_status weft_sqlite_put_rule(weft_store *store, const weft_store_rule *rule, weft_err *err);
weft_status weft_sqlite_list_rules(weft_store *store, bool history, size_t limit, weft_arena *arena,
                                   weft_store_rule **rules, size_t *n, weft_err *err);
weft_status weft_sqlite_rules_revision(weft_store *store, int64_t *revision, weft_err *err);
weft_status weft_sqlite_token_name(weft_store *store, const char *digest, weft_arena *arena,
                                   const char **name, weft_err *err);

/* ---- store_sqlite_searches.c ---- */

weft_status weft_sqlite_put_searches(weft_store *store, const weft_store_search *searches, size_t n,
                                     weft_err *err);
weft_status weft_sqlite_each_search(weft_store *store, const char *experiment,
                                    weft_store_visit_search visit, void *context, weft_err *err);

/* ---- store_sqlite_sets.c ---- */

weft_status weft_sqlite_put_set(weft_store *store, const char *embedding_model, const char *model,
                                size_t dim, weft_err *err);
weft_status weft_sqlite_list_sets(weft_store *store, weft_arena *arena, weft_store_set **sets,
                                  size_t *n, weft_err *err);
weft_status weft_sqlite_serving_set(weft_store *store, weft_arena *arena, weft_store_set *set,
                                    weft_err *err);
weft_status weft_sqlite_switch_set(weft_store *store, const char *embedding_model, weft_err *err);
weft_status weft_sqlite_drop_set(weft_store *store, const char *embedding_model, weft_err *err);

/* ---- store_sqlite_sources.c ---- */

weft_status weft_sqlite_put_source(weft_store *store, const weft_store_source *source,
                                   weft_err *err);
weft_status weft_sqlite_change_source(weft_store *store, const weft_store_source *source,
                                      weft_err *err);
weft_status weft_sqlite_list_sources(weft_store *store, weft_arena *arena,
                                     weft_store_source **sources, size_t *n, weft_err *err);
weft_status weft_sqlite_remove_source(weft_store *store, const char *name, bool keep_products,
                                      weft_err *err);
weft_status weft_sqlite_begin_source(weft_store *store, const char *name, const char *system,
                                     uint64_t *copy, weft_err *err);
weft_status weft_sqlite_apply_source(weft_store *store, const char *name, uint64_t copy,
                                     const weft_store_source_batch *batch,
                                     weft_store_put_result *result, weft_err *err);

/* ---- store_sqlite_backup.c ---- */

weft_status weft_sqlite_backup(weft_store *store, const char *path, const atomic_bool *cancel,
                               weft_err *err);
weft_status weft_sqlite_restore(weft_store *store, const char *path, weft_err *err);

#endif
