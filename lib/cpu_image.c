/* cpu_image.c -- one image through the network and back, layer by layer, rows shared out among
 * the threads.  Every number is computed by one thread in one order, so the results have the
 * same bits for any number of them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include <string.h>

/* Rows in a piece of work that goes through pixels once. */
enum { ROWS = 4 };

/* A piece of work is about one layer, or about the image's ends. */
struct job {
    struct cpu_image *im;
    struct cpu_layer *p;
    const float      *from;
    float            *to;
    int               first;        /* tile of a band */
};

static void
share(struct cpu_image *im, bc_work *work, struct job *job, int nitem)
{
    int i;

    if (im->threads != NULL)
        bc_threads_run(im->threads, work, job, nitem);
    else
        for (i = 0; i < nitem; i++)
            work(job, i, im->thread);
}

static int
row_items(int rows)
{
    return (rows + ROWS - 1) / ROWS;
}

/* The same for a gather: its phases in row PY, and all. */
static int
phase_items(const struct cpu_gather *f, int py)
{
    return (f->phase[py * f->step].ny + f->rows - 1) / f->rows;
}

static int
gather_items(const struct cpu_gather *f)
{
    return phase_items(f, 0) + (f->step == 2 ? phase_items(f, 1) : 0);
}

static int
smaller(int a, int b)
{
    return a < b ? a : b;
}

static float *
pixels(const struct cpu_image *im, const struct cpu_tensor *t)
{
    return im->slot[t->slot];
}

static const struct cpu_tensor *
source(const struct cpu_image *im, const struct cpu_layer *p)
{
    return p->l->src == BC_FROM_INPUT ? &im->m->in : &im->m->layer[p->l->src].y;
}

static struct cpu_channels
channels(const struct cpu_image *im, const struct cpu_layer *p)
{
    size_t n = (size_t)(p->z.pitch > im->k->lanes ? p->z.pitch : im->k->lanes);
    float *at = im->channels + p->channels;

    return (struct cpu_channels){ p->z.w, p->z.pitch, p->l->norm, p->l->act,
                                  at, at + n, at + 2 * n, at + 3 * n, at + 4 * n, at + 5 * n };
}

/* Row Y's first or second kind of sums (WHICH), per channel. */
static float *
row_sums(const struct cpu_image *im, const struct cpu_layer *p, int which, int y)
{
    return im->rows + ((size_t)which * p->z.h + y) * p->z.pitch;
}

/* Zeros around row Y, and above and below the image if it is the first or last one. */
static void
zero_border(float *at, const struct cpu_tensor *t, int y)
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
static int
mirror(int i, int n)
{
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

/* Fill the part of the border that depends on row Y. */
static void
fill_border(float *at, const struct cpu_tensor *t, int y)
{
    size_t pixel = t->pitch * sizeof *at;
    int    i, r;

    if (!t->reflect) {
        zero_border(at, t, y);
        return;
    }
    for (i = 1; i <= t->border; i++) {
        memcpy(at + cpu_at(t, y, -i), at + cpu_at(t, y, i), pixel);
        memcpy(at + cpu_at(t, y, t->w - 1 + i), at + cpu_at(t, y, t->w - 1 - i), pixel);
    }
    for (r = -t->border; r < t->h + t->border; r++)
        if ((r < 0 || r >= t->h) && mirror(r, t->h) == y)
            memcpy(at + cpu_at(t, r, -t->border), at + cpu_at(t, y, -t->border),
                   cpu_row(t) * sizeof *at);
}

/* The adjoint: add to row Y of a gradient what the border that mirrors it has got.  Only row Y
 * is written. */
static void
fold_border(const struct cpu_image *im, float *at, const struct cpu_tensor *t, int y)
{
    int i, r;

    for (r = -t->border; r < t->h + t->border; r++)
        if ((r < 0 || r >= t->h) && mirror(r, t->h) == y)
            im->k->add(at + cpu_at(t, r, -t->border), (size_t)cpu_row(t),
                       at + cpu_at(t, y, -t->border));
    for (i = 1; i <= t->border; i++) {
        im->k->add(at + cpu_at(t, y, -i), (size_t)t->pitch, at + cpu_at(t, y, i));
        im->k->add(at + cpu_at(t, y, t->w - 1 + i), (size_t)t->pitch,
                   at + cpu_at(t, y, t->w - 1 - i));
    }
}

/* Planes (c, h, w) to pixels, and back. */
static void
enter(void *arg, int y, int thread)
{
    struct job              *j = arg;
    const struct cpu_tensor *t = &j->im->m->in;
    float                   *at = pixels(j->im, t), *row = at + cpu_at(t, y, 0);
    int                      x, c;

    (void)thread;
    memset(row, 0, (size_t)t->w * t->pitch * sizeof *row);
    for (c = 0; c < t->c; c++)
        for (x = 0; x < t->w; x++)
            row[(size_t)x * t->pitch + c] = j->from[((size_t)c * t->h + y) * t->w + x];
    fill_border(at, t, y);
}

static void
leave(void *arg, int y, int thread)
{
    struct job              *j = arg;
    const struct cpu_tensor *t = &j->p->y;
    const float             *row = pixels(j->im, t) + cpu_at(t, y, 0);
    int                      x, c;

    (void)thread;
    for (c = 0; c < t->c; c++)
        for (x = 0; x < t->w; x++)
            j->to[((size_t)c * t->h + y) * t->w + x] = row[(size_t)x * t->pitch + c];
}

/* The output's gradient, planes to pixels. */
static void
enter_gradient(void *arg, int y, int thread)
{
    struct job              *j = arg;
    const struct cpu_tensor *t = &j->p->dy;
    float                   *row = pixels(j->im, t) + cpu_at(t, y, 0);
    int                      x, c;

    (void)thread;
    memset(row, 0, (size_t)t->w * t->pitch * sizeof *row);
    for (c = 0; c < t->c; c++)
        for (x = 0; x < t->w; x++)
            row[(size_t)x * t->pitch + c] = j->from[((size_t)c * t->h + y) * t->w + x];
}

/* Piece ITEM of a gather: which phases and rows it makes. */
struct part { int py, y0, y1; };

static struct part
gather_part(const struct cpu_gather *f, int item)
{
    int         first = phase_items(f, 0);
    struct part part = { item >= first, (item >= first ? item - first : item) * f->rows, 0 };

    part.y1 = smaller(part.y0 + f->rows, f->phase[part.py * f->step].ny);
    return part;
}

/* z = op(source), and each new row's statistics while it is in the cache. */
static void
convolve(void *arg, int item, int thread)
{
    struct job              *j = arg;
    struct cpu_image        *im = j->im;
    const struct cpu_layer  *p = j->p;
    const struct cpu_gather *f = &p->forward;
    struct part              part = gather_part(f, item);
    struct cpu_channels      s = channels(im, p);
    float                   *z = pixels(im, &p->z);
    int                      i, y;

    im->k->gather(f, part.py, part.y0, part.y1, pixels(im, source(im, p)), im->packed + f->packed,
                  z, 0, im->scratch[thread]);
    for (i = part.y0; p->l->norm && i < part.y1; i++) {
        y = i * f->step + part.py;
        im->k->moments(&s, z + cpu_at(&p->z, y, 0), row_sums(im, p, 0, y), row_sums(im, p, 1, y));
    }
}

static void
set_channels(const struct cpu_image *im, const struct cpu_layer *p)
{
    const struct bc_layer *l = p->l;
    struct cpu_channels    s = channels(im, p);
    int                    c;

    if (l->norm)
        im->k->statistics(&s, row_sums(im, p, 0, 0), row_sums(im, p, 1, 0), p->z.h);
    for (c = 0; c < l->cout; c++) {
        s.a[c] = l->norm ? im->weights[l->scale_at + c] * s.inverse[c] : 1.0f;
        s.offset[c] = 0.0f;
        if (l->norm || l->bias)
            s.offset[c] = im->weights[(l->norm ? l->offset_at : l->bias_at) + c];
    }
}

static void
finish(void *arg, int item, int thread)
{
    struct job             *j = arg;
    const struct cpu_layer *p = j->p;
    struct cpu_channels     s = channels(j->im, p);
    int                     y;

    (void)thread;
    for (y = item * ROWS; y < smaller(item * ROWS + ROWS, p->y.h); y++) {
        const float *add = NULL;

        if (p->l->add >= 0) {
            const struct cpu_tensor *a = &j->im->m->layer[p->l->add].y;

            add = pixels(j->im, a) + cpu_at(a, y, 0);
        }
        j->im->k->finish(&s, pixels(j->im, &p->z) + cpu_at(&p->z, y, 0), add,
                         pixels(j->im, &p->y) + cpu_at(&p->y, y, 0));
        fill_border(pixels(j->im, &p->y), &p->y, y);
    }
}

void
cpu_forward(struct cpu_image *im, const float *in, float *out)
{
    const struct cpu_geometry *m = im->m;
    struct job                 job = { .im = im, .from = in, .to = out };
    int                        i;

    share(im, enter, &job, m->in.h);
    for (i = 0; i < m->g->nlayer; i++) {
        job.p = &m->layer[i];
        if (!job.p->reached)
            continue;
        share(im, convolve, &job, gather_items(&job.p->forward));
        set_channels(im, job.p);
        share(im, finish, &job, row_items(job.p->y.h));
    }
    share(im, leave, &job, job.p->y.h);
}

/* Gather what the mirrored border of dy got, and the sums that the norm or the bias needs. */
static void
sum_slopes(void *arg, int item, int thread)
{
    struct job             *j = arg;
    const struct cpu_layer *p = j->p;
    struct cpu_channels     s = channels(j->im, p);
    float                  *z = pixels(j->im, &p->z), *dy = pixels(j->im, &p->dy);
    int                     y;

    (void)thread;
    for (y = item * ROWS; y < smaller(item * ROWS + ROWS, p->y.h); y++) {
        fold_border(j->im, dy, &p->dy, y);
        j->im->k->slopes(&s, z + cpu_at(&p->z, y, 0), dy + cpu_at(&p->dy, y, 0),
                         row_sums(j->im, p, 0, y), row_sums(j->im, p, 1, y));
    }
}

/* Gradients by scale and offset, or bias; the norm's two constants of dz (ref_norm.c has the
 * formula). */
static void
set_slopes(const struct cpu_image *im, const struct cpu_layer *p)
{
    const struct bc_layer *l = p->l;
    struct cpu_channels    s = channels(im, p);
    float                  n = (float)p->z.h * (float)p->z.w;
    int                    c;

    if (!l->norm && !l->bias)
        return;
    im->k->columns(row_sums(im, p, 0, 0), p->z.h, p->z.pitch, s.k1);
    if (!l->norm) {
        memcpy(im->dw + l->bias_at, s.k1, l->cout * sizeof *im->dw);
        return;
    }
    im->k->columns(row_sums(im, p, 1, 0), p->z.h, p->z.pitch, s.k2);
    for (c = 0; c < l->cout; c++) {
        im->dw[l->offset_at + c] = s.k1[c];
        im->dw[l->scale_at + c] = s.k2[c] * s.inverse[c];
        s.k1[c] *= s.a[c] / n;
        s.k2[c] *= s.a[c] * s.inverse[c] * s.inverse[c] / n;
    }
}

/* Hand dy's row Y on to the layer that was added. */
static void
hand_on(const struct cpu_image *im, const struct cpu_layer *p, float *dy, int y)
{
    const struct cpu_tensor *t = &im->m->layer[p->l->add].dy;
    float                   *to = pixels(im, t) + cpu_at(t, y, 0);
    const float             *from = dy + cpu_at(&p->dy, y, 0);
    size_t                   n = (size_t)t->w * t->pitch;

    if (p->sum_alias) {
        zero_border(dy, &p->dy, y);
    } else if (p->sum_add) {
        im->k->add(from, n, to);
    } else {
        memcpy(to, from, n * sizeof *to);
        zero_border(pixels(im, t), t, y);
    }
}

static void
unfinish(void *arg, int item, int thread)
{
    struct job             *j = arg;
    const struct cpu_layer *p = j->p;
    struct cpu_channels     s = channels(j->im, p);
    float                  *z = pixels(j->im, &p->z);
    float                  *dy = pixels(j->im, &p->dy), *dz = pixels(j->im, &p->dz);
    int                     y;

    (void)thread;
    for (y = item * ROWS; y < smaller(item * ROWS + ROWS, p->y.h); y++) {
        j->im->k->unfinish(&s, z + cpu_at(&p->z, y, 0), dy + cpu_at(&p->dy, y, 0),
                           dz + cpu_at(&p->dz, y, 0));
        zero_border(dz, &p->dz, y);
        if (p->l->add >= 0)
            hand_on(j->im, p, dy, y);
    }
}

/* A piece of the gradient by the source. */
static void
gather_back(struct job *j, int item, int thread)
{
    struct cpu_image        *im = j->im;
    const struct cpu_gather *f = &j->p->backward;
    struct part              part = gather_part(f, item);

    im->k->gather(f, part.py, part.y0, part.y1, pixels(im, &j->p->dz), im->packed + f->packed,
                  pixels(im, &im->m->layer[j->p->l->src].dy), j->p->data_add, im->scratch[thread]);
}

/* Pieces of the gradient by the weights, then of that by the source. */
static void
convolve_back(void *arg, int item, int thread)
{
    struct job             *j = arg;
    struct cpu_image       *im = j->im;
    const struct cpu_layer *p = j->p;
    const float            *dz = pixels(im, &p->dz), *x = pixels(im, source(im, p));
    int                     swapped = p->l->op == BC_CONVT || p->dz.pitch == 1;

    if (item < p->dweight.nitem)
        im->k->dweight(&p->dweight, item, swapped ? dz : x, swapped ? x : dz, im->scratch[thread],
                       im->dw + p->l->kernel_at);
    else
        gather_back(j, item - p->dweight.nitem, thread);
}

/* Winograd's stages: transforms, and beside those of the first band the gradient by the source;
 * sums; weights. */
static int
tile_items(const struct cpu_winograd_dw *d, int first)
{
    return (smaller(d->band, d->ntile - first) + CPU_WINOGRAD_ITEM - 1) / CPU_WINOGRAD_ITEM;
}

static void
tiles(void *arg, int item, int thread)
{
    struct job             *j = arg;
    const struct cpu_layer *p = j->p;
    int                     n = tile_items(&p->winograd, j->first);

    if (item < n)
        j->im->k->winograd_tiles(&p->winograd, j->first, item, pixels(j->im, source(j->im, p)),
                                 pixels(j->im, &p->dz), j->im->winograd);
    else
        gather_back(j, item - n, thread);
}

static void
sums(void *arg, int item, int thread)
{
    struct job *j = arg;

    (void)thread;
    j->im->k->winograd_sums(&j->p->winograd, j->first, item, j->im->winograd);
}

static void
weights(void *arg, int item, int thread)
{
    struct job *j = arg;

    (void)thread;
    j->im->k->winograd_weights(&j->p->winograd, item, j->im->winograd,
                               j->im->dw + j->p->l->kernel_at);
}

/* Gradients by the kernel and, unless that is the network's input, by the source. */
static void
backward_layer(struct cpu_image *im, struct job *job)
{
    struct cpu_layer             *p = job->p;
    const struct cpu_winograd_dw *d = &p->winograd;
    int                           nback = p->l->src >= 0 ? gather_items(&p->backward) : 0;

    if (p->data_clear) {
        const struct cpu_tensor *dx = &im->m->layer[p->l->src].dy;

        memset(pixels(im, dx), 0, cpu_size(dx) * sizeof(float));
    }
    if (!d->use) {
        share(im, convolve_back, job, p->dweight.nitem + nback);
        return;
    }
    for (job->first = 0; job->first < d->ntile; job->first += d->band) {
        share(im, tiles, job, tile_items(d, job->first) + (job->first == 0 ? nback : 0));
        share(im, sums, job, 36 * d->nblock);
    }
    share(im, weights, job, d->cin);
}

static void
backward(struct cpu_image *im, const float *dout)
{
    const struct cpu_geometry *m = im->m;
    struct job                 job = { .im = im, .from = dout };
    int                        i;

    job.p = &m->layer[m->g->nlayer - 1];
    share(im, enter_gradient, &job, job.p->y.h);
    for (i = m->g->nlayer - 1; i >= 0; i--) {
        job.p = &m->layer[i];
        if (!job.p->reached)
            continue;
        share(im, sum_slopes, &job, row_items(job.p->y.h));
        set_slopes(im, job.p);
        share(im, unfinish, &job, row_items(job.p->y.h));
        backward_layer(im, &job);
    }
}

double
cpu_gradient(struct cpu_image *im, const float *in, const float *truth, double lambda,
             double factor)
{
    int    h = im->m->in.h, w = im->m->in.w, c;
    size_t area = (size_t)h * w, n = area * im->m->g->nout;
    double loss = 0.0;

    cpu_forward(im, in, im->planes);
    for (c = 0; c < im->m->g->nout; c++)
        loss += im->k->loss(truth + c * area, im->planes + c * area, h, w, lambda, factor,
                            im->loss_scratch, im->planes + n + c * area);
    backward(im, im->planes + n);
    return loss;
}
