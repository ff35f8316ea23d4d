#include "search/score.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Weights in log odds; see the header for where they come from. */
static const float BASE = -6, NEAR_WITH_WORDS = 1.2f, NEAR_ALONE = 2, WORDS = 5, ATTRIBUTES = 3,
                   UNWANTED = -0.8f;
/* Of what has all that was asked, when nothing but attributes and prices was. */
static const float FITS = 3;

bool weft_fusion_named(const char *name, weft_fusion *fusion) {
    static const char *const names[] = {"scores", "ranks", "none", "learned"};
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
    float near = isnan(s->nearness) ? 0 : s->nearness, share = visual_share(s, question->kind);
    near *= question->has_words ? NEAR_WITH_WORDS : NEAR_ALONE;
    score->base = BASE;
    score->words = s->words * WORDS;
    score->attributes = (2 * s->match - 1) * ATTRIBUTES * question->known;
    if (question->has_terms_alone) {
        score->base = 0;
        score->attributes = (2 * s->match - 1) * FITS;
    }
    score->visual = near * share;
    score->text = near * (1 - share);
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
