/* Products of matrices among scalars, in tiles that stay in registers. Included by replay_rows.h. */

/* Adds to LINES lines of c, from a column on, their part of a * b: a tile of WIDE vectors. */
TOGETHER void AT(tile_of_product)(double *c, int c_step, const double *a, int a_step, int a_next, const double *b,
                                  int b_step, int terms, const int LINES, const int WIDE) {
    VECTOR sum[4][2];
    for (int i = 0; i < LINES; i++)
        for (int v = 0; v < WIDE; v++) sum[i][v] = LOAD(c + (size_t)i * c_step + v * LANES);
    for (int j = 0; j < terms; j++, a += a_next, b += b_step)
        for (int i = 0; i < LINES; i++)
            for (int v = 0; v < WIDE; v++) sum[i][v] += a[(size_t)i * a_step] * LOAD(b + v * LANES);
    for (int i = 0; i < LINES; i++)
        for (int v = 0; v < WIDE; v++) STORE(c + (size_t)i * c_step + v * LANES, sum[i][v]);
}

TOGETHER void AT(lines_of_product)(double *c, int c_step, const double *a, int a_step, int a_next, const double *b,
                                   int b_step, int terms, int columns, const int LINES) {
    int k = 0;
    for (; k + 2 * LANES <= columns; k += 2 * LANES)
        AT(tile_of_product)(c + k, c_step, a, a_step, a_next, b + k, b_step, terms, LINES, 2);
    for (; k + LANES <= columns; k += LANES)
        AT(tile_of_product)(c + k, c_step, a, a_step, a_next, b + k, b_step, terms, LINES, 1);
    for (; k < columns; k++) {
        double sum[4];
        for (int i = 0; i < LINES; i++) sum[i] = c[(size_t)i * c_step + k];
        for (int j = 0; j < terms; j++)
            for (int i = 0; i < LINES; i++)
                sum[i] += a[(size_t)i * a_step + (size_t)j * a_next] * b[(size_t)j * b_step + k];
        for (int i = 0; i < LINES; i++) c[(size_t)i * c_step + k] = sum[i];
    }
}

/* c += a b. Lines of c and of b lie a step apart; a may be transposed, for its lines do too, and its columns another one. */
static void AT(add_product)(double *c, int c_step, const double *a, int a_step, int a_next, const double *b, int b_step,
                            int lines, int terms, int columns) {
    int i = 0;
    for (; i + 4 <= lines; i += 4)
        AT(lines_of_product)(c + (size_t)i * c_step, c_step, a + (size_t)i * a_step, a_step, a_next, b, b_step, terms,
                             columns, 4);
    for (; i < lines; i++)
        AT(lines_of_product)(c + (size_t)i * c_step, c_step, a + (size_t)i * a_step, a_step, a_next, b, b_step, terms,
                             columns, 1);
}
