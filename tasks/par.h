/* par.h -- parameters and the files they stand in: name,type,mode,value,minimum,maximum,prompt.
 *
 * The reader takes every dialect (IRAF, PyRAF, HEASoft's APE, PIL); what is written is their common
 * subset.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PAR_H
#define PAR_H

#include <stddef.h>
#include <stdio.h>

/* Where a value is from; each goes over those before it. */
enum par_origin {
    PAR_PACKAGE,            /* the package's file */
    PAR_SYSTEM,             /* a site's file, PFILES' system folders */
    PAR_USER,               /* the user's file: learned, or set with bandpar */
    PAR_FILE,               /* @@file */
    PAR_TYPED,              /* the command line, or IRAF's CL */
    PAR_ASKED               /* the answer to a prompt */
};

enum par_save { PAR_LEAVE, PAR_KEEP, PAR_FORGET };  /* what parfiles_save does to a user's value */

struct par {
    char           *name;
    char            type;           /* b i r s f */
    char            access[4];      /* of an f: it must e exist, n not, r be readable, w writable */
    char           *mode;           /* a, q or h, and perhaps l */
    char           *value;          /* as text; "" = not set */
    char           *min, *max;      /* min may be a list of choices, "a|b|c" */
    char           *prompt;
    char           *line;           /* where it is defined: "bandx.par:3" */
    char           *source;         /* of its value: "command line", "/home/me/bandx.par:3" */
    char           *reference;      /* ")task.param", where its value was taken from, or NULL */
    enum par_origin origin;
    int             indef;          /* 1: the default is INDEF, so other values may be INDEF too */
    int             optional;       /* 1: the package gives a value: none need be asked for */
    enum par_save   save;
};

struct par_list {
    struct par *par;
    int         n, room;
};

/* Who hears what is wrong (the run ends) and what is worth a warning (it goes on). */
enum par_grade { PAR_WRONG, PAR_WARNING };

struct par_ear {
    void (*hear)(void *arg, enum par_grade grade, const char *sentence);
    void  *arg;
};

void par_say(const struct par_ear *ear, enum par_grade grade, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- reading (par_read.c) -------------------------------------------------------------------- */

/* Add the parameters of FILE to LIST.  With CHECKED defaults, ranges and choices must fit together,
 * as they must in a package's file; without, only the form is looked at.  0 = done; -1 = it cannot
 * be read (errno); else the number of faults, each said as "file:line:column: what"; the good
 * parameters are in LIST. */
int  par_read(const char *file, int checked, struct par_list *list, const struct par_ear *ear);
/* The same from the N bytes at TEXT; FILE is their name. */
int  par_read_text(const char *text, size_t n, const char *file, int checked, struct par_list *list,
                   const struct par_ear *ear);
void par_free(struct par_list *list);

/* All of FILE in memory, closed by a zero byte; NULL = it cannot be read (errno). */
char *par_load(const char *file, size_t *n_p);

/* The next line of *TEXT, which END closes, to LINE (room for all that is left and a zero byte);
 * one that ends with a backslash goes on in the next.  The number of lines taken; negative: there
 * is a zero byte in it. */
int par_next_line(const char **text, const char *end, char *line);

/* ---- one line, taken apart (par_line.c): also for those who look at its form ----------------- */

enum { PAR_NAME, PAR_TYPE, PAR_MODE, PAR_VALUE, PAR_MIN, PAR_MAX, PAR_PROMPT, PAR_FIELDS };

struct par_field {
    char       *text;       /* quotes and escapes undone */
    const char *raw;        /* as it stands in the line, quotes with it */
    size_t      length;     /* of raw */
    char        quote;      /* ' or ", 0 = none */
    int         blanks;     /* 1: there are blanks around it, outside of quotes */
};

struct par_line {
    struct par_field field[PAR_FIELDS];     /* those behind n are empty texts */
    int              n;
    const char      *at;                    /* where it is wrong */
};

/* NULL = good, else what is wrong.  Give it back with par_line_free in either case. */
const char *par_split(const char *line, struct par_line *l);
void        par_line_free(struct par_line *l);

/* The text of a quoted VALUE without its quotes, of another without the blanks around it, in place;
 * -1: its quote does not end, or something follows it that is no comment. */
int par_unquote(char *value);

/* ---- finding (par.c) ------------------------------------------------------------------------- */

/* The parameter of that name, of that unique abbreviation (abbreviate != 0), or NULL.  *count_p =
 * candidates. */
struct par *par_find(const struct par_list *list, const char *name, size_t length, int abbreviate,
                     int *count_p);

/* The parameter called NAME in full, or NULL. */
struct par *par_get(const struct par_list *list, const char *name);

/* The same as par_find with abbreviations; what is wrong, with the nearest name, is said, and
 * SOURCE unless it is NULL. */
struct par *par_want(const struct par_list *list, const char *name, size_t length,
                     const char *source, const struct par_ear *ear);

/* The name in LIST nearest to NAME by edits, NULL if none is near. */
const char *par_nearest(const struct par_list *list, const char *name, size_t length);

/* 1: it is not hidden and the package gives no value: somebody must. */
int par_is_needed(const struct par *p);

/* Could the N characters at S name a parameter? */
int par_is_name(const char *s, size_t n);

/* 'q' if a value of P that nobody gave is to be asked for, else 'h': by the mode of P, of its task,
 * of its package ("" = not known).  par_learns: is a value of this run to be remembered? */
char par_mode(const struct par *p, const char *task_mode, const char *package_mode);
int  par_learns(const struct par *p, const char *task_mode, const char *package_mode);

/* ---- values (par_value.c) -------------------------------------------------------------------- */

/* Replace the value and where it is from.  -1 = out of memory. */
int par_set(struct par *p, const char *value, enum par_origin origin, const char *source);

/* Check the value against type, range and choices and bring it into its plain form (choices,
 * booleans and INDEF written out).  0 = good; else a sentence is in TEXT. */
int par_check(struct par *p, char *text, size_t size);

/* Check what a file's type asks of the file that the value names; it may be gone, or there, at the
 * next moment. */
int par_check_file(const struct par *p, char *text, size_t size);

/* Check limits and default of a line just read.  -1 = good, else the faulty field; what is wrong is
 * in TEXT. */
int par_check_definition(struct par *p, char *text, size_t size);

int par_is_indef(const char *value);
int par_is_mode(const char *value);
int par_is_reference(const char *value);        /* ")task.param" */

/* Converted values of a checked parameter; INDEF gives INT_MIN and NaN. */
int    par_int(const struct par *p);
double par_real(const struct par *p);
int    par_bool(const struct par *p);

/* ---- writing (par_write.c) ------------------------------------------------------------------- */

/* One line that IRAF, PyRAF, APE and PIL read alike, as far as its value lets them. */
void par_write(const struct par *p, FILE *to);

/* The value alone in its plain form, as par_write has it: shortest number that reads back as the
 * same, yes or no, text in quotes. */
void par_write_value(const struct par *p, FILE *to);

/* "task.name = value" lines, as IRAF's dparam has them: IRAF's CL and @@file take them back. */
void par_dump(const char *task, const struct par_list *list, FILE *to);

#endif
