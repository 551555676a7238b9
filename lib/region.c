/* region.c -- reads DS9's regions: boxes, circles, ellipses, rings of them and polygons, in image or physical
 * pixels or on the sky, in a file or on a command line.  What encloses no area is passed over.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "region.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "status.h"

static const double DEGREE = 0.017453292519943295;      /* radian */

static const struct { const char *name; enum bc_region_frame frame; } frames[] = {
    { "image", BC_REGION_IMAGE }, { "physical", BC_REGION_PHYSICAL },
    { "fk5", BC_REGION_SKY },     { "j2000", BC_REGION_SKY },     { "icrs", BC_REGION_SKY },
    { "galactic", BC_REGION_GALACTIC },
};

/* Of other systems that DS9 writes, for the sentence that refuses them. */
static const char others[] = " fk4 b1950 ecliptic linear detector amplifier tile ";

static const char *const kinds[] = {
    [BC_REGION_BOX] = "box", [BC_REGION_CIRCLE] = "circle", [BC_REGION_ANNULUS] = "annulus",
    [BC_REGION_ELLIPSE] = "ellipse", [BC_REGION_POLYGON] = "polygon",
};

/* They mark or measure, and enclose no area. */
static const char *const marks[] = { "point", "line", "vector", "text", "ruler", "compass", "projection", "segment" };

enum { TOKEN = 64 };

struct reader {
    struct bc_region    *region;
    enum bc_region_frame frame;
    const char          *at;            /* what is left of the statement */
};

static bc_status
refuse(const struct reader *r, const char *what, const char *token)
{
    return bc_fail(BC_BAD_FILE, "region %s: '%s' %s", r->region->name, token, what);
}

/* ---- words and numbers ----------------------------------------------------------------------- */

/* What stands up to a blank, a comma or a bracket; 0 at the end. */
static int
next_token(struct reader *r, char token[TOKEN])
{
    size_t n;

    r->at += strspn(r->at, " \t\r,()|");
    n = strcspn(r->at, " \t\r,()|");
    snprintf(token, TOKEN, "%.*s", (int)n, r->at);
    r->at += n;
    return n > 0;
}

/* "12:30:00.5", "12h30m0.5s", "-3d20m10s", in degrees. */
static int
read_sexagesimal(const char *token, int is_ra, double *value_p)
{
    int    hours = strchr(token, 'h') != NULL || (is_ra && strchr(token, ':') != NULL), i;
    double part[3] = { 0.0, 0.0, 0.0 };
    char   text[TOKEN], *s = text + strspn(token, "+-"), *end;

    snprintf(text, sizeof text, "%s", token);
    for (i = 0; i < 3 && *s != '\0'; i++, s = end + (*end != '\0')) {
        part[i] = strtod(s, &end);
        if (end == s || *s == '-' || *s == '+' || strchr(":hdms", *end) == NULL)
            return 0;
    }
    *value_p = (part[0] + part[1] / 60.0 + part[2] / 3600.0) * (hours ? 15.0 : 1.0)
               * (*token == '-' ? -1.0 : 1.0);
    return *s == '\0';
}

/* AXIS 0 or 1 of a place: pixels or degrees. */
static bc_status
read_place(struct reader *r, int axis, double *value_p)
{
    char  token[TOKEN], *end;
    char  own = r->frame == BC_REGION_IMAGE ? 'i' : 'p';
    int   sky = r->frame >= BC_REGION_SKY, good;

    if (!next_token(r, token))
        return refuse(r, "is no place: a number is missing", token);
    *value_p = strtod(token, &end);
    if (sky && *end != '\0' && strchr(":hd", *end) != NULL && end[1] != '\0')
        good = read_sexagesimal(token, axis == 0 && r->frame == BC_REGION_SKY, value_p);
    else
        good = *end == '\0' || (end[1] == '\0' && (sky ? *end == 'd' || *end == 'r' : *end == own));
    if (*end == 'r' && sky)
        *value_p /= DEGREE;
    if (end == token || !good || !isfinite(*value_p))
        return refuse(r, sky ? "is no place on the sky" : "is no place in pixels", token);
    return BC_OK;
}

/* HOLE: 0 is a length, too. */
static bc_status
read_length(struct reader *r, int hole, struct bc_length *length)
{
    char   token[TOKEN], *end, unit;
    double arcsec = 1.0;

    if (!next_token(r, token))
        return refuse(r, "is no length: a number is missing", token);
    length->value = strtod(token, &end);
    unit = *end != '\0' ? *end : "ipdd"[r->frame];
    if (end == token || (*end != '\0' && end[1] != '\0') || strchr("\"'drip", unit) == NULL
        || !(length->value > 0.0 || (hole && length->value == 0.0)) || !isfinite(length->value))
        return refuse(r, "is no length", token);
    if (unit == '\'')
        arcsec = 60.0;
    else if (unit == 'd')
        arcsec = 3600.0;
    else if (unit == 'r')
        arcsec = 3600.0 / DEGREE;
    length->value *= arcsec;
    length->unit = unit == 'i' || unit == 'p' ? unit : '"';
    return BC_OK;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static bc_status
add_point(struct reader *r, struct bc_outline *s)
{
    double   *grown = realloc(s->point, 2 * (size_t)(s->n + 1) * sizeof *grown);
    bc_status st;

    if (grown == NULL)
        return bc_fail_memory(2 * (size_t)(s->n + 1) * sizeof *grown, "a region");
    s->point = grown;
    st = read_place(r, 0, &s->point[2 * s->n]);
    if (st == BC_OK)
        st = read_place(r, 1, &s->point[2 * s->n + 1]);
    s->n += st == BC_OK;
    return st;
}

static int
is_at_end(const struct reader *r)
{
    return r->at[strspn(r->at, " \t\r,()|")] == '\0';
}

static int
count_tokens(struct reader r)
{
    char token[TOKEN];
    int  n = 0;

    while (next_token(&r, token))
        n++;
    return n;
}

/* The sizes of S, each of AXES numbers: one, or those of the borders of rings from the inside out, of which the
 * first and the last count. */
static bc_status
read_sizes(struct reader *r, int axes, struct bc_outline *s)
{
    struct bc_length first[2], last[2] = { { 0.0, '\0' } }, next;
    int              n = count_tokens(*r) / axes, ring = s->kind == BC_REGION_ANNULUS || n > 1, i, k;
    bc_status        st = BC_OK;

    if (n < 1 + ring)
        return refuse(r, "is no shape: a number is missing", kinds[s->kind]);
    for (i = 0; st == BC_OK && i < n; i++)
        for (k = 0; st == BC_OK && k < axes; k++) {
            st = read_length(r, ring && i == 0, &next);
            if (st == BC_OK && i > 0 && (next.unit != last[k].unit || !(next.value > last[k].value)))
                st = refuse(r, "has borders that do not grow, or in several units", kinds[s->kind]);
            last[k] = next;
            if (i == 0)
                first[k] = next;
        }
    for (k = 0; st == BC_OK && k < 2; k++) {
        s->size[k] = last[k < axes ? k : 0];
        if (ring)
            s->hole[k] = first[k < axes ? k : 0];
    }
    return st;
}

static bc_status
read_shape(struct reader *r, struct bc_outline *s)
{
    char      token[TOKEN] = "", *end;
    int       turned = s->kind == BC_REGION_BOX || s->kind == BC_REGION_ELLIPSE;
    bc_status st = add_point(r, s);

    while (st == BC_OK && s->kind == BC_REGION_POLYGON && !is_at_end(r))
        st = add_point(r, s);
    if (st == BC_OK && s->kind == BC_REGION_CIRCLE)
        st = read_length(r, 0, &s->size[0]);
    s->size[1] = s->size[0];
    if (st == BC_OK && (turned || s->kind == BC_REGION_ANNULUS))
        st = read_sizes(r, turned ? 2 : 1, s);
    if (st == BC_OK && turned && next_token(r, token)) {
        s->angle = strtod(token, &end);
        if (end == token || (*end != '\0' && strcmp(end, "d") != 0) || !isfinite(s->angle))
            st = refuse(r, "is no angle in degrees", token);
    }
    if (st == BC_OK && s->kind == BC_REGION_POLYGON && s->n < 3)
        st = bc_fail(BC_BAD_FILE, "region %s: a polygon of %d points", r->region->name, s->n);
    if (st == BC_OK && !is_at_end(r))
        st = refuse(r, "has more numbers than it needs", kinds[s->kind]);
    return st;
}

static bc_status
add_shape(struct reader *r, enum bc_region_kind kind, int exclude)
{
    struct bc_region *region = r->region;
    int               capacity = region->capacity > 0 ? 2 * region->capacity : 8;
    struct bc_outline  *grown;

    if (region->n == region->capacity) {
        grown = realloc(region->shape, (size_t)capacity * sizeof *grown);
        if (grown == NULL)
            return bc_fail_memory((size_t)capacity * sizeof *grown, "a region");
        region->shape = grown;
        region->capacity = capacity;
    }
    region->shape[region->n] = (struct bc_outline){ .kind = kind, .frame = r->frame,
                                                  .exclude = exclude };
    return read_shape(r, &region->shape[region->n++]);
}

/* ---- statements ------------------------------------------------------------------------------ */

/* Is NAME a mark?  Then it is noted, once of each. */
static int
pass_mark(struct bc_region *region, const char *name)
{
    size_t i, n = strlen(region->marks);

    for (i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcasecmp(name, marks[i]) == 0) {
            if (strstr(region->marks, marks[i]) == NULL)
                snprintf(region->marks + n, sizeof region->marks - n, "%s%s", n > 0 ? ", " : "", marks[i]);
            return 1;
        }
    return 0;
}

/* DS9 writes most marks as comments: "# text(10,20) text={...}". */
static void
read_comment(struct reader *r)
{
    char token[TOKEN];

    r->at += strspn(r->at, "# \t+-");
    if (next_token(r, token) && *r->at == '(')
        pass_mark(r->region, token);
}

/* "fk5", "image; circle(...)", "-box 10 20 5 5 0", "global ...": one of them, or several words of a
 * line such as "image circle 10 20 5". */
static bc_status
read_statement(struct reader *r)
{
    char   token[TOKEN + 4], *name = token;
    size_t i;

    if (!next_token(r, token) || strcasecmp(token, "global") == 0)
        return BC_OK;
    for (i = 0; i < sizeof frames / sizeof *frames; i++)
        if (strcasecmp(token, frames[i].name) == 0) {
            r->frame = frames[i].frame;
            return read_statement(r);
        }
    name += strspn(name, "+-!");
    for (i = 0; i < sizeof frames / sizeof *frames; i++)
        if (strcasecmp(name, frames[i].name) == 0)
            return refuse(r, "has a sign before it, which belongs to the shape, as in image;-circle(9,9,5)", name);
    if (*name == '\0' && !next_token(r, name))     /* "- circle" */
        return BC_OK;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(name, kinds[i]) == 0)
            return add_shape(r, (enum bc_region_kind)i, *token == '-' || *token == '!');
    if (pass_mark(r->region, name))
        return BC_OK;
    for (i = 0; name[i] != '\0'; i++)
        name[i] = (char)tolower((unsigned char)name[i]);
    if (strncmp(name, "wcs", 3) == 0 || (strlen(name) < 20 && strstr(others, name) != NULL))
        return refuse(r, "coordinates are not known; image, physical, fk5, icrs and galactic are", name);
    return refuse(r, "is not known; box, circle, ellipse, annulus and polygon are", name);
}

/* TEXT, which is cut up: statements end at a line's end or a semicolon, '#' starts what DS9 says of
 * colours and fonts. */
static bc_status
read_text(struct bc_region *region, char *text)
{
    struct reader r = { .region = region, .frame = BC_REGION_PHYSICAL };
    char         *line, *statement, *rest, *lines;
    bc_status     st = BC_OK;

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)      /* some programs mark UTF-8 so */
        text += 3;
    for (line = strtok_r(text, "\n\r", &lines); st == BC_OK && line != NULL;
         line = strtok_r(NULL, "\n\r", &lines)) {
        r.at = line + strspn(line, " \t");
        if (*r.at == '#')
            read_comment(&r);
        line[strcspn(line, "#")] = '\0';
        for (statement = strtok_r(line, ";", &rest); st == BC_OK && statement != NULL;
             statement = strtok_r(NULL, ";", &rest)) {
            r.at = statement;
            st = read_statement(&r);
        }
    }
    if (st == BC_OK && region->n == 0 && *region->marks != '\0')
        st = bc_fail(BC_BAD_FILE, "region %s: none of its shapes encloses an area (%s)", region->name,
                     region->marks);
    else if (st == BC_OK && region->n == 0)
        st = bc_fail(BC_BAD_FILE, "region %s: there is none in it", region->name);
    return st;
}

/* All of FILE; the caller frees it. */
static bc_status
read_file(FILE *file, const char *name, char **text_p)
{
    size_t n = 0, room = 0;
    char  *text = NULL, *grown;

    do {
        if (n + 1 >= room) {
            room = room > 0 ? 2 * room : 4096;
            grown = realloc(text, room);
            if (grown == NULL) {
                free(text);
                return bc_fail_memory(room, name);
            }
            text = grown;
        }
        n += fread(text + n, 1, room - n - 1, file);
    } while (!feof(file) && !ferror(file));
    text[n] = '\0';
    if (ferror(file) || strlen(text) != n) {
        free(text);
        return bc_fail(BC_BAD_FILE, "%s: not a region file", name);
    }
    *text_p = text;
    return BC_OK;
}

bc_status
bc_region_open(const char *name, bc_region **region_p)
{
    bc_region *region;
    FILE      *file;
    char      *text = NULL;
    bc_status  st = bc_need_text(name, "the name of a region file, or a region,");

    if (st != BC_OK)
        return st;
    region = calloc(1, sizeof *region);
    file = fopen(name, "r");
    if (region == NULL) {
        st = bc_fail_memory(sizeof *region, "a region");
    } else {
        snprintf(region->name, sizeof region->name, "%s", name);
        if (file != NULL)
            st = read_file(file, name, &text);
        else if (strpbrk(name, "( ") == NULL)
            st = bc_fail(BC_BAD_FILE, "region=%s: no such file", name);
        else if ((text = strdup(name)) == NULL)
            st = bc_fail_memory(strlen(name), "a region");
    }
    if (st == BC_OK)
        st = read_text(region, text);
    if (file != NULL)
        fclose(file);
    free(text);
    if (st == BC_OK)
        *region_p = region;
    else
        bc_region_close(region);
    return st;
}

const char *bc_region_marks(const bc_region *region)    { return region->marks; }

void
bc_region_close(bc_region *region)
{
    int i;

    if (region == NULL)
        return;
    for (i = 0; i < region->n; i++)
        free(region->shape[i].point);
    free(region->shape);
    free(region);
}
