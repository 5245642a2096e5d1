/* Replay of a program in C, over blocks of examples.
 *
 * Slots that depend on shared inputs only are scalars (S), with their gradients (SA); the others are rows of a block (V),
 * one number an example, with theirs (A). A scalar that instructions on rows use is spread over a row first. A sum of
 * products is one instruction, and so is a layer; plan.h says which. Scalars are in replay_scalars.h.
 *
 * What runs over rows stands in replay_rows.h, which is compiled for several instruction sets; the processor decides
 * when the program runs. */
#ifndef AUTOGRAD_REPLAY_H
#define AUTOGRAD_REPLAY_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "plan.h"
#include "simd_math.h" /* before any instruction set is chosen, so that all may inline it */

#define BLOCK 128

/* Rows are computed in whole vectors, of any instruction set. */
static inline int whole_vectors(int64_t n) { return (int)((n + 7) & ~(int64_t)7); }

/* How many numbers a row has at most, for so many examples. */
static inline int block_of(int64_t count) { return count < BLOCK ? whole_vectors(count) : BLOCK; }

/* How many numbers lie between the beginnings of two rows: an odd number of cache lines, or all rows would compete for
 * the same few lines of the cache. */
static inline int pitch_of(int64_t count) { return 8 * (block_of(count) / 8 | 1); }

/* A batch: each array holds the numbers of some inputs, a line an example. */
typedef struct {
    int64_t count;
    int arrays;
    const double **numbers;
    const int64_t *width;
    double **gradient; /* one an array, or NULL where none is wanted */
} autograd_batch;

/* What a replay writes on. Weights are packed with those of one term together, so that they are read in order, and
 * once more with those of one neuron together, for the way back (of the passed terms only). */
typedef struct {
    double *S, *SA, *V, *A, *D, *D_end, *forth, *back, *by_weight; /* D: slopes that are kept, or NULL */
    double *x, *by_x, *columns; /* what a matrix of scalars looks at, side by side, the gradients by it, its columns */
    double *slopes; /* of runs of scalars, where they are kept; or NULL */
    double *all;
    int pitch, room; /* between rows, and what there is memory for */
} autograd_memory;

/* A factor that is exactly 0 ends a path, as in reverse.py. */
static inline double times(double g, double d) { return (g == 0.0) | (d == 0.0) ? 0.0 : g * d; }

#define PASTE(a, b) a##b
#define PASTED(a, b) PASTE(a, b)
#define AT(name) PASTED(name, INSTRUCTION_SET)

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SEVERAL_INSTRUCTION_SETS
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define INSTRUCTION_SET _avx512
#define LANES 8
#include "replay_rows.h"
#undef INSTRUCTION_SET
#undef LANES
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define INSTRUCTION_SET _avx2
#define LANES 4
#include "replay_rows.h"
#undef INSTRUCTION_SET
#undef LANES
#pragma GCC pop_options
/* Processors older than 2013 get what is sooner compiled, and so does what follows: no vectors, or calls of Python. */
#pragma GCC optimize("O2")
#endif
#define INSTRUCTION_SET _any
#define LANES 2
#include "replay_rows.h"
#undef INSTRUCTION_SET
#undef LANES

typedef int (*autograd_rows_version)(const autograd_plan *, const autograd_memory *, const autograd_batch *, double *,
                                     double *, int, double, int64_t *);
static autograd_rows_version autograd_run_blocks = run_blocks_any;
static void (*autograd_add_product)(double *, int, const double *, int, int, const double *, int, int, int,
                                    int) = add_product_any;
static void (*autograd_forward_rows)(int, double *, double *, const double *, const double *, const double *,
                                     int) = forward_rows_any;
static void (*autograd_backward_rows)(int, int, const double *, const double *, const double *, const double *,
                                      const double *, const double *, double *, double *, double *,
                                      int) = backward_rows_any;
static void (*autograd_slopes)(int, const double *, double *, int64_t) = slopes_any;
static void (*autograd_values)(int, const double *, double *, int64_t) = values_any;

/* Chooses the instruction set of a name; 0 if this processor, or this build, does not have it. */
static int autograd_choose(const char *name) {
#define CHOOSE(set)                                                                                       \
    (autograd_run_blocks = run_blocks##set, autograd_add_product = add_product##set,                      \
     autograd_forward_rows = forward_rows##set, autograd_backward_rows = backward_rows##set,              \
     autograd_slopes = slopes##set, autograd_values = values##set, 1)
    if (!strcmp(name, "any")) return CHOOSE(_any);
#ifdef SEVERAL_INSTRUCTION_SETS
    if (!strcmp(name, "avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CHOOSE(_avx2);
    if (!strcmp(name, "avx512") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        return CHOOSE(_avx512);
#endif
#undef CHOOSE
    return 0;
}

#include "replay_scalars.h"

/* Memory for one replay at a time of so many examples, with the constants in it; 0 if there is none. What `m` has, if its
 * `all` is not NULL, is used again. Rows come last, and lie closer together where the examples are few. */
static int autograd_make_room(const autograd_plan *p, int with_gradient, int64_t count, autograd_memory *m) {
    const int pitch = pitch_of(count);
    if (m->all != NULL && m->pitch == pitch) return 1;
    const size_t forth = (size_t)p->weight_begin[p->packs], back = (size_t)p->back_begin[p->packs];
    size_t kept = 0;
    for (int i = 0; i < p->ops; i++) kept += p->opcode[i] >= 0 && autograd_is_kept(p->opcode[i]);
    const size_t slots = ((size_t)p->slots + 7) & ~(size_t)7, rows = (size_t)p->rows;
    const size_t looked = (size_t)p->looked, weights = (size_t)p->weights, slopes = (size_t)p->slopes;
    const size_t packed =
        slots + forth + 2 * looked + weights + (with_gradient ? slots + back + forth + slopes : 0);
    const size_t before = (packed + 7) & ~(size_t)7; /* rows want to be aligned */
    if (m->all == NULL || m->room < pitch) {
        const size_t numbers = before + (with_gradient ? 2 * rows + kept : rows) * (size_t)pitch;
        free(m->all);
        m->all = (double *)aligned_alloc(64, (numbers + 8) * sizeof(double) & ~(size_t)63);
        if (m->all == NULL) return 0;
        m->room = pitch;
        m->S = m->all;
        m->SA = m->S + slots;
        m->forth = m->SA + (with_gradient ? slots : 0);
        m->x = m->forth + forth;
        m->by_x = m->x + looked;
        m->columns = m->by_x + looked;
        m->back = m->columns + weights; /* which and what follows are of no use without a gradient */
        m->by_weight = m->back + (with_gradient ? back : 0);
        m->slopes = with_gradient ? m->by_weight + forth : NULL;
        m->V = m->all + before;
        if (p->constants) memcpy(m->S + p->inputs, p->constant, (size_t)p->constants * sizeof(double));
    }
    m->pitch = pitch;
    m->A = m->V + rows * (size_t)pitch;
    m->D = with_gradient ? m->A + rows * (size_t)pitch : NULL;
    m->D_end = with_gradient ? m->D + kept * (size_t)pitch : NULL;
    return 1;
}

static void pack_weights(const autograd_plan *p, const double *S, double *forth, double *back) {
    for (int k = 0; k < p->packs; k++) {
        const int l = p->pack_layer[k], passed = p->passed_begin[l + 1] - p->passed_begin[l];
        const int neurons = p->neuron_begin[l + 1] - p->neuron_begin[l], terms = p->term_begin[l + 1] - p->term_begin[l];
        const int32_t *slot = p->weight_slot + p->weight_begin[k], *term = p->passed_term + p->passed_begin[l];
        for (int i = 0; i < neurons; i++, slot += terms) {
            for (int t = 0; t < terms; t++) forth[(size_t)t * neurons + i] = S[slot[t]];
            if (back)
                for (int t = 0; t < passed; t++) *back++ = S[slot[term[t]]];
        }
        forth += (size_t)terms * neurons;
    }
}

static void gather_weight_gradients(const autograd_plan *p, double *SA, const double *by_weight) {
    const int weights = p->weight_begin[p->packs];
    for (int k = 0; k < weights; k++)
        if (p->slot_needed[p->weight_slot[k]]) SA[p->weight_slot[k]] += by_weight[k];
}

/* Runs a program. The shared inputs stand in m->S. Writes the outputs (count x outputs; or NULL) and the sum of the
 * first one over the examples. With a gradient, writes those by the inputs of the examples, and leaves those by the
 * shared slots in m->SA. Returns 0, or 1 + guard, with the example in *broken. */
static int autograd_replay(const autograd_plan *p, const autograd_memory *m, const autograd_batch *batch,
                           double *outputs, double *total, int with_gradient, double seed, int64_t *broken) {
    shared_forward(p, m);
    for (int k = 0; k < p->guards; k++)
        if (p->guard_slot[k] >= 0 && (m->S[p->guard_slot[k]] != 0.0) != p->guard_truth[k]) {
            *broken = -1;
            return 1 + k;
        }
    pack_weights(p, m->S, m->forth, with_gradient ? m->back : NULL);
    for (int carefully = 0;; carefully = 1) {
        if (with_gradient) {
            memset(m->SA, 0, (size_t)p->slots * sizeof(double));
            if (p->packs) memset(m->by_weight, 0, (size_t)p->weight_begin[p->packs] * sizeof(double));
        }
        const int status = autograd_run_blocks(p, m, batch, outputs, total, with_gradient, seed, broken);
        if (status || !with_gradient) return status;
        gather_weight_gradients(p, m->SA, m->by_weight);
        if (p->output_slot[0] >= 0) m->SA[p->output_slot[0]] += seed * (double)batch->count;
        shared_backward(p, m, carefully);
        /* A matrix knows nothing of 0 * inf = 0. What it makes of it, nan, either comes out or meets another 0. */
        double sum = 0.0;
        for (int k = 0; k < p->inputs; k++) sum += m->SA[k] == m->SA[k] ? 0.0 : 1.0;
        if (carefully || !p->matrices || sum == 0.0) return 0;
    }
}
#endif
