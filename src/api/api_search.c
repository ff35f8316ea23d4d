/* api_search.c - POST /api/v1/search/...
 *
 * The four searches differ in what they take and which index they ask; the rest is one path:
 * the question is read, its words are understood, everything in it is embedded together, and
 * search ranks the products. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/answer_search.h"
#include "api/api_internal.h"
#include "api/search_arm.h"
#include "api/search_question.h"
#include "base/clock.h"
#include "image/photo_part.h"
#include "search/cursor.h"
#include "search/depicted.h"

static const weft_search_mode text_mode = {
    .type = "text", .takes_words = true, .takes_index = true, .kind = WEFT_KIND_HYBRID};
static const weft_search_mode image_mode = {
    .type = "image", .takes_photo = true, .takes_index = true, .kind = WEFT_KIND_IMAGE};
static const weft_search_mode hybrid_mode = {.type = "hybrid",
                                             .takes_words = true,
                                             .takes_photo = true,
                                             .takes_mix = true,
                                             .takes_index = true,
                                             .kind = WEFT_KIND_HYBRID};
static const weft_search_mode preview_mode = {.type = "text",
                                              .takes_words = true,
                                              .takes_index = true,
                                              .takes_rule = true,
                                              .kind = WEFT_KIND_HYBRID};
static const weft_search_mode cross_mode = {
    .type = "cross-modal", .takes_words = true, .takes_photo = true, .takes_one = true};

enum { CROPPED_FROM = 2048 }; /* pixels of the longer side of a photo that is cropped */

/* A request on its way. */
typedef struct {
    const weft_search_mode *mode;
    weft_search_question question;
    weft_fields fields;
    weft_serving *serving;
    weft_snapshot *snapshot;
    weft_rule_set *rules;
    weft_query understood;
    weft_rank_request asked;
    weft_search_arm arm;
} trip;

/* What is to be encoded: at most words, photos, terms, and phrases that are not wanted. */
enum {
    MAX_ITEMS = 1 + WEFT_QUESTION_MAX_PHOTOS + WEFT_QUESTION_MAX_TERMS + WEFT_QUERY_MAX_UNWANTED
};

/* What words count beside a photo when all of them are understood as attributes. */
static const double BESIDE_TERMS = 0.2;

/* A vector and what it counts: above 0 in the question, below 0 among what is not wanted. */
typedef struct {
    weft_clip_item items[MAX_ITEMS];
    float weights[MAX_ITEMS];
    size_t n, dim;
    weft_arena *arena;
} mixture;

static bool add_item(mixture *m, weft_str text, weft_str photo, double weight) {
    float *vector = weft_arena_alloc(m->arena, m->dim, sizeof *vector);
    if (!vector) return false;
    m->weights[m->n] = (float)weight;
    m->items[m->n++] = (weft_clip_item){.text = text, .photo = photo, .vector = vector};
    return true;
}

static bool list_items(const trip *t, mixture *m) {
    const weft_search_question *q = &t->question;
    const char *words = t->asked.query ? t->understood.text : q->query;
    bool has_words = words && weft_str_trim(weft_str_of(words)).size > 0, ok = true;
    double photos = has_words ? q->weight : 1;
    /* "this, but in red": words that say nothing but what must hold anyway would only draw the
     * photo's neighbours towards any red thing. */
    bool says_more = !t->asked.query || t->understood.has_free_words || q->weight == 0;
    double words_share = (1 - q->weight) * (says_more ? 1 : BESIDE_TERMS);
    if (has_words && (!q->photo_count || q->weight < 1))
        ok = add_item(m, weft_str_of(words), (weft_str){0}, q->photo_count ? words_share : 1);
    for (size_t i = 0; ok && photos > 0 && i < q->photo_count; i++)
        ok = add_item(m, (weft_str){0}, q->photos[i], photos / (double)q->photo_count);
    for (size_t i = 0; ok && i < q->term_count; i++)
        ok = add_item(m, weft_str_of(q->terms[i].text), (weft_str){0}, q->terms[i].weight);
    for (size_t i = 0; ok && i < t->understood.unwanted_count; i++)
        ok = add_item(m, weft_str_of(t->understood.unwanted[i]), (weft_str){0}, -1);
    return ok;
}

/* The weighted mean of what is wanted, of length 1 again; NULL when there is nothing. */
static const float *blend(const mixture *m) {
    float *sum = weft_arena_calloc(m->arena, m->dim, sizeof *sum);
    size_t count = 0, last = 0;
    if (!sum) return NULL;
    for (size_t i = 0; i < m->n; i++) {
        if (m->weights[i] <= 0) continue;
        for (size_t d = 0; d < m->dim; d++) sum[d] += m->weights[i] * m->items[i].vector[d];
        last = i;
        count++;
    }
    if (count <= 1) return count ? m->items[last].vector : NULL;
    double length = 0;
    for (size_t d = 0; d < m->dim; d++) length += (double)sum[d] * sum[d];
    length = sqrt(length);
    for (size_t d = 0; d < m->dim; d++) sum[d] = length > 0 ? (float)(sum[d] / length) : 0;
    return sum;
}

static weft_status list_unwanted(trip *t, const mixture *m, weft_err *err) {
    const float **vectors = weft_arena_alloc(m->arena, m->n, sizeof *vectors);
    float *weights = weft_arena_alloc(m->arena, m->n, sizeof *weights);
    size_t n = 0;
    if (!vectors || !weights) return weft_fail(err, WEFT_E_NOMEM, "query");
    for (size_t i = 0; i < m->n; i++) {
        if (m->weights[i] > 0) continue;
        vectors[n] = m->items[i].vector;
        weights[n++] = -m->weights[i];
    }
    t->asked.unwanted = vectors;
    t->asked.unwanted_weights = weights;
    t->asked.unwanted_count = n;
    return WEFT_OK;
}

/* The part of the first photo that counts, in its place. */
static weft_status crop_photo(trip *t, weft_api *api, weft_err *err) {
    weft_search_question *q = &t->question;
    weft_image image = {0};
    if (!q->crop || !q->photo_count) return WEFT_OK;
    weft_str *photos = weft_arena_alloc(t->fields.arena, q->photo_count, sizeof *photos);
    if (!photos) return weft_fail(err, WEFT_E_NOMEM, "photos");
    memcpy(photos, q->photos, q->photo_count * sizeof *photos);
    sem_wait(&api->scalers); /* a decoded photo is much memory */
    weft_status status = weft_photo_open(&image, photos[0], CROPPED_FROM, err);
    if (!status) status = weft_photo_part(&image, q->crop, t->fields.arena, &photos[0], err);
    sem_post(&api->scalers);
    weft_image_deinit(&image);
    q->photos = photos;
    if (!status) return WEFT_OK;
    t->fields.at_fault = "image";
    return weft_fail_in(err, weft_api_photo_status(status), "image");
}

static weft_status embed(trip *t, weft_err *err) {
    mixture m = {.dim = weft_clip_model_info(t->serving->model).dim, .arena = t->fields.arena};
    size_t at_fault;
    if (!list_items(t, &m)) return weft_fail(err, WEFT_E_NOMEM, "query vector");
    if (m.n == 0) return WEFT_OK;
    weft_status status = weft_clip_queue_encode(t->serving->encoder, m.items, m.n, &at_fault, err);
    if (status) {
        if (at_fault == m.n || !m.items[at_fault].photo.data) return status;
        t->fields.at_fault = "image";
        return weft_fail_in(err, weft_api_photo_status(status), "image");
    }
    t->asked.embedding = blend(&m);
    status = list_unwanted(t, &m, err);
    for (size_t i = 0; i < m.n && !status && t->asked.query; i++)
        if (m.items[i].photo.data && t->question.understand & WEFT_UNDERSTAND_CATEGORY) {
            status = weft_query_add_depicted(&t->understood, &t->asked, m.items[i].vector,
                                             t->fields.arena, err);
            break; /* of several photos the first says it */
        }
    return status;
}

static weft_status understand(trip *t, weft_err *err) {
    const weft_search_question *q = &t->question;
    bool is_photo_alone = q->photo_count && q->weight >= 1;
    if (!q->query || is_photo_alone || (!q->understand && q->fusion == WEFT_FUSE_NONE))
        return WEFT_OK;
    t->asked.query = &t->understood;
    return weft_query_parse(&t->understood, q->query, q->understand, t->snapshot->lexicon,
                            t->fields.arena, err);
}

static void describe(trip *t, const weft_learned *learned) {
    const weft_search_question *q = &t->question;
    t->asked.catalog = t->snapshot->catalog;
    t->asked.lexicon = t->snapshot->lexicon;
    t->asked.indexes = t->snapshot->index;
    t->asked.engine = t->snapshot->engine;
    t->asked.kind = q->kind;
    t->asked.filter = q->filter;
    t->asked.fusion = q->fusion;
    t->asked.learned = learned;
    t->asked.diversity = (float)q->diversity;
    t->asked.collapse = q->collapse;
    t->asked.min_relevance = (float)q->min_relevance;
    t->asked.wants_facets = q->facets;
    t->asked.explains = q->explain;
    t->asked.limit = q->limit;
}

/* The rules that act on this question now. */
static weft_status select_rules(trip *t, weft_api *api, weft_err *err) {
    const weft_rule **acting;
    t->rules = weft_rule_sets_acquire(&api->rules);
    weft_status status =
        weft_rules_select(t->rules->rules, t->rules->count, t->question.query, (int64_t)time(NULL),
                          t->fields.arena, &acting, &t->asked.rule_count, err);
    if (!status) t->asked.rules = acting;
    return status;
}

static void write_answer(const trip *t, const weft_http_request *request, weft_json *j,
                         const weft_rank_page *page, double started) {
    const weft_search_question *q = &t->question;
    char cursor[WEFT_CURSOR_SIZE];
    size_t next = t->asked.offset + page->count;
    bool has_more = page->count && next < page->total && next <= WEFT_RANK_MAX_OFFSET;
    if (has_more) weft_cursor_write(next, q->fingerprint, cursor);
    const weft_answer_ranked about = {
        .frame = {.query = q->query,
                  .search_type = t->mode->type,
                  .user_id = q->user_id,
                  .index = weft_embedding_kind_name(q->kind),
                  .next_cursor = has_more ? cursor : NULL,
                  .query_id = weft_http_request_id(request),
                  .took_ms = round((weft_clock_seconds() - started) * 1e5) / 100},
        .request = &t->asked,
    };
    weft_answer_ranked_write(j, page, &about);
}

/* From the request to a question that can be ranked. */
static weft_status prepare(trip *t, const weft_http_request *request, weft_api *api,
                           weft_err *err) {
    weft_status status = weft_search_question_read(&t->question, t->mode, request, &t->fields, err);
    /* What was learned from this shop's users ranks, unless the search says otherwise. */
    if (!status && api->options.learned && !t->question.says_fusion && !t->mode->takes_one)
        t->question.fusion = WEFT_FUSE_LEARNED;
    if (!status)
        weft_search_arm_apply(&t->arm, t->mode->takes_one ? NULL : api->options.experiment,
                              &t->question);
    if (!status && t->question.cursor) {
        status =
            weft_cursor_read(t->question.cursor, t->question.fingerprint, &t->asked.offset, err);
        if (status) t->fields.at_fault = "cursor";
    }
    if (status) return status;
    t->snapshot = weft_live_acquire(t->serving->live);
    describe(t, api->options.learned);
    status = understand(t, err);
    if (!status) status = select_rules(t, api, err);
    if (!status) status = crop_photo(t, api, err);
    return status ? status : embed(t, err);
}

static void end(trip *t) {
    weft_rule_set_release(t->rules);
    weft_snapshot_release(t->snapshot);
    weft_api_release(t->serving);
    weft_fields_deinit(&t->fields);
}

static void search(const weft_search_mode *mode, const weft_http_request *request,
                   weft_http_response *response, weft_api *api) {
    double started = weft_clock_seconds();
    trip t = {.mode = mode, .serving = weft_api_acquire(api)};
    weft_err err = {0};
    weft_rank_page page;
    weft_status status = prepare(&t, request, api, &err);
    if (!status) status = weft_search_arm_rank(&t.arm, &t.asked, t.fields.arena, &page, &err);
    if (status) {
        weft_api_fail(response, request, status, t.fields.at_fault, &err);
    } else {
        weft_buf out;
        weft_json j;
        weft_buf_init(&out);
        weft_json_begin(&j, &out);
        write_answer(&t, request, &j, &page, started);
        weft_http_respond_json(response, 200, &out);
        weft_search_arm_keep(&t.arm, api->options.searches, &t.question, mode->type,
                             weft_http_request_id(request), t.asked.catalog, &page);
    }
    end(&t);
}

WEFT_HANDLER(weft_api_search_text) { search(&text_mode, request, response, context); }
WEFT_HANDLER(weft_api_search_image) { search(&image_mode, request, response, context); }
WEFT_HANDLER(weft_api_search_hybrid) { search(&hybrid_mode, request, response, context); }
WEFT_HANDLER(weft_api_search_cross_modal) { search(&cross_mode, request, response, context); }

/* ---- POST /merchandising/preview: a search without a rule and with it ---- */

/* The rule as if it were enabled and its time had come, before those that act. */
static weft_status add_rule(trip *t, weft_err *err) {
    weft_arena *arena = t->fields.arena;
    weft_rule *rule = weft_arena_alloc(arena, 1, sizeof *rule);
    const weft_rule **acting, **all;
    size_t n;
    if (!rule) return weft_fail(err, WEFT_E_NOMEM, "rule");
    weft_status status = weft_rule_parse(rule, "preview", t->question.rule, arena, err);
    if (status) {
        t->fields.at_fault = "rule";
        return weft_fail_in(err, status, "rule");
    }
    rule->is_enabled = true;
    rule->from = INT64_MIN;
    rule->until = INT64_MAX;
    status = weft_rules_select(rule, 1, t->question.query, 0, arena, &acting, &n, err);
    all = weft_arena_alloc(arena, t->asked.rule_count + 1, sizeof *all);
    if (!status && !all) status = weft_fail(err, WEFT_E_NOMEM, "rule");
    if (status || n == 0) return status;
    all[0] = rule;
    for (size_t i = 0; i < t->asked.rule_count; i++) all[i + 1] = t->asked.rules[i];
    t->asked.rules = all;
    t->asked.rule_count++;
    return WEFT_OK;
}

WEFT_HANDLER(weft_api_preview_rule) {
    double started = weft_clock_seconds();
    trip t = {.mode = &preview_mode, .serving = weft_api_acquire(context)};
    weft_err err = {0};
    weft_rank_page before, after;
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_status status = prepare(&t, request, context, &err);
    if (!status) status = weft_rank_run(&t.asked, t.fields.arena, &before, &err);
    if (!status) {
        weft_json_object(&j);
        weft_json_key(&j, "before");
        write_answer(&t, request, &j, &before, started);
        status = add_rule(&t, &err);
    }
    if (!status) status = weft_rank_run(&t.asked, t.fields.arena, &after, &err);
    if (status) {
        weft_buf_deinit(&out);
        weft_api_fail(response, request, status, t.fields.at_fault, &err);
    } else {
        weft_json_key(&j, "after");
        write_answer(&t, request, &j, &after, started);
        weft_json_end(&j);
        weft_http_respond_json(response, 200, &out);
    }
    end(&t);
}
