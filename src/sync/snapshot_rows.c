#include "sync/snapshot_rows.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "sync/snapshot_internal.h"

enum { DIGEST = WEFT_DIGEST_HEX_SIZE - 1 };

/* Takes a line that begins with `key` and a space off the text, and copies what follows;
 * false when it is another line or does not fit. */
static bool take_line(const char **at, const char *end, const char *key, char *out, size_t size) {
    size_t length = strlen(key);
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    if (!stop || (size_t)(stop - *at) < length + 1) return false;
    if (memcmp(*at, key, length) != 0 || (*at)[length] != ' ') return false;
    const char *value = *at + length + 1;
    size_t n = (size_t)(stop - value);
    if (n == 0 || n >= size || memchr(value, '\0', n)) return false;
    memcpy(out, value, n);
    out[n] = '\0';
    *at = stop + 1;
    return true;
}

/* A number of digits alone, up to limit. */
static bool take_number(const char *text, char stop, uint64_t limit, uint64_t *number) {
    char *end;
    if (!isdigit((unsigned char)*text)) return false;
    unsigned long long value = strtoull(text, &end, 10);
    *number = value;
    return *end == stop && value <= limit;
}

static bool read_header(weft_snapshot_rows *rows, const char **at, const char *end) {
    weft_snapshot_saved *saved = &rows->saved;
    char change[96], count[32], version[16];
    uint64_t n;
    if (!take_line(at, end, "weft rows", version, sizeof version) || strcmp(version, "1") != 0 ||
        !take_line(at, end, "model", saved->embedding_model, sizeof saved->embedding_model) ||
        !take_line(at, end, "generation", saved->generation, sizeof saved->generation) ||
        !take_line(at, end, "change", change, sizeof change) ||
        !take_line(at, end, "rows", count, sizeof count))
        return false;
    const char *mark = strchr(change, ' ');
    if (!mark || strlen(mark + 1) >= sizeof rows->mark ||
        !take_number(change, ' ', UINT64_MAX, &saved->change_seq) ||
        !take_number(count, '\0', UINT32_MAX, &n))
        return false;
    for (const char *c = saved->generation; *c; c++)
        if (!isxdigit((unsigned char)*c)) return false; /* it becomes part of a path */
    snprintf(rows->mark, sizeof rows->mark, "%s", mark + 1);
    saved->rows = (size_t)n;
    return *at < end && *(*at)++ == '\n';
}

weft_status weft_snapshot_rows_parse(weft_snapshot_rows *rows, const unsigned char *bytes,
                                     size_t size, weft_err *err) {
    *rows = (weft_snapshot_rows){0};
    char digest[WEFT_DIGEST_HEX_SIZE];
    if (size < DIGEST) return weft_fail(err, WEFT_E_FORMAT, "%zu bytes are too few", size);
    const char *at = (const char *)bytes, *end = at + size - DIGEST;
    if (!read_header(rows, &at, end))
        return weft_fail(err, WEFT_E_FORMAT, "this is not a list of rows as weft writes it");
    rows->ids = at;
    for (size_t row = 0; row < rows->saved.rows; row++) {
        const char *stop = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
        if (!stop || stop == at)
            return weft_fail(err, WEFT_E_FORMAT, "row %zu of %zu has no id", row, rows->saved.rows);
        at = stop + 1;
    }
    if (at != end) return weft_fail(err, WEFT_E_FORMAT, "there are more ids than rows");
    weft_digest_hex(bytes, size - DIGEST, digest);
    if (memcmp(digest, end, DIGEST) != 0)
        return weft_fail(err, WEFT_E_FORMAT, "it is damaged (checksum)");
    return WEFT_OK;
}

weft_status weft_snapshot_rows_open(weft_snapshot_rows *rows, weft_file_map *map,
                                    const char *folder, weft_err *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/rows", folder) >= (int)sizeof path)
        return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", folder);
    weft_status status = weft_file_map_open(map, path, err);
    if (status) return status;
    status = weft_snapshot_rows_parse(rows, map->data, map->size, err);
    if (!status) return WEFT_OK;
    weft_file_map_close(map);
    return weft_fail_in(err, status, "%s", path);
}
