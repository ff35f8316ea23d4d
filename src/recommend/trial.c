#include "recommend/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_float.h"
#include "recommend/recommend_internal.h"

/* What one user did before, and what she bought afterwards. */
typedef struct {
    size_t first, count; /* entries of `by_user` */
    size_t known;        /* of them, before the split */
} history;

typedef struct {
    const weft_trial *trial;
    const weft_recommend_way *ways;
    size_t n;
    weft_trial_result *results;
    weft_tastes *tastes;
    weft_crowd *crowd;
    weft_log_entry *by_user; /* all entries, in order of user, then time */
    history *histories;      /* [users] */
    uint32_t *judged;        /* [judged_count] users */
    size_t judged_count;
    size_t split;                /* entries before it are known */
    size_t count;                /* entries that are looked at */
    weft_blend_choices *choices; /* collects in place of judging; NULL: judges */
    float *rank;                 /* [rows]: by popularity, 1 the most popular, 0 the least */
    uint32_t *user_counts;       /* [rows]: users who dealt with it before */
    uint32_t *counted_for;       /* [rows]: 1 + the last user that was counted */
    weft_bitset *shown;          /* [n] */
} judging;

/* How many entries are before a part of the log. Those of one moment stay together: many logs
 * know the day alone. */
static size_t count_before(const weft_event_log *log, double part) {
    size_t n = part < 1 ? (size_t)(part * (double)log->count) : log->count;
    while (n > 0 && n < log->count && log->entries[n - 1].at == log->entries[n].at) n--;
    return n;
}

size_t weft_trial_known(const weft_trial *trial) {
    return count_before(trial->log, trial->split > 0 ? trial->split : 0.8);
}

/* ---- preparing ---- */

static weft_status make_trends(const judging *k, weft_trends **trends, weft_err *err) {
    const weft_event_log *log = k->trial->log;
    int64_t now = k->split ? log->entries[k->split - 1].at : 0;
    weft_status status = weft_trends_new(trends, now, err);
    for (size_t i = 0; i < k->split && !status; i++) {
        static const char *const types[] = {"click", "view", "add_to_cart", "purchase"};
        const weft_log_entry *entry = &log->entries[i];
        const weft_event event = {
            .product_id = weft_catalog_product(k->trial->shelf->catalog, entry->row)->product_id,
            .event_type = types[(int)entry->weight],
            .at = entry->at};
        status = weft_trends_visit(*trends, (int64_t)i + 1, &event, err);
    }
    return status;
}

static int by_user_and_time(const void *a, const void *b) {
    const weft_log_entry *x = a, *y = b;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->weight > y->weight) - (x->weight < y->weight);
}

static void find_histories(judging *k) {
    const weft_event_log *log = k->trial->log;
    int64_t moment = k->split < log->count ? log->entries[k->split].at : INT64_MAX;
    memcpy(k->by_user, log->entries, k->count * sizeof *k->by_user);
    qsort(k->by_user, k->count, sizeof *k->by_user, by_user_and_time);
    for (size_t i = 0; i < k->count; i++) {
        history *h = &k->histories[k->by_user[i].user];
        if (!h->count++) h->first = i;
        h->known += k->by_user[i].at < moment;
    }
}

static bool was_known(const judging *k, const history *h, uint32_t row) {
    for (size_t i = 0; i < h->known; i++)
        if (k->by_user[h->first + i].row == row) return true;
    return false;
}

static bool is_target(const judging *k, const history *h, uint32_t row) {
    for (size_t i = h->known; i < h->count; i++) {
        const weft_log_entry *entry = &k->by_user[h->first + i];
        if (entry->row == row && entry->weight >= 3 && !was_known(k, h, row)) return true;
    }
    return false;
}

/* Distinct new purchases afterwards. */
static size_t count_targets(const judging *k, const history *h) {
    size_t n = 0;
    for (size_t i = h->known; i < h->count; i++) {
        const weft_log_entry *entry = &k->by_user[h->first + i];
        bool is_first = entry->weight >= 3 && !was_known(k, h, entry->row);
        for (size_t j = h->known; j < i && is_first; j++) {
            const weft_log_entry *before = &k->by_user[h->first + j];
            is_first = before->row != entry->row || before->weight < 3;
        }
        n += is_first;
    }
    return n;
}

static void choose_users(judging *k) {
    size_t least = k->trial->seen_least ? k->trial->seen_least : 1, n = 0;
    for (uint32_t user = 0; user < k->trial->log->users; user++)
        if (k->histories[user].known >= least && count_targets(k, &k->histories[user]))
            k->judged[n++] = user;
    size_t wanted = k->trial->users && k->trial->users < n ? k->trial->users : n;
    for (size_t i = 0; i < wanted; i++) k->judged[i] = k->judged[i * n / wanted];
    k->judged_count = wanted;
}

static void count_users(judging *k) {
    for (uint32_t user = 0; user < k->trial->log->users; user++) {
        const history *h = &k->histories[user];
        for (size_t i = 0; i < h->known; i++) {
            uint32_t row = k->by_user[h->first + i].row;
            if (k->counted_for[row] == user + 1) continue;
            k->counted_for[row] = user + 1;
            k->user_counts[row]++;
        }
    }
    size_t rows = k->crowd->rows;
    for (size_t i = 0; i < k->crowd->trending_count; i++)
        k->rank[k->crowd->trending[i]] = 1 - (float)i / (float)rows;
}

/* ---- judging ---- */

static weft_status add_diversity(const judging *k, const weft_recommended *list, size_t n,
                                 weft_arena *arena, double *diversity, weft_err *err) {
    const weft_index *index = k->trial->shelf->indexes[WEFT_KIND_HYBRID];
    size_t dim = weft_index_dim(index), pairs = 0;
    float *vectors = weft_arena_calloc(arena, n, dim * sizeof *vectors);
    double sum = 0;
    if (!vectors) return weft_fail(err, WEFT_E_NOMEM, "a trial");
    for (size_t i = 0; i < n; i++) weft_index_vector(index, list[i].row, vectors + i * dim);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++, pairs++)
            sum += (double)weft_float_dot(vectors + i * dim, vectors + j * dim, dim);
    if (pairs) *diversity += 1 - sum / (double)pairs;
    return WEFT_OK;
}

static weft_status judge(judging *k, size_t way, const history *h, const weft_recommended *list,
                         size_t n, weft_arena *arena, weft_err *err) {
    weft_trial_result *result = &k->results[way];
    double gain = 0, ideal = 0, first = 0, novelty = 0, popularity = 0;
    size_t targets = count_targets(k, h);
    for (size_t i = 0; i < n; i++) {
        double discount = 1 / log2((double)i + 2);
        uint32_t row = list[i].row;
        double users = k->user_counts[row] ? k->user_counts[row] : 0.5;
        weft_bitset_set(&k->shown[way], row);
        novelty -= log2(users / (double)k->trial->log->users);
        popularity += (double)k->rank[row];
        if (i < targets) ideal += discount;
        if (!is_target(k, h, row)) continue;
        gain += discount;
        if (first == 0) first = 1 / (double)(i + 1);
    }
    result->users++;
    result->hits += first > 0;
    result->reciprocal += first;
    result->ndcg += ideal > 0 ? gain / ideal : 0;
    result->novelty += n ? novelty / (double)n : 0;
    result->popularity += n ? popularity / (double)n : 0;
    return add_diversity(k, list, n, arena, &result->diversity, err);
}

static weft_status judge_ways(judging *k, const weft_recommend_request *like, const history *h,
                              weft_arena *arena, weft_err *err) {
    weft_status status = WEFT_OK;
    for (size_t way = 0; way < k->n && !status; way++) {
        weft_recommend_request request = *like;
        weft_recommended *list;
        size_t n, total;
        request.way = k->ways[way];
        status = weft_recommend(&request, arena, &list, &n, &total, err);
        if (!status) status = judge(k, way, h, list, n, arena, err);
    }
    return status;
}

static weft_status note_choices(judging *k, const weft_recommend_request *request, const history *h,
                                weft_arena *arena, weft_err *err) {
    weft_recommending r;
    weft_status status = weft_recommending_init(&r, request, arena, err);
    float(*z)[WEFT_PART_COUNT] = weft_arena_alloc(arena, r.count, sizeof *z);
    bool *is_chosen = weft_arena_alloc(arena, r.count, sizeof *is_chosen);
    if (!status && (!z || !is_chosen)) status = weft_fail(err, WEFT_E_NOMEM, "a trial");
    if (!status) {
        weft_recommending_standardise(&r, z);
        for (size_t i = 0; i < r.count; i++) is_chosen[i] = is_target(k, h, r.pool[i].row);
        status = weft_blend_choices_add(k->choices, (const float(*)[WEFT_PART_COUNT])z, is_chosen,
                                        r.count, err);
    }
    weft_recommending_deinit(&r);
    return status;
}

static weft_status judge_user(judging *k, uint32_t user, weft_err *err) {
    const weft_trial *t = k->trial;
    const history *h = &k->histories[user];
    weft_arena arena;
    weft_profile profile;
    weft_interests *interests = weft_calloc(1, sizeof *interests);
    weft_arena_init(&arena, 0);
    weft_status status = interests ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "a trial");
    for (size_t i = h->known; i > 0 && h->known - i < WEFT_PROFILE_EVENTS && !status; i--) {
        const weft_log_entry *entry = &k->by_user[h->first + i - 1];
        weft_interests_add(interests, entry->row, entry->weight, entry->at);
    }
    if (!status) status = weft_profile_make(&profile, t->shelf, interests, &arena, err);
    const weft_recommend_request request = {.shelf = t->shelf,
                                            .crowd = k->crowd,
                                            .profile = &profile,
                                            .weights = t->weights,
                                            .diversity = t->as_served ? WEFT_SERVED_DIVERSITY : 0,
                                            .category_share =
                                                t->as_served ? WEFT_SERVED_CATEGORY_SHARE : 0,
                                            .limit = WEFT_TRIAL_DEPTH};
    if (!status)
        status = k->choices ? note_choices(k, &request, h, &arena, err)
                            : judge_ways(k, &request, h, &arena, err);
    weft_free(interests);
    weft_arena_deinit(&arena);
    return status;
}

static weft_status allocate(judging *k, weft_err *err) {
    size_t rows = weft_catalog_rows(k->trial->shelf->catalog), users = k->trial->log->users;
    k->by_user = weft_alloc(k->trial->log->count, sizeof *k->by_user);
    k->histories = weft_calloc(users, sizeof *k->histories);
    k->judged = weft_alloc(users, sizeof *k->judged);
    k->rank = weft_calloc(rows, sizeof *k->rank);
    k->user_counts = weft_calloc(rows, sizeof *k->user_counts);
    k->counted_for = weft_calloc(rows, sizeof *k->counted_for);
    k->shown = weft_calloc(k->n, sizeof *k->shown);
    if (!k->by_user || !k->histories || !k->judged || !k->rank || !k->user_counts ||
        !k->counted_for || !k->shown)
        return weft_fail(err, WEFT_E_NOMEM, "a trial of %zu users", users);
    weft_status status = WEFT_OK;
    for (size_t way = 0; way < k->n && !status; way++)
        status = weft_bitset_init(&k->shown[way], rows, err);
    return status;
}

static void release(judging *k) {
    for (size_t way = 0; way < k->n && k->shown; way++) weft_bitset_deinit(&k->shown[way]);
    weft_free(k->by_user);
    weft_free(k->histories);
    weft_free(k->judged);
    weft_free(k->rank);
    weft_free(k->user_counts);
    weft_free(k->counted_for);
    weft_free(k->shown);
    weft_crowd_free(k->crowd);
    weft_tastes_free(k->tastes);
}

static weft_status prepare(judging *k, weft_err *err) {
    const weft_trial *t = k->trial;
    weft_trends *trends = NULL;
    weft_status status = allocate(k, err);
    if (!status) status = make_trends(k, &trends, err);
    if (!status && t->model) status = weft_tastes_new(&k->tastes, t->shelf->catalog, t->model, err);
    if (!status)
        status = weft_crowd_new(&k->crowd, t->shelf->catalog, trends, k->tastes,
                                k->split ? t->log->entries[k->split - 1].at : 0, err);
    weft_trends_free(trends);
    if (status) return status;
    find_histories(k);
    choose_users(k);
    count_users(k);
    if (k->judged_count) return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID,
                     "recommendations cannot be judged: of %zu users none purchased something new "
                     "after the first %zu of %zu events",
                     t->log->users, k->split, t->log->count);
}

static weft_status run(judging *k, weft_err *err) {
    const weft_trial *trial = k->trial;
    k->split = weft_trial_known(trial);
    k->count = count_before(trial->log, trial->until > 0 ? trial->until : 1);
    if (!k->count)
        return weft_fail(err, WEFT_E_INVALID, "recommendations cannot be judged: no events");
    weft_status status = prepare(k, err);
    for (size_t i = 0; i < k->judged_count && !status; i++) {
        if (trial->cancel && atomic_load(trial->cancel))
            status = weft_fail(err, WEFT_E_CANCELLED, "interrupted");
        if (!status) status = judge_user(k, k->judged[i], err);
        if (trial->on_progress && i % 32 == 0)
            trial->on_progress(trial->context, i, k->judged_count);
    }
    if (!status && trial->on_progress)
        trial->on_progress(trial->context, k->judged_count, k->judged_count);
    return status;
}

weft_status weft_trial_run(const weft_trial *trial, const weft_recommend_way *ways, size_t n,
                           weft_trial_result *results, weft_err *err) {
    judging k = {.trial = trial, .ways = ways, .n = n, .results = results};
    memset(results, 0, n * sizeof *results);
    weft_status status = run(&k, err);
    for (size_t way = 0; way < n && !status; way++)
        results[way].shown = weft_bitset_popcount(&k.shown[way]);
    release(&k);
    return status;
}

weft_status weft_trial_choices(const weft_trial *trial, weft_blend_choices *choices,
                               weft_err *err) {
    judging k = {.trial = trial, .choices = choices};
    weft_status status = run(&k, err);
    release(&k);
    return status;
}
