/* image_jpeg.c - JPEG in and out, through libjpeg-turbo.
 *
 * libjpeg reports an error by calling error_exit, which must not return; we leave
 * by longjmp. To keep that safe, the function that calls setjmp holds no state of
 * its own: all that must survive the jump lives in a struct of its caller, who
 * also cleans up.
 *
 * The decoder's settings are libjpeg's defaults (accurate integer IDCT, smooth
 * upsampling), because Pillow keeps them and our pixels are to equal Pillow's.
 * Two things differ from a plain decode. A photo that ends early is an error: left
 * alone, libjpeg would pad it with gray. And the number of scans is bounded: a
 * progressive file of a few kilobytes can ask for thousands of passes over every
 * coefficient.
 *
 * A photo that is to become a small tensor may be shrunk while it is decoded:
 * libjpeg then makes 4x4, 2x2 or 1 pixel of a block's 8x8 by leaving out the high
 * frequencies. Its other fractions are slower than the whole, so they are not used.
 * A file of many bytes a pixel is not shrunk: where the high frequencies are strong,
 * dropping them block by block is not the same as averaging pixels (measured:
 * docs/performance.md). Nor is one of four colors, which are multiplied afterwards. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
/* jerror.h is only read for its codes, after jpeglib.h which it needs. */
#include <jerror.h>

#include "base/buf.h"
#include "base/mem.h"
#include "image/image_codec.h"

enum { MAX_SCANS = 500, CHUNK = 16384, MARKER_MAX = 0xffff };
enum { MARKER_EXIF = JPEG_APP0 + 1 };

/* libjpeg's error manager with the way out behind it. */
typedef struct {
    struct jpeg_error_mgr manager; /* first, so that its address is the trap's */
    jmp_buf escape;
    weft_status status;
    weft_err *err;
} jpeg_trap;

static weft_status status_of(int code) {
    switch (code) {
    case JERR_OUT_OF_MEMORY: return WEFT_E_NOMEM;
    case JERR_IMAGE_TOO_BIG: return WEFT_E_LIMIT; /* beyond 65,500: libjpeg's own limit */
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED: return WEFT_E_UNSUPPORTED;
    default: return WEFT_E_FORMAT;
    }
}

static _Noreturn void leave(j_common_ptr jpeg) {
    jpeg_trap *trap = (jpeg_trap *)jpeg->err;
    char message[JMSG_LENGTH_MAX];
    trap->manager.format_message(jpeg, message);
    trap->status = weft_fail(trap->err, status_of(trap->manager.msg_code), "JPEG: %s", message);
    longjmp(trap->escape, 1);
}

/* Warnings are dropped, as Pillow does: many cameras write slightly wrong files. */
static void stay_quiet(j_common_ptr jpeg) { (void)jpeg; }

static struct jpeg_error_mgr *trap_init(jpeg_trap *trap, weft_err *err) {
    trap->err = err;
    jpeg_std_error(&trap->manager);
    trap->manager.error_exit = leave;
    trap->manager.output_message = stay_quiet;
    return &trap->manager;
}

/* ---- reading ---- */

typedef struct {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_progress_mgr progress;
    jpeg_trap trap;
    uint8_t *cmyk; /* [width][4], one row of a four-color photo; else NULL */
} jpeg_reader;

static boolean end_of_bytes(j_decompress_ptr jpeg) {
    ERREXIT(jpeg, JERR_INPUT_EOF);
    return FALSE;
}

static void count_scans(j_common_ptr common) {
    jpeg_trap *trap = (jpeg_trap *)common->err;
    if (((j_decompress_ptr)common)->input_scan_number <= MAX_SCANS) return;
    trap->status = weft_fail(trap->err, WEFT_E_LIMIT, "JPEG: more than %d scans", MAX_SCANS);
    longjmp(trap->escape, 1);
}

static int find_orientation(const struct jpeg_decompress_struct *jpeg) {
    static const char xmp_name[] = "http://ns.adobe.com/xap/1.0/"; /* its NUL belongs to it */
    weft_image_metadata found = {0};
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next) {
        size_t n = m->data_length;
        if (!found.exif && n >= 6 && memcmp(m->data, "Exif\0\0", 6) == 0) {
            found.exif = m->data;
            found.exif_size = n;
        } else if (!found.xmp && n >= sizeof xmp_name &&
                   memcmp(m->data, xmp_name, sizeof xmp_name) == 0) {
            found.xmp = m->data + sizeof xmp_name;
            found.xmp_size = n - sizeof xmp_name;
        }
    }
    return weft_image_orientation(&found);
}

/* a * b / 255, rounded. */
static uint32_t scale_255(uint32_t a, uint32_t b) {
    uint32_t product = a * b + 128;
    return (product + (product >> 8)) >> 8;
}

/* Pillow takes every four-color JPEG for Adobe's, which stores 255 - ink: the
 * stored value is the paper that shows through, and black scales the colors. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, size_t n) {
    for (size_t i = 0; i < n; i++, rgb += 3, cmyk += 4) {
        uint32_t light = cmyk[3];
        for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)(light - scale_255(255u - cmyk[c], light));
    }
}

static weft_status open_jpeg(jpeg_reader *r, const weft_image_source *source) {
    struct jpeg_decompress_struct *jpeg = &r->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &r->progress;
    r->progress.progress_monitor = count_scans;
    jpeg_mem_src(jpeg, source->bytes, source->n);
    jpeg->src->fill_input_buffer = end_of_bytes;
    jpeg_save_markers(jpeg, MARKER_EXIF, MARKER_MAX);
    jpeg_read_header(jpeg, TRUE);

    if (jpeg->num_components != 1 && jpeg->num_components != 3 && jpeg->num_components != 4)
        return weft_fail(r->trap.err, WEFT_E_UNSUPPORTED, "JPEG: %d color components",
                         jpeg->num_components);
    jpeg->out_color_space = jpeg->num_components == 4 ? JCS_CMYK : JCS_RGB;
    return weft_image_check_size(jpeg->image_width, jpeg->image_height, source->limits,
                                 r->trap.err);
}

/* Half a byte a pixel is more than nearly every photo has. */
static bool is_dense(const struct jpeg_decompress_struct *jpeg, const weft_image_source *source) {
    return source->n > (size_t)jpeg->image_width * jpeg->image_height / 2;
}

/* Tells libjpeg how small the picture may become. */
static void shrink(struct jpeg_decompress_struct *jpeg, const weft_image_source *source,
                   weft_image_origin *origin) {
    origin->width = jpeg->image_width;
    origin->height = jpeg->image_height;
    origin->orientation = find_orientation(jpeg);
    if (!source->how || jpeg->num_components == 4 || is_dense(jpeg, source)) return;
    const bool turned = origin->orientation >= 5;
    origin->shrink = weft_image_shrink_for(source->how, turned ? origin->height : origin->width,
                                           turned ? origin->width : origin->height);
    jpeg->scale_num = 1;
    jpeg->scale_denom = origin->shrink;
}

static weft_status read_jpeg(jpeg_reader *r, weft_image *image, const weft_image_source *source,
                             weft_image_origin *origin) {
    struct jpeg_decompress_struct *const jpeg = &r->jpeg;
    weft_err *const err = r->trap.err;
    if (setjmp(r->trap.escape)) return r->trap.status;

    weft_status status = open_jpeg(r, source);
    if (status != WEFT_OK) return status;
    shrink(jpeg, source, origin);
    jpeg_calc_output_dimensions(jpeg);
    status = weft_image_alloc(image, jpeg->output_width, jpeg->output_height, err);
    if (status != WEFT_OK) return status;
    const size_t width = image->width;
    if (jpeg->out_color_space == JCS_CMYK && !(r->cmyk = weft_alloc(width, 4)))
        return weft_fail(err, WEFT_E_NOMEM, "JPEG: no memory for a row of %zu pixels", width);

    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *rgb = image->pixels + (size_t)jpeg->output_scanline * width * 3;
        JSAMPROW row = r->cmyk ? r->cmyk : rgb;
        jpeg_read_scanlines(jpeg, &row, 1);
        if (r->cmyk) cmyk_to_rgb(rgb, r->cmyk, width);
    }
    return WEFT_OK; /* what follows the last row is not looked at: Pillow does not either */
}

weft_status weft_image_jpeg_decode(weft_image *image, const weft_image_source *source,
                                   weft_image_origin *origin, weft_err *err) {
    jpeg_reader reader = {0};
    reader.jpeg.err = trap_init(&reader.trap, err);
    weft_status status = read_jpeg(&reader, image, source, origin);
    jpeg_destroy_decompress(&reader.jpeg);
    weft_free(reader.cmyk);
    return status;
}

static weft_status read_header(jpeg_reader *r, const weft_image_source *source,
                               weft_image_origin *origin) {
    if (setjmp(r->trap.escape)) return r->trap.status;
    weft_status status = open_jpeg(r, source);
    if (status == WEFT_OK) shrink(&r->jpeg, source, origin);
    return status;
}

weft_status weft_image_jpeg_measure(const weft_image_source *source, weft_image_origin *origin,
                                    weft_err *err) {
    jpeg_reader reader = {0};
    reader.jpeg.err = trap_init(&reader.trap, err);
    weft_status status = read_header(&reader, source, origin);
    jpeg_destroy_decompress(&reader.jpeg);
    return status;
}

/* ---- writing ---- */

typedef struct {
    struct jpeg_compress_struct jpeg;
    struct jpeg_destination_mgr destination;
    jpeg_trap trap;
    weft_buf out;
    uint8_t chunk[CHUNK]; /* what libjpeg fills before it goes into out */
} jpeg_writer;

static void start_chunk(j_compress_ptr jpeg) {
    jpeg_writer *w = jpeg->client_data;
    w->destination.next_output_byte = w->chunk;
    w->destination.free_in_buffer = CHUNK;
}

static boolean flush_chunk(j_compress_ptr jpeg) {
    jpeg_writer *w = jpeg->client_data;
    weft_buf_append(&w->out, w->chunk, CHUNK);
    start_chunk(jpeg);
    return TRUE;
}

static void end_chunk(j_compress_ptr jpeg) {
    jpeg_writer *w = jpeg->client_data;
    weft_buf_append(&w->out, w->chunk, CHUNK - w->destination.free_in_buffer);
}

static weft_status write_jpeg(jpeg_writer *w, const weft_image *image, int quality) {
    struct jpeg_compress_struct *const jpeg = &w->jpeg;
    if (setjmp(w->trap.escape)) return w->trap.status;
    jpeg_create_compress(jpeg);
    jpeg->client_data = w;
    w->destination.init_destination = start_chunk;
    w->destination.empty_output_buffer = flush_chunk;
    w->destination.term_destination = end_chunk;
    jpeg->dest = &w->destination;
    jpeg->image_width = image->width;
    jpeg->image_height = image->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = image->pixels + (size_t)jpeg->next_scanline * image->width * 3;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return WEFT_OK;
}

weft_status weft_image_encode_jpeg(const weft_image *image, int quality, unsigned char **bytes,
                                   size_t *n, weft_err *err) {
    *bytes = NULL;
    *n = 0;
    if (quality < 1 || quality > 100)
        return weft_fail(err, WEFT_E_INVALID, "JPEG: quality %d, must be 1-100", quality);
    if (!image->pixels || image->width > JPEG_MAX_DIMENSION || image->height > JPEG_MAX_DIMENSION)
        return weft_fail(err, WEFT_E_INVALID, "JPEG: cannot hold %ux%u pixels, limit %ld a side",
                         image->width, image->height, JPEG_MAX_DIMENSION);

    jpeg_writer *writer = weft_calloc(1, sizeof *writer);
    if (!writer) return weft_fail(err, WEFT_E_NOMEM, "JPEG: no memory for the encoder");
    weft_buf_init(&writer->out);
    writer->jpeg.err = trap_init(&writer->trap, err);
    weft_status status = write_jpeg(writer, image, quality);
    jpeg_destroy_compress(&writer->jpeg);
    if (status == WEFT_OK) {
        *n = writer->out.size;
        *bytes = (unsigned char *)weft_buf_take(&writer->out);
        if (!*bytes) status = weft_fail(err, WEFT_E_NOMEM, "JPEG: no memory for the bytes");
    }
    if (status != WEFT_OK) *n = 0;
    weft_buf_deinit(&writer->out);
    weft_free(writer);
    return status;
}
