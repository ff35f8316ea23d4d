#include "catalog/photo_store.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

void weft_photo_name_of(weft_photo_name *name, const void *bytes, size_t n, const char *extension) {
    weft_digest_hex(bytes, n, name->digest);
    snprintf(name->path, sizeof name->path, "images/%.2s/%s.%.4s", name->digest, name->digest,
             extension);
}

static bool full_path(char out[PATH_MAX], const char *data_folder, const weft_photo_name *name) {
    int n = snprintf(out, PATH_MAX, "%s/%s", data_folder, name->path);
    return n > 0 && n < PATH_MAX;
}

/* The size is looked at because a power cut can leave a file that was renamed
 * but not flushed without its bytes; it is then written once more. */
bool weft_photo_is_stored(const char *data_folder, const weft_photo_name *name, size_t n) {
    char path[PATH_MAX];
    struct stat st;
    return full_path(path, data_folder, name) && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           (size_t)st.st_size == n;
}

weft_status weft_photo_save(const char *data_folder, const weft_photo_name *name, const void *bytes,
                            size_t n, weft_err *err) {
    char path[PATH_MAX];
    if (!full_path(path, data_folder, name))
        return weft_fail(err, WEFT_E_LIMIT, "%s: path too long", data_folder);
    weft_status status = weft_file_write_whole(path, bytes, n, err);
    if (status != WEFT_E_NOT_FOUND) return status;

    /* The first photo whose digest begins like this: its folder is missing. */
    char *slash = strrchr(path, '/');
    *slash = '\0';
    status = weft_dir_create(path, err);
    *slash = '/';
    return status ? status : weft_file_write_whole(path, bytes, n, err);
}
