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

/* TEXT as one word of a Tcl script: a backslash before all that could mean something. */
static void
tcl_word(const char *text, char *word)
{
    for (; *text != '\0'; text++) {
        if (isascii((unsigned char)*text) && !isalnum((unsigned char)*text))
            *word++ = '\\';
        *word++ = *text;
    }
    *word = '\0';
}

/* DS9 reads the plug-in, attaches it and does THEN, a command or "". */
static bc_status
bring_in(const char *xpa, const char *then)
{
    const char *bin = folder("BANDCAST_BIN", BINDIR);
    const char *plugin = folder("BANDCAST_DS9", PKGDATADIR "/ds9");
    size_t      size = 2 * (strlen(bin) + strlen(plugin)) + strlen(then) + 256;
    char       *bin_word = malloc(size), *plugin_word = malloc(size), *script = malloc(size);
    bc_status   st = BC_OK;

    if (bin_word == NULL || plugin_word == NULL || script == NULL)
        st = task_fail(BC_NO_MEMORY, "out of memory for a script");
    if (st == BC_OK) {
        tcl_word(bin, bin_word);
        tcl_word(plugin, plugin_word);
        snprintf(script, size,
                 "namespace eval ::bandcast {variable bin}\nset ::bandcast::bin %s\n"
                 "source %s/bandcast.tcl\n::bandcast::attach\n%s\n", bin_word, plugin_word, then);
        st = xpa_send(xpa, "tcl", script);
        if (st == BC_OK)
            task_say(2, "%s has read the plug-in of %s", xpa, plugin);
    }
    free(bin_word);
    free(plugin_word);
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
