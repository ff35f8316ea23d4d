#include "api/rule_set.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

static const double look_seconds = 0.5;

void weft_rule_sets_init(weft_rule_sets *sets, weft_store *store) {
    *sets = (weft_rule_sets){.store = store, .looked = -look_seconds};
    pthread_mutex_init(&sets->lock, NULL);
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

/* Under the lock. The revision is read before the rules: they are then never older. */
static weft_status look(weft_rule_sets *sets, weft_err *err) {
    int64_t revision;
    weft_rule_set *fresh = NULL;
    weft_status status = weft_store_rules_revision(sets->store, &revision, err);
    sets->looked = weft_clock_seconds();
    if (status || (sets->present && sets->present->revision == revision)) return status;
    status = read_set(sets->store, revision, &fresh, err);
    if (status) return status;
    weft_rule_set_release(sets->present);
    sets->present = fresh;
    return WEFT_OK;
}

weft_status weft_rule_sets_acquire(weft_rule_sets *sets, bool is_fresh, weft_rule_set **set,
                                   weft_err *err) {
    weft_status status = WEFT_OK;
    pthread_mutex_lock(&sets->lock);
    if (is_fresh || !sets->present || weft_clock_seconds() - sets->looked > look_seconds)
        status = look(sets, err);
    if (!is_fresh && sets->present) status = WEFT_OK;
    *set = NULL;
    if (!status) {
        *set = sets->present;
        atomic_fetch_add(&(*set)->holders, 1);
    }
    pthread_mutex_unlock(&sets->lock);
    return status;
}
