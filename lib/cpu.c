/* cpu.c -- the backend of our own vector kernels.
 *
 * A batch is done image by image.  If it has at least as many images as there are threads, each
 * thread computes whole images in memory of its own; otherwise all share the rows of one.  Each
 * image's gradient is summed alone and then added in the batch's order: the bits do not depend
 * on which of the two was done, nor on the threads.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "status.h"

/* Weights in one piece of the work that goes through all weights. */
enum { CHUNK = 16384 };

enum { HUGE_PAGE = 1 << 21 };       /* bytes, of x86 and of most of ARM's */

struct bc_plan {
    const struct bc_graph    *g;
    struct bc_plan_options    o;
    const struct cpu_kernels *k;
    struct cpu_geometry       m;
    struct bc_threads        *threads;
    struct bc_weights         w;
    float                    *packed;
    int                       is_packed;
    float                    *total;        /* gradient of a batch */
    int                       nimage;       /* images computed at a time */
    struct cpu_image         *image;
    float                   **memory;       /* of each image */
    float                   **scratch;      /* of each thread */
};

/* Floats on a cache line's border; NULL if there is no memory.  Much of it is better in huge pages, where the system
 * gives them to those who ask: all of it is gone through with every image. */
static float *
take(size_t n)
{
    size_t align = n * sizeof(float) < 2 * HUGE_PAGE ? 64 : HUGE_PAGE;
    size_t bytes = (n * sizeof(float) + 64 + align - 1) / align * align;
    float *memory = aligned_alloc(align, bytes);

#ifdef MADV_HUGEPAGE
    if (memory != NULL && align == HUGE_PAGE)
        madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

static size_t
round_up(size_t n)
{
    return (n + 15) / 16 * 16;
}

size_t
cpu_loss_scratch(int h, int w)
{
    return 5 * (size_t)w + 5 * (size_t)h * w;
}

static int
probe(void)
{
    return 1;
}

static void
describe(const struct bc_plan *p, char *text, size_t size)
{
    int n = bc_threads_count(p->threads);

    snprintf(text, size, "%s%s, %d thread%s", p->k->name,
             p->m.winograd ? "" : " without Winograd", n, n == 1 ? "" : "s");
}

static void
release(struct bc_plan *p)
{
    int i;

    if (p == NULL)
        return;
    for (i = 0; p->memory != NULL && i < p->nimage; i++)
        free(p->memory[i]);
    for (i = 0; p->image != NULL && i < p->nimage; i++) {
        free(p->image[i].slot);
        free(p->image[i].needed);
    }
    for (i = 0; p->scratch != NULL && i < bc_threads_count(p->threads); i++)
        free(p->scratch[i]);
    free(p->memory);
    free(p->image);
    free(p->scratch);
    free(p->total);
    free(p->packed);
    free(p->w.value);
    free(p->w.m);
    free(p->w.v);
    cpu_geometry_free(&p->m);
    bc_threads_close(p->threads);
    free(p);
}

/* Copies of the weights and of the optimiser's state. */
static bc_status
take_weights(struct bc_plan *p, const struct bc_weights *w)
{
    size_t n = p->g->nweight, bytes = n * sizeof(float);

    p->w.step = w->step;
    p->w.value = take(n);
    p->packed = take(p->o.train ? 0 : p->m.npacked);
    if (p->o.train) {
        p->w.m = take(n);
        p->w.v = take(n);
        p->total = take(p->o.batch > 1 ? n : 0);
    }
    if (p->w.value == NULL || p->packed == NULL
        || (p->o.train && (p->w.m == NULL || p->w.v == NULL || p->total == NULL)))
        return bc_fail_memory((p->o.train ? 4 : 1) * bytes + p->m.npacked * sizeof(float),
                              "a network's weights");
    memcpy(p->w.value, w->value, bytes);
    if (p->o.train && w->m != NULL)
        memcpy(p->w.m, w->m, bytes);
    else if (p->o.train)
        memset(p->w.m, 0, bytes);
    if (p->o.train && w->v != NULL)
        memcpy(p->w.v, w->v, bytes);
    else if (p->o.train)
        memset(p->w.v, 0, bytes);
    return BC_OK;
}

/* Floats that one image needs in training alone. */
struct train_needs { size_t weight, plane, loss, packed; };

static struct train_needs
train_needs(const struct bc_plan *p)
{
    struct train_needs t = { 0, 0, 0, 0 };

    if (p->o.train) {
        t.weight = p->g->nweight;
        t.plane = round_up(2 * (size_t)p->o.height * p->o.width * p->g->nout);
        t.loss = round_up(2 * cpu_loss_scratch(p->o.height, p->o.width));
        t.packed = round_up(p->m.npacked);
    }
    return t;
}

/* Floats that one image needs. */
static size_t
image_size(const struct bc_plan *p)
{
    const struct cpu_geometry *m = &p->m;
    struct train_needs         t = train_needs(p);
    size_t                     n;
    int                        i;

    n = round_up(m->nchannel) + round_up(t.weight) + round_up(m->nrow) + t.plane + t.loss
        + round_up(m->nwinograd) + t.packed;
    for (i = 0; i < m->nslot; i++)
        n += round_up(m->slot_size[i]);
    return n;
}

/* One piece of memory for all that one image needs. */
static bc_status
take_image(struct bc_plan *p, int number)
{
    const struct cpu_geometry *m = &p->m;
    struct cpu_image          *im = &p->image[number];
    struct train_needs         t = train_needs(p);
    size_t                     n = image_size(p);
    float                     *at;
    int                        i;

    *im = (struct cpu_image){ .m = m, .k = p->k, .weights = p->w.value, .packed = p->packed,
                              .scratch = p->scratch, .thread = number };
    im->slot = malloc((size_t)m->nslot * sizeof *im->slot);
    im->needed = malloc((size_t)(m->g->nlayer + 1) * sizeof *im->needed);
    at = p->memory[number] = take(n);
    if (im->slot == NULL || im->needed == NULL || at == NULL)
        return bc_fail_memory(n * sizeof *at, "the network's layers");
    im->channels = at;
    im->dw = at += round_up(m->nchannel);
    memset(im->channels, 0, (round_up(m->nchannel) + t.weight) * sizeof *at);
    im->rows = at += round_up(t.weight);
    im->planes = at += round_up(m->nrow);
    im->loss_scratch = (double *)(at += t.plane);
    im->winograd = at += t.loss;
    at += round_up(m->nwinograd);
    if (p->o.train)
        im->packed = at;
    at += t.packed;
    for (i = 0; i < m->nslot; i++) {
        im->slot[i] = at;
        at += round_up(m->slot_size[i]);
    }
    return BC_OK;
}

static bc_status
take_images(struct bc_plan *p)
{
    size_t    most = p->o.memory / sizeof(float), need = image_size(p);
    int       n = bc_threads_count(p->threads), i;
    bc_status st = BC_OK;

    p->nimage = n > 1 && p->o.batch >= n ? n : 1;
    if (most > 0 && most / (size_t)p->nimage < need)
        p->nimage = 1;                  /* all threads in one image: slower, the same numbers */
    if (most > 0 && most < need)
        return bc_fail(BC_NO_MEMORY, "the network's layers for %d x %d pixels take %.0f MB, %.0f MB "
                       "may be used (memory=)", p->o.width, p->o.height, 4e-6 * (double)need,
                       1e-6 * (double)p->o.memory);
    p->scratch = calloc((size_t)n, sizeof *p->scratch);
    p->image = calloc((size_t)p->nimage, sizeof *p->image);
    p->memory = calloc((size_t)p->nimage, sizeof *p->memory);
    if (p->scratch == NULL || p->image == NULL || p->memory == NULL)
        return bc_fail_memory((size_t)p->nimage * sizeof *p->image, "a plan");
    for (i = 0; i < n; i++) {
        p->scratch[i] = take(p->m.nscratch);
        if (p->scratch[i] == NULL)
            return bc_fail_memory(p->m.nscratch * sizeof(float), "a thread's scratch");
    }
    for (i = 0; st == BC_OK && i < p->nimage; i++)
        st = take_image(p, i);
    return st;
}

static bc_status
compile(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o,
        struct bc_plan **plan_p)
{
    struct bc_plan *p = calloc(1, sizeof *p);
    bc_status       st;

    if (p == NULL)
        return bc_fail_memory(sizeof *p, "a plan");
    p->g = g;
    p->o = *o;
    st = cpu_kernels_choose(&p->k);
    if (st == BC_OK)
        st = bc_threads_open(o->threads, &p->threads);
    if (st == BC_OK) {
        p->m.lanes = p->k->lanes;
        p->m.winograd = !o->device.direct;
        st = cpu_geometry_make(g, o, &p->m);
    }
    if (st == BC_OK)
        st = take_weights(p, w);
    if (st == BC_OK)
        st = take_images(p);
    if (st != BC_OK) {
        release(p);
        return st;
    }
    *plan_p = p;
    return BC_OK;
}

/* To predict, a layer's weights are packed once; to train, when the layer is about to be
 * computed. */
static void
pack(void *arg, int item, int thread)
{
    struct bc_plan          *p = arg;
    const struct cpu_layer  *l = &p->m.layer[item];
    const struct cpu_gather *f = &l->forward;
    int                      i;

    (void)thread;
    for (i = 0; i < cpu_pack_items(p->k, f); i++)
        p->k->pack(f, i, p->w.value + l->l->kernel_at, p->packed + f->packed);
}

static void
pack_all(struct bc_plan *p)
{
    if (!p->o.train && !p->is_packed)
        bc_threads_run(p->threads, pack, p, p->g->nlayer);
    p->is_packed = 1;
}

/* What is to be done with some of a batch's images. */
struct images {
    struct bc_plan        *p;
    const float           *in;
    float                 *out;         /* to predict, or NULL: to train */
    const struct bc_part  *parts;
    const struct bc_batch *batch;
    size_t                 first;
    double                *losses;      /* of all images */
};

static void
one_image(void *arg, int item, int thread)
{
    struct images    *a = arg;
    struct bc_plan   *p = a->p;
    struct cpu_image *im = &p->image[item];
    size_t            area = (size_t)p->o.height * p->o.width, s = a->first + (size_t)item;
    size_t            in = s * area * p->g->nin;
    int               bands = bc_loss_bands(&p->o.loss, p->g->nout);

    im->thread = thread;
    if (a->out != NULL)
        cpu_forward(im, a->in + in, a->out + s * area * p->g->nout, a->parts != NULL ? a->parts + s : NULL);
    else
        a->losses[s] = cpu_gradient(im, a->in + in, a->batch->truth + s * area * bands, &p->o.loss,
                                    1.0 / ((double)a->batch->n * bands));
}

/* As many images as can be done at a time, of LEFT: all threads their own, or all together one. */
static int
some_images(struct images *a, size_t left)
{
    struct bc_plan *p = a->p;
    int             n = left >= (size_t)p->nimage ? p->nimage : 1, i;

    for (i = 0; i < n; i++)
        p->image[i].threads = n > 1 ? NULL : p->threads;
    if (n > 1)
        bc_threads_run(p->threads, one_image, a, n);
    else
        one_image(a, 0, 0);
    return n;
}

static bc_status
run(struct bc_plan *p, const float *in, float *out, size_t n, const struct bc_part *parts)
{
    struct images a = { .p = p, .in = in, .out = out, .parts = parts };

    pack_all(p);
    while (a.first < n)
        a.first += (size_t)some_images(&a, n - a.first);
    return BC_OK;
}

/* A piece of the weights: add the gradients of COUNT images, in order, to the batch's; the first
 * begins it. */
struct sum { struct bc_plan *p; int count, begin; };

static size_t
chunk_size(const struct bc_plan *p, size_t at)
{
    return p->g->nweight - at < CHUNK ? p->g->nweight - at : CHUNK;
}

static void
sum_gradients(void *arg, int item, int thread)
{
    struct sum *a = arg;
    size_t      at = (size_t)item * CHUNK, n = chunk_size(a->p, at);
    int         i;

    (void)thread;
    for (i = 0; i < a->count; i++)
        if (i == 0 && a->begin)
            memcpy(a->p->total + at, a->p->image[i].dw + at, n * sizeof(float));
        else
            a->p->k->add(a->p->image[i].dw + at, n, a->p->total + at);
}

struct update { struct bc_plan *p; const float *gradient; double rate; };

static void
update(void *arg, int item, int thread)
{
    struct update  *a = arg;
    struct bc_plan *p = a->p;
    size_t          at = (size_t)item * CHUNK, n = chunk_size(p, at);

    (void)thread;
    p->k->adam(&p->o, a->rate, p->w.step, n, a->gradient + at, p->w.value + at, p->w.m + at,
               p->w.v + at);
}

static bc_status
step(struct bc_plan *p, const struct bc_batch *batch, double *loss_p)
{
    struct images a = { .p = p, .in = batch->in, .batch = batch };
    struct sum    sum = { p, 0, 1 };
    struct update u = { p, p->total, batch->rate };
    int           chunks = (int)((p->g->nweight + CHUNK - 1) / CHUNK);
    double        loss = 0.0;
    size_t        i;

    if (!p->o.train || batch->n == 0 || batch->n > (size_t)p->o.batch)
        return bc_fail(BC_BAD_ARG, "a step of %zu samples with a plan %s training", batch->n,
                       p->o.train ? "for" : "not for");
    a.losses = malloc(batch->n * sizeof *a.losses);
    if (a.losses == NULL)
        return bc_fail_memory(batch->n * sizeof *a.losses, "a batch's losses");
    while (a.first < batch->n) {
        sum.count = some_images(&a, batch->n - a.first);
        a.first += (size_t)sum.count;
        if (batch->n == 1)
            u.gradient = p->image[0].dw;
        else
            bc_threads_run(p->threads, sum_gradients, &sum, chunks);
        sum.begin = 0;
    }
    for (i = 0; i < batch->n; i++)
        loss += a.losses[i];
    free(a.losses);
    p->w.step++;
    bc_threads_run(p->threads, update, &u, chunks);
    *loss_p = loss / ((double)batch->n * bc_loss_bands(&p->o.loss, p->g->nout));
    return BC_OK;
}

static bc_status
read_back(struct bc_plan *p, struct bc_weights *w)
{
    size_t bytes = p->g->nweight * sizeof *w->value;

    memcpy(w->value, p->w.value, bytes);
    if (w->m != NULL && p->w.m != NULL)
        memcpy(w->m, p->w.m, bytes);
    if (w->v != NULL && p->w.v != NULL)
        memcpy(w->v, p->w.v, bytes);
    w->step = p->w.step;
    return BC_OK;
}

const struct bc_backend bc_backend_cpu = {
    "cpu", 4, probe, describe, compile, run, step, read_back, release
};
