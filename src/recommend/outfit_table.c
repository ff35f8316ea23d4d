#include "recommend/outfit_table.h"

#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"

static bool path_of(char path[PATH_MAX], const char *data_folder) {
    return snprintf(path, PATH_MAX, "%s/%s", data_folder, WEFT_OUTFIT_TABLE_NAME) < PATH_MAX;
}

static weft_status read_rules(weft_outfit_table *table, const char *data_folder, weft_err *err) {
    char path[PATH_MAX];
    weft_buf text;
    if (data_folder && !path_of(path, data_folder))
        return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", data_folder);
    table->stamp = data_folder ? weft_file_stamp(path) : 0;
    table->text = weft_outfit_rules_default();
    if (!table->stamp) return weft_outfit_rules_parse(&table->rules, table->text, err);
    weft_buf_init(&text);
    weft_status status = weft_file_read(path, WEFT_OUTFIT_MAX_SIZE, &text, err);
    if (!status) {
        const char *kept = weft_arena_strndup(&table->arena, text.data ? text.data : "", text.size);
        table->text = (weft_str){kept, text.size};
        status = kept ? weft_outfit_rules_parse(&table->rules, table->text, err)
                      : weft_fail(err, WEFT_E_NOMEM, "outfit rules");
        if (status) weft_fail_in(err, status, "%s", path);
    }
    weft_buf_deinit(&text);
    return status;
}

static weft_status add_edge(void *context, const weft_store_outfit_edge *edge, weft_err *err) {
    weft_outfit_table *table = context;
    if (table->edge_count == table->edge_capacity) {
        size_t capacity = table->edge_capacity ? table->edge_capacity * 2 : 1024;
        weft_outfit_edge *larger = weft_realloc(table->edges, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "edges of outfits");
        table->edges = larger;
        table->edge_capacity = capacity;
    }
    const weft_outfit_edge copy = {weft_arena_strdup(&table->arena, edge->product_a),
                                   weft_arena_strdup(&table->arena, edge->product_b), edge->photos};
    if (!copy.a || !copy.b) return weft_fail(err, WEFT_E_NOMEM, "edges of outfits");
    table->edges[table->edge_count++] = copy;
    return WEFT_OK;
}

weft_status weft_outfit_table_open(weft_outfit_table *table, const char *data_folder,
                                   weft_store *store, weft_err *err) {
    *table = (weft_outfit_table){0};
    weft_arena_init(&table->arena, 0);
    weft_status status = read_rules(table, data_folder, err);
    if (!status) status = weft_pairing_parse(&table->pairing, weft_pairing_default(), err);
    /* The number is read first: it is then never of later edges than those that are read. */
    if (!status) status = weft_store_outfit_edges_revision(store, &table->edge_revision, err);
    if (!status) status = weft_store_each_outfit_edge(store, add_edge, table, err);
    return status;
}

void weft_outfit_table_close(weft_outfit_table *table) {
    weft_outfit_rules_free(table->rules);
    weft_pairing_free(table->pairing);
    weft_free(table->edges);
    weft_arena_deinit(&table->arena);
    *table = (weft_outfit_table){0};
}

weft_status weft_outfit_table_dress(const weft_outfit_table *table, const weft_shelf *shelf,
                                    weft_wardrobe **wardrobe, weft_err *err) {
    return weft_wardrobe_new(wardrobe, shelf, table->rules, table->pairing, table->edges,
                             table->edge_count, err);
}
