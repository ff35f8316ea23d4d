#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collaborative_seal.h"

enum { ITEMS = 5, DIM = 16 };

static char folder[64], path[96];
static weft_collaborative *model;
static unsigned char *whole; /* the file's bytes */
static size_t size;

static int set_up(void **state) {
    (void)state;
    static const char *const ids[ITEMS] = {"shirt", "dress-7", "çapa", "4", "untouched"};
    static const weft_interaction events[] = {{0, 0, 1}, {0, 1, 2}, {1, 1, 1}, {1, 2, 3},
                                              {2, 2, 1}, {2, 3, 1}, {0, 3, 1}};
    const weft_collaborative_log log = {
        .interactions = events, .n = 7, .users = 3, .items = ITEMS, .item_ids = ids};
    snprintf(folder, sizeof folder, "/tmp/weft-collaborative-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/model", folder);
    const weft_collaborative_options options = {.dim = DIM};
    if (weft_collaborative_train(&model, &log, &options, NULL)) return -1;
    weft_file_map map;
    if (weft_collaborative_write(model, path, NULL) || weft_file_map_open(&map, path, NULL))
        return -1;
    size = map.size;
    whole = weft_alloc(size, 1);
    memcpy(whole, map.data, size);
    weft_file_map_close(&map);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_collaborative_free(model);
    weft_free(whole);
    unlink(path);
    rmdir(folder);
    return 0;
}

static void it_comes_back_as_it_was(void **state) {
    (void)state;
    weft_collaborative *again;
    weft_err err = {0};
    if (weft_collaborative_open(&again, path, &err)) fail_msg("%s", err.message);
    assert_int_equal(weft_collaborative_dim(again), DIM);
    assert_int_equal(weft_collaborative_items(again), ITEMS);
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint32_t number;
        assert_string_equal(weft_collaborative_id(again, i), weft_collaborative_id(model, i));
        assert_true(weft_collaborative_find(again, weft_collaborative_id(model, i), &number));
        assert_int_equal(number, i);
    }
    static const uint32_t items[] = {0, 2};
    static const float weights[] = {1, 2};
    float a[DIM], b[DIM];
    assert_int_equal(weft_collaborative_fold_in(model, items, weights, 2, a, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_fold_in(again, items, weights, 2, b, NULL), WEFT_OK);
    assert_memory_equal(a, b, sizeof a);
    const float *users = a;
    float c[DIM], d[DIM];
    assert_int_equal(weft_collaborative_learn(model, users, weights, 1, c, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_learn(again, users, weights, 1, d, NULL), WEFT_OK);
    assert_memory_equal(c, d, sizeof c);
    weft_collaborative_free(again);
}

static void an_empty_model_has_a_file(void **state) {
    (void)state;
    const weft_collaborative_log log = {0};
    weft_collaborative *empty, *again;
    char other[112];
    snprintf(other, sizeof other, "%s/empty", folder);
    assert_int_equal(weft_collaborative_train(&empty, &log, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_write(empty, other, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_open(&again, other, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_items(again), 0);
    weft_collaborative_free(empty);
    weft_collaborative_free(again);
    unlink(other);
}

static void refuse(const unsigned char *bytes, size_t n, weft_status wanted, const char *reason) {
    weft_collaborative *none = model;
    weft_err err = {0};
    unsigned char *exact = weft_alloc(n, 1); /* so that sanitizers see a step beyond */
    memcpy(exact, bytes, n);
    assert_int_equal(weft_collaborative_parse(&none, exact, n, &err), wanted);
    assert_null(none);
    if (!strstr(err.message, reason)) fail_msg("'%s' does not say '%s'", err.message, reason);
    weft_free(exact);
}

/* Every cut and every changed byte is noticed. */
static void damage_is_refused(void **state) {
    (void)state;
    unsigned char *bytes = weft_alloc(size + 1, 1);
    memcpy(bytes, whole, size);
    bytes[size] = 0;
    for (size_t n = 0; n < size; n++) refuse(bytes, n, WEFT_E_FORMAT, "");
    refuse(bytes, size + 1, WEFT_E_FORMAT, "the header says");
    for (size_t i = 0; i < size; i++) {
        weft_collaborative *none;
        bytes[i] ^= 0x10;
        weft_status status = weft_collaborative_parse(&none, bytes, size, NULL);
        assert_true(status == WEFT_E_FORMAT || (status == WEFT_E_UNSUPPORTED && i >= 8 && i < 12));
        bytes[i] ^= 0x10;
    }
    weft_free(bytes);
}

/* A header that is sound but says what cannot be. */
static void refuse_header(const weft_collaborative_header *header, weft_status wanted,
                          const char *reason) {
    unsigned char *bytes = weft_alloc(size, 1);
    memcpy(bytes, whole, size);
    memcpy(bytes, header, sizeof *header);
    collaborative_seal(bytes, size);
    refuse(bytes, size, wanted, reason);
    weft_free(bytes);
}

static void what_headers_cannot_say(void **state) {
    (void)state;
    weft_collaborative_header sound, header;
    memcpy(&sound, whole, sizeof sound);
#define SAYING(field, value, status, reason)                                                       \
    header = sound, header.field = value, refuse_header(&header, status, reason)
    SAYING(version, 2, WEFT_E_UNSUPPORTED, "format version 2");
    SAYING(order, 0x04030201, WEFT_E_UNSUPPORTED, "byte order");
    SAYING(order, 7, WEFT_E_FORMAT, "byte order");
    SAYING(magic[1], 'P', WEFT_E_FORMAT, "not a collaborative model");
    SAYING(header_size, 64, WEFT_E_FORMAT, "header");
    SAYING(dim, 0, WEFT_E_FORMAT, "0 dimensions");
    SAYING(dim, 15, WEFT_E_FORMAT, "15 dimensions");
    SAYING(dim, 512, WEFT_E_FORMAT, "512 dimensions");
    SAYING(dim, 32, WEFT_E_FORMAT, "do not end with the file");
    SAYING(items, ITEMS + 1, WEFT_E_FORMAT, "do not end with the file");
    SAYING(items, UINT64_MAX, WEFT_E_FORMAT, "items");
    SAYING(items, UINT32_MAX - 1, WEFT_E_FORMAT, "do not end with the file");
    SAYING(text_size, UINT64_MAX - 3, WEFT_E_FORMAT, "do not end with the file");
    SAYING(users, UINT32_MAX, WEFT_E_FORMAT, "users");
    SAYING(unobserved, NAN, WEFT_E_FORMAT, "unobserved weight");
    SAYING(regularization, -1, WEFT_E_FORMAT, "regularization");
#undef SAYING
}

static void what_bodies_cannot_say(void **state) {
    (void)state;
    unsigned char *bytes = weft_alloc(size, 1);
    size_t factors = sizeof(weft_collaborative_header) + DIM * DIM * sizeof(float);
    size_t ids = factors + ITEMS * DIM * sizeof(float);
    static const float wrong[] = {NAN, INFINITY, -2e6f};
    for (size_t i = 0; i < 3; i++) {
        memcpy(bytes, whole, size);
        memcpy(bytes + factors + 12, &wrong[i], sizeof wrong[i]);
        collaborative_seal(bytes, size);
        refuse(bytes, size, WEFT_E_FORMAT, "a factor is not finite");
    }
    memcpy(bytes, whole, size);
    bytes[ids] = '\0';
    collaborative_seal(bytes, size);
    refuse(bytes, size, WEFT_E_FORMAT, "item 0 of 5 has no id");
    memcpy(bytes, whole, size);
    bytes[ids + 2] = '\0'; /* "sh" and "rt": one more than there may be */
    collaborative_seal(bytes, size);
    refuse(bytes, size, WEFT_E_FORMAT, "more ids than items");
    memcpy(bytes, whole, size);
    bytes[size - 1] = 'x';
    collaborative_seal(bytes, size);
    refuse(bytes, size, WEFT_E_FORMAT, "item 4 of 5 has no id");
    memcpy(bytes, whole, size);
    memcpy(bytes + ids + sizeof "shirt" + sizeof "dress-7", "shirt", 5);
    collaborative_seal(bytes, size);
    refuse(bytes, size, WEFT_E_FORMAT, "'shirt' is there twice");
    weft_free(bytes);
}

static void messages_name_the_file(void **state) {
    (void)state;
    weft_collaborative *none;
    weft_err err = {0};
    char other[112];
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(weft_collaborative_open(&none, other, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, other));
    assert_int_equal(weft_file_write_atomic(other, whole, size - 9, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_open(&none, other, &err), WEFT_E_FORMAT);
    assert_null(none);
    assert_non_null(strstr(err.message, other));
    assert_int_equal(weft_file_write_atomic(other, "", 0, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_open(&none, other, &err), WEFT_E_FORMAT);
    unlink(other);
    assert_int_equal(weft_collaborative_write(model, "/nowhere/at/all", &err), WEFT_E_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_back_as_it_was), cmocka_unit_test(an_empty_model_has_a_file),
        cmocka_unit_test(damage_is_refused),       cmocka_unit_test(what_headers_cannot_say),
        cmocka_unit_test(what_bodies_cannot_say),  cmocka_unit_test(messages_name_the_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
