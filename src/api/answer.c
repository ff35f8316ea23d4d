#include "api/answer.h"

#include <string.h>

/* "/api/v1/images/ID" with the id percent-encoded (RFC 3986, 2.1); ids are any text. */
static void write_image_url(weft_json *j, const char *product_id) {
    static const char prefix[] = "/api/v1/images/", digits[] = "0123456789ABCDEF";
    weft_buf url;
    weft_buf_init(&url);
    weft_buf_puts(&url, prefix);
    for (const char *p = product_id; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     strchr("-._~", c);
        if (!plain) weft_buf_putc(&url, '%');
        if (!plain) weft_buf_putc(&url, digits[c >> 4]);
        weft_buf_putc(&url, plain ? (char)c : digits[c & 15]);
    }
    weft_json_stringn(j, url.data ? url.data : "", url.size);
    if (!weft_buf_ok(&url)) j->out->failed = true;
    weft_buf_deinit(&url);
}

/* An attribute that is not known is null, not an empty string. */
static void write_known(weft_json *j, const char *key, const char *text) {
    weft_json_key_string(j, key, text[0] ? text : NULL);
}

void weft_answer_image_url(weft_json *j, const weft_product *product) {
    weft_json_key(j, "image_url");
    if (product->image_path[0]) write_image_url(j, product->product_id);
    else weft_json_null(j);
}

void weft_answer_product_fields(weft_json *j, const weft_product *product) {
    weft_json_key_string(j, "product_id", product->product_id);
    weft_json_key_string(j, "product_display_name", product->product_display_name);
#define WRITE_FACET(field) write_known(j, #field, product->field);
    WEFT_PRODUCT_FACETS(WRITE_FACET)
#undef WRITE_FACET
    weft_json_key(j, "year");
    if (product->year) weft_json_int(j, product->year);
    else weft_json_null(j);
    weft_json_key_double(j, "price", product->price);
    weft_json_key_bool(j, "price_is_synthetic", product->price_is_synthetic);
    weft_answer_image_url(j, product);
}

void weft_answer_product(weft_json *j, const weft_product *product, const float *score) {
    weft_json_object(j);
    weft_answer_product_fields(j, product);
    if (score) {
        weft_json_key(j, "similarity_score");
        weft_json_float(j, *score);
    }
    weft_json_end(j);
}

void weft_answer_page(weft_buf *out, const weft_catalog *catalog, const weft_answer_rows *list) {
    weft_json j;
    size_t first = (list->page - 1) * list->page_size, end = first + list->page_size;
    if (first > list->total) first = list->total;
    if (end > list->total) end = list->total;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key(&j, "products");
    weft_json_array(&j);
    for (size_t i = first; i < end; i++)
        weft_answer_product(&j, weft_catalog_product(catalog, list->rows[i]), NULL);
    weft_json_end(&j);
    weft_json_key_int(&j, "total", (int64_t)list->total);
    weft_json_key_int(&j, "page", (int64_t)list->page);
    weft_json_key_int(&j, "page_size", (int64_t)list->page_size);
    weft_json_key_bool(&j, "has_more", end < list->total);
    weft_json_end(&j);
}

void weft_answer_search(weft_json *j, const weft_catalog *catalog, const weft_search_page *page,
                        const weft_answer_frame *frame) {
    weft_json_object(j);
    weft_json_key(j, "products");
    weft_json_array(j);
    for (size_t i = 0; i < page->count; i++)
        weft_answer_product(j, weft_catalog_product(catalog, page->hits[i].row),
                            &page->hits[i].score);
    weft_json_end(j);
    weft_answer_frame_fields(j, frame, page->total);
    weft_json_end(j);
}

void weft_answer_frame_fields(weft_json *j, const weft_answer_frame *frame, size_t total) {
    weft_json_key_string(j, "query", frame->query);
    weft_json_key_string(j, "search_type", frame->search_type);
    weft_json_key_string(j, "user_id", frame->user_id);
    weft_json_key_string(j, "index", frame->index);
    weft_json_key_int(j, "total", (int64_t)total);
    weft_json_key_string(j, "next_cursor", frame->next_cursor);
    weft_json_key_string(j, "query_id", frame->query_id);
    weft_json_key_double(j, "took_ms", frame->took_ms);
}

void weft_answer_facets(weft_json *j, const weft_facet_counts *counts, bool only_useful) {
    weft_json_object(j);
    for (size_t f = 0; f < WEFT_FACET_COUNT; f++) {
        const weft_facet_values *facet = &counts->facets[f];
        if (only_useful && !facet->value_count) continue;
        weft_json_key(j, facet->name);
        weft_json_array(j);
        for (size_t i = 0; i < facet->value_count; i++) {
            weft_json_object(j);
            weft_json_key_string(j, "value", facet->values[i].value);
            weft_json_key_int(j, "count", (int64_t)facet->values[i].count);
            weft_json_end(j);
        }
        weft_json_end(j);
    }
    weft_json_key(j, "price");
    weft_json_object(j);
    weft_json_key_double(j, "min", counts->price_min);
    weft_json_key_double(j, "max", counts->price_max);
    weft_json_end(j);
    weft_json_end(j);
}
