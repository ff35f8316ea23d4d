/* One annotation of DeepFashion2: JSON in, garments out. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/import_deepfashion2.h"

static const double MAX_CORNER = 1000000;

enum { KEPT, REJECTED };

static const struct {
    const char *name, *text;
    bool rejects;
} kinds[] = {
#define KIND(code, name, fate, text) {name, text, fate == REJECTED},
    WEFT_GARMENT_ISSUES(KIND)
#undef KIND
};

const char *weft_garment_issue_name(weft_garment_issue_kind kind) { return kinds[kind].name; }
const char *weft_garment_issue_text(weft_garment_issue_kind kind) { return kinds[kind].text; }
bool weft_garment_issue_rejects(weft_garment_issue_kind kind) { return kinds[kind].rejects; }

const char *weft_garment_category_name(uint64_t category) {
    static const char *const names[WEFT_GARMENT_CATEGORIES] = {
        "short sleeve top",
        "long sleeve top",
        "short sleeve outwear",
        "long sleeve outwear",
        "vest",
        "sling",
        "shorts",
        "trousers",
        "skirt",
        "short sleeve dress",
        "long sleeve dress",
        "vest dress",
        "sling dress",
    };
    return category >= 1 && category <= WEFT_GARMENT_CATEGORIES ? names[category - 1] : NULL;
}

/* ---- a garment ---- */

static void spoil(weft_annotated_garment *g, weft_garment_issue_kind problem, const char *detail) {
    g->problem = problem;
    snprintf(g->detail, sizeof g->detail, "%s", detail);
}

static bool read_category(const json_t *json, weft_annotated_garment *g) {
    const json_t *id = json_object_get(json, "category_id");
    const json_t *name = json_object_get(json, "category_name");
    if (!json_is_integer(id) || (name && !json_is_string(name))) {
        spoil(g, WEFT_GARMENT_BAD_GARMENT, "category_id or category_name");
        return false;
    }
    json_int_t number = json_integer_value(id);
    const char *wanted = number < 1 ? NULL : weft_garment_category_name((uint64_t)number);
    if (!wanted || (name && strcmp(json_string_value(name), wanted) != 0)) {
        g->problem = WEFT_GARMENT_UNKNOWN_CATEGORY;
        snprintf(g->detail, sizeof g->detail, "%lld \"%.30s\"", (long long)number,
                 name ? json_string_value(name) : "");
        return false;
    }
    g->category = (uint32_t)number;
    return true;
}

static bool read_style(const json_t *json, weft_annotated_garment *g) {
    const json_t *style = json_object_get(json, "style");
    json_int_t number = json_integer_value(style);
    if (!json_is_integer(style) || number < 0 || number > UINT32_MAX) {
        spoil(g, WEFT_GARMENT_BAD_GARMENT, "style");
        return false;
    }
    g->style = (uint32_t)number;
    return true;
}

/* Corners between pixels take in the whole pixel. */
static bool read_box(const json_t *json, weft_annotated_garment *g) {
    const json_t *box = json_object_get(json, "bounding_box");
    double at[4];
    bool ok = json_array_size(box) == 4;
    for (size_t i = 0; i < 4 && ok; i++) {
        const json_t *number = json_array_get(box, i);
        at[i] = json_number_value(number);
        ok = json_is_number(number) && fabs(at[i]) <= MAX_CORNER;
    }
    if (!ok) {
        spoil(g, WEFT_GARMENT_BAD_GARMENT, "bounding_box");
        return false;
    }
    g->corners = (weft_garment_corners){(int32_t)floor(at[0]), (int32_t)floor(at[1]),
                                        (int32_t)ceil(at[2]), (int32_t)ceil(at[3])};
    if (at[2] > at[0] && at[3] > at[1]) return true;
    g->problem = WEFT_GARMENT_EMPTY_BOX;
    snprintf(g->detail, sizeof g->detail, "%g, %g, %g, %g", at[0], at[1], at[2], at[3]);
    return false;
}

static void read_garment(const json_t *json, weft_annotated_garment *g) {
    if (!json_is_object(json)) spoil(g, WEFT_GARMENT_BAD_GARMENT, "it is no object");
    else g->is_usable = read_category(json, g) && read_style(json, g) && read_box(json, g);
}

/* ---- the annotation ---- */

/* "item3" -> 3; 0 of any other key. */
static uint32_t item_number(const char *key) {
    uint64_t number;
    if (strncmp(key, "item", 4) != 0 || key[4] == '0') return 0;
    if (!weft_str_to_u64(weft_str_of(key + 4), &number) || number > UINT32_MAX) return 0;
    return (uint32_t)number;
}

static int by_item(const void *a, const void *b) {
    uint32_t x = ((const weft_annotated_garment *)a)->item;
    uint32_t y = ((const weft_annotated_garment *)b)->item;
    return (x > y) - (x < y);
}

static weft_status read_garments(weft_annotation *annotation, json_t *json, weft_err *err) {
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value) {
        uint32_t item = item_number(key);
        if (!item) continue;
        if (annotation->count == WEFT_ANNOTATION_MAX_GARMENTS)
            return weft_fail(err, WEFT_E_LIMIT, "more than %d garments",
                             WEFT_ANNOTATION_MAX_GARMENTS);
        weft_annotated_garment *g = &annotation->garments[annotation->count++];
        *g = (weft_annotated_garment){.item = item};
        read_garment(value, g);
    }
    qsort(annotation->garments, annotation->count, sizeof *annotation->garments, by_item);
    return WEFT_OK;
}

static weft_status read_annotation(weft_annotation *annotation, json_t *json, weft_err *err) {
    const json_t *pair = json_object_get(json, "pair_id");
    const char *source = json_string_value(json_object_get(json, "source"));
    if (!json_is_object(json)) return weft_fail(err, WEFT_E_FORMAT, "this is no object");
    if (!source || (strcmp(source, "shop") != 0 && strcmp(source, "user") != 0))
        return weft_fail(err, WEFT_E_FORMAT, "\"source\" is neither shop nor user");
    if (!json_is_integer(pair) || json_integer_value(pair) < 0)
        return weft_fail(err, WEFT_E_FORMAT, "\"pair_id\" is no number");
    annotation->is_shop = source[0] == 's';
    annotation->pair_id = (uint64_t)json_integer_value(pair);
    return read_garments(annotation, json, err);
}

weft_status weft_annotation_parse(weft_annotation *annotation, weft_str text, weft_err *err) {
    json_error_t where;
    annotation->count = 0;
    if (text.size > WEFT_ANNOTATION_MAX_BYTES)
        return weft_fail(err, WEFT_E_LIMIT, "%zu bytes, at most %d", text.size,
                         WEFT_ANNOTATION_MAX_BYTES);
    json_t *json =
        json_loadb(text.size ? text.data : "", text.size, JSON_REJECT_DUPLICATES, &where);
    if (!json && json_error_code(&where) == json_error_out_of_memory)
        return weft_fail(err, WEFT_E_NOMEM, "annotation");
    if (!json) return weft_fail(err, WEFT_E_FORMAT, "line %d: %s", where.line, where.text);
    weft_status status = read_annotation(annotation, json, err);
    json_decref(json);
    return status;
}
