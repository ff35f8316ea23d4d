#include "cli/eval_outfits.h"

#include <getopt.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"

static const char usage[] =
    "usage: weft eval outfits DIR [--draws N] [--seed N] [--html FILE] [--json]\n"
    "       weft eval outfits DIR --learn FILE\n\n"
    "Learns which kinds of pieces go together from the outfits of Polyvore in DIR\n"
    "(category_id.txt, train_no_dup_new_100.json, test_no_dup_new_100.json) and measures on the\n"
    "test outfits, by kinds alone: the chance that an outfit scores higher than one of as many\n"
    "kinds drawn at random (AUC), and how often the kind that was taken out is told from three\n"
    "drawn ones (fill in the blank; a quarter is chance). Beside it chance, popularity, and\n"
    "counts of what is worn together. Twice: by the 120 categories of the data, and by the kinds\n"
    "that a catalog names, where the table that is built into weft is measured as well.\n\n"
    "  --draws N      drawn outfits, and questions, for each test outfit (default 10)\n"
    "  --seed N       of what is drawn (default 1)\n"
    "  --html FILE    a report with charts\n"
    "  --json         for programs\n"
    "  --learn FILE   learns the kinds' table from the training outfits and writes it there;\n"
    "                 weft's own is src/recommend/outfits/pairs.txt\n";

enum { DEFAULT_DRAWS = 10 };

typedef struct {
    const char *folder, *learn, *html; /* learn, html: NULL: none */
    uint64_t draws, seed;
    bool json;
} arguments;

/* Outfits at both grains, in an arena. */
typedef struct {
    weft_arena arena;
    weft_kind_names names;
    weft_outfits train[WEFT_EVAL_SECTIONS], test[WEFT_EVAL_SECTIONS];
} data;

/* ---- what is read ---- */

typedef weft_status (*parse_fn)(data *d, weft_str text, void *context, weft_err *err);

static weft_status read_file(data *d, const char *folder, const char *name, parse_fn parse,
                             void *context, weft_err *err) {
    weft_buf text;
    weft_buf_init(&text);
    const char *path = weft_arena_printf(&d->arena, "%s/%s", folder, name);
    weft_status status = path ? weft_file_read(path, WEFT_OUTFITS_MAX_BYTES, &text, err)
                              : weft_fail(err, WEFT_E_NOMEM, "outfits");
    if (!status) {
        status = parse(d, (weft_str){text.data ? text.data : "", text.size}, context, err);
        if (status) weft_fail_in(err, status, "%s", path);
    }
    weft_buf_deinit(&text);
    return status;
}

static weft_status parse_categories(data *d, weft_str text, void *context, weft_err *err) {
    return weft_outfit_categories_parse(context, text, &d->arena, err);
}

typedef struct {
    const weft_outfit_categories *categories;
    weft_outfits *outfits; /* [WEFT_EVAL_SECTIONS] */
} reading;

static weft_status parse_outfits(data *d, weft_str text, void *context, weft_err *err) {
    const reading *r = context;
    weft_status status = weft_outfits_parse(&r->outfits[0], text, r->categories, &d->arena, err);
    if (status) return status;
    return weft_outfits_rename(&r->outfits[1], &r->outfits[0], &d->names, &d->arena, err);
}

static weft_status read_data(data *d, const char *folder, weft_err *err) {
    weft_outfit_categories categories;
    reading train = {&categories, d->train}, test = {&categories, d->test};
    weft_status status =
        weft_kind_names_parse(&d->names, weft_kind_names_default(), &d->arena, err);
    if (!status)
        status = read_file(d, folder, "category_id.txt", parse_categories, &categories, err);
    if (!status)
        status = read_file(d, folder, "train_no_dup_new_100.json", parse_outfits, &train, err);
    if (!status)
        status = read_file(d, folder, "test_no_dup_new_100.json", parse_outfits, &test, err);
    return status;
}

/* ---- what is measured ---- */

static weft_status contend(weft_outfit_section *section, const weft_outfit_exam *exam,
                           const char *name, const char *what, weft_outfit_scorer scorer,
                           weft_err *err) {
    weft_outfit_contender *c = &section->contenders[section->count++];
    *c = (weft_outfit_contender){.name = name, .what = what};
    return weft_outfit_exam_take(exam, &scorer, &c->result, err);
}

static weft_status measure(weft_outfit_section *s, const weft_outfits *train,
                           const weft_outfit_exam *exam, const weft_pairing *built_in,
                           uint64_t seed, weft_err *err) {
    static const weft_pairing_options counts_alone = {.rounds = 0};
    weft_pairing *counted = NULL;
    fprintf(stderr, "learning from %zu outfits\n", train->count);
    weft_status status = weft_pairing_learn(&s->pairing, train, NULL, err);
    if (!status) status = weft_pairing_learn(&counted, train, &counts_alone, err);
    if (!status)
        status = contend(s, exam, "random", "numbers at random", weft_scorer_random(&seed), err);
    if (!status)
        status = contend(s, exam, "popularity", "kinds that are worn most",
                         weft_scorer_popularity(s->pairing), err);
    if (!status)
        status = contend(s, exam, "counts", "more often together than by chance (PMI)",
                         weft_scorer_pairing(counted), err);
    if (!status)
        status = contend(s, exam, "pairing", "weights learned by telling pieces from the rest",
                         weft_scorer_pairing(s->pairing), err);
    if (!status && built_in)
        status = contend(s, exam, "built in", "the table that is built into weft",
                         weft_scorer_pairing(built_in), err);
    weft_pairing_free(counted);
    return status;
}

static weft_status measure_section(data *d, size_t number, const weft_pairing *built_in,
                                   weft_outfit_report *report, weft_err *err) {
    weft_outfit_section *s = &report->sections[number];
    weft_outfit_exam exam;
    weft_status status =
        weft_outfit_exam_make(&exam, &d->test[number], report->draws, report->seed, &d->arena, err);
    if (!status) status = measure(s, &d->train[number], &exam, built_in, report->seed, err);
    if (status) return status;
    s->learned_from = d->train[number].count;
    s->outfits = exam.real_count;
    s->questions = exam.question_count;
    s->kinds = weft_pairing_kinds(s->pairing);
    return WEFT_OK;
}

/* ---- what is printed ---- */

static void print_table(const weft_outfit_report *report) {
    for (size_t i = 0; i < WEFT_EVAL_SECTIONS; i++) {
        const weft_outfit_section *s = &report->sections[i];
        printf("%s%s: %zu kinds, learned from %zu outfits, measured on %zu others\n"
               "%-12s%9s%18s\n",
               i ? "\n" : "", s->name, s->kinds, s->learned_from, s->outfits, "", "AUC",
               "fill in the blank");
        for (size_t c = 0; c < s->count; c++) {
            const weft_exam_result *r = &s->contenders[c].result;
            printf("%-12s%9.4f%18.4f\n", s->contenders[c].name, r->auc, r->fitb);
        }
        printf("%-12s%9.4f%18.4f\n", "+-", s->contenders[0].result.auc_error,
               s->contenders[0].result.fitb_error);
    }
}

static void print_json(const weft_outfit_report *report) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    for (size_t i = 0; i < WEFT_EVAL_SECTIONS; i++) {
        const weft_outfit_section *s = &report->sections[i];
        weft_json_key(&j, s->key);
        weft_json_object(&j);
        weft_json_key_int(&j, "kinds", (int64_t)s->kinds);
        weft_json_key_int(&j, "learned_from", (int64_t)s->learned_from);
        weft_json_key_int(&j, "outfits", (int64_t)s->outfits);
        weft_json_key_int(&j, "questions", (int64_t)s->questions);
        for (size_t c = 0; c < s->count; c++) {
            const weft_exam_result *r = &s->contenders[c].result;
            weft_json_key(&j, s->contenders[c].name);
            weft_json_object(&j);
            weft_json_key_double(&j, "auc", r->auc);
            weft_json_key_double(&j, "auc_standard_error", r->auc_error);
            weft_json_key_double(&j, "fill_in_the_blank", r->fitb);
            weft_json_key_double(&j, "fill_in_the_blank_standard_error", r->fitb_error);
            weft_json_end(&j);
        }
        weft_json_end(&j);
    }
    weft_json_end(&j);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

/* ---- the command ---- */

static weft_status evaluate(data *d, const arguments *a, weft_err *err) {
    weft_outfit_report report = {.sections = {{.name = "categories", .key = "categories"},
                                              {.name = "as a catalog names them", .key = "kinds"}},
                                 .draws = (size_t)a->draws,
                                 .seed = a->seed};
    weft_pairing *built_in = NULL;
    weft_status status = weft_pairing_parse(&built_in, weft_pairing_default(), err);
    if (!status) status = measure_section(d, 0, NULL, &report, err);
    if (!status) status = measure_section(d, 1, built_in, &report, err);
    if (!status && a->json) print_json(&report);
    if (!status && !a->json) print_table(&report);
    if (!status && a->html) status = weft_outfit_report_write(a->html, &report, err);
    for (size_t i = 0; i < WEFT_EVAL_SECTIONS; i++) weft_pairing_free(report.sections[i].pairing);
    weft_pairing_free(built_in);
    return status;
}

static weft_status learn(data *d, const char *path, weft_err *err) {
    weft_pairing *pairing = NULL;
    weft_buf out;
    weft_buf_init(&out);
    weft_status status = weft_pairing_learn(&pairing, &d->train[1], NULL, err);
    if (!status) {
        weft_pairing_write(pairing, &out);
        status = weft_buf_ok(&out) ? weft_file_write_atomic(path, out.data, out.size, err)
                                   : weft_fail(err, WEFT_E_NOMEM, "%s", path);
    }
    if (!status)
        printf("%s: %zu kinds from %zu outfits\n", path, weft_pairing_kinds(pairing),
               weft_pairing_outfits(pairing));
    weft_pairing_free(pairing);
    weft_buf_deinit(&out);
    return status;
}

int weft_eval_outfits(const weft_cli *cli, int argc, char **argv) {
    static const weft_command command = {.name = "eval outfits", .usage = usage};
    static const struct option options[] = {{"draws", required_argument, NULL, 'd'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"learn", required_argument, NULL, 'l'},
                                            {"html", required_argument, NULL, 'w'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    arguments a = {.draws = DEFAULT_DRAWS, .seed = 1};
    data d = {0};
    weft_err err = {0};
    int option;
    (void)cli;
    optind = 0; /* options may come after DIR */
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'l': a.learn = optarg; break;
        case 'w': a.html = optarg; break;
        case 'j': a.json = true; break;
        case 'h': return weft_cli_help(&command);
        case 'd':
            if (!weft_str_to_u64(weft_str_of(optarg), &a.draws) || a.draws < 1 ||
                a.draws > WEFT_EXAM_MAX_DRAWS)
                return weft_cli_usage(&command, "--draws takes 1 to %d, not '%s'",
                                      WEFT_EXAM_MAX_DRAWS, optarg);
            break;
        case 's':
            if (!weft_str_to_u64(weft_str_of(optarg), &a.seed))
                return weft_cli_usage(&command, "--seed takes a number, not '%s'", optarg);
            break;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (optind == argc) return weft_cli_usage(&command, "name the folder of the outfits");
    a.folder = argv[optind++];
    if (optind < argc) return weft_cli_usage(&command, "unexpected '%s'", argv[optind]);
    weft_arena_init(&d.arena, 1 << 16);
    weft_status status = read_data(&d, a.folder, &err);
    if (!status) status = a.learn ? learn(&d, a.learn, &err) : evaluate(&d, &a, &err);
    weft_arena_deinit(&d.arena);
    return status ? weft_cli_fail("eval outfits", status, &err) : WEFT_EXIT_OK;
}
