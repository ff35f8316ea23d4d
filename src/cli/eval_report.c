/* The report of `weft eval search`: charts drawn as SVG in one page. */
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "cli/eval_search.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>weft eval search</title>\n"
    "<style>\n"
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "color:#1c1917;background:#fff}\n"
    "h1{font-weight:500}h2{font-size:1.1rem;margin-top:2.5rem}small,p{color:#57534e}\n"
    "table{border-collapse:collapse;margin:.6rem 0;font-variant-numeric:tabular-nums}\n"
    "td,th{padding:.2rem .9rem .2rem 0;text-align:right}th:first-child,td:first-child"
    "{text-align:left}th{font-weight:500;border-bottom:1px solid #d6d3d1}\n"
    "svg{display:block;max-width:100%;height:auto;font:12px system-ui,sans-serif}\n"
    "</style>\n";

/* One for each ranker; readable next to each other also without color vision. */
static const char *const colors[] = {"#a8a29e", "#d6a35c", "#7c9885",
                                     "#5b8db8", "#b4533c", "#7a5c99"};

static double mean_precision(const weft_quality *q) { return weft_quality_mean(q, q->precision); }
static double mean_ndcg(const weft_quality *q) { return weft_quality_mean(q, q->ndcg); }
static double mean_mrr(const weft_quality *q) { return weft_quality_mean(q, q->reciprocal); }
static double mean_looks(const weft_quality *q) { return weft_quality_mean(q, q->looks); }
static double wrong_share(const weft_quality *q) {
    return q->shown ? (double)q->wrong / (double)q->shown : 0;
}

/* Bars side by side: a cluster for each group of queries, a bar for each ranker. */
static void draw_bars(weft_buf *out, const weft_search_report *report) {
    enum { LEFT = 40, TOP = 14, HEIGHT = 200, BAR = 18, GAP = 34 };
    size_t clusters = 0;
    for (int g = 0; g < WEFT_JUDGED_NOTHING; g++)
        clusters += report->results[0].quality[g].queries > 0;
    size_t width = LEFT + clusters * (report->count * BAR + GAP);
    weft_buf_printf(out,
                    "<svg viewBox=\"0 0 %zu %d\" width=\"%zu\" role=\"img\" "
                    "aria-label=\"precision at 10 by ranker and kind of query\">\n",
                    width, TOP + HEIGHT + 50, width);
    for (int line = 0; line <= 4; line++) {
        double y = TOP + HEIGHT * (1 - line / 4.0);
        weft_buf_printf(out,
                        "<line x1=\"%d\" x2=\"%zu\" y1=\"%g\" y2=\"%g\" stroke=\"#e7e5e4\"/>"
                        "<text x=\"%d\" y=\"%g\" text-anchor=\"end\">%.2f</text>\n",
                        LEFT, width, y, y, LEFT - 6, y + 4, line / 4.0);
    }
    size_t x = LEFT + GAP / 2;
    for (int g = 0; g < WEFT_JUDGED_NOTHING; g++) {
        if (!report->results[0].quality[g].queries) continue;
        for (size_t i = 0; i < report->count; i++) {
            double value = mean_precision(&report->results[i].quality[g]);
            weft_buf_printf(out,
                            "<rect x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
                            "fill=\"%s\"><title>%s: %.3f</title></rect>\n",
                            x + i * BAR, TOP + HEIGHT * (1 - value), BAR - 2, HEIGHT * value,
                            colors[i % 6], report->results[i].ranker->name, value);
        }
        weft_buf_printf(out, "<text x=\"%zu\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                        x + report->count * BAR / 2, TOP + HEIGHT + 18,
                        weft_judged_group_name((weft_judged_group)g));
        x += report->count * BAR + GAP;
    }
    x = LEFT;
    for (size_t i = 0; i < report->count; i++, x += 90)
        weft_buf_printf(out,
                        "<rect x=\"%zu\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                        "<text x=\"%zu\" y=\"%d\">%s</text>\n",
                        x, TOP + HEIGHT + 34, colors[i % 6], x + 14, TOP + HEIGHT + 43,
                        report->results[i].ranker->name);
    weft_buf_puts(out, "</svg>\n");
}

/* Two histograms in one: what is right, and what is not, each as shares of its own. */
static void draw_spread(weft_buf *out, const size_t *right, const size_t *wrong, double low,
                        double high, const char *label) {
    enum { WIDTH = 460, HEIGHT = 150, TOP = 10, LEFT = 8 };
    double rights = 0, wrongs = 0, most = 0, bar = (double)(WIDTH - LEFT) / WEFT_QUALITY_BINS;
    for (size_t i = 0; i < WEFT_QUALITY_BINS; i++)
        rights += (double)right[i], wrongs += (double)wrong[i];
    for (size_t i = 0; i < WEFT_QUALITY_BINS; i++) {
        if (rights > 0 && (double)right[i] / rights > most) most = (double)right[i] / rights;
        if (wrongs > 0 && (double)wrong[i] / wrongs > most) most = (double)wrong[i] / wrongs;
    }
    weft_buf_printf(out,
                    "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" "
                    "aria-label=\"%s of right and of other results\">\n",
                    WIDTH, TOP + HEIGHT + 40, WIDTH, label);
    for (size_t i = 0; i < WEFT_QUALITY_BINS && most > 0; i++) {
        double r = rights > 0 ? (double)right[i] / rights / most : 0;
        double w = wrongs > 0 ? (double)wrong[i] / wrongs / most : 0;
        weft_buf_printf(
            out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#b4533c\"/>"
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#a8a29e\"/>\n",
            LEFT + (double)i * bar, TOP + HEIGHT * (1 - r), bar / 2 - 1, HEIGHT * r,
            LEFT + (double)i * bar + bar / 2, TOP + HEIGHT * (1 - w), bar / 2 - 1, HEIGHT * w);
    }
    weft_buf_printf(out,
                    "<text x=\"%d\" y=\"%d\">%g</text><text x=\"%d\" y=\"%d\" "
                    "text-anchor=\"end\">%g</text><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s"
                    "</text>\n<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"#b4533c\"/>"
                    "<text x=\"%d\" y=\"%d\">right (%.0f)</text>"
                    "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"#a8a29e\"/>"
                    "<text x=\"%d\" y=\"%d\">not (%.0f)</text></svg>\n",
                    LEFT, TOP + HEIGHT + 14, low, WIDTH, TOP + HEIGHT + 14, high, WIDTH / 2,
                    TOP + HEIGHT + 14, label, LEFT, TOP + HEIGHT + 22, LEFT + 14, TOP + HEIGHT + 31,
                    rights, LEFT + 140, TOP + HEIGHT + 22, LEFT + 154, TOP + HEIGHT + 31, wrongs);
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
    weft_buf_init(&out);
    weft_buf_puts(&out, head);
    weft_buf_printf(&out,
                    "<h1>Search, ranker by ranker</h1>\n<p>%zu products, %s. Queries made "
                    "from the catalog's attributes, names, and queries written by hand, "
                    "judged by rules over attributes.</p>\n<h2>Precision at 10</h2>\n",
                    report->products, report->model);
    draw_bars(&out, report);
    write_tables(&out, report);
    write_spreads(&out, report);
    weft_status status = weft_buf_ok(&out) ? weft_file_write_atomic(path, out.data, out.size, err)
                                           : weft_fail(err, WEFT_E_NOMEM, "%s: report", path);
    weft_buf_deinit(&out);
    return status;
}
