#include "recommend/explore_sim.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recommend/chance.h"
#include "recommend/crowd.h"
#include "recommend/explore.h"

static const double RATE_LIKES = 2, RATE_OTHERS = 38; /* of the Beta that rates are from */
static const double WEEK = 5000;                      /* lists */
static const double ARRIVED = 0.8; /* of the time, when the last product is there */

typedef struct {
    double rate;    /* hidden */
    size_t arrives; /* round */
} sim_product;

/* Of one product under one policy. */
typedef struct {
    double views, likes; /* as of round 0, as trends.c keeps them */
    size_t looks;        /* not decayed */
} tally;

typedef struct {
    const weft_sim_options *options;
    sim_product *products; /* [options->products] in order of arrival */
    tally *tallies;        /* [options->products] */
    size_t present;        /* products that have arrived */
    double views, likes;   /* of all products, as of round 0 */
    uint64_t choices;      /* the policy's own randomness */
    uint64_t visitors;     /* the same for all policies */
    double best;           /* likes that the best list brings on average */
} shop;

/* What one policy did in one run. */
typedef struct {
    double regret, likes, found;
    double curve[WEFT_SIM_POINTS];
} outcome;

const char *weft_sim_policy_name(weft_sim_policy policy) {
    static const char *const names[] = {
#define NAME(code, name, text) name,
        WEFT_SIM_POLICIES(NAME)
#undef NAME
    };
    return names[policy];
}

const char *weft_sim_policy_text(weft_sim_policy policy) {
    static const char *const texts[] = {
#define TEXT(code, name, text) text,
        WEFT_SIM_POLICIES(TEXT)
#undef TEXT
    };
    return texts[policy];
}

double weft_sim_error(const weft_sample *sample) {
    double n = (double)sample->n, mean = weft_sample_mean(sample);
    if (sample->n < 2) return 0;
    return sqrt(fmax(sample->squares / n - mean * mean, 0) / (n - 1));
}

/* ---- lists ---- */

typedef enum { BY_RATE, BY_MEAN, BY_DRAW, BY_DRAW_IF_FRESH } measure;

/* NAN: may not be shown. */
static double measure_of(shop *s, measure by, size_t product, double decay) {
    const tally *t = &s->tallies[product];
    double rate = (s->likes * decay + 1) / (s->views * decay + 2);
    if (by == BY_RATE) return s->products[product].rate;
    if (by == BY_MEAN) return weft_explore_mean(rate, t->views * decay, t->likes * decay);
    if (by == BY_DRAW_IF_FRESH && t->looks > WEFT_CROWD_FEW) return NAN;
    return weft_explore_draw(rate, t->views * decay, t->likes * decay, &s->choices);
}

static bool is_listed(const size_t *list, size_t n, size_t product) {
    for (size_t i = 0; i < n; i++)
        if (list[i] == product) return true;
    return false;
}

/* list[most]: those that measure highest, best first, without those of but[but_count]. Returns how
 * many there are. */
static size_t take_best(shop *s, measure by, double decay, const size_t *but, size_t but_count,
                        size_t *list, size_t most) {
    double values[WEFT_SIM_PLACES];
    size_t n = 0;
    for (size_t product = 0; product < s->present; product++) {
        double value = measure_of(s, by, product, decay);
        size_t at = n;
        if (isnan(value) || is_listed(but, but_count, product)) continue;
        while (at > 0 && values[at - 1] < value) at--;
        if (at == most) continue;
        if (n < most) n++;
        memmove(values + at + 1, values + at, (n - at - 1) * sizeof *values);
        memmove(list + at + 1, list + at, (n - at - 1) * sizeof *list);
        values[at] = value;
        list[at] = product;
    }
    return n;
}

/* As weft_recommend_explore does. */
static void explore_capped(shop *s, double decay, size_t *list) {
    size_t explored[WEFT_SIM_PLACES], best[WEFT_SIM_PLACES], next = 0;
    size_t wanted = weft_explore_places(s->options->share, WEFT_SIM_PLACES);
    memcpy(best, list, sizeof best);
    size_t n = take_best(s, BY_DRAW_IF_FRESH, decay, best, WEFT_SIM_PLACES, explored, wanted);
    size_t left = n;
    for (size_t place = 1; place < WEFT_SIM_PLACES; place++) {
        bool is = weft_explore_is_place(place, WEFT_SIM_PLACES, &left, &s->choices);
        list[place] = is ? explored[n - left - 1] : best[++next];
    }
}

static void explore_at_random(shop *s, size_t *list) {
    for (size_t place = 0; place < WEFT_SIM_PLACES; place++) {
        if (weft_chance_unit(&s->choices) >= (double)s->options->share) continue;
        size_t product = weft_random_below(&s->choices, s->present);
        if (!is_listed(list, WEFT_SIM_PLACES, product)) list[place] = product;
    }
}

static void make_list(shop *s, weft_sim_policy policy, double decay, size_t *list) {
    measure by = policy == WEFT_SIM_ORACLE     ? BY_RATE
                 : policy == WEFT_SIM_THOMPSON ? BY_DRAW
                                               : BY_MEAN;
    take_best(s, by, decay, NULL, 0, list, WEFT_SIM_PLACES);
    if (policy == WEFT_SIM_CAPPED) explore_capped(s, decay, list);
    if (policy == WEFT_SIM_EPSILON) explore_at_random(s, list);
}

/* ---- rounds ---- */

/* Likes that a list brings on average. */
static double worth(const shop *s, const size_t *list) {
    double sum = 0;
    for (size_t i = 0; i < WEFT_SIM_PLACES; i++) sum += s->products[list[i]].rate / (double)(i + 1);
    return sum;
}

static void let_arrive(shop *s, size_t round) {
    size_t before = s->present, list[WEFT_SIM_PLACES];
    while (s->present < s->options->products && s->products[s->present].arrives <= round)
        s->present++;
    if (s->present == before) return;
    take_best(s, BY_RATE, 1, NULL, 0, list, WEFT_SIM_PLACES);
    s->best = worth(s, list);
}

/* Draws are made whether they are needed or not, so that all policies meet the same visitors. */
static void show(shop *s, const size_t *list, double now, outcome *o) {
    for (size_t i = 0; i < WEFT_SIM_PLACES; i++) {
        tally *t = &s->tallies[list[i]];
        bool looks = weft_chance_unit(&s->visitors) * (double)(i + 1) < 1;
        bool likes = weft_chance_unit(&s->visitors) < s->products[list[i]].rate && looks;
        t->looks += looks;
        t->views += looks ? now : 0;
        t->likes += likes ? now : 0;
        s->views += looks ? now : 0;
        s->likes += likes ? now : 0;
        o->likes += likes;
    }
}

static double count_found(shop *s, weft_sim_policy policy, double decay) {
    size_t best[WEFT_SIM_PLACES], list[WEFT_SIM_PLACES], n = 0;
    take_best(s, BY_RATE, decay, NULL, 0, best, WEFT_SIM_PLACES);
    take_best(s, policy == WEFT_SIM_ORACLE ? BY_RATE : BY_MEAN, decay, NULL, 0, list,
              WEFT_SIM_PLACES);
    for (size_t i = 0; i < WEFT_SIM_PLACES; i++) n += is_listed(best, WEFT_SIM_PLACES, list[i]);
    return (double)n / WEFT_SIM_PLACES;
}

static void live(shop *s, weft_sim_policy policy, outcome *o) {
    size_t rounds = s->options->rounds, list[WEFT_SIM_PLACES];
    double decay = 1;
    *o = (outcome){0};
    for (size_t round = 0; round < rounds; round++) {
        double now = exp2((double)round / WEEK);
        decay = 1 / now;
        let_arrive(s, round);
        make_list(s, policy, decay, list);
        o->regret += s->best - worth(s, list);
        show(s, list, now, o);
        o->curve[round * WEFT_SIM_POINTS / rounds] = o->regret;
    }
    o->found = count_found(s, policy, decay);
}

/* ---- runs ---- */

static void fill_shop(const weft_sim_options *options, sim_product *products, uint64_t *random) {
    size_t first = options->products / 2, later = options->products - first;
    for (size_t i = 0; i < options->products; i++) {
        double at = i < first ? 0 : (double)(i - first + 1) / (double)later;
        products[i].rate = weft_chance_beta(RATE_LIKES, RATE_OTHERS, random);
        products[i].arrives = (size_t)(at * ARRIVED * (double)options->rounds);
    }
}

static void note(const outcome *outcomes, weft_sim_result *results) {
    const outcome *greedy = &outcomes[WEFT_SIM_GREEDY];
    enum { EARLY = WEFT_SIM_POINTS / 10 - 1 };
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++) {
        const outcome *o = &outcomes[policy];
        weft_sim_result *r = &results[policy];
        weft_sample_add(&r->regret, o->regret);
        weft_sample_add(&r->likes, o->likes);
        weft_sample_add(&r->gain, greedy->regret - o->regret);
        weft_sample_add(&r->early, greedy->curve[EARLY] - o->curve[EARLY]);
        weft_sample_add(&r->found, o->found);
        for (size_t i = 0; i < WEFT_SIM_POINTS; i++) weft_sample_add(&r->curve[i], o->curve[i]);
    }
}

static weft_status run_once(const weft_sim_options *options, shop *s, uint64_t seed,
                            weft_sim_result *results, weft_err *err) {
    outcome outcomes[WEFT_SIM_POLICY_COUNT];
    fill_shop(options, s->products, &seed);
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++) {
        if (options->cancel && atomic_load(options->cancel))
            return weft_fail(err, WEFT_E_CANCELLED, "interrupted");
        memset(s->tallies, 0, options->products * sizeof *s->tallies);
        *s = (shop){.options = options,
                    .products = s->products,
                    .tallies = s->tallies,
                    .choices = ~seed,
                    .visitors = seed};
        live(s, (weft_sim_policy)policy, &outcomes[policy]);
    }
    note(outcomes, results);
    return WEFT_OK;
}

weft_status weft_sim_run(const weft_sim_options *options,
                         weft_sim_result results[WEFT_SIM_POLICY_COUNT], weft_err *err) {
    uint64_t seeds = options->seed;
    memset(results, 0, WEFT_SIM_POLICY_COUNT * sizeof *results);
    if (options->rounds < WEFT_SIM_POINTS || options->products < 2 * WEFT_SIM_PLACES ||
        !(options->share >= 0 && options->share <= 0.5f))
        return weft_fail(err, WEFT_E_INVALID,
                         "a simulation takes %d rounds and %d products at least, and a share of "
                         "0 to 0.5",
                         WEFT_SIM_POINTS, 2 * WEFT_SIM_PLACES);
    shop s = {.products = weft_alloc(options->products, sizeof *s.products),
              .tallies = weft_alloc(options->products, sizeof *s.tallies)};
    weft_status status = s.products && s.tallies
                             ? WEFT_OK
                             : weft_fail(err, WEFT_E_NOMEM, "%zu products", options->products);
    for (size_t run = 0; run < options->runs && !status; run++) {
        status = run_once(options, &s, weft_random_next(&seeds), results, err);
        if (options->on_progress) options->on_progress(options->context, run + 1, options->runs);
    }
    weft_free(s.products);
    weft_free(s.tallies);
    return status;
}
