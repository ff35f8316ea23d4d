/* The CSV reader: every byte of every field is touched, rows and offsets only grow. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* The first byte picks the limits, so that small inputs meet them. */
    weft_csv_limits limits = {0};
    if (size && data[0] & 1) limits = (weft_csv_limits){.max_row_bytes = 24, .max_field_bytes = 9};
    if (size && data[0] & 2) limits.max_fields = 3;
    const uint8_t *text = size ? data + 1 : data;
    size_t left = size ? size - 1 : 0;

    weft_csv *csv;
    weft_csv_row row;
    bool found;
    size_t last_row = 0, last_offset = 0, bytes = 0;
    volatile char sum = 0;
    if (weft_csv_new(&csv, text, left, &limits, NULL)) abort();
    while (weft_csv_next(csv, &row, &found, NULL) == WEFT_OK && found) {
        if (row.number <= last_row || weft_csv_offset(csv) <= last_offset) abort();
        if ((row.problem != NULL) != (row.field_count == 0)) abort();
        last_row = row.number;
        last_offset = weft_csv_offset(csv);
        for (size_t i = 0; i < row.field_count; i++) {
            bytes += row.fields[i].size;
            for (size_t j = 0; j < row.fields[i].size; j++) sum ^= row.fields[i].data[j];
        }
    }
    if (bytes > left || weft_csv_offset(csv) != left) abort();
    weft_csv_free(csv);
    (void)sum;
    return 0;
}
