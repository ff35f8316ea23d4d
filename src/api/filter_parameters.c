#include "api/filter_parameters.h"

#include <string.h>

#include "base/str.h"

weft_status weft_parameter_size(const char *name, const char *text, size_t high, size_t *value,
                                weft_err *err) {
    uint64_t number;
    if (!weft_str_to_u64(weft_str_of(text), &number) || number < 1 || number > high)
        return weft_fail(err, WEFT_E_INVALID, "%s: must be a whole number from 1 to %zu", name,
                         high);
    *value = (size_t)number;
    return WEFT_OK;
}

weft_status weft_parameter_flag(const char *name, const char *text, bool *value, weft_err *err) {
    *value = strcmp(text, "true") == 0;
    if (*value || strcmp(text, "false") == 0) return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID, "%s: must be true or false", name);
}

/* filter[field] gets one more value: base_color=Red&base_color=Blue is any of the two. */
static weft_status add_choice(json_t *filter, const char *field, const char *value, weft_err *err) {
    json_t *values = json_object_get(filter, field);
    if (!values) {
        values = json_array();
        if (json_object_set_new(filter, field, values) != 0) values = NULL;
    }
    if (!values || json_array_append_new(values, json_string(value)) != 0)
        return weft_fail(err, WEFT_E_NOMEM, "filter");
    return WEFT_OK;
}

static weft_status add_price(json_t *filter, const char *name, const char *operator,
                             const char * text, weft_err *err) {
    double price;
    if (!weft_str_to_double(weft_str_of(text), &price))
        return weft_fail(err, WEFT_E_INVALID, "%s: must be a number", name);
    json_t *range = json_object_get(filter, "price");
    if (!range) {
        range = json_object();
        if (json_object_set_new(filter, "price", range) != 0) range = NULL;
    }
    if (!range || json_object_set_new(range, operator, json_real(price)) != 0)
        return weft_fail(err, WEFT_E_NOMEM, "filter");
    return WEFT_OK;
}

weft_status weft_filter_parameter(json_t *filter, const char *name, const char *value,
                                  bool *is_filter, weft_err *err) {
    weft_facet facet;
    *is_filter = true;
    if (strcmp(name, "min_price") == 0) return add_price(filter, name, "$gte", value, err);
    if (strcmp(name, "max_price") == 0) return add_price(filter, name, "$lte", value, err);
    if (weft_catalog_facet_named(name, &facet)) return add_choice(filter, name, value, err);
    *is_filter = false;
    return WEFT_OK;
}

weft_status weft_parameters_read(const weft_http_request *request, weft_parameter_read read,
                                 void *context, const weft_filter **filter, const char **at_fault,
                                 weft_err *err) {
    size_t n;
    const weft_http_query *queries = weft_http_request_queries(request, &n);
    json_t *json = json_object();
    weft_status status = json ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "filter");
    for (size_t i = 0; i < n && !status; i++) {
        bool is_filter;
        *at_fault = queries[i].name;
        status = weft_filter_parameter(json, queries[i].name, queries[i].value, &is_filter, err);
        if (!status && !is_filter) status = read(context, queries[i].name, queries[i].value, err);
    }
    if (!status) {
        *at_fault = NULL;
        status = weft_filter_parse(filter, json, weft_http_request_arena(request), err);
    }
    json_decref(json);
    return status;
}
