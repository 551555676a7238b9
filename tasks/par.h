/* par.h -- parameter files: one parameter a line, name,type,mode,value,minimum,maximum,prompt.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PAR_H
#define PAR_H

#include <stddef.h>

struct par {
    char *name;
    char  type;             /* b i r s f */
    char *mode;             /* a, q, h, l combined */
    char *value;            /* as text; "" = not set */
    char *min, *max;        /* min may be a list of choices, "a|b|c" */
    char *prompt;
    char *line;             /* where it stands: "bandx.par:3" */
    char *source;           /* where its value is from: that line, "command line", "/home/me/uparm/bandx.par:3" */
    int   indef;            /* 1: its default is INDEF, so that other values may be INDEF too */
};

struct par_list {
    struct par *par;
    int         n;
};

/* Add the parameters of FILE to LIST; their defaults, ranges and choices must fit together.  0 = done; -1 = it cannot
 * be read; else the number of faulty lines, each given to COMPLAIN with file and line; the others are in LIST. */
int  par_read(const char *file, struct par_list *list, void (*complain)(const char *sentence));
void par_free(struct par_list *list);

/* The parameter of that name, of that unique abbreviation (abbreviate != 0), or NULL.  *count_p = candidates. */
struct par *par_find(const struct par_list *list, const char *name, size_t length, int abbreviate, int *count_p);

/* Replace the value and where it is from.  -1 = out of memory. */
int par_set(struct par *p, const char *value, const char *source);

/* Check the value against type, range and choices and bring it into its plain form (choices and booleans written
 * out).  0 = good; else a sentence is in TEXT. */
int par_check(struct par *p, char *text, size_t size);

/* The same for limits and the default of a line just read: NULL = good, else what is wrong, perhaps in TEXT. */
const char *par_check_definition(struct par *p, char *text, size_t size);

int par_is_indef(const char *value);

/* Converted values of a checked parameter; INDEF gives INT_MIN and NaN. */
int    par_int(const struct par *p);
double par_real(const struct par *p);
int    par_bool(const struct par *p);

/* The name in LIST nearest to NAME by edits, NULL if none is near. */
const char *par_nearest(const struct par_list *list, const char *name, size_t length);

#endif
