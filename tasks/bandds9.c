/* bandds9 -- bring Bandcast into a running DS9.
 * Parameters: par/bandds9.par.  Their meaning: help/bandds9.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"
#include "task.h"
#include "tasks.h"
#include "xpasend.h"

struct pars { const char *action, *xpa, *band; int verbose; };

static const struct task_par table[] = {
    { "action",  TASK_STRING, offsetof(struct pars, action)  },
    { "xpa",     TASK_STRING, offsetof(struct pars, xpa)     },
    { "band",    TASK_STRING, offsetof(struct pars, band)    },
    { "verbose", TASK_INT,    offsetof(struct pars, verbose) },
    { NULL,      0,           0                              }
};

/* A folder that is known since configure, or a tree's that is not installed. */
static const char *
folder(const char *variable, const char *installed)
{
    const char *set = getenv(variable);

    return set != NULL && *set != '\0' ? set : installed;
}

/* A backslash before all that could mean something makes TEXT one word of a Tcl script. */
static void
print_word(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (isascii((unsigned char)*text) && !isalnum((unsigned char)*text))
            fputc('\\', to);
        fputc(*text, to);
    }
}

static void
print_variable(FILE *to, const char *name, const char *value)
{
    fprintf(to, "variable %s ", name);
    print_word(to, value);
    fputc('\n', to);
}

/* DS9 reads the plug-in, attaches it and does THEN, a command or "". */
static bc_status
bring_in(const char *xpa, const char *then)
{
    const char *plugin = folder("BANDCAST_DS9", PKGDATADIR "/ds9");
    char       *script = NULL;
    size_t      size = 0;
    FILE       *to = open_memstream(&script, &size);
    bc_status   st;

    if (to == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for a script");
    fputs("namespace eval ::bandcast {\n", to);
    print_variable(to, "bin", folder("BANDCAST_BIN", BINDIR));
    print_variable(to, "html", folder("BANDCAST_HTML", HTMLDIR));
    fputs("}\nsource ", to);
    print_word(to, plugin);
    fprintf(to, "/bandcast.tcl\n::bandcast::attach\n%s\n", then);
    if (fclose(to) == 0) {
        st = xpa_send(xpa, "tcl", script);
        if (st == BC_OK)
            task_say(2, "%s has read the plug-in of %s", xpa, plugin);
    } else {
        st = task_fail(BC_NO_MEMORY, "out of memory for a script");
    }
    free(script);
    return st;
}

/* Called by tasks/main.c under the name bandds9. */
int
bandds9(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin("bandds9", argc, argv, table, &p);

    if (st == BC_OK && strcmp(p.action, "band") == 0) {
        const bc_band *band = bc_band_find(p.band);

        puts(band != NULL ? band->name : p.band);
    } else if (st == BC_OK) {
        st = bring_in(p.xpa, strcmp(p.action, "predict") == 0 ? "::bandcast::dialog"
                             : strcmp(p.action, "help") == 0  ? "::bandcast::help" : "");
    }
    return task_end(st);
}
