#include "engine/opensearch_body.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"

static const char *const vector_names[WEFT_KIND_COUNT] = {"image_embedding", "text_embedding",
                                                          "hybrid_embedding"};
static const char reserved[] = "weft:";

const char *weft_opensearch_vector_name(weft_embedding_kind kind) { return vector_names[kind]; }

void weft_opensearch_document_id(char id[WEFT_OPENSEARCH_ID_SIZE], const char *product_id) {
    char digest[WEFT_DIGEST_HEX_SIZE];
    size_t n = strlen(product_id);
    if (n < WEFT_OPENSEARCH_ID_SIZE && strncmp(product_id, reserved, sizeof reserved - 1) != 0) {
        memcpy(id, product_id, n + 1);
        return;
    }
    weft_digest_hex(product_id, n, digest);
    snprintf(id, WEFT_OPENSEARCH_ID_SIZE, "%s%s", reserved, digest);
}

/* ---- the index ---- */

static void write_field_type(weft_json *j, const char *name, const char *type) {
    weft_json_key(j, name);
    weft_json_object(j);
    weft_json_key_string(j, "type", type);
    weft_json_end(j);
}

static void write_vector_type(weft_json *j, const char *name, size_t dim) {
    weft_json_key(j, name);
    weft_json_object(j);
    weft_json_key_string(j, "type", "knn_vector");
    weft_json_key_int(j, "dimension", (int64_t)dim);
    weft_json_key(j, "method");
    weft_json_object(j);
    weft_json_key_string(j, "name", "hnsw");
    weft_json_key_string(j, "engine", "lucene");
    weft_json_key_string(j, "space_type", "innerproduct");
    weft_json_key(j, "parameters");
    weft_json_object(j);
    weft_json_key_int(j, "m", 16);
    weft_json_key_int(j, "ef_construction", 100);
    weft_json_end(j);
    weft_json_end(j);
    weft_json_end(j);
}

/* Deleted documents are remembered for an hour, or a write that comes late would bring one
 * back. A second copy would build its own graph of every segment while it fills; made
 * afterwards it copies files. */
void weft_opensearch_write_index(weft_buf *out, size_t dim) {
    weft_json j;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key(&j, "settings");
    weft_json_object(&j);
    weft_json_key_bool(&j, "index.knn", true);
    weft_json_key_int(&j, "index.number_of_shards", 3);
    weft_json_key_int(&j, "index.number_of_replicas", 0);
    weft_json_key_string(&j, "index.refresh_interval", "-1");
    weft_json_key_string(&j, "index.gc_deletes", "1h");
    weft_json_end(&j);
    weft_json_key(&j, "mappings");
    weft_json_object(&j);
    weft_json_key_bool(&j, "dynamic", false);
    weft_json_key(&j, "properties");
    weft_json_object(&j);
    write_field_type(&j, "product_id", "keyword");
#define WRITE_FACET(field) write_field_type(&j, #field, "keyword");
    WEFT_PRODUCT_FACETS(WRITE_FACET)
#undef WRITE_FACET
    write_field_type(&j, "price", "double");
    write_field_type(&j, "year", "integer");
    for (int k = 0; k < WEFT_KIND_COUNT; k++) write_vector_type(&j, vector_names[k], dim);
    weft_json_end(&j);
    weft_json_end(&j);
    weft_json_end(&j);
}

/* A second copy of each shard as soon as there is a second node. */
void weft_opensearch_write_settings(weft_buf *out) {
    weft_json j;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key_string(&j, "index.auto_expand_replicas", "0-1");
    weft_json_key_string(&j, "index.refresh_interval", NULL); /* the default */
    weft_json_end(&j);
}

/* ---- documents ---- */

static void write_action(weft_json *j, weft_buf *out, const char *action, const char *product_id,
                         uint64_t version) {
    char id[WEFT_OPENSEARCH_ID_SIZE];
    weft_opensearch_document_id(id, product_id);
    weft_json_begin(j, out);
    weft_json_object(j);
    weft_json_key(j, action);
    weft_json_object(j);
    weft_json_key_string(j, "_id", id);
    weft_json_key_int(j, "version", (int64_t)version);
    weft_json_key_string(j, "version_type", "external_gte");
    weft_json_end(j);
    weft_json_end(j);
    weft_buf_putc(out, '\n');
}

/* Filters compare without regard to ASCII case: both sides are in lower case. */
static void write_lower(weft_json *j, const char *text) {
    weft_buf lower;
    weft_buf_init(&lower);
    for (const char *p = text; *p; p++)
        weft_buf_putc(&lower, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
    weft_json_stringn(j, lower.data ? lower.data : "", lower.size);
    j->out->failed |= !weft_buf_ok(&lower);
    weft_buf_deinit(&lower);
}

static void write_facet(weft_json *j, const char *name, const char *text) {
    weft_json_key(j, name);
    write_lower(j, text);
}

static void write_vector(weft_json *j, const char *name, const float *vector, size_t dim) {
    if (!vector) return;
    weft_json_key(j, name);
    weft_json_array(j);
    for (size_t i = 0; i < dim; i++) weft_json_float(j, vector[i]);
    weft_json_end(j);
}

void weft_opensearch_write_put(weft_buf *out, const weft_product *product,
                               const weft_embedding *embedding, uint64_t version) {
    weft_json j;
    write_action(&j, out, "index", product->product_id, version);
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key_string(&j, "product_id", product->product_id);
#define WRITE_FACET(field) write_facet(&j, #field, product->field);
    WEFT_PRODUCT_FACETS(WRITE_FACET)
#undef WRITE_FACET
    weft_json_key_double(&j, "price", product->price);
    if (product->year) weft_json_key_int(&j, "year", product->year);
    if (embedding) {
        const float *const vectors[] = {embedding->image_embedding, embedding->text_embedding,
                                        embedding->hybrid_embedding};
        for (int k = 0; k < WEFT_KIND_COUNT; k++)
            write_vector(&j, vector_names[k], vectors[k], embedding->dim);
    }
    weft_json_end(&j);
    weft_buf_putc(out, '\n');
}

void weft_opensearch_write_delete(weft_buf *out, const char *product_id, uint64_t version) {
    weft_json j;
    write_action(&j, out, "delete", product_id, version);
}

/* ---- the search ---- */

static bool is_negated(const weft_filter_condition *c) { return c->comparison == WEFT_IS_NONE_OF; }

static const char *range_of(weft_comparison comparison) {
    switch (comparison) {
    case WEFT_IS_LESS: return "lt";
    case WEFT_IS_AT_MOST: return "lte";
    case WEFT_IS_GREATER: return "gt";
    case WEFT_IS_AT_LEAST: return "gte";
    case WEFT_IS_ANY_OF:
    case WEFT_IS_NONE_OF: break;
    }
    return NULL;
}

/* An integer field takes only whole numbers as terms; no year is another. */
static bool can_be(const weft_filter_condition *c, double number) {
    return c->field.kind != WEFT_FIELD_YEAR ||
           (number == floor(number) && fabs(number) <= 2147483647.0 && number != 0);
}

static void write_terms(weft_json *j, const weft_filter_condition *c) {
    weft_json_key(j, "terms");
    weft_json_object(j);
    weft_json_key(j, c->field.name);
    weft_json_array(j);
    for (size_t i = 0; i < c->value_count; i++) {
        if (c->field.kind == WEFT_FIELD_FACET) write_lower(j, c->texts[i]);
        else if (c->texts) weft_json_string(j, c->texts[i]);
        else if (!can_be(c, c->numbers[i])) continue;
        else if (c->field.kind == WEFT_FIELD_YEAR) weft_json_int(j, (int64_t)c->numbers[i]);
        else weft_json_double(j, c->numbers[i]);
    }
    weft_json_end(j);
    weft_json_end(j);
}

static void write_condition(weft_json *j, const weft_filter_condition *c) {
    const char *range = range_of(c->comparison);
    weft_json_object(j);
    if (!range) {
        write_terms(j, c);
    } else {
        weft_json_key(j, "range");
        weft_json_object(j);
        weft_json_key(j, c->field.name);
        weft_json_object(j);
        weft_json_key_double(j, range, c->numbers[0]);
        weft_json_end(j);
        weft_json_end(j);
    }
    weft_json_end(j);
}

static void write_conditions(weft_json *j, const weft_engine_query *q, const char *key,
                             bool negated) {
    size_t n;
    const weft_filter_condition *conditions = weft_filter_conditions(q->filter, &n);
    weft_json_key(j, key);
    weft_json_array(j);
    for (size_t i = 0; i < n; i++)
        if (is_negated(&conditions[i]) == negated) write_condition(j, &conditions[i]);
    if (negated && q->exclude) {
        weft_json_object(j);
        weft_json_key(j, "term");
        weft_json_object(j);
        weft_json_key_string(j, "product_id", q->exclude);
        weft_json_end(j);
        weft_json_end(j);
    }
    weft_json_end(j);
}

void weft_opensearch_write_search(weft_buf *out, const weft_engine_query *q, size_t dim) {
    weft_json j;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key_int(&j, "size", (int64_t)q->k);
    weft_json_key_bool(&j, "_source", false);
    weft_json_key_bool(&j, "track_scores", true);
    weft_json_key_bool(&j, "track_total_hits", false);
    weft_json_key(&j, "docvalue_fields");
    weft_json_array(&j);
    weft_json_string(&j, "product_id");
    weft_json_end(&j);
    weft_json_key(&j, "sort");
    weft_json_array(&j);
    weft_json_string(&j, "_score");
    weft_json_string(&j, "product_id");
    weft_json_end(&j);
    weft_json_key(&j, "query");
    weft_json_object(&j);
    weft_json_key(&j, "knn");
    weft_json_object(&j);
    weft_json_key(&j, vector_names[q->kind]);
    weft_json_object(&j);
    write_vector(&j, "vector", q->embedding, dim);
    weft_json_key_int(&j, "k", (int64_t)q->k);
    weft_json_key(&j, "method_parameters");
    weft_json_object(&j);
    weft_json_key_int(&j, "ef_search", q->k > 100 ? (int64_t)q->k : 100);
    weft_json_end(&j);
    if (!weft_filter_is_empty(q->filter) || q->exclude) {
        weft_json_key(&j, "filter");
        weft_json_object(&j);
        weft_json_key(&j, "bool");
        weft_json_object(&j);
        write_conditions(&j, q, "filter", false);
        write_conditions(&j, q, "must_not", true);
        weft_json_end(&j);
        weft_json_end(&j);
    }
    weft_json_end(&j);
    weft_json_end(&j);
    weft_json_end(&j);
    weft_json_end(&j);
}

/* ---- answers ---- */

static weft_status parse(json_t **root, const char *json, size_t size, weft_err *err) {
    json_error_t why;
    *root = json_loadb(json ? json : "", size, 0, &why);
    if (json_is_object(*root)) return WEFT_OK;
    json_decref(*root);
    *root = NULL;
    return weft_fail(err, WEFT_E_STORE, "an answer that is no JSON object: %.100s", why.text);
}

/* {"error": {"reason": "..."}} or what else there is. */
static weft_status fail_by_answer(const json_t *root, const char *what, weft_err *err) {
    const json_t *error = json_object_get(root, "error");
    const char *reason = json_string_value(json_object_get(error, "reason"));
    const json_t *causes = json_object_get(error, "root_cause");
    const char *cause = json_string_value(json_object_get(json_array_get(causes, 0), "reason"));
    if (cause) reason = cause;
    return weft_fail(err, WEFT_E_STORE, "%s: %.200s", what, reason ? reason : "no reason given");
}

static weft_status check_shards(const json_t *root, weft_err *err) {
    const json_t *shards = json_object_get(root, "_shards");
    const json_t *failed = json_object_get(shards, "failed");
    if (!json_is_integer(failed)) return fail_by_answer(root, "refused", err);
    if (json_integer_value(failed) == 0 && !json_is_true(json_object_get(root, "timed_out")))
        return WEFT_OK;
    return weft_fail(err, WEFT_E_STORE, "only a part of the shards answered");
}

/* Lucene's scaleMaxInnerProductScore: 1 + dot, and 1 / (1 - dot) below 0. */
static float cosine_of(double score) {
    double dot = score >= 1 ? score - 1 : score > 0 ? 1 - 1 / score : -1;
    return (float)(dot < -1 ? -1 : dot > 1 ? 1 : dot);
}

static weft_status read_hit(const json_t *json, weft_arena *arena, weft_engine_hit *hit,
                            weft_err *err) {
    const json_t *ids = json_object_get(json_object_get(json, "fields"), "product_id");
    const char *id = json_string_value(json_array_get(ids, 0));
    const json_t *score = json_object_get(json, "_score");
    if (!id || !json_is_number(score))
        return weft_fail(err, WEFT_E_STORE, "a hit without product_id or score");
    hit->product_id = weft_arena_strdup(arena, id);
    hit->score = cosine_of(json_number_value(score));
    return hit->product_id ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "hits");
}

static weft_status read_all_hits(const json_t *root, weft_arena *arena, weft_engine_hit *hits,
                                 size_t max, size_t *n, weft_err *err) {
    const json_t *list = json_object_get(json_object_get(root, "hits"), "hits");
    size_t count = json_array_size(list);
    weft_status status = check_shards(root, err);
    if (!status && !json_is_array(list))
        status = weft_fail(err, WEFT_E_STORE, "an answer without hits");
    if (!status && count > max)
        status = weft_fail(err, WEFT_E_STORE, "%zu hits where %zu were asked for", count, max);
    for (size_t i = 0; i < count && !status; i++)
        status = read_hit(json_array_get(list, i), arena, &hits[i], err);
    if (!status) *n = count;
    return status;
}

weft_status weft_opensearch_read_hits(const char *json, size_t size, weft_arena *arena,
                                      weft_engine_hit *hits, size_t max, size_t *n, weft_err *err) {
    json_t *root;
    *n = 0;
    weft_status status = parse(&root, json, size, err);
    if (!status) status = read_all_hits(root, arena, hits, max, n, err);
    json_decref(root);
    return status;
}

/* One item of a bulk's answer: {"index": {"_id": .., "status": 200, ..}}. */
static weft_status read_item(const json_t *item, weft_err *err) {
    const char *action;
    json_t *result;
    json_object_foreach((json_t *)(uintptr_t)item, action, result) {
        json_int_t code = json_integer_value(json_object_get(result, "status"));
        bool was_absent =
            code == 404 && strcmp(action, "delete") == 0 && !json_object_get(result, "error");
        if (code == 200 || code == 201 || code == 409 || was_absent) return WEFT_OK;
        const json_t *error = json_object_get(result, "error");
        const char *id = json_string_value(json_object_get(result, "_id"));
        const char *reason = json_string_value(json_object_get(error, "reason"));
        return weft_fail(err, code == 429 || code >= 500 ? WEFT_E_BUSY : WEFT_E_STORE,
                         "document %.100s: %d: %.200s", id ? id : "?", (int)code,
                         reason ? reason : "no reason given");
    }
    return weft_fail(err, WEFT_E_STORE, "an item of a bulk's answer that says nothing");
}

weft_status weft_opensearch_read_bulk(const char *json, size_t size, weft_err *err) {
    json_t *root;
    weft_status status = parse(&root, json, size, err);
    if (status) return status;
    const json_t *items = json_object_get(root, "items");
    if (!json_is_array(items)) status = fail_by_answer(root, "bulk refused", err);
    for (size_t i = 0; i < json_array_size(items); i++) {
        weft_err why = {0};
        weft_status of_item = read_item(json_array_get(items, i), &why);
        /* What cannot be mended by sending again counts more. */
        if (!of_item || status == WEFT_E_STORE) continue;
        status = of_item;
        if (err) *err = why;
    }
    json_decref(root);
    return status;
}

weft_status weft_opensearch_read_shards(const char *json, size_t size, weft_err *err) {
    json_t *root;
    weft_status status = parse(&root, json, size, err);
    if (!status) status = check_shards(root, err);
    json_decref(root);
    return status;
}

weft_status weft_opensearch_read_vector(const char *json, size_t size, const char *name, float *out,
                                        size_t dim, bool *found, weft_err *err) {
    json_t *root;
    *found = false;
    weft_status status = parse(&root, json, size, err);
    if (status) return status;
    const json_t *vector = json_object_get(json_object_get(root, "_source"), name);
    if (json_is_array(vector)) {
        *found = json_array_size(vector) == dim;
        for (size_t i = 0; i < dim && *found; i++) {
            const json_t *value = json_array_get(vector, i);
            out[i] = (float)json_number_value(value);
            if (!json_is_number(value)) *found = false;
        }
        if (!*found) status = weft_fail(err, WEFT_E_STORE, "%s is not %zu numbers", name, dim);
    }
    json_decref(root);
    return status;
}
