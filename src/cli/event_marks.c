#include "cli/event_marks.h"

#include <stdio.h>
#include <string.h>

/* The longest import whose bytes the file begins with, of those that are done and of those
 * that are not; NULL: none. */
typedef struct {
    const weft_store_event_import *done, *begun;
} matches;

/* imports are the longest first: from the last one on, the file is read once. */
static weft_status match(matches *found, const weft_store_event_import *imports, size_t n,
                         const void *data, size_t size, weft_err *err) {
    char so_far[WEFT_DIGEST_HEX_SIZE];
    weft_digest *digest = weft_digest_new();
    size_t at = 0;
    *found = (matches){NULL, NULL};
    if (!digest) return weft_fail(err, WEFT_E_NOMEM, "digest of the file");
    for (size_t i = n; i-- > 0 && imports[i].position <= size;) {
        weft_digest_add(digest, (const char *)data + at, (size_t)imports[i].position - at);
        at = (size_t)imports[i].position;
        weft_digest_so_far(digest, so_far);
        if (strcmp(so_far, imports[i].digest) != 0) continue;
        if (imports[i].is_done) found->done = &imports[i];
        else found->begun = &imports[i];
    }
    weft_digest_free(digest);
    return WEFT_OK;
}

static weft_status go_on(weft_event_mark *mark, const weft_store_event_import *begun,
                         const char *reading, weft_err *err) {
    const bool is_same = strcmp(begun->reading, reading) == 0;
    if (!is_same && begun->event_count)
        return weft_fail(err, WEFT_E_CONFLICT,
                         "%zu of its events were imported %s%s, and the rest must be as well",
                         (size_t)begun->event_count, begun->reading[0] ? "as " : "without options",
                         begun->reading);
    snprintf(mark->from, sizeof mark->from, "%s", begun->digest);
    if (!is_same) return WEFT_OK; /* nothing came of it: from the beginning */
    mark->place = (weft_event_place){(size_t)begun->position, (size_t)begun->row_count};
    mark->events = (size_t)begun->event_count;
    return WEFT_OK;
}

weft_status weft_event_mark_find(weft_event_mark *mark, weft_store *store, const void *data,
                                 size_t size, const char *reading, bool again, weft_err *err) {
    weft_arena arena;
    weft_store_event_import *imports;
    matches found;
    size_t n;
    *mark = (weft_event_mark){0};
    weft_arena_init(&arena, 0);
    weft_status status = weft_store_list_event_imports(store, &arena, &imports, &n, err);
    if (!status) status = match(&found, imports, n, data, size, err);
    if (status) goto cleanup;

    for (size_t i = 0; i < n; i++)
        if (imports[i].step > mark->seen) mark->seen = imports[i].step;
    mark->is_again = again && found.done;
    const weft_store_event_import *longest = found.done ? found.done : found.begun;
    if (found.begun && (again || found.begun->position > longest->position)) longest = found.begun;
    if (longest) snprintf(mark->updated_at, sizeof mark->updated_at, "%s", longest->updated_at);
    if (longest && longest == found.begun) {
        status = go_on(mark, longest, reading, err);
    } else if (longest && !again) {
        mark->place = (weft_event_place){(size_t)longest->position, (size_t)longest->row_count};
        mark->is_done = longest->position == size;
        mark->events = (size_t)longest->event_count;
    }

cleanup:
    weft_arena_deinit(&arena);
    return status;
}
