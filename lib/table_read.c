/* table_read.c -- a table of a FITS file, such as a catalogue, for who does not see FITS.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "fits.h"
#include "status.h"

struct bc_table {
    struct bc_fits        *file;
    long                   nrow;
    int                    ncol;
    struct bc_fits_column *column;      /* (ncol) */
};

bc_status
bc_table_open(const char *name, int i, bc_table **table_p)
{
    bc_table *table;
    int       j;
    bc_status st = i < 0 ? bc_fail(BC_BAD_ARG, "there is no table %d", i)
                         : bc_need_text(name, "the name of a table's file");

    if (st != BC_OK)
        return st;
    table = calloc(1, sizeof *table);
    st = table != NULL ? bc_fits_open_table(name, i, &table->file) : bc_fail_memory(sizeof *table, "a table");
    if (st == BC_OK)
        st = bc_fits_table_size(table->file, &table->nrow, &table->ncol);
    if (st == BC_OK) {
        table->column = calloc((size_t)table->ncol + 1, sizeof *table->column);
        if (table->column == NULL)
            st = bc_fail_memory((size_t)table->ncol * sizeof *table->column, "a table");
    }
    for (j = 0; st == BC_OK && j < table->ncol; j++)
        st = bc_fits_describe_column(table->file, j, &table->column[j]);
    if (st == BC_OK)
        *table_p = table;
    else
        bc_table_close(table);
    return st;
}

void
bc_table_close(bc_table *table)
{
    if (table == NULL)
        return;
    bc_fits_close(table->file);
    free(table->column);
    free(table);
}

long bc_table_rows(const bc_table *table)       { return table->nrow; }
int  bc_table_columns(const bc_table *table)    { return table->ncol; }

const char *
bc_table_column(const bc_table *table, int j)
{
    return j >= 0 && j < table->ncol && table->column[j].kind != 0 ? table->column[j].name : "";
}

const char *
bc_table_unit(const bc_table *table, int j)
{
    return j >= 0 && j < table->ncol ? table->column[j].unit : "";
}

bc_status
bc_table_cell(bc_table *table, long row, int j, char *text, size_t size)
{
    if (row < 0 || row >= table->nrow || *bc_table_column(table, j) == '\0')
        return bc_fail(BC_BAD_ARG, "there is no cell in row %ld of column %d", row, j);
    return bc_fits_read_cell(table->file, j, table->column[j].kind, row, text, size);
}
