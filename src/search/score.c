#include "search/score.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Weights in log odds; see the header for where they come from. */
static const struct {
    float base, near, words, attributes;
} WITH_WORDS = {-6.0f, 1.2f, 2.0f, 4.0f}, WITHOUT_WORDS = {-6.0f, 2.0f, 0, 0};
static const float UNWANTED = -0.8f;

bool weft_fusion_named(const char *name, weft_fusion *fusion) {
    static const char *const names[] = {"scores", "ranks", "none"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return *fusion = (weft_fusion)i, true;
    return false;
}

/* How much of the nearness is how it looks, the rest being what it is called: all in an index
 * of images, none in one of text; a hybrid cosine is the sum of both. */
static float visual_share(const weft_signals *signals, weft_embedding_kind kind) {
    if (kind != WEFT_KIND_HYBRID) return kind == WEFT_KIND_IMAGE ? 1 : 0;
    float looks = fmaxf(signals->cosine[WEFT_KIND_IMAGE], 0); /* of NAN: 0 */
    float says = fmaxf(signals->cosine[WEFT_KIND_TEXT], 0);
    return looks + says > 0 ? looks / (looks + says) : 0.5f;
}

static float logistic(float x) { return 1 / (1 + expf(-x)); }

void weft_score_add_up(weft_score *score, const weft_score_question *question) {
    const weft_signals *s = &score->signals;
    bool has_words = question->has_words;
    float near = isnan(s->nearness) ? 0 : s->nearness;
    near *= has_words ? WITH_WORDS.near : WITHOUT_WORDS.near;
    float share = visual_share(s, question->kind);
    score->base = has_words ? WITH_WORDS.base : WITHOUT_WORDS.base;
    score->visual = near * share;
    score->text = near * (1 - share);
    score->words = has_words ? s->words * WITH_WORDS.words : 0;
    score->attributes = has_words ? s->match * WITH_WORDS.attributes : 0;
    score->unwanted = s->unwanted * UNWANTED;
    float sum = score->base + near + score->words + score->attributes + score->unwanted;
    score->relevance = logistic(sum);
    score->total = sum + score->rules;
    score->fused = score->total;
}

float weft_score_best_relevance(float nearness, const weft_score_question *question) {
    weft_score best = {.signals = {.nearness = nearness, .words = 1, .match = 1}};
    weft_score_add_up(&best, question);
    return best.relevance;
}

float weft_background_nearness(const weft_background *background, float cosine) {
    return background->deviation > 0 ? (cosine - background->mean) / background->deviation : 0;
}
