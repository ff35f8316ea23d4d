/* cli.h - what the commands of the `weft` program share. */
#ifndef WEFT_CLI_CLI_H
#define WEFT_CLI_CLI_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/status.h"
#include "catalog/import_events.h"
#include "clip/clip.h"
#include "store/store.h"

/* Exit statuses. */
enum { WEFT_EXIT_OK = 0, WEFT_EXIT_FAILED = 1, WEFT_EXIT_USAGE = 2, WEFT_EXIT_INTERRUPTED = 130 };

/* The options before the command's name. */
typedef struct {
    const char *data_folder;  /* --data, default ./weft-data */
    const char *db_url;       /* --db; NULL: SQLite in the data folder */
    const char *model;        /* --model: a folder or the name of a model in a models folder;
                               * NULL: the one of the set that the store says is served */
    weft_precision precision; /* --precision, default auto */
} weft_cli;

typedef struct {
    const char *name;
    const char *summary; /* one line of `weft help` */
    const char *usage;   /* the whole text of `weft COMMAND --help` */
    int (*run)(const weft_cli *cli, int argc, char **argv); /* argv[0] is the command's name */
} weft_command;

extern const weft_command weft_command_backup, weft_command_catalog, weft_command_experiment,
    weft_command_rank, weft_command_synonyms, weft_command_eval, weft_command_restore,
    weft_command_demo, weft_command_embed, weft_command_import, weft_command_index,
    weft_command_model, weft_command_search, weft_command_serve, weft_command_source,
    weft_command_recommend, weft_command_token, weft_command_users;

/* Creates the data folder where it is missing and opens the store. */
weft_status weft_cli_open_store(const weft_cli *cli, weft_store **store, weft_err *err);

extern const char weft_cli_default_model[];

/* Opens the model that --model or WEFT_MODEL names, else that of the store's serving set
 * (store may be NULL), else the default one, at --precision. A plain name is looked for in
 * WEFT_MODELS, then beside the program (../models and
 * ../share/weft/models), then in ./models. */
weft_status weft_cli_open_model(const weft_cli *cli, weft_store *store, weft_clip_model **model,
                                weft_err *err);

/* Opens the model of that name, and makes its set known to the store. */
weft_status weft_cli_open_named_model(const weft_cli *cli, weft_store *store, const char *name,
                                      weft_clip_model **model, weft_err *err);
weft_status weft_cli_find_model(const char *name, char *path, size_t size, weft_err *err);

/* The demo catalog, found as models are (../demo, ../share/weft/demo, ./demo). */
weft_status weft_cli_find_demo(char *path, size_t size, weft_err *err);

/* Says on standard error what went wrong; returns the exit status for it. */
int weft_cli_fail(const char *command, weft_status status, const weft_err *err);

/* Says what is wrong with the arguments and where help is; returns WEFT_EXIT_USAGE. */
int weft_cli_usage(const weft_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads the value of --NAME, a number of threads; false, having said why, when it is not
 * usable. */
bool weft_cli_read_count(const weft_command *command, const char *name, const char *text,
                         size_t *count);

/* Prints the usage text; returns WEFT_EXIT_OK. */
int weft_cli_help(const weft_command *command);

/* Where a learned ranking is kept: DATA/rank/model.json. path is PATH_MAX bytes. */
weft_status weft_cli_rank_path(const weft_cli *cli, char *path, weft_err *err);

/* The flag that turns true at the first SIGINT or SIGTERM; the second one ends
 * the process at once. */
const atomic_bool *weft_cli_catch_signals(void);

/* Can these bytes be decoded as a photo? For importers and sources. */
weft_status weft_cli_check_photo(void *context, const void *bytes, size_t n, weft_err *err);

/* The steps that several commands take. They draw progress and print a summary.
 * workers 0: one per processor. */
weft_status weft_cli_import_kaggle(const weft_cli *cli, weft_store *store, const char *source,
                                   size_t workers, weft_err *err);

typedef struct {
    weft_event_reading reading;
    bool again; /* also when the file has been imported */
} weft_cli_transactions;

/* Goes on where an earlier import of the file stopped. */
weft_status weft_cli_import_transactions(const weft_cli *cli, weft_store *store, const char *path,
                                         const weft_cli_transactions *options, weft_err *err);

/* DeepFashion2's garments; name may be NULL (sync/garments.h). */
weft_status weft_cli_import_garments(const weft_cli *cli, weft_store *store, const char *folder,
                                     const char *name, size_t workers, weft_err *err);

/* `weft users synth --count N` and `weft recommend build`. */
weft_status weft_cli_make_users(const weft_cli *cli, size_t count, weft_err *err);
weft_status weft_cli_build_recommendations(const weft_cli *cli, weft_err *err);

typedef struct {
    size_t workers;       /* threads; 0: one per processor */
    bool is_shared;       /* with other processes, through the store's queue */
    double lease_seconds; /* 0: the default */
} weft_cli_embed_options;

weft_status weft_cli_embed(const weft_cli *cli, weft_store *store, const weft_clip_model *model,
                           const weft_cli_embed_options *options, weft_err *err);

typedef struct {
    const char *listen;       /* "127.0.0.1:8080" */
    size_t encoders;          /* 0: one per processor */
    size_t workers;           /* 0: 64 */
    bool open_reads;          /* beyond loopback: reads need no token */
    bool any_host;            /* on loopback: any Host header is accepted */
    const char *index_engine; /* as weft_engine_open has it; NULL or "memory": none */
    float hybrid_weight;
    bool log_searches;      /* keep what was shown, for experiments and learning */
    const char *experiment; /* a file, or NULL; then searches are kept as well */
    float explore;          /* of a list of recommendations (recommend/explore.h); 0: none */
} weft_cli_serve_options;

/* The model is the server's from then on. */
weft_status weft_cli_serve(const weft_cli *cli, weft_store *store, weft_clip_model *model,
                           const weft_cli_serve_options *options, weft_err *err);

#endif
