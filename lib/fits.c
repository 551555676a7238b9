/* fits.c -- FITS files: open, make, complete; HDUs and headers.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "fits_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* CFITSIO's stack of messages, of all threads, is emptied. */
bc_status
bc_fits_fail(const struct bc_fits *f, int status, const char *what)
{
    char reason[FLEN_STATUS];

    fits_get_errstatus(status, reason);
    fits_clear_errmsg();
    if (status == MEMORY_ALLOCATION)
        return bc_fail(BC_NO_MEMORY, "%s: out of memory", f->name);
    if (f->out.temporary[0] != '\0' && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
        return bc_fail(BC_NO_ROOM, "%s: %s (%s)", f->name, what, strerror(errno));
    return bc_fail(BC_BAD_FILE, "%s: %s (%s)", f->name, what, reason);
}

bc_status
bc_fits_check(const struct bc_fits *f, int status, const char *what)
{
    return status == 0 ? BC_OK : bc_fits_fail(f, status, what);
}

/* ROOM: what CFITSIO's longest name must hold beside the N characters of the path: "./", and for a new
 * file "." ".part". */
static bc_status
new_file(const char *name, size_t n, struct bc_fits **f_p)
{
    enum { ROOM = 9 };
    struct bc_fits *f;

    if (n + ROOM > FLEN_FILENAME)
        return bc_fail(BC_BAD_FILE, "a file name of %zu characters is too long", strlen(name));
    f = calloc(1, sizeof *f);
    if (f == NULL || (f->name = strdup(name)) == NULL) {
        free(f);
        return bc_fail_memory(sizeof *f, "a FITS file");
    }
    *f_p = f;
    return BC_OK;
}

int
bc_fits_here(const struct bc_fits *f)
{
    int number = 0;

    fits_get_hdu_num(f->file, &number);
    return number;
}

/* ---- open ----------------------------------------------------------------------------------- */

/* CFITSIO would wait for ever on a pipe, and words the other cases as it sees them. */
static bc_status
check_path(const struct bc_fits *f, const char *path)
{
    struct stat s;
    int         fd;

    if (stat(path, &s) != 0)
        return bc_fail(BC_BAD_FILE, "%s: %s", f->name, strerror(errno));
    if (S_ISDIR(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is a directory", f->name);
    if (S_ISFIFO(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is a pipe, not a regular file: only the image - is read from one", f->name);
    if (!S_ISREG(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is not a regular file", f->name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return bc_fail(BC_BAD_FILE, "%s: %s", f->name, strerror(errno));
    close(fd);
    if (s.st_size == 0)
        return bc_fail(BC_BAD_FILE, "%s is empty", f->name);
    return BC_OK;
}

/* Neither FITS nor what CFITSIO unpacks on the way (gzip, compress, zip, bzip2)? */
static int
is_alien(const char *path)
{
    static const char *const magic[] = { "SIMPLE", "\037\213", "\037\235", "\037\036", "\037\240",
                                         "PK", "BZ" };
    char                      start[8] = "";
    FILE                     *file = fopen(path, "rb");
    size_t                    i;

    if (file == NULL || fread(start, 1, 6, file) == 0)
        start[0] = '\0';
    if (file != NULL)
        fclose(file);
    for (i = 0; i < sizeof magic / sizeof magic[0]; i++)
        if (strncmp(start, magic[i], strlen(magic[i])) == 0)
            return 0;
    return 1;
}

static bc_status
fail_open(const struct bc_fits *f, const char *path, int status)
{
    if (status == BAD_HDU_NUM || (status == END_OF_FILE && strchr(f->name, '[') != NULL))
        return bc_fits_fail(f, status, "no such extension");
    if (status == BAD_NAXIS && strchr(f->name, '[') != NULL) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s: the image does not reach that far", f->name);
    }
    if (status == NOT_IMAGE) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s is a table, not an image", f->name);
    }
    if (status == NOT_TABLE) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s is no table", f->name);
    }
    if (strstr(path, "://") == NULL && is_alien(path)) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s is not a FITS file", f->name);
    }
    return bc_fits_fail(f, status, "could not be opened");
}

/* Open PATH without any syntax; "./" keeps CFITSIO from reading a meaning into its start. */
static bc_status
open_path(struct bc_fits *f, const char *path, int mode)
{
    char      name[FLEN_FILENAME + 2];
    int       status = 0;
    bc_status st = check_path(f, path);

    if (st != BC_OK)
        return st;
    snprintf(name, sizeof name, "%s%s", path[0] == '/' ? "" : "./", path);
    fits_open_diskfile(&f->file, name, mode, &status);
    return status == 0 ? BC_OK : fail_open(f, path, status);
}

/* CFITSIO finds no extension, or reads no section, of a file that ends too early, and does not say that it does. */
static int
is_truncated(const struct bc_fits *f, const char *path)
{
    struct bc_fits whole = { .name = f->name };
    int            status = 0, truncated = 0;

    if (open_path(&whole, path, READONLY) != BC_OK)
        return 0;
    while (status == 0 && !truncated) {
        truncated = bc_fits_lacks_data(whole.file, &status);
        fits_movrel_hdu(whole.file, 1, NULL, &status);
    }
    status = 0;
    fits_close_file(whole.file, &status);
    fits_clear_errmsg();
    return truncated;
}

/* NAME = path, "[extension]", "[section]", the last two optional: length of the path, and the
 * section.  0 = there is more in NAME. */
static size_t
split_name(const char *name, const char **section_p)
{
    size_t      path = strcspn(name, "["), n;
    const char *group = name + path;
    int         groups;

    *section_p = name + strlen(name);
    if (strstr(name, "://") != NULL)
        return 0;
    for (groups = 0; *group == '['; groups++, group += n + 1) {
        n = strcspn(group, "]");
        if (group[n] == '\0' || groups == 2 || **section_p != '\0')
            return 0;
        if (strcspn(group, ":*") < n && 1 + strspn(group + 1, "0123456789*:-, ") == n)
            *section_p = group;
        else if (groups > 0)
            return 0;
    }
    return *group == '\0' ? path : 0;
}

/* The open file in memory, of its current image the SECTION, "[1:10,*]", as fits_select_image_section makes it; but
 * that comes by the other extensions (bc_fits_forget_lossless) before it reads. */
static void
select_section(struct bc_fits *f, const char *section, int *status)
{
    char      inside[FLEN_FILENAME];
    fitsfile *made = NULL;
    int       here = bc_fits_here(f), count = 0, closed = 0, i;

    snprintf(inside, sizeof inside, "%.*s", (int)strcspn(section + 1, "]"), section + 1);
    fits_get_num_hdus(f->file, &count, status);
    fits_create_file(&made, "mem://", status);
    for (i = 1; i <= count; i++) {
        fits_movabs_hdu(f->file, i, NULL, status);
        if (*status == 0 && i == here) {
            bc_fits_forget_lossless(f->file);
            fits_copy_image_section(f->file, made, inside, status);
        } else {
            fits_copy_hdu(f->file, made, 0, status);
        }
    }
    fits_movabs_hdu(made, here, NULL, status);
    fits_close_file(*status == 0 ? f->file : made, &closed);
    f->file = *status == 0 ? made : f->file;
}

/* Open a name with an extension, a section, a filter... */
static bc_status
open_extended(struct bc_fits *f, int table)
{
    char        path[FLEN_FILENAME], name[FLEN_FILENAME + 2];
    const char *section = "";
    size_t      n = strcspn(f->name, "["), end = strlen(f->name);
    int         status = 0, remote = strstr(f->name, "://") != NULL || strcmp(f->name, "-") == 0;
    bc_status   st;

    snprintf(path, sizeof path, "%.*s", (int)n, f->name);
    st = remote ? BC_OK : check_path(f, n < strlen(f->name) ? path : f->name);
    if (st == BC_OK && n > 0 && path[n - 1] == ')')     /* "x(y)[..." would write a file y */
        st = bc_fail(BC_BAD_FILE,
                     "%s: CFITSIO cannot open an extension of a file whose name ends with )",
                     f->name);
    if (st != BC_OK)
        return st;
    if (!table && !remote && split_name(f->name, &section) > 0)
        end -= strlen(section);
    snprintf(name, sizeof name, "%s%.*s", remote || f->name[0] == '/' ? "" : "./", (int)end, f->name);
    if (table)
        fits_open_table(&f->file, name, READONLY, &status);
    else
        fits_open_image(&f->file, name, READONLY, &status);
    if (status == 0 && end < strlen(f->name))
        select_section(f, section, &status);
    if (status != 0 && is_truncated(f, path))
        return bc_fits_fail_truncated(f);
    return status == 0 ? BC_OK : fail_open(f, path, status);
}

/* To the first image of two axes or more with data, or to the first with any axis, which the
 * caller then refuses. */
static bc_status
first_image(struct bc_fits *f)
{
    int  status = 0, best = 0, count, i, type, naxis;
    long n[9] = { 0 };

    fits_get_num_hdus(f->file, &count, &status);
    for (i = 1; i <= count && status == 0; i++) {
        fits_movabs_hdu(f->file, i, &type, &status);
        if (status != 0 || type != IMAGE_HDU)
            continue;
        fits_get_img_dim(f->file, &naxis, &status);
        fits_get_img_size(f->file, 9, n, &status);
        if (status == 0 && naxis >= 1 && best == 0)
            best = i;
        if (status == 0 && naxis >= 2 && n[0] > 0 && n[1] > 0) {
            best = i;
            break;
        }
    }
    fits_clear_errmsg();
    if (best == 0)
        return bc_fail(BC_BAD_FILE, "%s holds no image", f->name);
    status = 0;
    fits_movabs_hdu(f->file, best, NULL, &status);
    return bc_fits_check(f, status, "could not be read");
}

/* IRAF's own images: CFITSIO makes FITS of them where a name has its syntax. */
static int
is_iraf(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL && strcmp(dot, ".imh") == 0;
}

static bc_status
open_read(const char *name, int image, struct bc_fits **f_p)
{
    struct bc_fits *f;
    struct stat     s;
    bc_status       st = bc_need_text(name, "the name of a file");

    if (st == BC_OK)
        st = new_file(name, strlen(name), &f);
    if (st != BC_OK)
        return st;
    f->plain = !image || (stat(name, &s) == 0 && !is_iraf(name));
    if (f->plain) {
        st = open_path(f, name, READONLY);
        if (st == BC_OK && image)
            st = first_image(f);
    } else {
        st = open_extended(f, 0);
    }
    if (st == BC_OK)
        *f_p = f;
    else
        bc_fits_close(f);
    return st;
}

bc_status
bc_fits_open(const char *name, struct bc_fits **f_p)
{
    return open_read(name, 1, f_p);
}

bc_status
bc_fits_open_file(const char *file, struct bc_fits **f_p)
{
    return open_read(file, 0, f_p);
}

/* To table I, 0-based; BC_BAD_SHAPE: there are not so many. */
static bc_status
find_table(struct bc_fits *f, int i)
{
    int status = 0, count, hdu, type;

    fits_get_num_hdus(f->file, &count, &status);
    for (hdu = 2; hdu <= count && status == 0; hdu++) {
        fits_movabs_hdu(f->file, hdu, &type, &status);
        if (status == 0 && type != IMAGE_HDU && i-- == 0)
            return BC_OK;
    }
    return status != 0 ? bc_fits_fail(f, status, "could not be read")
                       : bc_fail(BC_BAD_SHAPE, "%s has no further table", f->name);
}

bc_status
bc_fits_open_table(const char *name, int i, struct bc_fits **f_p)
{
    struct bc_fits *f;
    struct stat     s;
    bc_status       st = new_file(name, strlen(name), &f);

    if (st != BC_OK)
        return st;
    f->plain = stat(name, &s) == 0;
    st = f->plain ? open_path(f, name, READONLY) : open_extended(f, 1);
    if (st == BC_OK && f->plain)
        st = find_table(f, i);
    else if (st == BC_OK && i > 0)
        st = bc_fail(BC_BAD_SHAPE, "%s is one table", name);
    if (st == BC_OK)
        *f_p = f;
    else
        bc_fits_close(f);
    return st;
}

bc_status
bc_fits_open_beside(const struct bc_fits *f, int hdu, struct bc_fits **g_p)
{
    struct bc_fits *g = NULL;
    const char     *section;
    char            name[FLEN_FILENAME];
    size_t          path;
    bc_status       st;

    *g_p = NULL;
    if (f->plain) {
        st = bc_fits_open_file(f->name, &g);
        if (st == BC_OK)
            st = bc_fits_move(g, NULL, hdu);
        if (st == BC_OK)
            *g_p = g;
        else
            bc_fits_close(g);
        return st;
    }
    path = split_name(f->name, &section);
    if (path == 0 || snprintf(name, sizeof name, "%.*s[%d]%s", (int)path, f->name, hdu - 1, section)
                         >= (int)sizeof name)
        return BC_OK;
    if (open_read(name, 1, &g) == BC_OK)
        *g_p = g;
    return BC_OK;
}

/* ---- make, commit, close --------------------------------------------------------------------- */

bc_status
bc_fits_seed(const struct bc_fits *f, int fd)
{
    static const char *const cards[] = {
        "SIMPLE  =                    T", "BITPIX  =                    8",
        "NAXIS   =                    0", "EXTEND  =                    T", "END"
    };
    char                     block[2880];
    size_t                   i;

    memset(block, ' ', sizeof block);
    for (i = 0; i < sizeof cards / sizeof cards[0]; i++)
        memcpy(block + BC_CARD * i, cards[i], strlen(cards[i]));
    if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
        return bc_fail_write(f->name);
    return BC_OK;
}

/* FILE, to be written as PATH. */
static bc_status
create(const char *file, const char *path, int clobber, struct bc_fits **f_p)
{
    struct bc_fits *f;
    bc_status       st = new_file(file, strlen(path), &f);

    if (st != BC_OK)
        return st;
    st = bc_newfile_begin(&f->out, path, clobber);
    strcpy(f->out.name, file);          /* in messages */
    if (st == BC_OK)
        st = bc_fits_seed(f, f->out.fd);
    if (st == BC_OK)
        st = open_path(f, f->out.temporary, READWRITE);
    if (st == BC_OK)
        *f_p = f;
    else
        bc_fits_close(f);
    return st;
}

/* ".gz", ".fz", in upper or lower case, or "". */
static const char *
packing(const char *file)
{
    const char *end = file + strlen(file);

    return end - file > 3 && (strcasecmp(end - 3, ".gz") == 0 || strcasecmp(end - 3, ".fz") == 0) ? end - 3 : end;
}

bc_status
bc_fits_create(const char *file, int clobber, struct bc_fits **f_p)
{
    bc_status st = bc_need_text(file, "the name of an output file");

    if (st != BC_OK)
        return st;
    if (*packing(file) != '\0')
        return bc_fail(BC_BAD_FILE, "%s: only images are written compressed; leave out %s", file,
                       packing(file));
    return create(file, file, clobber, f_p);
}

bc_status
bc_fits_create_images(const char *file, int clobber, struct bc_fits **f_p)
{
    struct bc_newfile packed;
    const char       *slash, *base;
    char              path[BC_MAX_PATH];
    struct bc_fits   *f = NULL;
    bc_status         st = bc_need_text(file, "the name of an output file");

    if (st != BC_OK)
        return st;
    slash = strrchr(file, '/');
    base = slash == NULL ? file : slash + 1;
    if (*packing(file) == '\0')
        return create(file, file, clobber, f_p);
    st = bc_newfile_begin(&packed, file, clobber);
    if (st != BC_OK)
        return st;
    /* Beside it, as it needs as much room; it never gets this name. */
    snprintf(path, sizeof path, "%.*sunpacked.%s", (int)(base - file), file, base);
    st = create(file, path, 1, &f);
    if (st != BC_OK) {
        bc_newfile_discard(&packed);
        return st;
    }
    f->packed = packed;
    *f_p = f;
    return BC_OK;
}

bc_status
bc_fits_commit(struct bc_fits *f)
{
    int       status = 0;
    bc_status st;

    errno = 0;
    bc_fits_finish(f->file, f->sum, &status);
    if (status != 0)
        return bc_fits_fail(f, status, "could not be written");
    fits_close_file(f->file, &status);
    f->file = NULL;
    if (status != 0)
        return bc_fits_fail(f, status, "could not be written");
    if (f->packed.temporary[0] == '\0')
        return bc_newfile_commit(&f->out);
    st = bc_fits_pack(f);
    return st == BC_OK ? bc_newfile_commit(&f->packed) : st;
}

int
bc_fits_lock(const struct bc_fits *f)
{
    return fcntl(f->out.fd, F_DUPFD_CLOEXEC, 0);
}

void
bc_fits_close(struct bc_fits *f)
{
    int status = 0;

    if (f == NULL)
        return;
    if (f->file != NULL) {
        fits_close_file(f->file, &status);
        fits_clear_errmsg();
    }
    bc_newfile_discard(&f->out);
    bc_newfile_discard(&f->packed);
    free(f->memory);
    free(f->name);
    free(f);
}

int
bc_is_reentrant(void)
{
    return fits_is_reentrant();
}
