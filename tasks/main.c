/* main.c -- one executable with every task in it, started under a task's name or with it as first argument.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "iraf.h"
#include "tasks.h"

static const struct { const char *name, *does; int (*run)(int argc, char **argv); } tasks[] = {
    { "bandds9",     "bring Bandcast into a running DS9",                bandds9     },
    { "bandeval",    "measure how good predictions are",                bandeval    },
    { "bandmock",    "simulate galaxies in many bands",              bandmock    },
    { "bandmodel",   "list, show, check, import, export and join models", bandmodel },
    { "bandpar",     "list, set and check parameters",                  bandpar     },
    { "bandpredict", "predict the missing band of a galaxy image",      bandpredict },
    { "bandprep",    "build a training set from images",                bandprep    },
    { "bandtrain",   "train a network to predict one band from others", bandtrain   },
    { NULL,          NULL,                                              NULL        }
};

/* Index of the task called NAME, perhaps a path, or -1. */
static int
find(const char *name)
{
    const char *slash = strrchr(name, '/');
    int         i;

    for (i = 0; tasks[i].name != NULL; i++)
        if (strcmp(slash != NULL ? slash + 1 : name, tasks[i].name) == 0)
            return i;
    return -1;
}

static iraf_task
find_task(const char *name)
{
    int i = find(name);

    return i >= 0 ? tasks[i].run : NULL;
}

static void
list(FILE *to)
{
    int i;

    fprintf(to, "bandcast %s: predicts a missing band of galaxy images.  The tasks:\n\n", bc_version());
    for (i = 0; tasks[i].name != NULL; i++)
        fprintf(to, "  %-12s  %s\n", tasks[i].name, tasks[i].does);
    fprintf(to, "\n'TASK --help' explains each.\n");
}

/* No file that a task opens may get the number of a stream that is closed: what is printed would go into it. */
static void
occupy_streams(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", O_RDONLY);
}

int
main(int argc, char **argv)
{
    int i = argc > 0 ? find(argv[0]) : -1;

    occupy_streams();
    if (i >= 0)
        return tasks[i].run(argc, argv);
    if (argc > 1 && strchr(argv[1], '/') == NULL && (i = find(argv[1])) >= 0)
        return tasks[i].run(argc - 1, argv + 1);
    if (argc == 2 && strcmp(argv[1], "-c") == 0)
        return iraf_serve(find_task);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        list(stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("bandcast %s\n", bc_version());
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "bandcast: no task is called '%s' ('bandcast' alone lists them)\n", argv[1]);
    return 2;
}
