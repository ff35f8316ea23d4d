#include "cli/loaded.h"

enum { IVF_FROM = 4000 };

weft_status weft_cli_load(const weft_cli *cli, weft_cli_loaded *l, weft_err *err) {
    *l = (weft_cli_loaded){0};
    weft_status status = weft_cli_open_store(cli, &l->store, err);
    if (!status) status = weft_cli_open_model(cli, l->store, &l->model, err);
    if (status) return status;
    weft_embedding_model_name(l->model, l->embedding_model);
    const weft_snapshot_options options = {.store = l->store,
                                           .embedding_model = l->embedding_model,
                                           .ivf_from = IVF_FROM,
                                           .dim = weft_clip_model_info(l->model).dim,
                                           .cancel = weft_cli_catch_signals()};
    status = weft_snapshot_load(&l->snapshot, &options, err);
    if (status) return status;
    return weft_shelf_new(&l->shelf, l->snapshot->catalog, l->snapshot->index, NULL, err);
}

void weft_cli_unload(weft_cli_loaded *l) {
    weft_shelf_free(l->shelf);
    weft_snapshot_release(l->snapshot);
    weft_clip_model_free(l->model);
    weft_store_close(l->store);
}
