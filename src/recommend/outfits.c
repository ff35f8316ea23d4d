#include "recommend/outfits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static weft_status fail_memory(weft_err *err) { return weft_fail(err, WEFT_E_NOMEM, "outfits"); }

/* ---- categories ---- */

static int by_id(const void *a, const void *b) {
    uint32_t x = ((const weft_outfit_category *)a)->id, y = ((const weft_outfit_category *)b)->id;
    return (x > y) - (x < y);
}

/* "21 T-Shirts" */
static weft_status read_category(weft_str line, weft_outfit_category *category, weft_arena *arena,
                                 weft_err *err) {
    const char *space = memchr(line.data, ' ', line.size);
    uint64_t id;
    if (!space || !weft_str_to_u64((weft_str){line.data, (size_t)(space - line.data)}, &id) ||
        id > UINT32_MAX)
        return weft_fail(err, WEFT_E_FORMAT, "this is no number and name");
    weft_str name = weft_str_trim((weft_str){space, line.size - (size_t)(space - line.data)});
    if (!weft_kind_name_is_valid(name))
        return weft_fail(err, WEFT_E_FORMAT, "category %lu has no usable name", (unsigned long)id);
    *category =
        (weft_outfit_category){(uint32_t)id, weft_arena_strndup(arena, name.data, name.size)};
    return category->name ? WEFT_OK : fail_memory(err);
}

weft_status weft_outfit_categories_parse(weft_outfit_categories *categories, weft_str text,
                                         weft_arena *arena, weft_err *err) {
    size_t lines = 1, line_number = 0, n = 0;
    for (size_t i = 0; i < text.size; i++) lines += text.data[i] == '\n';
    if (lines > WEFT_KIND_NAMES_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "%zu lines, at most %d", lines, WEFT_KIND_NAMES_MAX);
    weft_outfit_category *list = weft_arena_alloc(arena, lines, sizeof *list);
    if (!list) return fail_memory(err);
    for (const char *at = text.data, *end = text.data + text.size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        weft_str line = weft_str_trim((weft_str){at, (size_t)(stop - at)});
        at = stop + (stop < end);
        line_number++;
        if (line.size == 0) continue;
        weft_status status = read_category(line, &list[n++], arena, err);
        if (status) return weft_fail_in(err, status, "line %zu", line_number);
    }
    qsort(list, n, sizeof *list, by_id);
    for (size_t i = 1; i < n; i++)
        if (list[i - 1].id == list[i].id)
            return weft_fail(err, WEFT_E_FORMAT, "category %lu is there twice",
                             (unsigned long)list[i].id);
    *categories = (weft_outfit_categories){list, n};
    return WEFT_OK;
}

/* ---- outfits ---- */

static weft_status check_outfits(const json_t *json, size_t *pieces, weft_err *err) {
    size_t n = json_array_size(json);
    *pieces = 0;
    if (!json_is_array(json)) return weft_fail(err, WEFT_E_FORMAT, "this is no array of outfits");
    if (n > WEFT_OUTFITS_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "%zu outfits, at most %d", n, WEFT_OUTFITS_MAX);
    for (size_t i = 0; i < n; i++) {
        const json_t *list = json_object_get(json_array_get(json, i), "items_category");
        if (!json_is_array(list))
            return weft_fail(err, WEFT_E_FORMAT, "outfit %zu: there is no list \"items_category\"",
                             i);
        if (json_array_size(list) > WEFT_OUTFIT_MAX_PIECES)
            return weft_fail(err, WEFT_E_LIMIT, "outfit %zu: %zu pieces, at most %d", i,
                             json_array_size(list), WEFT_OUTFIT_MAX_PIECES);
        *pieces += json_array_size(list);
    }
    return WEFT_OK;
}

static weft_status read_piece(const json_t *id, const weft_outfit_categories *categories,
                              const char **kind, weft_err *err) {
    json_int_t number = json_integer_value(id);
    if (!json_is_integer(id) || number < 0 || number > UINT32_MAX)
        return weft_fail(err, WEFT_E_FORMAT, "a piece is no number of a category");
    const weft_outfit_category key = {.id = (uint32_t)number}, *found = NULL;
    if (categories->count)
        found = bsearch(&key, categories->categories, categories->count, sizeof key, by_id);
    if (!found)
        return weft_fail(err, WEFT_E_NOT_FOUND, "there is no category %lu", (unsigned long)key.id);
    *kind = found->name;
    return WEFT_OK;
}

static weft_status read_outfits(weft_outfits *outfits, const json_t *json,
                                const weft_outfit_categories *categories, weft_arena *arena,
                                weft_err *err) {
    size_t pieces, n = json_array_size(json), at = 0;
    weft_status status = check_outfits(json, &pieces, err);
    if (status) return status;
    const char **kinds = weft_arena_alloc(arena, pieces + 1, sizeof *kinds);
    size_t *starts = weft_arena_alloc(arena, n + 1, sizeof *starts);
    if (!kinds || !starts) return fail_memory(err);
    for (size_t i = 0; i < n; i++) {
        const json_t *list = json_object_get(json_array_get(json, i), "items_category");
        starts[i] = at;
        for (size_t p = 0; p < json_array_size(list); p++) {
            status = read_piece(json_array_get(list, p), categories, &kinds[at++], err);
            if (status) return weft_fail_in(err, status, "outfit %zu", i);
        }
    }
    starts[n] = at;
    *outfits = (weft_outfits){.kinds = kinds, .starts = starts, .count = n};
    return WEFT_OK;
}

weft_status weft_outfits_parse(weft_outfits *outfits, weft_str text,
                               const weft_outfit_categories *categories, weft_arena *arena,
                               weft_err *err) {
    json_error_t where;
    json_t *json =
        json_loadb(text.size ? text.data : "", text.size, JSON_REJECT_DUPLICATES, &where);
    if (!json) return weft_fail(err, WEFT_E_FORMAT, "line %d: %s", where.line, where.text);
    weft_status status = read_outfits(outfits, json, categories, arena, err);
    json_decref(json);
    return status;
}

/* ---- other names ---- */

weft_status weft_outfits_rename(weft_outfits *renamed, const weft_outfits *outfits,
                                const weft_kind_names *names, weft_arena *arena, weft_err *err) {
    size_t n = 0, at = 0;
    const char **kinds =
        weft_arena_alloc(arena, outfits->starts[outfits->count] + 1, sizeof *kinds);
    size_t *starts = weft_arena_alloc(arena, outfits->count + 1, sizeof *starts);
    if (!kinds || !starts) return fail_memory(err);
    for (size_t i = 0; i < outfits->count; i++) {
        starts[n] = at;
        for (size_t p = outfits->starts[i]; p < outfits->starts[i + 1]; p++) {
            const weft_kind_name *name = weft_kind_names_find(names, outfits->kinds[p]);
            if (!name)
                return weft_fail(err, WEFT_E_NOT_FOUND, "no kind is given for \"%s\"",
                                 outfits->kinds[p]);
            if (name->kind) kinds[at++] = name->kind;
        }
        if (at - starts[n] < 2) at = starts[n];
        else n++;
    }
    starts[n] = at;
    *renamed = (weft_outfits){.kinds = kinds, .starts = starts, .count = n, .names = names};
    return WEFT_OK;
}
