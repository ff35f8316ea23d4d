/* store_postgres_internal.h - what the files of the PostgreSQL store share. */
#ifndef WEFT_STORE_STORE_POSTGRES_INTERNAL_H
#define WEFT_STORE_STORE_POSTGRES_INTERNAL_H

#include <libpq-fe.h>
#include <pthread.h>

#include "store/store_vtable.h"

/* The database's schema that holds weft's tables: the seed's name. */
#define WEFT_POSTGRES_SCHEMA "fashion_demo"

/* Advisory locks. The first is the change feed's own, which its triggers take. */
typedef enum {
    WEFT_POSTGRES_LOCK_CHANGES = 1,
    WEFT_POSTGRES_LOCK_SCHEMA,
    WEFT_POSTGRES_LOCK_PRODUCTS,
    WEFT_POSTGRES_LOCK_EVENTS
} weft_postgres_lock;

/* Connections of one store; callers beyond them wait. More would not help: each is a
 * process of the server. */
enum { WEFT_POSTGRES_POOL_SIZE = 8, WEFT_POSTGRES_STATEMENT_LIMIT = 64 };

typedef struct {
    PGconn *pg; /* NULL until it is first used, and after it was lost */
    bool is_taken;
    const char *prepared[WEFT_POSTGRES_STATEMENT_LIMIT]; /* [prepared_count]: by address */
    int prepared_count;
} weft_postgres_connection;

typedef struct {
    weft_store store;     /* first, so that the one can be cast to the other */
    char *url;            /* may hold a password: never in a message */
    char *label;          /* "postgresql://HOST:PORT/DATABASE", for messages */
    pthread_mutex_t lock; /* of which connections are taken */
    pthread_cond_t released;
    weft_postgres_connection pool[WEFT_POSTGRES_POOL_SIZE];
} weft_postgres;

/* Columns of products, in the order that bind and read use. */
#define WEFT_POSTGRES_PRODUCT_COLUMNS                                                              \
    "product_id, product_display_name, master_category, sub_category, article_type,"               \
    " base_color, gender, season, usage, year, price, price_is_synthetic, image_path,"             \
    " image_digest"
enum { WEFT_POSTGRES_PRODUCT_COLUMN_COUNT = 14 };

/* The number of the last change that can be seen; 0 before the first. */
#define WEFT_POSTGRES_CHANGE_SEQ_SQL "SELECT coalesce(max(seq), 0) FROM changes"

/* ---- what statements are given ---- */

/* Parameters in order, as libpq takes them. Texts must outlive the sending. */
enum { WEFT_POSTGRES_PARAMETER_LIMIT = 16 };
typedef struct {
    int count;
    const char *values[WEFT_POSTGRES_PARAMETER_LIMIT];
    int lengths[WEFT_POSTGRES_PARAMETER_LIMIT]; /* of binary ones */
    int formats[WEFT_POSTGRES_PARAMETER_LIMIT]; /* 0 text, 1 binary */
    char numbers[WEFT_POSTGRES_PARAMETER_LIMIT][32];
} weft_postgres_parameters;

void weft_postgres_add_text(weft_postgres_parameters *parameters, const char *text);
void weft_postgres_add_int(weft_postgres_parameters *parameters, int64_t number);
void weft_postgres_add_double(weft_postgres_parameters *parameters, double number);
void weft_postgres_add_null(weft_postgres_parameters *parameters);
/* bytes as the type's receive function takes them. */
void weft_postgres_add_binary(weft_postgres_parameters *parameters, const void *bytes, size_t size);

/* ---- what they answer: rows in binary ---- */

/* An integer of 1 to 8 bytes or a boolean; 0 for NULL. */
int64_t weft_postgres_int(const PGresult *rows, int row, int column);
double weft_postgres_double(const PGresult *rows, int row, int column);
/* NUL-terminated; "" for NULL. Lives as long as the rows. */
const char *weft_postgres_text(const PGresult *rows, int row, int column);

/* ---- connections ---- */

/* Connects, with weft's settings. The label is used in messages and may be NULL. */
weft_status weft_postgres_connect(PGconn **pg, const char *url, const char *label, weft_err *err);

/* Takes a connection of the pool, waiting for one; give it back with release. One that the
 * server has closed meanwhile is replaced. */
weft_status weft_postgres_acquire(weft_postgres *s, weft_postgres_connection **connection,
                                  weft_err *err);
void weft_postgres_release(weft_postgres *s, weft_postgres_connection *connection);

/* Turns what the server or libpq said into a status and a message: WEFT_E_INVALID (data or
 * a constraint), WEFT_E_BUSY (a lock was waited for too long), WEFT_E_NOMEM, else
 * WEFT_E_STORE. result may be NULL. */
weft_status weft_postgres_fail(const weft_postgres *s, PGconn *pg, const PGresult *result,
                               const char *what, weft_err *err);

/* Prepares a statement where this connection has not yet; its name goes to name. sql is a
 * constant: it is known by its address. */
enum { WEFT_POSTGRES_NAME_SIZE = 16 };
weft_status weft_postgres_prepare(weft_postgres *s, weft_postgres_connection *connection,
                                  const char *sql, char name[WEFT_POSTGRES_NAME_SIZE],
                                  weft_err *err);

/* Prepares and runs. The caller clears *result, which is NULL after a failure. */
weft_status weft_postgres_run(weft_postgres *s, weft_postgres_connection *connection,
                              const char *sql, const weft_postgres_parameters *parameters,
                              const char *what, PGresult **result, weft_err *err);

/* The same on a connection of the pool, as a transaction of its own. */
weft_status weft_postgres_ask(weft_postgres *s, const char *sql,
                              const weft_postgres_parameters *parameters, const char *what,
                              PGresult **result, weft_err *err);

/* Runs a command without parameters or rows. */
weft_status weft_postgres_command(const weft_postgres *s, PGconn *pg, const char *sql,
                                  weft_err *err);

/* Waits for an advisory lock; it is held until the transaction ends. */
weft_status weft_postgres_take_lock(const weft_postgres *s, PGconn *pg, weft_postgres_lock lock,
                                    weft_err *err);

/* Takes a connection and begins a transaction on it. end commits when status is WEFT_OK,
 * else rolls back, and releases; it returns what the whole came to. */
weft_status weft_postgres_begin(weft_postgres *s, weft_postgres_connection **connection,
                                weft_err *err);
weft_status weft_postgres_end(weft_postgres *s, weft_postgres_connection *connection,
                              weft_status status, weft_err *err);

/* Sends one statement n times without waiting for answers in between (pipelining).
 * bind fills the parameters for item i; answer sees each result. A failure ends it, and
 * the transaction must be rolled back. */
typedef struct {
    const char *sql, *what;
    size_t n;
    void *context;
    weft_status (*bind)(void *context, size_t i, weft_postgres_parameters *parameters,
                        weft_err *err);
    void (*answer)(void *context, size_t i, const PGresult *result);          /* may be NULL */
    void (*name)(void *context, size_t i, weft_status status, weft_err *err); /* of who failed */
} weft_postgres_batch;
weft_status weft_postgres_run_batch(weft_postgres *s, weft_postgres_connection *connection,
                                    const weft_postgres_batch *batch, weft_err *err);

/* ---- store_postgres_schema.c ---- */

/* Brings the database to the newest schema; pg's search path is weft's afterwards. */
weft_status weft_postgres_migrate(const weft_postgres *s, PGconn *pg, weft_err *err);

/* ---- store_postgres_products.c ---- */

weft_status weft_postgres_put_products(weft_store *store, const weft_product *products, size_t n,
                                       weft_store_put_result *result, weft_err *err);
/* Writes products within a transaction; what fails is the transaction's end. */
weft_status weft_postgres_write_products(weft_postgres *s, weft_postgres_connection *connection,
                                         const weft_product *products, size_t n,
                                         weft_store_put_result *done, weft_err *err);
weft_status weft_postgres_delete_product(weft_store *store, const char *product_id, weft_err *err);
weft_status weft_postgres_get_product(weft_store *store, const char *product_id, weft_arena *arena,
                                      weft_product *product, weft_err *err);
weft_status weft_postgres_count_products(weft_store *store, size_t *count, weft_err *err);
/* The number that a query answers with. */
weft_status weft_postgres_ask_number(weft_store *store, const char *sql, uint64_t *number,
                                     weft_err *err);
weft_status weft_postgres_change_seq(weft_store *store, uint64_t *seq, weft_err *err);
weft_status weft_postgres_change_mark(weft_store *store, uint64_t seq,
                                      char mark[WEFT_STORE_MARK_SIZE], weft_err *err);

/* Columns 0 to 13 of a row as a product; its strings live as long as the rows. */
void weft_postgres_read_product(const PGresult *rows, int row, weft_product *product);

/* ---- store_postgres_embeddings.c ---- */

weft_status weft_postgres_put_embeddings(weft_store *store, const weft_embedding *rows, size_t n,
                                         weft_err *err);
/* Writes the rows within a transaction; what fails is the transaction's end. */
weft_status weft_postgres_write_embeddings(weft_postgres *s, weft_postgres_connection *connection,
                                           const weft_embedding *rows, size_t n, weft_err *err);

/* Visits the products with this lease, without vectors, in order of product_id. */
weft_status weft_postgres_visit_lease(weft_postgres *s, const char *lease, weft_store_visit visit,
                                      void *context, weft_err *err);

weft_status weft_postgres_each(weft_store *store, const char *embedding_model, bool with_vectors,
                               weft_store_visit visit, void *context, weft_err *err);
weft_status weft_postgres_each_changed(weft_store *store, const char *embedding_model,
                                       uint64_t since, bool with_vectors,
                                       weft_store_visit_change visit, void *context, uint64_t *seq,
                                       weft_err *err);

/* ---- store_postgres_nearest.c ---- */

weft_status weft_postgres_nearest(weft_store *store, const weft_store_nearest_query *query,
                                  weft_arena *arena, weft_store_hit *hits, size_t *n,
                                  weft_err *err);
weft_status weft_postgres_index_nearest(weft_store *store, const char *embedding_model, size_t dim,
                                        size_t min_rows, const atomic_bool *stop, weft_err *err);
weft_status weft_postgres_get_vector(weft_store *store, weft_embedding_kind kind,
                                     const char *embedding_model, const char *product_id,
                                     float *out, size_t dim, bool *found, weft_err *err);

/* ---- store_postgres_queue.c ---- */

weft_status weft_postgres_queue_put(weft_store *store, const char *embedding_model,
                                    const char *const *product_ids, size_t n, weft_err *err);
weft_status weft_postgres_queue_lease(weft_store *store, const char *embedding_model,
                                      const char *lease, size_t limit, double seconds,
                                      weft_store_visit visit, void *context, weft_err *err);
weft_status weft_postgres_queue_finish(weft_store *store, const char *lease,
                                       const weft_embedding *rows, size_t n, size_t *written,
                                       weft_err *err);
weft_status weft_postgres_queue_end(weft_store *store, const char *lease, weft_err *err);
weft_status weft_postgres_queue_count(weft_store *store, const char *embedding_model, size_t *count,
                                      weft_err *err);

/* ---- store_postgres_events.c ---- */

weft_status weft_postgres_put_events(weft_store *store, const weft_event *events, size_t n,
                                     bool *is_known, const weft_store_event_step *step,
                                     weft_err *err);
weft_status weft_postgres_list_event_imports(weft_store *store, weft_arena *arena,
                                             weft_store_event_import **imports, size_t *n,
                                             weft_err *err);
weft_status weft_postgres_each_event(weft_store *store, int64_t since, size_t limit,
                                     weft_store_visit_event visit, void *context, weft_err *err);
weft_status weft_postgres_each_user_event(weft_store *store, const char *user_id, size_t limit,
                                          weft_store_visit_event visit, void *context,
                                          weft_err *err);
weft_status weft_postgres_last_event(weft_store *store, int64_t *number, weft_err *err);

/* ---- store_postgres_users.c ---- */

weft_status weft_postgres_put_users(weft_store *store, const weft_store_user *users, size_t n,
                                    weft_err *err);
weft_status weft_postgres_list_users(weft_store *store, const char *segment, const char *after,
                                     size_t limit, weft_arena *arena, weft_store_user **users,
                                     size_t *n, weft_err *err);
weft_status weft_postgres_get_user(weft_store *store, const char *user_id, weft_arena *arena,
                                   weft_store_user *user, weft_err *err);
weft_status weft_postgres_count_users(weft_store *store, const char *segment, size_t *count,
                                      weft_err *err);
weft_status weft_postgres_put_features(weft_store *store, const weft_store_features *features,
                                       size_t n, int64_t from, int64_t to, weft_err *err);
weft_status weft_postgres_features_position(weft_store *store, int64_t *number, weft_err *err);
weft_status weft_postgres_get_features(weft_store *store, const char *user_id, weft_arena *arena,
                                       weft_store_features *features, weft_err *err);

/* ---- store_postgres_pages.c ---- */

weft_status weft_postgres_put_pages(weft_store *store, const weft_store_page *pages, size_t n,
                                    weft_err *err);
weft_status weft_postgres_each_page(weft_store *store, weft_store_visit_page visit, void *context,
                                    weft_err *err);
weft_status weft_postgres_pages_revision(weft_store *store, int64_t *revision, weft_err *err);

/* ---- store_postgres_tokens.c ---- */

weft_status weft_postgres_put_token(weft_store *store, const char *name, const char *digest,
                                    int64_t *id, weft_err *err);
weft_status weft_postgres_list_tokens(weft_store *store, weft_arena *arena,
                                      weft_store_token **tokens, size_t *n, weft_err *err);
weft_status weft_postgres_revoke_token(weft_store *store, int64_t id, weft_err *err);
weft_status weft_postgres_check_token(weft_store *store, const char *digest, bool *good,
                                      weft_err *err);

/* ---- store_postgres_items.c ---- */

weft_status weft_postgres_put_items(weft_store *store, const weft_store_item *items, size_t n,
                                    weft_err *err);
weft_status weft_postgres_have_items(weft_store *store, const weft_store_item *items, size_t n,
                                     bool *is_there, weft_err *err);
weft_status weft_postgres_count_items(weft_store *store, const char *embedding_model, size_t *count,
                                      weft_err *err);
weft_status weft_postgres_each_item(weft_store *store, const char *embedding_model,
                                    weft_store_visit_item visit, void *context, weft_err *err);

/* ---- store_postgres_outfits.c ---- */

weft_status weft_postgres_put_outfit_edges(weft_store *store, const weft_store_outfit_edge *edges,
                                           size_t n, weft_err *err);
weft_status weft_postgres_each_outfit_edge(weft_store *store, weft_store_visit_outfit_edge visit,
                                           void *context, weft_err *err);
weft_status weft_postgres_outfit_edges_revision(weft_store *store, int64_t *revision,
                                                weft_err *err);

/* ---- store_postgres_rules.c ---- */

weft_status weft_postgres_put_rule(weft_store *store, const weft_store_rule *rule, weft_err *err);
weft_status weft_postgres_list_rules(weft_store *store, bool history, size_t limit,
                                     weft_arena *arena, weft_store_rule **rules, size_t *n,
                                     weft_err *err);
weft_status weft_postgres_rules_revision(weft_store *store, int64_t *revision, weft_err *err);
weft_status weft_postgres_token_name(weft_store *store, const char *digest, weft_arena *arena,
                                     const char **name, weft_err *err);

/* ---- store_postgres_searches.c ---- */

weft_status weft_postgres_put_searches(weft_store *store, const weft_store_search *searches,
                                       size_t n, weft_err *err);
weft_status weft_postgres_each_search(weft_store *store, const char *experiment,
                                      weft_store_visit_search visit, void *context, weft_err *err);

/* ---- store_postgres_sets.c ---- */

weft_status weft_postgres_put_set(weft_store *store, const char *embedding_model, const char *model,
                                  size_t dim, weft_err *err);
weft_status weft_postgres_list_sets(weft_store *store, weft_arena *arena, weft_store_set **sets,
                                    size_t *n, weft_err *err);
weft_status weft_postgres_serving_set(weft_store *store, weft_arena *arena, weft_store_set *set,
                                      weft_err *err);
weft_status weft_postgres_switch_set(weft_store *store, const char *embedding_model, weft_err *err);
weft_status weft_postgres_drop_set(weft_store *store, const char *embedding_model, weft_err *err);

/* ---- store_postgres_sources.c ---- */

weft_status weft_postgres_put_source(weft_store *store, const weft_store_source *source,
                                     weft_err *err);
weft_status weft_postgres_change_source(weft_store *store, const weft_store_source *source,
                                        weft_err *err);
weft_status weft_postgres_list_sources(weft_store *store, weft_arena *arena,
                                       weft_store_source **sources, size_t *n, weft_err *err);
weft_status weft_postgres_remove_source(weft_store *store, const char *name, bool keep_products,
                                        weft_err *err);
weft_status weft_postgres_begin_source(weft_store *store, const char *name, const char *system,
                                       uint64_t *copy, weft_err *err);
weft_status weft_postgres_apply_source(weft_store *store, const char *name, uint64_t copy,
                                       const weft_store_source_batch *batch,
                                       weft_store_put_result *result, weft_err *err);

/* ---- store_postgres_backup.c ---- */

weft_status weft_postgres_backup(weft_store *store, const char *path, const atomic_bool *cancel,
                                 weft_err *err);
weft_status weft_postgres_restore(weft_store *store, const char *path, weft_err *err);

#endif
