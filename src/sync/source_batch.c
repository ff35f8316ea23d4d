#include "sync/source_batch.h"

#include "base/mem.h"

void weft_source_batch_init(weft_source_batch *batch) {
    *batch = (weft_source_batch){0};
    weft_arena_init(&batch->arena, 1 << 16);
    weft_id_map_init(&batch->ids);
}

void weft_source_batch_deinit(weft_source_batch *batch) {
    weft_id_map_deinit(&batch->ids);
    weft_arena_deinit(&batch->arena);
    weft_free(batch->entries);
}

static void forget(weft_source_batch *batch) {
    weft_id_map_deinit(&batch->ids);
    weft_id_map_init(&batch->ids);
    batch->count = 0;
}

void weft_source_batch_clear(weft_source_batch *batch) {
    forget(batch);
    weft_arena_deinit(&batch->arena);
    weft_arena_init(&batch->arena, 1 << 16);
    batch->truncates = false;
}

/* The entry of a product, made when it is new; NULL when out of memory. */
static weft_source_entry *entry_of(weft_source_batch *batch, const char *product_id) {
    uint32_t place;
    if (weft_id_map_get(&batch->ids, product_id, &place)) return &batch->entries[place];
    if (batch->count == batch->capacity) {
        size_t capacity = batch->capacity ? batch->capacity * 2 : 64;
        weft_source_entry *larger = weft_realloc(batch->entries, capacity, sizeof *larger);
        if (!larger) return NULL;
        batch->entries = larger;
        batch->capacity = capacity;
    }
    if (weft_id_map_add(&batch->ids, product_id, (uint32_t)batch->count)) return NULL;
    return &batch->entries[batch->count++];
}

weft_status weft_source_batch_put(weft_source_batch *batch, const weft_product *product,
                                  weft_err *err) {
    weft_source_entry *entry = entry_of(batch, product->product_id);
    if (!entry) return weft_fail(err, WEFT_E_NOMEM, "%zu changed products", batch->count);
    *entry = (weft_source_entry){.product = *product};
    return WEFT_OK;
}

weft_status weft_source_batch_delete(weft_source_batch *batch, const char *product_id,
                                     weft_err *err) {
    weft_source_entry *entry = entry_of(batch, product_id);
    if (!entry) return weft_fail(err, WEFT_E_NOMEM, "%zu changed products", batch->count);
    *entry = (weft_source_entry){.product.product_id = product_id, .is_deleted = true};
    return WEFT_OK;
}

void weft_source_batch_truncate(weft_source_batch *batch) {
    forget(batch);
    batch->truncates = true;
}

const weft_source_entry *weft_source_batch_find(const weft_source_batch *batch,
                                                const char *product_id) {
    uint32_t place;
    return weft_id_map_get(&batch->ids, product_id, &place) ? &batch->entries[place] : NULL;
}

weft_status weft_source_batch_apply(const weft_source_batch *batch, weft_store *store,
                                    const weft_store_source *source, uint64_t position,
                                    bool ends_copy, weft_err *err) {
    weft_store_source_batch to = {
        .truncates = batch->truncates, .position = position, .ends_copy = ends_copy};
    weft_store_put_result result = {0};
    weft_product *products = weft_alloc(batch->count, sizeof *products);
    const char **deleted = weft_alloc(batch->count, sizeof *deleted);
    weft_status status = WEFT_OK;
    if (!products || !deleted)
        status = weft_fail(err, WEFT_E_NOMEM, "%zu changed products", batch->count);
    for (size_t i = 0; i < batch->count && !status; i++) {
        const weft_source_entry *entry = &batch->entries[i];
        if (entry->is_deleted) deleted[to.deleted_count++] = entry->product.product_id;
        else products[to.product_count++] = entry->product;
    }
    to.products = products;
    to.deleted = deleted;
    if (!status)
        status = weft_store_apply_source(store, source->name, source->copy, &to, &result, err);
    weft_free(products);
    weft_free(deleted);
    return status;
}
