#include "search/rules.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

typedef struct {
    weft_rule *rule;
    weft_arena *arena;
    weft_stemmer *stemmer;
    weft_err *err;
} reader;

static weft_status fail_memory(const reader *r) { return weft_fail(r->err, WEFT_E_NOMEM, "rule"); }

static const char *stems_of(const reader *r, const char *text) {
    weft_word *words;
    size_t n;
    if (weft_words_split(weft_str_of(text), r->arena, &words, &n, NULL)) return NULL;
    return weft_stem_phrase(r->stemmer, words, n, r->arena);
}

static weft_status read_queries(const reader *r, const json_t *json) {
    size_t n = json_array_size(json);
    if (!json) return WEFT_OK;
    if (!json_is_array(json) || n == 0)
        return weft_fail(r->err, WEFT_E_INVALID, "queries: must be an array of phrases");
    if (n > WEFT_RULE_MAX_QUERIES)
        return weft_fail(r->err, WEFT_E_LIMIT, "queries: %zu, at most %d", n,
                         WEFT_RULE_MAX_QUERIES);
    const char **queries = weft_arena_alloc(r->arena, n, sizeof *queries);
    if (!queries) return fail_memory(r);
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(json, i));
        queries[i] = text ? stems_of(r, text) : "";
        if (!queries[i]) return fail_memory(r);
        if (!queries[i][0])
            return weft_fail(r->err, WEFT_E_INVALID, "queries: must be phrases with words");
    }
    r->rule->queries = queries;
    r->rule->query_count = n;
    return WEFT_OK;
}

static weft_status read_time(const reader *r, const json_t *json, const char *name, int64_t *at) {
    const char *text = json_string_value(json);
    int64_t milliseconds;
    if (!json) return WEFT_OK;
    if (!text || !weft_clock_parse(weft_str_of(text), &milliseconds))
        return weft_fail(r->err, WEFT_E_INVALID, "%s: must be a time as 2026-06-01T00:00:00Z",
                         name);
    *at = milliseconds / 1000;
    return WEFT_OK;
}

static weft_status read_pins(const reader *r, const json_t *json) {
    size_t n = json_array_size(json);
    if (!json) return WEFT_OK;
    if (!json_is_array(json)) return weft_fail(r->err, WEFT_E_INVALID, "pin: must be an array");
    if (n > WEFT_RULE_MAX_PINS)
        return weft_fail(r->err, WEFT_E_LIMIT, "pin: %zu, at most %d", n, WEFT_RULE_MAX_PINS);
    weft_rule_pin *pins = weft_arena_alloc(r->arena, n, sizeof *pins);
    if (!pins) return fail_memory(r);
    for (size_t i = 0; i < n; i++) {
        const json_t *pin = json_array_get(json, i), *at = json_object_get(pin, "position");
        const char *id = json_string_value(json_object_get(pin, "product_id"));
        json_int_t position = json_integer_value(at);
        if (!id || !id[0] || position < 1 || position > WEFT_RULE_MAX_POSITION)
            return weft_fail(r->err, WEFT_E_INVALID,
                             "pin: must be objects of product_id and position, from 1 to %d",
                             WEFT_RULE_MAX_POSITION);
        pins[i] = (weft_rule_pin){weft_arena_strdup(r->arena, id), (size_t)position};
        if (!pins[i].product_id) return fail_memory(r);
    }
    r->rule->pins = pins;
    r->rule->pin_count = n;
    return WEFT_OK;
}

static weft_status read_boosts(const reader *r, const json_t *json) {
    size_t n = json_array_size(json);
    if (!json) return WEFT_OK;
    if (!json_is_array(json)) return weft_fail(r->err, WEFT_E_INVALID, "boost: must be an array");
    if (n > WEFT_RULE_MAX_BOOSTS)
        return weft_fail(r->err, WEFT_E_LIMIT, "boost: %zu, at most %d", n, WEFT_RULE_MAX_BOOSTS);
    weft_rule_boost *boosts = weft_arena_alloc(r->arena, n, sizeof *boosts);
    if (!boosts) return fail_memory(r);
    for (size_t i = 0; i < n; i++) {
        const json_t *boost = json_array_get(json, i), *by = json_object_get(boost, "by");
        const json_t *filter = json_object_get(boost, "filter");
        double amount = json_number_value(by);
        if (!json_is_object(filter) || !json_is_number(by) || !(fabs(amount) <= 10) || amount == 0)
            return weft_fail(r->err, WEFT_E_INVALID,
                             "boost: must be objects of filter and by, from -10 to 10 and not 0");
        boosts[i].by = (float)amount;
        weft_status status = weft_filter_parse(&boosts[i].filter, filter, r->arena, r->err);
        if (status) return weft_fail_in(r->err, status, "boost");
    }
    r->rule->boosts = boosts;
    r->rule->boost_count = n;
    return WEFT_OK;
}

static weft_status read_bury(const reader *r, const json_t *json) {
    if (!json) return WEFT_OK;
    if (!json_is_object(json) || !json_object_size(json))
        return weft_fail(r->err, WEFT_E_INVALID, "bury: must be a filter");
    weft_status status = weft_filter_parse(&r->rule->bury, json, r->arena, r->err);
    return status ? weft_fail_in(r->err, status, "bury") : WEFT_OK;
}

static weft_status check_names(const reader *r, json_t *json) {
    static const char *const known[] = {"name",  "enabled", "queries", "match", "from",
                                        "until", "pin",     "boost",   "bury"};
    const char *name;
    json_t *value;
    if (!json_is_object(json)) return weft_fail(r->err, WEFT_E_INVALID, "a rule is an object");
    json_object_foreach(json, name, value) {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            is_known |= strcmp(known[i], name) == 0;
        if (!is_known) return weft_fail(r->err, WEFT_E_INVALID, "%.64s: no such field", name);
    }
    return WEFT_OK;
}

static weft_status read_plain(const reader *r, const json_t *json) {
    const json_t *enabled = json_object_get(json, "enabled");
    const json_t *name = json_object_get(json, "name"), *match = json_object_get(json, "match");
    if ((name && !json_is_string(name)) || json_string_length(name) > 200)
        return weft_fail(r->err, WEFT_E_INVALID, "name: must be a string of at most 200 bytes");
    if (enabled && !json_is_boolean(enabled))
        return weft_fail(r->err, WEFT_E_INVALID, "enabled: must be true or false");
    r->rule->is_exact =
        match && json_is_string(match) && !strcmp(json_string_value(match), "exact");
    if (match && !r->rule->is_exact &&
        (!json_is_string(match) || strcmp(json_string_value(match), "words") != 0))
        return weft_fail(r->err, WEFT_E_INVALID, "match: must be words or exact");
    r->rule->is_enabled = !enabled || json_is_true(enabled);
    r->rule->name = weft_arena_strdup(r->arena, name ? json_string_value(name) : "");
    return r->rule->name ? WEFT_OK : fail_memory(r);
}

weft_status weft_rule_parse(weft_rule *rule, const char *id, const json_t *json, weft_arena *arena,
                            weft_err *err) {
    reader r = {.rule = rule, .arena = arena, .err = err};
    *rule = (weft_rule){.id = weft_arena_strdup(arena, id), .from = INT64_MIN, .until = INT64_MAX};
    if (!rule->id) return fail_memory(&r);
    weft_status status = check_names(&r, (json_t *)json);
    if (!status) status = weft_stemmer_new(&r.stemmer, err);
    if (status) return status;
    status = read_plain(&r, json);
    if (!status) status = read_queries(&r, json_object_get(json, "queries"));
    if (!status) status = read_time(&r, json_object_get(json, "from"), "from", &rule->from);
    if (!status) status = read_time(&r, json_object_get(json, "until"), "until", &rule->until);
    if (!status) status = read_pins(&r, json_object_get(json, "pin"));
    if (!status) status = read_boosts(&r, json_object_get(json, "boost"));
    if (!status) status = read_bury(&r, json_object_get(json, "bury"));
    if (!status && !rule->pin_count && !rule->boost_count && !rule->bury)
        status = weft_fail(err, WEFT_E_INVALID, "a rule pins, boosts or buries something");
    weft_stemmer_free(r.stemmer);
    return status;
}

/* Does text have every word of phrase? Both are stems apart by single spaces. */
static bool has_words(const char *text, const char *phrase) {
    for (const char *at = phrase; *at;) {
        size_t n = strcspn(at, " ");
        bool found = false;
        for (const char *word = text; *word && !found;) {
            size_t length = strcspn(word, " ");
            found = length == n && memcmp(word, at, n) == 0;
            word += length + (word[length] == ' ');
        }
        if (!found) return false;
        at += n + (at[n] == ' ');
    }
    return true;
}

static bool acts(const weft_rule *rule, const char *stems, int64_t now) {
    if (!rule->is_enabled || now < rule->from || now >= rule->until) return false;
    if (!rule->query_count) return true;
    for (size_t i = 0; stems && i < rule->query_count; i++)
        if (rule->is_exact ? strcmp(stems, rule->queries[i]) == 0
                           : has_words(stems, rule->queries[i]))
            return true;
    return false;
}

weft_status weft_rules_select(const weft_rule *rules, size_t n, const char *query, int64_t now,
                              weft_arena *arena, const weft_rule ***acting, size_t *count,
                              weft_err *err) {
    reader r = {.arena = arena, .err = err};
    const char *stems = NULL;
    *count = 0;
    *acting = weft_arena_alloc(arena, n, sizeof **acting);
    if (!*acting) return fail_memory(&r);
    if (n && query) {
        weft_status status = weft_stemmer_new(&r.stemmer, err);
        if (status) return status;
        stems = stems_of(&r, query);
        weft_stemmer_free(r.stemmer);
        if (!stems) return fail_memory(&r);
    }
    for (size_t i = 0; i < n; i++)
        if (acts(&rules[i], stems, now)) (*acting)[(*count)++] = &rules[i];
    return WEFT_OK;
}
