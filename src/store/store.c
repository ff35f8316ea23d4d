#include "store/store.h"

#include <string.h>

#include "store/store_vtable.h"

static const weft_store_vtable *const stores[] = {&weft_store_sqlite, &weft_store_postgres};
enum { STORE_COUNT = sizeof stores / sizeof *stores };

weft_status weft_store_open(weft_store **store, const char *url, weft_err *err) {
    const char *colon = strchr(url, ':');
    size_t n = colon ? (size_t)(colon - url) : 0;
    for (size_t i = 0; i < STORE_COUNT; i++) {
        const char *scheme = stores[i]->scheme;
        if (strlen(scheme) == n && strncmp(url, scheme, n) == 0)
            return stores[i]->open(store, colon + 1, err);
    }
    /* Only the scheme is repeated: what follows may hold a password. */
    return weft_fail(err, WEFT_E_UNSUPPORTED,
                     "database: no store for \"%.*s:\"; known: sqlite:PATH,"
                     " postgresql://USER@HOST/DATABASE",
                     (int)n, url);
}

void weft_store_close(weft_store *store) {
    if (store) store->vtable->close(store);
}

weft_status weft_store_put_products(weft_store *store, const weft_product *products, size_t n,
                                    weft_store_put_result *result, weft_err *err) {
    return store->vtable->put_products(store, products, n, result, err);
}

weft_status weft_store_delete_product(weft_store *store, const char *product_id, weft_err *err) {
    return store->vtable->delete_product(store, product_id, err);
}

weft_status weft_store_get_product(weft_store *store, const char *product_id, weft_arena *arena,
                                   weft_product *product, weft_err *err) {
    return store->vtable->get_product(store, product_id, arena, product, err);
}

weft_status weft_store_count_products(weft_store *store, size_t *count, weft_err *err) {
    return store->vtable->count_products(store, count, err);
}

weft_status weft_store_put_embeddings(weft_store *store, const weft_embedding *rows, size_t n,
                                      weft_err *err) {
    return store->vtable->put_embeddings(store, rows, n, err);
}

weft_status weft_store_each(weft_store *store, const char *embedding_model, bool with_vectors,
                            weft_store_visit visit, void *context, weft_err *err) {
    return store->vtable->each(store, embedding_model, with_vectors, visit, context, err);
}

weft_status weft_store_each_changed(weft_store *store, const char *embedding_model, uint64_t since,
                                    bool with_vectors, weft_store_visit_change visit, void *context,
                                    uint64_t *seq, weft_err *err) {
    return store->vtable->each_changed(store, embedding_model, since, with_vectors, visit, context,
                                       seq, err);
}

weft_status weft_store_change_seq(weft_store *store, uint64_t *seq, weft_err *err) {
    return store->vtable->change_seq(store, seq, err);
}

weft_status weft_store_change_mark(weft_store *store, uint64_t seq, char mark[WEFT_STORE_MARK_SIZE],
                                   weft_err *err) {
    return store->vtable->change_mark(store, seq, mark, err);
}

weft_status weft_store_nearest(weft_store *store, const weft_store_nearest_query *query,
                               weft_arena *arena, weft_store_hit *hits, size_t *n, weft_err *err) {
    *n = 0;
    return store->vtable->nearest(store, query, arena, hits, n, err);
}

weft_status weft_store_index_nearest(weft_store *store, const char *embedding_model, size_t dim,
                                     size_t min_rows, const atomic_bool *stop, weft_err *err) {
    return store->vtable->index_nearest(store, embedding_model, dim, min_rows, stop, err);
}

weft_status weft_store_get_vector(weft_store *store, weft_embedding_kind kind,
                                  const char *embedding_model, const char *product_id, float *out,
                                  size_t dim, bool *found, weft_err *err) {
    *found = false;
    return store->vtable->get_vector(store, kind, embedding_model, product_id, out, dim, found,
                                     err);
}

weft_status weft_store_queue_put(weft_store *store, const char *embedding_model,
                                 const char *const *product_ids, size_t n, weft_err *err) {
    return store->vtable->queue_put(store, embedding_model, product_ids, n, err);
}

weft_status weft_store_queue_lease(weft_store *store, const char *embedding_model,
                                   const char *lease, size_t limit, double seconds,
                                   weft_store_visit visit, void *context, weft_err *err) {
    return store->vtable->queue_lease(store, embedding_model, lease, limit, seconds, visit, context,
                                      err);
}

weft_status weft_store_queue_finish(weft_store *store, const char *lease,
                                    const weft_embedding *rows, size_t n, size_t *written,
                                    weft_err *err) {
    return store->vtable->queue_finish(store, lease, rows, n, written, err);
}

weft_status weft_store_queue_end(weft_store *store, const char *lease, weft_err *err) {
    return store->vtable->queue_end(store, lease, err);
}

weft_status weft_store_queue_count(weft_store *store, const char *embedding_model, size_t *count,
                                   weft_err *err) {
    return store->vtable->queue_count(store, embedding_model, count, err);
}

weft_status weft_store_put_set(weft_store *store, const char *embedding_model, const char *model,
                               size_t dim, weft_err *err) {
    return store->vtable->put_set(store, embedding_model, model, dim, err);
}

weft_status weft_store_list_sets(weft_store *store, weft_arena *arena, weft_store_set **sets,
                                 size_t *n, weft_err *err) {
    return store->vtable->list_sets(store, arena, sets, n, err);
}

weft_status weft_store_serving_set(weft_store *store, weft_arena *arena, weft_store_set *set,
                                   weft_err *err) {
    return store->vtable->serving_set(store, arena, set, err);
}

weft_status weft_store_switch_set(weft_store *store, const char *embedding_model, weft_err *err) {
    return store->vtable->switch_set(store, embedding_model, err);
}

weft_status weft_store_drop_set(weft_store *store, const char *embedding_model, weft_err *err) {
    return store->vtable->drop_set(store, embedding_model, err);
}

weft_status weft_store_put_source(weft_store *store, const weft_store_source *source,
                                  weft_err *err) {
    return store->vtable->put_source(store, source, err);
}

weft_status weft_store_change_source(weft_store *store, const weft_store_source *source,
                                     weft_err *err) {
    return store->vtable->change_source(store, source, err);
}

weft_status weft_store_list_sources(weft_store *store, weft_arena *arena,
                                    weft_store_source **sources, size_t *n, weft_err *err) {
    return store->vtable->list_sources(store, arena, sources, n, err);
}

weft_status weft_store_remove_source(weft_store *store, const char *name, bool keep_products,
                                     weft_err *err) {
    return store->vtable->remove_source(store, name, keep_products, err);
}

weft_status weft_store_begin_source(weft_store *store, const char *name, const char *system,
                                    uint64_t *copy, weft_err *err) {
    return store->vtable->begin_source(store, name, system, copy, err);
}

weft_status weft_store_apply_source(weft_store *store, const char *name, uint64_t copy,
                                    const weft_store_source_batch *batch,
                                    weft_store_put_result *result, weft_err *err) {
    return store->vtable->apply_source(store, name, copy, batch, result, err);
}

weft_status weft_store_backup(weft_store *store, const char *path, const atomic_bool *cancel,
                              weft_err *err) {
    return store->vtable->backup(store, path, cancel, err);
}

weft_status weft_store_restore(weft_store *store, const char *path, weft_err *err) {
    return store->vtable->restore(store, path, err);
}

static weft_status check_events(const weft_event *events, size_t n, weft_err *err) {
    for (size_t i = 0; i < n; i++)
        if (!weft_event_type_is_known(events[i].event_type))
            return weft_fail(err, WEFT_E_INVALID,
                             "event_type \"%.40s\": known are view, add_to_cart, purchase, click",
                             events[i].event_type);
    return WEFT_OK;
}

weft_status weft_store_put_events(weft_store *store, const weft_event *events, size_t n,
                                  bool *is_known, weft_err *err) {
    weft_status status = check_events(events, n, err);
    return status ? status : store->vtable->put_events(store, events, n, is_known, NULL, err);
}

weft_status weft_store_list_event_imports(weft_store *store, weft_arena *arena,
                                          weft_store_event_import **imports, size_t *n,
                                          weft_err *err) {
    return store->vtable->list_event_imports(store, arena, imports, n, err);
}

weft_status weft_store_import_events(weft_store *store, const weft_event *events, size_t n,
                                     bool *is_known, const weft_store_event_step *step,
                                     weft_err *err) {
    weft_status status = check_events(events, n, err);
    return status ? status : store->vtable->put_events(store, events, n, is_known, step, err);
}

weft_status weft_store_put_event(weft_store *store, const weft_event *event, weft_err *err) {
    bool is_known = false;
    weft_status status = weft_store_put_events(store, event, 1, &is_known, err);
    if (status || is_known) return status;
    return weft_fail(err, WEFT_E_NOT_FOUND, "product %s: no such product", event->product_id);
}

weft_status weft_store_each_event(weft_store *store, int64_t since, size_t limit,
                                  weft_store_visit_event visit, void *context, weft_err *err) {
    return store->vtable->each_event(store, since, limit, visit, context, err);
}

weft_status weft_store_each_user_event(weft_store *store, const char *user_id, size_t limit,
                                       weft_store_visit_event visit, void *context, weft_err *err) {
    return store->vtable->each_user_event(store, user_id, limit, visit, context, err);
}

weft_status weft_store_last_event(weft_store *store, int64_t *number, weft_err *err) {
    return store->vtable->last_event(store, number, err);
}

weft_status weft_store_put_users(weft_store *store, const weft_store_user *users, size_t n,
                                 weft_err *err) {
    return store->vtable->put_users(store, users, n, err);
}

weft_status weft_store_list_users(weft_store *store, const char *segment, const char *after,
                                  size_t limit, weft_arena *arena, weft_store_user **users,
                                  size_t *n, weft_err *err) {
    return store->vtable->list_users(store, segment, after, limit, arena, users, n, err);
}

weft_status weft_store_get_user(weft_store *store, const char *user_id, weft_arena *arena,
                                weft_store_user *user, weft_err *err) {
    return store->vtable->get_user(store, user_id, arena, user, err);
}

weft_status weft_store_count_users(weft_store *store, const char *segment, size_t *count,
                                   weft_err *err) {
    return store->vtable->count_users(store, segment, count, err);
}

weft_status weft_store_put_features(weft_store *store, const weft_store_features *features,
                                    size_t n, int64_t from, int64_t to, weft_err *err) {
    return store->vtable->put_features(store, features, n, from, to, err);
}

weft_status weft_store_features_position(weft_store *store, int64_t *number, weft_err *err) {
    return store->vtable->features_position(store, number, err);
}

weft_status weft_store_get_features(weft_store *store, const char *user_id, weft_arena *arena,
                                    weft_store_features *features, weft_err *err) {
    return store->vtable->get_features(store, user_id, arena, features, err);
}

weft_status weft_store_put_token(weft_store *store, const char *name, const char *digest,
                                 int64_t *id, weft_err *err) {
    return store->vtable->put_token(store, name, digest, id, err);
}

weft_status weft_store_list_tokens(weft_store *store, weft_arena *arena, weft_store_token **tokens,
                                   size_t *n, weft_err *err) {
    return store->vtable->list_tokens(store, arena, tokens, n, err);
}

weft_status weft_store_revoke_token(weft_store *store, int64_t id, weft_err *err) {
    return store->vtable->revoke_token(store, id, err);
}

weft_status weft_store_check_token(weft_store *store, const char *digest, bool *good,
                                   weft_err *err) {
    return store->vtable->check_token(store, digest, good, err);
}

weft_status weft_store_token_name(weft_store *store, const char *digest, weft_arena *arena,
                                  const char **name, weft_err *err) {
    return store->vtable->token_name(store, digest, arena, name, err);
}

weft_status weft_store_put_items(weft_store *store, const weft_store_item *items, size_t n,
                                 weft_err *err) {
    return store->vtable->put_items(store, items, n, err);
}

weft_status weft_store_have_items(weft_store *store, const weft_store_item *items, size_t n,
                                  bool *is_there, weft_err *err) {
    return store->vtable->have_items(store, items, n, is_there, err);
}

weft_status weft_store_count_items(weft_store *store, const char *embedding_model, size_t *count,
                                   weft_err *err) {
    return store->vtable->count_items(store, embedding_model, count, err);
}

weft_status weft_store_each_item(weft_store *store, const char *embedding_model,
                                 weft_store_visit_item visit, void *context, weft_err *err) {
    return store->vtable->each_item(store, embedding_model, visit, context, err);
}

weft_status weft_store_put_outfit_edges(weft_store *store, const weft_store_outfit_edge *edges,
                                        size_t n, weft_err *err) {
    return store->vtable->put_outfit_edges(store, edges, n, err);
}

weft_status weft_store_each_outfit_edge(weft_store *store, weft_store_visit_outfit_edge visit,
                                        void *context, weft_err *err) {
    return store->vtable->each_outfit_edge(store, visit, context, err);
}

weft_status weft_store_outfit_edges_revision(weft_store *store, int64_t *revision, weft_err *err) {
    return store->vtable->outfit_edges_revision(store, revision, err);
}

weft_status weft_store_put_rule(weft_store *store, const weft_store_rule *rule, weft_err *err) {
    return store->vtable->put_rule(store, rule, err);
}

weft_status weft_store_list_rules(weft_store *store, bool history, size_t limit, weft_arena *arena,
                                  weft_store_rule **rules, size_t *n, weft_err *err) {
    return store->vtable->list_rules(store, history, limit, arena, rules, n, err);
}

weft_status weft_store_rules_revision(weft_store *store, int64_t *revision, weft_err *err) {
    return store->vtable->rules_revision(store, revision, err);
}

weft_status weft_store_put_searches(weft_store *store, const weft_store_search *searches, size_t n,
                                    weft_err *err) {
    return store->vtable->put_searches(store, searches, n, err);
}

weft_status weft_store_each_search(weft_store *store, const char *experiment,
                                   weft_store_visit_search visit, void *context, weft_err *err) {
    return store->vtable->each_search(store, experiment, visit, context, err);
}

weft_status weft_store_put_pages(weft_store *store, const weft_store_page *pages, size_t n,
                                 weft_err *err) {
    return store->vtable->put_pages(store, pages, n, err);
}

weft_status weft_store_each_page(weft_store *store, weft_store_visit_page visit, void *context,
                                 weft_err *err) {
    return store->vtable->each_page(store, visit, context, err);
}

weft_status weft_store_pages_revision(weft_store *store, int64_t *revision, weft_err *err) {
    return store->vtable->pages_revision(store, revision, err);
}
