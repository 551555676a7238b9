/* cpu.h -- inside of the cpu backend: tensors, what a layer has been planned to, the table of
 * kernels.
 *
 * Activations are kept pixel by pixel, (h, w, c), one image at a time.  A pixel takes `pitch`
 * floats: its channels rounded up to whole vectors, the rest zero.  Around the pixels lies a
 * border that the convolutions read.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_H
#define BC_CPU_H

#include "backend.h"
#include "threads.h"

struct cpu_tensor {
    int h, w, c;
    int pitch;          /* floats from pixel to pixel; less than a vector = dense: few channels, not
                         * rounded up */
    int border;         /* pixels on each side */
    int reflect;        /* 1: the border mirrors the image, 0: it is zero */
    int slot;           /* which piece of an image's memory holds it; -1 = none */
};

static inline ptrdiff_t
cpu_row(const struct cpu_tensor *t)
{
    return (ptrdiff_t)(t->w + 2 * t->border) * t->pitch;
}

/* Floats from the start of the memory to pixel (y, x); both may lie in the border. */
static inline ptrdiff_t
cpu_at(const struct cpu_tensor *t, int y, int x)
{
    return (y + t->border) * cpu_row(t) + (ptrdiff_t)(x + t->border) * t->pitch;
}

static inline size_t
cpu_size(const struct cpu_tensor *t)
{
    return (size_t)(t->h + 2 * t->border) * (size_t)cpu_row(t);
}

/* A gather: out[pixel] = sum over taps and channels of in[pixel's place + tap][channel] *
 * w[tap][channel][lane].  A convolution is one; so are a transposed one and the gradients by
 * the data, where outputs of different parity (phases) have different taps.  Phase number py *
 * step + px makes output rows py, py + step, ... */
struct cpu_phase {
    int        ny, nx;          /* output pixels */
    ptrdiff_t  in, out;         /* floats to the first one's place in either tensor */
    int        ntap;
    ptrdiff_t *tap;             /* floats from a pixel's place */
    int       *kernel_tap;      /* ky * k + kx, for packing */
    size_t     weights;         /* floats into this gather's packed weights */
};

struct cpu_gather {
    int              step;      /* 1 or 2: step * step phases */
    struct cpu_phase phase[4];
    ptrdiff_t        in_row, in_pixel, out_row, out_pixel;
    int              nsum;      /* channels summed over */
    int              nlane;     /* channels of the result */
    int              pitch;     /* of the result; where that is dense, lanes run over what is summed */
    int              transposed;    /* the kernel is (tap, lane, sum), not (tap, sum, lane) */
    int              winograd;      /* 3 x 3 at stride 1, by tiles of so many pixels' side, 4 or 8 */
    int              rows;          /* of each phase that one piece of work makes */
    size_t           packed, npacked;   /* place among the packed weights */
};

/* The gradient by the weights: dw[item][group][r][lane] = sum over pixels of scalar[..][r] *
 * lanes[..][lane].  One operand is read lane by lane, the other scalar by scalar, with other
 * taps further on in memory. */
struct cpu_dweight {
    int       ny, nx;               /* pixels summed over */
    int       nlane, pitch;         /* lanes wanted, floats that a pixel has */
    int       nitem, nblock;        /* item = ky * nblock + block of r */
    int       nscalar, block;       /* all r, and r in one block */
    int       ngroup;
    ptrdiff_t lane_at, lane_row, lane_pixel, lane_ky;
    ptrdiff_t scalar_at, scalar_row, scalar_pixel, scalar_ky, scalar_group;
    ptrdiff_t dw_at, dw_ky, dw_group, dw_r;
    int       dw_lane;              /* floats from lane to lane; so many r lie between */
};

/* The same by Winograd's tiles, for a 3 x 3 kernel at stride 1: some tiles (a band) at a time
 * are transformed into memory that the threads share, (36, band, channels) of x and of dz, and
 * summed into (36, cin, channels of dz). */
struct cpu_winograd_dw {
    int       use;
    int       ny, nx;               /* output pixels */
    int       tiles_x, ntile, band;
    int       cin, cout, nblock;    /* blocks of input channels */
    ptrdiff_t x_at, x_row, x_pixel, x_position;
    ptrdiff_t dz_at, dz_row, dz_pixel, dz_position;
};

enum {
    CPU_WINOGRAD_CHANNELS = 8,      /* from which on the transforms cost less than they save */
    CPU_WINOGRAD_LARGE = 64,        /* from which on tiles of 8 x 8 are worth their larger rounding errors */
    CPU_WINOGRAD_BAND = 128,        /* at most, for the gradient by the weights */
    CPU_WINOGRAD_ITEM = 8,          /* of those in one piece of work */
    CPU_WINOGRAD_BLOCK = 32,        /* input channels in one piece of work */
    CPU_WINOGRAD_SKEW = 32          /* floats between positions: they shall not share cache sets */
};

/* Values of a tile of SIDE by SIDE between the transforms. */
static inline int
cpu_winograd_positions(int side)
{
    return (side + 2) * (side + 2);
}

/* Tiles at a time for one thread: 0.6 or 0.8 MB for 128 channels. */
static inline int
cpu_winograd_tiles(int side)
{
    return 64 / side;
}

/* How a layer's channels go through its norm and activation: pre = (z - mean) * a + offset, t =
 * act(pre).  Without a norm: mean 0, a 1, offset the bias, and z is overwritten with t.  Each
 * array has cpu_channel_room floats, the offsets repeated in what is more than `pitch`. */
struct cpu_channels {
    int         n, pitch;           /* pixels in a row, floats in a pixel */
    int         norm;
    enum bc_act act;
    float      *mean, *inverse, *a, *offset;
    float      *k1, *k2;            /* dz = a d - k1 - (z - mean) k2, d the gradient by pre */
};

/* Everything that is compiled once per instruction set. */
struct cpu_kernels {
    const char *name;
    int         lanes;              /* floats in a vector */

    /* Rows y0 .. y1 - 1 of the phases in row PY; add: out += */
    void (*gather)(const struct cpu_gather *g, int py, int y0, int y1, const float *in,
                   const float *w, float *out, int add, float *scratch);
    /* Lanes of block ITEM, of two vectors; see cpu_pack_items. */
    void (*pack)(const struct cpu_gather *g, int item, const float *kernel, float *packed);
    /* These overwrite dw.  Scratch: ngroup * block * pitch floats. */
    void (*dweight)(const struct cpu_dweight *d, int item, const float *scalar, const float *lanes,
                    float *scratch, float *dw);
    /* Of the band that begins with tile FIRST: pieces of its transforms, of its sums; then of the
     * weights. */
    void (*winograd_tiles)(const struct cpu_winograd_dw *d, int first, int item, const float *x,
                           const float *dz, float *memory);
    void (*winograd_sums)(const struct cpu_winograd_dw *d, int first, int item, float *memory);
    void (*winograd_weights)(const struct cpu_winograd_dw *d, int ci, float *memory, float *dw);

    /* Of a row of z, per channel: mean and sum of squares about it. */
    void (*moments)(const struct cpu_channels *s, const float *z, float *mean, float *m2);
    /* Of NROW rows' means and m2: s->mean and s->inverse, one over the standard deviation. */
    void (*statistics)(const struct cpu_channels *s, const float *mean, const float *m2, int nrow);
    /* total[c] = sum of rows[..][c] */
    void (*columns)(const float *rows, int nrow, int pitch, float *total);
    /* Of a row: y = act(pre(z)) + add (NULL: none). */
    void (*finish)(const struct cpu_channels *s, float *z, const float *add, float *y);
    /* Of a row, per channel: sum of d = dy * act', and of d * (z - mean). */
    void (*slopes)(const struct cpu_channels *s, const float *z, const float *dy, float *sum,
                   float *dot);
    void (*unfinish)(const struct cpu_channels *s, const float *z, const float *dy, float *dz);
    void (*add)(const float *from, size_t n, float *to);        /* to += from */

    /* L1 + lambda (1 - SSIM) of one plane and FACTOR times its gradient; scratch: cpu_loss_scratch
     * doubles. */
    double (*loss)(const float *truth, const float *y, int h, int w, double lambda, double factor,
                   double *scratch, float *dy);
    void (*adam)(const struct bc_plan_options *o, double rate, long step, size_t n,
                 const float *grad, float *value, float *m, float *v);
};

extern const struct cpu_kernels cpu_kernels_baseline, cpu_kernels_avx2, cpu_kernels_avx512;

/* The fastest kernels that run here, or those that BANDCAST_ISA (sse2, avx2, avx512; baseline
 * off x86) asks for. */
bc_status cpu_kernels_choose(const struct cpu_kernels **kernels_p);

/* Room for a dense pixel's channels where a vector that begins with any of them can be read. */
static inline int
cpu_channel_room(int pitch, int lanes)
{
    return pitch < lanes ? 2 * lanes : pitch;
}

/* Doubles that the loss of an image needs. */
size_t cpu_loss_scratch(int h, int w);

static inline int
cpu_pack_items(const struct cpu_kernels *k, const struct cpu_gather *f)
{
    return f->npacked > 0 ? (f->pitch + 2 * k->lanes - 1) / (2 * k->lanes) : 0;
}

/* One layer as planned. */
struct cpu_layer {
    const struct bc_layer *l;
    int                    reached;     /* the output depends on it */
    int                    lo_y, lo_x;  /* pixels that its kernel reaches before the first one */
    struct cpu_tensor      z, y;        /* before and after norm, activation and sum */
    int                    in_place;    /* z is not kept beside y: they are the same memory */
    struct cpu_tensor      dz, dy;      /* gradients by them */
    struct cpu_gather      forward, backward;
    struct cpu_dweight     dweight;
    struct cpu_winograd_dw winograd;
    size_t                 channels;    /* floats into an image's memory for channels */
    int                    data_clear;  /* zero the gradient by src: not all is written */
    int                    data_add;    /* add to it */
    int                    sum_alias;   /* the gradient by `add` takes over dy's memory */
    int                    sum_add;     /* or it has been written to already */
};

/* What compile works out, before any memory for pixels is taken. */
struct cpu_geometry {
    const struct bc_graph *g;
    int                    lanes, train;
    int                    winograd;    /* 0: not wanted */
    int                    large;       /* tiles of 8 x 8 may be used */
    struct cpu_tensor      in;
    struct cpu_layer      *layer;
    int                    nslot;
    size_t                *slot_size;   /* floats */
    size_t                 npacked;     /* floats of packed weights: of all layers to predict, of
                                         * the largest one to train */
    size_t                 nchannel;    /* floats for the struct cpu_channels of all layers */
    size_t                 nrow;        /* floats for two sums per row and channel, at most */
    size_t                 nscratch;    /* floats of scratch per thread */
    size_t                 nwinograd;   /* floats for the largest struct cpu_winograd_dw */
};

/* M starts as zeros but for lanes and winograd; free it whatever the status. */
bc_status cpu_geometry_make(const struct bc_graph *g, const struct bc_plan_options *o,
                            struct cpu_geometry *m);
void      cpu_geometry_free(struct cpu_geometry *m);

/* G where its result is wanted in PART alone, which is widened to whole steps. */
void cpu_gather_restrict(const struct cpu_gather *g, struct bc_part *part, struct cpu_gather *restricted);

/* The gathers and the sums over pixels of a layer whose tensors are known; 0 if out of memory. */
int  cpu_gathers_make(struct cpu_geometry *m, struct cpu_layer *p, const struct cpu_tensor *x,
                      const struct cpu_tensor *dx);
void cpu_gathers_free(struct cpu_layer *p);

/* Which tensor lives in which slot, and for how long; 0 if out of memory. */
int  cpu_slots_make(struct cpu_geometry *m);

/* One image's memory, and who computes it. */
struct cpu_image {
    const struct cpu_geometry *m;
    const struct cpu_kernels  *k;
    const float               *weights;
    float                     *packed;
    float                    **slot;
    float                     *channels;    /* of all layers */
    float                     *rows;
    float                     *planes;      /* output and gradient by it, (nout, h, w) each */
    float                     *dw;
    double                    *loss_scratch;
    float                     *winograd;
    float                    **scratch;     /* per thread */
    struct bc_threads         *threads;     /* NULL: the thread THREAD alone */
    int                        thread;
    struct bc_part            *needed;      /* of the input and each layer, for what is wanted of the output */
};

/* (c, h, w) both; PART as in bc_backend's run. */
void   cpu_forward(struct cpu_image *im, const float *in, float *out, const struct bc_part *part);
/* Forward, loss and im->dw = gradient of FACTOR times the loss; returns the sum of the bands'
 * losses. */
double cpu_gradient(struct cpu_image *im, const float *in, const float *truth, const struct bc_loss *o,
                    double factor);

#endif
