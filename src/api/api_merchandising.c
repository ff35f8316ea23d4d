/* api_merchandising.c - a merchandiser's rules: listed, changed, previewed, and their history. */
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "api/fields.h"
#include "api/token.h"

enum { MAX_ID = 100, DEFAULT_HISTORY = 50, MAX_HISTORY = 1000 };

static void write_stored(weft_json *j, const weft_store_rule *rule) {
    weft_json_object(j);
    weft_json_key_string(j, "rule_id", rule->rule_id);
    weft_json_key_int(j, "revision", rule->revision);
    weft_json_key_string(j, "actor", rule->actor);
    weft_json_key_string(j, "changed_at", rule->created_at);
    weft_json_key(j, "rule");
    if (rule->rule[0]) weft_json_raw(j, rule->rule);
    else weft_json_null(j);
    weft_json_end(j);
}

static void respond_list(weft_http_response *response, const char *key,
                         const weft_store_rule *rules, size_t n) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key(&j, key);
    weft_json_array(&j);
    for (size_t i = 0; i < n; i++) write_stored(&j, &rules[i]);
    weft_json_end(&j);
    weft_json_end(&j);
    weft_http_respond_json(response, 200, &out);
}

/* GET /merchandising/rules */
WEFT_HANDLER(weft_api_list_rules) {
    weft_api *api = context;
    weft_store_rule *rules;
    size_t n;
    weft_err err = {0};
    weft_status status = weft_store_list_rules(api->options.store, false, WEFT_RULES_MAX,
                                               weft_http_request_arena(request), &rules, &n, &err);
    if (status) weft_api_fail(response, request, status, NULL, &err);
    else respond_list(response, "rules", rules, n);
}

/* GET /merchandising/history?limit=: who changed what, the newest first */
WEFT_HANDLER(weft_api_rules_history) {
    weft_api *api = context;
    weft_store_rule *rules;
    size_t n;
    uint64_t limit = DEFAULT_HISTORY;
    weft_err err = {0};
    const char *text = weft_http_request_query(request, "limit");
    weft_status status = WEFT_OK;
    if (text && (!weft_str_to_u64(weft_str_of(text), &limit) || limit < 1 || limit > MAX_HISTORY))
        status = weft_fail(&err, WEFT_E_INVALID, "limit: must be a whole number from 1 to %d",
                           MAX_HISTORY);
    if (!status)
        status = weft_store_list_rules(api->options.store, true, (size_t)limit,
                                       weft_http_request_arena(request), &rules, &n, &err);
    if (status) weft_api_fail(response, request, status, "limit", &err);
    else respond_list(response, "history", rules, n);
}

/* Who asks: the name of the token. */
static weft_status read_actor(weft_api *api, const weft_http_request *request, const char **actor,
                              weft_err *err) {
    char digest[WEFT_DIGEST_HEX_SIZE];
    const char *header = weft_http_request_header(request, "Authorization");
    const char *token = header ? strchr(header, ' ') : NULL;
    *actor = "";
    if (!token) return WEFT_OK;
    weft_token_digest(token + strspn(token, " "), digest);
    return weft_store_token_name(api->options.store, digest, weft_http_request_arena(request),
                                 actor, err);
}

static weft_status check_id(const char *id, weft_err *err) {
    size_t n = strlen(id);
    if (n > MAX_ID || strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "-_.") != n)
        return weft_fail(err, WEFT_E_INVALID, "id: at most %d letters of A-Z a-z 0-9 - _ .",
                         MAX_ID);
    return WEFT_OK;
}

static weft_status put(weft_api *api, const weft_http_request *request, const char *rule,
                       weft_err *err) {
    weft_store_rule stored = {.rule_id = weft_http_request_param(request, "id"), .rule = rule};
    weft_status status = check_id(stored.rule_id, err);
    if (!status) status = read_actor(api, request, &stored.actor, err);
    if (!status) status = weft_store_put_rule(api->options.store, &stored, err);
    /* Who changed it sees it act with the next search. */
    return status ? status : weft_rule_sets_look(&api->rules, err);
}

/* PUT /merchandising/rules/{id} */
WEFT_HANDLER(weft_api_put_rule) {
    weft_api *api = context;
    json_t *json = NULL;
    weft_rule rule;
    weft_err err = {0};
    char *text = NULL;
    weft_arena *arena = weft_http_request_arena(request);
    weft_status status = weft_json_parse_body(weft_http_request_body(request), &json, &err);
    if (!status)
        status = weft_rule_parse(&rule, weft_http_request_param(request, "id"), json, arena, &err);
    if (!status && !(text = json_dumps(json, JSON_COMPACT)))
        status = weft_fail(&err, WEFT_E_NOMEM, "rule");
    if (!status) status = put(api, request, text, &err);
    free(text);
    json_decref(json);
    if (status) {
        /* The message begins with the field's name. */
        char *field = weft_arena_strndup(arena, err.message, strcspn(err.message, ": "));
        weft_api_fail(response, request, status, field, &err);
        return;
    }
    weft_http_respond_static(response, 200, "application/json", "{\"stored\":true}", 15);
}

/* DELETE /merchandising/rules/{id} */
WEFT_HANDLER(weft_api_delete_rule) {
    weft_err err = {0};
    weft_status status = put(context, request, "", &err);
    if (status) weft_api_fail(response, request, status, "id", &err);
    else weft_http_respond_static(response, 200, "application/json", "{\"removed\":true}", 16);
}
