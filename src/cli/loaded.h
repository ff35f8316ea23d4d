/* loaded.h - a catalog with its embeddings in memory, for commands that work on all of it. */
#ifndef WEFT_CLI_LOADED_H
#define WEFT_CLI_LOADED_H

#include "cli/cli.h"
#include "recommend/shelf.h"
#include "sync/embed.h"
#include "sync/snapshot.h"

typedef struct {
    weft_store *store;
    weft_clip_model *model;
    char embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    weft_snapshot *snapshot;
    weft_shelf *shelf;
} weft_cli_loaded;

/* Opens store and model, and loads the embeddings of the model's set. Close also after a
 * failure. */
weft_status weft_cli_load(const weft_cli *cli, weft_cli_loaded *loaded, weft_err *err);
void weft_cli_unload(weft_cli_loaded *loaded);

#endif
