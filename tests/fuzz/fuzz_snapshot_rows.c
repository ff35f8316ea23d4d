/* fuzz_snapshot_rows.c - any bytes as the list of rows beside saved indexes, once as they
 * are and once sealed with a checksum that is right: what parses has as many ids as it says. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "sync/snapshot_rows.h"

static void parse(const unsigned char *bytes, size_t size) {
    weft_snapshot_rows rows;
    weft_err err = {0};
    weft_status status = weft_snapshot_rows_parse(&rows, bytes, size, &err);
    if (status && (err.status != status || err.message[0] == '\0')) abort();
    if (status) return;
    const char *id = rows.ids;
    for (size_t row = 0; row < rows.saved.rows; row++) {
        if (id[0] == '\0') abort();
        id += strlen(id) + 1;
    }
    if (id + WEFT_DIGEST_HEX_SIZE - 1 != (const char *)bytes + size) abort();
    if (strchr(rows.saved.generation, '/')) abort(); /* it becomes part of a path */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char digest[WEFT_DIGEST_HEX_SIZE];
    parse(data, size);
    unsigned char *sealed = weft_alloc(size + sizeof digest, 1);
    if (!sealed) abort();
    if (size) memcpy(sealed, data, size);
    weft_digest_hex(data, size, digest);
    memcpy(sealed + size, digest, sizeof digest - 1);
    parse(sealed, size + sizeof digest - 1);
    weft_free(sealed);
    return 0;
}
