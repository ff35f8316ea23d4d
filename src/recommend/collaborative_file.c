/* A model as bytes; collaborative_internal.h has the layout. */
#include <string.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/mem.h"
#include "recommend/collaborative_internal.h"

enum { PARTS = WEFT_COLLABORATIVE_PARTS };

static void measure_parts(const weft_collaborative_header *header, size_t sizes[PARTS]) {
    size_t row = header->dim * sizeof(float);
    sizes[WEFT_COLLABORATIVE_USER_GRAM] = header->dim * row;
    sizes[WEFT_COLLABORATIVE_FACTORS] = header->items * row;
    sizes[WEFT_COLLABORATIVE_IDS] = header->text_size;
}

/* ---- writing ---- */

static void fill_header(weft_collaborative_header *header, const weft_collaborative *model,
                        const void *const parts[PARTS], size_t sizes[PARTS]) {
    *header = (weft_collaborative_header){.magic = WEFT_COLLABORATIVE_MAGIC,
                                          .version = WEFT_COLLABORATIVE_VERSION,
                                          .order = WEFT_COLLABORATIVE_ORDER,
                                          .header_size = sizeof *header,
                                          .dim = (uint32_t)model->dim,
                                          .file_size = sizeof *header,
                                          .items = model->items,
                                          .users = model->users,
                                          .text_size = model->text_size,
                                          .unobserved = model->unobserved,
                                          .regularization = model->regularization};
    measure_parts(header, sizes);
    for (size_t i = 0; i < PARTS; i++) {
        header->part_checksums[i] = XXH3_64bits(parts[i], sizes[i]);
        header->file_size += sizes[i];
    }
    header->checksum = XXH3_64bits(header, offsetof(weft_collaborative_header, checksum));
}

weft_status weft_collaborative_write(const weft_collaborative *model, const char *path,
                                     weft_err *err) {
    const void *const parts[PARTS] = {[WEFT_COLLABORATIVE_USER_GRAM] = model->user_gram,
                                      [WEFT_COLLABORATIVE_FACTORS] = model->factors,
                                      [WEFT_COLLABORATIVE_IDS] = model->text};
    size_t sizes[PARTS];
    weft_collaborative_header header;
    weft_file_writer writer;
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "%s: this needs a little-endian machine", path);
    fill_header(&header, model, parts, sizes);
    weft_status status = weft_file_writer_open(&writer, path, err);
    if (status) return status;
    status = weft_file_writer_append(&writer, &header, sizeof header, err);
    for (size_t i = 0; i < PARTS && !status; i++)
        status = weft_file_writer_append(&writer, parts[i], sizes[i], err);
    if (!status) return weft_file_writer_commit(&writer, err);
    weft_file_writer_abandon(&writer);
    return status;
}

/* ---- what a header must be ---- */

static weft_status check_kind(const weft_collaborative_header *header, size_t size, weft_err *err) {
    if (memcmp(header->magic, WEFT_COLLABORATIVE_MAGIC, sizeof header->magic) != 0)
        return weft_fail(err, WEFT_E_FORMAT, "not a collaborative model of weft");
    if (header->order != WEFT_COLLABORATIVE_ORDER)
        return header->order == __builtin_bswap32(WEFT_COLLABORATIVE_ORDER)
                   ? weft_fail(err, WEFT_E_UNSUPPORTED, "written in the other byte order")
                   : weft_fail(err, WEFT_E_FORMAT, "the header is damaged (byte order)");
    if (header->version != WEFT_COLLABORATIVE_VERSION)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "format version %u; this weft reads %d",
                         header->version, (int)WEFT_COLLABORATIVE_VERSION);
    if (header->header_size != sizeof *header ||
        header->checksum != XXH3_64bits(header, offsetof(weft_collaborative_header, checksum)))
        return weft_fail(err, WEFT_E_FORMAT, "the header is damaged (checksum)");
    if (header->file_size != size)
        return weft_fail(err, WEFT_E_FORMAT, "%zu bytes, the header says %llu", size,
                         (unsigned long long)header->file_size);
    return WEFT_OK;
}

static weft_status check_counts(const weft_collaborative_header *header, weft_err *err) {
    size_t row = header->dim * sizeof(float), body;
    if (!weft_collaborative_dim_fits(header->dim))
        return weft_fail(err, WEFT_E_FORMAT, "%u dimensions", header->dim);
    if (header->items >= UINT32_MAX || header->users >= UINT32_MAX)
        return weft_fail(err, WEFT_E_FORMAT, "%llu items, %llu users",
                         (unsigned long long)header->items, (unsigned long long)header->users);
    if (!weft_collaborative_unobserved_fits(header->unobserved) ||
        !weft_collaborative_regularization_fits(header->regularization))
        return weft_fail(err, WEFT_E_FORMAT, "unobserved weight %g, regularization %g",
                         (double)header->unobserved, (double)header->regularization);
    if (!weft_mul_size(header->items + header->dim, row, &body) ||
        !weft_add_size(body, header->text_size, &body) ||
        body != header->file_size - sizeof *header)
        return weft_fail(err, WEFT_E_FORMAT, "%llu items and their ids do not end with the file",
                         (unsigned long long)header->items);
    return WEFT_OK;
}

static weft_status check_parts(const weft_collaborative_header *header, const unsigned char *body,
                               weft_err *err) {
    static const char *const names[PARTS] = {"the users' sums", "the factors", "the ids"};
    size_t sizes[PARTS];
    measure_parts(header, sizes);
    for (size_t i = 0; i < PARTS; body += sizes[i++])
        if (XXH3_64bits(body, sizes[i]) != header->part_checksums[i])
            return weft_fail(err, WEFT_E_FORMAT, "%s are damaged (checksum)", names[i]);
    return WEFT_OK;
}

/* ---- reading ---- */

/* ids[items] point into text, which they fill. */
static weft_status split_ids(const char *text, size_t size, const char **ids, size_t items,
                             weft_err *err) {
    const char *at = text, *end = text + size;
    for (size_t i = 0; i < items; i++) {
        const char *stop = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
        if (!stop || stop == at)
            return weft_fail(err, WEFT_E_FORMAT, "item %zu of %zu has no id", i, items);
        ids[i] = at;
        at = stop + 1;
    }
    return at == end ? WEFT_OK : weft_fail(err, WEFT_E_FORMAT, "there are more ids than items");
}

static weft_status read_model(weft_collaborative **model, const weft_collaborative_header *header,
                              const unsigned char *body, const char **ids, weft_err *err) {
    size_t row = header->dim * sizeof(float);
    const char *text = (const char *)body + (header->dim + header->items) * row;
    const weft_collaborative shape = {.dim = header->dim,
                                      .items = header->items,
                                      .users = header->users,
                                      .unobserved = header->unobserved,
                                      .regularization = header->regularization};
    weft_status status = split_ids(text, header->text_size, ids, header->items, err);
    if (!status) status = weft_collaborative_new(model, &shape, ids, err);
    if (status == WEFT_E_INVALID) status = weft_fail_in(err, WEFT_E_FORMAT, "ids");
    if (status) return status;
    memcpy((*model)->user_gram, body, header->dim * row);
    memcpy((*model)->factors, body + header->dim * row, header->items * row);
    if (!weft_collaborative_factors_fit((*model)->factors, header->items * header->dim))
        return weft_fail(err, WEFT_E_FORMAT, "a factor is not finite or out of all range");
    weft_collaborative_complete(*model);
    return WEFT_OK;
}

weft_status weft_collaborative_parse(weft_collaborative **model, const unsigned char *bytes,
                                     size_t size, weft_err *err) {
    weft_collaborative_header header;
    *model = NULL;
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "this needs a little-endian machine");
    if (size < sizeof header)
        return weft_fail(err, WEFT_E_FORMAT, "%zu bytes are no collaborative model", size);
    memcpy(&header, bytes, sizeof header);
    weft_status status = check_kind(&header, size, err);
    if (!status) status = check_counts(&header, err);
    if (!status) status = check_parts(&header, bytes + sizeof header, err);
    if (status) return status;
    const char **ids = weft_alloc(header.items, sizeof *ids);
    if (!ids) return weft_fail(err, WEFT_E_NOMEM, "%llu items", (unsigned long long)header.items);
    status = read_model(model, &header, bytes + sizeof header, ids, err);
    weft_free(ids);
    if (!status) return WEFT_OK;
    weft_collaborative_free(*model);
    *model = NULL;
    return status;
}

weft_status weft_collaborative_open(weft_collaborative **model, const char *path, weft_err *err) {
    weft_file_map map;
    *model = NULL;
    weft_status status = weft_file_map_open(&map, path, err);
    if (status) return status;
    status = weft_collaborative_parse(model, map.data, map.size, err);
    weft_file_map_close(&map);
    return status ? weft_fail_in(err, status, "%s", path) : WEFT_OK;
}
