/* One test per way in which a file can be wrong. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "clip/safetensors.h"
#include "unit.h"

typedef struct {
    unsigned char bytes[2048];
    size_t n;
} file_bytes;

static file_bytes make(const char *header, const void *data, size_t n) {
    file_bytes f = {.n = 8 + strlen(header) + n};
    f.bytes[0] = (unsigned char)(strlen(header) & 0xFF);
    f.bytes[1] = (unsigned char)(strlen(header) >> 8);
    memcpy(f.bytes + 8, header, strlen(header));
    if (n) memcpy(f.bytes + 8 + strlen(header), data, n);
    return f;
}

static void fails(const char *header, size_t data, weft_status status, const char *says) {
    static const char zeros[64];
    weft_safetensors *st;
    weft_err err = {0};
    file_bytes f = make(header, zeros, data);
    assert_int_equal(weft_safetensors_parse(&st, "m.st", f.bytes, f.n, &err), status);
    assert_null(st);
    if (!strstr(err.message, says) || !strstr(err.message, "m.st"))
        fail_msg("'%s' does not say '%s'", err.message, says);
}

static void test_reads_all_types(void **unused) {
    (void)unused;
    const float f32[2] = {1.5f, -3e-30f};
    const uint16_t f16[6] = {0x3C00, 0x0001, 0xC000, 0x7BFF, 0x7C00, 0x8000}, bf16[1] = {0x4049};
    unsigned char data[8 + 12 + 2];
    memcpy(data, f32, 8), memcpy(data + 8, f16, 12), memcpy(data + 20, bf16, 2);
    file_bytes f = make("{\"__metadata__\":{\"format\":\"pt\"},"
                        "\"h\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[8,20]},"
                        "\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        "\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[20,22]}}",
                        data, sizeof data);
    weft_safetensors *st;
    const weft_safetensor *t;
    float out[6];
    assert_int_equal(weft_safetensors_parse(&st, "m.st", f.bytes, f.n, NULL), WEFT_OK);
    assert_int_equal(weft_safetensors_parameters(st), 9);
    assert_true(weft_safetensors_has(st, "h") && !weft_safetensors_has(st, "__metadata__"));
    assert_int_equal(weft_safetensors_find(st, "f", &(weft_shape){{2}, 1}, &t, NULL), WEFT_OK);
    weft_safetensor_read(t, 0, 2, out);
    assert_memory_equal(out, f32, 8);
    assert_int_equal(weft_safetensors_find(st, "h", &(weft_shape){{2, 3}, 2}, &t, NULL), WEFT_OK);
    weft_safetensor_read(t, 0, 6, out);
    assert_true(out[0] == 1 && out[1] == 0x1p-24f && out[2] == -2 && out[3] == 65504);
    assert_true(isinf(out[4]) && out[5] == 0 && signbit(out[5]));
    weft_safetensor_read(t, 2, 1, out);
    assert_true(out[0] == -2);
    assert_int_equal(weft_safetensors_find(st, "b", &(weft_shape){{0}, 0}, &t, NULL), WEFT_OK);
    weft_safetensor_read(t, 0, 1, out);
    assert_true(out[0] == 3.140625f);
    weft_safetensors_free(st);
}

#define T(type, shape, range)                                                                      \
    "{\"a\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" range "}}"

static void test_malformed(void **unused) {
    (void)unused;
    fails("not json", 0, WEFT_E_FORMAT, "header");
    fails("[1]", 0, WEFT_E_FORMAT, "not a JSON object");
    fails("{\"a\":3}", 0, WEFT_E_FORMAT, "tensor 'a'");
    fails("{\"a\":{}}", 0, WEFT_E_FORMAT, "dtype is missing");
    fails("{\"a\":{},\"a\":{}}", 0, WEFT_E_FORMAT, "duplicate");
    fails(T("F4", "[1]", "[0,4]"), 4, WEFT_E_UNSUPPORTED, "unknown dtype 'F4'");
    fails(T("F32", "4", "[0,4]"), 4, WEFT_E_FORMAT, "shape is not a list");
    fails(T("F32", "[-1]", "[0,4]"), 4, WEFT_E_FORMAT, "shape[0]");
    fails(T("F32", "[1.0]", "[0,4]"), 4, WEFT_E_FORMAT, "shape[0]");
    fails(T("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, WEFT_E_LIMIT, "9 dimensions");
    fails(T("F32", "[4611686018427387904,4]", "[0,4]"), 4, WEFT_E_FORMAT, "beyond all memory");
    fails(T("F32", "[4611686018427387904]", "[0,0]"), 0, WEFT_E_FORMAT, "do not fill");
    fails(T("F32", "[99999999999999999999]", "[0,4]"), 4, WEFT_E_FORMAT, "header");
    fails(T("F32", "[1]", "[0]"), 4, WEFT_E_FORMAT, "[begin, end]");
    fails(T("F32", "[1]", "[-4,0]"), 4, WEFT_E_FORMAT, "[begin, end]");
    fails(T("F32", "[1]", "[4,0]"), 4, WEFT_E_FORMAT, "data_offsets");
    fails(T("F32", "[1]", "[0,8]"), 4, WEFT_E_FORMAT, "data_offsets");
    fails(T("F32", "[1]", "[0,3]"), 3, WEFT_E_FORMAT, "do not fill");
    fails(T("F32", "[2]", "[0,4]"), 4, WEFT_E_FORMAT, "do not fill");
    fails(T("F32", "[1]", "[0,4]"), 5, WEFT_E_FORMAT, "belong to no tensor");
    fails(T("F32", "[1]", "[4,8]"), 8, WEFT_E_FORMAT, "leaves a hole");
    fails("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
          8, WEFT_E_FORMAT, "overlaps");
}

static void test_header_length(void **unused) {
    (void)unused;
    weft_safetensors *st;
    weft_err err = {0};
    unsigned char bytes[16] = {200};
    assert_int_equal(weft_safetensors_parse(&st, "m.st", bytes, 7, &err), WEFT_E_FORMAT);
    assert_int_equal(weft_safetensors_parse(&st, "m.st", bytes, 0, &err), WEFT_E_FORMAT);
    assert_int_equal(weft_safetensors_parse(&st, "m.st", bytes, 16, &err), WEFT_E_FORMAT);
    memset(bytes, 0xFF, 8);
    assert_int_equal(weft_safetensors_parse(&st, "m.st", bytes, 16, &err), WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "a header of 18446744073709551615 bytes"));
    size_t n = (size_t)17 << 20;
    unsigned char *large = weft_calloc(n, 1);
    large[2] = 0x08, large[3] = 0x01; /* 16.5 MiB */
    assert_int_equal(weft_safetensors_parse(&st, "m.st", large, n, &err), WEFT_E_LIMIT);
    weft_free(large);
}

static void test_find(void **unused) {
    (void)unused;
    static const char zeros[16];
    file_bytes f = make(T("I64", "[2]", "[0,16]"), zeros, 16);
    weft_safetensors *st;
    const weft_safetensor *t;
    weft_err err = {0};
    assert_int_equal(weft_safetensors_parse(&st, "m.st", f.bytes, f.n, NULL), WEFT_OK);
    assert_int_equal(weft_safetensors_find(st, "z", &(weft_shape){{2}, 1}, &t, &err),
                     WEFT_E_FORMAT);
    assert_string_equal(err.message, "m.st: tensor 'z' is missing");
    assert_int_equal(weft_safetensors_find(st, "a", &(weft_shape){{1, 2}, 2}, &t, &err),
                     WEFT_E_FORMAT);
    assert_string_equal(err.message, "m.st: tensor 'a' has shape [2], the config wants [1, 2]");
    assert_int_equal(weft_safetensors_find(st, "a", &(weft_shape){{2}, 1}, &t, &err),
                     WEFT_E_FORMAT);
    assert_string_equal(err.message, "m.st: tensor 'a' is I64; F32, F16 or BF16 are read");
    weft_safetensors_free(st);
    assert_int_equal(weft_safetensors_open(&st, "no/such/file", &err), WEFT_E_NOT_FOUND);
}

static void test_memory(void **unused) {
    (void)unused;
    file_bytes f = make(T("F32", "[0]", "[0,0]"), NULL, 0);
    weft_safetensors *st;
    for (size_t nth = 1; nth <= 3; nth++) {
        weft_mem_fail_after(nth);
        assert_int_equal(weft_safetensors_parse(&st, "m.st", f.bytes, f.n, NULL), WEFT_E_NOMEM);
    }
    weft_mem_fail_after(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads_all_types),
                                       cmocka_unit_test(test_malformed),
                                       cmocka_unit_test(test_header_length),
                                       cmocka_unit_test(test_find), cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
