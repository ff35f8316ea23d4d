#include <string.h>

#include "api/api_internal.h"
#include "api/fields.h"

enum { MAX_ID = 200 };

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
    *event = (weft_event){"", "", "", ""};
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

/* POST /api/v1/events: what a user did; recommendations learn from it. */
WEFT_HANDLER(weft_api_post_event) {
    static const char *const known[] = {"user_id", "product_id", "event_type", "query_id", NULL};
    weft_api *api = context;
    weft_fields fields;
    weft_event event;
    weft_err err = {0};
    weft_status status = weft_fields_init(&fields, request, known, &err);
    if (!status) status = read_event(&fields, &event, &err);
    if (!status) status = weft_store_put_event(api->options.store, &event, &err);
    if (status) {
        weft_api_fail(response, request, status,
                      status == WEFT_E_NOT_FOUND ? "product_id" : fields.at_fault, &err);
    } else {
        static const char accepted[] = "{\"accepted\":true}";
        weft_http_respond_static(response, 201, "application/json", accepted, sizeof accepted - 1);
    }
    weft_fields_deinit(&fields);
}
