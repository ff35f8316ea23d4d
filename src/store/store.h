/* store.h - the database: the truth that everything else is rebuilt from.
 *
 * One contract, several stores behind it (store_sqlite.c, store_postgres.c); tests/contract
 * runs the same suite over each. Tables and columns carry the seed's names
 * (src/store/migrations). A weft_store may be used from any thread; calls on
 * one store wait for each other. Writes are transactions: all of a call or
 * nothing of it, durable when the call returns. */
#ifndef WEFT_STORE_STORE_H
#define WEFT_STORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "catalog/embedding_kind.h"
#include "catalog/event.h"
#include "catalog/filter.h"
#include "catalog/product.h"

typedef struct weft_store weft_store;

/* Opens and migrates. url is "sqlite:PATH" (created when missing) or libpq's
 * "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?..." (the database exists). Fails with
 * WEFT_E_UNSUPPORTED (a scheme no store knows, or a database of a newer weft),
 * WEFT_E_STORE (damaged, or another program's), WEFT_E_NOMEM. Every call below can
 * also fail with WEFT_E_STORE, WEFT_E_BUSY (another process writes for more than
 * ten seconds) and WEFT_E_NOMEM. */
weft_status weft_store_open(weft_store **store, const char *url, weft_err *err);
void weft_store_close(weft_store *store); /* NULL is fine */

/* ---- products ---- */

typedef struct {
    size_t inserted, updated, unchanged;
} weft_store_put_result;

/* Inserts or updates by product_id; rows that are the same already are not
 * touched and leave no change behind. result is added to. WEFT_E_INVALID names
 * the product: an empty id, or a price that is negative or not finite. */
weft_status weft_store_put_products(weft_store *store, const weft_product *products, size_t n,
                                    weft_store_put_result *result, weft_err *err);

/* WEFT_E_NOT_FOUND when there is none. The embeddings go with it. */
weft_status weft_store_delete_product(weft_store *store, const char *product_id, weft_err *err);

/* WEFT_E_NOT_FOUND when there is none; strings live in the arena. */
weft_status weft_store_get_product(weft_store *store, const char *product_id, weft_arena *arena,
                                   weft_product *product, weft_err *err);

weft_status weft_store_count_products(weft_store *store, size_t *count, weft_err *err);

/* ---- embeddings ---- */

/* The three embeddings of a product and what they were made from. */
typedef struct {
    const char *product_id;
    const char *embedding_model; /* name and digest of the model */
    const char *text_digest;     /* of the sentence embedded; "" when none was */
    const char *image_digest;    /* of the photo embedded; "" when none was */
    size_t dim;
    const float *image_embedding;  /* [dim] or NULL (no photo, or not readable) */
    const float *text_embedding;   /* [dim] or NULL */
    const float *hybrid_embedding; /* [dim] or NULL */
    unsigned kinds; /* of those that are there the bits (1 << weft_embedding_kind), also in walks
                     * without vectors; not looked at when it is put */
} weft_embedding;

/* Inserts or replaces the embeddings of a product by that model (those of others stay); what
 * is the same already, bit for bit, leaves no change behind. WEFT_E_NOT_FOUND when a product is
 * gone: then nothing is written. */
weft_status weft_store_put_embeddings(weft_store *store, const weft_embedding *rows, size_t n,
                                      weft_err *err);

/* Called for each product in order of product_id; embedding is NULL when it has
 * none by the model that was asked for. Everything is valid during the call only. A status other
 * than WEFT_OK stops the walk and is returned by it. */
typedef weft_status (*weft_store_visit)(void *context, const weft_product *product,
                                        const weft_embedding *embedding, weft_err *err);

/* Walks all products with their embeddings in one consistent state of the
 * database; writers are not held up, and visit may call the store.
 * with_vectors false leaves the three vectors NULL and is much faster. */
weft_status weft_store_each(weft_store *store, const char *embedding_model, bool with_vectors,
                            weft_store_visit visit, void *context, weft_err *err);

/* Called for each product that changed; product is NULL when it is gone, embedding when
 * it has none. Otherwise as weft_store_visit. */
typedef weft_status (*weft_store_visit_change)(void *context, const char *product_id,
                                               const weft_product *product,
                                               const weft_embedding *embedding, weft_err *err);

/* Walks the products that were changed after change number `since`, or whose embeddings by
 * this model were, each once and as it is now, in order of product_id. The state that is walked is
 * that of change number *seq, which is set before the first visit: whoever asks from there on
 * misses nothing. */
weft_status weft_store_each_changed(weft_store *store, const char *embedding_model, uint64_t since,
                                    bool with_vectors, weft_store_visit_change visit, void *context,
                                    uint64_t *seq, weft_err *err);

/* The number of the last committed change of a product or embedding, by any
 * process; grows with every change, never falls. */
weft_status weft_store_change_seq(weft_store *store, uint64_t *seq, weft_err *err);

/* What the change with this number was, and when: text that another change, or the change
 * of this number in a store with another history, does not have. WEFT_E_NOT_FOUND when
 * there was none, or its memory is gone. */
enum { WEFT_STORE_MARK_SIZE = 65 };
weft_status weft_store_change_mark(weft_store *store, uint64_t seq, char mark[WEFT_STORE_MARK_SIZE],
                                   weft_err *err);

/* ---- searching within the database: what PostgreSQL does with pgvector, and SQLite does
 * not (WEFT_E_UNSUPPORTED) ---- */

typedef struct {
    weft_embedding_kind kind;
    const char *embedding_model;
    const float *embedding; /* [dim], L2-normalised */
    size_t dim;
    const weft_filter *filter; /* NULL: everything */
    const char *exclude;       /* a product that may not come back, or NULL */
    size_t k;
    bool is_exact; /* compares with every row, whatever indexes there are */
} weft_store_nearest_query;

typedef struct {
    const char *product_id;
    float score; /* inner product: of L2-normalised vectors cosine similarity, -1 to 1 */
} weft_store_hit;

/* Writes the best hits into hits[k], best first, equal scores by product_id; *n is how many:
 * all of min(k, rows that pass) when it is exact, else perhaps fewer. Ids are in the arena. */
weft_status weft_store_nearest(weft_store *store, const weft_store_nearest_query *query,
                               weft_arena *arena, weft_store_hit *hits, size_t *n, weft_err *err);

/* Makes the indexes for searches of this set, one a kind, where it has at least min_rows
 * products and they are not there yet. Takes minutes; nothing waits for it. Of several
 * processes one makes them, and the others return at once. *stop ends it (WEFT_E_CANCELLED);
 * may be NULL. */
weft_status weft_store_index_nearest(weft_store *store, const char *embedding_model, size_t dim,
                                     size_t min_rows, const atomic_bool *stop, weft_err *err);

/* Writes one embedding of a product into out[dim]; *found is false when it has none. In
 * every store. */
weft_status weft_store_get_vector(weft_store *store, weft_embedding_kind kind,
                                  const char *embedding_model, const char *product_id, float *out,
                                  size_t dim, bool *found, weft_err *err);

/* ---- the queue of what to embed, for many workers on many machines ---- */

/* Puts products into the queue of what this model is to embed; what is in it stays as it is, and
 * ids of products that are gone are passed over. Ids in ascending order never hold up another
 * caller for good. */
weft_status weft_store_queue_put(weft_store *store, const char *embedding_model,
                                 const char *const *product_ids, size_t n, weft_err *err);

/* Takes up to limit products of the model's that no one has, or whose taker's time has run out, for
 * so many seconds, and visits those and what else goes by this lease's name, without vectors. A
 * lease is a text that no other caller uses, not "". */
weft_status weft_store_queue_lease(weft_store *store, const char *embedding_model,
                                   const char *lease, size_t limit, double seconds,
                                   weft_store_visit visit, void *context, weft_err *err);

/* Writes embeddings as weft_store_put_embeddings does and takes their products out of the
 * queue, all in one transaction; those that the lease no longer has are left alone: someone
 * else embeds them. *written counts the others. */
weft_status weft_store_queue_finish(weft_store *store, const char *lease,
                                    const weft_embedding *rows, size_t n, size_t *written,
                                    weft_err *err);

/* Takes what is left of a lease out of the queue: there was nothing to do for it. */
weft_status weft_store_queue_end(weft_store *store, const char *lease, weft_err *err);

/* How many products are in the model's queue, taken or not. */
weft_status weft_store_queue_count(weft_store *store, const char *embedding_model, size_t *count,
                                   weft_err *err);

/* ---- sets: the embeddings of one model ---- */

typedef struct {
    const char *embedding_model; /* as in weft_embedding */
    const char *model;           /* what --model opens it by */
    size_t dim;
    size_t products;  /* that have an embedding of the set, up to date or not */
    bool is_serving;  /* servers that are free to choose serve it */
    bool is_previous; /* it was served before that one */
} weft_store_set;

/* Makes a set known, or gives a known one another name to open its model by. */
weft_status weft_store_put_set(weft_store *store, const char *embedding_model, const char *model,
                               size_t dim, weft_err *err);

/* All sets by embedding_model, in the arena. */
weft_status weft_store_list_sets(weft_store *store, weft_arena *arena, weft_store_set **sets,
                                 size_t *n, weft_err *err);

/* The set that is served, without the number of its products: cheap, for those who look again
 * and again. NOT_FOUND while none was ever switched to. */
weft_status weft_store_serving_set(weft_store *store, weft_arena *arena, weft_store_set *set,
                                   weft_err *err);

/* From now on this set is served, and the one before is remembered. NOT_FOUND. */
weft_status weft_store_switch_set(weft_store *store, const char *embedding_model, weft_err *err);

/* Deletes a set and its embeddings. NOT_FOUND; WEFT_E_CONFLICT while it is served. */
weft_status weft_store_drop_set(weft_store *store, const char *embedding_model, weft_err *err);

/* ---- sources: tables of the shop's own that weft follows (sync/sources.h) ---- */

typedef struct {
    const char *name;
    const char *url;    /* of its database; may hold a password: never in a message */
    const char *spec;   /* which table and columns, as sync/source_spec.h reads it */
    const char *slot;   /* its replication slot there, and its publication */
    const char *system; /* the database that was copied; "" before the first copy */
    uint64_t position;  /* in that database's log: all before it is applied; 0: is to be copied */
    uint64_t copy;      /* changes whenever it is to be copied, or a copy begins */
} weft_store_source;

/* Adds a source that is to be copied. WEFT_E_CONFLICT when the name is there. */
weft_status weft_store_put_source(weft_store *store, const weft_store_source *source,
                                  weft_err *err);

/* Gives a source another url and spec and has it copied again; NOT_FOUND. */
weft_status weft_store_change_source(weft_store *store, const weft_store_source *source,
                                     weft_err *err);

/* All of them by name, in the arena. */
weft_status weft_store_list_sources(weft_store *store, weft_arena *arena,
                                    weft_store_source **sources, size_t *n, weft_err *err);

/* Forgets a source, and deletes the products that came from it unless they are kept; they
 * then belong to no source. NOT_FOUND. */
weft_status weft_store_remove_source(weft_store *store, const char *name, bool keep_products,
                                     weft_err *err);

/* A copy of all of a source begins: its position is 0 until the copy ends. *copy is what the
 * caller knows and becomes what the copy goes by. NOT_FOUND when there is no such source, or
 * it has been changed meanwhile. */
weft_status weft_store_begin_source(weft_store *store, const char *name, const char *system,
                                    uint64_t *copy, weft_err *err);

/* Changes of a source, one transaction. No id is there twice. */
typedef struct {
    bool truncates;               /* first: all products of the source go */
    const weft_product *products; /* [product_count]: inserted or updated, and the source's from
                                   * then on. image_path and image_digest NULL: the photo stays */
    size_t product_count;
    const char *const *deleted; /* [deleted_count]: go, where they are the source's */
    size_t deleted_count;
    uint64_t position; /* of the source, from then on; 0: as before */
    bool ends_copy;    /* its products that have not been put since the copy began go too */
} weft_store_source_batch;

/* result is added to. Fails as weft_store_put_products, and with WEFT_E_NOT_FOUND as
 * weft_store_begin_source does: then nothing is written. */
weft_status weft_store_apply_source(weft_store *store, const char *name, uint64_t copy,
                                    const weft_store_source_batch *batch,
                                    weft_store_put_result *result, weft_err *err);

/* ---- backup ---- */

/* Writes a new SQLite database of weft's own schema to path, in place of what is there: all
 * that the store holds at one moment but the change feed and the queue (store_tables.h),
 * while others write. It opens as "sqlite:PATH" too. Fails with WEFT_E_CANCELLED when *cancel
 * (which may be NULL) turns true, and as the store does; there is then no file. */
weft_status weft_store_backup(weft_store *store, const char *path, const atomic_bool *cancel,
                              weft_err *err);

/* Puts a backup of this version's schema back into an empty store, in one transaction.
 * WEFT_E_CONFLICT names a table that is not empty. Sources are copied again. */
weft_status weft_store_restore(weft_store *store, const char *path, weft_err *err);

/* ---- events: what users did, in the table transactions ---- */

/* Writes the events whose product there is, in their order; is_known[n] (which may be NULL)
 * tells which those are. WEFT_E_INVALID names an event type that is none of the four: then
 * nothing is written. The user need not be known yet. */
weft_status weft_store_put_events(weft_store *store, const weft_event *events, size_t n,
                                  bool *is_known, weft_err *err);

/* Writes one event. WEFT_E_NOT_FOUND names the product when there is none. */
weft_status weft_store_put_event(weft_store *store, const weft_event *event, weft_err *err);

/* Strings live until it returns; anything but WEFT_OK ends the walk. Numbers rise in the
 * order of commits: who has seen 6 never misses a 5 that weft wrote. */
typedef weft_status (*weft_store_visit_event)(void *context, int64_t number,
                                              const weft_event *event, weft_err *err);

/* Visits up to limit events (0: all) after number `since`, in order. */
weft_status weft_store_each_event(weft_store *store, int64_t since, size_t limit,
                                  weft_store_visit_event visit, void *context, weft_err *err);

/* Visits a user's newest events, up to limit, the newest first. visit may not call the store. */
weft_status weft_store_each_user_event(weft_store *store, const char *user_id, size_t limit,
                                       weft_store_visit_event visit, void *context, weft_err *err);

/* The number of the newest event; 0 before the first. */
weft_status weft_store_last_event(weft_store *store, int64_t *number, weft_err *err);

/* ---- files of events, and how far they have been imported ---- */

typedef struct {
    const char *digest;     /* SHA-256 of what was read of the file: its first `position` bytes */
    bool is_done;           /* the file had no more */
    uint64_t position;      /* bytes */
    uint64_t row_count;     /* the number of the last row before it */
    uint64_t event_count;   /* of those rows that were written */
    uint64_t step;          /* rises with every step of any import; the store's */
    const char *reading;    /* how its columns were read; the importer's text */
    const char *updated_at; /* RFC 3339; the store's */
} weft_store_event_import;

/* All of them, the longest first, in the arena. */
weft_status weft_store_list_event_imports(weft_store *store, weft_arena *arena,
                                          weft_store_event_import **imports, size_t *n,
                                          weft_err *err);

/* An import goes on: from what it was known by to what it is known by then. */
typedef struct {
    const char *from;           /* its digest until now; "": none, it begins */
    uint64_t seen;              /* when it begins: the highest step there was when it looked for
                                 * its file among the imports; 0: none */
    weft_store_event_import to; /* event_count: before this step, whose events are added */
    bool is_again;              /* a file that was imported before may end as it did then */
    /* Called when all is written and is_known is set, before it is committed: what is on the
     * disk when it returns is there of every step. May be NULL; may not call the store. */
    weft_status (*before_commit)(void *context, weft_err *err);
    void *context;
} weft_store_event_step;

/* Writes events as weft_store_put_events does, and the step, both or nothing. WEFT_E_CONFLICT
 * when another process was faster: the import is not where it goes on from, or one that begins
 * has not seen all there is. */
weft_status weft_store_import_events(weft_store *store, const weft_event *events, size_t n,
                                     bool *is_known, const weft_store_event_step *step,
                                     weft_err *err);

/* ---- users, and what their events say of them ---- */

typedef struct {
    const char *user_id;
    const char *segment;    /* "": not known */
    const char *created_at; /* RFC 3339; the store's */
} weft_store_user;

/* Inserts users, or gives known ones another segment. */
weft_status weft_store_put_users(weft_store *store, const weft_store_user *users, size_t n,
                                 weft_err *err);

/* Up to limit users of a segment (NULL: of any) behind user_id `after` ("": from the first), in
 * order of user_id, in the arena. */
weft_status weft_store_list_users(weft_store *store, const char *segment, const char *after,
                                  size_t limit, weft_arena *arena, weft_store_user **users,
                                  size_t *n, weft_err *err);

/* NOT_FOUND; strings live in the arena. */
weft_status weft_store_get_user(weft_store *store, const char *user_id, weft_arena *arena,
                                weft_store_user *user, weft_err *err);
weft_status weft_store_count_users(weft_store *store, const char *segment, size_t *count,
                                   weft_err *err);

/* A row of user_style_features: recommend/profile.h makes it. Prices are NAN when not known. */
typedef struct {
    const char *user_id;
    const char *embedding_model;
    const float *embedding; /* [dim], L2-normalised; NULL: none */
    size_t dim;
    size_t interactions;
    const char *category_prefs, *color_prefs, *preferred_brands; /* JSON: arrays of strings */
    double avg_price, min_price, max_price, p25_price, p75_price;
} weft_store_features;

/* Inserts or replaces features, makes users of those who are not yet, and moves the position
 * of all features from event number `from` on to `to`, all at once. WEFT_E_CONFLICT, and nothing
 * is written, when the position is not `from`: another server was faster. Where both are -1 the
 * position stays as it is. */
weft_status weft_store_put_features(weft_store *store, const weft_store_features *features,
                                    size_t n, int64_t from, int64_t to, weft_err *err);
weft_status weft_store_features_position(weft_store *store, int64_t *number, weft_err *err);

/* NOT_FOUND; all in the arena. */
weft_status weft_store_get_features(weft_store *store, const char *user_id, weft_arena *arena,
                                    weft_store_features *features, weft_err *err);

/* ---- pages of products, worked out beforehand (recommend/pages.h) ---- */

typedef struct {
    const char *product_id;
    const char *digest;   /* of what it was made from */
    const char *similar;  /* JSON: [[product_id, cosine, relevance], ...] */
    const char *complete; /* JSON: [[product_id, score, cosine, pairing, photos], ...] */
    size_t total;         /* products that are similar */
} weft_store_page;

/* Inserts or replaces; products that are gone are passed over. */
weft_status weft_store_put_pages(weft_store *store, const weft_store_page *pages, size_t n,
                                 weft_err *err);

/* Strings live until it returns; anything but WEFT_OK ends the walk. */
typedef weft_status (*weft_store_visit_page)(void *context, const weft_store_page *page,
                                             weft_err *err);

/* Visits all pages in order of product_id. */
weft_status weft_store_each_page(weft_store *store, weft_store_visit_page visit, void *context,
                                 weft_err *err);

/* A number that rises with every weft_store_put_pages, of any process. */
weft_status weft_store_pages_revision(weft_store *store, int64_t *revision, weft_err *err);

/* ---- garments that people wear in photos: the table fashion_items_embeddings ---- */

typedef struct {
    const char *item_id;
    const char *image_path; /* of the photo */
    const char *category;
    const char *attributes; /* a JSON object; its "embedding_model" says whose the embedding is */
    const float *embedding; /* [dim], L2-normalised */
    size_t dim;
} weft_store_item;

/* Inserts or replaces by item_id. WEFT_E_INVALID names an item whose attributes are no JSON: then
 * nothing is written. */
weft_status weft_store_put_items(weft_store *store, const weft_store_item *items, size_t n,
                                 weft_err *err);

/* Which of the items are there already, with the same photo, category and attributes (embeddings
 * are not looked at): is_there[n]. */
weft_status weft_store_have_items(weft_store *store, const weft_store_item *items, size_t n,
                                  bool *is_there, weft_err *err);

/* How many there are with embeddings of this model; NULL: of any. */
weft_status weft_store_count_items(weft_store *store, const char *embedding_model, size_t *count,
                                   weft_err *err);

/* Everything is valid during the call only; anything but WEFT_OK ends the walk. */
typedef weft_status (*weft_store_visit_item)(void *context, const weft_store_item *item,
                                             weft_err *err);

/* Visits the items with embeddings of this model in order of image_path, then item_id. visit may
 * call the store. */
weft_status weft_store_each_item(weft_store *store, const char *embedding_model,
                                 weft_store_visit_item visit, void *context, weft_err *err);

/* ---- products that are worn together (recommend/outfit_graph.h) ---- */

typedef struct {
    const char *product_a, *product_b; /* in this order by strcmp; perhaps gone from the catalog */
    uint32_t photos;                   /* that show both */
} weft_store_outfit_edge;

/* Puts these edges in place of all that there were, at once. WEFT_E_INVALID when the products of
 * one are not in order or a pair is there twice. */
weft_status weft_store_put_outfit_edges(weft_store *store, const weft_store_outfit_edge *edges,
                                        size_t n, weft_err *err);

/* Strings live until it returns; anything but WEFT_OK ends the walk. */
typedef weft_status (*weft_store_visit_outfit_edge)(void *context,
                                                    const weft_store_outfit_edge *edge,
                                                    weft_err *err);

/* Visits all edges in order, in one consistent state. visit may call the store. */
weft_status weft_store_each_outfit_edge(weft_store *store, weft_store_visit_outfit_edge visit,
                                        void *context, weft_err *err);

/* Another number whenever the edges were put; 0 before the first time. Cheap. */
weft_status weft_store_outfit_edges_revision(weft_store *store, int64_t *revision, weft_err *err);

/* ---- a merchandiser's rules: every version is kept ---- */

typedef struct {
    int64_t revision; /* rises with every change */
    const char *rule_id;
    const char *rule; /* JSON (search/rules.h); "": removed */
    const char *actor;
    const char *created_at; /* RFC 3339 */
} weft_store_rule;

/* Writes the next version of rule_id; revision and created_at are the store's. Removing
 * ("") fails with WEFT_E_NOT_FOUND when there is none. */
weft_status weft_store_put_rule(weft_store *store, const weft_store_rule *rule, weft_err *err);

/* Up to limit: what holds now by rule_id, or with history every version, the newest first. */
weft_status weft_store_list_rules(weft_store *store, bool history, size_t limit, weft_arena *arena,
                                  weft_store_rule **rules, size_t *n, weft_err *err);

/* The newest revision; 0 before the first. */
weft_status weft_store_rules_revision(weft_store *store, int64_t *revision, weft_err *err);

/* ---- searches that were answered, where they are kept ---- */

typedef struct {
    const char *query_id; /* of the answer; events carry it */
    const char *user_id;
    const char *experiment; /* "": none */
    const char *arm;        /* "a", "b" or, of both in one list, "ab" */
    const char *search_type, *query;
    const char *results;    /* JSON: [[product_id, nearness, words, match, unwanted], ...]; of "ab"
                             * a sixth: whose result it was, "a", "b" or "" */
    const char *created_at; /* RFC 3339; the store's */
} weft_store_search;

/* All or none; a query_id that is there already stays as it is. */
weft_status weft_store_put_searches(weft_store *store, const weft_store_search *searches, size_t n,
                                    weft_err *err);

/* Called for every event of every search, and once with "" for a search without any; strings
 * live until it returns. Anything but WEFT_OK ends the walk. */
typedef weft_status (*weft_store_visit_search)(void *context, const weft_store_search *search,
                                               const char *product_id, const char *event_type,
                                               weft_err *err);

/* Visits the searches of an experiment (NULL: all of them) in order of user and query. */
weft_status weft_store_each_search(weft_store *store, const char *experiment,
                                   weft_store_visit_search visit, void *context, weft_err *err);

/* ---- access tokens: only their SHA-256 is stored ---- */

typedef struct {
    int64_t id;
    const char *name;
    const char *created_at; /* RFC 3339 */
    const char *revoked_at; /* "" while it is good */
} weft_store_token;

/* WEFT_E_CONFLICT when the digest is there already. */
weft_status weft_store_put_token(weft_store *store, const char *name, const char *digest,
                                 int64_t *id, weft_err *err);
weft_status weft_store_list_tokens(weft_store *store, weft_arena *arena, weft_store_token **tokens,
                                   size_t *n, weft_err *err);
/* WEFT_E_NOT_FOUND when there is no such token; revoking twice is fine. */
weft_status weft_store_revoke_token(weft_store *store, int64_t id, weft_err *err);
/* *good tells whether a token with this digest exists and is not revoked. */
weft_status weft_store_check_token(weft_store *store, const char *digest, bool *good,
                                   weft_err *err);
/* The name of the token with this digest, in the arena; "" when there is none. */
weft_status weft_store_token_name(weft_store *store, const char *digest, weft_arena *arena,
                                  const char **name, weft_err *err);

#endif
