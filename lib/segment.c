/* segment.c -- which pixels belong to the galaxy in the middle of an image: Lotz et al. (2004), sections 2.2 and 2.3.
 *
 * statmorph does the same from a detection that its user brings, about the centre of least asymmetry; here the
 * detection is our own, and the centroid is the centre.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "morph.h"
#include "status.h"

static const double ETA = 0.2;              /* surface brightness at the Petrosian radius, of the mean within it */
static const double DETECTION = 1.5;        /* sigma of the unsmoothed pixels ... */
static const double DETECTION_WIDTH = 1.5;  /* ... after smoothing by a Gaussian of that many pixels */
static const double FAINTEST = 0.002;       /* ... but not below that part of the peak: images without noise */
enum { FINE = 5 };                          /* points a pixel and axis where an ellipse cuts it */

struct work {
    long           nx, ny;
    double        *light, *smooth, *scratch;    /* (ny, nx); pixels without a datum and other sources are 0 */
    int           *label, *stack;               /* (ny, nx) */
    const float   *pixels;                      /* (ny, nx), NaN where there is no datum */
    struct bc_ellipse e;
};

/* out = in smoothed by a Gaussian of WIDTH pixels, cut at 4 widths; beyond the image all is 0. */
static bc_status
smooth(struct work *k, double width)
{
    long    r = (long)(4.0 * width + 0.5), x, y, t;
    double *w = malloc((size_t)(r + 1) * sizeof *w), sum = 0.0;

    if (w == NULL)
        return bc_fail_memory((size_t)(r + 1) * sizeof *w, "a Gaussian");
    for (t = 0; t <= r; t++)
        sum += (t > 0 ? 2.0 : 1.0) * (w[t] = exp(-0.5 * (double)(t * t) / (width * width)));
    for (y = 0; y < k->ny; y++)
        for (x = 0; x < k->nx; x++) {
            double v = 0.0;

            for (t = x > r ? -r : -x; t <= r && x + t < k->nx; t++)
                v += w[labs(t)] * k->light[y * k->nx + x + t];
            k->scratch[y * k->nx + x] = v / sum;
        }
    memset(k->smooth, 0, (size_t)k->nx * k->ny * sizeof *k->smooth);
    for (y = 0; y < k->ny; y++)
        for (t = y > r ? -r : -y; t <= r && y + t < k->ny; t++)
            for (x = 0; x < k->nx; x++)
                k->smooth[y * k->nx + x] += w[labs(t)] / sum * k->scratch[(y + t) * k->nx + x];
    free(w);
    return BC_OK;
}

/* Give LABEL to the pixels from pixel I on that touch each other, corners included, and are not less than LIMIT. */
static void
flood(struct work *k, long i, double limit, int label)
{
    long n = 0, dx, dy;

    k->stack[n++] = (int)i;
    k->label[i] = label;
    while (n > 0) {
        long at = k->stack[--n], x = at % k->nx, y = at / k->nx;

        for (dy = y > 0 ? -1 : 0; dy <= 1 && y + dy < k->ny; dy++)
            for (dx = x > 0 ? -1 : 0; dx <= 1 && x + dx < k->nx; dx++) {
                long to = at + dy * k->nx + dx;

                if (k->label[to] == 0 && k->smooth[to] >= limit) {
                    k->label[to] = label;
                    k->stack[n++] = (int)to;
                }
            }
    }
}

/* Number the regions of the smoothed image that are not less than LIMIT, from 1 on. */
static void
number_regions(struct work *k, double limit)
{
    long i, n = k->nx * k->ny;
    int  label = 0;

    memset(k->label, 0, (size_t)n * sizeof *k->label);
    for (i = 0; i < n; i++)
        if (k->label[i] == 0 && k->smooth[i] >= limit)
            flood(k, i, limit, ++label);
}

/* The number of the region that comes nearest to the image's centre; 0 = there is none. */
static int
central_region(const struct work *k)
{
    double nearest = INFINITY;
    long   i;
    int    label = 0;

    for (i = 0; i < k->nx * k->ny; i++) {
        double d = hypot((double)(i % k->nx) - 0.5 * (double)(k->nx - 1), (double)(i / k->nx)
                         - 0.5 * (double)(k->ny - 1));

        if (k->label[i] > 0 && d < nearest) {
            nearest = d;
            label = k->label[i];
        }
    }
    return label;
}

/* Take away the other sources, and lay the ellipse of second moments through the one with LABEL. */
static int
fit_ellipse(struct work *k, int label)
{
    double m = 0.0, x = 0.0, y = 0.0, xx = 0.0, yy = 0.0, xy = 0.0, angle, mean, half;
    long   i;

    for (i = 0; i < k->nx * k->ny; i++) {
        double v = k->light[i], px = (double)(i % k->nx), py = (double)(i / k->nx);

        if (k->label[i] != 0 && k->label[i] != label)
            k->light[i] = 0.0;
        if (k->label[i] != label)
            continue;
        m += v;
        x += v * px;
        y += v * py;
        xx += v * px * px;
        yy += v * py * py;
        xy += v * px * py;
    }
    if (!(m > 0.0))
        return 0;
    x /= m;
    y /= m;
    xx = fmax(xx / m - x * x, 0.0) + 1.0 / 12.0;        /* a pixel is no point: its own second moment */
    yy = fmax(yy / m - y * y, 0.0) + 1.0 / 12.0;
    xy = xy / m - x * y;
    angle = 0.5 * atan2(2.0 * xy, xx - yy);
    mean = 0.5 * (xx + yy);
    half = fmin(hypot(0.5 * (xx - yy), xy), 0.999 * mean);
    k->e = (struct bc_ellipse){ x, y, cos(angle), sin(angle), sqrt((mean - half) / (mean + half)), 0.0 };
    return 1;
}

/* How many of the FINE * FINE points of pixel (x, y) are between the ellipses of semi-major axes FROM and TO. */
static int
points_between(const struct bc_ellipse *e, double x, double y, double from, double to)
{
    double a = bc_ellipse_radius(e, x, y), corner = sqrt(0.5) / e->q;      /* a's of the pixel differ by that at most */
    int    inside = 0, i, j;

    if (a - corner >= from && a + corner < to)
        return FINE * FINE;
    if (a + corner < from || a - corner >= to)
        return 0;
    for (j = 0; j < FINE; j++)
        for (i = 0; i < FINE; i++) {
            a = bc_ellipse_radius(e, x + (i + 0.5) / FINE - 0.5, y + (j + 0.5) / FINE - 0.5);
            inside += a >= from && a < to;
        }
    return inside;
}

/* Mean of IMAGE between the ellipses of semi-major axes FROM and TO, of the pixels that have a datum. */
static double
ring_mean(const struct work *k, const double *image, double from, double to)
{
    const struct bc_ellipse *e = &k->e;
    double                   sum = 0.0, area = 0.0;
    long                     x, y, x1 = (long)fmin(e->x + to + 1.0, (double)(k->nx - 1));
    long                     y1 = (long)fmin(e->y + to + 1.0, (double)(k->ny - 1));

    for (y = (long)fmax(e->y - to - 1.0, 0.0); y <= y1; y++)
        for (x = (long)fmax(e->x - to - 1.0, 0.0); x <= x1; x++)
            if (isfinite(k->pixels[y * k->nx + x])) {
                int inside = points_between(e, (double)x, (double)y, from, to);

                sum += inside * image[y * k->nx + x];
                area += inside;
            }
    return area > 0.0 ? sum / area : 0.0;
}

/* Surface brightness at A over the mean within, less ETA; falls through 0 at the Petrosian radius.  Positive where no
 * light is within, as in a masked centre. */
static double
petrosian(const struct work *k, double a)
{
    double within = ring_mean(k, k->light, 0.0, a);

    return within > 0.0 ? ring_mean(k, k->light, a - 0.5, a + 0.5) / within - ETA : ETA;
}

/* Where petrosian() falls below 0, looked for in steps of a pixel: a narrower dip may be passed over.  The ellipse that
 * fits the image at the most. */
static double
petrosian_radius(const struct work *k)
{
    double low = 1.0, high = 1.0, most = 0.5 * (double)(k->nx > k->ny ? k->nx : k->ny);
    int    i;

    while (high < most && petrosian(k, high) >= 0.0) {
        low = high;
        high += 1.0;
    }
    for (i = 0; i < 20; i++) {
        double middle = 0.5 * (low + high);

        if (petrosian(k, middle) >= 0.0)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static bc_status
find_segment(struct work *k, double sigma, unsigned char *segment, unsigned char *others)
{
    long      n = k->nx * k->ny, i, peak = 0;
    int       label;
    bc_status st = smooth(k, DETECTION_WIDTH);

    memset(segment, 0, (size_t)n);
    memset(others, 0, (size_t)n);
    if (st != BC_OK)
        return st;
    for (i = 0; i < n; i++)
        if (k->smooth[i] > k->smooth[peak])
            peak = i;
    number_regions(k, fmax(sigma > 0.0 ? DETECTION * sigma : 0.0, FAINTEST * k->smooth[peak]));
    label = k->smooth[peak] > 0.0 ? central_region(k) : 0;
    if (label == 0 || !fit_ellipse(k, label))
        return BC_OK;
    for (i = 0; i < n; i++)
        others[i] = k->label[i] != 0 && k->label[i] != label;
    k->e.radius = petrosian_radius(k);
    st = smooth(k, 0.2 * k->e.radius);
    if (st != BC_OK)
        return st;
    number_regions(k, ring_mean(k, k->smooth, k->e.radius - 0.5, k->e.radius + 0.5));
    for (peak = i = 0; i < n; i++)
        if (k->smooth[i] > k->smooth[peak])
            peak = i;
    for (i = 0; i < n; i++)
        segment[i] = k->label[i] != 0 && k->label[i] == k->label[peak];
    return BC_OK;
}

bc_status
bc_segment(const float *pixels, long nx, long ny, double sigma, unsigned char *segment, unsigned char *others,
           struct bc_ellipse *ellipse_p)
{
    size_t      n = (size_t)nx * ny, i;
    struct work k = { .nx = nx, .ny = ny, .pixels = pixels };
    bc_status   st;

    k.light = malloc(3 * n * sizeof *k.light);
    k.label = malloc(2 * n * sizeof *k.label);
    if (k.light == NULL || k.label == NULL)
        st = bc_fail_memory(n * (3 * sizeof *k.light + 2 * sizeof *k.label), "a segmentation map");
    else {
        k.smooth = k.light + n;
        k.scratch = k.smooth + n;
        k.stack = k.label + n;
        for (i = 0; i < n; i++)
            k.light[i] = isfinite(pixels[i]) ? pixels[i] : 0.0;
        st = find_segment(&k, sigma, segment, others);
    }
    if (st == BC_OK)
        *ellipse_p = k.e;
    free(k.light);
    free(k.label);
    return st;
}
