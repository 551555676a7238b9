/* test_threads.c -- every item is done once, by as many threads as there are.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>

#include "check.h"
#include "threads.h"

enum { ITEMS = 1000 };

struct seen { atomic_int times[ITEMS]; int count; atomic_int strangers; };

static void
work(void *arg, int item, int thread)
{
    struct seen *s = arg;

    atomic_fetch_add(&s->times[item], 1);
    if (thread < 0 || thread >= s->count)
        atomic_fetch_add(&s->strangers, 1);
}

/* Jobs of many sizes, one after another: a thread that wakes up late must not take part in the
 * next one. */
static void
test_count(int count)
{
    struct bc_threads *t = NULL;
    struct seen       *s = calloc(1, sizeof *s);
    int                job, i, jobs_with[ITEMS] = { 0 };

    CHECK(bc_threads_open(count, &t) == BC_OK);
    s->count = bc_threads_count(t);
    CHECK(count == 0 ? s->count >= 1 : s->count == count);
    for (job = 0; job < 3000; job++) {
        int nitem = job % 7 == 0 ? ITEMS : job % 5;

        for (i = 0; i < nitem; i++)
            jobs_with[i]++;
        bc_threads_run(t, work, s, nitem);
        for (i = 0; i < nitem; i++)
            if (atomic_load(&s->times[i]) != jobs_with[i])
                break;
        if (i < nitem)
            break;
    }
    CHECK(job == 3000);
    CHECK(atomic_load(&s->strangers) == 0);
    bc_threads_close(t);
    free(s);
}

int
main(void)
{
    struct bc_threads *t = NULL;

    test_count(1);
    test_count(2);
    test_count(7);
    test_count(0);
    CHECK(bc_threads_open(-1, &t) == BC_BAD_ARG && t == NULL);
    bc_threads_close(NULL);
    return check_end();
}
