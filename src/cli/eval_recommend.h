/* eval_recommend.h - `weft eval recommend`: recommendations judged by what users went on to buy. */
#ifndef WEFT_CLI_EVAL_RECOMMEND_H
#define WEFT_CLI_EVAL_RECOMMEND_H

#include "cli/cli.h"
#include "recommend/trial.h"

typedef struct {
    weft_trial_result results[WEFT_RECOMMEND_WAY_COUNT]; /* of the same users */
    weft_recommend_weights weights;                      /* of the blend */
    bool are_learned;                                    /* from what is known, not given */
    bool as_served;
    size_t products, events;
    size_t known; /* of the events */
} weft_recommend_report;

/* A sum of a result's for one user; 0 of none. */
double weft_recommend_report_mean(const weft_trial_result *result, double sum);
/* The part of the products that the result's lists show. */
double weft_recommend_report_coverage(const weft_recommend_report *report, weft_recommend_way way);

/* The page of charts and tables, one HTML file that needs no other. WEFT_E_IO, WEFT_E_NOMEM. */
weft_status weft_recommend_report_write(const char *path, const weft_recommend_report *report,
                                        weft_err *err);

/* argv[0] is "recommend". An exit status. */
int weft_eval_recommend(const weft_cli *cli, int argc, char **argv);

#endif
