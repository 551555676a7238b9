/* cpu_image.h -- what the ways forward and back through a network have in common.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_IMAGE_H
#define BC_CPU_IMAGE_H

#include "cpu.h"

#include <string.h>

/* Rows in a piece of work that goes through pixels once. */
enum { CPU_ROWS = 4 };

/* What a piece of work is about: a layer, or planes outside. */
struct cpu_job {
    struct cpu_image *im;
    struct cpu_layer *p, *next;
    struct cpu_gather gather;       /* the layer's, of what is wanted, and that */
    struct bc_part    part;
    const float      *from;
    float            *to;
    int               first;        /* tile of a band */
};

/* NITEM pieces of work, by the image's threads or by the one that has the image to itself. */
static inline void
cpu_share(struct cpu_image *im, bc_work *work, struct cpu_job *job, int nitem)
{
    int i;

    if (im->threads != NULL)
        bc_threads_run(im->threads, work, job, nitem);
    else
        for (i = 0; i < nitem; i++)
            work(job, i, im->thread);
}

/* Pieces that so many rows make. */
static inline int
cpu_row_items(int rows)
{
    return (rows + CPU_ROWS - 1) / CPU_ROWS;
}

/* The same for a gather: its phases in row PY, and all. */
static inline int
cpu_phase_items(const struct cpu_gather *f, int py)
{
    return (f->phase[py * f->step].ny + f->rows - 1) / f->rows;
}

static inline int
cpu_gather_items(const struct cpu_gather *f)
{
    return cpu_phase_items(f, 0) + (f->step == 2 ? cpu_phase_items(f, 1) : 0);
}

static inline int
cpu_smaller(int a, int b)
{
    return a < b ? a : b;
}

static inline float *
cpu_pixels(const struct cpu_image *im, const struct cpu_tensor *t)
{
    return im->slot[t->slot];
}

/* What layer P reads. */
static inline const struct cpu_tensor *
cpu_source(const struct cpu_image *im, const struct cpu_layer *p)
{
    return p->l->src == BC_FROM_INPUT ? &im->m->in : &im->m->layer[p->l->src].y;
}

static inline struct cpu_channels
cpu_channels_of(const struct cpu_image *im, const struct cpu_layer *p)
{
    size_t n = (size_t)cpu_channel_room(p->z.pitch, im->k->lanes);
    float *at = im->channels + p->channels;

    return (struct cpu_channels){ p->z.w, p->z.pitch, p->l->norm, p->l->act,
                                  at, at + n, at + 2 * n, at + 3 * n, at + 4 * n, at + 5 * n };
}

/* Row Y's first or second kind of sums (WHICH), per channel. */
static inline float *
cpu_row_sums(const struct cpu_image *im, const struct cpu_layer *p, int which, int y)
{
    return im->rows + ((size_t)which * p->z.h + y) * p->z.pitch;
}

/* Pieces of packing a gather's weights for training, which takes the place of those before. */
static inline int
cpu_train_packs(const struct cpu_image *im, const struct cpu_gather *f)
{
    return im->m->train ? cpu_pack_items(im->k, f) : 0;
}

/* Piece ITEM of a gather: which phases and rows it makes. */
struct cpu_part { int py, y0, y1; };

static inline struct cpu_part
cpu_gather_part(const struct cpu_gather *f, int item)
{
    int             first = cpu_phase_items(f, 0);
    struct cpu_part part = { item >= first, (item >= first ? item - first : item) * f->rows, 0 };

    part.y1 = cpu_smaller(part.y0 + f->rows, f->phase[part.py * f->step].ny);
    return part;
}

/* Zeros around row Y, and above and below the image if it is the first or last one. */
static inline void
cpu_zero_border(float *at, const struct cpu_tensor *t, int y)
{
    size_t side = (size_t)t->border * t->pitch * sizeof *at;
    size_t rows = (size_t)t->border * cpu_row(t) * sizeof *at;

    memset(at + cpu_at(t, y, -t->border), 0, side);
    memset(at + cpu_at(t, y, t->w), 0, side);
    if (y == 0)
        memset(at, 0, rows);
    if (y == t->h - 1)
        memset(at + cpu_at(t, t->h, -t->border), 0, rows);
}

/* The place inside N pixels that border place I mirrors; the border is narrower than the image. */
static inline int
cpu_mirror(int i, int n)
{
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

#endif
