/* A filter is read once into conditions, each a field, a comparison and its
 * values, and then run over the catalog's columns. For a facet the comparison is
 * made once per value of the dictionary, so that a row costs one look-up
 * whatever the filter says. */
#include "catalog/filter.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

struct weft_filter {
    weft_filter_condition conditions[WEFT_FILTER_MAX_CONDITIONS];
    size_t condition_count;
    size_t value_count; /* of all conditions */
};

typedef struct {
    const char *name; /* "$gte" */
    const char *sign; /* ">=" of the other spelling; NULL: has none */
    weft_comparison comparison;
    bool needs_array;
} operation;

static const operation operations[] = {
    {"$eq", "=", WEFT_IS_ANY_OF, false},  {"$ne", "!=", WEFT_IS_NONE_OF, false},
    {"$in", NULL, WEFT_IS_ANY_OF, true},  {"$nin", NULL, WEFT_IS_NONE_OF, true},
    {"$lt", "<", WEFT_IS_LESS, false},    {"$lte", "<=", WEFT_IS_AT_MOST, false},
    {"$gt", ">", WEFT_IS_GREATER, false}, {"$gte", ">=", WEFT_IS_AT_LEAST, false},
};
enum { OPERATION_COUNT = sizeof operations / sizeof *operations };

static const char text_operators[] = "$eq $ne $in $nin";
static const char all_operators[] = "$eq $ne $in $nin $lt $lte $gt $gte";

static bool is_number_field(weft_field_kind kind) {
    return kind == WEFT_FIELD_PRICE || kind == WEFT_FIELD_YEAR;
}
static bool is_ordering(weft_comparison c) { return c >= WEFT_IS_LESS; }

/* ---- reading ---- */

/* What every step of reading needs. */
typedef struct {
    weft_filter *filter;
    weft_arena *arena;
    weft_err *err;
} reader;

static weft_status fail_no_memory(const reader *r) {
    return weft_fail(r->err, WEFT_E_NOMEM, "filter");
}

static weft_status find_field(const reader *r, const char *name, weft_filter_field *out) {
    *out = (weft_filter_field){.name = weft_arena_strdup(r->arena, name)};
    if (!out->name) return fail_no_memory(r);
    if (weft_catalog_facet_named(name, &out->facet)) return WEFT_OK;
    if (strcmp(name, "product_id") == 0) out->kind = WEFT_FIELD_PRODUCT_ID;
    else if (strcmp(name, "price") == 0) out->kind = WEFT_FIELD_PRICE;
    else if (strcmp(name, "year") == 0) out->kind = WEFT_FIELD_YEAR;
    else
#define KNOWN(field) " " #field
        return weft_fail(r->err, WEFT_E_INVALID, "filter: unknown field \"%.64s\"; known:%s", name,
                         WEFT_PRODUCT_FACETS(KNOWN) " price product_id year");
#undef KNOWN
    return WEFT_OK;
}

/* One value as text; a whole number is fine for a product_id, which many shops
 * (and the seed) have as integers. */
static weft_status read_text(const reader *r, const weft_filter_field *f, const json_t *json,
                             const char **out) {
    if (json_is_string(json))
        *out = weft_arena_strndup(r->arena, json_string_value(json), json_string_length(json));
    else if (f->kind == WEFT_FIELD_PRODUCT_ID && json_is_integer(json))
        *out = weft_arena_printf(r->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
    else return weft_fail(r->err, WEFT_E_INVALID, "filter: %s takes strings", f->name);
    return *out ? WEFT_OK : fail_no_memory(r);
}

static weft_status read_number(const reader *r, const weft_filter_field *f, const json_t *json,
                               double *out) {
    *out = json_number_value(json);
    if (json_is_number(json) && isfinite(*out)) return WEFT_OK;
    return weft_fail(r->err, WEFT_E_INVALID, "filter: %s takes finite numbers", f->name);
}

/* Fills c's values from a value or an array of values. */
static weft_status read_values(const reader *r, weft_filter_condition *c, const json_t *json) {
    bool is_array = json_is_array(json), is_number = is_number_field(c->field.kind);
    double *numbers = NULL;
    const char **texts = NULL;
    c->value_count = is_array ? json_array_size(json) : 1;
    if (c->value_count > WEFT_FILTER_MAX_VALUES - r->filter->value_count)
        return weft_fail(r->err, WEFT_E_LIMIT, "filter: %s brings it over the limit of %d values",
                         c->field.name, WEFT_FILTER_MAX_VALUES);
    r->filter->value_count += c->value_count;
    if (is_number) numbers = weft_arena_alloc(r->arena, c->value_count, sizeof *numbers);
    else texts = weft_arena_alloc(r->arena, c->value_count, sizeof *texts);
    if (!numbers && !texts) return fail_no_memory(r);
    c->numbers = numbers;
    c->texts = texts;

    weft_status status = WEFT_OK;
    for (size_t i = 0; i < c->value_count && !status; i++) {
        const json_t *value = is_array ? json_array_get(json, i) : json;
        if (is_number) status = read_number(r, &c->field, value, &numbers[i]);
        else status = read_text(r, &c->field, value, &texts[i]);
    }
    return status;
}

static weft_status add_condition(const reader *r, const weft_filter_field *f, const operation *op,
                                 const json_t *json) {
    weft_filter *filter = r->filter;
    if (is_ordering(op->comparison) && !is_number_field(f->kind))
        return weft_fail(r->err, WEFT_E_INVALID,
                         "filter: %s is text and has no order for %s; known: %s", f->name, op->name,
                         text_operators);
    if (is_ordering(op->comparison) && json_is_array(json))
        return weft_fail(r->err, WEFT_E_INVALID, "filter: %s of %s takes one number", op->name,
                         f->name);
    if (op->needs_array && !json_is_array(json))
        return weft_fail(r->err, WEFT_E_INVALID, "filter: %s of %s takes an array", op->name,
                         f->name);
    if (filter->condition_count == WEFT_FILTER_MAX_CONDITIONS)
        return weft_fail(r->err, WEFT_E_LIMIT, "filter: more than %d conditions",
                         WEFT_FILTER_MAX_CONDITIONS);
    weft_filter_condition *c = &filter->conditions[filter->condition_count++];
    *c = (weft_filter_condition){.field = *f, .comparison = op->comparison};
    return read_values(r, c, json);
}

/* {"$gte": 20, "$lt": 80} */
static weft_status add_operators(const reader *r, const weft_filter_field *f, json_t *json) {
    const char *known = is_number_field(f->kind) ? all_operators : text_operators;
    const char *name;
    json_t *value;
    if (json_object_size(json) == 0)
        return weft_fail(r->err, WEFT_E_INVALID, "filter: %s has no operator; known: %s", f->name,
                         known);
    json_object_foreach(json, name, value) {
        const operation *op = NULL;
        for (size_t i = 0; i < OPERATION_COUNT && !op; i++)
            if (strcmp(name, operations[i].name) == 0) op = &operations[i];
        if (!op)
            return weft_fail(r->err, WEFT_E_INVALID,
                             "filter: unknown operator \"%.64s\" of %s; known: %s", name, f->name,
                             known);
        weft_status status = add_condition(r, f, op, value);
        if (status) return status;
    }
    return WEFT_OK;
}

/* "price <": 80. name holds the key; the field's name is cut out of it. */
static weft_status split_sign(const reader *r, char *name, const operation **op) {
    *op = &operations[0];
    char *space = strchr(name, ' ');
    if (!space) return WEFT_OK;
    const char *sign = space + strspn(space, " ");
    *space = '\0';
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (!operations[i].sign || strcmp(sign, operations[i].sign) != 0) continue;
        *op = &operations[i];
        return WEFT_OK;
    }
    return weft_fail(r->err, WEFT_E_INVALID,
                     "filter: unknown operator \"%.64s\" after %.64s; known: < <= > >= = !=", sign,
                     name);
}

static weft_status add_entry(const reader *r, const char *key, json_t *value) {
    const operation *op;
    weft_filter_field f;
    char *name = weft_arena_strdup(r->arena, key);
    if (!name) return fail_no_memory(r);
    bool has_sign = strchr(key, ' ') != NULL;
    weft_status status = split_sign(r, name, &op);
    if (!status) status = find_field(r, name, &f);
    if (status) return status;
    return json_is_object(value) && !has_sign ? add_operators(r, &f, value)
                                              : add_condition(r, &f, op, value);
}

weft_status weft_filter_parse(const weft_filter **out, const json_t *json, weft_arena *arena,
                              weft_err *err) {
    reader r = {weft_arena_calloc(arena, 1, sizeof(weft_filter)), arena, err};
    if (!r.filter) return fail_no_memory(&r);
    if (json && !json_is_null(json) && !json_is_object(json))
        return weft_fail(err, WEFT_E_INVALID, "filter: not an object");
    const char *key;
    json_t *value;
    /* jansson iterates over a mutable object; nothing is changed. */
    json_object_foreach((json_t *)(uintptr_t)json, key, value) {
        weft_status status = add_entry(&r, key, value);
        if (status) return status;
    }
    *out = r.filter;
    return WEFT_OK;
}

weft_status weft_filter_parse_text(const weft_filter **filter, const char *text, size_t n,
                                   weft_arena *arena, weft_err *err) {
    json_error_t why;
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!json && json_error_code(&why) == json_error_out_of_memory)
        return weft_fail(err, WEFT_E_NOMEM, "filter");
    if (!json) return weft_fail(err, WEFT_E_INVALID, "filter: not JSON: %s", why.text);
    weft_status status = weft_filter_parse(filter, json, arena, err);
    json_decref(json);
    return status;
}

bool weft_filter_is_empty(const weft_filter *filter) {
    return !filter || filter->condition_count == 0;
}

const weft_filter_condition *weft_filter_conditions(const weft_filter *filter, size_t *n) {
    *n = filter ? filter->condition_count : 0;
    return filter ? filter->conditions : NULL;
}

/* ---- running ---- */

static bool text_passes(const weft_filter_condition *c, const char *text) {
    bool found = false;
    for (size_t i = 0; i < c->value_count && !found; i++)
        found = strcasecmp(text, c->texts[i]) == 0;
    return found == (c->comparison == WEFT_IS_ANY_OF);
}

static bool number_passes(const weft_filter_condition *c, double number) {
    bool found = false;
    switch (c->comparison) {
    case WEFT_IS_LESS: return number < c->numbers[0];
    case WEFT_IS_AT_MOST: return number <= c->numbers[0];
    case WEFT_IS_GREATER: return number > c->numbers[0];
    case WEFT_IS_AT_LEAST: return number >= c->numbers[0];
    case WEFT_IS_ANY_OF:
    case WEFT_IS_NONE_OF: break;
    }
    for (size_t i = 0; i < c->value_count && !found; i++) found = number == c->numbers[i];
    return found == (c->comparison == WEFT_IS_ANY_OF);
}

/* Appends the conditions of a filter, those on `without` left out. */
static weft_status append(weft_filter *to, const weft_filter *from, const weft_facet *without,
                          weft_err *err) {
    for (size_t i = 0; from && i < from->condition_count; i++) {
        const weft_filter_field *field = &from->conditions[i].field;
        if (without && field->kind == WEFT_FIELD_FACET && field->facet == *without) continue;
        if (to->condition_count == WEFT_FILTER_MAX_CONDITIONS)
            return weft_fail(err, WEFT_E_LIMIT, "filter: more than %d conditions",
                             WEFT_FILTER_MAX_CONDITIONS);
        to->conditions[to->condition_count++] = from->conditions[i];
        to->value_count += from->conditions[i].value_count;
    }
    return WEFT_OK;
}

weft_status weft_filter_join(const weft_filter *a, const weft_filter *b, weft_arena *arena,
                             const weft_filter **joined, weft_err *err) {
    weft_filter *both = weft_arena_calloc(arena, 1, sizeof *both);
    if (!both) return weft_fail(err, WEFT_E_NOMEM, "filter");
    weft_status status = append(both, a, NULL, err);
    *joined = both;
    return status ? status : append(both, b, NULL, err);
}

weft_status weft_filter_without(const weft_filter *filter, weft_facet facet, weft_arena *arena,
                                const weft_filter **rest, weft_err *err) {
    *rest = NULL;
    if (!filter) return WEFT_OK;
    weft_filter *copy = weft_arena_calloc(arena, 1, sizeof *copy);
    if (!copy) return weft_fail(err, WEFT_E_NOMEM, "filter");
    *rest = copy;
    return append(copy, filter, &facet, err);
}

static weft_status apply_facet(const weft_filter_condition *c, const weft_catalog *catalog,
                               weft_bitset *rows, weft_err *err) {
    const weft_catalog_facet *facet = weft_catalog_facet_of(catalog, c->field.facet);
    bool *passes = weft_alloc(facet->value_count, sizeof *passes);
    if (!passes) return weft_fail(err, WEFT_E_NOMEM, "filter on %s", facet->name);
    for (size_t i = 0; i < facet->value_count; i++) passes[i] = text_passes(c, facet->values[i]);
    for (size_t row = 0; row < rows->count; row++)
        if (!passes[facet->codes[row]]) weft_bitset_unset(rows, row);
    weft_free(passes);
    return WEFT_OK;
}

static weft_status apply_product_id(const weft_filter_condition *c, const weft_catalog *catalog,
                                    weft_bitset *rows, weft_err *err) {
    weft_bitset named;
    weft_status status = weft_bitset_init(&named, rows->count, err);
    if (status) return status;
    for (size_t i = 0; i < c->value_count; i++) {
        uint32_t row;
        if (weft_catalog_find(catalog, c->texts[i], &row)) weft_bitset_set(&named, row);
    }
    for (size_t row = 0; row < rows->count; row++)
        if (weft_bitset_get(&named, row) != (c->comparison == WEFT_IS_ANY_OF))
            weft_bitset_unset(rows, row);
    weft_bitset_deinit(&named);
    return WEFT_OK;
}

/* A year that is not known is no number: only "none of" lets it pass. */
static void apply_number(const weft_filter_condition *c, const weft_catalog *catalog,
                         weft_bitset *rows) {
    for (uint32_t row = 0; row < rows->count; row++) {
        const weft_product *product = weft_catalog_product(catalog, row);
        bool is_year = c->field.kind == WEFT_FIELD_YEAR;
        bool passes = is_year && !product->year
                          ? c->comparison == WEFT_IS_NONE_OF
                          : number_passes(c, is_year ? product->year : product->price);
        if (!passes) weft_bitset_unset(rows, row);
    }
}

weft_status weft_filter_apply(const weft_filter *filter, const weft_catalog *catalog,
                              weft_bitset *rows, weft_err *err) {
    weft_status status = weft_bitset_init(rows, weft_catalog_rows(catalog), err);
    if (status) return status;
    weft_bitset_fill(rows);
    for (size_t i = 0; filter && i < filter->condition_count && !status; i++) {
        const weft_filter_condition *c = &filter->conditions[i];
        switch (c->field.kind) {
        case WEFT_FIELD_FACET: status = apply_facet(c, catalog, rows, err); break;
        case WEFT_FIELD_PRODUCT_ID: status = apply_product_id(c, catalog, rows, err); break;
        case WEFT_FIELD_PRICE:
        case WEFT_FIELD_YEAR: apply_number(c, catalog, rows); break;
        }
    }
    if (status) weft_bitset_deinit(rows);
    return status;
}
