/* api_search.c - POST /api/v1/search/...
 *
 * The four searches differ in what they embed and which index they ask; the
 * rest (filters, cursor, page, answer) is one path. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/api_internal.h"
#include "api/fields.h"
#include "base/clock.h"
#include "search/cursor.h"
#include "search/search.h"

enum { MAX_QUERY = 10000, MAX_USER_ID = 200, DEFAULT_LIMIT = 20 };

typedef struct {
    const char *type; /* search_type of the answer */
    bool takes_words, takes_photo, takes_weight, takes_index;
    bool takes_one;           /* words or a photo, not both */
    weft_embedding_kind kind; /* of the index, unless the request says otherwise */
} search_mode;

static const search_mode text_mode = {
    .type = "text", .takes_words = true, .takes_index = true, .kind = WEFT_KIND_HYBRID};
static const search_mode image_mode = {
    .type = "image", .takes_photo = true, .takes_index = true, .kind = WEFT_KIND_IMAGE};
static const search_mode hybrid_mode = {.type = "hybrid",
                                        .takes_words = true,
                                        .takes_photo = true,
                                        .takes_weight = true,
                                        .takes_index = true,
                                        .kind = WEFT_KIND_HYBRID};
static const search_mode cross_mode = {
    .type = "cross-modal", .takes_words = true, .takes_photo = true, .takes_one = true};

/* What was asked, checked. */
typedef struct {
    const char *query; /* NULL: no words */
    weft_str photo;    /* data NULL: no photo */
    double weight;     /* the photo's share */
    const char *user_id, *cursor;
    size_t limit;
    weft_embedding_kind kind;
    const weft_filter *filter;
    uint64_t fingerprint; /* of all that decides the order */
} question;

static weft_status fail_at(weft_fields *fields, const char *name, weft_err *err, const char *what) {
    fields->at_fault = name;
    return weft_fail(err, WEFT_E_INVALID, "%s: %s", name, what);
}

static weft_status read_inputs(const search_mode *mode, weft_fields *fields, question *q,
                               weft_err *err) {
    weft_status status = weft_fields_string(fields, "query", MAX_QUERY, &q->query, err);
    if (!status) status = weft_fields_bytes(fields, "image", &q->photo, err);
    if (!status) status = weft_fields_number(fields, "weight", 0, 1, &q->weight, err);
    if (status) return status;
    if (q->query && weft_str_trim(weft_str_of(q->query)).size == 0) q->query = NULL;
    if (mode->takes_one) {
        if (!q->query == !q->photo.data)
            return fail_at(fields, q->query ? "image" : "query", err,
                           "give words or a photo, one of the two");
        q->kind = q->query ? WEFT_KIND_IMAGE : WEFT_KIND_TEXT;
    } else if (!q->query && !q->photo.data) {
        return mode->takes_words ? fail_at(fields, "query", err, "is needed")
                                 : fail_at(fields, "image", err, "is needed");
    }
    return WEFT_OK;
}

static weft_status read_page(weft_fields *fields, question *q, weft_err *err) {
    const char *index = NULL;
    const json_t *filters;
    weft_status status =
        weft_fields_size(fields, "limit", 1, WEFT_SEARCH_MAX_LIMIT, &q->limit, err);
    if (!status) status = weft_fields_string(fields, "user_id", MAX_USER_ID, &q->user_id, err);
    if (!status) status = weft_fields_string(fields, "cursor", WEFT_CURSOR_SIZE, &q->cursor, err);
    if (!status) status = weft_fields_string(fields, "index", 16, &index, err);
    if (!status && index && !weft_embedding_kind_named(index, &q->kind))
        status = fail_at(fields, "index", err, "must be image, text or hybrid");
    if (!status) status = weft_fields_object(fields, "filters", &filters, err);
    if (status) return status;
    status = weft_filter_parse(&q->filter, filters, fields->arena, err);
    if (status) {
        fields->at_fault = "filters";
        return weft_fail_in(err, status, "filters");
    }
    /* The same question gives the same fingerprint, however it was written. */
    char *canonical = filters ? json_dumps(filters, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    q->fingerprint =
        weft_cursor_fingerprint(q->fingerprint, q->query, q->query ? strlen(q->query) : 0);
    q->fingerprint = weft_cursor_fingerprint(q->fingerprint, q->photo.data, q->photo.size);
    q->fingerprint = weft_cursor_fingerprint(q->fingerprint, &q->weight, sizeof q->weight);
    q->fingerprint = weft_cursor_fingerprint(q->fingerprint, &q->kind, sizeof q->kind);
    q->fingerprint =
        weft_cursor_fingerprint(q->fingerprint, canonical, canonical ? strlen(canonical) : 0);
    free(canonical);
    return WEFT_OK;
}

static weft_status read_question(const search_mode *mode, const weft_http_request *request,
                                 weft_fields *fields, question *q, weft_err *err) {
    const char *known[10] = {"limit", "filters", "cursor", "user_id"};
    size_t n = 4;
    if (mode->takes_words) known[n++] = "query";
    if (mode->takes_photo) known[n++] = "image";
    if (mode->takes_weight) known[n++] = "weight";
    if (mode->takes_index) known[n++] = "index";
    *q = (question){.weight = 0.5, .limit = DEFAULT_LIMIT, .kind = mode->kind};
    weft_status status = weft_fields_init(fields, request, known, err);
    if (!status) status = read_inputs(mode, fields, q, err);
    if (!status) status = read_page(fields, q, err);
    return status;
}

/* One vector of the words, the photo, or both; vector is [dim]. */
static weft_status embed(const weft_serving *serving, weft_fields *fields, const question *q,
                         float *vector, weft_err *err) {
    size_t dim = weft_clip_model_info(serving->model).dim;
    float *parts = weft_arena_alloc(fields->arena, 2 * dim, sizeof *parts);
    if (!parts) return weft_fail(err, WEFT_E_NOMEM, "query vector");
    float *image = NULL, *text = NULL;
    weft_clip_item items[2];
    size_t n = 0, at_fault;
    if (q->query) {
        text = parts;
        items[n++] = (weft_clip_item){.text = weft_str_of(q->query), .vector = text};
    }
    if (q->photo.data) {
        image = parts + dim;
        items[n++] = (weft_clip_item){.photo = q->photo, .vector = image};
    }
    weft_status status = weft_clip_queue_encode(serving->encoder, items, n, &at_fault, err);
    if (status) {
        if (at_fault == n || !items[at_fault].photo.data) return status;
        fields->at_fault = "image";
        return weft_fail_in(err, weft_api_photo_status(status), "image");
    }
    weft_vector_blend(image, text, (float)q->weight, dim, vector);
    return WEFT_OK;
}

static void answer(const search_mode *mode, const weft_http_request *request,
                   weft_http_response *response, const question *q, const weft_snapshot *snapshot,
                   const weft_search_request *asked, const weft_search_page *page, double started) {
    char cursor[WEFT_CURSOR_SIZE];
    size_t next = asked->offset + page->count;
    bool has_more = page->count && next < page->total && next <= WEFT_SEARCH_MAX_OFFSET;
    if (has_more) weft_cursor_write(next, q->fingerprint, cursor);
    weft_answer_frame frame = {
        .query = q->query,
        .search_type = mode->type,
        .user_id = q->user_id,
        .index = weft_embedding_kind_name(q->kind),
        .next_cursor = has_more ? cursor : NULL,
        .query_id = weft_http_request_id(request),
        .took_ms = round((weft_clock_seconds() - started) * 1e5) / 100,
    };
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_answer_search(&j, snapshot->catalog, page, &frame);
    weft_http_respond_json(response, 200, &out);
}

static void search(const search_mode *mode, const weft_http_request *request,
                   weft_http_response *response, weft_api *api) {
    double started = weft_clock_seconds();
    weft_fields fields;
    question q;
    weft_err err = {0};
    weft_search_page page;
    weft_serving *serving = weft_api_acquire(api);
    weft_snapshot *snapshot = NULL;
    weft_search_request asked = {0};
    float *vector = NULL;

    weft_status status = read_question(mode, request, &fields, &q, &err);
    if (!status && q.cursor) {
        status = weft_cursor_read(q.cursor, q.fingerprint, &asked.offset, &err);
        if (status) fields.at_fault = "cursor";
    }
    if (status) goto cleanup;
    vector =
        weft_arena_alloc(fields.arena, weft_clip_model_info(serving->model).dim, sizeof *vector);
    status = vector ? embed(serving, &fields, &q, vector, &err)
                    : weft_fail(&err, WEFT_E_NOMEM, "query vector");
    if (status) goto cleanup;

    snapshot = weft_live_acquire(serving->live);
    asked.catalog = snapshot->catalog;
    asked.index = snapshot->index[q.kind];
    asked.engine = snapshot->engine;
    asked.kind = q.kind;
    asked.embedding = vector;
    asked.filter = q.filter;
    asked.limit = q.limit;
    status = weft_search_run(&asked, fields.arena, &page, &err);
    if (!status) answer(mode, request, response, &q, snapshot, &asked, &page, started);

cleanup:
    if (status) weft_api_fail(response, request, status, fields.at_fault, &err);
    weft_snapshot_release(snapshot);
    weft_api_release(serving);
    weft_fields_deinit(&fields);
}

WEFT_HANDLER(weft_api_search_text) { search(&text_mode, request, response, context); }
WEFT_HANDLER(weft_api_search_image) { search(&image_mode, request, response, context); }
WEFT_HANDLER(weft_api_search_hybrid) { search(&hybrid_mode, request, response, context); }
WEFT_HANDLER(weft_api_search_cross_modal) { search(&cross_mode, request, response, context); }
