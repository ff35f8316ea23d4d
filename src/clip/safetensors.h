/* safetensors.h - the file format of published weights.
 *
 * Eight bytes of header length (little-endian), a JSON header that gives each
 * tensor's type, shape and byte range, then the bytes. The file is mapped and
 * every range is checked when it is opened, so that reading cannot go astray.
 * Format: https://github.com/huggingface/safetensors#format */
#ifndef WEFT_CLIP_SAFETENSORS_H
#define WEFT_CLIP_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

typedef struct weft_safetensors weft_safetensors; /* immutable; threads share it */

/* Maps the file, which stays mapped. Fails with WEFT_E_NOT_FOUND, WEFT_E_IO, WEFT_E_NOMEM,
 * WEFT_E_FORMAT (names file and tensor), WEFT_E_UNSUPPORTED (an unknown type),
 * WEFT_E_LIMIT (a header of more than 16 MiB or a tensor of more than 8 dimensions). */
weft_status weft_safetensors_open(weft_safetensors **file, const char *path, weft_err *err);

/* The same from memory, which must outlive the result; name is for messages. */
weft_status weft_safetensors_parse(weft_safetensors **file, const char *name, const void *bytes,
                                   size_t n, weft_err *err);
void weft_safetensors_free(weft_safetensors *file); /* NULL is fine */

/* SHA-256 of the whole file in hexadecimal; out has room for WEFT_DIGEST_HEX_SIZE. */
void weft_safetensors_digest(const weft_safetensors *file, char *out);

bool weft_safetensors_has(const weft_safetensors *file, const char *tensor);
size_t weft_safetensors_parameters(const weft_safetensors *file); /* floats of all tensors */

enum { WEFT_SAFETENSORS_RANK = 8 };
typedef struct {
    size_t dims[WEFT_SAFETENSORS_RANK]; /* as torch orders them */
    size_t rank;
} weft_shape;

/* A tensor inside the file; borrowed from it. */
typedef struct weft_safetensor weft_safetensor;

/* Finds a tensor of F32, F16 or BF16 and of exactly this shape. Fails with
 * WEFT_E_FORMAT naming file, tensor and what is there instead. */
weft_status weft_safetensors_find(const weft_safetensors *file, const char *tensor,
                                  const weft_shape *shape, const weft_safetensor **found,
                                  weft_err *err);

/* Floats first <= i < first + n of a found tensor, in row-major order, as float32. */
void weft_safetensor_read(const weft_safetensor *tensor, size_t first, size_t n, float *out);

#endif
