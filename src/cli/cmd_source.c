#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "cli/cli.h"
#include "sync/source_follow.h"

static const char usage[] =
    "usage: weft source add NAME --from URL --table [SCHEMA.]TABLE FIELD=COLUMN...\n"
    "                   [--set FIELD=TEXT]... [--price-divisor N] [--photos SOURCE]\n"
    "                   [--replace]\n"
    "       weft source list\n"
    "       weft source remove NAME [--keep-products]\n\n"
    "Points weft at a table of your own in PostgreSQL (14 or newer, wal_level = logical).\n"
    "`weft serve` copies it, then follows every insert, update, delete and truncate through\n"
    "logical replication. Nothing is installed in your database but a publication and a\n"
    "replication slot, both called weft_NAME_...; the role needs REPLICATION and must own\n"
    "the table. Set max_slot_wal_keep_size there: a slot that nobody reads keeps the log.\n\n"
    "  --from URL          postgresql://USER@HOST/DATABASE; put the password into ~/.pgpass,\n"
    "                      or weft's database keeps it with the URL\n"
    "  FIELD=COLUMN        fields: product_id (needed; of the primary key),\n"
    "                      product_display_name, master_category, sub_category,\n"
    "                      article_type, base_color, gender, season, usage, year (a date\n"
    "                      will do), price, image (the photo's file name)\n"
    "  --set FIELD=TEXT    the same for all products, in place of a column\n"
    "  --price-divisor N   100 when the column holds cents\n"
    "  --photos SOURCE     a folder with images/ or images.zip, or a .zip: photos called\n"
    "                      like the image column says, or PRODUCT_ID.jpg without one\n"
    "  --replace           changes the source of that name; the table is copied again, and\n"
    "                      products that it does not have any more go\n"
    "  --keep-products     the products that came from it stay\n";

enum { NAME_LIMIT = 40 };

/* ---- add ---- */

typedef struct {
    const char *name, *url;
    weft_source_spec spec;
    bool replace;
} addition;

/* "FIELD=VALUE" into the one of the spec's two lists. */
static weft_status read_field(const char *texts[WEFT_SOURCE_FIELD_COUNT], const char *argument,
                              weft_err *err) {
    const char *equals = strchr(argument, '=');
    weft_source_field field;
    if (!equals || !equals[1])
        return weft_fail(err, WEFT_E_INVALID, "'%s' is not FIELD=VALUE", argument);
    if (!weft_source_field_named((weft_str){argument, (size_t)(equals - argument)}, &field))
        return weft_fail(err, WEFT_E_INVALID, "'%s': a product has no such field", argument);
    if (texts[field])
        return weft_fail(err, WEFT_E_INVALID, "'%s': %s is there twice", argument,
                         weft_source_field_name(field));
    texts[field] = equals + 1;
    return WEFT_OK;
}

/* A name becomes part of the slot's. */
static weft_status check_name(const char *name, weft_err *err) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (n >= 1 && n <= NAME_LIMIT && !name[n]) return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID,
                     "'%s': a name has 1 to %d lower-case letters, digits and _", name, NAME_LIMIT);
}

static weft_status add_source(weft_store *store, const addition *a, weft_err *err) {
    char slot[64];
    uint32_t number;
    weft_buf spec;
    weft_status status = check_name(a->name, err);
    if (!status) status = weft_source_spec_check(&a->spec, err);
    /* What is wrong with the table is said now, not in a server's log. */
    if (!status) status = weft_source_try(a->url, &a->spec, err);
    if (status) return status;
    /* Two wefts may follow one table: each has a slot of its own. */
    weft_random_bytes(&number, sizeof number);
    snprintf(slot, sizeof slot, "weft_%s_%08" PRIx32, a->name, number);
    weft_buf_init(&spec);
    weft_source_spec_write(&a->spec, &spec);
    const weft_store_source source = {
        .name = a->name, .url = a->url, .spec = spec.data, .slot = slot};
    if (!weft_buf_ok(&spec)) status = weft_fail(err, WEFT_E_NOMEM, "source");
    else if (a->replace) status = weft_store_change_source(store, &source, err);
    else status = weft_store_put_source(store, &source, err);
    weft_buf_deinit(&spec);
    if (!status)
        printf("source %s: %s.%s is copied and followed by every `weft serve` of this database\n",
               a->name, a->spec.schema, a->spec.table);
    return status;
}

/* ---- list, remove ---- */

static weft_status list_sources(weft_store *store, weft_err *err) {
    weft_arena arena;
    weft_store_source *sources;
    size_t n;
    weft_arena_init(&arena, 0);
    weft_status status = weft_store_list_sources(store, &arena, &sources, &n, err);
    if (!status) {
        printf("%-20s  %-28s  %s\n", "name", "slot", "state and columns");
        for (size_t i = 0; i < n; i++)
            printf("%-20s  %-28s  %s %s\n", sources[i].name, sources[i].slot,
                   sources[i].position ? "copied" : "to be copied", sources[i].spec);
    }
    weft_arena_deinit(&arena);
    return status;
}

/* A server that follows the slot lets go of it when it sees that the source is gone. */
static weft_status remove_named(weft_store *store, const weft_store_source *source,
                                bool keep_products, weft_err *err) {
    weft_status status = weft_store_remove_source(store, source->name, keep_products, err);
    if (status) return status;
    status = weft_source_clean_up(source, err);
    if (!status) return WEFT_OK;
    return weft_fail_in(err, status,
                        "source %s is removed, but its slot and publication stay in the shop's"
                        " database; drop both there (SELECT pg_drop_replication_slot('%s'); DROP"
                        " PUBLICATION %s)",
                        source->name, source->slot, source->slot);
}

static weft_status remove_source(weft_store *store, const char *name, bool keep_products,
                                 weft_err *err) {
    weft_arena arena;
    weft_store_source *sources;
    size_t n = 0, i = 0;
    weft_arena_init(&arena, 0);
    weft_status status = weft_store_list_sources(store, &arena, &sources, &n, err);
    while (!status && i < n && strcmp(sources[i].name, name) != 0) i++;
    if (!status && i == n)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "no source is called %s", name);
    if (!status) status = remove_named(store, &sources[i], keep_products, err);
    weft_arena_deinit(&arena);
    return status;
}

/* ---- the command ---- */

enum { FROM = 256, TABLE, SET, PRICE_DIVISOR, PHOTOS, REPLACE, KEEP_PRODUCTS };

/* Options of all three; what is left of argv are the arguments. */
static weft_status read_options(int argc, char **argv, addition *a, bool *keep_products,
                                weft_arena *arena, bool *wants_help, weft_err *err) {
    static const struct option table[] = {{"from", required_argument, NULL, FROM},
                                          {"table", required_argument, NULL, TABLE},
                                          {"set", required_argument, NULL, SET},
                                          {"price-divisor", required_argument, NULL, PRICE_DIVISOR},
                                          {"photos", required_argument, NULL, PHOTOS},
                                          {"replace", no_argument, NULL, REPLACE},
                                          {"keep-products", no_argument, NULL, KEEP_PRODUCTS},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    weft_status status = WEFT_OK;
    int option;
    while (!status && (option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case FROM: a->url = optarg; break;
        case TABLE: status = weft_source_spec_set_table(&a->spec, optarg, arena, err); break;
        case SET: status = read_field(a->spec.constants, optarg, err); break;
        case PRICE_DIVISOR:
            if (!weft_str_to_double(weft_str_of(optarg), &a->spec.price_divisor))
                a->spec.price_divisor = 0; /* the check says what it must be */
            break;
        case PHOTOS: a->spec.photos = optarg; break;
        case REPLACE: a->replace = true; break;
        case KEEP_PRODUCTS: *keep_products = true; break;
        case 'h': *wants_help = true; break;
        default: status = weft_fail(err, WEFT_E_INVALID, "see weft source --help");
        }
    }
    return status;
}

static weft_status run_words(const weft_cli *cli, int n, char **words, addition *a,
                             bool keep_products, weft_err *err) {
    weft_store *store = NULL;
    bool is_add = n >= 2 && strcmp(words[0], "add") == 0;
    bool is_list = n == 1 && strcmp(words[0], "list") == 0;
    bool is_remove = n == 2 && strcmp(words[0], "remove") == 0;
    weft_status status = WEFT_OK;
    if (!is_add && !is_list && !is_remove)
        return weft_fail(err, WEFT_E_INVALID, "add, list or remove is needed: see --help");
    if (is_add && !a->url) return weft_fail(err, WEFT_E_INVALID, "--from is needed");
    for (int i = 2; is_add && i < n && !status; i++)
        status = read_field(a->spec.columns, words[i], err);
    if (!status) status = weft_cli_open_store(cli, &store, err);
    if (!status && is_add) {
        a->name = words[1];
        status = add_source(store, a, err);
    }
    if (!status && is_list) status = list_sources(store, err);
    if (!status && is_remove) status = remove_source(store, words[1], keep_products, err);
    weft_store_close(store);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    addition a = {.spec = {.price_divisor = 1}};
    bool keep_products = false, wants_help = false;
    weft_arena arena;
    weft_err err = {0};
    weft_arena_init(&arena, 0);
    weft_status status = read_options(argc, argv, &a, &keep_products, &arena, &wants_help, &err);
    if (!status && !wants_help)
        status = run_words(cli, argc - optind, argv + optind, &a, keep_products, &err);
    weft_arena_deinit(&arena);
    if (wants_help) return weft_cli_help(&weft_command_source);
    return status ? weft_cli_fail("source", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_source = {
    .name = "source",
    .summary = "follow a table of your own in PostgreSQL",
    .usage = usage,
    .run = run,
};
