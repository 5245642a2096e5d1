/* The part of a plan that is about rows: their instructions, layers, and packs of weights. Included by plan.h. */
#ifndef AUTOGRAD_PLAN_ROWS_H
#define AUTOGRAD_PLAN_ROWS_H

/* What is known by a slot: the row of a scalar that instructions on rows look at, and the last pack that begins with it;
 * and by a row: the last layer that looks at it. All are counted from 1. */
typedef struct {
    int32_t *spread, *pack, *layer;
} rows_known;

static int have_same_weights(const autograd_plan *p, int l, int other) {
    const int m = p->pack[other], weights = p->weight_begin[m + 1] - p->weight_begin[m];
    const int terms = p->term_begin[l + 1] - p->term_begin[l], passed = p->passed_begin[l + 1] - p->passed_begin[l];
    if ((p->neuron_begin[l + 1] - p->neuron_begin[l]) * terms != weights ||
        terms != p->term_begin[other + 1] - p->term_begin[other] ||
        passed != p->passed_begin[other + 1] - p->passed_begin[other])
        return 0;
    return !memcmp(p->weight_slot + p->weight_begin[p->packs], p->weight_slot + p->weight_begin[m],
                   (size_t)weights * sizeof(int32_t)) &&
           !memcmp(p->passed_term + p->passed_begin[l], p->passed_term + p->passed_begin[other],
                   (size_t)passed * sizeof(int32_t));
}

/* Writes the weights of a layer whose first neuron is that of a chain, unless there is a pack of them. */
static void write_weights(const planner *q, autograd_plan *p, int chain, int l, rows_known known) {
    const int m = p->packs, terms = terms_of(q, chain);
    int weights = p->weight_begin[m];
    p->weights_needed[m] = 0;
    for (int each = chain; each != NONE; each = q->next[each])
        for (int k = 0; k < terms; k++) {
            const int w = q->left[q->begin[each] + k];
            p->weight_slot[weights++] = q->place[w];
            p->weights_needed[m] |= q->needed[w];
        }
    int32_t *like = known.pack + q->left[q->begin[chain]];
    if (*like && have_same_weights(p, l, p->pack_layer[*like - 1])) {
        p->pack[l] = *like - 1;
        return;
    }
    p->pack[l] = m;
    p->pack_layer[m] = l;
    p->weight_begin[m + 1] = weights;
    p->back_begin[m + 1] = p->back_begin[m] + q->neurons[chain] * (p->passed_begin[l + 1] - p->passed_begin[l]);
    *like = ++p->packs;
}

static void write_layer(const planner *q, autograd_plan *p, int chain, rows_known known) {
    const int l = p->layers++, begin = q->begin[chain], terms = terms_of(q, chain);
    int neurons = p->neuron_begin[l], passed = p->passed_begin[l];
    for (int each = chain; each != NONE; each = q->next[each], neurons++) {
        p->neuron_row[neurons] = q->place[q->first + q->last[each]];
        p->bias_slot[neurons] = place_of(q, q->bias[each], 0);
        p->bias_row[neurons] = place_of(q, q->bias[each], 1);
    }
    p->rows_distinct[l] = 1;
    for (int k = 0; k < terms; k++) {
        const int x = q->right[begin + k], row = q->place[x];
        p->term_row[p->term_begin[l] + k] = row;
        if (known.layer[row] == l + 1) p->rows_distinct[l] = 0;
        known.layer[row] = l + 1;
        if (!q->needed[x]) continue;
        p->passed_term[passed] = k;
        p->passed_row[passed++] = row;
    }
    p->neuron_begin[l + 1] = neurons;
    p->term_begin[l + 1] = p->term_begin[l] + terms;
    p->passed_begin[l + 1] = passed;
    write_weights(q, p, chain, l, known);
}

static int row_of(const planner *q, rows_known known, int slot) {
    return q->varies[slot] ? q->place[slot] : known.spread[slot] - 1;
}

/* Gives a scalar that an instruction on rows looks at a row of its own. */
static void spread_scalar(const planner *q, autograd_plan *p, int slot, rows_known known) {
    if (slot == NONE || q->varies[slot] || known.spread[slot]) return;
    p->row_needed[p->spread] = q->needed[slot];
    p->spread_slot[p->spread++] = q->place[slot];
    known.spread[slot] = p->spread;
}

static void write_rows(const planner *q, autograd_plan *p, rows_known known) {
    const autograd_tape *t = q->tape;
    for (int i = 0; i < t->ops; i++) {
        const int chain = q->chain[i];
        if (!is_computed_here(q, i, 1)) continue;
        if (chain != NONE && q->kind[chain] == 2) spread_scalar(q, p, q->bias[chain], known);
        for (int k = autograd_arity(t->opcode[i]); k-- && chain == NONE;)
            spread_scalar(q, p, t->arguments[3 * (size_t)i + k], known);
    }
    p->rows = p->spread;
    for (int slot = 0, input = 0; slot < t->inputs; slot++)
        if (q->varies[slot]) p->rows = place_result(q, slot, p->input_row[input++] = p->rows, p->row_needed);
    int products = 0;
    for (int i = 0; i < t->ops; i++) {
        if (!is_computed_here(q, i, 1)) continue;
        p->rows = place_results(q, i, p->rows, p->row_needed);
        const int chain = q->chain[i], n = p->ops++;
        int32_t *a = p->arguments + 3 * (size_t)n;
        p->result[n] = q->place[q->first + i];
        p->opcode[n] = chain == NONE ? t->opcode[i] : q->kind[chain] == 2 ? PRODUCTS : LAYER;
        if (p->opcode[n] == LAYER) {
            a[0] = p->layers;
            write_layer(q, p, chain, known);
        } else if (p->opcode[n] == PRODUCTS) {
            a[0] = q->bias[chain] == NONE ? NONE : row_of(q, known, q->bias[chain]);
            a[1] = products;
            for (int k = q->begin[chain]; k < q->begin[chain + 1]; k++, products++) {
                p->row_left[products] = q->place[q->left[k]];
                p->row_right[products] = q->place[q->right[k]];
            }
            a[2] = products;
        } else {
            for (int k = autograd_arity(t->opcode[i]); k--;) a[k] = row_of(q, known, t->arguments[3 * (size_t)i + k]);
        }
    }
}
#endif
