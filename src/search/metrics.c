#include "search/metrics.h"

void weft_metrics_add_rank(weft_metrics *m, size_t rank) {
    m->queries++;
    if (rank == 0) return;
    m->at_k++;
    m->at_1 += rank == 1;
    m->reciprocal += 1 / (double)rank;
}

void weft_metrics_add_results(weft_metrics *m, const bool *is_right, size_t n, size_t k) {
    m->queries++;
    m->results += k;
    for (size_t i = 0; i < n && i < k; i++) m->right += is_right[i];
}

static double share(double part, size_t whole) { return whole ? part / (double)whole : 0; }

double weft_metrics_recall_at_1(const weft_metrics *m) {
    return share((double)m->at_1, m->queries);
}

double weft_metrics_recall_at_k(const weft_metrics *m) {
    return share((double)m->at_k, m->queries);
}

double weft_metrics_mrr(const weft_metrics *m) { return share(m->reciprocal, m->queries); }

double weft_metrics_precision(const weft_metrics *m) { return share((double)m->right, m->results); }
