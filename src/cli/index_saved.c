#include "cli/index_saved.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* The path and the bytes of a saved index; false when the file is not there. */
static bool find_file(const char *folder, int kind, const char *generation, char path[PATH_MAX],
                      size_t *bytes) {
    struct stat info;
    path[0] = '\0';
    bool is_there =
        !weft_snapshot_index_path(path, folder, (weft_embedding_kind)kind, generation, NULL) &&
        stat(path, &info) == 0;
    *bytes = is_there ? (size_t)info.st_size : 0;
    return is_there;
}

static size_t rows_with_vector(const weft_snapshot *snapshot, int kind) {
    return weft_bitset_popcount(weft_index_present(snapshot->index[kind]));
}

weft_status weft_saved_print_built(const weft_snapshot *snapshot, const char *folder,
                                   const double seconds[WEFT_KIND_COUNT], weft_err *err) {
    weft_snapshot_saved saved;
    char path[PATH_MAX];
    size_t bytes;
    weft_status status = weft_snapshot_look(&saved, folder, err);
    if (status) return status;
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        find_file(folder, k, saved.generation, path, &bytes);
        printf("%-7s %9zu rows %12zu bytes %8.2f s\n",
               weft_embedding_kind_name((weft_embedding_kind)k), rows_with_vector(snapshot, k),
               bytes, seconds[k]);
    }
    printf("saved in %s\n", folder);
    if (snapshot->pending)
        printf("%zu %s no embedding yet and will not be found: weft embed\n", snapshot->pending,
               snapshot->pending == 1 ? "product has" : "products have");
    return WEFT_OK;
}

static void print_files(const char *folder, const weft_snapshot_saved *saved) {
    char path[PATH_MAX];
    size_t bytes;
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        const char *label = k == 0 ? "files" : "";
        if (find_file(folder, k, saved->generation, path, &bytes))
            printf("%-11s %s, %zu bytes\n", label, path, bytes);
        else printf("%-11s %s is missing\n", label, path);
    }
}

static weft_status print_age(weft_store *store, const weft_snapshot_saved *saved, weft_err *err) {
    uint64_t now;
    weft_status status = weft_store_change_seq(store, &now, err);
    if (status) return status;
    printf("%-11s up to number %" PRIu64 "; the database is at %" PRIu64, "changes",
           saved->change_seq, now);
    if (now < saved->change_seq) {
        puts(": it is another one, or an older copy");
        return WEFT_OK;
    }
    uint64_t behind = now - saved->change_seq;
    printf(": %" PRIu64 " change%s behind\n", behind, behind == 1 ? "" : "s");
    return WEFT_OK;
}

static void print_next_start(const weft_snapshot_options *options, const char *folder) {
    weft_snapshot *snapshot;
    weft_err why = {0};
    printf("%-11s ", "next start");
    if (weft_snapshot_open(&snapshot, options, folder, &why)) {
        printf("does not use them: %s\n", why.message);
        return;
    }
    bool is_worn = weft_snapshot_is_worn(snapshot, options);
    printf("uses them%s\n\nindex    engine  with vector    wear\n",
           is_worn ? ", until it has built new ones: they are worn" : "");
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        printf("%-8s %-6s %12zu %7.3f\n", weft_embedding_kind_name((weft_embedding_kind)k),
               weft_index_engine_name(snapshot->index[k]), rows_with_vector(snapshot, k),
               weft_index_wear(snapshot->index[k]));
    weft_snapshot_release(snapshot);
}

weft_status weft_saved_print_status(const weft_snapshot_options *options, const char *folder,
                                    weft_err *err) {
    weft_snapshot_saved saved;
    weft_status status = weft_snapshot_look(&saved, folder, err);
    if (status == WEFT_E_NOT_FOUND) {
        printf("nothing is saved in %s: weft index build\n", folder);
        return WEFT_OK;
    }
    if (!status) {
        printf("%-11s %s\n%-11s %s\n%-11s %zu\n", "model", saved.embedding_model, "generation",
               saved.generation, "rows", saved.rows);
        print_files(folder, &saved);
        status = print_age(options->store, &saved, err);
    } else if (status == WEFT_E_FORMAT) {
        status = WEFT_OK; /* opening says why */
    }
    if (!status) print_next_start(options, folder);
    return status;
}
