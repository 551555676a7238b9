/* iraf.h -- the tasks inside IRAF's CL and PyRAF, which start the executable as "x_bandcast.e -c".
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef IRAF_H
#define IRAF_H

typedef int (*iraf_task)(int argc, char **argv);

/* Do what the CL says until it ends the connection.  FIND gives the task of a name, or NULL.  The
 * exit status. */
int iraf_serve(iraf_task (*find)(const char *name));

#endif
