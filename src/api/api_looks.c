/* api_looks.c - completing a look: products that go with others, whole outfits, how well products
 * go together. */
#include <math.h>
#include <string.h>

#include "api/answer.h"
#include "api/api_internal.h"
#include "api/fields.h"
#include "api/filter_parameters.h"
#include "base/clock.h"
#include "recommend/look.h"

enum {
    DEFAULT_RESULTS = 12,
    MAX_RESULTS = 100,
    DEFAULT_OUTFITS = 3,
    MAX_OUTFITS = 20,
    MAX_ID = 200
};
static const double MAX_BUDGET = 1e9;

/* A question on its way. */
typedef struct {
    weft_api *api;
    weft_recommender_view *view;
    weft_arena *arena;
    weft_look_request look;
    weft_profile profile;
    uint32_t pieces[WEFT_LOOK_MAX_PIECES];
    size_t outfits; /* wanted */
    const char *user_id, *occasion;
    const char *at_fault;
} question;

/* ---- reading ---- */

static weft_status add_piece(question *q, const char *product_id, weft_err *err) {
    uint32_t *row = &q->pieces[q->look.piece_count];
    if (q->look.piece_count == WEFT_LOOK_MAX_PIECES)
        return weft_fail(err, WEFT_E_LIMIT, "product_ids: at most %d", WEFT_LOOK_MAX_PIECES);
    if (!weft_catalog_find(q->view->snapshot->catalog, product_id, row))
        return weft_fail(err, WEFT_E_NOT_FOUND, "there is no product %.200s", product_id);
    for (size_t i = 0; i < q->look.piece_count; i++)
        if (q->pieces[i] == *row)
            return weft_fail(err, WEFT_E_INVALID, "product_ids: %.200s comes twice", product_id);
    q->look.piece_count++;
    return WEFT_OK;
}

static weft_status read_pieces(question *q, const json_t *list, size_t least, weft_err *err) {
    q->at_fault = "product_ids";
    if (!json_is_array(list) || json_array_size(list) < least)
        return weft_fail(err, WEFT_E_INVALID, "product_ids: must be a list of %zu to %d ids", least,
                         WEFT_LOOK_MAX_PIECES);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *id = json_string_value(json_array_get(list, i));
        if (!id) return weft_fail(err, WEFT_E_INVALID, "product_ids: must be strings");
        weft_status status = add_piece(q, id, err);
        if (status) return status;
    }
    q->at_fault = NULL;
    return WEFT_OK;
}

/* The occasion by its name, and the user's taste. */
static weft_status look_up(question *q, weft_err *err) {
    const weft_outfit_rules *rules = q->view->wardrobe->rules;
    q->look.wardrobe = q->view->wardrobe;
    q->look.pieces = q->pieces;
    q->look.occasion = -1;
    if (q->occasion && q->occasion[0]) {
        q->look.occasion = weft_outfit_occasion(rules, q->occasion);
        if (q->look.occasion < 0) {
            weft_buf names;
            weft_buf_init(&names);
            for (size_t i = 0; i < weft_outfit_occasion_count(rules); i++)
                weft_buf_printf(&names, "%s%s", i ? ", " : "", weft_outfit_occasion_name(rules, i));
            q->at_fault = "occasion";
            weft_fail(err, WEFT_E_INVALID, "occasion: must be one of: %s",
                      names.data ? names.data : "(the table of outfit rules has none)");
            weft_buf_deinit(&names);
            return WEFT_E_INVALID;
        }
    }
    if (!q->user_id || !q->user_id[0]) return WEFT_OK;
    q->look.profile = &q->profile;
    return weft_profile_load(&q->profile, q->view->shelf, q->api->options.store, q->user_id,
                             q->arena, err);
}

static weft_status read_body(question *q, weft_fields *fields, weft_err *err) {
    const json_t *ids, *filters;
    weft_status status = weft_fields_value(fields, "product_ids", &ids, err);
    if (!status && ids) status = read_pieces(q, ids, 0, err);
    if (status) return status;
    q->look.limit = DEFAULT_RESULTS;
    q->outfits = DEFAULT_OUTFITS;
    status = weft_fields_size(fields, "num_results", 1, MAX_RESULTS, &q->look.limit, err);
    if (!status) status = weft_fields_size(fields, "num_outfits", 0, MAX_OUTFITS, &q->outfits, err);
    if (!status) status = weft_fields_string(fields, "user_id", MAX_ID, &q->user_id, err);
    if (!status) status = weft_fields_string(fields, "occasion", MAX_ID, &q->occasion, err);
    if (!status) status = weft_fields_number(fields, "budget", 0, MAX_BUDGET, &q->look.budget, err);
    if (!status) status = weft_fields_object(fields, "filters", &filters, err);
    if (status) return status;
    status = weft_filter_parse(&q->look.filter, filters, q->arena, err);
    if (status) fields->at_fault = "filters";
    return status ? weft_fail_in(err, status, "filters") : WEFT_OK;
}

static weft_status read_parameter(void *context, const char *name, const char *value,
                                  weft_err *err) {
    question *q = context;
    if (strcmp(name, "limit") == 0 || strcmp(name, "num_results") == 0)
        return weft_parameter_size(name, value, MAX_RESULTS, &q->look.limit, err);
    if (strcmp(name, "num_outfits") == 0)
        return weft_parameter_size(name, value, MAX_OUTFITS, &q->outfits, err);
    if (strcmp(name, "user_id") == 0) q->user_id = value;
    else if (strcmp(name, "occasion") == 0) q->occasion = value;
    else if (strcmp(name, "budget") == 0) {
        if (weft_str_to_double(weft_str_of(value), &q->look.budget) && q->look.budget > 0 &&
            q->look.budget <= MAX_BUDGET)
            return WEFT_OK;
        return weft_fail(err, WEFT_E_INVALID, "budget: must be more than 0, at most %g",
                         MAX_BUDGET);
    } else {
        return weft_fail(err, WEFT_E_INVALID, "%s: no such parameter", name);
    }
    return WEFT_OK;
}

/* ---- answering ---- */

static void write_float(weft_json *j, const char *key, float value) {
    weft_json_key(j, key);
    weft_json_float(j, value); /* null when it is not known */
}

/* What can be said truly of why a piece goes with the first of those that are there. */
static const char *reason_of(const question *q, const weft_look_piece *piece) {
    const weft_catalog *catalog = q->view->snapshot->catalog;
    const weft_product *one = weft_catalog_product(catalog, piece->row);
    if (piece->photos)
        return weft_arena_printf(q->arena, "Seen together in %u photo%s", piece->photos,
                                 piece->photos == 1 ? "" : "s");
    if (!q->look.piece_count) return NULL;
    const weft_product *base = weft_catalog_product(catalog, q->pieces[0]);
    if (q->look.piece_count == 1 && piece->pairing >= 0.6f)
        return weft_arena_printf(q->arena, "%s often go with %s", one->article_type,
                                 base->article_type);
    if (one->base_color[0] && strcmp(one->base_color, base->base_color) == 0)
        return weft_arena_printf(q->arena, "In %s as well", one->base_color);
    return NULL;
}

static void write_pieces(const question *q, weft_json *j, const weft_look_piece *pieces, size_t n) {
    weft_json_key(j, "products");
    weft_json_array(j);
    for (size_t i = 0; i < n; i++) {
        weft_json_object(j);
        weft_answer_product_fields(j,
                                   weft_catalog_product(q->view->snapshot->catalog, pieces[i].row));
        weft_json_key_string(
            j, "slot", weft_outfit_slot_name(q->look.wardrobe->rules, (size_t)pieces[i].slot));
        write_float(j, "score", pieces[i].score);
        write_float(j, "similarity_score", pieces[i].cosine);
        write_float(j, "pairing", pieces[i].pairing);
        weft_json_key_int(j, "photos", pieces[i].photos);
        weft_json_key_string(j, "reason", reason_of(q, &pieces[i]));
        weft_json_end(j);
    }
    weft_json_end(j);
}

static void write_outfits(const question *q, weft_json *j, const weft_outfit *outfits, size_t n) {
    const weft_wardrobe *w = q->look.wardrobe;
    weft_json_key(j, "outfits");
    weft_json_array(j);
    for (size_t i = 0; i < n; i++) {
        weft_json_object(j);
        weft_json_key_string(j, "look", outfits[i].name);
        write_float(j, "score", outfits[i].score);
        weft_json_key_double(j, "total_price", round(outfits[i].price * 100) / 100);
        weft_json_key(j, "products");
        weft_json_array(j);
        for (size_t p = 0; p < outfits[i].count; p++) {
            uint32_t row = outfits[i].rows[p];
            weft_json_object(j);
            weft_answer_product_fields(j, weft_catalog_product(w->shelf->catalog, row));
            weft_json_key_string(j, "slot",
                                 weft_outfit_slot_name(w->rules, (size_t)w->traits[row].slot));
            weft_json_key_bool(j, "is_given", p < q->look.piece_count);
            weft_json_end(j);
        }
        weft_json_end(j);
        weft_json_end(j);
    }
    weft_json_end(j);
}

/* Given pieces that do not go together cannot be completed. */
static weft_status check_pieces(question *q, weft_err *err) {
    const weft_wardrobe *w = q->view->wardrobe;
    weft_outfit_traits traits[WEFT_LOOK_MAX_PIECES];
    for (size_t i = 0; i < q->look.piece_count; i++) traits[i] = w->traits[q->pieces[i]];
    weft_outfit_verdict verdict = weft_outfit_check(w->rules, traits, q->look.piece_count, false);
    if (!verdict.fault) return WEFT_OK;
    const char *a = weft_catalog_product(w->shelf->catalog, q->pieces[verdict.piece])->product_id;
    const char *b = weft_catalog_product(w->shelf->catalog, q->pieces[verdict.other])->product_id;
    q->at_fault = "product_ids";
    if (verdict.piece == verdict.other)
        return weft_fail(err, WEFT_E_INVALID, "product_ids: %.200s: %s", a,
                         weft_outfit_fault_text(verdict.fault));
    return weft_fail(err, WEFT_E_INVALID, "product_ids: %.200s and %.200s: %s", a, b,
                     weft_outfit_fault_text(verdict.fault));
}

/* One product, and nothing asked beyond what pages that were made beforehand say. */
static bool take_page(const question *q, weft_look_piece **pieces, size_t *n) {
    const weft_look_request *look = &q->look;
    weft_page *page = weft_arena_alloc(q->arena, 1, sizeof *page);
    if (!page || !q->view->pages || look->piece_count != 1 || look->profile || look->budget > 0 ||
        look->occasion >= 0 || !weft_filter_is_empty(look->filter) ||
        !weft_pages_get(q->view->pages, q->pieces[0], page) || page->complete_count < look->limit)
        return false;
    *pieces = page->complete;
    *n = look->limit;
    return true;
}

static weft_status answer(question *q, const weft_http_request *request, weft_buf *out,
                          double started, weft_err *err) {
    weft_look_piece *pieces = NULL;
    weft_outfit *outfits = NULL;
    size_t n = 0, outfit_count = 0;
    weft_json j;
    weft_status status = check_pieces(q, err);
    if (!status && q->look.piece_count && !take_page(q, &pieces, &n))
        status = weft_look_complete(&q->look, q->arena, &pieces, &n, err);
    weft_look_request whole = q->look;
    whole.limit = q->outfits;
    if (!status && whole.limit)
        status = whole.piece_count
                     ? weft_look_compose(&whole, q->arena, &outfits, &outfit_count, err)
                     : weft_look_begin(&whole, q->view->crowd->popularity, q->arena, &outfits,
                                       &outfit_count, err);
    if (status) return status;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    write_pieces(q, &j, pieces, n);
    write_outfits(q, &j, outfits, outfit_count);
    const weft_answer_frame frame = {.search_type = "complete-the-look",
                                     .user_id = q->user_id && q->user_id[0] ? q->user_id : NULL,
                                     .index = weft_embedding_kind_name(WEFT_KIND_HYBRID),
                                     .query_id = weft_http_request_id(request),
                                     .took_ms = (weft_clock_seconds() - started) * 1000};
    weft_answer_frame_fields(&j, &frame, n);
    weft_json_end(&j);
    return WEFT_OK;
}

static void respond(weft_http_response *response, const weft_http_request *request, weft_buf *out,
                    weft_status status, const char *at_fault, const weft_err *err) {
    if (!status) {
        weft_http_respond_json(response, 200, out);
        return;
    }
    weft_buf_deinit(out);
    weft_api_fail(response, request, status, at_fault, err);
}

/* ---- the handlers ---- */

/* GET /api/v1/products/{id}/complete-look */
WEFT_HANDLER(weft_api_complete_product) {
    double started = weft_clock_seconds();
    weft_api *api = context;
    weft_err err = {0};
    weft_buf out;
    question q = {.api = api,
                  .view = weft_recommender_acquire(api->recommender),
                  .arena = weft_http_request_arena(request),
                  .look = {.limit = DEFAULT_RESULTS}};
    weft_buf_init(&out);
    weft_status status = add_piece(&q, weft_http_request_param(request, "id"), &err);
    if (status) q.at_fault = "id";
    else
        status =
            weft_parameters_read(request, read_parameter, &q, &q.look.filter, &q.at_fault, &err);
    if (!status) status = look_up(&q, &err);
    if (!status) status = answer(&q, request, &out, started, &err);
    respond(response, request, &out, status, q.at_fault, &err);
    weft_recommender_release(q.view);
}

/* POST /api/v1/complete-the-look */
WEFT_HANDLER(weft_api_complete_look) {
    static const char *const known[] = {"product_ids", "num_results", "num_outfits", "user_id",
                                        "occasion",    "budget",      "filters",     NULL};
    double started = weft_clock_seconds();
    weft_api *api = context;
    weft_fields fields;
    weft_err err = {0};
    weft_buf out;
    question q = {.api = api,
                  .view = weft_recommender_acquire(api->recommender),
                  .arena = weft_http_request_arena(request)};
    weft_buf_init(&out);
    weft_status status = weft_fields_init(&fields, request, known, &err);
    if (!status) status = read_body(&q, &fields, &err);
    if (!status) status = look_up(&q, &err);
    if (!status) status = answer(&q, request, &out, started, &err);
    respond(response, request, &out, status, q.at_fault ? q.at_fault : fields.at_fault, &err);
    weft_fields_deinit(&fields);
    weft_recommender_release(q.view);
}

static weft_status write_pair(question *q, weft_json *j, size_t a, size_t b, double *sum,
                              weft_err *err) {
    const weft_catalog *catalog = q->view->snapshot->catalog;
    weft_look_match match;
    weft_status status =
        weft_look_compare(q->view->wardrobe, q->pieces[a], q->pieces[b], q->arena, &match, err);
    if (status) return status;
    weft_json_object(j);
    weft_json_key_string(j, "a", weft_catalog_product(catalog, q->pieces[a])->product_id);
    weft_json_key_string(j, "b", weft_catalog_product(catalog, q->pieces[b])->product_id);
    write_float(j, "score", match.score);
    write_float(j, "similarity_score", match.cosine);
    write_float(j, "pairing", match.pairing);
    weft_json_key_int(j, "photos", match.photos);
    weft_json_end(j);
    *sum += (double)match.score;
    return WEFT_OK;
}

static void write_verdict(const question *q, weft_json *j) {
    const weft_wardrobe *w = q->view->wardrobe;
    weft_outfit_traits traits[WEFT_LOOK_MAX_PIECES];
    for (size_t i = 0; i < q->look.piece_count; i++) traits[i] = w->traits[q->pieces[i]];
    weft_outfit_verdict verdict = weft_outfit_check(w->rules, traits, q->look.piece_count, true);
    weft_json_key_bool(j, "fits", !verdict.fault);
    weft_json_key(j, "fault");
    if (!verdict.fault) {
        weft_json_null(j);
        return;
    }
    weft_json_object(j);
    weft_json_key_string(j, "rule", weft_outfit_fault_name(verdict.fault));
    weft_json_key_string(j, "text", weft_outfit_fault_text(verdict.fault));
    weft_json_key(j, "product_ids");
    weft_json_array(j);
    weft_json_string(j,
                     weft_catalog_product(w->shelf->catalog, q->pieces[verdict.piece])->product_id);
    if (verdict.other != verdict.piece)
        weft_json_string(
            j, weft_catalog_product(w->shelf->catalog, q->pieces[verdict.other])->product_id);
    weft_json_end(j);
    weft_json_end(j);
}

static weft_status compare(question *q, weft_fields *fields, weft_buf *out, weft_err *err) {
    const json_t *ids;
    weft_json j;
    double sum = 0;
    weft_status status = weft_fields_value(fields, "product_ids", &ids, err);
    if (!status) status = read_pieces(q, ids, 2, err);
    if (status) return status;
    size_t n = q->look.piece_count;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key(&j, "pairs");
    weft_json_array(&j);
    for (size_t a = 0; a < n && !status; a++)
        for (size_t b = a + 1; b < n && !status; b++) status = write_pair(q, &j, a, b, &sum, err);
    weft_json_end(&j);
    write_float(&j, "compatibility_score", (float)(sum / (double)(n * (n - 1) / 2)));
    write_verdict(q, &j);
    weft_json_end(&j);
    return status;
}

/* POST /api/v1/compatibility-score */
WEFT_HANDLER(weft_api_compatibility) {
    static const char *const known[] = {"product_ids", NULL};
    weft_api *api = context;
    weft_fields fields;
    weft_err err = {0};
    weft_buf out;
    question q = {.api = api,
                  .view = weft_recommender_acquire(api->recommender),
                  .arena = weft_http_request_arena(request)};
    weft_buf_init(&out);
    weft_status status = weft_fields_init(&fields, request, known, &err);
    if (!status) status = compare(&q, &fields, &out, &err);
    respond(response, request, &out, status, q.at_fault ? q.at_fault : fields.at_fault, &err);
    weft_fields_deinit(&fields);
    weft_recommender_release(q.view);
}
