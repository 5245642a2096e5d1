/* The cross-entropy of logits and classes and its derivative, and sums over rows.
 *
 * With m the largest logit of a row, its loss is log(sum of exp(x - m)) - (x_label - m); where the label's logit is the
 * largest, log1p(sum of the others), which does not lose what is small beside 1. Some rows at a time, so that what is
 * done to each number is a long loop, of which compilers make SIMD code. */
#ifndef AUTOGRAD_ROWS_H
#define AUTOGRAD_ROWS_H
#include "simd_math.h"

#define AUTOGRAD_ROWS 64 /* at a time */

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define AUTOGRAD_WIDE __attribute__((target_clones("arch=haswell", "default"))) /* the processor decides */
#else
#define AUTOGRAD_WIDE
#endif

/* The sum of the losses of some rows; S gets softmax less 1 for the label, times a factor. */
#define AUTOGRAD_CROSS_ENTROPY(NAME, REAL)                                                                            \
    AUTOGRAD_WIDE static double NAME(const REAL *X, const int64_t *classes, REAL *S, int64_t rows, int64_t count,      \
                                     double factor) {                                                                  \
        double at_label[AUTOGRAD_ROWS], others[AUTOGRAD_ROWS], sums[AUTOGRAD_ROWS], total = 0.0;                       \
        for (int64_t row = 0; row < rows; row++) {                                                                     \
            const REAL *x = X + row * count;                                                                           \
            REAL *s = S + row * count, largest = x[0];                                                                 \
            for (int64_t j = 1; j < count; j++) largest = x[j] > largest ? x[j] : largest;                             \
            for (int64_t j = 0; j < count; j++) s[j] = x[j] - largest;                                                 \
            at_label[row] = (double)x[classes[row]] - largest;                                                         \
        }                                                                                                              \
        for (int64_t i = 0; i < rows * count; i++) S[i] = (REAL)autograd_exp(S[i]);                                    \
        for (int64_t row = 0; row < rows; row++) {                                                                     \
            REAL *s = S + row * count;                                                                                 \
            double sum = 0.0, power = s[classes[row]];                                                                 \
            s[classes[row]] = 0;                                                                                       \
            for (int64_t j = 0; j < count; j++) sum += s[j];                                                           \
            others[row] = sum;                                                                                         \
            sums[row] = sum + power;                                                                                   \
            double part = factor / sums[row];                                                                          \
            for (int64_t j = 0; j < count; j++) s[j] = (REAL)(s[j] * part);                                            \
            s[classes[row]] = (REAL)(-sum * part);                                                                     \
        }                                                                                                              \
        for (int64_t row = 0; row < rows; row++)                                                                       \
            total += at_label[row] == 0.0 ? autograd_log1p(others[row]) : autograd_log(sums[row]) - at_label[row];     \
        return total;                                                                                                  \
    }

/* The sum of rows, one added to the others as NumPy does. */
#define AUTOGRAD_SUM_OF_ROWS(NAME, REAL)                                                                               \
    AUTOGRAD_WIDE static void NAME(const REAL *X, REAL *restrict out, int64_t rows, int64_t count) {                   \
        for (int64_t j = 0; j < count; j++) out[j] = rows ? X[j] : 0;                                                  \
        for (int64_t row = 1; row < rows; row++)                                                                       \
            for (int64_t j = 0; j < count; j++) out[j] += X[row * count + j];                                          \
    }

/* A sum of truth values, which compilers make SIMD code of. */
#define AUTOGRAD_ANY_NAN(NAME, REAL, WHOLE)                                                                            \
    AUTOGRAD_WIDE static int NAME(const REAL *X, int64_t count) {                                                      \
        WHOLE found = 0;                                                                                               \
        for (int64_t i = 0; i < count; i++) found |= X[i] != X[i];                                                     \
        return found != 0;                                                                                             \
    }

AUTOGRAD_ANY_NAN(autograd_any_nan_double, double, int64_t)
AUTOGRAD_ANY_NAN(autograd_any_nan_float, float, int32_t)
AUTOGRAD_SUM_OF_ROWS(autograd_sum_of_rows_double, double)
AUTOGRAD_SUM_OF_ROWS(autograd_sum_of_rows_float, float)
AUTOGRAD_CROSS_ENTROPY(autograd_cross_entropy_double, double)
AUTOGRAD_CROSS_ENTROPY(autograd_cross_entropy_float, float)
#endif
