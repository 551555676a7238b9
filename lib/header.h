/* header.h -- a FITS header as cards in memory.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_HEADER_H
#define BC_HEADER_H

#include "bandcast.h"

enum { BC_CARD = 80 };

struct bc_header {                      /* all zero = empty */
    char (*card)[BC_CARD + 1];          /* each 80 characters and its end; no END card */
    int    n;
};

void        bc_header_free(struct bc_header *h);
const char *bc_header_card(const struct bc_header *h, int i);       /* NULL past the end */
bc_status   bc_header_append(struct bc_header *h, const char *card);
bc_status   bc_header_copy(const struct bc_header *from, struct bc_header *to);

/* Position of KEY's card, -1 = none.  Keys are upper case, at most 8 characters. */
int  bc_header_find(const struct bc_header *h, const char *key);
void bc_header_delete(struct bc_header *h, int i);

/* KEY's value as text, without its quotes and with CONTINUE cards joined, or as it stands if it is no text.  Returns 1, or 0 and
 * "" if there is no such card. */
int         bc_header_text(const struct bc_header *h, const char *key, char *text, size_t size);
double      bc_header_number(const struct bc_header *h, const char *key);   /* NaN = no such number */

/* Replace KEY's card where it stands, or append one. */
bc_status bc_header_set_text(struct bc_header *h, const char *key, const char *text, const char *comment);
bc_status bc_header_set_number(struct bc_header *h, const char *key, double value, const char *comment);
bc_status bc_header_history(struct bc_header *h, const char *text);     /* over as many cards as it needs */

/* Into OUT: the cards of H that stay true and legal for the image of another band on the same grid.  Of a cube's
 * plane the cards of the axes past the second go. */
bc_status bc_header_derive(const struct bc_header *h, struct bc_header *out);

#endif
