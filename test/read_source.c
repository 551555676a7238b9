/* read_source.c -- read_source NAME: all threads open, read and close one source at a time, over and over, while
 * another is open; for importers.py.  0 if each reads what it says it holds.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdio.h>

#include "bandcast.h"

enum { THREADS = 4, TIMES = 30 };

static const char *name;

static bc_status
read_one(bc_source *source, long i)
{
    const float *pixels;
    bc_sample    sample;
    int          nx, ny;

    return bc_source_read(source, i % bc_source_count(source), &sample, &pixels, &nx, &ny);
}

static void *
read_often(void *failed)
{
    int i;

    for (i = 0; i < TIMES; i++) {
        bc_source *source = NULL;
        bc_status  st = bc_source_open(name, NULL, 0, NULL, 0, &source);

        if (st == BC_OK)
            st = read_one(source, i);
        bc_source_close(source);
        if (st != BC_OK) {
            printf("%s\n", bc_message());
            return failed;
        }
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    bc_source *source = NULL;
    pthread_t  thread[THREADS];
    void      *failed;
    int        failures = 0, i;

    if (argc != 2)
        return 2;
    name = argv[1];
    if (bc_source_open(name, NULL, 0, NULL, 0, &source) != BC_OK) {
        printf("%s\n", bc_message());
        return 1;
    }
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, read_often, &failures) != 0)
            return 1;
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &failed);
        failures += failed != NULL;
    }
    failures += read_one(source, 0) != BC_OK;
    bc_source_close(source);
    return failures > 0;
}
