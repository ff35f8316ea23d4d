/* serve_set.h - which set of embeddings a server serves: opening one, and turning to another
 * while requests go on. For `weft serve` and what starts it. */
#ifndef WEFT_CLI_SERVE_SET_H
#define WEFT_CLI_SERVE_SET_H

#include "api/api.h"
#include "cli/cli.h"

/* Starts serving by this model, which is the serving's from then on, also on failure. */
weft_status weft_serve_set_open(const weft_cli *cli, weft_store *store, weft_clip_model *model,
                                const weft_cli_serve_options *options, weft_serving **serving,
                                weft_err *err);

/* Looks now and then whether the store says that another set is to be served. */
typedef struct {
    const weft_cli *cli;
    weft_store *store;
    const weft_cli_serve_options *options;
    weft_api *api;
    weft_serving *serving;   /* the present one */
    const atomic_bool *stop; /* ends a turning that is under way */
    double next_look;        /* weft_clock_seconds */
    double pause;            /* after a failure */
} weft_serve_watch;

/* To be called often; looks once a second. When there is another set it is opened beside the
 * present one and exchanged for it as soon as it is complete, which may take minutes: until
 * then, and when it cannot be opened, the present one is served. A server whose model was
 * named (--model) looks at nothing. */
void weft_serve_watch_look(weft_serve_watch *watch);

#endif
