/* header.h -- a FITS header in memory: cards of 80 characters, in order. { NULL, 0, 0 } is an empty
 * one.  Keys are compared without regard to case; the key of a HIERARCH card is what stands between
 * HIERARCH and '=' ("ESO INS FILT1 NAME").
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_HEADER_H
#define BC_HEADER_H

#include "status.h"

enum { BC_CARD = 80 };

struct bc_header {
    char (*card)[BC_CARD + 1];      /* padded with blanks, NUL after the 80 */
    int    n, room;
};

void      bc_header_free(struct bc_header *h);      /* leaves an empty one */
bc_status bc_header_copy(const struct bc_header *from, struct bc_header *to);
/* Append one card, cut or padded to 80; what FITS does not allow in a card becomes '?', white space
 * a blank. */
bc_status bc_header_append(struct bc_header *h, const char *card);
const char *bc_header_card(const struct bc_header *h, int i);       /* NULL past the end */

/* Place of the first card with KEY, or -1. */
int       bc_header_find(const struct bc_header *h, const char *key);
/* Its value: a string without quotes and joined over CONTINUE cards, anything else as it stands on
 * the card. text: cut to SIZE; returns 1, or 0 and "" if there is no such card.  string: the caller
 * frees it; NULL = none. */
int       bc_header_text(const struct bc_header *h, const char *key, char *text, size_t size);
char     *bc_header_string(const struct bc_header *h, const char *key);
double    bc_header_number(const struct bc_header *h, const char *key); /* NaN = no such number */
double    bc_header_numbered(const struct bc_header *h, const char *key, int n);    /* of KEYn */
/* A whole number from LOW to HIGH, or -1. */
int         bc_header_integer(const struct bc_header *h, const char *key, int low, int high);

/* Set a card; one that is there keeps its place, and its comment where COMMENT is NULL.  set: VALUE
 * as it stands on a card.  Texts that need it go on in CONTINUE cards. */
bc_status bc_header_set(struct bc_header *h, const char *key, const char *value,
                        const char *comment);
bc_status bc_header_set_text(struct bc_header *h, const char *key, const char *text,
                             const char *comment);
bc_status bc_header_set_number(struct bc_header *h, const char *key, double value,
                               const char *comment);
bc_status bc_header_set_integer(struct bc_header *h, const char *key, long value,
                                const char *comment);
/* Append TEXT as HISTORY or COMMENT, wrapped at blanks over as many cards as it needs; those after the first of a
 * line are indented. */
bc_status bc_header_remark(struct bc_header *h, const char *key, const char *text);
/* How many cards the value of card AT takes: itself and the CONTINUE cards after it. */
int       bc_header_span(const struct bc_header *h, int at);
void      bc_header_delete(struct bc_header *h, const char *key);   /* all cards of KEY */

/* The card's key, upper case, "" for a blank one; VALUE_P is where its value or remark begins,
 * COMMENT_P where its comment begins (either may be NULL, and is the card's end where there is
 * nothing). */
enum { BC_KEY = 72 };
void      bc_card_parse(const char *card, char key[BC_KEY + 1], const char **value_p,
                        const char **comment_p);
/* 1: key = value; 0: COMMENT, HISTORY, CONTINUE, blank. */
int       bc_card_has_value(const char *card);

/* legal.c: may the value of KEY, in capitals, be a text, or else a number? */
int       bc_key_takes(const char *key, int text);
/* Make a card legal in its place, or a COMMENT. */
void      bc_card_make_legal(char card[BC_CARD + 1]);

/* derive.c: which cards of LIKE are true and legal in another file. */
enum bc_header_use {
    BC_SAME_PIXELS,     /* the same plane written as a 2-D float image */
    BC_OTHER_BAND       /* an image of another band on the same grid */
};
bc_status bc_header_derive(const struct bc_header *like, enum bc_header_use use,
                           struct bc_header *h);
/* The header of what HEADER shows on the grid of LIKE. */
bc_status bc_header_regrid(const struct bc_header *header, const struct bc_header *like,
                           struct bc_header *h);
/* What of H's sky coordinates stands in other HDUs and is not read, in a sentence's words; "": nothing. */
void bc_header_sky_tables(const struct bc_header *h, char *text, size_t size);
/* Append FROM's cards that say where on the sky its pixels are. */
bc_status bc_header_add_grid(const struct bc_header *from, struct bc_header *to);
/* And those that say when it was observed, and from where. */
bc_status bc_header_add_epoch(const struct bc_header *from, struct bc_header *to);
/* The pixels from (X0, Y0) on, 0-based: what is left of an image lies where it was. */
bc_status bc_header_crop(struct bc_header *h, long x0, long y0);
/* Take out the cards that say how large a pixel is on the sky, where others tell what it is now. */
void      bc_header_drop_scale(struct bc_header *h);
/* And those of a plate's solution, where it is not known how the pixels lie on the plate. */
void      bc_header_drop_plate(struct bc_header *h);
/* Append the cards of a file's empty primary HDU which count for its extensions and are not in
 * TO. */
bc_status bc_header_inherit(const struct bc_header *primary, struct bc_header *to);
int       bc_key_is_structure(const char *key); /* 1: CFITSIO writes this card, nobody else may */

#endif
