/* prompt.c -- asks for parameters on a terminal.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"

enum { TRIES = 10 };        /* wrong answers to one question: nobody is there who reads */
enum { MOST = 4095 };       /* bytes of a line that a terminal passes on; the rest is lost */

int
prompt_possible(void)
{
    const char *prompt = getenv("BANDCAST_PROMPT");

    if (getenv("HEADASNOQUERY") != NULL)
        return 0;
    return (prompt != NULL && strcmp(prompt, "stdin") == 0)
           || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO));
}

/* A limit without the point that only marks it as real. */
static void
put_limit(const struct par *p, const char *limit)
{
    size_t n = strlen(limit);

    if (p->type == 'r' && n > 1 && limit[n - 1] == '.')
        n--;
    fprintf(stderr, "%.*s", (int)n, limit);
}

/* "Kernel sigma (0:100) [2.5]: " */
static void
put_question(const struct par *p)
{
    fputs(*p->prompt != '\0' ? p->prompt : p->name, stderr);
    if (strchr(p->min, '|') != NULL) {
        fprintf(stderr, " (%s)", p->min);
    } else if (*p->min != '\0' || *p->max != '\0') {
        fputs(" (", stderr);
        put_limit(p, p->min);
        if (*p->max != '\0' || (p->type != 's' && p->type != 'f'))
            fputc(':', stderr);
        put_limit(p, p->max);
        fputc(')', stderr);
    }
    if (*p->value != '\0')
        fprintf(stderr, " [%s]", p->value);
    fputs(": ", stderr);
    fflush(stderr);
}

/* One line of any length, without its end; read byte by byte, so that what follows stays in stdin.
 * NULL = the answers have ended. */
static char *
read_answer(void)
{
    size_t n = 0, room = 0;
    char  *text = NULL, c = '\n';

    while (read(STDIN_FILENO, &c, 1) == 1) {
        if (n + 1 >= room) {
            char *grown = realloc(text, room = 2 * room + 128);

            if (grown == NULL)
                break;
            text = grown;
        }
        if (c == '\n') {
            text[n - (n > 0 && text[n - 1] == '\r')] = '\0';
            return text;
        }
        text[n++] = c;
    }
    free(text);
    return NULL;
}

/* Take ANSWER: 1 = it is P's value now, 0 = ask again. */
static int
take_answer(const char *task, struct par *p, char *answer)
{
    char text[1024] = "out of memory", quoted = answer[strspn(answer, " \t")];

    if (strlen(answer) >= MOST && isatty(STDIN_FILENO)) {
        fprintf(stderr, "a terminal cuts lines of %d characters or more: put the names into a file, @list\n", MOST);
        return 0;
    }
    if (strcmp(answer, "?") == 0) {
        if (help_parameter(task, p->name, stderr) != 0)
            fprintf(stderr, "there is no help for %s\n", p->name);
        return 0;
    }
    if (par_unquote(answer) != 0) {
        fputs("unterminated quote\n", stderr);
        return 0;
    }
    if (*answer == '\0' && quoted != '"' && quoted != '\'') {
        if (*p->value == '\0') {
            fprintf(stderr, "%s is needed (\"\" is an empty text, ? is help, ^D ends)\n", p->name);
            return 0;
        }
        answer = p->value;
    }
    if (par_set(p, answer, PAR_ASKED, "answer") == 0
        && (par_is_reference(p->value) || (par_check(p, text, sizeof text) == 0
                                           && par_check_file(p, text, sizeof text) == 0)))
        return 1;
    fprintf(stderr, "%s\n", text);
    return 0;
}

int
prompt_ask(const char *task, struct par *p, const struct par_ear *ear)
{
    char *current = strdup(p->value), *source = strdup(p->source), *answer;
    enum par_origin origin = p->origin;
    int   tries, good = 0;

    for (tries = 0; !good && tries < TRIES && current != NULL && source != NULL; tries++) {
        put_question(p);
        answer = read_answer();
        if (answer == NULL) {
            fputc('\n', stderr);
            break;
        }
        good = take_answer(task, p, answer);
        free(answer);
        if (!good)
            par_set(p, current, origin, source);    /* what an empty answer stands for */
    }
    free(current);
    free(source);
    if (!good)
        par_say(ear, PAR_WRONG, "%s is missing (%s)", p->name,
                *p->prompt != '\0' ? p->prompt : "no answer");
    return good ? 0 : -1;
}
