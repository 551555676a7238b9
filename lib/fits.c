/* fits.c -- FITS files for the rest of the library; this file alone sees CFITSIO.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "fits.h"

#include <errno.h>
#include <fitsio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "newfile.h"

struct bc_fits {
    fitsfile         *file;
    char             *name;     /* as the caller said it, for messages */
    struct bc_newfile out;      /* all zero: read only */
    void             *memory;   /* the whole file, where it had to be padded */
    size_t            size;
};

/* One sentence of ours with CFITSIO's reason; its stack of messages, of all threads, is emptied. */
static bc_status
fail(const struct bc_fits *f, int status, const char *what)
{
    char reason[FLEN_STATUS];

    fits_get_errstatus(status, reason);
    fits_clear_errmsg();
    if (status == MEMORY_ALLOCATION)
        return bc_fail(BC_NO_MEMORY, "%s: out of memory", f->name);
    if (status == WRITE_ERROR && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
        return bc_fail(BC_BAD_FILE, "%s: %s (%s)", f->name, what, strerror(errno));
    return bc_fail(BC_BAD_FILE, "%s: %s (%s)", f->name, what, reason);
}

static bc_status
check(const struct bc_fits *f, int status, const char *what)
{
    return status == 0 ? BC_OK : fail(f, status, what);
}

/* ROOM: what CFITSIO's longest name must hold beside NAME: "./", and for a new file "." ".part". */
static bc_status
new_file(const char *name, struct bc_fits **f_p)
{
    enum { ROOM = 9 };
    struct bc_fits *f;

    if (strlen(name) + ROOM > FLEN_FILENAME)
        return bc_fail(BC_BAD_FILE, "a file name of %zu characters is too long", strlen(name));
    f = calloc(1, sizeof *f);
    if (f == NULL || (f->name = strdup(name)) == NULL) {
        free(f);
        return bc_fail_memory(sizeof *f, "a FITS file");
    }
    *f_p = f;
    return BC_OK;
}

static int
number_of(const struct bc_fits *f)
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

    if (stat(path, &s) != 0)
        return bc_fail(BC_BAD_FILE, "%s: %s", f->name, strerror(errno));
    if (S_ISDIR(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is a directory", f->name);
    if (!S_ISREG(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is not a regular file", f->name);
    if (access(path, R_OK) != 0)
        return bc_fail(BC_BAD_FILE, "%s: %s", f->name, strerror(errno));
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
        return fail(f, status, "no such extension");
    if (status == NOT_IMAGE) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s is a table, not an image", f->name);
    }
    if (is_alien(path)) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s is not a FITS file", f->name);
    }
    return fail(f, status, "could not be opened");
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

/* Open a name with an extension, a section, a filter... */
static bc_status
open_extended(struct bc_fits *f)
{
    char      path[FLEN_FILENAME], name[FLEN_FILENAME + 2];
    size_t    n = strcspn(f->name, "[");
    int       status = 0, remote = strstr(f->name, "://") != NULL || strcmp(f->name, "-") == 0;
    bc_status st;

    snprintf(path, sizeof path, "%.*s", (int)n, f->name);
    st = remote ? BC_OK : check_path(f, n < strlen(f->name) ? path : f->name);
    if (st == BC_OK && n > 0 && path[n - 1] == ')')     /* "x(y)[..." would write a file y */
        st = bc_fail(BC_BAD_FILE,
                     "%s: CFITSIO cannot open an extension of a file whose name ends with )",
                     f->name);
    if (st != BC_OK)
        return st;
    snprintf(name, sizeof name, "%s%s", remote || f->name[0] == '/' ? "" : "./", f->name);
    fits_open_image(&f->file, name, READONLY, &status);
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
    return check(f, status, "could not be read");
}

static bc_status
open_read(const char *name, int image, struct bc_fits **f_p)
{
    struct bc_fits *f;
    struct stat     s;
    bc_status       st = new_file(name, &f);

    if (st != BC_OK)
        return st;
    if (!image || stat(name, &s) == 0) {
        st = open_path(f, name, READONLY);
        if (st == BC_OK && image)
            st = first_image(f);
    } else {
        st = open_extended(f);
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

/* ---- make, commit, close --------------------------------------------------------------------- */

/* CFITSIO opens the temporary, which exists already, so the smallest FITS file must be in it. */
static bc_status
seed(const struct bc_fits *f)
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
    if (write(f->out.fd, block, sizeof block) != (ssize_t)sizeof block)
        return bc_fail(BC_BAD_FILE, "%s cannot be written: %s", f->name, strerror(errno));
    return BC_OK;
}

bc_status
bc_fits_create(const char *file, int clobber, struct bc_fits **f_p)
{
    struct bc_fits *f;
    size_t          n = strlen(file);
    bc_status       st;

    if (n > 3 && (strcmp(file + n - 3, ".gz") == 0 || strcmp(file + n - 3, ".fz") == 0))
        return bc_fail(BC_BAD_FILE, "%s: compressed files are read but not written; leave out %s",
                       file, file + n - 3);
    st = new_file(file, &f);
    if (st != BC_OK)
        return st;
    st = bc_newfile_begin(&f->out, file, clobber);
    if (st == BC_OK)
        st = seed(f);
    if (st == BC_OK)
        st = open_path(f, f->out.temporary, READWRITE);
    if (st == BC_OK)
        *f_p = f;
    else
        bc_fits_close(f);
    return st;
}

/* The time now, or the one that SOURCE_DATE_EPOCH fixes (reproducible-builds.org). */
static void
date(char text[32])
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t now = epoch != NULL && *epoch != '\0' ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
    struct tm   tm;

    if (gmtime_r(&now, &tm) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        strcpy(text, "1970-01-01T00:00:00");
}

static const char zero_sum[] = "0000000000000000";

/* Give the current HDU the cards that commit fills in.  Before its data are written: later, a
 * header that needs another block would move them all. */
static void
stamp(fitsfile *file, int *status)
{
    char now[32], old[FLEN_VALUE];
    int  absent = 0;

    if (*status != 0 || fits_read_keyword(file, "DATASUM", old, NULL, &absent) == 0)
        return;
    fits_clear_errmsg();
    date(now);
    fits_update_key_str(file, "DATE", now, "UTC, when this HDU was written", status);
    fits_update_key_str(file, "CHECKSUM", zero_sum, "of this HDU", status);
    fits_update_key_str(file, "DATASUM", "0", "of its data", status);
}

/* CFITSIO's own fits_write_chksum puts the time of day into the comments, and so no two files would
 * be equal. */
static void
sum(fitsfile *file, int *status)
{
    unsigned long data, all;
    char          text[FLEN_VALUE];

    stamp(file, status);
    fits_flush_file(file, status);
    fits_modify_key_str(file, "CHECKSUM", zero_sum, NULL, status);
    fits_get_chksum(file, &data, &all, status);
    snprintf(text, sizeof text, "%lu", data);
    fits_modify_key_str(file, "DATASUM", text, NULL, status);
    fits_get_chksum(file, &data, &all, status);
    if (*status != 0)
        return;
    fits_encode_chksum(all, 1, text);
    fits_modify_key_str(file, "CHECKSUM", text, NULL, status);
}

bc_status
bc_fits_commit(struct bc_fits *f)
{
    int status = 0, count = 0, i;

    errno = 0;
    fits_flush_file(f->file, &status);
    fits_get_num_hdus(f->file, &count, &status);
    for (i = 1; i <= count && status == 0; i++) {
        fits_movabs_hdu(f->file, i, NULL, &status);
        sum(f->file, &status);
    }
    fits_flush_file(f->file, &status);
    if (status != 0)
        return fail(f, status, "could not be written");
    fits_close_file(f->file, &status);
    f->file = NULL;
    return status == 0 ? bc_newfile_commit(&f->out) : fail(f, status, "could not be written");
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
    free(f->memory);
    free(f->name);
    free(f);
}

/* ---- HDUs and headers ------------------------------------------------------------------------ */

bc_status
bc_fits_move(struct bc_fits *f, const char *extname, int number)
{
    char name[FLEN_VALUE];
    int  status = 0;

    if (extname == NULL) {
        fits_movabs_hdu(f->file, number, NULL, &status);
        if (status == 0)
            return BC_OK;
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s has no HDU %d", f->name, number);
    }
    snprintf(name, sizeof name, "%s", extname);
    fits_movnam_hdu(f->file, ANY_HDU, name, 0, &status);
    if (status == 0)
        return BC_OK;
    fits_clear_errmsg();
    return bc_fail(BC_BAD_FILE, "%s has no extension %s", f->name, extname);
}

bc_status
bc_fits_checksum(struct bc_fits *f)
{
    int status = 0, data = 0, all = 0;

    fits_verify_chksum(f->file, &data, &all, &status);
    if (status != 0)
        return fail(f, status, "could not be read");
    if (data != 1 || all != 1)
        return bc_fail(BC_BAD_FILE, "%s: HDU %d %s", f->name, number_of(f),
                       data < 0 || all < 0 ? "is damaged (its checksum is wrong)"
                                           : "has no checksum");
    return BC_OK;
}

static bc_status
read_cards(struct bc_fits *f, struct bc_header *h)
{
    char     *cards = NULL;
    int       status = 0, n = 0, i;
    bc_status st = BC_OK;

    fits_convert_hdr2str(f->file, 0, NULL, 0, &cards, &n, &status);
    if (status != 0)
        return fail(f, status, "its header could not be read");
    h->n = 0;
    for (i = 0; i < n && st == BC_OK; i++)
        if (strncmp(cards + BC_CARD * i, "END     ", 8) != 0)
            st = bc_header_append(h, cards + BC_CARD * i);
    fits_free_memory(cards, &status);
    return st;
}

/* INHERIT = F or a primary HDU with data: the extension stands for itself. */
static bc_status
inherit(struct bc_fits *f, int hdu, struct bc_header *h)
{
    struct bc_header primary = { NULL, 0, 0 };
    char             says[8];
    int              naxis = 1, status = 0;
    bc_status        st = BC_OK;

    if (bc_header_text(h, "INHERIT", says, sizeof says) && says[0] == 'F')
        return BC_OK;
    fits_movabs_hdu(f->file, 1, NULL, &status);
    fits_get_img_dim(f->file, &naxis, &status);
    if (status == 0 && naxis == 0)
        st = read_cards(f, &primary);
    if (st == BC_OK)
        st = bc_header_inherit(&primary, h);
    bc_header_free(&primary);
    fits_movabs_hdu(f->file, hdu, NULL, &status);
    return st == BC_OK ? check(f, status, "its header could not be read") : st;
}

bc_status
bc_fits_read_header(struct bc_fits *f, struct bc_header *h)
{
    int       hdu = number_of(f);
    bc_status st = read_cards(f, h);

    return st == BC_OK && hdu > 1 ? inherit(f, hdu, h) : st;
}

bc_status
bc_fits_write_header(struct bc_fits *f, const struct bc_header *h)
{
    char key[BC_KEY + 1];
    int  status = 0, i;

    for (i = 0; i < h->n && status == 0; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        if (!bc_key_is_structure(key))
            fits_write_record(f->file, h->card[i], &status);
    }
    return check(f, status, "a header card could not be written");
}

/* Put the cards of H, which describe one value, where KEY stands or at the end.  CFITSIO's own
 * writers would give numbers 15 digits, which do not always read back the same. */
static bc_status
update(struct bc_fits *f, const char *key, struct bc_header *h)
{
    char old[FLEN_CARD];
    int  i, status = 0, absent = 0;

    if (h->n > 1 && fits_read_card(f->file, key, old, &absent) == 0)
        fits_delete_key(f->file, key, &status);         /* CONTINUE cards go to the end */
    fits_update_card(f->file, key, h->card[0], &status);
    for (i = 1; i < h->n; i++)
        fits_write_record(f->file, h->card[i], &status);
    fits_clear_errmsg();
    bc_header_free(h);
    return check(f, status, "a header card could not be written");
}

bc_status
bc_fits_set_text(struct bc_fits *f, const char *key, const char *text, const char *comment)
{
    struct bc_header h = { NULL, 0, 0 };
    bc_status        st = bc_header_set_text(&h, key, text, comment);

    return st == BC_OK ? update(f, key, &h) : st;
}

bc_status
bc_fits_set_number(struct bc_fits *f, const char *key, double value, const char *comment)
{
    struct bc_header h = { NULL, 0, 0 };
    bc_status        st = bc_header_set_number(&h, key, value, comment);

    return st == BC_OK ? update(f, key, &h) : st;
}

bc_status
bc_fits_set_integer(struct bc_fits *f, const char *key, long value, const char *comment)
{
    struct bc_header h = { NULL, 0, 0 };
    bc_status        st = bc_header_set_integer(&h, key, value, comment);

    return st == BC_OK ? update(f, key, &h) : st;
}

/* ---- images ---------------------------------------------------------------------------------- */

bc_status
bc_fits_image_size(struct bc_fits *f, int *bitpix_p, int *naxis_p, long naxis[9])
{
    int status = 0, type, i;

    fits_get_hdu_type(f->file, &type, &status);
    if (status == 0 && type != IMAGE_HDU)
        return bc_fail(BC_BAD_FILE, "%s: HDU %d is a table, not an image", f->name, number_of(f));
    for (i = 0; i < 9; i++)
        naxis[i] = 1;
    fits_get_img_param(f->file, 9, bitpix_p, naxis_p, naxis, &status);
    return check(f, status, "its image could not be read");
}

/* Bytes of the current HDU's data without the padding; -1 if they are absurdly many. */
static LONGLONG
data_bytes(fitsfile *file, int *status)
{
    LONGLONG n[9] = { 0 }, heap = 0, bytes;
    int      bitpix = 8, naxis = 0, i, absent = 0, packed = fits_is_compressed_image(file, status);

    if (packed) {                       /* a table: rows, then the heap */
        naxis = 2;
        fits_read_key(file, TLONGLONG, "NAXIS1", &n[0], NULL, status);
        fits_read_key(file, TLONGLONG, "NAXIS2", &n[1], NULL, status);
        fits_read_key(file, TLONGLONG, "PCOUNT", &heap, NULL, &absent);
    } else {
        fits_get_img_paramll(file, 9, &bitpix, &naxis, n, status);
    }
    bytes = naxis > 0 ? abs(bitpix) / 8 : 0;
    for (i = 0; i < naxis && i < 9; i++) {
        if (n[i] < 0 || (n[i] > 0 && bytes > INT64_MAX / 4 / n[i]))
            return -1;
        bytes *= n[i];
    }
    return heap < 0 || heap > INT64_MAX / 4 ? -1 : bytes + heap;
}

/* A file that ends with its data, without the zeros up to a multiple of 2880, is a common sin that
 * CFITSIO does not forgive: read it into memory and add them. */
static bc_status
pad(struct bc_fits *f, size_t size)
{
    size_t    padded = (size + 2879) / 2880 * 2880;
    FILE     *in = fopen(f->name, "rb");
    int       hdu = number_of(f), status = 0;
    bc_status st = BC_OK;

    f->memory = calloc(padded, 1);
    f->size = padded;
    if (f->memory == NULL)
        st = bc_fail_memory(padded, f->name);
    else if (in == NULL || fread(f->memory, 1, size, in) != size)
        st = bc_fail(BC_BAD_FILE, "%s: %s", f->name, strerror(errno));
    if (in != NULL)
        fclose(in);
    if (st != BC_OK)
        return st;
    fits_close_file(f->file, &status);
    fits_open_memfile(&f->file, "padded", READONLY, &f->memory, &f->size, 0, NULL, &status);
    fits_movabs_hdu(f->file, hdu, NULL, &status);
    return check(f, status, "its pixels cannot be read");
}

bc_status
bc_fits_complete(struct bc_fits *f)
{
    LONGLONG start = 0, end = 0, size = f->file->Fptr->filesize, bytes;
    int      status = 0, blank = 0;
    long     last[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    float    value;

    fits_get_hduaddrll(f->file, NULL, &start, &end, &status);
    bytes = data_bytes(f->file, &status);
    if (status != 0)
        return fail(f, status, "its image cannot be read");
    if (bytes < 0 || bytes > size - start)
        return bc_fail(BC_BAD_FILE, "%s is truncated: it ends before its data do", f->name);
    if (end > size)
        return pad(f, (size_t)size);
    if (!fits_is_compressed_image(f->file, &status))
        return BC_OK;
    fits_get_img_size(f->file, 9, last, &status);       /* are there as many tiles as it takes? */
    fits_read_pix(f->file, TFLOAT, last, 1, NULL, &value, &blank, &status);
    return status == 0 || status == NUM_OVERFLOW ? BC_OK
                                                 : fail(f, status, "its pixels cannot be read");
}

bc_status
bc_fits_read(struct bc_fits *f, long first, long n, float *pixels)
{
    float none = NAN;
    int   status = 0, blank;
    long  i;

    fits_read_img(f->file, TFLOAT, first + 1, n, &none, pixels, &blank, &status);
    for (i = 0; i < n && status == 0; i++)
        if (isinf(pixels[i]))           /* a double that no float can hold */
            pixels[i] = NAN;
    return check(f, status, "its pixels could not be read");
}

bc_status
bc_fits_append_image(struct bc_fits *f, const char *extname, int bitpix, int naxis,
                     const long *naxes)
{
    int status = 0;

    errno = 0;
    if (extname == NULL) {
        fits_movabs_hdu(f->file, 1, NULL, &status);
        fits_resize_img(f->file, bitpix, naxis, (long *)naxes, &status);
    } else {
        fits_create_img(f->file, bitpix, naxis, (long *)naxes, &status);
        fits_write_key_str(f->file, "EXTNAME", extname, NULL, &status);
    }
    return check(f, status, "could not be written");
}

bc_status
bc_fits_write(struct bc_fits *f, long first, long n, const float *pixels)
{
    int  status = 0, bitpix = 0;
    long i;

    errno = 0;
    fits_get_img_type(f->file, &bitpix, &status);
    for (i = 0; bitpix > 0 && i < n; i++)
        if (isnan(pixels[i]))
            return bc_fail(BC_BAD_ARG, "%s: an image of integers has no NaN", f->name);
    stamp(f->file, &status);
    fits_write_img(f->file, TFLOAT, first + 1, n, (float *)pixels, &status);
    return check(f, status, "could not be written");
}

/* ---- binary tables --------------------------------------------------------------------------- */

bc_status
bc_fits_append_table(struct bc_fits *f, const char *extname, int ncol, const char *const *names,
                     const char *const *forms, const char *const *units)
{
    int status = 0, i;

    errno = 0;
    fits_create_tbl(f->file, BINARY_TBL, 0, ncol, (char **)names, (char **)forms, NULL, extname,
                    &status);
    for (i = 0; units != NULL && i < ncol; i++)
        if (units[i] != NULL && units[i][0] != '\0') {
            char key[FLEN_KEYWORD];

            fits_make_keyn("TUNIT", i + 1, key, &status);
            fits_write_key_str(f->file, key, units[i], NULL, &status);
        }
    return check(f, status, "a table could not be written");
}

/* Number and repeat count of column NAME of the current table. */
static bc_status
find_column(struct bc_fits *f, const char *name, int *number_p, long *repeat_p)
{
    int  status = 0, type;
    long width;

    fits_get_colnum(f->file, CASEINSEN, (char *)name, number_p, &status);
    if (status != 0) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s has no column %s", f->name, name);
    }
    fits_get_coltype(f->file, *number_p, &type, repeat_p, &width, &status);
    return check(f, status, "a table could not be read");
}

bc_status
bc_fits_write_column(struct bc_fits *f, const char *name, long row, long nrow, const double *values)
{
    int       status = 0, number;
    long      repeat;
    bc_status st = find_column(f, name, &number, &repeat);

    errno = 0;
    if (st != BC_OK)
        return st;
    stamp(f->file, &status);
    fits_write_col(f->file, TDOUBLE, number, row + 1, 1, (LONGLONG)nrow * repeat, (double *)values,
                   &status);
    return check(f, status, "a table could not be written");
}

bc_status
bc_fits_read_column(struct bc_fits *f, const char *name, long row, long nrow, double *values)
{
    int       status = 0, number, blank;
    long      repeat;
    double    none = NAN;
    bc_status st = find_column(f, name, &number, &repeat);

    if (st != BC_OK)
        return st;
    fits_read_col(f->file, TDOUBLE, number, row + 1, 1, (LONGLONG)nrow * repeat, &none, values,
                  &blank, &status);
    return check(f, status, "a table could not be read");
}

bc_status
bc_fits_write_text(struct bc_fits *f, const char *name, long row, const char *text)
{
    int       status = 0, number;
    long      repeat;
    char     *texts[1] = { (char *)text };
    bc_status st = find_column(f, name, &number, &repeat);

    errno = 0;
    if (st != BC_OK)
        return st;
    stamp(f->file, &status);
    fits_write_col(f->file, TSTRING, number, row + 1, 1, 1, texts, &status);
    return check(f, status, "a table could not be written");
}

bc_status
bc_fits_read_text(struct bc_fits *f, const char *name, long row, char *text, size_t size)
{
    int       status = 0, number, blank;
    long      repeat;
    char     *texts[1];
    bc_status st = find_column(f, name, &number, &repeat);

    if (st != BC_OK)
        return st;
    texts[0] = malloc((size_t)repeat + 1);
    if (texts[0] == NULL)
        return bc_fail_memory((size_t)repeat + 1, "a table's text");
    texts[0][0] = '\0';
    fits_read_col(f->file, TSTRING, number, row + 1, 1, 1, "", texts, &blank, &status);
    if (status == 0)
        snprintf(text, size, "%s", texts[0]);
    free(texts[0]);
    return check(f, status, "a table could not be read");
}
