/* safetensors.c - reads the header once, checks everything, then only copies.
 *
 * The rules are those of the format's own reader: ranges are inside the file,
 * agree with type and shape, do not overlap and leave no hole. Names occur once.
 * Bytes may lie at any alignment, so numbers are copied, never cast. */
#include "clip/safetensors.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"

enum { LENGTH_BYTES = 8, HEADER_MAX = 16 << 20 };

typedef enum { TYPE_OTHER, TYPE_F32, TYPE_F16, TYPE_BF16 } float_type;

typedef struct {
    const char *name;
    size_t bytes;
    float_type type;
    bool is_float;
} dtype;

static const dtype DTYPES[] = {
    {"F32", 4, TYPE_F32, true},       {"F16", 2, TYPE_F16, true},
    {"BF16", 2, TYPE_BF16, true},     {"F64", 8, TYPE_OTHER, true},
    {"F8_E4M3", 1, TYPE_OTHER, true}, {"F8_E5M2", 1, TYPE_OTHER, true},
    {"I64", 8, TYPE_OTHER, false},    {"U64", 8, TYPE_OTHER, false},
    {"I32", 4, TYPE_OTHER, false},    {"U32", 4, TYPE_OTHER, false},
    {"I16", 2, TYPE_OTHER, false},    {"U16", 2, TYPE_OTHER, false},
    {"I8", 1, TYPE_OTHER, false},     {"U8", 1, TYPE_OTHER, false},
    {"BOOL", 1, TYPE_OTHER, false},
};

struct weft_safetensor {
    const char *name; /* borrowed from the JSON tree */
    const dtype *type;
    weft_shape shape;
    size_t count;      /* product of shape */
    size_t begin, end; /* bytes, from the start of the data */
    const unsigned char *data;
};

struct weft_safetensors {
    char *name; /* for messages */
    weft_file_map map;
    const unsigned char *bytes;
    size_t size;
    json_t *header;           /* owns the tensor names */
    weft_safetensor *tensors; /* [count], sorted by begin */
    size_t count;
};

static const dtype *dtype_find(const char *name) {
    for (size_t i = 0; i < sizeof DTYPES / sizeof *DTYPES; i++)
        if (strcmp(DTYPES[i].name, name) == 0) return &DTYPES[i];
    return NULL;
}

/* A whole number from 0 on that fits size_t. */
static bool json_to_size(const json_t *value, size_t *out) {
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static weft_status read_shape(weft_safetensor *t, const json_t *shape, weft_err *err) {
    if (!json_is_array(shape)) return weft_fail(err, WEFT_E_FORMAT, "shape is not a list");
    if (json_array_size(shape) > WEFT_SAFETENSORS_RANK)
        return weft_fail(err, WEFT_E_LIMIT, "%zu dimensions, limit %d", json_array_size(shape),
                         WEFT_SAFETENSORS_RANK);
    t->shape.rank = json_array_size(shape);
    t->count = 1;
    for (size_t i = 0; i < t->shape.rank; i++) {
        size_t *dim = &t->shape.dims[i];
        if (!json_to_size(json_array_get(shape, i), dim))
            return weft_fail(err, WEFT_E_FORMAT, "shape[%zu] is not a size", i);
        if (!weft_mul_size(t->count, *dim, &t->count))
            return weft_fail(err, WEFT_E_FORMAT, "the shape's product is beyond all memory");
    }
    return WEFT_OK;
}

static weft_status read_tensor(weft_safetensor *t, const json_t *entry, size_t data_size,
                               weft_err *err) {
    if (!json_is_object(entry)) return weft_fail(err, WEFT_E_FORMAT, "not an object");
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    if (!type) return weft_fail(err, WEFT_E_FORMAT, "dtype is missing");
    t->type = dtype_find(type);
    if (!t->type) return weft_fail(err, WEFT_E_UNSUPPORTED, "unknown dtype '%.32s'", type);
    weft_status status = read_shape(t, json_object_get(entry, "shape"), err);
    if (status) return status;

    const json_t *range = json_object_get(entry, "data_offsets");
    if (json_array_size(range) != 2 || !json_to_size(json_array_get(range, 0), &t->begin) ||
        !json_to_size(json_array_get(range, 1), &t->end))
        return weft_fail(err, WEFT_E_FORMAT, "data_offsets is not [begin, end]");
    if (t->begin > t->end || t->end > data_size)
        return weft_fail(err, WEFT_E_FORMAT, "data_offsets [%zu, %zu] with %zu bytes of data",
                         t->begin, t->end, data_size);
    size_t bytes;
    if (!weft_mul_size(t->count, t->type->bytes, &bytes) || bytes != t->end - t->begin)
        return weft_fail(err, WEFT_E_FORMAT, "%zu x %s do not fill data_offsets [%zu, %zu]",
                         t->count, type, t->begin, t->end);
    return WEFT_OK;
}

static int by_begin(const void *a, const void *b) {
    const weft_safetensor *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* Sorted ranges must meet exactly, from the first byte to the last. */
static weft_status check_cover(const weft_safetensors *file, size_t data_size, weft_err *err) {
    size_t reached = 0;
    for (size_t i = 0; i < file->count; i++) {
        const weft_safetensor *t = &file->tensors[i];
        if (t->begin != reached)
            return weft_fail(err, WEFT_E_FORMAT, "%s: tensor '%.200s' %s at byte %zu", file->name,
                             t->name, t->begin < reached ? "overlaps another" : "leaves a hole",
                             t->begin < reached ? t->begin : reached);
        reached = t->end;
    }
    if (reached != data_size)
        return weft_fail(err, WEFT_E_FORMAT, "%s: %zu bytes of data belong to no tensor",
                         file->name, data_size - reached);
    return WEFT_OK;
}

static weft_status read_tensors(weft_safetensors *file, size_t data_start, weft_err *err) {
    size_t data_size = file->size - data_start;
    const char *name;
    json_t *entry;
    file->tensors = weft_calloc(json_object_size(file->header), sizeof *file->tensors);
    if (!file->tensors)
        return weft_fail(err, WEFT_E_NOMEM, "%s: no memory for the header", file->name);
    json_object_foreach(file->header, name, entry) {
        if (strcmp(name, "__metadata__") == 0) continue;
        weft_safetensor *t = &file->tensors[file->count++];
        t->name = name;
        weft_status status = read_tensor(t, entry, data_size, err);
        if (status) return weft_fail_in(err, status, "%s: tensor '%.200s'", file->name, name);
        t->data = file->bytes + data_start + t->begin;
    }
    qsort(file->tensors, file->count, sizeof *file->tensors, by_begin);
    return check_cover(file, data_size, err);
}

static weft_status read_header(weft_safetensors *file, weft_err *err) {
    uint64_t length = 0;
    json_error_t where;
    if (file->size < LENGTH_BYTES)
        return weft_fail(err, WEFT_E_FORMAT, "%s: %zu bytes are no safetensors file", file->name,
                         file->size);
    for (int i = LENGTH_BYTES - 1; i >= 0; i--) length = length << 8 | file->bytes[i];
    if (length > file->size - LENGTH_BYTES)
        return weft_fail(err, WEFT_E_FORMAT, "%s: a header of %llu bytes in a file of %zu",
                         file->name, (unsigned long long)length, file->size);
    if (length > HEADER_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "%s: a header of %llu bytes, limit %d", file->name,
                         (unsigned long long)length, HEADER_MAX);
    file->header = json_loadb((const char *)file->bytes + LENGTH_BYTES, (size_t)length,
                              JSON_REJECT_DUPLICATES, &where);
    if (!file->header)
        return weft_fail(err, WEFT_E_FORMAT, "%s: header, byte %d: %s", file->name, where.position,
                         where.text);
    if (!json_is_object(file->header))
        return weft_fail(err, WEFT_E_FORMAT, "%s: the header is not a JSON object", file->name);
    return read_tensors(file, LENGTH_BYTES + (size_t)length, err);
}

weft_status weft_safetensors_parse(weft_safetensors **out, const char *name, const void *bytes,
                                   size_t n, weft_err *err) {
    *out = NULL;
    weft_safetensors *file = weft_calloc(1, sizeof *file);
    if (!file) return weft_fail(err, WEFT_E_NOMEM, "%s: no memory", name);
    file->bytes = bytes;
    file->size = n;
    file->name = weft_strdup(name);
    weft_status status =
        file->name ? read_header(file, err) : weft_fail(err, WEFT_E_NOMEM, "%s: no memory", name);
    if (status) {
        weft_safetensors_free(file);
        return status;
    }
    *out = file;
    return WEFT_OK;
}

weft_status weft_safetensors_open(weft_safetensors **out, const char *path, weft_err *err) {
    weft_file_map map;
    *out = NULL;
    weft_status status = weft_file_map_open(&map, path, err);
    if (status) return status;
    status = weft_safetensors_parse(out, path, map.data, map.size, err);
    if (status) weft_file_map_close(&map);
    else (*out)->map = map;
    return status;
}

void weft_safetensors_free(weft_safetensors *file) {
    if (!file) return;
    json_decref(file->header);
    if (file->map.data) weft_file_map_close(&file->map);
    weft_free(file->tensors);
    weft_free(file->name);
    weft_free(file);
}

void weft_safetensors_digest(const weft_safetensors *file, char *out) {
    weft_digest_hex(file->bytes, file->size, out);
}

static const weft_safetensor *tensor_named(const weft_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0) return &file->tensors[i];
    return NULL;
}

bool weft_safetensors_has(const weft_safetensors *file, const char *tensor) {
    return tensor_named(file, tensor) != NULL;
}

size_t weft_safetensors_parameters(const weft_safetensors *file) {
    size_t sum = 0;
    for (size_t i = 0; i < file->count; i++)
        if (file->tensors[i].type->is_float) sum += file->tensors[i].count;
    return sum;
}

enum { SHAPE_TEXT_SIZE = 200 };

/* "[512, 768]" */
static const char *shape_text(const weft_shape *shape, char out[SHAPE_TEXT_SIZE]) {
    weft_buf buf;
    weft_buf_init(&buf);
    for (size_t i = 0; i < shape->rank; i++)
        weft_buf_printf(&buf, "%s%zu", i ? ", " : "", shape->dims[i]);
    snprintf(out, SHAPE_TEXT_SIZE, "[%s]", weft_buf_ok(&buf) && buf.data ? buf.data : "");
    weft_buf_deinit(&buf);
    return out;
}

weft_status weft_safetensors_find(const weft_safetensors *file, const char *tensor,
                                  const weft_shape *shape, const weft_safetensor **found,
                                  weft_err *err) {
    char is[SHAPE_TEXT_SIZE], wanted[SHAPE_TEXT_SIZE];
    const weft_safetensor *t = tensor_named(file, tensor);
    if (!t) return weft_fail(err, WEFT_E_FORMAT, "%s: tensor '%s' is missing", file->name, tensor);
    if (t->shape.rank != shape->rank ||
        memcmp(t->shape.dims, shape->dims, shape->rank * sizeof *shape->dims) != 0)
        return weft_fail(err, WEFT_E_FORMAT, "%s: tensor '%s' has shape %s, the config wants %s",
                         file->name, tensor, shape_text(&t->shape, is), shape_text(shape, wanted));
    if (t->type->type == TYPE_OTHER)
        return weft_fail(err, WEFT_E_FORMAT, "%s: tensor '%s' is %s; F32, F16 or BF16 are read",
                         file->name, tensor, t->type->name);
    *found = t;
    return WEFT_OK;
}

/* IEEE 754 binary16 to binary32; subnormals become normal, NaNs stay NaNs. */
static inline float half_to_float(uint16_t half) {
    union {
        uint32_t bits;
        float value;
    } u = {.bits = (uint32_t)(half & 0x7fffu) << 13};
    u.value *= 0x1p112f; /* rebias the exponent, subnormals included */
    if ((half & 0x7c00u) == 0x7c00u) u.bits = 0x7f800000u | (uint32_t)(half & 0x3ffu) << 13;
    u.bits |= (uint32_t)(half & 0x8000u) << 16;
    return u.value;
}

static inline uint16_t load_u16(const unsigned char *p) { return (uint16_t)(p[0] | p[1] << 8); }

void weft_safetensor_read(const weft_safetensor *tensor, size_t first, size_t n, float *out) {
    const unsigned char *from = tensor->data + first * tensor->type->bytes;
    union {
        uint32_t bits;
        float value;
    } u;
    switch (tensor->type->type) {
    case TYPE_F16:
        for (size_t i = 0; i < n; i++) out[i] = half_to_float(load_u16(from + 2 * i));
        break;
    case TYPE_BF16:
        for (size_t i = 0; i < n; i++) {
            u.bits = (uint32_t)load_u16(from + 2 * i) << 16;
            out[i] = u.value;
        }
        break;
    default:
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        memcpy(out, from, n * sizeof *out);
#else
        for (size_t i = 0; i < n; i++) {
            u.bits = load_u16(from + 4 * i) | (uint32_t)load_u16(from + 4 * i + 2) << 16;
            out[i] = u.value;
        }
#endif
    }
}
