/* Replay on scalars: of instructions, alone or in a row, of sums of products, and of matrices at one place or several.
 * Included by replay.h. */

/* Lays side by side what a matrix looks at. */
static const autograd_matrix *look(const autograd_plan *p, int i, const autograd_memory *m) {
    const autograd_matrix *matrix = p->matrix + p->shared_arguments[3 * (size_t)i];
    const int32_t *looked = p->product_left + p->product_begin[i];
    for (int k = 0; k < matrix->places * matrix->terms; k++) m->x[k] = m->S[looked[k]];
    return matrix;
}

static void matrix_forward(const autograd_plan *p, int i, const autograd_memory *m) {
    const autograd_matrix *matrix = look(p, i, m);
    const int lines = matrix->lines, terms = matrix->terms, places = matrix->places;
    const double *w = m->S + matrix->weights;
    double *z = m->S + p->shared_result[i];
    for (int k = 0; k < places * lines; k++) {
        const int bias = p->layer_bias[matrix->biases + k];
        z[k] = bias == NONE ? -0.0 : m->S[bias]; /* for a sum of -0.0 is -0.0 */
    }
    for (int n = 0; n < lines; n++, w += matrix->step)
        for (int k = 0; k < terms; k++) m->columns[(size_t)k * lines + n] = w[k];
    autograd_add_product(z, lines, m->x, terms, 1, m->columns, lines, places, terms, lines);
}

static void matrix_backward(const autograd_plan *p, int i, const autograd_memory *m, int carefully) {
    const autograd_matrix *matrix = look(p, i, m);
    const int32_t *looked = p->product_left + p->product_begin[i];
    const int lines = matrix->lines, terms = matrix->terms, places = matrix->places, step = matrix->step;
    const double *g = m->SA + p->shared_result[i], *w = m->S + matrix->weights;
    double *by_w = m->SA + matrix->weights;
    for (int k = 0; k < places * lines; k++) {
        const int bias = p->layer_bias[matrix->biases + k];
        if (bias != NONE) m->SA[bias] += g[k];
    }
    memset(m->by_x, 0, (size_t)(places * terms) * sizeof(double));
    if (!carefully) {
        autograd_add_product(by_w, step, g, 1, lines, m->x, terms, lines, places, terms);
        autograd_add_product(m->by_x, terms, g, lines, 1, w, step, places, lines, terms);
    }
    for (int at = 0; carefully && at < places; at++)
        for (int n = 0; n < lines; n++, g++)
            for (int k = 0; k < terms; k++) {
                by_w[(size_t)n * step + k] += times(*g, m->x[at * terms + k]);
                m->by_x[at * terms + k] += times(*g, w[(size_t)n * step + k]);
            }
    for (int k = 0; k < places * terms; k++) m->SA[looked[k]] += m->by_x[k];
}

/* Whether an argument of instructions in a row follows as their results do. */
static inline int steps(const autograd_plan *p, int i, int argument) { return p->shared_steps[i] >> argument & 1; }

/* Where the slopes of instructions in a row are kept, if they are. */
static double *slopes_of(const autograd_plan *p, int i, const autograd_memory *m) {
    const int is_kept = m->slopes != NULL && autograd_is_kept(p->shared_opcode[i]);
    return is_kept ? m->slopes + p->shared_arguments[3 * (size_t)i + 1] : NULL;
}

/* Instructions in a row are run as on a row of examples; what stays the same for all is laid out as often. */
static void run_forward(const autograd_plan *p, int i, const autograd_memory *m) {
    const int32_t *a = p->shared_arguments + 3 * (size_t)i;
    const int count = p->shared_count[i], arity = autograd_arity(p->shared_opcode[i]);
    double same[3][BLOCK], *D = slopes_of(p, i, m);
    const double *x[3] = {same[0], same[1], same[2]};
    for (int k = 0; k < arity; k++)
        for (int b = 0; b < count && b < BLOCK && !steps(p, i, k); b++) same[k][b] = m->S[a[k]];
    for (int at = 0; at < count; at += BLOCK) {
        const int n = count - at < BLOCK ? count - at : BLOCK;
        for (int k = 0; k < arity; k++)
            if (steps(p, i, k)) x[k] = m->S + a[k] + at;
        double *z = m->S + p->shared_result[i] + at;
        autograd_forward_rows(p->shared_opcode[i], z, D ? D + at : NULL, x[0], x[1], x[2], n);
    }
}

static void run_backward(const autograd_plan *p, int i, int mask, const autograd_memory *m) {
    const int32_t *a = p->shared_arguments + 3 * (size_t)i;
    const int count = p->shared_count[i], arity = autograd_arity(p->shared_opcode[i]);
    double same[3][BLOCK], by_same[3][BLOCK], *D = slopes_of(p, i, m);
    double *x[3] = {same[0], same[1], same[2]}, *g[3] = {by_same[0], by_same[1], by_same[2]};
    for (int k = 0; k < arity; k++)
        for (int b = 0; b < count && b < BLOCK && !steps(p, i, k); b++) {
            same[k][b] = m->S[a[k]];
            by_same[k][b] = 0.0;
        }
    for (int at = 0; at < count; at += BLOCK) {
        const int n = count - at < BLOCK ? count - at : BLOCK, z = p->shared_result[i] + at;
        for (int k = 0; k < arity; k++)
            if (steps(p, i, k)) {
                x[k] = m->S + a[k] + at;
                g[k] = m->SA + a[k] + at;
            }
        autograd_backward_rows(p->shared_opcode[i], mask, m->SA + z, m->S + z, D ? D + at : NULL, x[0], x[1], x[2], g[0],
                               g[1], g[2], n);
    }
    for (int k = 0; k < arity; k++)
        for (int b = 0; b < count && b < BLOCK && !steps(p, i, k); b++) m->SA[a[k]] += by_same[k][b];
}

static void shared_forward(const autograd_plan *p, const autograd_memory *m) {
    double *S = m->S;
    double unused[3];
    for (int i = 0; i < p->shared_ops; i++) {
        const int32_t *a = p->shared_arguments + 3 * (size_t)i;
        if (p->shared_opcode[i] == LAYER) {
            matrix_forward(p, i, m);
        } else if (p->shared_opcode[i] == PRODUCTS) {
            double z = a[0] == NONE ? -0.0 : S[a[0]];
            for (int k = p->product_begin[i]; k < p->product_begin[i + 1]; k++)
                z += S[p->product_left[k]] * S[p->product_right[k]];
            S[p->shared_result[i]] = z;
        } else if (p->shared_count[i] > 1) {
            run_forward(p, i, m);
        } else {
            S[p->shared_result[i]] = autograd_kernel(p->shared_opcode[i], 0, S[a[0]], S[a[1]], S[a[2]], unused,
                                                     unused + 1, unused + 2);
        }
    }
}

static void shared_backward(const autograd_plan *p, const autograd_memory *m, int carefully) {
    const double *S = m->S;
    double *SA = m->SA;
    for (int i = p->shared_ops - 1; i >= 0; i--) {
        const int32_t *a = p->shared_arguments + 3 * (size_t)i;
        const int32_t z = p->shared_result[i];
        const double g = SA[z];
        if (!p->slot_needed[z]) continue;
        if (p->shared_opcode[i] == LAYER) {
            matrix_backward(p, i, m, carefully);
            continue;
        }
        if (p->shared_opcode[i] == PRODUCTS) {
            if (g == 0.0) continue;
            if (a[0] != NONE) SA[a[0]] += g;
            for (int k = p->product_begin[i]; k < p->product_begin[i + 1]; k++) {
                const int32_t left = p->product_left[k], right = p->product_right[k];
                SA[left] += times(g, S[right]);
                SA[right] += times(g, S[left]);
            }
            continue;
        }
        const int arity = autograd_arity(p->shared_opcode[i]);
        int mask = 0;
        for (int k = 0; k < arity; k++) mask |= p->slot_needed[a[k]] << k;
        if (p->shared_count[i] > 1) {
            run_backward(p, i, mask, m);
            continue;
        }
        if (g == 0.0) continue;
        double d[3] = {0, 0, 0};
        autograd_partials(p->shared_opcode[i], mask, S[a[0]], S[a[1]], S[a[2]], S[z], d, d + 1, d + 2);
        for (int k = 0; k < arity; k++)
            if (mask >> k & 1) SA[a[k]] += times(g, d[k]);
    }
}
