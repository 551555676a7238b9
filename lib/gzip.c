/* gzip.c -- the only file that sees zlib.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "gzip.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

static bc_status
failed(const char *name)
{
    return errno != 0 ? bc_fail_write(name) : bc_fail(BC_BAD_FILE, "%s cannot be written: zlib failed", name);
}

bc_status
bc_gzip(int from, int to, const char *name)
{
    char    bytes[65536];
    int     fd = dup(to), ok = 1;
    gzFile  out = fd >= 0 ? gzdopen(fd, "wb") : NULL;      /* with no name and no date inside */
    ssize_t n = 0;
    off_t   at;

    errno = 0;
    if (out == NULL) {
        if (fd >= 0)
            close(fd);
        return failed(name);
    }
    for (at = 0; ok && (n = pread(from, bytes, sizeof bytes, at)) > 0; at += n)
        ok = gzwrite(out, bytes, (unsigned)n) == n;
    if (gzclose(out) != Z_OK || !ok || n < 0)
        return failed(name);
    return BC_OK;
}

int
bc_gunzip(const char *file, void *bytes, size_t size)
{
    char  *to = bytes;
    gzFile in = gzopen(file, "rb");
    int    n = in != NULL;

    for (; n > 0 && size > 0; to += n, size -= (size_t)n)
        n = gzread(in, to, size < 1 << 30 ? (unsigned)size : 1 << 30);
    if (in != NULL)
        gzclose(in);
    return n > 0 && size == 0;
}
