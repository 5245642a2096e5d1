/* The cross-entropy of logits and classes and its derivative, a row of logits after the other.
 *
 * With m the largest logit of a row, its loss is log(sum of exp(x - m)) - (x_label - m); where the label's logit is the
 * largest, log1p(sum of the others), which does not lose what is small beside 1. */
#ifndef AUTOGRAD_ROWS_H
#define AUTOGRAD_ROWS_H
#include "simd_math.h"

#define AUTOGRAD_CROSS_ENTROPY(NAME, REAL)                                                                            \
    /* The sum of the losses; S gets softmax less 1 for the label. The first label out of range is left in `bad`. */   \
    static double NAME(const REAL *X, const int64_t *classes, REAL *S, int64_t rows, int64_t count, int64_t *bad) {    \
        double total = 0.0;                                                                                            \
        for (int64_t row = 0; row < rows; row++, X += count, S += count) {                                             \
            int64_t label = classes[row];                                                                              \
            if (label < 0 || label >= count) {                                                                         \
                *bad = row;                                                                                            \
                return 0.0;                                                                                            \
            }                                                                                                          \
            double largest = X[0], others = 0.0;                                                                       \
            for (int64_t j = 1; j < count; j++) largest = X[j] > largest ? X[j] : largest;                             \
            for (int64_t j = 0; j < count; j++) S[j] = (REAL)autograd_exp(X[j] - largest);                             \
            double at_label = X[label] - largest, power = autograd_exp(at_label);                                      \
            S[label] = 0;                                                                                              \
            for (int64_t j = 0; j < count; j++) others += S[j];                                                        \
            double sum = others + power, part = 1.0 / sum;                                                             \
            for (int64_t j = 0; j < count; j++) S[j] = (REAL)(S[j] * part);                                            \
            S[label] = (REAL)(-others * part);                                                                         \
            total += at_label == 0.0 ? log1p(others) : log(sum) - at_label;                                            \
        }                                                                                                              \
        return total;                                                                                                  \
    }

/* A sum of truth values, which compilers make SIMD code of. */
#define AUTOGRAD_ANY_NAN(NAME, REAL, WHOLE)                                                                            \
    static int NAME(const REAL *X, int64_t count) {                                                                    \
        WHOLE found = 0;                                                                                               \
        for (int64_t i = 0; i < count; i++) found |= X[i] != X[i];                                                     \
        return found != 0;                                                                                             \
    }

AUTOGRAD_ANY_NAN(autograd_any_nan_double, double, int64_t)
AUTOGRAD_ANY_NAN(autograd_any_nan_float, float, int32_t)
AUTOGRAD_CROSS_ENTROPY(autograd_cross_entropy_double, double)
AUTOGRAD_CROSS_ENTROPY(autograd_cross_entropy_float, float)
#endif
