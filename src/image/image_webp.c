/* image_webp.c - WebP in, through libwebp: lossy, lossless, with alpha, and the
 * first frame of an animation. */
#include <stdbool.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/mem.h"
#include "image/image_codec.h"

static weft_status status_of(VP8StatusCode code) {
    if (code == VP8_STATUS_OUT_OF_MEMORY) return WEFT_E_NOMEM;
    if (code == VP8_STATUS_UNSUPPORTED_FEATURE) return WEFT_E_UNSUPPORTED;
    return WEFT_E_FORMAT;
}

/* Decodes one bitstream into pixels[height][width][alpha ? 4 : 3]. */
static weft_status decode_frame(WebPData data, uint8_t *pixels, size_t size, bool alpha,
                                weft_err *err) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return weft_fail(err, WEFT_E_INTERNAL, "WebP: the library is of another version");
    VP8StatusCode code = WebPGetFeatures(data.bytes, data.size, &config.input);
    if (code == VP8_STATUS_OK) {
        int channels = alpha ? 4 : 3;
        config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
        config.output.is_external_memory = 1;
        config.output.u.RGBA.rgba = pixels;
        config.output.u.RGBA.stride = config.input.width * channels;
        config.output.u.RGBA.size = size;
        code = WebPDecode(data.bytes, data.size, &config);
    }
    WebPFreeDecBuffer(&config.output);
    if (code != VP8_STATUS_OK)
        return weft_fail(err, status_of(code), "WebP: damaged or incomplete (code %d)", (int)code);
    return WEFT_OK;
}

/* Places the frame on the canvas: white around it where the file has an alpha
 * channel, black where it has none; libwebp's own player does the same. */
static weft_status draw_frame(weft_image *image, const WebPIterator *frame, bool alpha,
                              weft_err *err) {
    const size_t width = (size_t)frame->width;
    const size_t height = (size_t)frame->height;
    const size_t channels = alpha ? 4 : 3;
    const size_t size = width * height * channels; /* inside the canvas: fits */
    uint8_t *pixels = weft_alloc(size, 1);
    if (!pixels)
        return weft_fail(err, WEFT_E_NOMEM, "WebP: no memory for %zux%zu pixels", width, height);
    weft_status status = decode_frame(frame->fragment, pixels, size, alpha, err);
    if (status != WEFT_OK) goto cleanup;

    memset(image->pixels, alpha ? 255 : 0, (size_t)image->width * image->height * 3);
    for (size_t y = 0; y < height; y++) {
        size_t row = (size_t)frame->y_offset + y;
        uint8_t *to = image->pixels + (row * image->width + (size_t)frame->x_offset) * 3;
        const uint8_t *from = pixels + y * width * channels;
        if (alpha) weft_image_flatten(to, from, width);
        else memcpy(to, from, width * 3);
    }
cleanup:
    weft_free(pixels);
    return status;
}

static int find_orientation(const WebPDemuxer *demuxer) {
    weft_image_metadata found = {0};
    WebPChunkIterator exif, xmp;
    memset(&exif, 0, sizeof exif);
    memset(&xmp, 0, sizeof xmp);
    if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &exif)) {
        found.exif = exif.chunk.bytes;
        found.exif_size = exif.chunk.size;
    }
    if (WebPDemuxGetChunk(demuxer, "XMP ", 1, &xmp)) {
        found.xmp = xmp.chunk.bytes;
        found.xmp_size = xmp.chunk.size;
    }
    int orientation = weft_image_orientation(&found);
    WebPDemuxReleaseChunkIterator(&exif);
    WebPDemuxReleaseChunkIterator(&xmp);
    return orientation;
}

weft_status weft_image_webp_decode(weft_image *image, const weft_image_source *source,
                                   weft_image_origin *origin, weft_err *err) {
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(source->bytes, source->n, &features);
    if (code != VP8_STATUS_OK)
        return weft_fail(err, status_of(code), "WebP: no readable header (code %d)", (int)code);
    weft_status status = weft_image_check_size((uint64_t)features.width, (uint64_t)features.height,
                                               source->limits, err);
    if (status != WEFT_OK) return status;

    WebPIterator frame;
    memset(&frame, 0, sizeof frame);
    WebPData data = {source->bytes, source->n};
    WebPDemuxer *demuxer = WebPDemux(&data);
    if (!demuxer || !WebPDemuxGetFrame(demuxer, 1, &frame) || !frame.complete) {
        status =
            weft_fail(err, WEFT_E_FORMAT, "WebP: damaged or incomplete (%zu bytes)", source->n);
        goto cleanup;
    }
    const uint32_t width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH);
    const uint32_t height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT);
    const bool alpha = (WebPDemuxGetI(demuxer, WEBP_FF_FORMAT_FLAGS) & ALPHA_FLAG) != 0;
    status = weft_image_check_size(width, height, source->limits, err);
    if (status == WEFT_OK) status = weft_image_alloc(image, width, height, err);
    if (status != WEFT_OK) goto cleanup;
    const bool fills = frame.width == (int)width && frame.height == (int)height;
    const size_t pixels = (size_t)width * height;
    status = fills && !alpha ? decode_frame(frame.fragment, image->pixels, pixels * 3, false, err)
                             : draw_frame(image, &frame, alpha, err);
    if (status == WEFT_OK) origin->orientation = find_orientation(demuxer);
cleanup:
    WebPDemuxReleaseIterator(&frame);
    WebPDemuxDelete(demuxer);
    return status;
}
