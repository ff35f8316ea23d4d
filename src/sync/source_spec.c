#include "sync/source_spec.h"

#include <jansson.h>
#include <stddef.h>
#include <string.h>

#include "base/json.h"

enum { MAX_ID_BYTES = 128, MIN_YEAR = 1900, MAX_YEAR = 2100 };
static const double max_price = 1e9;

static const char *const field_names[WEFT_SOURCE_FIELD_COUNT] = {"product_id",
                                                                 "product_display_name",
#define NAME(field) #field,
                                                                 WEFT_PRODUCT_FACETS(NAME)
#undef NAME
                                                                     "year",
                                                                 "price", "image"};

/* Where a text field is in weft_product. */
static const size_t text_offsets[] = {[WEFT_SOURCE_product_display_name] =
                                          offsetof(weft_product, product_display_name),
#define OFFSET(field) [WEFT_SOURCE_##field] = offsetof(weft_product, field),
                                      WEFT_PRODUCT_FACETS(OFFSET)
#undef OFFSET
};
enum { FIRST_TEXT = WEFT_SOURCE_product_display_name, LAST_TEXT = WEFT_SOURCE_year - 1 };

const char *weft_source_field_name(weft_source_field field) { return field_names[field]; }

bool weft_source_field_named(weft_str name, weft_source_field *field) {
    for (int f = 0; f < WEFT_SOURCE_FIELD_COUNT; f++) {
        if (!weft_str_eq(name, field_names[f])) continue;
        *field = (weft_source_field)f;
        return true;
    }
    return false;
}

/* ---- the spec ---- */

weft_status weft_source_spec_set_table(weft_source_spec *spec, const char *name, weft_arena *arena,
                                       weft_err *err) {
    const char *dot = strchr(name, '.');
    spec->schema = dot ? weft_arena_strndup(arena, name, (size_t)(dot - name)) : "public";
    spec->table = weft_arena_strdup(arena, dot ? dot + 1 : name);
    if (!spec->schema || !spec->table) return weft_fail(err, WEFT_E_NOMEM, "source");
    return WEFT_OK;
}

weft_status weft_source_spec_check(const weft_source_spec *spec, weft_err *err) {
    if (!spec->table || !*spec->table || !*spec->schema)
        return weft_fail(err, WEFT_E_INVALID, "table: TABLE or SCHEMA.TABLE is needed");
    if (!spec->columns[WEFT_SOURCE_product_id])
        return weft_fail(err, WEFT_E_INVALID, "columns: product_id must come from one");
    for (int f = 0; f < WEFT_SOURCE_FIELD_COUNT; f++)
        if (spec->columns[f] && spec->constants[f])
            return weft_fail(err, WEFT_E_INVALID, "%s: from a column or constant, not both",
                             field_names[f]);
    if (spec->constants[WEFT_SOURCE_image])
        return weft_fail(err, WEFT_E_INVALID, "image: cannot be the same for all products");
    if (!(spec->price_divisor > 0 && spec->price_divisor <= max_price))
        return weft_fail(err, WEFT_E_INVALID, "price_divisor: must be above 0, at most 1e9");
    return WEFT_OK;
}

/* One entry of "columns" or "constants". */
static weft_status read_field(const char *texts[WEFT_SOURCE_FIELD_COUNT], const char *key,
                              const char *name, const json_t *value, weft_arena *arena,
                              weft_err *err) {
    weft_source_field field;
    if (!weft_source_field_named(weft_str_of(name), &field))
        return weft_fail(err, WEFT_E_INVALID, "%s: a product has no field \"%.64s\"", key, name);
    if (!json_is_string(value))
        return weft_fail(err, WEFT_E_INVALID, "%s: %s must be text", key, name);
    texts[field] = weft_arena_strdup(arena, json_string_value(value));
    return texts[field] ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "source");
}

static weft_status read_fields(const char *texts[WEFT_SOURCE_FIELD_COUNT], const char *key,
                               json_t *object, weft_arena *arena, weft_err *err) {
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return weft_fail(err, WEFT_E_INVALID, "%s: must be an object", key);
    json_object_foreach(object, name, value) {
        weft_status status = read_field(texts, key, name, value, arena, err);
        if (status) return status;
    }
    return WEFT_OK;
}

static weft_status read_key(weft_source_spec *spec, const char *key, json_t *value,
                            weft_arena *arena, weft_err *err) {
    if (strcmp(key, "columns") == 0) return read_fields(spec->columns, key, value, arena, err);
    if (strcmp(key, "constants") == 0) return read_fields(spec->constants, key, value, arena, err);
    if (strcmp(key, "price_divisor") == 0) {
        spec->price_divisor = json_number_value(value); /* 0 when it is none */
        return WEFT_OK;
    }
    if (!json_is_string(value)) return weft_fail(err, WEFT_E_INVALID, "%s: must be text", key);
    if (strcmp(key, "table") == 0)
        return weft_source_spec_set_table(spec, json_string_value(value), arena, err);
    if (strcmp(key, "photos") != 0)
        return weft_fail(err, WEFT_E_INVALID, "%.64s: no such key", key);
    spec->photos = weft_arena_strdup(arena, json_string_value(value));
    return spec->photos ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "source");
}

weft_status weft_source_spec_parse(weft_source_spec *spec, const char *text, weft_arena *arena,
                                   weft_err *err) {
    json_error_t why;
    const char *key;
    json_t *value, *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    *spec = (weft_source_spec){.price_divisor = 1};
    if (!json_is_object(json)) {
        json_decref(json);
        return weft_fail(err, WEFT_E_INVALID, "not a JSON object: %s", why.text);
    }
    weft_status status = WEFT_OK;
    json_object_foreach(json, key, value) {
        status = read_key(spec, key, value, arena, err);
        if (status) break;
    }
    json_decref(json);
    return status ? status : weft_source_spec_check(spec, err);
}

static void write_fields(weft_json *j, const char *key,
                         const char *const texts[WEFT_SOURCE_FIELD_COUNT]) {
    weft_json_key(j, key);
    weft_json_object(j);
    for (int f = 0; f < WEFT_SOURCE_FIELD_COUNT; f++)
        if (texts[f]) weft_json_key_string(j, field_names[f], texts[f]);
    weft_json_end(j);
}

void weft_source_spec_write(const weft_source_spec *spec, weft_buf *json) {
    weft_json j;
    weft_buf table;
    weft_buf_init(&table);
    weft_buf_printf(&table, "%s.%s", spec->schema, spec->table);
    weft_json_begin(&j, json);
    weft_json_object(&j);
    weft_json_key_string(&j, "table", table.data);
    write_fields(&j, "columns", spec->columns);
    write_fields(&j, "constants", spec->constants);
    weft_json_key_double(&j, "price_divisor", spec->price_divisor);
    if (spec->photos) weft_json_key_string(&j, "photos", spec->photos);
    weft_json_end(&j);
    json->failed |= !weft_buf_ok(&table);
    weft_buf_deinit(&table);
}

/* ---- rows ---- */

weft_status weft_source_row_id(const weft_source_row *row, const char **product_id,
                               weft_arena *arena, weft_err *err) {
    weft_str id = weft_str_trim(row->values[WEFT_SOURCE_product_id]);
    if (!id.data || id.size == 0) return weft_fail(err, WEFT_E_INVALID, "the id is empty");
    if (id.size > MAX_ID_BYTES)
        return weft_fail(err, WEFT_E_INVALID, "id \"%.32s...\": more than %d bytes", id.data,
                         MAX_ID_BYTES);
    for (size_t i = 0; i < id.size; i++)
        if ((unsigned char)id.data[i] < ' ')
            return weft_fail(err, WEFT_E_INVALID, "the id holds control characters");
    if (!weft_str_is_utf8(id)) return weft_fail(err, WEFT_E_INVALID, "the id is not UTF-8");
    *product_id = weft_arena_strndup(arena, id.data, id.size);
    return *product_id ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "row of a source");
}

/* What a field says: the column's value or the constant; "" when nothing is known. */
static weft_str field_value(const weft_source_spec *spec, const weft_source_row *row, int field) {
    static const weft_str nothing = {"", 0};
    if (spec->constants[field]) return weft_str_of(spec->constants[field]);
    weft_str value = row->values[field];
    if (!value.data || !weft_str_is_utf8(value)) return nothing;
    return weft_product_value(value);
}

/* A column may be a date as well: its year comes first. */
static int32_t read_year(weft_str value) {
    int64_t year;
    const char *dash = value.size ? memchr(value.data, '-', value.size) : NULL;
    if (dash) value.size = (size_t)(dash - value.data);
    bool ok = weft_str_to_i64(value, &year) && year >= MIN_YEAR && year <= MAX_YEAR;
    return ok ? (int32_t)year : 0;
}

static void read_price(const weft_source_spec *spec, weft_str value, weft_product *product) {
    double price;
    if (weft_str_to_double(value, &price)) price /= spec->price_divisor;
    else price = 0;
    product->price_is_synthetic = !(price > 0 && price <= max_price);
    product->price = product->price_is_synthetic ? weft_product_synthetic_price(product) : price;
}

weft_status weft_source_row_product(const weft_source_spec *spec, const weft_source_row *row,
                                    weft_product *product, weft_arena *arena, weft_err *err) {
    *product = (weft_product){0};
    weft_status status = weft_source_row_id(row, &product->product_id, arena, err);
    if (status) return status;
    for (int f = FIRST_TEXT; f <= LAST_TEXT; f++) {
        weft_str value = field_value(spec, row, f);
        const char *text = weft_arena_strndup(arena, value.data, value.size);
        if (!text) return weft_fail(err, WEFT_E_NOMEM, "product %s", product->product_id);
        memcpy((char *)product + text_offsets[f], &text, sizeof text);
    }
    product->year = read_year(field_value(spec, row, WEFT_SOURCE_year));
    read_price(spec, field_value(spec, row, WEFT_SOURCE_price), product);
    return WEFT_OK;
}

void weft_source_keep_fields(weft_product *product, const weft_product *old, unsigned fields) {
    for (int f = FIRST_TEXT; f <= LAST_TEXT; f++) {
        const char *text;
        if (!(fields & 1u << f)) continue;
        memcpy(&text, (const char *)old + text_offsets[f], sizeof text);
        memcpy((char *)product + text_offsets[f], &text, sizeof text);
    }
    if (fields & 1u << WEFT_SOURCE_year) product->year = old->year;
    if (!(fields & 1u << WEFT_SOURCE_price)) return;
    product->price = old->price;
    product->price_is_synthetic = old->price_is_synthetic;
}
