/* metrics.h - how good a ranking is, by where the right results stand in it. */
#ifndef WEFT_SEARCH_METRICS_H
#define WEFT_SEARCH_METRICS_H

#include <stdbool.h>
#include <stddef.h>

/* Sums over queries; begin with all zero. */
typedef struct {
    size_t queries;
    size_t at_1, at_k;     /* queries whose one right result is first, or among the first k */
    double reciprocal;     /* sum of 1 / rank of the right result; 0 beyond k */
    size_t right, results; /* results seen, and those of them that are right */
} weft_metrics;

/* A query with one right result: its rank counts from 1; 0: not among the first k. */
void weft_metrics_add_rank(weft_metrics *metrics, size_t rank);

/* A query with many right results: is_right[n] says which of its results are. A query that
 * finds fewer than k results is judged by k. */
void weft_metrics_add_results(weft_metrics *metrics, const bool *is_right, size_t n, size_t k);

/* All 0 to 1, and 0 when there was no query. */
double weft_metrics_recall_at_1(const weft_metrics *metrics);
double weft_metrics_recall_at_k(const weft_metrics *metrics);
double weft_metrics_mrr(const weft_metrics *metrics); /* mean reciprocal rank */
double weft_metrics_precision(const weft_metrics *metrics);

#endif
