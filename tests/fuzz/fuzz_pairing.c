/* Tables of what goes with what: one that is read is written and read back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recommend/pairing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weft_pairing *pairing, *again;
    weft_err err = {0};
    weft_buf table, same;
    if (weft_pairing_parse(&pairing, (weft_str){(const char *)data, size}, &err)) {
        if (!err.message[0]) abort();
        return 0;
    }
    weft_buf_init(&table);
    weft_buf_init(&same);
    weft_pairing_write(pairing, &table);
    if (weft_pairing_parse(&again, (weft_str){table.data, table.size}, NULL)) abort();
    weft_pairing_write(again, &same);
    if (strcmp(table.data, same.data) != 0) abort();
    for (uint32_t k = 0; k < weft_pairing_kinds(pairing); k++) {
        uint32_t found, pair[] = {k, 0};
        if (!weft_pairing_find(pairing, weft_pairing_name(pairing, k), &found) || found != k)
            abort();
        float score = weft_pairing_outfit(pairing, pair, 2);
        if (score != weft_pairing_outfit(again, pair, 2) || !(score > -1000 && score < 1000))
            abort();
    }
    weft_pairing_free(pairing);
    weft_pairing_free(again);
    weft_buf_deinit(&table);
    weft_buf_deinit(&same);
    return 0;
}
