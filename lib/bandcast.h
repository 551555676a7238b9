/* bandcast.h -- predict the missing band of a galaxy image: the whole public interface.
 *
 * Everything starts with bc_ or BC_.  Functions that can fail return bc_status; bc_message() then
 * holds one sentence for this thread.  What bc_X_open gives, bc_X_close takes back (NULL is fine).
 * Outputs come last, end in _p, and are set only on BC_OK.  Pixels are float, row-major (ny, nx),
 * the first row is FITS's first; NaN means that there is no valid datum.  Strings that a getter
 * returns belong to the object and live as long as it does; NULL if there is none of that number.
 * Objects, options and the caller's memory are not NULL where nothing else is said; a text that is,
 * or a number out of its range, is BC_BAD_ARG.  Objects are not shared between threads without the
 * caller's lock.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BANDCAST_H
#define BANDCAST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BC_API __attribute__((visibility("default")))

typedef enum {
    BC_OK          = 0,
    BC_BAD_ARG     = 1,   /* the caller broke this header's contract */
    BC_BAD_FILE    = 2,   /* missing, unreadable, malformed, or it could not be written */
    BC_BAD_SHAPE   = 3,   /* bands, sizes, grids, units or weights do not fit together */
    BC_NO_MEMORY   = 4,   /* host or device */
    BC_NO_DEVICE   = 5,   /* the backend asked for cannot run here */
    BC_UNSUPPORTED = 6,   /* valid, but not in this build or backend */
    BC_STOPPED     = 7,   /* the caller's bc_tell asked to stop */
    BC_DIVERGED    = 8,   /* a training's loss is not a number any more */
    BC_NO_ROOM     = 9,   /* an output does not fit: the disk is full, or the user's share or limit is reached */
    BC_BUSY        = 10   /* another run is writing that output now */
} bc_status;              /* numbers are never reused */

BC_API const char *bc_message(void);    /* this thread's last failure, never NULL */
BC_API const char *bc_version(void);    /* "0.1.0" */

/* BC_OK if FILE could be written now: it does not exist or CLOBBER is set, its folder is there and can be written. */
BC_API bc_status bc_output_check(const char *file, int clobber);

/* A file of the caller's own making: written under bc_output_path, it has FILE's name from the commit on.  Closing
 * without a commit leaves nothing. */
typedef struct bc_output bc_output;
BC_API bc_status   bc_output_open(const char *file, int clobber, bc_output **output_p);
BC_API const char *bc_output_path(const bc_output *output);
BC_API bc_status   bc_output_commit(bc_output *output);     /* once */
BC_API void        bc_output_close(bc_output *output);

/* 1 if threads may use the library at the same time, each its own objects: CFITSIO must have been built for that. */
BC_API int bc_is_reentrant(void);
/* How many threads 0 stands for: one for each core that this process may run on, but not more than the control group of
 * a batch job or a container leaves. */
BC_API int bc_cores(void);
/* Bytes that this process could take now: what the machine has without swapping, but not more than the control group
 * leaves; 0 = unknown. */
BC_API size_t bc_memory_free(void);

/* Unlinks what is being written at this moment.  For a signal handler that is about to end the process. */
BC_API void bc_cleanup(void);

/* Long work calls this now and then, from the thread that called the library: done runs from 0 to 1.
 * Returning non-zero, also when all is done, ends the work with BC_STOPPED and nothing written. */
typedef int (*bc_tell)(void *arg, double done);

/* ---- bands ---------------------------------------------------------------------------------- */

typedef struct {
    const char *name;         /* as we write it into FILTER: "r", "NUV", "F200W", "Ks" */
    const char *instrument;   /* "SDSS", "JWST/NIRCam"...; which system's curve the wavelength is of */
    double      wavelength;   /* pivot, nm */
    double      vega_to_ab;   /* AB magnitude minus Vega magnitude; NaN where we have none */
} bc_band;

/* The band called NAME in a FILTER card, a file name or by a user, or NULL.  Exact names win over
 * aliases, those over names that differ in case only and are unique; then the one band among the words of
 * NAME is found: "OCAM_g_SDSS", "g DECam SDSS c0001", "ceers_10983_f277w". */
BC_API const bc_band *bc_band_find(const char *name);
BC_API int            bc_band_same(const char *a, const char *b);   /* 1: one text, or names of one known band */

/* AB zero point of one unit: magnitude of a source of flux density 1 UNIT (22.5 for "nanomaggy", 8.90
 * for "Jy"), which is spelt as in a BUNIT card.  Surface brightnesses need the solid angle of a pixel in steradian
 * (0 = unknown).  NaN if UNIT is empty or has no fixed zero point. */
BC_API double bc_unit_zeropoint(const char *unit, double pixel_sr);
/* 1: UNIT says itself how bright 1 of it is, if maybe only beside a pixel scale or, as erg/s/cm2/Angstrom does, a
 * wavelength; counts do not. */
BC_API int    bc_unit_is_flux(const char *unit);

/* ---- images --------------------------------------------------------------------------------- */

typedef struct bc_image bc_image;       /* pixels, header cards, sky coordinates, extra planes */

enum {                  /* why a pixel has no datum; the bits of MASK in a prediction */
    BC_NO_DATUM = 1,    /* NaN, BLANK, infinite or too large in the file */
    BC_FLAGGED  = 2,    /* bad by a data quality, mask, weight or error image */
    BC_BLANK    = 4,    /* one of many zeros side by side in an image with noise: never observed */
    BC_OUTSIDE  = 8,    /* of an image that was resampled: it does not reach there */
    BC_UNASKED  = 16,   /* not in the region that was asked for */
    BC_NO_PREDICTION = BC_NO_DATUM | BC_FLAGGED | BC_BLANK | BC_OUTSIDE | BC_UNASKED,
    BC_FILLED   = 32,   /* predicted although some of the bands have no datum here, from those that have */
    BC_UNUSUAL  = 64,   /* predicted, but a band is brighter, or its colour another, than all that it was trained on */
    BC_SHARP    = 128   /* predicted, but it stands out more than any pixel in training: a star, a cosmic ray */
};

/* Read one 2-D image into memory.  NAME is anything CFITSIO opens ("x.fits.fz", "m.fits[SCI]",
 * "c.fits[*,*,2:2]"); without an extension the first image with data counts.  Pixels without a
 * datum become NaN: see above for why.  PLANE counts from 1 in a cube; 0 = there must be one plane only. */
BC_API bc_status bc_image_open(const char *name, long plane, bc_image **image_p);
/* The same without the pixels (bc_image_pixels is NULL): bc_image_rows reads them, piece by piece, from the
 * file, which stays open.  For images larger than memory. */
BC_API bc_status bc_image_open_rows(const char *name, long plane, bc_image **image_p);
/* NY rows from row Y (0-based) on, of any image, into the caller's NY * nx floats.  FLAGS, as many bytes, or
 * NULL: why a pixel is NaN, else 0. */
BC_API bc_status bc_image_rows(const bc_image *image, long y, long ny, float *pixels, unsigned char *flags);
/* Before any row is read: what says which pixels are bad.  NAME "": the extensions of the image's own file that
 * stand beside it, which is so from the start; "none": nothing; else an image of the same grid, a weight
 * (bad where not positive) if its EXTNAME or file name says so or its pixels are floats, else a mask (bad where
 * not 0).  Of floats that are 0 and 1 alone and whose name says nothing, the rarer is bad; bc_image_notes says so. */
BC_API bc_status bc_image_mask(bc_image *image, const char *name);
/* Read all rows into memory, as bc_image_open does; the file is closed. */
BC_API bc_status bc_image_load(bc_image *image);
/* How many pixels have the flag WHY, of the rows that were read; and by what they are FLAGGED: "DQ, WHT". */
BC_API long        bc_image_bad(const bc_image *image, int why);
BC_API const char *bc_image_masks(const bc_image *image);
/* What was done to its pixels and found out about them since they were opened, for HISTORY: "resampled from 602 x 602
 * pixels of 0.2 arcsec to..."; "" if nothing. */
BC_API const char *bc_image_notes(const bc_image *image);
/* How many planes an image file holds (1 for a 2-D image), without reading pixels. */
BC_API bc_status bc_image_count(const char *name, long *nplane_p);
/* A new image of NaN with LIKE's header and grid: only cards that stay true for another band are kept. */
BC_API bc_status bc_image_derive(const bc_image *like, bc_image **image_p);
/* A new image of NaN with an empty header. */
BC_API bc_status bc_image_new(long nx, long ny, bc_image **image_p);
BC_API void      bc_image_close(bc_image *image);

BC_API long        bc_image_nx(const bc_image *image);
BC_API long        bc_image_ny(const bc_image *image);
BC_API float      *bc_image_pixels(bc_image *image);          /* NULL if opened by rows */
/* As it was opened, with a cube's plane; of one made here, for messages, "the image of band g" if it has a FILTER. */
BC_API const char *bc_image_name(const bc_image *image);
BC_API const char *bc_image_band(const bc_image *image);      /* FILTER, BAND, or BANDS of a cube; "" if none */
BC_API const char *bc_image_unit(const bc_image *image);      /* BUNIT as written; "" if none */
enum { BC_MOST_ZEROPOINT = 60 };        /* magnitudes: no AB zero point is farther from 0 (1 W m-2 Hz-1: -56.1) */
BC_API double      bc_image_zeropoint(const bc_image *image); /* AB, of one pixel unit; NaN = unknown */
/* For a header that does not say it: the AB zero point, AB - Vega of the band; by the header what is not finite, and a
 * zero point beyond BC_MOST_ZEROPOINT. */
BC_API void        bc_image_calibrate(bc_image *image, double zeropoint, double vega);
BC_API double      bc_image_pixel_scale(const bc_image *image); /* arcsec per pixel; NaN = unknown */
BC_API double      bc_image_pixel_sr(const bc_image *image);  /* solid angle of a pixel, steradian; 0 = unknown */
BC_API int         bc_image_has_wcs(const bc_image *image);

/* Sky position (degrees, in the frame of the header) of pixel (x, y), 1-based, and back.  BC_BAD_SHAPE: the header has
 * no sky coordinates; BC_BAD_ARG: the pixel is not on the sky, or the position not on the projection. */
BC_API bc_status bc_image_to_sky(const bc_image *image, double x, double y, double *lon_p, double *lat_p);
BC_API bc_status bc_image_from_sky(const bc_image *image, double lon, double lat, double *x_p, double *y_p);
/* The pixel at an equatorial J2000 position, or a GALACTIC one, if the header has one of them or B1950; BC_BAD_ARG: it
 * is not on the image's projection, BC_UNSUPPORTED: the header has another frame. */
BC_API bc_status bc_image_find(const bc_image *image, int galactic, double lon, double lat, double *x_p, double *y_p);
/* The equatorial J2000 position of pixel (x, y), 1-based, in degrees; failures likewise. */
BC_API bc_status bc_image_locate(const bc_image *image, double x, double y, double *ra_p, double *dec_p);
/* BC_OK if both have one grid: same size, and the same sky to TOLERANCE pixels everywhere.  Where one
 * has no usable WCS only the sizes are compared and *by_size_p (may be NULL) is set to 1, if they are not planes of one
 * cube. */
BC_API bc_status bc_image_same_grid(const bc_image *a, const bc_image *b, double tolerance, int *by_size_p);

typedef struct {
    const char *method;     /* "exact": the overlap of pixels on the new grid's plane, as areas; "lanczos" (3 pixels to
                             * each side) and "bilinear" interpolate; "auto" or NULL: lanczos for surface brightness
                             * (MJy/sr, a unit per arcsec2), exact for all else, which is taken as units per pixel */
    int         threads;    /* 0 = all cores; the pixels do not depend on it */
    size_t      memory;     /* bytes for rows of the image; 0 = a quarter of what is free now */
} bc_regrid_options;
/* IMAGE on the grid of LIKE, by their sky coordinates (equatorial J2000, B1950 and galactic ones are converted): an
 * image that is opened by rows, makes them from IMAGE's, which must stay open, and has its header with LIKE's grid.
 * Units per pixel change with the pixels' areas, so that the sum over a source stays; surface brightness does not.
 * New pixels larger than the old ones get means of them, whatever the method.  Where less than half of what a new pixel
 * needs has data it is NaN, and its flags say why.  Grids that agree give the same bits.  BC_BAD_SHAPE: no sky
 * coordinates, or of frames that are not converted.  O may be NULL. */
BC_API bc_status bc_image_regrid(const bc_image *image, const bc_image *like, const bc_regrid_options *o,
                                 bc_image **image_p);

typedef struct {
    const char *resample;   /* bc_regrid_options.method, or "no": other grids are BC_BAD_SHAPE; NULL: "auto" */
    const char *psf;        /* "match": the sharper images are convolved with a Gaussian to the PSF of the broadest one;
                             * "no": their widths are not even measured; "report" or NULL: where any is resampled */
    int         force;      /* go on although the content of an image is elsewhere than its sky coordinates say, or
                             * the width of its PSF is not known for "match" */
    double      tolerance;  /* pixels by which grids may differ and still be one; 0 = 0.1 */
    int         threads;    /* 0 = all cores */
    size_t      memory;     /* bytes for rows of all images; 0 = a quarter of what is free now */
} bc_align_options;

typedef struct {            /* of one image */
    int resampled;          /* 1: it was on another grid */
    int by_size;            /* 1: no sky coordinates; aligned because the sizes agree */
    double fwhm;            /* of its PSF as given, arcsec, as of a Gaussian (Bernstein & Jarvis 2002): more than that
                             * of one with wings; NaN = not known or not asked for */
    char   fwhm_from[24];   /* "12 stars", "card SEEING"; "" = not known */
    double blur;            /* FWHM of the Gaussian that it was convolved with, arcsec; 0 = none */
    int    is_off;          /* 1: what it shows is more than 1.5 pixels from where its sky coordinates put it, */
    double off_pixels, off_arcsec;      /* that far, compared with the reference, or the first image if the reference is
                                         * none of them; pixels of the coarser one */
} bc_align_report;

/* N images on the grid of REFERENCE, which may be one of them.  Those that are on it already stay as they are, for
 * the others see bc_image_regrid.  What they show is compared by cross-correlation with what the reference shows: one
 * that clearly lies elsewhere, or nowhere on the reference, is BC_BAD_SHAPE (but see force).  The images and
 * the reference must stay open as long as the alignment, which owns what it made of them.  O may be NULL. */
typedef struct bc_alignment bc_alignment;
BC_API bc_status bc_align(bc_image *const *images, int n, const bc_image *reference, const bc_align_options *o,
                          bc_alignment **alignment_p);
BC_API void      bc_alignment_close(bc_alignment *alignment);
BC_API bc_image *bc_alignment_image(const bc_alignment *alignment, int i);
BC_API bc_status bc_alignment_report(const bc_alignment *alignment, int i, bc_align_report *report_p);

/* Header cards.  set: an old card of that key keeps its place; sky coordinates that are set count for who opens the
 * file, not for this image; cards that say how the file is made (NAXIS, BITPIX, CHECKSUM...) are BC_BAD_ARG, as is a
 * text where the standard has a number.  A KEY that is longer than 8 characters or has others than letters, digits, -
 * and _ makes a HIERARCH card, a number that is not finite a card without a value.
 * history: wrapped over as many cards as it needs. */
/* unquoted, until the next call for this image; NULL = no such card */
BC_API const char *bc_image_text(bc_image *image, const char *key);
BC_API double      bc_image_number(const bc_image *image, const char *key); /* NaN = no such number */
BC_API bc_status   bc_image_set_text(bc_image *image, const char *key, const char *text, const char *comment);
BC_API bc_status   bc_image_set_number(bc_image *image, const char *key, double value, const char *comment);
BC_API bc_status   bc_image_history(bc_image *image, const char *text);

/* Extra planes of the same grid, written as image extensions: "SIGMA", "MASK" (whole numbers from
 * 0 to 255), "RESIDUAL".  Copies PIXELS. */
BC_API bc_status    bc_image_set_plane(bc_image *image, const char *extname, const float *pixels);
/* Of an image opened by rows: the image extension EXTNAME beside it in its file, if there is one of its size. */
BC_API bc_status    bc_image_read_plane(bc_image *image, const char *extname);
BC_API const float *bc_image_plane(const bc_image *image, const char *extname);      /* NULL = none */

/* Write: primary image (BITPIX -32), then the planes (MASK as BITPIX 8), CHECKSUM and DATASUM in each.
 * Never half-written under FILE's name; an existing FILE is refused unless CLOBBER. */
BC_API bc_status bc_image_write(const bc_image *image, const char *file, int clobber);

/* Robust sky level and noise (standard deviation) of pixels, NaN left out: the median and its distance from the
 * 15.87 % point, both of the pixels less than 3 such noises above the median; NaN for both if there are none. */
BC_API void bc_sky(const float *pixels, size_t n, double *level_p, double *sigma_p);

/* ---- tables of FITS files ------------------------------------------------------------------- */

/* Table I, 0-based, of the file NAME; with an [extension] in NAME that one is the only.  BC_BAD_SHAPE: there are not so
 * many. */
typedef struct bc_table bc_table;
BC_API bc_status   bc_table_open(const char *name, int i, bc_table **table_p);
BC_API void        bc_table_close(bc_table *table);
BC_API long        bc_table_rows(const bc_table *table);
BC_API int         bc_table_columns(const bc_table *table);
/* Name of column J, 0-based; "" also for one that has not just one text or number a row, or is not there. */
BC_API const char *bc_table_column(const bc_table *table, int j);
BC_API const char *bc_table_unit(const bc_table *table, int j);     /* "" if none */
/* What stands in a ROW, 0-based, of a column that has a name; "" if nothing does. */
BC_API bc_status   bc_table_cell(bc_table *table, long row, int j, char *text, size_t size);

/* ---- regions -------------------------------------------------------------------------------- */

/* Boxes, circles, ellipses, rings of these, and polygons as DS9 writes them.  NAME is a file, or the text itself:
 * "image; box(50,60,20,10,0)", "fk5; circle(10:00:00,+2:00:00,5\")". */
typedef struct bc_region bc_region;
BC_API bc_status   bc_region_open(const char *name, bc_region **region_p);
BC_API void        bc_region_close(bc_region *region);
/* Shapes in it that enclose no area and were passed over, as "point, text"; "" if there are none. */
BC_API const char *bc_region_marks(const bc_region *region);

/* ---- models --------------------------------------------------------------------------------- */

typedef struct bc_model bc_model;

/* Open a model file ("pkg-config --variable=modelsdir bandcast" says where the installed ones are).  DEVICE: "auto",
 * "cpu", "ref", "cuda", "cuda:1", or NULL to look without computing.
 * "cpu,direct" and "auto,direct" do without Winograd's algorithm: slower, for strict comparisons.
 * THREADS: 1 to 1024, 0 = all cores.  Checks magic, shapes and checksums before it takes memory. */
BC_API bc_status   bc_model_open(const char *file, const char *device, int threads, bc_model **model_p);
BC_API void        bc_model_close(bc_model *model);
/* 1: predict in all eight orientations and take the mean; a local model's SIGMA has their scatter, too. */
BC_API void        bc_model_average(bc_model *model, int symmetries);
BC_API const char *bc_model_file(const bc_model *model);
BC_API const char *bc_model_name(const bc_model *model);
BC_API const char *bc_model_device(const bc_model *model);          /* what "auto" chose: "cpu"; once it has predicted
                                                                     * also how: "cpu (avx512, 8 threads)" */
BC_API int         bc_model_inputs(const bc_model *model);
BC_API const char *bc_model_input(const bc_model *model, int i);    /* band name, 0-based */
BC_API const char *bc_model_input_unit(const bc_model *model, int i); /* "" = any */
BC_API int         bc_model_outputs(const bc_model *model);         /* 1 but for local models that predict several */
BC_API const char *bc_model_output(const bc_model *model, int k);   /* band name, 0-based */
BC_API const char *bc_model_output_unit(const bc_model *model, int k);  /* "" = not a flux */
BC_API int         bc_model_size(const bc_model *model);            /* side of its training stamps, pixels */
BC_API double      bc_model_pixel_scale(const bc_model *model);     /* of those, arcsec per pixel; NaN = unknown */
BC_API const char *bc_model_architecture(const bc_model *model);    /* "resnet 64-128 x9 +combine" */
BC_API size_t      bc_model_weights(const bc_model *model);         /* how many */
BC_API int         bc_model_members(const bc_model *model);         /* of an ensemble; 1 = it is none */
BC_API const char *bc_model_checksum(const bc_model *model);        /* hexadecimal, of the weights */
BC_API const char *bc_model_stretch(const bc_model *model);         /* "minmax", "unit", "flux" */
/* Line I of the model's header as text "KEY     = value / comment"; NULL past the end. */
BC_API const char *bc_model_card(const bc_model *model, int i);
/* A header text, until the next call for this model; NULL = none. */
BC_API const char *bc_model_text(bc_model *model, const char *key);

/* What a checkpoint of another program does not say; "" = what it says. */
typedef struct {
    const char *inbands, *outband;  /* "NUV,Ks" in the network's order, "g"; else from a name like NUV_K_to_G */
    const char *name;               /* else the file's name */
    const char *stretch;            /* "minmax" or "unit", not for our own models of fluxes; else unit if the name has
                                     * DECaLS behind _to_, minmax */
    int         size;               /* side of its training stamps, pixels; 0 = what it says, else 128 */
} bc_import_options;
/* Read the generator of Zaazou et al. (2025) from a file of Keras (HDF5 or .keras of any version) or
 * from safetensors, told apart by their first bytes.  A network of another kind is BC_UNSUPPORTED. */
BC_API bc_status   bc_model_import(const char *file, const bc_import_options *o, bc_model **model_p);
/* One model from N that have the same network, bands and stretch: an ensemble of all their networks,
 * or if AVERAGE one network with the means of their weights, which must come of one start.  BC_BAD_SHAPE also where two
 * are the same. */
BC_API bc_status   bc_model_join(bc_model *const *models, int n, int average, bc_model **model_p);
/* Set a header text of a model, to be saved. */
BC_API bc_status   bc_model_set_text(bc_model *model, const char *key, const char *text,
                                     const char *comment);
BC_API bc_status   bc_model_save(const bc_model *model, const char *file, int clobber);
/* As safetensors; MODEL must have been opened from a file. */
BC_API bc_status   bc_model_export(const bc_model *model, const char *file, int clobber);

/* ---- prediction ------------------------------------------------------------------------------ */

typedef struct {
    const char *window;   /* "auto", "whole" (one pass), "stamp" (must have the model's size), "blend", "tile" */
    int         size;     /* side of the windows, pixels; 0 = the model's, for local models as large as is useful */
    const char *sigma;    /* "auto" or NULL: SIGMA if the model knows it; "no"; "95": SIGMA and SIGMA95 */
    const char *unit;     /* of the new image: "nJy", "MJy/sr"...; NULL or "" = the model's */
    int         force;    /* go on although units differ from the training data's */
    size_t      memory;   /* bytes for pixels and layers; 0 = half of what is free now */
    const bc_region *region;    /* predict these pixels of the first band only; NULL = all */
    bc_tell     tell;     /* NULL = none */
    void       *arg;
} bc_predict_options;

typedef struct {          /* what was decided, for the run's report */
    char   window[8];     /* "whole", "blend" or "tile" */
    int    size;          /* side of the windows; 0 for whole */
    int    by_size;       /* 1: some band had no WCS and counts as aligned because the sizes agree */
    uint64_t unit_assumed;  /* bit B: input band B had no BUNIT and was taken to be in the model's unit */
    uint64_t truth_assumed; /* bit K: the truth of output band K had none and was */
    double asked;         /* fraction of the image's pixels that the region holds; 1 without one */
    double missing;       /* fraction of pixels without a prediction, of those asked for: an input has no datum there */
    double filled;        /* fraction predicted although a band has no datum there (BC_FILLED) */
    int    sigma;         /* planes of the output that say how wrong it may be: 0, 1 SIGMA, 2 also SIGMA95 */
    double spread;        /* rms scatter of overlapping windows, network units (about [0, 1]); NaN for whole */
    char   memory[256];   /* where it was short, and how the work went on; "" = nowhere */
    double noise;         /* of the inputs / that of the training data; NaN for stretches that do not ask for it */
    uint64_t sky_left;    /* bit B: the sky of input band B is more than 10 noises from 0 (flux models) */
    int    uncalibrated;  /* 1: SIGMA is the network's own, training has not held it against samples */
} bc_predict_report;

/* Predict the model's output bands from BANDS, one image per input band in the model's order, all on one
 * grid: images_p, one for each of bc_model_outputs.  A new image has the first band's grid and header, FILTER, BUNIT
 * and a record of the model, and a plane MASK (0, or the bits above).  Of a local model and of an ensemble also SIGMA,
 * half of the interval that holds 68.27 % of what would be observed (of ensembles of other models: the standard
 * deviation of the members), and where asked for SIGMA95, the same for 95.45 %.
 * With a region it is the smallest rectangle that holds it, and its pixels are those of a prediction without one.
 * O and report_p may be NULL. */
BC_API bc_status bc_predict(bc_model *model, const bc_image *const *bands, const bc_predict_options *o,
                            bc_predict_report *report_p, bc_image **images_p);

/* The same into FILES, one for each output band, for images of any size: bands opened by rows are read piece by piece,
 * and rows are written as they are finished, so that memory holds.  TRUTHS, real images of the output bands, may be
 * NULL, and so may be each of them: a file then has no plane RESIDUAL = truth - predicted.  The pixels are those of
 * bc_predict, whatever the memory. */
BC_API bc_status bc_predict_file(bc_model *model, const bc_image *const *bands, const bc_image *const *truths,
                                 const bc_predict_options *o, const char *const *files, int clobber,
                                 bc_predict_report *report_p);

/* ---- training sets --------------------------------------------------------------------------- */

typedef struct bc_dataset bc_dataset;

enum { BC_TRAIN = 0, BC_VALIDATE = 1, BC_TEST = 2 };

typedef struct {
    char   id[64];
    double ra, dec;       /* degrees; NaN = unknown */
    double x, y;          /* 1-based position of the stamp's centre in its source; NaN = the whole image */
    int    split;         /* BC_TRAIN, BC_VALIDATE, BC_TEST */
    char   source[256];   /* the first band's file */
} bc_sample;

BC_API bc_status   bc_dataset_open(const char *file, bc_dataset **set_p);
BC_API void        bc_dataset_close(bc_dataset *set);
BC_API const char *bc_dataset_file(const bc_dataset *set);
BC_API long        bc_dataset_count(const bc_dataset *set);
BC_API int         bc_dataset_size(const bc_dataset *set);              /* stamps are square */
BC_API int         bc_dataset_bands(const bc_dataset *set);
BC_API const char *bc_dataset_band(const bc_dataset *set, int b);
/* The band called NAME, or else one that bc_band_same takes for it; -1 = there is none. */
BC_API int         bc_dataset_find(const bc_dataset *set, const char *name);
BC_API const char *bc_dataset_unit(const bc_dataset *set, int b);
BC_API double      bc_dataset_scale(const bc_dataset *set);             /* arcsec per pixel; NaN */
BC_API const char *bc_dataset_checksum(const bc_dataset *set);          /* hexadecimal, of the pixels */
BC_API const char *bc_dataset_credit(const bc_dataset *set);            /* CREDIT, of its data; "" if none */
BC_API bc_status   bc_dataset_sample(bc_dataset *set, long i, bc_sample *sample_p);
/* Sky noise of sample I in band B, as measured on its source image; NaN if there is no such sample or band. */
BC_API double      bc_dataset_sigma(const bc_dataset *set, long i, int b);
/* Pixels of sample I, band B: size * size floats into the caller's memory.  One that was committed must be opened. */
BC_API bc_status   bc_dataset_read(bc_dataset *set, long i, int b, float *pixels);

/* Making one: create, append each sample (PIXELS (band, size, size), SIGMA per band), then commit;
 * closing without commit leaves no file.  UNITS[b] may be "". */
BC_API bc_status bc_dataset_create(const char *file, int clobber, int size, int nband, const char *const *bands,
                                   const char *const *units, double arcsec_per_pixel, bc_dataset **set_p);
BC_API bc_status bc_dataset_append(bc_dataset *set, const bc_sample *sample, const float *pixels,
                                   const double *sigma);
BC_API bc_status bc_dataset_set_text(bc_dataset *set, const char *key, const char *text, const char *comment);
BC_API bc_status bc_dataset_commit(bc_dataset *set);

/* ---- simulated galaxies ----------------------------------------------------------------------- */

typedef struct {
    const char *const *bands;   /* known to bc_band_find, up to 5000 nm */
    int         nband;
    int         size;           /* side of the stamps, pixels */
    double      arcsec;         /* per pixel */
    double      brightest, faintest;    /* r, AB */
    const char *psf;            /* Gaussian: "none", "survey" (GALEX, SDSS, 2MASS), or its FWHM in arcsec */
    const char *noise;          /* "none", "survey", or its standard deviation in nanomaggy per pixel */
    uint64_t    seed;
} bc_mock_options;

/* Galaxy I (from 0 on) of SEED: PIXELS (nband, size, size) in nanomaggy, SIGMA (nband) as bc_dataset_append wants it.
 * Only its number and the options decide what it is.  Every fifth is for the test, the one before for validation. */
BC_API bc_status bc_mock_galaxy(const bc_mock_options *options, long i, float *pixels, double *sigma,
                                bc_sample *sample_p);

/* Images that other projects hand out, one sample after the other. */
typedef struct bc_source bc_source;

/* NAME is a folder of Illustris's stellar mocks (band_N_id_I.hdf5 or broadband_I.fits) or of PNG and
 * JPEG composites, one of those composites, or an HDF5 file in the layout of Galaxy10_DECals.h5.
 * BANDS (NULL or nband 0: all that there are) are names or SUNRISE's numbers from 1 to 36, of
 * composites the names of their planes.  FILES (nfile 0: those of the folder) are composites. */
BC_API bc_status   bc_source_open(const char *name, const char *const *files, long nfile,
                                  const char *const *bands, int nband, bc_source **source_p);
BC_API void        bc_source_close(bc_source *source);
BC_API const char *bc_source_format(const bc_source *source);   /* "illustris", "galaxy10", "composite" */
BC_API long        bc_source_count(const bc_source *source);    /* samples */
BC_API long        bc_source_left_out(const bc_source *source); /* objects of which a band is missing */
BC_API int         bc_source_bands(const bc_source *source);
BC_API const char *bc_source_band(const bc_source *source, int b);
BC_API const char *bc_source_unit(const bc_source *source);     /* of all bands; "" = none */
BC_API int         bc_source_crop(const bc_source *source);     /* pixels that the paper cuts off each side */
BC_API double      bc_source_scale(const bc_source *source);    /* arcsec per pixel; NaN */
/* Which object sample I shows, from 0: the views of one galaxy belong into one split. */
BC_API long        bc_source_object(const bc_source *source, long i);
/* Sample I: all of *sample_p but its split, and pixels (band, *ny_p, *nx_p) that belong to SOURCE
 * until the next call. */
BC_API bc_status   bc_source_read(bc_source *source, long i, bc_sample *sample_p, const float **pixels_p,
                                  int *nx_p, int *ny_p);

/* IMAGE (ny, nx) without CROP pixels on each side and what is left over of its longer axis, resized to
 * (size, size) as tf.image.resize does: bilinear, centres of pixels at halves, no smoothing. */
BC_API bc_status bc_resize(const float *image, int nx, int ny, int crop, int size, float *resized);

/* ---- training -------------------------------------------------------------------------------- */

typedef struct {
    const char *inbands;    /* "g,z": planes of the set, in the network's order */
    const char *outband;    /* "r"; arch local may have several: "r,i" */
    const char *arch;       /* "local", ours, or "resnet", the paper's */
    const char *stretch;    /* "minmax" (the paper's), "unit" (x/255), "flux" (invertible) */
    double      softening;  /* flux: asinh is linear below that many times the sky noise */
    int         stem;       /* channels of the first layer; 0 = half of the first of filters */
    int         filters[4]; /* channels after each down-sampling, 0 ends the list; {128} is the paper's */
    int         resblocks;  /* residual blocks; 9 in the paper */
    int         norm;       /* 1: instance norm as in the paper; 0: biases in its place */
    int         combine;    /* 1: output = learned combination of the inputs + network */
    int         epochs;
    int         batch;
    double      rate;       /* Adam's learning rate; 2e-4 in the paper */
    double      beta1, beta2, epsilon;   /* Adam; 0.5, 0.999, 1e-7 in the paper */
    double      lambda;     /* loss = L1 + lambda (1 - SSIM) */
    double      flux;       /* local: + flux times the L1 of the fluxes of small boxes, on the same stretch */
    double      uncertainty;    /* local: + that times Laplace's likelihood of the scales, which make SIGMA */
    double      dropout;    /* local: share of the samples that lose a band, so that one may be missing */
    int         cosine;     /* 1: the rate falls to 0 along half a cosine; 0: constant as in the paper */
    int         shuffle;    /* 1: a new order of samples every epoch */
    int         augment;    /* 1: flips and quarter turns at random */
    uint64_t    seed;
    const char *device;     /* as bc_model_open */
    int         threads;
    const bc_model *start;  /* its weights, network and stretch instead of new ones; NULL = none; read by open only */
} bc_recipe;

BC_API void bc_recipe_default(bc_recipe *recipe);   /* recipe=default; see help/bandtrain.hlp */
BC_API void bc_recipe_paper(bc_recipe *recipe);     /* recipe=paper: Zaazou et al. 2025, section 3 and appendix A */
/* BC_BAD_ARG if no training set could be trained on so; bc_training_open asks, too. */
BC_API bc_status bc_recipe_check(const bc_recipe *recipe);

typedef struct {
    int    epoch;           /* 1-based, just ended */
    double train, valid;    /* mean loss over the training and validation samples; valid NaN if there are none */
    double valid_l1, valid_ssim;
    int    best;            /* 1: the best so far, kept */
    double seconds;         /* since the start of training */
} bc_epoch;

/* Called after each epoch; non-zero ends training with what was best so far (BC_OK). */
typedef int (*bc_tell_epoch)(void *arg, const bc_epoch *epoch);

typedef struct bc_training bc_training;
BC_API bc_status bc_training_open(bc_dataset *set, const bc_recipe *recipe, bc_training **training_p);
/* Keep the state of the training in FILE, which is also a model of the best epoch so far: now, then every MINUTES,
 * and when the training stops or ends.  With RESUME and a FILE that is there, go on from it, to the same bits as if
 * nothing had happened; one of another training set, recipe or device is BC_BAD_SHAPE and the message says what
 * differs.  Otherwise a FILE that is there is refused unless CLOBBER.  bc_training_write removes it. */
BC_API bc_status bc_training_checkpoint(bc_training *training, const char *file, double minutes, int resume,
                                        int clobber);
/* NULL, or why the state could not be written the last time; the training goes on all the same. */
BC_API const char *bc_training_trouble(const bc_training *training);
/* How many epochs have ended, also before a resume, and one of them, 0-based. */
BC_API int       bc_training_epochs(const bc_training *training);
BC_API bc_status bc_training_epoch(const bc_training *training, int i, bc_epoch *epoch_p);
/* How many steps of the optimiser were done, also before a resume, and the loss of the last one's samples before it;
 * NaN if that was not in this run; loss_p may be NULL. */
BC_API long      bc_training_steps(const bc_training *training, double *loss_p);
BC_API bc_status bc_training_run(bc_training *training, bc_tell tell, bc_tell_epoch tell_epoch, void *arg);
/* Header texts of the model file: "CREDIT", "LICENSE", ... */
BC_API bc_status bc_training_set_text(bc_training *training, const char *key, const char *text,
                                      const char *comment);
BC_API bc_status bc_training_write(bc_training *training, const char *file, int clobber);
BC_API const char *bc_training_device(const bc_training *training);
BC_API void      bc_training_close(bc_training *training);

/* ---- evaluation ------------------------------------------------------------------------------ */

/* Mean absolute difference, mean square difference, over pixels that are finite in both; NaN if none. */
BC_API double bc_mae(const float *a, const float *b, size_t n);
BC_API double bc_mse(const float *a, const float *b, size_t n);
/* Structural similarity as tf.image.ssim and skimage with gaussian_weights, sigma 1.5, 11 taps, windows that
 * fit inside, biased covariance (Wang et al. 2004); RANGE is the data range.  Windows that touch a NaN
 * are left out; NaN if none is left or the image is smaller than 11 pixels. */
BC_API double bc_ssim(const float *a, const float *b, long nx, long ny, double range);
/* The same as the authors of Zaazou et al. (2025) validate: mean luminance times mean contrast times mean structure,
 * variances and covariance cut at 0. */
BC_API double bc_ssim_lcs(const float *a, const float *b, long nx, long ny, double range);

/* One row of an evaluation.  NaN: no image or no pixel from which it could be measured.
 * MAE, SSIM, PSNR: of a set on the model's stretched scale with data range 1; of pairs of images as they are,
 * with the truth's own range.  The rest only where pixels are fluxes, not for stretches minmax and unit. */
typedef struct {
    char   name[40];        /* "model", "log formula", "copy of g"..., of several output bands "model (r)"; "prediction"
                             * for pairs of images */
    char   formula[2000];   /* with its fitted coefficients; "" for the others */
    double mae, ssim, ssim_lcs;     /* means over images; mae NaN where true images are in different units */
    double psnr;            /* from the mean MSE of all images, as the paper has it */
    double psnr_mean;       /* mean of the images' values */
    double relative_error;  /* median |predicted - truth| / truth, pixels with truth > bright sky sigmas */
    double flux_bias;       /* magnitude predicted - true in a central aperture, median of images */
    double flux_scatter;    /* ... whose true flux exceeds bright sigmas; 1.4826 median absolute deviation */
    double gini_w1, m20_w1; /* distance of the images' Gini and M20 from the true ones', Wasserstein, order 1 */
    double gini_range, m20_range;   /* greatest minus least of truth, inputs and predictions: to scale those by;
                                     * NaN for one image */
    double r50_bias, r50_scatter;   /* predicted / true - 1 of the radius with half of the flux, as for magnitudes; */
    double r90_bias, r90_scatter;   /* ... with 90 % of it */
    double dx_bias, dx_scatter;     /* pixels, predicted - true, of the galaxies' centroids, in the same way */
    double dy_bias, dy_scatter;
    double within[2];       /* share of pixels with |truth - predicted| <= SIGMA, <= SIGMA95, else 2 SIGMA */
    long   ncovered;        /* pixels of those shares; 0: the prediction has no SIGMA */
    long   n, nflux;        /* images; those with a magnitude */
    long   nmissing;        /* those without one because a pixel in the aperture has no datum */
} bc_score;

typedef struct {            /* one image of a row; NaN as above */
    char   name[40];        /* of its row */
    char   id[64];          /* of its sample, or the predicted image's name (its end, if it is longer) */
    double mae, mse, ssim, ssim_lcs, psnr;  /* mse: in units of the data range */
    double gini, m20, true_gini, true_m20;
    int    missing;         /* 1: no magnitude, as a pixel in the aperture has no datum in one of both images */
    double magnitude;       /* predicted - true */
    double true_magnitude;  /* in the aperture; of fluxes without a zero point -2.5 log10 of the flux */
    double colour, true_colour;     /* magnitude in the band minus that in the band of colours */
    double r50, true_r50;   /* semi-major axis of the ellipse with half of the flux of the profile's, pixels */
    double r90, true_r90;   /* ... with 90 % of it */
    double dx, dy;          /* windowed centroid of the galaxy, predicted - true, pixels */
    double x, y;            /* centre of the profile, 1-based pixels */
    double axis_ratio, angle;       /* of its ellipses, minor over major axis; degrees from x towards y, 0 to 180 */
    double pixel_scale;     /* arcsec per pixel */
} bc_image_score;

typedef struct {            /* a ring of a galaxy's profile, an elliptical annulus; NaN: not known */
    double inner, outer;    /* semi-major axes, pixels */
    double area;            /* pixels with a datum in both images */
    double truth, predicted;            /* mean of the pixels */
    double truth_error, predicted_error;        /* of these means, from the scatter of the pixels about them */
    double true_brightness, brightness; /* the means as AB mag/arcsec2 */
    double difference, difference_error;        /* mag, predicted - true, where the true mean is above bright times its
                                                 * noise; the error from the scatter of the pixels' differences */
    double true_flux, flux; /* sums within outer; pixels without a datum count as the mean of their ring */
    double true_magnitude, magnitude;   /* of these sums, where the true one is above bright times its noise; of fluxes
                                         * without a zero point -2.5 log10 of the flux */
} bc_ring;

typedef struct {            /* a line of the photometry of an evaluation; NaN: does not apply */
    char   name[40];        /* of its row */
    char   measure[16];     /* what is binned: "magnitude", "colour", "coverage", "profile", "growth" */
    double low, high;       /* the bin, low <= x < high, of the true magnitude, the true colour, the predicted flux
                             * of a pixel in sky noises of the true image; of profiles a ring, of growth the ellipse out
                             * to high, in arcsec, or in pixels where not all images have one pixel scale */
    long   n;               /* images in the bin, pixels for coverage */
    double truth, predicted;        /* medians, mag */
    double bias, scatter;   /* of predicted - true: median, 1.4826 times the median distance from it; mag */
    double within[2];       /* coverage: as in bc_score */
    double within_error[2]; /* their standard errors, from the scatter between images */
} bc_photometry;

typedef struct {            /* a prediction as it was compared; pixels (ny, nx), NaN = no datum.  Of several output
                             * bands the first */
    const char         *id;
    long                nx, ny;
    int                 nin;            /* 0 for pairs of images */
    const char *const  *band;           /* (nin + 1) of the inputs and the truth; of a pair (2) of the truth and of
                                         * the image of colours, "" = not known */
    const float *const *input;          /* (nin) in network units */
    const float        *truth, *predicted;  /* in network units, for pairs as the images are */
} bc_shown;

typedef struct {
    double  bright;         /* 10 */
    double  aperture;       /* diameter, arcsec; pixels where the pixel scale is not known */
    const char *morph;      /* Gini and M20: "lotz" (fluxes, in the galaxy's segmentation map, log10 of M20: Lotz et
                             * al. 2004), "paper" (all pixels, as Zaazou et al. 2025), "auto" or NULL: lotz where
                             * pixels are fluxes */
    const char *colour;     /* of a set: its band against which colours are measured; "" or NULL: the first input */
    const char *rings;      /* of profiles: "ellipse" or NULL, as the true galaxy's moments are; "circle" */
    int     profiles;       /* 1: keep the profiles */
    bc_tell tell;           /* NULL = none */
    void   *arg;
    void  (*show)(void *arg, const bc_shown *shown);    /* called for each of the model's predictions; NULL = none */
    void   *show_arg;
} bc_evaluation_options;

typedef struct bc_evaluation bc_evaluation;
BC_API bc_status bc_evaluation_open(const bc_evaluation_options *o, bc_evaluation **evaluation_p);
BC_API void      bc_evaluation_close(bc_evaluation *evaluation);
/* How MODEL predicts the samples of SPLIT (BC_TEST...; -1 = all), and beside it what simpler means do:
 * formulas of the same pixel in the inputs, fitted to the training samples, and each input as it is.
 * Once per evaluation. */
BC_API bc_status bc_evaluation_set(bc_evaluation *evaluation, bc_model *model, bc_dataset *set, int split);
/* Take in one pair of images on one grid, with their pixels in memory.  A prediction with another zero point is
 * converted to the truth's; its planes SIGMA and SIGMA95, if it has them, are held against the differences.  COLOUR is
 * an image of the band against which colours are measured; NULL = none. */
BC_API bc_status bc_evaluation_pair(bc_evaluation *evaluation, const bc_image *predicted,
                                    const bc_image *truth, const bc_image *colour);
BC_API int       bc_evaluation_rows(const bc_evaluation *evaluation);
BC_API bc_status bc_evaluation_score(bc_evaluation *evaluation, int i, bc_score *score_p);  /* row I, 0-based */
/* Images of row I, and one of them; both 0-based. */
BC_API long      bc_evaluation_images(const bc_evaluation *evaluation, int i);
BC_API bc_status bc_evaluation_image(bc_evaluation *evaluation, int i, long k, bc_image_score *score_p);
/* Profile of image K of row I, innermost ring first, if profiles are kept; no rings where no galaxy is above the
 * noise. */
BC_API bc_status bc_evaluation_profile(bc_evaluation *evaluation, int i, long k, const bc_ring **rings_p, int *n_p);
/* The unit of all true images' pixels; "" if they differ or have none. */
BC_API const char *bc_evaluation_unit(const bc_evaluation *evaluation);
/* The photometry of all rows, until the next call. */
BC_API bc_status bc_evaluation_photometry(bc_evaluation *evaluation, const bc_photometry **lines_p, long *n_p);
/* "lotz" or "paper": how Gini and M20 were measured. */
BC_API const char *bc_evaluation_morph(const bc_evaluation *evaluation);
/* The table as FILE.csv or FILE.fits. */
BC_API bc_status bc_evaluation_write(bc_evaluation *evaluation, const char *file, int clobber);
/* The photometry as FILE.csv or FILE.fits. */
BC_API bc_status bc_evaluation_write_photometry(bc_evaluation *evaluation, const char *file, int clobber);
/* The profiles that were kept, a line a ring, as FILE.csv or FILE.fits. */
BC_API bc_status bc_evaluation_write_profiles(bc_evaluation *evaluation, const char *file, int clobber);
/* The images' values, a line an image and row, as FILE.csv or FILE.fits. */
BC_API bc_status bc_evaluation_write_images(bc_evaluation *evaluation, const char *file, int clobber);

#ifdef __cplusplus
}
#endif
#endif
