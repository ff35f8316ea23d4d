#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/sheet.h"
#include "image/image.h"
#include "sync/embed.h"
#include "sync/snapshot.h"

static const char usage[] =
    "usage: weft catalog duplicates [--threshold COSINE] [--sheet FILE] [--json]\n\n"
    "Finds photos that are nearly the same, of different products: first by their embeddings,\n"
    "then by their pixels (a difference hash of 256 bits, and the colors of a thumbnail).\n\n"
    "  --threshold C   the cosine from which two photos are compared by pixels (default 0.98)\n"
    "  --sheet FILE    a contact sheet (HTML), a row for each group\n"
    "  --json          for programs\n";

enum {
    NEIGHBOURS = 12, /* of each photo that are looked at */
    HASH_SIDE = 16,  /* differences in a row, and rows */
    HASH_WORDS = HASH_SIDE * HASH_SIDE / 64,
    SAME_BITS = 10,  /* of 256 that may differ */
    WHITE = 240,     /* levels from which on nothing is drawn */
    SAME_LEVELS = 8, /* of 255 by which what is drawn may differ on average */
    IVF_FROM = 4000,
    TOGETHER = 256, /* queries at once */
};

typedef struct {
    double threshold;
    const char *sheet;
    bool json;
} arguments;

typedef struct {
    bool is_known;
    bool failed; /* the photo cannot be read */
    uint64_t bits[HASH_WORDS];
    uint8_t pixels[(HASH_SIDE + 1) * HASH_SIDE * 3];
} photo_hash;

typedef struct {
    const weft_cli *cli;
    const arguments *a;
    weft_store *store;
    weft_clip_model *model;
    weft_snapshot *snapshot;
    photo_hash *hashes; /* [rows], as they are needed */
    uint32_t *parent;   /* [rows]: groups as a forest */
    size_t rows, pairs, unreadable;
} finding;

/* ---- hashes ---- */

/* Is each pixel of a 17 x 16 gray thumbnail brighter than its neighbour (dHash)? */
static weft_status hash_photo(const finding *f, uint32_t row, photo_hash *hash, weft_err *err) {
    char path[PATH_MAX];
    weft_buf bytes;
    weft_image photo = {0}, small = {0};
    const weft_product *p = weft_catalog_product(f->snapshot->catalog, row);
    *hash = (photo_hash){.is_known = true};
    weft_buf_init(&bytes);
    snprintf(path, sizeof path, "%s/%s", f->cli->data_folder, p->image_path);
    weft_status status = weft_file_read(path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &bytes, err);
    if (!status) status = weft_image_decode(&photo, bytes.data, bytes.size, NULL, err);
    if (!status) status = weft_image_resize(&small, &photo, HASH_SIDE + 1, HASH_SIDE, err);
    for (size_t i = 0; i < HASH_SIDE * HASH_SIDE && !status; i++) {
        const uint8_t *left = small.pixels + (i / HASH_SIDE * (HASH_SIDE + 1) + i % HASH_SIDE) * 3;
        int here = left[0] + left[1] + left[2], next = left[3] + left[4] + left[5];
        if (here > next + 3) hash->bits[i / 64] |= UINT64_C(1) << (i % 64); /* more than noise */
    }
    if (!status) memcpy(hash->pixels, small.pixels, sizeof hash->pixels);
    weft_image_deinit(&small);
    weft_image_deinit(&photo);
    weft_buf_deinit(&bytes);
    return status;
}

/* A photo that cannot be read is like no other, and counted once. */
static const photo_hash *hash_of(finding *f, uint32_t row) {
    photo_hash *hash = &f->hashes[row];
    if (!hash->is_known && hash_photo(f, row, hash, NULL)) {
        hash->failed = true;
        f->unreadable++;
    }
    return hash->failed ? NULL : hash;
}

static bool look_the_same(finding *f, uint32_t a, uint32_t b) {
    const weft_product *p = weft_catalog_product(f->snapshot->catalog, a);
    const weft_product *q = weft_catalog_product(f->snapshot->catalog, b);
    if (p->image_digest[0] && strcmp(p->image_digest, q->image_digest) == 0) return true;
    const photo_hash *x = hash_of(f, a), *y = hash_of(f, b);
    int different = 0;
    if (!x || !y) return false;
    for (size_t i = 0; i < HASH_WORDS; i++)
        different += __builtin_popcountll(x->bits[i] ^ y->bits[i]);
    if (different > SAME_BITS) return false;
    /* Over what is drawn: two ties are mostly the same white. */
    unsigned levels = 0, drawn = 0;
    for (size_t i = 0; i < sizeof x->pixels; i++) {
        if (x->pixels[i] >= WHITE && y->pixels[i] >= WHITE) continue;
        levels += (unsigned)abs(x->pixels[i] - y->pixels[i]);
        drawn++;
    }
    return levels <= SAME_LEVELS * drawn;
}

/* ---- groups ---- */

static uint32_t root_of(finding *f, uint32_t row) {
    while (f->parent[row] != row) row = f->parent[row] = f->parent[f->parent[row]];
    return row;
}

/* The smaller row leads, so that groups come in the catalog's order. */
static void join(finding *f, uint32_t a, uint32_t b) {
    uint32_t x = root_of(f, a), y = root_of(f, b);
    f->pairs++;
    if (x < y) f->parent[y] = x;
    else f->parent[x] = y;
}

static void compare(finding *f, const uint32_t *rows, size_t n, const weft_hit *hits,
                    const size_t *counts) {
    for (size_t q = 0; q < n; q++)
        for (size_t h = 0; h < counts[q]; h++) {
            const weft_hit *hit = &hits[q * NEIGHBOURS + h];
            if (hit->row <= rows[q] || (double)hit->score < f->a->threshold) continue;
            if (look_the_same(f, rows[q], hit->row)) join(f, rows[q], hit->row);
        }
}

static weft_status find_groups(finding *f, weft_err *err) {
    const weft_index *index = f->snapshot->index[WEFT_KIND_IMAGE];
    size_t dim = weft_index_dim(index), n = 0;
    float *queries = weft_alloc(TOGETHER * dim, sizeof *queries);
    weft_hit *hits = weft_alloc(TOGETHER * NEIGHBOURS, sizeof *hits);
    uint32_t rows[TOGETHER];
    size_t counts[TOGETHER];
    weft_progress progress;
    weft_status status =
        queries && hits ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "photos to compare");
    const atomic_bool *stop = weft_cli_catch_signals();
    weft_progress_begin(&progress, "comparing", "photos");
    for (uint32_t row = 0; row < f->rows && !status; row++) {
        if (weft_index_vector(index, row, queries + n * dim)) rows[n++] = row;
        if (n < TOGETHER && row + 1 < f->rows) continue;
        const weft_index_batch batch = {.queries = queries, .n = n, .k = NEIGHBOURS};
        status = weft_index_search_batch(index, &batch, hits, counts, err);
        if (!status) compare(f, rows, n, hits, counts);
        if (!status && atomic_load(stop)) status = weft_fail(err, WEFT_E_CANCELLED, "stopped");
        weft_progress_update(&progress, row + 1, f->rows);
        n = 0;
    }
    weft_progress_end(&progress);
    weft_free(queries);
    weft_free(hits);
    return status;
}

/* ---- what is printed ---- */

/* Calls visit for every row of every group of two or more, groups in order; is_first: of a new
 * group. A row's next one in its group is found from a list that is threaded through `next`. */
static weft_status
each_member(finding *f, void (*visit)(void *context, const weft_product *product, bool is_first),
            void *context, weft_err *err) {
    uint32_t *next = weft_calloc(f->rows + 1, sizeof *next),
             *last = weft_calloc(f->rows + 1, sizeof *last);
    bool ok = next && last;
    for (uint32_t row = 0; ok && row < f->rows; row++) {
        uint32_t leader = root_of(f, row);
        if (leader != row) next[last[leader]] = row;
        last[leader] = row;
    }
    for (uint32_t leader = 0; ok && leader < f->rows; leader++) {
        if (root_of(f, leader) != leader || !next[leader]) continue;
        visit(context, weft_catalog_product(f->snapshot->catalog, leader), true);
        for (uint32_t row = next[leader]; row; row = next[row])
            visit(context, weft_catalog_product(f->snapshot->catalog, row), false);
    }
    weft_free(next);
    weft_free(last);
    return ok ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "groups of photos");
}

typedef struct {
    size_t groups, products;
    weft_json *json;
    weft_sheet *sheet;
} printing;

static void print_member(void *context, const weft_product *p, bool is_first) {
    printing *out = context;
    char heading[64];
    if (is_first) out->groups++;
    out->products++;
    if (out->json) {
        if (is_first && out->groups > 1) weft_json_end(out->json);
        if (is_first) weft_json_array(out->json);
        weft_json_string(out->json, p->product_id);
    } else {
        printf("%s%-10s  %-52.52s  %s\n", is_first && out->groups > 1 ? "\n" : "", p->product_id,
               p->product_display_name, p->base_color);
    }
    if (!out->sheet) return;
    snprintf(heading, sizeof heading, "Group %zu", out->groups);
    if (is_first) weft_sheet_row(out->sheet, heading);
    weft_sheet_add(out->sheet, p, p->product_id);
}

static weft_status print_groups(finding *f, weft_err *err) {
    weft_sheet sheet;
    weft_buf text;
    weft_json json;
    weft_status status = WEFT_OK;
    printing out = {.json = f->a->json ? &json : NULL, .sheet = f->a->sheet ? &sheet : NULL};
    weft_buf_init(&text);
    weft_json_begin(&json, &text);
    weft_json_object(&json);
    weft_json_key(&json, "groups");
    weft_json_array(&json);
    if (out.sheet) weft_sheet_begin(&sheet, "Photos that are nearly the same", f->cli->data_folder);
    status = each_member(f, print_member, &out, err);
    if (out.groups && out.json) weft_json_end(&json);
    weft_json_end(&json);
    weft_json_key_int(&json, "products", (int64_t)out.products);
    weft_json_key_int(&json, "unreadable", (int64_t)f->unreadable);
    weft_json_end(&json);
    if (out.json && weft_buf_ok(&text)) puts(text.data);
    if (!out.json)
        printf("%s%zu groups of %zu products whose photos are nearly the same\n",
               out.groups ? "\n" : "", out.groups, out.products);
    if (f->unreadable) fprintf(stderr, "%zu photos could not be read\n", f->unreadable);
    weft_buf_deinit(&text);
    if (out.sheet) {
        weft_status written = weft_sheet_end(&sheet, f->a->sheet, status ? NULL : err);
        if (!status) status = written;
    }
    return status;
}

/* ---- the command ---- */

static weft_status find_duplicates(const weft_cli *cli, const arguments *a, weft_err *err) {
    finding f = {.cli = cli, .a = a};
    char model_name[WEFT_EMBEDDING_MODEL_SIZE];
    weft_status status = weft_cli_open_store(cli, &f.store, err);
    if (!status) status = weft_cli_open_model(cli, f.store, &f.model, err);
    if (!status) {
        weft_embedding_model_name(f.model, model_name);
        const weft_snapshot_options options = {.store = f.store,
                                               .embedding_model = model_name,
                                               .ivf_from = IVF_FROM,
                                               .dim = weft_clip_model_info(f.model).dim};
        status = weft_snapshot_load(&f.snapshot, &options, err);
    }
    if (!status) {
        f.rows = weft_catalog_rows(f.snapshot->catalog);
        f.hashes = weft_calloc(f.rows + 1, sizeof *f.hashes);
        f.parent = weft_alloc(f.rows + 1, sizeof *f.parent);
        if (!f.hashes || !f.parent) status = weft_fail(err, WEFT_E_NOMEM, "groups of photos");
    }
    for (uint32_t row = 0; row < f.rows && !status; row++) f.parent[row] = row;
    if (!status) status = find_groups(&f, err);
    if (!status) status = print_groups(&f, err);
    weft_free(f.hashes);
    weft_free(f.parent);
    weft_snapshot_release(f.snapshot);
    weft_clip_model_free(f.model);
    weft_store_close(f.store);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"threshold", required_argument, NULL, 't'},
                                            {"sheet", required_argument, NULL, 's'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const weft_command *self = &weft_command_catalog;
    arguments a = {.threshold = 0.98};
    weft_err err = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 's': a.sheet = optarg; break;
        case 'j': a.json = true; break;
        case 'h': return weft_cli_help(self);
        case 't':
            if (!weft_str_to_double(weft_str_of(optarg), &a.threshold) || a.threshold < 0 ||
                a.threshold > 1)
                return weft_cli_usage(self, "--threshold takes 0 to 1, not '%s'", optarg);
            break;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (argc - optind != 1 || strcmp(argv[optind], "duplicates") != 0)
        return weft_cli_usage(self, "say duplicates");
    weft_status status = find_duplicates(cli, &a, &err);
    return status ? weft_cli_fail("catalog duplicates", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_catalog = {
    .name = "catalog",
    .summary = "find photos that are nearly the same",
    .usage = usage,
    .run = run,
};
