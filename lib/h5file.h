/* h5file.h -- HDF5 files for the rest of the library; hdf5.c alone sees libhdf5.  A file may be
 * hostile: links and storage outside of it are refused, and nothing is believed of a size before it
 * is compared with a limit.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_H5FILE_H
#define BC_H5FILE_H

#include "status.h"

enum { BC_H5_DIMS = 5 };

struct bc_h5;

struct bc_names { char **text; int n; };        /* all zero = none */
void bc_names_free(struct bc_names *names);

/* NAME is for messages.  open_bytes: a file that lies in memory; it is copied. */
bc_status bc_h5_open(const char *name, struct bc_h5 **h_p);
bc_status bc_h5_open_bytes(const char *name, const void *bytes, size_t n, struct bc_h5 **h_p);
void      bc_h5_close(struct bc_h5 *h);

/* 1: there is an object at PATH ("/a/b"). */
int       bc_h5_has(struct bc_h5 *h, const char *path);
/* Names of what is in a group, in the order of strcmp. */
bc_status bc_h5_list(struct bc_h5 *h, const char *path, struct bc_names *names);
/* The texts of an attribute, one or an array; none if it is not there or holds no texts. */
bc_status bc_h5_texts(struct bc_h5 *h, const char *path, const char *attribute,
                      struct bc_names *names);
/* Shape of a dataset of numbers, slowest axis first. */
bc_status bc_h5_shape(struct bc_h5 *h, const char *path, int *ndim_p, long dim[BC_H5_DIMS]);
/* N rows from FIRST on of a dataset, a row being all that shares the slowest index; of a scalar its
 * one number. */
bc_status bc_h5_read(struct bc_h5 *h, const char *path, long first, long n, float *x);
bc_status bc_h5_read_double(struct bc_h5 *h, const char *path, long first, long n, double *x);

/* No thread of ours is in libhdf5 between these two, so that a process may fork, and its child resume, too. */
void      bc_h5_hold(void);
void      bc_h5_resume(void);

#endif
