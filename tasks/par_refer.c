/* par_refer.c -- values that stand in another parameter: )name, )_.name, )task.name,
 * )package.task.name.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parfiles.h"

enum { STEPS = 16, NAMES = 4, WORD = 64 };

/* The way from one parameter to the next; who is met twice ends it. */
struct way {
    const char           *task;         /* whose parameters are resolved */
    struct par_list      *list;
    const char           *where;        /* the line with the first reference */
    char                  step[STEPS][2 * WORD];
    int                   n;
    const struct par_ear *ear;
};

/* Where a reference leads. */
struct target { char task[WORD], name[WORD], what[WORD]; };

/* ")a.b.c" from the parameters of OWN into TARGET; -1: it is not of that form. */
static int
read_reference(const char *text, const char *own, struct target *target)
{
    char        word[NAMES][WORD];
    int         n = 0;
    const char *task;

    *target = (struct target){ "", "", "p_value" };
    for (text++; n < NAMES; text++) {
        size_t length = strcspn(text, ".");

        if (length >= WORD || (length > 0 && !par_is_name(text, length)) || (length == 0 && n > 0))
            return -1;
        snprintf(word[n++], WORD, "%.*s", (int)length, text);
        text += length;
        if (*text == '\0')
            break;
    }
    if (*text != '\0')
        return -1;
    if (n > 1 && strncmp(word[n - 1], "p_", 2) == 0)
        strcpy(target->what, word[--n]);
    if (n > 3 || *word[n - 1] == '\0' || (n == 3 && strcmp(word[0], PARFILES_PACKAGE) != 0))
        return -1;
    task = n == 1 ? own : word[n - 2];
    if (*task == '\0' || strcmp(task, "_") == 0)
        task = PARFILES_PACKAGE;
    snprintf(target->task, WORD, "%.63s", task);
    strcpy(target->name, word[n - 1]);
    return 0;
}

/* What of P is meant; NULL = there is no such thing. */
static const char *
part(const struct par *p, const char *what)
{
    static const char *const names[] = { "p_value", "p_minimum", "p_maximum", "p_prompt",
                                         "p_mode", "p_name" };
    const char *const        texts[] = { p->reference != NULL ? p->reference : p->value, p->min,
                                         p->max, p->prompt, p->mode, p->name };
    size_t                   i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(what) > 2 && strncmp(names[i], what, strlen(what)) == 0)
            return texts[i];
    return NULL;
}

/* One step more; -1: the way has been here, or is too long, which is said. */
static int
step(struct way *w, const char *task, const char *name)
{
    char text[STEPS * 2 * WORD + 8 * STEPS] = "";
    int  i, circle = 0;

    snprintf(w->step[w->n], sizeof *w->step, "%s%s%s", strcmp(task, w->task) == 0 ? "" : task,
             strcmp(task, w->task) == 0 ? "" : ".", name);
    for (i = 0; i <= w->n; i++) {
        circle |= i < w->n && strcmp(w->step[i], w->step[w->n]) == 0;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i > 0 ? " -> " : "",
                 w->step[i]);
    }
    if (!circle && ++w->n < STEPS)
        return 0;
    par_say(w->ear, PAR_WRONG, "%s: %s redirection %s", w->where,
            circle ? "circular" : "too long a", text);
    return -1;
}

static char *follow(struct way *w, const char *task, struct par_list *list, const char *reference);

/* The text at TARGET, whose task's parameters are LIST. */
static char *
fetch(struct way *w, const struct target *target, struct par_list *list, const char *reference)
{
    int         count;
    struct par *p = par_find(list, target->name, strlen(target->name), 1, &count);
    const char *text = p != NULL ? part(p, target->what) : NULL;

    if (text == NULL) {
        par_say(w->ear, PAR_WRONG, "%s: %s leads nowhere: %s.par has no parameter '%s'%s", w->where,
                reference, target->task, target->name,
                p != NULL ? " with such a part" : count > 1 ? " alone" : "");
        return NULL;
    }
    if (step(w, target->task, p->name) != 0)
        return NULL;
    return par_is_reference(text) ? follow(w, target->task, list, text) : strdup(text);
}

/* The text that REFERENCE, found among the parameters LIST of TASK, leads to; NULL = what is wrong
 * was said. */
static char *
follow(struct way *w, const char *task, struct par_list *list, const char *reference)
{
    struct target   target;
    struct par_list other = { NULL, 0, 0 };
    char           *text = NULL;

    if (read_reference(reference, task, &target) != 0)
        par_say(w->ear, PAR_WRONG, "%s: %s is not of the form )task.parameter", w->where,
                reference);
    else if (strcmp(target.task, task) == 0)
        text = fetch(w, &target, list, reference);
    else if (strcmp(target.task, w->task) == 0)
        text = fetch(w, &target, w->list, reference);
    else if (parfiles_read(target.task, &other, w->ear) == 0)
        text = fetch(w, &target, &other, reference);
    par_free(&other);
    return text;
}

/* The text in *AT, if it is a reference, becomes what it leads to; \) stands for a ) that is
 * none. */
static int
resolve(struct way *w, const struct par *p, char **at, char **reference)
{
    char *text = NULL;

    w->n = 0;
    w->where = p->origin >= PAR_FILE || at != &p->value ? p->line : p->source;
    if (strncmp(*at, "\\)", 2) == 0)
        text = strdup(*at + 1);
    else if (par_is_reference(*at) && step(w, w->task, p->name) == 0)
        text = follow(w, w->task, w->list, *at);
    if (text == NULL)
        return par_is_reference(*at) ? -1 : 0;
    if (reference != NULL)
        *reference = *at;
    else
        free(*at);
    *at = text;
    return 0;
}

int
parfiles_resolve(const char *task, struct par_list *list, const struct par_ear *ear)
{
    struct way *w = calloc(1, sizeof *w);
    int         i, wrong = 0;

    if (w == NULL) {
        par_say(ear, PAR_WRONG, "out of memory for references");
        return -1;
    }
    w->task = task;
    w->list = list;
    w->ear = ear;
    for (i = 0; i < list->n; i++) {
        struct par *p = &list->par[i];

        if (p->reference == NULL)
            wrong += resolve(w, p, &p->value, &p->reference) != 0;
        wrong += resolve(w, p, &p->min, NULL) != 0;
        wrong += resolve(w, p, &p->max, NULL) != 0;
        wrong += resolve(w, p, &p->prompt, NULL) != 0;
    }
    free(w);
    return wrong;
}
