#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "sync/embed.h"

const char weft_cli_default_model[] = "weft-mini";

weft_status weft_cli_open_store(const weft_cli *cli, weft_store **store, weft_err *err) {
    char url[PATH_MAX + 16];
    weft_status status = weft_dir_create(cli->data_folder, err);
    if (status) return status;
    if (cli->db_url) return weft_store_open(store, cli->db_url, err);
    int n = snprintf(url, sizeof url, "sqlite:%s/weft.db", cli->data_folder);
    if (n < 0 || (size_t)n >= sizeof url)
        return weft_fail(err, WEFT_E_LIMIT, "%s: path too long", cli->data_folder);
    return weft_store_open(store, url, err);
}

/* ---- things that are shipped beside the program ---- */

/* Writes the folder that holds the running program. */
static bool program_folder(char *out, size_t size) {
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    if (n <= 0) return false;
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    if (!slash) return false;
    *slash = '\0';
    return true;
}

/* Looks for a folder called name that holds the file mark: in root (may be
 * NULL), beside the program, and in the present folder. */
static bool find_shipped(const char *root, const char *name, const char *mark, char *path,
                         size_t size) {
    char program[PATH_MAX], candidate[PATH_MAX * 2];
    static const char *const beside[] = {"..", "../share/weft"};
    if (!program_folder(program, sizeof program)) strcpy(program, ".");
    for (int i = 0; i < 4; i++) {
        if (i == 0 && !root) continue;
        if (i == 0) snprintf(candidate, sizeof candidate, "%s", root);
        else if (i < 3) snprintf(candidate, sizeof candidate, "%s/%s", program, beside[i - 1]);
        else strcpy(candidate, ".");
        char file[PATH_MAX * 3];
        snprintf(file, sizeof file, "%s/%s/%s", candidate, name, mark);
        if (!weft_file_exists(file)) continue;
        int n = snprintf(path, size, "%s/%s", candidate, name);
        return n > 0 && (size_t)n < size;
    }
    return false;
}

weft_status weft_cli_find_model(const char *name, char *path, size_t size, weft_err *err) {
    if (strchr(name, '/') || weft_dir_exists(name)) {
        if (!weft_dir_exists(name))
            return weft_fail(err, WEFT_E_NOT_FOUND, "model %s: no such folder", name);
        snprintf(path, size, "%s", name);
        return WEFT_OK;
    }
    char shipped[PATH_MAX];
    snprintf(shipped, sizeof shipped, "models/%s", name);
    const char *root = getenv("WEFT_MODELS");
    if (root && find_shipped(root, name, "config.json", path, size)) return WEFT_OK;
    if (find_shipped(NULL, shipped, "config.json", path, size)) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOT_FOUND,
                     "model %s: not in WEFT_MODELS, beside the program, or in ./models", name);
}

weft_status weft_cli_find_demo(char *path, size_t size, weft_err *err) {
    if (find_shipped(NULL, "demo", "styles.csv", path, size)) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOT_FOUND,
                     "the demo catalog is not beside the program or in ./demo");
}

weft_status weft_cli_open_named_model(const weft_cli *cli, weft_store *store, const char *name,
                                      weft_clip_model **model, weft_err *err) {
    char folder[PATH_MAX], whole[PATH_MAX], embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    weft_clip_options options = {.precision = cli->precision};
    weft_status status = weft_cli_find_model(name, folder, sizeof folder, err);
    if (!status) status = weft_clip_model_open(model, folder, &options, err);
    if (status || !store) return status;
    /* A folder is noted from the root: servers run elsewhere. */
    bool is_folder = strchr(name, '/') || weft_dir_exists(name);
    if (is_folder && realpath(name, whole)) name = whole;
    weft_embedding_model_name(*model, embedding_model);
    status =
        weft_store_put_set(store, embedding_model, name, weft_clip_model_info(*model).dim, err);
    if (!status) return WEFT_OK;
    weft_clip_model_free(*model);
    *model = NULL;
    return status;
}

weft_status weft_cli_open_model(const weft_cli *cli, weft_store *store, weft_clip_model **model,
                                weft_err *err) {
    weft_arena arena;
    weft_store_set set;
    weft_status status = WEFT_E_NOT_FOUND;
    if (cli->model) return weft_cli_open_named_model(cli, store, cli->model, model, err);
    weft_arena_init(&arena, 0);
    if (store) status = weft_store_serving_set(store, &arena, &set, err);
    if (status == WEFT_OK || status == WEFT_E_NOT_FOUND)
        status = weft_cli_open_named_model(cli, store, status ? weft_cli_default_model : set.model,
                                           model, err);
    weft_arena_deinit(&arena);
    return status;
}

/* ---- messages ---- */

int weft_cli_fail(const char *command, weft_status status, const weft_err *err) {
    const char *message = err->message[0] ? err->message : weft_status_text(status);
    fprintf(stderr, "weft %s: %s\n", command, message);
    return status == WEFT_E_CANCELLED ? WEFT_EXIT_INTERRUPTED : WEFT_EXIT_FAILED;
}

int weft_cli_usage(const weft_command *command, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "weft %s: ", command->name);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n'weft %s --help' explains it\n", command->name);
    va_end(args);
    return WEFT_EXIT_USAGE;
}

bool weft_cli_read_count(const weft_command *command, const char *name, const char *text,
                         size_t *count) {
    enum { MAX_THREADS = 256 };
    uint64_t number;
    if (!weft_str_to_u64(weft_str_of(text), &number) || number < 1 || number > MAX_THREADS) {
        weft_cli_usage(command, "--%s takes 1 to %d, not '%s'", name, MAX_THREADS, text);
        return false;
    }
    *count = (size_t)number;
    return true;
}

int weft_cli_help(const weft_command *command) {
    fputs(command->usage, stdout);
    return WEFT_EXIT_OK;
}

/* ---- signals ---- */

static atomic_bool interrupted;

static void on_signal(int number) {
    /* Once more, and the default action ends the process. */
    signal(number, SIG_DFL);
    atomic_store(&interrupted, true);
}

const atomic_bool *weft_cli_catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &interrupted;
}

weft_status weft_cli_rank_path(const weft_cli *cli, char *path, weft_err *err) {
    if (snprintf(path, PATH_MAX, "%s/rank/model.json", cli->data_folder) < PATH_MAX) return WEFT_OK;
    return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", cli->data_folder);
}
