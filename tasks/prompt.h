/* prompt.h -- asks for parameters on a terminal.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROMPT_H
#define PROMPT_H

#include "par.h"

/* 1: there is somebody to ask: stdin and stderr are a terminal (or BANDCAST_PROMPT=stdin says that
 * the answers are in stdin), and HEADASNOQUERY is not set. */
int prompt_possible(void);

/* Ask for the value of P, a parameter of TASK, until it is good; an empty answer takes the value
 * shown in brackets, ? shows P's help.  -1: the answers have ended or too many were wrong, which is
 * said. */
int prompt_ask(const char *task, struct par *p, const struct par_ear *ear);

#endif
