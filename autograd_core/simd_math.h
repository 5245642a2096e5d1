/* exp, expm1 and tanh without branches, so that a compiler turns loops over them into SIMD code.
 *
 * exp(x) = 2^n exp(r) with n = round(x / ln 2) and |r| <= ln(2)/2; expm1(r) is its Taylor polynomial of degree 13, whose
 * remainder there is below 1e-17 of the result. Errors stay within 2 units in the last place.
 * Source: W. J. Cody and W. Waite, Software Manual for the Elementary Functions (1980), chapter 6. */
#ifndef AUTOGRAD_SIMD_MATH_H
#define AUTOGRAD_SIMD_MATH_H
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline double autograd_power_of_two(int64_t n) { /* -1022 <= n <= 1023 */
    int64_t bits = (int64_t)((uint64_t)(n + 1023) << 52);
    double power;
    memcpy(&power, &bits, 8);
    return power;
}

/* Splits x = n ln 2 + r; returns expm1(r). */
static inline double autograd_reduced_expm1(double x, int64_t *n) {
    const double to_integer = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer, in the lowest bits */
    double shifted = x * 1.4426950408889634074 + to_integer;
    double whole = shifted - to_integer;
    int64_t bits, origin;
    memcpy(&bits, &shifted, 8);
    memcpy(&origin, &to_integer, 8);
    *n = bits - origin;
    double r = (x - whole * 6.93147180369123816490e-01) - whole * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    return r + r * r * p;
}

static inline double autograd_exp(double x) {
    double clamped = x > 710.0 ? 710.0 : (x < -746.0 ? -746.0 : x); /* comparisons with nan are false: nan stays */
    int64_t n;
    double reduced = autograd_reduced_expm1(clamped, &n);
    int64_t half = (int64_t)((uint64_t)(n + 4096) >> 1) - 2048; /* two steps, for 2^1024 and 2^-1074 are out of range */
    half = half < -1022 ? -1022 : (half > 1023 ? 1023 : half);   /* nan has any n */
    int64_t rest = n - half;
    rest = rest < -1022 ? -1022 : (rest > 1023 ? 1023 : rest);
    return (1.0 + reduced) * autograd_power_of_two(half) * autograd_power_of_two(rest);
}

static inline double autograd_expm1(double x) {
    double clamped = x > 710.0 ? 710.0 : (x < -40.0 ? -40.0 : x);
    int64_t n;
    double reduced = autograd_reduced_expm1(clamped, &n);
    int64_t below = n - 1;
    below = below < -1022 ? -1022 : (below > 1023 ? 1023 : below);
    double half_power = autograd_power_of_two(below);
    return 2.0 * (half_power * reduced + (half_power - 0.5));
}

static inline double autograd_tanh(double x) {
    double a = fabs(x);
    double twice = a > 20.0 ? 40.0 : 2.0 * a; /* tanh(20) rounds to 1 */
    double e = autograd_expm1(twice);
    return copysign(e / (e + 2.0), x);
}
#endif
