#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/loaded.h"
#include "cli/progress.h"
#include "recommend/learn.h"
#include "recommend/outfit_graph.h"
#include "recommend/outfit_table.h"
#include "recommend/pages.h"

static const char usage[] =
    "usage: weft recommend build [--only photos|events|pages] [--workers N]\n\n"
    "Works out beforehand what recommendations are made of:\n\n"
    "  photos  of people (weft import deepfashion2): which products are worn together, being "
    "those\n"
    "          that resemble the garments of one photo; kept in the database\n"
    "  events  from all of them the tastes of users, by collaborative filtering, and how much\n"
    "          to weigh them beside what is known of products; kept in DATA/recommend\n"
    "  pages   for every product what is similar to it and what completes the look; kept in\n"
    "          the database\n\n"
    "A server takes all of it up by itself. Pages that hold are not made again: what was "
    "interrupted\n"
    "goes on where it stopped, and a server makes those anew whose products change. Do it again\n"
    "when there are many new events, each night for instance.\n\n"
    "  --only WHAT  one of the three\n"
    "  --workers N  threads for pages (default: one per processor)\n";

enum { TOGETHER = 256 /* pages a transaction */ };

typedef struct {
    bool has_photos, has_events, has_pages;
    size_t workers;
} arguments;

/* The edges of the graph of outfits, into the store. */
static weft_status build_edges(const weft_cli *cli, const weft_cli_loaded *l, weft_err *err) {
    weft_progress progress = {0};
    weft_outfit_graph graph = {0};
    weft_outfit_table table = {0};
    size_t garments = 0, all = 0;
    weft_status status = weft_store_count_items(l->store, l->embedding_model, &garments, err);
    if (!status) status = weft_store_count_items(l->store, NULL, &all, err);
    if (status) return status;
    if (all > garments)
        printf("%zu garments in photos have embeddings of another model and are left out: import "
               "them again\n",
               all - garments);
    if (!garments) return WEFT_OK;
    weft_progress_on_step(&progress, "outfits in photos");
    status = weft_outfit_table_open(&table, cli->data_folder, l->store, err);
    const weft_outfit_graph_options options = {.shelf = l->shelf,
                                               .rules = table.rules,
                                               .store = l->store,
                                               .embedding_model = l->embedding_model,
                                               .on_progress = weft_progress_on_share,
                                               .context = &progress,
                                               .cancel = weft_cli_catch_signals()};
    if (!status) status = weft_outfit_graph_build(&graph, &options, err);
    weft_progress_end_step(&progress);
    if (!status) status = weft_store_put_outfit_edges(l->store, graph.edges, graph.count, err);
    if (!status)
        printf("%zu edges between products worn together, from %zu garments in %zu photos (%zu "
               "with several)\n",
               graph.count, graph.garments, graph.photos, graph.paired);
    weft_outfit_graph_deinit(&graph);
    weft_outfit_table_close(&table);
    return status;
}

static void print_learning(const weft_learning *learning) {
    printf("learned from %zu events of %zu users\n", learning->events, learning->users);
    printf(learning->is_fitted ? "weights, by what users chose:"
                               : "too few purchases to weigh by; weights as they come:");
    for (int part = 0; part < WEFT_PART_COUNT; part++)
        printf(" %s %.2f", weft_recommend_part_name((weft_recommend_part)part),
               (double)learning->weights.of[part]);
    putchar('\n');
}

static weft_status build_events(const weft_cli *cli, const weft_cli_loaded *l, bool is_alone,
                                weft_err *err) {
    char folder[PATH_MAX];
    weft_event_log log = {0};
    weft_learning learning = {0};
    weft_progress progress = {0};
    const weft_learn_watch watch = {.on_step = weft_progress_on_step,
                                    .on_progress = weft_progress_on_share,
                                    .context = &progress,
                                    .cancel = weft_cli_catch_signals()};
    if (snprintf(folder, sizeof folder, "%s/recommend", cli->data_folder) >= PATH_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", cli->data_folder);
    weft_status status = weft_event_log_read(&log, l->store, l->snapshot->catalog, err);
    if (!status && !log.count && !is_alone) {
        printf("there are no events to learn from yet\n");
    } else if (!status) {
        status = weft_learn(l->shelf, &log, &watch, &learning, err);
        weft_progress_end_step(&progress);
        if (!status) status = weft_learning_write(&learning, folder, err);
        if (!status) print_learning(&learning);
    }
    weft_learning_deinit(&learning);
    weft_event_log_deinit(&log);
    return status;
}

static weft_status add_page(void *context, const weft_store_page *page, weft_err *err) {
    return weft_book_add(context, page, err);
}

/* The rows whose pages do not hold, in the arena. */
static weft_status find_missing(weft_store *store, const weft_page_source *source,
                                weft_arena *arena, uint32_t **rows, size_t *n, weft_err *err) {
    weft_book *book;
    weft_pages *pages = NULL;
    size_t all = weft_catalog_rows(source->wardrobe->shelf->catalog);
    *n = 0;
    *rows = weft_arena_alloc(arena, all, sizeof **rows);
    weft_status status = weft_book_new(&book, err);
    if (status) return status;
    if (!*rows) status = weft_fail(err, WEFT_E_NOMEM, "pages");
    if (!status) status = weft_store_each_page(store, add_page, book, err);
    if (!status) status = weft_pages_new(&pages, book, source, err);
    for (uint32_t row = 0; !status && weft_pages_missing(pages, &row); row++) (*rows)[(*n)++] = row;
    weft_pages_free(pages);
    weft_book_free(book);
    return status;
}

static weft_status make_missing(const weft_cli_loaded *l, const weft_page_source *source,
                                size_t workers, weft_err *err) {
    weft_arena arena;
    weft_progress progress;
    uint32_t *rows;
    size_t n, all = weft_catalog_rows(l->snapshot->catalog);
    weft_arena_init(&arena, 0);
    weft_status status = find_missing(l->store, source, &arena, &rows, &n, err);
    weft_progress_begin(&progress, "pages", "products");
    for (size_t i = 0; i < n && !status; i += TOGETHER) {
        size_t some = n - i < TOGETHER ? n - i : TOGETHER;
        status = weft_pages_make(source, l->store, rows + i, some, workers,
                                 weft_cli_catch_signals(), err);
        weft_progress_update(&progress, i + some, n);
    }
    weft_progress_end(&progress);
    if (!status) printf("pages of %zu products: %zu made now, %zu hold\n", all, n, all - n);
    weft_arena_deinit(&arena);
    return status;
}

static weft_status build_pages(const weft_cli *cli, const weft_cli_loaded *l, size_t workers,
                               weft_err *err) {
    weft_outfit_table table = {0};
    weft_wardrobe *wardrobe = NULL;
    weft_status status = weft_outfit_table_open(&table, cli->data_folder, l->store, err);
    if (!status) status = weft_outfit_table_dress(&table, l->shelf, &wardrobe, err);
    if (!status) {
        const weft_page_source source = {
            .wardrobe = wardrobe,
            .lexicon = l->snapshot->lexicon,
            .basis = weft_page_basis(l->embedding_model, table.text, table.edge_revision)};
        status = make_missing(l, &source, workers, err);
    }
    weft_wardrobe_free(wardrobe);
    weft_outfit_table_close(&table);
    return status;
}

static weft_status build(const weft_cli *cli, const arguments *a, weft_err *err) {
    weft_cli_loaded l;
    weft_status status = weft_cli_load(cli, &l, err);
    if (!status && a->has_photos) status = build_edges(cli, &l, err);
    if (!status && a->has_events) status = build_events(cli, &l, !a->has_pages, err);
    if (!status && a->has_pages) status = build_pages(cli, &l, a->workers, err);
    weft_cli_unload(&l);
    return status;
}

weft_status weft_cli_build_recommendations(const weft_cli *cli, weft_err *err) {
    return build(cli, &(arguments){.has_photos = true, .has_events = true, .has_pages = true}, err);
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"only", required_argument, NULL, 'o'},
                                            {"workers", required_argument, NULL, 'w'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const weft_command *self = &weft_command_recommend;
    arguments a = {.has_photos = true, .has_events = true, .has_pages = true};
    weft_err err = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'h': return weft_cli_help(self);
        case 'w':
            if (!weft_cli_read_count(self, "workers", optarg, &a.workers)) return WEFT_EXIT_USAGE;
            break;
        case 'o':
            a.has_photos = strcmp(optarg, "photos") == 0;
            a.has_events = strcmp(optarg, "events") == 0;
            a.has_pages = strcmp(optarg, "pages") == 0;
            if (!a.has_photos && !a.has_events && !a.has_pages)
                return weft_cli_usage(self, "--only takes photos, events or pages, not '%s'",
                                      optarg);
            break;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (argc - optind != 1 || strcmp(argv[optind], "build") != 0)
        return weft_cli_usage(self, "build is needed");
    weft_status status = build(cli, &a, &err);
    return status ? weft_cli_fail("recommend", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_recommend = {
    .name = "recommend",
    .summary = "work out beforehand what to recommend",
    .usage = usage,
    .run = run,
};
