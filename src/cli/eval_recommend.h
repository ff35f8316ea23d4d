/* eval_recommend.h - `weft eval recommend`: recommendations judged by what users went on to buy. */
#ifndef WEFT_CLI_EVAL_RECOMMEND_H
#define WEFT_CLI_EVAL_RECOMMEND_H

#include "cli/cli.h"

/* argv[0] is "recommend". An exit status. */
int weft_eval_recommend(const weft_cli *cli, int argc, char **argv);

#endif
