/* The report of `weft eval search`. */
#include "cli/eval_page.h"
#include "cli/eval_search.h"

static double mean_precision(const weft_quality *q) { return weft_quality_mean(q, q->precision); }
static double mean_ndcg(const weft_quality *q) { return weft_quality_mean(q, q->ndcg); }
static double mean_mrr(const weft_quality *q) { return weft_quality_mean(q, q->reciprocal); }
static double mean_looks(const weft_quality *q) { return weft_quality_mean(q, q->looks); }
static double wrong_share(const weft_quality *q) {
    return q->shown ? (double)q->wrong / (double)q->shown : 0;
}

/* The groups of queries that this catalog has, but for what has no right answer. */
typedef struct {
    const weft_search_report *report;
    weft_judged_group groups[WEFT_JUDGED_GROUPS];
} charted;

static double bar_value(const void *context, size_t cluster, size_t series) {
    const charted *c = context;
    return mean_precision(&c->report->results[series].quality[c->groups[cluster]]);
}

static void draw_bars(weft_buf *out, const weft_search_report *report) {
    charted c = {.report = report};
    const char *clusters[WEFT_JUDGED_GROUPS], *series[WEFT_EVAL_MAX_RANKERS];
    weft_eval_bars bars = {.label = "precision at 10 by ranker and kind of query",
                           .clusters = clusters,
                           .series = series,
                           .value = bar_value,
                           .context = &c};
    for (int g = 0; g < WEFT_JUDGED_NOTHING; g++) {
        if (!report->results[0].quality[g].queries) continue;
        clusters[bars.cluster_count] = weft_judged_group_name((weft_judged_group)g);
        c.groups[bars.cluster_count++] = (weft_judged_group)g;
    }
    for (size_t i = 0; i < report->count; i++)
        series[bars.series_count++] = report->results[i].ranker->name;
    weft_eval_page_bars(out, &bars);
}

/* Of right results and of others. */
static void draw_spread(weft_buf *out, const size_t *right, const size_t *wrong, double low,
                        double high, const char *label) {
    const weft_eval_spread spread = {.label = label,
                                     .first_name = "right",
                                     .second_name = "not",
                                     .first = right,
                                     .second = wrong,
                                     .bins = WEFT_QUALITY_BINS,
                                     .low = low,
                                     .high = high};
    weft_eval_page_spread(out, &spread);
}

static void write_spreads(weft_buf *out, const weft_search_report *report) {
    for (size_t i = 0; i < report->count; i++) {
        weft_quality sum = {0};
        for (int g = 0; g < WEFT_JUDGED_GROUPS; g++)
            for (size_t b = 0; b < WEFT_QUALITY_BINS && g != WEFT_JUDGED_NAMES; b++) {
                const weft_quality *q = &report->results[i].quality[g];
                sum.right_bins[b] += q->right_bins[b];
                sum.wrong_bins[b] += q->wrong_bins[b];
                sum.right_cosine[b] += q->right_cosine[b];
                sum.wrong_cosine[b] += q->wrong_cosine[b];
            }
        weft_buf_printf(
            out, "<h2>Scores of %s: %s</h2><div style=\"display:flex;gap:2rem;flex-wrap:wrap\">\n",
            report->results[i].ranker->name, report->results[i].ranker->what);
        if (report->results[i].ranker->has_embedding)
            draw_spread(out, sum.right_cosine, sum.wrong_cosine, -1, 1, "cosine");
        draw_spread(out, sum.right_bins, sum.wrong_bins, 0, 1, "relevance");
        weft_buf_puts(out, "</div>\n");
    }
}

static void write_tables(weft_buf *out, const weft_search_report *report) {
    for (int g = 0; g < WEFT_JUDGED_GROUPS; g++) {
        if (!report->results[0].quality[g].queries) continue;
        weft_buf_printf(out,
                        "<h2>%s <small>%zu queries</small></h2>\n<table><tr><th>ranker"
                        "<th>P@10<th>nDCG@10<th>MRR<th>wrong in 10<th>looks in 20\n",
                        weft_judged_group_name((weft_judged_group)g),
                        report->results[0].quality[g].queries);
        for (size_t i = 0; i < report->count; i++) {
            const weft_quality *q = &report->results[i].quality[g];
            weft_buf_printf(out, "<tr><td>%s<td>%.3f<td>%.3f<td>%.3f<td>%.1f&#8201;%%<td>%.1f\n",
                            report->results[i].ranker->name, mean_precision(q), mean_ndcg(q),
                            mean_mrr(q), 100 * wrong_share(q), mean_looks(q));
        }
        weft_buf_puts(out, "</table>\n");
    }
    weft_buf_puts(out, "<h2>Time and coverage</h2>\n<table><tr><th>ranker<th>median ms<th>p95 ms"
                       "<th>products shown\n");
    for (size_t i = 0; i < report->count; i++)
        weft_buf_printf(out, "<tr><td>%s<td>%.2f<td>%.2f<td>%zu\n", report->results[i].ranker->name,
                        report->results[i].median_ms, report->results[i].p95_ms,
                        weft_bitset_popcount(&report->results[i].shown));
    weft_buf_puts(out, "</table>\n");
}

weft_status weft_eval_report_write(const char *path, const weft_search_report *report,
                                   weft_err *err) {
    weft_buf out;
    weft_eval_page_begin(&out, "weft eval search");
    weft_buf_printf(&out,
                    "<h1>Search, ranker by ranker</h1>\n<p>%zu products, %s. Queries made "
                    "from the catalog's attributes, names, and queries written by hand, "
                    "judged by rules over attributes.</p>\n<h2>Precision at 10</h2>\n",
                    report->products, report->model);
    draw_bars(&out, report);
    write_tables(&out, report);
    write_spreads(&out, report);
    return weft_eval_page_end(&out, path, err);
}
