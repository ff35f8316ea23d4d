#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dense.h"
#include "latent_log.h"
#include "recommend/collaborative_internal.h"
#include "recommend/collaborative_table.h"

enum { DIM = 64, TOP = 10, TINY_USERS = 12, TINY_ITEMS = 15, TINY_DIM = 16, NEW_USERS = 100 };

static latent_log *logged;
static weft_collaborative *model; /* of all of it */

static weft_collaborative *train(const weft_collaborative_log *log,
                                 const weft_collaborative_options *options) {
    weft_collaborative *trained;
    weft_err err = {0};
    if (weft_collaborative_train(&trained, log, options, &err)) fail_msg("%s", err.message);
    return trained;
}

static int set_up(void **state) {
    (void)state;
    logged = latent_log_new(1);
    const weft_collaborative_log log = latent_log_of(logged, LOG_USERS);
    model = train(&log, NULL);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_collaborative_free(model);
    weft_free(logged);
    return 0;
}

static void fold_in(const weft_collaborative *by, const weft_interaction *events, size_t n,
                    float *factor) {
    uint32_t items[LOG_EVENTS];
    float weights[LOG_EVENTS];
    for (size_t i = 0; i < n; i++) items[i] = events[i].item, weights[i] = events[i].weight;
    assert_int_equal(weft_collaborative_fold_in(by, items, weights, n, factor, NULL), WEFT_OK);
}

/* ---- against the equations written out ---- */

static double tiny_weight[TINY_USERS][TINY_ITEMS];
static weft_interaction tiny_events[TINY_USERS * TINY_ITEMS];
static const char *const tiny_ids[TINY_ITEMS] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                                 "i", "j", "k", "l", "m", "n", "o"};

/* The last user and the last item are untouched. */
static weft_collaborative_log make_tiny(void) {
    uint64_t random = 5;
    size_t n = 0;
    for (uint32_t u = 0; u + 1 < TINY_USERS; u++)
        for (uint32_t i = 0; i + 1 < TINY_ITEMS; i++) {
            bool likes = u % 3 == i % 3 ? weft_random_below(&random, 3) > 0
                                        : weft_random_below(&random, 8) == 0;
            float weight = likes ? 1 + (float)weft_random_below(&random, 3) : 0;
            tiny_weight[u][i] = (double)weight;
            if (likes) tiny_events[n++] = (weft_interaction){u, i, weight};
        }
    return (weft_collaborative_log){.interactions = tiny_events,
                                    .n = n,
                                    .users = TINY_USERS,
                                    .items = TINY_ITEMS,
                                    .item_ids = tiny_ids};
}

/* The factors of users as fold_in has them. */
static void fold_all(const weft_collaborative *tiny, float users[TINY_USERS][TINY_DIM]) {
    for (uint32_t u = 0; u < TINY_USERS; u++) {
        uint32_t items[TINY_ITEMS];
        float weights[TINY_ITEMS];
        size_t n = 0;
        for (uint32_t i = 0; i < TINY_ITEMS; i++)
            if (tiny_weight[u][i] > 0) items[n] = i, weights[n++] = (float)tiny_weight[u][i];
        assert_int_equal(weft_collaborative_fold_in(tiny, items, weights, n, users[u], NULL),
                         WEFT_OK);
    }
}

static void assert_near(const float *factor, const double *wanted, double tolerance) {
    for (size_t j = 0; j < TINY_DIM; j++)
        assert_true(fabs((double)factor[j] - wanted[j]) < tolerance);
}

/* After many iterations each side is what elimination makes of the other. */
static void factors_are_what_the_equations_say(void **state) {
    (void)state;
    const weft_collaborative_log log = make_tiny();
    weft_collaborative *tiny =
        train(&log, &(weft_collaborative_options){.dim = TINY_DIM, .iterations = 1000});
    float users[TINY_USERS][TINY_DIM];
    double wanted[TINY_DIM], column[TINY_USERS];
    double unobserved = (double)tiny->unobserved, regularization = (double)tiny->regularization;
    fold_all(tiny, users);
    for (size_t u = 0; u < TINY_USERS; u++) {
        dense_solve(tiny->factors, TINY_ITEMS, TINY_DIM, tiny_weight[u], unobserved, regularization,
                    wanted);
        assert_near(users[u], wanted, 1e-5);
    }
    for (size_t i = 0; i < TINY_ITEMS; i++) {
        for (size_t u = 0; u < TINY_USERS; u++) column[u] = tiny_weight[u][i];
        dense_solve(users[0], TINY_USERS, TINY_DIM, column, unobserved, regularization, wanted);
        assert_near(tiny->factors + i * TINY_DIM, wanted, 1e-3);
    }
    weft_collaborative_free(tiny);
}

static void the_objective_falls(void **state) {
    (void)state;
    const weft_collaborative_log log = make_tiny();
    double last = INFINITY;
    for (size_t iterations = 1; iterations <= 64; iterations *= 2) {
        weft_collaborative *tiny =
            train(&log, &(weft_collaborative_options){.dim = TINY_DIM, .iterations = iterations});
        float users[TINY_USERS][TINY_DIM];
        fold_all(tiny, users);
        double objective =
            dense_objective(users[0], TINY_USERS, tiny->factors, TINY_ITEMS, TINY_DIM,
                            tiny_weight[0], (double)tiny->unobserved, (double)tiny->regularization);
        assert_true(objective < last + 1e-4);
        last = objective;
        weft_collaborative_free(tiny);
    }
}

/* Learning an item anew from those who took it gives what it had; one that no one took has 0. */
static void an_item_is_learned_from_its_users(void **state) {
    (void)state;
    const weft_collaborative_log log = make_tiny();
    weft_collaborative *tiny =
        train(&log, &(weft_collaborative_options){.dim = TINY_DIM, .iterations = 1000});
    float users[TINY_USERS][TINY_DIM], known[TINY_USERS][TINY_DIM], weights[TINY_USERS];
    fold_all(tiny, users);
    for (uint32_t i = 0; i < TINY_ITEMS; i++) {
        size_t n = 0;
        float learned[TINY_DIM];
        for (size_t u = 0; u < TINY_USERS; u++)
            if (tiny_weight[u][i] > 0) {
                memcpy(known[n], users[u], sizeof known[n]);
                weights[n++] = (float)tiny_weight[u][i];
            }
        assert_int_equal(weft_collaborative_learn(tiny, known[0], weights, n, learned, NULL),
                         WEFT_OK);
        for (size_t j = 0; j < TINY_DIM; j++) {
            assert_true(fabsf(learned[j] - weft_collaborative_factor(tiny, i)[j]) < 1e-3f);
            if (n == 0) assert_true(learned[j] == 0);
        }
    }
    weft_collaborative_free(tiny);
}

/* All did all with weight 1: every entry over the roots of its masses is
 * 1 / ((1 + unobserved) sqrt(users items)), the only singular value 1 / (1 + unobserved). */
static void the_limit_is_the_largest_singular_value(void **state) {
    (void)state;
    size_t n = 0;
    for (uint32_t u = 0; u < TINY_USERS; u++)
        for (uint32_t i = 0; i < TINY_ITEMS; i++) tiny_events[n++] = (weft_interaction){u, i, 1};
    const weft_collaborative_log log = {.interactions = tiny_events,
                                        .n = n,
                                        .users = TINY_USERS,
                                        .items = TINY_ITEMS,
                                        .item_ids = tiny_ids};
    weft_collaborative_table users, items;
    double limit;
    assert_int_equal(weft_collaborative_tables_init(&users, &items, &log, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_table_limit(&users, &items, 0.25f, &limit, NULL), WEFT_OK);
    assert_true(fabs(limit - 0.8) < 1e-9);
    weft_collaborative_table_deinit(&users);
    weft_collaborative_table_deinit(&items);
    for (int above = 0; above < 2; above++) {
        weft_collaborative *trained = train(
            &log, &(weft_collaborative_options){
                      .iterations = 1000, .unobserved = 0.25f, .regularization = above ? 1 : 0.9f});
        assert_true(above ? trained->norms[0] < 0.05f : trained->norms[0] > 0.1f);
        weft_collaborative_free(trained);
    }
}

/* ---- is it good? ---- */

typedef struct {
    float score;
    uint32_t item;
} ranked;

static int by_score(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* The best items by scores[LOG_ITEMS] that are not the user's already. */
static void best_for(size_t user, const float *scores, uint32_t best[TOP]) {
    static ranked list[LOG_ITEMS];
    size_t n = 0;
    for (uint32_t i = 0; i < LOG_ITEMS; i++)
        if (!latent_has(logged->all + user * LOG_EVENTS, LOG_EVENTS, i))
            list[n++] = (ranked){scores[i], i};
    qsort(list, n, sizeof *list, by_score);
    for (size_t i = 0; i < TOP; i++) best[i] = list[i].item;
}

static void recommend(const weft_collaborative *by, size_t user, uint32_t best[TOP]) {
    float factor[DIM], scores[LOG_ITEMS];
    fold_in(by, logged->all + user * LOG_EVENTS, LOG_EVENTS, factor);
    weft_collaborative_scores(by, factor, NULL, LOG_ITEMS, scores);
    best_for(user, scores, best);
}

static bool holds(const uint32_t best[TOP], uint32_t item) {
    for (size_t i = 0; i < TOP; i++)
        if (best[i] == item) return true;
    return false;
}

static size_t popular_hits(size_t first) {
    float count[LOG_ITEMS] = {0};
    uint32_t best[TOP];
    size_t hits = 0;
    for (size_t i = 0; i < LOG_USERS * LOG_EVENTS; i++) count[logged->all[i].item]++;
    for (size_t u = first; u < LOG_USERS; u++) {
        best_for(u, count, best);
        hits += holds(best, logged->held_out[u]);
    }
    return hits;
}

static size_t model_hits(const weft_collaborative *by, size_t first) {
    uint32_t best[TOP];
    size_t hits = 0;
    for (size_t u = first; u < LOG_USERS; u++) {
        recommend(by, u, best);
        hits += holds(best, logged->held_out[u]);
    }
    return hits;
}

static void what_is_held_out_is_found(void **state) {
    (void)state;
    size_t popular = popular_hits(0), found = model_hits(model, 0);
    print_message("hit@10 of %d users: %zu, of popularity %zu\n", LOG_USERS, found, popular);
    assert_true(found > 2 * popular);
}

/* Users whom training did not see get as good lists, and nearly the same, as when it did. */
static void who_comes_later_is_served_as_well(void **state) {
    (void)state;
    size_t first = LOG_USERS - NEW_USERS, same = 0;
    const weft_collaborative_log log = latent_log_of(logged, first);
    weft_collaborative *without = train(&log, NULL);
    uint32_t seen[TOP], unseen[TOP];
    for (size_t u = first; u < LOG_USERS; u++) {
        recommend(model, u, seen);
        recommend(without, u, unseen);
        for (size_t i = 0; i < TOP; i++) same += holds(seen, unseen[i]);
    }
    size_t trained = model_hits(model, first), folded = model_hits(without, first);
    print_message("hit@10 of %d users: trained %zu, folded in %zu, popularity %zu; %zu %% same\n",
                  NEW_USERS, trained, folded, popular_hits(first), same * 100 / (TOP * NEW_USERS));
    assert_true(folded > 2 * popular_hits(first) && 4 * folded > 3 * trained);
    assert_true(same > TOP * NEW_USERS / 2);
    weft_collaborative_free(without);
}

static void similar_items_are_of_a_group(void **state) {
    (void)state;
    size_t same = 0, all = 0;
    for (uint32_t item = 0; item < 10 * LOG_GROUPS; item++) {
        weft_hit hits[TOP];
        size_t n;
        weft_collaborative_similar(model, item, TOP, hits, &n);
        assert_int_equal(n, TOP);
        for (size_t i = 0; i < n; i++) {
            const float *a = weft_collaborative_factor(model, item);
            const float *b = weft_collaborative_factor(model, hits[i].row);
            double cosine =
                dense_dot(a, b, DIM) / sqrt(dense_dot(a, a, DIM) * dense_dot(b, b, DIM));
            assert_true(fabs(cosine - (double)hits[i].score) < 1e-5);
            assert_true(hits[i].row != item && (i == 0 || hits[i].score <= hits[i - 1].score));
            same += hits[i].row % LOG_GROUPS == item % LOG_GROUPS;
            all++;
        }
    }
    print_message("%zu of %zu similar items are of the same group\n", same, all);
    assert_true(same * 10 > all * 7);
}

/* An item taken out of the log and learned from its users is recommended as before. */
static void a_new_item_finds_its_people(void **state) {
    (void)state;
    enum { NEW = 5 };
    static weft_interaction rest[LOG_USERS * LOG_EVENTS];
    weft_collaborative_log log = latent_log_of(logged, LOG_USERS);
    size_t n = 0, takers = 0, in_group = 0;
    float users[LOG_USERS][DIM], weights[LOG_USERS], learned[DIM];
    for (size_t i = 0; i < log.n; i++)
        if (log.interactions[i].item != NEW) rest[n++] = log.interactions[i];
    log.interactions = rest;
    log.n = n;
    weft_collaborative *before = train(&log, NULL), *after;
    for (size_t i = 0; i < LOG_USERS * LOG_EVENTS; i++)
        if (logged->all[i].item == NEW) {
            size_t user = logged->all[i].user;
            fold_in(before, logged->all + user * LOG_EVENTS, LOG_EVENTS, users[takers]);
            weights[takers++] = logged->all[i].weight;
        }
    assert_int_equal(weft_collaborative_learn(before, users[0], weights, takers, learned, NULL),
                     WEFT_OK);
    const weft_collaborative_item item = {"p5", learned};
    assert_int_equal(weft_collaborative_apply(&after, before, &item, 1, NULL), WEFT_OK);
    weft_hit hits[TOP];
    size_t found;
    weft_collaborative_similar(before, NEW, TOP, hits, &found);
    assert_int_equal(found, 0); /* no one knew it */
    weft_collaborative_similar(after, NEW, TOP, hits, &found);
    for (size_t i = 0; i < found; i++) in_group += hits[i].row % LOG_GROUPS == NEW % LOG_GROUPS;
    assert_true(found == TOP && in_group >= 7);
    weft_collaborative_free(before);
    weft_collaborative_free(after);
}

/* ---- what changes nothing, and what does ---- */

static void assert_same(const weft_collaborative *a, const weft_collaborative *b, bool same) {
    size_t row = a->dim * sizeof(float);
    assert_int_equal(a->items, b->items);
    assert_true((memcmp(a->factors, b->factors, a->items * row) == 0) == same);
    assert_true((memcmp(a->user_gram, b->user_gram, a->dim * row) == 0) == same);
}

static void threads_and_order_change_no_bit(void **state) {
    (void)state;
    static weft_interaction turned[LOG_USERS * LOG_EVENTS];
    const weft_collaborative_log log = latent_log_of(logged, LOG_USERS);
    weft_collaborative_log backwards = log;
    weft_collaborative_options options = {.iterations = 3, .threads = 1};
    for (size_t i = 0; i < log.n; i++) turned[i] = log.interactions[log.n - 1 - i];
    backwards.interactions = turned;
    weft_collaborative *alone = train(&log, &options), *other;
    for (options.threads = 2; options.threads <= 5; options.threads++) {
        other = train(options.threads % 2 ? &backwards : &log, &options);
        assert_same(alone, other, true);
        weft_collaborative_free(other);
    }
    options.seed = 1;
    other = train(&log, &options);
    assert_same(alone, other, false);
    weft_collaborative_free(other);
    weft_collaborative_free(alone);
}

typedef struct {
    atomic_bool cancel;
    double done, stop_at;
} watch;

static void note(void *context, double done) {
    watch *w = context;
    assert_true(done >= w->done && done <= 1);
    w->done = done;
    if (done >= w->stop_at) atomic_store(&w->cancel, true);
}

static void it_tells_how_far_and_stops(void **state) {
    (void)state;
    const weft_collaborative_log log = latent_log_of(logged, LOG_USERS);
    for (int stops = 0; stops < 2; stops++) {
        watch w = {.stop_at = stops ? 0.3 : 2};
        weft_collaborative *trained;
        weft_err err = {0};
        const weft_collaborative_options options = {
            .threads = 2, .on_progress = note, .context = &w, .cancel = &w.cancel};
        weft_status status = weft_collaborative_train(&trained, &log, &options, &err);
        assert_int_equal(status, stops ? WEFT_E_CANCELLED : WEFT_OK);
        assert_true(stops ? !trained && strstr(err.message, "training") : w.done > 0.9);
        weft_collaborative_free(trained);
    }
}

/* ---- odd input ---- */

static void empty_logs_are_fine(void **state) {
    (void)state;
    weft_collaborative_log log = {.users = 3, .items = 2, .item_ids = tiny_ids};
    weft_collaborative *empty = train(&log, NULL), *grown;
    float factor[DIM], scores[2];
    size_t n;
    weft_hit hit;
    assert_int_equal(
        weft_collaborative_fold_in(empty, (uint32_t[]){1}, (float[]){1}, 1, factor, NULL), WEFT_OK);
    weft_collaborative_scores(empty, factor, NULL, 2, scores);
    assert_true(scores[0] == 0 && scores[1] == 0);
    weft_collaborative_similar(empty, 0, 1, &hit, &n);
    assert_int_equal(n, 0);
    weft_collaborative_free(empty);
    log = (weft_collaborative_log){0};
    empty = train(&log, NULL);
    assert_int_equal(weft_collaborative_items(empty), 0);
    assert_int_equal(weft_collaborative_apply(&grown, empty, NULL, 0, NULL), WEFT_OK);
    weft_collaborative_free(grown);
    weft_collaborative_free(empty);
}

static void extreme_weights_stay_finite(void **state) {
    (void)state;
    const weft_interaction events[] = {{0, 0, 1e6f}, {0, 0, 1e6f}, {0, 1, 1e-30f}, {2, 1, 1e6f}};
    const weft_collaborative_log log = {
        .interactions = events, .n = 4, .users = 4, .items = 4, .item_ids = tiny_ids};
    for (int i = 0; i < 8; i++) {
        weft_collaborative *odd =
            train(&log, &(weft_collaborative_options){.dim = i & 1 ? 256 : 16,
                                                      .unobserved = i & 2 ? 1e3f : 1e-6f,
                                                      .regularization = i & 4 ? 1 : 1e-9f});
        assert_true(weft_collaborative_factors_fit(odd->factors, odd->items * odd->dim));
        assert_true(odd->norms[2] == 0 && odd->norms[3] == 0);
        weft_collaborative_free(odd);
    }
}

static void refuse(weft_collaborative_log log, weft_collaborative_options options,
                   const char *reason) {
    weft_collaborative *none = model;
    weft_err err = {0};
    assert_int_equal(weft_collaborative_train(&none, &log, &options, &err), WEFT_E_INVALID);
    assert_null(none);
    if (!strstr(err.message, reason)) fail_msg("'%s' does not say '%s'", err.message, reason);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    static const float weights[] = {0, -1, 2e6f, NAN, INFINITY};
    static const char *const twice[] = {"a", "b", "a"}, *const unnamed[] = {"a", "", "c"};
    weft_interaction events[] = {{0, 0, 1}, {1, 2, 1}};
    const weft_collaborative_log log = {
        .interactions = events, .n = 2, .users = 2, .items = 3, .item_ids = tiny_ids};
    weft_collaborative_log other = log;
    refuse(log, (weft_collaborative_options){.dim = 60}, "dim 60");
    refuse(log, (weft_collaborative_options){.dim = 512}, "dim 512");
    refuse(log, (weft_collaborative_options){.iterations = 1001}, "1001 iterations");
    refuse(log, (weft_collaborative_options){.unobserved = -1}, "unobserved weight");
    refuse(log, (weft_collaborative_options){.unobserved = NAN}, "unobserved weight");
    refuse(log, (weft_collaborative_options){.regularization = 1.5f}, "regularization");
    refuse(log, (weft_collaborative_options){.regularization = NAN}, "regularization");
    other.item_ids = twice;
    refuse(other, (weft_collaborative_options){0}, "'a' is there twice");
    other.item_ids = unnamed;
    refuse(other, (weft_collaborative_options){0}, "item 1 has no id");
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        events[1].weight = weights[i];
        refuse(log, (weft_collaborative_options){0}, "interaction 1: weight");
    }
    events[1] = (weft_interaction){2, 0, 1};
    refuse(log, (weft_collaborative_options){0}, "interaction 1: user 2 of 2");
    events[1] = (weft_interaction){0, 3, 1};
    refuse(log, (weft_collaborative_options){0}, "item 3 of 3");
}

static void questions_are_checked_too(void **state) {
    (void)state;
    float factor[DIM] = {0}, wrong[DIM] = {[7] = NAN};
    weft_collaborative *none;
    weft_err err = {0};
    assert_int_equal(
        weft_collaborative_fold_in(model, (uint32_t[]){LOG_ITEMS}, (float[]){1}, 1, factor, &err),
        WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "item 800 of 800"));
    assert_int_equal(
        weft_collaborative_fold_in(model, (uint32_t[]){1}, (float[]){NAN}, 1, factor, NULL),
        WEFT_E_INVALID);
    assert_int_equal(weft_collaborative_learn(model, wrong, (float[]){1}, 1, factor, NULL),
                     WEFT_E_INVALID);
    const weft_collaborative_item nan = {"x", wrong}, unnamed = {"", factor};
    const weft_collaborative_item twice[] = {{"x", factor}, {"x", factor}};
    assert_int_equal(weft_collaborative_apply(&none, model, &nan, 1, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_collaborative_apply(&none, model, &unnamed, 1, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_collaborative_apply(&none, model, twice, 2, NULL), WEFT_E_INVALID);
    assert_null(none);
}

static void items_are_added_and_replaced(void **state) {
    (void)state;
    float ones[DIM], twos[DIM], scores[2];
    for (size_t j = 0; j < DIM; j++) ones[j] = 1, twos[j] = 2;
    const weft_collaborative_item items[] = {{"p3", twos}, {"new", ones}};
    weft_collaborative *after;
    uint32_t number;
    assert_int_equal(weft_collaborative_apply(&after, model, items, 2, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_items(after), LOG_ITEMS + 1);
    assert_true(weft_collaborative_find(after, "new", &number) && number == LOG_ITEMS);
    assert_string_equal(weft_collaborative_id(after, number), "new");
    assert_true(weft_collaborative_find(after, "p3", &number) && number == 3);
    assert_false(weft_collaborative_find(model, "new", NULL));
    weft_collaborative_scores(after, ones, (uint32_t[]){3, LOG_ITEMS}, 2, scores);
    assert_true(scores[0] == 2 * DIM && scores[1] == DIM);
    assert_memory_equal(weft_collaborative_factor(after, 4), weft_collaborative_factor(model, 4),
                        DIM * sizeof(float));
    weft_collaborative_free(after);
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    const weft_collaborative_log log = make_tiny();
    const weft_collaborative_options options = {.dim = TINY_DIM, .iterations = 2, .threads = 2};
    weft_status status = WEFT_E_NOMEM;
    for (size_t nth = 1; status; nth++) {
        weft_collaborative *tiny, *grown = NULL;
        float factor[TINY_DIM] = {0};
        const weft_collaborative_item item = {"new", factor};
        weft_mem_fail_after(nth);
        status = weft_collaborative_train(&tiny, &log, &options, NULL);
        if (!status) status = weft_collaborative_apply(&grown, tiny, &item, 1, NULL);
        if (!status)
            status =
                weft_collaborative_fold_in(grown, (uint32_t[]){2}, (float[]){1}, 1, factor, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        weft_collaborative_free(grown);
        weft_collaborative_free(tiny);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_are_what_the_equations_say),
        cmocka_unit_test(the_objective_falls),
        cmocka_unit_test(an_item_is_learned_from_its_users),
        cmocka_unit_test(the_limit_is_the_largest_singular_value),
        cmocka_unit_test(what_is_held_out_is_found),
        cmocka_unit_test(who_comes_later_is_served_as_well),
        cmocka_unit_test(similar_items_are_of_a_group),
        cmocka_unit_test(a_new_item_finds_its_people),
        cmocka_unit_test(threads_and_order_change_no_bit),
        cmocka_unit_test(it_tells_how_far_and_stops),
        cmocka_unit_test(empty_logs_are_fine),
        cmocka_unit_test(extreme_weights_stay_finite),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(questions_are_checked_too),
        cmocka_unit_test(items_are_added_and_replaced),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
