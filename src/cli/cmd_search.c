#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/answer_search.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/sheet.h"
#include "image/image.h"
#include "search/depicted.h"
#include "sync/embed.h"
#include "sync/snapshot.h"
#include "sync/synonyms_file.h"

static const char usage[] =
    "usage: weft search [WORDS...] [--image FILE] [options]\n\n"
    "Searches the catalog by words, by a photo, or by both.\n\n"
    "  --image FILE    a photo to search with (JPEG, PNG or WebP)\n"
    "  --weight W      with words and a photo: the photo's share, 0 to 1 (default 0.5)\n"
    "  --index NAME    image, text or hybrid (default: image for a photo alone, else hybrid)\n"
    "  --filter JSON   e.g. '{\"gender\": \"Women\", \"price\": {\"$lt\": 80}}'\n"
    "  --literal       by the embedding alone: nothing in the words is understood\n"
    "  -k N            how many, 1 to 100 (default 10)\n"
    "  --json          print what the API answers\n"
    "  --sheet FILE    also write a contact sheet (HTML) to look at\n";

typedef struct {
    char *words; /* joined arguments; NULL: none */
    const char *photo_path, *filter, *sheet;
    weft_embedding_kind kind;
    bool has_kind, json, is_literal;
    double weight;
    uint64_t k;
} arguments;

/* WEFT_EXIT_OK, or the status to end with. *done: help was printed. */
static int read_arguments(arguments *a, int argc, char **argv, bool *done) {
    static const struct option options[] = {
        {"image", required_argument, NULL, 'i'},
        {"weight", required_argument, NULL, 'w'},
        {"index", required_argument, NULL, 'x'},
        {"filter", required_argument, NULL, 'f'},
        {"sheet", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"literal", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const weft_command *self = &weft_command_search;
    int option;
    while ((option = getopt_long(argc, argv, "hk:", options, NULL)) != -1) {
        switch (option) {
        case 'i': a->photo_path = optarg; break;
        case 'f': a->filter = optarg; break;
        case 's': a->sheet = optarg; break;
        case 'j': a->json = true; break;
        case 'l': a->is_literal = true; break;
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
                a->k > WEFT_RANK_MAX_LIMIT)
                return weft_cli_usage(self, "-k takes 1 to %d, not '%s'", WEFT_RANK_MAX_LIMIT,
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

/* All that one search works with. */
typedef struct {
    const arguments *a;
    weft_store *store;
    weft_clip_model *model;
    weft_clip_session *session;
    weft_synonyms_file *synonyms;
    weft_snapshot *snapshot;
    weft_arena arena;
    weft_query query;
    weft_rank_request request;
    size_t dim;
} searching;

static float *encode_text(searching *s, const char *text, weft_err *err) {
    float *vector = weft_arena_alloc(&s->arena, s->dim, sizeof *vector);
    const weft_str words = weft_str_of(text);
    if (!vector) weft_fail(err, WEFT_E_NOMEM, "query");
    else if (weft_clip_encode_text(s->session, &words, 1, vector, err)) vector = NULL;
    return vector;
}

static float *encode_photo(searching *s, const char *path, weft_err *err) {
    float *vector = weft_arena_alloc(&s->arena, s->dim, sizeof *vector);
    weft_buf photo;
    weft_buf_init(&photo);
    weft_status status =
        vector ? weft_file_read(path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &photo, err)
               : weft_fail(err, WEFT_E_NOMEM, "query");
    if (!status) {
        status = weft_clip_encode_photo(s->session, photo.data, photo.size, vector, err);
        if (status) weft_fail_in(err, status, "%s", path);
    }
    weft_buf_deinit(&photo);
    return status ? NULL : vector;
}

/* What the words ask for, and the embeddings of everything. */
static weft_status embed_query(searching *s, weft_err *err) {
    const arguments *a = s->a;
    float *text = NULL, *image = NULL;
    const float **unwanted = weft_arena_alloc(&s->arena, WEFT_QUERY_MAX_UNWANTED, sizeof *unwanted);
    float *vector = weft_arena_alloc(&s->arena, s->dim, sizeof *vector);
    if (!unwanted || !vector) return weft_fail(err, WEFT_E_NOMEM, "query");
    if (a->words) {
        weft_status status =
            weft_query_parse(&s->query, a->words, a->is_literal ? 0 : WEFT_UNDERSTAND_ALL,
                             s->snapshot->lexicon, &s->arena, err);
        if (status) return status;
        s->request.query = &s->query;
        if (s->query.text[0] && !(text = encode_text(s, s->query.text, err))) return err->status;
    }
    if (a->photo_path && !(image = encode_photo(s, a->photo_path, err))) return err->status;
    for (size_t i = 0; i < s->query.unwanted_count; i++) {
        unwanted[i] = encode_text(s, s->query.unwanted[i], err);
        if (!unwanted[i]) return err->status;
    }
    if (text || image) {
        weft_vector_blend(image, text, (float)a->weight, s->dim, vector);
        s->request.embedding = vector;
    }
    s->request.unwanted = unwanted;
    s->request.unwanted_count = s->query.unwanted_count;
    if (image && a->words && !a->is_literal)
        return weft_query_add_depicted(&s->query, &s->request, image, &s->arena, err);
    return WEFT_OK;
}

static void print_table(const weft_catalog *catalog, const weft_rank_page *page, double took_ms) {
    for (size_t i = 0; i < page->count; i++) {
        const weft_product *p = weft_catalog_product(catalog, page->results[i].row);
        printf("%6.3f  %-10s  %-52.52s  %-12s %-14s %9.2f\n",
               (double)page->results[i].score.relevance, p->product_id, p->product_display_name,
               p->base_color, p->article_type, p->price);
    }
    printf("%zu of %zu products, %.1f ms\n", page->count, page->total, took_ms);
}

static void print_json(const searching *s, const weft_rank_page *page, double took_ms) {
    const arguments *a = s->a;
    weft_buf out;
    weft_json j;
    const weft_answer_ranked about = {
        .frame = {.query = a->words,
                  .search_type = !a->photo_path ? "text"
                                 : a->words     ? "hybrid"
                                                : "image",
                  .index = weft_embedding_kind_name(a->kind),
                  .took_ms = took_ms},
        .request = &s->request,
    };
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_answer_ranked_write(&j, page, &about);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

static weft_status write_sheet(const searching *s, const char *data_folder,
                               const weft_rank_page *page, weft_err *err) {
    weft_sheet sheet;
    weft_sheet_begin(&sheet, s->a->words ? s->a->words : s->a->photo_path, data_folder);
    weft_sheet_row(&sheet, "");
    for (size_t i = 0; i < page->count; i++) {
        char note[128];
        const weft_product *p = weft_catalog_product(s->snapshot->catalog, page->results[i].row);
        snprintf(note, sizeof note, "%zu. relevance %.3f, id %.64s", i + 1,
                 (double)page->results[i].score.relevance, p->product_id);
        weft_sheet_add(&sheet, p, note);
    }
    return weft_sheet_end(&sheet, s->a->sheet, err);
}

static weft_status open_all(searching *s, const weft_cli *cli, weft_err *err) {
    char model_name[WEFT_EMBEDDING_MODEL_SIZE];
    weft_status status = weft_cli_open_store(cli, &s->store, err);
    if (!status) status = weft_cli_open_model(cli, s->store, &s->model, err);
    if (!status) status = weft_clip_session_new(&s->session, s->model, err);
    if (!status) status = weft_synonyms_file_open(&s->synonyms, cli->data_folder, err);
    if (status) return status;
    s->dim = weft_clip_model_info(s->model).dim;
    weft_embedding_model_name(s->model, model_name);
    const weft_snapshot_options options = {.store = s->store,
                                           .embedding_model = model_name,
                                           .synonyms = weft_synonyms_file_current(s->synonyms),
                                           .dim = s->dim};
    status = weft_snapshot_load(&s->snapshot, &options, err);
    if (!status && s->snapshot->pending)
        fprintf(stderr, "%zu products are not embedded yet and will not be found: weft embed\n",
                s->snapshot->pending);
    return status;
}

static weft_status search(const weft_cli *cli, const arguments *a, weft_err *err) {
    searching s = {.a = a};
    weft_rank_page page;
    weft_arena_init(&s.arena, 0);
    weft_status status = WEFT_OK;
    if (a->filter)
        status =
            weft_filter_parse_text(&s.request.filter, a->filter, strlen(a->filter), &s.arena, err);
    if (!status) status = open_all(&s, cli, err);
    double started = weft_clock_seconds();
    if (!status) {
        s.request.catalog = s.snapshot->catalog;
        s.request.lexicon = s.snapshot->lexicon;
        s.request.indexes = s.snapshot->index;
        s.request.kind = a->kind;
        s.request.limit = (size_t)a->k;
        s.request.fusion = a->is_literal ? WEFT_FUSE_NONE : WEFT_FUSE_SCORES;
        status = embed_query(&s, err);
    }
    if (!status) status = weft_rank_run(&s.request, &s.arena, &page, err);
    if (!status) {
        double took_ms = (weft_clock_seconds() - started) * 1000;
        if (a->json) print_json(&s, &page, took_ms);
        else print_table(s.snapshot->catalog, &page, took_ms);
        if (a->sheet) status = write_sheet(&s, cli->data_folder, &page, err);
    }
    weft_snapshot_release(s.snapshot);
    weft_synonyms_file_close(s.synonyms);
    weft_clip_session_free(s.session);
    weft_clip_model_free(s.model);
    weft_store_close(s.store);
    weft_arena_deinit(&s.arena);
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
