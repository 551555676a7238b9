/* cpu_slots.c -- lets tensors that are not needed at the same time share memory.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include <stdlib.h>

/* SLOT_SIZE of the geometry has room for every tensor there is; BUSY beside it. */
struct slots {
    struct cpu_geometry *m;
    char                *busy;
};

/* Put T into a slot that is free, the one whose size is nearest, or a new one. */
static void
take(struct slots *s, struct cpu_tensor *t)
{
    size_t *size = s->m->slot_size, n = cpu_size(t), best = 0;
    int     i;

    t->slot = -1;
    for (i = 0; i < s->m->nslot; i++) {
        size_t miss = size[i] > n ? size[i] - n : n - size[i];

        if (!s->busy[i] && (t->slot < 0 || miss < best)) {
            t->slot = i;
            best = miss;
        }
    }
    if (t->slot < 0) {
        t->slot = s->m->nslot++;
        size[t->slot] = 0;
    }
    s->busy[t->slot] = 1;
    if (size[t->slot] < n)
        size[t->slot] = n;
}

static void
give(struct slots *s, const struct cpu_tensor *t)
{
    s->busy[t->slot] = 0;
}

/* What a layer makes on the way forward. */
static void
take_results(struct slots *s, struct cpu_layer *p)
{
    if (!p->in_place)
        take(s, &p->z);
    take(s, &p->y);
    if (p->in_place)
        p->z.slot = p->y.slot;
}

/* The last layer that reads layer I's result (or the input). */
static int
last_reader(const struct bc_graph *g, int i)
{
    int j, last = i;

    for (j = 0; j < g->nlayer; j++)
        if (g->layer[j].src == i || (i >= 0 && g->layer[j].add == i))
            last = j;
    return last;
}

/* Only to predict: a result is given up after its last reader. */
static void
place_forward(struct slots *s)
{
    const struct bc_graph *g = s->m->g;
    int                    i, j;

    take(s, &s->m->in);
    for (i = 0; i < g->nlayer; i++) {
        if (s->m->layer[i].reached)
            take_results(s, &s->m->layer[i]);
        if (last_reader(g, BC_FROM_INPUT) == i)
            give(s, &s->m->in);
        for (j = 0; j <= i && i < g->nlayer - 1; j++)
            if (s->m->layer[j].reached && last_reader(g, j) == i)
                give(s, &s->m->layer[j].y);
    }
}

/* Gradients by layer I's sources: who writes first, who adds, who takes over memory. */
static void
place_sources(struct slots *s, int i, char *written)
{
    struct cpu_layer      *p = &s->m->layer[i];
    const struct bc_layer *l = p->l;

    if (l->add >= 0) {
        struct cpu_tensor *da = &s->m->layer[l->add].dy;

        p->sum_add = written[l->add];
        p->sum_alias = !written[l->add] && da->border == p->dy.border && da->pitch == p->dy.pitch;
        if (p->sum_alias)
            da->slot = p->dy.slot;
        else if (!written[l->add])
            take(s, da);
        written[l->add] = 1;
    }
    if (l->src >= 0) {
        struct cpu_tensor *dx = &s->m->layer[l->src].dy;
        int                b = l->op == BC_CONV && l->pad == BC_PAD_REFLECT ? l->k / 2 : 0;

        if (!written[l->src])
            take(s, dx);
        p->data_clear = !written[l->src] && b != dx->border;
        p->data_add = written[l->src] || p->data_clear;
        written[l->src] = 1;
    }
}

/* To train: all results stay, gradients live from their first writer to their reader. */
static void
place_training(struct slots *s, char *written)
{
    const struct bc_graph *g = s->m->g;
    int                    i;

    take(s, &s->m->in);
    for (i = 0; i < g->nlayer; i++)
        if (s->m->layer[i].reached)
            take_results(s, &s->m->layer[i]);
    for (i = g->nlayer - 1; i >= 0; i--) {
        struct cpu_layer *p = &s->m->layer[i];

        if (i == g->nlayer - 1)
            take(s, &p->dy);
        if (!p->reached)
            continue;
        take(s, &p->dz);
        place_sources(s, i, written);
        give(s, &p->dz);
        if (!p->sum_alias)
            give(s, &p->dy);
    }
}

int
cpu_slots_make(struct cpu_geometry *m)
{
    size_t       most = 4 * (size_t)m->g->nlayer + 1;
    struct slots s = { m, calloc(most, 1) };
    char        *written = calloc((size_t)m->g->nlayer, 1);
    int          ok;

    m->slot_size = calloc(most, sizeof *m->slot_size);
    ok = s.busy != NULL && written != NULL && m->slot_size != NULL;
    if (ok && m->train)
        place_training(&s, written);
    else if (ok)
        place_forward(&s);
    free(s.busy);
    free(written);
    return ok;
}
