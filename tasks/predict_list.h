/* predict_list.h -- the sets of a list.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREDICT_LIST_H
#define PREDICT_LIST_H

#include "predict_images.h"

/* What the user names: sets of images, a text each, and what is made of them. */
struct files {
    struct strings inputs, masks, truths, references, outputs;
};

/* With skip=yes set I is passed over when all its outputs are there: one that is has been completed. */
int       predict_is_passed_over(const struct pars *p, const struct files *f, int i);

/* How many sets are best predicted side by side; p->threads and p->memory are to be divided by as much.  Many threads
 * find too little to do in a small image, and none while it is opened and written. */
int       predict_workers(const struct pars *p, const struct files *f);

/* All sets, WORKERS of them at a time, MODEL for one of these.  Of many sets one that fails is said, and the others are
 * predicted. */
bc_status predict_list(const struct pars *p, bc_model *model, const bc_region *region, const struct files *f,
                       int workers);

#endif
