/* store_vtable.h - what a store has to do: one function for each of store.h,
 * under the same contract (tests/contract). Only the stores and store.c see it. */
#ifndef WEFT_STORE_STORE_VTABLE_H
#define WEFT_STORE_STORE_VTABLE_H

#include "store/store.h"

typedef struct {
    const char *scheme; /* of its urls: "sqlite", "postgresql" */

    /* place is the url after "scheme:". The store's struct begins with a
     * weft_store whose vtable it sets. */
    weft_status (*open)(weft_store **store, const char *place, weft_err *err);
    void (*close)(weft_store *store);

    weft_status (*put_products)(weft_store *store, const weft_product *products, size_t n,
                                weft_store_put_result *result, weft_err *err);
    weft_status (*delete_product)(weft_store *store, const char *product_id, weft_err *err);
    weft_status (*get_product)(weft_store *store, const char *product_id, weft_arena *arena,
                               weft_product *product, weft_err *err);
    weft_status (*count_products)(weft_store *store, size_t *count, weft_err *err);

    weft_status (*put_embeddings)(weft_store *store, const weft_embedding *rows, size_t n,
                                  weft_err *err);
    weft_status (*each)(weft_store *store, const char *embedding_model, bool with_vectors,
                        weft_store_visit visit, void *context, weft_err *err);
    weft_status (*each_changed)(weft_store *store, const char *embedding_model, uint64_t since,
                                bool with_vectors, weft_store_visit_change visit, void *context,
                                uint64_t *seq, weft_err *err);
    weft_status (*change_seq)(weft_store *store, uint64_t *seq, weft_err *err);
    weft_status (*change_mark)(weft_store *store, uint64_t seq, char mark[WEFT_STORE_MARK_SIZE],
                               weft_err *err);

    weft_status (*nearest)(weft_store *store, const weft_store_nearest_query *query,
                           weft_arena *arena, weft_store_hit *hits, size_t *n, weft_err *err);
    weft_status (*index_nearest)(weft_store *store, const char *embedding_model, size_t dim,
                                 size_t min_rows, const atomic_bool *stop, weft_err *err);
    weft_status (*get_vector)(weft_store *store, weft_embedding_kind kind,
                              const char *embedding_model, const char *product_id, float *out,
                              size_t dim, bool *found, weft_err *err);

    weft_status (*queue_put)(weft_store *store, const char *embedding_model,
                             const char *const *product_ids, size_t n, weft_err *err);
    weft_status (*queue_lease)(weft_store *store, const char *embedding_model, const char *lease,
                               size_t limit, double seconds, weft_store_visit visit, void *context,
                               weft_err *err);
    weft_status (*queue_finish)(weft_store *store, const char *lease, const weft_embedding *rows,
                                size_t n, size_t *written, weft_err *err);
    weft_status (*queue_end)(weft_store *store, const char *lease, weft_err *err);
    weft_status (*queue_count)(weft_store *store, const char *embedding_model, size_t *count,
                               weft_err *err);

    weft_status (*put_set)(weft_store *store, const char *embedding_model, const char *model,
                           size_t dim, weft_err *err);
    weft_status (*list_sets)(weft_store *store, weft_arena *arena, weft_store_set **sets, size_t *n,
                             weft_err *err);
    weft_status (*serving_set)(weft_store *store, weft_arena *arena, weft_store_set *set,
                               weft_err *err);
    weft_status (*switch_set)(weft_store *store, const char *embedding_model, weft_err *err);
    weft_status (*drop_set)(weft_store *store, const char *embedding_model, weft_err *err);

    weft_status (*put_source)(weft_store *store, const weft_store_source *source, weft_err *err);
    weft_status (*change_source)(weft_store *store, const weft_store_source *source, weft_err *err);
    weft_status (*list_sources)(weft_store *store, weft_arena *arena, weft_store_source **sources,
                                size_t *n, weft_err *err);
    weft_status (*remove_source)(weft_store *store, const char *name, bool keep_products,
                                 weft_err *err);
    weft_status (*begin_source)(weft_store *store, const char *name, const char *system,
                                uint64_t *copy, weft_err *err);
    weft_status (*apply_source)(weft_store *store, const char *name, uint64_t copy,
                                const weft_store_source_batch *batch, weft_store_put_result *result,
                                weft_err *err);

    weft_status (*backup)(weft_store *store, const char *path, const atomic_bool *cancel,
                          weft_err *err);
    weft_status (*restore)(weft_store *store, const char *path, weft_err *err);

    /* step: as weft_store_import_events has it, or NULL. */
    weft_status (*put_events)(weft_store *store, const weft_event *events, size_t n, bool *is_known,
                              const weft_store_event_step *step, weft_err *err);
    weft_status (*list_event_imports)(weft_store *store, weft_arena *arena,
                                      weft_store_event_import **imports, size_t *n, weft_err *err);
    weft_status (*each_event)(weft_store *store, int64_t since, size_t limit,
                              weft_store_visit_event visit, void *context, weft_err *err);
    weft_status (*each_user_event)(weft_store *store, const char *user_id, size_t limit,
                                   weft_store_visit_event visit, void *context, weft_err *err);
    weft_status (*last_event)(weft_store *store, int64_t *number, weft_err *err);

    weft_status (*put_users)(weft_store *store, const weft_store_user *users, size_t n,
                             weft_err *err);
    weft_status (*list_users)(weft_store *store, const char *segment, const char *after,
                              size_t limit, weft_arena *arena, weft_store_user **users, size_t *n,
                              weft_err *err);
    weft_status (*get_user)(weft_store *store, const char *user_id, weft_arena *arena,
                            weft_store_user *user, weft_err *err);
    weft_status (*count_users)(weft_store *store, const char *segment, size_t *count,
                               weft_err *err);
    weft_status (*put_features)(weft_store *store, const weft_store_features *features, size_t n,
                                int64_t from, int64_t to, weft_err *err);
    weft_status (*features_position)(weft_store *store, int64_t *number, weft_err *err);
    weft_status (*get_features)(weft_store *store, const char *user_id, weft_arena *arena,
                                weft_store_features *features, weft_err *err);

    weft_status (*put_token)(weft_store *store, const char *name, const char *digest, int64_t *id,
                             weft_err *err);
    weft_status (*list_tokens)(weft_store *store, weft_arena *arena, weft_store_token **tokens,
                               size_t *n, weft_err *err);
    weft_status (*revoke_token)(weft_store *store, int64_t id, weft_err *err);
    weft_status (*check_token)(weft_store *store, const char *digest, bool *good, weft_err *err);
    weft_status (*token_name)(weft_store *store, const char *digest, weft_arena *arena,
                              const char **name, weft_err *err);

    weft_status (*put_searches)(weft_store *store, const weft_store_search *searches, size_t n,
                                weft_err *err);
    weft_status (*each_search)(weft_store *store, const char *experiment,
                               weft_store_visit_search visit, void *context, weft_err *err);

    weft_status (*put_items)(weft_store *store, const weft_store_item *items, size_t n,
                             weft_err *err);
    weft_status (*have_items)(weft_store *store, const weft_store_item *items, size_t n,
                              bool *is_there, weft_err *err);
    weft_status (*count_items)(weft_store *store, const char *embedding_model, size_t *count,
                               weft_err *err);
    weft_status (*each_item)(weft_store *store, const char *embedding_model,
                             weft_store_visit_item visit, void *context, weft_err *err);
    weft_status (*put_outfit_edges)(weft_store *store, const weft_store_outfit_edge *edges,
                                    size_t n, weft_err *err);
    weft_status (*each_outfit_edge)(weft_store *store, weft_store_visit_outfit_edge visit,
                                    void *context, weft_err *err);
    weft_status (*outfit_edges_revision)(weft_store *store, int64_t *revision, weft_err *err);

    weft_status (*put_rule)(weft_store *store, const weft_store_rule *rule, weft_err *err);
    weft_status (*list_rules)(weft_store *store, bool history, size_t limit, weft_arena *arena,
                              weft_store_rule **rules, size_t *n, weft_err *err);
    weft_status (*rules_revision)(weft_store *store, int64_t *revision, weft_err *err);

    weft_status (*put_pages)(weft_store *store, const weft_store_page *pages, size_t n,
                             weft_err *err);
    weft_status (*each_page)(weft_store *store, weft_store_visit_page visit, void *context,
                             weft_err *err);
    weft_status (*pages_revision)(weft_store *store, int64_t *revision, weft_err *err);
} weft_store_vtable;

struct weft_store {
    const weft_store_vtable *vtable;
};

/* Adds what a transaction did to what its caller counts. */
static inline void weft_store_add_result(weft_store_put_result *to,
                                         const weft_store_put_result *done) {
    to->inserted += done->inserted;
    to->updated += done->updated;
    to->unchanged += done->unchanged;
}

extern const weft_store_vtable weft_store_sqlite, weft_store_postgres;

#endif
