#include "api/search_arm.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "search/cursor.h"
#include "search/interleave.h"

static double diversity_of(const weft_arm *arm, const weft_search_question *q) {
    return !isnan(arm->diversity) && q->diversity == 0 ? arm->diversity : q->diversity;
}

static weft_fusion fusion_of(const weft_arm *arm, const weft_search_question *q) {
    return arm->fusion >= 0 && !q->says_fusion ? (weft_fusion)arm->fusion : q->fusion;
}

void weft_search_arm_apply(weft_search_arm *arm, const weft_experiment *experiment,
                           weft_search_question *q) {
    *arm = (weft_search_arm){0};
    if (!experiment || !q->user_id || !q->user_id[0]) return;
    arm->arm = weft_experiment_arm(experiment, q->user_id);
    arm->is_joint = experiment->is_interleaved && arm->arm;
    if (!experiment->is_interleaved || arm->is_joint) arm->experiment = experiment;
    if (arm->is_joint) {
        arm->seed = weft_cursor_fingerprint(q->fingerprint, q->user_id, strlen(q->user_id));
        arm->other_diversity = diversity_of(&experiment->arms[1], q);
        arm->other_fusion = fusion_of(&experiment->arms[1], q);
        q->fingerprint = arm->seed;
    } else {
        q->fingerprint = weft_cursor_fingerprint(q->fingerprint, &arm->arm, sizeof arm->arm);
    }
    const weft_arm *sets = &experiment->arms[arm->is_joint ? 0 : arm->arm];
    q->diversity = diversity_of(sets, q);
    q->fusion = fusion_of(sets, q);
    if (sets->collapse >= 0 && !q->collapse) q->collapse = sets->collapse;
    if (sets->understand >= 0 && q->understand == WEFT_UNDERSTAND_ALL)
        q->understand = (unsigned)sets->understand;
}

weft_status weft_search_arm_rank(const weft_search_arm *arm, const weft_rank_request *request,
                                 weft_arena *arena, weft_rank_page *page, weft_err *err) {
    if (!arm->is_joint) return weft_rank_run(request, arena, page, err);
    weft_rank_request other = *request;
    other.fusion = arm->other_fusion;
    other.diversity = (float)arm->other_diversity;
    return weft_rank_interleaved(request, &other, arm->seed, arena, page, err);
}

/* [[product_id, nearness, words, match, unwanted], ...], joint: and the team */
static void write_results(weft_json *j, const weft_catalog *catalog, const weft_rank_page *page,
                          bool is_joint) {
    weft_json_array(j);
    for (size_t i = 0; i < page->count; i++) {
        const weft_ranked *result = &page->results[i];
        const weft_signals *s = &result->score.signals;
        weft_json_array(j);
        weft_json_string(j, weft_catalog_product(catalog, result->row)->product_id);
        weft_json_float(j, s->nearness);
        weft_json_float(j, s->words);
        weft_json_float(j, s->match);
        weft_json_float(j, s->unwanted);
        if (is_joint) weft_json_string(j, (const char[]){result->team, 0});
        weft_json_end(j);
    }
    weft_json_end(j);
}

void weft_search_arm_keep(const weft_search_arm *arm, weft_search_log *log,
                          const weft_search_question *question, const char *search_type,
                          const char *query_id, const weft_catalog *catalog,
                          const weft_rank_page *page) {
    weft_buf results;
    weft_json j;
    if (!log) return;
    weft_buf_init(&results);
    weft_json_begin(&j, &results);
    write_results(&j, catalog, page, arm->is_joint);
    const weft_store_search search = {
        .query_id = query_id,
        .user_id = question->user_id ? question->user_id : "",
        .experiment = arm->experiment ? arm->experiment->name : "",
        .arm = arm->is_joint ? "ab"
               : arm->arm    ? "b"
                             : "a",
        .search_type = search_type,
        .query = question->query ? question->query : "",
        .results = results.data,
    };
    if (weft_buf_ok(&results)) weft_search_log_add(log, &search);
    weft_buf_deinit(&results);
}
