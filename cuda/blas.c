/* blas.c -- cuBLASLt, which cuDNN loads by itself, and ends the program where it cannot.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "blas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"

/* Where a library's own are searched for: Python's wheels name each other's folders in theirs. */
static Dl_serinfo *
folders_of(void *library)
{
    Dl_serinfo size, *folders = NULL;

    if (library != NULL && dlinfo(library, RTLD_DI_SERINFOSIZE, &size) == 0)
        folders = malloc(size.dls_size);
    if (folders != NULL
        && (dlinfo(library, RTLD_DI_SERINFOSIZE, folders) != 0 || dlinfo(library, RTLD_DI_SERINFO, folders) != 0))
        folders->dls_cnt = 0;
    return folders;
}

bc_status
blas_load(int generation)
{
    void       *cudnn = dlopen("libcudnn_graph.so.9", RTLD_LAZY | RTLD_NOLOAD), *blas;
    Dl_serinfo *folders = folders_of(cudnn);
    char        name[32], file[4096];
    unsigned    i;

    snprintf(name, sizeof name, "libcublasLt.so.%d", generation);
    blas = dlopen(name, RTLD_LAZY);
    for (i = 0; blas == NULL && folders != NULL && i < folders->dls_cnt; i++) {
        snprintf(file, sizeof file, "%s/%s", folders->dls_serpath[i].dls_name, name);
        blas = dlopen(file, RTLD_LAZY);
    }
    free(folders);
    if (cudnn != NULL)
        dlclose(cudnn);
    return blas != NULL ? BC_OK : bc_fail(BC_NO_DEVICE, "cuDNN needs %s, which is not found", name);
}
