/* api_users.c - GET /api/v1/users and what hangs below it. */
#include <math.h>
#include <string.h>

#include "api/answer.h"
#include "api/api_internal.h"
#include "api/filter_parameters.h"

enum { DEFAULT_LIMIT = 50, MAX_LIMIT = 1000, SHOWN_INTERESTS = 20 };

static void write_user_fields(weft_json *j, const weft_store_user *user) {
    weft_json_key_string(j, "user_id", user->user_id);
    weft_json_key_string(j, "segment", user->segment[0] ? user->segment : NULL);
    weft_json_key_string(j, "created_at", user->created_at);
}

/* ---- GET /users ---- */

static void write_users(weft_buf *out, const weft_store_user *users, size_t n, size_t limit,
                        size_t total) {
    weft_json j;
    bool has_more = n > limit;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key(&j, "users");
    weft_json_array(&j);
    for (size_t i = 0; i < n && i < limit; i++) {
        weft_json_object(&j);
        write_user_fields(&j, &users[i]);
        weft_json_end(&j);
    }
    weft_json_end(&j);
    weft_json_key_int(&j, "total", (int64_t)total);
    weft_json_key_string(&j, "next", has_more ? users[limit - 1].user_id : NULL);
    weft_json_key_bool(&j, "has_more", has_more);
    weft_json_end(&j);
}

/* ?limit=50&segment=luxury&after=user_00050: the page after one that ended with that user. */
WEFT_HANDLER(weft_api_list_users) {
    static const char *const known[] = {"limit", "segment", "after"};
    weft_api *api = context;
    const char *at_fault = NULL;
    size_t limit = DEFAULT_LIMIT, n = 0, total = 0, parameters;
    weft_store_user *users;
    weft_err err = {0};
    weft_status status = WEFT_OK;
    const weft_http_query *queries = weft_http_request_queries(request, &parameters);
    for (size_t i = 0; i < parameters && !status; i++) {
        size_t k = 0;
        at_fault = queries[i].name;
        while (k < 3 && strcmp(known[k], queries[i].name) != 0) k++;
        if (k == 3)
            status = weft_fail(&err, WEFT_E_INVALID, "%.40s: no such parameter", queries[i].name);
        else if (k == 0)
            status = weft_parameter_size("limit", queries[i].value, MAX_LIMIT, &limit, &err);
    }
    const char *segment = weft_http_request_query(request, "segment");
    const char *after = weft_http_request_query(request, "after");
    if (!status) status = weft_store_count_users(api->options.store, segment, &total, &err);
    if (!status)
        status = weft_store_list_users(api->options.store, segment, after ? after : "", limit + 1,
                                       weft_http_request_arena(request), &users, &n, &err);
    if (status) {
        weft_api_fail(response, request, status, at_fault, &err);
        return;
    }
    weft_buf out;
    weft_buf_init(&out);
    write_users(&out, users, n, limit, total);
    weft_http_respond_json(response, 200, &out);
}

/* ---- one user ---- */

WEFT_HANDLER(weft_api_get_user) {
    weft_api *api = context;
    weft_store_user user;
    weft_err err = {0};
    weft_status status =
        weft_store_get_user(api->options.store, weft_http_request_param(request, "user_id"),
                            weft_http_request_arena(request), &user, &err);
    if (status) {
        weft_api_fail(response, request, status, "user_id", &err);
        return;
    }
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    write_user_fields(&j, &user);
    weft_json_end(&j);
    weft_http_respond_json(response, 200, &out);
}

static void write_price(weft_json *j, const char *name, double price) {
    weft_json_key_double(j, name, price); /* null when it is not known */
}

static void write_features(weft_json *j, const weft_store_features *f) {
    weft_json_key_int(j, "num_interactions", (int64_t)f->interactions);
    weft_json_key(j, "category_prefs");
    weft_json_raw(j, f->category_prefs);
    weft_json_key(j, "color_prefs");
    weft_json_raw(j, f->color_prefs);
    weft_json_key(j, "preferred_brands");
    weft_json_raw(j, f->preferred_brands);
    write_price(j, "avg_price_point", f->avg_price);
    write_price(j, "min_price", f->min_price);
    write_price(j, "max_price", f->max_price);
    write_price(j, "p25_price", f->p25_price);
    write_price(j, "p75_price", f->p75_price);
    weft_json_key_string(j, "embedding_model", f->embedding_model);
    weft_json_key_int(j, "embedding_dimension", (int64_t)f->dim);
    weft_json_key(j, "user_embedding");
    if (!f->embedding) {
        weft_json_null(j);
        return;
    }
    weft_json_array(j);
    for (size_t i = 0; i < f->dim; i++) weft_json_float(j, f->embedding[i]);
    weft_json_end(j);
}

static void write_interests(weft_json *j, const weft_profile *profile,
                            const weft_catalog *catalog) {
    weft_json_key(j, "recent_products");
    weft_json_array(j);
    for (size_t i = 0; i < profile->count && i < SHOWN_INTERESTS; i++)
        weft_answer_product(j, weft_catalog_product(catalog, profile->interests[i].row), NULL);
    weft_json_end(j);
}

/* What the events of a user say, up to the last one; of someone without any too. */
static weft_status describe(weft_api *api, const weft_http_request *request, weft_buf *out,
                            weft_err *err) {
    weft_arena *arena = weft_http_request_arena(request);
    const char *user_id = weft_http_request_param(request, "user_id");
    weft_store_user user;
    weft_profile profile;
    weft_store_features features;
    weft_recommender_view *view = weft_recommender_acquire(api->recommender);
    weft_status status =
        weft_profile_load(&profile, view->shelf, api->options.store, user_id, arena, err);
    if (!status) {
        status = weft_store_get_user(api->options.store, user_id, arena, &user, err);
        /* A visitor whose first event has just come is no user yet. */
        if (status == WEFT_E_NOT_FOUND && profile.interactions) {
            user = (weft_store_user){user_id, "", NULL};
            status = WEFT_OK;
        }
    }
    if (!status)
        status = weft_profile_features(&profile, view->shelf, user_id,
                                       view->serving->embedding_model, arena, &features, err);
    if (!status) {
        weft_json j;
        weft_json_begin(&j, out);
        weft_json_object(&j);
        write_user_fields(&j, &user);
        write_features(&j, &features);
        write_interests(&j, &profile, view->snapshot->catalog);
        weft_json_end(&j);
    }
    weft_recommender_release(view);
    return status;
}

WEFT_HANDLER(weft_api_user_profile) {
    weft_err err = {0};
    weft_buf out;
    weft_buf_init(&out);
    weft_status status = describe(context, request, &out, &err);
    if (!status) {
        weft_http_respond_json(response, 200, &out);
        return;
    }
    weft_buf_deinit(&out);
    weft_api_fail(response, request, status, "user_id", &err);
}
