#include "api/rule_set.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

weft_status weft_rule_sets_init(weft_rule_sets *sets, weft_store *store, weft_err *err) {
    *sets = (weft_rule_sets){.store = store};
    pthread_mutex_init(&sets->lock, NULL);
    return weft_rule_sets_look(sets, err);
}

void weft_rule_sets_deinit(weft_rule_sets *sets) {
    weft_rule_set_release(sets->present);
    pthread_mutex_destroy(&sets->lock);
}

void weft_rule_set_release(weft_rule_set *set) {
    if (!set || atomic_fetch_sub(&set->holders, 1) != 1) return;
    weft_arena_deinit(&set->arena);
    weft_free(set);
}

static void read_rule(weft_rule_set *set, const weft_store_rule *stored) {
    weft_err err = {0};
    json_error_t where;
    json_t *json = json_loads(stored->rule, 0, &where);
    weft_rule *rule = &set->rules[set->count];
    weft_status status = json ? weft_rule_parse(rule, stored->rule_id, json, &set->arena, &err)
                              : weft_fail(&err, WEFT_E_FORMAT, "%s", where.text);
    json_decref(json);
    if (status) weft_log(WEFT_LOG_ERROR, "merchandising rule %s: %s", stored->rule_id, err.message);
    else set->count++;
}

static weft_status read_set(weft_store *store, int64_t revision, weft_rule_set **out,
                            weft_err *err) {
    weft_store_rule *stored;
    size_t n;
    weft_rule_set *set = weft_calloc(1, sizeof *set);
    if (!set) return weft_fail(err, WEFT_E_NOMEM, "merchandising rules");
    weft_arena_init(&set->arena, 0);
    atomic_init(&set->holders, 1);
    set->revision = revision;
    weft_status status =
        weft_store_list_rules(store, false, WEFT_RULES_MAX, &set->arena, &stored, &n, err);
    if (!status) {
        set->rules = weft_arena_alloc(&set->arena, n, sizeof *set->rules);
        if (!set->rules) status = weft_fail(err, WEFT_E_NOMEM, "merchandising rules");
    }
    for (size_t i = 0; i < n && !status; i++) read_rule(set, &stored[i]);
    if (status) weft_rule_set_release(set);
    else *out = set;
    return status;
}

/* The revision is read before the rules: they are then never older. Of two that look at the
 * same time the older one's set does not replace the newer one's. */
weft_status weft_rule_sets_look(weft_rule_sets *sets, weft_err *err) {
    int64_t revision;
    weft_rule_set *fresh = NULL, *old;
    weft_status status = weft_store_rules_revision(sets->store, &revision, err);
    if (status) return status;
    pthread_mutex_lock(&sets->lock);
    bool is_known = sets->present && sets->present->revision == revision;
    pthread_mutex_unlock(&sets->lock);
    if (is_known) return WEFT_OK;
    status = read_set(sets->store, revision, &fresh, err);
    if (status) return status;
    pthread_mutex_lock(&sets->lock);
    bool is_newer = !sets->present || sets->present->revision < revision;
    old = is_newer ? sets->present : fresh;
    if (is_newer) sets->present = fresh;
    pthread_mutex_unlock(&sets->lock);
    weft_rule_set_release(old);
    return WEFT_OK;
}

weft_rule_set *weft_rule_sets_acquire(weft_rule_sets *sets) {
    pthread_mutex_lock(&sets->lock);
    weft_rule_set *set = sets->present;
    atomic_fetch_add(&set->holders, 1);
    pthread_mutex_unlock(&sets->lock);
    return set;
}
