#include "shop.h"

#include <jansson.h>
#include <stdlib.h>

enum { ROWS = 240, USERS = 60, EVENTS = 2000, LIMIT = 12 };

static shop s;
static weft_event_log events;
static weft_collaborative *model;
static weft_crowd *crowd, *silence; /* in which nobody did anything */

static int set_up(void **state) {
    (void)state;
    shop_open(&s, ROWS);
    shop_log(&s, &events, USERS, EVENTS, 5);
    crowd = shop_crowd(&s, &events, EVENTS, &model);
    silence = shop_crowd(&s, &events, 0, NULL);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_crowd_free(crowd);
    weft_crowd_free(silence);
    weft_collaborative_free(model);
    weft_event_log_deinit(&events);
    shop_close(&s);
    return 0;
}

/* ---- asking ---- */

typedef struct {
    weft_recommended *all; /* [n] */
    size_t n, total;
} answer;

static weft_recommend_request ask(const weft_profile *profile, weft_recommend_way way) {
    return (weft_recommend_request){
        .shelf = s.shelf, .crowd = crowd, .profile = profile, .way = way, .limit = LIMIT};
}

static answer run(const weft_recommend_request *request) {
    answer a;
    weft_err err = {0};
    if (weft_recommend(request, &s.arena, &a.all, &a.n, &a.total, &err))
        fail_msg("%s", err.message);
    return a;
}

static const weft_filter *filter(const char *text) {
    const weft_filter *parsed;
    weft_err err = {0};
    if (weft_filter_parse_text(&parsed, text, strlen(text), &s.arena, &err))
        fail_msg("%s", err.message);
    return parsed;
}

/* The rule as the one that acts in the request. */
static void set_rule(weft_recommend_request *request, const char *text) {
    weft_rule *rule = weft_arena_calloc(&s.arena, 1, sizeof *rule);
    const weft_rule **rules = weft_arena_calloc(&s.arena, 1, sizeof *rules);
    weft_err err = {0};
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    if (weft_rule_parse(rule, "r", json, &s.arena, &err)) fail_msg("%s", err.message);
    json_decref(json);
    *rules = rule;
    request->rules = rules;
    request->rule_count = 1;
}

static bool is_seen(const weft_profile *p, uint32_t row) {
    for (size_t i = 0; i < p->count; i++)
        if (p->interests[i].row == row) return true;
    return false;
}

static size_t place_of(const answer *a, uint32_t row) {
    for (size_t i = 0; i < a->n; i++)
        if (a->all[i].row == row) return i;
    return a->n;
}

static bool is_type(uint32_t row, const char *type) {
    return strcmp(shop_product(&s, row)->article_type, type) == 0;
}

/* A user who bought Tshirts, and nothing else. */
static weft_profile *tshirt_buyer(void) {
    shop_deed deeds[5];
    for (uint32_t i = 0; i < 5; i++) deeds[i] = (shop_deed){"purchase", i * SHOP_TYPES};
    return shop_profile(&s, deeds, 5);
}

/* ---- what may come back ---- */

/* Said once more, in the words of products. */
static bool may_come(const weft_recommend_request *q, const char *gender, uint32_t row) {
    const weft_profile *p = q->profile;
    const weft_product *product = shop_product(&s, row);
    bool has_type = false, has_color = false, knows_type = false, knows_color = false;
    if (gender && strcmp(product->gender, gender) != 0) return false;
    if (q->budget > 0 && product->price > q->budget) return false;
    if (!q->includes_seen && is_seen(p, row)) return false;
    for (size_t i = 0; i < p->count; i++) {
        const weft_product *hers = shop_product(&s, p->interests[i].row);
        knows_type |= *hers->article_type != '\0';
        knows_color |= *hers->base_color != '\0';
        has_type |= *hers->article_type && strcmp(hers->article_type, product->article_type) == 0;
        has_color |= *hers->base_color && strcmp(hers->base_color, product->base_color) == 0;
    }
    if (q->restrict_category && knows_type && !has_type) return false;
    if (q->restrict_color && knows_color && !has_color) return false;
    return !q->restrict_price || !p->count ||
           (product->price >= p->min_price && product->price <= p->max_price);
}

static void answers_hold_what_may_come_and_as_much_as_was_asked_for(void **state) {
    (void)state;
    uint64_t random = 21;
    size_t cut_short = 0;
    for (int round = 0; round < 400; round++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        weft_recommend_request q =
            ask(p, (weft_recommend_way)weft_random_below(&random, WEFT_RECOMMEND_WAY_COUNT));
        const char *gender = weft_random_below(&random, 3) ? NULL : "Men";
        bool is_there[ROWS] = {false};
        size_t may = 0;
        if (gender) q.filter = filter("{\"gender\":\"Men\"}");
        if (!weft_random_below(&random, 3)) q.budget = (double)weft_random_below(&random, 120);
        q.restrict_category = !weft_random_below(&random, 4);
        q.restrict_color = !weft_random_below(&random, 4);
        q.restrict_price = !weft_random_below(&random, 4);
        q.includes_seen = !weft_random_below(&random, 4);
        q.diversity = weft_random_below(&random, 2) ? 0.3f : 0;
        q.category_share = weft_random_below(&random, 2) ? 0.4f : 0;
        q.limit = 1 + weft_random_below(&random, 60);
        if (weft_random_below(&random, 3) == 0) q.crowd = silence;
        const answer a = run(&q);
        for (uint32_t row = 0; row < ROWS; row++) may += may_come(&q, gender, row);
        assert_int_equal(a.total, may);
        assert_int_equal(a.n, may < q.limit ? may : q.limit);
        for (size_t i = 0; i < a.n; i++) {
            assert_true(may_come(&q, gender, a.all[i].row));
            assert_false(is_there[a.all[i].row]);
            is_there[a.all[i].row] = true;
        }
        cut_short += a.n < q.limit;
    }
    assert_true(cut_short > 10 && cut_short < 300);
}

static void what_was_seen_may_be_asked_for(void **state) {
    (void)state;
    const weft_profile *p = tshirt_buyer();
    weft_recommend_request q = ask(p, WEFT_RECOMMEND_CONTENT);
    size_t seen = 0;
    q.includes_seen = true;
    const answer a = run(&q);
    for (size_t i = 0; i < a.n; i++) seen += is_seen(p, a.all[i].row);
    assert_true(seen > 0);
}

static void nothing_may_come_back_of_an_impossible_filter(void **state) {
    (void)state;
    for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) {
        weft_recommend_request q = ask(tshirt_buyer(), (weft_recommend_way)way);
        q.diversity = 0.3f;
        q.category_share = 0.4f;
        q.filter = filter("{\"gender\":\"Nobody\"}");
        const answer a = run(&q);
        assert_int_equal(a.n, 0);
        assert_int_equal(a.total, 0);
    }
}

/* ---- order ---- */

static void ways_have_names(void **state) {
    (void)state;
    for (int i = 0; i < WEFT_RECOMMEND_WAY_COUNT; i++) {
        weft_recommend_way way = (weft_recommend_way)i, found = WEFT_RECOMMEND_WAY_COUNT;
        assert_true(weft_recommend_way_named(weft_recommend_way_name(way), &found));
        assert_int_equal(found, way);
        assert_true(*weft_recommend_way_text(way));
    }
    weft_recommend_way way;
    assert_false(weft_recommend_way_named("", &way));
    assert_false(weft_recommend_way_named("Blend", &way));
    for (int i = 0; i < WEFT_PART_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(weft_recommend_part_name((weft_recommend_part)i),
                                    weft_recommend_part_name((weft_recommend_part)j));
}

static void every_way_ranks_by_its_score(void **state) {
    (void)state;
    uint64_t random = 22;
    for (int user = 0; user < 60; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) {
            const weft_recommend_request q = ask(p, (weft_recommend_way)way);
            const answer a = run(&q), again = run(&q);
            assert_int_equal(a.n, LIMIT);
            for (size_t i = 1; i < a.n; i++) assert_true(a.all[i - 1].score >= a.all[i].score);
            for (size_t i = 0; i < a.n; i++) {
                assert_int_equal(a.all[i].row, again.all[i].row);
                assert_true(a.all[i].score == again.all[i].score);
                assert_null(a.all[i].pinned_by);
            }
        }
    }
}

static void content_is_nearness_to_the_embedding(void **state) {
    (void)state;
    uint64_t random = 23;
    for (int user = 0; user < 60; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        if (!p->embedding) continue;
        const weft_recommend_request q = ask(p, WEFT_RECOMMEND_CONTENT);
        const answer a = run(&q);
        float worst = a.all[a.n - 1].parts[WEFT_PART_USER];
        for (uint32_t row = 0; row < ROWS; row++) {
            float cosine = 0;
            for (size_t d = 0; d < SHOP_DIM; d++) cosine += p->embedding[d] * s.vectors[row][d];
            size_t at = place_of(&a, row);
            if (at < a.n) assert_true(fabsf(a.all[at].parts[WEFT_PART_USER] - cosine) < 1e-5f);
            else if (row % 19 != 18 && !is_seen(p, row)) assert_true(cosine < worst + 1e-5f);
        }
    }
}

static void popularity_is_what_is_trending(void **state) {
    (void)state;
    const weft_profile *p = tshirt_buyer();
    const weft_recommend_request q = ask(p, WEFT_RECOMMEND_POPULARITY);
    const answer a = run(&q);
    size_t at = 0;
    for (size_t i = 0; i < crowd->trending_count && at < a.n; i++)
        if (!is_seen(p, crowd->trending[i])) assert_int_equal(a.all[at++].row, crowd->trending[i]);
    assert_int_equal(at, LIMIT);
}

static void what_is_like_is_collaborative(void **state) {
    (void)state;
    const weft_recommend_request q = ask(tshirt_buyer(), WEFT_RECOMMEND_COLLABORATIVE);
    const answer a = run(&q);
    size_t same = 0;
    for (size_t i = 0; i < a.n; i++) same += a.all[i].row % SHOP_TYPES == 0;
    assert_true(same > LIMIT / 2);
}

static void the_formula_is_the_seeds(void **state) {
    (void)state;
    uint64_t random = 24;
    for (int user = 0; user < 20; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        const weft_recommend_request q = ask(p, WEFT_RECOMMEND_FORMULA);
        const answer a = run(&q);
        for (size_t i = 0; i < a.n && p->count; i++) {
            const float *parts = a.all[i].parts;
            float user_part = parts[WEFT_PART_USER], recent = parts[WEFT_PART_RECENT];
            float sum = 0.2f * weft_attribute_score(p, s.shelf, a.all[i].row, 0);
            if (user_part > 0) sum += 0.3f * user_part;
            if (recent > 0) sum += 0.5f * recent;
            assert_true(fabsf(a.all[i].score - sum) < 1e-5f);
        }
    }
}

/* Everything is a candidate here, and comes back. */
static void a_blend_is_the_sum_of_its_standardised_parts(void **state) {
    (void)state;
    uint64_t random = 25;
    for (int user = 0; user < 20; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        weft_recommend_weights weights;
        weft_recommend_request q = ask(p, WEFT_RECOMMEND_BLEND);
        double sums[ROWS] = {0};
        for (int i = 0; i < WEFT_PART_COUNT; i++)
            weights.of[i] = (float)(2 * shop_uniform(&random) - 1);
        q.weights = user % 2 ? &weights : NULL;
        q.limit = ROWS;
        const answer a = run(&q);
        for (int part = 0; part < WEFT_PART_COUNT; part++) {
            double mean = 0, squares = 0, n = 0;
            for (size_t i = 0; i < a.n; i++)
                if (!isnan(a.all[i].parts[part])) mean += (double)a.all[i].parts[part], n++;
            mean /= fmax(n, 1);
            for (size_t i = 0; i < a.n; i++) {
                double apart = (double)a.all[i].parts[part] - mean;
                if (!isnan(apart)) squares += apart * apart;
            }
            double deviation = sqrt(squares / fmax(n, 1));
            double w = (double)(q.weights ? weights : weft_recommend_default_weights).of[part];
            for (size_t i = 0; i < a.n && deviation > 1e-5; i++) {
                double z = ((double)a.all[i].parts[part] - mean) / deviation;
                if (!isnan(z)) sums[i] += w * z;
            }
        }
        for (size_t i = 0; i < a.n && p->count; i++)
            assert_true(fabs(sums[i] - (double)a.all[i].score) < 1e-3);
    }
}

static void nobody_gets_what_is_popular(void **state) {
    (void)state;
    const weft_profile *nobody = shop_profile(&s, NULL, 0);
    const weft_recommend_weights odd = {{0.5f, 0.5f, 0.5f, 0.5f, 0.5f, -1, 0.5f}};
    for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) {
        weft_recommend_request q = ask(nobody, (weft_recommend_way)way);
        for (int learned = 0; learned < 2; learned++) {
            if (learned) q.weights = &odd;
            const answer a = run(&q);
            for (size_t i = 0; i < a.n; i++)
                if (a.all[i].row != crowd->trending[i])
                    fail_msg("%s: row %u at %zu", weft_recommend_way_name(q.way), a.all[i].row, i);
        }
    }
}

/* ---- sameness ---- */

/* How many products the list could have if no type had more than `most`. */
static size_t room_within_shares(const weft_profile *p, size_t most) {
    size_t used[SHOP_TYPES] = {0}, n = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        if (is_seen(p, row)) continue;
        if (!*shop_product(&s, row)->article_type) n++;
        else if (used[row % SHOP_TYPES]++ < most) n++;
    }
    return n;
}

static void no_type_has_more_than_its_share(void **state) {
    (void)state;
    uint64_t random = 26;
    for (int round = 0; round < 300; round++) {
        const weft_profile *p = round ? shop_draw_profile(&s, &random) : tshirt_buyer();
        weft_recommend_request q = ask(p, (weft_recommend_way)(round % WEFT_RECOMMEND_WAY_COUNT));
        q.category_share = round % 3 ? 0.4f : 0.2f;
        q.limit = 1 + weft_random_below(&random, 40);
        q.diversity = round % 2 ? 0.3f : 0;
        if (round % 4 == 0) q.crowd = silence;
        size_t most = (size_t)(q.category_share * (float)q.limit), used[SHOP_TYPES] = {0};
        if (most < 1) most = 1;
        const answer a = run(&q);
        assert_int_equal(a.n, q.limit);
        for (size_t i = 0; i < a.n; i++)
            if (*shop_product(&s, a.all[i].row)->article_type) used[a.all[i].row % SHOP_TYPES]++;
        for (size_t type = 0; type < SHOP_TYPES && room_within_shares(p, most) >= q.limit; type++)
            if (used[type] > most)
                fail_msg("round %d: %zu of %s among %zu", round, used[type], shop_types[type],
                         q.limit);
    }
}

static void what_exceeds_its_share_comes_when_there_is_nothing_else(void **state) {
    (void)state;
    weft_recommend_request q = ask(tshirt_buyer(), WEFT_RECOMMEND_BLEND);
    q.category_share = 0.4f;
    q.filter = filter("{\"article_type\":\"Tshirts\"}");
    assert_int_equal(run(&q).n, LIMIT);
}

/* Neighbours of one type and color. */
static size_t count_alike(const answer *a) {
    size_t n = 0;
    for (size_t i = 1; i < a->n; i++)
        n += a->all[i].row % (SHOP_TYPES * SHOP_COLORS) ==
             a->all[i - 1].row % (SHOP_TYPES * SHOP_COLORS);
    return n;
}

static void diversity_moves_apart_what_is_alike(void **state) {
    (void)state;
    uint64_t random = 27;
    size_t before = 0, after = 0;
    for (int user = 0; user < 60; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        weft_recommend_request q = ask(p, WEFT_RECOMMEND_CONTENT);
        if (!p->embedding) continue;
        const answer plain = run(&q);
        q.diversity = 0.5f;
        const answer diverse = run(&q);
        assert_int_equal(diverse.all[0].row, plain.all[0].row);
        before += count_alike(&plain);
        after += count_alike(&diverse);
    }
    assert_true(before > 20 && 3 * after < 2 * before);
}

/* Of a product without a vector nothing is known here; one among the first must not make the
 * others' scores count for nothing. */
static void what_is_not_known_does_not_outweigh_the_rest(void **state) {
    (void)state;
    const weft_profile *p = tshirt_buyer();
    weft_recommend_request q = ask(p, WEFT_RECOMMEND_CONTENT);
    q.filter = filter("{\"product_id\":[\"p30\",\"p36\",\"p42\",\"p48\",\"p1\",\"p2\",\"p37\","
                      "\"p3\",\"p4\",\"p5\"]}");
    q.diversity = 0.1f;
    q.limit = 10;
    const answer a = run(&q);
    for (size_t i = 0; i < 3; i++) assert_true(is_type(a.all[i].row, "Tshirts"));
    assert_int_equal(a.all[a.n - 1].row, 37);
}

/* ---- a merchandiser's rules ---- */

static void pins_stand_where_they_are_put(void **state) {
    (void)state;
    uint64_t random = 28;
    for (int user = 0; user < 60; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) {
            weft_recommend_request q = ask(p, (weft_recommend_way)way);
            q.diversity = 0.3f;
            q.category_share = 0.4f;
            set_rule(&q, "{\"pin\":[{\"product_id\":\"p100\",\"position\":3},"
                         "{\"product_id\":\"p101\",\"position\":1},"
                         "{\"product_id\":\"gone\",\"position\":2}]}");
            const answer a = run(&q);
            size_t place = is_seen(p, 101) ? 2 : 0;
            assert_int_equal(a.n, LIMIT);
            if (!is_seen(p, 101)) {
                assert_int_equal(a.all[0].row, 101);
                assert_ptr_equal(a.all[0].pinned_by, q.rules[0]);
            }
            if (!is_seen(p, 100)) assert_int_equal(a.all[2].row, 100);
            else assert_int_equal(place_of(&a, 100), a.n);
            for (size_t i = place; i < a.n; i++)
                assert_true((a.all[i].pinned_by != NULL) ==
                            (a.all[i].row == 100 || a.all[i].row == 101));
        }
    }
}

static void pins_keep_to_budget_and_filter(void **state) {
    (void)state;
    weft_recommend_request q = ask(tshirt_buyer(), WEFT_RECOMMEND_BLEND);
    const weft_product *pinned = shop_product(&s, 100);
    set_rule(&q, "{\"pin\":[{\"product_id\":\"p100\",\"position\":1}]}");
    q.budget = pinned->price;
    assert_int_equal(run(&q).all[0].row, 100);
    q.budget = pinned->price - 0.01;
    answer a = run(&q);
    assert_int_equal(place_of(&a, 100), a.n);
    q.budget = 0;
    q.filter =
        filter(strcmp(pinned->gender, "Men") ? "{\"gender\":\"Men\"}" : "{\"gender\":\"Women\"}");
    a = run(&q);
    assert_int_equal(place_of(&a, 100), a.n);
}

static void pins_beyond_the_end_come_at_the_end(void **state) {
    (void)state;
    weft_recommend_request q = ask(tshirt_buyer(), WEFT_RECOMMEND_BLEND);
    q.filter = filter("{\"product_id\":[\"p100\",\"p101\",\"p102\"]}");
    set_rule(&q, "{\"pin\":[{\"product_id\":\"p100\",\"position\":90}]}");
    const answer a = run(&q);
    assert_int_equal(a.n, 3);
    assert_int_equal(a.total, 3);
    assert_int_equal(a.all[2].row, 100);
}

static void what_is_buried_comes_last(void **state) {
    (void)state;
    for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) {
        const weft_profile *p = tshirt_buyer();
        weft_recommend_request q = ask(p, (weft_recommend_way)way);
        size_t tshirts = 0, first = 0;
        q.limit = ROWS;
        q.diversity = 0.3f;
        q.category_share = 0.4f;
        set_rule(&q, "{\"bury\":{\"article_type\":\"Tshirts\"}}");
        const answer a = run(&q);
        assert_int_equal(a.n, ROWS - p->count);
        assert_int_equal(a.total, ROWS - p->count);
        for (size_t i = 0; i < a.n; i++) {
            tshirts += is_type(a.all[i].row, "Tshirts");
            if (tshirts == 1 && !first) first = i;
        }
        assert_true(tshirts > 20);
        assert_int_equal(first + tshirts, a.n); /* all of them behind all others */
    }
}

static void boosts_raise_whom_they_are_for(void **state) {
    (void)state;
    const weft_profile *users[] = {tshirt_buyer(), shop_profile(&s, NULL, 0)};
    for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) {
        for (size_t user = 0; user < 2; user++) {
            weft_recommend_request q = ask(users[user], (weft_recommend_way)way);
            size_t raised = 0, lowered = 0;
            set_rule(&q, "{\"boost\":[{\"filter\":{\"article_type\":\"Handbags\"},\"by\":10}]}");
            answer a = run(&q);
            for (size_t i = 0; i < a.n; i++) raised += is_type(a.all[i].row, "Handbags");
            set_rule(&q, "{\"boost\":[{\"filter\":{\"article_type\":\"Handbags\"},\"by\":-10}]}");
            a = run(&q);
            for (size_t i = 0; i < a.n; i++) lowered += is_type(a.all[i].row, "Handbags");
            if (raised != LIMIT || lowered)
                fail_msg("%s, user %zu: %zu and %zu", weft_recommend_way_name(q.way), user, raised,
                         lowered);
        }
    }
}

/* Nobody looks at it, and nothing says that she might. */
static void boosts_bring_what_was_no_candidate(void **state) {
    (void)state;
    uint32_t row = ROWS - 1;
    while (crowd->popularity[row] > 0 || row % 19 == 18) row--;
    const weft_profile *users[] = {tshirt_buyer(), shop_profile(&s, NULL, 0)};
    for (size_t user = 0; user < 2; user++) {
        char rule[100];
        weft_recommend_request q = ask(users[user], WEFT_RECOMMEND_BLEND);
        snprintf(rule, sizeof rule, "{\"boost\":[{\"filter\":{\"product_id\":\"p%u\"},\"by\":10}]}",
                 row);
        q.limit = 3;
        assert_true(place_of(&(answer){run(&q).all, 3, 0}, row) == 3);
        set_rule(&q, rule);
        assert_int_equal(run(&q).all[0].row, row);
    }
}

/* ---- failures ---- */

static void no_memory_is_said(void **state) {
    (void)state;
    weft_recommend_request q = ask(tshirt_buyer(), WEFT_RECOMMEND_BLEND);
    weft_status status;
    size_t nth = 0;
    q.filter = filter("{\"price\":{\"$lt\":150}}");
    q.diversity = 0.3f;
    q.category_share = 0.4f;
    set_rule(&q, "{\"pin\":[{\"product_id\":\"p100\",\"position\":3}],"
                 "\"boost\":[{\"filter\":{\"article_type\":\"Handbags\"},\"by\":1},"
                 "{\"filter\":{\"gender\":\"Men\"},\"by\":1}],"
                 "\"bury\":{\"base_color\":\"Red\"}}");
    do {
        weft_arena arena;
        weft_recommended *list;
        size_t n, total;
        weft_arena_init(&arena, 256);
        weft_mem_fail_after(++nth);
        status = weft_recommend(&q, &arena, &list, &n, &total, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        assert_true(status == WEFT_OK || n == 0);
        weft_arena_deinit(&arena);
    } while (status);
    assert_true(nth > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_hold_what_may_come_and_as_much_as_was_asked_for),
        cmocka_unit_test(what_was_seen_may_be_asked_for),
        cmocka_unit_test(nothing_may_come_back_of_an_impossible_filter),
        cmocka_unit_test(ways_have_names),
        cmocka_unit_test(every_way_ranks_by_its_score),
        cmocka_unit_test(content_is_nearness_to_the_embedding),
        cmocka_unit_test(popularity_is_what_is_trending),
        cmocka_unit_test(what_is_like_is_collaborative),
        cmocka_unit_test(the_formula_is_the_seeds),
        cmocka_unit_test(a_blend_is_the_sum_of_its_standardised_parts),
        cmocka_unit_test(nobody_gets_what_is_popular),
        cmocka_unit_test(no_type_has_more_than_its_share),
        cmocka_unit_test(what_exceeds_its_share_comes_when_there_is_nothing_else),
        cmocka_unit_test(diversity_moves_apart_what_is_alike),
        cmocka_unit_test(what_is_not_known_does_not_outweigh_the_rest),
        cmocka_unit_test(pins_stand_where_they_are_put),
        cmocka_unit_test(pins_keep_to_budget_and_filter),
        cmocka_unit_test(pins_beyond_the_end_come_at_the_end),
        cmocka_unit_test(what_is_buried_comes_last),
        cmocka_unit_test(boosts_raise_whom_they_are_for),
        cmocka_unit_test(boosts_bring_what_was_no_candidate),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
