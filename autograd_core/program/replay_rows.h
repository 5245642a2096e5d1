/* What a replay does to rows of a block, in vectors of LANES numbers. Included by replay.h once an instruction set, each
 * time with names of their own: AT(f) is f_avx2, for example. No guard against that: it is what this file is for. */
#include "blocks.h" /* forward_rows and backward_rows, generated from the table */

typedef double AT(vector) __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
#define VECTOR AT(vector)
#define LOAD(pointer) (*(const VECTOR *)(pointer))
#define STORE(pointer, numbers) (*(VECTOR *)(pointer) = (numbers))
#define TOGETHER static inline __attribute__((always_inline))

TOGETHER double AT(sum)(VECTOR v) {
    double sum = v[0];
    for (int k = 1; k < LANES; k++) sum += v[k];
    return sum;
}

/* Adds to some rows of `out` their weighted sums of rows of `in`: a tile of OUT rows by WIDE vectors, in registers. */
TOGETHER void AT(tile)(double *out, const int32_t *out_row, const double *in, const int32_t *in_row, int in_count,
                       const double *weights, int stride, int pitch, const int OUT, const int WIDE) {
    VECTOR sum[4][2];
    for (int o = 0; o < OUT; o++)
        for (int v = 0; v < WIDE; v++) sum[o][v] = LOAD(out + (size_t)out_row[o] * pitch + v * LANES);
    for (int k = 0; k < in_count; k++, weights += stride) {
        const double *x = in + (size_t)in_row[k] * pitch;
        for (int o = 0; o < OUT; o++)
            for (int v = 0; v < WIDE; v++) sum[o][v] += weights[o] * LOAD(x + v * LANES);
    }
    for (int o = 0; o < OUT; o++)
        for (int v = 0; v < WIDE; v++) STORE(out + (size_t)out_row[o] * pitch + v * LANES, sum[o][v]);
}

TOGETHER void AT(tiles)(double *out, const int32_t *out_row, const double *in, const int32_t *in_row, int in_count,
                        const double *weights, int stride, int n, int pitch, const int OUT) {
    int at = 0;
    for (; at + 2 * LANES <= n; at += 2 * LANES)
        AT(tile)(out + at, out_row, in + at, in_row, in_count, weights, stride, pitch, OUT, 2);
    if (at < n) AT(tile)(out + at, out_row, in + at, in_row, in_count, weights, stride, pitch, OUT, 1);
}

/* out[o] += sum over k of weights[k][o] * in[k], for rows. */
static void AT(add_weighted_rows)(double *out, const int32_t *out_row, int out_count, const double *in,
                                  const int32_t *in_row, int in_count, const double *weights, int n, int pitch) {
    int o = 0;
    for (; o + 4 <= out_count; o += 4)
        AT(tiles)(out, out_row + o, in, in_row, in_count, weights + o, out_count, n, pitch, 4);
    switch (out_count - o) {
    case 3: AT(tiles)(out, out_row + o, in, in_row, in_count, weights + o, out_count, n, pitch, 3); break;
    case 2: AT(tiles)(out, out_row + o, in, in_row, in_count, weights + o, out_count, n, pitch, 2); break;
    case 1: AT(tiles)(out, out_row + o, in, in_row, in_count, weights + o, out_count, n, pitch, 1); break;
    default: break;
    }
}

/* by_weight[i][t] += sum over the examples of g[i] * x[t], for a tile of NEURONS by TERMS. */
TOGETHER void AT(tile_of_products)(double *by_weight, int stride, const double *A, const int32_t *neuron_row,
                                   const double *V, const int32_t *term_row, int n, int pitch, const int NEURONS,
                                   const int TERMS) {
    VECTOR sum[4][2];
    for (int i = 0; i < NEURONS; i++)
        for (int t = 0; t < TERMS; t++) sum[i][t] = (VECTOR){0};
    for (int at = 0; at < n; at += LANES)
        for (int i = 0; i < NEURONS; i++)
            for (int t = 0; t < TERMS; t++)
                sum[i][t] += LOAD(A + (size_t)neuron_row[i] * pitch + at) * LOAD(V + (size_t)term_row[t] * pitch + at);
    for (int i = 0; i < NEURONS; i++)
        for (int t = 0; t < TERMS; t++) {
            double total = AT(sum)(sum[i][t]);
            if (total != total) { /* perhaps 0 * inf, which is 0 here: with care */
                const double *g = A + (size_t)neuron_row[i] * pitch, *x = V + (size_t)term_row[t] * pitch;
                total = 0.0;
                for (int b = 0; b < n; b++) total += times(g[b], x[b]);
            }
            by_weight[(size_t)i * stride + t] += total;
        }
}

TOGETHER void AT(products_of)(double *by_weight, const double *A, const int32_t *neuron_row, const double *V,
                              const int32_t *term_row, int terms, int n, int pitch, const int NEURONS) {
    int t = 0;
    for (; t + 2 <= terms; t += 2)
        AT(tile_of_products)(by_weight + t, terms, A, neuron_row, V, term_row + t, n, pitch, NEURONS, 2);
    if (t < terms) AT(tile_of_products)(by_weight + t, terms, A, neuron_row, V, term_row + t, n, pitch, NEURONS, 1);
}

static void AT(add_products)(double *by_weight, const double *A, const int32_t *neuron_row, int neurons, const double *V,
                             const int32_t *term_row, int terms, int n, int pitch) {
    int i = 0;
    for (; i + 4 <= neurons; i += 4)
        AT(products_of)(by_weight + (size_t)i * terms, A, neuron_row + i, V, term_row, terms, n, pitch, 4);
    for (; i < neurons; i++)
        AT(products_of)(by_weight + (size_t)i * terms, A, neuron_row + i, V, term_row, terms, n, pitch, 1);
}

static double AT(row_sum)(const double *row, int n) {
    VECTOR sum = {0};
    for (int at = 0; at < n; at += LANES) sum += LOAD(row + at);
    return AT(sum)(sum);
}

static int AT(all_finite)(const double *A, const int32_t *row, int rows, int n, int pitch, const double *weights,
                          int count) {
    VECTOR sum = {0};
    for (int i = 0; i < rows; i++)
        for (int at = 0; at < n; at += LANES) {
            const VECTOR g = LOAD(A + (size_t)row[i] * pitch + at);
            sum += g - g; /* 0, or nan for an infinity or a nan */
        }
    double total = AT(sum)(sum);
    for (int k = 0; k < count; k++) total += weights[k] - weights[k];
    return total == 0.0;
}

static void AT(layer_forward)(const autograd_plan *p, int l, const double *S, double *V, const double *forth, int n,
                              int pitch) {
    const int begin = p->neuron_begin[l], neurons = p->neuron_begin[l + 1] - begin;
    const int32_t *neuron_row = p->neuron_row + begin;
    for (int i = 0; i < neurons; i++) {
        double *z = V + (size_t)neuron_row[i] * pitch;
        if (p->bias_row[begin + i] >= 0)
            memcpy(z, V + (size_t)p->bias_row[begin + i] * pitch, (size_t)n * sizeof(double));
        else {
            const double bias = p->bias_slot[begin + i] >= 0 ? S[p->bias_slot[begin + i]] : -0.0;
            for (int b = 0; b < n; b++) z[b] = bias;
        }
    }
    AT(add_weighted_rows)(V, neuron_row, neurons, V, p->term_row + p->term_begin[l],
                          p->term_begin[l + 1] - p->term_begin[l], forth, n, pitch);
}

static void AT(layer_backward)(const autograd_plan *p, int l, double *SA, const double *V, double *A, const double *back,
                               double *by_weight, int n, int pitch) {
    const int begin = p->neuron_begin[l], neurons = p->neuron_begin[l + 1] - begin;
    const int32_t *neuron_row = p->neuron_row + begin, *term_row = p->term_row + p->term_begin[l];
    if (p->weights_needed[p->pack[l]])
        AT(add_products)(by_weight, A, neuron_row, neurons, V, term_row, p->term_begin[l + 1] - p->term_begin[l], n,
                         pitch);
    const int count = p->passed_begin[l + 1] - p->passed_begin[l];
    const int32_t *passed = p->passed_row + p->passed_begin[l];
    /* A tile would lose what another of its lines adds to the same row, and knows nothing of 0 * inf = 0. */
    if (p->rows_distinct[l] && AT(all_finite)(A, neuron_row, neurons, n, pitch, back, neurons * count))
        AT(add_weighted_rows)(A, passed, count, A, neuron_row, neurons, back, n, pitch);
    else
        for (int i = 0; i < neurons; i++)
            for (int t = 0; t < count; t++) {
                const double *g = A + (size_t)neuron_row[i] * pitch, w = back[(size_t)i * count + t];
                double *gx = A + (size_t)passed[t] * pitch;
                for (int b = 0; b < n; b++) gx[b] += times(g[b], w);
            }
    for (int i = 0; i < neurons; i++) {
        const double *g = A + (size_t)neuron_row[i] * pitch;
        const int slot = p->bias_slot[begin + i], row = p->bias_row[begin + i];
        if (slot >= 0 && p->slot_needed[slot]) SA[slot] += AT(row_sum)(g, n);
        if (row >= 0 && p->row_needed[row])
            for (int b = 0; b < n; b++) A[(size_t)row * pitch + b] += g[b];
    }
}

/* z = bias + sum over k of left[k] * right[k], for rows: WIDE vectors of it, in registers. */
TOGETHER void AT(sum_of_products)(double *z, const double *bias, const double *V, const int32_t *left, const int32_t *right,
                                  int count, int pitch, const int WIDE) {
    VECTOR sum[4];
    for (int v = 0; v < WIDE; v++) sum[v] = bias ? LOAD(bias + v * LANES) : -(VECTOR){0};
    for (int k = 0; k < count; k++) {
        const double *x = V + (size_t)left[k] * pitch, *y = V + (size_t)right[k] * pitch;
        for (int v = 0; v < WIDE; v++) sum[v] += LOAD(x + v * LANES) * LOAD(y + v * LANES);
    }
    for (int v = 0; v < WIDE; v++) STORE(z + v * LANES, sum[v]);
}

static void AT(products_forward)(const autograd_plan *p, int i, double *V, int n, int pitch) {
    const int32_t *a = p->arguments + 3 * (size_t)i, *left = p->row_left + a[1], *right = p->row_right + a[1];
    const double *bias = a[0] == NONE ? NULL : V + (size_t)a[0] * pitch;
    double *z = V + (size_t)p->result[i] * pitch;
    int at = 0;
    for (; at + 4 * LANES <= n; at += 4 * LANES)
        AT(sum_of_products)(z + at, bias ? bias + at : NULL, V + at, left, right, a[2] - a[1], pitch, 4);
    for (; at < n; at += LANES)
        AT(sum_of_products)(z + at, bias ? bias + at : NULL, V + at, left, right, a[2] - a[1], pitch, 1);
}

static void AT(pass_on)(double *out, const double *g, const double *x, int n) {
    for (int b = 0; b < n; b++) out[b] += times(g[b], x[b]);
}

static void AT(products_backward)(const autograd_plan *p, int i, const double *V, double *A, int n, int pitch) {
    const int32_t *a = p->arguments + 3 * (size_t)i;
    const double *g = A + (size_t)p->result[i] * pitch;
    if (a[0] != NONE && p->row_needed[a[0]])
        for (int b = 0; b < n; b++) A[(size_t)a[0] * pitch + b] += g[b];
    for (int k = a[1]; k < a[2]; k++) {
        const int32_t left = p->row_left[k], right = p->row_right[k];
        if (p->row_needed[left]) AT(pass_on)(A + (size_t)left * pitch, g, V + (size_t)right * pitch, n);
        if (p->row_needed[right]) AT(pass_on)(A + (size_t)right * pitch, g, V + (size_t)left * pitch, n);
    }
}

static void AT(block_forward)(const autograd_plan *p, const autograd_memory *m, int n) {
    const int pitch = m->pitch;
    double *V = m->V, *D = m->D;
    for (int i = 0; i < p->ops; i++) {
        const int32_t *a = p->arguments + 3 * (size_t)i;
        if (p->opcode[i] == LAYER) {
            AT(layer_forward)(p, a[0], m->S, V, m->forth + p->weight_begin[p->pack[a[0]]], n, pitch);
        } else if (p->opcode[i] == PRODUCTS) {
            AT(products_forward)(p, i, V, n, pitch);
        } else {
            AT(forward_rows)(p->opcode[i], V + (size_t)p->result[i] * pitch, D, V + (size_t)a[0] * pitch,
                             V + (size_t)a[1] * pitch, V + (size_t)a[2] * pitch, n);
            if (D && autograd_is_kept(p->opcode[i])) D += pitch;
        }
    }
}

static void AT(block_backward)(const autograd_plan *p, const autograd_memory *m, int n) {
    const int pitch = m->pitch;
    const double *V = m->V, *D = m->D_end;
    double *A = m->A;
    for (int i = p->ops - 1; i >= 0; i--) {
        const int32_t *a = p->arguments + 3 * (size_t)i;
        const int32_t result = p->result[i];
        if (p->opcode[i] >= 0 && autograd_is_kept(p->opcode[i])) D -= pitch;
        if (!p->row_needed[result]) continue;
        if (p->opcode[i] == LAYER) {
            const int pack = p->pack[a[0]];
            AT(layer_backward)(p, a[0], m->SA, V, A, m->back + p->back_begin[pack],
                               m->by_weight + p->weight_begin[pack], n, pitch);
        } else if (p->opcode[i] == PRODUCTS) {
            AT(products_backward)(p, i, V, A, n, pitch);
        } else {
            int mask = 0;
            const int arity = autograd_arity(p->opcode[i]);
            for (int k = 0; k < arity; k++) mask |= p->row_needed[a[k]] << k;
            AT(backward_rows)(p->opcode[i], mask, A + (size_t)result * pitch, V + (size_t)result * pitch, D,
                              V + (size_t)a[0] * pitch, V + (size_t)a[1] * pitch, V + (size_t)a[2] * pitch,
                              A + (size_t)a[0] * pitch, A + (size_t)a[1] * pitch, A + (size_t)a[2] * pitch, n);
        }
    }
}

/* Turns examples from `from` on (a line each) into rows of V (a row an input). */
static void AT(load_examples)(const autograd_plan *p, const autograd_batch *batch, double *V, int64_t from, int real,
                              int n, int pitch) {
    const int32_t *row = p->input_row;
    for (int k = 0; k < batch->arrays; k++) {
        const int64_t width = batch->width[k];
        const double *line = batch->numbers[k] + from * width;
        for (int at = 0; at < real - real % LANES; at += LANES)
            for (int64_t j = 0; j < width; j++) {
                VECTOR numbers;
                for (int b = 0; b < LANES; b++) numbers[b] = line[(at + b) * width + j];
                STORE(V + (size_t)row[j] * pitch + at, numbers);
            }
        for (int64_t j = 0; j < width; j++)
            for (int b = real - real % LANES; b < real; b++) V[(size_t)row[j] * pitch + b] = line[b * width + j];
        for (int64_t j = 0; j < width; j++) /* whole vectors; the last example fills the rest, with gradient 0 */
            for (int b = real; b < n; b++) V[(size_t)row[j] * pitch + b] = V[(size_t)row[j] * pitch + real - 1];
        row += width;
    }
}

static void AT(store_gradients)(const autograd_plan *p, const autograd_batch *batch, const double *A, int64_t from,
                                int real, int pitch) {
    const int32_t *row = p->input_row;
    for (int k = 0; k < batch->arrays; k++) {
        const int64_t width = batch->width[k];
        if (batch->gradient[k] != NULL)
            for (int64_t j = 0; j < width; j++)
                for (int b = 0; b < real; b++)
                    batch->gradient[k][(from + b) * width + j] =
                        p->row_needed[row[j]] ? A[(size_t)row[j] * pitch + b] : 0.0;
        row += width;
    }
}

/* The guard that the first of the examples breaks (1 + its number), or 0. */
static int AT(broken_guard)(const autograd_plan *p, const double *V, int real, int pitch, int *example) {
    int status = 0;
    *example = real;
    for (int k = 0; k < p->guards; k++) {
        if (p->guard_row[k] < 0) continue;
        const double *row = V + (size_t)p->guard_row[k] * pitch;
        for (int b = 0; b < *example; b++)
            if ((row[b] != 0.0) != p->guard_truth[k]) {
                *example = b;
                status = 1 + k;
            }
    }
    return status;
}

static int AT(run_blocks)(const autograd_plan *p, const autograd_memory *m, const autograd_batch *batch, double *outputs,
                          double *total, int with_gradient, double seed, int64_t *broken) {
    const int pitch = m->pitch, most = block_of(batch->count);
    double *V = m->V, *A = m->A;
    *total = 0.0;
    for (int k = 0; k < p->spread; k++) {
        const size_t at = (size_t)k * pitch;
        for (int b = 0; b < most; b++) V[at + b] = m->S[p->spread_slot[k]];
        if (with_gradient) memset(A + at, 0, (size_t)most * sizeof(double));
    }
    const int is_row = p->outputs > 0 && p->output_row[0] >= 0;
    if (with_gradient && !is_row) /* the output is the same for all examples */
        for (int k = 0; k < batch->arrays; k++)
            if (batch->gradient[k] != NULL)
                memset(batch->gradient[k], 0, (size_t)(batch->count * batch->width[k]) * sizeof(double));
    int status = 0;
    for (int64_t from = 0; from < batch->count && !status; from += BLOCK) {
        const int real = batch->count - from < BLOCK ? (int)(batch->count - from) : BLOCK;
        const int n = whole_vectors(real);
        AT(load_examples)(p, batch, V, from, real, n, pitch);
        AT(block_forward)(p, m, n);
        int example;
        status = AT(broken_guard)(p, V, real, pitch, &example);
        if (status) {
            *broken = from + example;
            break;
        }
        if (outputs != NULL)
            for (int k = 0; k < p->outputs; k++)
                for (int b = 0; b < real; b++)
                    outputs[(from + b) * p->outputs + k] =
                        p->output_row[k] >= 0 ? V[(size_t)p->output_row[k] * pitch + b] : m->S[p->output_slot[k]];
        double sum = 0.0;
        for (int b = 0; is_row && b < real; b++) sum += V[(size_t)p->output_row[0] * pitch + b];
        *total += sum;
        if (!with_gradient || !is_row) continue;
        /* rows of spread scalars come first and gather their gradients over all blocks */
        for (int row = p->spread; row < p->rows; row++)
            if (p->row_needed[row]) memset(A + (size_t)row * pitch, 0, (size_t)n * sizeof(double));
        double *last = A + (size_t)p->output_row[0] * pitch;
        for (int b = 0; b < real; b++) last[b] = seed;
        AT(block_backward)(p, m, n);
        AT(store_gradients)(p, batch, A, from, real, pitch);
    }
    if (!is_row && p->outputs > 0) *total = m->S[p->output_slot[0]] * (double)batch->count;
    if (with_gradient && !status)
        for (int k = 0; k < p->spread; k++)
            m->SA[p->spread_slot[k]] += AT(row_sum)(A + (size_t)k * pitch, most);
    return status;
}

#include "replay_matrices.h"

/* A function of one argument at the numbers of an array. */
static void AT(values)(int opcode, const double *X, double *Z, int64_t count) {
    for (int64_t from = 0; from < count; from += BLOCK)
        AT(forward_rows)(opcode, Z + from, NULL, X + from, NULL, NULL, count - from < BLOCK ? (int)(count - from) : BLOCK);
}

/* The slopes alone of a function whose slope is kept. */
static void AT(slopes)(int opcode, const double *X, double *D, int64_t count) {
    double Z[BLOCK];
    for (int64_t from = 0; from < count; from += BLOCK)
        AT(forward_rows)(opcode, Z, D + from, X + from, NULL, NULL, count - from < BLOCK ? (int)(count - from) : BLOCK);
}
#undef VECTOR
#undef LOAD
#undef STORE
#undef TOGETHER
