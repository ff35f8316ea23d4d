/* source_maker.h - folders and archives for the tests of imports. */
#ifndef WEFT_TESTS_SOURCE_MAKER_H
#define WEFT_TESTS_SOURCE_MAKER_H

#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/file.h"

static char folder[64];

static inline int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* folder/name; four at a time are valid. */
static inline const char *in_folder(const char *name) {
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Writes folder/name, with the folders above it. */
static inline void write_file(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    *strrchr(path, '/') = '\0';
    assert_int_equal(weft_dir_create(path, NULL), WEFT_OK);
    assert_int_equal(weft_file_write_whole(in_folder(name), text, strlen(text), NULL), WEFT_OK);
}

/* Makes folder/name of pairs of entry and text, ended by NULL. */
static inline void write_zip(const char *name, const char *const *pairs) {
    int code;
    zip_t *zip = zip_open(in_folder(name), ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(zip);
    for (; *pairs; pairs += 2) {
        zip_source_t *source = zip_source_buffer(zip, pairs[1], strlen(pairs[1]), 0);
        assert_true(zip_file_add(zip, pairs[0], source, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

#endif
