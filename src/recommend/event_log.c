/* A whole log of events in memory (trial.h). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/id_map.h"
#include "recommend/trial.h"

typedef struct {
    weft_event_log *log;
    const weft_catalog *catalog;
    weft_id_map users;
    size_t capacity, user_capacity;
} reading;

static weft_status number_of(reading *r, const char *user_id, uint32_t *user, weft_err *err) {
    weft_event_log *log = r->log;
    if (weft_id_map_get(&r->users, user_id, user)) return WEFT_OK;
    if (log->users == r->user_capacity) {
        size_t capacity = r->user_capacity ? r->user_capacity * 2 : 1024;
        const char **larger = weft_realloc(log->user_ids, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "event log");
        log->user_ids = larger;
        r->user_capacity = capacity;
    }
    const char *id = weft_arena_strdup(&log->arena, user_id);
    if (!id) return weft_fail(err, WEFT_E_NOMEM, "event log");
    *user = (uint32_t)log->users;
    log->user_ids[log->users++] = id;
    return weft_id_map_add(&r->users, id, *user);
}

static weft_status note(void *context, int64_t number, const weft_event *event, weft_err *err) {
    reading *r = context;
    weft_event_log *log = r->log;
    weft_log_entry entry = {.weight = weft_event_weight(event->event_type), .at = event->at};
    (void)number;
    if (!weft_catalog_find(r->catalog, event->product_id, &entry.row)) return WEFT_OK;
    weft_status status = number_of(r, event->user_id, &entry.user, err);
    if (status) return status;
    if (log->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 65536;
        weft_log_entry *larger = weft_realloc(log->entries, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "event log");
        log->entries = larger;
        r->capacity = capacity;
    }
    log->entries[log->count++] = entry;
    return WEFT_OK;
}

static int by_time(const void *a, const void *b) {
    const weft_log_entry *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->weight > y->weight) - (x->weight < y->weight);
}

weft_status weft_event_log_read(weft_event_log *log, weft_store *store, const weft_catalog *catalog,
                                weft_err *err) {
    reading r = {.log = log, .catalog = catalog};
    *log = (weft_event_log){0};
    weft_arena_init(&log->arena, 0);
    weft_id_map_init(&r.users);
    weft_status status = weft_store_each_event(store, 0, 0, note, &r, err);
    if (!status && log->count) qsort(log->entries, log->count, sizeof *log->entries, by_time);
    weft_id_map_deinit(&r.users);
    return status;
}

void weft_event_log_deinit(weft_event_log *log) {
    weft_free(log->entries);
    weft_free(log->user_ids);
    weft_arena_deinit(&log->arena);
}

weft_status weft_event_log_train(const weft_event_log *log, size_t n, const weft_catalog *catalog,
                                 const weft_collaborative_options *options,
                                 weft_collaborative **model, weft_err *err) {
    size_t rows = weft_catalog_rows(catalog);
    weft_interaction *interactions = weft_alloc(n, sizeof *interactions);
    const char **ids = weft_alloc(rows, sizeof *ids);
    weft_status status = WEFT_OK;
    *model = NULL;
    if (!interactions || !ids) {
        status = weft_fail(err, WEFT_E_NOMEM, "learning from %zu events", n);
        goto cleanup;
    }
    for (size_t i = 0; i < n; i++)
        interactions[i] =
            (weft_interaction){log->entries[i].user, log->entries[i].row, log->entries[i].weight};
    for (uint32_t row = 0; row < rows; row++)
        ids[row] = weft_catalog_product(catalog, row)->product_id;
    const weft_collaborative_log what = {
        .interactions = interactions, .n = n, .users = log->users, .items = rows, .item_ids = ids};
    status = weft_collaborative_train(model, &what, options, err);

cleanup:
    weft_free(interactions);
    weft_free(ids);
    return status;
}
