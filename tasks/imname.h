/* imname.h -- the parts of an image's name: file, extension, and what CFITSIO reads behind them.
 *
 *     cutouts/m51_g.fits.fz[SCI][1:100,*]
 *     |---- root ---|--ext--|-- groups --|
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef IMNAME_H
#define IMNAME_H

#include <stddef.h>

#include "stringlist.h"

/* Lengths of the root, and of the file's name: root and extension. */
size_t imname_root(const char *name);
size_t imname_file(const char *name);

/* The same of a file's name without groups: the extension of a FITS or IRAF image begins there. */
size_t imname_extension(const char *file, size_t n);

/* A name that CFITSIO or the system knows and that is no file's: "-", "http://...", "mem://...". */
int imname_is_special(const char *name);

/* LEFT // RIGHT: RIGHT continues LEFT's root, its own extension takes the place of LEFT's, groups
 * come last: "a.fits[1]" and "_s" give "a_s.fits[1]".  In the caller's memory; NULL: none. */
char *imname_join(const char *left, const char *right);

/* Does the first group name several extensions: [1-3], [1,3-5]? */
int imname_has_range(const char *name);

/* Add NAME, once for each extension of such a group, sections as CFITSIO wants them.  [*] alone is
 * BC_BAD_ARG: it would be all extensions to one reader, the whole image to another. */
bc_status imname_add(struct strings *s, const char *name);

#endif
