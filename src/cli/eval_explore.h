/* eval_explore.h - `weft eval explore`: what exploration costs and gains, simulated. */
#ifndef WEFT_CLI_EVAL_EXPLORE_H
#define WEFT_CLI_EVAL_EXPLORE_H

#include "cli/cli.h"
#include "recommend/explore_sim.h"

typedef struct {
    weft_sim_options options;
    weft_sim_result results[WEFT_SIM_POLICY_COUNT];
} weft_explore_report;

/* The page of charts and tables, one HTML file that needs no other. */
weft_status weft_explore_report_write(const char *path, const weft_explore_report *report,
                                      weft_err *err);

/* argv[0] is "explore". An exit status. */
int weft_eval_explore(const weft_cli *cli, int argc, char **argv);

#endif
