#include "recommend/synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "catalog/id_map.h"
#include "recommend/chance.h"
#include "recommend/synth_segments.h"

enum {
    CIRCLES = 12, /* a segment */
    USER_TYPES = 4,
    USER_COLORS = 3,
    MIN_EVENTS = 5,
    MAX_EVENTS = 50,
    TRIES = 60
};
static const double WITHIN_PREFERRED = 0.8; /* the seed's: of events */
static const double CART_AFTER_VIEW = 25.0 / 60, BUY_AFTER_VIEW = 15.0 / 60;
static const double SAME_AGAIN = 0.3; /* the next look is at the like of the last one */
static const double POPULARITY = 0.9; /* deviations of the logarithms of weights */
static const double CIRCLE_AFFINITY = 1.2;

/* For whom a product is, and a user buys. */
typedef enum { FOR_WOMEN, FOR_MEN, FOR_ALL, FOR_WHOM } whom;

/* What all draws share. Rows of an article type lie together, in `order`. */
typedef struct {
    const weft_catalog *catalog;
    const weft_catalog_facet *types, *colors, *usages;
    size_t rows;
    uint32_t *order;   /* [rows] by article type, then row */
    size_t *first;     /* [types + 1]: where each begins in order */
    double *weights;   /* [SEGMENT_COUNT * CIRCLES][rows]: running sums along order, in a type */
    double *type_sums; /* [types]: running sums of popularity */
    unsigned char *is_for; /* [rows] */
    double *quantile;      /* [rows]: of its price in the catalog */
} market;

typedef struct {
    const segment *kind;
    size_t circle; /* of all */
    whom buys_for;
    uint32_t types[USER_TYPES], colors[USER_COLORS];
    size_t type_count, color_count;
    double cheapest, dearest;
} taste;

/* ---- chance ---- */

static double log_normal(uint64_t seed, double deviation) {
    uint64_t random = seed;
    return exp(deviation * weft_chance_normal(&random));
}

/* ---- the market ---- */

static uint32_t code_of(const weft_catalog_facet *facet, const char *value) {
    for (uint32_t code = 0; code < facet->value_count; code++)
        if (strcasecmp(facet->values[code], value) == 0) return code;
    return UINT32_MAX;
}

static whom is_for_whom(const char *gender) {
    if (strcasecmp(gender, "Women") == 0 || strcasecmp(gender, "Girls") == 0) return FOR_WOMEN;
    if (strcasecmp(gender, "Men") == 0 || strcasecmp(gender, "Boys") == 0) return FOR_MEN;
    return FOR_ALL;
}

static int by_price(const void *a, const void *b, void *context) {
    const weft_catalog *catalog = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    double p = weft_catalog_product(catalog, x)->price, q = weft_catalog_product(catalog, y)->price;
    if (p != q) return p < q ? -1 : 1;
    return (x > y) - (x < y);
}

static void sort_rows(market *m) {
    size_t *next = m->first + 1; /* shifted by one: becomes where each type ends */
    for (size_t row = 0; row < m->rows; row++) m->order[row] = (uint32_t)row;
    qsort_r(m->order, m->rows, sizeof *m->order, by_price, (void *)(uintptr_t)m->catalog);
    for (size_t i = 0; i < m->rows; i++)
        m->quantile[m->order[i]] = m->rows > 1 ? (double)i / (double)(m->rows - 1) : 0;
    for (size_t row = 0; row < m->rows; row++) next[m->types->codes[row]]++;
    for (size_t type = 0; type < m->types->value_count; type++)
        m->first[type + 1] += m->first[type];
    size_t *at = m->first;
    for (size_t row = 0; row < m->rows; row++) m->order[at[m->types->codes[row]]++] = (uint32_t)row;
    /* Each is now where the next one begins. */
    memmove(m->first + 1, m->first, m->types->value_count * sizeof *m->first);
    m->first[0] = 0;
}

static void weigh_rows(market *m, uint64_t seed) {
    for (size_t row = 0; row < m->rows; row++)
        m->is_for[row] =
            (unsigned char)is_for_whom(weft_catalog_product(m->catalog, (uint32_t)row)->gender);
    for (size_t type = 0; type < m->types->value_count; type++) {
        double sums[SEGMENT_COUNT * CIRCLES] = {0};
        for (size_t i = m->first[type]; i < m->first[type + 1]; i++) {
            uint64_t id = weft_id_hash(weft_catalog_product(m->catalog, m->order[i])->product_id);
            double popularity = log_normal(id ^ seed, POPULARITY);
            for (size_t circle = 0; circle < SEGMENT_COUNT * CIRCLES; circle++) {
                sums[circle] += popularity * log_normal((id + circle * 0x9e3779b9u) ^ (seed << 20),
                                                        CIRCLE_AFFINITY);
                m->weights[circle * m->rows + i] = sums[circle];
            }
        }
    }
    double sum = 0;
    for (size_t type = 0; type < m->types->value_count; type++) {
        sum += m->types->values[type][0] ? (double)(m->first[type + 1] - m->first[type]) : 0;
        m->type_sums[type] = sum;
    }
}

static void market_deinit(market *m) {
    weft_free(m->order);
    weft_free(m->first);
    weft_free(m->weights);
    weft_free(m->type_sums);
    weft_free(m->is_for);
    weft_free(m->quantile);
}

static weft_status market_init(market *m, const weft_catalog *catalog, uint64_t seed,
                               weft_err *err) {
    *m = (market){.catalog = catalog,
                  .types = weft_catalog_facet_of(catalog, WEFT_FACET_article_type),
                  .colors = weft_catalog_facet_of(catalog, WEFT_FACET_base_color),
                  .usages = weft_catalog_facet_of(catalog, WEFT_FACET_usage),
                  .rows = weft_catalog_rows(catalog)};
    size_t types = m->types->value_count;
    if (!m->rows) return weft_fail(err, WEFT_E_INVALID, "users: there are no products to choose");
    m->order = weft_calloc(m->rows, sizeof *m->order);
    m->first = weft_calloc(types + 2, sizeof *m->first);
    m->weights = weft_calloc(m->rows, SEGMENT_COUNT * CIRCLES * sizeof *m->weights);
    m->type_sums = weft_calloc(types, sizeof *m->type_sums);
    m->is_for = weft_calloc(m->rows, 1);
    m->quantile = weft_calloc(m->rows, sizeof *m->quantile);
    if (!m->order || !m->first || !m->weights || !m->type_sums || !m->is_for || !m->quantile)
        return weft_fail(err, WEFT_E_NOMEM, "synthetic users");
    sort_rows(m);
    weigh_rows(m, seed);
    if (m->type_sums[types - 1] <= 0)
        return weft_fail(err, WEFT_E_INVALID, "users: no product has an article_type");
    return WEFT_OK;
}

/* ---- a user's taste ---- */

static const segment *draw_segment(uint64_t *random) {
    double left = weft_chance_unit(random);
    for (size_t i = 0; i + 1 < SEGMENT_COUNT; i++) {
        if (left < segments[i].part) return &segments[i];
        left -= segments[i].part;
    }
    return &segments[SEGMENT_COUNT - 1];
}

static bool is_worn(const market *m, uint32_t type, whom buys_for) {
    size_t n = 0;
    for (size_t i = m->first[type]; i < m->first[type + 1] && n < 5; i++) {
        whom is_for = (whom)m->is_for[m->order[i]];
        n += is_for == FOR_ALL || buys_for == FOR_ALL || is_for == buys_for;
    }
    return n == 5;
}

static uint32_t draw_type(const market *m, uint64_t *random) {
    size_t types = m->types->value_count, type = 0;
    double at = weft_chance_unit(random) * m->type_sums[types - 1];
    while (type + 1 < types && m->type_sums[type] <= at) type++;
    return (uint32_t)type;
}

/* Draws some of the segment's list, none twice. */
static size_t draw_codes(const market *m, const weft_catalog_facet *facet, const char *const *names,
                         size_t length, const taste *t, size_t wanted, uint32_t *codes,
                         uint64_t *random) {
    uint32_t known[SEGMENT_TYPES];
    size_t n = 0, count = 0;
    for (size_t i = 0; i < length && names[i]; i++) {
        uint32_t code = code_of(facet, names[i]);
        if (code != UINT32_MAX && (facet != m->types || is_worn(m, code, t->buys_for)))
            known[n++] = code;
    }
    for (; count < wanted && n; count++) {
        size_t pick = weft_random_below(random, n);
        codes[count] = known[pick];
        known[pick] = known[--n];
    }
    return count;
}

static void draw_taste(const market *m, taste *t, uint64_t *random) {
    double who = weft_chance_unit(random);
    t->kind = draw_segment(random);
    t->circle = (size_t)(t->kind - segments) * CIRCLES + weft_random_below(random, CIRCLES);
    t->buys_for = who < 0.46 ? FOR_WOMEN : who < 0.92 ? FOR_MEN : FOR_ALL;
    t->type_count =
        draw_codes(m, m->types, t->kind->types, SEGMENT_TYPES, t, USER_TYPES, t->types, random);
    while (t->type_count < USER_TYPES) t->types[t->type_count++] = draw_type(m, random);
    t->color_count = draw_codes(m, m->colors, t->kind->colors, SEGMENT_COLORS, t, USER_COLORS,
                                t->colors, random);
    double width = t->kind->dearest - t->kind->cheapest;
    t->cheapest = t->kind->cheapest + 0.3 * width * weft_chance_unit(random);
    t->dearest = t->kind->dearest - 0.3 * width * weft_chance_unit(random);
}

/* ---- what she looks at ---- */

/* How gladly the user takes a product, 0 to 1. */
static double gladly(const market *m, const taste *t, uint32_t row) {
    whom is_for = (whom)m->is_for[row];
    double p = 1;
    bool is_her_color = t->color_count == 0, is_her_usage = false;
    if (is_for != FOR_ALL && t->buys_for != FOR_ALL && is_for != t->buys_for) return 0;
    for (size_t i = 0; i < t->color_count; i++)
        is_her_color |= t->colors[i] == m->colors->codes[row];
    for (size_t i = 0; i < SEGMENT_USAGES && t->kind->usages[i]; i++)
        is_her_usage |=
            strcasecmp(m->usages->values[m->usages->codes[row]], t->kind->usages[i]) == 0;
    if (!is_her_color) p *= 0.25;
    if (!is_her_usage) p *= 0.4;
    if (m->quantile[row] < t->cheapest) p *= 0.5;
    if (m->quantile[row] > t->dearest) p *= 0.2;
    return p;
}

/* A row of the type by its weight in the circle. */
static uint32_t draw_row(const market *m, const taste *t, uint32_t type, uint64_t *random) {
    const double *sums = m->weights + t->circle * m->rows;
    size_t low = m->first[type], high = m->first[type + 1] - 1;
    double at = weft_chance_unit(random) * sums[high];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sums[middle] > at) high = middle;
        else low = middle + 1;
    }
    return m->order[low];
}

static bool is_like(const market *m, uint32_t row, uint32_t last) {
    return m->types->codes[row] == m->types->codes[last] &&
           m->colors->codes[row] == m->colors->codes[last];
}

static uint32_t look(const market *m, const taste *t, uint32_t last, uint64_t *random) {
    bool is_again = last != UINT32_MAX && weft_chance_unit(random) < SAME_AGAIN;
    uint32_t type = weft_chance_unit(random) < WITHIN_PREFERRED
                        ? t->types[weft_random_below(random, t->type_count)]
                        : draw_type(m, random);
    uint32_t best = UINT32_MAX;
    double best_p = -1;
    if (is_again) type = m->types->codes[last];
    for (int i = 0; i < TRIES; i++) {
        uint32_t row = draw_row(m, t, type, random);
        double p = gladly(m, t, row);
        if (is_again && !is_like(m, row, last)) p *= 0.1;
        if (weft_chance_unit(random) < p) return row;
        if (p > best_p) best_p = p, best = row;
    }
    return best;
}

/* ---- all of it ---- */

typedef struct {
    weft_synth *synth;
    const weft_synth_options *options;
    const market *market;
    size_t capacity;
    int64_t until;
    double span; /* milliseconds */
} making;

static weft_status add_event(making *k, const char *user_id, uint32_t row, const char *type,
                             int64_t at, weft_err *err) {
    weft_synth *synth = k->synth;
    if (synth->event_count == k->capacity) {
        size_t capacity = k->capacity ? k->capacity * 2 : 4096;
        weft_event *larger = weft_realloc(synth->events, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "synthetic events");
        synth->events = larger;
        k->capacity = capacity;
    }
    synth->events[synth->event_count++] =
        (weft_event){user_id, weft_catalog_product(k->market->catalog, row)->product_id, type, "",
                     at < k->until ? at : k->until};
    return WEFT_OK;
}

/* Visits of some looks each, minutes apart. */
static weft_status live(making *k, const char *user_id, const taste *t, uint64_t *random,
                        weft_err *err) {
    static const int64_t MINUTE = 60 * 1000;
    double many = weft_chance_unit(random);
    size_t wanted = MIN_EVENTS + (size_t)((MAX_EVENTS - MIN_EVENTS + 1) * many * many), done = 0;
    int64_t at = 0;
    size_t left = 0; /* looks of this visit */
    uint32_t last = UINT32_MAX;
    weft_status status = WEFT_OK;
    while (done < wanted && !status) {
        if (!left) {
            left = 1 + weft_random_below(random, 6);
            at = k->until - (int64_t)(weft_chance_unit(random) * k->span);
            last = UINT32_MAX;
        }
        last = look(k->market, t, last, random);
        bool buys = weft_chance_unit(random) < BUY_AFTER_VIEW,
             keeps = weft_chance_unit(random) < CART_AFTER_VIEW;
        status = add_event(k, user_id, last, "view", at, err);
        done++;
        if (!status && keeps && done < wanted) {
            status = add_event(k, user_id, last, "add_to_cart", at + MINUTE, err);
            done++;
        }
        if (!status && buys && done < wanted) {
            status = add_event(k, user_id, last, "purchase", at + 3 * MINUTE, err);
            done++;
        }
        at += (1 + (int64_t)weft_random_below(random, 5)) * MINUTE;
        left--;
    }
    return status;
}

static int by_time(const void *a, const void *b) {
    const weft_event *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    int by_user = strcmp(x->user_id, y->user_id);
    if (by_user) return by_user;
    int by_product = strcmp(x->product_id, y->product_id);
    return by_product ? by_product : strcmp(x->event_type, y->event_type);
}

static weft_status make_users(making *k, weft_err *err) {
    weft_synth *synth = k->synth;
    uint64_t random = k->options->seed ? k->options->seed : 1;
    for (size_t i = 0; i < synth->user_count; i++) {
        taste t;
        if (k->options->cancel && atomic_load(k->options->cancel))
            return weft_fail(err, WEFT_E_CANCELLED, "stopped at user %zu", i);
        draw_taste(k->market, &t, &random);
        const char *id = weft_arena_printf(&synth->arena, "user_%05zu", i + 1);
        if (!id) return weft_fail(err, WEFT_E_NOMEM, "synthetic users");
        synth->users[i] = (weft_store_user){.user_id = id, .segment = t.kind->name};
        weft_status status = live(k, id, &t, &random, err);
        if (status) return status;
        if (k->options->on_progress && i % 256 == 0)
            k->options->on_progress(k->options->context, i, synth->user_count);
    }
    qsort(synth->events, synth->event_count, sizeof *synth->events, by_time);
    return WEFT_OK;
}

weft_status weft_synth_make(weft_synth *synth, const weft_catalog *catalog,
                            const weft_synth_options *options, weft_err *err) {
    static const double DAY = 24.0 * 60 * 60 * 1000;
    market m;
    *synth = (weft_synth){.user_count = options->users ? options->users : 10000};
    weft_arena_init(&synth->arena, 0);
    synth->users = weft_calloc(synth->user_count, sizeof *synth->users);
    if (!synth->users) return weft_fail(err, WEFT_E_NOMEM, "%zu users", synth->user_count);
    making k = {.synth = synth,
                .options = options,
                .market = &m,
                .until = options->until,
                .span = (options->days > 0 ? options->days : 120) * DAY};
    weft_status status = market_init(&m, catalog, options->seed ? options->seed : 1, err);
    if (!status) status = make_users(&k, err);
    market_deinit(&m);
    return status;
}

void weft_synth_deinit(weft_synth *synth) {
    weft_free(synth->users);
    weft_free(synth->events);
    weft_arena_deinit(&synth->arena);
}
