/* test_cuda_step.c -- the GPU's loss and its gradient against lib/loss.c, Adam against ref, rounding to bf16.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cuda_memory.h"
#include "loss.h"

static const struct problem {
    const char    *name;
    struct bc_loss o;
    int            n, nout, h, w, holes;        /* holes: truths missing, in a block and here and there */
} problems[] = {
    { "L1 + SSIM",      { 1.0, 0.0, 0.0, 0.0 },   2, 1, 40, 51, 0 },
    { "one window",     { 0.5, 0.0, 0.0, 0.0 },   1, 2, 11, 11, 0 },
    { "two blocks",     { 1.0, 0.0, 0.0, 0.0 },   1, 1, 27, 43, 0 },
    { "L1, small",      { 0.0, 0.0, 0.0, 0.0 },   3, 2,  7,  5, 0 },
    { "holes",          { 1.0, 0.0, 0.0, 0.0 },   2, 1, 38, 60, 1 },
    { "fluxes",         { 0.02, 0.3, 2.5, 0.0 },  1, 3, 33, 35, 1 },
    { "fluxes, small",  { 0.0, 0.5, 2.0, 0.0 },   2, 1,  9, 10, 0 },
    { "scales",         { 1.0, 0.2, 1.5, 0.1 },   2, 4, 26, 41, 1 },
    { "nothing there",  { 1.0, 0.3, 1.5, 0.1 },   1, 2, 20, 20, 2 },
    { "many planes",    { 0.0, 0.0, 0.0, 0.0 }, 1024, 4, 2,  3, 1 }
};

static float *
truths(const struct problem *p, int bands, struct bc_random *r)
{
    size_t n = (size_t)p->n * bands * p->h * p->w, i;
    float *x = normals(n, 0.3, r);

    for (i = 0; p->holes && i < n; i++) {
        int y = (int)(i / (size_t)p->w) % p->h, c = (int)(i % (size_t)p->w);

        if (p->holes == 2 || (y > 12 && y < 16 && c > 20 && c < 24) || bc_random_uniform(r) < 0.001)
            x[i] = NAN;
    }
    return x;
}

static double *
widened(const float *from, size_t n)
{
    double *x = room(n * sizeof *x);
    size_t  i;

    for (i = 0; i < n; i++)
        x[i] = from[i];
    return x;
}

static void
test_loss(const struct problem *p, struct bc_random *r)
{
    int     bands = bc_loss_bands(&p->o, p->nout), planes = p->n * bands, s, c, turn;
    size_t  area = (size_t)p->h * p->w, n = (size_t)p->n * p->nout * area, i;
    float  *truth = truths(p, bands, r), *y = normals(n, 0.3, r), *want = room(n * sizeof *want);
    float  *got = room(n * sizeof *got), *d_truth = up(truth, planes * area * sizeof(float));
    float  *d_y = up(y, n * sizeof *y), *d_dy = fresh(n * sizeof *y);
    double *t = widened(truth, planes * area), *v = widened(y, n), *dy = room(n * sizeof *dy), loss = 0.0, got_loss;
    double *d_loss = fresh(sizeof loss);
    void   *scratch = fresh(cuda_loss_scratch(p->n, p->nout, p->h, p->w));

    check_launch(cudaMemset(scratch, 0, BC_COUNTERS * sizeof(unsigned)));      /* the counters; the rest stays NaN */
    for (s = 0; s < p->n; s++)
        for (c = 0; c < bands; c++) {
            size_t at = ((size_t)s * p->nout + c) * area, of_scale = at + bands * area;
            int    scaled = p->o.scale > 0.0;

            loss += bc_loss(&p->o, t + ((size_t)s * bands + c) * area, v + at, scaled ? v + of_scale : NULL, p->h, p->w,
                            dy + at, scaled ? dy + of_scale : NULL) / planes;
        }
    for (i = 0; i < n; i++)
        want[i] = (float)(dy[i] / planes);
    for (turn = 0; turn < 2; turn++) {
        check_launch(cudaMemset(d_dy, 0xff, n * sizeof *y));
        check_launch(cuda_loss(&p->o, d_truth, d_y, p->n, p->nout, p->h, p->w, scratch, d_dy, d_loss, NULL));
        down(d_loss, sizeof got_loss, &got_loss);
        check_near(p->name, got_loss, loss, 1e-12);
        down(d_dy, n * sizeof *got, got);
        check_close(p->name, got, want, n, 1e-13);
    }
    cudaFree(d_truth);
    cudaFree(d_y);
    cudaFree(d_dy);
    cudaFree(d_loss);
    cudaFree(scratch);
    free(truth);
    free(y);
    free(want);
    free(got);
    free(t);
    free(v);
    free(dy);
}

/* Two steps from a given state; the first N16 weights' gradients are bf16, the second step's copies too. */
static void
test_adam(size_t n, size_t n16, struct bc_random *r)
{
    struct bc_plan_options o = { .beta1 = 0.5, .beta2 = 0.999, .epsilon = 1e-7 };
    struct bc_view         low = { NULL, BC_BF16, 1, 1, 1, (int)n, 1, 1, 0, 0 };
    float                 *value = normals(n, 0.1, r), *m = normals(n, 1e-3, r), *v = normals(n, 1e-3, r);
    float                 *g = normals(n, 1e-2, r), *got = room(n * sizeof *got), *copy;
    double                *exact = room(n * sizeof *exact);
    struct bc_adam         a = { .n = n, .n16 = n16, .beta1 = o.beta1, .beta2 = o.beta2, .epsilon = o.epsilon };
    struct bc_view         copied = low;
    size_t                 i;
    int                    step;

    for (i = 0; i < n; i++) {
        v[i] *= v[i];
        exact[i] = g[i] = i < n16 ? rounded(g[i], BC_BF16) : g[i];
    }
    low.at = fresh(2 * n);
    set_canvas(&low, g);
    copied.at = a.copy = fresh(2 * n);
    a.grad16 = low.at;
    a.grad = up(g, n * sizeof *g);
    a.value = up(value, n * sizeof *value);
    a.m = up(m, n * sizeof *m);
    a.v = up(v, n * sizeof *v);
    for (step = 4; step < 6; step++) {
        float alpha = (float)(2e-4 * sqrt(1.0 - pow(o.beta2, step)) / (1.0 - pow(o.beta1, step)));

        a.alpha = up(&alpha, sizeof alpha);
        ref_adam(&o, 2e-4, step, n, exact, value, m, v);
        check_launch(cuda_adam(&a, NULL));
        cudaFree((void *)a.alpha);
    }
    down(a.value, n * sizeof *got, got);
    check_close("Adam: weights", got, value, n, 1e-13);
    copy = get_canvas(&copied);
    for (i = 0; i < n; i++)
        CHECK(copy[i] == rounded(got[i], BC_BF16));
    down(a.m, n * sizeof *got, got);
    check_close("Adam: m", got, m, n, 1e-12);
    down(a.v, n * sizeof *got, got);
    check_close("Adam: v", got, v, n, 1e-12);
    cudaFree(low.at);
    cudaFree(a.copy);
    cudaFree((void *)a.grad);
    cudaFree(a.value);
    cudaFree(a.m);
    cudaFree(a.v);
    free(value);
    free(m);
    free(v);
    free(g);
    free(got);
    free(copy);
    free(exact);
}

/* Ties go to even, what is too large becomes infinite, NaN stays NaN, also where its upper bits alone would not. */
static void
test_round(void)
{
    static const unsigned bits[] = { 0x3f800000, 0x3f808000, 0x3f818000, 0x3f808001, 0x3f817fff, 0xbf808000, 0x7f7fffff,
                                     0x7f7f7fff, 0x7f800000, 0xff800000, 0x00000001, 0x80000000, 0x7f800001, 0xffc00000,
                                     0x00808000, 0x4b7fffff };
    static const unsigned want[] = { 0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x3f81, 0xbf80, 0x7f80,
                                     0x7f7f, 0x7f80, 0xff80, 0x0000, 0x8000, 0x7fff, 0x7fff,
                                     0x0080, 0x4b80 };
    enum { N = sizeof bits / sizeof bits[0] };
    unsigned short got[N];
    float         *from = up(bits, sizeof bits);
    void          *to = fresh(sizeof got);
    int            i;

    check_launch(cuda_round(from, N, to, NULL));
    down(to, sizeof got, got);
    for (i = 0; i < N; i++)
        CHECK(got[i] == want[i]);
    cudaFree(from);
    cudaFree(to);
}

int
main(void)
{
    struct bc_random r;
    size_t           i;

    need_device();
    bc_random_seed(&r, 13);
    for (i = 0; i < sizeof problems / sizeof problems[0]; i++)
        test_loss(&problems[i], &r);
    test_adam(4, 0, &r);
    test_adam(3000, 1048, &r);
    test_round();
    return check_end();
}
