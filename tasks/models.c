/* models.c -- finds models.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "models.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "task.h"

static const char *const PACKAGE_FOLDER = PKGDATADIR "/models";

static int
is_folder(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
is_fits(const char *name)
{
    size_t n = strlen(name);

    return *name != '.' && n > 5 && strcmp(name + n - 5, ".fits") == 0;
}

/* Add the *.fits of FOLDER, sorted.  A folder that is not there holds none. */
static bc_status
add_folder(const char *folder, struct strings *files)
{
    DIR           *d = opendir(folder);
    struct dirent *e;
    char           path[4096];
    int            first = files->n;
    bc_status      st = BC_OK;

    if (d == NULL && errno == ENOENT)
        return BC_OK;
    if (d == NULL)
        return task_fail(BC_BAD_FILE, "the folder %s cannot be read: %s", folder, strerror(errno));
    while (st == BC_OK && (e = readdir(d)) != NULL) {
        if (!is_fits(e->d_name))
            continue;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= sizeof path)
            st = task_fail(BC_BAD_FILE, "the names in the folder %s are too long", folder);
        else
            st = strings_add(files, path);
    }
    closedir(d);
    if (files->n > first)
        qsort(files->text + first, (size_t)(files->n - first), sizeof *files->text, by_name);
    return st;
}

/* Folder number I of those where models are installed; 0 = there are no more. */
static int
installed_folder(int i, char *folder, size_t size)
{
    const char *own = getenv("BANDCAST_MODELS");

    for (; own != NULL && *own != '\0'; own += strcspn(own, ":") + (own[strcspn(own, ":")] == ':'))
        if (*own != ':' && i-- == 0)
            return snprintf(folder, size, "%.*s", (int)strcspn(own, ":"), own) < (int)size;
    return i == 0 && snprintf(folder, size, "%s", PACKAGE_FOLDER) < (int)size;
}

void
models_name(const char *file, char *name, size_t size)
{
    const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;

    snprintf(name, size, "%.*s", (int)(strlen(base) - (is_fits(base) ? 5 : 0)), base);
}

/* Take out the files from FIRST on whose names lead to files before. */
static void
drop_hidden(struct strings *files, int first)
{
    char name[256], other[256];
    int  i, k, kept = first;

    for (i = first; i < files->n; i++) {
        models_name(files->text[i], name, sizeof name);
        for (k = 0; k < first; k++) {
            models_name(files->text[k], other, sizeof other);
            if (strcmp(name, other) == 0)
                break;
        }
        if (k < first)
            free(files->text[i]);
        else
            files->text[kept++] = files->text[i];
    }
    files->n = kept;
}

static bc_status
find_installed(const char *name, struct strings *files)
{
    char folder[3072], path[4096];
    int  i;

    if (strlen(name) >= 1000)
        return task_fail(BC_BAD_FILE, "a model's name of %zu characters is too long", strlen(name));
    for (i = 0; installed_folder(i, folder, sizeof folder); i++)
        if (snprintf(path, sizeof path, "%s/%s.fits", folder, name) < (int)sizeof path && access(path, F_OK) == 0)
            return strings_add(files, path);
    return task_fail(BC_BAD_FILE, "%s is neither a file nor the name of an installed model ('bandmodel list' has "
                     "their names)", name);
}

bc_status
models_find(const char *what, struct strings *files)
{
    char      folder[3072];
    int       i, first;
    bc_status st = BC_OK;

    if (*what == '\0') {
        for (i = 0; st == BC_OK && installed_folder(i, folder, sizeof folder); i++) {
            first = files->n;
            st = add_folder(folder, files);
            drop_hidden(files, first);
        }
        return st == BC_OK && files->n == 0 ? task_fail(BC_BAD_FILE, "no models are installed") : st;
    }
    if (is_folder(what)) {
        st = add_folder(what, files);
        return st == BC_OK && files->n == 0 ? task_fail(BC_BAD_FILE, "the folder %s has no *.fits", what) : st;
    }
    if (strchr(what, '/') != NULL || is_fits(what) || access(what, F_OK) == 0)
        return strings_add(files, what);
    return find_installed(what, files);
}

const char *
models_device(const char *device, int winograd)
{
    static char text[80];

    snprintf(text, sizeof text, "%s%s", device, winograd ? "" : ",direct");
    return text;
}

bc_status
models_open(const char *what, const char *device, int threads, bc_model **model_p)
{
    struct strings files = { 0 };
    bc_status      st = BC_OK;

    if (*what == '\0' || is_folder(what))
        st = task_fail(BC_BAD_ARG, "model='%s' is not one model", what);
    if (st == BC_OK)
        st = models_find(what, &files);
    if (st == BC_OK)
        st = bc_model_open(files.text[0], device, threads, model_p);
    strings_free(&files);
    return st;
}
