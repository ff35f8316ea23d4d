#include "recommend/outfit_table.h"

#include <limits.h>
#include <stdio.h>

#include "base/file.h"

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

weft_status weft_outfit_table_open(weft_outfit_table *table, const char *data_folder,
                                   weft_store *store, weft_err *err) {
    *table = (weft_outfit_table){0};
    (void)store;
    weft_arena_init(&table->arena, 0);
    weft_status status = read_rules(table, data_folder, err);
    if (!status) status = weft_pairing_parse(&table->pairing, weft_pairing_default(), err);
    return status;
}

void weft_outfit_table_close(weft_outfit_table *table) {
    weft_outfit_rules_free(table->rules);
    weft_pairing_free(table->pairing);
    weft_arena_deinit(&table->arena);
    *table = (weft_outfit_table){0};
}

bool weft_outfit_table_is_old(const weft_outfit_table *table, const char *data_folder) {
    char path[PATH_MAX];
    return path_of(path, data_folder) && weft_file_stamp(path) != table->stamp;
}

weft_status weft_outfit_table_dress(const weft_outfit_table *table, const weft_shelf *shelf,
                                    weft_wardrobe **wardrobe, weft_err *err) {
    return weft_wardrobe_new(wardrobe, shelf, table->rules, table->pairing, table->edges,
                             table->edge_count, err);
}
