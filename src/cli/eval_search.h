/* eval_search.h - rankers measured side by side on judged queries. */
#ifndef WEFT_CLI_EVAL_SEARCH_H
#define WEFT_CLI_EVAL_SEARCH_H

#include "cli/cli.h"
#include "search/judged.h"
#include "search/quality.h"

/* A way to rank that can be compared with others. */
typedef struct {
    const char *name, *what;
    weft_fusion fusion;
    unsigned understand;
    bool has_embedding, has_words;
    float diversity;
} weft_ranker;

enum { WEFT_EVAL_MAX_RANKERS = 6 };

const weft_ranker *weft_rankers(size_t *n);

typedef struct {
    const weft_ranker *ranker;
    weft_quality quality[WEFT_JUDGED_GROUPS];
    weft_bitset shown;        /* products among any query's first ten: coverage */
    double median_ms, p95_ms; /* of understanding, encoding and ranking, one at a time */
} weft_ranker_result;

typedef struct {
    const char *model;
    size_t products;
    weft_ranker_result *results; /* [count] */
    size_t count;
} weft_search_report;

/* The page of charts and tables, one HTML file that needs no other. */
weft_status weft_eval_report_write(const char *path, const weft_search_report *report,
                                   weft_err *err);

/* `weft eval search ...`; argv[0] is "search". An exit status. */
int weft_eval_search(const weft_cli *cli, int argc, char **argv);

#endif
