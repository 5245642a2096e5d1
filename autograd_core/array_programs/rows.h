/* The cross-entropy of logits and classes and its derivative, and sums over rows.
 *
 * With m the largest logit of a row, its loss is log(sum of exp(x - m)) - (x_label - m); where the label's logit is the
 * largest, log1p(sum of the others), which does not lose what is small beside 1. Some rows at a time, and all of them in
 * the innermost loop: of one row a number would have to wait for the one before it. */
#ifndef AUTOGRAD_ROWS_H
#define AUTOGRAD_ROWS_H
#include "simd_math.h"

#define AUTOGRAD_ROWS 64 /* at a time, at most */
#define AUTOGRAD_NUMBERS 4096 /* in them, which a cache near the processor holds */

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define AUTOGRAD_WIDE __attribute__((target_clones("avx2", "default"))) /* the processor decides */
#else
#define AUTOGRAD_WIDE
#endif

/* The sum of the losses; S gets softmax less 1 for the label, times a factor. */
#define AUTOGRAD_CROSS_ENTROPY(NAME, REAL)                                                                             \
    AUTOGRAD_WIDE static double NAME(const REAL *restrict X, const int64_t *restrict classes, REAL *restrict S,        \
                                     int64_t rows, int64_t count, double factor) {                                     \
        double others[AUTOGRAD_ROWS], sums[AUTOGRAD_ROWS], at_label[AUTOGRAD_ROWS], total = 0.0;                       \
        REAL largest[AUTOGRAD_ROWS];                                                                                   \
        const int64_t few = AUTOGRAD_NUMBERS / count < 1 ? 1 : AUTOGRAD_NUMBERS / count;                               \
        const int64_t most = few < AUTOGRAD_ROWS ? few : AUTOGRAD_ROWS;                                                \
        for (; rows > 0; rows -= most, X += most * count, S += most * count, classes += most) {                        \
            const int64_t some = rows < most ? rows : most;                                                            \
            for (int64_t r = 0; r < some; r++) largest[r] = X[r * count];                                              \
            for (int64_t j = 1; j < count; j++)                                                                        \
                for (int64_t r = 0; r < some; r++) {                                                                   \
                    const REAL x = X[r * count + j];                                                                   \
                    largest[r] = x > largest[r] ? x : largest[r];                                                      \
                }                                                                                                      \
            for (int64_t j = 0; j < count; j++)                                                                        \
                for (int64_t r = 0; r < some; r++) S[r * count + j] = X[r * count + j] - largest[r];                   \
            for (int64_t r = 0; r < some; r++) at_label[r] = S[r * count + classes[r]];                                \
            for (int64_t i = 0; i < some * count; i++) S[i] = (REAL)autograd_exp(S[i]);                                \
            for (int64_t r = 0; r < some; r++) {                                                                       \
                others[r] = 0.0;                                                                                       \
                sums[r] = S[r * count + classes[r]];                                                                   \
                S[r * count + classes[r]] = 0;                                                                         \
            }                                                                                                          \
            for (int64_t j = 0; j < count; j++)                                                                        \
                for (int64_t r = 0; r < some; r++) others[r] += S[r * count + j];                                      \
            for (int64_t r = 0; r < some; r++) {                                                                       \
                sums[r] += others[r];                                                                                  \
                total += at_label[r] == 0.0 ? autograd_log1p(others[r]) : autograd_log(sums[r]) - at_label[r];         \
                sums[r] = factor / sums[r];                                                                            \
            }                                                                                                          \
            for (int64_t j = 0; j < count; j++)                                                                        \
                for (int64_t r = 0; r < some; r++) S[r * count + j] = (REAL)(S[r * count + j] * sums[r]);              \
            for (int64_t r = 0; r < some; r++) S[r * count + classes[r]] = (REAL)(-others[r] * sums[r]);               \
        }                                                                                                              \
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
