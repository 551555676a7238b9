/* models.h -- where models are: a file, or the name of one that is installed.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef MODELS_H
#define MODELS_H

#include "bandcast.h"
#include "sets.h"

/* Files of the models that WHAT means: a file; all *.fits of a folder, sorted; "" = all that are installed, that is
 * in the folders of BANDCAST_MODELS (a:b) and then the package's, of several of one name the first; a name without '/'
 * that is no file = NAME.fits in the first of those folders that has it.  BC_BAD_FILE if there are none. */
bc_status models_find(const char *what, struct strings *files);

/* The name by which FILE is found if it is installed. */
void models_name(const char *file, char *name, size_t size);

/* DEVICE as the library is told of it, with what winograd=no adds; until the next call. */
const char *models_device(const char *device, int winograd);

/* Open the one model that WHAT means, as bc_model_open. */
bc_status models_open(const char *what, const char *device, int threads, bc_model **model_p);

#endif
