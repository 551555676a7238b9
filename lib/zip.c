/* zip.c -- the only file that sees libzip.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "zipfile.h"

#ifdef HAVE_LIBZIP

#include <stdlib.h>
#include <zip.h>

/* Weights hardly shrink; what grows so much when it is unpacked was made to fill memory. */
enum { MOST_GROWTH = 64, SMALL = 1 << 24 };

static bc_status
read_member(zip_t *z, const zip_stat_t *s, const char *file, size_t most, char **bytes_p,
            size_t *n_p)
{
    zip_file_t *f;
    char       *bytes;
    zip_int64_t n;

    if (!(s->valid & ZIP_STAT_SIZE) || !(s->valid & ZIP_STAT_COMP_SIZE) || s->size > most
        || (s->size > SMALL && s->size / MOST_GROWTH > s->comp_size))
        return bc_fail(BC_BAD_FILE, "%s: its member %s would unpack to %llu bytes", file, s->name,
                       (unsigned long long)s->size);
    bytes = malloc((size_t)s->size + 1);
    if (bytes == NULL)
        return bc_fail_memory((size_t)s->size, "a member of an archive");
    f = zip_fopen_index(z, s->index, 0);
    n = f != NULL ? zip_fread(f, bytes, s->size) : -1;
    /* The checksum is compared when the end is met. */
    if (n < 0 || (zip_uint64_t)n != s->size || zip_fread(f, bytes + n, 1) != 0) {
        if (f != NULL)
            zip_fclose(f);
        free(bytes);
        return bc_fail(BC_BAD_FILE, "%s: its member %s is damaged", file, s->name);
    }
    zip_fclose(f);
    bytes[n] = '\0';
    *bytes_p = bytes;
    *n_p = (size_t)n;
    return BC_OK;
}

bc_status
bc_zip_read(const char *file, const char *member, size_t most, char **bytes_p, size_t *n_p)
{
    zip_stat_t  s;
    zip_int64_t at;
    int         error;
    zip_t      *z = zip_open(file, ZIP_RDONLY, &error);
    bc_status   st = BC_OK;

    if (z == NULL)
        return bc_fail(BC_BAD_FILE, "%s is a damaged zip archive", file);
    *bytes_p = NULL;
    *n_p = 0;
    at = zip_name_locate(z, member, 0);
    if (at >= 0 && zip_stat_index(z, (zip_uint64_t)at, 0, &s) == 0)
        st = read_member(z, &s, file, most, bytes_p, n_p);
    zip_discard(z);
    return st;
}

#else

bc_status
bc_zip_read(const char *file, const char *member, size_t most, char **bytes_p, size_t *n_p)
{
    (void)member; (void)most; (void)bytes_p; (void)n_p;
    return bc_fail(BC_UNSUPPORTED, "%s is a zip archive, and this build is without libzip", file);
}

#endif
