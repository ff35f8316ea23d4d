#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "catalog/import_kaggle.h"
#include "cli/import_report.h"
#include "cli/progress.h"
#include "image/image.h"

static const char usage[] =
    "usage: weft import kaggle SOURCE [--workers N]\n"
    "       weft import deepfashion2 DIR [--name NAME] [--workers N]\n\n"
    "kaggle loads a catalog in the layout of Kaggle's Fashion Product Images: a folder (or a\n"
    ".zip) with styles.csv and images/ or images.zip. Nothing is skipped silently:\n"
    "what was wrong with a row or photo is counted here and listed row by row in a\n"
    "report under DATA/reports. Importing again changes only what has changed.\n\n"
    "deepfashion2 loads photos of people in the layout of DeepFashion2 (annos/000001.json and\n"
    "image/000001.jpg), cuts out the garments in them and embeds these with the model that is\n"
    "served; `weft recommend build` learns from them what is worn together. A garment that is\n"
    "there already, by the same model, is not embedded again: a run that was interrupted goes\n"
    "on. Wrong garments, annotations and photos are left out and reported likewise.\n\n"
    "  --name NAME   of the photos, before their numbers (default: the folder's own name);\n"
    "                photos of the same name and number take the place of each other\n"
    "  --workers N   threads for photos (default: one per processor)\n";

typedef struct {
    weft_store *store;
    FILE *report; /* CSV */
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
    fprintf(run->report, "%zu,", issue->row);
    weft_cli_write_field(run->report, issue->product_id, ',');
    fprintf(run->report, "%s,%s,", weft_import_kind_name(issue->kind),
            weft_import_kind_rejects(issue->kind) ? "rejected" : "kept");
    weft_cli_write_field(run->report, issue->detail, '\n');
    if (!ferror(run->report)) return WEFT_OK;
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
    char path[PATH_MAX];
    weft_import_report report = {0};
    import_run run = {.store = store};
    weft_status status =
        weft_cli_open_report(cli, "row,product_id,issue,row_was,detail", path, &run.report, err);
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
        print_summary(&report, &run.put, path);
    }
    if (fclose(run.report) != 0 && !status)
        status = weft_fail(err, WEFT_E_IO, "%s: cannot write: %s", path, strerror(errno));
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"name", required_argument, NULL, 'n'},
                                            {"workers", required_argument, NULL, 'w'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *name = NULL;
    size_t workers = 0;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') return weft_cli_help(&weft_command_import);
        if (option == 'n') name = optarg;
        else if (option != 'w') return WEFT_EXIT_USAGE;
        else if (!weft_cli_read_count(&weft_command_import, "workers", optarg, &workers))
            return WEFT_EXIT_USAGE;
    }
    if (argc - optind != 2)
        return weft_cli_usage(&weft_command_import, "a format and a SOURCE are needed");
    const char *format = argv[optind], *source = argv[optind + 1];
    bool is_garments = strcmp(format, "deepfashion2") == 0;
    if (!is_garments && strcmp(format, "kaggle") != 0)
        return weft_cli_usage(&weft_command_import, "%s: kaggle or deepfashion2", format);
    if (!is_garments && name)
        return weft_cli_usage(&weft_command_import, "--name is for deepfashion2");

    weft_store *store = NULL;
    weft_err err = {0};
    weft_status status = weft_cli_open_store(cli, &store, &err);
    if (!status && is_garments)
        status = weft_cli_import_garments(cli, store, source, name, workers, &err);
    else if (!status) status = weft_cli_import_kaggle(cli, store, source, workers, &err);
    weft_store_close(store);
    return status ? weft_cli_fail("import", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_import = {
    .name = "import",
    .summary = "load a catalog of products and photos",
    .usage = usage,
    .run = run,
};
