/* parfiles.c -- finds parameter files and lays the user's values over the package's.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "parfiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Put the value of FROM into LIST if it may be there.  A parameter that the package has dropped is of no use. */
static void
overlay(struct par_list *list, const struct par *from, const char *file, void (*warn)(const char *sentence))
{
    int         count;
    struct par *ours = par_find(list, from->name, strlen(from->name), 0, &count);
    char        text[1024], sentence[1200], source[4200];
    char       *old_value, *old_source;

    if (ours == NULL)
        return;
    old_value = strdup(ours->value);
    old_source = strdup(ours->source);
    snprintf(source, sizeof source, "%s%s", file, strrchr(from->line, ':'));
    if (old_value == NULL || old_source == NULL || par_set(ours, from->value, source) != 0) {
        warn("out of memory for a parameter file");
    } else if (*ours->value == '\0' && strchr(ours->mode, 'a') != NULL) {
        ;                               /* not set there either */
    } else if (par_check(ours, text, sizeof text) != 0) {
        snprintf(sentence, sizeof sentence, "%s: %s stays as it was", text, ours->name);
        warn(sentence);
        par_set(ours, old_value, old_source);
    }
    free(old_value);
    free(old_source);
}

/* Read the first <task>.par in FOLDERS (N bytes, a:b), if there is one. */
static void
read_folders(const char *folders, size_t n, const char *task, struct par_list *list,
             void (*warn)(const char *sentence))
{
    const char     *p = folders, *end = folders + n;
    struct par_list user = { NULL, 0 };
    char            file[4096];
    int             i;

    while (p < end) {
        size_t length = strcspn(p, ":;");

        if (length > 0 && snprintf(file, sizeof file, "%.*s/%s.par", (int)length, p, task) < (int)sizeof file
            && par_read(file, &user, warn) >= 0)
            break;
        p += length + 1;
    }
    for (i = 0; i < user.n; i++)
        overlay(list, &user.par[i], file, warn);
    par_free(&user);
}

static void
read_user(const char *task, struct par_list *list, void (*complain)(const char *sentence),
          void (*warn)(const char *sentence))
{
    const char *pfiles = getenv("PFILES"), *uparm = getenv("UPARM"), *system;
    size_t      local;

    if (pfiles == NULL || *pfiles == '\0') {
        if (uparm != NULL)
            read_folders(uparm, strlen(uparm), task, list, warn);
        return;
    }
    local = strcspn(pfiles, ";");
    system = pfiles[local] == ';' ? pfiles + local + 1 : "";
    if (strchr(system, ';') != NULL) {
        complain("PFILES has more than one ';' (local folders;system folders)");
        return;
    }
    read_folders(system, strlen(system), task, list, warn);
    read_folders(pfiles, local, task, list, warn);
}

int
parfiles_read(const char *task, struct par_list *list, void (*complain)(const char *sentence),
              void (*warn)(const char *sentence))
{
    const char *folder = getenv("BANDCAST_PAR");        /* a tree that is not installed */
    char        file[4096], sentence[4200];
    int         wrong;

    if (folder == NULL || *folder == '\0')
        folder = PKGDATADIR "/par";
    if (snprintf(file, sizeof file, "%s/%s.par", folder, task) >= (int)sizeof file) {
        complain("the name of the folder in BANDCAST_PAR is too long");
        return -1;
    }
    wrong = par_read(file, list, complain);
    if (wrong < 0) {
        snprintf(sentence, sizeof sentence, "%s cannot be read", file);
        complain(sentence);
    }
    if (wrong == 0)
        read_user(task, list, complain, warn);
    return wrong;
}
