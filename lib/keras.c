/* keras.c -- checkpoints of Keras: three layouts under one extension, told apart by their bytes.
 *
 * Up to Keras 2.12 the file is HDF5, and lists its weights in the model's order.  Later it is a zip
 * archive that holds HDF5, where a layer's group is named after its class and counted within its
 * container: in 2.13 by twos.  So within a class the numbers give the order, and what a convolution
 * is for is seen in its kernel's shape: in the paper's generator no two kinds of layer share one.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "h5file.h"
#include "status.h"
#include "trial.h"
#include "zipfile.h"

enum { MOST_JSON = 1 << 24, PATH = 512, MAX_BLOCKS = 600, TRIAL_SECONDS = 60 };
static const size_t MOST_WEIGHTS = ((size_t)1 << 30) + (1 << 24);   /* bytes of the weights' file */

/* A convolution and what follows it: paths of its datasets, "" = none. */
struct block {
    char kernel[PATH], bias[PATH], scale[PATH], offset[PATH];
    int  transposed;
};

struct reading {
    const char           *file;
    struct bc_h5         *h5;
    struct block         *block;        /* (MAX_BLOCKS) */
    int                   n;
    struct bc_checkpoint *c;
};

/* NULL: there are too many. */
static struct block *
new_block(struct reading *r)
{
    if (r->n < MAX_BLOCKS)
        return &r->block[r->n++];
    bc_fail(BC_UNSUPPORTED, "%s has more than %d convolutions", r->file, MAX_BLOCKS);
    return NULL;
}

/* ---- HDF5 by itself: a flat list ------------------------------------------------------------- */

static int
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* "conv2d_7/kernel:0" of LAYER. */
static bc_status
add_weight(struct reading *r, const char *layer, const char *weight)
{
    struct block *b = r->n > 0 ? &r->block[r->n - 1] : NULL;
    char         *place = NULL;

    if (ends_with(weight, "kernel:0")) {
        if ((b = new_block(r)) == NULL)
            return BC_UNSUPPORTED;
        b->transposed = strstr(weight, "transpose") != NULL;
        place = b->kernel;
    } else if (b != NULL) {
        place = ends_with(weight, "bias:0") ? b->bias : ends_with(weight, "gamma:0") ? b->scale
                : ends_with(weight, "beta:0") ? b->offset : NULL;
    }
    if (place == NULL || *place != '\0')
        return bc_fail(BC_UNSUPPORTED, "%s: the weight %s has no place in the paper's generator",
                       r->file, weight);
    if (snprintf(place, PATH, "/model_weights/%s/%s", layer, weight) >= PATH)
        return bc_fail(BC_BAD_FILE, "%s: a layer's name is too long", r->file);
    return BC_OK;
}

static bc_status
add_layer(struct reading *r, const char *layer)
{
    struct bc_names weights = { NULL, 0 };
    char            path[PATH];
    int             i;
    bc_status       st;

    if (snprintf(path, sizeof path, "/model_weights/%s", layer) >= PATH || !bc_h5_has(r->h5, path))
        return bc_fail(BC_BAD_FILE, "%s: its layer %s is missing", r->file, layer);
    st = bc_h5_texts(r->h5, path, "weight_names", &weights);
    for (i = 0; st == BC_OK && i < weights.n; i++)
        st = add_weight(r, layer, weights.text[i]);
    bc_names_free(&weights);
    return st;
}

/* Long lists are split into layer_names0, layer_names1... */
static bc_status
collect_flat(struct reading *r)
{
    struct bc_names layers = { NULL, 0 };
    char            attribute[32] = "layer_names";
    int             i, had;
    bc_status       st;

    for (i = 0; ; i++) {
        had = layers.n;
        st = bc_h5_texts(r->h5, "/model_weights", attribute, &layers);
        if (st != BC_OK || (i > 0 && layers.n == had) || (i == 0 && layers.n > 0))
            break;
        snprintf(attribute, sizeof attribute, "layer_names%d", i);
    }
    for (i = 0; st == BC_OK && i < layers.n; i++)
        st = add_layer(r, layers.text[i]);
    bc_names_free(&layers);
    return st;
}

/* ---- HDF5 in an archive: nested groups ------------------------------------------------------- */

/* The number behind CLASS in NAME ("conv2d_12" is number 12 of conv2d), or -1. */
static int
number_of(const char *name, const char *class)
{
    size_t n = strlen(class);
    int    number = 0, end = 0;

    if (strncmp(name, class, n) != 0)
        return -1;
    if (name[n] == '\0')
        return 0;
    if (name[n] != '_' || strspn(name + n + 1, "0123456789") != strlen(name + n + 1)
        || sscanf(name + n + 1, "%9d%n", &number, &end) != 1 || name[n + 1 + end] != '\0')
        return -1;
    return number;
}

/* The member of CLASS with the least number above AFTER, or NULL. */
static const char *
next_of(const struct bc_names *members, const char *class, int *after)
{
    int i, best = -1;

    for (i = 0; i < members->n; i++) {
        int number = number_of(members->text[i], class);

        if (number > *after && (best < 0 || number < number_of(members->text[best], class)))
            best = i;
    }
    if (best < 0)
        return NULL;
    *after = number_of(members->text[best], class);
    return members->text[best];
}

/* PATH of variable NUMBER of a layer if there is one, else "". */
static void
find_variable(struct reading *r, const char *group, const char *layer, int number, char path[PATH])
{
    if (snprintf(path, PATH, "%s/%s/vars/%d", group, layer, number) >= PATH
        || !bc_h5_has(r->h5, path))
        *path = '\0';
}

/* The convolutions of CLASS in GROUP. */
static bc_status
collect_class(struct reading *r, const char *group, const struct bc_names *members,
              const char *class, int transposed)
{
    struct block *b;
    const char   *layer;
    char          path[PATH];
    int           number = -1;

    while ((layer = next_of(members, class, &number)) != NULL) {
        find_variable(r, group, layer, 0, path);
        if (*path == '\0')
            continue;
        if ((b = new_block(r)) == NULL)
            return BC_UNSUPPORTED;
        strcpy(b->kernel, path);
        b->transposed = transposed;
        find_variable(r, group, layer, 1, b->bias);
    }
    return BC_OK;
}

/* The norms of GROUP go to its convolutions from number FIRST on, but to none that has a bias. */
static bc_status
collect_norms(struct reading *r, const char *group, const struct bc_names *members, int first)
{
    const char *layer;
    char        path[PATH];
    int         number = -1;

    while ((layer = next_of(members, "group_normalization", &number)) != NULL) {
        find_variable(r, group, layer, 0, path);
        if (*path == '\0')
            continue;
        while (first < r->n && r->block[first].bias[0] != '\0')
            first++;
        if (first == r->n)
            return bc_fail(BC_UNSUPPORTED, "%s has more norms than convolutions without bias",
                           r->file);
        strcpy(r->block[first].scale, path);
        find_variable(r, group, layer, 1, r->block[first].offset);
        first++;
    }
    return BC_OK;
}

/* A layer of another class must not have weights. */
static bc_status
check_others(struct reading *r, const char *group, const struct bc_names *members)
{
    static const char *const classes[] = { "conv2d", "conv2d_transpose", "group_normalization",
                                           "sequential" };
    char                     path[PATH];
    size_t                   k;
    int                      i;

    for (i = 0; i < members->n; i++) {
        for (k = 0; k < 4 && number_of(members->text[i], classes[k]) < 0; k++)
            ;
        find_variable(r, group, members->text[i], 0, path);
        if (k == 4 && *path != '\0')
            return bc_fail(BC_UNSUPPORTED, "%s: its layer %s has no place in the paper's generator",
                           r->file, members->text[i]);
    }
    return BC_OK;
}

/* All of GROUP; TOP is "layers" or what it was called before, also within a Sequential, which holds
 * no other. */
static bc_status
collect_group(struct reading *r, const char *group, const char *top, int depth)
{
    struct bc_names members = { NULL, 0 };
    const char     *layer;
    char            inner[PATH];
    int             number = -1, first = r->n;
    bc_status       st = bc_h5_list(r->h5, group, &members);

    if (st == BC_OK)
        st = check_others(r, group, &members);
    if (st == BC_OK)
        st = collect_class(r, group, &members, "conv2d", 0);
    if (st == BC_OK)
        st = collect_class(r, group, &members, "conv2d_transpose", 1);
    if (st == BC_OK)
        st = collect_norms(r, group, &members, first);
    while (st == BC_OK && (layer = next_of(&members, "sequential", &number)) != NULL)
        if (depth > 0)
            st = bc_fail(BC_UNSUPPORTED, "%s has a Sequential within a Sequential", r->file);
        else if (snprintf(inner, sizeof inner, "%s/%s/%s", group, layer, top) < PATH
                 && bc_h5_has(r->h5, inner))
            st = collect_group(r, inner, top, depth + 1);
    bc_names_free(&members);
    return st;
}

static bc_status
collect_nested(struct reading *r)
{
    static const char *const tops[] = { "layers", "_layer_checkpoint_dependencies" };
    char                     path[PATH];
    int                      i;

    for (i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/%s", tops[i]);
        if (bc_h5_has(r->h5, path))
            return collect_group(r, path, tops[i], 0);
    }
    return bc_fail(BC_BAD_FILE, "%s holds no layers of Keras", r->file);
}

/* ---- from blocks to tensors ------------------------------------------------------------------ */

enum role { STEM, DOWN, RESIDUAL, UP, OUT, ROLES };

/* What a convolution is for, by its kernel (k, k, in, out); ROLES: for nothing, and the failure is
 * said. */
static enum role
find_role(const struct reading *r, const struct block *b)
{
    long d[BC_H5_DIMS];
    int  ndim;

    if (bc_h5_shape(r->h5, b->kernel, &ndim, d) != BC_OK)
        return ROLES;
    if (ndim != 4 || d[0] != d[1]) {
        bc_fail(BC_UNSUPPORTED, "%s: %s is no square kernel", r->file, b->kernel);
        return ROLES;
    }
    if (b->transposed)
        return UP;
    if (d[0] == 7)
        return *b->bias != '\0' ? OUT : STEM;
    if (d[0] == 3 && d[2] == d[3])
        return RESIDUAL;
    if (d[0] == 3 && 2 * d[2] == d[3])
        return DOWN;
    bc_fail(BC_UNSUPPORTED, "%s: a kernel of %ld x %ld pixels from %ld to %ld channels has no place in "
            "the paper's generator", r->file, d[0], d[1], d[2], d[3]);
    return ROLES;
}

static bc_status
read_tensor(struct reading *r, const char *path, const char *layer, const char *what)
{
    char      name[64];
    long      dim[BC_H5_DIMS];
    float    *x;
    int       ndim;
    bc_status st = bc_h5_shape(r->h5, path, &ndim, dim);

    snprintf(name, sizeof name, "%s.%s", layer, what);
    if (st == BC_OK && (ndim < 1 || ndim > 4))
        st = bc_fail(BC_BAD_SHAPE, "%s: %s has %d axes", r->file, path, ndim);
    if (st == BC_OK)
        st = bc_checkpoint_add(r->c, r->file, name, ndim, dim, &x);
    return st == BC_OK ? bc_h5_read(r->h5, path, 0, dim[0], x) : st;
}

/* Name of the convolution number K of a role. */
static void
name_layer(enum role role, int k, char layer[24])
{
    if (role == RESIDUAL)
        snprintf(layer, 24, "res%d%c", k / 2 + 1, k % 2 == 0 ? 'a' : 'b');
    else if (role == DOWN || role == UP)
        snprintf(layer, 24, "%s%d", role == DOWN ? "down" : "up", k + 1);
    else
        snprintf(layer, 24, "%s", role == STEM ? "stem" : "out");
}

/* The blocks of each role get their names in the order in which they come. */
static bc_status
read_blocks(struct reading *r)
{
    int       count[ROLES] = { 0 }, i;
    char      layer[24];
    bc_status st = BC_OK;

    if (r->n == 0)
        return bc_fail(BC_BAD_FILE, "%s holds no weights of Keras", r->file);
    for (i = 0; st == BC_OK && i < r->n; i++) {
        const struct block *b = &r->block[i];
        enum role           role = find_role(r, b);

        if (role == ROLES)
            return BC_UNSUPPORTED;
        name_layer(role, count[role]++, layer);
        st = read_tensor(r, b->kernel, layer, "kernel");
        if (st == BC_OK && *b->bias != '\0')
            st = read_tensor(r, b->bias, layer, "bias");
        if (st == BC_OK && *b->scale != '\0')
            st = read_tensor(r, b->scale, layer, "scale");
        if (st == BC_OK && *b->offset != '\0')
            st = read_tensor(r, b->offset, layer, "offset");
    }
    return st;
}

static bc_status
read_flat(struct reading *r)
{
    struct bc_names config = { NULL, 0 };
    bc_status       st = bc_h5_open(r->file, &r->h5);

    if (st == BC_OK && !bc_h5_has(r->h5, "/model_weights"))
        return collect_nested(r);               /* an archive's member by itself */
    if (st == BC_OK)
        st = bc_h5_texts(r->h5, "/", "model_config", &config);
    if (st == BC_OK && config.n > 0) {
        r->c->config = config.text[0];
        config.text[0] = NULL;
    }
    if (st == BC_OK)
        st = collect_flat(r);
    bc_names_free(&config);
    return st;
}

static bc_status
read_archive(struct reading *r)
{
    char     *bytes = NULL;
    size_t    n;
    bc_status st = bc_zip_read(r->file, "config.json", MOST_JSON, &r->c->config, &n);

    if (st == BC_OK)
        st = bc_zip_read(r->file, "model.weights.h5", MOST_WEIGHTS, &bytes, &n);
    if (st == BC_OK && bytes == NULL)
        st = bc_fail(BC_BAD_FILE, "%s: the archive has no member model.weights.h5", r->file);
    if (st == BC_OK)
        st = bc_h5_open_bytes(r->file, bytes, n, &r->h5);
    free(bytes);
    return st == BC_OK ? collect_nested(r) : st;
}

static bc_status
read_file(const char *file, struct bc_checkpoint *c)
{
    struct reading r = { .file = file, .c = c };
    char           magic[4] = "";
    FILE          *f = fopen(file, "rb");
    bc_status      st;

    if (f != NULL && fread(magic, 1, sizeof magic, f) != sizeof magic)
        magic[0] = '\0';
    if (f != NULL)
        fclose(f);
    r.block = calloc(MAX_BLOCKS, sizeof *r.block);
    if (r.block == NULL)
        return bc_fail_memory(MAX_BLOCKS * sizeof *r.block, "a network's layers");
    st = memcmp(magic, "PK\3\4", 4) == 0 ? read_archive(&r) : read_flat(&r);
    if (st == BC_OK)
        st = read_blocks(&r);
    bc_h5_close(r.h5);
    free(r.block);
    return st;
}

static bc_status
attempt(void *file)
{
    struct bc_checkpoint c = { .n = 0 };
    bc_status            st = read_file(file, &c);

    bc_checkpoint_free(&c);
    return st;
}

bc_status
bc_keras_read(const char *file, struct bc_checkpoint *c)
{
    bc_status st = bc_trial(file, attempt, (void *)file, TRIAL_SECONDS);

    return st == BC_OK ? read_file(file, c) : st;
}
