#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "catalog/import_kaggle.h"
#include "cli/cli.h"
#include "cli/import_report.h"
#include "cli/progress.h"
#include "image/image.h"

static const char usage[] =
    "usage: weft import kaggle SOURCE [--workers N]\n"
    "       weft import deepfashion2 DIR [--name NAME] [--workers N]\n"
    "       weft import transactions FILE [--map FIELD=COLUMN,...] [--event-type TYPE] "
    "[--again]\n\n"
    "Nothing is skipped silently: what was wrong with a row is counted here and listed row by\n"
    "row in a report under DATA/reports.\n\n"
    "kaggle loads a catalog in the layout of Kaggle's Fashion Product Images: a folder (or a\n"
    ".zip) with styles.csv and images/ or images.zip. Importing again changes only what has\n"
    "changed.\n\n"
    "  --workers N   threads for photos (default: one per processor)\n\n"
    "deepfashion2 loads photos of people in the layout of DeepFashion2 (annos/000001.json and\n"
    "image/000001.jpg), cuts out the garments in them and embeds these with the model that is\n"
    "served; `weft recommend build` learns from them what is worn together. A garment that is\n"
    "there already, by the same model, is not embedded again: a run that was interrupted goes "
    "on.\n\n"
    "  --name NAME   of the photos, before their numbers (default: the folder's own name);\n"
    "                photos of the same name and number take the place of each other\n\n"
    "transactions loads what users of a shop have done, from CSV with a header or from JSON\n"
    "lines. Columns are found by the names that logs have, in any case:\n\n"
    "  user_id     user, customer_id, visitor_id; if there is no other: session_id, session\n"
    "  product_id  product, item_id, item, article_id, article, sku\n"
    "  event_type  event, type, behavior, action; view, click, add_to_cart or purchase, or as\n"
    "              other logs say it: pv, detail, cart, addtocart, buy, order, transaction ...\n"
    "  created_at  timestamp, event_time, datetime, time, t_dat, date; RFC 3339 (UTC where it has\n"
    "              no zone), or seconds or milliseconds since 1970; without: now\n"
    "  query_id    of the search that led there, where it was weft's\n\n"
    "  --map FIELD=COLUMN,...  columns of other names, as user_id=buyer,product_id=article\n"
    "  --event-type TYPE       what rows are that do not say: --event-type purchase\n"
    "  --again                 a file that has been imported before, once more\n\n"
    "An import that was stopped, or killed, is gone on with by the same command: no event is\n"
    "written twice. A file that has grown at its end since is gone on with as well. What has\n"
    "been imported is known by the bytes (SHA-256), whatever the file is called.\n";

typedef struct {
    weft_store *store;
    weft_import_report_file report;
    weft_progress progress;
    weft_store_put_result put;
} import_run;

static weft_status put_products(void *context, const weft_product *products, size_t n,
                                weft_err *err) {
    import_run *run = context;
    return weft_store_put_products(run->store, products, n, &run->put, err);
}

static weft_status write_issue(void *context, const weft_import_issue *issue, weft_err *err) {
    import_run *run = context;
    FILE *file = run->report.file;
    fprintf(file, "%zu,", issue->row);
    weft_import_report_field(&run->report, issue->product_id, ',');
    fprintf(file, "%s,%s,", weft_import_kind_name(issue->kind),
            weft_import_kind_rejects(issue->kind) ? "rejected" : "kept");
    weft_import_report_field(&run->report, issue->detail, '\n');
    if (!ferror(file)) return WEFT_OK;
    return weft_fail(err, WEFT_E_IO, "writing the report: %s", strerror(errno));
}

static void draw_progress(void *context, const weft_import_progress *progress) {
    import_run *run = context;
    /* How many rows there will be is told by the bytes. */
    size_t total = progress->bytes_done
                       ? (size_t)((double)progress->rows * (double)progress->bytes_total /
                                  (double)progress->bytes_done)
                       : 0;
    weft_progress_update(&run->progress, progress->rows, total);
}

weft_status weft_cli_check_photo(void *context, const void *bytes, size_t n, weft_err *err) {
    weft_image image;
    (void)context;
    weft_status status = weft_image_decode(&image, bytes, n, NULL, err);
    if (!status) weft_image_deinit(&image);
    return status;
}

static void print_summary(const weft_import_report *report, const weft_store_put_result *put,
                          const char *path) {
    printf("%zu rows: %zu products (%zu new, %zu changed, %zu as before), %zu with a photo\n",
           report->rows, report->products, put->inserted, put->updated, put->unchanged,
           report->photos);
    size_t total = 0;
    for (int kind = 0; kind < WEFT_IMPORT_ISSUE_COUNT; kind++) {
        if (!report->issues[kind]) continue;
        total += report->issues[kind];
        printf("%8zu  %-16s %s: %s\n", report->issues[kind],
               weft_import_kind_name((weft_import_kind)kind),
               weft_import_kind_rejects((weft_import_kind)kind) ? "row rejected" : "row kept",
               weft_import_kind_text((weft_import_kind)kind));
    }
    if (report->unknown_values)
        printf("%8zu  attributes are empty or \"NA\" and count as not known\n",
               report->unknown_values);
    if (total) printf("each is listed in %s\n", path);
}

weft_status weft_cli_import_kaggle(const weft_cli *cli, weft_store *store, const char *source,
                                   size_t workers, weft_err *err) {
    weft_import_report report = {0};
    import_run run = {.store = store};
    weft_status status = weft_import_report_open(&run.report, cli, "import",
                                                 "row,product_id,issue,row_was,detail", err);
    if (status) return status;
    weft_import_options options = {
        .source = source,
        .data_folder = cli->data_folder,
        .workers = workers,
        .cancel = weft_cli_catch_signals(),
        .sink =
            {
                .context = &run,
                .put_products = put_products,
                .on_issue = write_issue,
                .on_progress = draw_progress,
                .check_photo = weft_cli_check_photo,
            },
    };
    weft_progress_begin(&run.progress, "importing", "rows");
    status = weft_import_kaggle(&options, &report, err);
    if (report.rows) {
        weft_progress_update(&run.progress, report.rows, report.rows);
        weft_progress_end(&run.progress);
        print_summary(&report, &run.put, run.report.path);
    }
    return weft_import_report_close(&run.report, status, err);
}

/* ---- the command ---- */

typedef struct {
    size_t workers;
    const char *name;
    weft_cli_transactions transactions;
    const char *photos_only, *garments_only, *transactions_only; /* an option that was given */
} arguments;

static int read_map(const char *text, arguments *a, weft_arena *arena) {
    weft_err err = {0};
    if (weft_event_reading_map(&a->transactions.reading, text, arena, &err) == WEFT_OK)
        return WEFT_EXIT_OK;
    return weft_cli_usage(&weft_command_import, "--map: %s", err.message);
}

static int read_option(int option, arguments *a, weft_arena *arena) {
    const weft_command *self = &weft_command_import;
    if (option == 'w') {
        a->photos_only = "workers";
        return weft_cli_read_count(self, "workers", optarg, &a->workers) ? WEFT_EXIT_OK
                                                                         : WEFT_EXIT_USAGE;
    }
    if (option == 'n') {
        a->garments_only = "name";
        a->name = optarg;
        return WEFT_EXIT_OK;
    }
    a->transactions_only = option == 'm' ? "map" : option == 'e' ? "event-type" : "again";
    if (option == 'm') return read_map(optarg, a, arena);
    if (option == 'a') a->transactions.again = true;
    if (option != 'e') return WEFT_EXIT_OK;
    a->transactions.reading.event_type = weft_event_type_of(weft_str_of(optarg));
    if (a->transactions.reading.event_type) return WEFT_EXIT_OK;
    return weft_cli_usage(self, "--event-type takes view, click, add_to_cart or purchase, not '%s'",
                          optarg);
}

static int import(const weft_cli *cli, const char *what, const char *from, const arguments *a) {
    const bool is_kaggle = strcmp(what, "kaggle") == 0,
               is_garments = strcmp(what, "deepfashion2") == 0,
               is_log = strcmp(what, "transactions") == 0;
    const char *stray = is_log ? a->photos_only : a->transactions_only;
    weft_store *store = NULL;
    weft_err err = {0};
    if (!is_kaggle && !is_garments && !is_log)
        return weft_cli_usage(&weft_command_import, "'%s': kaggle, deepfashion2 or transactions",
                              what);
    if (!is_garments && a->garments_only) stray = a->garments_only;
    if (stray) return weft_cli_usage(&weft_command_import, "--%s is not for %s", stray, what);
    weft_status status = weft_cli_open_store(cli, &store, &err);
    if (!status && is_kaggle) status = weft_cli_import_kaggle(cli, store, from, a->workers, &err);
    if (!status && is_garments)
        status = weft_cli_import_garments(cli, store, from, a->name, a->workers, &err);
    if (!status && is_log)
        status = weft_cli_import_transactions(cli, store, from, &a->transactions, &err);
    weft_store_close(store);
    return status ? weft_cli_fail("import", status, &err) : WEFT_EXIT_OK;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"workers", required_argument, NULL, 'w'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"map", required_argument, NULL, 'm'},
                                            {"event-type", required_argument, NULL, 'e'},
                                            {"again", no_argument, NULL, 'a'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    arguments a = {0};
    weft_arena arena;
    int option, code = WEFT_EXIT_OK;
    weft_arena_init(&arena, 0);
    while (!code && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            weft_arena_deinit(&arena);
            return weft_cli_help(&weft_command_import);
        }
        code = option == '?' ? WEFT_EXIT_USAGE : read_option(option, &a, &arena);
    }
    if (!code)
        code = argc - optind == 2
                   ? import(cli, argv[optind], argv[optind + 1], &a)
                   : weft_cli_usage(&weft_command_import,
                                    "takes kaggle and a SOURCE, deepfashion2 and a DIR, or "
                                    "transactions and a FILE");
    weft_arena_deinit(&arena);
    return code;
}

const weft_command weft_command_import = {
    .name = "import",
    .summary = "load a catalog of products and photos, or what users did",
    .usage = usage,
    .run = run,
};
