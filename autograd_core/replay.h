/* Replay of a program in C, over blocks of examples.
 *
 * Slots that depend on shared inputs only are scalars (S), with their gradients (SA); the others are rows of a block (V),
 * one number an example, with theirs (A). A scalar that instructions on blocks use is spread over a row first. Chains of
 * bias + sum(w * x) with shared w are one instruction, DOT. The loops over a block are SIMD; gcc makes each function
 * below for several instruction sets and the loader picks one. */
#ifndef AUTOGRAD_REPLAY_H
#define AUTOGRAD_REPLAY_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "kernels.h"
#include "blocks.h" /* forward_rows and backward_rows, generated from the table */

#define BLOCK 128
/* A row is a cache line longer, or all rows would compete for the same few lines of the cache. */
#define ROW (BLOCK + 8)
#define DOT (-1)

typedef struct {
    int slots, shared_ops, ops, rows, spread, example_inputs, outputs, guards;
    const int16_t *shared_opcode;     /* shared_ops */
    const int32_t *shared_arguments;  /* shared_ops x 3, slots */
    const int32_t *shared_result;     /* shared_ops, slots */
    const int16_t *opcode;            /* ops */
    const int32_t *arguments;         /* ops x 3, rows; of a DOT: row of the bias or -1, its slot or -1, unused */
    const int32_t *result;            /* ops, rows */
    const int32_t *terms;             /* ops + 1: where the terms of a DOT begin */
    const int32_t *term_weight;       /* slots */
    const int32_t *term_row;          /* rows */
    const uint8_t *row_needed;        /* rows: whether a gradient is wanted */
    const uint8_t *slot_needed;       /* slots */
    const int32_t *spread_slot;       /* spread, slots */
    const int32_t *spread_row;        /* spread, rows */
    const int32_t *input_row;         /* example_inputs: its row */
    const int32_t *output_row;        /* outputs: row or -1 */
    const int32_t *output_slot;       /* outputs: slot or -1 */
    const int32_t *guard_row;         /* guards: row or -1 */
    const int32_t *guard_slot;
    const uint8_t *guard_truth;
} autograd_plan;

/* Eight numbers of a row: one register, two or four, as the instruction set has it. */
typedef double eight __attribute__((vector_size(64), aligned(8), may_alias));
#define EIGHT(pointer, at) (*(const eight *)((pointer) + (at)))

static inline double sum_of_eight(eight v) {
    typedef long long order __attribute__((vector_size(64)));
    v += __builtin_shuffle(v, (order){4, 5, 6, 7, 0, 1, 2, 3});
    v += __builtin_shuffle(v, (order){2, 3, 0, 1, 6, 7, 4, 5});
    return v[0] + v[1];
}

AUTOGRAD_CLONES
static void dot_forward(double *restrict z, const double *restrict bias, double start, const double *V, const double *S,
                        const int32_t *weights, const int32_t *rows, int terms, int n) {
    int at = 0;
    for (; at + 32 <= n; at += 32) {
        eight s0, s1, s2, s3;
        if (bias) {
            s0 = EIGHT(bias, at), s1 = EIGHT(bias, at + 8), s2 = EIGHT(bias, at + 16), s3 = EIGHT(bias, at + 24);
        } else {
            s0 = s1 = s2 = s3 = (eight){0} + start;
        }
        for (int k = 0; k < terms; k++) {
            const double w = S[weights[k]], *x = V + (size_t)rows[k] * ROW + at;
            s0 += w * EIGHT(x, 0);
            s1 += w * EIGHT(x, 8);
            s2 += w * EIGHT(x, 16);
            s3 += w * EIGHT(x, 24);
        }
        *(eight *)(z + at) = s0;
        *(eight *)(z + at + 8) = s1;
        *(eight *)(z + at + 16) = s2;
        *(eight *)(z + at + 24) = s3;
    }
    for (; at < n; at += 8) {
        eight sum = (eight){0} + start;
        if (bias) sum = EIGHT(bias, at);
        for (int k = 0; k < terms; k++) sum += S[weights[k]] * EIGHT(V + (size_t)rows[k] * ROW, at);
        *(eight *)(z + at) = sum;
    }
}

/* A factor that is exactly 0 ends a path, as in reverse.py. */
static inline double times(double g, double d) { return (g == 0.0) | (d == 0.0) ? 0.0 : g * d; }

AUTOGRAD_CLONES
static void dot_backward(const double *restrict g, const double *V, double *A, const double *S, double *SA,
                         const int32_t *weights, const int32_t *rows, const uint8_t *row_needed,
                         const uint8_t *slot_needed, int terms, int n) {
    for (int k = 0; k < terms; k++) {
        const double *x = V + (size_t)rows[k] * ROW;
        double *gx = A + (size_t)rows[k] * ROW;
        const double w = S[weights[k]];
        if (slot_needed[weights[k]]) {
            eight even = {0}, odd = {0};
            int at = 0;
            for (; at + 16 <= n; at += 16) {
                even += EIGHT(g, at) * EIGHT(x, at);
                odd += EIGHT(g, at + 8) * EIGHT(x, at + 8);
            }
            if (at < n) even += EIGHT(g, at) * EIGHT(x, at);
            double sum = sum_of_eight(even + odd);
            if (sum != sum) { /* perhaps 0 * inf, which is 0 here: with care */
                sum = 0.0;
                for (int b = 0; b < n; b++) sum += times(g[b], x[b]);
            }
            SA[weights[k]] += sum;
        }
        if (row_needed[rows[k]]) {
            if (w - w == 0.0 && w != 0.0) /* finite, so 0 * w is 0 */
                for (int at = 0; at < n; at += 8) *(eight *)(gx + at) += EIGHT(g, at) * w;
            else if (w != 0.0)
                for (int b = 0; b < n; b++) gx[b] += times(g[b], w);
        }
    }
}

/* Turns examples (a row each) into rows of V (a row an input), eight examples at a time. */
AUTOGRAD_CLONES
static void load_examples(double *V, const int32_t *input_row, const double *examples, int width, int real, int n) {
    for (int at = 0; at < n; at += 8) {
        const double *e[8];
        for (int b = 0; b < 8; b++) e[b] = examples + (size_t)(at + b < real ? at + b : real - 1) * width;
        for (int k = 0; k < width; k++)
            *(eight *)(V + (size_t)input_row[k] * ROW + at) =
                (eight){e[0][k], e[1][k], e[2][k], e[3][k], e[4][k], e[5][k], e[6][k], e[7][k]};
    }
}

AUTOGRAD_CLONES
static double row_sum(const double *row, int n) {
    eight sum = {0};
    for (int at = 0; at < n; at += 8) sum += EIGHT(row, at);
    return sum_of_eight(sum);
}

static void shared_forward(const autograd_plan *p, double *S) {
    double unused[3];
    for (int i = 0; i < p->shared_ops; i++) {
        const int32_t *a = p->shared_arguments + 3 * (size_t)i;
        S[p->shared_result[i]] =
            autograd_kernel(p->shared_opcode[i], 0, S[a[0]], S[a[1]], S[a[2]], unused, unused + 1, unused + 2);
    }
}

static void shared_backward(const autograd_plan *p, const double *S, double *SA) {
    for (int i = p->shared_ops - 1; i >= 0; i--) {
        const int32_t *a = p->shared_arguments + 3 * (size_t)i;
        const int32_t z = p->shared_result[i];
        const double g = SA[z];
        if (g == 0.0 || !p->slot_needed[z]) continue;
        const int arity = autograd_arity(p->shared_opcode[i]);
        int mask = 0;
        for (int k = 0; k < arity; k++) mask |= p->slot_needed[a[k]] << k;
        double d[3] = {0, 0, 0};
        autograd_partials(p->shared_opcode[i], mask, S[a[0]], S[a[1]], S[a[2]], S[z], d, d + 1, d + 2);
        for (int k = 0; k < arity; k++)
            if (mask >> k & 1) SA[a[k]] += times(g, d[k]);
    }
}

static void block_forward(const autograd_plan *p, const double *S, double *V, int n) {
    for (int i = 0; i < p->ops; i++) {
        const int32_t *a = p->arguments + 3 * (size_t)i;
        double *z = V + (size_t)p->result[i] * ROW;
        if (p->opcode[i] == DOT) {
            const int begin = p->terms[i];
            dot_forward(z, a[0] >= 0 ? V + (size_t)a[0] * ROW : NULL, a[1] >= 0 ? S[a[1]] : 0.0, V, S,
                        p->term_weight + begin, p->term_row + begin, p->terms[i + 1] - begin, n);
        } else {
            forward_rows(p->opcode[i], z, V + (size_t)a[0] * ROW, V + (size_t)a[1] * ROW, V + (size_t)a[2] * ROW, n);
        }
    }
}

static void block_backward(const autograd_plan *p, const double *S, double *SA, const double *V, double *A, int n) {
    for (int i = p->ops - 1; i >= 0; i--) {
        const int32_t *a = p->arguments + 3 * (size_t)i;
        const int32_t result = p->result[i];
        if (!p->row_needed[result]) continue;
        const double *z = V + (size_t)result * ROW, *g = A + (size_t)result * ROW;
        if (p->opcode[i] == DOT) {
            const int begin = p->terms[i];
            dot_backward(g, V, A, S, SA, p->term_weight + begin, p->term_row + begin, p->row_needed, p->slot_needed,
                         p->terms[i + 1] - begin, n);
            if (a[0] >= 0 && p->row_needed[a[0]]) {
                double *gb = A + (size_t)a[0] * ROW;
                for (int b = 0; b < n; b++) gb[b] += g[b];
            }
            if (a[1] >= 0 && p->slot_needed[a[1]]) SA[a[1]] += row_sum(g, n);
        } else {
            int mask = 0;
            const int arity = autograd_arity(p->opcode[i]);
            for (int k = 0; k < arity; k++) mask |= p->row_needed[a[k]] << k;
            backward_rows(p->opcode[i], mask, g, z, V + (size_t)a[0] * ROW, V + (size_t)a[1] * ROW,
                          V + (size_t)a[2] * ROW, A + (size_t)a[0] * ROW, A + (size_t)a[1] * ROW,
                          A + (size_t)a[2] * ROW, n);
        }
    }
}

/* Runs a program. S holds the shared inputs and the constants in their slots; SA is zero. `examples` has a row an
 * example. `by_example`, if not NULL, gets the gradients by the inputs of the examples, and SA those of the shared
 * slots. Returns 0; or -1 if memory ran out; or 1 + guard, with the example in *broken. */
static int64_t autograd_replay(const autograd_plan *p, double *S, double *SA, const double *examples, int64_t count,
                               double *outputs, int with_gradient, double seed, double *by_example, int64_t *broken) {
    const size_t rows = (size_t)(p->rows > 0 ? p->rows : 1);
    double *V = NULL, *A = NULL;
    int64_t status = 0;
    shared_forward(p, S);
    for (int k = 0; k < p->guards; k++)
        if (p->guard_slot[k] >= 0 && (S[p->guard_slot[k]] != 0.0) != p->guard_truth[k]) {
            *broken = -1;
            return 1 + k;
        }
    if (p->rows > 0) {
        V = (double *)aligned_alloc(64, rows * ROW * sizeof(double));
        if (with_gradient) A = (double *)aligned_alloc(64, rows * ROW * sizeof(double));
        if (V == NULL || (with_gradient && A == NULL)) {
            free(V);
            free(A);
            return -1;
        }
        for (int k = 0; k < p->spread; k++) {
            double *row = V + (size_t)p->spread_row[k] * ROW;
            for (int b = 0; b < BLOCK; b++) row[b] = S[p->spread_slot[k]];
            if (with_gradient) memset(A + (size_t)p->spread_row[k] * ROW, 0, BLOCK * sizeof(double));
        }
    }
    for (int64_t from = 0; from < count; from += BLOCK) {
        const int real = count - from < BLOCK ? (int)(count - from) : BLOCK;
        const int n = (real + 7) & ~7; /* whole SIMD registers; the last example fills the rest, with gradient 0 */
        load_examples(V, p->input_row, examples + from * p->example_inputs, p->example_inputs, real, n);
        block_forward(p, S, V, n);
        int first = real; /* of several broken guards that of the first example speaks */
        for (int k = 0; k < p->guards; k++) {
            if (p->guard_row[k] < 0) continue;
            const double *row = V + (size_t)p->guard_row[k] * ROW;
            for (int b = 0; b < first; b++)
                if ((row[b] != 0.0) != p->guard_truth[k]) {
                    first = b;
                    status = 1 + k;
                }
        }
        if (status) {
            *broken = from + first;
            goto done;
        }
        for (int k = 0; k < p->outputs; k++)
            for (int b = 0; b < real; b++)
                outputs[(from + b) * p->outputs + k] =
                    p->output_row[k] >= 0 ? V[(size_t)p->output_row[k] * ROW + b] : S[p->output_slot[k]];
        if (!with_gradient || p->output_row[0] < 0) continue;
        /* rows of spread scalars come first and gather their gradients over all blocks */
        for (size_t row = (size_t)p->spread; row < rows; row++)
            if (p->row_needed[row]) memset(A + row * ROW, 0, (size_t)n * sizeof(double));
        double *last = A + (size_t)p->output_row[0] * ROW;
        for (int b = 0; b < real; b++) last[b] = seed;
        block_backward(p, S, SA, V, A, n);
        for (int k = 0; k < p->example_inputs; k++)
            if (by_example != NULL && p->row_needed[p->input_row[k]])
                for (int b = 0; b < real; b++)
                    by_example[(from + b) * p->example_inputs + k] = A[(size_t)p->input_row[k] * ROW + b];
    }
    if (with_gradient) {
        for (int k = 0; k < p->spread; k++)
            SA[p->spread_slot[k]] += row_sum(A + (size_t)p->spread_row[k] * ROW, BLOCK);
        if (p->output_slot[0] >= 0) SA[p->output_slot[0]] += seed * (double)count;
        shared_backward(p, S, SA);
    }
done:
    free(V);
    free(A);
    return status;
}
#endif
