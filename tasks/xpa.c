/* xpa.c -- the only file that sees libxpa.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "xpasend.h"

#include <stdlib.h>
#include <string.h>
#include <xpa.h>

#include "task.h"

static void
free_texts(char **text, int n)
{
    int i;

    for (i = 0; i < n; i++)
        free(text[i]);
    free(text);
}

enum { LONGEST = 1024 };         /* libxpa writes past the end of its buffers for longer ones */

/* How many access points WHERE means; if it is one, its method in *method_p, to be freed. */
static int
look_up(char *where, char **method_p)
{
    char **classes = NULL, **names = NULL, **methods = NULL, **infos = NULL;
    int    n = XPANSLookup(NULL, where, "s", &classes, &names, &methods, &infos);

    *method_p = n == 1 ? strdup(methods[0]) : NULL;
    if (n < 1)
        return 0;           /* libxpa has then freed the lists already */
    free_texts(classes, n);
    free_texts(names, n);
    free_texts(methods, n);
    free_texts(infos, n);
    return n;
}

/* "XPA$ERROR text (DS9:ds9 /tmp/.xpa/DS9_ds9.1)\n" -> "text" */
static void
strip_message(char *message)
{
    char *text = strncmp(message, "XPA$ERROR", 9) == 0 ? message + 9 : message, *end;

    text += strspn(text, " :");
    memmove(message, text, strlen(text) + 1);
    message[strcspn(message, "\n")] = '\0';
    end = strrchr(message, '(');
    if (end > message && strchr(end, ':') != NULL)
        end[-1] = '\0';
}

bc_status
xpa_send(const char *where, const char *words, const char *data)
{
    char     *target = strdup(where), *request = strdup(words), *body = strdup(data);
    char     *method = NULL, *name = NULL, *message = NULL;
    int       n;
    bc_status st = BC_OK;

    if (target == NULL || request == NULL || body == NULL) {
        st = task_fail(BC_NO_MEMORY, "out of memory for an XPA request");
        goto done;
    }
    n = strlen(where) <= LONGEST ? look_up(target, &method) : 0;
    if (n < 1 || method == NULL) {
        st = n > 1 ? task_fail(BC_BAD_ARG, "%d DS9s answer to %s; xpa= says which", n, where)
                   : task_fail(BC_BAD_ARG, "no DS9 answers to %.*s", LONGEST, *where != '\0' ? where : "''");
        goto done;
    }
    n = XPASet(NULL, method, request, NULL, body, strlen(body), &name, &message, 1);
    if (message != NULL) {
        strip_message(message);
        st = task_fail(BC_BAD_FILE, "%s", message);
    } else if (n < 1) {
        st = task_fail(BC_BAD_FILE, "DS9 at %s does not answer", method);
    }
done:
    free(name);
    free(message);
    free(method);
    free(body);
    free(request);
    free(target);
    return st;
}
