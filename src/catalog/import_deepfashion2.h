/* import_deepfashion2.h - garments in photos, from the annotation format of DeepFashion2 (Ge et
 * al., "DeepFashion2: A Versatile Benchmark for Detection, Pose Estimation, Segmentation and
 * Re-Identification of Clothing Images", 2019).
 *
 *   DIR/annos/000001.json   and   DIR/image/000001.jpg (or .jpeg, .png, .webp)
 *
 *   {"source": "shop", "pair_id": 1, "item1": {"category_name": "vest", "category_id": 5,
 *    "style": 1, "bounding_box": [10, 20, 110, 220], ...}, "item2": ...}
 *
 * The importer finds the garments and says where they are. It decodes no photo, cuts nothing
 * out, and knows no store: that is the sink's. Symbolic links are not followed. */
#ifndef WEFT_CATALOG_IMPORT_DEEPFASHION2_H
#define WEFT_CATALOG_IMPORT_DEEPFASHION2_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

enum {
    WEFT_GARMENT_CATEGORIES = 13,
    WEFT_ANNOTATION_MAX_GARMENTS = 64,
    WEFT_ANNOTATION_MAX_BYTES = 8 << 20
};

/* "short sleeve top" of 1, ..., "sling dress" of 13; NULL of any other. */
const char *weft_garment_category_name(uint64_t category);

/* What can be wrong: X(code, name as a report has it, what becomes of it, what it means). Left
 * out is the garment, or all of the annotation's where that is as a whole. */
#define WEFT_GARMENT_ISSUES(X)                                                                     \
    X(BAD_ANNOTATION, "bad_annotation", REJECTED, "the annotation cannot be read or is no JSON")   \
    X(TOO_LARGE, "too_large", REJECTED, "an annotation or photo of too many bytes or garments")    \
    X(NO_GARMENT, "no_garment", KEPT, "an annotation without a garment")                           \
    X(BAD_GARMENT, "bad_garment", REJECTED, "a field is missing or of the wrong kind")             \
    X(UNKNOWN_CATEGORY, "unknown_category", REJECTED, "none of the 13, or name and id differ")     \
    X(EMPTY_BOX, "empty_box", REJECTED, "the box has no width or no height")                       \
    X(BOX_OUTSIDE, "box_outside", REJECTED, "nothing of the box is within the photo")              \
    X(BOX_CLIPPED, "box_clipped", KEPT, "a part of the box is outside the photo; cut off")         \
    X(NO_PHOTO, "no_photo", REJECTED, "there is no photo of the annotation's name")                \
    X(BROKEN_PHOTO, "broken_photo", REJECTED, "the photo cannot be used")                          \
    X(UNKNOWN_FILE, "unknown_file", KEPT, "a file beside the annotations; not looked at")

typedef enum {
#define WEFT_GARMENT_ENUM(code, name, fate, text) WEFT_GARMENT_##code,
    WEFT_GARMENT_ISSUES(WEFT_GARMENT_ENUM)
#undef WEFT_GARMENT_ENUM
        WEFT_GARMENT_ISSUE_COUNT
} weft_garment_issue_kind;

const char *weft_garment_issue_name(weft_garment_issue_kind kind); /* "empty_box" */
const char *weft_garment_issue_text(weft_garment_issue_kind kind);
bool weft_garment_issue_rejects(weft_garment_issue_kind kind); /* is something left out? */

/* ---- one annotation ---- */

/* Pixels of the photo, as annotated: may lie outside. */
typedef struct {
    int32_t left, top, right, bottom; /* right and bottom are beyond the last pixel */
} weft_garment_corners;

typedef struct {
    uint32_t item;     /* 3 of "item3" */
    uint32_t category; /* 1-13 */
    uint32_t style;    /* garments of one pair_id and style other than 0 are the same product */
    weft_garment_corners corners;
    bool is_usable; /* false: problem says why not, and only item is set */
    weft_garment_issue_kind problem;
    char detail[64];
} weft_annotated_garment;

typedef struct {
    uint64_t pair_id;
    bool is_shop; /* a shop's photo, not a customer's */
    weft_annotated_garment garments[WEFT_ANNOTATION_MAX_GARMENTS]; /* [count], items rising */
    size_t count;
} weft_annotation;

/* Reads the bytes of an annotation. Other fields than those above are not looked at. Fails with
 * WEFT_E_FORMAT (no JSON, or "source" or "pair_id" is wrong), WEFT_E_LIMIT, WEFT_E_NOMEM. */
weft_status weft_annotation_parse(weft_annotation *annotation, weft_str json, weft_err *err);

/* ---- the import ---- */

/* Valid during the call that hands it over. */
typedef struct {
    const char *photo; /* path of the file */
    uint32_t item, category, style;
    uint64_t pair_id;
    bool is_shop;
    uint32_t x, y, width, height; /* pixels of the upright photo; within it and not empty */
} weft_garment;

typedef struct {
    const char *annotation; /* the file's name: "000001.json" */
    uint32_t item;          /* 0: all of it */
    weft_garment_issue_kind kind;
    const char *detail; /* the value or the reason */
} weft_garment_issue;

typedef struct {
    size_t annotations; /* files looked at */
    size_t photos;      /* that have a garment */
    size_t garments;    /* handed to the sink */
    size_t issues[WEFT_GARMENT_ISSUE_COUNT];
} weft_garment_report;

/* Whom an import tells, from one thread. on_issue and on_progress may be NULL. */
typedef struct {
    void *context; /* of all callbacks */

    /* A batch, in the order of annotations and items; all garments of a photo are in one, one
     * after the other. A status other than WEFT_OK ends the import. */
    weft_status (*put_garments)(void *context, const weft_garment *garments, size_t n,
                                weft_err *err);
    /* The size in pixels of a photo once it is upright. WEFT_E_NOMEM ends the import; any other
     * failure makes a broken photo, err saying why. */
    weft_status (*measure_photo)(void *context, const char *path, uint32_t *width, uint32_t *height,
                                 weft_err *err);
    weft_status (*on_issue)(void *context, const weft_garment_issue *issue, weft_err *err);
    void (*on_progress)(void *context, size_t annotations, size_t total); /* once a batch */
} weft_garment_sink;

typedef struct {
    const char *folder;        /* with annos/ and image/ */
    size_t batch_size;         /* a batch ends with the photo that reaches it; 0: 500, at
                                * most 100,000 */
    size_t max_photo_bytes;    /* 0: 20 MiB */
    const atomic_bool *cancel; /* stops soon after it turns true; may be NULL */
    weft_garment_sink sink;
} weft_garment_options;

/* Imports all annotations in the order of their names. Memory is bounded but for those names.
 * Fails with WEFT_E_NOT_FOUND (no annos/), WEFT_E_LIMIT (a path too long), WEFT_E_CANCELLED,
 * WEFT_E_IO, WEFT_E_NOMEM, and what the sink's callbacks fail with; *report tells what was done
 * until then. */
weft_status weft_import_deepfashion2(const weft_garment_options *options,
                                     weft_garment_report *report, weft_err *err);

#endif
