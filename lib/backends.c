/* backends.c -- what this library can compute on, and what a device parameter asks for.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

const struct bc_backend *const bc_backends[] = { &bc_backend_cuda, &bc_backend_cpu, &bc_backend_ref,
                                                 NULL };

/* Is WORD of N characters NAME? */
static int
is(const char *word, size_t n, const char *name)
{
    return strlen(name) == n && strncmp(word, name, n) == 0;
}

/* The words that follow a device's name, each after a comma. */
static bc_status
parse_words(const char *device, const char *words, struct bc_device *d)
{
    while (*words == ',') {
        const char *word = words + 1;
        size_t      n = strcspn(word, ",");

        if (is(word, n, "direct"))
            d->direct = 1;
        else if (is(word, n, "fast"))
            d->fast = 1;
        else if (is(word, n, "fp32"))
            d->precision = BC_PRECISION_FP32;
        else if (is(word, n, "tf32"))
            d->precision = BC_PRECISION_TF32;
        else if (is(word, n, "bf16"))
            d->precision = BC_PRECISION_BF16;
        else
            return bc_fail(BC_BAD_ARG,
                           "device=%s: only fp32, tf32, bf16, fast and direct may follow a device",
                           device);
        words = word + n;
    }
    return BC_OK;
}

/* The number behind a colon, if there is one. */
static bc_status
parse_number(const char *device, const char *colon, int *number_p)
{
    char *end;
    long  n;

    *number_p = 0;
    if (*colon != ':')
        return BC_OK;
    n = strtol(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || (*end != '\0' && *end != ',') || n > 1023)
        return bc_fail(BC_BAD_ARG,
                       "device=%s: a number of a GPU, from 0 on, is to follow the colon", device);
    *number_p = (int)n;
    return BC_OK;
}

/* B is to be used, and there are USABLE of its devices. */
static bc_status
check_device(const char *device, const struct bc_backend *b, int usable, const struct bc_device *d)
{
    int gpu = b == &bc_backend_cuda;

    if (!gpu && (d->fast || d->precision == BC_PRECISION_TF32 || d->precision == BC_PRECISION_BF16))
        return bc_fail(BC_UNSUPPORTED, "device=%s: %s computes in float only", device, b->name);
    if (!gpu && strchr(device, ':') != NULL)
        return bc_fail(BC_BAD_ARG, "device=%s: only cuda has numbers", device);
    if (d->number >= usable)
        return bc_fail(BC_NO_DEVICE, "device=%s: this machine has %d GPU%s, numbered from 0 on",
                       device, usable, usable == 1 ? "" : "s");
    return BC_OK;
}

bc_status
bc_backend_choose(const char *device, const struct bc_backend **backend_p,
                  struct bc_device *device_p)
{
    size_t           n = strcspn(device, ":,");
    struct bc_device d = { .any = is(device, n, "auto") };
    bc_status        st = parse_words(device, device + strcspn(device, ","), &d);
    int              i, usable;

    if (st == BC_OK)
        st = parse_number(device, device + n, &d.number);
    for (i = 0; st == BC_OK && bc_backends[i] != NULL; i++) {
        const struct bc_backend *b = bc_backends[i];

        if (!d.any && !is(device, n, b->name))
            continue;
        usable = b->probe();
        if (usable == 0 && d.any)
            continue;
        if (usable == 0)
            return bc_fail(BC_NO_DEVICE, "device=%s: %s", device, bc_message());
        st = check_device(device, b, usable, &d);
        if (st == BC_OK) {
            *backend_p = b;
            *device_p = d;
        }
        return st;
    }
    return st != BC_OK ? st
                       : bc_fail(BC_BAD_ARG, "device=%s: auto, cpu, ref or cuda are known", device);
}

bc_status
bc_backend_compile(const struct bc_backend **backend_p, const struct bc_graph *g,
                   const struct bc_weights *w, const struct bc_plan_options *o,
                   struct bc_plan **plan_p)
{
    bc_status st = (*backend_p)->compile(g, w, o, plan_p);
    int       i = 0;

    if (st != BC_UNSUPPORTED || !o->device.any || o->device.precision != BC_PRECISION_AUTO)
        return st;
    while (bc_backends[i] != *backend_p)
        i++;
    while (st == BC_UNSUPPORTED && bc_backends[++i] != NULL)
        if (bc_backends[i]->probe() > 0) {
            *backend_p = bc_backends[i];
            st = bc_backends[i]->compile(g, w, o, plan_p);
        }
    return st;
}

void
bc_device_name(const char *device, char *text, size_t size)
{
    const char *comma = strrchr(device, ',');

    if (comma != NULL && strstr(comma, "thread") != NULL)
        snprintf(text, size, "%.*s)", (int)(comma - device), device);
    else
        snprintf(text, size, "%s", device);
}
