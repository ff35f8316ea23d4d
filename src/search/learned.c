#include "search/learned.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "base/file.h"
#include "base/mem.h"

enum { ROUNDS = 300, PATIENCE = 30, NDCG_K = 10 };

struct weft_learned {
    BoosterHandle booster;
};

const char *const weft_learned_feature_names[WEFT_LEARNED_FEATURES] = {
    "nearness", "words", "match", "unwanted", "log price", "year"};

void weft_learned_features(const weft_signals *signals, const weft_product *product,
                           float features[WEFT_LEARNED_FEATURES]) {
    features[0] = signals->nearness;
    features[1] = signals->words;
    features[2] = signals->match;
    features[3] = signals->unwanted;
    features[4] = product->price > 0 ? (float)log1p(product->price) : NAN;
    features[5] = product->year ? (float)product->year : NAN;
}

static weft_status library(int result, const char *what, weft_err *err) {
    if (result == 0) return WEFT_OK;
    return weft_fail(err, WEFT_E_INTERNAL, "%s: %.300s", what, XGBGetLastError());
}

void weft_learned_free(weft_learned *learned) {
    if (!learned) return;
    if (learned->booster) XGBoosterFree(learned->booster);
    weft_free(learned);
}

static weft_status make(weft_learned **out, const DMatrixHandle *matrices, size_t n,
                        weft_err *err) {
    weft_learned *learned = weft_calloc(1, sizeof *learned);
    if (!learned) return weft_fail(err, WEFT_E_NOMEM, "ranking");
    weft_status status = library(XGBoosterCreate(matrices, n, &learned->booster), "XGBoost", err);
    /* One thread: requests are many already. */
    if (!status)
        status = library(XGBoosterSetParam(learned->booster, "nthread", "1"), "XGBoost", err);
    if (status) weft_learned_free(learned);
    else *out = learned;
    return status;
}

weft_status weft_learned_open(weft_learned **out, const char *path, weft_err *err) {
    weft_learned *learned = NULL;
    *out = NULL;
    if (!weft_file_exists(path)) return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no such file", path);
    weft_status status = make(&learned, NULL, 0, err);
    if (status) return status;
    bst_ulong features = 0;
    if (XGBoosterLoadModel(learned->booster, path) ||
        XGBoosterGetNumFeature(learned->booster, &features) || features != WEFT_LEARNED_FEATURES) {
        weft_learned_free(learned);
        return weft_fail(err, WEFT_E_FORMAT, "%s: this is no ranking of weft's, of %d features",
                         path, WEFT_LEARNED_FEATURES);
    }
    *out = learned;
    return WEFT_OK;
}

weft_status weft_learned_score(const weft_learned *learned, const float *features, size_t n,
                               float *scores, weft_err *err) {
    static const char config[] = "{\"type\":1,\"training\":false,\"iteration_begin\":0,"
                                 "\"iteration_end\":0,\"strict_shape\":false,\"cache_id\":0,"
                                 "\"missing\":NaN}";
    char array[256];
    const bst_ulong *shape;
    bst_ulong dimensions;
    const float *result;
    if (n == 0) return WEFT_OK;
    snprintf(array, sizeof array,
             "{\"data\":[%llu,true],\"shape\":[%zu,%d],\"typestr\":\"<f4\",\"version\":3}",
             (unsigned long long)(uintptr_t)features, n, WEFT_LEARNED_FEATURES);
    weft_status status = library(XGBoosterPredictFromDense(learned->booster, array, config, NULL,
                                                           &shape, &dimensions, &result),
                                 "scoring", err);
    if (!status) memcpy(scores, result, n * sizeof *scores);
    return status;
}

static weft_status make_matrix(DMatrixHandle *matrix, const weft_learned_data *data,
                               weft_err *err) {
    weft_status status = library(
        XGDMatrixCreateFromMat(data->features, data->rows, WEFT_LEARNED_FEATURES, NAN, matrix),
        "training data", err);
    if (!status)
        status = library(XGDMatrixSetFloatInfo(*matrix, "label", data->labels, data->rows),
                         "training data", err);
    if (!status)
        status = library(XGDMatrixSetUIntInfo(*matrix, "group", data->sizes, data->searches),
                         "training data", err);
    return status;
}

static weft_status set_parameters(weft_learned *learned, weft_err *err) {
    static const char *const parameters[][2] = {
        {"objective", "rank:ndcg"},
        {"eval_metric", "ndcg@10"},
        {"eta", "0.1"},
        {"max_depth", "4"},
        {"min_child_weight", "5"},
        {"lambda", "2"},
        {"seed", "1"},
        {"tree_method", "hist"},
    };
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters && !status; i++)
        status = library(XGBoosterSetParam(learned->booster, parameters[i][0], parameters[i][1]),
                         "XGBoost", err);
    return status;
}

/* Rounds until none was better for a while; keeps those up to the best one. */
static weft_status boost(weft_learned *learned, DMatrixHandle train, DMatrixHandle valid,
                         weft_err *err) {
    const char *names[] = {"valid"};
    double best = -1;
    int best_round = 0;
    weft_status status = WEFT_OK;
    for (int round = 0; round < ROUNDS && round - best_round <= PATIENCE && !status; round++) {
        const char *said;
        status = library(XGBoosterUpdateOneIter(learned->booster, round, train), "training", err);
        if (!status)
            status = library(XGBoosterEvalOneIter(learned->booster, round, &valid, names, 1, &said),
                             "training", err);
        const char *number = status ? NULL : strrchr(said, ':');
        double ndcg = number ? strtod(number + 1, NULL) : -1;
        if (ndcg > best + 1e-6) best = ndcg, best_round = round;
    }
    if (status) return status;
    BoosterHandle sliced;
    status =
        library(XGBoosterSlice(learned->booster, 0, best_round + 1, 1, &sliced), "training", err);
    if (status) return status;
    XGBoosterFree(learned->booster);
    learned->booster = sliced;
    return library(XGBoosterSetParam(sliced, "nthread", "1"), "XGBoost", err);
}

weft_status weft_learned_train(weft_learned **out, const weft_learned_data *train,
                               const weft_learned_data *valid, weft_err *err) {
    DMatrixHandle matrices[2] = {NULL, NULL};
    weft_learned *learned = NULL;
    *out = NULL;
    weft_status status = make_matrix(&matrices[0], train, err);
    if (!status) status = make_matrix(&matrices[1], valid, err);
    if (!status) status = make(&learned, matrices, 2, err);
    if (!status) status = set_parameters(learned, err);
    if (!status) status = boost(learned, matrices[0], matrices[1], err);
    for (size_t i = 0; i < 2; i++)
        if (matrices[i]) XGDMatrixFree(matrices[i]);
    if (status) weft_learned_free(learned);
    else *out = learned;
    return status;
}

weft_status weft_learned_save(const weft_learned *learned, const char *path, weft_err *err) {
    const char *bytes;
    bst_ulong n;
    weft_status status =
        library(XGBoosterSaveModelToBuffer(learned->booster, "{\"format\":\"json\"}", &n, &bytes),
                path, err);
    return status ? status : weft_file_write_atomic(path, bytes, n, err);
}

/* ---- nDCG ---- */

typedef struct {
    float score, label;
    size_t place;
} ranked;

static int by_score(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static double gain(const ranked *list, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n && i < NDCG_K; i++)
        sum += (exp2((double)list[i].label) - 1) / log2((double)i + 2);
    return sum;
}

double weft_learned_ndcg(const float *labels, const float *scores, size_t n) {
    ranked *list = weft_alloc(n, sizeof *list);
    if (!list) return 0;
    for (size_t i = 0; i < n; i++) list[i] = (ranked){scores[i], labels[i], i};
    qsort(list, n, sizeof *list, by_score);
    double reached = gain(list, n);
    for (size_t i = 0; i < n; i++) list[i].score = list[i].label;
    qsort(list, n, sizeof *list, by_score);
    double ideal = gain(list, n);
    weft_free(list);
    return ideal > 0 ? reached / ideal : 0;
}
