/* api_recommendations.c - GET /api/v1/recommendations/{user_id}. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "api/answer.h"
#include "api/api_internal.h"
#include "api/filter_parameters.h"
#include "base/clock.h"
#include "recommend/reasons.h"
#include "search/cursor.h"

enum { DEFAULT_LIMIT = 20, MAX_LIMIT = 100, MAX_USER_ID = 200, EXPLORE_SECONDS = 300 };
static const double MAX_BUDGET = 1e9;

typedef struct {
    weft_recommend_request *request;
    bool explains;
} parameters;

static weft_status read_number(const char *name, const char *text, double low, double high,
                               double *value, weft_err *err) {
    if (weft_str_to_double(weft_str_of(text), value) && *value >= low && *value <= high)
        return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID, "%s: must be a number from %g to %g", name, low, high);
}

static weft_status read_parameter(void *context, const char *name, const char *value,
                                  weft_err *err) {
    parameters *p = context;
    weft_recommend_request *q = p->request;
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"restrict_category", &q->restrict_category},
                 {"restrict_price", &q->restrict_price},
                 {"restrict_color", &q->restrict_color},
                 {"include_seen", &q->includes_seen},
                 {"explain", &p->explains}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(name, flags[i].name) == 0)
            return weft_parameter_flag(name, value, flags[i].flag, err);
    if (strcmp(name, "limit") == 0)
        return weft_parameter_size(name, value, MAX_LIMIT, &q->limit, err);
    if (strcmp(name, "budget") == 0) {
        weft_status status = read_number(name, value, 0, MAX_BUDGET, &q->budget, err);
        if (status || q->budget > 0) return status;
        return weft_fail(err, WEFT_E_INVALID, "budget: must be more than 0");
    }
    if (strcmp(name, "diversity") == 0) {
        double diversity;
        weft_status status = read_number(name, value, 0, 1, &diversity, err);
        q->diversity = (float)diversity;
        return status;
    }
    if (strcmp(name, "way") == 0) {
        if (weft_recommend_way_named(value, &q->way)) return WEFT_OK;
        return weft_fail(err, WEFT_E_INVALID,
                         "way: must be blend, formula, home, content, "
                         "collaborative or popularity");
    }
    return weft_fail(err, WEFT_E_INVALID, "%s: no such parameter", name);
}

/* ---- the answer ---- */

static void write_part(weft_json *j, const char *name, float value) {
    weft_json_key(j, name);
    weft_json_float(j, value); /* null when it is not known */
}

static void write_parts(weft_json *j, const weft_recommended *one) {
    weft_json_key(j, "explain");
    weft_json_object(j);
    for (int part = 0; part < WEFT_PART_COUNT; part++)
        write_part(j, weft_recommend_part_name((weft_recommend_part)part), one->parts[part]);
    write_part(j, "score", one->score);
    weft_json_key_string(j, "rule", one->pinned_by ? one->pinned_by->id : NULL);
    weft_json_end(j);
}

static void write_reasons(weft_json *j, const weft_reason *reasons, size_t n) {
    weft_json_key_string(j, "personalization_reason", n ? reasons[0].text : NULL);
    weft_json_key(j, "reasons");
    weft_json_array(j);
    for (size_t i = 0; i < n; i++) {
        weft_json_object(j);
        weft_json_key_string(j, "kind", weft_reason_name(reasons[i].kind));
        weft_json_key_string(j, "text", reasons[i].text);
        if (reasons[i].product_id) weft_json_key_string(j, "product_id", reasons[i].product_id);
        weft_json_end(j);
    }
    weft_json_end(j);
}

static weft_status write_products(weft_json *j, const weft_recommend_request *q,
                                  const weft_recommended *list, size_t n, bool explains,
                                  weft_arena *arena, weft_err *err) {
    weft_status status = WEFT_OK;
    weft_json_key(j, "products");
    weft_json_array(j);
    for (size_t i = 0; i < n && !status; i++) {
        weft_reason reasons[WEFT_REASONS_MAX];
        size_t count;
        status = weft_reasons_find(q, &list[i], arena, reasons, &count, err);
        weft_json_object(j);
        weft_answer_product_fields(j, weft_catalog_product(q->shelf->catalog, list[i].row));
        write_part(j, "similarity_score", list[i].parts[WEFT_PART_USER]);
        write_reasons(j, reasons, count);
        if (explains) write_parts(j, &list[i]);
        weft_json_end(j);
    }
    weft_json_end(j);
    return status;
}

/* ---- exploration ---- */

/* A user sees the same list for some minutes. */
static uint64_t explore_seed(const char *user_id) {
    int64_t bucket = (int64_t)time(NULL) / EXPLORE_SECONDS;
    uint64_t seed = weft_cursor_fingerprint(0, user_id, strlen(user_id));
    return weft_cursor_fingerprint(seed, &bucket, sizeof bucket);
}

static void count_explored(weft_api *api, const weft_recommended *list, size_t n) {
    unsigned long long explored = 0;
    for (size_t i = 0; i < n; i++) explored += list[i].is_explored;
    if (explored) atomic_fetch_add(&api->explored, explored);
}

/* ---- the handler ---- */

typedef struct {
    weft_recommended *products; /* [n] */
    size_t n, total;
} ranked_list;

/* The user and the parameters as they came. */
static const char *key_of(const weft_http_request *request, weft_arena *arena) {
    size_t n;
    const weft_http_query *queries = weft_http_request_queries(request, &n);
    weft_buf key;
    weft_buf_init(&key);
    weft_buf_puts(&key, weft_http_request_param(request, "user_id"));
    for (size_t i = 0; i < n; i++)
        weft_buf_printf(&key, "\n%s=%s", queries[i].name, queries[i].value);
    const char *text = weft_buf_ok(&key) ? weft_arena_strdup(arena, key.data) : NULL;
    weft_buf_deinit(&key);
    return text;
}

/* A list of a moment ago, or one made now. */
static weft_status make_list(weft_api *api, const weft_http_request *request,
                             const weft_recommend_request *q, int64_t revision, uint64_t generation,
                             ranked_list *list, weft_err *err) {
    weft_arena *arena = weft_http_request_arena(request);
    const weft_list_stamp stamp = {.key = key_of(request, arena),
                                   .generation = generation,
                                   .revision = revision,
                                   .newest_event = q->profile->newest_event,
                                   .seed = q->explore_seed};
    if (stamp.key &&
        weft_list_cache_get(api->lists, &stamp, arena, &list->products, &list->n, &list->total))
        return WEFT_OK;
    weft_status status = weft_recommend(q, arena, &list->products, &list->n, &list->total, err);
    if (!status && stamp.key)
        weft_list_cache_put(api->lists, &stamp, list->products, list->n, list->total);
    return status;
}

/* All that an answer is made from, in order of making. */
static weft_status recommend(weft_api *api, const weft_http_request *request, weft_buf *out,
                             const char **at_fault, weft_err *err) {
    double started = weft_clock_seconds();
    weft_arena *arena = weft_http_request_arena(request);
    const char *user_id = weft_http_request_param(request, "user_id");
    weft_recommender_view *view = weft_recommender_acquire(api->recommender);
    weft_rule_set *rules = weft_rule_sets_acquire(&api->rules);
    weft_profile profile;
    ranked_list list = {0};
    const weft_rule **acting;
    weft_recommend_request q = {.shelf = view->shelf,
                                .crowd = view->crowd,
                                .profile = &profile,
                                .weights = view->weights,
                                .diversity = WEFT_SERVED_DIVERSITY,
                                .category_share = WEFT_SERVED_CATEGORY_SHARE,
                                .explore = api->options.explore,
                                .explore_seed = explore_seed(user_id),
                                .limit = DEFAULT_LIMIT};
    parameters p = {.request = &q};
    weft_status status = WEFT_OK;
    if (strlen(user_id) > MAX_USER_ID) {
        *at_fault = "user_id";
        status = weft_fail(err, WEFT_E_LIMIT, "user_id: at most %d bytes", MAX_USER_ID);
    }
    if (!status)
        status = weft_parameters_read(request, read_parameter, &p, &q.filter, at_fault, err);
    if (!status)
        status = weft_profile_load(&profile, view->shelf, api->options.store, user_id, arena, err);
    if (!status)
        status = weft_rules_select(rules->rules, rules->count, NULL, (int64_t)time(NULL), arena,
                                   &acting, &q.rule_count, err);
    /* From here on it computes, unless it asks an engine. */
    bool takes_turns = !status && !view->shelf->engine;
    if (takes_turns) weft_turns_enter(&api->ranking);
    if (!status) {
        q.rules = acting;
        status = make_list(api, request, &q, rules->revision, view->generation, &list, err);
    }
    if (!status) {
        count_explored(api, list.products, list.n);
        weft_json j;
        weft_json_begin(&j, out);
        weft_json_object(&j);
        status = write_products(&j, &q, list.products, list.n, p.explains, arena, err);
        const weft_answer_frame frame = {.search_type = "recommendations",
                                         .user_id = user_id,
                                         .index = weft_embedding_kind_name(WEFT_KIND_HYBRID),
                                         .query_id = weft_http_request_id(request),
                                         .took_ms = (weft_clock_seconds() - started) * 1000};
        weft_json_key_bool(&j, "is_cold_start", profile.count == 0);
        weft_answer_frame_fields(&j, &frame, list.total);
        weft_json_end(&j);
    }
    if (takes_turns) weft_turns_leave(&api->ranking);
    weft_rule_set_release(rules);
    weft_recommender_release(view);
    return status;
}

WEFT_HANDLER(weft_api_recommendations) {
    const char *at_fault = NULL;
    weft_err err = {0};
    weft_buf out;
    weft_buf_init(&out);
    weft_status status = recommend(context, request, &out, &at_fault, &err);
    if (!status) {
        weft_http_respond_json(response, 200, &out);
        return;
    }
    weft_buf_deinit(&out);
    weft_api_fail(response, request, status, at_fault, &err);
}
