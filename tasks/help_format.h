/* help_format.h -- a help page that lroff.c read, as text, as a man page, as HTML.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef HELP_FORMAT_H
#define HELP_FORMAT_H

#include <stdio.h>

#include "lroff.h"

/* WIDTH columns wide, laid out as IRAF's help does; BOLD: bold and italic, for a terminal. */
void help_text(const struct lroff *page, FILE *to, int width, int bold);

/* The blocks from FIRST up to END, which is left out. */
void help_text_part(const struct lroff *page, int first, int end, FILE *to, int width, int bold);

/* Page I of the N PAGES that there are, for man: those of programs in section 1, others in 7. */
void help_man(const struct lroff *pages, int n, int i, FILE *to);

/* Page I as HTML 5; what its SEE ALSO names becomes links. */
void help_html(const struct lroff *pages, int n, int i, FILE *to);

/* The HTML page that leads to all others. */
void help_index(const struct lroff *pages, int n, FILE *to);

#endif
