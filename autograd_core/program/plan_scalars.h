/* The part of a plan that is about scalars: in which order they are computed, matrices at several places, and runs of the
 * same instruction. Included by plan.h. */
#ifndef AUTOGRAD_PLAN_SCALARS_H
#define AUTOGRAD_PLAN_SCALARS_H

/* When a slot can be computed: how many matrices lie on the longest way to it, its own included, and, in the lower bits,
 * how many other instructions since the last one. What can be computed at the same time does not depend on each other. */
#define MATRIX ((int64_t)1 << 32)

/* Whether an instruction on scalars is a neuron, so that it may be a line of a matrix. */
static int is_line(const planner *q, int i) { return q->chain[i] != NONE && is_neuron(q, q->chain[i]); }

static int64_t later(const int64_t *when, int slot, int64_t than) {
    return slot != NONE && when[slot] > than ? when[slot] : than;
}

/* Finds when slots can be computed, and after so many matrices the longest way. Returns how many matrices there are at
 * most on a way. */
static int find_times(const planner *q, int64_t *when, int32_t *longest) {
    const autograd_tape *t = q->tape;
    int most = 0;
    for (int i = 0; i < t->ops; i++) {
        if (q->is_part[i] || q->varies[q->first + i]) continue;
        const int32_t *a = t->arguments + 3 * (size_t)i;
        const int chain = q->chain[i];
        int64_t its = 0;
        if (chain == NONE) {
            for (int k = autograd_arity(t->opcode[i]); k--;) its = later(when, a[k], its);
        } else {
            its = later(when, q->bias[chain], its);
            for (int k = q->begin[chain]; k < q->begin[chain + 1]; k++)
                its = later(when, q->left[k], later(when, q->right[k], its));
        }
        its = is_line(q, i) ? (its / MATRIX + 1) * MATRIX : its + 1;
        when[q->first + i] = its;
        const int matrices = (int)(its / MATRIX), others = (int)(its % MATRIX);
        if (matrices > most) most = matrices;
        if (others > longest[matrices]) longest[matrices] = others;
    }
    return most;
}

/* Counts times without gaps; what find_times left in `longest` becomes where the times after so many matrices begin. */
static int rank_of(const planner *q, const int64_t *when, const int32_t *longest, int i) {
    const int64_t its = when[q->first + i];
    return longest[its / MATRIX] + (int)(its % MATRIX);
}

static int sort_by_time(const planner *q, const int64_t *when, int32_t *longest, int most, int32_t *begin) {
    const int ops = q->tape->ops;
    int ranks = 0;
    for (int matrices = 0; matrices <= most; matrices++) {
        const int its = longest[matrices] + 1;
        longest[matrices] = ranks;
        ranks += its;
    }
    for (int i = 0; i < ops; i++)
        if (is_computed_here(q, i, 0)) begin[rank_of(q, when, longest, i) + 1]++;
    for (int k = 0; k < ranks; k++) begin[k + 1] += begin[k];
    const int units = begin[ranks];
    for (int i = 0; i < ops; i++)
        if (is_computed_here(q, i, 0)) q->order[begin[rank_of(q, when, longest, i)]++] = i;
    return units;
}

static int are_places_of_one(const planner *q, const int64_t *when, int one, int other) {
    const int slot = q->first + q->last[one], its = q->first + q->last[other];
    return when[slot] == when[its] && q->needed[slot] == q->needed[its] && q->neurons[one] == q->neurons[other] &&
           terms_of(q, one) == terms_of(q, other) && (q->neurons[one] == 1 || q->step[one] == q->step[other]);
}

/* Finds matrices at several places, and in which order scalars are computed: that of the tape, or, if there is a matrix, by
 * time, so that all of its places are there, and what follows on them can run in a row. `end` is for the last matrix whose
 * weights begin at a slot, `begin` for counting. */
static void find_order(planner *q, int64_t *when, int32_t *longest, int32_t *begin, int32_t *end) {
    int found = 0;
    memset(end, 0xff, (size_t)q->first * sizeof(int32_t)); /* NONE */
    memset(q->again, 0xff, (size_t)q->chains * sizeof(int32_t));
    q->units = sort_by_time(q, when, longest, find_times(q, when, longest), begin);
    for (int k = 0; k < q->units; k++) {
        if (!is_line(q, q->order[k])) continue;
        const int chain = q->chain[q->order[k]], weight = q->left[q->begin[chain]], before = end[weight];
        end[weight] = chain;
        found |= q->neurons[chain] > 1;
        if (before == NONE || !are_places_of_one(q, when, before, chain)) continue;
        q->again[before] = chain;
        q->is_again[chain] = found = 1;
    }
    for (int i = 0, k = 0; !found && i < q->tape->ops; i++)
        if (is_computed_here(q, i, 0)) q->order[k++] = i;
}

/* Adds a matrix and what it looks at, at all of its places. */
static void write_matrix(const planner *q, autograd_plan *p, int chain, int *products, int *biases) {
    autograd_matrix *m = p->matrix + p->matrices++;
    *m = (autograd_matrix){q->left[q->begin[chain]], q->step[chain], q->neurons[chain], terms_of(q, chain), 0, *biases};
    for (; chain != NONE; chain = q->again[chain], m->places++) {
        p->slots = place_results(q, q->last[chain], p->slots, p->slot_needed);
        for (int k = 0; k < m->terms; k++) p->product_left[(*products)++] = q->place[q->right[q->begin[chain] + k]];
        for (int each = chain; each != NONE; each = q->next[each]) p->layer_bias[(*biases)++] = q->bias[each];
    }
    if (m->places * m->terms > p->looked) p->looked = m->places * m->terms;
    if (m->lines * m->terms > p->weights) p->weights = m->lines * m->terms;
}

/* Whether instruction i continues the run that is the n-th of the plan: the same function of each argument's next slot, or
 * of the same one, and of none of its results. */
static int continues_run(const planner *q, autograd_plan *p, int i, int n) {
    const int opcode = q->tape->opcode[i], count = p->shared_count[n], arity = autograd_arity(opcode);
    const int32_t *a = p->shared_arguments + 3 * (size_t)n, *given = q->tape->arguments + 3 * (size_t)i;
    if (p->shared_opcode[n] != opcode || p->slot_needed[p->shared_result[n]] != q->needed[q->first + i]) return 0;
    int steps = 0;
    for (int k = 0; k < arity; k++) {
        const int slot = q->place[given[k]], step = count > 1 ? p->shared_steps[n] >> k & 1 : slot != a[k];
        if (slot != a[k] + count * step || slot >= p->shared_result[n] || q->needed[given[k]] != p->slot_needed[a[k]])
            return 0;
        steps |= step << k;
    }
    p->shared_steps[n] = (uint8_t)steps;
    return 1;
}

static void write_scalars(const planner *q, autograd_plan *p) {
    const autograd_tape *t = q->tape;
    int products = 0, biases = 0;
    p->slots = q->first;
    for (int slot = 0; slot < q->first; slot++)
        if (!q->varies[slot]) place_result(q, slot, slot, p->slot_needed);
    for (int at = 0; at < q->units; at++) {
        const int i = q->order[at], chain = q->chain[i], n = p->shared_ops;
        if (chain != NONE && q->is_again[chain]) continue;
        int32_t *a = p->shared_arguments + 3 * (size_t)n;
        if (chain == NONE && n > 0 && continues_run(q, p, i, n - 1)) {
            p->slots = place_results(q, i, p->slots, p->slot_needed);
            p->shared_count[n - 1]++;
            p->slopes += autograd_is_kept(t->opcode[i]);
            continue;
        }
        p->shared_result[n] = p->slots;
        p->shared_count[n] = 1;
        p->product_begin[n] = products;
        p->shared_ops++;
        if (chain != NONE && (q->neurons[chain] > 1 || q->again[chain] != NONE)) {
            p->shared_opcode[n] = LAYER;
            a[0] = p->matrices;
            write_matrix(q, p, chain, &products, &biases);
            continue;
        }
        p->slots = place_results(q, i, p->slots, p->slot_needed);
        p->shared_opcode[n] = chain == NONE ? t->opcode[i] : PRODUCTS;
        if (chain == NONE) {
            for (int k = autograd_arity(t->opcode[i]); k--;) a[k] = q->place[t->arguments[3 * (size_t)i + k]];
            if (autograd_is_kept(t->opcode[i])) a[1] = p->slopes++;
            continue;
        }
        a[0] = place_of(q, q->bias[chain], 0);
        for (int k = q->begin[chain]; k < q->begin[chain + 1]; k++, products++) {
            p->product_left[products] = q->place[q->left[k]];
            p->product_right[products] = q->place[q->right[k]];
        }
    }
    p->product_begin[p->shared_ops] = products;
}
#endif
