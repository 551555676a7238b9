/* tasks.h -- the tasks; main.c calls them by their names.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef TASKS_H
#define TASKS_H

int bandds9(int argc, char **argv);
int bandeval(int argc, char **argv);
int bandmock(int argc, char **argv);
int bandmodel(int argc, char **argv);
int bandpar(int argc, char **argv);
int bandpredict(int argc, char **argv);
int bandprep(int argc, char **argv);
int bandtrain(int argc, char **argv);

#endif
