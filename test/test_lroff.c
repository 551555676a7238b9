/* test_lroff.c -- help pages, read.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "help.h"
#include "lroff.h"

/* A page's blocks as "kind:text;kind:text", kinds by letter; items with their indent. */
static void
reads(const char *text, const char *want)
{
    static const char letter[] = "TSFLCIEBP";
    char              got[1024] = "";
    struct lroff      page;
    FILE             *f = fmemopen((void *)text, strlen(text), "r");
    int               i;
    size_t            n = 0;

    CHECK(f != NULL && lroff_read(f, &page) == 0);
    for (i = 0; i < page.n; i++) {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%c", i > 0 ? ";" : "",
                              letter[page.block[i].kind]);
        if (page.block[i].kind == LROFF_ITEM)
            n += (size_t)snprintf(got + n, sizeof got - n, "%d", page.block[i].indent);
        if (*page.block[i].text != '\0')
            n += (size_t)snprintf(got + n, sizeof got - n, ":%s", page.block[i].text);
    }
    if (strcmp(got, want) != 0) {
        printf("'%s'\n  reads as %s\n  expected %s\n", text, got, want);
        check_failures++;
    }
    lroff_free(&page);
    fclose(f);
}

static void
check_blocks(void)
{
    reads("x\n", "F:x");
    reads(".ih\nNAME\none\n  two \n\nthree\n", "T:NAME;F:one two ;P;F:three");
    reads(".IH\nNAME\r\n.br\n.sh\nPart\n.ce\nmiddle\nend\n", "T:NAME;B;S:Part;C:middle;F:end");
    reads("one\n.unknown\ntwo\n", "F:one two");
    reads("one\n.br\ntwo\n", "F:one;B;F:two");
    reads("...\n.. x\n", "F:... .. x");
    reads(".nf\n\n  a\n\n\tb\n\n.fi\nc\n", "P;L:  a\n\n\tb;P;F:c");
    reads(".nf\na\n.ls\nb\n.le\n", "L:a;I4;L:b;E");
    reads(".ls 8 a b\nx\n.le\n", "I8:a b;F:x;E");
    reads(".ls 8a b\nx\n.le\n", "I4:8a b;F:x;E");
    reads(".ls -3\n.le\n.ls 99 a\n.le\n", "I0;E;I20:a;E");
    reads(".le\n.ls a\n.ls b\n", "I4:a;I4:b;E;E");
    reads(".ls a\n.ih\nNEXT\n", "I4:a;E;T:NEXT");
    reads("a\n.endhelp\nb\n", "F:a");
    reads("\\fBPart one\\fR\n\n\\fBnot\\fR this\n\n\\fBnor\\fR \\fIthis\\fR\n", "S:Part one;P;F:\\fBnot\\fR this;P;"
          "F:\\fBnor\\fR \\fIthis\\fR");
    reads("\\fB\\fR\n", "F:\\fB\\fR");
    reads(".ih\n", "");
}

static void
check_header(void)
{
    static const char text[] = ".help task Nov26 package\n.ih\nNAME\ntask -- does it\n"
                               ".ih\nUSAGE\ntask\n";
    struct lroff      page;
    FILE             *f = fmemopen((void *)text, strlen(text), "r");

    CHECK(f != NULL && lroff_read(f, &page) == 0);
    CHECK(strcmp(page.name, "task") == 0 && strcmp(page.date, "Nov26") == 0);
    CHECK(strcmp(page.package, "package") == 0);
    CHECK(strcmp(lroff_purpose(&page), "does it") == 0 && lroff_has_usage(&page));
    CHECK(lroff_find(&page, 1, "task") == 0 && lroff_find(&page, 1, "tas") == -1);
    lroff_free(&page);
    fclose(f);
}

static void
check_fonts(void)
{
    const char *text = "\\fBbold\\fR plain\\fI\\fBx\\fP";
    char        font = 'R', word[5];

    CHECK(lroff_piece(&text, &font) == 4 && font == 'B' && strncmp(text, "bold", 4) == 0);
    text += 4;
    CHECK(lroff_piece(&text, &font) == 6 && font == 'R' && strncmp(text, " plain", 6) == 0);
    text += 6;
    CHECK(lroff_piece(&text, &font) == 1 && font == 'B' && *text == 'x');
    text += 1;
    CHECK(lroff_piece(&text, &font) == 0 && font == 'R' && *text == '\0');
    lroff_word("\\fBabc\\fRd = 3", word, sizeof word);
    CHECK(strcmp(word, "abcd") == 0);
    lroff_word("longer, word", word, sizeof word);
    CHECK(strcmp(word, "long") == 0);
    lroff_word("", word, sizeof word);
    CHECK(strcmp(word, "") == 0);
}

/* What a prompt's ? shows: one parameter's item, with the lists in it; labels elsewhere are not
 * parameters. */
static void
check_parameter(void)
{
    static const char text[] = ".help t Nov26 p\n.ih\nPARAMETERS\n.ls first = 1\nThe first.\n"
                               ".ls inner\nx\n.le\n.le\n.ls second\nThe second.\n.le\n"
                               ".ih\nDESCRIPTION\n.ls third\nNo.\n.le\n";
    FILE             *f = fopen("test_lroff.hlp", "w");
    char             *got = NULL;
    size_t            size = 0;

    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
    CHECK(setenv("BANDCAST_HELP", ".", 1) == 0);
    f = open_memstream(&got, &size);
    CHECK(help_parameter("test_lroff", "second", f) == 0 && fflush(f) == 0);
    CHECK(strcmp(got, "    second\n        The second.\n") == 0);
    rewind(f);
    CHECK(help_parameter("test_lroff", "first", f) == 0 && fclose(f) == 0);
    CHECK(strcmp(got, "    first = 1\n        The first.\n        inner\n            x\n") == 0);
    CHECK(help_parameter("test_lroff", "inner", stdout) == -1);
    CHECK(help_parameter("test_lroff", "third", stdout) == -1);
    CHECK(help_parameter("test_none", "first", stdout) == -1);
    free(got);
    remove("test_lroff.hlp");
}

int
main(void)
{
    check_blocks();
    check_header();
    check_fonts();
    check_parameter();
    return check_end();
}
