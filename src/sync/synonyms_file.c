#include "sync/synonyms_file.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

/* One reading of the file. Snapshots point into it, so that all are kept: they are few. */
typedef struct reading {
    weft_arena arena;
    weft_synonyms synonyms;
    struct reading *before;
} reading;

struct weft_synonyms_file {
    char path[PATH_MAX];
    uint64_t seen; /* weft_file_stamp */
    reading *current;
};

static weft_status read_now(weft_synonyms_file *file, weft_err *err) {
    weft_buf text;
    weft_buf_init(&text);
    reading *fresh = weft_calloc(1, sizeof *fresh);
    if (!fresh) return weft_fail(err, WEFT_E_NOMEM, "synonyms");
    weft_arena_init(&fresh->arena, 0);
    weft_str source = weft_synonyms_default();
    weft_status status = WEFT_OK;
    if (file->seen) {
        status = weft_file_read(file->path, WEFT_SYNONYMS_MAX_BYTES, &text, err);
        source = (weft_str){text.data ? text.data : "", text.size};
    }
    if (!status) {
        status = weft_synonyms_parse(&fresh->synonyms, source, &fresh->arena, err);
        if (status) weft_fail_in(err, status, "%s", file->path);
    }
    weft_buf_deinit(&text);
    if (status) {
        weft_arena_deinit(&fresh->arena);
        weft_free(fresh);
        return status;
    }
    fresh->before = file->current;
    file->current = fresh;
    return WEFT_OK;
}

weft_status weft_synonyms_file_look(weft_synonyms_file *file, weft_err *err) {
    uint64_t now = weft_file_stamp(file->path);
    if (file->current && now == file->seen) return WEFT_OK;
    file->seen = now;
    return read_now(file, err);
}

weft_status weft_synonyms_file_open(weft_synonyms_file **out, const char *data_folder,
                                    weft_err *err) {
    weft_synonyms_file *file = weft_calloc(1, sizeof *file);
    *out = NULL;
    if (!file) return weft_fail(err, WEFT_E_NOMEM, "synonyms");
    weft_status status = WEFT_OK;
    int n = snprintf(file->path, sizeof file->path, "%s/%s", data_folder, WEFT_SYNONYMS_NAME);
    if (n >= (int)sizeof file->path)
        status = weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", data_folder);
    if (!status) status = weft_synonyms_file_look(file, err);
    if (status) weft_synonyms_file_close(file);
    else *out = file;
    return status;
}

void weft_synonyms_file_close(weft_synonyms_file *file) {
    if (!file) return;
    for (reading *at = file->current; at;) {
        reading *before = at->before;
        weft_arena_deinit(&at->arena);
        weft_free(at);
        at = before;
    }
    weft_free(file);
}

const weft_synonyms *weft_synonyms_file_current(const weft_synonyms_file *file) {
    return &file->current->synonyms;
}
