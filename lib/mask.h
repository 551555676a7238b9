/* mask.h -- images that say which pixels of another image are bad.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MASK_H
#define BC_MASK_H

#include <stdint.h>

#include "status.h"

struct bc_fits;
struct bc_image;

enum bc_mask_kind {
    BC_MASK_NONE,       /* not that we know */
    BC_MASK_BITS,       /* bad where one of the bits is set or there is no datum */
    BC_MASK_WEIGHT,     /* bad where not above zero */
    BC_MASK_ERROR       /* bad where not finite; zero often means that nobody filled it in */
};

struct bc_mask {
    struct bc_fits   *file;
    long              first;    /* element of the file's image at the pixel (1, 1) */
    enum bc_mask_kind kind;
    uint64_t          bits;
};

/* Add to IMAGE, which is open by rows, the masks that stand beside it in its file. */
bc_status bc_masks_find(struct bc_image *image);
/* Add the one called NAME. */
bc_status bc_mask_add(struct bc_image *image, const char *name);
void      bc_masks_close(struct bc_image *image);

/* Add BC_FLAGGED to the FLAGS of the bad ones among N pixels from FROM on. */
bc_status bc_mask_apply(const struct bc_mask *mask, long from, long n, unsigned char *flags);

#endif
