/* Plan of a replay: what is a scalar, what is a row of a block, which chains are fused, and what makes up a layer.
 *
 * What depends on shared inputs only is computed once, as a scalar. What depends on an input of the examples is a row of
 * numbers, one an example. A chain `bias + w1*x1 + w2*x2 + ...` is one instruction: with scalars w and rows x it is a
 * neuron. Neurons that look at the same x are a layer. Layers of rows that have the same weights share one pack of them.
 * Among scalars neurons are a layer if their w lie as the lines of a matrix do that is an argument, and the same layer at
 * several places (of a sequence, or examples recorded one by one) is one product of matrices. */
#ifndef AUTOGRAD_PLAN_H
#define AUTOGRAD_PLAN_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "kernels.h"

/* What a tape has none of: a sum of products of scalars, and a layer. */
#define PRODUCTS (-1)
#define LAYER (-2)
#define NONE (-1)

/* A tape; see flatten.py. Its indices were checked. */
typedef struct {
    int inputs, constants, ops, outputs, guards;
    int add, mul, stop_gradient; /* opcodes */
    const double *constant;
    const int16_t *opcode;
    const int32_t *arguments; /* ops x 3, slots */
    const int32_t *output, *guard;
    const uint8_t *truth;
    const uint8_t *of_examples, *wanted; /* inputs: whether every example has its own; whether its gradient is wanted */
} autograd_tape;

/* Among scalars, the lines of a matrix that is an argument, times what it looks at, at each of some places. */
typedef struct {
    int32_t weights, step; /* slot of the first weight, and how many slots lie between two lines */
    int32_t lines, terms, places;
    int32_t biases; /* where those of the results begin, place by place */
} autograd_matrix;

typedef struct {
    int slots, inputs, constants, shared_ops, ops, layers, packs, rows, spread, outputs, guards, matrices;
    int slopes;                /* of scalars, that are kept */
    int looked, weights;       /* how many numbers a matrix looks at, at all of its places, and has, at most */
    double *constant;          /* for the slots behind the inputs */
    int16_t *shared_opcode;    /* shared_ops */
    int32_t *shared_arguments; /* shared_ops x 3, slots; of PRODUCTS that of the bias or NONE; of a LAYER: its matrix; of */
                               /* functions whose slope is kept, secondly, where it is */
    int32_t *shared_result;    /* shared_ops, slots; others follow: lines of a place, then the next place, or a run */
    int32_t *shared_count;     /* shared_ops: how many instructions run in a row, and bit by bit, which of the arguments */
    uint8_t *shared_steps;     /* follow each other as the results do; the others stay the same */
    int32_t *product_begin;    /* shared_ops + 1 */
    int32_t *product_left;     /* slots; of a LAYER: what it looks at, place by place */
    int32_t *product_right;    /* slots */
    autograd_matrix *matrix;
    int32_t *layer_bias;       /* of matrices, slots or NONE */
    int16_t *opcode;           /* ops */
    int32_t *arguments;        /* ops x 3, rows; of a LAYER: its number; of PRODUCTS: the row of the bias or NONE, where */
                               /* the factors begin and end */
    int32_t *row_left;         /* factors of PRODUCTS, rows */
    int32_t *row_right;
    int32_t *result;           /* ops, rows; of a LAYER: that of its first neuron */
    int32_t *neuron_begin;     /* layers + 1 */
    int32_t *neuron_row;       /* neurons */
    int32_t *bias_slot;        /* neurons: slot or NONE */
    int32_t *bias_row;         /* neurons: row or NONE */
    int32_t *term_begin;       /* layers + 1 */
    int32_t *term_row;         /* what the neurons of a layer look at */
    int32_t *pack;             /* layers: the number of the pack of their weights */
    int32_t *pack_layer;       /* packs: the first layer that has it */
    int32_t *weight_begin;     /* packs + 1 */
    int32_t *weight_slot;      /* neuron by neuron, a weight a term */
    int32_t *back_begin;       /* packs + 1: the same, counting the weights of passed terms only */
    int32_t *passed_begin;     /* layers + 1 */
    int32_t *passed_term;      /* terms that get a gradient, counted in their layer */
    int32_t *passed_row;       /* and their rows */
    uint8_t *rows_distinct;    /* layers: whether no row is passed a gradient twice */
    uint8_t *weights_needed;   /* packs: whether a weight gets a gradient */
    uint8_t *row_needed;       /* rows: whether a gradient is wanted */
    uint8_t *slot_needed;      /* slots */
    int32_t *spread_slot;      /* spread, slots; their rows are the first */
    int32_t *input_row;        /* the inputs of the examples */
    int32_t *output_row;       /* outputs: row or NONE */
    int32_t *output_slot;      /* outputs: slot or NONE */
    int32_t *guard_row;        /* guards: row or NONE */
    int32_t *guard_slot;
    uint8_t *guard_truth;
    void *block[56]; /* of memory, all of the above */
    int blocks, is_short; /* whether there was no memory */
} autograd_plan;

static void *autograd_claim(autograd_plan *p, size_t count, size_t size) {
    void *block = calloc(count + 1, size);
    if (block == NULL) p->is_short = 1;
    p->block[p->blocks++] = block;
    return block;
}

static void autograd_release(autograd_plan *p) {
    while (p->blocks) free(p->block[--p->blocks]);
}

/* What planning knows of a tape, by its slots, its instructions (from `first` on) and its chains. */
typedef struct {
    const autograd_tape *tape;
    autograd_plan *memory;
    int first, slots, chains, products, units;
    uint8_t *varies, *needed;
    uint8_t *is_part;                 /* instructions that are part of another's chain */
    int32_t *uses;                    /* slots */
    int32_t *chain;                   /* instructions: the number of their chain or NONE */
    int32_t *last, *bias, *begin;     /* chains: instruction of the last sum, slot or NONE, where the factors begin */
    int32_t *left, *right;            /* factors; if one is a row, that is the right one */
    int8_t *kind;                     /* chains: how many factors of a product are rows */
    int32_t *leader, *next, *neurons; /* chains: the first of its layer, the next one or NONE, how many from a leader on */
    int32_t *step;                    /* leaders among scalars: how many slots lie between the weights of two neurons */
    int32_t *again;                   /* leaders among scalars: that of the same matrix at the next place or NONE */
    uint8_t *is_again;                /* leaders among scalars: whether they are at another's next place */
    int32_t *order;                   /* units: instructions on scalars, the last of a chain for it, as they are computed */
    int32_t *place;                   /* slots: where they are in the plan, a slot or a row */
} planner;

/* Which slots depend on a marked input; beyond a stop_gradient nothing does if `stop` is its opcode. */
static void mark_reached(const planner *q, const uint8_t *inputs, int stop, uint8_t *reached) {
    const autograd_tape *t = q->tape;
    if (t->inputs) memcpy(reached, inputs, (size_t)t->inputs);
    for (int i = 0; i < t->ops; i++) {
        const int32_t *a = t->arguments + 3 * (size_t)i;
        uint8_t any = 0;
        if (t->opcode[i] != stop)
            for (int k = autograd_arity(t->opcode[i]); k--;) any |= reached[a[k]];
        reached[q->first + i] = any;
    }
}

static void count_uses(const planner *q) {
    const autograd_tape *t = q->tape;
    for (int i = 0; i < t->ops; i++)
        for (int k = autograd_arity(t->opcode[i]); k--;) q->uses[t->arguments[3 * (size_t)i + k]]++;
    for (int k = 0; k < t->outputs; k++) q->uses[t->output[k]]++;
    for (int k = 0; k < t->guards; k++) q->uses[t->guard[k]]++;
}

/* How many factors are rows, of a slot that is a product which one sum uses, and may absorb; NONE if it is none. A sum that
 * is a row absorbs no product of scalars. */
static int kind_of_term(const planner *q, int slot, int varies) {
    if (slot < q->first || q->uses[slot] != 1 || q->tape->opcode[slot - q->first] != q->tape->mul) return NONE;
    const int32_t *a = q->tape->arguments + 3 * (size_t)(slot - q->first);
    const int kind = q->varies[a[0]] + q->varies[a[1]];
    return kind < varies ? NONE : kind;
}

static void absorb(const planner *q, int slot, int chain) {
    q->is_part[slot - q->first] = 1;
    q->chain[slot - q->first] = chain;
    q->begin[chain + 1] += q->tape->opcode[slot - q->first] == q->tape->mul;
}

/* Lets a chain that has no bias begin with the one that is added at its end, as in `W @ x + b`. */
static void add_bias(const planner *q, int i) {
    const int32_t *a = q->tape->arguments + 3 * (size_t)i;
    for (int side = 0; side < 2; side++) {
        const int before = a[side], added = a[1 - side];
        const int chain = before < q->first || q->uses[before] != 1 ? NONE : q->chain[before - q->first];
        if (chain == NONE || q->bias[chain] != NONE || added >= q->first || q->varies[added]) continue;
        absorb(q, before, chain);
        q->chain[i] = chain;
        q->bias[chain] = added;
        q->last[chain] = i;
        return;
    }
}

static void find_chains(planner *q) {
    const autograd_tape *t = q->tape;
    for (int i = 0; i < t->ops; i++) {
        const int32_t *a = t->arguments + 3 * (size_t)i;
        const int varies = q->varies[q->first + i];
        q->chain[i] = NONE;
        for (int side = 0; side < 2 && t->opcode[i] == t->add; side++) {
            const int before = a[side], added = a[1 - side];
            const int kind = kind_of_term(q, added, varies);
            if (kind == NONE) continue;
            int chain = before < q->first || q->uses[before] != 1 ? NONE : q->chain[before - q->first];
            if (chain != NONE && q->kind[chain] == kind) {
                absorb(q, before, chain);
            } else {
                chain = q->chains++;
                q->bias[chain] = before;
                q->kind[chain] = (int8_t)kind;
                if (kind_of_term(q, before, varies) == kind) {
                    absorb(q, before, chain);
                    q->bias[chain] = NONE;
                }
            }
            absorb(q, added, chain);
            q->chain[i] = chain;
            q->last[chain] = i;
            break;
        }
        if (t->opcode[i] == t->add && q->chain[i] == NONE) add_bias(q, i);
    }
    for (int chain = 0; chain < q->chains; chain++) q->begin[chain + 1] += q->begin[chain];
    q->products = q->begin[q->chains];
    for (int i = t->ops - 1; i >= 0; i--) { /* each begins where its last factor was written */
        if (!q->is_part[i] || t->opcode[i] != t->mul) continue;
        const int32_t *a = t->arguments + 3 * (size_t)i;
        const int swap = q->varies[q->first + i] ? q->varies[a[0]] : a[0] >= q->first && a[1] < q->first;
        const int at = --q->begin[q->chain[i] + 1];
        q->left[at] = a[swap];
        q->right[at] = a[1 - swap];
    }
    memmove(q->begin, q->begin + 1, (size_t)q->chains * sizeof(int32_t));
    q->begin[q->chains] = q->products;
}

static int terms_of(const planner *q, int chain) { return q->begin[chain + 1] - q->begin[chain]; }

/* Whether a chain can be a neuron of a layer. What its neurons look at was there when the first of them was computed, so
 * the others can be computed then too, if their biases and weights were there. */
static int is_neuron(const planner *q, int chain) {
    const int bias = q->bias[chain], begin = q->begin[chain];
    if (q->kind[chain]) return q->kind[chain] == 1 && (bias == NONE || !q->varies[bias]);
    if (bias >= q->first) return 0;
    for (int k = begin; k < q->begin[chain + 1]; k++)
        if (q->left[k] >= q->first || q->left[k] != q->left[begin] + (k - begin)) return 0;
    return 1;
}

static int are_together(const planner *q, int one, int other) {
    const int terms = terms_of(q, one), slot = q->first + q->last[one], its = q->first + q->last[other];
    if (terms != terms_of(q, other) || q->varies[slot] != q->varies[its] || q->needed[slot] != q->needed[its]) return 0;
    return !memcmp(q->right + q->begin[one], q->right + q->begin[other], (size_t)terms * sizeof(int32_t));
}

/* Whether weights follow those of the neuron before as the lines of a matrix do: not overlapping, at equal steps. */
static int is_next_line(const planner *q, int leader, int before, int chain) {
    const int step = q->left[q->begin[chain]] - q->left[q->begin[before]];
    if (before == leader) q->step[leader] = step;
    return step >= terms_of(q, chain) && step == q->step[leader];
}

/* Adds a chain to the layer of those that look at the same, or begins one. */
static void join_layer(const planner *q, int chain, int32_t *table, uint32_t size, int32_t *end) {
    uint32_t at = 0;
    for (int k = q->begin[chain]; k < q->begin[chain + 1]; k++) at = (at ^ (uint32_t)q->right[k]) * 2654435761u;
    for (at = (at ^ at >> 15) & (size - 1); table[at] != NONE; at = (at + 1) & (size - 1))
        if (are_together(q, table[at], chain)) break;
    const int leader = table[at], before = leader == NONE ? NONE : end[leader];
    if (leader == NONE || (!q->varies[q->first + q->last[chain]] && !is_next_line(q, leader, before, chain))) {
        table[at] = chain; /* what follows continues this one */
        return;
    }
    q->leader[chain] = leader;
    q->next[before] = end[leader] = chain;
    q->neurons[leader]++;
}

/* Gathers layers: of rows in the order of the tape, of scalars in that of their weights. `table`, of a size that is a
 * power of two, holds the layers that may get another neuron, `end` the last one of each, and `at` the neurons among
 * scalars whose weights begin at a slot: one, and in q->again the others. */
static void find_layers(const planner *q, int32_t *table, uint32_t size, int32_t *end, int32_t *at) {
    memset(table, 0xff, size * sizeof(int32_t)); /* NONE */
    memset(at, 0xff, (size_t)q->first * sizeof(int32_t));
    for (int chain = 0; chain < q->chains; chain++) {
        q->leader[chain] = end[chain] = chain;
        q->next[chain] = NONE;
        q->neurons[chain] = 1;
    }
    for (int i = 0; i < q->tape->ops; i++) {
        const int chain = q->chain[i];
        if (chain == NONE || q->last[chain] != i || !is_neuron(q, chain)) continue;
        if (q->varies[q->first + i]) {
            join_layer(q, chain, table, size, end);
        } else {
            const int weight = q->left[q->begin[chain]];
            q->again[chain] = at[weight];
            at[weight] = chain;
        }
    }
    for (int weight = 0; weight < q->first; weight++)
        for (int chain = at[weight]; chain != NONE; chain = q->again[chain]) join_layer(q, chain, table, size, end);
}

static int place_of(const planner *q, int slot, int of_rows) {
    return slot == NONE || q->varies[slot] != of_rows ? NONE : q->place[slot];
}

static int place_result(const planner *q, int slot, int at, uint8_t *needed) {
    q->place[slot] = at;
    needed[at] = q->needed[slot];
    return at + 1;
}

/* Gives a place to what is computed: a chain that leads a layer brings all of its neurons. */
static int place_results(const planner *q, int i, int at, uint8_t *needed) {
    if (q->chain[i] == NONE) return place_result(q, q->first + i, at, needed);
    for (int each = q->chain[i]; each != NONE; each = q->next[each])
        at = place_result(q, q->first + q->last[each], at, needed);
    return at;
}

static int is_computed_here(const planner *q, int i, int of_rows) {
    const int chain = q->chain[i];
    return !q->is_part[i] && q->varies[q->first + i] == of_rows && (chain == NONE || q->leader[chain] == chain);
}

#include "plan_scalars.h"
#include "plan_rows.h"

#define CLAIM(where, count) ((where) = autograd_claim(q.memory, (size_t)(count), sizeof *(where)))

/* Plans the replay of a tape; 0 if there is no memory for it. */
static int autograd_make_plan(const autograd_tape *t, autograd_plan *p) {
    autograd_plan scratch = {0};
    planner q = {.tape = t, .memory = &scratch, .first = t->inputs + t->constants};
    memset(p, 0, sizeof *p);
    q.slots = q.first + t->ops;
    CLAIM(q.varies, q.slots), CLAIM(q.needed, q.slots), CLAIM(q.uses, q.slots), CLAIM(q.place, q.slots);
    CLAIM(q.is_part, t->ops), CLAIM(q.chain, t->ops), CLAIM(q.last, t->ops), CLAIM(q.bias, t->ops);
    CLAIM(q.begin, t->ops + 1), CLAIM(q.left, t->ops), CLAIM(q.right, t->ops), CLAIM(q.kind, t->ops);
    if (!scratch.is_short) {
        mark_reached(&q, t->of_examples, NONE, q.varies);
        mark_reached(&q, t->wanted, t->stop_gradient, q.needed);
        count_uses(&q);
        find_chains(&q);
    }
    uint32_t size = 16;
    while (size < 2 * (uint32_t)q.chains) size *= 2;
    int32_t *table, *end, *at, *longest, *begin;
    int64_t *when;
    rows_known known;
    CLAIM(q.leader, q.chains), CLAIM(q.next, q.chains), CLAIM(q.neurons, q.chains), CLAIM(q.step, q.chains);
    CLAIM(q.again, q.chains), CLAIM(q.is_again, q.chains), CLAIM(q.order, t->ops), CLAIM(table, size);
    CLAIM(end, q.chains), CLAIM(at, q.first), CLAIM(when, q.slots), CLAIM(longest, q.chains + 1);
    CLAIM(begin, (size_t)t->ops + (size_t)q.chains + 2);
    CLAIM(known.spread, q.slots), CLAIM(known.pack, q.slots), CLAIM(known.layer, q.slots);
    if (!scratch.is_short) {
        find_layers(&q, table, size, end, at);
        find_order(&q, when, longest, begin, at);
        q.memory = p;
        const int products = q.products;
        CLAIM(p->constant, t->constants), CLAIM(p->shared_opcode, t->ops), CLAIM(p->shared_arguments, 3 * (size_t)t->ops);
        CLAIM(p->shared_result, t->ops), CLAIM(p->shared_count, t->ops), CLAIM(p->shared_steps, t->ops);
        CLAIM(p->product_begin, t->ops + 1), CLAIM(p->product_left, products), CLAIM(p->product_right, products);
        CLAIM(p->matrix, q.chains), CLAIM(p->layer_bias, q.chains), CLAIM(p->opcode, t->ops);
        CLAIM(p->arguments, 3 * (size_t)t->ops), CLAIM(p->result, t->ops), CLAIM(p->neuron_begin, q.chains + 1);
        CLAIM(p->neuron_row, q.chains), CLAIM(p->bias_slot, q.chains), CLAIM(p->bias_row, q.chains);
        CLAIM(p->term_begin, q.chains + 1), CLAIM(p->term_row, products), CLAIM(p->weight_begin, q.chains + 1);
        CLAIM(p->pack, q.chains), CLAIM(p->pack_layer, q.chains), CLAIM(p->back_begin, q.chains + 1);
        CLAIM(p->row_left, products), CLAIM(p->row_right, products), CLAIM(p->weight_slot, products);
        CLAIM(p->passed_begin, q.chains + 1), CLAIM(p->passed_term, products);
        CLAIM(p->passed_row, products), CLAIM(p->rows_distinct, q.chains), CLAIM(p->weights_needed, q.chains);
        CLAIM(p->row_needed, q.slots), CLAIM(p->slot_needed, q.slots), CLAIM(p->spread_slot, q.slots);
        CLAIM(p->input_row, t->inputs), CLAIM(p->output_row, t->outputs), CLAIM(p->output_slot, t->outputs);
        CLAIM(p->guard_row, t->guards), CLAIM(p->guard_slot, t->guards), CLAIM(p->guard_truth, t->guards);
    }
    if (!scratch.is_short && !p->is_short) {
        p->inputs = t->inputs, p->constants = t->constants, p->outputs = t->outputs, p->guards = t->guards;
        if (t->constants) memcpy(p->constant, t->constant, (size_t)t->constants * sizeof(double));
        if (t->guards) memcpy(p->guard_truth, t->truth, (size_t)t->guards);
        write_scalars(&q, p);
        write_rows(&q, p, known);
        for (int k = 0; k < t->outputs; k++) {
            p->output_row[k] = place_of(&q, t->output[k], 1);
            p->output_slot[k] = place_of(&q, t->output[k], 0);
        }
        for (int k = 0; k < t->guards; k++) {
            p->guard_row[k] = place_of(&q, t->guard[k], 1);
            p->guard_slot[k] = place_of(&q, t->guard[k], 0);
        }
    }
    const int done = !scratch.is_short && !p->is_short;
    autograd_release(&scratch);
    return done;
}
#undef CLAIM
#endif
