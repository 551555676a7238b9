/* lroff.h -- IRAF's help pages, read into a list of blocks that help_text.c, help_man.c and
 * help_html.c print.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef LROFF_H
#define LROFF_H

#include <stdio.h>

enum lroff_kind {
    LROFF_TITLE,            /* .ih: a section */
    LROFF_SUBTITLE,         /* a part of it: .sh, or a paragraph that is bold as a whole */
    LROFF_TEXT,             /* lines to be filled, joined by blanks */
    LROFF_LITERAL,          /* .nf: lines as they stand, newlines between, no blank ends */
    LROFF_CENTRED,          /* .ce: one line */
    LROFF_ITEM,             /* .ls: a label, perhaps ""; all up to LROFF_END is beside it */
    LROFF_END,              /* .le */
    LROFF_BREAK,            /* .br: a new line */
    LROFF_SPACE             /* a blank line or .sp: a new paragraph */
};

struct lroff_block {
    enum lroff_kind kind;
    int             indent; /* of an item's text, columns from its label */
    char           *text;   /* with its fonts; "" where the kind has none */
};

/* .help NAME DATE PACKAGE, and what follows; as many ends as items. */
struct lroff {
    char                name[64], date[64], package[64];
    struct lroff_block *block;
    int                 n;
};

/* Unknown directives are passed over, as in IRAF.  -1: out of memory, nothing is kept. */
int  lroff_read(FILE *from, struct lroff *page);
void lroff_free(struct lroff *page);

/* Index of the page called NAME among N, or -1. */
int lroff_find(const struct lroff *pages, int n, const char *name);

/* What a page is about, from its section NAME: what follows "name -- "; "" if there is none. */
const char *lroff_purpose(const struct lroff *page);

/* Whether the page explains a program: it has a section USAGE. */
int lroff_has_usage(const struct lroff *page);

/* The next piece of *TEXT in one font: its length, and *FONT 'B', 'I' or 'R' where it changes;
 * *TEXT is set to its start.  0: the text is at its end.  FONT must start as 'R'. */
size_t lroff_piece(const char **text, char *font);

/* The first word of TEXT without fonts, into WORD: the parameter that a label explains. */
void lroff_word(const char *text, char *word, size_t size);

#endif
