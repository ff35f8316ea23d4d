#include "api/search_question.h"

#include <stdlib.h>
#include <string.h>

#include "search/cursor.h"

enum { MAX_QUERY = 10000, MAX_TERM = 1000, MAX_USER_ID = 200, DEFAULT_LIMIT = 20 };

static weft_status fail_at(weft_fields *fields, const char *name, weft_err *err, const char *what) {
    fields->at_fault = name;
    return weft_fail(err, WEFT_E_INVALID, "%s: %s", name, what);
}

/* {"x": 0.1, "y": 0, "width": 0.5, "height": 0.8} */
static weft_status read_crop(weft_fields *fields, weft_search_question *q, weft_err *err) {
    static const char *const names[] = {"x", "y", "width", "height"};
    const json_t *crop;
    double numbers[4];
    weft_status status = weft_fields_object(fields, "crop", &crop, err);
    if (status || !crop) return status;
    for (size_t i = 0; i < 4; i++) {
        const json_t *number = json_object_get(crop, names[i]);
        numbers[i] = json_number_value(number);
        if (!json_is_number(number) || json_object_size(crop) != 4 || numbers[i] < 0)
            return fail_at(fields, "crop", err, "must have x, y, width and height, from 0 to 1");
    }
    if (numbers[2] <= 0 || numbers[3] <= 0 || numbers[0] + numbers[2] > 1.0001 ||
        numbers[1] + numbers[3] > 1.0001)
        return fail_at(fields, "crop", err, "must lie within the photo");
    weft_image_box *box = weft_arena_alloc(fields->arena, 1, sizeof *box);
    if (!box) return weft_fail(err, WEFT_E_NOMEM, "crop");
    *box = (weft_image_box){(float)numbers[0], (float)numbers[1], (float)numbers[2],
                            (float)numbers[3]};
    q->crop = box;
    return WEFT_OK;
}

/* "image", and where several may be given, "images" too. */
static weft_status read_photos(const weft_search_mode *mode, weft_fields *fields,
                               weft_search_question *q, weft_err *err) {
    weft_str one;
    const weft_str *more = NULL;
    size_t n = 0;
    weft_status status = weft_fields_bytes(fields, "image", &one, err);
    if (!status && mode->takes_mix)
        status =
            weft_fields_bytes_list(fields, "images", WEFT_QUESTION_MAX_PHOTOS - 1, &more, &n, err);
    if (status) return status;
    weft_str *photos = weft_arena_alloc(fields->arena, n + 1, sizeof *photos);
    if (!photos) return weft_fail(err, WEFT_E_NOMEM, "photos");
    if (one.data) photos[q->photo_count++] = one;
    for (size_t i = 0; i < n; i++) photos[q->photo_count++] = more[i];
    q->photos = photos;
    return WEFT_OK;
}

/* [{"text": "stripes", "weight": -1}, ...] */
static weft_status read_terms(weft_fields *fields, weft_search_question *q, weft_err *err) {
    const json_t *terms;
    weft_status status = weft_fields_value(fields, "terms", &terms, err);
    if (status || !terms) return status;
    if (!json_is_array(terms)) return fail_at(fields, "terms", err, "must be an array");
    if (json_array_size(terms) > WEFT_QUESTION_MAX_TERMS) {
        fields->at_fault = "terms";
        return weft_fail(err, WEFT_E_LIMIT, "terms: %zu, at most %d", json_array_size(terms),
                         WEFT_QUESTION_MAX_TERMS);
    }
    for (size_t i = 0; i < json_array_size(terms); i++) {
        json_t *term = json_array_get(terms, i);
        const json_t *text = json_object_get(term, "text"), *by = json_object_get(term, "weight");
        double weight = by ? json_number_value(by) : 1;
        if (!json_is_object(term) || !json_is_string(text) || (by && !json_is_number(by)) ||
            json_object_size(term) != (by ? 2 : 1) ||
            weft_str_trim((weft_str){json_string_value(text), json_string_length(text)}).size == 0)
            return fail_at(fields, "terms", err,
                           "must be objects of \"text\" and \"weight\", a number");
        if (json_string_length(text) > MAX_TERM || !(weight >= -1 && weight <= 1) || weight == 0)
            return fail_at(fields, "terms", err,
                           "text has at most 1000 bytes, weight is from -1 to 1 and not 0");
        q->terms[q->term_count++] = (weft_question_term){
            .text = weft_arena_strdup(fields->arena, json_string_value(text)), .weight = weight};
        if (!q->terms[q->term_count - 1].text) return weft_fail(err, WEFT_E_NOMEM, "terms");
    }
    return WEFT_OK;
}

static weft_status read_inputs(const weft_search_mode *mode, weft_fields *fields,
                               weft_search_question *q, weft_err *err) {
    weft_status status = weft_fields_string(fields, "query", MAX_QUERY, &q->query, err);
    if (!status) status = read_photos(mode, fields, q, err);
    if (!status && mode->takes_photo) status = read_crop(fields, q, err);
    if (!status) status = weft_fields_number(fields, "weight", 0, 1, &q->weight, err);
    if (!status && mode->takes_mix) status = read_terms(fields, q, err);
    if (status) return status;
    if (q->query && weft_str_trim(weft_str_of(q->query)).size == 0) q->query = NULL;
    if (mode->takes_one) {
        if (!q->query == !q->photo_count)
            return fail_at(fields, q->query ? "image" : "query", err,
                           "give words or a photo, one of the two");
        q->kind = q->query ? WEFT_KIND_IMAGE : WEFT_KIND_TEXT;
    } else if (!q->query && !q->photo_count && !q->term_count) {
        return mode->takes_words ? fail_at(fields, "query", err, "is needed")
                                 : fail_at(fields, "image", err, "is needed");
    }
    return WEFT_OK;
}

/* true, false, or the names of what may be understood. */
static weft_status read_understand(weft_fields *fields, weft_search_question *q, weft_err *err) {
    const json_t *value;
    weft_status status = weft_fields_value(fields, "understand", &value, err);
    if (status || !value) return status;
    if (json_is_boolean(value)) {
        q->understand = json_is_true(value) ? WEFT_UNDERSTAND_ALL : 0;
        return WEFT_OK;
    }
    q->understand = 0;
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
        const char *name = json_string_value(json_array_get(value, i));
        unsigned bit = name ? weft_understand_named(name) : 0;
        if (!bit) value = NULL;
        q->understand |= bit;
    }
    if (json_is_array(value)) return WEFT_OK;
#define KNOWN(name, text) " " text
    return fail_at(fields, "understand", err,
                   "must be true, false, or an array of" WEFT_UNDERSTAND_LIST(KNOWN));
#undef KNOWN
}

static weft_status read_ranking(weft_fields *fields, weft_search_question *q, weft_err *err) {
    const char *fusion = NULL;
    weft_status status = read_understand(fields, q, err);
    if (!status) status = weft_fields_string(fields, "fusion", 16, &fusion, err);
    q->says_fusion = fusion != NULL;
    if (!status && fusion && !weft_fusion_named(fusion, &q->fusion))
        status = fail_at(fields, "fusion", err, "must be scores, ranks, none or learned");
    if (!status) status = weft_fields_number(fields, "diversity", 0, 1, &q->diversity, err);
    if (!status) status = weft_fields_number(fields, "min_relevance", 0, 1, &q->min_relevance, err);
    if (!status) status = weft_fields_flag(fields, "collapse", &q->collapse, err);
    if (!status) status = weft_fields_flag(fields, "facets", &q->facets, err);
    if (!status) status = weft_fields_flag(fields, "explain", &q->explain, err);
    return status;
}

/* The same question gives the same fingerprint, however it was written. */
static void take_fingerprint(weft_search_question *q, const json_t *filters) {
    char *canonical = filters ? json_dumps(filters, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    const struct {
        const void *bytes;
        size_t n;
    } parts[] = {
        {q->query, q->query ? strlen(q->query) : 0},
        {q->crop, q->crop ? sizeof *q->crop : 0},
        {&q->weight, sizeof q->weight},
        {&q->kind, sizeof q->kind},
        {&q->understand, sizeof q->understand},
        {&q->fusion, sizeof q->fusion},
        {&q->diversity, sizeof q->diversity},
        {&q->min_relevance, sizeof q->min_relevance},
        {&q->collapse, sizeof q->collapse},
        {canonical, canonical ? strlen(canonical) : 0},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        q->fingerprint = weft_cursor_fingerprint(q->fingerprint, parts[i].bytes, parts[i].n);
    for (size_t i = 0; i < q->photo_count; i++)
        q->fingerprint =
            weft_cursor_fingerprint(q->fingerprint, q->photos[i].data, q->photos[i].size);
    for (size_t i = 0; i < q->term_count; i++) {
        const weft_question_term *term = &q->terms[i];
        q->fingerprint = weft_cursor_fingerprint(q->fingerprint, term->text, strlen(term->text));
        q->fingerprint =
            weft_cursor_fingerprint(q->fingerprint, &term->weight, sizeof term->weight);
    }
    free(canonical);
}

static weft_status read_page(weft_fields *fields, weft_search_question *q, weft_err *err) {
    const char *index = NULL;
    const json_t *filters;
    weft_status status = weft_fields_size(fields, "limit", 1, WEFT_RANK_MAX_LIMIT, &q->limit, err);
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
    take_fingerprint(q, filters);
    return WEFT_OK;
}

weft_status weft_search_question_read(weft_search_question *q, const weft_search_mode *mode,
                                      const weft_http_request *request, weft_fields *fields,
                                      weft_err *err) {
    const char *known[24] = {"limit",      "filters",   "cursor",        "user_id",
                             "understand", "diversity", "min_relevance", "collapse",
                             "facets",     "explain",   "fusion"};
    size_t n = 11;
    if (mode->takes_words) known[n++] = "query";
    if (mode->takes_photo) known[n++] = "image", known[n++] = "crop";
    if (mode->takes_mix) known[n++] = "images[]", known[n++] = "terms", known[n++] = "weight";
    if (mode->takes_index) known[n++] = "index";
    if (mode->takes_rule) known[n++] = "rule";
    *q = (weft_search_question){.weight = 0.5,
                                .limit = DEFAULT_LIMIT,
                                .kind = mode->kind,
                                .understand = mode->takes_one ? 0 : WEFT_UNDERSTAND_ALL,
                                .fusion = mode->takes_one ? WEFT_FUSE_NONE : WEFT_FUSE_SCORES};
    weft_status status = weft_fields_init(fields, request, known, err);
    if (!status) status = read_inputs(mode, fields, q, err);
    if (!status) status = read_ranking(fields, q, err);
    if (!status) status = read_page(fields, q, err);
    if (!status && mode->takes_rule) {
        status = weft_fields_object(fields, "rule", &q->rule, err);
        if (!status && !q->rule) status = fail_at(fields, "rule", err, "is needed");
    }
    return status;
}
