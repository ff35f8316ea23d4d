/* api_events.c - POST /api/v1/events: what users did; recommendations learn from it. */
#include <string.h>

#include "api/api_internal.h"
#include "api/fields.h"

enum { MAX_ID = 200, MAX_EVENTS = 1000 };

/* The list of them, then what an event has. */
static const char *const known[] = {"events",     "user_id",  "product_id",
                                    "event_type", "query_id", NULL};

static weft_status read_event(weft_fields *fields, weft_event *event, weft_err *err) {
    static const char *const types[] = {"view", "click", "add_to_cart", "purchase"};
    static const struct {
        const char *name;
        size_t at;
        bool is_needed;
    } strings[] = {{"user_id", offsetof(weft_event, user_id), true},
                   {"product_id", offsetof(weft_event, product_id), true},
                   {"event_type", offsetof(weft_event, event_type), true},
                   {"query_id", offsetof(weft_event, query_id), false}};
    *event = (weft_event){"", "", "", "", 0};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        const char **value = (const char **)(void *)((char *)event + strings[i].at);
        weft_status status = weft_fields_string(fields, strings[i].name, MAX_ID, value, err);
        if (status) return status;
        if (!strings[i].is_needed || (*value)[0]) continue;
        fields->at_fault = strings[i].name;
        return weft_fail(err, WEFT_E_INVALID, "%s: is needed", strings[i].name);
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i], event->event_type) == 0) return WEFT_OK;
    fields->at_fault = "event_type";
    return weft_fail(err, WEFT_E_INVALID,
                     "event_type: must be view, click, add_to_cart or purchase");
}

/* Names a field of item i as the one at fault; NULL: the item itself. */
static void blame_item(weft_fields *fields, size_t i, const char *name) {
    const char *at_fault = name ? weft_arena_printf(fields->arena, "events[%zu].%s", i, name)
                                : weft_arena_printf(fields->arena, "events[%zu]", i);
    fields->at_fault = at_fault ? at_fault : "events";
}

static weft_status check_names(weft_fields *fields, json_t *item, size_t i, weft_err *err) {
    const char *name;
    json_t *value;
    json_object_foreach(item, name, value) {
        size_t k = 1;
        while (known[k] && strcmp(known[k], name) != 0) k++;
        if (known[k]) continue;
        blame_item(fields, i, name);
        return weft_fail(err, WEFT_E_INVALID, "events[%zu]: %.40s: no such field", i, name);
    }
    return WEFT_OK;
}

/* Item i of the list "events"; what is wrong with it is told with its number. */
static weft_status read_item(weft_fields *fields, json_t *item, size_t i, weft_event *event,
                             weft_err *err) {
    weft_fields of_item = {.json = item, .arena = fields->arena};
    if (!json_is_object(item)) {
        blame_item(fields, i, NULL);
        return weft_fail(err, WEFT_E_INVALID, "events[%zu]: must be an object", i);
    }
    weft_status status = check_names(fields, item, i, err);
    if (status) return status;
    status = read_event(&of_item, event, err);
    if (!status) return WEFT_OK;
    blame_item(fields, i, of_item.at_fault);
    return weft_fail_in(err, status, "events[%zu]", i);
}

/* What an event has stands in the list's events, or nowhere. */
static weft_status check_list_alone(weft_fields *fields, weft_err *err) {
    for (size_t k = 1; known[k]; k++) {
        const char *value = "";
        weft_status status = weft_fields_string(fields, known[k], MAX_ID, &value, err);
        if (status) return status;
        if (!value[0]) continue;
        fields->at_fault = known[k];
        return weft_fail(err, WEFT_E_INVALID, "%s: has no place beside events", known[k]);
    }
    return WEFT_OK;
}

static weft_status read_list(weft_fields *fields, const json_t *list, weft_event **events,
                             size_t *n, weft_err *err) {
    weft_status status = check_list_alone(fields, err);
    if (status) return status;
    *n = json_array_size(list);
    fields->at_fault = "events";
    if (!json_is_array(list) || *n < 1 || *n > MAX_EVENTS)
        return weft_fail(err, WEFT_E_INVALID, "events: must be a list of 1 to %d", MAX_EVENTS);
    *events = weft_arena_alloc(fields->arena, *n, sizeof **events);
    if (!*events) return weft_fail(err, WEFT_E_NOMEM, "events");
    for (size_t i = 0; i < *n && !status; i++)
        status = read_item(fields, json_array_get(list, i), i, &(*events)[i], err);
    if (!status) fields->at_fault = NULL;
    return status;
}

/* The list, or one event with its fields at the top. */
static weft_status read_events(weft_fields *fields, weft_event **events, size_t *n, bool *is_list,
                               weft_err *err) {
    const json_t *list;
    weft_status status = weft_fields_value(fields, "events", &list, err);
    *is_list = list != NULL;
    if (status) return status;
    if (list) return read_list(fields, list, events, n, err);
    *n = 1;
    *events = weft_arena_alloc(fields->arena, 1, sizeof **events);
    if (!*events) return weft_fail(err, WEFT_E_NOMEM, "event");
    return read_event(fields, *events, err);
}

static void answer_list(weft_http_response *response, const weft_event *events, size_t n,
                        const bool *is_known) {
    weft_buf out;
    weft_json j;
    size_t accepted = 0;
    for (size_t i = 0; i < n; i++) accepted += is_known[i];
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_int(&j, "accepted", (int64_t)accepted);
    weft_json_key(&j, "rejected");
    weft_json_array(&j);
    for (size_t i = 0; i < n; i++) {
        if (is_known[i]) continue;
        weft_json_object(&j);
        weft_json_key_int(&j, "index", (int64_t)i);
        weft_json_key_string(&j, "field", "product_id");
        weft_json_key_string(&j, "product_id", events[i].product_id);
        weft_json_key_string(&j, "detail", "no such product");
        weft_json_end(&j);
    }
    weft_json_end(&j);
    weft_json_end(&j);
    weft_http_respond_json(response, 202, &out);
}

WEFT_HANDLER(weft_api_post_event) {
    weft_api *api = context;
    weft_fields fields;
    weft_event *events = NULL;
    size_t n = 0;
    bool is_list = false, *is_known = NULL;
    weft_err err = {0};
    weft_status status = weft_fields_init(&fields, request, known, &err);
    if (!status) status = read_events(&fields, &events, &n, &is_list, &err);
    if (!status) {
        is_known = weft_arena_calloc(fields.arena, n, sizeof *is_known);
        status = is_known ? weft_event_group_put(&api->events, events, n, is_known, &err)
                          : weft_fail(&err, WEFT_E_NOMEM, "events");
    }
    if (!status && !is_list && !is_known[0]) {
        fields.at_fault = "product_id";
        status =
            weft_fail(&err, WEFT_E_NOT_FOUND, "product %s: no such product", events[0].product_id);
    }
    if (status) {
        weft_api_fail(response, request, status, fields.at_fault, &err);
    } else if (is_list) {
        answer_list(response, events, n, is_known);
    } else {
        static const char accepted[] = "{\"accepted\":true}";
        weft_http_respond_static(response, 202, "application/json", accepted, sizeof accepted - 1);
    }
    weft_fields_deinit(&fields);
}
