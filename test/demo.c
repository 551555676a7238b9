/* demo.c -- for par_cases.sh: a task of parameters alone.  It prints those that the cases look at;
 * infile=bad fails.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "task.h"

enum { KEPT = 8 };

struct pars {
    const char *infile, *outfile, *method, *kept[KEPT];
    double      sigma, sigclip;
    int         nit, verbose;
};

static const struct task_par table[] = {
    { "infile",  TASK_STRING, offsetof(struct pars, infile)  },
    { "outfile", TASK_STRING, offsetof(struct pars, outfile) },
    { "sigma",   TASK_REAL,   offsetof(struct pars, sigma)   },
    { "sigclip", TASK_REAL,   offsetof(struct pars, sigclip) },
    { "nit",     TASK_INT,    offsetof(struct pars, nit)     },
    { "verbose", TASK_BOOL,   offsetof(struct pars, verbose) },
    { "method",  TASK_STRING, offsetof(struct pars, method)  },
    { "k0",      TASK_STRING, offsetof(struct pars, kept[0]) },
    { "k1",      TASK_STRING, offsetof(struct pars, kept[1]) },
    { "k2",      TASK_STRING, offsetof(struct pars, kept[2]) },
    { "k3",      TASK_STRING, offsetof(struct pars, kept[3]) },
    { "k4",      TASK_STRING, offsetof(struct pars, kept[4]) },
    { "k5",      TASK_STRING, offsetof(struct pars, kept[5]) },
    { "k6",      TASK_STRING, offsetof(struct pars, kept[6]) },
    { "k7",      TASK_STRING, offsetof(struct pars, kept[7]) },
    { NULL,      0,           0                              }
};

int
main(int argc, char **argv)
{
    struct pars p;
    int         i;
    bc_status   st = task_begin("demo", argc, argv, table, &p);

    if (st == BC_OK) {
        printf("infile=%s\noutfile=%s\nsigma=%.17g\nsigclip=%.17g\nnit=%d\nverbose=%d\nmethod=%s\n",
               p.infile, p.outfile, p.sigma, p.sigclip, p.nit, p.verbose, p.method);
        for (i = 0; i < KEPT; i++)
            printf("k%d=%s\n", i, p.kept[i]);
        if (strcmp(p.infile, "bad") == 0)
            st = task_fail(BC_BAD_FILE, "bad: no such image");
    }
    return task_end(st);
}
