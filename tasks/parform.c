/* parform.c -- parameters in a form that fills the terminal; the only file that sees ncurses.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "parform.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"
#include "task.h"

#ifdef HAVE_NCURSES
#include <form.h>
#include <locale.h>

enum { LABEL = 14, WIDTH = 32, TOP = 2, BOTTOM = 3, CONTROL = 0x1f };
enum { LEAST_COLUMNS = LABEL + WIDTH + 3, LEAST_LINES = TOP + 1 + BOTTOM };

struct form {
    const char      *task;
    struct par_list *list;
    FIELD          **field;             /* label, value, prompt of each parameter; NULL ends them */
    FORM            *form;
    int              rows;              /* parameters a page */
};

/* What stands in the value of parameter I, blanks at its end dropped; the caller's memory. */
static char *
typed(const struct form *f, int i)
{
    char  *text = strdup(field_buffer(f->field[3 * i + 1], 0));
    size_t n = text != NULL ? strlen(text) : 0;

    while (n > 0 && text[n - 1] == ' ')
        text[--n] = '\0';
    return text;
}

static void
show_value(FIELD *field, const char *value)
{
    set_field_buffer(field, 0, value);
    set_field_status(field, FALSE);
}

/* The parameter whose field is the current one. */
static int
current(const struct form *f)
{
    return field_index(current_field(f->form)) / 3;
}

static void
say(int row, const char *text)
{
    move(LINES - BOTTOM + row, 0);
    clrtoeol();
    addnstr(text, COLS - 1);
}

/* Below the form: what the parameter may be, and the keys. */
static void
show_limits(const struct form *f)
{
    const struct par *p = &f->list->par[current(f)];
    char              text[512] = "";

    if (strchr(p->min, '|') != NULL)
        snprintf(text, sizeof text, "%s: one of %s", p->name, p->min);
    else if (*p->min != '\0' || *p->max != '\0')
        snprintf(text, sizeof text, "%s: from %s to %s", p->name, *p->min != '\0' ? p->min : "any",
                 *p->max != '\0' ? p->max : "any");
    say(1, text);
    say(2, "Enter, arrows: next, previous   F1: help   Ctrl-D: keep and leave   Ctrl-C: leave as it was");
    pos_form_cursor(f->form);
}

/* 1: the current value is good, or is as it was. */
static int
leave_field(struct form *f)
{
    int         i = current(f), good;
    struct par *p = &f->list->par[i], try = *p;
    char        wrong[512] = "", *text;

    form_driver(f->form, REQ_VALIDATION);
    if (!field_status(f->field[3 * i + 1])) {   /* a field cannot show every value as it is: nothing was typed */
        say(0, "");
        return 1;
    }
    text = typed(f, i);
    if (text == NULL || strcmp(text, p->reference != NULL ? p->reference : p->value) == 0) {
        free(text);
        say(0, "");
        return 1;
    }
    try.value = strdup(text);
    try.source = NULL;
    try.reference = NULL;
    good = try.value != NULL && (par_is_reference(text) || par_check(&try, wrong, sizeof wrong) == 0);
    if (good && par_set(p, try.value, PAR_USER, "bandpar edit") == 0) {
        p->save = PAR_KEEP;
        show_value(f->field[3 * i + 1], p->value);
    }
    say(0, wrong);
    free(try.value);
    free(text);
    return good;
}

static void
show_help(const struct form *f)
{
    def_prog_mode();
    endwin();
    printf("\n");
    help_parameter(f->task, f->list->par[current(f)].name, stdout);
    printf("\n(Enter: back)");
    fflush(stdout);
    while (getchar() != '\n' && !feof(stdin))
        ;
    reset_prog_mode();
    clearok(stdscr, TRUE);
    refresh();
}

/* How many parameters a key goes on by; 0 = it is no such key. */
static int
steps(const struct form *f, int key)
{
    switch (key) {
    case KEY_DOWN:
    case KEY_ENTER:
    case '\t':
    case '\n':
    case '\r':
        return 1;
    case KEY_UP:
    case KEY_BTAB:
        return -1;
    case KEY_NPAGE:
        return f->rows;
    case KEY_PPAGE:
        return -f->rows;
    default:
        return 0;
    }
}

/* To the parameter STEP on; from the last to the first and back. */
static void
go(const struct form *f, int step)
{
    int n = f->list->n, i = current(f), to = i + step;

    if (to < 0 || to >= n)
        to = step == 1 ? 0 : step == -1 ? n - 1 : to < 0 ? 0 : n - 1;
    set_current_field(f->form, f->field[3 * to + 1]);
    form_driver(f->form, REQ_END_LINE);
}

/* 0: go on; 1: keep; -1: give up. */
static int
handle(struct form *f, int key)
{
    static const struct { int key, request; } requests[] = {
        { KEY_LEFT, REQ_PREV_CHAR }, { KEY_RIGHT, REQ_NEXT_CHAR }, { KEY_HOME, REQ_BEG_LINE },
        { KEY_END, REQ_END_LINE }, { KEY_BACKSPACE, REQ_DEL_PREV }, { 127, REQ_DEL_PREV },
        { '\b', REQ_DEL_PREV }, { KEY_DC, REQ_DEL_CHAR }, { 'U' & CONTROL, REQ_CLR_FIELD }, { 0, 0 }
    };
    int i, step = steps(f, key);

    if (key == ('C' & CONTROL) || key == ERR)
        return -1;
    if (key == ('D' & CONTROL))
        return leave_field(f);
    if (key == KEY_F(1)) {
        show_help(f);
        return 0;
    }
    if (step != 0) {
        if (leave_field(f))
            go(f, step);
        return 0;
    }
    for (i = 0; requests[i].key != 0 && requests[i].key != key; i++)
        ;
    form_driver(f->form, requests[i].key != 0 ? requests[i].request : key);
    return 0;
}

static FIELD *
text_field(int width, int row, int column, const char *text)
{
    FIELD *field = new_field(1, width, row, column, 0, 0);

    if (field != NULL) {
        field_opts_off(field, O_ACTIVE);
        set_field_buffer(field, 0, text);
    }
    return field;
}

static int
make_fields(struct form *f)
{
    int i, wide = COLS - LABEL - WIDTH - 3 > 1 ? COLS - LABEL - WIDTH - 3 : 1;

    f->field = calloc(3 * (size_t)f->list->n + 1, sizeof *f->field);
    for (i = 0; f->field != NULL && i < f->list->n; i++) {
        const struct par *p = &f->list->par[i];
        int               row = TOP + i % f->rows;
        FIELD           **field = &f->field[3 * i];

        field[0] = text_field(LABEL - 1, row, 0, p->name);
        field[1] = new_field(1, WIDTH, row, LABEL, 0, 0);
        field[2] = text_field(wide, row, LABEL + WIDTH + 2, p->prompt);
        if (field[0] == NULL || field[1] == NULL || field[2] == NULL)
            return -1;
        field_opts_off(field[1], O_STATIC | O_AUTOSKIP | O_BLANK);      /* longer values scroll */
        set_field_back(field[1], A_UNDERLINE);
        show_value(field[1], p->reference != NULL ? p->reference : p->value);
        set_new_page(field[0], i > 0 && i % f->rows == 0);
    }
    return f->field != NULL ? 0 : -1;
}

/* 1: keep; -1: give up; 0: no memory. */
static int
run(struct form *f)
{
    int done = 0;

    f->rows = LINES - TOP - BOTTOM - 1 > 1 ? LINES - TOP - BOTTOM - 1 : 1;
    if (make_fields(f) != 0 || (f->form = new_form(f->field)) == NULL || post_form(f->form) != E_OK)
        return 0;
    mvprintw(0, 0, "%s", f->task);
    form_driver(f->form, REQ_END_LINE);
    while (done == 0) {
        show_limits(f);
        done = handle(f, getch());
    }
    return done;
}

bc_status
parform_edit(const char *task, struct par_list *list)
{
    struct form f = { .task = task, .list = list };
    int         i, done = 0, small;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return task_fail(BC_UNSUPPORTED, "edit needs a terminal (set changes parameters without one)");
    setlocale(LC_CTYPE, "");
    if (newterm(NULL, stdout, stdin) == NULL)
        return task_fail(BC_UNSUPPORTED, "edit: the terminal '%s' is not known",
                         getenv("TERM") != NULL ? getenv("TERM") : "");
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    small = COLS < LEAST_COLUMNS || LINES < LEAST_LINES;
    if (list->n > 0 && !small)
        done = run(&f);
    if (f.form != NULL) {
        unpost_form(f.form);
        free_form(f.form);
    }
    for (i = 0; f.field != NULL && i < 3 * list->n; i++)
        if (f.field[i] != NULL)
            free_field(f.field[i]);
    free(f.field);
    endwin();
    if (small)
        return task_fail(BC_UNSUPPORTED, "edit needs a terminal of at least %d columns and %d lines", LEAST_COLUMNS,
                         LEAST_LINES);
    return done > 0 ? BC_OK : done < 0 ? BC_STOPPED : task_fail(BC_NO_MEMORY, "out of memory for a form");
}

#else

bc_status
parform_edit(const char *task, struct par_list *list)
{
    (void)list;
    return task_fail(BC_UNSUPPORTED, "edit: this build has no ncurses; 'bandpar set %s name=value' does the same",
                     task);
}
#endif
