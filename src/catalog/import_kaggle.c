#include "catalog/import_kaggle.h"

#include <string.h>

#include "base/arena.h"
#include "base/csv.h"
#include "base/mem.h"
#include "catalog/id_map.h"
#include "catalog/import_photos.h"

enum {
    DEFAULT_MAX_PHOTO = 20 << 20, /* bytes */
    MAX_ID_BYTES = 128,
    MAX_TABLE_FIELDS = 256,
    MIN_YEAR = 1900,
    MAX_YEAR = 2100,
};
static const double max_price = 1e9;

typedef enum {
    COLUMN_ID,
    COLUMN_NAME,
    COLUMN_YEAR,
    COLUMN_PRICE,
    COLUMN_TEXT, /* one of the facets */
    COLUMN_UNKNOWN
} column_kind;

/* How the header names what is imported; color is spelled both ways. */
static const struct {
    const char *name;
    column_kind kind;
    size_t offset; /* of a COLUMN_TEXT's string in weft_product */
} known_columns[] = {
    {"id", COLUMN_ID, 0},
    {"productDisplayName", COLUMN_NAME, 0},
    {"gender", COLUMN_TEXT, offsetof(weft_product, gender)},
    {"masterCategory", COLUMN_TEXT, offsetof(weft_product, master_category)},
    {"subCategory", COLUMN_TEXT, offsetof(weft_product, sub_category)},
    {"articleType", COLUMN_TEXT, offsetof(weft_product, article_type)},
    {"baseColour", COLUMN_TEXT, offsetof(weft_product, base_color)},
    {"baseColor", COLUMN_TEXT, offsetof(weft_product, base_color)},
    {"season", COLUMN_TEXT, offsetof(weft_product, season)},
    {"usage", COLUMN_TEXT, offsetof(weft_product, usage)},
    {"year", COLUMN_YEAR, 0},
    {"price", COLUMN_PRICE, 0},
};

typedef struct {
    column_kind kind;
    size_t offset;
} column;

typedef struct {
    const weft_import_options *options;
    weft_import_report *report;
    weft_csv *csv;
    size_t table_size;

    column columns[MAX_TABLE_FIELDS];
    size_t column_count, id_column, name_column;

    weft_arena ids; /* of seen */
    weft_id_map seen;

    weft_import_photos *photos;
    weft_arena strings;     /* of the batch */
    weft_product *products; /* [batch_size] */
    size_t *rows;           /* [batch_size], of the products */
    size_t count, batch_size;
} import_run;

/* A row of the table while it becomes a product. */
typedef struct {
    size_t number;
    const weft_str *fields; /* [column_count] */
    weft_str id;
} table_row;

/* ---- issues ---- */

/* What is quoted in an issue's detail: the start of a value that may be long. */
#define EXCERPT(s) (int)((s).size < 80 ? (s).size : 80), (s).data

static weft_status tell(import_run *im, const table_row *row, weft_import_kind kind,
                        const char *detail, weft_err *err) {
    char id[MAX_ID_BYTES + 1] = "";
    if (row->id.size <= MAX_ID_BYTES && weft_str_is_utf8(row->id))
        memcpy(id, row->id.data, row->id.size), id[row->id.size] = '\0';
    weft_import_issue issue = {row->number, id, kind, detail ? detail : "out of memory"};
    return weft_import_tell(&im->options->sink, &issue, im->report, err);
}

/* ---- the header ---- */

static bool find_column(weft_str name, column *out) {
    for (size_t i = 0; i < sizeof known_columns / sizeof *known_columns; i++) {
        if (!weft_str_eq_nocase(name, known_columns[i].name)) continue;
        *out = (column){known_columns[i].kind, known_columns[i].offset};
        return true;
    }
    *out = (column){COLUMN_UNKNOWN, 0};
    return false;
}

/* A column that is there twice would leave open which one counts. */
static bool is_repeated(const import_run *im, column col) {
    for (size_t i = 0; i < im->column_count; i++)
        if (im->columns[i].kind == col.kind && im->columns[i].offset == col.offset) return true;
    return false;
}

static weft_status read_header(import_run *im, weft_err *err) {
    weft_csv_row header = {0};
    bool found;
    weft_status status = weft_csv_next(im->csv, &header, &found, err);
    if (status) return status;
    if (!found) return weft_fail(err, WEFT_E_FORMAT, "styles.csv: the file is empty");
    if (header.problem)
        return weft_fail(err, WEFT_E_FORMAT, "styles.csv: the header cannot be read: %s",
                         header.problem);
    im->id_column = im->name_column = MAX_TABLE_FIELDS;
    for (size_t i = 0; i < header.field_count; i++) {
        weft_str name = weft_str_trim(header.fields[i]);
        column col;
        if (!find_column(name, &col)) {
            char *detail = weft_arena_strndup(&im->strings, name.data, name.size);
            status = tell(im, &(table_row){.number = header.number, .id = {"", 0}},
                          WEFT_IMPORT_UNKNOWN_COLUMN, detail, err);
        } else if (is_repeated(im, col)) {
            status = weft_fail(err, WEFT_E_FORMAT, "styles.csv: the header has %.*s twice",
                               EXCERPT(name));
        }
        if (status) return status;
        if (col.kind == COLUMN_ID) im->id_column = i;
        if (col.kind == COLUMN_NAME) im->name_column = i;
        im->columns[im->column_count++] = col;
    }
    const char *missing = im->id_column == MAX_TABLE_FIELDS     ? "id"
                          : im->name_column == MAX_TABLE_FIELDS ? "productDisplayName"
                                                                : NULL;
    if (!missing) return WEFT_OK;
    return weft_fail(err, WEFT_E_FORMAT, "styles.csv: the header has no column %s", missing);
}

/* ---- a row ---- */

/* Puts a name that was cut at its commas together again: without quotes the
 * fields are slices of one line, so the name is the slice over all of them. */
static const weft_str *rejoin_name(import_run *im, const weft_csv_row *row) {
    size_t surplus = row->field_count - im->column_count, name = im->name_column;
    weft_str *fields = weft_arena_alloc(&im->strings, im->column_count, sizeof *fields);
    if (!fields) return NULL;
    const weft_str *last = &row->fields[name + surplus];
    memcpy(fields, row->fields, name * sizeof *fields);
    fields[name].data = row->fields[name].data;
    fields[name].size = (size_t)(last->data + last->size - fields[name].data);
    memcpy(fields + name + 1, last + 1, (im->column_count - name - 1) * sizeof *fields);
    return fields;
}

/* UTF-8 without control characters but the allowed ones. */
static bool is_clean(weft_str s, const char *allowed) {
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.data[i] < ' ' && (!s.data[i] || !strchr(allowed, s.data[i])))
            return false;
    return weft_str_is_utf8(s);
}

/* Why a row cannot become a product, with the detail; or that it can. */
static bool is_rejected(import_run *im, const table_row *row, weft_import_kind *kind,
                        char **detail) {
    for (size_t i = 0; i < im->column_count; i++) {
        if (im->columns[i].kind == COLUMN_UNKNOWN || is_clean(row->fields[i], "\t\r\n")) continue;
        *kind = WEFT_IMPORT_BAD_TEXT;
        *detail = weft_arena_printf(&im->strings, "field %zu", i + 1);
        return true;
    }
    if (row->id.size >= 1 && row->id.size <= MAX_ID_BYTES && is_clean(row->id, "")) return false;
    *kind = WEFT_IMPORT_BAD_ID;
    *detail = weft_arena_printf(&im->strings, "%zu bytes, 1 to %d in one line are fine",
                                row->id.size, MAX_ID_BYTES);
    return true;
}

/* Copies a value into the batch; "" is shared. NULL when out of memory. */
static const char *keep(import_run *im, weft_str value) {
    return value.size ? weft_arena_strndup(&im->strings, value.data, value.size) : "";
}

static weft_status read_year(import_run *im, const table_row *row, weft_str value,
                             weft_product *product, weft_err *err) {
    int64_t year;
    /* Spreadsheets and pandas write 2012.0 where a column has holes. */
    weft_str whole = value;
    if (weft_str_ends_with_nocase(whole, ".0")) whole.size -= 2;
    if (weft_str_to_i64(whole, &year) && year >= MIN_YEAR && year <= MAX_YEAR) {
        product->year = (int32_t)year;
        return WEFT_OK;
    }
    char *detail = weft_arena_printf(&im->strings, "%.*s", EXCERPT(value));
    return tell(im, row, WEFT_IMPORT_BAD_YEAR, detail, err);
}

static weft_status read_price(import_run *im, const table_row *row, weft_str value,
                              weft_product *product, weft_err *err) {
    double price;
    if (weft_str_to_double(value, &price) && price > 0 && price <= max_price) {
        product->price = price;
        product->price_is_synthetic = false;
        return WEFT_OK;
    }
    char *detail = weft_arena_printf(&im->strings, "%.*s", EXCERPT(value));
    return tell(im, row, WEFT_IMPORT_BAD_PRICE, detail, err);
}

static weft_status read_value(import_run *im, const table_row *row, size_t i, weft_product *product,
                              weft_err *err) {
    weft_str value = weft_product_value(row->fields[i]);
    column col = im->columns[i];
    if (col.kind == COLUMN_UNKNOWN || col.kind == COLUMN_ID) return WEFT_OK;
    if (value.size == 0) {
        im->report->unknown_values++;
        return WEFT_OK;
    }
    if (col.kind == COLUMN_YEAR) return read_year(im, row, value, product, err);
    if (col.kind == COLUMN_PRICE) return read_price(im, row, value, product, err);
    const char *text = keep(im, value);
    if (!text) return weft_fail(err, WEFT_E_NOMEM, "row %zu", row->number);
    if (col.kind == COLUMN_NAME) product->product_display_name = text;
    else memcpy((char *)product + col.offset, &text, sizeof text);
    return WEFT_OK;
}

static weft_status read_product(import_run *im, const table_row *row, const char *id,
                                weft_err *err) {
    weft_product *product = &im->products[im->count];
#define NOT_KNOWN(field) .field = "",
    *product =
        (weft_product){WEFT_PRODUCT_FACETS(NOT_KNOWN).product_id = id, .product_display_name = "",
                       .price_is_synthetic = true, .image_path = "", .image_digest = ""};
#undef NOT_KNOWN
    for (size_t i = 0; i < im->column_count; i++) {
        weft_status status = read_value(im, row, i, product, err);
        if (status) return status;
    }
    if (product->price_is_synthetic) product->price = weft_product_synthetic_price(product);
    im->rows[im->count++] = row->number;
    return WEFT_OK;
}

/* Takes the row if it is the first with its id. The set keeps its own copy of
 * the id: it outlives the batch. */
static weft_status take_row(import_run *im, const table_row *row, weft_err *err) {
    weft_import_kind kind;
    char *detail;
    if (is_rejected(im, row, &kind, &detail)) return tell(im, row, kind, detail, err);
    char id[MAX_ID_BYTES + 1];
    memcpy(id, row->id.data, row->id.size);
    id[row->id.size] = '\0';
    uint32_t first;
    if (weft_id_map_get(&im->seen, id, &first)) {
        detail = weft_arena_printf(&im->strings, "row %u has it", first);
        return tell(im, row, WEFT_IMPORT_DUPLICATE_ID, detail, err);
    }
    const char *kept = weft_arena_strdup(&im->ids, id);
    if (!kept || weft_id_map_add(&im->seen, kept, (uint32_t)row->number))
        return weft_fail(err, WEFT_E_NOMEM, "row %zu: no memory for one more id", row->number);
    return read_product(im, row, kept, err);
}

static weft_status read_row(import_run *im, const weft_csv_row *csv_row, weft_err *err) {
    table_row row = {.number = csv_row->number, .fields = csv_row->fields, .id = {"", 0}};
    size_t n = csv_row->field_count, wanted = im->column_count;
    im->report->rows++;
    if (csv_row->problem) return tell(im, &row, WEFT_IMPORT_BAD_ROW, csv_row->problem, err);
    if (im->id_column < n) row.id = weft_str_trim(csv_row->fields[im->id_column]);
    if (n != wanted && (n < wanted || csv_row->is_quoted)) {
        char *detail = weft_arena_printf(&im->strings, "%zu fields, the header has %zu", n, wanted);
        return tell(im, &row, n < wanted ? WEFT_IMPORT_TOO_FEW_FIELDS : WEFT_IMPORT_TOO_MANY_FIELDS,
                    detail, err);
    }
    if (n > wanted) {
        row.fields = rejoin_name(im, csv_row);
        if (!row.fields) return weft_fail(err, WEFT_E_NOMEM, "row %zu", row.number);
        row.id = weft_str_trim(row.fields[im->id_column]);
    }
    size_t before = im->count;
    weft_status status = take_row(im, &row, err);
    if (status || n == wanted || im->count == before) return status;
    return tell(im, &row, WEFT_IMPORT_REJOINED_NAME, im->products[before].product_display_name,
                err);
}

/* ---- the import ---- */

static weft_status flush_batch(import_run *im, weft_err *err) {
    const weft_import_sink *sink = &im->options->sink;
    weft_status status =
        weft_import_photos_find(im->photos, im->products, im->rows, im->count, err);
    if (!status && im->count)
        status = sink->put_products(sink->context, im->products, im->count, err);
    if (status) return status;
    im->report->products += im->count;
    im->count = 0;
    weft_arena_deinit(&im->strings);
    if (sink->on_progress) {
        weft_import_progress progress = {im->report->rows, weft_csv_offset(im->csv),
                                         im->table_size};
        sink->on_progress(sink->context, &progress);
    }
    return WEFT_OK;
}

/* A batch ends by its products, and by rows so that a table of rejected rows
 * keeps its details in bounded memory too. */
static weft_status read_rows(import_run *im, weft_err *err) {
    weft_csv_row row;
    bool found = true;
    size_t rows_in_batch = 0;
    weft_status status = WEFT_OK;
    while (!status) {
        if (im->options->cancel && atomic_load(im->options->cancel))
            return weft_fail(err, WEFT_E_CANCELLED, "stopped");
        status = weft_csv_next(im->csv, &row, &found, err);
        if (status || !found) break;
        status = read_row(im, &row, err);
        if (status || ++rows_in_batch < im->batch_size) continue;
        status = flush_batch(im, err);
        rows_in_batch = 0;
    }
    return status ? status : flush_batch(im, err);
}

static weft_status open_import(import_run *im, weft_photo_source *source,
                               const weft_file_map *table, weft_err *err) {
    weft_csv_limits limits = {.max_row_bytes = 256 << 10, .max_fields = MAX_TABLE_FIELDS};
    weft_status status = weft_csv_new(&im->csv, table->data, table->size, &limits, err);
    if (status) return status;
    im->table_size = table->size;
    im->batch_size = weft_import_batch_size(im->options);
    im->products = weft_calloc(im->batch_size, sizeof *im->products);
    im->rows = weft_calloc(im->batch_size, sizeof *im->rows);
    if (!im->products || !im->rows)
        return weft_fail(err, WEFT_E_NOMEM, "batch of %zu products", im->batch_size);
    return weft_import_photos_new(&im->photos, im->options, source, im->report, err);
}

weft_status weft_import_kaggle(const weft_import_options *options, weft_import_report *report,
                               weft_err *err) {
    weft_photo_source *source = NULL;
    weft_file_map table = {0};
    import_run im = {.options = options, .report = report};
    *report = (weft_import_report){0};
    weft_arena_init(&im.ids, 0);
    weft_arena_init(&im.strings, 0);
    weft_id_map_init(&im.seen);

    size_t max_photo = options->max_photo_bytes ? options->max_photo_bytes : DEFAULT_MAX_PHOTO;
    weft_status status = weft_photo_source_open(&source, options->source, max_photo, err);
    if (status) goto cleanup;
    status = weft_photo_source_table(source, &table, err);
    if (!status) status = open_import(&im, source, &table, err);
    if (!status) status = read_header(&im, err);
    if (!status) status = read_rows(&im, err);
    if (status == WEFT_E_CANCELLED)
        weft_fail(err, status, "stopped after %zu rows, %zu products", report->rows,
                  report->products);

cleanup:
    weft_import_photos_free(im.photos);
    weft_csv_free(im.csv);
    weft_file_map_close(&table);
    weft_photo_source_close(source);
    weft_free(im.products);
    weft_free(im.rows);
    weft_id_map_deinit(&im.seen);
    weft_arena_deinit(&im.strings);
    weft_arena_deinit(&im.ids);
    return status;
}
