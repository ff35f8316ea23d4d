/* The report of `weft eval recommend`. */
#include "cli/eval_page.h"
#include "cli/eval_recommend.h"

double weft_recommend_report_mean(const weft_trial_result *result, double sum) {
    return result->users ? sum / (double)result->users : 0;
}

double weft_recommend_report_coverage(const weft_recommend_report *report, weft_recommend_way way) {
    size_t shown = report->results[way].shown;
    return report->products ? (double)shown / (double)report->products : 0;
}

static const char *const measures[] = {"hit@10", "MRR", "nDCG@10"};
enum { MEASURES = sizeof measures / sizeof *measures };

static double measure(const void *context, size_t number, size_t way) {
    const weft_recommend_report *report = context;
    const weft_trial_result *r = &report->results[way];
    const double sums[MEASURES] = {r->hits, r->reciprocal, r->ndcg};
    return weft_recommend_report_mean(r, sums[number]);
}

/* Hits among ten of thousands of products are rare: the scale ends above the best. */
static double find_top(const weft_recommend_report *report) {
    static const double tops[] = {0.04, 0.1, 0.2, 0.4, 0.6, 0.8};
    double best = 0;
    size_t i = 0;
    for (size_t number = 0; number < MEASURES; number++)
        for (size_t way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) {
            double value = measure(report, number, way);
            if (value > best) best = value;
        }
    while (i < sizeof tops / sizeof *tops && tops[i] < best) i++;
    return i < sizeof tops / sizeof *tops ? tops[i] : 1;
}

static void draw_bars(weft_buf *out, const weft_recommend_report *report) {
    const char *series[WEFT_RECOMMEND_WAY_COUNT];
    for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++)
        series[way] = weft_recommend_way_name((weft_recommend_way)way);
    const weft_eval_bars bars = {.label = "hit@10, MRR and nDCG@10 by way of recommending",
                                 .clusters = measures,
                                 .cluster_count = MEASURES,
                                 .series = series,
                                 .series_count = WEFT_RECOMMEND_WAY_COUNT,
                                 .top = find_top(report),
                                 .value = measure,
                                 .context = report};
    weft_eval_page_bars(out, &bars);
}

static void write_table(weft_buf *out, const weft_recommend_report *report) {
    weft_buf_puts(out, "<table><tr><th>way<th>hit@10<th>MRR<th>nDCG@10<th>coverage<th>diversity"
                       "<th>novelty<th>popularity<th style=\"text-align:left\">what it is\n");
    for (int i = 0; i < WEFT_RECOMMEND_WAY_COUNT; i++) {
        weft_recommend_way way = (weft_recommend_way)i;
        const weft_trial_result *r = &report->results[way];
        weft_buf_printf(
            out,
            "<tr><td>%s<td>%.4f<td>%.4f<td>%.4f<td>%.1f&#8201;%%<td>%.3f<td>%.2f"
            "<td>%.3f<td style=\"text-align:left\">%s\n",
            weft_recommend_way_name(way), measure(report, 0, way), measure(report, 1, way),
            measure(report, 2, way), 100 * weft_recommend_report_coverage(report, way),
            weft_recommend_report_mean(r, r->diversity), weft_recommend_report_mean(r, r->novelty),
            weft_recommend_report_mean(r, r->popularity), weft_recommend_way_text(way));
    }
    weft_buf_puts(out, "</table>\n<p>Coverage: the part of all products that any list shows. "
                       "Diversity: 1 less the mean cosine of two products of a list. Novelty: how "
                       "few users had dealt with a product, in bits. Popularity: the mean rank of "
                       "what is shown, 1 the most popular and 0 the least; nearer to 1 is more "
                       "biased.</p>\n");
}

static void write_weights(weft_buf *out, const weft_recommend_report *report) {
    const char *names[WEFT_PART_COUNT];
    double weights[WEFT_PART_COUNT];
    for (int part = 0; part < WEFT_PART_COUNT; part++) {
        names[part] = weft_recommend_part_name((weft_recommend_part)part);
        weights[part] = (double)report->weights.of[part];
    }
    weft_buf_printf(out,
                    "<h2>Weights of the blend <small>%s</small></h2>\n"
                    "<p>Each part is standardised among a user's candidates.</p>\n",
                    report->are_learned ? "learned from the last fifth of what is known"
                                        : "as they were given");
    weft_eval_page_weights(out, "weights of the blend", names, weights, WEFT_PART_COUNT);
}

weft_status weft_recommend_report_write(const char *path, const weft_recommend_report *report,
                                        weft_err *err) {
    weft_buf out;
    weft_eval_page_begin(&out, "weft eval recommend");
    weft_buf_printf(
        &out,
        "<h1>Recommendations, way by way</h1>\n<p>Made from the first %zu of %zu events "
        "(%.1f&#8201;%%), for %zu users who purchased something new in the rest: a hit is such a "
        "product among the first ten, out of %zu. %s</p>\n<h2>What was purchased, among the first "
        "ten</h2>\n",
        report->known, report->events,
        report->events ? 100.0 * (double)report->known / (double)report->events : 0,
        report->results[0].users, report->products,
        report->as_served ? "With the diversity and the shares of categories that "
                            "/recommendations has."
                          : "By score alone, without diversity and shares of categories.");
    draw_bars(&out, report);
    write_table(&out, report);
    write_weights(&out, report);
    return weft_eval_page_end(&out, path, err);
}
