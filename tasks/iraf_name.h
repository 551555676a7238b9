/* iraf_name.h -- the CL's environment: logical folders such as home$ and data$ in the names of
 * files.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef IRAF_NAME_H
#define IRAF_NAME_H

/* One of the CL's variables, "name=value"; those called BANDCAST_... go into this process's
 * environment as well. */
void iraf_name_set(const char *assignment);

/* VALUE with the names in it (a,b or @c) as this system knows them: a logical folder before the
 * first $ is replaced, STDIN is /dev/stdin.  What is none of the CL's variables stays, as all
 * does outside IRAF.  To be freed; NULL = out of memory. */
char *iraf_name_host(const char *value);

/* A folder as the CL names it, "node!/dir/", without the node. */
const char *iraf_name_without_node(const char *path);

#endif
