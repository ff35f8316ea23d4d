/* image_exif.c - which way is up.
 *
 * Of all that EXIF can say, a search engine needs one number: the orientation
 * tag. So this reads the first directory of the TIFF structure and nothing else,
 * which takes less code than calling a library would, and every access goes
 * through a reader that knows where the bytes end. Editors that strip EXIF may
 * leave the same number in XMP; Pillow looks there second, and so do we. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "image/image_codec.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_BYTE = 1, TYPE_SHORT = 3, TYPE_LONG = 4 };
enum { UPRIGHT = 1, ENTRY_SIZE = 12 };

typedef struct {
    const uint8_t *bytes;
    size_t n;
    bool big_endian;
} tiff_reader;

/* The unsigned integer of `size` bytes at `at`; 0 when it is not all there. */
static uint32_t read_uint(const tiff_reader *tiff, size_t at, size_t size) {
    if (at > tiff->n || size > tiff->n - at) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) {
        size_t place = tiff->big_endian ? size - 1 - i : i;
        value |= (uint32_t)tiff->bytes[at + i] << (8 * place);
    }
    return value;
}

/* The value of a directory entry that holds one small integer; else 0. */
static uint32_t read_entry_value(const tiff_reader *tiff, size_t at) {
    if (read_uint(tiff, at + 4, 4) != 1) return 0;
    switch (read_uint(tiff, at + 2, 2)) {
    case TYPE_BYTE: return read_uint(tiff, at + 8, 1);
    case TYPE_SHORT: return read_uint(tiff, at + 8, 2);
    case TYPE_LONG: return read_uint(tiff, at + 8, 4);
    default: return 0;
    }
}

/* True when the tag is present; *value is then what it says, right or wrong. */
static bool exif_orientation(const uint8_t *exif, size_t n, uint32_t *value) {
    if (n >= 6 && memcmp(exif, "Exif\0\0", 6) == 0) {
        exif += 6;
        n -= 6;
    }
    if (n < 8) return false;
    tiff_reader tiff = {exif, n, memcmp(exif, "MM", 2) == 0};
    if (!tiff.big_endian && memcmp(exif, "II", 2) != 0) return false;
    if (read_uint(&tiff, 2, 2) != 42) return false;

    size_t directory = read_uint(&tiff, 4, 4);
    uint32_t entries = read_uint(&tiff, directory, 2);
    for (uint32_t i = 0; i < entries; i++) {
        size_t at = directory + 2 + (size_t)i * ENTRY_SIZE;
        if (at > n || n - at < ENTRY_SIZE) return false;
        if (read_uint(&tiff, at, 2) != TAG_ORIENTATION) continue;
        *value = read_entry_value(&tiff, at);
        return true;
    }
    return false;
}

/* The digit after the first `tiff:Orientation="` or `tiff:Orientation>`. */
static bool xmp_orientation(const uint8_t *xmp, size_t n, uint32_t *value) {
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    const uint8_t *end = xmp + n;
    const uint8_t *at = xmp;
    while ((at = memmem(at, (size_t)(end - at), name, length)) != NULL) {
        at += length;
        size_t skip = 0;
        if (end - at >= 2 && at[0] == '>') skip = 1;
        if (end - at >= 3 && at[0] == '=' && at[1] == '"') skip = 2;
        if (skip == 0 || at[skip] < '0' || at[skip] > '9') continue;
        *value = (uint32_t)(at[skip] - '0');
        return true;
    }
    return false;
}

int weft_image_orientation(const weft_image_metadata *metadata) {
    uint32_t value = UPRIGHT;
    bool found = metadata->exif && exif_orientation(metadata->exif, metadata->exif_size, &value);
    if (!found && metadata->xmp) xmp_orientation(metadata->xmp, metadata->xmp_size, &value);
    return value >= 1 && value <= 8 ? (int)value : UPRIGHT;
}

/* The eight orientations are the symmetries of a rectangle. Each is a walk over
 * the stored pixels: start in a corner, one step per column shown, one per row. */
static const struct {
    bool swap, flip_x, flip_y; /* exchange axes; start at the right; at the bottom */
} walks[9] = {
    [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true},
    [5] = {true, false, false}, [6] = {true, false, true}, [7] = {true, true, true},
    [8] = {true, true, false},
};

/* Shrinking leaves a part of a pixel at the right and lower edge as stored. */
weft_image_box weft_image_box_of(const weft_image_origin *origin) {
    const double width = (double)origin->width / origin->shrink;
    const double height = (double)origin->height / origin->shrink;
    const double x = walks[origin->orientation].flip_x ? ceil(width) - width : 0.0;
    const double y = walks[origin->orientation].flip_y ? ceil(height) - height : 0.0;
    if (walks[origin->orientation].swap) return (weft_image_box){y, x, height, width};
    return (weft_image_box){x, y, width, height};
}

weft_status weft_image_orient(weft_image *image, int orientation, weft_err *err) {
    if (orientation <= UPRIGHT || orientation > 8) return WEFT_OK;
    const bool swap = walks[orientation].swap;
    const bool flip_x = walks[orientation].flip_x;
    const bool flip_y = walks[orientation].flip_y;

    weft_image turned;
    weft_status status = weft_image_alloc(&turned, swap ? image->height : image->width,
                                          swap ? image->width : image->height, err);
    if (status != WEFT_OK) return status;

    const ptrdiff_t stride = (ptrdiff_t)image->width * 3;
    const ptrdiff_t along_x = flip_x ? -3 : 3;
    const ptrdiff_t along_y = flip_y ? -stride : stride;
    const ptrdiff_t next_column = swap ? along_y : along_x;
    const ptrdiff_t next_row = swap ? along_x : along_y;
    const ptrdiff_t start =
        (flip_x ? stride - 3 : 0) + (flip_y ? stride * ((ptrdiff_t)image->height - 1) : 0);
    uint8_t *to = turned.pixels;
    for (ptrdiff_t y = 0; y < (ptrdiff_t)turned.height; y++) {
        ptrdiff_t from = start + y * next_row;
        for (uint32_t x = 0; x < turned.width; x++, from += next_column, to += 3)
            memcpy(to, image->pixels + from, 3);
    }
    weft_image_deinit(image);
    *image = turned;
    return WEFT_OK;
}
