#include "../unit.h"

#include "photo_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

void photo_free(photo *p) {
    free(p->bytes);
    *p = (photo){0};
}

void photo_insert(photo *p, size_t at, const void *bytes, size_t n) {
    assert_true(at <= p->n);
    p->bytes = realloc(p->bytes, p->n + n);
    assert_non_null(p->bytes);
    memmove(p->bytes + at + n, p->bytes + at, p->n - at);
    memcpy(p->bytes + at, bytes, n);
    p->n += n;
}

static void append(png_structp png, png_bytep bytes, size_t n) {
    photo *p = png_get_io_ptr(png);
    photo_insert(p, p->n, bytes, n);
}

static void flush(png_structp png) { (void)png; }

static void write_metadata(png_structp png, png_infop info, const png_recipe *r) {
    if (r->palette)
        png_set_PLTE(png, info, (png_const_colorp)(const void *)r->palette, r->palette_size);
    if (r->palette_alpha) png_set_tRNS(png, info, r->palette_alpha, r->palette_alpha_size, NULL);
    if (r->key) {
        png_color_16 key = {
            .red = r->key[0], .green = r->key[1], .blue = r->key[2], .gray = r->key[0]};
        png_set_tRNS(png, info, NULL, 0, &key);
    }
    if (r->exif) png_set_eXIf_1(png, info, r->exif_size, (png_bytep)(uintptr_t)r->exif);
    if (r->xmp) {
        png_text text = {.compression = PNG_ITXT_COMPRESSION_zTXt,
                         .key = (png_charp)(uintptr_t) "XML:com.adobe.xmp",
                         .text = (png_charp)(uintptr_t)r->xmp};
        png_set_text(png, info, &text, 1);
    }
}

photo photo_png(const png_recipe *r) {
    photo p = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &p, append, flush);
    png_set_IHDR(png, info, r->width, r->height, r->bits, r->color_type,
                 r->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    write_metadata(png, info, r);
    png_write_info(png, info);
    size_t stride = png_get_rowbytes(png, info);
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < r->height; y++) png_write_row(png, r->samples + y * stride);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return p;
}

photo photo_jpeg(const jpeg_recipe *r) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &n);
    jpeg.image_width = r->width;
    jpeg.image_height = r->height;
    jpeg.input_components = r->channels;
    jpeg.in_color_space = r->channels == 1 ? JCS_GRAYSCALE : r->channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    if (r->ycck) jpeg_set_colorspace(&jpeg, JCS_YCCK);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
    if (r->channels == 4) jpeg.comp_info[3].h_samp_factor = jpeg.comp_info[3].v_samp_factor = 1;
    if (r->progressive) jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < r->height) {
        size_t stride = (size_t)r->width * (size_t)r->channels;
        JSAMPROW row = (JSAMPROW)(uintptr_t)(r->samples + jpeg.next_scanline * stride);
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return (photo){bytes, n};
}

photo photo_webp(const uint8_t *rgba, int width, int height) {
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    assert_true(WebPConfigInit(&config) && WebPPictureInit(&picture));
    WebPMemoryWriterInit(&writer);
    config.lossless = 1;
    config.exact = 1;
    picture.use_argb = 1;
    picture.width = width;
    picture.height = height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    assert_true(WebPPictureImportRGBA(&picture, rgba, width * 4));
    assert_true(WebPEncode(&config, &picture));
    WebPPictureFree(&picture);
    photo p = {0};
    photo_insert(&p, 0, writer.mem, writer.size);
    WebPMemoryWriterClear(&writer);
    return p;
}

static void put(uint8_t *to, uint32_t value, size_t size, bool big_endian) {
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> (8 * (big_endian ? size - 1 - i : i)));
}

void exif_block(uint8_t block[EXIF_SIZE], uint16_t orientation, bool big_endian) {
    memset(block, 0, EXIF_SIZE);
    memcpy(block, big_endian ? "MM" : "II", 2);
    put(block + 2, 42, 2, big_endian);
    put(block + 4, 8, 4, big_endian);
    put(block + 8, 1, 2, big_endian);       /* one entry */
    put(block + 10, 0x0112, 2, big_endian); /* orientation */
    put(block + 12, 3, 2, big_endian);      /* SHORT */
    put(block + 14, 1, 4, big_endian);
    put(block + 18, orientation, 2, big_endian);
}

void fill_samples(uint8_t *samples, uint32_t width, uint32_t height, int channels) {
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            for (int c = 0; c < channels; c++)
                *samples++ = (uint8_t)(20 + (x * 7 + y * 5 + (uint32_t)c * 60) % 200);
        }
    }
}
