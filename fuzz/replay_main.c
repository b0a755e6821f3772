/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a target over files, and the files of folders, with any compiler. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { MOST = 1 << 20 };

static int
run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(MOST);
    uint8_t *exact = NULL;
    size_t size = 0;

    if (f == NULL || data == NULL) {
        free(data);
        return -1;
    }
    size = fread(data, 1, MOST, f);
    fclose(f);
    exact = malloc(size + 1); /* of its own, so that a sanitizer sees its end */
    if (exact != NULL) {
        memcpy(exact, data, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(data);
    return 0;
}

int
main(int argc, char **argv)
{
    unsigned passed = 0;

    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        const struct dirent *e;

        while (dir != NULL && (e = readdir(dir)) != NULL) {
            char path[1024];

            if (e->d_name[0] != '.' &&
                snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name) > 0 &&
                run_file(path) == 0) {
                passed++;
            }
        }
        if (dir != NULL) {
            closedir(dir);
        } else if (run_file(argv[i]) == 0) {
            passed++;
        }
    }
    printf("%u passed, 0 failed\n", passed);
    return passed > 0 ? 0 : 1;
}
