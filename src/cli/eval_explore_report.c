/* The report of `weft eval explore`. */
#include "cli/eval_explore.h"
#include "cli/eval_page.h"

static double curve_value(const void *context, size_t series, size_t point) {
    const weft_explore_report *report = context;
    return point ? weft_sample_mean(&report->results[series].curve[point - 1]) : 0;
}

static void draw_curves(weft_buf *out, const weft_explore_report *report) {
    const char *names[WEFT_SIM_POLICY_COUNT];
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++)
        names[policy] = weft_sim_policy_name((weft_sim_policy)policy);
    const weft_eval_lines lines = {.label = "Likes lost by the number of lists shown",
                                   .series = names,
                                   .series_count = WEFT_SIM_POLICY_COUNT,
                                   .points = WEFT_SIM_POINTS + 1,
                                   .last = (double)report->options.rounds,
                                   .value = curve_value,
                                   .context = report};
    weft_eval_page_lines(out, &lines);
}

static void write_cell(weft_buf *out, const weft_sample *sample, double scale) {
    weft_buf_printf(out, "<td>%.1f<td>%.1f", scale * weft_sample_mean(sample),
                    scale * weft_sim_error(sample));
}

static void write_table(weft_buf *out, const weft_explore_report *report) {
    weft_buf_puts(out, "<table><tr><th>policy<th>regret<th>\xC2\xB1<th>likes<th>\xC2\xB1"
                       "<th>gain over greedy<th>\xC2\xB1<th>of it in the first tenth<th>\xC2\xB1"
                       "<th>best ten found, %<th>\xC2\xB1\n");
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++) {
        const weft_sim_result *r = &report->results[policy];
        weft_buf_printf(out, "<tr><td>%s", weft_sim_policy_name((weft_sim_policy)policy));
        write_cell(out, &r->regret, 1);
        write_cell(out, &r->likes, 1);
        write_cell(out, &r->gain, 1);
        write_cell(out, &r->early, 1);
        write_cell(out, &r->found, 100);
        weft_buf_puts(out, "\n");
    }
    weft_buf_puts(out, "</table>\n<dl>\n");
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++)
        weft_buf_printf(out, "<dt>%s<dd>%s\n", weft_sim_policy_name((weft_sim_policy)policy),
                        weft_sim_policy_text((weft_sim_policy)policy));
    weft_buf_puts(out, "</dl>\n");
}

weft_status weft_explore_report_write(const char *path, const weft_explore_report *report,
                                      weft_err *err) {
    const weft_sim_options *o = &report->options;
    weft_buf out;
    weft_eval_page_begin(&out, "weft eval explore");
    weft_buf_printf(
        &out,
        "<h1>What exploration costs and gains</h1>\n<p>%zu simulated shops, %zu lists of ten shown "
        "in each, %zu products of which half are there at the start (seed %llu; %g of the places "
        "explored). Rates at which looks lead to likes are hidden. Regret: likes that lists of "
        "someone who knows the rates would have brought, and these did not. \xC2\xB1 is one "
        "standard error over the shops, which are the same for all policies.</p>\n",
        o->runs, o->rounds, o->products, (unsigned long long)o->seed, (double)o->share);
    weft_buf_puts(&out, "<h2>Regret <small>likes lost, by lists shown</small></h2>\n");
    draw_curves(&out, report);
    write_table(&out, report);
    return weft_eval_page_end(&out, path, err);
}
