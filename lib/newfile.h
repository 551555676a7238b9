/* newfile.h -- output files that have their name only when they are complete.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_NEWFILE_H
#define BC_NEWFILE_H

#include "bandcast.h"

enum { BC_MAX_PATH = 4096 };

struct bc_newfile {                     /* all zero = nothing is under way */
    char name[BC_MAX_PATH];             /* as the caller said it, for messages */
    char final[BC_MAX_PATH];            /* the same, a link followed */
    char temporary[BC_MAX_PATH];        /* where to write; "" = nothing is under way */
    int  clobber, fd, slot;
};

/* An empty file beside FILE, mode by the umask, to be written under f->temporary.  Refused are a
 * FILE that exists unless CLOBBER, one that another run is writing now, and a missing folder.  What
 * a dead run left is taken over. */
bc_status bc_newfile_begin(struct bc_newfile *f, const char *file, int clobber);
/* Is there room for SIZE bytes?  Known now, not hours later. */
bc_status bc_newfile_reserve(struct bc_newfile *f, long long size);
/* All on disk, then renamed; a file that appeared meanwhile is not replaced unless CLOBBER.  One that is replaced
 * leaves its permissions. */
bc_status bc_newfile_commit(struct bc_newfile *f);
void      bc_newfile_discard(struct bc_newfile *f);     /* removes what was not committed */

#endif
