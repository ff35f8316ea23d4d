/* filter_parameters.h - filters and numbers in the query string of a GET:
 * ?base_color=Red&base_color=Blue&min_price=20&limit=12. */
#ifndef WEFT_API_FILTER_PARAMETERS_H
#define WEFT_API_FILTER_PARAMETERS_H

#include <jansson.h>

#include "catalog/filter.h"
#include "http/http.h"

/* A whole number from 1 to high. WEFT_E_INVALID names the parameter. */
weft_status weft_parameter_size(const char *name, const char *text, size_t high, size_t *value,
                                weft_err *err);

/* "true" or "false". WEFT_E_INVALID names the parameter. */
weft_status weft_parameter_flag(const char *name, const char *text, bool *value, weft_err *err);

/* Puts one parameter into a filter as filter.h reads it: a facet (more values of one are any of
 * them), min_price or max_price. *is_filter is false for any other name. WEFT_E_INVALID (no
 * number), WEFT_E_NOMEM. */
weft_status weft_filter_parameter(json_t *filter, const char *name, const char *value,
                                  bool *is_filter, weft_err *err);

/* Told of a parameter that is no filter: WEFT_OK when it was understood. */
typedef weft_status (*weft_parameter_read)(void *context, const char *name, const char *value,
                                           weft_err *err);

/* Reads all parameters of a request; the filter lives in the request's arena. *at_fault names
 * the parameter that is wrong. */
weft_status weft_parameters_read(const weft_http_request *request, weft_parameter_read read,
                                 void *context, const weft_filter **filter, const char **at_fault,
                                 weft_err *err);

#endif
