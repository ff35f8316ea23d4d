/* The report of `weft eval outfits`. */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/eval_outfits.h"
#include "cli/eval_page.h"

/* Pairs of kinds so rare that chance speaks in them are not shown. */
enum { SHOWN_PAIRS = 15, SHOWN_PIECES = 200 };

static double bar_value(const void *context, size_t cluster, size_t series) {
    const weft_outfit_section *section = context;
    const weft_exam_result *r = &section->contenders[series].result;
    return cluster ? r->fitb : r->auc;
}

static void draw_bars(weft_buf *out, const weft_outfit_section *section) {
    static const char *const clusters[] = {"AUC", "fill in the blank"};
    const char *series[WEFT_EVAL_CONTENDERS];
    for (size_t c = 0; c < section->count; c++) series[c] = section->contenders[c].name;
    const weft_eval_bars bars = {.label = "AUC and fill in the blank by what scores",
                                 .clusters = clusters,
                                 .cluster_count = 2,
                                 .series = series,
                                 .series_count = section->count,
                                 .value = bar_value,
                                 .context = section};
    weft_eval_page_bars(out, &bars);
}

static void write_table(weft_buf *out, const weft_outfit_section *section) {
    weft_buf_puts(out, "<table><tr><th>scores<th>AUC<th>\xC2\xB1<th>fill in the blank<th>\xC2\xB1"
                       "<th style=\"text-align:left\">what it is\n");
    for (size_t c = 0; c < section->count; c++) {
        const weft_outfit_contender *contender = &section->contenders[c];
        const weft_exam_result *r = &contender->result;
        weft_buf_printf(out,
                        "<tr><td>%s<td>%.4f<td>%.4f<td>%.4f<td>%.4f<td "
                        "style=\"text-align:left\">%s\n",
                        contender->name, r->auc, r->auc_error, r->fitb, r->fitb_error,
                        contender->what);
    }
    weft_buf_puts(out, "</table>\n");
}

static void draw_spreads(weft_buf *out, const weft_outfit_section *section) {
    weft_buf_puts(out, "<div style=\"display:flex;gap:2rem;flex-wrap:wrap\">\n");
    for (size_t c = 1; c < section->count; c++) {
        const weft_exam_result *r = &section->contenders[c].result;
        const weft_eval_spread spread = {.label = section->contenders[c].name,
                                         .first_name = "real",
                                         .second_name = "drawn",
                                         .first = r->real_bins,
                                         .second = r->drawn_bins,
                                         .bins = WEFT_EXAM_BINS,
                                         .low = r->low,
                                         .high = r->high};
        weft_eval_page_spread(out, &spread);
    }
    weft_buf_puts(out, "</div>\n");
}

/* ---- pairs ---- */

typedef struct {
    uint32_t a, b;
    float score;
} pair;

static int by_score(const void *a, const void *b) {
    float x = ((const pair *)a)->score, y = ((const pair *)b)->score;
    return (x < y) - (x > y);
}

static bool is_shown(const weft_pairing *p, uint32_t kind, size_t pieces) {
    return weft_pairing_share(p, kind) * (double)pieces >= SHOWN_PIECES;
}

/* All pairs of kinds that are not rare, best first. NULL: no memory. */
static pair *sort_pairs(const weft_pairing *p, size_t pieces, size_t *n) {
    size_t kinds = weft_pairing_kinds(p);
    pair *pairs = weft_alloc(kinds * kinds + 1, sizeof *pairs);
    *n = 0;
    for (uint32_t a = 0; pairs && a < kinds; a++)
        for (uint32_t b = 0; b < a; b++)
            if (is_shown(p, a, pieces) && is_shown(p, b, pieces))
                pairs[(*n)++] = (pair){a, b, weft_pairing_pair(p, a, b)};
    if (pairs) qsort(pairs, *n, sizeof *pairs, by_score);
    return pairs;
}

static void write_pairs(weft_buf *out, const weft_outfit_section *section) {
    const weft_pairing *p = section->pairing;
    size_t n;
    pair *pairs = sort_pairs(p, weft_pairing_pieces(p), &n);
    if (!pairs) {
        out->failed = true;
        return;
    }
    weft_buf_puts(out, "<table><tr><th>go together<th><th style=\"text-align:left\">do not<th>\n");
    for (size_t i = 0; i < SHOWN_PAIRS && i < n; i++) {
        const pair *best = &pairs[i], *worst = &pairs[n - 1 - i];
        weft_buf_printf(
            out, "<tr><td>%s + %s<td>%+.2f<td style=\"text-align:left\">%s + %s<td>%+.2f\n",
            weft_pairing_name(p, best->a), weft_pairing_name(p, best->b), (double)best->score,
            weft_pairing_name(p, worst->a), weft_pairing_name(p, worst->b), (double)worst->score);
    }
    weft_buf_puts(out, "</table>\n");
    weft_free(pairs);
}

weft_status weft_outfit_report_write(const char *path, const weft_outfit_report *report,
                                     weft_err *err) {
    weft_buf out;
    weft_eval_page_begin(&out, "weft eval outfits");
    weft_buf_printf(
        &out,
        "<h1>What goes with what</h1>\n<p>Outfits that people put together, as lists of kinds. "
        "AUC: the chance that one scores higher than as many different kinds drawn at random, "
        "each as often as it is worn (%zu for each outfit, seed %llu). Fill in the blank: one "
        "kind is taken out and has to be told from three drawn ones; a tie counts for its share. "
        "\xC2\xB1 is one standard error.</p>\n",
        report->draws, (unsigned long long)report->seed);
    for (size_t i = 0; i < WEFT_EVAL_SECTIONS; i++) {
        const weft_outfit_section *section = &report->sections[i];
        weft_buf_printf(&out,
                        "<h2>%s <small>%zu kinds, learned from %zu outfits, measured on %zu "
                        "others</small></h2>\n",
                        section->name, section->kinds, section->learned_from, section->outfits);
        draw_bars(&out, section);
        write_table(&out, section);
        draw_spreads(&out, section);
        write_pairs(&out, section);
    }
    return weft_eval_page_end(&out, path, err);
}
