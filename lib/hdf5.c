/* hdf5.c -- the only file that sees libhdf5.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "h5file.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
bc_names_free(struct bc_names *names)
{
    int i;

    for (i = 0; i < names->n; i++)
        free(names->text[i]);
    free(names->text);
    *names = (struct bc_names){ NULL, 0 };
}

#ifdef HAVE_HDF5

#include <hdf5.h>

enum { MAX_NAMES = 1 << 16 };               /* in a group or an attribute */
enum { MAX_TEXT = 1 << 24 };                /* bytes of a fixed-length text: a network's description */
static const hsize_t MAX_NUMBERS = (hsize_t)1 << 28;    /* of one reading: 1 GB of floats */
static const hsize_t MAX_CHUNK = (hsize_t)1 << 28;      /* bytes: what libhdf5 unpacks at once */
static const hsize_t SMALL = (hsize_t)1 << 24;          /* bytes of a dataset that may be mostly empty */

struct bc_h5 {
    char  name[1024];
    hid_t file, access;                     /* access: of links */
};

/* Not every libhdf5 is made for threads, and one that is has a lock of its own, which a child process would inherit
 * from a thread that it has not. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static H5E_auto2_t     say;                 /* the caller's way of hearing of errors, while we are in libhdf5 */
static void           *say_arg;

void
bc_h5_hold(void)
{
    pthread_mutex_lock(&one_at_a_time);
}

void
bc_h5_resume(void)
{
    pthread_mutex_unlock(&one_at_a_time);
}

/* What fails until leave() is worded here, not printed there. */
static void
enter(void)
{
    bc_h5_hold();
    H5Eget_auto2(H5E_DEFAULT, &say, &say_arg);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void
leave(void)
{
    H5Eset_auto2(H5E_DEFAULT, say, say_arg);
    bc_h5_resume();
}

/* No link leads out of the file. */
static herr_t
refuse_external(const char *file, const char *path, const char *to, const char *target,
                unsigned *flags, hid_t access, void *arg)
{
    (void)file; (void)path; (void)to; (void)target; (void)flags; (void)access; (void)arg;
    return -1;
}

static void
close_file(struct bc_h5 *h)
{
    if (h->file >= 0)
        H5Fclose(h->file);
    if (h->access >= 0)
        H5Pclose(h->access);
    free(h);
}

/* FILE is what libhdf5 is to open. */
static bc_status
open_with(const char *name, const char *file, hid_t how, struct bc_h5 **h_p)
{
    struct bc_h5 *h = calloc(1, sizeof *h);

    if (h == NULL || how < 0) {
        free(h);
        return bc_fail_memory(sizeof *h, "an HDF5 file");
    }
    snprintf(h->name, sizeof h->name, "%s", name);
    h->access = H5Pcreate(H5P_LINK_ACCESS);
    H5Pset_elink_cb(h->access, refuse_external, NULL);
    h->file = H5Fopen(file, H5F_ACC_RDONLY, how);
    if (h->file < 0 || h->access < 0) {
        close_file(h);
        return bc_fail(BC_BAD_FILE, "%s: not a readable HDF5 file", name);
    }
    *h_p = h;
    return BC_OK;
}

bc_status
bc_h5_open(const char *name, struct bc_h5 **h_p)
{
    bc_status st;

    enter();
    st = open_with(name, name, H5P_DEFAULT, h_p);
    leave();
    return st;
}

bc_status
bc_h5_open_bytes(const char *name, const void *bytes, size_t n, struct bc_h5 **h_p)
{
    hid_t     how;
    char      file[1040];
    bc_status st;

    enter();
    how = H5Pcreate(H5P_FILE_ACCESS);
    snprintf(file, sizeof file, "%s/", name);   /* libhdf5 wants a name that no file has */
    if (how < 0 || H5Pset_fapl_core(how, 1 << 16, 0) < 0
        || H5Pset_file_image(how, (void *)bytes, n) < 0)
        st = bc_fail_memory(n, "an HDF5 file");
    else
        st = open_with(name, file, how, h_p);
    if (how >= 0)
        H5Pclose(how);
    leave();
    return st;
}

void
bc_h5_close(struct bc_h5 *h)
{
    if (h == NULL)
        return;
    enter();
    close_file(h);
    leave();
}

/* Whether each part of PATH is there: libhdf5 fails if an earlier one is not. */
static int
has(struct bc_h5 *h, const char *path)
{
    char   part[1024];
    size_t n = 0;

    while (path[n] != '\0') {
        n += strspn(path + n, "/");
        n += strcspn(path + n, "/");
        if (n >= sizeof part)
            return 0;
        memcpy(part, path, n);
        part[n] = '\0';
        if (strspn(part, "/") < n && H5Lexists(h->file, part, h->access) <= 0)
            return 0;
    }
    return H5Oexists_by_name(h->file, path, h->access) > 0;
}

int
bc_h5_has(struct bc_h5 *h, const char *path)
{
    int there;

    enter();
    there = has(h, path);
    leave();
    return there;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bc_status
add_name(struct bc_names *names, const char *text, size_t n)
{
    if ((names->n & (names->n - 1)) == 0) {         /* full at 0, 1, 2, 4, 8... */
        size_t room = names->n > 0 ? 2 * (size_t)names->n : 1;
        char **grown = realloc(names->text, room * sizeof *grown);

        if (grown == NULL)
            return bc_fail_memory(room * sizeof *grown, "names of an HDF5 file");
        names->text = grown;
    }
    names->text[names->n] = strndup(text, n);
    if (names->text[names->n] == NULL)
        return bc_fail_memory(n, "a name of an HDF5 file");
    names->n++;
    return BC_OK;
}

static herr_t
add_link(hid_t group, const char *name, const H5L_info_t *info, void *names)
{
    (void)group; (void)info;
    return ((struct bc_names *)names)->n < MAX_NAMES && add_name(names, name, strlen(name)) == BC_OK
               ? 0 : -1;
}

bc_status
bc_h5_list(struct bc_h5 *h, const char *path, struct bc_names *names)
{
    hsize_t at = 0;
    hid_t   group;
    herr_t  ok = -1;

    enter();
    group = H5Gopen2(h->file, path, H5P_DEFAULT);
    if (group >= 0) {
        ok = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, add_link, names);
        H5Gclose(group);
    }
    leave();
    return ok >= 0 ? BC_OK : bc_fail(BC_BAD_FILE, "%s: group %s cannot be read", h->name, path);
}

/* N texts of fixed length: each as long as SIZE or to its NUL. */
static bc_status
read_fixed(hid_t attribute, size_t size, hssize_t n, struct bc_names *names)
{
    hid_t     type = H5Tcopy(H5T_C_S1);
    char     *text = malloc(size * (size_t)n);
    hssize_t  i;
    bc_status st = BC_OK;

    if (text == NULL)
        st = bc_fail_memory(size * (size_t)n, "texts of an HDF5 file");
    else if (H5Tset_size(type, size) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0
             || H5Aread(attribute, type, text) < 0)
        st = bc_fail(BC_BAD_FILE, "an attribute cannot be read");
    for (i = 0; st == BC_OK && i < n; i++)
        st = add_name(names, text + (size_t)i * size, strnlen(text + (size_t)i * size, size));
    free(text);
    H5Tclose(type);
    return st;
}

static bc_status
read_variable(hid_t attribute, hid_t space, H5T_cset_t set, hssize_t n, struct bc_names *names)
{
    hid_t     type = H5Tcopy(H5T_C_S1);
    char    **text = calloc((size_t)n, sizeof *text);
    hssize_t  i;
    bc_status st = BC_OK;

    if (text == NULL)
        st = bc_fail_memory((size_t)n * sizeof *text, "texts of an HDF5 file");
    else if (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, set) < 0
             || H5Aread(attribute, type, text) < 0)
        st = bc_fail(BC_BAD_FILE, "an attribute cannot be read");
    for (i = 0; st == BC_OK && i < n; i++)
        st = add_name(names, text[i] != NULL ? text[i] : "",
                      text[i] != NULL ? strlen(text[i]) : 0);
    if (st == BC_OK)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    free(text);
    H5Tclose(type);
    return st;
}

static bc_status
read_texts(struct bc_h5 *h, const char *path, const char *attribute, struct bc_names *names)
{
    hid_t     a, type, space;
    hssize_t  n;
    size_t    size;
    bc_status st = BC_OK;

    if (H5Aexists_by_name(h->file, path, attribute, h->access) <= 0)
        return BC_OK;
    a = H5Aopen_by_name(h->file, path, attribute, H5P_DEFAULT, h->access);
    type = H5Aget_type(a);
    space = H5Aget_space(a);
    n = H5Sget_simple_extent_npoints(space);
    size = H5Tget_size(type);
    if (a < 0 || type < 0 || space < 0 || n < 0)
        st = BC_BAD_FILE;
    else if (n > 0 && H5Tget_class(type) == H5T_STRING) {
        if (n > MAX_NAMES || size < 1 || size > MAX_TEXT || size * (size_t)n > MAX_TEXT)
            st = BC_BAD_FILE;
        else if (H5Tis_variable_str(type) > 0)
            st = read_variable(a, space, H5Tget_cset(type), n, names);
        else
            st = read_fixed(a, size, n, names);
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(a);
    return st == BC_OK || st == BC_NO_MEMORY
               ? st : bc_fail(BC_BAD_FILE, "%s: attribute %s of %s cannot be read", h->name,
                              attribute, path);
}

bc_status
bc_h5_texts(struct bc_h5 *h, const char *path, const char *attribute, struct bc_names *names)
{
    bc_status st;

    enter();
    st = read_texts(h, path, attribute, names);
    leave();
    return st;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Bytes of all numbers of D. */
static hsize_t
size_of(hid_t d, hid_t type)
{
    hid_t    space = H5Dget_space(d);
    hssize_t n = H5Sget_simple_extent_npoints(space);

    H5Sclose(space);
    return n > 0 ? (hsize_t)n * H5Tget_size(type) : 0;
}

/* Why dataset D may not be read; NULL if it may.  Its numbers must lie in this file, not unpack to
 * many times what lies there, and not in larger pieces than a limit. */
static const char *
what_is_wrong(hid_t d, hid_t type)
{
    hid_t        how = H5Dget_create_plist(d);
    H5D_layout_t layout = H5Pget_layout(how);
    const char  *wrong = NULL;
    hsize_t      chunk[H5S_MAX_RANK], bytes = H5Tget_size(type);
    int          n, i;

    if (H5Tget_class(type) != H5T_FLOAT && H5Tget_class(type) != H5T_INTEGER)
        wrong = "holds no numbers";
    else if (layout != H5D_CONTIGUOUS && layout != H5D_COMPACT && layout != H5D_CHUNKED)
        wrong = "is made of other datasets";
    else if (H5Pget_external_count(how) != 0)
        wrong = "keeps its numbers in other files";
    else if (size_of(d, type) > SMALL && size_of(d, type) / 64 > H5Dget_storage_size(d))
        wrong = "has far fewer numbers than it promises";
    if (wrong == NULL && layout == H5D_CHUNKED) {
        n = H5Pget_chunk(how, H5S_MAX_RANK, chunk);
        for (i = 0; i < n && bytes <= MAX_CHUNK; i++)
            bytes *= chunk[i] <= MAX_CHUNK ? chunk[i] : MAX_CHUNK + 1;
        if (n < 1 || bytes > MAX_CHUNK)
            wrong = "has chunks larger than any that are read";
    }
    H5Pclose(how);
    return wrong;
}

static bc_status
open_dataset(struct bc_h5 *h, const char *path, hid_t *d_p)
{
    hid_t       d = has(h, path) ? H5Oopen(h->file, path, h->access) : -1, type;
    const char *wrong;

    if (d >= 0 && H5Iget_type(d) != H5I_DATASET) {
        H5Oclose(d);
        d = -1;
    }
    if (d < 0)
        return bc_fail(BC_BAD_FILE, "%s: dataset %s is missing or unreadable", h->name, path);
    type = H5Dget_type(d);
    wrong = what_is_wrong(d, type);
    H5Tclose(type);
    if (wrong != NULL) {
        H5Dclose(d);
        return bc_fail(BC_BAD_FILE, "%s: dataset %s %s", h->name, path, wrong);
    }
    *d_p = d;
    return BC_OK;
}

/* Shape of D; 0 if it has none of up to BC_H5_DIMS axes. */
static int
get_shape(hid_t d, int *ndim_p, hsize_t dim[BC_H5_DIMS])
{
    hid_t space = H5Dget_space(d);
    int   n = H5Sget_simple_extent_ndims(space), good, i;

    good = n >= 0 && n <= BC_H5_DIMS && H5Sget_simple_extent_dims(space, dim, NULL) == n;
    for (i = 0; good && i < n; i++)
        good = dim[i] <= (hsize_t)1 << 40;
    H5Sclose(space);
    *ndim_p = n;
    return good;
}

static bc_status
read_shape(struct bc_h5 *h, const char *path, int *ndim_p, long dim[BC_H5_DIMS])
{
    hsize_t   size[BC_H5_DIMS];
    hid_t     d;
    int       i, good;
    bc_status st = open_dataset(h, path, &d);

    if (st != BC_OK)
        return st;
    good = get_shape(d, ndim_p, size);
    for (i = 0; good && i < *ndim_p; i++)
        dim[i] = (long)size[i];
    H5Dclose(d);
    return good ? BC_OK : bc_fail(BC_BAD_SHAPE, "%s: dataset %s has no usable shape", h->name, path);
}

bc_status
bc_h5_shape(struct bc_h5 *h, const char *path, int *ndim_p, long dim[BC_H5_DIMS])
{
    bc_status st;

    enter();
    st = read_shape(h, path, ndim_p, dim);
    leave();
    return st;
}

static bc_status
read_numbers(struct bc_h5 *h, const char *path, long first, long n, hid_t type, void *x)
{
    hsize_t   dim[BC_H5_DIMS], start[BC_H5_DIMS] = { 0 }, total;
    hid_t     d, file, memory;
    int       ndim, i, good;
    bc_status st = open_dataset(h, path, &d);

    if (st != BC_OK)
        return st;
    good = get_shape(d, &ndim, dim);
    if (good && ndim > 0) {
        good = first >= 0 && n > 0 && (hsize_t)first < dim[0] && (hsize_t)n <= dim[0] - first;
        start[0] = (hsize_t)first;
        dim[0] = (hsize_t)n;
    }
    for (i = 0, total = 1; good && i < ndim; i++)
        good = (total *= dim[i]) > 0 && total <= MAX_NUMBERS;
    file = H5Dget_space(d);
    memory = ndim > 0 && good ? H5Screate_simple(ndim, dim, NULL) : H5Screate(H5S_SCALAR);
    if (!good)
        st = bc_fail(BC_BAD_SHAPE, "%s: dataset %s does not have rows %ld to %ld", h->name, path,
                     first + 1, first + n);
    else if ((ndim > 0 && H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, dim, NULL) < 0)
             || H5Dread(d, type, memory, file, H5P_DEFAULT, x) < 0)
        st = bc_fail(BC_BAD_FILE, "%s: dataset %s cannot be read", h->name, path);
    H5Sclose(memory);
    H5Sclose(file);
    H5Dclose(d);
    return st;
}

bc_status
bc_h5_read(struct bc_h5 *h, const char *path, long first, long n, float *x)
{
    bc_status st;

    enter();
    st = read_numbers(h, path, first, n, H5T_NATIVE_FLOAT, x);
    leave();
    return st;
}

bc_status
bc_h5_read_double(struct bc_h5 *h, const char *path, long first, long n, double *x)
{
    bc_status st;

    enter();
    st = read_numbers(h, path, first, n, H5T_NATIVE_DOUBLE, x);
    leave();
    return st;
}

#else   /* without libhdf5 nothing can be opened, and so nothing else is called */

bc_status
bc_h5_open(const char *name, struct bc_h5 **h_p)
{
    (void)h_p;
    return bc_fail(BC_UNSUPPORTED, "%s is an HDF5 file, and this build is without HDF5", name);
}

bc_status
bc_h5_open_bytes(const char *name, const void *bytes, size_t n, struct bc_h5 **h_p)
{
    (void)bytes; (void)n;
    return bc_h5_open(name, h_p);
}

void bc_h5_close(struct bc_h5 *h) { (void)h; }
void bc_h5_hold(void)             { }
void bc_h5_resume(void)           { }

int
bc_h5_has(struct bc_h5 *h, const char *path)
{
    (void)h; (void)path;
    return 0;
}

bc_status
bc_h5_list(struct bc_h5 *h, const char *path, struct bc_names *names)
{
    (void)h; (void)names;
    return bc_h5_open(path, NULL);
}

bc_status
bc_h5_texts(struct bc_h5 *h, const char *path, const char *attribute, struct bc_names *names)
{
    (void)attribute;
    return bc_h5_list(h, path, names);
}

bc_status
bc_h5_shape(struct bc_h5 *h, const char *path, int *ndim_p, long dim[BC_H5_DIMS])
{
    (void)ndim_p; (void)dim;
    return bc_h5_list(h, path, NULL);
}

bc_status
bc_h5_read(struct bc_h5 *h, const char *path, long first, long n, float *x)
{
    (void)first; (void)n; (void)x;
    return bc_h5_list(h, path, NULL);
}

bc_status
bc_h5_read_double(struct bc_h5 *h, const char *path, long first, long n, double *x)
{
    (void)first; (void)n; (void)x;
    return bc_h5_list(h, path, NULL);
}

#endif
