/* image_png.c - PNG in, through libpng.
 *
 * libpng is asked to bring every kind of PNG (1 to 16 bits, gray, palette, color
 * keys, interlaced) to 8-bit RGB, or RGBA when anything in it is transparent. As
 * in image_jpeg.c, errors arrive by longjmp and the function with the setjmp keeps
 * its state in a struct of its caller.
 *
 * We give the same pixels as Pillow with two exceptions, where Pillow departs from
 * the PNG specification: 16-bit gray without alpha keeps its high byte, as all
 * other 16-bit kinds do (Pillow's convert("RGB") clips it, so that photos turn
 * white), and a color key is compared with samples at their stored depth (Pillow
 * compares after scaling to 8 bits, and misses).
 *
 * Chunks that cannot change what we return (text, profiles, times, histograms) are
 * skipped unread, so that a compressed comment cannot cost memory. Three are kept:
 * tRNS, eXIf, and iTXt for an XMP packet. */
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include <png.h>

#include "base/mem.h"
#include "image/image_codec.h"

enum { TEXTS_MAX = 8 }; /* iTXt chunks that are kept */

typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *next; /* the bytes not read yet */
    size_t left;
    uint8_t *rgba;    /* [height][width][4], only for a transparent photo */
    size_t block_max; /* bytes of the largest allocation that libpng may make */
    bool out_of_memory;
    weft_status status;
    weft_err *err;
} png_reader;

static void take_bytes(png_structp png, png_bytep to, size_t n) {
    png_reader *r = png_get_io_ptr(png);
    if (n > r->left) png_error(png, "the file ends early");
    memcpy(to, r->next, n);
    r->next += n;
    r->left -= n;
}

/* libpng 1.6 believes the length that an eXIf chunk claims and asks for it before
 * it reads: 300 bytes could cost 2 GB. No honest block is larger than the file, a
 * row, or some room for text to inflate; libpng skips a chunk that it gets none for. */
static size_t largest_block(const weft_image_source *source) {
    enum { ROW_PIXEL = 16, ROOM = 1 << 20 }; /* 64 bits a pixel, with headroom */
    size_t row = (size_t)source->limits->max_side * ROW_PIXEL;
    return (source->n > row ? source->n : row) + ROOM;
}

static png_voidp allocate(png_structp png, png_alloc_size_t n) {
    png_reader *r = png_get_mem_ptr(png);
    if (n > r->block_max) return NULL;
    void *p = weft_alloc(n, 1);
    if (!p) r->out_of_memory = true;
    return p;
}

static void release(png_structp png, png_voidp p) {
    (void)png;
    weft_free(p);
}

static _Noreturn void leave(png_structp png, png_const_charp message) {
    png_reader *r = png_get_error_ptr(png);
    r->status =
        weft_fail(r->err, r->out_of_memory ? WEFT_E_NOMEM : WEFT_E_FORMAT, "PNG: %s", message);
    png_longjmp(png, 1);
}

static void stay_quiet(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void set_limits(png_structp png) {
    static const png_byte unused[] =
        "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0sTER\0tEXt\0"
        "tIME\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, unused, sizeof unused / 5);
    png_set_chunk_cache_max(png, TEXTS_MAX);
    /* Our own check follows, with a message that names the limit. */
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
}

/* Asks for 8-bit RGB or RGBA rows; true when there is an alpha channel. */
static bool set_transforms(png_structp png, png_infop info) {
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0;
}

static void read_rows(png_reader *r, uint8_t *pixels, size_t stride, uint32_t height) {
    int passes = png_get_interlace_type(r->png, r->info) == PNG_INTERLACE_ADAM7 ? 7 : 1;
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++)
            png_read_row(r->png, pixels + (size_t)y * stride, NULL);
    }
}

static weft_status read_pixels(png_reader *r, weft_image *image, const weft_image_source *source) {
    if (setjmp(png_jmpbuf(r->png))) return r->status;
    set_limits(r->png);
    png_read_info(r->png, r->info);

    const uint32_t width = png_get_image_width(r->png, r->info);
    const uint32_t height = png_get_image_height(r->png, r->info);
    weft_status status = weft_image_check_size(width, height, source->limits, r->err);
    if (status == WEFT_OK) status = weft_image_alloc(image, width, height, r->err);
    if (status != WEFT_OK) return status;

    if (!set_transforms(r->png, r->info)) {
        read_rows(r, image->pixels, (size_t)width * 3, height);
        return WEFT_OK;
    }
    const size_t pixels = (size_t)width * height; /* fits: three times as much was allocated */
    r->rgba = weft_alloc(pixels, 4);
    if (!r->rgba)
        return weft_fail(r->err, WEFT_E_NOMEM, "PNG: no memory for %ux%u pixels", width, height);
    read_rows(r, r->rgba, (size_t)width * 4, height);
    weft_image_flatten(image->pixels, r->rgba, pixels);
    return WEFT_OK;
}

/* Metadata may follow the pixels; a photo damaged only there is still a photo. */
static void read_trailer(png_reader *r) {
    r->err = NULL;
    if (setjmp(png_jmpbuf(r->png))) return;
    png_read_end(r->png, r->info);
}

static int find_orientation(png_reader *r) {
    weft_image_metadata found = {0};
    png_bytep exif = NULL;
    png_uint_32 exif_size = 0;
    if (png_get_eXIf_1(r->png, r->info, &exif_size, &exif)) {
        found.exif = exif;
        found.exif_size = exif_size;
    }
    png_textp texts = NULL;
    int count = 0;
    png_get_text(r->png, r->info, &texts, &count);
    for (int i = 0; i < count; i++) {
        if (!texts[i].text || strcmp(texts[i].key, "XML:com.adobe.xmp") != 0) continue;
        found.xmp = (const uint8_t *)texts[i].text;
        found.xmp_size = strlen(texts[i].text);
    }
    return weft_image_orientation(&found);
}

weft_status weft_image_png_decode(weft_image *image, const weft_image_source *source,
                                  weft_image_origin *origin, weft_err *err) {
    png_reader reader = {
        .next = source->bytes, .left = source->n, .block_max = largest_block(source), .err = err};
    weft_status status = WEFT_E_NOMEM;
    reader.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader, leave, stay_quiet,
                                          &reader, allocate, release);
    if (reader.png) reader.info = png_create_info_struct(reader.png);
    if (!reader.info) {
        weft_fail(err, WEFT_E_NOMEM, "PNG: no memory for the decoder");
        goto cleanup;
    }
    png_set_read_fn(reader.png, &reader, take_bytes);
    status = read_pixels(&reader, image, source);
    if (status != WEFT_OK) goto cleanup;
    read_trailer(&reader);
    origin->orientation = find_orientation(&reader);
cleanup:
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    weft_free(reader.rgba);
    return status;
}
