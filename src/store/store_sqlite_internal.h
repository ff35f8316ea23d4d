/* store_sqlite_internal.h - what the files of the SQLite store share. */
#ifndef WEFT_STORE_STORE_SQLITE_INTERNAL_H
#define WEFT_STORE_STORE_SQLITE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/store_vtable.h"

/* Each prepared statement of the writing connection: X(NAME, sql). */
#define WEFT_SQLITE_STATEMENTS(X)                                                              \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                \
    X(COMMIT, "COMMIT")                                                                        \
    X(ROLLBACK, "ROLLBACK")                                                                    \
    X(INSERT_PRODUCT,                                                                          \
      "INSERT INTO products (" WEFT_SQLITE_PRODUCT_COLUMNS ", created_at, updated_at)"         \
      " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?15)"                       \
      " ON CONFLICT (product_id) DO NOTHING")                                                  \
    X(UPDATE_PRODUCT,                                                                          \
      "UPDATE products SET (" WEFT_SQLITE_PRODUCT_COLUMNS ", updated_at)"                      \
      " = (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"                                \
      " WHERE product_id = ?1 AND (" WEFT_SQLITE_PRODUCT_COLUMNS ")"                           \
      " IS NOT (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)")                              \
    X(DELETE_PRODUCT, "DELETE FROM products WHERE product_id = ?1")                            \
    X(GET_PRODUCT,                                                                             \
      "SELECT " WEFT_SQLITE_PRODUCT_COLUMNS " FROM products WHERE product_id = ?1")            \
    X(COUNT_PRODUCTS, "SELECT count(*) FROM products")                                         \
    X(PUT_EMBEDDING,                                                                           \
      "INSERT INTO embeddings (" WEFT_SQLITE_EMBEDDING_COLUMNS ", updated_at)"                 \
      " SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9 WHERE true"                                          \
      " ON CONFLICT (product_id) DO UPDATE SET (" WEFT_SQLITE_EMBEDDING_COLUMNS ", updated_at)"\
      " = (?1,?2,?3,?4,?5,?6,?7,?8,?9)"                                                        \
      " WHERE (embeddings.product_id, embeddings.embedding_model,"                             \
      " embeddings.embedding_dimension, embeddings.text_digest, embeddings.image_digest,"      \
      " embeddings.image_embedding, embeddings.text_embedding, embeddings.hybrid_embedding)"   \
      " IS NOT (?1,?2,?3,?4,?5,?6,?7,?8)")                                                     \
    X(CHANGE_SEQ, "SELECT seq FROM sqlite_sequence WHERE name = 'changes'")                    \
    X(PUT_EVENT,                                                                               \
      "INSERT INTO transactions (user_id, product_id, event_type, query_id, created_at)"       \
      " SELECT ?1,?2,?3,?4,?5 WHERE EXISTS (SELECT 1 FROM products WHERE product_id = ?2)")    \
    X(PUT_TOKEN,                                                                               \
      "INSERT INTO tokens (name, digest, created_at) VALUES (?1,?2,?3)"                        \
      " ON CONFLICT (digest) DO NOTHING")                                                      \
    X(LIST_TOKENS, "SELECT id, name, created_at, revoked_at FROM tokens ORDER BY id")          \
    X(REVOKE_TOKEN,                                                                            \
      "UPDATE tokens SET revoked_at = iif(revoked_at = '', ?2, revoked_at) WHERE id = ?1")     \
    X(CHECK_TOKEN, "SELECT 1 FROM tokens WHERE digest = ?1 AND revoked_at = ''")

#define WEFT_SQLITE_PRODUCT_COLUMNS                                              \
    "product_id, product_display_name, master_category, sub_category, article_type, base_color," \
    " gender, season, usage, year, price, price_is_synthetic, image_path, image_digest"
#define WEFT_SQLITE_EMBEDDING_COLUMNS                                            \
    "product_id, embedding_model, embedding_dimension, text_digest, image_digest," \
    " image_embedding, text_embedding, hybrid_embedding"

enum { WEFT_SQLITE_PRODUCT_COLUMN_COUNT = 14 };

typedef enum {
#define WEFT_SQLITE_ENUM(name, sql) WEFT_SQL_##name,
    WEFT_SQLITE_STATEMENTS(WEFT_SQLITE_ENUM)
#undef WEFT_SQLITE_ENUM
    WEFT_SQL_COUNT
} weft_sqlite_statement;

typedef struct {
    weft_store store; /* first, so that the one can be cast to the other */
    char *path;
    pthread_mutex_t lock; /* of the connection and its statements */
    sqlite3 *db;
    sqlite3_stmt *statements[WEFT_SQL_COUNT]; /* made at their first use */
} weft_sqlite;

/* ---- store_sqlite.c ---- */

/* Opens a connection with weft's settings. Fails like weft_store_open. */
weft_status weft_sqlite_connect(sqlite3 **db, const char *path, int flags, weft_err *err);

/* Turns what db says about its last failure into a status and a message. */
weft_status weft_sqlite_fail(sqlite3 *db, const char *path, const char *what, weft_err *err);

/* The statement, prepared, reset and with nothing bound; NULL after a failure. */
sqlite3_stmt *weft_sqlite_prepare(weft_sqlite *s, weft_sqlite_statement which, weft_err *err);

/* Steps a statement to its end (ignoring rows) and resets it. */
weft_status weft_sqlite_run(weft_sqlite *s, sqlite3_stmt *statement, const char *what,
                            weft_err *err);

/* A transaction that holds the write lock from its start. end commits when status
 * is WEFT_OK and rolls back otherwise; it returns what the whole came to. */
weft_status weft_sqlite_begin(weft_sqlite *s, weft_err *err);
weft_status weft_sqlite_end(weft_sqlite *s, weft_status status, weft_err *err);

/* The text of a column; "" for NULL. Valid until the next step. */
const char *weft_sqlite_text(sqlite3_stmt *statement, int column);

/* ---- store_sqlite_schema.c ---- */

/* Brings an open database to the newest schema. */
weft_status weft_sqlite_migrate(sqlite3 *db, const char *path, weft_err *err);

/* ---- the functions of the vtable ---- */

weft_status weft_sqlite_put_products(weft_store *store, const weft_product *products, size_t n,
                                     weft_store_put_result *result, weft_err *err);
weft_status weft_sqlite_delete_product(weft_store *store, const char *product_id, weft_err *err);
weft_status weft_sqlite_get_product(weft_store *store, const char *product_id, weft_arena *arena,
                                    weft_product *product, weft_err *err);
weft_status weft_sqlite_count_products(weft_store *store, size_t *count, weft_err *err);
weft_status weft_sqlite_put_embeddings(weft_store *store, const weft_embedding *rows, size_t n,
                                       weft_err *err);
weft_status weft_sqlite_each(weft_store *store, bool with_vectors, weft_store_visit visit,
                             void *context, weft_err *err);
weft_status weft_sqlite_change_seq(weft_store *store, uint64_t *seq, weft_err *err);
weft_status weft_sqlite_put_event(weft_store *store, const weft_event *event, weft_err *err);
weft_status weft_sqlite_put_token(weft_store *store, const char *name, const char *digest,
                                  int64_t *id, weft_err *err);
weft_status weft_sqlite_list_tokens(weft_store *store, weft_arena *arena,
                                    weft_store_token **tokens, size_t *n, weft_err *err);
weft_status weft_sqlite_revoke_token(weft_store *store, int64_t id, weft_err *err);
weft_status weft_sqlite_check_token(weft_store *store, const char *digest, bool *good,
                                    weft_err *err);

#endif
