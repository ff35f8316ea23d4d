/* search_arm.h - a search's part in the experiment that runs: what its user's arm sets, and what
 * is kept of it for `weft experiment report` and `weft rank train`. */
#ifndef WEFT_API_SEARCH_ARM_H
#define WEFT_API_SEARCH_ARM_H

#include "api/search_log.h"
#include "api/search_question.h"
#include "http/http.h"
#include "search/experiment.h"
#include "search/rank.h"

typedef struct {
    const weft_experiment *experiment; /* NULL: it is not counted */
    int arm;
    bool is_joint; /* interleaved: the question is arm a's, and arm b differs in: */
    weft_fusion other_fusion;
    double other_diversity;
    uint64_t seed; /* of the draft: the question's and the user's */
} weft_search_arm;

/* Sets what the user's arm sets where the search leaves it at its default. */
void weft_search_arm_apply(weft_search_arm *arm, const weft_experiment *experiment,
                           weft_search_question *question);

/* As weft_rank_run, or for a joint list as weft_rank_interleaved. */
weft_status weft_search_arm_rank(const weft_search_arm *arm, const weft_rank_request *request,
                                 weft_arena *arena, weft_rank_page *page, weft_err *err);

/* Adds the answered search to the log; of a joint list with each result's team. */
void weft_search_arm_keep(const weft_search_arm *arm, weft_search_log *log,
                          const weft_search_question *question, const char *search_type,
                          const char *query_id, const weft_catalog *catalog,
                          const weft_rank_page *page);

#endif
