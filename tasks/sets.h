/* sets.h -- which images a task works on.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef SETS_H
#define SETS_H

#include "stringlist.h"

/* The sets of images that a parameter names, as texts for strings_split: one, "g.fits,r.fits", or
 * with lists or patterns (lists.h) one for each of their names.  None is BC_BAD_ARG. */
bc_status sets_read(const char *value, struct strings *sets);

/* The images that a parameter names, each for itself. */
bc_status sets_names(const char *value, struct strings *names);

/* BC_BAD_FILE if a file of the images NAMES is not there; "none" and what is no file's name are not looked at.
 * BC_BAD_ARG if more than one is standard input. */
bc_status sets_check_names(const struct strings *names);

/* Set I, 0-based, of a list has failed: would every further one fail as well? */
int sets_hopeless(bc_status st, int i);

/* The output of each set: names, or made from those of the sets' first images: "folder/", "//_r",
 * "%_g%_r%".  Other than one for each is BC_BAD_ARG. */
bc_status sets_outputs(const char *value, const struct strings *sets, struct strings *outputs);

/* The same for several BANDS, the names of a set side by side: a list for each band with commas between them
 * ("r.fits,i.fits", "@r.list,@i.list"), or one whose names get _BAND: "out.fits" makes out_r.fits, out_i.fits. */
bc_status sets_band_outputs(const char *value, const struct strings *sets, const struct strings *bands,
                            struct strings *outputs);

/* BC_OK if none of the files OUTPUTS is one that SETS ("a.fits,b.fits[SCI]") name, under whatever name. */
bc_status sets_check_apart(const struct strings *outputs, const struct strings *sets);

/* BC_OK if OUTPUT may be written: bc_output_check, and it is none of the files that SETS
 * ("a.fits,b.fits[SCI]") name, under whatever name. */
bc_status sets_check_output(const char *output, int clobber, const struct strings *sets);
/* The same of a FITS file: BC_BAD_ARG for a name that says it is something else. */
bc_status sets_check_fits(const char *output, int clobber, const struct strings *sets);

#endif
