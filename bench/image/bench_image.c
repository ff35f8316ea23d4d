/* bench_image.c - photos a second through weft's preprocessing, on one thread.
 *
 *   bench_image FOLDER SECONDS EDGE|WIDTHxHEIGHT CROP whole|shrunk|decode
 *
 * Reads the folder's photos into memory, turns them into tensors again and again for
 * SECONDS of processor time, and prints photos per second: of every pixel (whole), as
 * `weft embed` does it (shrunk), or decoded only. bench_image.py runs it beside others. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"

enum { PHOTOS_MAX = 1000 };

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t read_folder(const char *folder, weft_buf *photos, weft_err *err) {
    DIR *directory = opendir(folder);
    size_t n = 0;
    if (!directory) {
        weft_fail(err, WEFT_E_NOT_FOUND, "cannot open the folder %s", folder);
        return 0;
    }
    struct dirent *entry;
    while (n < PHOTOS_MAX && (entry = readdir(directory))) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        weft_buf_init(&photos[n]);
        if (weft_file_read(path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &photos[n], err)) break;
        n++;
    }
    closedir(directory);
    if (n == 0 && !err->message[0]) weft_fail(err, WEFT_E_NOT_FOUND, "%s: no photos", folder);
    return err->message[0] ? 0 : n;
}

static weft_status one_photo(const weft_buf *photo, const weft_image_preprocess *how,
                             const char *mode, float *tensor, weft_err *err) {
    if (strcmp(mode, "shrunk") == 0)
        return weft_image_decode_tensor(photo->data, photo->size, how, tensor, err);
    weft_image image;
    weft_status status = weft_image_decode(&image, photo->data, photo->size, NULL, err);
    if (!status && strcmp(mode, "whole") == 0)
        status = weft_image_to_tensor(&image, how, tensor, err);
    weft_image_deinit(&image);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: %s FOLDER SECONDS EDGE|WIDTHxHEIGHT CROP whole|shrunk|decode\n",
                argv[0]);
        return 2;
    }
    weft_image_preprocess how = {.crop_size = (uint32_t)strtoul(argv[4], NULL, 10),
                                 .mean = {0.48145466f, 0.4578275f, 0.40821073f},
                                 .std = {0.26862954f, 0.26130258f, 0.27577711f}};
    if (sscanf(argv[3], "%ux%u", &how.resize_width, &how.resize_height) != 2)
        how.shortest_edge = (uint32_t)strtoul(argv[3], NULL, 10);
    const double seconds = strtod(argv[2], NULL);
    static weft_buf photos[PHOTOS_MAX];
    weft_err err = {0};
    size_t count = read_folder(argv[1], photos, &err), done = 0;
    float *tensor = weft_alloc((size_t)3 * how.crop_size * how.crop_size, sizeof *tensor);
    weft_status status = count && tensor ? WEFT_OK : WEFT_E_NOMEM;

    const double start = cpu_seconds();
    while (!status && (done < count || cpu_seconds() - start < seconds))
        status = one_photo(&photos[done++ % count], &how, argv[5], tensor, &err);
    if (status) fprintf(stderr, "%s\n", err.message);
    else printf("%.1f\n", (double)done / (cpu_seconds() - start));
    weft_free(tensor);
    for (size_t i = 0; i < count; i++) weft_buf_deinit(&photos[i]);
    return status ? 1 : 0;
}
