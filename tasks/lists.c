/* lists.c -- lists of images as users write them.
 *
 * A line is items between commas; an item is parts with // between them; a part is @file, a pattern
 * or a name, each with the groups that CFITSIO reads behind a name.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "lists.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "imname.h"
#include "iraf_name.h"
#include "task.h"
#include "wildcard.h"

/* So that no list, whatever is in it, takes for ever: lists within lists, files read, characters of
 * a line, names. */
enum { DEPTH = 16, MOST_FILES = 1000, MOST_LINE = 65536, MOST_NAMES = 1000000 };

struct expansion {
    enum list_use use;
    int           depth, files;
};

static bc_status expand_line(struct expansion *e, const char *line, struct strings *s);

static bc_status
no_memory(void)
{
    return task_fail(BC_NO_MEMORY, "out of memory for a list of images");
}

static bc_status
too_many(void)
{
    return task_fail(BC_BAD_ARG, "more than %d images are named", MOST_NAMES);
}

/* ---- files of names -------------------------------------------------------------------------- */

bc_status
lists_open(const char *what, const char *file, FILE **f_p)
{
    struct stat s = { 0 };
    int         fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE       *f = NULL;

    if (fd >= 0 && fstat(fd, &s) == 0 && S_ISDIR(s.st_mode))
        errno = EISDIR;
    else if (fd >= 0 && fcntl(fd, F_SETFL, 0) == 0)     /* a pipe with a writer is waited for */
        f = fdopen(fd, "r");
    if (f == NULL) {
        int why = errno;

        if (fd >= 0)
            close(fd);
        return why == ENAMETOOLONG
            ? task_fail(BC_BAD_FILE, "a %s's name of %zu characters is too long", what,
                        strlen(file))
            : task_fail(BC_BAD_FILE, "the %s %s cannot be read: %s", what, file, strerror(why));
    }
    *f_p = f;
    return BC_OK;
}

/* Which files were read as lists in this run; an output must not replace one. */
static struct { dev_t device; ino_t number; } *lists_read;
static int nread;

static bc_status
remember(FILE *f)
{
    struct stat s;
    void       *grown = realloc(lists_read, (size_t)(nread + 1) * sizeof *lists_read);

    if (grown == NULL)
        return no_memory();
    lists_read = grown;
    if (fstat(fileno(f), &s) == 0) {
        lists_read[nread].device = s.st_dev;
        lists_read[nread++].number = s.st_ino;
    }
    return BC_OK;
}

int
lists_have_read(const struct stat *s)
{
    int i;

    for (i = 0; i < nread; i++)
        if (lists_read[i].device == s->st_dev && lists_read[i].number == s->st_ino)
            return 1;
    return 0;
}

/* End LINE where a comment starts: at a # at its start or behind a blank, but not within the quotes
 * of an item; CFITSIO's names may hold others. */
static void
cut_comment(char *line)
{
    char *p = line;
    int   begins = 1;                   /* an item, perhaps behind blanks */

    while (*p != '\0') {
        size_t quoted = begins ? strings_quoted(p) : 0;

        if (*p == '#' && (p == line || p[-1] == ' ' || p[-1] == '\t')) {
            *p = '\0';
            return;
        }
        begins = quoted == 0 && (*p == ',' || (begins && (*p == ' ' || *p == '\t')));
        p += quoted > 0 ? quoted : 1;
    }
}

void
lists_skip_mark(char *line)
{
    if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
        memmove(line, line + 3, strlen(line + 3) + 1);
}

/* Started from IRAF its logical folders count in lists, too, as IRAF's files writes them. */
static bc_status
expand_host_line(struct expansion *e, const char *line, struct strings *s)
{
    char     *host = iraf_name_host(line);
    bc_status st = host != NULL ? expand_line(e, host, s) : no_memory();

    free(host);
    return st;
}

static bc_status
read_lines(struct expansion *e, FILE *f, const char *file, struct strings *s)
{
    char     *line = malloc(MOST_LINE);
    long      number = 0;
    bc_status st = line != NULL ? BC_OK : no_memory();

    while (st == BC_OK && fgets(line, MOST_LINE, f) != NULL) {
        if (number++ == 0)
            lists_skip_mark(line);
        if (number == 1 && strncmp(line, "SIMPLE  =", 9) == 0)
            st = task_fail(BC_BAD_FILE, "%s is a FITS image, not a list of names: leave the @ out",
                           file);
        else if (strchr(line, '\n') == NULL && !feof(f))
            st = task_fail(BC_BAD_FILE, "line %ld of the list %s is too long or no text", number,
                           file);
        cut_comment(line);
        if (st == BC_OK && line[strspn(line, " \t\r\n")] != '\0')
            st = expand_host_line(e, line, s);
        if (st == BC_OK && s->n > MOST_NAMES)
            st = too_many();
    }
    free(line);
    return st;
}

static bc_status
read_list(struct expansion *e, const char *file, struct strings *s)
{
    int       before = s->n, standard = strcmp(file, "-") == 0;
    FILE     *f = stdin;
    bc_status st = BC_OK;

    if (e->depth == DEPTH || e->files == MOST_FILES)
        return task_fail(BC_BAD_ARG, "lists within lists go too deep at %s: does one name itself?",
                         file);
    if (!standard)
        st = lists_open("list", file, &f);
    if (st != BC_OK)
        return st;
    e->depth++;
    e->files++;
    st = remember(f);
    if (st == BC_OK)
        st = read_lines(e, f, file, s);
    e->depth--;
    if (!standard)
        fclose(f);
    if (st == BC_OK && s->n == before)
        st = task_fail(BC_BAD_FILE, "the list %s names nothing", file);
    return st;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The longer name is meant where only NAME.fits is there, as in IRAF, and for an output that has no
 * ending.  LONGER has room for it. */
static int
wants_fits(const struct expansion *e, const char *name, char *longer)
{
    size_t      file = imname_file(name);
    const char *slash = memrchr(name, '/', file), *base = slash != NULL ? slash + 1 : name;
    size_t      length = file - (size_t)(base - name);
    int         given;

    if (length == 0 || imname_extension(name, file) < file)
        return 0;
    sprintf(longer, "%.*s", (int)file, name);
    given = access(longer, F_OK) == 0;
    strcpy(longer + file, ".fits");
    if (e->use == LIST_OUTPUTS ? memchr(base, '.', length) != NULL || (given && strncmp(name, "/dev/", 5) == 0)
                               : given || access(longer, F_OK) != 0)
        return 0;
    strcat(longer, name + file);
    return 1;
}

static bc_status
add_name(const struct expansion *e, const char *name, struct strings *s)
{
    char     *longer = malloc(strlen(name) + sizeof ".fits");
    bc_status st = longer == NULL ? no_memory()
                                  : imname_add(s, wants_fits(e, name, longer) ? longer : name);

    free(longer);
    return st;
}

/* Files that fit the pattern before the groups, each with the groups. */
static bc_status
add_matches(const char *part, struct strings *s)
{
    size_t         file = imname_file(part);
    struct strings found = { 0 };
    char          *pattern = strndup(part, file);
    int            i;
    bc_status      st = pattern != NULL ? wildcard_expand(pattern, &found) : no_memory();

    for (i = 0; st == BC_OK && i < found.n; i++) {
        char *name = imname_join(found.text[i], part + file);

        st = name != NULL ? imname_add(s, name) : no_memory();
        free(name);
    }
    strings_free(&found);
    free(pattern);
    return st;
}

/* What a part that is no @file names.  A file of this very name is meant before any pattern. */
static bc_status
add_names(const struct expansion *e, const char *part, struct strings *s)
{
    if (imname_is_special(part))
        return strings_add(s, part);
    if (wildcard_is_in(part, imname_file(part)) && access(part, F_OK) != 0)
        return add_matches(part, s);
    return add_name(e, part, s);
}

/* ---- sets ------------------------------------------------------------------------------------ */

/* From here on lists hold texts of sets: "a.fits,b.fits", names quoted where needed. */
static bc_status
add_texts(struct strings *s, const struct strings *names)
{
    int       i;
    bc_status st = s->n + names->n > MOST_NAMES ? too_many() : BC_OK;

    for (i = 0; st == BC_OK && i < names->n; i++)
        st = strings_add_quoted(s, names->text[i]);
    return st;
}

/* The texts of N lists side by side: the first ones are one set, the second ones the next. */
static bc_status
zip(const struct strings *lists, int n, const char *line, struct strings *s)
{
    int       i, k;
    bc_status st = BC_OK;

    for (i = 1; i < n; i++)
        if (lists[i].n != lists[0].n)
            return task_fail(BC_BAD_ARG, "'%s': %d image%s for one band and %d for another", line,
                             lists[0].n, task_s(lists[0].n), lists[i].n);
    for (k = 0; st == BC_OK && k < lists[0].n; k++) {
        size_t size = 1;
        char  *text, *to;

        for (i = 0; i < n; i++)
            size += strlen(lists[i].text[k]) + 1;
        to = text = malloc(size);
        for (i = 0; text != NULL && i < n; i++)
            to += sprintf(to, "%s%s", i > 0 ? "," : "", lists[i].text[k]);
        st = text != NULL ? strings_add(s, text) : no_memory();
        free(text);
    }
    return st;
}

static bc_status
zip_and_free(struct strings *lists, int n, const char *line, bc_status st, struct strings *s)
{
    int i;

    if (st == BC_OK)
        st = zip(lists, n, line, s);
    for (i = 0; i < n; i++)
        strings_free(&lists[i]);
    free(lists);
    return st;
}

/* Set A // set B: each name of A with that of B, one serves for all.  What has a range of
 * extensions gives a set for each. */
static bc_status
join_set(const char *a, const char *b, struct strings *s)
{
    struct strings left = { 0 }, right = { 0 }, *lists = NULL;
    int            i, n = 0;
    bc_status      st = strings_split(a, &left);

    if (st == BC_OK)
        st = strings_split(b, &right);
    if (st == BC_OK && left.n != right.n && left.n != 1 && right.n != 1)
        st = task_fail(BC_BAD_ARG, "'%s' and '%s' cannot be joined by //", a, b);
    if (st == BC_OK)
        n = left.n > right.n ? left.n : right.n;
    lists = calloc((size_t)n + 1, sizeof *lists);
    if (lists == NULL)
        st = no_memory();
    for (i = 0; st == BC_OK && i < n; i++) {
        struct strings names = { 0 };
        char          *name = imname_join(left.text[left.n == 1 ? 0 : i],
                                          right.text[right.n == 1 ? 0 : i]);

        st = name != NULL ? imname_add(&names, name) : no_memory();
        if (st == BC_OK)
            st = add_texts(&lists[i], &names);
        strings_free(&names);
        free(name);
    }
    strings_free(&left);
    strings_free(&right);
    return lists != NULL ? zip_and_free(lists, n, a, st, s) : st;
}

/* Put LEFT // RIGHT in the place of LEFT.  One text serves for all of the other. */
static bc_status
join(struct strings *left, const struct strings *right, const char *item)
{
    struct strings joined = { 0 };
    int            i, n = left->n > right->n ? left->n : right->n;
    bc_status      st = BC_OK;

    if (left->n != right->n && left->n != 1 && right->n != 1)
        st = task_fail(BC_BAD_ARG, "'%s' joins lists of %d and of %d names", item, left->n,
                       right->n);
    for (i = 0; st == BC_OK && i < n; i++)
        st = join_set(left->text[left->n == 1 ? 0 : i], right->text[right->n == 1 ? 0 : i],
                      &joined);
    strings_free(left);
    *left = joined;
    return st;
}

/* ---- items ----------------------------------------------------------------------------------- */

/* @file, the groups behind it for each of its names; S is empty. */
static bc_status
expand_file(struct expansion *e, const char *part, struct strings *s)
{
    size_t         n = imname_file(part + 1);
    char          *file = strndup(part + 1, n);
    struct strings groups = { 0 };
    bc_status      st = file != NULL ? read_list(e, file, s) : no_memory();

    if (st == BC_OK && part[1 + n] != '\0') {
        st = strings_add(&groups, part + 1 + n);
        if (st == BC_OK)
            st = join(s, &groups, part);
    }
    strings_free(&groups);
    free(file);
    return st;
}

/* The N characters of ITEM that are one part; S is empty.  BEHIND //, brackets alone are groups. */
static bc_status
expand_part(struct expansion *e, const char *item, size_t n, int behind, struct strings *s)
{
    struct strings names = { 0 };
    char          *part = strndup(item, n);
    bc_status      st;

    if (part == NULL)
        return no_memory();
    if (strings_quoted(part) > 0)
        st = strings_split(part, &names);
    else if (behind && *part == '[' && part[n - 1] == ']')
        st = strings_add(&names, part);
    else if (*part != '@')
        st = add_names(e, part, &names);
    else
        st = expand_file(e, part, s);
    if (st == BC_OK)
        st = add_texts(s, &names);
    strings_free(&names);
    free(part);
    return st;
}

/* The next // at or behind I that is not within brackets, or the end.  Of more slashes the last two
 * count: those before belong to a folder. */
static size_t
find_slashes(const char *item, size_t i)
{
    int depth = 0;

    if (i == 0)
        i = strings_quoted(item);
    for (; item[i] != '\0'; i++) {
        depth += item[i] == '[';
        depth -= depth > 0 && item[i] == ']';
        if (depth > 0 || item[i] != '/' || item[i + 1] != '/')
            continue;
        while (item[i + 2] == '/')
            i++;
        return i;
    }
    return i;
}

/* Whether the N characters of ITEM name many. */
static int
names_many(const char *item, size_t n)
{
    char *part = strndup(item, n);
    int   many = part != NULL && strings_quoted(part) == 0 && !imname_is_special(part)
               && (*part == '@' || imname_has_range(part)
                   || wildcard_is_in(part, imname_file(part)));

    free(part);
    return many;
}

/* Parts joined by //.  Between two plain names // is what it is in a path. */
static bc_status
expand_item(struct expansion *e, const char *item, struct strings *s)
{
    struct strings all = { 0 }, part = { 0 };
    size_t         start = 0, i = 0;
    bc_status      st = BC_OK;

    while (st == BC_OK && item[start] != '\0') {
        i = find_slashes(item, i);
        if (item[i] != '\0' && start == 0 && item[i + 2] != '@' && !names_many(item, i)) {
            i += 2;
            continue;
        }
        st = expand_part(e, item + start, i - start, start > 0, start == 0 ? &all : &part);
        if (st == BC_OK && start > 0)
            st = join(&all, &part, item);
        strings_free(&part);
        start = i = item[i] != '\0' ? i + 2 : i;
    }
    if (st == BC_OK && s->n + all.n > MOST_NAMES)
        st = too_many();
    for (i = 0; st == BC_OK && i < (size_t)all.n; i++)
        if (strcmp(all.text[i], "\"\"") == 0)
            st = task_fail(BC_BAD_ARG, "'%s' is no name", item);
        else
            st = strings_add(s, all.text[i]);
    strings_free(&all);
    return st;
}

static bc_status
expand_line(struct expansion *e, const char *line, struct strings *s)
{
    struct strings items = { 0 }, *lists;
    int            i;
    bc_status      st = strings_split_raw(line, &items);

    lists = calloc((size_t)items.n + 1, sizeof *lists);
    if (lists == NULL)
        st = no_memory();
    for (i = 0; st == BC_OK && i < items.n; i++)
        st = expand_item(e, items.text[i], e->use == LIST_SETS ? &lists[i] : s);
    if (e->use == LIST_SETS && lists != NULL && items.n > 0)
        st = zip_and_free(lists, items.n, line, st, s);
    else
        free(lists);
    strings_free(&items);
    return st;
}

bc_status
lists_expand(const char *text, enum list_use use, struct strings *s)
{
    struct expansion e = { .use = use };
    struct strings   texts = { 0 };
    int              i;
    bc_status        st = expand_line(&e, text, use == LIST_SETS ? s : &texts);

    for (i = 0; st == BC_OK && i < texts.n; i++)
        st = strings_split(texts.text[i], s);
    strings_free(&texts);
    return st;
}
