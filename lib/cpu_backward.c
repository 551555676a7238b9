/* cpu_backward.c -- one image's loss, and its gradient by the weights: the way back, as shared out
 * as the way forward.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_image.h"

#include <math.h>

/* The adjoint: add to row Y of a gradient what the border that mirrors it has got.  Only row Y
 * is written. */
static void
fold_border(const struct cpu_image *im, float *at, const struct cpu_tensor *t, int y)
{
    int i, r;

    for (r = -t->border; r < t->h + t->border; r++)
        if ((r < 0 || r >= t->h) && cpu_mirror(r, t->h) == y)
            im->k->add(at + cpu_at(t, r, -t->border), (size_t)cpu_row(t),
                       at + cpu_at(t, y, -t->border));
    for (i = 1; i <= t->border; i++) {
        im->k->add(at + cpu_at(t, y, -i), (size_t)t->pitch, at + cpu_at(t, y, i));
        im->k->add(at + cpu_at(t, y, t->w - 1 + i), (size_t)t->pitch,
                   at + cpu_at(t, y, t->w - 1 - i));
    }
}

/* The output's gradient, planes to pixels. */
static void
enter_gradient(void *arg, int y, int thread)
{
    struct cpu_job          *j = arg;
    const struct cpu_tensor *t = &j->p->dy;
    float                   *row = cpu_pixels(j->im, t) + cpu_at(t, y, 0);
    int                      x, c;

    (void)thread;
    memset(row, 0, (size_t)t->w * t->pitch * sizeof *row);
    for (c = 0; c < t->c; c++)
        for (x = 0; x < t->w; x++)
            row[(size_t)x * t->pitch + c] = j->from[((size_t)c * t->h + y) * t->w + x];
}

/* Gather what the mirrored border of dy got, and the sums that the norm or the bias needs. */
static void
sum_slopes(void *arg, int item, int thread)
{
    struct cpu_job         *j = arg;
    const struct cpu_layer *p = j->p;
    struct cpu_channels     s = cpu_channels_of(j->im, p);
    float                  *z = cpu_pixels(j->im, &p->z), *dy = cpu_pixels(j->im, &p->dy);
    int                     y;

    (void)thread;
    for (y = item * CPU_ROWS; y < cpu_smaller(item * CPU_ROWS + CPU_ROWS, p->y.h); y++) {
        fold_border(j->im, dy, &p->dy, y);
        j->im->k->slopes(&s, z + cpu_at(&p->z, y, 0), dy + cpu_at(&p->dy, y, 0),
                         cpu_row_sums(j->im, p, 0, y), cpu_row_sums(j->im, p, 1, y));
    }
}

/* Gradients by scale and offset, or bias; the norm's two constants of dz (ref_norm.c has the
 * formula). */
static void
set_slopes(const struct cpu_image *im, const struct cpu_layer *p)
{
    const struct bc_layer *l = p->l;
    struct cpu_channels    s = cpu_channels_of(im, p);
    float                  n = (float)p->z.h * (float)p->z.w;
    int                    c;

    if (!l->norm && !l->bias)
        return;
    im->k->columns(cpu_row_sums(im, p, 0, 0), p->z.h, p->z.pitch, s.k1);
    if (!l->norm) {
        memcpy(im->dw + l->bias_at, s.k1, l->cout * sizeof *im->dw);
        return;
    }
    im->k->columns(cpu_row_sums(im, p, 1, 0), p->z.h, p->z.pitch, s.k2);
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
    float                   *to = cpu_pixels(im, t) + cpu_at(t, y, 0);
    const float             *from = dy + cpu_at(&p->dy, y, 0);
    size_t                   n = (size_t)t->w * t->pitch;

    if (p->sum_alias) {
        cpu_zero_border(dy, &p->dy, y);
    } else if (p->sum_add) {
        im->k->add(from, n, to);
    } else {
        memcpy(to, from, n * sizeof *to);
        cpu_zero_border(cpu_pixels(im, t), t, y);
    }
}

/* The gradient by z; and beside it, as nothing else can be done meanwhile, the weights that the
 * gradient by the source needs. */
static void
unfinish(void *arg, int item, int thread)
{
    struct cpu_job         *j = arg;
    const struct cpu_layer *p = j->p;
    struct cpu_channels     s = cpu_channels_of(j->im, p);
    int                     pack = item - cpu_row_items(p->y.h);
    float                  *z = cpu_pixels(j->im, &p->z);
    float                  *dy = cpu_pixels(j->im, &p->dy), *dz = cpu_pixels(j->im, &p->dz);
    int                     y;

    (void)thread;
    if (pack >= 0)
        j->im->k->pack(&p->backward, pack, j->im->weights + p->l->kernel_at, j->im->packed);
    for (y = item * CPU_ROWS; y < cpu_smaller(item * CPU_ROWS + CPU_ROWS, p->y.h); y++) {
        j->im->k->unfinish(&s, z + cpu_at(&p->z, y, 0), dy + cpu_at(&p->dy, y, 0),
                           dz + cpu_at(&p->dz, y, 0));
        cpu_zero_border(dz, &p->dz, y);
        if (p->l->add >= 0)
            hand_on(j->im, p, dy, y);
    }
}

/* A piece of the gradient by the source. */
static void
gather_back(struct cpu_job *j, int item, int thread)
{
    struct cpu_image        *im = j->im;
    const struct cpu_gather *f = &j->p->backward;
    struct cpu_part          part = cpu_gather_part(f, item);

    im->k->gather(f, part.py, part.y0, part.y1, cpu_pixels(im, &j->p->dz), im->packed,
                  cpu_pixels(im, &im->m->layer[j->p->l->src].dy), j->p->data_add,
                  im->scratch[thread]);
}

/* Pieces of the gradient by the weights, then of that by the source. */
static void
convolve_back(void *arg, int item, int thread)
{
    struct cpu_job         *j = arg;
    struct cpu_image       *im = j->im;
    const struct cpu_layer *p = j->p;
    const float            *dz = cpu_pixels(im, &p->dz), *x = cpu_pixels(im, cpu_source(im, p));
    int                     swapped = p->l->op == BC_CONVT || p->dz.pitch < im->k->lanes;

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
    return (cpu_smaller(d->band, d->ntile - first) + CPU_WINOGRAD_ITEM - 1) / CPU_WINOGRAD_ITEM;
}

static void
tiles(void *arg, int item, int thread)
{
    struct cpu_job         *j = arg;
    const struct cpu_layer *p = j->p;
    int                     n = tile_items(&p->winograd, j->first);

    if (item < n)
        j->im->k->winograd_tiles(&p->winograd, j->first, item,
                                 cpu_pixels(j->im, cpu_source(j->im, p)),
                                 cpu_pixels(j->im, &p->dz), j->im->winograd);
    else
        gather_back(j, item - n, thread);
}

static void
sums(void *arg, int item, int thread)
{
    struct cpu_job *j = arg;

    (void)thread;
    j->im->k->winograd_sums(&j->p->winograd, j->first, item, j->im->winograd);
}

static void
weights(void *arg, int item, int thread)
{
    struct cpu_job *j = arg;

    (void)thread;
    j->im->k->winograd_weights(&j->p->winograd, item, j->im->winograd,
                               j->im->dw + j->p->l->kernel_at);
}

/* Gradients by the kernel and, unless that is the network's input, by the source. */
static void
backward_layer(struct cpu_image *im, struct cpu_job *job)
{
    struct cpu_layer             *p = job->p;
    const struct cpu_winograd_dw *d = &p->winograd;
    int                           nback = p->l->src >= 0 ? cpu_gather_items(&p->backward) : 0;

    if (p->data_clear) {
        const struct cpu_tensor *dx = &im->m->layer[p->l->src].dy;

        memset(cpu_pixels(im, dx), 0, cpu_size(dx) * sizeof(float));
    }
    if (!d->use) {
        cpu_share(im, convolve_back, job, p->dweight.nitem + nback);
        return;
    }
    for (job->first = 0; job->first < d->ntile; job->first += d->band) {
        cpu_share(im, tiles, job, tile_items(d, job->first) + (job->first == 0 ? nback : 0));
        cpu_share(im, sums, job, 36 * d->nblock);
    }
    cpu_share(im, weights, job, d->cin);
}

static void
backward(struct cpu_image *im, const float *dout)
{
    const struct cpu_geometry *m = im->m;
    struct cpu_job             job = { .im = im, .from = dout };
    int                        i;

    job.p = &m->layer[m->g->nlayer - 1];
    cpu_share(im, enter_gradient, &job, job.p->y.h);
    for (i = m->g->nlayer - 1; i >= 0; i--) {
        job.p = &m->layer[i];
        if (!job.p->reached)
            continue;
        cpu_share(im, sum_slopes, &job, cpu_row_items(job.p->y.h));
        set_slopes(im, job.p);
        cpu_share(im, unfinish, &job,
                  cpu_row_items(job.p->y.h) + cpu_train_packs(im, &job.p->backward));
        backward_layer(im, &job);
    }
}

static int
any_nan(const float *x, size_t n)
{
    size_t i, bad = 0;

    for (i = 0; i < n; i++)
        bad += isnan(x[i]);
    return bad > 0;
}

static double *
widen(const float *from, size_t n, double *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        to[i] = from[i];
    return to + n;
}

/* d += FACTOR * from */
static void
add_gradient(const double *from, size_t n, double factor, float *d)
{
    size_t i;

    for (i = 0; i < n; i++)
        d[i] += (float)(factor * from[i]);
}

/* The loss of a band: the kernels know pixels and windows of SSIM that all count, loss.c the rest. */
static double
band_loss(struct cpu_image *im, const struct bc_loss *o, const float *truth, const float *y, const float *s,
          double factor, float *dy, float *ds)
{
    int     h = im->m->in.h, w = im->m->in.w, whole = !any_nan(truth, (size_t)h * w);
    size_t  n = (size_t)h * w;
    double  loss = 0.0, *t = im->loss_scratch, *d = t + 3 * n;

    if (whole)
        loss = im->k->loss(truth, y, h, w, o->lambda, factor, im->loss_scratch, dy);
    else
        memset(dy, 0, n * sizeof *dy);
    if (s != NULL)
        memset(ds, 0, n * sizeof *ds);
    if (whole && o->flux == 0.0 && s == NULL)
        return loss;
    widen(y, n, widen(truth, n, t));
    if (s != NULL)
        widen(s, n, t + 2 * n);
    memset(d, 0, 2 * n * sizeof *d);
    loss += (whole ? bc_loss_rest : bc_loss)(o, t, t + n, s != NULL ? t + 2 * n : NULL, h, w, d,
                                             s != NULL ? d + n : NULL);
    add_gradient(d, n, factor, dy);
    if (s != NULL)
        add_gradient(d + n, n, factor, ds);
    return loss;
}

double
cpu_gradient(struct cpu_image *im, const float *in, const float *truth, const struct bc_loss *o,
             double factor)
{
    int    nout = im->m->g->nout, bands = bc_loss_bands(o, nout), c;
    size_t area = (size_t)im->m->in.h * im->m->in.w;
    float *y = im->planes, *dy = y + nout * area;
    double loss = 0.0;

    cpu_forward(im, in, y, NULL);
    for (c = 0; c < bands; c++)
        loss += band_loss(im, o, truth + c * area, y + c * area, nout > bands ? y + (bands + c) * area : NULL,
                          factor, dy + c * area, nout > bands ? dy + (bands + c) * area : NULL);
    backward(im, dy);
    return loss;
}
