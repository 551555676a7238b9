/* parfiles.c -- finds parameter files and lays the user's values over the package's.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "parfiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096 };

/* ---- folders --------------------------------------------------------------------------------- */

struct folders {
    const char *system, *local;         /* not closed: a:b */
    size_t      nsystem, nlocal;
    int         is_uparm, may_learn;
    char        state[PATH];            /* local, where no variable says it */
};

static const char *
variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

/* -1: PFILES is not what it should be. */
static int
find_folders(struct folders *f)
{
    const char *pfiles = variable("PFILES"), *uparm = variable("UPARM");
    const char *state = variable("XDG_STATE_HOME"), *home = variable("HOME");

    *f = (struct folders){ .system = "", .local = "", .may_learn = 1 };
    if (*pfiles != '\0') {
        f->local = pfiles;
        f->nlocal = strcspn(pfiles, ";");
        f->system = pfiles + f->nlocal + (pfiles[f->nlocal] == ';');
        f->nsystem = strlen(f->system);
        return strchr(f->system, ';') != NULL ? -1 : 0;
    }
    if (*uparm != '\0') {
        f->local = uparm;
        f->nlocal = strlen(uparm);
        f->is_uparm = 1;
        return 0;
    }
    f->may_learn = 0;
    if (*state == '/')
        snprintf(f->state, sizeof f->state, "%s/bandcast", state);
    else if (*home != '\0')
        snprintf(f->state, sizeof f->state, "%s/.local/state/bandcast", home);
    f->local = f->state;
    f->nlocal = strlen(f->state);
    return 0;
}

/* IRAF calls the file of task bandpredict of package bandcast batbandpt.par: two first letters and
 * the last one, five and the last one.  That name is used where IRAF has written it. */
static int
name_file(const char *folder, size_t n, int is_uparm, const char *task, char *file, size_t size)
{
    size_t length = strlen(task);
    int    made;

    if (is_uparm) {
        made = length > 6 ? snprintf(file, size, "%.*s/bat%.5s%c.par", (int)n, folder, task,
                                     task[length - 1])
                          : snprintf(file, size, "%.*s/bat%s.par", (int)n, folder, task);
        if (made < (int)size && access(file, F_OK) == 0)
            return 0;
    }
    made = snprintf(file, size, "%.*s/%s.par", (int)n, folder, task);
    return n > 0 && n < PATH && made < (int)size ? 0 : -1;
}

void
parfiles_user(const char *task, char *file, size_t size)
{
    struct folders f;
    size_t         start = 0, n;

    *file = '\0';
    if (find_folders(&f) != 0)
        return;
    if (!f.is_uparm)
        start = strspn(f.local, ":");
    n = f.is_uparm || f.local == f.state ? f.nlocal : strcspn(f.local + start, ":;");
    if (start >= f.nlocal || name_file(f.local + start, n, f.is_uparm, task, file, size) != 0)
        *file = '\0';
}

int
parfiles_learn(void)
{
    struct folders f;

    return find_folders(&f) == 0 && f.may_learn && f.nlocal > 0;
}

/* ---- values over values ---------------------------------------------------------------------- */

int
parfiles_fits(const struct par *ours, const struct par *from, const char *source, char *text,
              size_t size)
{
    struct par copy = *ours;
    int        good;

    *text = '\0';
    if (from->type != ours->type || (*from->value == '\0' && strchr(ours->mode, 'h') == NULL))
        return 0;
    if (par_is_reference(from->value))
        return 1;
    copy.origin = PAR_USER;
    copy.source = (char *)source;
    copy.value = strdup(from->value);
    good = copy.value != NULL && par_check(&copy, text, size) == 0;
    free(copy.value);
    return good;
}

/* Put the value of FROM into LIST if it may be there.  A parameter that the package has dropped is
 * of no use, nor is a value of the type that it had before. */
static void
overlay(struct par_list *list, const struct par *from, enum par_origin origin, const char *file,
        const struct par_ear *ear)
{
    struct par *ours = par_get(list, from->name);
    char        text[1024], source[PATH + 32];

    if (ours == NULL)
        return;
    snprintf(source, sizeof source, "%s%s", file, strrchr(from->line, ':'));
    if (parfiles_fits(ours, from, source, text, sizeof text)) {
        if (par_set(ours, from->value, origin, source) != 0)
            par_say(ear, PAR_WARNING, "out of memory for %s", file);
    } else if (*text != '\0') {
        par_say(ear, PAR_WARNING, "%s: %s stays %s", text, ours->name,
                *ours->value != '\0' ? ours->value : "unset");
    }
}

/* Keeps the first fault of a file that is passed over because of it. */
struct fault { char text[1024]; };

static void
keep_fault(void *arg, enum par_grade grade, const char *sentence)
{
    struct fault *first = arg;

    if (grade == PAR_WRONG && *first->text == '\0')
        snprintf(first->text, sizeof first->text, "%s", sentence);
}

static void
read_file(const char *file, enum par_origin origin, struct par_list *list,
          const struct par_ear *ear)
{
    struct fault    first = { "" };
    struct par_ear  own = { keep_fault, &first };
    struct par_list user = { NULL, 0, 0 };
    int             wrong = par_read(file, 0, &user, &own), i, number = errno;

    if (wrong > 0)
        par_say(ear, PAR_WARNING, "%s: the file is passed over", first.text);
    else if (wrong < 0 && access(file, F_OK) == 0)
        par_say(ear, PAR_WARNING, "%s cannot be read: %s", file, strerror(number));
    for (i = 0; wrong == 0 && i < user.n; i++)
        overlay(list, &user.par[i], origin, file, ear);
    par_free(&user);
}

/* Read <task>.par in each of FOLDERS (N bytes), the last one first. */
static void
read_folders(const char *folders, size_t n, int is_list, enum par_origin origin, const char *task,
             struct par_list *list, const struct par_ear *ear)
{
    char file[PATH];

    while (n > 0) {
        size_t start = is_list ? n : 0;

        while (start > 0 && folders[start - 1] != ':')
            start--;
        if (n > start
            && name_file(folders + start, n - start, !is_list, task, file, sizeof file) == 0)
            read_file(file, origin, list, ear);
        n = start > 0 ? start - 1 : 0;
    }
}

/* ---- a task's parameters --------------------------------------------------------------------- */

int
parfiles_package_file(const char *task, char *file, size_t size)
{
    const char *folder = variable("BANDCAST_PAR");      /* a tree that is not installed */

    if (*folder == '\0')
        folder = PKGDATADIR "/par";
    return snprintf(file, size, "%s/%s.par", folder, task) < (int)size ? 0 : -1;
}

int
parfiles_package(const char *task, struct par_list *list, const struct par_ear *ear)
{
    char file[PATH];
    int  wrong;

    if (parfiles_package_file(task, file, sizeof file) != 0) {
        par_say(ear, PAR_WRONG, "the name of the folder in BANDCAST_PAR is too long");
        return -1;
    }
    wrong = par_read(file, 1, list, ear);
    if (wrong < 0)
        par_say(ear, PAR_WRONG, "%s cannot be read: %s", file, strerror(errno));
    return wrong;
}

int
parfiles_read(const char *task, struct par_list *list, const struct par_ear *ear)
{
    struct folders f;
    int            wrong = parfiles_package(task, list, ear);

    if (wrong != 0)
        return wrong;
    if (find_folders(&f) != 0) {
        par_say(ear, PAR_WRONG, "PFILES has more than one ';' (local folders;system folders)");
        return -1;
    }
    read_folders(f.system, f.nsystem, 1, PAR_SYSTEM, task, list, ear);
    read_folders(f.local, f.nlocal, !f.is_uparm && f.local != f.state, PAR_USER, task, list, ear);
    return 0;
}

static void
hear_nothing(void *arg, enum par_grade grade, const char *sentence)
{
    (void)arg;
    (void)grade;
    (void)sentence;
}

void
parfiles_mode(char *mode, size_t size)
{
    struct par_ear    nobody = { hear_nothing, NULL };
    struct par_list   list = { NULL, 0, 0 };
    const struct par *p;

    *mode = '\0';
    if (parfiles_read(PARFILES_PACKAGE, &list, &nobody) == 0
        && (p = par_get(&list, "mode")) != NULL)
        snprintf(mode, size, "%s", p->value);
    par_free(&list);
}
