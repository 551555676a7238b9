/* cpu_forward.c -- one image through the network, layer by layer, rows shared out among the
 * threads.  Every number is computed by one thread in one order, so the results have the same
 * bits for any number of them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_image.h"

#include "generator.h"

/* Fill the part of the border that depends on row Y. */
static void
fill_border(float *at, const struct cpu_tensor *t, int y)
{
    size_t pixel = t->pitch * sizeof *at;
    int    i, r;

    if (!t->reflect) {
        cpu_zero_border(at, t, y);
        return;
    }
    for (i = 1; i <= t->border; i++) {
        memcpy(at + cpu_at(t, y, -i), at + cpu_at(t, y, i), pixel);
        memcpy(at + cpu_at(t, y, t->w - 1 + i), at + cpu_at(t, y, t->w - 1 - i), pixel);
    }
    for (r = -t->border; r < t->h + t->border; r++)
        if ((r < 0 || r >= t->h) && cpu_mirror(r, t->h) == y)
            memcpy(at + cpu_at(t, r, -t->border), at + cpu_at(t, y, -t->border),
                   cpu_row(t) * sizeof *at);
}

/* The next layer's weights, while nothing reads those of the last one. */
static void
pack(const struct cpu_job *j, int item)
{
    const struct cpu_layer *p = j->next;

    j->im->k->pack(&p->forward, item, j->im->weights + p->l->kernel_at, j->im->packed);
}

/* Planes (c, h, w) to pixels, and back. */
static void
enter(void *arg, int y, int thread)
{
    struct cpu_job          *j = arg;
    const struct cpu_tensor *t = &j->im->m->in;
    float                   *at = cpu_pixels(j->im, t), *row = at + cpu_at(t, y, 0);
    int                      x, c;

    (void)thread;
    if (y >= t->h) {
        pack(j, y - t->h);
        return;
    }
    memset(row, 0, (size_t)t->w * t->pitch * sizeof *row);
    for (c = 0; c < t->c; c++)
        for (x = 0; x < t->w; x++)
            row[(size_t)x * t->pitch + c] = j->from[((size_t)c * t->h + y) * t->w + x];
    fill_border(at, t, y);
}

static void
leave(void *arg, int y, int thread)
{
    struct cpu_job          *j = arg;
    const struct cpu_tensor *t = &j->p->y;
    const float             *row = cpu_pixels(j->im, t) + cpu_at(t, y, 0);
    int                      x, c;

    (void)thread;
    if (y < j->part.y0 || y >= j->part.y1)
        return;
    for (c = 0; c < t->c; c++)
        for (x = j->part.x0; x < j->part.x1; x++)
            j->to[((size_t)c * t->h + y) * t->w + x] = row[(size_t)x * t->pitch + c];
}

/* Row Y of y from that of z. */
static void
finish_row(const struct cpu_job *j, int y)
{
    const struct cpu_image *im = j->im;
    const struct cpu_layer *p = j->p;
    struct cpu_channels     s = cpu_channels_of(im, p);
    const float            *add = NULL;
    int                     x = j->part.x0;

    if (p->l->add >= 0) {
        const struct cpu_tensor *a = &im->m->layer[p->l->add].y;

        add = cpu_pixels(im, a) + cpu_at(a, y, x);
    }
    s.n = j->part.x1 - x;
    im->k->finish(&s, cpu_pixels(im, &p->z) + cpu_at(&p->z, y, x), add,
                  cpu_pixels(im, &p->y) + cpu_at(&p->y, y, x));
    fill_border(cpu_pixels(im, &p->y), &p->y, y);
}

/* z = op(source); then, while a row is in the cache, its statistics, or y where none are needed. */
static void
convolve(void *arg, int item, int thread)
{
    struct cpu_job          *j = arg;
    struct cpu_image        *im = j->im;
    const struct cpu_layer  *p = j->p;
    const struct cpu_gather *f = &j->gather;
    struct cpu_part          part = cpu_gather_part(f, item);
    struct cpu_channels      s = cpu_channels_of(im, p);
    float                   *z = cpu_pixels(im, &p->z);
    int                      i, y;

    im->k->gather(f, part.py, part.y0, part.y1, cpu_pixels(im, cpu_source(im, p)),
                  im->packed + f->packed, z, 0, im->scratch[thread]);
    for (i = part.y0; i < part.y1; i++) {
        y = j->part.y0 + i * f->step + part.py;
        if (p->l->norm)
            im->k->moments(&s, z + cpu_at(&p->z, y, 0), cpu_row_sums(im, p, 0, y),
                           cpu_row_sums(im, p, 1, y));
        else
            finish_row(j, y);
    }
}

static void
set_channels(const struct cpu_image *im, const struct cpu_layer *p)
{
    const struct bc_layer *l = p->l;
    struct cpu_channels    s = cpu_channels_of(im, p);
    int                    c;

    if (l->norm)
        im->k->statistics(&s, cpu_row_sums(im, p, 0, 0), cpu_row_sums(im, p, 1, 0), p->z.h);
    for (c = 0; c < l->cout; c++) {
        s.a[c] = l->norm ? im->weights[l->scale_at + c] * s.inverse[c] : 1.0f;
        s.offset[c] = 0.0f;
        if (l->norm || l->bias)
            s.offset[c] = im->weights[(l->norm ? l->offset_at : l->bias_at) + c];
    }
    for (c = s.pitch; c < cpu_channel_room(s.pitch, im->k->lanes); c++)
        s.offset[c] = s.offset[c - s.pitch];
}

/* After a norm's statistics; beside it the next layer's weights. */
static int
finish_items(const struct cpu_layer *p)
{
    return p->l->norm ? cpu_row_items(p->y.h) : 0;
}

static void
finish(void *arg, int item, int thread)
{
    struct cpu_job *j = arg;
    int             y, items = finish_items(j->p);

    (void)thread;
    if (item >= items)
        pack(j, item - items);
    else
        for (y = item * CPU_ROWS; y < cpu_smaller(item * CPU_ROWS + CPU_ROWS, j->p->y.h); y++)
            finish_row(j, y);
}

/* The layer that is computed after layer I, or NULL; -1 is the input. */
static struct cpu_layer *
layer_after(const struct cpu_geometry *m, int i)
{
    do
        i++;
    while (i < m->g->nlayer && !m->layer[i].reached);
    return i < m->g->nlayer ? &m->layer[i] : NULL;
}

static int
next_packs(const struct cpu_job *job)
{
    return job->next != NULL ? cpu_train_packs(job->im, &job->next->forward) : 0;
}

/* All that each layer makes, or what PART depends on; statistics depend on all. */
static void
set_needed(struct cpu_image *im, const struct bc_part *part)
{
    const struct cpu_geometry *m = im->m;
    int                        i, norm = 0;

    for (i = 0; i < m->g->nlayer; i++) {
        const struct cpu_tensor *y = &m->layer[i].y;

        im->needed[i + 1] = (struct bc_part){ 0, y->h, 0, y->w };
        norm |= m->g->layer[i].norm;
    }
    if (part != NULL && !norm)
        bc_graph_needs(m->g, m->in.h, m->in.w, part, im->needed);
}

void
cpu_forward(struct cpu_image *im, const float *in, float *out, const struct bc_part *part)
{
    const struct cpu_geometry *m = im->m;
    struct cpu_job             job = { .im = im, .from = in, .to = out };

    set_needed(im, part);
    job.next = layer_after(m, -1);
    cpu_share(im, enter, &job, m->in.h + next_packs(&job));
    while (job.next != NULL) {
        job.p = job.next;
        job.next = layer_after(m, (int)(job.p - m->layer));
        job.part = im->needed[job.p - m->layer + 1];
        cpu_gather_restrict(&job.p->forward, &job.part, &job.gather);
        if (!job.p->l->norm)
            set_channels(im, job.p);
        cpu_share(im, convolve, &job, cpu_gather_items(&job.gather));
        if (job.p->l->norm)
            set_channels(im, job.p);
        cpu_share(im, finish, &job, finish_items(job.p) + next_packs(&job));
    }
    cpu_share(im, leave, &job, job.p->y.h);
}
