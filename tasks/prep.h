/* prep.h -- what bandprep.c and prep_source.c share.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREP_H
#define PREP_H

#include "bandcast.h"
#include "catalog.h"
#include "progress.h"
#include "sets.h"

struct pars {
    const char *input, *output, *bands, *catalog, *format, *split, *credit, *resample;
    int         size, crop, verbose, clobber;
    double      maxbad;
};

/* 1: the sets that INPUT names are for prep_source: a folder, HDF5, PNG or JPEG. */
int prep_is_source(const struct pars *p, const struct strings *sets);

/* The training set from images that other projects hand out, until it is committed. */
bc_status prep_source(const struct pars *p, const struct strings *sets, const struct strings *bands,
                      const struct catalog *catalog, struct progress *progress);

/* What was written: the KEPT samples of BC_TRAIN, BC_VALIDATE and BC_TEST. */
void prep_report(const struct pars *p, const long kept[BC_TEST + 1], int nband);

#endif
