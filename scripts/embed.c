/* embed.c - a build tool: the files of a folder as a C table (base/embedded.h).
 *
 *   embed FOLDER SYMBOL OUT.c
 *
 * A folder that does not exist gives an empty table. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILES = 4096, MAX_PATH = 4096 };

static char *names[MAX_FILES];
static size_t name_count;

static void fail(const char *what, const char *path) {
    fprintf(stderr, "embed: %s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

/* Collects the regular files below folder/prefix; prefix is "" or ends with '/'. */
static void collect(const char *folder, const char *prefix) {
    char path[MAX_PATH], name[MAX_PATH / 2];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, prefix);
    DIR *dir = opendir(path);
    if (!dir && errno == ENOENT) return;
    if (!dir) fail("cannot open", path);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s%s", prefix, entry->d_name);
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (stat(path, &st) != 0) fail("cannot stat", path);
        if (S_ISDIR(st.st_mode)) {
            strncat(name, "/", sizeof name - strlen(name) - 1);
            collect(folder, name);
        } else if (name_count == MAX_FILES) {
            errno = EFBIG;
            fail("too many files in", folder);
        } else {
            names[name_count++] = strdup(name);
        }
    }
    closedir(dir);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Writes the bytes of one file; returns how many. */
static size_t write_bytes(FILE *out, const char *folder, size_t number) {
    char path[MAX_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, names[number]);
    FILE *in = fopen(path, "rb");
    if (!in) fail("cannot read", path);
    fprintf(out, "static const unsigned char file_%zu[] = {\n", number);
    size_t size = 0;
    for (int c; (c = getc(in)) != EOF; size++)
        fprintf(out, "%d,%s", c, size % 32 == 31 ? "\n" : "");
    fputs("0};\n", out);
    fclose(in);
    return size;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: embed FOLDER SYMBOL OUT.c\n", stderr);
        return 2;
    }
    const char *folder = argv[1], *symbol = argv[2];
    collect(folder, "");
    qsort(names, name_count, sizeof *names, by_name);

    FILE *out = fopen(argv[3], "w");
    if (!out) fail("cannot write", argv[3]);
    size_t sizes[MAX_FILES];
    fputs("#include \"base/embedded.h\"\n\n", out);
    for (size_t i = 0; i < name_count; i++) sizes[i] = write_bytes(out, folder, i);
    fprintf(out, "\nextern const weft_embedded_file %s[];\nconst weft_embedded_file %s[] = {\n",
            symbol, symbol);
    for (size_t i = 0; i < name_count; i++)
        fprintf(out, "    {\"%s\", file_%zu, %zu},\n", names[i], i, sizes[i]);
    fputs("    {0},\n};\n", out);
    if (fclose(out) != 0) fail("cannot write", argv[3]);
    return 0;
}
