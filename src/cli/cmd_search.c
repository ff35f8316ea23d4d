#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/answer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/sheet.h"
#include "sync/embed.h"
#include "sync/snapshot.h"

static const char usage[] =
    "usage: weft search [WORDS...] [--image FILE] [options]\n\n"
    "Searches the catalog by words, by a photo, or by both.\n\n"
    "  --image FILE    a photo to search with (JPEG, PNG or WebP)\n"
    "  --weight W      with words and a photo: the photo's share, 0 to 1 (default 0.5)\n"
    "  --index NAME    image, text or hybrid (default: image for a photo alone, else hybrid)\n"
    "  --filter JSON   e.g. '{\"gender\": \"Women\", \"price\": {\"$lt\": 80}}'\n"
    "  -k N            how many, 1 to 100 (default 10)\n"
    "  --json          print what the API answers\n"
    "  --sheet FILE    also write a contact sheet (HTML) to look at\n";

typedef struct {
    char *words; /* joined arguments; NULL: none */
    const char *photo_path, *filter, *sheet;
    weft_embedding_kind kind;
    bool has_kind, json;
    double weight;
    uint64_t k;
} arguments;

/* WEFT_EXIT_OK, or the status to end with. *done: help was printed. */
static int read_arguments(arguments *a, int argc, char **argv, bool *done) {
    static const struct option options[] = {
        {"image", required_argument, NULL, 'i'}, {"weight", required_argument, NULL, 'w'},
        {"index", required_argument, NULL, 'x'}, {"filter", required_argument, NULL, 'f'},
        {"sheet", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},        {0},
    };
    const weft_command *self = &weft_command_search;
    int option;
    while ((option = getopt_long(argc, argv, "hk:", options, NULL)) != -1) {
        switch (option) {
        case 'i': a->photo_path = optarg; break;
        case 'f': a->filter = optarg; break;
        case 's': a->sheet = optarg; break;
        case 'j': a->json = true; break;
        case 'w':
            if (!weft_str_to_double(weft_str_of(optarg), &a->weight) || a->weight < 0 ||
                a->weight > 1)
                return weft_cli_usage(self, "--weight takes 0 to 1, not '%s'", optarg);
            break;
        case 'x':
            a->has_kind = weft_embedding_kind_named(optarg, &a->kind);
            if (!a->has_kind)
                return weft_cli_usage(self, "--index takes image, text or hybrid, not '%s'",
                                      optarg);
            break;
        case 'k':
            if (!weft_str_to_u64(weft_str_of(optarg), &a->k) || a->k == 0 ||
                a->k > WEFT_SEARCH_MAX_LIMIT)
                return weft_cli_usage(self, "-k takes 1 to %d, not '%s'", WEFT_SEARCH_MAX_LIMIT,
                                      optarg);
            break;
        case 'h': *done = true; return weft_cli_help(self);
        default: return WEFT_EXIT_USAGE;
        }
    }
    weft_buf words;
    weft_buf_init(&words);
    for (int i = optind; i < argc; i++) {
        if (words.size) weft_buf_putc(&words, ' ');
        weft_buf_puts(&words, argv[i]);
    }
    if (words.size) a->words = weft_buf_take(&words);
    if (!a->words && !a->photo_path)
        return weft_cli_usage(self, "give words, --image FILE, or both");
    if (!a->has_kind) a->kind = a->words ? WEFT_KIND_HYBRID : WEFT_KIND_IMAGE;
    return WEFT_EXIT_OK;
}

/* The embedding of what is searched for; vector is [dim]. */
static weft_status embed_query(const arguments *a, const weft_clip_model *model, float *vector,
                               weft_err *err) {
    size_t dim = weft_clip_model_info(model).dim;
    weft_clip_session *session = NULL;
    weft_buf photo;
    weft_buf_init(&photo);
    float *image = weft_alloc(dim, sizeof *image), *text = weft_alloc(dim, sizeof *text);
    weft_status status = image && text ? weft_clip_session_new(&session, model, err)
                                       : weft_fail(err, WEFT_E_NOMEM, "query");
    if (!status && a->photo_path) {
        status = weft_file_read(a->photo_path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &photo, err);
        if (!status) {
            status = weft_clip_encode_photo(session, photo.data, photo.size, image, err);
            if (status) weft_fail_in(err, status, "%s", a->photo_path);
        }
    }
    if (!status && a->words) {
        weft_str words = weft_str_of(a->words);
        status = weft_clip_encode_text(session, &words, 1, text, err);
    }
    if (!status) {
        weft_vector_blend(a->photo_path ? image : NULL, a->words ? text : NULL, (float)a->weight,
                          dim, vector);
    }
    weft_clip_session_free(session);
    weft_buf_deinit(&photo);
    weft_free(image);
    weft_free(text);
    return status;
}

static void print_table(const weft_catalog *catalog, const weft_search_page *page, double took_ms) {
    for (size_t i = 0; i < page->count; i++) {
        const weft_product *p = weft_catalog_product(catalog, page->hits[i].row);
        printf("%6.3f  %-10s  %-52.52s  %-12s %-14s %9.2f\n", (double)page->hits[i].score,
               p->product_id, p->product_display_name, p->base_color, p->article_type, p->price);
    }
    printf("%zu of %zu products, %.1f ms\n", page->count, page->total, took_ms);
}

static void print_json(const arguments *a, const weft_catalog *catalog,
                       const weft_search_page *page, double took_ms) {
    weft_buf out;
    weft_json j;
    weft_answer_frame frame = {
        .query = a->words,
        .search_type = !a->photo_path ? "text"
                       : a->words     ? "hybrid"
                                      : "image",
        .index = weft_embedding_kind_name(a->kind),
        .took_ms = took_ms,
    };
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_answer_search(&j, catalog, page, &frame);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

static weft_status search(const weft_cli *cli, const arguments *a, weft_err *err) {
    weft_store *store = NULL;
    weft_clip_model *model = NULL;
    weft_snapshot *snapshot = NULL;
    float *vector = NULL;
    char model_name[WEFT_EMBEDDING_MODEL_SIZE];
    weft_arena arena;
    weft_search_request request = {.limit = (size_t)a->k};
    weft_search_page page;
    weft_arena_init(&arena, 0);

    weft_status status = WEFT_OK;
    if (a->filter)
        status = weft_filter_parse_text(&request.filter, a->filter, strlen(a->filter), &arena, err);
    if (!status) status = weft_cli_open_store(cli, &store, err);
    if (!status) status = weft_cli_open_model(cli, store, &model, err);
    if (status) goto cleanup;
    size_t dim = weft_clip_model_info(model).dim;
    weft_embedding_model_name(model, model_name);
    const weft_snapshot_options options = {
        .store = store, .embedding_model = model_name, .dim = dim};
    status = weft_snapshot_load(&snapshot, &options, err);
    if (status) goto cleanup;
    if (snapshot->pending)
        fprintf(stderr, "%zu products are not embedded yet and will not be found: weft embed\n",
                snapshot->pending);

    double started = weft_clock_seconds();
    vector = weft_alloc(dim, sizeof *vector);
    if (!vector) {
        status = weft_fail(err, WEFT_E_NOMEM, "query");
        goto cleanup;
    }
    status = embed_query(a, model, vector, err);
    if (status) goto cleanup;
    request.catalog = snapshot->catalog;
    request.index = snapshot->index[a->kind];
    request.embedding = vector;
    status = weft_search_run(&request, &arena, &page, err);
    if (status) goto cleanup;
    double took_ms = (weft_clock_seconds() - started) * 1000;

    if (a->json) print_json(a, snapshot->catalog, &page, took_ms);
    else print_table(snapshot->catalog, &page, took_ms);
    if (a->sheet)
        status = weft_sheet_write(a->sheet, a->words ? a->words : a->photo_path, cli->data_folder,
                                  snapshot->catalog, &page, err);

cleanup:
    weft_free(vector);
    weft_snapshot_release(snapshot);
    weft_clip_model_free(model);
    weft_store_close(store);
    weft_arena_deinit(&arena);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    arguments a = {.weight = 0.5, .k = 10};
    weft_err err = {0};
    bool done = false;
    int exit_status = read_arguments(&a, argc, argv, &done);
    if (exit_status == WEFT_EXIT_OK && !done) {
        weft_status status = search(cli, &a, &err);
        if (status) exit_status = weft_cli_fail("search", status, &err);
    }
    weft_free(a.words);
    return exit_status;
}

const weft_command weft_command_search = {
    .name = "search",
    .summary = "search by words, by a photo, or by both",
    .usage = usage,
    .run = run,
};
